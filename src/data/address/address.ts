/**
 * Socket addresses as plain data, told apart by `family`, and the text of each. The codecs to and from the kernel's
 * bytes are one file a family beside this one, registered in `family.ts`.
 */

/** AF_INET, ip(7). `host` is numeric in what this library returns; '' (any) and names are for callers. */
export interface InetAddress {
  readonly family: 'inet'
  readonly host: string
  readonly port: number
}

/** AF_INET6, ipv6(7). `scopeId` is the interface of a link-local address: its index, or for callers its name. */
export interface Inet6Address {
  readonly family: 'inet6'
  readonly host: string
  readonly port: number
  readonly flowinfo?: number | undefined
  readonly scopeId?: number | string | undefined
}

/**
 * AF_UNIX, unix(7): a path, or a name in the abstract namespace. The path '' is the unnamed address; binding to it
 * makes the kernel choose an abstract name (autobind). Bytes stand for what is no UTF-8.
 */
export type UnixAddress =
  | { readonly family: 'unix'; readonly path: string | Uint8Array; readonly abstract?: never }
  | { readonly family: 'unix'; readonly abstract: string | Uint8Array; readonly path?: never }

/**
 * AF_NETLINK, netlink(7). `pid` is the port of a socket: 0 is the kernel, and for bind(2) a port of the kernel's choice.
 * `groups` is a mask of the first 32 multicast groups; NETLINK_ADD_MEMBERSHIP knows all.
 */
export interface NetlinkAddress {
  readonly family: 'netlink'
  readonly pid: number
  readonly groups: number
}

/**
 * AF_PACKET, packet(7): an interface (0 is every one) and what came in or goes out there. `protocol` is ETH_P_*, in host
 * byte order, `pkttype` PACKET_HOST, PACKET_OUTGOING, …, `hatype` ARPHRD_*, and `addr` a hardware address: the sender's, and
 * for sendto the receiver's.
 */
export interface PacketAddress {
  readonly family: 'packet'
  readonly ifindex: number
  readonly protocol: number
  readonly pkttype: number
  readonly hatype: number
  readonly addr: Uint8Array
}

/**
 * What a caller may write for it: the interface by its name ('' is every one), and the rest left out. Without `protocol` bind
 * keeps what socket() was given, and so does sendto. SOCK_DGRAM needs `addr` to send, SOCK_RAW has it in the packet.
 */
export interface GivenPacket {
  readonly family?: 'packet'
  readonly ifindex: number | string
  readonly protocol?: number | undefined
  readonly pkttype?: number | undefined
  readonly hatype?: number | undefined
  readonly addr?: Uint8Array | undefined
}

/**
 * AF_CAN: an interface, by its index or for callers by its name (0 and '' are all of them), and what the protocol needs
 * beside it: nothing for CAN_RAW and CAN_BCM; for CAN_ISOTP the identifiers received and sent, CAN_EFF_FLAG in them; for
 * CAN_J1939 at least one of `name` (J1939_NO_NAME when left out), `pgn` (J1939_NO_PGN) and `addr` (J1939_NO_ADDR).
 */
export type CanAddress =
  | (OnCan<'name' | 'pgn' | 'addr'> & { readonly rxId: number; readonly txId: number })
  | (OnCan<'rxId' | 'txId'> & {
      readonly name?: bigint | undefined
      readonly pgn?: number | undefined
      readonly addr?: number | undefined
    })

type OnCan<Absent extends string> = {
  readonly family: 'can'
  readonly ifindex: number | string
} & { readonly [K in Absent]?: never }

/**
 * AF_TIPC: a service (`domain` is the node to look for it on, 0 for all), a range of services of one type, or a socket.
 * `scope` is TIPC_CLUSTER_SCOPE when left out; bind takes a negative one for what it is to withdraw. The sender within
 * a group is a socket with the `member` that it joined as.
 */
export type TipcAddress =
  | (OnTipc<'lower' | 'upper' | 'ref' | 'node' | 'member'> & {
      readonly type: number
      readonly instance: number
      readonly domain?: number | undefined
    })
  | (OnTipc<'instance' | 'domain' | 'ref' | 'node' | 'member'> & {
      readonly type: number
      readonly lower: number
      readonly upper: number
    })
  | (OnTipc<'type' | 'instance' | 'domain' | 'lower' | 'upper'> & {
      readonly ref: number
      readonly node: number
      readonly member?: { readonly type: number; readonly instance: number } | undefined
    })

type OnTipc<Absent extends string> = {
  readonly family: 'tipc'
  readonly scope?: number | undefined
} & { readonly [K in Absent]?: never }

