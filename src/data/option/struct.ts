/**
 * Structs whose fields are numbers and socket addresses, by their layout alone: the kernel's names in camelCase, without
 * the prefix that C needs. What is left out of a value is zero, by which the kernel mostly understands "as it is".
 */
import type { Given, Inet6Address, InetAddress } from '../address/address.js'
import { inet } from '../address/inet.js'
import { inet6 } from '../address/inet6.js'
import { parseIpv4 } from '../address/ip.js'
import { DecodeError } from '../errors.js'
import { AF_INET, AF_INET6, layouts } from '../kernel.js'
import {
  getUint,
  integer,
  object,
  type Queryable,
  type Readable,
  type Shape,
  setUint,
  viewOf,
  type Writable,
} from './option.js'

const STORAGE = layouts.sockaddr_storage.size

/** Any part of a value. */
export type Partly<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** A row that is read about what the question names, an association or an address; without one, about the socket. */
export interface StructReadable<T, Q = Partly<T>> extends Readable<T>, Queryable<Q | undefined, T> {}

/** The same, and set. */
export interface StructOption<T, Q = Partly<T>> extends StructReadable<T, Q>, Writable<Q> {}

/** An address within a struct; null where there is none. */
export type SockaddrIn = InetAddress | Inet6Address | null
/** The same as it is given: numeric, of either family. */
export type SockaddrGiven = Given<InetAddress> | Given<Inet6Address> | null

type Field = readonly [at: number, size: number]
interface Layout {
  readonly size: number
  readonly fields: Readonly<Record<string, Field>>
}

/** How a field is not like others: a flag, in network byte order, signed, or not shown. */
export type Oddity = 'flag' | 'net' | 'int' | 'hidden'

interface Member {
  readonly name: string
  readonly field: Field
  readonly kind: Oddity | 'uint' | 'sockaddr'
}

interface StructShape<T> extends Shape<T> {
  encode(value: Partly<T>): Uint8Array
}

/** The shape of a struct. `prefix` is what the names of its fields begin with. */
export function struct<T extends object>(
  { size, fields }: Layout,
  what: string,
  prefix: string,
  odd: Readonly<Record<string, Oddity>> = {},
): StructShape<T> {
  const members = Object.entries(fields)
    .map(([long, field]): Member => {
      const name = camel(long.slice(prefix.length))
      const usual = field[1] === STORAGE ? 'sockaddr' : name === 'assocId' ? 'int' : 'uint'
      return { name, field, kind: odd[name] ?? usual }
    })
    .filter(({ kind }) => kind !== 'hidden')
  return {
    size,
    decode: (bytes) => {
      const view = viewOf(bytes, size, what)
      const value: Record<string, unknown> = {}
      for (const member of members) value[member.name] = read(view, bytes, member)
      return value as T
    },
    encode: (value) => {
      const given = object(value, `{ ${members.map(({ name }) => name).join(', ')} }`) as Record<
        string,
        unknown
      >
      const bytes = new Uint8Array(size)
      const view = new DataView(bytes.buffer)
      for (const member of members)
        if (given[member.name] !== undefined) write(view, bytes, member, given[member.name])
      return bytes
    },
  }
}

function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
}

function read(view: DataView, bytes: Uint8Array, { field, kind }: Member): unknown {
  const [at, size] = field
  switch (kind) {
    case 'sockaddr':
      return sockaddrAt(bytes.subarray(at, at + size), at)
    case 'flag':
      return getUint(view, field) !== 0
    case 'int':
      return view.getInt32(at, true)
    case 'net':
      return size === 2 ? view.getUint16(at) : view.getUint32(at)
    default:
      return getUint(view, field)
  }
}

function write(view: DataView, bytes: Uint8Array, { name, field, kind }: Member, value: unknown): void {
  const [at, size] = field
  switch (kind) {
    case 'sockaddr':
      if (value !== null) bytes.set(sockaddrOf(value as NonNullable<SockaddrGiven>), at)
      return
    case 'flag':
      if (typeof value !== 'boolean')
        throw new TypeError(`expected true or false for ${name}, not ${String(value)}`)
      return setUint(view, field, value ? 1 : 0)
    case 'int':
      return view.setInt32(at, integer(value as number, -0x80000000, 0x7fffffff), true)
    case 'net':
      if (size === 2) return view.setUint16(at, integer(value as number, 0, 0xffff))
      return view.setUint32(at, integer(value as number, 0, 0xffffffff))
    default:
      return setUint(view, field, value as number)
  }
}

// ── addresses ───────────────────────────────────────────────────────────────────────────────────

/** A numeric address of either family. */
export function sockaddrOf(address: NonNullable<SockaddrGiven>): Uint8Array {
  const given = object(address, 'an address { host, port }')
  const v4 = given.family === undefined ? parseIpv4(given.host) !== null : given.family === 'inet'
  return v4 ? inet.encode(given as Given<InetAddress>) : inet6.encode(given as Given<Inet6Address>)
}

/** The address that these bytes begin with; null for none. `at` is where they are, for errors. */
export function sockaddrAt(bytes: Uint8Array, at: number): SockaddrIn {
  const family = (bytes[0] ?? 0) | ((bytes[1] ?? 0) << 8)
  if (family === AF_INET) return inet.decode(bytes.subarray(0, layouts.sockaddr_in.size))
  if (family === AF_INET6) return inet6.decode(bytes.subarray(0, layouts.sockaddr_in6.size))
  if (family === 0) return null
  throw new DecodeError('ERR_MALFORMED', 'sockaddr_storage', at)
}

/** Addresses one behind the other, each as long as its family's. */
export function sockaddrs(addresses: readonly NonNullable<SockaddrGiven>[]): Uint8Array {
  if (!Array.isArray(addresses) || addresses.length === 0)
    throw new TypeError(`expected an array of addresses, not ${String(addresses)}`)
  const parts = Array.from(addresses as readonly NonNullable<SockaddrGiven>[], sockaddrOf)
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of parts) {
    bytes.set(part, at)
    at += part.length
  }
  return bytes
}

/** `count` of them. */
export function sockaddrsIn(bytes: Uint8Array, count: number, from: number): (InetAddress | Inet6Address)[] {
  const found: (InetAddress | Inet6Address)[] = []
  for (let at = from; found.length < count; ) {
    if (at + 2 > bytes.length) throw new DecodeError('ERR_TRUNCATED', 'sockaddr list', bytes.length)
    const address = sockaddrAt(bytes.subarray(at), at)
    if (address === null) throw new DecodeError('ERR_MALFORMED', 'sockaddr list', at)
    found.push(address)
    at += address.family === 'inet' ? layouts.sockaddr_in.size : layouts.sockaddr_in6.size
  }
  return found
}

// ── rows ────────────────────────────────────────────────────────────────────────────────────────

/** A row that is read, about what its question names. */
export function structReadable<T, Q = Partly<T>>(
  level: number,
  option: number,
  name: string,
  shape: StructShape<T>,
): StructReadable<T, Q> {
  const { size, decode, encode } = shape
  const ask = (question?: Q): Uint8Array => encode((question === undefined ? {} : question) as Partly<T>)
  return Object.freeze({ name, level, option, size, decode, ask, answer: decode })
}

/** A row that is read so, and set. */
export function structOption<T, Q = Partly<T>>(
  level: number,
  option: number,
  name: string,
  shape: StructShape<T>,
): StructOption<T, Q> {
  const encode = shape.encode as unknown as (value: Q) => Uint8Array
  return Object.freeze({ ...structReadable<T, Q>(level, option, name, shape), encode })
}
