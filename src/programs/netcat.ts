/** The netcat: input to a socket and a socket to output, byte for byte, or a command in their place. */
import { formatAddress } from '../data/address/address.js'
import type { Socket } from '../socket/socket.js'
import { Command, MOST } from './command.js'
import { hearDatagrams } from './datagrams.js'
import {
  boundEndpoint,
  type Endpoint,
  hasMessages,
  type IpFamily,
  isDatagram,
  openClient,
  openServer,
  remoteOf,
  removeFile,
  removeSocketFile,
  type Source,
} from './endpoint.js'
import { Input, LINE, type Shape } from './input.js'
import { explain, type Report } from './report.js'
import { type Direction, type Piece, Session, type Side } from './session.js'

/** Where bytes from the peer go. */
export interface Output {
  /** A promise asks for patience: no more is read from the peer meanwhile. */
  write(data: Buffer, from: string): void | Promise<void>
  /** No more will come, though input may still be sent. */
  end?(): void
}

/** Options of `connectTo` and `listenOn`. */
export interface NetcatOptions {
  /** What to send: nothing without. On sockets with messages each line is one, its newline with it. */
  readonly input?: AsyncIterable<Uint8Array> | undefined
  readonly output?: Output | undefined
  /** A command in place of input and output: a text for the shell, or a program and its arguments. */
  readonly exec?: string | readonly string[] | undefined
  /** 'both' when left out. */
  readonly direction?: Direction | undefined
  /** Sends each newline as CR LF. */
  readonly crlf?: boolean | undefined
  /** Sends each line by itself, without its newline. */
  readonly bare?: boolean | undefined
  /** Milliseconds that connecting may take, and that nothing may come or go then; for ever without. */
  readonly timeout?: number | undefined
  readonly family?: IpFamily | undefined
  /** Called with all that comes and goes. */
  readonly trace?: ((piece: Piece) => void | Promise<void>) | undefined
  readonly report?: Report | undefined
  /** Ends it: no failure, the summary tells of what was before. Before there is a connection it rejects. */
  readonly signal?: AbortSignal | undefined
}

/** Options of `connectTo`. */
export interface ConnectOptions extends NetcatOptions {
  /** The own end's address. */
  readonly source?: Source | undefined
}

/** Options of `listenOn`. */
export interface ListenOptions extends NetcatOptions {
  /**
   * Serves connections for ever, one after the other, with `exec` at once. A peer that has ended is followed by the next
   * when no more input has come for 200 ms. Datagrams are always heard for ever.
   */
  readonly keepOpen?: boolean | undefined
}

/** What was done in all. */
export interface NetcatSummary {
  connections: number
  /** Bytes. */
  sent: number
  received: number
  /** Connections that were lost or idle for too long, and commands that failed. Each has been reported. */
  failed: number
}

/**
 * Connects, and sends and receives until both sides have ended. A datagram socket is done when the input has ended and
 * nothing has come for `timeout` or 1000 ms. Throws what connecting does.
 */
export async function connectTo(endpoint: Endpoint, options: ConnectOptions = {}): Promise<NetcatSummary> {
  const { signal, timeout, family, source } = options
  const netcat = new Netcat(endpoint, options)
  const removeSource = (): void => {
    if (source !== undefined) removeFile(source)
  }
  const connection = await openClient(endpoint, { signal, timeout, family, source })
  signal?.addEventListener('abort', removeSource)
  try {
    await netcat.converse(connection, remoteOf(connection, endpoint), true)
  } finally {
    removeSource()
    signal?.removeEventListener('abort', removeSource)
  }
  return netcat.summary
}

/**
 * Listens, and serves the first caller or, with `keepOpen`, all of them. Datagrams are taken from everybody, and input
 * goes to whoever sent the last one; a command gets each datagram as its input, and its output is the answer. Throws
 * what listening does.
 */
