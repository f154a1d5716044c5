/** SOL_NETLINK: netlink(7). Every export is a row. */
import * as k from '../kernel.js'
import { int } from '../option/option.js'
import { exactly, type Receivable, receivable, whole } from './message.js'

/** The group that a message was sent to, by its number; 0 for one that was sent to the socket alone. */
export interface NetlinkPktinfo {
  readonly group: number
}

/** NETLINK_PKTINFO. */
export const NETLINK_PKTINFO: Receivable<'netlinkPktinfo', NetlinkPktinfo> = receivable(
  'netlinkPktinfo',
  k.SOL_NETLINK,
  k.NETLINK_PKTINFO,
  { decode: (data) => ({ group: exactly(data, 4, 'nl_pktinfo').getUint32(0, true) }) },
)

/** The network namespace that a message comes from, by its number in the socket's (NETLINK_LISTEN_ALL_NSID). */
export const NETLINK_LISTEN_ALL_NSID: Receivable<'nsid', number> = receivable(
  'nsid',
  k.SOL_NETLINK,
  k.NETLINK_LISTEN_ALL_NSID,
  whole(int, 'nsid'),
)
