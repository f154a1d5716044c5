/** What callers give to the verbs, looked at once. */
import { checkInteger } from '../data/integer.js'
import { MAX_BUFFERS } from '../sys/binding.js'
import type { CallOptions } from './core.js'

/** The MSG_* of a call. */
export function flagsOf(call: CallOptions | undefined): number {
  return checkInteger(call?.flags ?? 0, 'flags')
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
  return checkInteger(size, 'size', 0)
}

/** A list of memory for recvmsg. */
export function checkBuffers(buffers: readonly Uint8Array[]): readonly Uint8Array[] {
  if (!Array.isArray(buffers)) throw new TypeError(`expected an array of Uint8Arrays, not ${String(buffers)}`)
  if (buffers.length > MAX_BUFFERS)
    throw new RangeError(`expected at most ${MAX_BUFFERS} buffers, not ${buffers.length}`)
  return buffers.map(checkBuffer)
}

/** What sendmsg takes: one piece or a list of them. */
export function toBuffers(data: Uint8Array | string | readonly (Uint8Array | string)[] = []): Uint8Array[] {
  if (!Array.isArray(data)) return [toBytes(data as Uint8Array | string)]
  if (data.length > MAX_BUFFERS)
    throw new RangeError(`expected at most ${MAX_BUFFERS} pieces, not ${data.length}`)
  return data.map(toBytes)
}

/** net.core.optmem_max bounds what can come at all; this is far more. */
const MOST_CONTROL = 65536

export function checkControlSize(size = 0): number {
  return checkInteger(size, 'controlSize', 0, MOST_CONTROL)
}

/** SCM_MAX_FD: as many descriptors as one message carries. */
const MOST_DESCRIPTORS = 253

export function checkDescriptors(count: number): number {
  return checkInteger(count, 'number of descriptors', 0, MOST_DESCRIPTORS)
}
