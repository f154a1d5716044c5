/** Routes: RTM_NEWROUTE and its kin. struct rtmsg, struct rtnexthop and RTA_* of linux/rtnetlink.h. */
import type { MessageValue } from './shape.js'

export const route = {
  name: 'route',
  header: {
    family: 'u8',
    dstLen: 'u8',
    srcLen: 'u8',
    tos: 'u8',
    table: 'u8',
    protocol: 'u8',
    scope: 'u8',
    type: 'u8',
    flags: 'u32',
  },
  attributes: {
    dst: [1, 'ip'],
    src: [2, 'ip'],
    iif: [3, 'u32'],
    oif: [4, 'u32'],
    gateway: [5, 'ip'],
    priority: [6, 'u32'],
    prefsrc: [7, 'ip'],
    metrics: [
      8,
      {
        lock: [1, 'u32'],
        mtu: [2, 'u32'],
        window: [3, 'u32'],
        rtt: [4, 'u32'],
        rttvar: [5, 'u32'],
        ssthresh: [6, 'u32'],
        cwnd: [7, 'u32'],
        advmss: [8, 'u32'],
        reordering: [9, 'u32'],
        hoplimit: [10, 'u32'],
        initcwnd: [11, 'u32'],
        features: [12, 'u32'],
        rtoMin: [13, 'u32'],
        initrwnd: [14, 'u32'],
        quickack: [15, 'u32'],
        ccAlgo: [16, 'string'],
        fastopenNoCookie: [17, 'u32'],
      },
    ],
    multipath: [9, 'multipath'],
    flow: [11, 'u32'],
    cacheinfo: [
      12,
      {
        clntref: 'u32',
        lastuse: 'u32',
        expires: 's32',
        error: 'u32',
        used: 'u32',
        id: 'u32',
        ts: 'u32',
        tsage: 'u32',
      },
    ],
    table: [15, 'u32'],
    mark: [16, 'u32'],
    mfcStats: [17, { packets: 'u64', bytes: 'u64', wrongIf: 'u64' }],
    via: [18, 'via'],
    newdst: [19, 'bytes'],
    pref: [20, 'u8'],
    encapType: [21, 'u16'],
    encap: [22, 'bytes'],
    expires: [23, 'u32'],
    uid: [25, 'u32'],
    ttlPropagate: [26, 'u8'],
    ipProto: [27, 'u8'],
    sport: [28, 'be16'],
    dport: [29, 'be16'],
    nhId: [30, 'u32'],
  },
} as const

/** The rest of struct rtnexthop behind its length, and the attributes behind it. `hops` is the weight less one. */
export const nextHop = {
  name: 'next hop',
  header: { flags: 'u8', hops: 'u8', ifindex: 's32' },
  attributes: {
    gateway: [5, 'ip'],
    flow: [11, 'u32'],
    via: [18, 'via'],
    newdst: [19, 'bytes'],
    encapType: [21, 'u16'],
    encap: [22, 'bytes'],
  },
} as const

/** One of the ways of a route: `weight` (1 to 256) is its share, `flags` are RTNH_F_*. */
export interface NextHop extends Partial<Omit<MessageValue<typeof nextHop>, 'hops'>> {
  readonly weight?: number | undefined
}

/**
 * A route: to `dst`/`dstLen` (everything, where there is no `dst`), out of the interface `oif`, by way of `gateway`, or over
 * several ways, `multipath`. `type` is RTN_*, `table` RT_TABLE_*, `protocol` RTPROT_* (who made it), `scope` RT_SCOPE_*, `flags`
 * RTNH_F_* and RTM_F_*; `priority` is the metric.
 */
export interface Route extends MessageValue<typeof route> {}
