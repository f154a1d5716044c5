/**
 * IPPROTO_SCTP: RFC 6458 §8, sctp(7). Options of associations are read of a one-to-many socket's association by its `assocId`
 * (`getsockopt(row, { assocId })`); 0, as when it is left out, is the socket's own value for those to come. Times are
 * milliseconds unless said otherwise. Addresses of associations are in sctpaddress.ts, authentication in sctpauth.ts.
 */
import * as k from '../kernel.js'
import {
  bytesOf,
  flag,
  int,
  integer,
  type Option,
  object,
  option,
  type Readable,
  readable,
  uint,
  viewOf,
  type Writable,
  writable,
} from './option.js'
import {
  type Partly,
  type SockaddrIn,
  type StructOption,
  type StructReadable,
  struct,
  structOption,
  structReadable,
} from './struct.js'

const SCTP = k.IPPROTO_SCTP
const { layouts } = k

// ── the socket ──────────────────────────────────────────────────────────────────────────────────

/** Send small chunks at once (no Nagle). */
export const SCTP_NODELAY: Option<boolean> = option(SCTP, k.SCTP_NODELAY, 'SCTP_NODELAY', flag)
/** Seconds of silence after which associations of a one-to-many socket are closed; 0 is never. */
export const SCTP_AUTOCLOSE: Option<number> = option(SCTP, k.SCTP_AUTOCLOSE, 'SCTP_AUTOCLOSE', int)
/** Refuse messages that do not fit a packet (EMSGSIZE), and send none in fragments. */
export const SCTP_DISABLE_FRAGMENTS: Option<boolean> = option(
  SCTP,
  k.SCTP_DISABLE_FRAGMENTS,
  'SCTP_DISABLE_FRAGMENTS',
  flag,
)
/** Show IPv4 addresses as mapped ones on a socket of IPv6; on at first. */
export const SCTP_I_WANT_MAPPED_V4_ADDR: Option<boolean> = option(
  SCTP,
  k.SCTP_I_WANT_MAPPED_V4_ADDR,
  'SCTP_I_WANT_MAPPED_V4_ADDR',
  flag,
)
/** 0: no message is begun before the last has ended. 1: those of other associations may come in between. */
export const SCTP_FRAGMENT_INTERLEAVE: Option<number> = option(
  SCTP,
  k.SCTP_FRAGMENT_INTERLEAVE,
  'SCTP_FRAGMENT_INTERLEAVE',
  int,
)
/** Bytes of an incomplete message from which on it is delivered in part, without MSG_EOR. */
export const SCTP_PARTIAL_DELIVERY_POINT: Option<number> = option(
  SCTP,
  k.SCTP_PARTIAL_DELIVERY_POINT,
  'SCTP_PARTIAL_DELIVERY_POINT',
  uint,
)
/** Several one-to-one sockets may bind one port. Set before bind. */
export const SCTP_REUSE_PORT: Option<boolean> = option(SCTP, k.SCTP_REUSE_PORT, 'SCTP_REUSE_PORT', flag)
/** Addresses that come and go on the machine's interfaces are told to the peers: for sockets bound to any address. */
export const SCTP_AUTO_ASCONF: Option<boolean> = option(SCTP, k.SCTP_AUTO_ASCONF, 'SCTP_AUTO_ASCONF', flag)
/** Receive the control message 'sctpRcvinfo' with each message. */
export const SCTP_RECVRCVINFO: Option<boolean> = option(SCTP, k.SCTP_RECVRCVINFO, 'SCTP_RECVRCVINFO', flag)
/** Receive the control message 'sctpNxtinfo' about the message behind, where it is there. */
export const SCTP_RECVNXTINFO: Option<boolean> = option(SCTP, k.SCTP_RECVNXTINFO, 'SCTP_RECVNXTINFO', flag)
/** The adaptation layer's number, told to peers when associations begin: RFC 5061 §4.2.6. */
export const SCTP_ADAPTATION_LAYER: Option<number> = option(
  SCTP,
  k.SCTP_ADAPTATION_LAYER,
  'SCTP_ADAPTATION_LAYER',
  uint,
)
/** How many associations a one-to-many socket has. */
export const SCTP_GET_ASSOC_NUMBER: Readable<number> = readable(
  SCTP,
  k.SCTP_GET_ASSOC_NUMBER,
  'SCTP_GET_ASSOC_NUMBER',
  uint,
)

