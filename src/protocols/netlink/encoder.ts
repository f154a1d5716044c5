/** Writes structs and attributes: what decoder.ts reads. Misuse is a TypeError or a RangeError that names the field. */
import { AF_INET, AF_INET6, NLA_F_NESTED } from '../../data/kernel.js'

import { isList, isStruct, type MessageShape, type Shape, type Struct, type Table } from './shape.js'
import { codecs, fixed } from './values.js'

type Given = Readonly<Record<string, unknown>>

/** What an attribute's own length can say. */
const LONGEST = 0xffff

/** Writes structs and attributes one behind the other; `bytes` has them all. TypeError and RangeError for what is no value. */
export class Encoder {
  #bytes: Uint8Array = new Uint8Array(256)
  #view: DataView = new DataView(this.#bytes.buffer)
  #length = 0

  /** A copy of what was written. */
  get bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#length)
  }

  /** Room for so many bytes, zeros: where they begin. Good for the view until the next call. */
  #room(size: number): number {
    const at = this.#length
    if (at + size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * this.#bytes.length, at + size))
      grown.set(this.#bytes)
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    this.#length += size
    return at
  }

  /** Bytes as they are. */
  raw(bytes: Uint8Array): void {
    const at = this.#room(bytes.length)
    this.#bytes.set(bytes, at)
  }

  /** One attribute, whose payload `write` writes. */
  attribute(type: number, write: () => void): void {
    const at = this.#room(4)
    this.#view.setUint16(at + 2, type, true)
    write()
    const length = this.#length - at
    if (length > LONGEST)
      throw new RangeError(`expected an attribute of at most ${LONGEST} bytes, not ${length}`)
    this.#view.setUint16(at, length, true)
    this.#room(-length & 3)
  }

  /** A record that begins with its own length in 16 bits and is no attribute: struct rtnexthop. */
  record(write: () => void): void {
    const at = this.#room(2)
    write()
    const length = this.#length - at
    if (length > LONGEST) throw new RangeError(`expected a record of at most ${LONGEST} bytes, not ${length}`)
    this.#view.setUint16(at, length, true)
  }

  /** A value of a fixed size; 0 where there is none. */
  fixed(name: keyof typeof fixed, value: unknown, what: string): void {
    const scalar = fixed[name]
    const at = this.#room(scalar.size)
    if (value !== undefined) scalar.set(this.#view, at, value as never, what)
  }

  /** The payload of an attribute. `parent` has the values beside it. */
  value(value: unknown, shape: Shape, what: string, parent: Given = {}): void {
    if (typeof shape === 'string') {
      if (shape in fixed) this.fixed(shape as keyof typeof fixed, value, what)
      else codecs[shape as keyof typeof codecs].encode(value as never, this, what, parent)
    } else if (isList(shape)) {
      if (!Array.isArray(value)) throw new TypeError(`expected ${what} to be a list, not ${String(value)}`)
      for (const [i, each] of value.entries())
        this.attribute((shape[1] ?? i + 1) | nest(shape[0]), () =>
          this.value(each, shape[0], `${what}[${i}]`, parent),
        )
    } else if (isStruct(shape)) this.struct(given(value, what), shape, what)
    else this.table(given(value, what), shape, what)
  }

  /** The fields of a struct; what is left out is 0. */
  struct(value: Given, struct: Struct, what: string): void {
    for (const name in value)
      if (value[name] !== undefined && !Object.hasOwn(struct, name))
        throw new TypeError(`no ${name} in ${what}`)
    this.#fields(value, struct)
  }

  #fields(value: Given, struct: Struct, tables: Table = {}): void {
    for (const name in struct) {
      const scalar = struct[name] as keyof typeof fixed
      let field = name.startsWith('_') ? undefined : value[name]
      // What has an attribute for its whole width has its low bits here.
      if (name in tables && scalar === 'u8' && typeof field === 'number') field &= 0xff
      this.fixed(scalar, field, name)
    }
  }

  /** Attributes in the order of the value's own fields; what is undefined is left out. */
  table(value: Given, table: Table, what: string, header: Struct = {}): void {
    for (const name in value) {
      const field = value[name]
      if (field === undefined) continue
      if (name === 'unknown') {
        for (const { type, data } of field as readonly { type: number; data: Uint8Array }[])
          this.attribute(type, () => this.raw(data))
        continue
      }
      if (!Object.hasOwn(table, name)) {
        if (Object.hasOwn(header, name)) continue
        throw new TypeError(`no ${name} in ${what}`)
      }
      const [type, shape] = table[name] as Table[string]
      this.attribute(type | nest(shape), () => this.value(field, shape, name, value))
    }
  }

  /** A message's header and attributes. */
  message(value: Given, { name, header, attributes }: MessageShape): void {
    this.#fields(
      'family' in header ? { ...value, family: value.family ?? familyOf(value, attributes) } : value,
      header,
      attributes,
    )
    this.table(value, attributes, name, header)
  }
}

/**
 * The body of a message. Fields that are left out are 0 in its header, and no attribute; a `family` that is left out is that
 * of the IP addresses among the attributes.
 *
 * @throws TypeError and RangeError for what is no value, and for names that `shape` does not have.
 */
export function encodeMessage(value: object, shape: MessageShape): Uint8Array {
  const encoder = new Encoder()
  encoder.message(given(value, shape.name), shape)
  return encoder.bytes
}

/** Attributes alone. @throws as `encodeMessage`. */
export function encodeAttributes(value: object, table: Table, what = 'attributes'): Uint8Array {
  const encoder = new Encoder()
  encoder.table(given(value, what), table, what)
  return encoder.bytes
}

/** NLA_F_NESTED, of what has attributes inside. */
function nest(shape: Shape): number {
  if (typeof shape === 'string') return 0
  return isList(shape) || !isStruct(shape) ? NLA_F_NESTED : 0
}

function given(value: unknown, what: string): Given {
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value))
    throw new TypeError(`expected ${what} to be an object, not ${String(value)}`)
  return value as Given
}

function familyOf(value: Given, table: Table): number {
  for (const name in value)
    if (table[name]?.[1] === 'ip' && value[name] !== undefined)
      return String(value[name]).includes(':') ? AF_INET6 : AF_INET
  return 0
}
