/** The values that attributes and fields are made of, by their names: what shapes are built from. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../data/address/ip.js'
import { checkInteger } from '../../data/integer.js'
import { TCP_INFO, type TcpInfo } from '../../data/option/tcpinfo.js'
import type { Decoder } from './decoder.js'
import type { Encoder } from './encoder.js'
import { type Link, link } from './link.js'
import { type LinkData, type LinkPortData, linkKinds, linkPorts } from './linkkinds.js'
import { type NextHop, nextHop } from './route.js'
import type { Table } from './shape.js'

/** Values of a fixed size. 64 bits are a number, exact up to 2^53; those that name something are a bigint. */
export interface Fixed {
  readonly u8: number
  readonly u16: number
  readonly u32: number
  readonly s32: number
  readonly u64: number
  readonly id64: bigint
  readonly be16: number
  readonly be32: number
}

/** Every value. */
export interface Values extends Fixed {
  /** UTF-8, ended by a NUL. */
  readonly string: string
  /** There or not: no bytes. */
  readonly flag: boolean
  readonly bytes: Uint8Array
  readonly u32s: readonly number[]
  /** An IP address, its family told by its length. */
  readonly ip: string
  /** A link-layer address of any length: '02:00:00:00:00:01'. */
  readonly hardware: string
  /** struct ifla_bridge_id: '8000.02:00:00:00:00:01'. */
  readonly bridgeId: string
  /** Another link's message inside an attribute: the peer of a pair. */
  readonly link: Partial<Link>
  /** What the kind beside it (infoKind, infoSlaveKind) says it is. */
  readonly linkData: LinkData
  readonly linkPortData: LinkPortData
  /** struct rtvia: a gateway of another family than the route's. */
  readonly via: { readonly family: number; readonly host: string }
  /** struct rtnexthop, each with attributes. */
  readonly multipath: readonly NextHop[]
  /** struct tcp_info. */
  readonly tcpInfo: TcpInfo
}

interface Scalar<T> {
  readonly size: number
  readonly none: T
  get(view: DataView, at: number): T
  set(view: DataView, at: number, value: T, what: string): void
}

interface Codec<T> {
  decode(bytes: Uint8Array, decoder: Decoder, parent: Readonly<Record<string, unknown>>): T
  encode(value: T, encoder: Encoder, what: string, parent: Readonly<Record<string, unknown>>): void
}

export const fixed: { readonly [K in keyof Fixed]: Scalar<Fixed[K]> } = {
  u8: {
    size: 1,
    none: 0,
    get: (view, at) => view.getUint8(at),
    set: (view, at, value, what) => view.setUint8(at, checkInteger(value, what, 0, 0xff)),
  },
  u16: {
    size: 2,
    none: 0,
    get: (view, at) => view.getUint16(at, true),
    set: (view, at, value, what) => view.setUint16(at, checkInteger(value, what, 0, 0xffff), true),
  },
  u32: {
    size: 4,
    none: 0,
    get: (view, at) => view.getUint32(at, true),
    set: (view, at, value, what) => view.setUint32(at, checkInteger(value, what, 0, 0xffffffff), true),
  },
  s32: {
    size: 4,
    none: 0,
    get: (view, at) => view.getInt32(at, true),
    set: (view, at, value, what) => view.setInt32(at, checkInteger(value, what), true),
  },
  u64: {
    size: 8,
    none: 0,
    get: (view, at) => Number(view.getBigUint64(at, true)),
    set: (view, at, value, what) =>
      view.setBigUint64(at, BigInt(checkInteger(value, what, 0, 2 ** 64 - 2 ** 11)), true),
  },
  id64: {
    size: 8,
    none: 0n,
    get: (view, at) => view.getBigUint64(at, true),
    set: (view, at, value, what) => {
      if (typeof value !== 'bigint') throw new TypeError(`expected a bigint ${what}, not ${String(value)}`)
      if (value < 0n || value >= 1n << 64n) throw new RangeError(`expected ${what} of 64 bits, not ${value}`)
      view.setBigUint64(at, value, true)
    },
  },
  be16: {
    size: 2,
    none: 0,
    get: (view, at) => view.getUint16(at),
    set: (view, at, value, what) => view.setUint16(at, checkInteger(value, what, 0, 0xffff)),
  },
  be32: {
    size: 4,
    none: 0,
    get: (view, at) => view.getUint32(at),
    set: (view, at, value, what) => view.setUint32(at, checkInteger(value, what, 0, 0xffffffff)),
  },
}

const text = new TextDecoder()
const utf8 = new TextEncoder()

/** A NUL would end the string early. */
function textOf(value: string, what: string): Uint8Array {
  if (typeof value !== 'string') throw new TypeError(`expected a string ${what}, not ${String(value)}`)
  if (value.includes('\0')) throw new TypeError(`expected ${what} without a NUL`)
  return utf8.encode(`${value}\0`)
}

function ipOf(host: string, what: string): Uint8Array {
  const bytes = parseIpv4(host) ?? parseIpv6(host)
  if (bytes === null) throw new TypeError(`expected an IP address for ${what}, not ${String(host)}`)
  return bytes
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':')
}