const MOST_IDS = 4096

/** The ids of the associations of a one-to-many socket, 4096 at most. */
export const SCTP_GET_ASSOC_ID_LIST: Readable<readonly number[]> = readable(
  SCTP,
  k.SCTP_GET_ASSOC_ID_LIST,
  'SCTP_GET_ASSOC_ID_LIST',
  {
    size: 4 + 4 * MOST_IDS,
    decode: (bytes) => {
      const count = viewOf(bytes, 4, 'sctp_assoc_ids').getUint32(0, true)
      const view = viewOf(bytes, 4 + 4 * count, 'sctp_assoc_ids')
      return Array.from({ length: count }, (_, i) => view.getInt32(4 + 4 * i, true))
    },
  },
)

// ── notifications ───────────────────────────────────────────────────────────────────────────────

/** Which notifications come, MSG_NOTIFICATION in their flags: `decodeNotification` has them. */
export interface SctpEvents {
  /** Not a notification: the control message 'sctpSndrcv' with each message. */
  readonly dataIoEvent: boolean
  readonly associationEvent: boolean
  readonly addressEvent: boolean
  readonly sendFailureEvent: boolean
  readonly peerErrorEvent: boolean
  readonly shutdownEvent: boolean
  readonly partialDeliveryEvent: boolean
  readonly adaptationLayerEvent: boolean
  readonly authenticationEvent: boolean
  readonly senderDryEvent: boolean
  readonly streamResetEvent: boolean
  readonly assocResetEvent: boolean
  readonly streamChangeEvent: boolean
  readonly sendFailureEventEvent: boolean
}

const everyEvent = Object.fromEntries(
  [
    ...['dataIoEvent', 'associationEvent', 'addressEvent', 'sendFailureEvent', 'peerErrorEvent'],
    ...['shutdownEvent', 'partialDeliveryEvent', 'adaptationLayerEvent', 'authenticationEvent'],
    ...['senderDryEvent', 'streamResetEvent', 'assocResetEvent', 'streamChangeEvent'],
    'sendFailureEventEvent',
  ].map((name) => [name, 'flag' as const]),
)
const events = struct<SctpEvents>(layouts.sctp_event_subscribe, 'sctp_event_subscribe', 'sctp_', everyEvent)

/** All notifications at once: those left out are off. RFC 6458 §6.2.1 (deprecated; SCTP_EVENT is for one). */
export const SCTP_EVENTS: Readable<SctpEvents> & Writable<Partly<SctpEvents>> = Object.freeze({
  name: 'SCTP_EVENTS',
  level: SCTP,
  option: k.SCTP_EVENTS,
  ...events,
})

/** One kind of notification. */
export interface SctpEvent {
  readonly assocId: number
  /** SCTP_ASSOC_CHANGE, SCTP_SHUTDOWN_EVENT, … */
  readonly type: number
  readonly on: boolean
}

/** One kind of notification on or off, RFC 6458 §6.2.2; the question names its `type`. */
export const SCTP_EVENT: StructOption<SctpEvent> = structOption(
  SCTP,
  k.SCTP_EVENT,
  'SCTP_EVENT',
  struct<SctpEvent>(layouts.sctp_event, 'sctp_event', 'se_', { on: 'flag' }),
)

// ── how associations begin ──────────────────────────────────────────────────────────────────────

/** What is asked for when an association begins; 0 leaves a value as it is. */
export interface SctpInit {
  /** Streams to send by. */
  readonly numOstreams: number
  /** Streams that the peer may have, at most. */
  readonly maxInstreams: number
  /** INITs that are sent before it is given up. */
  readonly maxAttempts: number
  /** The longest time-out of an INIT. */
  readonly maxInitTimeo: number
}

export const initmsg: ReturnType<typeof struct<SctpInit>> = struct(
  layouts.sctp_initmsg,
  'sctp_initmsg',
  'sinit_',
)

