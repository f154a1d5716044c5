/** The header of IPv4: RFC 791, with the fields that RFC 2474 and RFC 3168 made of its type of service. */
import { bit, bits, Reader, Writer } from './bytes.js'
import { internetChecksum } from './checksum.js'
import { bounded, type Codec, empty, type Given } from './codec.js'
import { decodeIpv4Options, encodeIpv4Options, type Ipv4Option } from './ipv4option.js'
import { ip4, readIp4 } from './text.js'

/** An IPv4 header. Its version and length (IHL) follow from the rest. */
export interface Ipv4 {
  readonly kind: 'ipv4'
  /** DSCP in the upper six bits, ECN in the lower two. */
  readonly typeOfService: number
  /** Header and payload, in bytes. 0 in captures of packets that the hardware was to cut: then all that follows. */
  readonly totalLength: number
  readonly identification: number
  /** The flag that has no meaning, and is 0. */
  readonly reserved: boolean
  /** DF */
  readonly dontFragment: boolean
  /** MF */
  readonly moreFragments: boolean
  /** In bytes, a multiple of 8: eight times the number in the header. */
  readonly fragmentOffset: number
  readonly timeToLive: number
  /** IPPROTO_ */
  readonly protocol: number
  readonly headerChecksum: number
  readonly sourceAddress: string
  readonly destinationAddress: string
  readonly options: readonly Ipv4Option[]
}

/** The codec of IPv4 headers. */
export const ipv4: Codec<Ipv4, Given<Ipv4, 'protocol' | 'sourceAddress' | 'destinationAddress'>> = {
  kind: 'ipv4',

  decode(bytes) {
    const r = new Reader(bytes, 'ipv4')
    const first = r.u8()
    const headerLength = 4 * (first & 15)
    if (first >> 4 !== 4 || headerLength < 20) throw r.malformed(0)
    const typeOfService = r.u8()
    const totalLength = r.u16()
    if (totalLength !== 0 && totalLength < headerLength) throw r.malformed(2)
    const identification = r.u16()
    const fragment = r.u16()
    const header: Ipv4 = {
      kind: 'ipv4',
      typeOfService,
      totalLength,
      identification,
      reserved: (fragment & 0x8000) !== 0,
      dontFragment: (fragment & 0x4000) !== 0,
      moreFragments: (fragment & 0x2000) !== 0,
      fragmentOffset: 8 * (fragment & 0x1fff),
      timeToLive: r.u8(),
      protocol: r.u8(),
      headerChecksum: r.u16(),
      sourceAddress: readIp4(r),
      destinationAddress: readIp4(r),
      options: decodeIpv4Options(r.part(headerLength - 20)),
    }
    const rest = r.rest()
    return bounded(header, rest, totalLength === 0 ? rest.length : totalLength - headerLength)
  },

  encode(header, payload = empty, { fix } = {}) {
    const options = encodeIpv4Options(header.options ?? [])
    const headerLength = 20 + options.length
    const { fragmentOffset = 0 } = header
    if (fragmentOffset % 8 !== 0) throw new RangeError(`expected a multiple of 8, not ${fragmentOffset}`)
    const { totalLength, headerChecksum } = fix === true ? ({} as Partial<Ipv4>) : header
    const w = new Writer()
      .u8(0x40 | (headerLength / 4), 'header length')
      .u8(header.typeOfService ?? 0, 'typeOfService')
      .u16(totalLength ?? headerLength + payload.length, 'totalLength')
      .u16(header.identification ?? 0, 'identification')
      .u16(
        bit(header.reserved ?? false, 'reserved', 15) |
          bit(header.dontFragment ?? false, 'dontFragment', 14) |
          bit(header.moreFragments ?? false, 'moreFragments', 13) |
          bits(fragmentOffset / 8, 'fragmentOffset / 8', 13, 0),
        'fragment',
      )
      .u8(header.timeToLive ?? 64, 'timeToLive')
      .u8(header.protocol, 'protocol')
      .u16(headerChecksum ?? 0, 'headerChecksum')
      .put(ip4(header.sourceAddress, 'sourceAddress'))
      .put(ip4(header.destinationAddress, 'destinationAddress'))
      .put(options)
    if (headerChecksum === undefined) w.set16(10, internetChecksum(w.done()))
    return w.put(payload).done()
  },

  // Of fragments the first alone begins with a header.
  next: ({ protocol, fragmentOffset }) =>
    fragmentOffset > 0 ? [] : [{ table: 'protocol', number: protocol }],
  isPartial: ({ moreFragments }) => moreFragments,

  addresses({ sourceAddress, destinationAddress, options }) {
    // A source route ends in the destination that the checksums are about.
    for (const option of options ?? [])
      if (option.kind === 'looseSourceRoute' || option.kind === 'strictSourceRoute') {
        const last = option.pointer <= 4 * option.addresses.length ? option.addresses.at(-1) : undefined
        if (last !== undefined) return { sourceAddress, destinationAddress: last }
      }
    return { sourceAddress, destinationAddress }
  },
}