/**
 * AF_ALG, the kernel's cryptography: `type` is 'hash', 'skcipher', 'aead' or 'rng', `name` an algorithm of /proc/crypto
 * or a template's, 'cbc(aes)'. `feat` and `mask` choose among implementations, CRYPTO_ALG_*; 0 is any.
 */
export interface AlgAddress {
  readonly family: 'alg'
  readonly type: string
  readonly name: string
  readonly feat?: number | undefined
  readonly mask?: number | undefined
}

/**
 * AF_BLUETOOTH, with Python's names: L2CAP by `psm`, RFCOMM by `channel`, SCO by the device's address alone, HCI by
 * `deviceId`. `bdaddr` is '01:23:45:67:89:AB'; BDADDR_ANY is any. Addresses of ISO have no codec: they are given as bytes.
 */
export type BluetoothAddress = { readonly family: 'bluetooth' } & (
  | {
      readonly bdaddr: string
      readonly psm: number
      readonly cid?: number | undefined
      /** BDADDR_BREDR, BDADDR_LE_PUBLIC, BDADDR_LE_RANDOM. */
      readonly bdaddrType?: number | undefined
      readonly channel?: never
      readonly deviceId?: never
    }
  | {
      readonly bdaddr: string
      readonly channel?: number | undefined
      readonly psm?: never
      readonly cid?: never
      readonly bdaddrType?: never
      readonly deviceId?: never
    }
  | {
      readonly deviceId: number
      /** HCI_CHANNEL_RAW, HCI_CHANNEL_USER, … */
      readonly channel?: number | undefined
      readonly bdaddr?: never
      readonly psm?: never
      readonly cid?: never
      readonly bdaddrType?: never
    }
)
/**
 * AF_VSOCK, vsock(7): a machine by its context identifier (VMADDR_CID_LOCAL, VMADDR_CID_HOST, VMADDR_CID_ANY to bind) and a
 * port, VMADDR_PORT_ANY for one that the kernel chooses. `flags` are VMADDR_FLAG_*, for connect.
 */
export interface VsockAddress {
  readonly family: 'vsock'
  readonly cid: number
  readonly port: number
  readonly flags?: number | undefined
}

/** AF_QIPCRTR, Qualcomm's IPC router: a node (QRTR_NODE_BCAST is all of them) and a port, QRTR_PORT_CTRL the control one. */
export interface QipcrtrAddress {
  readonly family: 'qipcrtr'
  readonly node: number
  readonly port: number
}

/**
 * AF_XDP: a queue of an interface. `flags` are XDP_SHARED_UMEM, XDP_COPY, …; `sharedUmemFd` is the descriptor of the socket
 * whose memory is shared. Binding needs rings, which are not among what this library makes.
 */
export interface XdpAddress {
  readonly family: 'xdp'
  readonly ifindex: number
  readonly queueId: number
  readonly flags?: number | undefined
  readonly sharedUmemFd?: number | undefined
}

/** A family without a codec: what follows its `sa_family`, both ways. */
export interface UnknownAddress {
  readonly family: 'unknown'
  readonly af: number
  readonly bytes: Uint8Array
}

/** An address of any family, told apart by `family`. */
export type Address =
  | InetAddress
  | Inet6Address
  | UnixAddress
  | NetlinkAddress
  | PacketAddress
  | CanAddress
  | TipcAddress
  | AlgAddress
  | BluetoothAddress
  | VsockAddress
  | QipcrtrAddress
  | XdpAddress
  | UnknownAddress

/** What a caller may write: `family` can be left out, the socket knows it. */
export type Given<A> = A extends PacketAddress
  ? GivenPacket
  : A extends { family: infer F }
    ? Omit<A, 'family'> & { readonly family?: F }
    : never

/** What accept(2) tells of the other side: its address, but null of an operation of AF_ALG, which has none. */
export type Peer<A> = [A] extends [AlgAddress] ? null : A

declare const addressOf: unique symbol

/** An AF_* number that carries the type of its family's addresses. */
export type AddressFamily<A extends Address> = number & { readonly [addressOf]: A }

/** To and from the kernel's sockaddr. Codecs never look names up. */
export interface AddressCodec<A extends Address> {
  readonly af: number
  readonly family: A['family']
  /** A whole sockaddr of exactly the length to pass. Throws TypeError or RangeError for what is no address. */
  encode(address: Given<A>): Uint8Array
  /** Throws DecodeError. The result is frozen. */
  decode(sockaddr: Uint8Array): A
}

