/** IPPROTO_IP: ip(7). Multicast groups are in multicast.ts. */
import { formatIpv4 } from '../address/ip.js'
import * as k from '../kernel.js'
import { ipv4 } from './host.js'
import {
  byte,
  bytesOf,
  flag,
  int,
  integer,
  netInt,
  type Option,
  object,
  option,
  type Readable,
  raw,
  readable,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const IP = k.IPPROTO_IP
const { ip_mreqn } = k.layouts

// ── what is sent ────────────────────────────────────────────────────────────────────────────────────

/** Time to live of what is sent, 1 to 255; -1 is the system's default. */
export const IP_TTL: Option<number> = option(IP, k.IP_TTL, 'IP_TTL', byte)
/** Type of service octet: DSCP and ECN, RFC 2474. On TCP its ECN bits are the kernel's. */
export const IP_TOS: Option<number> = option(IP, k.IP_TOS, 'IP_TOS', byte)
/** IP options (IPOPT_*) of what is sent; empty for none. On a stream, those of the connection. */
export const IP_OPTIONS: Option<Uint8Array> = option(IP, k.IP_OPTIONS, 'IP_OPTIONS', raw(40))
/** The caller writes the IP header. SOCK_RAW. */
export const IP_HDRINCL: Option<boolean> = option(IP, k.IP_HDRINCL, 'IP_HDRINCL', flag)
/** Path MTU discovery: IP_PMTUDISC_WANT, IP_PMTUDISC_DO (sets DF; too large is EMSGSIZE) and so on. */
export const IP_MTU_DISCOVER: Option<number> = option(IP, k.IP_MTU_DISCOVER, 'IP_MTU_DISCOVER', int)
/** The path's MTU as it is known now, in bytes. Connected sockets; ENOTCONN elsewhere. */
export const IP_MTU: Readable<number> = readable(IP, k.IP_MTU, 'IP_MTU', int)
/** Fragments that are sent are not put together by netfilter. SOCK_RAW. */
export const IP_NODEFRAG: Option<boolean> = option(IP, k.IP_NODEFRAG, 'IP_NODEFRAG', flag)
/** Receive the checksum of what came (UDP: as the control message IP_CHECKSUM). */
export const IP_CHECKSUM: Option<boolean> = option(IP, k.IP_CHECKSUM, 'IP_CHECKSUM', flag)
/** An IPsec policy for this socket: struct xfrm_userpolicy_info and its templates, linux/xfrm.h; empty takes it away. Needs CAP_NET_ADMIN. */
export const IP_XFRM_POLICY: Writable<Uint8Array> = writable(
  IP,
  k.IP_XFRM_POLICY,
  'IP_XFRM_POLICY',
  raw(4096),
)
/** The same in the form of PF_KEY, linux/pfkeyv2.h, where the kernel has that. Needs CAP_NET_ADMIN. */
export const IP_IPSEC_POLICY: Writable<Uint8Array> = writable(
  IP,
  k.IP_IPSEC_POLICY,
  'IP_IPSEC_POLICY',
  raw(4096),
)

// ── binding ─────────────────────────────────────────────────────────────────────────────────────────

/** Bind to addresses that no interface has yet. */
export const IP_FREEBIND: Option<boolean> = option(IP, k.IP_FREEBIND, 'IP_FREEBIND', flag)
/** Bind to and receive for addresses of others, for transparent proxies. Turning it on needs CAP_NET_ADMIN or CAP_NET_RAW. */
export const IP_TRANSPARENT: Option<boolean> = option(IP, k.IP_TRANSPARENT, 'IP_TRANSPARENT', flag)
/** bind with port 0 leaves the port to connect, where many connections may share it. */
export const IP_BIND_ADDRESS_NO_PORT: Option<boolean> = option(
  IP,
  k.IP_BIND_ADDRESS_NO_PORT,
  'IP_BIND_ADDRESS_NO_PORT',
  flag,
)
/** The interface, by index, that unicast goes out by when it is not bound to one; 0 is none. */
export const IP_UNICAST_IF: Option<number> = option(IP, k.IP_UNICAST_IF, 'IP_UNICAST_IF', netInt)
/** The protocol of a raw socket: that of socket(). */
export const IP_PROTOCOL: Readable<number> = readable(IP, k.IP_PROTOCOL, 'IP_PROTOCOL', int)
/** Packets with the option Router Alert come to this socket instead of being forwarded, RFC 2113. SOCK_RAW. */
export const IP_ROUTER_ALERT: Writable<boolean> = writable(IP, k.IP_ROUTER_ALERT, 'IP_ROUTER_ALERT', flag)

// ── what comes with messages ────────────────────────────────────────────────────────────────────────

/** Receive the interface and both destination addresses with each datagram: struct in_pktinfo. */
export const IP_PKTINFO: Option<boolean> = option(IP, k.IP_PKTINFO, 'IP_PKTINFO', flag)
/** The ancillary data of a stream's last segments, as recvmsg(2) would have it: struct cmsghdr after struct cmsghdr. */
export const IP_PKTOPTIONS: Readable<Uint8Array> = readable(IP, k.IP_PKTOPTIONS, 'IP_PKTOPTIONS', raw(4096))
/** Receive the time to live with each datagram. */
export const IP_RECVTTL: Option<boolean> = option(IP, k.IP_RECVTTL, 'IP_RECVTTL', flag)
/** Receive the type of service octet with each datagram. */
export const IP_RECVTOS: Option<boolean> = option(IP, k.IP_RECVTOS, 'IP_RECVTOS', flag)
/** Receive the IP options with each datagram. */
export const IP_RECVOPTS: Option<boolean> = option(IP, k.IP_RECVOPTS, 'IP_RECVOPTS', flag)
/** Receive the IP options turned round, as an answer would carry them. */
export const IP_RETOPTS: Option<boolean> = option(IP, k.IP_RETOPTS, 'IP_RETOPTS', flag)
/** Receive the address that a redirected datagram was sent to. */
export const IP_RECVORIGDSTADDR: Option<boolean> = option(
  IP,
  k.IP_RECVORIGDSTADDR,
  'IP_RECVORIGDSTADDR',
  flag,
)
/** Receive the size of the largest fragment of each datagram. Not on streams. */
export const IP_RECVFRAGSIZE: Option<boolean> = option(IP, k.IP_RECVFRAGSIZE, 'IP_RECVFRAGSIZE', flag)
/** Receive the sender's security label with each datagram. */
export const IP_PASSSEC: Option<boolean> = option(IP, k.IP_PASSSEC, 'IP_PASSSEC', flag)
/** ICMP errors go to the error queue with all they say (MSG_ERRQUEUE), and are told at once. */
export const IP_RECVERR: Option<boolean> = option(IP, k.IP_RECVERR, 'IP_RECVERR', flag)
/** The length of the original datagram in an ICMP error, RFC 4884. Not on streams. Linux 5.9. */
export const IP_RECVERR_RFC4884: Option<boolean> = option(
  IP,
  k.IP_RECVERR_RFC4884,
  'IP_RECVERR_RFC4884',
  flag,
)
/** Drop what has a smaller time to live: RFC 5082; 0 is off. */
export const IP_MINTTL: Option<number> = option(IP, k.IP_MINTTL, 'IP_MINTTL', byte)

// ── multicast; groups are in multicast.ts ───────────────────────────────────────────────────────────

/** Hops that multicast datagrams live; 1 at first, -1 is that again. */
export const IP_MULTICAST_TTL: Option<number> = option(IP, k.IP_MULTICAST_TTL, 'IP_MULTICAST_TTL', byte)
/** Whether own multicast datagrams come back; on at first. */
export const IP_MULTICAST_LOOP: Option<boolean> = option(IP, k.IP_MULTICAST_LOOP, 'IP_MULTICAST_LOOP', flag)
/** Whether datagrams for groups come that other sockets have joined; on at first. */
export const IP_MULTICAST_ALL: Option<boolean> = option(IP, k.IP_MULTICAST_ALL, 'IP_MULTICAST_ALL', flag)

/**
 * The interface that multicast goes out by: its address, or for setting also its index ('0.0.0.0' and 0 are the
 * route's). One that was set by index reads as '0.0.0.0'.
 */
export const IP_MULTICAST_IF: Readable<string> & Writable<string | number> = Object.freeze({
  name: 'IP_MULTICAST_IF',
  level: IP,
  option: k.IP_MULTICAST_IF,
  size: 4,
  decode: (bytes: Uint8Array): string => {
    viewOf(bytes, 4, 'in_addr')
    return formatIpv4(bytes)
  },
  encode: (via: string | number): Uint8Array => {
    const { imr_address, imr_ifindex } = ip_mreqn.fields
    const index = typeof via === 'string' ? 0 : integer(via, 0, 0x7fffffff)
    const bytes = bytesOf(ip_mreqn.size, (view) => view.setInt32(imr_ifindex[0], index, true))
    if (typeof via === 'string') bytes.set(ipv4(via), imr_address[0])
    return bytes
  },
})

/** Ports from low to high; 0 at either end leaves that end to the system. */
export interface PortRange {
  readonly low: number
  readonly high: number
}

/** Which ports bind and connect choose from, within net.ipv4.ip_local_port_range. IPv6 sockets too. Linux 6.3. */
export const IP_LOCAL_PORT_RANGE: Option<PortRange> = option(
  IP,
  k.IP_LOCAL_PORT_RANGE,
  'IP_LOCAL_PORT_RANGE',
  {
    size: 4,
    decode: (bytes) => {
      const view = viewOf(bytes, 4, 'port range')
      return { low: view.getUint16(0, true), high: view.getUint16(2, true) }
    },
    encode: (range) => {
      const { low, high } = object(range, '{ low, high }')
      return bytesOf(4, (view) => {
        view.setUint16(0, integer(low, 0, 65535), true)
        view.setUint16(2, integer(high, 0, 65535), true)
      })
    },
  },
)
