/** sendmmsg(2): many datagrams in one system call, from memory that is used again. */
import type { Address, AddressFamily, Given } from '../data/address/address.js'
import { CMSG_SPACE, encodeControl } from '../data/control/control.js'
import type { SystemError, TimeoutError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import { AF_INET, AF_INET6, EAGAIN, EINVAL, EIO, EMSGSIZE, SOCK_DGRAM } from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { LATER } from '../engine/wait.js'
import { native } from '../sys/binding.js'
import { toBytes } from './arguments.js'
import type { Core } from './core.js'
import { encodeNumeric } from './resolve.js'
import { Writing } from './transmit.js'

/** Options of a batch to send: its rooms, which do not grow. */
export interface SendBatchOptions {
  /** Most messages, 1 to 1024; 64 when left out. */
  readonly messages?: number | undefined
  /** Room for the bytes of all of them together; 2048 for each when left out. */
  readonly size?: number | undefined
}

/** Of one of the kernel's messages (native/message.c): offset and length of its data, its sockaddr, its control messages. */
const WORDS = 6
const NAME_ROOM = 128
/** The control message that says the size of a segment. */
const GSO_SPACE: number = CMSG_SPACE(2)
/** As many as one of the kernel's messages may hold, on every kernel that knows UDP_SEGMENT. */
const SEGMENTS = 64
/** Most bytes of one of the kernel's messages. */
const MOST = 65507

/** What only this file reads of a batch. */
let partsOf: (batch: SendBatch<never>) => Parts

interface Parts {
  readonly memory: Buffer
  /** Offset and length of each message's data, and of its sockaddr. */
  readonly messages: Int32Array
  /** Where the control messages go. */
  readonly controls: number
}

/** Datagrams to send together: `add` copies them in, `sendmmsg` sends them, `clear` makes room for others. */
export class SendBatch<A extends Address = Address> {
  /** How many messages there are. */
  length = 0

  readonly #family: number
  readonly #most: number
  readonly #size: number
  readonly #memory: Buffer
  readonly #messages: Int32Array
  #used = 0
  #names = 0
  // The last address, if it cannot have changed since, and where its sockaddr is.
  #last: Given<A> | undefined
  #lastAt = 0
  #lastLength = 0

  static {
    partsOf = (batch) => batch.#parts()
  }

  /** For sockets of `family`. */
  constructor(family: AddressFamily<A>, options: SendBatchOptions = {}) {
    const { messages = 64, size = messages * 2048 } = options
    checkInteger(messages, 'messages', 1, 1024)
    checkInteger(size, 'size', 0, 0x10000000)
    this.#family = family
    this.#most = messages
    this.#size = size
    this.#memory = Buffer.from(new ArrayBuffer(size + messages * (NAME_ROOM + GSO_SPACE)))
    this.#messages = new Int32Array(messages * 4)
  }

  /**
   * Adds a message: false when there is no room for it. The bytes are copied. `address` is where to, of a socket that is not
   * connected; numbers only, names are not looked up.
   */
  add(data: Uint8Array | string, address?: Given<A>): boolean {
    const bytes = toBytes(data)
    if (this.length === this.#most || this.#used + bytes.length > this.#size) return false
    const at = this.length * 4
    if (address === undefined) this.#messages.fill(0, at + 2, at + 4)
    else {
      if (address !== this.#last) this.#name(address)
      this.#messages[at + 2] = this.#lastAt
      this.#messages[at + 3] = this.#lastLength
    }
    this.#memory.set(bytes, this.#used)
    this.#messages[at] = this.#used
    this.#messages[at + 1] = bytes.length
    this.#used += bytes.length
    this.length++
    return true
  }

  /** Forgets the messages. */
  clear(): void {
    this.length = 0
    this.#used = 0
    this.#names = 0
    this.#last = undefined
  }

  #name(address: Given<A>): void {
    const sockaddr = encodeNumeric(this.#family, address as Given<Address>)
    if (sockaddr === null)
      throw new TypeError('expected a numeric address: names are not looked up for a batch')
    this.#last = Object.isFrozen(address) ? address : undefined
    const before = this.#memory.subarray(this.#lastAt, this.#lastAt + this.#lastLength)
    // The same receiver as before makes a run with it.
    if (this.#names > 0 && before.equals(sockaddr)) return
    this.#lastAt = this.#size + this.#names++ * NAME_ROOM
    this.#lastLength = sockaddr.length
    this.#memory.set(sockaddr, this.#lastAt)
  }

  #parts(): Parts {
    return {
      memory: this.#memory,
      messages: this.#messages.subarray(0, this.length * 4),
      controls: this.#size + this.#most * NAME_ROOM,
    }
  }
}

/** sendmmsg until all of a batch is sent. Runs of one size and receiver go out as one message each (UDP_SEGMENT). */
export class SendMessages extends Writing<number> {
  readonly #parts: Parts
  readonly #rows: Int32Array
  /** How many messages were before each row. */
  readonly #before: Int32Array
  readonly #count: number
  readonly #waits: boolean
  #row = 0
  #rowCount = 0

  /** `waits`: it may go on in a later turn. */
  constructor(core: Core, batch: SendBatch<never>, from: number, flags: number, waits: boolean) {
    super(core, flags)
    this.#waits = waits
    if (!(batch instanceof SendBatch)) throw new TypeError('expected a SendBatch')
    this.#count = batch.length
    checkInteger(from, 'from', 0, this.#count)
    this.#parts = partsOf(batch)
    this.#rows = new Int32Array(this.#count * WORDS)
    this.#before = new Int32Array(this.#count + 1)
    this.#arrange(from, core.segmentMost)
  }

  protected override get syscall(): string {
    return 'sendmmsg'
  }

  /** Makes the rows of the messages from `first` on; none of more than one message whose segments are larger than `most`. */
  #arrange(first: number, most: number): void {
    const { messages } = this.#parts
    const udp =
      this.core.type === SOCK_DGRAM && (this.core.family === AF_INET || this.core.family === AF_INET6)
    let row = 0
    for (let i = first; i < this.#count; ) {
      const size = messages[i * 4 + 1] as number
      const run = udp && size > 0 && size <= most ? this.#run(i, size) : 1
      this.#before[row] = i
      this.#put(row++, i, run, size)
      i += run
    }
    this.#before[row] = this.#count
    this.#row = 0
    this.#rowCount = row
  }

  /** How many messages from `first` on are of one size and to one receiver; the last of them may be shorter. */
  #run(first: number, size: number): number {
    const { messages } = this.#parts
    const name = messages[first * 4 + 2]
    const most = Math.min(SEGMENTS, Math.floor(MOST / size), this.#count - first)
    let run = 1
    while (run < most) {
      const at = (first + run) * 4
      const next = messages[at + 1] as number
      if (messages[at + 2] !== name || next > size || next === 0) break
      run++
      if (next < size) break
    }
    return run
  }

  #put(row: number, first: number, run: number, size: number): void {
    const { messages, memory, controls } = this.#parts
    const rows = this.#rows
    const [at, from, last] = [row * WORDS, first * 4, (first + run - 1) * 4]
    rows[at] = messages[from] as number
    rows[at + 1] = (messages[last] as number) + (messages[last + 1] as number) - (messages[from] as number)
    rows[at + 2] = messages[from + 2] as number
    rows[at + 3] = messages[from + 3] as number
    rows[at + 4] = controls + row * GSO_SPACE
    rows[at + 5] = run > 1 ? GSO_SPACE : 0
    if (run > 1) memory.set(segmentControl(size), controls + row * GSO_SPACE)
  }

  override attempt(channel: Channel): number {
    for (;;) {
      const left = this.#rowCount - this.#row
      if (left === 0) return this.#count
      const value = native.sendmmsg(channel.fd, this.#parts.memory, this.#rows, this.#row, left, this.how)
      if (value > 0) {
        this.#row += value
        this.moved = this.#sent()
        if (this.#waits && this.core.engine.overdue) return LATER
      } else if (this.#refused(value)) {
        // Larger than the path takes, or a device that cannot: one by one from here on, and this size in future.
        this.core.segmentMost = (this.#parts.messages[this.#sent() * 4 + 1] as number) - 1
        this.#arrange(this.#sent(), this.core.segmentMost)
      } else if (value === -EAGAIN && !this.#waits && this.moved > 0) return this.#sent()
      else return value
    }
  }

  #sent(): number {
    return this.#before[this.#row] as number
  }

  #refused(value: number): boolean {
    const several = (this.#rows[this.#row * WORDS + 5] as number) > 0
    return several && (value === -EINVAL || value === -EIO || value === -EMSGSIZE)
  }

  override result(value: number): number {
    return value
  }

  override failure(value: number): SystemError {
    return this.#withCount(super.failure(value))
  }

  override timedOut(channel: Channel, ms: number): TimeoutError {
    return this.#withCount(super.timedOut(channel, ms))
  }

  #withCount<E extends SystemError>(error: E): E {
    error.messagesSent = this.#sent()
    return error
  }
}

const controls = new Map<number, Uint8Array>()

function segmentControl(size: number): Uint8Array {
  let control = controls.get(size)
  if (control === undefined) {
    control = encodeControl(AF_INET, [{ kind: 'udpSegment', value: size }])
    if (controls.size < 1024) controls.set(size, control)
  }
  return control
}
