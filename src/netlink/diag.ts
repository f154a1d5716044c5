/** sock_diag(7): every socket of the namespace, as ss(8) lists them, and an end to some. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { unix } from '../data/address/unix.js'
import * as k from '../data/kernel.js'
import { decodeMessage } from '../protocols/netlink/decoder.js'
import {
  type InetSocket,
  inetRequest,
  inetSocket,
  type NetlinkSocket,
  netlinkSocket,
  type PacketSocket,
  packetSocket,
  type SocketMemory,
  socketRequest,
  type UnixSocket,
  unixRequest,
  unixSocket,
} from '../protocols/netlink/diag.js'
import { encodeMessage } from '../protocols/netlink/encoder.js'
import type { MessageValue } from '../protocols/netlink/shape.js'
import { NetlinkConnection, type RequestOptions } from './connection.js'
import type { NetlinkOptions } from './port.js'

/** What of the sockets of IP is wanted. */
export interface InetQuery extends RequestOptions {
  /** Both families when left out. */
  readonly family?: 'inet' | 'inet6' | undefined
  /** IPPROTO_TCP (when left out), IPPROTO_UDP, IPPROTO_RAW, … EOPNOTSUPP or ENOENT where the kernel cannot tell of it. */
  readonly protocol?: number | undefined
  /** TCP_ESTABLISHED, TCP_LISTEN, …; all when left out. */
  readonly states?: readonly number[] | undefined
}

/** What of the unix sockets is wanted: those in these states (TCP_ESTABLISHED, TCP_LISTEN, TCP_CLOSE), all when left out. */
export interface UnixQuery extends RequestOptions {
  readonly states?: readonly number[] | undefined
}

/** The extensions that one can ask for: a bit each from 1 on. */
const EXTENSIONS = [
  k.INET_DIAG_MEMINFO,
  k.INET_DIAG_INFO,
  k.INET_DIAG_VEGASINFO,
  k.INET_DIAG_CONG,
  k.INET_DIAG_TOS,
  k.INET_DIAG_TCLASS,
  k.INET_DIAG_SKMEMINFO,
  k.INET_DIAG_SHUTDOWN,
].reduce((mask, extension) => mask | (1 << (extension - 1)), 0)

/** The sockets of the network namespace that the thread is in. What needs a privilege is missing without it. */
export class SocketDiag implements Disposable {
  readonly connection: NetlinkConnection

  constructor(options?: NetlinkOptions) {
    this.connection = new NetlinkConnection(k.NETLINK_SOCK_DIAG, options)
  }