/** How associations begin. Linux 2.5. */
export const SCTP_INITMSG: Readable<SctpInit> & Writable<Partly<SctpInit>> = Object.freeze({
  name: 'SCTP_INITMSG',
  level: SCTP,
  option: k.SCTP_INITMSG,
  ...initmsg,
})

// ── what is sent, unless a message says otherwise ───────────────────────────────────────────────

/** With a message, both ways: deprecated for SctpSndinfo and SctpRcvinfo, RFC 6458 §5.3.2. */
export interface SctpSndrcv {
  readonly stream: number
  /** The number within the stream, of what came. */
  readonly ssn: number
  /** SCTP_UNORDERED, SCTP_EOF, SCTP_ABORT, … */
  readonly flags: number
  /** The payload protocol identifier as the registry has it: it goes in network byte order. */
  readonly ppid: number
  /** Comes back when sending fails. */
  readonly context: number
  /** Time that the message may wait to be sent; 0 is for ever. */
  readonly timetolive: number
  readonly tsn: number
  readonly cumtsn: number
  readonly assocId: number
}

/** With a message that is sent, RFC 6458 §5.3.4. */
export interface SctpSndinfo {
  /** The stream. */
  readonly sid: number
  /** SCTP_UNORDERED, SCTP_EOF, SCTP_ABORT, SCTP_SENDALL, … */
  readonly flags: number
  /** The payload protocol identifier as the registry has it: it goes in network byte order. */
  readonly ppid: number
  /** Comes back when sending fails. */
  readonly context: number
  readonly assocId: number
}

export const sndrcvinfo: ReturnType<typeof struct<SctpSndrcv>> = struct(
  layouts.sctp_sndrcvinfo,
  'sctp_sndrcvinfo',
  'sinfo_',
  { ppid: 'net' },
)
export const sndinfo: ReturnType<typeof struct<SctpSndinfo>> = struct(
  layouts.sctp_sndinfo,
  'sctp_sndinfo',
  'snd_',
  { ppid: 'net' },
)

/** What goes with messages that do not say (deprecated for SCTP_DEFAULT_SNDINFO). */
export const SCTP_DEFAULT_SEND_PARAM: StructOption<SctpSndrcv> = structOption(
  SCTP,
  k.SCTP_DEFAULT_SEND_PARAM,
  'SCTP_DEFAULT_SEND_PARAM',
  sndrcvinfo,
)
/** What goes with messages that do not say, RFC 6458 §8.1.31. */
export const SCTP_DEFAULT_SNDINFO: StructOption<SctpSndinfo> = structOption(
  SCTP,
  k.SCTP_DEFAULT_SNDINFO,
  'SCTP_DEFAULT_SNDINFO',
  sndinfo,
)

/** Partial reliability, RFC 3758. */
export interface SctpDefaultPrinfo {
  readonly assocId: number
  /** By the policy: milliseconds, retransmissions, or a priority. */
  readonly value: number
  /** SCTP_PR_SCTP_TTL, SCTP_PR_SCTP_RTX, SCTP_PR_SCTP_PRIO. */
  readonly policy: number
}

/** How reliably messages go that do not say, RFC 6458 §8.1.32. */
export const SCTP_DEFAULT_PRINFO: StructOption<SctpDefaultPrinfo> = structOption(
  SCTP,
  k.SCTP_DEFAULT_PRINFO,
  'SCTP_DEFAULT_PRINFO',
  struct<SctpDefaultPrinfo>(layouts.sctp_default_prinfo, 'sctp_default_prinfo', 'pr_'),
)

// ── associations ────────────────────────────────────────────────────────────────────────────────

/** Bounds of the time-out of retransmission; 0 leaves one as it is. */
export interface SctpRto {
  readonly assocId: number
  readonly initial: number
  readonly max: number
  readonly min: number
}
/** The time-out of retransmission. */
export const SCTP_RTOINFO: StructOption<SctpRto> = structOption(
  SCTP,
  k.SCTP_RTOINFO,
  'SCTP_RTOINFO',
  struct<SctpRto>(layouts.sctp_rtoinfo, 'sctp_rtoinfo', 'srto_'),
)

