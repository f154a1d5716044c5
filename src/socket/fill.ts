/** MSG_WAITALL on a stream: reads that go on until the buffer is full. */
import {
  EAGAIN,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  POLLERR,
  POLLHUP,
  POLLRDHUP,
  SOCK_STREAM,
} from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { ASIDE_FLAGS } from '../engine/channel.js'
import { OP_POLL } from '../engine/slots.js'
import { LATER } from '../engine/wait.js'
import { native } from '../sys/binding.js'
import type { Core } from './core.js'
import { Reading } from './reading.js'

/** As much as one read takes before other sockets have their turn. */
const PIECE = 1024 * 1024

/** Whether MSG_WAITALL is among the flags and counts: with the ordinary bytes of a stream. */
export function fills(core: Core, flags: number): boolean {
  return (flags & (MSG_WAITALL | ASIDE_FLAGS)) === MSG_WAITALL && core.type === SOCK_STREAM
}

/** Memory to fill. With MSG_TRUNC TCP throws the bytes away and writes nothing into it. */
export function roomToFill(size: number, flags: number): Buffer {
  return flags & MSG_TRUNC ? Buffer.alloc(size) : Buffer.allocUnsafeSlow(size)
}

/**
 * The kernel fills a buffer for a blocking call only, so the pieces are put together here. As in the kernel, the end of
 * the stream, a time-out, an abort and an error end it early with what has come, if anything has; the error is the next
 * call's.
 */
export class Filling<T> extends Reading<T> {
  readonly #into: Uint8Array
  readonly #length: number
  readonly #finish: (length: number) => T

  /** `finish` makes the outcome of so many bytes in the buffer. */
  constructor(core: Core, into: Uint8Array, flags: number, finish: (length: number) => T) {
    super(core, 0, (flags & ~MSG_WAITALL) | MSG_DONTWAIT)
    this.#into = into
    this.#length = into.length
    this.#finish = finish
  }

  override get op(): number {
    return OP_POLL
  }

  protected override get syscall(): string {
    return 'recv'
  }

  override attempt(channel: Channel): number {
    const into = this.#into
    const { flags } = this
    if (into.length < this.#length)
      throw new TypeError('expected the buffer of recv to stay as it was: it was detached or shrunk')
    if (flags & MSG_PEEK) return this.#peek(channel)
    for (;;) {
      const size = Math.min(into.length - this.moved, PIECE)
      const value = native.recv(channel.fd, into, this.moved, size, flags)
      if (value < 0) return value
      this.moved += value
      if (value === 0 || this.moved >= into.length) return this.moved
      if (this.core.limits.timeout !== 0 && this.core.engine.overdue) return LATER
    }
  }

  /** Nothing is taken: all of it has to be there at once, or nothing more can come. */
  #peek(channel: Channel): number {
    const into = this.#into
    const { flags } = this
    // In this order: what comes between the two is in what is peeked at.
    const over = (native.poll(channel.fd, POLLRDHUP, 0) & (POLLRDHUP | POLLHUP | POLLERR)) !== 0
    const value = native.recv(channel.fd, into, 0, into.length, flags)
    if (value >= 0) this.moved = value
    return value >= 0 && value < into.length && !over ? -EAGAIN : value
  }

  override result(value: number): T {
    return this.#finish(value)
  }

  override part(): T | undefined {
    return this.moved > 0 ? this.#finish(this.moved) : undefined
  }
}