  /** Sockets of IPv4 and IPv6, with TCP_INFO, memory, congestion control, cgroup and the rest that the kernel tells. */
  async inet({ family, protocol = k.IPPROTO_TCP, states, signal }: InetQuery = {}): Promise<InetSocket[]> {
    const found: InetSocket[] = []
    for (const af of family === undefined ? [k.AF_INET, k.AF_INET6] : [families[family]]) {
      const asked = {
        ...{ family: af, ext: EXTENSIONS, states: maskOf(states), cookie: NO_COOKIE },
        // Beyond 255 only an attribute can say it: IPPROTO_MPTCP.
        protocol,
      }
      const body = encodeMessage(asked, protocol > 255 ? inetRequest : narrow)
      for (const { body: bytes } of await this.#dump(body, signal)) found.push(inetOf(bytes))
    }
    return found
  }

  /** Unix sockets. */
  async unix({ states, signal }: UnixQuery = {}): Promise<UnixSocket[]> {
    const show =
      k.UDIAG_SHOW_NAME |
      k.UDIAG_SHOW_VFS |
      k.UDIAG_SHOW_PEER |
      k.UDIAG_SHOW_ICONS |
      k.UDIAG_SHOW_RQLEN |
      k.UDIAG_SHOW_MEMINFO |
      k.UDIAG_SHOW_UID
    const asked = { family: k.AF_UNIX, states: maskOf(states), show, cookie: NO_COOKIE }
    const found = await this.#dump(encodeMessage(asked, unixRequest), signal)
    return found.map(({ body }) => unixOf(body))
  }

  /** Netlink sockets, of all protocols. */
  async netlink({ signal }: RequestOptions = {}): Promise<NetlinkSocket[]> {
    const show = k.NDIAG_SHOW_MEMINFO | k.NDIAG_SHOW_GROUPS | k.NDIAG_SHOW_FLAGS
    const asked = { family: k.AF_NETLINK, protocol: k.NDIAG_PROTO_ALL, show, cookie: NO_COOKIE }
    const found = await this.#dump(encodeMessage(asked, socketRequest), signal)
    return found.map(({ body }) => {
      const { groups, meminfo, ...rest } = decodeMessage(body, netlinkSocket)
      return {
        ...rest,
        family: 'netlink',
        ...(groups === undefined ? {} : { groups: groupsOf(groups) }),
        ...(meminfo === undefined ? {} : { meminfo: memoryOf(meminfo) }),
      }
    })
  }

  /** Packet sockets. */
  async packet({ signal }: RequestOptions = {}): Promise<PacketSocket[]> {
    const show =
      k.PACKET_SHOW_INFO |
      k.PACKET_SHOW_MCLIST |
      k.PACKET_SHOW_RING_CFG |
      k.PACKET_SHOW_FANOUT |
      k.PACKET_SHOW_MEMINFO |
      k.PACKET_SHOW_FILTER
    const asked = { family: k.AF_PACKET, show, cookie: NO_COOKIE }
    const found = await this.#dump(encodeMessage(asked, socketRequest), signal)
    return found.map(({ body }) => {
      const { meminfo, ...rest } = decodeMessage(body, packetSocket)
      return {
        ...rest,
        family: 'packet',
        ...(meminfo === undefined ? {} : { meminfo: memoryOf(meminfo) }),
      }
    })
  }

  /**
   * Ends a socket of IP, as `inet` has told of it: its owner gets ECONNABORTED, a peer a reset. `protocol` as in the query.
   * ENOENT where it is gone; EPERM without CAP_NET_ADMIN; EOPNOTSUPP where the kernel has no CONFIG_INET_DIAG_DESTROY.
   */
  async destroy(
    found: Pick<InetSocket, 'family' | 'local' | 'remote' | 'ifindex' | 'cookie'>,
    { protocol = k.IPPROTO_TCP, signal }: Pick<InetQuery, 'protocol' | 'signal'> = {},
  ): Promise<void> {
    const asked = {
      ...{ family: families[found.family], protocol, states: ALL, cookie: found.cookie, if: found.ifindex },
      ...{ sport: found.local.port, dport: found.remote.port },
      ...wordsOf('src', found.local.host),
      ...wordsOf('dst', found.remote.host),
    }
    const body = encodeMessage(asked, protocol > 255 ? inetRequest : narrow)
    await this.connection.request({ type: k.SOCK_DESTROY, name: 'SOCK_DESTROY', body }, { signal })
  }

  /** Closes the socket; what waits fails with ECANCELED. */
  close(): void {
    this.connection.close()
  }

  /** `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  #dump(body: Uint8Array, signal: AbortSignal | undefined): ReturnType<NetlinkConnection['dump']> {
    return this.connection.dump(
      { type: k.SOCK_DIAG_BY_FAMILY, name: 'SOCK_DIAG_BY_FAMILY', body },
      { signal },
    )
  }
}

const NO_COOKIE = 0xffff_ffff_ffff_ffffn
const ALL = 0xffffffff
const families = { inet: k.AF_INET, inet6: k.AF_INET6 } as const
const narrow = { ...inetRequest, attributes: {} }

function maskOf(states: readonly number[] | undefined): number {
  if (states === undefined) return ALL
  let mask = 0
  for (const state of states) {
    if (!Number.isInteger(state) || state < 1 || state > 31)
      throw new RangeError(`expected a state from 1 to 31, not ${String(state)}`)
    mask |= 1 << state
  }
  return mask >>> 0
}

type Inet = MessageValue<typeof inetSocket>

function inetOf(bytes: Uint8Array): InetSocket {
  const message: Inet = decodeMessage(bytes, inetSocket)
  const { family, sport, dport, src0, src1, src2, src3, skmeminfo, if: ifindex, ...other } = message
  const { dst0, dst1, dst2, dst3, ...rest } = other
  return {
    ...rest,
    family: family === k.AF_INET ? 'inet' : 'inet6',
    local: { host: hostOf(family, [src0, src1, src2, src3]), port: sport },
    remote: { host: hostOf(family, [dst0, dst1, dst2, dst3]), port: dport },
    ifindex,
    ...(skmeminfo === undefined ? {} : { skmeminfo: memoryOf(skmeminfo) }),
  }
}

function hostOf(family: number, words: readonly number[]): string {
  const bytes = new Uint8Array(16)
  const view = new DataView(bytes.buffer)
  for (const [i, word] of words.entries()) view.setUint32(4 * i, word)
  return family === k.AF_INET ? formatIpv4(bytes) : formatIpv6(bytes)
}

function wordsOf(name: 'src' | 'dst', host: string): Record<string, number> {
  const bytes = parseIpv4(host) ?? parseIpv6(host)
  if (bytes === null) throw new TypeError(`expected an IP address, not ${String(host)}`)
  const view = new DataView(bytes.buffer)
  const words: Record<string, number> = {}
  for (let i = 0; 4 * i < bytes.length; i++) words[`${name}${i}`] = view.getUint32(4 * i)
  return words
}

function unixOf(bytes: Uint8Array): UnixSocket {
  const { name, meminfo, ...rest } = decodeMessage(bytes, unixSocket)
  return {
    ...rest,
    family: 'unix',
    ...(name === undefined ? {} : nameOf(name)),
    ...(meminfo === undefined ? {} : { meminfo: memoryOf(meminfo) }),
  }
}

/** The name is what sun_path has. */
function nameOf(name: Uint8Array): Pick<UnixSocket, 'path' | 'abstract'> {
  const sockaddr = new Uint8Array(2 + name.length)
  new DataView(sockaddr.buffer).setUint16(0, k.AF_UNIX, true)
  sockaddr.set(name, 2)
  const { family: _, ...rest } = unix.decode(sockaddr)
  return rest
}

const meminfo = [
  ...(['rmemAlloc', 'rcvbuf', 'wmemAlloc', 'sndbuf', 'fwdAlloc', 'wmemQueued'] as const),
  ...(['optmem', 'backlog', 'drops'] as const),
]

function memoryOf(words: readonly number[]): SocketMemory {
  return Object.fromEntries(meminfo.slice(0, words.length).map((name, i) => [name, words[i]])) as never
}

function groupsOf(mask: Uint8Array): number[] {
  const groups: number[] = []
  for (let i = 0; i < 8 * mask.length; i++) if (((mask[i >> 3] as number) >> (i & 7)) & 1) groups.push(i + 1)
  return groups
}