/** struct sctp_assocparams; 0 leaves a value as it is. */
export interface SctpAssoc {
  readonly assocId: number
  /** Retransmissions after which the association is given up. */
  readonly asocmaxrxt: number
  /** How many addresses the peer has. Read only, as the windows are. */
  readonly numberPeerDestinations: number
  readonly peerRwnd: number
  readonly localRwnd: number
  /** How long a cookie is good. */
  readonly cookieLife: number
}
/** What an association is like. */
export const SCTP_ASSOCINFO: StructOption<SctpAssoc> = structOption(
  SCTP,
  k.SCTP_ASSOCINFO,
  'SCTP_ASSOCINFO',
  struct<SctpAssoc>(layouts.sctp_assocparams, 'sctp_assocparams', 'sasoc_'),
)

/** struct sctp_sack_info. */
export interface SctpSack {
  readonly assocId: number
  /** How long an acknowledgement may wait, 500 at most. */
  readonly delay: number
  /** After how many packets one goes at once; 1 is no delay. */
  readonly freq: number
}
/** How acknowledgements wait, RFC 6458 §8.1.19. */
export const SCTP_DELAYED_ACK_TIME: StructOption<SctpSack> = structOption(
  SCTP,
  k.SCTP_DELAYED_ACK_TIME,
  'SCTP_DELAYED_ACK_TIME',
  struct<SctpSack>(layouts.sctp_sack_info, 'sctp_sack_info', 'sack_'),
)

/** A number of an association. */
export interface SctpAssocValue {
  readonly assocId: number
  readonly assocValue: number
}

const assocValue = (number: number, name: string): StructOption<SctpAssocValue> =>
  structOption(SCTP, number, name, struct<SctpAssocValue>(layouts.sctp_assoc_value, 'sctp_assoc_value', ''))

/** Bytes of the largest fragment of a message; 0 is what the path carries. */
export const SCTP_MAXSEG: StructOption<SctpAssocValue> = assocValue(k.SCTP_MAXSEG, 'SCTP_MAXSEG')
/** The context that comes with messages received, and with failures. */
export const SCTP_CONTEXT: StructOption<SctpAssocValue> = assocValue(k.SCTP_CONTEXT, 'SCTP_CONTEXT')
/** Packets that may go at once. */
export const SCTP_MAX_BURST: StructOption<SctpAssocValue> = assocValue(k.SCTP_MAX_BURST, 'SCTP_MAX_BURST')
/** Whether partial reliability is spoken, RFC 7496 §4.5. */
export const SCTP_PR_SUPPORTED: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_PR_SUPPORTED,
  'SCTP_PR_SUPPORTED',
)
/** Whether streams can be reconfigured, RFC 6525. */
export const SCTP_RECONFIG_SUPPORTED: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_RECONFIG_SUPPORTED,
  'SCTP_RECONFIG_SUPPORTED',
)
/** What the peer may ask for: SCTP_ENABLE_RESET_STREAM_REQ, …, RFC 6525 §6.3.1. */
export const SCTP_ENABLE_STREAM_RESET: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_ENABLE_STREAM_RESET,
  'SCTP_ENABLE_STREAM_RESET',
)
/** Which stream sends next: SCTP_SS_FCFS, SCTP_SS_PRIO, SCTP_SS_RR, …, RFC 8260 §4.3.2. */
export const SCTP_STREAM_SCHEDULER: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_STREAM_SCHEDULER,
  'SCTP_STREAM_SCHEDULER',
)
/** Whether messages are interleaved, RFC 8260 §4.3.1; wants SCTP_FRAGMENT_INTERLEAVE, and net.sctp.intl_enable. */
export const SCTP_INTERLEAVING_SUPPORTED: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_INTERLEAVING_SUPPORTED,
  'SCTP_INTERLEAVING_SUPPORTED',
)
/** Whether addresses may be added and removed, RFC 5061. */
export const SCTP_ASCONF_SUPPORTED: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_ASCONF_SUPPORTED,
  'SCTP_ASCONF_SUPPORTED',
)
/** Whether chunks are authenticated, RFC 4895. */
export const SCTP_AUTH_SUPPORTED: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_AUTH_SUPPORTED,
  'SCTP_AUTH_SUPPORTED',
)
/** Whether explicit congestion notification is used. */
export const SCTP_ECN_SUPPORTED: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_ECN_SUPPORTED,
  'SCTP_ECN_SUPPORTED',
)
/** Whether the state SCTP_POTENTIALLY_FAILED is shown, RFC 7829 §7.3. */
export const SCTP_EXPOSE_POTENTIALLY_FAILED_STATE: StructOption<SctpAssocValue> = assocValue(
  k.SCTP_EXPOSE_POTENTIALLY_FAILED_STATE,
  'SCTP_EXPOSE_POTENTIALLY_FAILED_STATE',
)

