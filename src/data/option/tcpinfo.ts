/** TCP_INFO: what a connection tells of itself, tcp(7). */
import * as k from '../kernel.js'
import { getBits, getUint, type Readable, readable, viewOf } from './option.js'

const { fields, bits, size } = k.layouts.tcp_info

/** How the struct goes on since Linux 6.18; the four bytes behind it changed their meaning later. */
const newer = {
  tcpi_received_ce: [size, 4],
  tcpi_delivered_e1_bytes: [size + 4, 4],
  tcpi_delivered_e0_bytes: [size + 8, 4],
  tcpi_delivered_ce_bytes: [size + 12, 4],
  tcpi_received_e1_bytes: [size + 16, 4],
  tcpi_received_e0_bytes: [size + 20, 4],
  tcpi_received_ce_bytes: [size + 24, 4],
} as const

/** struct tcp_info. A field that came after the running kernel is missing, though its type says number. */
interface AllTcpInfo {
  /** TCP_ESTABLISHED, TCP_LISTEN, … */
  readonly state: number
  /** The state of congestion control: TCP_CA_Open, TCP_CA_Recovery, … */
  readonly caState: number
  /** Retransmissions of what waits to be acknowledged. */
  readonly retransmits: number
  /** Window or keepalive probes that went unanswered. */
  readonly probes: number
  /** How often the time-out has been doubled. */
  readonly backoff: number
  /** TCPI_OPT_*. */
  readonly options: number
  /** The window scales as exponents of two. */
  readonly sndWscale: number
  readonly rcvWscale: number
  /** 1 when `deliveryRate` was held back by the sender itself. */
  readonly deliveryRateAppLimited: number
  /** Why TCP Fast Open did not go through: TFO_*. */
  readonly fastopenClientFail: number
  /** Time-out of retransmission, in microseconds. */
  readonly rto: number
  /** Time-out of delayed acknowledgements, in microseconds. */
  readonly ato: number
  /** Segment sizes in bytes. */
  readonly sndMss: number
  readonly rcvMss: number
  /** Segments that are sent and not acknowledged; of a listener, the connections that wait. */
  readonly unacked: number
  /** Segments acknowledged out of order; of a listener, its backlog. */
  readonly sacked: number
  /** Segments taken for lost. */
  readonly lost: number
  /** Segments retransmitted and not acknowledged. */
  readonly retrans: number
  /** Unused. */
  readonly fackets: number
  /** Milliseconds since. */
  readonly lastDataSent: number
  /** Not kept by the kernel: 0. */
  readonly lastAckSent: number
  /** Milliseconds since. */
  readonly lastDataRecv: number
  /** Milliseconds since. */
  readonly lastAckRecv: number
  /** The path's MTU in bytes. */
  readonly pmtu: number
  /** Bytes. */
  readonly rcvSsthresh: number
  /** Smoothed round-trip time in microseconds. */
  readonly rtt: number
  /** How much it varies, in microseconds. */
  readonly rttvar: number
  /** Segments at which slow start ends. */
  readonly sndSsthresh: number
  /** The congestion window in segments. */
  readonly sndCwnd: number
  /** Bytes. */
  readonly advmss: number
  /** Segments. */
  readonly reordering: number
  /** The receiver's estimate of the round-trip time, in microseconds. */
  readonly rcvRtt: number
  /** Bytes that were read in one round trip. */
  readonly rcvSpace: number
  /** Retransmitted segments, of the whole connection. */
  readonly totalRetrans: number
  /** Bytes a second; Infinity is no limit. */
  readonly pacingRate: number
  /** SO_MAX_PACING_RATE. */
  readonly maxPacingRate: number
  /** Bytes sent and acknowledged. */
  readonly bytesAcked: number
  /** Bytes received in order. */
  readonly bytesReceived: number
  /** Segments with or without data. */
  readonly segsOut: number
  readonly segsIn: number
  /** Bytes in the send buffer that have not been sent. */
  readonly notsentBytes: number
  /** The least round-trip time seen lately, in microseconds. */
  readonly minRtt: number
  /** Segments with data. */
  readonly dataSegsIn: number
  readonly dataSegsOut: number
  /** Bytes a second as the peer got them, measured last. */
  readonly deliveryRate: number
  /** Microseconds of having something to send. */
  readonly busyTime: number
  /** Microseconds of waiting for the peer's window. */
  readonly rwndLimited: number
  /** Microseconds of waiting for the send buffer. */
  readonly sndbufLimited: number
  /** Segments delivered, retransmitted ones too. */
  readonly delivered: number
  /** Those of them that were marked as congestion, RFC 3168. */
  readonly deliveredCe: number
  /** Bytes with data, retransmitted ones too. */
  readonly bytesSent: number
  readonly bytesRetrans: number
  /** Duplicates that the peer told of. */
  readonly dsackDups: number
  /** Times that reordering was seen. */
  readonly reordSeen: number
  /** Packets that came out of order. */
  readonly rcvOoopack: number
  /** The peer's window in bytes. */
  readonly sndWnd: number
  /** The own window in bytes. */
  readonly rcvWnd: number
  /** Times that another path was tried. */
  readonly rehash: number
  /** Time-outs that were followed by a retransmission. */
  readonly totalRto: number
  /** Times that such a series ended. */
  readonly totalRtoRecoveries: number
  /** Milliseconds in such series. */
  readonly totalRtoTime: number
  /** Segments that came marked as congestion. This and what follows: Accurate ECN, RFC 9768. */
  readonly receivedCe: number
  /** Bytes with data that the peer got marked ECT(1), ECT(0) and CE, as it tells. */
  readonly deliveredE1Bytes: number
  readonly deliveredE0Bytes: number
  readonly deliveredCeBytes: number
  /** The same of what came. */
  readonly receivedE1Bytes: number
  readonly receivedE0Bytes: number
  readonly receivedCeBytes: number
}

