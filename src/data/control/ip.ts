/** IPPROTO_IP: ip(7). Every export is a row. */
import type { InetAddress } from '../address/address.js'
import { inet } from '../address/inet.js'
import { formatIpv4, isV4Mapped, parseIpv4, parseIpv6 } from '../address/ip.js'
import * as k from '../kernel.js'
import { bytesOf, int, integer, uint, viewOf } from '../option/option.js'
import {
  bytes,
  type Control,
  control,
  exactly,
  type Receivable,
  receivable,
  record,
  type Sendable,
  sendable,
  whole,
} from './message.js'
import { addressIn, type ExtendedError, extendedError } from './recverr.js'

const IP = k.IPPROTO_IP
const { in_pktinfo, sockaddr_in } = k.layouts

/** IP's header holds no more options, RFC 791. */
const OPTIONS_MAX = 40

/** Where a packet came in. */
export interface Pktinfo {
  /** The index of the interface. */
  readonly ifindex: number
  /** The own address to answer from (IPv4's ipi_spec_dst); IPv6 has the destination here too. */
  readonly local: string
  /** The destination in the packet's header, which may be a group or a broadcast address. */
  readonly destination: string
}

/** Where a packet is to leave: what is left out, the kernel chooses. What came in does for the answer. */
export interface PktinfoOut {
  /** The index of the interface. */
  readonly ifindex?: number | undefined
  /** The source address, numeric; to IPv4 from a socket of IPv6 also as a mapped one. */
  readonly local?: string | undefined
}

/** The four bytes of an IPv4 address, which a socket of IPv6 has as '::ffff:192.0.2.1'. */
function ipv4Of(text: string): Uint8Array | null {
  const long = parseIpv6(text)
  return long !== null && isV4Mapped(long) ? long.subarray(12) : parseIpv4(text)
}

export const IP_PKTINFO: Receivable<'pktinfo', Pktinfo> & Sendable<'pktinfo', PktinfoOut> = Object.freeze({
  kind: 'pktinfo',
  level: IP,
  type: k.IP_PKTINFO,
  decode: (data: Uint8Array): Pktinfo => {
    const { ipi_ifindex, ipi_spec_dst, ipi_addr } = in_pktinfo.fields
    return {
      ifindex: exactly(data, in_pktinfo.size, 'in_pktinfo').getInt32(ipi_ifindex[0], true),
      local: formatIpv4(data, ipi_spec_dst[0]),
      destination: formatIpv4(data, ipi_addr[0]),
    }
  },
  encode: (value: PktinfoOut): Uint8Array => {
    const { ifindex = 0, local = '0.0.0.0' } = record(value, '{ ifindex?, local? }')
    const address = ipv4Of(local)
    if (address === null) throw new TypeError(`expected a numeric IPv4 address, not ${String(local)}`)
    const { ipi_ifindex, ipi_spec_dst } = in_pktinfo.fields
    const info = bytesOf(in_pktinfo.size, (view) =>
      view.setInt32(ipi_ifindex[0], integer(ifindex, 0, 0x7fffffff), true),
    )
    info.set(address, ipi_spec_dst[0])
    return info
  },
})

/** Time to live: of what came (IP_RECVTTL), or for what is sent, 1 to 255. */
export const IP_TTL: Control<'ttl', number> = control('ttl', IP, k.IP_TTL, {
  decode: whole(int, 'ttl').decode,
  encode: (value) => int.encode(integer(value, 1, 255)),
})

/** Type of service octet, RFC 2474: of what came (IP_RECVTOS), or for what is sent. */
export const IP_TOS: Control<'tos', number> = control('tos', IP, k.IP_TOS, {
  // The kernel gives one byte, and takes one or an int.
  decode: (data) =>
    data.length === 4 ? viewOf(data, 4, 'tos').getInt32(0, true) : exactly(data, 1, 'tos').getUint8(0),
  encode: (value) => int.encode(integer(value, 0, 255)),
})

/** The options of IP's header as they came (IP_RECVOPTS). */
export const IP_RECVOPTS: Receivable<'ipOptions', Uint8Array> = receivable(
  'ipOptions',
  IP,
  k.IP_RECVOPTS,
  bytes,
)

/** The options of IP's header: turned round for the answer (IP_RETOPTS), or for what is sent, at most 40 bytes. */
export const IP_RETOPTS: Control<'ipOptions', Uint8Array> = control('ipOptions', IP, k.IP_RETOPTS, {
  decode: bytes.decode,
  encode: (value) => {
    const options = bytes.encode(value)
    // The kernel would send the first forty without a word.
    if (options.length > OPTIONS_MAX)
      throw new RangeError(`expected at most ${OPTIONS_MAX} bytes of options, not ${options.length}`)
    return options
  },
})

/** The error behind a failed send, or a time (IP_RECVERR, SO_TIMESTAMPING), by MSG_ERRQUEUE. */
export const IP_RECVERR: Receivable<'recverr', ExtendedError> = receivable(
  'recverr',
  IP,
  k.IP_RECVERR,
  extendedError(inet, sockaddr_in.size),
)

/** Where the packet was going before a transparent proxy had it (IP_RECVORIGDSTADDR). */
export const IP_ORIGDSTADDR: Receivable<'origdstaddr', InetAddress> = receivable(
  'origdstaddr',
  IP,
  k.IP_ORIGDSTADDR,
  {
    decode: (data) => {
      exactly(data, sockaddr_in.size, 'sockaddr_in')
      return addressIn(inet, data)
    },
  },
)

/** The sum over the datagram that the device made (IP_CHECKSUM), not folded. */
export const IP_CHECKSUM: Receivable<'checksum', number> = receivable(
  'checksum',
  IP,
  k.IP_CHECKSUM,
  whole(uint, 'checksum'),
)

/** Bytes of the largest fragment that the datagram came in (IP_RECVFRAGSIZE); one that came whole has none. */
export const IP_RECVFRAGSIZE: Receivable<'fragsize', number> = receivable(
  'fragsize',
  IP,
  k.IP_RECVFRAGSIZE,
  whole(int, 'fragsize'),
)

/** The protocol that rules and policies see of a raw packet with a header of its own (IP_HDRINCL), 1 to 255. */
export const IP_PROTOCOL: Sendable<'protocol', number> = sendable('protocol', IP, k.IP_PROTOCOL, {
  encode: (value) => int.encode(integer(value, 1, 255)),
})

/** The sender's security label (IP_PASSSEC). The kernel uses SOL_SOCKET's number for it. */
export const SCM_SECURITY: Receivable<'security', Uint8Array> = receivable(
  'security',
  IP,
  k.SCM_SECURITY,
  bytes,
)
