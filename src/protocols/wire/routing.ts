/** The routing header of IPv6: RFC 8200 §4.4, of types 0 (RFC 2460), 2 (RFC 6275) and 4 (RFC 8754) among others. */
import { formatIpv6 } from '../../data/address/ip.js'
import { Reader, Writer } from './bytes.js'
import { type Codec, decoded, empty, type Given } from './codec.js'

/** A routing header. */
export interface Routing {
  readonly kind: 'routing'
  /** IPPROTO_ of what follows. */
  readonly nextHeader: number
  readonly routingType: number
  readonly segmentsLeft: number
  /** What the type makes of it: four bytes and eight times as many as one likes. */
  readonly data: Uint8Array
}

/** The codec of routing headers. */
export const routing: Codec<Routing, Given<Routing, 'nextHeader' | 'routingType' | 'data'>> = {
  kind: 'routing',

  decode(bytes) {
    const r = new Reader(bytes, 'routing')
    const nextHeader = r.u8()
    const length = 8 * (r.u8() + 1)
    const header: Routing = {
      kind: 'routing',
      nextHeader,
      routingType: r.u8(),
      segmentsLeft: r.u8(),
      data: r.take(length - 4),
    }
    return decoded(header, r.rest())
  },

  encode({ nextHeader, routingType, segmentsLeft = 0, data }, payload = empty) {
    if (data.length % 8 !== 4)
      throw new RangeError(`expected 4 bytes and a multiple of 8 as data, not ${data.length}`)
    return new Writer()
      .u8(nextHeader, 'nextHeader')
      .u8((data.length + 4) / 8 - 1, 'extension length')
      .u8(routingType, 'routingType')
      .u8(segmentsLeft, 'segmentsLeft')
      .put(data)
      .put(payload)
      .done()
  },

  next: ({ nextHeader }) => [{ table: 'protocol', number: nextHeader }],

  addresses(header, around) {
    const destinationAddress = around === undefined ? undefined : lastStop(header)
    return around === undefined || destinationAddress === undefined
      ? around
      : { ...around, destinationAddress }
  },
}

/** Where a packet with this header ends up, unless it is there. */
function lastStop({
  routingType,
  segmentsLeft = 0,
  data,
}: Given<Routing, 'data' | 'routingType'>): string | undefined {
  if (segmentsLeft === 0) return undefined
  const stops = Math.floor((data.length - 4) / 16)
  if (stops === 0) return undefined
  if (routingType === 0 || routingType === 2) return formatIpv6(data, 4 + 16 * (stops - 1))
  // A list of segments is in the order of the way back.
  return routingType === 4 ? formatIpv6(data, 4) : undefined
}
