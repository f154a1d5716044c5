/** getsockopt and setsockopt: typed rows, and the numeric form for everything that has none. */
import { IPPROTO_TCP, TCP_ULP } from '../data/kernel.js'
import type { OptionRow, Readable, Writable } from '../data/option/option.js'
import { native } from '../sys/binding.js'
import type { Core } from './core.js'

/** The largest value that the numeric form makes room for. */
const MOST = 1024 * 1024

export function getsockopt(
  core: Core,
  first: Readable<unknown> | number,
  second?: number | OptionRow,
  size?: number,
): unknown {
  if (typeof first === 'object') {
    if (typeof first.decode !== 'function') throw new TypeError(`${first.name} is write-only`)
    return first.decode(read(core, first.level, first.option, first.size, first.name))
  }
  const { option, name } = numbered(second)
  if (size !== undefined) {
    if (!Number.isInteger(size) || size < 0 || size > MOST)
      throw new RangeError(`expected a size from 0 to ${MOST}, not ${String(size)}`)
    return read(core, first, option, size, name)
  }
  const value = read(core, first, option, 4, name)
  // Some options answer with a single byte.
  return value.length < 4 ? (value[0] ?? 0) : value.readInt32LE(0)
}

export function setsockopt(
  core: Core,
  first: Writable<unknown> | number,
  second: unknown,
  value?: number | Uint8Array,
): void {
  if (typeof first === 'object') {
    if (typeof first.encode !== 'function') throw new TypeError(`${first.name} is read-only`)
    return write(core, first.level, first.option, first.encode(second), first.name)
  }
  const { option, name } = numbered(second as number | OptionRow)
  if (value instanceof Uint8Array) return write(core, first, option, value, name)
  if (typeof value !== 'number' || !Number.isInteger(value) || value < -0x80000000 || value > 0xffffffff)
    throw new TypeError(`expected a 32-bit integer or bytes for option ${name}, not ${String(value)}`)
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeInt32LE(value | 0)
  write(core, first, option, bytes, name)
}

function numbered(option: number | OptionRow | undefined): { option: number; name: string } {
  if (typeof option === 'number') return { option, name: String(option) }
  if (typeof option === 'object' && option !== null) return option
  throw new TypeError(`expected an option's number or row, not ${String(option)}`)
}

function read(core: Core, level: number, option: number, size: number, name: string): Buffer {
  const value = Buffer.alloc(size)
  const length = native.getsockopt(core.channel.number, level, option, value)
  if (length < 0) throw core.failure(length, 'getsockopt', { option: name })
  return value.subarray(0, length)
}

function write(core: Core, level: number, option: number, value: Uint8Array, name: string): void {
  const result = native.setsockopt(core.channel.number, level, option, value)
  if (result < 0) throw core.failure(result, 'setsockopt', { option: name })
  // A record layer on top ends reads at record boundaries.
  if (level === IPPROTO_TCP && option === TCP_ULP) core.channel.trustNoShortRead()
}
