/** Compiled, never run: what an option's row lets be asked and set. */
import {
  AF_INET,
  type Credentials,
  ICMP_FILTER,
  IP_ADD_MEMBERSHIP,
  IP_MSFILTER,
  IP_MULTICAST_IF,
  IP_TTL,
  IPPROTO_TCP,
  IPV6_JOIN_GROUP,
  type Option,
  type Readable,
  SO_ATTACH_FILTER,
  SO_BINDTODEVICE,
  SO_COOKIE,
  SO_DETACH_FILTER,
  SO_ERROR,
  SO_LINGER,
  SO_PEERCRED,
  SO_REUSEADDR,
  SO_TYPE,
  SOL_SOCKET,
  type SourceFilter,
  socket,
  TCP_CONGESTION,
  TCP_INFO,
  TCP_NODELAY,
  type Writable,
} from 'berkeley'
import type { Same } from './addresses.js'

const s = socket(AF_INET)

export function typed(): void {
  s.setsockopt(SO_REUSEADDR, true)
  s.setsockopt(SO_LINGER, 5)
  s.setsockopt(SO_LINGER, null)
  s.setsockopt(TCP_CONGESTION, 'cubic')
  s.setsockopt(IP_ADD_MEMBERSHIP, { group: '224.0.0.1', interface: 'lo' })
  s.setsockopt(IPV6_JOIN_GROUP, { group: 'ff02::1', interface: 1 })
  const reuse = s.getsockopt(SO_REUSEADDR)
  true satisfies Same<typeof reuse, boolean>
  const linger = s.getsockopt(SO_LINGER)
  true satisfies Same<typeof linger, number | null>
  const credentials = s.getsockopt(SO_PEERCRED)
  true satisfies Same<typeof credentials, Credentials>
  credentials.pid satisfies number
  s.setsockopt(SO_ATTACH_FILTER, [{ code: 6, k: 0 }])
  s.setsockopt(SO_DETACH_FILTER, true)
  s.setsockopt(IP_MULTICAST_IF, 1)
  const via = s.getsockopt(IP_MULTICAST_IF)
  true satisfies Same<typeof via, string>
  s.setsockopt(IP_MSFILTER, { group: '232.0.0.1', mode: 'include', sources: ['192.0.2.1'] })
  const filter = s.getsockopt(IP_MSFILTER, { group: '232.0.0.1' })
  true satisfies Same<typeof filter, SourceFilter>
  s.setsockopt(ICMP_FILTER, { pass: [0] })
  s.getsockopt(ICMP_FILTER).block satisfies readonly number[]
  const info = s.getsockopt(TCP_INFO)
  info.rtt satisfies number
  // @ts-expect-error not on every kernel
  info.minRtt satisfies number
  s.getsockopt(SO_COOKIE) satisfies bigint
  const device = s.getsockopt(SO_BINDTODEVICE)
  true satisfies Same<typeof device, string>
}

export function numeric(): void {
  // The tutorials' lines, word for word.
  s.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
  s.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
  s.setsockopt(SOL_SOCKET, 2, new Uint8Array(4))
  const one = s.getsockopt(SOL_SOCKET, SO_REUSEADDR)
  true satisfies Same<typeof one, number>
  const other = s.getsockopt(1, 2)
  true satisfies Same<typeof other, number>
  const bytes = s.getsockopt(1, 13, 8)
  true satisfies Same<typeof bytes, Buffer>
  // @ts-expect-error by numbers, truth is 1
  s.setsockopt(SOL_SOCKET, SO_REUSEADDR, true)
  // @ts-expect-error which option?
  s.getsockopt(1)
}

export function refused(): void {
  // @ts-expect-error read-only
  s.setsockopt(SO_PEERCRED, { pid: 1, uid: 1, gid: 1 })
  // @ts-expect-error read-only
  s.setsockopt(SO_ERROR, 0)
  // @ts-expect-error read-only
  s.setsockopt(SO_TYPE, 1)
  // @ts-expect-error write-only
  s.getsockopt(IP_ADD_MEMBERSHIP)
  // @ts-expect-error write-only
  s.getsockopt(IPV6_JOIN_GROUP)
  // @ts-expect-error wrong value
  s.setsockopt(SO_LINGER, 'soon')
  // @ts-expect-error wrong value
  s.setsockopt(SO_REUSEADDR, 1)
  // @ts-expect-error wrong value
  s.setsockopt(IP_TTL, true)
  // @ts-expect-error wrong value
  s.setsockopt(TCP_CONGESTION, 5)
  // @ts-expect-error write-only
  s.getsockopt(SO_ATTACH_FILTER)
  // @ts-expect-error read-only
  s.setsockopt(TCP_INFO, {})
  // @ts-expect-error only true: the call itself is what counts
  s.setsockopt(SO_DETACH_FILTER, false)
  // @ts-expect-error a question is wanting
  s.getsockopt(IP_MSFILTER)
  // @ts-expect-error the group is wanting
  s.getsockopt(IP_MSFILTER, {})
  // @ts-expect-error the sources are wanting
  s.setsockopt(IP_MSFILTER, { group: '232.0.0.1', mode: 'include' })
  // @ts-expect-error no question
  s.getsockopt(SO_REUSEADDR, { group: '232.0.0.1' })
  // @ts-expect-error one of both
  s.setsockopt(ICMP_FILTER, { block: [1], pass: [2] })
  // @ts-expect-error a group is wanting
  s.setsockopt(IP_ADD_MEMBERSHIP, { interface: 1 })
  // @ts-expect-error an IPv6 interface goes by its index
  s.setsockopt(IPV6_JOIN_GROUP, { group: 'ff02::1', interface: 'eth0' })
}

export function rows(): void {
  SO_REUSEADDR satisfies Option<boolean>
  SO_PEERCRED satisfies Readable<Credentials>
  IP_ADD_MEMBERSHIP satisfies Writable<{ group: string }>
  // @ts-expect-error no number itself: its own is SO_REUSEADDR.option
  SO_REUSEADDR satisfies number
  SO_REUSEADDR.option satisfies number
  // @ts-expect-error rows are constants
  SO_REUSEADDR.level = 5
}