function hardwareOf(value: string, what: string): Uint8Array {
  if (typeof value !== 'string' || !/^(?:[0-9a-f]{1,2}(?::[0-9a-f]{1,2})*)?$/i.test(value))
    throw new TypeError(`expected a link-layer address for ${what}, not ${String(value)}`)
  return value === ''
    ? new Uint8Array(0)
    : Uint8Array.from(value.split(':'), (part) => Number.parseInt(part, 16))
}

function readIp(bytes: Uint8Array, decoder: Decoder): string {
  if (bytes.length === 4) return formatIpv4(bytes)
  if (bytes.length === 16) return formatIpv6(bytes)
  decoder.fail('ERR_MALFORMED', bytes)
  return ''
}

/** Data whose table depends on the kind beside it; of a kind without one, all of it is unknown. */
function dependent(key: string, kinds: Readonly<Record<string, Table>>): Codec<object> {
  const tableOf = (parent: Readonly<Record<string, unknown>>): Table => {
    const kind = parent[key]
    return (typeof kind === 'string' && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined) ?? {}
  }
  return {
    decode: (bytes, decoder, parent) => decoder.table(bytes, tableOf(parent)),
    encode: (value, encoder, what, parent) =>
      encoder.table(value as Readonly<Record<string, unknown>>, tableOf(parent), what),
  }
}

export const codecs: { readonly [K in Exclude<keyof Values, keyof Fixed>]: Codec<Values[K]> } = {
  string: {
    decode: (bytes) => {
      const end = bytes.indexOf(0)
      return text.decode(end < 0 ? bytes : bytes.subarray(0, end))
    },
    encode: (value, encoder, what) => encoder.raw(textOf(value, what)),
  },
  flag: {
    decode: () => true,
    encode: (value, _, what) => {
      if (value !== true) throw new TypeError(`expected ${what} to be true or left out, not ${String(value)}`)
    },
  },
  bytes: {
    decode: (bytes) => bytes.slice(),
    encode: (value, encoder, what) => {
      if (!(value instanceof Uint8Array))
        throw new TypeError(`expected bytes for ${what}, not ${String(value)}`)
      encoder.raw(value)
    },
  },
  u32s: {
    decode: (bytes, decoder) => {
      if (bytes.length % 4 !== 0) decoder.fail('ERR_TRUNCATED', bytes, bytes.length)
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      return Array.from({ length: bytes.length >> 2 }, (_, i) => view.getUint32(4 * i, true))
    },
    encode: (value, encoder, what) => {
      for (const each of value) encoder.fixed('u32', each, what)
    },
  },
  ip: {
    decode: readIp,
    encode: (value, encoder, what) => encoder.raw(ipOf(value, what)),
  },
  hardware: {
    decode: hexOf,
    encode: (value, encoder, what) => encoder.raw(hardwareOf(value, what)),
  },
  bridgeId: {
    decode: (bytes, decoder) =>
      decoder.has(bytes, 8)
        ? `${hexOf(bytes.subarray(0, 2)).replace(':', '')}.${hexOf(bytes.subarray(2, 8))}`
        : '',
    encode: (value, encoder, what) => {
      const [, high, low, address = ''] = /^([0-9a-f]{2})([0-9a-f]{2})\.(.*)$/i.exec(value) ?? []
      const bytes = hardwareOf(`${high}:${low}:${address}`, what)
      if (bytes.length !== 8) throw new TypeError(`expected a bridge's identifier for ${what}, not ${value}`)
      encoder.raw(bytes)
    },
  },
  link: {
    decode: (bytes, decoder) => decoder.message(bytes, link),
    encode: (value, encoder) => encoder.message(value as Readonly<Record<string, unknown>>, link),
  },
  linkData: dependent('infoKind', linkKinds) as Codec<LinkData>,
  linkPortData: dependent('infoSlaveKind', linkPorts) as Codec<LinkPortData>,
  via: {
    decode: (bytes, decoder) => {
      if (!decoder.has(bytes, 2)) return { family: 0, host: '' }
      return {
        family: fixed.u16.get(new DataView(bytes.buffer, bytes.byteOffset), 0),
        host: readIp(bytes.subarray(2), decoder),
      }
    },
    encode: ({ family, host }, encoder, what) => {
      encoder.fixed('u16', family, what)
      encoder.raw(ipOf(host, what))
    },
  },
  multipath: {
    decode: (bytes, decoder) => {
      const hops: NextHop[] = []
      while (bytes.length > 0 && decoder.has(bytes, 8)) {
        const length = (bytes[0] as number) | ((bytes[1] as number) << 8)
        if (length < 8) decoder.fail('ERR_MALFORMED', bytes)
        if (!decoder.has(bytes, length)) break
        const { hops: more = 0, ...hop } = decoder.message(bytes.subarray(2, length), nextHop)
        hops.push({ ...hop, weight: more + 1 })
        bytes = bytes.subarray((length + 3) & ~3)
      }
      return hops
    },
    encode: (value, encoder) => {
      for (const { weight = 1, ...hop } of value)
        encoder.record(() =>
          encoder.message({ ...hop, hops: checkInteger(weight, 'weight', 1, 256) - 1 }, nextHop),
        )
    },
  },
  tcpInfo: {
    decode: (bytes, decoder) => {
      // As long as Linux 2.6 had it.
      if (decoder.has(bytes, 104)) return TCP_INFO.decode(bytes)
      return {} as TcpInfo
    },
    encode: (_, __, what) => {
      throw new TypeError(`${what} is only told by the kernel`)
    },
  },
}
