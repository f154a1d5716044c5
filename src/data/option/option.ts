/**
 * Socket options as data: one row each, with the codec of its value. A row's type says what may be done with it:
 * `Readable` goes to getsockopt, `Writable` to setsockopt, `Option` to both, and `Queryable` to getsockopt with a
 * question.
 *
 * To add an option, write one row in the file of its level. Nothing else knows it.
 *
 * Values of structs have the kernel's field names in camelCase, without the prefix that C needs. Where a field is an
 * address it is text, an interface is its index unless said otherwise. Counters and rates of 64 bits are numbers
 * (exact up to 2^53, Infinity for "no limit"); 64 bits that name something (cookies) are bigints.
 */
import { DecodeError } from '../errors.js'

export interface OptionRow {
  /** The kernel's spelling. */
  readonly name: string
  readonly level: number
  readonly option: number
  /** The level where it follows from the value (or the question): MCAST_*, whose groups are IPv4's or IPv6's. */
  levelOf?(value: unknown): number
}

export interface Readable<T> extends OptionRow {
  /** Room for the value in bytes, as getsockopt(2) is given it. */
  readonly size: number
  /** The bytes that the kernel wrote to a value. Throws DecodeError when they are too few. */
  decode(bytes: Uint8Array): T
}

export interface Writable<T> extends OptionRow {
  /** The bytes are a program's instructions: the option's own value is a pointer to them, which the addon makes. */
  readonly indirect?: boolean
  encode(value: T): Uint8Array
}

export interface Option<T> extends Readable<T>, Writable<T> {}

/** getsockopt reads the value before it writes it: `question` says what is asked about. */
export interface Queryable<Q, T> extends OptionRow {
  /** The question's bytes, with room for the answer. */
  ask(question: Q): Uint8Array
  /** The answer in the bytes that the kernel left there. Throws DecodeError when they are too few. */
  answer(bytes: Uint8Array): T
}

/** How a value is laid out, whatever the option. */
export interface Shape<T> {
  readonly size: number
  decode(bytes: Uint8Array): T
  encode(value: T): Uint8Array
}

/** What is read where it may be left out when it is set. */
export type Known<T> = { readonly [K in keyof T]-?: Exclude<T[K], undefined> }

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
  shape: Pick<Writable<T>, 'encode' | 'indirect' | 'levelOf'>,
): Writable<T> {
  const { encode, indirect, levelOf } = shape
  return Object.freeze({
    ...{ name, level, option: number, encode },
    ...(indirect === undefined ? {} : { indirect }),
    ...(levelOf === undefined ? {} : { levelOf }),
  })
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

/** The value, if it is an object; TypeError otherwise. */
export function object<T>(value: T, expected: string): T {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`expected ${expected}, not ${String(value)}`)
  return value
}

// ── ints ────────────────────────────────────────────────────────────────────────────────────────

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

/** An int in network byte order: IP_UNICAST_IF and its twin alone. */
export const netInt: Shape<number> = {
  size: 4,
  decode: (bytes) => viewOf(bytes, 4, 'int').getInt32(0),
  encode: (value) => bytesOf(4, (view) => view.setInt32(0, integer(value, 0, 0x7fffffff))),
}

/** An int, or one byte where the kernel answers so (some IP_* options). */
export const byte: Shape<number> = {
  size: 4,
  decode: (bytes) => (bytes.length === 1 ? (bytes[0] ?? 0) : int.decode(bytes)),
  encode: (value) => int.encode(integer(value, -1, 255)),
}

/** An int that is on or off; one byte where the kernel answers so. */
export const flag: Shape<boolean> = {
  size: 4,
  decode: (bytes) => byte.decode(bytes) !== 0,
  encode: (value) => {
    if (typeof value !== 'boolean') throw new TypeError(`expected true or false, not ${String(value)}`)
    return int.encode(value ? 1 : 0)
  },
}

/** An int that the kernel asks for and does not look at: the call itself is what counts. */
export const act: Pick<Shape<true>, 'encode'> = {
  encode: (value) => {
    if (value !== true) throw new TypeError(`expected true, not ${String(value)}`)
    return int.encode(1)
  },
}

/** No value at all, which is what the kernel insists on: the call itself is what counts. */
export const nothing: Pick<Shape<true>, 'encode'> = {
  encode: (value) => {
    if (value !== true) throw new TypeError(`expected true, not ${String(value)}`)
    return new Uint8Array(0)
  },
}

/** 64 bits that name something. */
export const cookie: Pick<Shape<bigint>, 'size' | 'decode'> = {
  size: 8,
  decode: (bytes) => viewOf(bytes, 8, 'cookie').getBigUint64(0, true),
}

/** 64 bits of a rate; Infinity is no limit. */
export const rate: Shape<number> = {
  size: 8,
  decode: (bytes) => getUint(viewOf(bytes, 8, 'rate'), [0, 8]),
  encode: (value) => {
    const most = Number.MAX_SAFE_INTEGER
    const bits = value === Infinity ? 0xffffffffffffffffn : BigInt(integer(value, 0, most))
    return bytesOf(8, (view) => view.setBigUint64(0, bits, true))
  },
}

