/** What TCP tells beside the time of a send (SCM_TIMESTAMPING_OPT_STATS): attributes of netlink(7), one behind the other. */
import { DecodeError } from '../errors.js'
import * as k from '../kernel.js'
import { getUint, viewOf } from '../option/option.js'

/** The connection as it was at that time. What the kernel does not tell is missing: the newer fields, some by its state. */
export interface TimestampingStats {
  /** Microseconds of having something to send; of waiting for the peer's window; of waiting for the send buffer. */
  readonly busy?: number
  readonly rwndLimited?: number
  readonly sndbufLimited?: number
  /** Segments with data that were sent, retransmitted ones too; and those alone. */
  readonly dataSegsOut?: number
  readonly totalRetrans?: number
  /** Bytes a second; Infinity is no limit. */
  readonly pacingRate?: number
  readonly deliveryRate?: number
  /** In segments. */
  readonly sndCwnd?: number
  readonly sndSsthresh?: number
  readonly reordering?: number
  /** Microseconds. */
  readonly minRtt?: number
  readonly srtt?: number
  /** Retransmissions of what waits now. */
  readonly recurRetrans?: number
  /** 1 where the sender itself held `deliveryRate` back. */
  readonly deliveryRateAppLmt?: number
  /** Bytes sent and not acknowledged, or not yet sent; and the latter alone. */
  readonly sndqSize?: number
  readonly bytesNotsent?: number
  /** TCP_CA_Open, TCP_CA_Recovery, … */
  readonly caState?: number
  /** Segments that the peer has, and those of them that were marked as congestion. */
  readonly delivered?: number
  readonly deliveredCe?: number
  readonly bytesSent?: number
  readonly bytesRetrans?: number
  readonly dsackDups?: number
  readonly reordSeen?: number
  /** Times that another path was tried, after a time-out and at all. */
  readonly timeoutRehash?: number
  readonly rehash?: number
  /** When the segment was to leave, in nanoseconds of CLOCK_MONOTONIC. */
  readonly edt?: bigint
  /** Time to live of the acknowledgement. */
  readonly ttl?: number
}

const names: ReadonlyMap<number, keyof TimestampingStats> = new Map([
  [k.TCP_NLA_BUSY, 'busy'],
  [k.TCP_NLA_RWND_LIMITED, 'rwndLimited'],
  [k.TCP_NLA_SNDBUF_LIMITED, 'sndbufLimited'],
  [k.TCP_NLA_DATA_SEGS_OUT, 'dataSegsOut'],
  [k.TCP_NLA_TOTAL_RETRANS, 'totalRetrans'],
  [k.TCP_NLA_PACING_RATE, 'pacingRate'],
  [k.TCP_NLA_DELIVERY_RATE, 'deliveryRate'],
  [k.TCP_NLA_SND_CWND, 'sndCwnd'],
  [k.TCP_NLA_REORDERING, 'reordering'],
  [k.TCP_NLA_MIN_RTT, 'minRtt'],
  [k.TCP_NLA_RECUR_RETRANS, 'recurRetrans'],
  [k.TCP_NLA_DELIVERY_RATE_APP_LMT, 'deliveryRateAppLmt'],
  [k.TCP_NLA_SNDQ_SIZE, 'sndqSize'],
  [k.TCP_NLA_CA_STATE, 'caState'],
  [k.TCP_NLA_SND_SSTHRESH, 'sndSsthresh'],
  [k.TCP_NLA_DELIVERED, 'delivered'],
  [k.TCP_NLA_DELIVERED_CE, 'deliveredCe'],
  [k.TCP_NLA_BYTES_SENT, 'bytesSent'],
  [k.TCP_NLA_BYTES_RETRANS, 'bytesRetrans'],
  [k.TCP_NLA_DSACK_DUPS, 'dsackDups'],
  [k.TCP_NLA_REORD_SEEN, 'reordSeen'],
  [k.TCP_NLA_SRTT, 'srtt'],
  [k.TCP_NLA_TIMEOUT_REHASH, 'timeoutRehash'],
  [k.TCP_NLA_BYTES_NOTSENT, 'bytesNotsent'],
  [k.TCP_NLA_EDT, 'edt'],
  [k.TCP_NLA_TTL, 'ttl'],
  [k.TCP_NLA_REHASH, 'rehash'],
])

const { size: HEADER, fields } = k.layouts.nlattr
const ALIGNMENT = 4
const widths: readonly number[] = [1, 2, 4, 8]

/**
 * Attributes without a name here, of kernels to come, and those that pad are passed over. At the end of the buffer
 * (`last`) the whole ones count.
 */
export function decodeStats(data: Uint8Array, last: boolean): TimestampingStats {
  const view = viewOf(data, 0, 'nlattr[]')
  const stats: Partial<Record<keyof TimestampingStats, number | bigint>> = {}
  for (let at = 0; at < data.length; ) {
    const left = data.length - at
    const length = left < HEADER ? HEADER : view.getUint16(at + fields.nla_len[0], true)
    if (length < HEADER) throw new DecodeError('ERR_MALFORMED', 'nlattr', at)
    if (length > left) {
      if (last) break
      throw new DecodeError('ERR_TRUNCATED', 'nlattr', data.length)
    }
    const width = length - HEADER
    const name = names.get(view.getUint16(at + fields.nla_type[0], true))
    if (name !== undefined) {
      if (!(name === 'edt' ? [8] : widths).includes(width))
        throw new DecodeError('ERR_MALFORMED', `nlattr of ${name}`, at)
      const value = at + HEADER
      stats[name] = name === 'edt' ? view.getBigUint64(value, true) : getUint(view, [value, width])
    }
    at += Math.ceil(length / ALIGNMENT) * ALIGNMENT
  }
  return stats as TimestampingStats
}
