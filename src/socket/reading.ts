/** What the calls that wait to read have in common. */
import { TimeoutError } from '../data/errors.js'
import { ETIMEDOUT, SOCK_STREAM } from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { SLAB_READ } from '../engine/engine.js'
import { Wait } from '../engine/wait.js'
import type { Core } from './core.js'

/** A stream that answers with so much is read directly, until it answers with less. */
export const BULK: number = 32 * 1024

export abstract class Reading<T> extends Wait<T> {
  protected readonly core: Core
  /** The bytes go to memory of its own: more is asked for than the slab has, or so much comes that a copy costs more. */
  protected readonly direct: boolean
  protected memory: Buffer | null = null
  protected abstract readonly syscall: string

  constructor(core: Core, size: number, flags: number) {
    super(size, flags)
    this.core = core
    this.direct = size > SLAB_READ || (core.bulky && size >= BULK)
  }

  override failure(value: number): Error {
    return this.core.failure(value, this.syscall)
  }

  override timedOut(_channel: Channel, ms: number): Error {
    return new TimeoutError(ETIMEDOUT, this.core.about(this.syscall), ms)
  }
}

/** The first `length` bytes of a buffer that was made for this call: as they are, or copied where that spares much. */
export function trimmed(buffer: Buffer, length: number): Buffer {
  return length * 2 > buffer.length ? buffer.subarray(0, length) : Buffer.from(buffer.subarray(0, length))
}

/** A stream may answer with less than asked for, so a huge wish need not reserve huge memory. */
const STREAM_READ = 1024 * 1024

/** How large a buffer to make for a wish of `size` bytes. */
export function roomFor(core: Core, size: number): number {
  return core.type === SOCK_STREAM ? Math.min(size, STREAM_READ) : size
}
