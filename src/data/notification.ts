/** The notifications of SCTP, RFC 6458 §6.1: what comes with MSG_NOTIFICATION in its flags. */
import { DecodeError } from './errors.js'
import * as k from './kernel.js'
import { viewOf } from './option/option.js'
import { type SctpSndinfo, type SctpSndrcv, sndinfo, sndrcvinfo } from './option/sctp.js'
import { type Oddity, type SockaddrIn, struct } from './option/struct.js'

interface Of<Kind extends string> {
  readonly kind: Kind
  /** By the kind. */
  readonly flags: number
  readonly assocId: number
}

/** An association has begun or ended. */
export interface SctpAssocChange extends Of<'assocChange'> {
  /** SCTP_COMM_UP, SCTP_COMM_LOST, SCTP_RESTART, SCTP_SHUTDOWN_COMP, SCTP_CANT_STR_ASSOC. */
  readonly state: number
  readonly error: number
  readonly outboundStreams: number
  readonly inboundStreams: number
  /** The ABORT chunk of the peer's, or nothing. */
  readonly info: Uint8Array
}

/** An address of the peer's does otherwise. */
export interface SctpPeerAddrChange extends Of<'peerAddrChange'> {
  readonly address: SockaddrIn
  /** SCTP_ADDR_AVAILABLE, SCTP_ADDR_UNREACHABLE, SCTP_ADDR_CONFIRMED, … */
  readonly state: number
  readonly error: number
}

/** The peer tells of an error. */
export interface SctpRemoteError extends Of<'remoteError'> {
  /** The cause, RFC 9260 §3.3.10. */
  readonly error: number
  /** It, as it came. */
  readonly data: Uint8Array
}

/** A message, or a part of it, was not delivered. */
export interface SctpSendFailed extends Of<'sendFailed'> {
  readonly error: number
  readonly info: SctpSndrcv
  readonly data: Uint8Array
}
/** The same as SCTP_SEND_FAILED_EVENT asks for it. `flags` is SCTP_DATA_UNSENT or SCTP_DATA_SENT. */
export interface SctpSendFailedEvent extends Of<'sendFailedEvent'> {
  readonly error: number
  readonly info: SctpSndinfo
  readonly data: Uint8Array
}

/** The peer will send nothing more. */
export interface SctpShutdown extends Of<'shutdownEvent'> {}

/** The adaptation layer's number of the peer's. */
export interface SctpAdaptation extends Of<'adaptationIndication'> {
  readonly indication: number
}

/** A message that came in part will not be ended. */
export interface SctpPartialDelivery extends Of<'partialDeliveryEvent'> {
  /** SCTP_PARTIAL_DELIVERY_ABORTED. */
  readonly indication: number
  readonly stream: number
  readonly seq: number
}

/** A key has come or gone. */
export interface SctpAuthentication extends Of<'authenticationEvent'> {
  readonly keynumber: number
  readonly altkeynumber: number
  /** SCTP_AUTH_NEW_KEY, SCTP_AUTH_FREE_KEY, SCTP_AUTH_NO_AUTH. */
  readonly indication: number
}

/** All that was sent is acknowledged. */
export interface SctpSenderDry extends Of<'senderDryEvent'> {}

/** Streams have begun again: RFC 6525 §6.1.1. */
export interface SctpStreamReset extends Of<'streamResetEvent'> {
  /** Which; none is all. */
  readonly streams: readonly number[]
}

/** The association's numbers have begun again. */
export interface SctpAssocReset extends Of<'assocResetEvent'> {
  readonly localTsn: number
  readonly remoteTsn: number
}

/** There are more streams. */
export interface SctpStreamChange extends Of<'streamChangeEvent'> {
  readonly instrms: number
  readonly outstrms: number
}

/** A notification without a codec: SCTP_*, and all its bytes. */
export interface SctpUnknownNotification {
  readonly kind: 'unknown'
  readonly type: number
  readonly flags: number
  readonly data: Uint8Array
}

/** What SCTP tells, by its `kind`. */
export type SctpNotification =
  | SctpAssocChange
  | SctpPeerAddrChange
  | SctpRemoteError
  | SctpSendFailed
  | SctpSendFailedEvent
  | SctpShutdown
  | SctpAdaptation
  | SctpPartialDelivery
  | SctpAuthentication
  | SctpSenderDry
  | SctpStreamReset
  | SctpAssocReset
  | SctpStreamChange
  | SctpUnknownNotification

type Decoder = (bytes: Uint8Array) => SctpNotification

interface Layout {
  readonly size: number
  readonly fields: Readonly<Record<string, readonly [number, number]>>
}

/** Every struct begins with its type, flags and length: the flags are told, the others are for this file. */
const own: Readonly<Record<string, Oddity>> = { type: 'hidden', length: 'hidden' }

/** What is behind the struct, up to the length that it gives. */
type Rest = (rest: Uint8Array, bytes: Uint8Array) => object

function plain(
  kind: SctpNotification['kind'],
  layout: Layout,
  prefix: string,
  odd: Readonly<Record<string, Oddity>> = {},
  rest?: Rest,
): Decoder {
  const shape = struct<{ flags: number }>(layout, `sctp ${kind}`, prefix, { ...own, ...odd })
  return (bytes) => {
    const value = shape.decode(bytes)
    const more = rest?.(new Uint8Array(bytes.subarray(layout.size)), bytes)
    return { kind, ...value, ...more } as unknown as SctpNotification
  }
}