/** The first part has been there since Linux 2.6. */
type Old =
  | 'state'
  | 'caState'
  | 'retransmits'
  | 'probes'
  | 'backoff'
  | 'options'
  | 'sndWscale'
  | 'rcvWscale'
  | 'deliveryRateAppLimited'
  | 'fastopenClientFail'
  | 'rto'
  | 'ato'
  | 'sndMss'
  | 'rcvMss'
  | 'unacked'
  | 'sacked'
  | 'lost'
  | 'retrans'
  | 'fackets'
  | 'lastDataSent'
  | 'lastAckSent'
  | 'lastDataRecv'
  | 'lastAckRecv'
  | 'pmtu'
  | 'rcvSsthresh'
  | 'rtt'
  | 'rttvar'
  | 'sndSsthresh'
  | 'sndCwnd'
  | 'advmss'
  | 'reordering'
  | 'rcvRtt'
  | 'rcvSpace'
  | 'totalRetrans'

/** struct tcp_info: what came after Linux 2.6 is undefined where the running kernel does not have it. */
export interface TcpInfo extends Readonly<Pick<AllTcpInfo, Old>>, Partial<Omit<AllTcpInfo, Old>> {}

const camel = (name: string): string => name.slice(5).replace(/_([a-z])/g, (_, c: string) => c.toUpperCase())

/** A connection's state and counters; a listener's too. */
export const TCP_INFO: Readable<TcpInfo> = readable(k.IPPROTO_TCP, k.TCP_INFO, 'TCP_INFO', {
  size: size + 4 * Object.keys(newer).length,
  decode: (bytes) => {
    const view = viewOf(bytes, fields.tcpi_total_retrans[0] + 4, 'tcp_info')
    const info: Record<string, number> = {}
    for (const [name, at] of Object.entries(bits)) info[camel(name)] = getBits(view, at)
    for (const [name, at] of Object.entries({ ...fields, ...newer }))
      if (at[0] + at[1] <= bytes.length) info[camel(name)] = getUint(view, at)
    return info as unknown as TcpInfo
  },
})
