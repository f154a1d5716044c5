/** Compiled, never run: what may be written for an address, by the family of the socket. */
import {
  type Address,
  type AddressFamily,
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_KCM,
  AF_NETLINK,
  AF_PACKET,
  AF_QIPCRTR,
  AF_RDS,
  AF_TIPC,
  AF_UNIX,
  AF_VSOCK,
  AF_XDP,
  type CanAddress,
  ETH_P_ALL,
  formatAddress,
  type Given,
  type Inet6Address,
  type InetAddress,
  NETLINK_ROUTE,
  type NetlinkAddress,
  type PacketAddress,
  RTMGRP_LINK,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  sameAddress,
  socket,
  type TipcAddress,
  type UnixAddress,
  type UnknownAddress,
  type VsockAddress,
} from 'berkeley'

/** Whether two types are the same one, `any` told apart. */
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false

export async function inet(): Promise<void> {
  const stream = socket(AF_INET, SOCK_STREAM)
  true satisfies Same<typeof stream, Socket<InetAddress>>
  stream.bind({ host: '127.0.0.1', port: 9527 })
  stream.bind({ family: 'inet', host: '', port: 0 })
  await stream.connect({ host: 'localhost', port: 80 })
  // @ts-expect-error an address of IPv4 has no path
  stream.bind({ path: '/run/x' })
  // @ts-expect-error a port is wanting
  stream.bind({ host: '127.0.0.1' })
  // @ts-expect-error a port is a number
  stream.bind({ host: '127.0.0.1', port: '80' })
  // @ts-expect-error another family's name
  stream.bind({ family: 'inet6', host: '::1', port: 80 })
  // @ts-expect-error IPv4 has no scope
  stream.bind({ host: '127.0.0.1', port: 80, scopeId: 1 })
  // @ts-expect-error not a text
  await stream.connect('127.0.0.1:80')
  // @ts-expect-error not Python's tuple
  await stream.connect(['127.0.0.1', 80])
  true satisfies Same<ReturnType<typeof stream.getsockname>, InetAddress>
  stream.getpeername().port satisfies number
  // @ts-expect-error an address that came is for reading
  stream.getsockname().port = 5
  await stream.sendto('x', { host: '127.0.0.1', port: 1 })
  // @ts-expect-error nor is a datagram sent to a path
  await stream.sendto('x', { path: '/x' })
}

export function inet6(): void {
  const stream = socket(AF_INET6)
  true satisfies Same<typeof stream, Socket<Inet6Address>>
  stream.bind({ host: '::1', port: 1 })
  stream.bind({ host: 'fe80::1', port: 1, scopeId: 'eth0', flowinfo: 3 })
  stream.bind({ host: 'fe80::1', port: 1, scopeId: 2 })
  stream.bind({ host: 'fe80::1', port: 1, scopeId: undefined })
  // @ts-expect-error IPv4's own name
  stream.bind({ family: 'inet', host: '::1', port: 1 })
  // @ts-expect-error an interface is no flag
  stream.bind({ host: 'fe80::1', port: 1, scopeId: true })
}

export async function unix(): Promise<void> {
  const local = socket(AF_UNIX, SOCK_DGRAM)
  true satisfies Same<typeof local, Socket<UnixAddress>>
  local.bind({ path: '/run/x.sock' })
  local.bind({ path: Uint8Array.of(47, 255) })
  local.bind({ abstract: 'demo' })
  local.bind({ family: 'unix', path: '' })
  // @ts-expect-error a unix address has no port
  local.bind({ host: '127.0.0.1', port: 1 })
  // @ts-expect-error one or the other
  local.bind({ path: '/x', abstract: 'x' })
  // @ts-expect-error neither
  local.bind({})
  // @ts-expect-error not a bare path
  await local.connect('/run/x.sock')
  const name = local.getsockname()
  if (name.abstract === undefined) name.path satisfies string | Uint8Array
  else name.abstract satisfies string | Uint8Array
}

export function can(): void {
  const bus = socket(AF_CAN, SOCK_DGRAM)
  true satisfies Same<typeof bus, Socket<CanAddress>>
  bus.bind({ ifindex: 'vcan0' })
  bus.bind({ ifindex: 0 })
  bus.bind({ ifindex: 1, rxId: 0x7e8, txId: 0x7e0 })
  bus.bind({ ifindex: 1, addr: 0x80 })
  bus.bind({ ifindex: 1, name: 1n, pgn: 2, addr: undefined })
  // @ts-expect-error an interface is wanting
  bus.bind({ rxId: 1, txId: 2 })
  // @ts-expect-error ISO-TP sends too
  bus.bind({ ifindex: 1, rxId: 1 })
  // @ts-expect-error one protocol or the other
  bus.bind({ ifindex: 1, rxId: 1, txId: 2, addr: 3 })
  // @ts-expect-error a name has 64 bits
  bus.bind({ ifindex: 1, name: 1 })
  const { rxId, addr } = bus.getsockname()
  if (rxId !== undefined) rxId satisfies number
  if (addr !== undefined) addr satisfies number
}

