/** Sockets as sock_diag(7) tells of them: a message and its attributes for each family. linux/inet_diag.h and its kin. */
import type { MessageValue } from './shape.js'

/** struct inet_diag_req_v2. `src` and `dst` are four words each, of which IPv4 has the first. */
export const inetRequest = {
  name: 'inet_diag_req_v2',
  header: {
    family: 'u8',
    protocol: 'u8',
    ext: 'u8',
    rawProtocol: 'u8',
    states: 'u32',
    sport: 'be16',
    dport: 'be16',
    src0: 'be32',
    src1: 'be32',
    src2: 'be32',
    src3: 'be32',
    dst0: 'be32',
    dst1: 'be32',
    dst2: 'be32',
    dst3: 'be32',
    if: 'u32',
    cookie: 'id64',
  },
  attributes: { protocol: [3, 'u32'] },
} as const

/** struct inet_diag_msg. */
export const inetSocket = {
  name: 'inet_diag_msg',
  header: {
    family: 'u8',
    state: 'u8',
    timer: 'u8',
    retrans: 'u8',
    sport: 'be16',
    dport: 'be16',
    src0: 'be32',
    src1: 'be32',
    src2: 'be32',
    src3: 'be32',
    dst0: 'be32',
    dst1: 'be32',
    dst2: 'be32',
    dst3: 'be32',
    if: 'u32',
    cookie: 'id64',
    expires: 'u32',
    rqueue: 'u32',
    wqueue: 'u32',
    uid: 'u32',
    inode: 'u32',
  },
  attributes: {
    meminfo: [1, { rmem: 'u32', wmem: 'u32', fmem: 'u32', tmem: 'u32' }],
    info: [2, 'tcpInfo'],
    vegasinfo: [3, { enabled: 'u32', rttcnt: 'u32', rtt: 'u32', minrtt: 'u32' }],
    cong: [4, 'string'],
    tos: [5, 'u8'],
    tclass: [6, 'u8'],
    skmeminfo: [7, 'u32s'],
    shutdown: [8, 'u8'],
    dctcpinfo: [9, { enabled: 'u16', ceState: 'u16', alpha: 'u32', abEcn: 'u32', abTot: 'u32' }],
    protocol: [10, 'u8'],
    skv6only: [11, 'u8'],
    locals: [12, 'bytes'],
    peers: [13, 'bytes'],
    mark: [15, 'u32'],
    bbrinfo: [16, { bwLo: 'u32', bwHi: 'u32', minRtt: 'u32', pacingGain: 'u32', cwndGain: 'u32' }],
    classId: [17, 'u32'],
    md5sig: [18, 'bytes'],
    ulpInfo: [19, { name: [1, 'string'], tls: [2, 'bytes'], mptcp: [3, 'bytes'] }],
    cgroupId: [21, 'id64'],
    sockopt: [22, 'bytes'],
  },
} as const

/** struct unix_diag_req. */
export const unixRequest = {
  name: 'unix_diag_req',
  header: {
    family: 'u8',
    protocol: 'u8',
    _pad: 'u16',
    states: 'u32',
    inode: 'u32',
    show: 'u32',
    cookie: 'id64',
  },
  attributes: {},
} as const

/** struct unix_diag_msg. */
export const unixSocket = {
  name: 'unix_diag_msg',
  header: { family: 'u8', type: 'u8', state: 'u8', _pad: 'u8', inode: 'u32', cookie: 'id64' },
  attributes: {
    name: [0, 'bytes'],
    vfs: [1, { ino: 'u32', dev: 'u32' }],
    peer: [2, 'u32'],
    icons: [3, 'u32s'],
    rqlen: [4, { rqueue: 'u32', wqueue: 'u32' }],
    meminfo: [5, 'u32s'],
    shutdown: [6, 'u8'],
    uid: [7, 'u32'],
  },
} as const

/** struct netlink_diag_req and struct packet_diag_req, which have the same fields. */
export const socketRequest = {
  name: 'netlink_diag_req',
  header: {
    family: 'u8',
    protocol: 'u8',
    _pad: 'u16',
    inode: 'u32',
    show: 'u32',
    cookie: 'id64',
  },
  attributes: {},
} as const

