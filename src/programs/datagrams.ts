/** The netcat's listener for datagrams: everybody is heard, and the last one is answered. */
import { type Address, formatAddress } from '../data/address/address.js'
import { AF_INET6, AF_UNIX } from '../data/address/family.js'
import { SystemError } from '../data/errors.js'
import { IP_RECVERR, IPPROTO_IP, IPPROTO_IPV6, IPV6_RECVERR, MSG_TRUNC } from '../data/kernel.js'
import type { Message } from '../socket/message.js'
import type { Socket } from '../socket/socket.js'
import { mayAnswer } from './answer.js'
import { Clock } from './clock.js'
import { Command, MOST } from './command.js'
import { LINE } from './input.js'
import type { ListenOptions, Netcat } from './netcat.js'
import { cut, messageSize } from './session.js'

/** Until the signal, or until nothing has come or gone for `timeout` after the first datagram. */
export async function hearDatagrams(server: Socket, netcat: Netcat, options: ListenOptions): Promise<void> {
  const listener = new DatagramListener(server, netcat, options)
  if (options.exec === undefined) void listener.answer()
  await listener.hear()
}

/** What a network or a peer's end does to one datagram, and not to the socket. */
const passing = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'ENONET',
  'ENOPROTOOPT',
  'EPROTO',
  'EOPNOTSUPP',
  'EACCES',
  'EPERM',
  'EMSGSIZE',
  'ENOENT',
  'ENOBUFS',
  'EPROTOTYPE',
])

class DatagramListener {
  readonly #server: Socket
  readonly #netcat: Netcat
  readonly #options: ListenOptions
  readonly #clock: Clock
  readonly #own: ReadonlySet<number>
  readonly #first: Promise<void>
  readonly #commands = new Set<Command>()
  #called: () => void = () => {}
  #freed: () => void = () => {}
  #last: Address | null = null

  constructor(server: Socket, netcat: Netcat, options: ListenOptions) {
    this.#server = server
    this.#netcat = netcat
    this.#options = options
    this.#clock = new Clock(() => this.#close())
    const own = server.getsockname()
    this.#own = new Set('port' in own ? [own.port] : [])
    this.#first = new Promise((resolve) => {
      this.#called = resolve
    })
    this.#wantErrors(true)
  }

  async hear(): Promise<void> {
    const size = messageSize(this.#server)
    try {
      // An error ends an iteration.
      while (this.#server.fileno() >= 0)
        try {
          for await (const message of this.#server.messages({ size })) await this.#take(message, size)
        } catch (error) {
          this.#tell(error)
        }
    } finally {
      this.#close()
    }
  }

  /** Input, to whoever sent the last datagram. */
  async answer(): Promise<void> {
    const { input } = this.#netcat
    if (this.#options.direction === 'receive') return
    await this.#first
    try {
      for (let data = await input.next(); data !== undefined; data = await input.next())
        if (this.#server.fileno() < 0) return
        else if (!canAnswer(this.#last))
          this.#netcat.tell(new Error('has no name to be answered at'), name(this.#last))
        else await this.#send(data, this.#last)
    } catch (error) {
      this.#netcat.fail(error, 'input')
      this.#close()
    }
  }

  #close(): void {
    this.#clock.stop()
    this.#server.close()
    this.#netcat.input.cancel()
    for (const command of this.#commands) command.close()
    this.#freed()
  }

  async #take(message: Message<Address>, size: number): Promise<void> {
    const { data, address, flags } = message
    const { summary, report } = this.#netcat
    const { direction, output, exec, timeout, trace } = this.#options
    const peer = name(address)
    summary.received += data.length
    this.#last = address
    this.#clock.start(timeout)
    this.#called()
    const text = `${data.length} bytes from ${peer}`
    report({ event: 'datagram', peer, bytes: data.length, text })
    if (flags & MSG_TRUNC) report(cut(peer, size))
    await this.#clock.hold(trace?.({ direction: 'received', data, peer, offset: 0 }))
    if (exec !== undefined) await this.#run(exec, data, address)
    else if (direction !== 'send') await this.#clock.hold(output?.write(data, peer))
  }

  /** One command for each datagram: that is its input, its output the answer. */
  async #run(exec: string | readonly string[], data: Buffer, peer: Address | null): Promise<void> {
    while (this.#commands.size >= MOST)
      await new Promise<void>((resolve) => {
        this.#freed = resolve
      })
    if (this.#server.fileno() < 0) return
    // Services must not answer each other for ever, nor a forged source be flooded.
    if (!mayAnswer(peer, this.#own))
      return this.#netcat.report({
        event: 'unanswered',
        peer: name(peer),
        text: `${name(peer)} gets no answer`,
      })
    const command = new Command(exec)
    this.#commands.add(command)
    void this.#exchange(command, data, peer)
      .catch((error: unknown) => this.#netcat.fail(error, name(peer)))
      .finally(() => {
        command.close()
        this.#commands.delete(command)
        this.#freed()
      })
  }

  async #exchange(command: Command, data: Buffer, peer: Address): Promise<void> {
    void command.write(data)
    command.finish()
    // However the command writes it, its output is one answer, or as many as it takes.
    let parts: Uint8Array[] = []
    let size = 0
    for (let part = await command.next(); part !== undefined; part = await command.next())
      for (let from = 0; from < part.length; ) {
        const piece = part.subarray(from, from + LINE - size)
        from += piece.length
        parts.push(piece)
        size += piece.length
        if (size < LINE) continue
        await this.#send(Buffer.concat(parts), peer)
        parts = []
        size = 0
      }
    if (size > 0) await this.#send(Buffer.concat(parts), peer)
    await command.closed
    if (command.failure !== undefined) this.#netcat.fail(command.failure, name(peer))
  }

  async #send(data: Uint8Array, peer: Address): Promise<void> {
    const { summary } = this.#netcat
    // What is told of an earlier datagram keeps this one back: once more, then.
    for (let tries = 2; tries > 0; tries--)
      try {
        await this.#server.sendto(data, peer)
        summary.sent += data.length
        this.#clock.touch()
        await this.#options.trace?.({ direction: 'sent', data, peer: name(peer), offset: 0 })
        return
      } catch (error) {
        this.#tell(error)
        if (this.#server.family === AF_UNIX || (error as SystemError).code !== 'ECONNREFUSED') return
      }
  }

  /** That nobody is there any more is worth a word, and no reason to end. */
  #tell(error: unknown): void {
    if (this.#server.fileno() < 0) return
    if (!(error instanceof SystemError) || !passing.has(error.code)) throw error
    this.#netcat.tell(error, name(this.#last))
    // Empties the kernel's queue of errors, which would fill up.
    this.#wantErrors(false)
    this.#wantErrors(true)
  }

  /** The kernel tells a socket without a peer of unreachable ports only when asked to. */
  #wantErrors(on: boolean): void {
    if (this.#server.family === AF_UNIX) return
    this.#server.setsockopt(IPPROTO_IP, IP_RECVERR, on ? 1 : 0)
    if (this.#server.family === AF_INET6) this.#server.setsockopt(IPPROTO_IPV6, IPV6_RECVERR, on ? 1 : 0)
  }
}

function canAnswer(peer: Address | null): peer is Address {
  return peer !== null && (peer.family !== 'unix' || peer.abstract !== undefined || peer.path.length > 0)
}

function name(peer: Address | null): string {
  return peer === null ? '(unnamed)' : formatAddress(peer)
}
