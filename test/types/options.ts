/** Compiled, never run: what an option's row lets be asked and set. */
import {
  AF_INET,
  type Credentials,
  IP_ADD_MEMBERSHIP,
  IP_TTL,
  IPPROTO_TCP,
  IPV6_JOIN_GROUP,
  type Option,
  type Readable,
  SO_BINDTODEVICE,
  SO_ERROR,
  SO_LINGER,
  SO_PEERCRED,
  SO_REUSEADDR,
  SO_TYPE,
  SOL_SOCKET,
  socket,
  TCP_CONGESTION,
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
