/** One connection of the netcat: bytes both ways until both have ended, nothing comes any more, or it is lost. */
import { AF_UNIX, MSG_TRUNC, SHUT_WR } from '../data/kernel.js'
import type { Socket } from '../socket/socket.js'
import { Clock } from './clock.js'
import type { Event, Report } from './report.js'

/** This side of a connection: the user's input and output, or a command's. */
export interface Side {
  /** What is to be sent; undefined at the end of it. */
  next(): Promise<Uint8Array | undefined>
  /** Nobody waits for `next` any more. */
  cancel(): void
  /** What came. A promise asks for patience. */
  write(data: Buffer, from: string): void | Promise<void>
  /** Nothing more comes. */
  finish(): void
  close(): void
  /** Settles when there is nobody to write to any more: the peer need not be heard to its end. */
  readonly closed?: Promise<void>
}

/** Some bytes on their way, `offset` of them having gone the same way before; a datagram's begin at 0. */
export interface Piece {
  readonly direction: 'sent' | 'received'
  readonly data: Uint8Array
  readonly peer: string
  readonly offset: number
}

/** Which way bytes go; what comes the other way is dropped, what could be sent the other way is not read. */
export type Direction = 'both' | 'send' | 'receive'

export interface SessionOptions {
  readonly messages: boolean
  readonly datagrams: boolean
  readonly direction: Direction
  /** Others wait: once the peer has ended, input that does not come does not keep it. */
  readonly brief?: boolean | undefined
  /** Milliseconds that nothing may come or go. */
  readonly timeout?: number | undefined
  readonly trace?: ((piece: Piece) => void | Promise<void>) | undefined
  readonly report: Report
}

/**
 * ended: both sides have said all. idle: nothing came or went for too long. lost: the connection broke, or what it was
 * for. stopped: we were told to.
 */
export type SessionEnd = 'ended' | 'idle' | 'lost' | 'stopped'

/** Most bytes of one message that come whole. A unix socket takes what its sender's buffer holds. */
export function messageSize({ family }: Socket): number {
  return family === AF_UNIX ? 262_144 : 65_536
}

export function cut(peer: string, size: number): Event {
  const text = `a message from ${peer} was longer than ${size} bytes and has been cut`
  return { event: 'cut', peer, text }
}

/** How long answers to datagrams are waited for, in milliseconds, once all is sent. */
const QUIET_MS = 1000
/** How long a peer may go on when nobody hears it any more: closing with bytes unread would reset the connection. */
const REST_MS = 1000
/** How long input may pause when the peer has ended and others wait. */
const PAUSE_MS = 200

export class Session {
  sent = 0
  received = 0
  /** Why it was lost. */
  error: unknown
  readonly ended: Promise<SessionEnd>
  readonly #connection: Socket
  readonly #peer: string
  readonly #side: Side
  readonly #options: SessionOptions
  readonly #clock: Clock
  #quiet: SessionEnd = 'idle'
  #rest: NodeJS.Timeout | undefined
  #over = false
  #sentAll = false
  #heardAll = false
  #end: (how: SessionEnd) => void = () => {}

  constructor(connection: Socket, peer: string, side: Side, options: SessionOptions) {
    this.#connection = connection
    this.#peer = peer
    this.#side = side
    this.#options = options
    this.#clock = new Clock(() => this.stop(this.#quiet))
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
    this.#clock.start(options.timeout)
    void this.#send().catch((error: unknown) => this.#lose(error))
    void this.#hear().catch((error: unknown) => this.#lose(error))
  }

  stop(how: SessionEnd): void {
    if (this.#over) return
    this.#over = true
    this.#clock.stop()
    clearTimeout(this.#rest)
    this.#connection.close()
    this.#side.cancel()
    this.#side.close()
    this.#end(how)
  }

  #lose(error: unknown): void {
    if (!this.#over) this.error ??= error
    this.stop('lost')
  }

  async #send(): Promise<void> {
    const { datagrams, direction, timeout } = this.#options
    // The other direction stays open: many a peer takes the end of ours for the end of all.
    if (direction === 'receive') return this.#settle('sent')
    for (;;) {
      const data = await this.#side.next()
      if (data === undefined || this.#over) break
      try {
        const passed = this.#pass(data)
        // Input is what is waited for then, and not the peer.
        if (this.#heardAll) await this.#clock.hold(passed)
        else await passed
        this.#clock.touch()
      } catch (error) {
        if (this.#over) return
        if (datagrams) throw error
        // The peer's last words may still be on their way in: the other direction notices the end behind them.
        this.error ??= error
        if (this.#heardAll) this.#lose(error)
        return
      }
    }
    if (this.#over) return
    const { closed } = this.#side
    if (!datagrams) this.#shutdown()
    else if (closed === undefined) {
      if (direction === 'send') return this.stop('ended')
      // Datagrams have no end: silence has to do.
      this.#quiet = 'ended'
      this.#clock.start(timeout ?? QUIET_MS)
      return
    }
    await closed
    if (closed !== undefined || direction === 'send') this.#leave()
    this.#settle('sent')
  }

  async #pass(data: Uint8Array): Promise<void> {
    if (this.#options.messages) await this.#connection.send(data)
    else await this.#connection.sendall(data)
    const offset = this.sent
    this.sent += data.length
    await this.#trace('sent', data, offset)
  }

  async #hear(): Promise<void> {
    const size = messageSize(this.#connection)
    if (this.#options.messages)
      for await (const { data, flags } of this.#connection.messages({ size })) {
        await this.#take(data)
        if (flags & MSG_TRUNC) this.#options.report(cut(this.#peer, size))
      }
    else for await (const chunk of this.#connection.chunks()) await this.#take(chunk)
    if (this.#over) return
    this.#side.finish()
    this.#options.report({
      event: 'end',
      peer: this.#peer,
      open: !this.#sentAll,
      text: `${this.#peer} has said all`,
    })
    if (this.error !== undefined) return this.#lose(this.error)
    this.#settle('heard')
    if (!this.#options.brief || this.#over) return
    this.#quiet = 'ended'
    this.#clock.start(Math.min(this.#options.timeout ?? PAUSE_MS, PAUSE_MS))
  }

  async #take(data: Buffer): Promise<void> {
    const offset = this.received
    this.received += data.length
    await this.#trace('received', data, offset)
    this.#clock.touch()
    if (this.#options.direction === 'send') return
    const written = this.#side.write(data, this.#peer)
    // A user who reads slowly is not the peer's silence; a command that reads nothing is.
    if (this.#side.closed === undefined) await this.#clock.hold(written)
    else await written
  }

  #trace(direction: Piece['direction'], data: Uint8Array, offset: number): void | Promise<void> {
    const { trace, messages } = this.#options
    return trace?.({ direction, data, peer: this.#peer, offset: messages ? 0 : offset })
  }

  /** Tells the peer that this was all. */
  #shutdown(): void {
    try {
      this.#connection.shutdown(SHUT_WR)
    } catch {
      // Broken meanwhile: the other direction hears of it.
    }
  }

  /** Nobody here wants to hear more. The peer is given a moment to end, too. */
  #leave(): void {
    if (this.#over) return
    if (this.#options.datagrams) this.stop('ended')
    else this.#rest = setTimeout(() => this.stop('ended'), REST_MS)
  }

  #settle(what: 'sent' | 'heard'): void {
    if (what === 'sent') this.#sentAll = true
    else this.#heardAll = true
    if (this.#sentAll && this.#heardAll) this.stop('ended')
  }
}
