/**
 * Groups: IPv4's at IPPROTO_IP, IPv6's at IPPROTO_IPV6, and MCAST_* at both, whose level follows from the group's
 * family. ip(7), ipv6(7), RFC 3678.
 */
import { formatIpv4 } from '../address/ip.js'
import * as k from '../kernel.js'
import { hostAt, ipv4, ipv6, levelOfHost, sockaddr } from './host.js'
import {
  bytesOf,
  getUint,
  integer,
  object,
  type Queryable,
  setUint,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const IP = k.IPPROTO_IP
const IPV6 = k.IPPROTO_IPV6
const { ip_mreqn, ip_mreq_source, ipv6_mreq, group_req, group_source_req, ip_msfilter, group_filter } =
  k.layouts
const STORAGE = k.layouts.sockaddr_storage.size

// ── IPv4 ────────────────────────────────────────────────────────────────────────────────────────

/** An IPv4 group, and the interface by its own address or its index (any that has a route when left out). */
export interface Membership {
  readonly group: string
  readonly interface?: string | number | undefined
}

/** struct ip_mreqn. */
const membership = {
  encode: (value: Membership): Uint8Array => {
    const { group, interface: via = 0 } = object(value, '{ group, interface? }')
    const index = typeof via === 'string' ? 0 : integer(via, 0, 0x7fffffff)
    const { imr_multiaddr, imr_address, imr_ifindex } = ip_mreqn.fields
    const bytes = bytesOf(ip_mreqn.size, (view) => view.setInt32(imr_ifindex[0], index, true))
    bytes.set(ipv4(group), imr_multiaddr[0])
    if (typeof via === 'string') bytes.set(ipv4(via), imr_address[0])
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

/** One sender to an IPv4 group; the interface by its own address. */
export interface SourceMembership {
  readonly group: string
  readonly source: string
  readonly interface?: string | undefined
}

/** struct ip_mreq_source. */
const sourceMembership = {
  encode: (value: SourceMembership): Uint8Array => {
    const { group, source, interface: via = '0.0.0.0' } = object(value, '{ group, source, interface? }')
    const { imr_multiaddr, imr_interface, imr_sourceaddr } = ip_mreq_source.fields
    const bytes = new Uint8Array(ip_mreq_source.size)
    bytes.set(ipv4(group), imr_multiaddr[0])
    bytes.set(ipv4(via), imr_interface[0])
    bytes.set(ipv4(source), imr_sourceaddr[0])
    return bytes
  },
}

/** Receive what this sender sends to the group, and nobody else who is not added too. */
export const IP_ADD_SOURCE_MEMBERSHIP: Writable<SourceMembership> = writable(
  IP,
  k.IP_ADD_SOURCE_MEMBERSHIP,
  'IP_ADD_SOURCE_MEMBERSHIP',
  sourceMembership,
)
/** No more of it. */
export const IP_DROP_SOURCE_MEMBERSHIP: Writable<SourceMembership> = writable(
  IP,
  k.IP_DROP_SOURCE_MEMBERSHIP,
  'IP_DROP_SOURCE_MEMBERSHIP',
  sourceMembership,
)
/** Of a group that was joined whole, leave this sender out. */
export const IP_BLOCK_SOURCE: Writable<SourceMembership> = writable(
  IP,
  k.IP_BLOCK_SOURCE,
  'IP_BLOCK_SOURCE',
  sourceMembership,
)
/** Hear it again. */
export const IP_UNBLOCK_SOURCE: Writable<SourceMembership> = writable(
  IP,
  k.IP_UNBLOCK_SOURCE,
  'IP_UNBLOCK_SOURCE',
  sourceMembership,
)

/** The senders that a group is heard from: these alone, or all but these. */
export interface SourceFilter {
  readonly mode: 'include' | 'exclude'
  readonly sources: readonly string[]
}

/** More sources than this an answer has no room for: it is a DecodeError. Linux allows 10 (IPv4) and 64 at first. */
const MOST_SOURCES = 1024

function modeNumber(mode: string): number {
  if (mode === 'include') return k.MCAST_INCLUDE
  if (mode === 'exclude') return k.MCAST_EXCLUDE
  throw new TypeError(`expected the mode 'include' or 'exclude', not ${String(mode)}`)
}

function sourcesOf(sources: readonly string[]): readonly string[] {
  if (!Array.isArray(sources)) throw new TypeError(`expected an array of addresses, not ${String(sources)}`)
  if (sources.length > MOST_SOURCES)
    throw new RangeError(`expected at most ${MOST_SOURCES} sources, not ${sources.length}`)
  return sources
}

/** struct ip_msfilter with room for `room` sources. */
function filter4(
  value: Omit<SourceMembership, 'source'>,
  mode: string,
  sources: readonly string[],
  room: number,
): Uint8Array {
  const { imsf_multiaddr, imsf_interface, imsf_fmode, imsf_numsrc, imsf_slist } = ip_msfilter.fields
  const { group, interface: via = '0.0.0.0' } = object(value, '{ group, interface?, … }')
  const bytes = bytesOf(imsf_slist[0] + 4 * room, (view) => {
    setUint(view, imsf_fmode, modeNumber(mode))
    setUint(view, imsf_numsrc, room)
  })
  bytes.set(ipv4(group), imsf_multiaddr[0])
  bytes.set(ipv4(via), imsf_interface[0])
  sources.forEach((source, i) => {
    bytes.set(ipv4(source), imsf_slist[0] + 4 * i)
  })
  return bytes
}

/** What a group is asked about by: the group, and the interface's address. */
export type GroupQuestion = Omit<SourceMembership, 'source'>

/** All senders of a group at once. The interface by its own address. */
export const IP_MSFILTER: Writable<GroupQuestion & SourceFilter> & Queryable<GroupQuestion, SourceFilter> =
  Object.freeze({
    name: 'IP_MSFILTER',
    level: IP,
    option: k.IP_MSFILTER,
    encode: (value: GroupQuestion & SourceFilter): Uint8Array => {
      const { mode, sources } = object(value, '{ group, mode, sources, interface? }')
      return filter4(value, mode, sourcesOf(sources), sources.length)
    },
    ask: (question: GroupQuestion): Uint8Array => filter4(question, 'exclude', [], MOST_SOURCES),
    answer: (bytes: Uint8Array): SourceFilter => {
      const { imsf_fmode, imsf_numsrc, imsf_slist } = ip_msfilter.fields
      const head = viewOf(bytes, imsf_slist[0], 'ip_msfilter')
      const count = getUint(head, imsf_numsrc)
      viewOf(bytes, imsf_slist[0] + 4 * count, 'ip_msfilter')
      return {
        mode: getUint(head, imsf_fmode) === k.MCAST_INCLUDE ? 'include' : 'exclude',
        sources: Array.from({ length: count }, (_, i) => formatIpv4(bytes, imsf_slist[0] + 4 * i)),
      }
    },
  })

// ── IPv6 ────────────────────────────────────────────────────────────────────────────────────────

/** An IPv6 group, and the interface's index (0 or left out: any that has a route). */
export interface Membership6 {
  readonly group: string
  readonly interface?: number | undefined
}

/** struct ipv6_mreq. */
const membership6 = {
  encode: (value: Membership6): Uint8Array => {
    const { group, interface: via = 0 } = object(value, '{ group, interface? }')
    const { ipv6mr_ifindex, ipv6mr_multiaddr } = ipv6_mreq.fields
    const bytes = bytesOf(ipv6_mreq.size, (view) =>
      view.setUint32(ipv6mr_ifindex[0], integer(via, 0, 0x7fffffff), true),
    )
    bytes.set(ipv6(group), ipv6mr_multiaddr[0])
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
/** Answer for an anycast address too, an ordinary one that several hosts have: `group` is that. Needs CAP_NET_ADMIN. */
export const IPV6_JOIN_ANYCAST: Writable<Membership6> = writable(
  IPV6,
  k.IPV6_JOIN_ANYCAST,
  'IPV6_JOIN_ANYCAST',
  membership6,
)
/** No more. */
export const IPV6_LEAVE_ANYCAST: Writable<Membership6> = writable(
  IPV6,
  k.IPV6_LEAVE_ANYCAST,
  'IPV6_LEAVE_ANYCAST',
  membership6,
)

// ── either family ───────────────────────────────────────────────────────────────────────────────

/** A group of either family, and the interface's index (0 or left out: any that has a route). */
export interface GroupMembership {
  readonly group: string
  readonly interface?: number | undefined
}

/** One sender to it. */
export interface GroupSource extends GroupMembership {
  readonly source: string
}

/** The level of a value's group. A wrong one is for encode to refuse. */
const levelOf = (value: unknown): number =>
  levelOfHost((value as Partial<GroupMembership> | null | undefined)?.group ?? '')

/** struct group_req. */
const groupRequest = {
  levelOf,
  encode: (value: GroupMembership): Uint8Array => {
    const { group, interface: via = 0 } = object(value, '{ group, interface? }')
    const { gr_interface, gr_group } = group_req.fields
    const bytes = bytesOf(group_req.size, (view) => setUint(view, gr_interface, via))
    bytes.set(sockaddr(group), gr_group[0])
    return bytes
  },
}

/** struct group_source_req. */
const groupSourceRequest = {
  levelOf,
  encode: (value: GroupSource): Uint8Array => {
    const { group, source, interface: via = 0 } = object(value, '{ group, source, interface? }')
    const { gsr_interface, gsr_group, gsr_source } = group_source_req.fields
    const bytes = bytesOf(group_source_req.size, (view) => setUint(view, gsr_interface, via))
    bytes.set(sockaddr(group), gsr_group[0])
    bytes.set(sockaddr(source), gsr_source[0])
    return bytes
  },
}

/** Join a group of either family. */
export const MCAST_JOIN_GROUP: Writable<GroupMembership> = writable(
  IP,
  k.MCAST_JOIN_GROUP,
  'MCAST_JOIN_GROUP',
  groupRequest,
)
/** Leave it. */
export const MCAST_LEAVE_GROUP: Writable<GroupMembership> = writable(
  IP,
  k.MCAST_LEAVE_GROUP,
  'MCAST_LEAVE_GROUP',
  groupRequest,
)
/** Receive what this sender sends to the group, and nobody else who is not added too. */
export const MCAST_JOIN_SOURCE_GROUP: Writable<GroupSource> = writable(
  IP,
  k.MCAST_JOIN_SOURCE_GROUP,
  'MCAST_JOIN_SOURCE_GROUP',
  groupSourceRequest,
)
/** No more of it. */
export const MCAST_LEAVE_SOURCE_GROUP: Writable<GroupSource> = writable(
  IP,
  k.MCAST_LEAVE_SOURCE_GROUP,
  'MCAST_LEAVE_SOURCE_GROUP',
  groupSourceRequest,
)
/** Of a group that was joined whole, leave this sender out. */
export const MCAST_BLOCK_SOURCE: Writable<GroupSource> = writable(
  IP,
  k.MCAST_BLOCK_SOURCE,
  'MCAST_BLOCK_SOURCE',
  groupSourceRequest,
)
/** Hear it again. */
export const MCAST_UNBLOCK_SOURCE: Writable<GroupSource> = writable(
  IP,
  k.MCAST_UNBLOCK_SOURCE,
  'MCAST_UNBLOCK_SOURCE',
  groupSourceRequest,
)

/** struct group_filter with room for `room` sources. */
function filter(value: GroupMembership, mode: string, sources: readonly string[], room: number): Uint8Array {
  const { gf_interface, gf_group, gf_fmode, gf_numsrc, gf_slist } = group_filter.fields
  const { group, interface: via = 0 } = object(value, '{ group, interface?, … }')
  const bytes = bytesOf(gf_slist[0] + STORAGE * room, (view) => {
    setUint(view, gf_interface, via)
    setUint(view, gf_fmode, modeNumber(mode))
    setUint(view, gf_numsrc, room)
  })
  bytes.set(sockaddr(group), gf_group[0])
  sources.forEach((source, i) => {
    bytes.set(sockaddr(source), gf_slist[0] + STORAGE * i)
  })
  return bytes
}

/** All senders of a group of either family at once. */
export const MCAST_MSFILTER: Writable<GroupMembership & SourceFilter> &
  Queryable<GroupMembership, SourceFilter> = Object.freeze({
  name: 'MCAST_MSFILTER',
  level: IP,
  option: k.MCAST_MSFILTER,
  levelOf,
  encode: (value: GroupMembership & SourceFilter): Uint8Array => {
    const { mode, sources } = object(value, '{ group, mode, sources, interface? }')
    return filter(value, mode, sourcesOf(sources), sources.length)
  },
  ask: (question: GroupMembership): Uint8Array => filter(question, 'exclude', [], MOST_SOURCES),
  answer: (bytes: Uint8Array): SourceFilter => {
    const { gf_fmode, gf_numsrc, gf_slist } = group_filter.fields
    const head = viewOf(bytes, gf_slist[0], 'group_filter')
    const count = getUint(head, gf_numsrc)
    viewOf(bytes, gf_slist[0] + STORAGE * count, 'group_filter')
    return {
      mode: getUint(head, gf_fmode) === k.MCAST_INCLUDE ? 'include' : 'exclude',
      sources: Array.from({ length: count }, (_, i) => hostAt(bytes, gf_slist[0] + STORAGE * i)),
    }
  },
})
