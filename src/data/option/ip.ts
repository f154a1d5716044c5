/** IPPROTO_IP and IPPROTO_IPV6: ip(7), ipv6(7). */
import { parseIpv4, parseIpv6 } from '../address/ip.js'
import * as k from '../kernel.js'
import { byte, bytesOf, flag, int, integer, type Option, option, type Writable, writable } from './option.js'

const IP = k.IPPROTO_IP
const IPV6 = k.IPPROTO_IPV6
const { ip_mreqn, ipv6_mreq } = k.layouts

/** Time to live of what is sent, 1 to 255; -1 is the system's default. */
export const IP_TTL: Option<number> = option(IP, k.IP_TTL, 'IP_TTL', byte)
/** Type of service octet: DSCP and ECN, RFC 2474. */
export const IP_TOS: Option<number> = option(IP, k.IP_TOS, 'IP_TOS', byte)
/** Hops that multicast datagrams live; 1 at first. */
export const IP_MULTICAST_TTL: Option<number> = option(IP, k.IP_MULTICAST_TTL, 'IP_MULTICAST_TTL', byte)
/** Whether own multicast datagrams come back; on at first. */
export const IP_MULTICAST_LOOP: Option<boolean> = option(IP, k.IP_MULTICAST_LOOP, 'IP_MULTICAST_LOOP', {
  ...flag,
  decode: (bytes) => byte.decode(bytes) !== 0,
})
/** Bind to addresses that no interface has yet. */
export const IP_FREEBIND: Option<boolean> = option(IP, k.IP_FREEBIND, 'IP_FREEBIND', flag)

/** An IPv4 group, and the interface by its own address or its index (any that has a route when left out). */
export interface Membership {
  readonly group: string
  readonly interface?: string | number | undefined
}

/** struct ip_mreqn. */
const membership = {
  encode: ({ group, interface: via }: Membership): Uint8Array => {
    const address = parseIpv4(group)
    const local = typeof via === 'string' ? parseIpv4(via) : new Uint8Array(4)
    if (address === null || local === null)
      throw new TypeError('expected { group, interface? } with numeric IPv4 addresses')
    const index = typeof via === 'string' ? 0 : integer(via ?? 0, 0, 0x7fffffff)
    const { imr_multiaddr, imr_address, imr_ifindex } = ip_mreqn.fields
    const bytes = bytesOf(ip_mreqn.size, (view) => view.setInt32(imr_ifindex[0], index, true))
    bytes.set(address, imr_multiaddr[0])
    bytes.set(local, imr_address[0])
    return bytes
  },
}

/** Join a multicast group. */
export const IP_ADD_MEMBERSHIP: Writable<Membership> = writable(
  IP,
  k.IP_ADD_MEMBERSHIP,
  'IP_ADD_MEMBERSHIP',
  membership,
)
/** Leave it. */
export const IP_DROP_MEMBERSHIP: Writable<Membership> = writable(
  IP,
  k.IP_DROP_MEMBERSHIP,
  'IP_DROP_MEMBERSHIP',
  membership,
)

/** IPv6 only, or IPv4 clients too as '::ffff:a.b.c.d'. Before bind. */
export const IPV6_V6ONLY: Option<boolean> = option(IPV6, k.IPV6_V6ONLY, 'IPV6_V6ONLY', flag)
/** Hop limit of what is sent; -1 is the system's default. */
export const IPV6_UNICAST_HOPS: Option<number> = option(IPV6, k.IPV6_UNICAST_HOPS, 'IPV6_UNICAST_HOPS', int)
/** Hops that multicast datagrams live; 1 at first. */
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
/** The interface index that multicast goes out by. */
export const IPV6_MULTICAST_IF: Option<number> = option(IPV6, k.IPV6_MULTICAST_IF, 'IPV6_MULTICAST_IF', int)
/** Traffic class octet; -1 is the system's default. */
export const IPV6_TCLASS: Option<number> = option(IPV6, k.IPV6_TCLASS, 'IPV6_TCLASS', int)

/** An IPv6 group, and the interface's index (0 or left out: any that has a route). */
export interface Membership6 {
  readonly group: string
  readonly interface?: number | undefined
}

/** struct ipv6_mreq. */
const membership6 = {
  encode: ({ group, interface: via = 0 }: Membership6): Uint8Array => {
    const address = parseIpv6(group)
    if (address === null) throw new TypeError('expected { group, interface? } with a numeric IPv6 group')
    const index = integer(via, 0, 0x7fffffff)
    const bytes = bytesOf(ipv6_mreq.size, (view) =>
      view.setUint32(ipv6_mreq.fields.ipv6mr_ifindex[0], index, true),
    )
    bytes.set(address, ipv6_mreq.fields.ipv6mr_multiaddr[0])
    return bytes
  },
}

/** Join a multicast group; RFC 3493's IPV6_JOIN_GROUP. */
export const IPV6_ADD_MEMBERSHIP: Writable<Membership6> = writable(
  IPV6,
  k.IPV6_ADD_MEMBERSHIP,
  'IPV6_ADD_MEMBERSHIP',
  membership6,
)
/** Leave it. */
export const IPV6_DROP_MEMBERSHIP: Writable<Membership6> = writable(
  IPV6,
  k.IPV6_DROP_MEMBERSHIP,
  'IPV6_DROP_MEMBERSHIP',
  membership6,
)
export const IPV6_JOIN_GROUP: Writable<Membership6> = IPV6_ADD_MEMBERSHIP
export const IPV6_LEAVE_GROUP: Writable<Membership6> = IPV6_DROP_MEMBERSHIP
