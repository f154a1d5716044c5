/** IPPROTO_IPV6: ipv6(7), RFC 3493, RFC 3542. Multicast and anycast groups are in multicast.ts. */
import { formatIpv6 } from '../address/ip.js'
import * as k from '../kernel.js'
import { ipv6 } from './host.js'
import {
  byte,
  bytesOf,
  flag,
  getUint,
  int,
  integer,
  type Known,
  netInt,
  type Option,
  object,
  option,
  type Queryable,
  type Readable,
  raw,
  readable,
  setUint,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const IPV6 = k.IPPROTO_IPV6
const { in6_pktinfo, ip6_mtuinfo, in6_flowlabel_req, sockaddr_in6 } = k.layouts

// ── what is sent ────────────────────────────────────────────────────────────────────────────────────

/** Hop limit of what is sent; -1 is the system's default. */
export const IPV6_UNICAST_HOPS: Option<number> = option(IPV6, k.IPV6_UNICAST_HOPS, 'IPV6_UNICAST_HOPS', int)
/** Traffic class octet; -1 is the system's default. */
export const IPV6_TCLASS: Option<number> = option(IPV6, k.IPV6_TCLASS, 'IPV6_TCLASS', int)
/** Never fragment here: too large is EMSGSIZE, or a control message where IPV6_RECVPATHMTU is on. RFC 3542 §11.2. */
export const IPV6_DONTFRAG: Option<boolean> = option(IPV6, k.IPV6_DONTFRAG, 'IPV6_DONTFRAG', flag)
/** Path MTU discovery: IPV6_PMTUDISC_WANT, IPV6_PMTUDISC_DO and so on. */
export const IPV6_MTU_DISCOVER: Option<number> = option(IPV6, k.IPV6_MTU_DISCOVER, 'IPV6_MTU_DISCOVER', int)
/** Set, the largest packet in bytes that is sent unfragmented, 1280 at least or 0 for the path's; read, the path's MTU of a connected socket (ENOTCONN elsewhere). */
export const IPV6_MTU: Option<number> = option(IPV6, k.IPV6_MTU, 'IPV6_MTU', int)
/** Flow labels made from the connection's addresses and ports, RFC 6438. */
export const IPV6_AUTOFLOWLABEL: Option<boolean> = option(
  IPV6,
  k.IPV6_AUTOFLOWLABEL,
  'IPV6_AUTOFLOWLABEL',
  flag,
)
/** The `flowinfo` of addresses given to connect and sendto counts. */
export const IPV6_FLOWINFO_SEND: Option<boolean> = option(
  IPV6,
  k.IPV6_FLOWINFO_SEND,
  'IPV6_FLOWINFO_SEND',
  flag,
)
/** Which source addresses are liked best: IPV6_PREFER_SRC_*, RFC 5014. */
export const IPV6_ADDR_PREFERENCES: Option<number> = option(
  IPV6,
  k.IPV6_ADDR_PREFERENCES,
  'IPV6_ADDR_PREFERENCES',
  int,
)
/** The caller writes the IPv6 header. SOCK_RAW. */
export const IPV6_HDRINCL: Option<boolean> = option(IPV6, k.IPV6_HDRINCL, 'IPV6_HDRINCL', flag)
/** Where in what is sent and received the kernel puts and checks a checksum, an even offset; -1 is off. SOCK_RAW, RFC 3542 §3.1. */
export const IPV6_CHECKSUM: Option<number> = option(IPV6, k.IPV6_CHECKSUM, 'IPV6_CHECKSUM', int)
/** The Hop-by-Hop header of what is sent, whole (`inet6OptBuild` makes it); empty for none. Needs CAP_NET_RAW. RFC 3542 §6. */
export const IPV6_HOPOPTS: Option<Uint8Array> = option(IPV6, k.IPV6_HOPOPTS, 'IPV6_HOPOPTS', raw(2048))
/** The Destination Options header before a Routing header. Needs CAP_NET_RAW. */
export const IPV6_RTHDRDSTOPTS: Option<Uint8Array> = option(
  IPV6,
  k.IPV6_RTHDRDSTOPTS,
  'IPV6_RTHDRDSTOPTS',
  raw(2048),
)
/** The Routing header: type 2 (Mobile IPv6) or 4 (segments); `inet6RthBuild` makes it. RFC 3542 §7. */
export const IPV6_RTHDR: Option<Uint8Array> = option(IPV6, k.IPV6_RTHDR, 'IPV6_RTHDR', raw(2048))
/** The Destination Options header. Needs CAP_NET_RAW. RFC 3542 §8. */
export const IPV6_DSTOPTS: Option<Uint8Array> = option(IPV6, k.IPV6_DSTOPTS, 'IPV6_DSTOPTS', raw(2048))
/** Set, the ancillary data that goes with all that is sent; read, that of a stream's last segments: struct cmsghdr after struct cmsghdr. RFC 2292. */
export const IPV6_2292PKTOPTIONS: Option<Uint8Array> = option(
  IPV6,
  k.IPV6_2292PKTOPTIONS,
  'IPV6_2292PKTOPTIONS',
  raw(4096),
)
/** An IPsec policy for this socket: struct xfrm_userpolicy_info and its templates, linux/xfrm.h; empty takes it away. Needs CAP_NET_ADMIN. */
export const IPV6_XFRM_POLICY: Writable<Uint8Array> = writable(
  IPV6,
  k.IPV6_XFRM_POLICY,
  'IPV6_XFRM_POLICY',
  raw(4096),
)
/** The same in the form of PF_KEY, linux/pfkeyv2.h, where the kernel has that. Needs CAP_NET_ADMIN. */
export const IPV6_IPSEC_POLICY: Writable<Uint8Array> = writable(
  IPV6,
  k.IPV6_IPSEC_POLICY,
  'IPV6_IPSEC_POLICY',
  raw(4096),
)

// ── binding ─────────────────────────────────────────────────────────────────────────────────────────

/** IPv6 only, or IPv4 clients too as '::ffff:a.b.c.d'. Before bind. */
export const IPV6_V6ONLY: Option<boolean> = option(IPV6, k.IPV6_V6ONLY, 'IPV6_V6ONLY', flag)
/** The address family; setting AF_INET makes an IPv4 socket of one that is connected to '::ffff:a.b.c.d'. For descriptors on their way to others: the Socket here keeps its family. */
export const IPV6_ADDRFORM: Option<number> = option(IPV6, k.IPV6_ADDRFORM, 'IPV6_ADDRFORM', int)
/** Bind to addresses that no interface has yet. */
export const IPV6_FREEBIND: Option<boolean> = option(IPV6, k.IPV6_FREEBIND, 'IPV6_FREEBIND', flag)
/** Bind to and receive for addresses of others. Turning it on needs CAP_NET_ADMIN or CAP_NET_RAW. */
export const IPV6_TRANSPARENT: Option<boolean> = option(IPV6, k.IPV6_TRANSPARENT, 'IPV6_TRANSPARENT', flag)
/** The interface, by index, that unicast goes out by when it is not bound to one; 0 is none. */
export const IPV6_UNICAST_IF: Option<number> = option(IPV6, k.IPV6_UNICAST_IF, 'IPV6_UNICAST_IF', netInt)
/** Packets with the option Router Alert of this value come here instead of being forwarded; -1 is off. SOCK_RAW of IPPROTO_RAW, RFC 2711. */
export const IPV6_ROUTER_ALERT: Writable<number> = writable(
  IPV6,
  k.IPV6_ROUTER_ALERT,
  'IPV6_ROUTER_ALERT',
  int,
)
/** Only those of the own network namespace. The same sockets. Linux 5.1. */
export const IPV6_ROUTER_ALERT_ISOLATE: Option<boolean> = option(
  IPV6,
  k.IPV6_ROUTER_ALERT_ISOLATE,
  'IPV6_ROUTER_ALERT_ISOLATE',
  flag,
)

// ── what comes with messages ────────────────────────────────────────────────────────────────────────

/** Receive the interface and destination address with each datagram: struct in6_pktinfo. */
export const IPV6_RECVPKTINFO: Option<boolean> = option(IPV6, k.IPV6_RECVPKTINFO, 'IPV6_RECVPKTINFO', flag)
/** Receive the hop limit with each datagram. */
export const IPV6_RECVHOPLIMIT: Option<boolean> = option(IPV6, k.IPV6_RECVHOPLIMIT, 'IPV6_RECVHOPLIMIT', flag)
/** Receive the traffic class with each datagram. */
export const IPV6_RECVTCLASS: Option<boolean> = option(IPV6, k.IPV6_RECVTCLASS, 'IPV6_RECVTCLASS', flag)
/** Receive the Hop-by-Hop header. */
export const IPV6_RECVHOPOPTS: Option<boolean> = option(IPV6, k.IPV6_RECVHOPOPTS, 'IPV6_RECVHOPOPTS', flag)
/** Receive the Routing header. */
export const IPV6_RECVRTHDR: Option<boolean> = option(IPV6, k.IPV6_RECVRTHDR, 'IPV6_RECVRTHDR', flag)
/** Receive the Destination Options headers. */
export const IPV6_RECVDSTOPTS: Option<boolean> = option(IPV6, k.IPV6_RECVDSTOPTS, 'IPV6_RECVDSTOPTS', flag)
/** Receive the path's MTU when it gets smaller: IPV6_PATHMTU. */
export const IPV6_RECVPATHMTU: Option<boolean> = option(IPV6, k.IPV6_RECVPATHMTU, 'IPV6_RECVPATHMTU', flag)
/** Receive the address that a redirected datagram was sent to. */
export const IPV6_RECVORIGDSTADDR: Option<boolean> = option(
  IPV6,
  k.IPV6_RECVORIGDSTADDR,
  'IPV6_RECVORIGDSTADDR',
  flag,
)
/** Receive the size of the largest fragment of each datagram. */
export const IPV6_RECVFRAGSIZE: Option<boolean> = option(IPV6, k.IPV6_RECVFRAGSIZE, 'IPV6_RECVFRAGSIZE', flag)
/** Receive the flow label and traffic class with each datagram. */
export const IPV6_FLOWINFO: Option<boolean> = option(IPV6, k.IPV6_FLOWINFO, 'IPV6_FLOWINFO', flag)
/** ICMPv6 errors go to the error queue with all they say (MSG_ERRQUEUE), and are told at once. */
export const IPV6_RECVERR: Option<boolean> = option(IPV6, k.IPV6_RECVERR, 'IPV6_RECVERR', flag)
/** The length of the original datagram in an ICMPv6 error, RFC 4884. Linux 5.9. */
export const IPV6_RECVERR_RFC4884: Option<boolean> = option(
  IPV6,
  k.IPV6_RECVERR_RFC4884,
  'IPV6_RECVERR_RFC4884',
  flag,
)
/** Drop what has a smaller hop limit: RFC 5082; 0 is off. */
export const IPV6_MINHOPCOUNT: Option<number> = option(IPV6, k.IPV6_MINHOPCOUNT, 'IPV6_MINHOPCOUNT', byte)
/** IPV6_RECVPKTINFO as RFC 2292 has it: the control message is IPV6_2292PKTINFO. */
export const IPV6_2292PKTINFO: Option<boolean> = option(IPV6, k.IPV6_2292PKTINFO, 'IPV6_2292PKTINFO', flag)
/** The same of the hop limit. */
export const IPV6_2292HOPLIMIT: Option<boolean> = option(IPV6, k.IPV6_2292HOPLIMIT, 'IPV6_2292HOPLIMIT', flag)
/** The same of the Hop-by-Hop header. */
export const IPV6_2292HOPOPTS: Option<boolean> = option(IPV6, k.IPV6_2292HOPOPTS, 'IPV6_2292HOPOPTS', flag)
/** The same of the Destination Options headers. */
export const IPV6_2292DSTOPTS: Option<boolean> = option(IPV6, k.IPV6_2292DSTOPTS, 'IPV6_2292DSTOPTS', flag)
/** The same of the Routing header. */
export const IPV6_2292RTHDR: Option<boolean> = option(IPV6, k.IPV6_2292RTHDR, 'IPV6_2292RTHDR', flag)

// ── multicast; groups are in multicast.ts ───────────────────────────────────────────────────────────

/** The interface index that multicast goes out by; 0 is the route's. */
export const IPV6_MULTICAST_IF: Option<number> = option(IPV6, k.IPV6_MULTICAST_IF, 'IPV6_MULTICAST_IF', int)
/** Hops that multicast datagrams live; 1 at first, -1 is that again. */
export const IPV6_MULTICAST_HOPS: Option<number> = option(
  IPV6,
  k.IPV6_MULTICAST_HOPS,
  'IPV6_MULTICAST_HOPS',
  int,
)
/** Whether own multicast datagrams come back; on at first. */
export const IPV6_MULTICAST_LOOP: Option<boolean> = option(
  IPV6,
  k.IPV6_MULTICAST_LOOP,
  'IPV6_MULTICAST_LOOP',
  flag,
)
/** Whether datagrams for groups come that other sockets have joined; on at first. */
export const IPV6_MULTICAST_ALL: Option<boolean> = option(
  IPV6,
  k.IPV6_MULTICAST_ALL,
  'IPV6_MULTICAST_ALL',
  flag,
)

/** struct in6_pktinfo: a source address ('::' is any) and an interface (0 is any). */
export interface PacketInfo6 {
  readonly address?: string | undefined
  readonly interface?: number | undefined
}

/** The source of what is sent from now on, RFC 3542 §6. */
export const IPV6_PKTINFO: Writable<PacketInfo6> = writable(IPV6, k.IPV6_PKTINFO, 'IPV6_PKTINFO', {
  encode: (value) => {
    const { address = '::', interface: via = 0 } = object(value, '{ address?, interface? }')
    const { ipi6_addr, ipi6_ifindex } = in6_pktinfo.fields
    const index = integer(via, 0, 0x7fffffff)
    const bytes = bytesOf(in6_pktinfo.size, (view) => view.setInt32(ipi6_ifindex[0], index, true))
    bytes.set(ipv6(address), ipi6_addr[0])
    return bytes
  },
})

/** struct ip6_mtuinfo: where to, and the MTU on the way there in bytes. */
export interface PathMtu {
  readonly host: string
  readonly scopeId: number
  readonly mtu: number
}

/** The path's MTU of a connected socket, RFC 3542 §11.4; Linux leaves the address out: '::'. */
export const IPV6_PATHMTU: Readable<PathMtu> = readable(IPV6, k.IPV6_PATHMTU, 'IPV6_PATHMTU', {
  size: ip6_mtuinfo.size,
  decode: (bytes) => {
    const view = viewOf(bytes, ip6_mtuinfo.size, 'ip6_mtuinfo')
    const { ip6m_addr, ip6m_mtu } = ip6_mtuinfo.fields
    const { sin6_addr, sin6_scope_id } = sockaddr_in6.fields
    return {
      host: formatIpv6(bytes, ip6m_addr[0] + sin6_addr[0]),
      scopeId: view.getUint32(ip6m_addr[0] + sin6_scope_id[0], true),
      mtu: getUint(view, ip6m_mtu),
    }
  },
})

/** struct in6_flowlabel_req. Times are in seconds. */
export interface FlowLabelRequest {
  /** IPV6_FL_A_GET leases a label, IPV6_FL_A_RENEW keeps it, IPV6_FL_A_PUT gives it back. */
  readonly action: number
  /** 20 bits. 0 has the kernel choose, which setsockopt cannot tell: choose it yourself. */
  readonly label: number
  readonly dst?: string | undefined
  /** IPV6_FL_S_*: who else may use it. */
  readonly share?: number | undefined
  /** IPV6_FL_F_*: IPV6_FL_F_CREATE makes the label if it is not there. */
  readonly flags?: number | undefined
  readonly expires?: number | undefined
  readonly linger?: number | undefined
}

/** A label that a connection uses. */
export type FlowLabel = Known<Omit<FlowLabelRequest, 'action' | 'flags'>>

/**
 * Flow labels of this socket, RFC 6437; `connect` and `sendto` with a `flowinfo` use them. getsockopt tells of the
 * connection's own label, or with { flags: IPV6_FL_F_REMOTE } the peer's; ENOENT when there is none.
 */
export const IPV6_FLOWLABEL_MGR: Writable<FlowLabelRequest> &
  Queryable<{ readonly flags?: number | undefined }, FlowLabel> = Object.freeze({
  name: 'IPV6_FLOWLABEL_MGR',
  level: IPV6,
  option: k.IPV6_FLOWLABEL_MGR,
  encode: flowLabelRequest,
  ask: (question: { readonly flags?: number | undefined }): Uint8Array =>
    flowLabelRequest({ action: k.IPV6_FL_A_GET, label: 0, flags: object(question, '{ flags? }').flags }),
  answer: (bytes: Uint8Array): FlowLabel => {
    const view = viewOf(bytes, in6_flowlabel_req.size, 'in6_flowlabel_req')
    const { flr_dst, flr_label, flr_share, flr_expires, flr_linger } = in6_flowlabel_req.fields
    return {
      label: view.getUint32(flr_label[0]),
      dst: formatIpv6(bytes, flr_dst[0]),
      share: getUint(view, flr_share),
      expires: getUint(view, flr_expires),
      linger: getUint(view, flr_linger),
    }
  },
})

function flowLabelRequest(request: FlowLabelRequest): Uint8Array {
  const {
    action,
    label,
    dst = '::',
    share = 0,
    flags = 0,
    expires = 0,
    linger = 0,
  } = object(request, '{ action, label, … }')
  const { fields, size } = in6_flowlabel_req
  const bytes = bytesOf(size, (view) => {
    view.setUint32(fields.flr_label[0], integer(label, 0, 0xfffff))
    setUint(view, fields.flr_action, action)
    setUint(view, fields.flr_share, share)
    setUint(view, fields.flr_flags, flags)
    setUint(view, fields.flr_expires, expires)
    setUint(view, fields.flr_linger, linger)
  })
  bytes.set(ipv6(dst), fields.flr_dst[0])
  return bytes
}
