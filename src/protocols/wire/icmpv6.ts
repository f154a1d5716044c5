/** ICMPv6: RFC 4443; the messages of neighbour discovery and of multicast listeners are in files of their own. */
import { IPPROTO_ICMPV6, IPPROTO_IPV6 } from '../../data/kernel.js'
import { Reader, Writer } from './bytes.js'
import { transportChecksum } from './checksum.js'
import { type Codec, decoded, empty, type Given } from './codec.js'
import type { Echo } from './icmp.js'
import { Forms, form, type Unknown } from './message.js'
import { type ListenerMessage, listenerForms } from './mld.js'
import { type NeighborMessage, neighborForms } from './neighbor.js'

/** An ICMPv6 header, and the fields that its type has. An error's payload is the beginning of the packet it is about. */
export interface Icmpv6 {
  readonly kind: 'icmpv6'
  /** Below 128 an error. */
  readonly type: number
  readonly code: number
  readonly checksum: number
  readonly message: Icmpv6Message | Unknown
}

/** What stands behind the checksum, by type. */
export type Icmpv6Message =
  | Unreachable
  | PacketTooBig
  | TimeExceeded
  | ParameterProblem
  | Echo
  | NeighborMessage
  | ListenerMessage

interface Unreachable {
  readonly kind: 'destinationUnreachable'
  readonly unused?: number
}

interface PacketTooBig {
  readonly kind: 'packetTooBig'
  /** Of the next link, in bytes. */
  readonly mtu: number
}

interface TimeExceeded {
  readonly kind: 'timeExceeded'
  readonly unused?: number
}

interface ParameterProblem {
  readonly kind: 'parameterProblem'
  /** The byte of the quoted packet that is wrong. */
  readonly pointer: number
}

const forms = new Forms<Icmpv6Message>([
  form<Unreachable>('destinationUnreachable', [1], { unused: 4 }, true),
  form<PacketTooBig>('packetTooBig', [2], { mtu: 4 }, true),
  form<TimeExceeded>('timeExceeded', [3], { unused: 4 }, true),
  form<ParameterProblem>('parameterProblem', [4], { pointer: 4 }, true),
  form<Echo>('echo', [128, 129], { identifier: 2, sequenceNumber: 2 }),
  ...listenerForms,
  ...neighborForms,
])

/** The codec of ICMPv6 headers. */
export const icmpv6: Codec<Icmpv6, Given<Icmpv6, 'type' | 'message'>> = {
  kind: 'icmpv6',

  decode(bytes) {
    const r = new Reader(bytes, 'icmpv6')
    const type = r.u8()
    const header: Icmpv6 = {
      kind: 'icmpv6',
      type,
      code: r.u8(),
      checksum: r.u16(),
      message: forms.read(type, r),
    }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty, { fix, over } = {}) {
    const given = fix === true ? undefined : header.checksum
    const w = new Writer()
      .u8(header.type, 'type')
      .u8(header.code ?? 0, 'code')
      .u16(given ?? 0, 'checksum')
    forms.write(header.type, w, header.message)
    w.put(payload)
    if (given === undefined) w.set16(2, transportChecksum(over, IPPROTO_ICMPV6, w.done()))
    return w.done()
  },

  next: ({ type }) => (forms.quotes(type) ? [{ table: 'protocol', number: IPPROTO_IPV6 }] : []),
  isPartial: ({ type }) => forms.quotes(type),
}
