/** SOL_RDS: rds(7), linux/rds.h. Without the memory of RDMA, which needs InfiniBand, and without the lists of rds-info(1). */
import type { Given, Inet6Address, InetAddress } from '../address/address.js'
import { inet } from '../address/inet.js'
import { inet6 } from '../address/inet6.js'
import * as k from '../kernel.js'
import {
  bytesOf,
  flag,
  int,
  integer,
  type Option,
  object,
  option,
  type Writable,
  writable,
} from './option.js'

const SOL = k.SOL_RDS
const { rds_rx_trace_so } = k.layouts

/** An address of IP, numeric. */
const sockaddr: Pick<Writable<Given<InetAddress> | Given<Inet6Address>>, 'encode'> = {
  encode: (value) => {
    const { host, family } = object(value, '{ host, port }')
    if (typeof host !== 'string') throw new TypeError(`expected a numeric host, not ${String(host)}`)
    const six = family === 'inet6' || host.includes(':')
    return six ? inet6.encode(value as Given<Inet6Address>) : inet.encode(value as Given<InetAddress>)
  },
}

/** Which times come with a message: RDS_MSG_RX_*, each at most once. */
const traces: Pick<Writable<readonly number[]>, 'encode'> = {
  encode: (value) => {
    if (!Array.isArray(value)) throw new TypeError(`expected an array of RDS_MSG_RX_*, not ${String(value)}`)
    const { size, fields } = rds_rx_trace_so
    const most = fields.rx_trace_pos[1]
    integer(value.length, 0, most)
    return bytesOf(size, (view) => {
      view.setUint8(fields.rx_traces[0], value.length)
      for (const [i, trace] of value.entries())
        view.setUint8(fields.rx_trace_pos[0] + i, integer(trace, 0, most - 1))
    })
  },
}

/** Drop what has not been acknowledged by this peer. The socket must be bound. */
export const RDS_CANCEL_SENT_TO: Writable<Given<InetAddress> | Given<Inet6Address>> = writable(
  SOL,
  k.RDS_CANCEL_SENT_TO,
  'RDS_CANCEL_SENT_TO',
  sockaddr,
)
/** Tell of failed RDMA operations by control messages. */
export const RDS_RECVERR: Option<boolean> = option(SOL, k.RDS_RECVERR, 'RDS_RECVERR', flag)
/** Tell by a control message, 'rdsCongUpdate', which ports have room again. */
export const RDS_CONG_MONITOR: Writable<boolean> = writable(SOL, k.RDS_CONG_MONITOR, 'RDS_CONG_MONITOR', flag)
/** RDS_TRANS_TCP or RDS_TRANS_IB; RDS_TRANS_NONE before bind chooses one. It can be set once, before bind. */
export const SO_RDS_TRANSPORT: Option<number> = option(SOL, k.SO_RDS_TRANSPORT, 'SO_RDS_TRANSPORT', int)
/** Receive with each message how long it took to come up: which of RDS_MSG_RX_*, at most three; none is off. */
export const SO_RDS_MSG_RXPATH_LATENCY: Writable<readonly number[]> = writable(
  SOL,
  k.SO_RDS_MSG_RXPATH_LATENCY,
  'SO_RDS_MSG_RXPATH_LATENCY',
  traces,
)
