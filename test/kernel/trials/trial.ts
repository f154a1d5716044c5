/** What a trial of an option is made of: the socket it is tried on, and what is done to it. */
import assert from 'node:assert/strict'
import {
  type Address,
  AF_ALG,
  AF_BLUETOOTH,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_RDS,
  AF_TIPC,
  AF_UNIX,
  AF_VSOCK,
  AF_XDP,
  BTPROTO_HCI,
  BTPROTO_L2CAP,
  BTPROTO_RFCOMM,
  BTPROTO_SCO,
  CAN_ISOTP,
  CAN_J1939,
  CAN_RAW,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_MPTCP,
  IPPROTO_RAW,
  IPPROTO_SCTP,
  IPPROTO_UDPLITE,
  NETLINK_ROUTE,
  type Option,
  type OptionRow,
  type Readable,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_RDM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  SystemError,
  socket,
  socketpair,
} from 'berkeley'

export type AnySocket = Socket<Address>

/** Closes at the end of the trial what it is given. */
export type Own = <S extends { close(): void }>(made: S) => S

export interface Trial {
  readonly on: Place
  /** It needs a capability: skipped for others than root. */
  readonly root?: boolean
  /** Errors that mean that this kernel lacks what the option needs, and what that is. */
  readonly missing?: readonly [codes: readonly string[], what: string]
  readonly act: (made: AnySocket, own: Own) => void | Promise<void>
}

const to = { inet: '127.0.0.1', inet6: '::1' } as const

async function connected(own: Own, family: 'inet' | 'inet6', type: number): Promise<AnySocket> {
  const address = { host: to[family], port: 0 }
  const af = family === 'inet' ? AF_INET : AF_INET6
  const peer = own(socket(af, type) as AnySocket)
  peer.bind(address)
  if (type === SOCK_STREAM) peer.listen()
  const made = own(socket(af, type) as AnySocket)
  await made.connect(peer.getsockname())
  if (type === SOCK_STREAM) own((await peer.accept())[0])
  return made
}

const plain =
  (family: number, type: number, protocol = 0) =>
  (own: Own) =>
    own(socket(family, type, protocol) as AnySocket)

/** Where options are tried: a new socket each. */
export const places = {
  tcp: plain(AF_INET, SOCK_STREAM),
  tcp6: plain(AF_INET6, SOCK_STREAM),
  udp: plain(AF_INET, SOCK_DGRAM),
  udp6: plain(AF_INET6, SOCK_DGRAM),
  raw: plain(AF_INET, SOCK_RAW, IPPROTO_ICMP),
  raw6: plain(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6),
  /** Of a protocol that nobody speaks. */
  test6: plain(AF_INET6, SOCK_RAW, 253),
  rawest6: plain(AF_INET6, SOCK_RAW, IPPROTO_RAW),
  netlink: plain(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE),
  packet: plain(AF_PACKET, SOCK_RAW),
  alg: plain(AF_ALG, SOCK_SEQPACKET),
  l2cap: plain(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_L2CAP),
  rfcomm: plain(AF_BLUETOOTH, SOCK_STREAM, BTPROTO_RFCOMM),
  sco: plain(AF_BLUETOOTH, SOCK_SEQPACKET, BTPROTO_SCO),
  hci: plain(AF_BLUETOOTH, SOCK_RAW, BTPROTO_HCI),
  mptcp: plain(AF_INET, SOCK_STREAM, IPPROTO_MPTCP),
  udplite: plain(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE),
  sctp: plain(AF_INET, SOCK_STREAM, IPPROTO_SCTP),
  sctpMany: plain(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP),
  unix: (own: Own): AnySocket => {
    const [one, other] = socketpair(AF_UNIX, SOCK_STREAM)
    own(other as AnySocket)
    return own(one as AnySocket)
  },
  vsock: plain(AF_VSOCK, SOCK_STREAM),
  rds: plain(AF_RDS, SOCK_SEQPACKET),
  xdp: plain(AF_XDP, SOCK_RAW),
  listener: (own: Own): AnySocket => {
    const made = own(socket(AF_INET, SOCK_STREAM) as AnySocket)
    made.bind({ host: '127.0.0.1', port: 0 })
    made.listen()
    return made
  },
  stream: (own: Own) => connected(own, 'inet', SOCK_STREAM),
  stream6: (own: Own) => connected(own, 'inet6', SOCK_STREAM),
  talk: (own: Own) => connected(own, 'inet', SOCK_DGRAM),
  talk6: (own: Own) => connected(own, 'inet6', SOCK_DGRAM),
  can: plain(AF_CAN, SOCK_RAW, CAN_RAW),
  isotp: plain(AF_CAN, SOCK_DGRAM, CAN_ISOTP),
  j1939: plain(AF_CAN, SOCK_DGRAM, CAN_J1939),
  tipc: plain(AF_TIPC, SOCK_RDM),
  tipcStream: plain(AF_TIPC, SOCK_STREAM),
} as const

export type Place = keyof typeof places

/** What the kernel may lack for a place: families that are modules of their own. */
export const lacking: Partial<Record<Place, string>> = {
  can: 'AF_CAN',
  isotp: 'CAN_ISOTP',
  j1939: 'CAN_J1939',
  tipc: 'AF_TIPC',
  tipcStream: 'AF_TIPC',
  vsock: 'AF_VSOCK',
  rds: 'AF_RDS',
  xdp: 'AF_XDP',
}

/** Places that only root may make. */
export const rootPlaces: ReadonlySet<Place> = new Set(['raw', 'raw6', 'test6', 'rawest6', 'packet', 'xdp'])

/** The whole life of a value: it is not there, it is set, it is there. `read` is what it reads as, when not the same. */
export function trip<T>(
  on: Place,
  row: Option<T>,
  value: NoInfer<T>,
  more: Partial<Trial> & { read?: T } = {},
): Trial {
  const { read = value, ...rest } = more
  return {
    on,
    ...rest,
    act: (made) => {
      assert.notDeepEqual(made.getsockopt(row), read, 'it is so at first: nothing would be proved')
      made.setsockopt(row, value)
      assert.deepEqual(made.getsockopt(row), read)
    },
  }
}

/** A value that can only be read, and must be refused when it is set. */
export function reads<T>(
  on: Place,
  row: Readable<T>,
  check: (value: T, made: AnySocket, own: Own) => void | Promise<void>,
  more: Partial<Trial> = {},
): Trial {
  return {
    on,
    ...more,
    act: async (made, own) => {
      await check(made.getsockopt(row), made, own)
      refuses(() => made.setsockopt(row.level, row.option, 1), 'ENOPROTOOPT')
    },
  }
}

export function tried(on: Place, act: Trial['act'], more: Partial<Trial> = {}): Trial {
  return { on, ...more, act }
}

/** The kernel's refusal. */
export function refuses(act: () => unknown, code: string): void {
  assert.throws(act, (error: unknown) => error instanceof SystemError && error.code === code, code)
}

/** What can only be set cannot be read. */
export function unreadable(made: AnySocket, row: OptionRow): void {
  refuses(() => made.getsockopt(row.level, row), 'ENOPROTOOPT')
}
