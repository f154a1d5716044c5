/** UDP: RFC 768. */
import { IPPROTO_UDP } from '../../data/kernel.js'
import { Reader, Writer } from './bytes.js'
import { transportChecksum } from './checksum.js'
import { bounded, type Codec, empty, type Given } from './codec.js'

/** A UDP header. */
export interface Udp {
  readonly kind: 'udp'
  readonly sourcePort: number
  readonly destinationPort: number
  /** Header and payload, in bytes. 0 in jumbograms (RFC 2675): then all that follows. */
  readonly length: number
  /** 0: none was computed. */
  readonly checksum: number
}

/** The codec of UDP headers. */
export const udp: Codec<Udp, Given<Udp, 'sourcePort' | 'destinationPort'>> = {
  kind: 'udp',

  decode(bytes) {
    const r = new Reader(bytes, 'udp')
    const sourcePort = r.u16()
    const destinationPort = r.u16()
    const length = r.u16()
    if (length !== 0 && length < 8) throw r.malformed(4)
    const header: Udp = { kind: 'udp', sourcePort, destinationPort, length, checksum: r.u16() }
    const rest = r.rest()
    return bounded(header, rest, length === 0 ? rest.length : length - 8)
  },

  encode(header, payload = empty, { fix, over } = {}) {
    const { length, checksum } = fix === true ? ({} as Partial<Udp>) : header
    const w = new Writer()
      .u16(header.sourcePort, 'sourcePort')
      .u16(header.destinationPort, 'destinationPort')
      .u16(length ?? 8 + payload.length, 'length')
      .u16(checksum ?? 0, 'checksum')
      .put(payload)
    // A sum of 0 is sent as its other form, for 0 says that there is none.
    if (checksum === undefined) w.set16(6, transportChecksum(over, IPPROTO_UDP, w.done()) || 0xffff)
    return w.done()
  },

  next: ({ sourcePort, destinationPort }) => [
    { table: 'udp', number: destinationPort },
    { table: 'udp', number: sourcePort },
  ],
}
