/** The address families: each AF_* constant carries the type of its addresses, each codec is registered here. */
import { checkInteger } from '../integer.js'
import * as kernel from '../kernel.js'
import type {
  Address,
  AddressCodec,
  AddressFamily,
  AlgAddress,
  BluetoothAddress,
  CanAddress,
  Given,
  Inet6Address,
  InetAddress,
  NetlinkAddress,
  PacketAddress,
  QipcrtrAddress,
  TipcAddress,
  UnixAddress,
  VsockAddress,
  XdpAddress,
} from './address.js'
import { alg } from './alg.js'
import { bluetooth } from './bluetooth.js'
import { can } from './can.js'
import { inet } from './inet.js'
import { inet6 } from './inet6.js'
import { netlink } from './netlink.js'
import { packet } from './packet.js'
import { qipcrtr } from './qipcrtr.js'
import { tipc } from './tipc.js'
import { unix } from './unix.js'
import { vsock } from './vsock.js'
import { xdp } from './xdp.js'

/** IPv4, ip(7). */
export const AF_INET: AddressFamily<InetAddress> = kernel.AF_INET as AddressFamily<InetAddress>
/** IPv6, ipv6(7). */
export const AF_INET6: AddressFamily<Inet6Address> = kernel.AF_INET6 as AddressFamily<Inet6Address>
/** Local sockets, unix(7). */
export const AF_UNIX: AddressFamily<UnixAddress> = kernel.AF_UNIX as AddressFamily<UnixAddress>
/** The kernel's messages and groups, netlink(7); the protocol is one of NETLINK_ROUTE, NETLINK_USERSOCK, … */
export const AF_NETLINK: AddressFamily<NetlinkAddress> = kernel.AF_NETLINK as AddressFamily<NetlinkAddress>
/**
 * Packets of the link layer, packet(7), needing CAP_NET_RAW: with its header (SOCK_RAW) or without (SOCK_DGRAM). The protocol
 * is ETH_P_* in network byte order, `htons(ETH_P_ALL)`; 0 receives nothing before a bind that names one.
 */
export const AF_PACKET: AddressFamily<PacketAddress> = kernel.AF_PACKET as AddressFamily<PacketAddress>
/** Controller area networks: CAN_RAW, CAN_BCM, CAN_ISOTP, CAN_J1939. */
export const AF_CAN: AddressFamily<CanAddress> = kernel.AF_CAN as AddressFamily<CanAddress>
/** Transparent inter-process communication within a cluster. The kernel module is tipc. */
export const AF_TIPC: AddressFamily<TipcAddress> = kernel.AF_TIPC as AddressFamily<TipcAddress>
/** Virtual machines and their host, vsock(7). */
export const AF_VSOCK: AddressFamily<VsockAddress> = kernel.AF_VSOCK as AddressFamily<VsockAddress>
/** Reliable datagrams within a cluster, SOCK_SEQPACKET: its addresses are IP's. The kernel modules are rds and rds_tcp. */
export const AF_RDS: AddressFamily<InetAddress | Inet6Address> = kernel.AF_RDS as AddressFamily<
  InetAddress | Inet6Address
>
/** Qualcomm's IPC router, SOCK_DGRAM. The kernel module is qrtr. */
export const AF_QIPCRTR: AddressFamily<QipcrtrAddress> = kernel.AF_QIPCRTR as AddressFamily<QipcrtrAddress>
/** Packets past most of the kernel, SOCK_RAW, by rings in shared memory. Needs CAP_NET_RAW. */
export const AF_XDP: AddressFamily<XdpAddress> = kernel.AF_XDP as AddressFamily<XdpAddress>
/** The kernel's cryptography, Documentation/crypto/userspace-if. Needs the modules af_alg and algif_*. */
export const AF_ALG: AddressFamily<AlgAddress> = kernel.AF_ALG as AddressFamily<AlgAddress>
/** Bluetooth: BTPROTO_L2CAP, BTPROTO_RFCOMM, BTPROTO_SCO, BTPROTO_HCI. Needs the module bluetooth. */
export const AF_BLUETOOTH: AddressFamily<BluetoothAddress> =
  kernel.AF_BLUETOOTH as AddressFamily<BluetoothAddress>

// The only place to add a codec.
const codecs = [
  inet,
  inet6,
  unix,
  netlink,
  packet,
  can,
  tipc,
  alg,
  bluetooth,
  vsock,
  qipcrtr,
  xdp,
] as unknown as readonly AddressCodec<Address>[]

const byNumber: ReadonlyMap<number, AddressCodec<Address>> = new Map(codecs.map((codec) => [codec.af, codec]))

/** `family` of the addresses of an AF_* number; of AF_RDS those of IPv4, beside which it has IPv6's. */
export function familyOf(af: number): Address['family'] {
  return byNumber.get(af === kernel.AF_RDS ? kernel.AF_INET : af)?.family ?? 'unknown'
}

/** AF_RDS has no addresses of its own: those of its sockets say themselves that they are IP's. */
function codecOf(af: number, address: Given<Address>): AddressCodec<Address> | undefined {
  if (af !== kernel.AF_RDS) return byNumber.get(af)
  const six = address.family === 'inet6' || ('host' in address && String(address.host).includes(':'))
  return byNumber.get(six ? kernel.AF_INET6 : kernel.AF_INET)
}

/** The sockaddr of an address for a socket of family `af`. A family without a codec takes `{ bytes }`. */
export function encodeAddress(af: number, address: Given<Address>): Uint8Array {
  if (typeof address !== 'object' || address === null)
    throw new TypeError(`expected an address object, not ${String(address)}`)
  const codec = codecOf(af, address)
  if (
    address.family !== undefined &&
    address.family !== (codec?.family ?? 'unknown') &&
    address.family !== 'unknown'
  )
    throw new TypeError(
      `expected an address of family '${codec?.family ?? 'unknown'}', not '${address.family}'`,
    )
  if (codec !== undefined && !('bytes' in address)) return codec.encode(address)
  if (!('bytes' in address) || !(address.bytes instanceof Uint8Array))
    throw new TypeError(`expected { bytes } for an address of family ${af}: it has no codec`)
  // AF_UNSPEC, say, on a socket of any family: that is how connect(2) takes a peer away.
  const { af: its = af } = address as { readonly af?: number }
  checkInteger(its, 'af', 0, 65535)
  const sockaddr = new Uint8Array(2 + address.bytes.length)
  new DataView(sockaddr.buffer).setUint16(0, its, true)
  sockaddr.set(address.bytes, 2)
  return sockaddr
}

/** The address in a sockaddr, or null when the kernel gave none (a stream's recvfrom). Bytes are copied. */
export function decodeAddress(sockaddr: Uint8Array): Address | null {
  if (sockaddr.length < 2) return null
  const af = (sockaddr[0] ?? 0) | ((sockaddr[1] ?? 0) << 8)
  const codec = byNumber.get(af)
  if (codec !== undefined) return codec.decode(sockaddr)
  return Object.freeze({ family: 'unknown', af, bytes: sockaddr.slice(2) })
}
