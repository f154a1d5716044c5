/** Ethernet: RFC 894, and the frames of IEEE 802.3 that have a length in place of the type. */
import { Reader, Writer } from './bytes.js'
import { bounded, type Codec, decoded, empty, type Given } from './codec.js'
import { formatMac, mac } from './text.js'

/** An Ethernet header. */
export interface Ethernet {
  readonly kind: 'ethernet'
  /** 'ff:ff:ff:ff:ff:ff'. */
  readonly destinationAddress: string
  readonly sourceAddress: string
  /** The protocol (ETH_P_), or up to 1500 the length of an 802.3 frame. */
  readonly etherType: number
}

/** The largest number that is a length and no type. */
const LONGEST = 1500

/** The codec of Ethernet headers. A frame's check sequence is no part of it. */
export const ethernet: Codec<
  Ethernet,
  Given<Ethernet, 'destinationAddress' | 'sourceAddress' | 'etherType'>
> = {
  kind: 'ethernet',

  decode(bytes) {
    const r = new Reader(bytes, 'ethernet')
    const destinationAddress = formatMac(r.take(6))
    const sourceAddress = formatMac(r.take(6))
    const etherType = r.u16()
    const header: Ethernet = { kind: 'ethernet', destinationAddress, sourceAddress, etherType }
    return etherType <= LONGEST ? bounded(header, r.rest(), etherType) : decoded(header, r.rest())
  },

  encode({ destinationAddress, sourceAddress, etherType }, payload = empty, { fix } = {}) {
    const isLength = fix === true && etherType <= LONGEST
    return new Writer()
      .put(mac(destinationAddress, 'destinationAddress', 6))
      .put(mac(sourceAddress, 'sourceAddress', 6))
      .u16(isLength ? payload.length : etherType, 'etherType')
      .put(payload)
      .done()
  },

  next: ({ etherType }) => (etherType <= LONGEST ? [] : [{ table: 'ethertype', number: etherType }]),
}
