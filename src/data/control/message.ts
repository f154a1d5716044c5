/**
 * Control messages as data: one row for each (level, type) of the kernel's, with the codec of its value. A row's type
 * says which way the message goes: `Receivable` comes from recvmsg, `Sendable` goes to sendmsg.
 *
 * To add one, write a row in the file of its level. Nothing else knows it.
 */
import { DecodeError } from '../errors.js'
import { bytesOf, type Shape, viewOf } from '../option/option.js'

export interface ControlRow<K extends string> {
  /** The name of the message for callers; IPv4's and IPv6's share it where they mean the same. */
  readonly kind: K
  readonly level: number
  readonly type: number
}

export interface Receivable<K extends string, T> extends ControlRow<K> {
  /**
   * The bytes behind the header to a value. Throws DecodeError, its offset counted from the first of them. `last` says
   * that they reach to the end of the buffer, where the kernel may have cut them.
   */
  decode(data: Uint8Array, last: boolean): T
}

export interface Sendable<K extends string, T> extends ControlRow<K> {
  encode(value: T): Uint8Array
}

/** Both ways, with one type of value. */
export interface Control<K extends string, T> extends Receivable<K, T>, Sendable<K, T> {}

export function control<const K extends string, T>(
  kind: K,
  level: number,
  type: number,
  { decode, encode }: Pick<Control<K, T>, 'decode' | 'encode'>,
): Control<K, T> {
  return Object.freeze({ kind, level, type, decode, encode })
}

export function receivable<const K extends string, T>(
  kind: K,
  level: number,
  type: number,
  { decode }: Pick<Receivable<K, T>, 'decode'>,
): Receivable<K, T> {
  return Object.freeze({ kind, level, type, decode })
}

export function sendable<const K extends string, T>(
  kind: K,
  level: number,
  type: number,
  { encode }: Pick<Sendable<K, T>, 'encode'>,
): Sendable<K, T> {
  return Object.freeze({ kind, level, type, encode })
}

/** A view of data that must be `size` bytes, no more and no less. */
export function exactly(data: Uint8Array, size: number, what: string): DataView {
  if (data.length > size) throw new DecodeError('ERR_MALFORMED', what, size)
  return viewOf(data, size, what)
}

/** An option's shape as a control message has it: nothing follows the value. */
export function whole<T>({ size, decode, encode }: Shape<T>, what: string): Shape<T> {
  return {
    size,
    decode: (data) => {
      exactly(data, size, what)
      return decode(data)
    },
    encode,
  }
}

/** Bytes of any length, copied both ways. */
export const bytes: Pick<Shape<Uint8Array>, 'decode' | 'encode'> = {
  decode: (data) => new Uint8Array(data),
  encode: (value) => {
    if (!(value instanceof Uint8Array)) throw new TypeError(`expected bytes, not ${String(value)}`)
    return new Uint8Array(value)
  },
}

/** An unsigned 64-bit number. */
export const uint64: Pick<Shape<bigint>, 'encode'> = {
  encode: (value) => {
    if (typeof value !== 'bigint') throw new TypeError(`expected a bigint, not ${String(value)}`)
    if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
      throw new RangeError(`expected a bigint from 0 to 2^64 - 1, not ${value}`)
    return bytesOf(8, (view) => view.setBigUint64(0, value, true))
  },
}

/** The value, if it is an object; TypeError otherwise. */
export function record<T>(value: T, expected: string): T {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`expected ${expected}, not ${String(value)}`)
  return value
}
