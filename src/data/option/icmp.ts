/** Which ICMP types a raw socket gets: raw(7), RFC 3542 §3.2. */
import * as k from '../kernel.js'
import { integer, object, type Readable, viewOf, type Writable } from './option.js'

/** The types that are dropped, in order, and those that are not. */
export interface TypeFilter {
  readonly block: readonly number[]
  readonly pass: readonly number[]
}

/** One of both: these types are dropped and all others pass, or the other way round. */
export type TypeFilterGiven =
  | { readonly block: readonly number[]; readonly pass?: undefined }
  | { readonly pass: readonly number[]; readonly block?: undefined }

/** A bit for each type, set where it is dropped: in 32-bit words of the machine's order, so of bytes in theirs. */
function filter(
  level: number,
  option: number,
  name: string,
  types: number,
): Readable<TypeFilter> & Writable<TypeFilterGiven> {
  const size = types / 8
  return Object.freeze({
    ...{ name, level, option, size },
    decode: (bytes: Uint8Array): TypeFilter => {
      viewOf(bytes, size, name)
      const all = Array.from({ length: types }, (_, type) => type)
      const dropped = (type: number): boolean => (((bytes[type >> 3] ?? 0) >> (type & 7)) & 1) === 1
      return { block: all.filter(dropped), pass: all.filter((type) => !dropped(type)) }
    },
    encode: (value: TypeFilterGiven): Uint8Array => {
      const { block, pass } = object(value, '{ block } or { pass }')
      const list = block ?? pass
      if (!Array.isArray(list) || (block !== undefined && pass !== undefined))
        throw new TypeError('expected { block } or { pass }, an array of types')
      const bytes = new Uint8Array(size).fill(block === undefined ? 255 : 0)
      for (const type of list) set(bytes, integer(type, 0, types - 1), block !== undefined)
      return bytes
    },
  })
}

function set(bytes: Uint8Array, type: number, on: boolean): void {
  const bit = 1 << (type & 7)
  const byte = bytes[type >> 3] ?? 0
  bytes[type >> 3] = on ? byte | bit : byte & ~bit
}

/** ICMP's types up to 31; higher ones always pass. SOCK_RAW of IPPROTO_ICMP. */
export const ICMP_FILTER: Readable<TypeFilter> & Writable<TypeFilterGiven> = filter(
  k.SOL_RAW,
  k.ICMP_FILTER,
  'ICMP_FILTER',
  32,
)
/** ICMPv6's types, 0 to 255. SOCK_RAW of IPPROTO_ICMPV6. */
export const ICMPV6_FILTER: Readable<TypeFilter> & Writable<TypeFilterGiven> = filter(
  k.IPPROTO_ICMPV6,
  k.ICMPV6_FILTER,
  'ICMPV6_FILTER',
  256,
)
