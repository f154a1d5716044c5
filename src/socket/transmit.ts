/** The calls that wait to write: send and sendto, sendall, connect. Each has tried before it comes here. */
import { type Failure, type SystemError, TimeoutError } from '../data/errors.js'
import {
  AF_UNIX,
  EAGAIN,
  EINPROGRESS,
  ETIMEDOUT,
  MSG_FASTOPEN,
  POLLOUT,
  SO_ERROR,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { OP_CONNECT, OP_POLL } from '../engine/slots.js'
import { LATER, Wait } from '../engine/wait.js'
import { native } from '../sys/binding.js'
import { type Core, named } from './core.js'

/** A stream may take less than it is given: one call that a fast reader drains meanwhile would hold up the loop. */
const STREAM_WRITE = 1024 * 1024

function sendSize(core: Core, length: number): number {
  return core.type === SOCK_STREAM && length > STREAM_WRITE ? STREAM_WRITE : length
}

/** One send(2) of all the bytes, or of as many as one call may take. */
export function sendOnce(core: Core, bytes: Uint8Array, flags: number): number {
  const size = sendSize(core, bytes.length)
  return size === bytes.length
    ? native.send(core.channel.fd, bytes, flags)
    : native.send(core.channel.fd, bytes, flags, 0, size)
}

export abstract class Writing<T> extends Wait<T> {
  protected readonly core: Core
  protected sockaddr: Uint8Array | undefined
  /** MSG_* of the next attempt. */
  protected how: number
  protected abstract readonly syscall: string
  // The last attempt has begun a connection.
  #opening = false

  /** `sockaddr`: where to, of a call that says so. */
  constructor(core: Core, how = 0, sockaddr?: Uint8Array) {
    super(0, 0)
    this.core = core
    this.how = how
    this.sockaddr = sockaddr
  }

  override get op(): number {
    return OP_POLL
  }

  /**
   * What an attempt came to. TCP Fast Open (RFC 7413) connects with it: where no bytes went along, EINPROGRESS, they wait
   * for the connection to be there.
   */
  protected tried(value: number): number {
    this.#opening = value === -EINPROGRESS
    if (this.how & MSG_FASTOPEN && this.sockaddr !== undefined && (value >= 0 || this.#opening)) {
      this.core.peer = named(this.sockaddr)
      this.how &= ~MSG_FASTOPEN
      this.sockaddr = undefined
    }
    return this.#opening ? -EAGAIN : value
  }

  override failure(value: number): SystemError {
    const told = this.#opening && value === -EAGAIN ? -EINPROGRESS : value
    return this.core.failure(told, this.syscall, this.#about())
  }

  override timedOut(_channel: Channel, ms: number): TimeoutError {
    return new TimeoutError(ETIMEDOUT, this.core.about(this.syscall, this.#about()), ms)
  }

  #about(): Partial<Failure> | undefined {
    const remote = this.sockaddr === undefined ? undefined : named(this.sockaddr)
    return remote === undefined ? undefined : { remote }
  }
}

/** One call of send or sendto, repeated until the kernel has room for any of it. */
export class Send extends Writing<number> {
  readonly #data: Uint8Array
  readonly #length: number
  readonly #syscall: string

  constructor(core: Core, data: Uint8Array, flags: number, sockaddr?: Uint8Array) {
    super(core, flags, sockaddr)
    this.#syscall = sockaddr === undefined ? 'send' : 'sendto'
    this.#data = data
    this.#length = data.length
    // The room is in the receiver's queue: only to a connected sender does the kernel tell of it.
    if (sockaddr !== undefined && core.family === AF_UNIX) this.retry = 1
  }

  protected override get syscall(): string {
    return this.#syscall
  }

  override attempt(channel: Channel): number {
    if (this.#data.length < this.#length) {
      throw new TypeError(
        `expected the bytes of ${this.syscall} to stay as they were: they were detached or shrunk`,
      )
    }
    return this.tried(
      this.sockaddr === undefined
        ? sendOnce(this.core, this.#data, this.how)
        : native.sendto(channel.fd, this.#data, 0, this.#length, this.how, this.sockaddr),
    )
  }

  override result(value: number): number {
    return value
  }
}

/** Everything, in as many calls as it takes; `sent` bytes are gone already. */
export class Sendall extends Writing<void> {
  readonly #data: Uint8Array
  readonly #length: number

  constructor(core: Core, data: Uint8Array, flags: number, sent: number) {
    super(core, flags)
    this.#data = data
    this.#length = data.length
    this.moved = sent
  }

  protected override get syscall(): string {
    return 'send'
  }

  override attempt(channel: Channel): number {
    if (this.#data.length < this.#length) {
      throw new TypeError('expected the bytes of sendall to stay as they were: they were detached or shrunk')
    }
    for (;;) {
      const size = sendSize(this.core, this.#length - this.moved)
      const value = this.tried(native.send(channel.fd, this.#data, this.how, this.moved, size))
      if (value < 0) return value
      this.moved += value
      if (this.moved >= this.#length) return 0
      // A reader as fast as we are would keep us here to the end.
      if (this.core.limits.timeout !== 0 && this.core.engine.overdue) return LATER
    }
  }

  override result(): void {}

  override failure(value: number): SystemError {
    return this.#withCount(super.failure(value))
  }

  override timedOut(channel: Channel, ms: number): TimeoutError {
    return this.#withCount(super.timedOut(channel, ms))
  }

  #withCount<E extends SystemError>(error: E): E {
    error.bytesSent = this.moved
    return error
  }
}

function pendingError(fd: number): number {
  const value = Buffer.alloc(4)
  const result = native.getsockopt(fd, SOL_SOCKET, SO_ERROR, value)
  return result < 0 ? -result : value.readInt32LE(0)
}

/** A connection under way: SO_ERROR says how it went once it is decided. */
export class Connect extends Writing<void> {
  readonly #full: boolean

  /** `full`: the queue of a unix listener is, and the kernel has no event for room in it: connect(2) is made again. */
  constructor(core: Core, sockaddr: Uint8Array, full: boolean) {
    super(core, 0, sockaddr)
    this.#full = full
    if (full) this.retry = 1
  }

  override get op(): number {
    return OP_CONNECT
  }

  protected override get syscall(): string {
    return 'connect'
  }

  override attempt(channel: Channel): number {
    if (this.#full) return native.connect(channel.fd, this.sockaddr as Uint8Array)
    const decided = native.poll(channel.fd, POLLOUT, 0)
    return decided === 0 ? -EAGAIN : decided < 0 ? decided : -pendingError(channel.fd)
  }

  override result(): void {
    this.core.connectDecided = !this.#full
    this.core.peer = named(this.sockaddr as Uint8Array)
  }

  override failure(value: number): SystemError {
    this.core.connectDecided = !this.#full
    return super.failure(value)
  }

  /** Whether the handshake still succeeds is anybody's guess: the socket is good for closing only. */
  override cancelled(channel: Channel): void {
    channel.spoil()
  }
}
