/** The fragment header of IPv6: RFC 8200 §4.5. */
import { bit, bits, Reader, Writer } from './bytes.js'
import { type Codec, decoded, empty, type Given } from './codec.js'

/** A fragment header. */
export interface Fragment {
  readonly kind: 'fragment'
  /** IPPROTO_ of what the whole begins with. */
  readonly nextHeader: number
  /** Zero, when sent. */
  readonly reserved: number
  /** In bytes, a multiple of 8: eight times the number in the header. */
  readonly fragmentOffset: number
  /** The two bits between offset and flag: zero, when sent. */
  readonly reserved2: number
  /** M */
  readonly moreFragments: boolean
  /** 32 bits. */
  readonly identification: number
}

/** The codec of fragment headers. */
export const fragment: Codec<Fragment, Given<Fragment, 'nextHeader' | 'identification'>> = {
  kind: 'fragment',

  decode(bytes) {
    const r = new Reader(bytes, 'fragment')
    const nextHeader = r.u8()
    const reserved = r.u8()
    const offset = r.u16()
    const header: Fragment = {
      kind: 'fragment',
      nextHeader,
      reserved,
      fragmentOffset: offset & 0xfff8,
      reserved2: (offset >> 1) & 3,
      moreFragments: (offset & 1) !== 0,
      identification: r.u32(),
    }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty) {
    const { fragmentOffset = 0 } = header
    if (fragmentOffset % 8 !== 0) throw new RangeError(`expected a multiple of 8, not ${fragmentOffset}`)
    const offset =
      bits(fragmentOffset / 8, 'fragmentOffset / 8', 13, 3) |
      bits(header.reserved2 ?? 0, 'reserved2', 2, 1) |
      bit(header.moreFragments ?? false, 'moreFragments', 0)
    return new Writer()
      .u8(header.nextHeader, 'nextHeader')
      .u8(header.reserved ?? 0, 'reserved')
      .u16(offset, 'offset')
      .u32(header.identification, 'identification')
      .put(payload)
      .done()
  },

  // Of fragments the first alone begins with a header.
  next: ({ nextHeader, fragmentOffset }) =>
    fragmentOffset > 0 ? [] : [{ table: 'protocol', number: nextHeader }],
  isPartial: ({ moreFragments }) => moreFragments,
}