/** An address as people write it: '127.0.0.1:80', '[::1%2]:80', '/run/x.sock', '@name', 'vsock://2:1234', 'netlink:7/0x1'. Control characters are escaped. */
export function formatAddress(address: Address): string {
  switch (address.family) {
    case 'inet':
      return `${nameText(address.host)}:${address.port}`
    case 'inet6':
      return `[${nameText(address.host + (address.scopeId ? `%${address.scopeId}` : ''))}]:${address.port}`
    case 'unix': {
      if (address.abstract !== undefined) return `@${nameText(address.abstract)}`
      return address.path.length === 0 ? '(unnamed)' : nameText(address.path)
    }
    case 'netlink':
      return `netlink:${address.pid}${address.groups === 0 ? '' : `/0x${address.groups.toString(16)}`}`
    case 'packet':
      return `packet%${address.ifindex}:0x${hex(Uint8Array.of(address.protocol >> 8, address.protocol))}${packetText(address.addr)}`
    case 'can':
      return `can%${canText(address)}`
    case 'tipc':
      return `tipc:${tipcText(address)}`
    case 'alg':
      return `${nameText(address.type)}:${nameText(address.name)}`
    case 'bluetooth': {
      const { deviceId, bdaddr, psm, cid, bdaddrType, channel } = address
      if (deviceId !== undefined) return `hci${deviceId}${channel ? `/${channel}` : ''}`
      const port = psm !== undefined ? `/psm ${psm}` : channel !== undefined ? `/${channel}` : ''
      return `${nameText(bdaddr)}${port}${cid ? ` cid ${cid}` : ''}${bdaddrType ? ` type ${bdaddrType}` : ''}`
    }
    case 'vsock':
      return `vsock://${address.cid}:${address.port}`
    case 'qipcrtr':
      return `qipcrtr:${address.node}:${address.port}`
    case 'xdp':
      return `xdp%${address.ifindex}:${address.queueId}`
    case 'unknown':
      return `AF ${address.af} ${hex(address.bytes)}`
  }
}

/** A hardware address as people write it. */
function packetText(addr: Uint8Array): string {
  return addr.length === 0 ? '' : `,${Array.from(addr, (byte) => hex(Uint8Array.of(byte))).join(':')}`
}

/** As can-utils have them: identifiers and numbers in hexadecimal, ISO-TP's receiver before its sender. */
function canText(address: CanAddress): string {
  const on = nameText(String(address.ifindex))
  if (address.rxId !== undefined) return `${on}:${address.rxId.toString(16)}:${address.txId.toString(16)}`
  const { name, pgn, addr } = address
  if (name === undefined && pgn === undefined && addr === undefined) return on
  return `${on}:${[addr, pgn, name].map((part) => part?.toString(16) ?? '').join(',')}`
}

/** As tipc(8) has them: type:instance, type:lower-upper; a socket is its reference at its node in hexadecimal. */
function tipcText(address: TipcAddress): string {
  const at = (node: number): string => `@${node.toString(16)}`
  if (address.ref !== undefined) {
    const { ref, node, member } = address
    return `${ref}${at(node)}${member === undefined ? '' : `(${member.type}:${member.instance})`}`
  }
  const { type, instance, domain = 0, lower, upper } = address
  if (lower !== undefined) return `${type}:${lower}-${upper}`
  return `${type}:${instance}${domain === 0 ? '' : at(domain)}`
}

const hex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')

/** A name may hold anything but comes to terminals: what does not print is shown as \xNN or \u{N}. */
function nameText(name: string | Uint8Array): string {
  if (typeof name !== 'string')
    return Array.from(name, (b) =>
      b > 31 && b < 127 && b !== 92 ? String.fromCharCode(b) : `\\x${hex(Uint8Array.of(b))}`,
    ).join('')
  return name.replace(/[\p{C}\\]/gu, (c) => `\\u{${c.codePointAt(0)?.toString(16)}}`)
}

/** Whether two addresses name the same thing. Text is compared as it is: both should come from this library. */
export function sameAddress(a: Address, b: Address): boolean {
  if (a.family === 'inet6' && b.family === 'inet6')
    return a.host === b.host && a.port === b.port && (a.scopeId ?? 0) === (b.scopeId ?? 0)
  // Their texts do not tell the path '@x' from the abstract name 'x'.
  if (a.family === 'unix' && b.family === 'unix')
    return (
      (a.abstract === undefined) === (b.abstract === undefined) &&
      nameText(a.abstract ?? a.path) === nameText(b.abstract ?? b.path)
    )
  return a.family === b.family && formatAddress(a) === formatAddress(b)
}