/** A number of a stream. */
export interface SctpStreamValue {
  readonly assocId: number
  readonly streamId: number
  readonly streamValue: number
}
/** What the scheduler has for a stream, its priority: the question names its `streamId`. */
export const SCTP_STREAM_SCHEDULER_VALUE: StructOption<SctpStreamValue> = structOption(
  SCTP,
  k.SCTP_STREAM_SCHEDULER_VALUE,
  'SCTP_STREAM_SCHEDULER_VALUE',
  struct<SctpStreamValue>(layouts.sctp_stream_value, 'sctp_stream_value', ''),
)

// ── streams, made anew: RFC 6525 ────────────────────────────────────────────────────────────────

/** Which streams. */
export interface SctpResetStreams {
  readonly assocId?: number | undefined
  /** SCTP_STREAM_RESET_INCOMING, SCTP_STREAM_RESET_OUTGOING. */
  readonly flags: number
  /** Their numbers; none is all. */
  readonly streams?: readonly number[] | undefined
}

/** Streams begin at number 0 again. SCTP_ENABLE_STREAM_RESET allows it. */
export const SCTP_RESET_STREAMS: Writable<SctpResetStreams> = writable(
  SCTP,
  k.SCTP_RESET_STREAMS,
  'SCTP_RESET_STREAMS',
  {
    encode: (value) => {
      const { assocId = 0, flags, streams = [] } = object(value, '{ assocId?, flags, streams? }')
      if (!Array.isArray(streams)) throw new TypeError(`expected an array of streams, not ${String(streams)}`)
      return bytesOf(8 + 2 * streams.length, (view) => {
        view.setInt32(0, integer(assocId, -0x80000000, 0x7fffffff), true)
        view.setUint16(4, integer(flags, 0, 0xffff), true)
        view.setUint16(6, integer(streams.length, 0, 0xffff), true)
        for (let i = 0; i < streams.length; i++)
          view.setUint16(8 + 2 * i, integer(streams[i] as number, 0, 0xffff), true)
      })
    },
  },
)

/** All streams and numbers of the association begin again: its id, 0 of a one-to-one socket. */
export const SCTP_RESET_ASSOC: Writable<number> = writable(SCTP, k.SCTP_RESET_ASSOC, 'SCTP_RESET_ASSOC', int)

/** How many streams more. */
export interface SctpAddStreams {
  readonly assocId: number
  readonly instrms: number
  readonly outstrms: number
}
/** More streams. SCTP_ENABLE_STREAM_RESET allows it. */
export const SCTP_ADD_STREAMS: Writable<Partly<SctpAddStreams>> = writable(
  SCTP,
  k.SCTP_ADD_STREAMS,
  'SCTP_ADD_STREAMS',
  struct<SctpAddStreams>(layouts.sctp_add_streams, 'sctp_add_streams', 'sas_'),
)

// ── how it is ───────────────────────────────────────────────────────────────────────────────────

/** One of the peer's addresses, and how it does. */
export interface SctpPeerAddress {
  readonly assocId: number
  readonly address: SockaddrIn
  /** SCTP_ACTIVE, SCTP_INACTIVE, SCTP_UNCONFIRMED, SCTP_PF. */
  readonly state: number
  /** The congestion window in bytes. */
  readonly cwnd: number
  /** Smoothed round-trip time. */
  readonly srtt: number
  readonly rto: number
  readonly mtu: number
}

export const paddrinfo: ReturnType<typeof struct<SctpPeerAddress>> = struct(
  layouts.sctp_paddrinfo,
  'sctp_paddrinfo',
  'spinfo_',
)

