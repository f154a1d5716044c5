/** recvmmsg(2): many datagrams in one system call, into memory that is used again. */
import type { Address } from '../data/address/address.js'
import { CMSG_SPACE, type ControlData, decodeControl } from '../data/control/control.js'
import { checkInteger } from '../data/integer.js'
import { AF_UNIX, IPPROTO_UDP, MSG_DONTWAIT, UDP_GRO } from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { piece } from '../engine/piece.js'
import { OP_POLL } from '../engine/slots.js'
import { CONTROL_HEAD, MAX_MESSAGES, NAME_SIZE, native } from '../sys/binding.js'
import { checkControlSize } from './arguments.js'
import type { Core } from './core.js'
import { Reading } from './reading.js'

/** Options of a batch to receive into: its rooms, which do not grow. */
export interface ReceiveBatchOptions {
  /** Most messages at once, 1 to 256; 64 when left out, 8 with `gro`. */
  readonly messages?: number | undefined
  /** Room for each message in bytes; a longer one is cut. 2048 when left out, 65535 with `gro`. */
  readonly size?: number | undefined
  /** Room for the control messages of each, as `recvmsg` has it. */
  readonly controlSize?: number | undefined
  /**
   * For a socket with UDP_GRO on: the kernel puts datagrams of one sender and size together, and the batch takes them apart
   * again.
   */
  readonly gro?: boolean | undefined
}

/** What the kernel adds to a message that holds several: how large each is. */
const GRO_SPACE: number = CMSG_SPACE(4)
/** UDP_MAX_SEGMENTS: as many as one of the kernel's messages holds. */
const SEGMENTS = 128
/** Before the data of each message. */
const HEAD: number = NAME_SIZE + CONTROL_HEAD

/** What only this file does to a batch. */
let fill: (batch: ReceiveBatch<never>, core: Core, flags: number) => number
let hasControl: (batch: ReceiveBatch<never>) => boolean

/**
 * Room for many datagrams, filled by `recvmmsg` and read without making objects: the messages are numbered from 0 to
 * `length`. What it tells is good until it is filled again: `copy` what is to be kept.
 */
export class ReceiveBatch<A extends Address = Address> {
  /** How many messages there are. */
  length = 0
  /** The memory that all of them are in: `offset(i)` and `size(i)` say where. */
  readonly bytes: Buffer

  readonly #memory: ArrayBuffer
  readonly #gro: boolean
  /** Whether there is room for control messages that are asked for. */
  readonly #control: boolean
  readonly #room: number
  readonly #stride: number
  /** The kernel's messages: how many bytes each has. */
  readonly #lengths: Int32Array
  // Of each message here: its place in the memory, its size, and where the one of the kernel's that it came in begins.
  readonly #offsets: Int32Array
  readonly #sizes: Int32Array
  readonly #heads: Int32Array
  #core: Core | undefined

  static {
    fill = (batch, core, flags) => batch.#fill(core, flags)
    hasControl = (batch) => batch.#control
  }

