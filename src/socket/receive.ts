/** The calls that wait to read: recv, recvfrom, recvInto, accept, and what the iterators are made of. */
import type { Address } from '../data/address/address.js'
import { MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, POLLHUP, POLLRDHUP, SOCK_STREAM } from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { SLAB_READ, TRY_AT } from '../engine/engine.js'
import { OP_ACCEPT, OP_POLL, OP_RECV, OP_RECVFROM } from '../engine/slots.js'
import { NAME_SIZE, native } from '../sys/binding.js'
import type { Core } from './core.js'
import { type Message, NO_CONTROL, ReceiveMessage } from './message.js'
import { own } from './owned.js'
import { Reading, roomFor, trimmed } from './reading.js'

/** Bytes into the slab, or into a buffer of its own when the wish is larger. */
abstract class Receiving<T> extends Reading<T> {
  override readonly op: number
  override readonly size: number
  override readonly flags: number
  protected own: Buffer | undefined
  /** Where the payload begins behind the result's place. */
  protected abstract readonly head: number

  constructor(core: Core, size: number, flags: number, op: number) {
    super(core)
    const large = size > SLAB_READ
    this.size = large ? roomFor(core, size) : size
    this.flags = flags | MSG_DONTWAIT
    this.op = large ? OP_POLL : op
  }

  /** The payload, copied out: it is the caller's for ever. */
  protected data(value: number, at: number): Buffer {
    // With MSG_TRUNC the result is the datagram's own length, which may be more than there was room for.
    const length = Math.min(value, this.size)
    // Of a stream it has the bytes thrown away: what is in the slab is somebody else's.
    if (this.flags & MSG_TRUNC && this.core.type === SOCK_STREAM) return Buffer.alloc(length)
    const { own } = this
    if (own !== undefined) return trimmed(own, length)
    const begin = at + this.head
    const copy = Buffer.allocUnsafe(length)
    copy.set(this.core.engine.slab.subarray(begin, begin + length))
    return copy
  }

  /** The memory for a call made from JavaScript, and where in it. */
  protected room(): Buffer {
    if (this.op !== OP_POLL) return this.core.engine.slab
    this.own ??= Buffer.allocUnsafeSlow(this.size)
    return this.own
  }

  protected get at(): number {
    return this.op !== OP_POLL ? TRY_AT + this.head : 0
  }
}

class PlainReceiving<T> extends Receiving<T> {
  protected readonly syscall: string = 'recv'
  protected readonly head: number = 0

  constructor(core: Core, size: number, flags: number) {
    super(core, size, flags, OP_RECV)
  }

  override attempt(channel: Channel): number {
    return native.recv(channel.fd, this.room(), this.at, this.size, this.flags)
  }

  override result(value: number, at: number): T {
    return this.data(value, at) as T
  }
}

export class Recv extends PlainReceiving<Buffer> {}

const END: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/**
 * No bytes end a stream; between message boundaries they may also be an empty message, and the peer's close comes
 * before the end of what it left in the queue.
 */
function ended({ type, channel }: Core): boolean {
  if (type === SOCK_STREAM) return true
  const events = native.poll(channel.fd, POLLRDHUP, 0)
  if (events >= 0 && (events & (POLLRDHUP | POLLHUP)) === 0) return false
  return native.recv(channel.fd, Buffer.allocUnsafe(1), 0, 1, MSG_PEEK | MSG_DONTWAIT) <= 0
}

/** A step of `chunks()`: the end of the stream ends the iteration. */
export class Chunk extends PlainReceiving<IteratorResult<Buffer, undefined>> {
  override result(value: number, at: number): IteratorResult<Buffer, undefined> {
    if (value === 0 && ended(this.core)) return END
    return { done: false, value: this.data(value, at) }
  }

  override complete(channel: Channel, value: number, at: number): void {
    if (value < 0 && channel.gone) this.resolve(END)
    else super.complete(channel, value, at)
  }
}

abstract class NamedReceiving<T> extends Receiving<T> {
  protected readonly syscall = 'recvfrom'
  protected readonly head: number = NAME_SIZE

  constructor(core: Core, size: number, flags: number) {
    super(core, size, flags, OP_RECVFROM)
  }