const { layouts } = k
const copied =
  (name: string): Rest =>
  (rest) => ({ [name]: rest })

const INFO = layouts.sctp_send_failed.fields.ssf_info[0]
const EVENT_INFO = layouts.sctp_send_failed_event.fields.ssfe_info[0]

/** What follows the fields of struct sctp_send_failed_event, two of which go by another prefix. */
function sendFailedEvent(bytes: Uint8Array): SctpNotification {
  const { fields, size } = layouts.sctp_send_failed_event
  const view = viewOf(bytes, size, 'sctp_send_failed_event')
  return {
    kind: 'sendFailedEvent',
    flags: view.getUint16(fields.ssf_flags[0], true),
    assocId: view.getInt32(fields.ssf_assoc_id[0], true),
    error: view.getUint32(fields.ssf_error[0], true),
    info: sndinfo.decode(bytes.subarray(EVENT_INFO, EVENT_INFO + layouts.sctp_sndinfo.size)),
    data: new Uint8Array(bytes.subarray(size)),
  }
}

const decoders: ReadonlyMap<number, Decoder> = new Map([
  [k.SCTP_ASSOC_CHANGE, plain('assocChange', layouts.sctp_assoc_change, 'sac_', {}, copied('info'))],
  [
    k.SCTP_PEER_ADDR_CHANGE,
    plain('peerAddrChange', renamed(layouts.sctp_paddr_change, 'spc_aaddr', 'spc_address'), 'spc_', {
      error: 'int',
      state: 'int',
    }),
  ],
  [
    k.SCTP_REMOTE_ERROR,
    plain('remoteError', layouts.sctp_remote_error, 'sre_', { error: 'net' }, copied('data')),
  ],
  [
    k.SCTP_SEND_FAILED,
    plain('sendFailed', layouts.sctp_send_failed, 'ssf_', { info: 'hidden' }, (data, bytes) => ({
      info: sndrcvinfo.decode(bytes.subarray(INFO, INFO + layouts.sctp_sndrcvinfo.size)),
      data,
    })),
  ],
  [k.SCTP_SEND_FAILED_EVENT, sendFailedEvent],
  [k.SCTP_SHUTDOWN_EVENT, plain('shutdownEvent', layouts.sctp_shutdown_event, 'sse_')],
  [
    k.SCTP_ADAPTATION_INDICATION,
    plain(
      'adaptationIndication',
      renamed(layouts.sctp_adaptation_event, 'sai_adaptation_ind', 'sai_indication'),
      'sai_',
    ),
  ],
  [k.SCTP_PARTIAL_DELIVERY_EVENT, plain('partialDeliveryEvent', layouts.sctp_pdapi_event, 'pdapi_')],
  [k.SCTP_AUTHENTICATION_EVENT, plain('authenticationEvent', layouts.sctp_authkey_event, 'auth_')],
  [k.SCTP_SENDER_DRY_EVENT, plain('senderDryEvent', layouts.sctp_sender_dry_event, 'sender_dry_')],
  [
    k.SCTP_STREAM_RESET_EVENT,
    plain('streamResetEvent', layouts.sctp_stream_reset_event, 'strreset_', {}, (rest) => ({
      streams: Array.from(
        { length: rest.length >> 1 },
        (_, i) => (rest[2 * i] ?? 0) | ((rest[2 * i + 1] ?? 0) << 8),
      ),
    })),
  ],
  [k.SCTP_ASSOC_RESET_EVENT, plain('assocResetEvent', layouts.sctp_assoc_reset_event, 'assocreset_')],
  [k.SCTP_STREAM_CHANGE_EVENT, plain('streamChangeEvent', layouts.sctp_stream_change_event, 'strchange_')],
])

function renamed({ size, fields }: Layout, from: string, to: string): Layout {
  return {
    size,
    fields: Object.fromEntries(Object.entries(fields).map(([name, at]) => [name === from ? to : name, at])),
  }
}

const HEADER = 8

/**
 * What a message with MSG_NOTIFICATION in its flags tells: RFC 6458 §6.1. SCTP_EVENTS and SCTP_EVENT ask for them. Bytes are
 * copied. What is behind its own length is passed over. DecodeError when it is cut short.
 */
export function decodeNotification(data: Uint8Array): SctpNotification {
  const view = viewOf(data, HEADER, 'sctp_notification')
  const type = view.getUint16(0, true)
  const length = view.getUint32(4, true)
  if (length < HEADER) throw new DecodeError('ERR_MALFORMED', 'sctp_notification', 4)
  if (length > data.length) throw new DecodeError('ERR_TRUNCATED', 'sctp_notification', data.length)
  // No Buffer: the codecs' slices are to be copies.
  const bytes = new Uint8Array(data.buffer, data.byteOffset, length)
  const decode = decoders.get(type)
  if (decode !== undefined) return decode(bytes)
  return { kind: 'unknown', type, flags: view.getUint16(2, true), data: new Uint8Array(bytes) }
}
