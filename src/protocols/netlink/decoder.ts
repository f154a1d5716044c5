/** Reads structs and attributes, as shapes lay them out. */
import { DecodeError } from '../../data/errors.js'
import {
  isList,
  isStruct,
  type MessageShape,
  type MessageValue,
  type Shape,
  type ShapeValue,
  type Struct,
  type Table,
  type UnknownAttribute,
} from './shape.js'
import { codecs, fixed } from './values.js'

const TYPE = 0x3fff
/** Attributes in attributes: the kernel's own are a few deep, and a stranger's may not fill the stack. */
const DEPTH = 16

type Fields = Record<string, unknown>

/**
 * Reads structs and attributes. The first fault sticks: what is read behind it is empty, and `end` throws it, so that
 * no reader in between needs to look.
 */
export class Decoder {
  readonly #what: string
  readonly #origin: number
  #fault: DecodeError | undefined
  #depth = 0

  /** `what` is the name of it all, for the fault, whose offset is from the beginning of `bytes`. */
  constructor(what: string, bytes: Uint8Array) {
    this.#what = what
    this.#origin = bytes.byteOffset
  }

  /** The first fault, while there is one. */
  get fault(): DecodeError | undefined {
    return this.#fault
  }

  /** Notes a fault at the beginning of `bytes`, or `at` bytes behind it; only the first one counts. */
  fail(code: DecodeError['code'], bytes: Uint8Array, at = 0): void {
    this.#fault ??= new DecodeError(code, this.#what, bytes.byteOffset - this.#origin + at)
  }

  /** Throws the first fault. */
  end(): void {
    if (this.#fault !== undefined) throw this.#fault
  }

  /** Whether `bytes` has so many; a fault otherwise. */
  has(bytes: Uint8Array, size: number): boolean {
    if (this.#fault !== undefined) return false
    if (bytes.length >= size) return true
    this.fail('ERR_TRUNCATED', bytes, bytes.length)
    return false
  }

  /** Calls `take` with each attribute's number (flags and all) and payload. */
  attributes(bytes: Uint8Array, take: (type: number, payload: Uint8Array) => void): void {
    let at = 0
    while (at < bytes.length && this.#fault === undefined) {
      const left = bytes.length - at
      const length = left < 4 ? 4 : (bytes[at] as number) | ((bytes[at + 1] as number) << 8)
      if (length < 4) return this.fail('ERR_MALFORMED', bytes, at)
      if (length > left) return this.fail('ERR_TRUNCATED', bytes, bytes.length)
      take((bytes[at + 2] as number) | ((bytes[at + 3] as number) << 8), bytes.subarray(at + 4, at + length))
      at += (length + 3) & ~3
    }
  }

  /** The value of an attribute. `parent` has what was read of the attributes beside it. */
  value<S extends Shape>(bytes: Uint8Array, shape: S, parent: Readonly<Fields> = {}): ShapeValue<S> {
    return this.#value(bytes, shape, parent) as ShapeValue<S>
  }

  #value(bytes: Uint8Array, shape: Shape, parent: Readonly<Fields>): unknown {
    if (typeof shape === 'string') {
      const scalar = fixed[shape as keyof typeof fixed]
      if (scalar !== undefined)
        return this.has(bytes, scalar.size) ? scalar.get(viewOf(bytes), 0) : scalar.none
      return codecs[shape as keyof typeof codecs].decode(bytes, this, parent)
    }
    if (isList(shape)) {
      const list: unknown[] = []
      this.#nested(bytes, () =>
        this.attributes(bytes, (_, payload) => list.push(this.#value(payload, shape[0], parent))),
      )
      return list
    }
    return isStruct(shape) ? this.struct(bytes, shape) : this.table(bytes, shape)
  }

  #nested(bytes: Uint8Array, read: () => void): void {
    if (this.#depth === DEPTH) return this.fail('ERR_MALFORMED', bytes)
    this.#depth++
    read()
    this.#depth--
  }

  /** The fields that there are bytes for: older kernels have shorter structs, newer ones longer. */
  struct(bytes: Uint8Array, struct: Struct, into: Fields = {}): Fields {
    const view = viewOf(bytes)
    let at = 0
    for (const name in struct) {
      const scalar = fixed[struct[name] as keyof typeof fixed]
      if (at + scalar.size > bytes.length) break
      if (!name.startsWith('_')) into[name] = scalar.get(view, at)
      at += scalar.size
    }
    return into
  }

  /** The attributes by their names. */
  table(bytes: Uint8Array, table: Table, into: Fields = {}): Fields {
    const rows = rowsOf(table)
    const unknown: UnknownAttribute[] = []
    this.#nested(bytes, () =>
      this.attributes(bytes, (type, payload) => {
        const row = rows.get(type & TYPE)
        if (row === undefined) unknown.push({ type, data: payload.slice() })
        else into[row[0]] = this.#value(payload, row[1], into)
      }),
    )
    if (unknown.length > 0) into.unknown = unknown
    return into
  }

  /** A message's header and attributes. */
  message<M extends MessageShape>(bytes: Uint8Array, shape: M): MessageValue<M> {
    const size = sizeOf(shape.header)
    const into: Fields = {}
    if (this.has(bytes, size)) {
      this.struct(bytes, shape.header, into)
      this.table(bytes.subarray(size), shape.attributes, into)
    }
    return into as MessageValue<M>
  }
}

/**
 * The body of a message as `shape` has it. An attribute that is missing is missing in the value; one without a row is in
 * `unknown`.
 *
 * @throws DecodeError for bytes that end in the middle of the header or of an attribute, and for values that are none.
 */
export function decodeMessage<M extends MessageShape>(bytes: Uint8Array, shape: M): MessageValue<M> {
  const decoder = new Decoder(shape.name, bytes)
  const value = decoder.message(bytes, shape)
  decoder.end()
  return value
}

/** Attributes alone, as a table has them. @throws DecodeError as `decodeMessage`. */
export function decodeAttributes<T extends Table>(
  bytes: Uint8Array,
  table: T,
  what = 'attributes',
): ShapeValue<T> {
  const decoder = new Decoder(what, bytes)
  const value = decoder.table(bytes, table)
  decoder.end()
  return value as ShapeValue<T>
}

/** How many bytes a struct has. */
export function sizeOf(struct: Struct): number {
  let size = 0
  for (const name in struct) size += fixed[struct[name] as keyof typeof fixed].size
  return size
}

const indexes = new WeakMap<Table, Map<number, readonly [name: string, shape: Shape]>>()

function rowsOf(table: Table): Map<number, readonly [name: string, shape: Shape]> {
  let index = indexes.get(table)
  if (index === undefined) {
    index = new Map(Object.entries(table).map(([name, [type, shape]]) => [type, [name, shape]]))
    indexes.set(table, index)
  }
  return index
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