export async function tipc(): Promise<void> {
  const server = socket(AF_TIPC, SOCK_STREAM)
  true satisfies Same<typeof server, Socket<TipcAddress>>
  server.bind({ type: 18888, instance: 17 })
  server.bind({ type: 18888, lower: 0, upper: 99, scope: 3 })
  await server.connect({ ref: 5, node: 6 })
  // @ts-expect-error a service has an instance
  server.bind({ type: 18888 })
  // @ts-expect-error a range has an end
  server.bind({ type: 18888, lower: 5 })
  // @ts-expect-error one kind or the other
  server.bind({ type: 18888, instance: 1, lower: 1, upper: 2 })
  // @ts-expect-error a socket is no service
  server.bind({ ref: 1, node: 2, type: 3 })
  const name = server.getsockname()
  if (name.ref !== undefined) name.node satisfies number
}

export function others(): void {
  const netlink = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE)
  true satisfies Same<typeof netlink, Socket<NetlinkAddress>>
  netlink.bind({ pid: 0, groups: RTMGRP_LINK })
  // @ts-expect-error which groups?
  netlink.bind({ pid: 0 })
  netlink.getsockname().pid satisfies number
  const packets = socket(AF_PACKET, SOCK_DGRAM)
  true satisfies Same<typeof packets, Socket<PacketAddress>>
  packets.bind({ ifindex: 'eth0', protocol: ETH_P_ALL })
  packets.bind({ ifindex: 0 })
  // @ts-expect-error where?
  packets.bind({ protocol: ETH_P_ALL })
  const sender = packets.getsockname()
  sender.addr satisfies Uint8Array
  sender.ifindex satisfies number
  packets.bind(sender)
  // Families without a type of their own take and give any address.
  const kcm = socket(AF_KCM, SOCK_DGRAM)
  true satisfies Same<typeof kcm, Socket<Address>>
  kcm.bind({ family: 'unknown', af: AF_KCM, bytes: new Uint8Array(10) })
  const name = kcm.getsockname()
  if (name.family === 'unknown') name.bytes satisfies Uint8Array
  // @ts-expect-error which family it is has to be asked first
  name.port
  // @ts-expect-error the number alone carries no type
  2 satisfies AddressFamily<InetAddress>
  AF_INET satisfies number
}

export function given(): void {
  const bare: Given<InetAddress> = { host: '', port: 0 }
  const named: Given<InetAddress> = { family: 'inet', host: '', port: 0 }
  const whole: InetAddress = { family: 'inet', host: '', port: 0 }
  socket(AF_INET).bind(bare)
  socket(AF_INET).bind(named)
  socket(AF_INET).bind(whole)
  // @ts-expect-error what comes from the library always says its family
  const address: InetAddress = bare
  formatAddress(whole) satisfies string
  sameAddress(whole, address) satisfies boolean
  // @ts-expect-error without a family nobody knows what it is
  formatAddress({ host: '', port: 0 })
  const unknown: UnknownAddress = { family: 'unknown', af: 5, bytes: new Uint8Array(0) }
  formatAddress(unknown)
  // @ts-expect-error it is an IPv4 socket
  socket(AF_INET).bind(unknown)
}

export async function vsock(): Promise<void> {
  const stream = socket(AF_VSOCK)
  true satisfies Same<typeof stream, Socket<VsockAddress>>
  stream.bind({ cid: 4294967295, port: 5 })
  await stream.connect({ family: 'vsock', cid: 2, port: 5, flags: 1 })
  // @ts-expect-error a machine is a number
  stream.bind({ cid: 'host', port: 5 })
  // @ts-expect-error a port is wanting
  stream.bind({ cid: 2 })
  stream.getsockname().cid satisfies number
}

export async function rds(): Promise<void> {
  const cluster = socket(AF_RDS)
  cluster.bind({ host: '10.0.0.1', port: 5 })
  await cluster.sendto('x', { host: 'fe80::1', port: 5, scopeId: 2 })
  cluster.getsockname().host satisfies string
  // @ts-expect-error an address of IP has no path
  cluster.bind({ path: '/x' })
}

export function qipcrtrAndXdp(): void {
  socket(AF_QIPCRTR).bind({ node: 1, port: 2 })
  const queue = socket(AF_XDP)
  queue.bind({ ifindex: 1, queueId: 0 })
  // @ts-expect-error an interface is given by its number
  queue.bind({ ifindex: 'eth0', queueId: 0 })
}