/** struct netlink_diag_msg. */
export const netlinkSocket = {
  name: 'netlink_diag_msg',
  header: {
    family: 'u8',
    type: 'u8',
    protocol: 'u8',
    state: 'u8',
    portid: 'u32',
    dstPortid: 'u32',
    dstGroup: 'u32',
    inode: 'u32',
    cookie: 'id64',
  },
  attributes: { meminfo: [0, 'u32s'], groups: [1, 'bytes'], flags: [4, 'u32'] },
} as const

/** struct packet_diag_msg. `num` is the protocol, ETH_P_*. */
export const packetSocket = {
  name: 'packet_diag_msg',
  header: { family: 'u8', type: 'u8', num: 'u16', inode: 'u32', cookie: 'id64' },
  attributes: {
    info: [
      0,
      { index: 'u32', version: 'u32', reserve: 'u32', copyThresh: 'u32', tstamp: 'u32', flags: 'u32' },
    ],
    mclist: [1, 'bytes'],
    rxRing: [
      2,
      {
        blockSize: 'u32',
        blockNr: 'u32',
        frameSize: 'u32',
        frameNr: 'u32',
        retireTmo: 'u32',
        sizeofPriv: 'u32',
        features: 'u32',
      },
    ],
    txRing: [
      3,
      {
        blockSize: 'u32',
        blockNr: 'u32',
        frameSize: 'u32',
        frameNr: 'u32',
        retireTmo: 'u32',
        sizeofPriv: 'u32',
        features: 'u32',
      },
    ],
    fanout: [4, 'u32'],
    uid: [5, 'u32'],
    meminfo: [6, 'u32s'],
    filter: [7, 'bytes'],
  },
} as const

type InetMessage = MessageValue<typeof inetSocket>

/** SK_MEMINFO_*: bytes, and packets that were dropped. What a running kernel does not have is missing. */
export interface SocketMemory {
  readonly rmemAlloc: number
  readonly rcvbuf: number
  readonly wmemAlloc: number
  readonly sndbuf: number
  readonly fwdAlloc: number
  readonly wmemQueued: number
  readonly optmem: number
  readonly backlog: number
  readonly drops: number
}

/**
 * A socket of IPv4 or IPv6. `state` is TCP_ESTABLISHED, TCP_LISTEN, …; `timer` says which runs (0 none, 1 retransmission, 2
 * keepalive, 3 TIME_WAIT, 4 the window's probe), `expires` in how many milliseconds, `retrans` how often it has. `rqueue` and
 * `wqueue` are bytes that wait, of a listener the connections that do and its backlog. The cookie names the socket for ever.
 */
export interface InetSocket
  extends Omit<
    InetMessage,
    `${'src' | 'dst'}${0 | 1 | 2 | 3}` | 'family' | 'sport' | 'dport' | 'skmeminfo' | 'if'
  > {
  readonly family: 'inet' | 'inet6'
  readonly local: { readonly host: string; readonly port: number }
  readonly remote: { readonly host: string; readonly port: number }
  /** The interface it is bound to; 0 for none. */
  readonly ifindex: number
  readonly skmeminfo?: SocketMemory | undefined
}

/** A unix socket. `type` is SOCK_*, `peer` the inode of the other end; `path` or `abstract` as in a `UnixAddress`, none without a name. */
export interface UnixSocket extends Omit<MessageValue<typeof unixSocket>, 'family' | 'name' | 'meminfo'> {
  readonly family: 'unix'
  readonly path?: string | Uint8Array | undefined
  readonly abstract?: string | Uint8Array | undefined
  readonly meminfo?: SocketMemory | undefined
}

/** A netlink socket. `protocol` is NETLINK_*, `groups` are numbers from 1 on. */
export interface NetlinkSocket
  extends Omit<MessageValue<typeof netlinkSocket>, 'family' | 'groups' | 'meminfo'> {
  readonly family: 'netlink'
  readonly groups?: readonly number[] | undefined
  readonly meminfo?: SocketMemory | undefined
}

/** A packet socket. `num` is its protocol, ETH_P_*; 0 hears nothing. */
export interface PacketSocket extends Omit<MessageValue<typeof packetSocket>, 'family' | 'meminfo'> {
  readonly family: 'packet'
  readonly meminfo?: SocketMemory | undefined
}
