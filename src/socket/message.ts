/** recvmsg and sendmsg: many buffers, the sender, the flags and the control messages of one message. */
import type { Address, Given } from '../data/address/address.js'
import { type ControlOut, decodeControl, descriptorsIn } from '../data/control/control.js'
import {
  AF_UNIX,
  MSG_CMSG_CLOEXEC,
  MSG_CTRUNC,
  MSG_DONTWAIT,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SOCK_STREAM,
} from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { BYTES_AT } from '../engine/engine.js'
import { OP_POLL } from '../engine/slots.js'
import { LATER } from '../engine/wait.js'
import { CONTROL_HEAD, NAME_SIZE, native } from '../sys/binding.js'
import type { CallOptions, Core } from './core.js'
import { fills } from './fill.js'
import { type ControlIn, owning } from './owned.js'
import { Reading, roomFor, trimmed } from './reading.js'
import { Writing } from './transmit.js'

/** A message as it came. */
export interface Message<A extends Address> {
  readonly data: Buffer
  /** The sender; null when the kernel names none (a connected stream, an unnamed unix socket's pair). */
  readonly address: A | null
  /** MSG_TRUNC: it was longer than the room for it. MSG_CTRUNC: so were its control messages. MSG_EOR, MSG_OOB, MSG_ERRQUEUE. */
  readonly flags: number
  readonly control: readonly ControlIn[]
}

/** A message whose bytes went to the caller's buffers. */
export interface MessageInto<A extends Address> extends Omit<Message<A>, 'data'> {
  /** How many bytes. */
  readonly length: number
}

/** All of a message but its bytes. */
type Envelope<A extends Address> = Omit<Message<A>, 'data'>

/** No sockaddr, no control messages: what the addon takes for none. */
export const NONE: Uint8Array = new Uint8Array(0)

export const NO_CONTROL: readonly ControlIn[] = Object.freeze([])

/** recvmsg(2) into `buffers`; `finish` makes the outcome of so many bytes and what came with them. */
export class ReceiveMessage<T, A extends Address> extends Reading<T> {
  readonly #buffers: readonly Uint8Array[]
  readonly #total: number
  readonly #control: Buffer
  readonly #name: Buffer
  readonly #all: boolean
  readonly #finish: (length: number, envelope: Envelope<A>) => T

  constructor(
    core: Core,
    buffers: readonly Uint8Array[],
    controlSize: number,
    flags: number,
    finish: (length: number, envelope: Envelope<A>) => T,
  ) {
    // Descriptors come over unix sockets alone; others (AF_PACKET) refuse flags that they do not know.
    const closing = core.family === AF_UNIX ? MSG_CMSG_CLOEXEC : 0
    super(core, 0, (flags & ~MSG_WAITALL) | MSG_DONTWAIT | closing)
    this.#buffers = buffers
    this.#total = lengthOf(buffers)
    this.#finish = finish
    // As in fill.ts: the kernel fills buffers for blocking calls only.
    this.#all = fills(core, flags) && (flags & MSG_PEEK) === 0
    // A try that succeeds is looked at before the next is made, unless it is one of several.
    this.#control = this.#all ? Buffer.alloc(CONTROL_HEAD + controlSize) : core.engine.tryControl(controlSize)
    this.#name = this.#all ? Buffer.alloc(NAME_SIZE) : core.engine.tryName
  }

  override get op(): number {
    return OP_POLL
  }

  protected override get syscall(): string {
    return 'recvmsg'
  }

