/** SOL_TIPC: Documentation/networking/tipc.rst, linux/tipc.h. */
import * as k from '../kernel.js'
import {
  flag,
  nothing,
  numbers,
  type Option,
  option,
  type Readable,
  readable,
  uint,
  type Writable,
  writable,
} from './option.js'

const TIPC = k.SOL_TIPC
const { tipc_group_req } = k.layouts

/** How likely it is that messages are kept when a link is busy: TIPC_LOW_IMPORTANCE to TIPC_CRITICAL_IMPORTANCE. */
export const TIPC_IMPORTANCE: Option<number> = option(TIPC, k.TIPC_IMPORTANCE, 'TIPC_IMPORTANCE', uint)
/** What a busy link cannot take is lost, where send would wait else. On at first for SOCK_DGRAM. */
export const TIPC_SRC_DROPPABLE: Option<boolean> = option(
  TIPC,
  k.TIPC_SRC_DROPPABLE,
  'TIPC_SRC_DROPPABLE',
  flag,
)
/** What cannot be delivered is lost, and does not come back. On at first for SOCK_DGRAM and SOCK_RDM. */
export const TIPC_DEST_DROPPABLE: Option<boolean> = option(
  TIPC,
  k.TIPC_DEST_DROPPABLE,
  'TIPC_DEST_DROPPABLE',
  flag,
)
/** How long connect waits in milliseconds, if nothing else ends it; 8000 at first. */
export const TIPC_CONN_TIMEOUT: Option<number> = option(TIPC, k.TIPC_CONN_TIMEOUT, 'TIPC_CONN_TIMEOUT', uint)
/** Always 0: nodes have had no queue since Linux 3.17. */
export const TIPC_NODE_RECVQ_DEPTH: Readable<number> = readable(
  TIPC,
  k.TIPC_NODE_RECVQ_DEPTH,
  'TIPC_NODE_RECVQ_DEPTH',
  uint,
)
/** Messages that wait to be received. */
export const TIPC_SOCK_RECVQ_DEPTH: Readable<number> = readable(
  TIPC,
  k.TIPC_SOCK_RECVQ_DEPTH,
  'TIPC_SOCK_RECVQ_DEPTH',
  uint,
)
/** Bytes of memory that they take. */
export const TIPC_SOCK_RECVQ_USED: Readable<number> = readable(
  TIPC,
  k.TIPC_SOCK_RECVQ_USED,
  'TIPC_SOCK_RECVQ_USED',
  uint,
)
/** Multicast goes out once, to all nodes, whatever the kernel would choose. */
export const TIPC_MCAST_BROADCAST: Writable<true> = writable(
  TIPC,
  k.TIPC_MCAST_BROADCAST,
  'TIPC_MCAST_BROADCAST',
  nothing,
)
/** Multicast goes to each node that has a receiver. */
export const TIPC_MCAST_REPLICAST: Writable<true> = writable(
  TIPC,
  k.TIPC_MCAST_REPLICAST,
  'TIPC_MCAST_REPLICAST',
  nothing,
)

/**
 * struct tipc_group_req: a group by its `type`, and the member that joins by its `instance`. `scope` is
 * TIPC_CLUSTER_SCOPE or TIPC_NODE_SCOPE, `flags` are TIPC_GROUP_LOOPBACK and TIPC_GROUP_MEMBER_EVTS.
 */
export interface GroupRequest {
  readonly type: number
  readonly instance: number
  readonly scope: number
  readonly flags?: number | undefined
}

/** Join a group, SOCK_RDM. Read, it is the group's type, 0 when there is none. */
export const TIPC_GROUP_JOIN: Readable<number> & Writable<GroupRequest> = Object.freeze({
  ...{ name: 'TIPC_GROUP_JOIN', level: TIPC, option: k.TIPC_GROUP_JOIN },
  size: uint.size,
  decode: uint.decode,
  encode: numbers<GroupRequest>(tipc_group_req.size, tipc_group_req.fields, 'flags').encode,
})
/** Leave it. */
export const TIPC_GROUP_LEAVE: Writable<true> = writable(
  TIPC,
  k.TIPC_GROUP_LEAVE,
  'TIPC_GROUP_LEAVE',
  nothing,
)
/** Small messages of SOCK_STREAM go out at once. */
export const TIPC_NODELAY: Writable<boolean> = writable(TIPC, k.TIPC_NODELAY, 'TIPC_NODELAY', flag)