/** struct sctp_status. */
export interface SctpStatus {
  readonly assocId: number
  /** SCTP_ESTABLISHED, SCTP_COOKIE_WAIT, … */
  readonly state: number
  /** The peer's window in bytes. */
  readonly rwnd: number
  /** Chunks that are not acknowledged. */
  readonly unackdata: number
  /** Chunks that wait to be received. */
  readonly penddata: number
  readonly instrms: number
  readonly outstrms: number
  /** Bytes from which on messages go in fragments. */
  readonly fragmentationPoint: number
  readonly primary: SctpPeerAddress
}

const plainStatus = struct<Omit<SctpStatus, 'primary'>>(layouts.sctp_status, 'sctp_status', 'sstat_', {
  primary: 'hidden',
})
const PRIMARY = layouts.sctp_status.fields.sstat_primary[0]

function status(bytes: Uint8Array): SctpStatus {
  const plain = plainStatus.decode(bytes)
  return { ...plain, primary: paddrinfo.decode(bytes.subarray(PRIMARY, layouts.sctp_status.size)) }
}

/** An association: of a one-to-many socket the one that the question names. EINVAL when there is none. */
export const SCTP_STATUS: StructReadable<SctpStatus, { readonly assocId?: number | undefined }> =
  Object.freeze({
    name: 'SCTP_STATUS',
    level: SCTP,
    option: k.SCTP_STATUS,
    size: layouts.sctp_status.size,
    decode: status,
    ask: (question?: { readonly assocId?: number | undefined }) =>
      plainStatus.encode(question === undefined ? {} : question),
    answer: status,
  })

/** Counters of an association; numbers of chunks unless said otherwise. */
export interface SctpAssocStats {
  readonly assocId: number
  /** The address of the longest time-out seen. */
  readonly obsRtoIpaddr: SockaddrIn
  /** It, since the last call; 0 when it was not seen. */
  readonly maxrto: number
  readonly isacks: number
  readonly osacks: number
  /** Packets. */
  readonly opackets: number
  readonly ipackets: number
  /** Retransmitted. */
  readonly rtxchunks: number
  readonly outofseqtsns: number
  /** Duplicates. */
  readonly idupchunks: number
  readonly gapcnt: number
  /** Unordered, and ordered, sent and received. */
  readonly ouodchunks: number
  readonly iuodchunks: number
  readonly oodchunks: number
  readonly iodchunks: number
  /** Control chunks. */
  readonly octrlchunks: number
  readonly ictrlchunks: number
}
/** What an association has counted. */
export const SCTP_GET_ASSOC_STATS: StructReadable<SctpAssocStats> = structReadable(
  SCTP,
  k.SCTP_GET_ASSOC_STATS,
  'SCTP_GET_ASSOC_STATS',
  struct<SctpAssocStats>(layouts.sctp_assoc_stats, 'sctp_assoc_stats', 'sas_'),
)

/** What partial reliability gave up, RFC 7496 §4.3. */
export interface SctpPrStatus {
  readonly assocId: number
  readonly sid: number
  /** SCTP_PR_SCTP_TTL, …, or SCTP_PR_SCTP_ALL. */
  readonly policy: number
  /** Messages that were never sent, and those sent once at least. */
  readonly abandonedUnsent: number
  readonly abandonedSent: number
}
const prstatus = struct<SctpPrStatus>(layouts.sctp_prstatus, 'sctp_prstatus', 'sprstat_')

/** Of an association: the question names the `policy`. */
export const SCTP_PR_ASSOC_STATUS: StructReadable<SctpPrStatus> = structReadable(
  SCTP,
  k.SCTP_PR_ASSOC_STATUS,
  'SCTP_PR_ASSOC_STATUS',
  prstatus,
)
/** Of a stream: the question names the `policy` and the stream, `sid`. */
export const SCTP_PR_STREAM_STATUS: StructReadable<SctpPrStatus> = structReadable(
  SCTP,
  k.SCTP_PR_STREAM_STATUS,
  'SCTP_PR_STREAM_STATUS',
  prstatus,
)
