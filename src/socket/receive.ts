/** The calls that wait to read: recv, recvfrom, recvInto, accept, and what the iterators are made of. */
import type { Address, Peer } from '../data/address/address.js'
import { AF_ALG, MSG_DONTWAIT, MSG_PEEK, MSG_TRUNC, POLLHUP, POLLRDHUP, SOCK_STREAM } from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { TRY_AT } from '../engine/engine.js'
import { OP_ACCEPT, OP_POLL, OP_RECV, OP_RECVFROM } from '../engine/slots.js'
import { NAME_SIZE, native } from '../sys/binding.js'
import type { Core } from './core.js'
import { type Message, messageRoom, NO_CONTROL, NONE, ReceiveMessage } from './message.js'
import { own } from './owned.js'
import { BULK, Reading, trimmed } from './reading.js'

/** Bytes into the slab, or into a buffer of its own when the wish is larger. */
abstract class Receiving<T> extends Reading<T> {
  /** Where the payload begins behind the result's place. */
  protected abstract readonly head: number

  /** The payload, copied out: it is the caller's for ever. */
  protected data(value: number, at: number): Buffer {
    // With MSG_TRUNC the result is the datagram's own length, which may be more than there was room for.
    const length = Math.min(value, this.size)
    // Of a stream it has the bytes thrown away: what is in the slab is somebody else's.
    if (this.flags & MSG_TRUNC && this.core.type === SOCK_STREAM) return Buffer.alloc(length)
    if (this.core.type === SOCK_STREAM) this.core.bulky = length >= BULK
    return this.memory === null
      ? this.core.engine.pool.copy(at + this.head, length)
      : trimmed(this.memory, length)
  }

  /** The memory for a call made from JavaScript, and where in it. */
  protected room(): Buffer {
    if (!this.direct) return this.core.engine.slab
    this.memory ??= Buffer.allocUnsafeSlow(this.size)
    return this.memory
  }

  protected get at(): number {
    return this.direct ? 0 : TRY_AT + this.head
  }
}

abstract class PlainReceiving<T> extends Receiving<T> {
  override get op(): number {
    return this.direct ? OP_POLL : OP_RECV
  }

  protected override get syscall(): string {
    return 'recv'
  }

  protected override get head(): number {
    return 0
  }

  override attempt(channel: Channel): number {
    return native.recv(channel.fd, this.room(), this.at, this.size, this.flags | MSG_DONTWAIT)
  }
}

export class Recv extends PlainReceiving<Buffer> {
  override result(value: number, at: number): Buffer {
    return this.data(value, at)
  }
}

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
  override get op(): number {
    return this.direct ? OP_POLL : OP_RECVFROM
  }

  protected override get syscall(): string {
    return 'recvfrom'
  }

  protected override get head(): number {
    return NAME_SIZE
  }

  override attempt(channel: Channel): number {
    const { tryName } = this.core.engine
    return native.recvfrom(channel.fd, this.room(), this.at, this.size, this.flags | MSG_DONTWAIT, tryName)
  }
}

export class Recvfrom<A extends Address> extends NamedReceiving<[Buffer, A | null]> {
  override result(value: number, at: number): [Buffer, A | null] {
    return [this.data(value, at), this.core.addressAt(at) as A | null]
  }
}

/** A step of `messages()`. */
export class NextMessage<A extends Address> extends NamedReceiving<IteratorResult<Message<A>, undefined>> {
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
    const { room, data } = messageRoom(core, size)
    super(core, [room], controlSize, 0, (length, envelope) => {
      if (length === 0 && envelope.control.length === 0 && ended(core)) return END
      return { done: false, value: { data: data(length), ...envelope } }
    })
  }

  override complete(channel: Channel, value: number, at: number): void {
    if (value < 0 && channel.gone) this.resolve(END)
    else super.complete(channel, value, at)
  }
}

/** Into the caller's memory, looked at when the bytes are there: it may have been detached meanwhile. */
abstract class ReceivingInto<T> extends Reading<T> {
  protected readonly into: Uint8Array

  constructor(core: Core, into: Uint8Array, flags: number) {
    super(core, into.length, flags | MSG_DONTWAIT)
    this.into = into
  }

  override get op(): number {
    return OP_POLL
  }

  override attempt(channel: Channel): number {
    if (this.into.length < this.size) {
      throw new TypeError(
        `expected the buffer of ${this.syscall} to stay as it was: it was detached or shrunk`,
      )
    }
    return this.call(channel)
  }

  protected abstract call(channel: Channel): number
}

export class RecvInto extends ReceivingInto<number> {
  protected override get syscall(): string {
    return 'recv'
  }

  protected override call(channel: Channel): number {
    return native.recv(channel.fd, this.into, 0, this.into.length, this.flags)
  }

  override result(value: number): number {
    return value
  }
}

export class RecvfromInto<A extends Address> extends ReceivingInto<[number, A | null]> {
  protected override get syscall(): string {
    return 'recvfrom'
  }

  protected override call(channel: Channel): number {
    return native.recvfrom(channel.fd, this.into, 0, this.into.length, this.flags, this.core.engine.tryName)
  }

  override result(value: number, at: number): [number, A | null] {
    return [value, this.core.addressAt(at) as A | null]
  }
}

/** accept4: `adopt` makes the socket, at once, so that no descriptor is without an owner. */
export class Accept<S, A extends Address> extends Reading<[S, Peer<A>]> {
  readonly #adopt: (fd: number, peer: Address | undefined) => S

  constructor(core: Core, adopt: (fd: number, peer: Address | undefined) => S) {
    super(core, 0, 0)
    this.#adopt = adopt
  }

  // The operations of an algorithm have no peer, and AF_ALG refuses to name one (ECONNABORTED).
  get #nameless(): boolean {
    return this.core.family === AF_ALG
  }

  override get op(): number {
    return this.#nameless ? OP_POLL : OP_ACCEPT
  }

  protected override get syscall(): string {
    return 'accept'
  }

  override attempt(channel: Channel): number {
    return native.accept(channel.fd, this.#nameless ? NONE : this.core.engine.tryName)
  }

  override result(value: number, at: number): [S, Peer<A>] {
    return own(value, () => {
      const peer = this.#nameless ? null : this.core.strangerAt(at)
      return [this.#adopt(value, peer ?? undefined), peer as Peer<A>]
    })
  }
}
