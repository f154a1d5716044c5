/** Bytes read and written one field after the other. Network order, unless little-endian is asked for. */
import { DecodeError } from '../../data/errors.js'
import { checkInteger } from '../../data/integer.js'

/** Reads fields; what is not there is a DecodeError that names `what`. Offsets in it count from `base`. */
export class Reader {
  readonly bytes: Uint8Array
  readonly what: string
  readonly #view: DataView
  readonly #little: boolean
  readonly #base: number
  at = 0

  constructor(bytes: Uint8Array, what: string, little = false, base = 0) {
    this.bytes = bytes
    this.what = what
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#little = little
    this.#base = base
  }

  /** How many bytes are left. */
  get left(): number {
    return this.bytes.length - this.at
  }

  u8(): number {
    return this.#view.getUint8(this.#step(1))
  }

  u16(): number {
    return this.#view.getUint16(this.#step(2), this.#little)
  }

  u32(): number {
    return this.#view.getUint32(this.#step(4), this.#little)
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#step(8), this.#little)
  }

  i64(): bigint {
    return this.#view.getBigInt64(this.#step(8), this.#little)
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const start = this.#step(length)
    return this.bytes.subarray(start, start + length)
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.take(this.left)
  }

  /** A reader of the next `length` bytes alone. */
  part(length: number): Reader {
    const base = this.#base + this.at
    return new Reader(this.take(length), this.what, this.#little, base)
  }

  /** Says that the bytes at `at`, or here, are not what they should be. */
  malformed(at: number = this.at): DecodeError {
    return new DecodeError('ERR_MALFORMED', this.what, this.#base + at)
  }

  #step(length: number): number {
    const start = this.at
    if (length > this.left) throw new DecodeError('ERR_TRUNCATED', this.what, this.#base + this.bytes.length)
    this.at = start + length
    return start
  }
}

/** Writes fields, each checked for its range: TypeError and RangeError name the field. */
export class Writer {
  #bytes = new Uint8Array(64)
  #view = new DataView(this.#bytes.buffer)
  readonly #little: boolean
  #length = 0

  constructor(little = false) {
    this.#little = little
  }

  get length(): number {
    return this.#length
  }

  u8(value: number, what: string): this {
    checkInteger(value, what, 0, 0xff)
    const at = this.#room(1)
    this.#view.setUint8(at, value)
    return this
  }

  u16(value: number, what: string): this {
    checkInteger(value, what, 0, 0xffff)
    const at = this.#room(2)
    this.#view.setUint16(at, value, this.#little)
    return this
  }

  u32(value: number, what: string): this {
    checkInteger(value, what, 0, 0xffffffff)
    const at = this.#room(4)
    this.#view.setUint32(at, value, this.#little)
    return this
  }

  u64(value: bigint, what: string): this {
    if (typeof value !== 'bigint') throw new TypeError(`expected a bigint ${what}, not ${String(value)}`)
    if (value < 0n || value >= 1n << 64n) throw new RangeError(`expected 64 bits of ${what}, not ${value}`)
    const at = this.#room(8)
    this.#view.setBigUint64(at, value, this.#little)
    return this
  }

  put(bytes: Uint8Array): this {
    if (!(bytes instanceof Uint8Array)) throw new TypeError(`expected a Uint8Array, not ${String(bytes)}`)
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
    return this
  }

  /** Zeros, until the length is a multiple of `unit`. */
  pad(unit: number): this {
    while (this.#length % unit !== 0) this.#room(1)
    return this
  }

  /** Sets 16 bits that were written before. */
  set16(at: number, value: number): void {
    this.#view.setUint16(at, value, this.#little)
  }

  /** What was written, as bytes of their own. */
  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Room for so many bytes. The view may be another one afterwards. */
  #room(length: number): number {
    const start = this.#length
    this.#length += length
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, 2 * this.#bytes.length))
      larger.set(this.#bytes)
      this.#bytes = larger
      this.#view = new DataView(larger.buffer)
    }
    return start
  }
}

/** The pieces, one behind the other. */
export function concat(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.length
  }
  return whole
}

/** The first of `range` bits of a number, as a field of its own: checked, and shifted to its place. */
export function bits(value: number, what: string, width: number, shift: number): number {
  checkInteger(value, what, 0, 2 ** width - 1)
  return value * 2 ** shift
}

/** One bit, at its place. */
export function bit(value: boolean, what: string, shift: number): number {
  if (typeof value !== 'boolean') throw new TypeError(`expected a boolean ${what}, not ${String(value)}`)
  return value ? 2 ** shift : 0
}
