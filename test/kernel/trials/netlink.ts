/** SOL_NETLINK. What the options do is seen in usage/netlink.test.ts. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { refuses, type Trial, tried, trip, unreadable } from './trial.js'

/** Groups of NETLINK_ROUTE. */
const groups = [b.RTNLGRP_LINK, b.RTNLGRP_IPV4_ROUTE, b.RTNLGRP_NEXTHOP + 1]

export const trials: Readonly<Record<string, Trial>> = {
  NETLINK_ADD_MEMBERSHIP: tried('netlink', (made) => {
    for (const group of groups) made.setsockopt(b.NETLINK_ADD_MEMBERSHIP, group)
    assert.deepEqual(made.getsockopt(b.NETLINK_LIST_MEMBERSHIPS), groups)
    for (const none of [0, 60_000]) refuses(() => made.setsockopt(b.NETLINK_ADD_MEMBERSHIP, none), 'EINVAL')
    unreadable(made, b.NETLINK_ADD_MEMBERSHIP)
  }),
  NETLINK_DROP_MEMBERSHIP: tried('netlink', (made) => {
    for (const group of groups) made.setsockopt(b.NETLINK_ADD_MEMBERSHIP, group)
    made.setsockopt(b.NETLINK_DROP_MEMBERSHIP, b.RTNLGRP_IPV4_ROUTE)
    assert.deepEqual(
      made.getsockopt(b.NETLINK_LIST_MEMBERSHIPS),
      groups.filter((group) => group !== b.RTNLGRP_IPV4_ROUTE),
    )
    unreadable(made, b.NETLINK_DROP_MEMBERSHIP)
  }),
  NETLINK_LIST_MEMBERSHIPS: tried('netlink', (made) => {
    assert.deepEqual(made.getsockopt(b.NETLINK_LIST_MEMBERSHIPS), [])
    made.bind({ pid: 0, groups: 0x80000005 })
    assert.deepEqual(made.getsockopt(b.NETLINK_LIST_MEMBERSHIPS), [1, 3, 32])
  }),
  NETLINK_PKTINFO: trip('netlink', b.NETLINK_PKTINFO, true),
  NETLINK_BROADCAST_ERROR: trip('netlink', b.NETLINK_BROADCAST_ERROR, true),
  NETLINK_NO_ENOBUFS: trip('netlink', b.NETLINK_NO_ENOBUFS, true),
  NETLINK_LISTEN_ALL_NSID: trip('netlink', b.NETLINK_LISTEN_ALL_NSID, true, { root: true }),
  NETLINK_CAP_ACK: trip('netlink', b.NETLINK_CAP_ACK, true),
  NETLINK_EXT_ACK: trip('netlink', b.NETLINK_EXT_ACK, true),
  NETLINK_GET_STRICT_CHK: trip('netlink', b.NETLINK_GET_STRICT_CHK, true),
}
