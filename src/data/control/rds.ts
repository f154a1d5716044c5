/** SOL_RDS: rds(7), linux/rds.h. Without those of RDMA, which needs InfiniBand. Every export is a row. */
import { DecodeError } from '../errors.js'
import * as k from '../kernel.js'
import { uint } from '../option/option.js'
import { exactly, type Receivable, receivable, type Sendable, sendable } from './message.js'

const SOL = k.SOL_RDS
const { rds_cmsg_rx_trace, rds_zcopy_cookies } = k.layouts

/** How long a message took to come up. */
export interface RdsLatency {
  /** RDS_MSG_RX_*. */
  readonly trace: number
  readonly nanoseconds: bigint
}

/** Which ports of peers have room again: bit `port % 64` stands for each of them (RDS_CONG_MONITOR). */
export const RDS_CMSG_CONG_UPDATE: Receivable<'rdsCongUpdate', bigint> = receivable(
  'rdsCongUpdate',
  SOL,
  k.RDS_CMSG_CONG_UPDATE,
  { decode: (data) => exactly(data, 8, 'rdsCongUpdate').getBigUint64(0, true) },
)

/** What SO_RDS_MSG_RXPATH_LATENCY asked for, in its order. */
export const RDS_CMSG_RXPATH_LATENCY: Receivable<'rdsLatency', RdsLatency[]> = receivable(
  'rdsLatency',
  SOL,
  k.RDS_CMSG_RXPATH_LATENCY,
  {
    decode: (data) => {
      const { size, fields } = rds_cmsg_rx_trace
      const view = exactly(data, size, 'rds_cmsg_rx_trace')
      const count = view.getUint8(fields.rx_traces[0])
      if (count > fields.rx_trace_pos[1])
        throw new DecodeError('ERR_MALFORMED', 'rds_cmsg_rx_trace', fields.rx_traces[0])
      return Array.from({ length: count }, (_, i) => ({
        trace: view.getUint8(fields.rx_trace_pos[0] + i),
        nanoseconds: view.getBigUint64(fields.rx_trace[0] + 8 * i, true),
      }))
    },
  },
)

/** The number by which a send with MSG_ZEROCOPY is told of when its memory is free (SO_ZEROCOPY, over TCP). */
export const RDS_CMSG_ZCOPY_COOKIE: Sendable<'rdsZcopyCookie', number> = sendable(
  'rdsZcopyCookie',
  SOL,
  k.RDS_CMSG_ZCOPY_COOKIE,
  uint,
)

/** The numbers of sends whose memory is free. It comes with a message or alone, without data and address. */
export const RDS_CMSG_ZCOPY_COMPLETION: Receivable<'rdsZcopyCompletion', number[]> = receivable(
  'rdsZcopyCompletion',
  SOL,
  k.RDS_CMSG_ZCOPY_COMPLETION,
  {
    decode: (data) => {
      const { size, fields } = rds_zcopy_cookies
      const view = exactly(data, size, 'rds_zcopy_cookies')
      const count = view.getUint32(fields.num[0], true)
      const [at, room] = fields.cookies
      if (count > room / 4) throw new DecodeError('ERR_MALFORMED', 'rds_zcopy_cookies', fields.num[0])
      return Array.from({ length: count }, (_, i) => view.getUint32(at + 4 * i, true))
    },
  },
)