  override attempt(channel: Channel): number {
    if (lengthOf(this.#buffers) < this.#total)
      throw new TypeError(
        'expected the buffers of recvmsg to stay as they were: they were detached or shrunk',
      )
    for (;;) {
      const room = this.moved === 0 ? this.#buffers : behind(this.#buffers, this.moved)
      const value = native.recvmsg(channel.fd, room, this.flags, this.#name, this.#control)
      if (value < 0 || !this.#all) return value
      this.moved += value
      if (value === 0 || this.moved >= this.#total || this.#accompanied()) return this.moved
      if (this.core.limits.timeout !== 0 && this.core.engine.overdue) return LATER
    }
  }

  /** Descriptors and credentials belong to the bytes that they came with: the kernel stops behind those, too. */
  #accompanied(): boolean {
    if (this.core.family !== AF_UNIX) return false
    return this.#control.readInt32LE(0) > 0 || (this.#control.readInt32LE(4) & MSG_CTRUNC) !== 0
  }

  override result(value: number): T {
    const control = this.#control.subarray(CONTROL_HEAD, CONTROL_HEAD + this.#control.readInt32LE(0))
    return this.#finish(value, {
      address: this.core.addressAt(0, this.#name) as A | null,
      flags: this.#control.readInt32LE(4) & ~MSG_CMSG_CLOEXEC,
      control: control.length === 0 ? NO_CONTROL : received(control),
    })
  }

  override part(): T | undefined {
    return this.moved > 0 ? this.result(this.moved) : undefined
  }
}

/** The control messages; descriptors among bytes that cannot be decoded are closed. */
function received(bytes: Buffer): ControlIn[] {
  // No Buffer: the codecs' slice() is to be a copy.
  const control = new Uint8Array(bytes)
  try {
    return decodeControl(control).map(owning)
  } catch (error) {
    for (const fd of descriptorsIn(control)) native.close(fd)
    throw error
  }
}

function lengthOf(buffers: readonly Uint8Array[]): number {
  let total = 0
  for (const { length } of buffers) total += length
  return total
}

/** The buffers without their first `count` bytes. */
function behind(buffers: readonly Uint8Array[], count: number): Uint8Array[] {
  const left: Uint8Array[] = []
  for (const buffer of buffers) {
    if (count < buffer.length) left.push(buffer.subarray(count))
    count = Math.max(0, count - buffer.length)
  }
  return left
}

/**
 * Memory for a message of `size` bytes at most, its own where it takes several tries, and how to have the first `length` of it
 * for ever.
 */
export function messageRoom(
  core: Core,
  size: number,
  own = false,
): { room: Buffer; data: (length: number) => Buffer } {
  const { tryBytes, pool } = core.engine
  if (!own && size <= tryBytes.length) {
    const room = size === tryBytes.length ? tryBytes : tryBytes.subarray(0, size)
    return { room, data: (length) => pool.copy(BYTES_AT, Math.min(length, size)) }
  }
  const room = Buffer.allocUnsafeSlow(size)
  return { room, data: (length) => trimmed(room, Math.min(length, size)) }
}

/** recvmsg of a message of `size` bytes at most. */
export function receiveMessage<T, A extends Address>(
  core: Core,
  size: number,
  controlSize: number,
  flags: number,
  finish: (message: Message<A>) => T,
): ReceiveMessage<T, A> {
  const all = (flags & MSG_WAITALL) !== 0
  const { room, data } = messageRoom(core, all ? size : roomFor(core, size), all)
  return new ReceiveMessage<T, A>(core, [room], controlSize, flags, (length, envelope) =>
    finish({ data: cleared(core, flags, data(length)), ...envelope }),
  )
}

/** With MSG_TRUNC the result is the datagram's own length; of a stream, it has the bytes thrown away. */
function cleared(core: Core, flags: number, data: Buffer): Buffer {
  return flags & MSG_TRUNC && core.type === SOCK_STREAM ? data.fill(0) : data
}

/** What sendmsg takes. */
export interface MessageOut<A extends Address> {
  /** Bytes, or a list of them that goes out as one; text goes as UTF-8. At most 1024 pieces. Empty when left out. */
  readonly data?: Uint8Array | string | readonly (Uint8Array | string)[] | undefined
  /** Where to, of a socket that is not connected. */
  readonly address?: Given<A> | undefined
  readonly control?: readonly ControlOut[] | undefined
}

/** Options of a call that sends descriptors. */
export interface SendFdsOptions<A extends Address> extends CallOptions {
  /** Where to, of a socket that is not connected. */
  readonly address?: Given<A> | undefined
}

/** The message that carries descriptors. */
export function withFds<A extends Address>(
  data: Uint8Array | string,
  fds: readonly number[],
  { address }: Pick<SendFdsOptions<A>, 'address'> = {},
): MessageOut<A> {
  return { data, address, control: [{ kind: 'rights', value: fds }] }
}

/** One call of sendmsg, repeated until the kernel has room for any of it. */
export class SendMessage extends Writing<number> {
  readonly #buffers: readonly Uint8Array[]
  readonly #total: number
  readonly #control: Uint8Array

  constructor(
    core: Core,
    buffers: readonly Uint8Array[],
    flags: number,
    sockaddr: Uint8Array | undefined,
    control: Uint8Array,
  ) {
    super(core, flags, sockaddr)
    this.#buffers = buffers
    this.#total = lengthOf(buffers)
    this.#control = control
    if (sockaddr !== undefined && core.family === AF_UNIX) this.retry = 1
  }

  protected override get syscall(): string {
    return 'sendmsg'
  }

  override attempt(channel: Channel): number {
    if (lengthOf(this.#buffers) < this.#total)
      throw new TypeError('expected the bytes of sendmsg to stay as they were: they were detached or shrunk')
    return this.tried(
      native.sendmsg(channel.fd, this.#buffers, this.how, this.sockaddr ?? NONE, this.#control),
    )
  }

  override result(value: number): number {
    return value
  }
}
