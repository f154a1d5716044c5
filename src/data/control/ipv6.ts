/** IPPROTO_IPV6: ipv6(7), RFC 3542. Every export is a row; those of RFC 2292 come only where their option is on. */
import type { Inet6Address } from '../address/address.js'
import { inet6 } from '../address/inet6.js'
import { formatIpv6, parseIpv6 } from '../address/ip.js'
import * as k from '../kernel.js'
import { bytesOf, flag, int, integer, type Shape } from '../option/option.js'
import type { Pktinfo, PktinfoOut } from './ip.js'
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

const IPV6 = k.IPPROTO_IPV6
const { in6_pktinfo, sockaddr_in6 } = k.layouts

/** struct ip6_mtuinfo, RFC 3542 §11.3: a sockaddr_in6 and the MTU behind it. */
const MTUINFO = { size: sockaddr_in6.size + 4, mtu: sockaddr_in6.size }

const pktinfo = {
  decode: (data: Uint8Array): Pktinfo => {
    const { ipi6_addr, ipi6_ifindex } = in6_pktinfo.fields
    const view = exactly(data, in6_pktinfo.size, 'in6_pktinfo')
    const address = formatIpv6(data, ipi6_addr[0])
    return { ifindex: view.getInt32(ipi6_ifindex[0], true), local: address, destination: address }
  },
}

export const IPV6_PKTINFO: Receivable<'pktinfo', Pktinfo> & Sendable<'pktinfo', PktinfoOut> = Object.freeze({
  kind: 'pktinfo',
  level: IPV6,
  type: k.IPV6_PKTINFO,
  decode: pktinfo.decode,
  encode: (value: PktinfoOut): Uint8Array => {
    const { ifindex = 0, local = '::' } = record(value, '{ ifindex?, local? }')
    const address = parseIpv6(local)
    if (address === null) throw new TypeError(`expected a numeric IPv6 address, not ${String(local)}`)
    const { ipi6_addr, ipi6_ifindex } = in6_pktinfo.fields
    const info = bytesOf(in6_pktinfo.size, (view) =>
      view.setInt32(ipi6_ifindex[0], integer(ifindex, 0, 0x7fffffff), true),
    )
    info.set(address, ipi6_addr[0])
    return info
  },
})
export const IPV6_2292PKTINFO: Receivable<'pktinfo', Pktinfo> = receivable(
  'pktinfo',
  IPV6,
  k.IPV6_2292PKTINFO,
  pktinfo,
)

/** An int of one octet; -1 asks for the socket's own. */
const octet = (what: string): Shape<number> => ({
  ...whole(int, what),
  encode: (value) => int.encode(integer(value, -1, 255)),
})

/** Hop limit: of what came (IPV6_RECVHOPLIMIT), or for what is sent. */
export const IPV6_HOPLIMIT: Control<'ttl', number> = control('ttl', IPV6, k.IPV6_HOPLIMIT, octet('hoplimit'))
export const IPV6_2292HOPLIMIT: Receivable<'ttl', number> = receivable(
  'ttl',
  IPV6,
  k.IPV6_2292HOPLIMIT,
  octet('hoplimit'),
)

/** Traffic class octet: of what came (IPV6_RECVTCLASS), or for what is sent. */
export const IPV6_TCLASS: Control<'tos', number> = control('tos', IPV6, k.IPV6_TCLASS, octet('tclass'))

/** Traffic class and flow label as one number, the label its low 20 bits: of what came (IPV6_FLOWINFO), or to send. */
export const IPV6_FLOWINFO: Control<'flowinfo', number> = control('flowinfo', IPV6, k.IPV6_FLOWINFO, {
  decode: (data) => exactly(data, 4, 'flowinfo').getUint32(0),
  encode: (value) => bytesOf(4, (view) => view.setUint32(0, integer(value, 0, 0xffffffff))),
})