/** struct timeval as milliseconds, to the microsecond. */
export const milliseconds: Shape<number> = {
  size: 16,
  decode: (bytes) => {
    const view = viewOf(bytes, 16, 'timeval')
    return Number(view.getBigInt64(0, true)) * 1000 + Number(view.getBigInt64(8, true)) / 1000
  },
  encode: (value) => {
    if (typeof value !== 'number' || !(value >= 0 && value <= 0x7fffffff * 1000))
      throw new RangeError(`expected milliseconds from 0 to ${0x7fffffff * 1000}, not ${String(value)}`)
    const micros = Math.ceil(value * 1000)
    return bytesOf(16, (view) => {
      view.setBigInt64(0, BigInt(Math.floor(micros / 1e6)), true)
      view.setBigInt64(8, BigInt(micros % 1e6), true)
    })
  },
}

// ── bytes and text ──────────────────────────────────────────────────────────────────────────────

/** Up to `size` bytes as they are. What is read is a copy. */
export function raw(size: number): Shape<Uint8Array> {
  return {
    size,
    decode: (bytes) => new Uint8Array(bytes),
    encode: (value) => {
      if (!(value instanceof Uint8Array)) throw new TypeError(`expected bytes, not ${String(value)}`)
      if (value.length > size) throw new RangeError(`expected at most ${size} bytes, not ${value.length}`)
      return value
    },
  }
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

// ── fields of structs, as `layouts` in kernel.ts has them ───────────────────────────────────────

type Field = readonly [offset: number, size: number]
type Bits = readonly [byte: number, lowest: number, width: number]

/** An unsigned field of 1, 2, 4 or 8 bytes. Eight of all ones are Infinity. */
export function getUint(view: DataView, [at, size]: Field): number {
  if (size === 1) return view.getUint8(at)
  if (size === 2) return view.getUint16(at, true)
  if (size === 4) return view.getUint32(at, true)
  const value = view.getBigUint64(at, true)
  return value === 0xffffffffffffffffn ? Infinity : Number(value)
}

/** The same, written: RangeError for what does not fit. */
export function setUint(view: DataView, [at, size]: Field, value: number): void {
  const fits = integer(value, 0, size === 8 ? Number.MAX_SAFE_INTEGER : 2 ** (8 * size) - 1)
  if (size === 1) view.setUint8(at, fits)
  else if (size === 2) view.setUint16(at, fits, true)
  else if (size === 4) view.setUint32(at, fits, true)
  else view.setBigUint64(at, BigInt(fits), true)
}

/**
 * A struct whose fields are unsigned numbers, each where `fields` says. When a value is set, the `optional` ones may be
 * left out and are 0 then.
 */
export function numbers<T extends { readonly [K in keyof T]?: number | undefined }>(
  size: number,
  fields: { readonly [K in keyof T]-?: Field },
  ...optional: readonly (keyof T)[]
): { size: number; decode(bytes: Uint8Array): Known<T>; encode(value: T): Uint8Array } {
  const rows = Object.entries(fields) as [keyof T & string, Field][]
  const expected = `{ ${rows.map(([name]) => (optional.includes(name) ? `${name}?` : name)).join(', ')} }`
  return {
    size,
    decode: (bytes) => {
      const view = viewOf(bytes, size, expected)
      return Object.fromEntries(rows.map(([name, field]) => [name, getUint(view, field)])) as Known<T>
    },
    encode: (value) => {
      const given = object(value, expected)
      return bytesOf(size, (view) => {
        for (const [name, field] of rows) {
          const each: number | undefined = given[name]
          setUint(view, field, each === undefined && optional.includes(name) ? 0 : (each as number))
        }
      })
    },
  }
}

/** One struct behind the other, at most `most` of them. */
export function list<G, T>(
  most: number,
  { size, decode, encode }: { size: number; decode(bytes: Uint8Array): T; encode(value: G): Uint8Array },
): { size: number; decode(bytes: Uint8Array): readonly T[]; encode(values: readonly G[]): Uint8Array } {
  return {
    size: size * most,
    decode: (bytes) => {
      if (bytes.length % size !== 0) throw new DecodeError('ERR_TRUNCATED', 'list', bytes.length)
      return Array.from({ length: bytes.length / size }, (_, i) =>
        decode(bytes.subarray(size * i, size * i + size)),
      )
    },
    encode: (values) => {
      if (!Array.isArray(values)) throw new TypeError(`expected an array, not ${String(values)}`)
      if (values.length > most) throw new RangeError(`expected at most ${most}, not ${values.length}`)
      const bytes = new Uint8Array(size * values.length)
      for (const [i, value] of values.entries()) bytes.set(encode(value), size * i)
      return bytes
    },
  }
}

/** A bit-field of at most eight bits within one byte. */
export function getBits(view: DataView, [at, lowest, width]: Bits): number {
  return (view.getUint8(at) >> lowest) & ((1 << width) - 1)
}

/** One bit. */
export function setBit(view: DataView, [at, lowest]: Bits, on: boolean | undefined): void {
  if (on !== undefined && typeof on !== 'boolean')
    throw new TypeError(`expected true or false, not ${String(on)}`)
  if (on === true) view.setUint8(at, view.getUint8(at) | (1 << lowest))
}
