/** IPPROTO_SCTP: the addresses of sockets and associations, RFC 6458 §8 and §9. Hosts are numeric, of either family. */
import type { Inet6Address, InetAddress } from '../address/address.js'
import * as k from '../kernel.js'
import { bytesOf, integer, viewOf, type Writable, writable } from './option.js'
import { paddrinfo, type SctpPeerAddress } from './sctp.js'
import {
  type Partly,
  type SockaddrGiven,
  type SockaddrIn,
  type StructOption,
  type StructReadable,
  sockaddrs,
  sockaddrsIn,
  struct,
  structOption,
  structReadable,
} from './struct.js'

const SCTP = k.IPPROTO_SCTP
const { layouts } = k

type Asked<T> = Partly<Omit<T, 'address' | 'addr'>> & {
  readonly address?: SockaddrGiven | undefined
}

// ── several addresses ───────────────────────────────────────────────────────────────────────────

type Addresses = readonly NonNullable<SockaddrGiven>[]

const list = { encode: (addresses: Addresses): Uint8Array => sockaddrs(addresses) }

/** More addresses to be bound to, of one port: sctp_bindx(3). */
export const SCTP_SOCKOPT_BINDX_ADD: Writable<Addresses> = writable(
  SCTP,
  k.SCTP_SOCKOPT_BINDX_ADD,
  'SCTP_SOCKOPT_BINDX_ADD',
  list,
)
/** Addresses to be bound to no longer; EBUSY for the last one. */
export const SCTP_SOCKOPT_BINDX_REM: Writable<Addresses> = writable(
  SCTP,
  k.SCTP_SOCKOPT_BINDX_REM,
  'SCTP_SOCKOPT_BINDX_REM',
  list,
)
/** An association with a peer of these addresses begins. It does not wait (EINPROGRESS): `sctpConnectx` does. */
export const SCTP_SOCKOPT_CONNECTX: Writable<Addresses> = writable(
  SCTP,
  k.SCTP_SOCKOPT_CONNECTX,
  'SCTP_SOCKOPT_CONNECTX',
  list,
)

type AddressList = StructReadable<
  readonly (InetAddress | Inet6Address)[],
  { readonly assocId?: number | undefined }
>

/** Room for some three hundred IPv6 addresses. */
const LIST_ROOM = 8 + 8192

/** struct sctp_getaddrs. */
function addressList(option: number, name: string): AddressList {
  const decode = (bytes: Uint8Array): (InetAddress | Inet6Address)[] =>
    sockaddrsIn(bytes, viewOf(bytes, 8, 'sctp_getaddrs').getUint32(4, true), 8)
  const ask = (question?: { readonly assocId?: number | undefined }): Uint8Array =>
    bytesOf(LIST_ROOM, (view) =>
      view.setInt32(0, integer(question?.assocId ?? 0, -0x80000000, 0x7fffffff), true),
    )
  return Object.freeze({ name, level: SCTP, option, size: LIST_ROOM, decode, ask, answer: decode })
}

/** The peer's addresses, sctp_getpaddrs(3): of the association that the question names. */
export const SCTP_GET_PEER_ADDRS: AddressList = addressList(k.SCTP_GET_PEER_ADDRS, 'SCTP_GET_PEER_ADDRS')
/** The own addresses, sctp_getladdrs(3): of the association that the question names, or of the socket. */
export const SCTP_GET_LOCAL_ADDRS: AddressList = addressList(k.SCTP_GET_LOCAL_ADDRS, 'SCTP_GET_LOCAL_ADDRS')

// ── one address ─────────────────────────────────────────────────────────────────────────────────

/** An address of an association. */
export interface SctpPrimary {
  readonly assocId: number
  readonly addr: SockaddrIn
}
/** An address as it is given. */
export interface SctpPrimaryGiven {
  readonly assocId?: number | undefined
  readonly addr?: SockaddrGiven | undefined
}

/** The peer's address that is sent to. */
export const SCTP_PRIMARY_ADDR: StructOption<SctpPrimary, SctpPrimaryGiven> = structOption(
  SCTP,
  k.SCTP_PRIMARY_ADDR,
  'SCTP_PRIMARY_ADDR',
  struct<SctpPrimary>(layouts.sctp_prim, 'sctp_prim', 'ssp_'),
)

/** Asks the peer to send to this one of the own addresses: RFC 5061 §4.2.4, SCTP_ASCONF_SUPPORTED. */
export const SCTP_SET_PEER_PRIMARY_ADDR: Writable<SctpPrimaryGiven> = writable(
  SCTP,
  k.SCTP_SET_PEER_PRIMARY_ADDR,
  'SCTP_SET_PEER_PRIMARY_ADDR',
  struct<SctpPrimary>(layouts.sctp_setpeerprim, 'sctp_setpeerprim', 'sspp_') as Pick<
    Writable<SctpPrimaryGiven>,
    'encode'
  >,
)