/** The hop-by-hop options header (IPV6_RECVHOPOPTS), RFC 3542 §8; `inet6OptBuild` makes it. To send any header needs CAP_NET_RAW. */
export const IPV6_HOPOPTS: Control<'hopopts', Uint8Array> = control('hopopts', IPV6, k.IPV6_HOPOPTS, bytes)
export const IPV6_2292HOPOPTS: Receivable<'hopopts', Uint8Array> = receivable(
  'hopopts',
  IPV6,
  k.IPV6_2292HOPOPTS,
  bytes,
)

/** A destination options header (IPV6_RECVDSTOPTS), RFC 3542 §9. One message for each. */
export const IPV6_DSTOPTS: Control<'dstopts', Uint8Array> = control('dstopts', IPV6, k.IPV6_DSTOPTS, bytes)
export const IPV6_2292DSTOPTS: Receivable<'dstopts', Uint8Array> = receivable(
  'dstopts',
  IPV6,
  k.IPV6_2292DSTOPTS,
  bytes,
)

/** The destination options header before a routing header. */
export const IPV6_RTHDRDSTOPTS: Sendable<'rthdrdstopts', Uint8Array> = sendable(
  'rthdrdstopts',
  IPV6,
  k.IPV6_RTHDRDSTOPTS,
  bytes,
)

/** The routing header (IPV6_RECVRTHDR), RFC 3542 §7; `inet6RthParse` reads it. Linux takes type 2 alone here. */
export const IPV6_RTHDR: Control<'rthdr', Uint8Array> = control('rthdr', IPV6, k.IPV6_RTHDR, bytes)
export const IPV6_2292RTHDR: Receivable<'rthdr', Uint8Array> = receivable(
  'rthdr',
  IPV6,
  k.IPV6_2292RTHDR,
  bytes,
)

/** Whether to fail with EMSGSIZE instead of fragmenting here. */
export const IPV6_DONTFRAG: Sendable<'dontfrag', boolean> = sendable('dontfrag', IPV6, k.IPV6_DONTFRAG, flag)

/** A send was larger than the path's MTU. */
export interface PathMtu {
  readonly destination: Inet6Address
  /** In bytes. */
  readonly mtu: number
}

/** The path's MTU has turned out smaller than a send (IPV6_RECVPATHMTU), RFC 3542 §11.3. */
export const IPV6_PATHMTU: Receivable<'pathmtu', PathMtu> = receivable('pathmtu', IPV6, k.IPV6_PATHMTU, {
  decode: (data) => {
    const view = exactly(data, MTUINFO.size, 'ip6_mtuinfo')
    return {
      destination: addressIn(inet6, data.subarray(0, MTUINFO.mtu)),
      mtu: view.getUint32(MTUINFO.mtu, true),
    }
  },
})

/** The error behind a failed send, or a time (IPV6_RECVERR, SO_TIMESTAMPING), by MSG_ERRQUEUE. */
export const IPV6_RECVERR: Receivable<'recverr', ExtendedError> = receivable(
  'recverr',
  IPV6,
  k.IPV6_RECVERR,
  extendedError(inet6, sockaddr_in6.size),
)

/** Where the packet was going before a transparent proxy had it (IPV6_RECVORIGDSTADDR). */
export const IPV6_ORIGDSTADDR: Receivable<'origdstaddr', Inet6Address> = receivable(
  'origdstaddr',
  IPV6,
  k.IPV6_ORIGDSTADDR,
  {
    decode: (data) => {
      exactly(data, sockaddr_in6.size, 'sockaddr_in6')
      return addressIn(inet6, data)
    },
  },
)

/** Bytes of the largest fragment that the datagram came in (IPV6_RECVFRAGSIZE); one that came whole has none. */
export const IPV6_RECVFRAGSIZE: Receivable<'fragsize', number> = receivable(
  'fragsize',
  IPV6,
  k.IPV6_RECVFRAGSIZE,
  whole(int, 'fragsize'),
)
