/** What callers give to the verbs, looked at once. */
import type { CallOptions } from './core.js'

/** The MSG_* of a call. */
export function flagsOf(call: CallOptions | undefined): number {
  const flags = call?.flags ?? 0
  if (!Number.isInteger(flags)) throw new TypeError(`expected integer flags, not ${String(flags)}`)
  return flags
}

/** What send takes: bytes as they are, a string as UTF-8. */
export function toBytes(data: Uint8Array | string): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, 'utf8')
  if (!(data instanceof Uint8Array))
    throw new TypeError(`expected a Uint8Array or a string, not ${describe(data)}`)
  // A detached array shows as an empty one; a view on its buffer does not come about.
  if (data.length === 0) new Uint8Array(data.buffer, 0, 0)
  return data
}

function describe(value: unknown): string {
  return value === null || typeof value !== 'object'
    ? String(value)
    : (value.constructor?.name ?? 'an object')
}

/** Where bytes are to go: the caller's own memory. */
export function checkBuffer(buffer: Uint8Array): Uint8Array {
  if (!(buffer instanceof Uint8Array)) throw new TypeError(`expected a Uint8Array, not ${String(buffer)}`)
  return toBytes(buffer)
}

export function checkSize(size: number): number {
  if (!Number.isInteger(size) || size < 0 || size > 0x7fffffff)
    throw new RangeError(`expected a size from 0 to 2147483647 bytes, not ${String(size)}`)
  return size
}
