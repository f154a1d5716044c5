/** ICMP: RFC 792, with the fields that RFC 1191 and RFC 4884 added to its errors. */
import {
  ICMP_DEST_UNREACH,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_PARAMETERPROB,
  ICMP_REDIRECT,
  ICMP_SOURCE_QUENCH,
  ICMP_TIME_EXCEEDED,
  ICMP_TIMESTAMP,
  ICMP_TIMESTAMPREPLY,
  IPPROTO_IPIP,
} from '../../data/kernel.js'
import { Reader, Writer } from './bytes.js'
import { internetChecksum } from './checksum.js'
import { type Codec, decoded, empty, type Given } from './codec.js'
import { Forms, form, type Unknown } from './message.js'

/** An ICMP header, and the fields that its type has. An error's payload is the beginning of the packet it is about. */
export interface Icmp {
  readonly kind: 'icmp'
  /** ICMP_ECHO, … */
  readonly type: number
  readonly code: number
  readonly checksum: number
  readonly message: IcmpMessage | Unknown
}

/** What stands behind the checksum, by type. */
export type IcmpMessage =
  | Echo
  | Unreachable
  | SourceQuench
  | Redirect
  | TimeExceeded
  | ParameterProblem
  | Timestamp

/** A question and its answer. */
export interface Echo {
  readonly kind: 'echo'
  readonly identifier: number
  readonly sequenceNumber: number
}

interface Unreachable {
  readonly kind: 'destinationUnreachable'
  readonly unused?: number
  /** Of what is quoted, in words of 32 bits; 0 when all of it is. */
  readonly length: number
  /** Where it is too large for (code 4), in bytes. */
  readonly nextHopMtu: number
}

interface SourceQuench {
  readonly kind: 'sourceQuench'
  readonly unused?: number
}

interface Redirect {
  readonly kind: 'redirect'
  readonly gatewayInternetAddress: string
}

interface TimeExceeded {
  readonly kind: 'timeExceeded'
  readonly unused?: number
  readonly length: number
  readonly unused2?: number
}

interface ParameterProblem {
  readonly kind: 'parameterProblem'
  /** The byte of the quoted packet that is wrong. */
  readonly pointer: number
  readonly length: number
  readonly unused?: number
}

interface Timestamp {
  readonly kind: 'timestamp'
  readonly identifier: number
  readonly sequenceNumber: number
  /** Milliseconds since midnight, UTC; so are the others. */
  readonly originateTimestamp: number
  readonly receiveTimestamp: number
  readonly transmitTimestamp: number
}

const forms = new Forms<IcmpMessage>([
  form<Echo>('echo', [ICMP_ECHOREPLY, ICMP_ECHO], { identifier: 2, sequenceNumber: 2 }),
  form<Unreachable>(
    'destinationUnreachable',
    [ICMP_DEST_UNREACH],
    { unused: 1, length: 1, nextHopMtu: 2 },
    true,
  ),
  form<SourceQuench>('sourceQuench', [ICMP_SOURCE_QUENCH], { unused: 4 }, true),
  form<Redirect>('redirect', [ICMP_REDIRECT], { gatewayInternetAddress: 'ip4' }, true),
  form<TimeExceeded>('timeExceeded', [ICMP_TIME_EXCEEDED], { unused: 1, length: 1, unused2: 2 }, true),
  form<ParameterProblem>(
    'parameterProblem',
    [ICMP_PARAMETERPROB],
    { pointer: 1, length: 1, unused: 2 },
    true,
  ),
  form<Timestamp>('timestamp', [ICMP_TIMESTAMP, ICMP_TIMESTAMPREPLY], {
    identifier: 2,
    sequenceNumber: 2,
    originateTimestamp: 4,
    receiveTimestamp: 4,
    transmitTimestamp: 4,
  }),
])

/** The codec of ICMP headers. */
export const icmp: Codec<Icmp, Given<Icmp, 'type' | 'message'>> = {
  kind: 'icmp',

  decode(bytes) {
    const r = new Reader(bytes, 'icmp')
    const type = r.u8()
    const header: Icmp = {
      kind: 'icmp',
      type,
      code: r.u8(),
      checksum: r.u16(),
      message: forms.read(type, r),
    }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty, { fix } = {}) {
    const given = fix === true ? undefined : header.checksum
    const w = new Writer()
      .u8(header.type, 'type')
      .u8(header.code ?? 0, 'code')
      .u16(given ?? 0, 'checksum')
    forms.write(header.type, w, header.message)
    w.put(payload)
    if (given === undefined) w.set16(2, internetChecksum(w.done()))
    return w.done()
  },

  next: ({ type }) => (forms.quotes(type) ? [{ table: 'protocol', number: IPPROTO_IPIP }] : []),
  isPartial: ({ type }) => forms.quotes(type),
}
