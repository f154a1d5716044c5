/** SOL_NETLINK: netlink(7). */
import * as k from '../kernel.js'
import {
  flag,
  type Option,
  option,
  type Readable,
  readable,
  uint,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const SOL = k.SOL_NETLINK

/** Many more groups than any protocol has; each is a bit. */
const GROUPS = 65536

/**
 * Joins a multicast group, by its number from 1 on (RTNLGRP_*); an address's `groups` is a mask of the first 32. EINVAL
 * where the protocol has no such group, EPERM where joining it needs a privilege.
 */
export const NETLINK_ADD_MEMBERSHIP: Writable<number> = writable(
  SOL,
  k.NETLINK_ADD_MEMBERSHIP,
  'NETLINK_ADD_MEMBERSHIP',
  uint,
)
/** Leaves a multicast group. */
export const NETLINK_DROP_MEMBERSHIP: Writable<number> = writable(
  SOL,
  k.NETLINK_DROP_MEMBERSHIP,
  'NETLINK_DROP_MEMBERSHIP',
  uint,
)
/** The groups that the socket is in, by their numbers, the smallest first. */
export const NETLINK_LIST_MEMBERSHIPS: Readable<readonly number[]> = readable(
  SOL,
  k.NETLINK_LIST_MEMBERSHIPS,
  'NETLINK_LIST_MEMBERSHIPS',
  {
    size: GROUPS / 8,
    decode: (bytes) => {
      const words = Math.ceil(bytes.length / 4)
      const view = viewOf(bytes, 4 * words, 'group masks')
      const groups: number[] = []
      for (let word = 0; word < words; word++) {
        const mask = view.getUint32(4 * word, true)
        for (let bit = 0; bit < 32; bit++) if ((mask >>> bit) & 1) groups.push(32 * word + bit + 1)
      }
      return groups
    },
  },
)
/** Tell of each message which group it was sent to: 'netlinkPktinfo'. */
export const NETLINK_PKTINFO: Option<boolean> = option(SOL, k.NETLINK_PKTINFO, 'NETLINK_PKTINFO', flag)
/** A multicast of the kernel's that does not reach this socket is an error there, and may be tried again. */
export const NETLINK_BROADCAST_ERROR: Option<boolean> = option(
  SOL,
  k.NETLINK_BROADCAST_ERROR,
  'NETLINK_BROADCAST_ERROR',
  flag,
)
/** Say nothing where messages were lost because the buffer was full; a receive fails with ENOBUFS then otherwise. */
export const NETLINK_NO_ENOBUFS: Option<boolean> = option(
  SOL,
  k.NETLINK_NO_ENOBUFS,
  'NETLINK_NO_ENOBUFS',
  flag,
)
/**
 * Hear the groups of every network namespace that has a number in this one: 'nsid' tells which. Turning it on needs
 * CAP_NET_BROADCAST.
 */
export const NETLINK_LISTEN_ALL_NSID: Option<boolean> = option(
  SOL,
  k.NETLINK_LISTEN_ALL_NSID,
  'NETLINK_LISTEN_ALL_NSID',
  flag,
)
/** An acknowledgement has the header alone of what it answers. */
export const NETLINK_CAP_ACK: Option<boolean> = option(SOL, k.NETLINK_CAP_ACK, 'NETLINK_CAP_ACK', flag)
/** An acknowledgement has attributes that explain it (NLMSGERR_ATTR_*). */
export const NETLINK_EXT_ACK: Option<boolean> = option(SOL, k.NETLINK_EXT_ACK, 'NETLINK_EXT_ACK', flag)
/** Requests for dumps are checked strictly, and filter. */
export const NETLINK_GET_STRICT_CHK: Option<boolean> = option(
  SOL,
  k.NETLINK_GET_STRICT_CHK,
  'NETLINK_GET_STRICT_CHK',
  flag,
)
