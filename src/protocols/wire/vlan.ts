/** The tag of IEEE 802.1Q, and of 802.1ad, whose outer tag has the same form. */
import { bit, bits, Reader, Writer } from './bytes.js'
import { type Codec, decoded, empty, type Given } from './codec.js'

/** A VLAN tag. */
export interface Vlan {
  readonly kind: 'vlan'
  /** PCP: 0 to 7. */
  readonly priorityCodePoint: number
  /** DEI: may be dropped first. */
  readonly dropEligible: boolean
  /** VID: 0 to 4095; 0 has a priority only. */
  readonly vlanIdentifier: number
  /** Of what is inside the tag: ETH_P_. */
  readonly etherType: number
}

/** The codec of VLAN tags. */
export const vlan: Codec<Vlan, Given<Vlan, 'vlanIdentifier' | 'etherType'>> = {
  kind: 'vlan',

  decode(bytes) {
    const r = new Reader(bytes, 'vlan')
    const tag = r.u16()
    const header: Vlan = {
      kind: 'vlan',
      priorityCodePoint: tag >> 13,
      dropEligible: (tag & 0x1000) !== 0,
      vlanIdentifier: tag & 0xfff,
      etherType: r.u16(),
    }
    return decoded(header, r.rest())
  },

  encode({ priorityCodePoint = 0, dropEligible = false, vlanIdentifier, etherType }, payload = empty) {
    const tag =
      bits(priorityCodePoint, 'priorityCodePoint', 3, 13) |
      bit(dropEligible, 'dropEligible', 12) |
      bits(vlanIdentifier, 'vlanIdentifier', 12, 0)
    return new Writer().u16(tag, 'tag').u16(etherType, 'etherType').put(payload).done()
  },

  next: ({ etherType }) => [{ table: 'ethertype', number: etherType }],
}