/** How one of the peer's addresses does: the question names it. */
export const SCTP_GET_PEER_ADDR_INFO: StructReadable<
  SctpPeerAddress,
  Asked<SctpPeerAddress>
> = structReadable(SCTP, k.SCTP_GET_PEER_ADDR_INFO, 'SCTP_GET_PEER_ADDR_INFO', paddrinfo)

/** struct sctp_paddrparams; 0 leaves a value as it is. */
export interface SctpPeerAddressParams {
  readonly assocId: number
  /** One of the peer's; null is all of them. */
  readonly address: SockaddrIn
  /** Milliseconds between heartbeats. */
  readonly hbinterval: number
  /** Retransmissions after which the address is inactive. */
  readonly pathmaxrxt: number
  /** Without SPP_PMTUD_ENABLE. */
  readonly pathmtu: number
  /** Milliseconds that an acknowledgement may wait. */
  readonly sackdelay: number
  /** SPP_HB_ENABLE, SPP_PMTUD_DISABLE, …: what is to be changed. */
  readonly flags: number
  readonly ipv6Flowlabel: number
  readonly dscp: number
}
/** How one of the peer's addresses, which the question names, or all are treated: RFC 6458 §8.1.12. */
export const SCTP_PEER_ADDR_PARAMS: StructOption<
  SctpPeerAddressParams,
  Asked<SctpPeerAddressParams>
> = structOption(
  SCTP,
  k.SCTP_PEER_ADDR_PARAMS,
  'SCTP_PEER_ADDR_PARAMS',
  struct<SctpPeerAddressParams>(layouts.sctp_paddrparams, 'sctp_paddrparams', 'spp_'),
)

/** When an address of the peer's is given up, RFC 7829 §7.2. */
export interface SctpThresholds {
  readonly assocId: number
  readonly address: SockaddrIn
  /** Retransmissions after which it is inactive. */
  readonly pathmaxrxt: number
  /** After which it is potentially failed. */
  readonly pathpfthld: number
}
/** The same with a third. */
export interface SctpThresholdsV2 extends SctpThresholds {
  /** After which another becomes the primary one. */
  readonly pathcpthld: number
}
/** When addresses of the peer's are given up. */
export const SCTP_PEER_ADDR_THLDS: StructOption<SctpThresholds, Asked<SctpThresholds>> = structOption(
  SCTP,
  k.SCTP_PEER_ADDR_THLDS,
  'SCTP_PEER_ADDR_THLDS',
  struct<SctpThresholds>(layouts.sctp_paddrthlds, 'sctp_paddrthlds', 'spt_'),
)
/** The same with the third. Linux 5.5. */
export const SCTP_PEER_ADDR_THLDS_V2: StructOption<SctpThresholdsV2, Asked<SctpThresholdsV2>> = structOption(
  SCTP,
  k.SCTP_PEER_ADDR_THLDS_V2,
  'SCTP_PEER_ADDR_THLDS_V2',
  struct<SctpThresholdsV2>(layouts.sctp_paddrthlds_v2, 'sctp_paddrthlds_v2', 'spt_'),
)

/** SCTP in UDP, RFC 6951. */
export interface SctpUdpEncaps {
  readonly assocId: number
  readonly address: SockaddrIn
  /** The peer's port of UDP; 0 is none. */
  readonly port: number
}
/** The port of UDP that a peer's SCTP is sent to. Linux 5.11. */
export const SCTP_REMOTE_UDP_ENCAPS_PORT: StructOption<SctpUdpEncaps, Asked<SctpUdpEncaps>> = structOption(
  SCTP,
  k.SCTP_REMOTE_UDP_ENCAPS_PORT,
  'SCTP_REMOTE_UDP_ENCAPS_PORT',
  struct<SctpUdpEncaps>(layouts.sctp_udpencaps, 'sctp_udpencaps', 'sue_', { port: 'net' }),
)

/** How the path is probed, RFC 8899. */
export interface SctpProbeInterval {
  readonly assocId: number
  readonly address: SockaddrIn
  /** Milliseconds between probes, 5000 at least; 0 is none. */
  readonly interval: number
}
/** Milliseconds between probes of the path's MTU. Linux 5.14. */
export const SCTP_PLPMTUD_PROBE_INTERVAL: StructOption<
  SctpProbeInterval,
  Asked<SctpProbeInterval>
> = structOption(
  SCTP,
  k.SCTP_PLPMTUD_PROBE_INTERVAL,
  'SCTP_PLPMTUD_PROBE_INTERVAL',
  struct<SctpProbeInterval>(layouts.sctp_probeinterval, 'sctp_probeinterval', 'spi_'),
)