  constructor(options: ReceiveBatchOptions = {}) {
    const { gro = false, messages = gro ? 8 : 64, size = gro ? 65535 : 2048, controlSize = 0 } = options
    checkInteger(messages, 'messages', 1, MAX_MESSAGES)
    checkInteger(size, 'size', 0, 65536)
    checkControlSize(controlSize)
    this.#gro = gro
    this.#control = controlSize > 0
    this.#room = controlSize + (gro ? GRO_SPACE : 0)
    this.#stride = HEAD + this.#room + size
    this.#memory = new ArrayBuffer(messages * this.#stride)
    this.bytes = Buffer.from(this.#memory)
    this.#lengths = new Int32Array(messages)
    const most = gro ? messages * SEGMENTS : messages
    this.#offsets = new Int32Array(most)
    this.#sizes = new Int32Array(most)
    this.#heads = new Int32Array(most)
  }

  /** Where message `i` begins in `bytes`. */
  offset(i: number): number {
    return this.#offsets[this.#index(i)] as number
  }

  /** How many bytes of message `i` there are. */
  size(i: number): number {
    return this.#sizes[this.#index(i)] as number
  }

  /** A view of message `i`, good until the batch is filled again. */
  view(i: number): Buffer {
    return piece(this.#memory, this.offset(i), this.size(i))
  }

  /** The bytes of message `i`, the caller's for ever. */
  copy(i: number): Buffer {
    const size = this.size(i)
    const copy = Buffer.allocUnsafe(size)
    copy.set(new Uint8Array(this.#memory, this.offset(i), size))
    return copy
  }

  /** Who sent message `i`, frozen; one of the last senders is the same object again. Null when the kernel names none. */
  address(i: number): A | null {
    return (this.#core?.addressAt(this.#head(i), this.bytes) ?? null) as A | null
  }

  /** MSG_* of message `i`: MSG_TRUNC when it was longer than the room for it. */
  flags(i: number): number {
    return this.bytes.readInt32LE(this.#head(i) + NAME_SIZE + 4)
  }

  /** The control messages that came with message `i`; those with `gro` on may share them. */
  control(i: number): ControlData[] {
    const [from, to] = this.#controlAt(this.#head(i))
    // No Buffer: the codecs' slice() is to be a copy.
    return decodeControl(new Uint8Array(this.#memory, from, to - from))
  }

  #index(i: number): number {
    if (!(i >= 0 && i < this.length && (i | 0) === i))
      throw new RangeError(`expected a message below ${this.length}, not ${String(i)}`)
    return i
  }

  #head(i: number): number {
    return this.#heads[this.#index(i)] as number
  }

  #controlAt(head: number): [from: number, to: number] {
    const from = head + HEAD
    return [from, from + this.bytes.readInt32LE(head + NAME_SIZE)]
  }

  #fill(core: Core, flags: number): number {
    this.#core = core
    this.length = 0
    const { bytes } = this
    const count = native.recvmmsg(core.channel.fd, bytes, this.#stride, this.#room, this.#lengths, flags)
    for (let i = 0; i < count; i++) {
      const head = i * this.#stride
      const end = Math.min(this.#lengths[i] as number, this.#stride - HEAD - this.#room)
      const segment = this.#gro ? this.#segment(head) : 0
      const from = head + HEAD + this.#room
      if (segment <= 0 || segment >= end) this.#add(head, from, end)
      else for (let at = 0; at < end; at += segment) this.#add(head, from + at, Math.min(segment, end - at))
    }
    return count
  }

  #add(head: number, offset: number, size: number): void {
    const i = this.length
    if (i >= this.#heads.length) return
    this.#heads[i] = head
    this.#offsets[i] = offset
    this.#sizes[i] = size
    this.length = i + 1
  }

  /** The size of the messages that the kernel put together into this one; 0 for one by itself. */
  #segment(head: number): number {
    const [from, end] = this.#controlAt(head)
    const { bytes } = this
    for (let at = from; at + 20 <= end; ) {
      if (bytes.readInt32LE(at + 8) === IPPROTO_UDP && bytes.readInt32LE(at + 12) === UDP_GRO)
        return bytes.readInt32LE(at + 16)
      const length = bytes.readInt32LE(at)
      if (length < 16) return 0
      at += (length + 7) & ~7
    }
    return 0
  }
}

/** recvmmsg: resolves with how many messages the batch has. */
export class FillBatch<A extends Address> extends Reading<number> {
  protected readonly batch: ReceiveBatch<A>

  constructor(core: Core, batch: ReceiveBatch<A> | ReceiveBatch, flags: number) {
    super(core, 0, flags | MSG_DONTWAIT)
    if (!(batch instanceof ReceiveBatch)) throw new TypeError('expected a ReceiveBatch')
    if (core.family === AF_UNIX && hasControl(batch as unknown as ReceiveBatch<never>))
      throw new TypeError('expected a batch without controlSize: recvmsg is for descriptors')
    this.batch = batch as ReceiveBatch<A>
  }

  override get op(): number {
    return OP_POLL
  }

  protected override get syscall(): string {
    return 'recvmmsg'
  }

  override attempt(_channel: Channel): number {
    return fill(this.batch as unknown as ReceiveBatch<never>, this.core, this.flags)
  }

  override result(): number {
    return this.batch.length
  }
}

const END: IteratorReturnResult<undefined> = Object.freeze({ done: true, value: undefined })

/** A step of `batches()`. */
export class NextBatch<A extends Address> extends Reading<IteratorResult<ReceiveBatch<A>, undefined>> {
  readonly #batch: ReceiveBatch<A>

  constructor(core: Core, batch: ReceiveBatch<A>) {
    super(core, 0, MSG_DONTWAIT)
    this.#batch = batch
  }

  override get op(): number {
    return OP_POLL
  }

  protected override get syscall(): string {
    return 'recvmmsg'
  }

  override attempt(_channel: Channel): number {
    return fill(this.#batch as unknown as ReceiveBatch<never>, this.core, this.flags)
  }

  override result(): IteratorResult<ReceiveBatch<A>, undefined> {
    return { done: false, value: this.#batch }
  }

  override complete(channel: Channel, value: number, at: number): void {
    if (value < 0 && channel.gone) this.resolve(END)
    else super.complete(channel, value, at)
  }
}