  override attempt(channel: Channel): number {
    const { tryName } = this.core.engine
    return native.recvfrom(channel.fd, this.room(), this.at, this.size, this.flags, tryName)
  }
}

export class Recvfrom<A extends Address> extends NamedReceiving<[Buffer, A | null]> {
  override result(value: number, at: number): [Buffer, A | null] {
    return [this.data(value, at), this.core.addressAt(at) as A | null]
  }
}

/** A step of `messages()`. */
export class NextMessage<A extends Address> extends NamedReceiving<IteratorResult<Message<A>, undefined>> {
  constructor(core: Core, size: number) {
    super(core, size, MSG_TRUNC)
  }

  override complete(channel: Channel, value: number, at: number): void {
    if (value < 0 && channel.gone) this.resolve(END)
    else super.complete(channel, value, at)
  }

  override result(value: number, at: number): IteratorResult<Message<A>, undefined> {
    if (value === 0 && ended(this.core)) return END
    const data = this.data(value, at)
    const address = this.core.addressAt(at) as A | null
    return {
      done: false,
      value: { data, address, flags: value > data.length ? MSG_TRUNC : 0, control: NO_CONTROL },
    }
  }
}

/** A step of `messages()` that brings the control messages, too. */
export class NextWholeMessage<A extends Address> extends ReceiveMessage<
  IteratorResult<Message<A>, undefined>,
  A
> {
  constructor(core: Core, size: number, controlSize: number) {
    const room = Buffer.allocUnsafeSlow(size)
    super(core, [room], controlSize, 0, (length, envelope) => {
      if (length === 0 && envelope.control.length === 0 && ended(core)) return END
      return { done: false, value: { data: trimmed(room, length), ...envelope } }
    })
  }

  override complete(channel: Channel, value: number, at: number): void {
    if (value < 0 && channel.gone) this.resolve(END)
    else super.complete(channel, value, at)
  }
}

/** Into the caller's memory, looked at when the bytes are there: it may have been detached meanwhile. */
abstract class ReceivingInto<T> extends Reading<T> {
  override readonly op: number = OP_POLL
  override readonly flags: number
  protected readonly into: Uint8Array
  readonly #length: number

  constructor(core: Core, into: Uint8Array, flags: number) {
    super(core)
    this.into = into
    this.#length = into.length
    this.flags = flags | MSG_DONTWAIT
  }

  override attempt(channel: Channel): number {
    if (this.into.length < this.#length) {
      throw new TypeError(
        `expected the buffer of ${this.syscall} to stay as it was: it was detached or shrunk`,
      )
    }
    return this.call(channel)
  }

  protected abstract call(channel: Channel): number
}

export class RecvInto extends ReceivingInto<number> {
  protected readonly syscall = 'recv'

  protected override call(channel: Channel): number {
    return native.recv(channel.fd, this.into, 0, this.into.length, this.flags)
  }

  override result(value: number): number {
    return value
  }
}

export class RecvfromInto<A extends Address> extends ReceivingInto<[number, A | null]> {
  protected readonly syscall = 'recvfrom'

  protected override call(channel: Channel): number {
    return native.recvfrom(channel.fd, this.into, 0, this.into.length, this.flags, this.core.engine.tryName)
  }

  override result(value: number, at: number): [number, A | null] {
    return [value, this.core.addressAt(at) as A | null]
  }
}

/** accept4: `adopt` makes the socket, at once, so that no descriptor is without an owner. */
export class Accept<S, A extends Address> extends Reading<[S, A]> {
  override readonly op: number = OP_ACCEPT
  protected readonly syscall = 'accept'
  readonly #adopt: (fd: number, peer: Address) => S

  constructor(core: Core, adopt: (fd: number, peer: Address) => S) {
    super(core)
    this.#adopt = adopt
  }

  override attempt(channel: Channel): number {
    return native.accept(channel.fd, this.core.engine.tryName)
  }

  override result(value: number, at: number): [S, A] {
    return own(value, () => {
      const peer = this.core.addressAt(at) as A
      return [this.#adopt(value, peer), peer]
    })
  }
}