export async function listenOn(endpoint: Endpoint, options: ListenOptions = {}): Promise<NetcatSummary> {
  options.signal?.throwIfAborted()
  const netcat = new Netcat(endpoint, options)
  const server = await openServer(endpoint, { family: options.family })
  const close = (): void => {
    if (server.fileno() < 0) return
    server.close()
    removeSocketFile(endpoint)
  }
  options.signal?.addEventListener('abort', close)
  try {
    const where = boundEndpoint(endpoint, server)
    netcat.report({ event: 'listening', endpoint: where, text: `listening on ${where}` })
    if (options.signal?.aborted) close()
    else if (isDatagram(endpoint)) await hearDatagrams(server, netcat, options)
    else await takeCalls(server, netcat, options, close)
  } finally {
    close()
    options.signal?.removeEventListener('abort', close)
  }
  return netcat.summary
}

async function takeCalls(
  server: Socket,
  netcat: Netcat,
  { keepOpen = false, exec }: ListenOptions,
  close: () => void,
): Promise<void> {
  let running = 0
  let freed = (): void => {}
  const oneLess = (): void => {
    running--
    freed()
  }
  for await (const [connection, peer] of server.connections()) {
    // Nobody else is to wait for what will not come.
    if (!keepOpen) close()
    const served = netcat.converse(connection, formatAddress(peer), !keepOpen)
    if (!keepOpen || exec === undefined) await served
    else {
      running++
      void served.finally(oneLess)
    }
    if (!keepOpen) break
    while (running >= MOST)
      await new Promise<void>((resolve) => {
        freed = resolve
      })
  }
  while (running > 0)
    await new Promise<void>((resolve) => {
      freed = resolve
    })
}

/** What all connections of one call have in common. */
export class Netcat {
  readonly summary: NetcatSummary = { connections: 0, sent: 0, received: 0, failed: 0 }
  readonly report: Report
  /** How input is cut for this kind of socket. */
  readonly shape: Shape
  readonly input: Input
  readonly #endpoint: Endpoint
  readonly #options: NetcatOptions

  constructor(endpoint: Endpoint, options: NetcatOptions) {
    const { crlf, bare } = options
    this.#endpoint = endpoint
    this.#options = options
    this.report = options.report ?? (() => {})
    this.shape = { crlf, bare, lines: bare || hasMessages(endpoint) ? LINE : undefined }
    this.input = new Input(options.input ?? nothing(), this.shape)
  }

  /** One connection from here to its end, which is told. `last`: none comes behind it. */
  async converse(connection: Socket, peer: string, last: boolean): Promise<void> {
    const { summary, report } = this
    const { signal, timeout, trace, direction = 'both' } = this.#options
    summary.connections++
    const local = formatAddress(connection.getsockname())
    report({ event: 'connected', peer, local, text: `connected with ${peer}` })
    let command: Command | undefined
    let session: Session
    try {
      if (this.#options.exec !== undefined) command = new Command(this.#options.exec, this.shape)
      session = new Session(connection, peer, command ?? this.#console(last), {
        messages: hasMessages(this.#endpoint),
        datagrams: isDatagram(this.#endpoint),
        direction,
        brief: !last && command === undefined,
        timeout,
        trace,
        report,
      })
    } catch (error) {
      connection.close()
      return this.fail(error, peer)
    }
    const stop = (): void => session.stop('stopped')
    signal?.addEventListener('abort', stop)
    if (signal?.aborted) stop()
    const how = await session.ended
    signal?.removeEventListener('abort', stop)
    const { sent, received } = session
    summary.sent += sent
    summary.received += received
    if (how === 'idle') this.fail(new Error(`nothing came or went for ${timeout} ms`), peer)
    else if (how === 'lost') this.fail(session.error, peer)
    else if (command?.failure !== undefined) this.fail(command.failure, peer)
    const text = `${peer}: ${sent} bytes sent, ${received} received`
    report({ event: 'disconnected', peer, how, sent, received, text })
  }

  fail(error: unknown, peer: string): void {
    this.summary.failed++
    this.tell(error, peer)
  }

  /** An error that is no failure of the whole. */
  tell(error: unknown, peer: string): void {
    const { code } = error as { code?: string }
    this.report({ event: 'error', peer, code, text: `${peer}: ${explain(error)}` })
  }

  #console(last: boolean): Side {
    const { output } = this.#options
    return {
      next: () => this.input.next(),
      cancel: () => this.input.cancel(),
      write: (data, from) => output?.write(data, from),
      finish: () => {
        if (last) output?.end?.()
      },
      close: () => {},
    }
  }
}

async function* nothing(): AsyncGenerator<Uint8Array> {}
