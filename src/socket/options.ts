/** getsockopt and setsockopt: typed rows, and the numeric form for everything that has none. */
import type { SystemError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import { IPPROTO_TCP, TCP_ULP } from '../data/kernel.js'
import { lackOfOption } from '../data/lack.js'
import type { OptionRow, Queryable, Readable, Writable } from '../data/option/option.js'
import { native } from '../sys/binding.js'
import type { Core } from './core.js'

/** The largest value that the numeric form makes room for. */
const MOST = 1024 * 1024

/** A row as it comes from a caller: what it cannot do is missing. */
type AnyRow = OptionRow &
  Partial<Readable<unknown>> &
  Partial<Writable<unknown>> &
  Partial<Queryable<unknown, unknown>>

export function getsockopt(core: Core, first: OptionRow | number, second?: unknown, size?: number): unknown {
  if (typeof first === 'object') {
    const row: AnyRow = first
    if (row.ask !== undefined && row.answer !== undefined) {
      const value = row.ask(second)
      return row.answer(read(core, row.levelOf?.(second) ?? row.level, row.option, value, row.name))
    }
    if (row.decode === undefined || row.size === undefined) throw new TypeError(`${row.name} is write-only`)
    return row.decode(read(core, row.level, row.option, new Uint8Array(row.size), row.name))
  }
  const { option, name } = numbered(second as number | OptionRow)
  if (size !== undefined) {
    checkInteger(size, 'size', 0, MOST)
    return read(core, first, option, Buffer.alloc(size), name) as Buffer
  }
  const value = read(core, first, option, Buffer.alloc(4), name) as Buffer
  // Some options answer with a single byte.
  return value.length < 4 ? (value[0] ?? 0) : value.readInt32LE(0)
}

export function setsockopt(
  core: Core,
  first: OptionRow | number,
  second: unknown,
  value?: number | Uint8Array,
): void {
  if (typeof first === 'object') {
    const row: AnyRow = first
    if (row.encode === undefined) throw new TypeError(`${row.name} is read-only`)
    const level = row.levelOf?.(second) ?? row.level
    return write(core, level, row.option, row.encode(second), row.name, row.indirect)
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

/** What the kernel wrote over `value`, which holds the question where there is one. */
function read(core: Core, level: number, option: number, value: Uint8Array, name: string): Uint8Array {
  const length = native.getsockopt(core.channel.number, level, option, value)
  if (length < 0) throw refusal(core, length, 'getsockopt', name, lackOfOption(length, level, option))
  return value.subarray(0, length)
}

function write(
  core: Core,
  level: number,
  option: number,
  value: Uint8Array,
  name: string,
  indirect = false,
): void {
  const call = indirect ? 'setsockoptFilter' : 'setsockopt'
  const result = native[call](core.channel.number, level, option, value)
  if (result < 0) throw refusal(core, result, 'setsockopt', name, lackOfOption(result, level, option, value))
  // A record layer on top ends reads at record boundaries.
  if (level === IPPROTO_TCP && option === TCP_ULP) core.channel.trustNoShortRead()
}

function refusal(core: Core, result: number, syscall: string, option: string, hint?: string): SystemError {
  return core.failure(result, syscall, hint === undefined ? { option } : { option, hint })
}
