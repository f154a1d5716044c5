/** The options of neighbour discovery: RFC 4861 §4.6, RFC 8106 (name servers). */
import { bit, bits, type Reader, Writer } from './bytes.js'
import { formatMac, ip6, mac, putAll, readIp6 } from './text.js'

/** An option of neighbour discovery. Each is a multiple of 8 bytes long. */
export type NeighborOption =
  /** 'de:ad:be:ef:00:01': 6 bytes, or 8 more for each further 8 of the option. */
  | { readonly kind: 'sourceLinkLayerAddress'; readonly address: string }
  | { readonly kind: 'targetLinkLayerAddress'; readonly address: string }
  | PrefixInformation
  /** The beginning of the packet that the redirect is about. */
  | { readonly kind: 'redirectedHeader'; readonly reserved: Uint8Array; readonly packet: Uint8Array }
  | { readonly kind: 'mtu'; readonly reserved?: number; readonly mtu: number }
  | {
      readonly kind: 'recursiveDnsServer'
      readonly reserved?: number
      /** Seconds; 4294967295 is for ever. */
      readonly lifetime: number
      readonly addresses: readonly string[]
    }
  /** Any other: its type, and the bytes behind its length. */
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }

/** A prefix that is on the link, or that addresses are to be made of. */
export interface PrefixInformation {
  readonly kind: 'prefixInformation'
  readonly prefixLength: number
  /** L */
  readonly onLink: boolean
  /** A */
  readonly autonomous: boolean
  /** Six bits, the first of which is R (RFC 6275). */
  readonly reserved?: number
  /** Seconds; 4294967295 is for ever. */
  readonly validLifetime: number
  readonly preferredLifetime: number
  readonly reserved2?: number
  readonly prefix: string
}

const SOURCE = 1
const TARGET = 2
const PREFIX = 3
const REDIRECTED = 4
const MTU = 5
const DNS = 25

/** The options in all the bytes that are left. */
export function decodeNeighborOptions(r: Reader): NeighborOption[] {
  const options: NeighborOption[] = []
  while (r.left > 0) {
    const start = r.at
    const type = r.u8()
    const length = 8 * r.u8()
    if (length === 0) throw r.malformed(start + 1)
    options.push(decodeOption(type, r.part(length - 2)))
  }
  return options
}

function decodeOption(type: number, r: Reader): NeighborOption {
  const size = r.left
  if (type === SOURCE) return { kind: 'sourceLinkLayerAddress', address: formatMac(r.rest()) }
  if (type === TARGET) return { kind: 'targetLinkLayerAddress', address: formatMac(r.rest()) }
  if (type === PREFIX && size === 30) return readPrefix(r)
  if (type === REDIRECTED) return { kind: 'redirectedHeader', reserved: r.take(6), packet: r.rest() }
  if (type === MTU && size === 6) return { kind: 'mtu', reserved: r.u16(), mtu: r.u32() }
  if (type === DNS && size % 16 === 6) {
    const reserved = r.u16()
    const lifetime = r.u32()
    const addresses: string[] = []
    while (r.left > 0) addresses.push(readIp6(r))
    return { kind: 'recursiveDnsServer', reserved, lifetime, addresses }
  }
  return { kind: 'unknown', type, data: r.rest() }
}

function readPrefix(r: Reader): PrefixInformation {
  const prefixLength = r.u8()
  const flags = r.u8()
  return {
    kind: 'prefixInformation',
    prefixLength,
    onLink: (flags & 0x80) !== 0,
    autonomous: (flags & 0x40) !== 0,
    reserved: flags & 0x3f,
    validLifetime: r.u32(),
    preferredLifetime: r.u32(),
    reserved2: r.u32(),
    prefix: readIp6(r),
  }
}

/** The options' bytes. RangeError for one that is not a multiple of 8 bytes long. */
export function encodeNeighborOptions(options: readonly NeighborOption[]): Uint8Array {
  if (!Array.isArray(options)) throw new TypeError('expected an array of options')
  const w = new Writer()
  for (const option of options) {
    const [type, data] = encodeOption(option)
    if ((data.length + 2) % 8 !== 0)
      throw new RangeError(`expected 2 bytes less than a multiple of 8 in ${option.kind}, not ${data.length}`)
    w.u8(type, 'type')
      .u8((data.length + 2) / 8, 'length')
      .put(data.done())
  }
  return w.done()
}

function encodeOption(option: NeighborOption): [type: number, data: Writer] {
  const w = new Writer()
  switch (option.kind) {
    case 'sourceLinkLayerAddress':
      return [SOURCE, w.put(mac(option.address, 'address'))]
    case 'targetLinkLayerAddress':
      return [TARGET, w.put(mac(option.address, 'address'))]
    case 'prefixInformation': {
      const flags =
        bit(option.onLink, 'onLink', 7) |
        bit(option.autonomous, 'autonomous', 6) |
        bits(option.reserved ?? 0, 'reserved', 6, 0)
      w.u8(option.prefixLength, 'prefixLength').u8(flags, 'flags')
      w.u32(option.validLifetime, 'validLifetime').u32(option.preferredLifetime, 'preferredLifetime')
      return [PREFIX, w.u32(option.reserved2 ?? 0, 'reserved2').put(ip6(option.prefix, 'prefix'))]
    }
    case 'redirectedHeader':
      if (option.reserved.length !== 6) throw new RangeError('expected 6 bytes of reserved')
      return [REDIRECTED, w.put(option.reserved).put(option.packet)]
    case 'mtu':
      return [MTU, w.u16(option.reserved ?? 0, 'reserved').u32(option.mtu, 'mtu')]
    case 'recursiveDnsServer':
      w.u16(option.reserved ?? 0, 'reserved').u32(option.lifetime, 'lifetime')
      return [DNS, putAll(w, option.addresses, ip6, 'addresses')]
    case 'unknown':
      return [option.type, w.put(option.data)]
    default:
      throw new TypeError(`no option of neighbour discovery: ${String((option as NeighborOption).kind)}`)
  }
}
