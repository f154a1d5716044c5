/**
 * Socket options as data: one row each, with the codec of its value. A row's type says what may be done with it:
 * `Readable` goes to getsockopt, `Writable` to setsockopt, `Option` to both.
 *
 * To add an option, write one row in the file of its level. Nothing else knows it.
 */
import { DecodeError } from '../errors.js'

export interface OptionRow {
  /** The kernel's spelling. */
  readonly name: string
  readonly level: number
  readonly option: number
}

export interface Readable<T> extends OptionRow {
  /** Room for the value in bytes, as getsockopt(2) is given it. */
  readonly size: number
  /** The bytes that the kernel wrote to a value. Throws DecodeError when they are too few. */
  decode(bytes: Uint8Array): T
}

export interface Writable<T> extends OptionRow {
  encode(value: T): Uint8Array
}

export interface Option<T> extends Readable<T>, Writable<T> {}

/** How a value is laid out, whatever the option. */
export interface Shape<T> {
  readonly size: number
  decode(bytes: Uint8Array): T
  encode(value: T): Uint8Array
}

export function option<T>(level: number, number: number, name: string, shape: Shape<T>): Option<T> {
  return Object.freeze({ name, level, option: number, ...shape })
}

export function readable<T>(
  level: number,
  number: number,
  name: string,
  shape: Pick<Shape<T>, 'size' | 'decode'>,
): Readable<T> {
  return Object.freeze({ name, level, option: number, size: shape.size, decode: shape.decode })
}

export function writable<T>(
  level: number,
  number: number,
  name: string,
  shape: Pick<Shape<T>, 'encode'>,
): Writable<T> {
  return Object.freeze({ name, level, option: number, encode: shape.encode })
}

/** A view of a value's bytes; fewer than `size` are an error. */
export function viewOf(bytes: Uint8Array, size: number, what: string): DataView {
  if (bytes.length < size) throw new DecodeError('ERR_TRUNCATED', what, bytes.length)
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

/** `size` bytes, filled by `fill`. */
export function bytesOf(size: number, fill: (view: DataView) => void): Uint8Array {
  const bytes = new Uint8Array(size)
  fill(new DataView(bytes.buffer))
  return bytes
}

/** The value, if it is an integer in that range; RangeError otherwise. */
export function integer(value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most)
    throw new RangeError(`expected an integer from ${least} to ${most}, not ${String(value)}`)
  return value
}

/** A C int. */
export const int: Shape<number> = {
  size: 4,
  decode: (bytes) => viewOf(bytes, 4, 'int').getInt32(0, true),
  encode: (value) => bytesOf(4, (view) => view.setInt32(0, integer(value, -0x80000000, 0x7fffffff), true)),
}

/** An unsigned int. */
export const uint: Shape<number> = {
  size: 4,
  decode: (bytes) => viewOf(bytes, 4, 'unsigned int').getUint32(0, true),
  encode: (value) => bytesOf(4, (view) => view.setUint32(0, integer(value, 0, 0xffffffff), true)),
}

/** An int that is on or off. */
export const flag: Shape<boolean> = {
  size: 4,
  decode: (bytes) => int.decode(bytes) !== 0,
  encode: (value) => {
    if (typeof value !== 'boolean') throw new TypeError(`expected true or false, not ${String(value)}`)
    return int.encode(value ? 1 : 0)
  },
}

/** An int, or one byte where the kernel answers so (some IP_* options). */
export const byte: Shape<number> = {
  size: 4,
  decode: (bytes) => (bytes.length === 1 ? (bytes[0] ?? 0) : int.decode(bytes)),
  encode: (value) => int.encode(integer(value, -1, 255)),
}

/** Text up to `size` bytes with the NUL that ends it. */
export function text(size: number): Shape<string> {
  return {
    size,
    decode: (bytes) => {
      const end = bytes.indexOf(0)
      return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
    },
    encode: (value) => {
      if (typeof value !== 'string') throw new TypeError(`expected text, not ${String(value)}`)
      const bytes = new TextEncoder().encode(value)
      if (bytes.length >= size || bytes.includes(0))
        throw new RangeError(`expected text of less than ${size} bytes without NUL`)
      return bytes
    },
  }
}
