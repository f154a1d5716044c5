/** The header of IPv6: RFC 8200 §3. */
import { IPPROTO_HOPOPTS } from '../../data/kernel.js'
import { bits, Reader, Writer } from './bytes.js'
import { bounded, type Codec, empty, type Given } from './codec.js'
import { ip6, readIp6 } from './text.js'

/** An IPv6 header. */
export interface Ipv6 {
  readonly kind: 'ipv6'
  /** DSCP in the upper six bits, ECN in the lower two. */
  readonly trafficClass: number
  /** 20 bits. */
  readonly flowLabel: number
  /** All behind this header, extensions too, in bytes. 0 in jumbograms (RFC 2675): then all that follows. */
  readonly payloadLength: number
  /** IPPROTO_ of what follows: an extension or an upper layer. */
  readonly nextHeader: number
  readonly hopLimit: number
  readonly sourceAddress: string
  readonly destinationAddress: string
}

/** The codec of IPv6 headers. */
export const ipv6: Codec<Ipv6, Given<Ipv6, 'nextHeader' | 'sourceAddress' | 'destinationAddress'>> = {
  kind: 'ipv6',

  decode(bytes) {
    const r = new Reader(bytes, 'ipv6')
    const first = r.u32()
    if (first >>> 28 !== 6) throw r.malformed(0)
    const payloadLength = r.u16()
    const nextHeader = r.u8()
    const header: Ipv6 = {
      kind: 'ipv6',
      trafficClass: (first >>> 20) & 0xff,
      flowLabel: first & 0xfffff,
      payloadLength,
      nextHeader,
      hopLimit: r.u8(),
      sourceAddress: readIp6(r),
      destinationAddress: readIp6(r),
    }
    const rest = r.rest()
    // The length of a jumbogram stands in an option of its first extension.
    const isJumbo = payloadLength === 0 && nextHeader === IPPROTO_HOPOPTS
    return bounded(header, rest, isJumbo ? rest.length : payloadLength)
  },

  encode(header, payload = empty, { fix } = {}) {
    const first =
      bits(6, 'version', 4, 28) +
      bits(header.trafficClass ?? 0, 'trafficClass', 8, 20) +
      bits(header.flowLabel ?? 0, 'flowLabel', 20, 0)
    const given = fix === true ? undefined : header.payloadLength
    return new Writer()
      .u32(first, 'version')
      .u16(given ?? payload.length, 'payloadLength')
      .u8(header.nextHeader, 'nextHeader')
      .u8(header.hopLimit ?? 64, 'hopLimit')
      .put(ip6(header.sourceAddress, 'sourceAddress'))
      .put(ip6(header.destinationAddress, 'destinationAddress'))
      .put(payload)
      .done()
  },

  next: ({ nextHeader }) => [{ table: 'protocol', number: nextHeader }],

  addresses: ({ sourceAddress, destinationAddress }) => ({ sourceAddress, destinationAddress }),
}
