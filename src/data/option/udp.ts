/** IPPROTO_UDP: udp(7). */
import * as k from '../kernel.js'
import { flag, int, type Option, option } from './option.js'

const UDP = k.IPPROTO_UDP

/** Hold all that is sent back and send it as one datagram when this is off again. */
export const UDP_CORK: Option<boolean> = option(UDP, k.UDP_CORK, 'UDP_CORK', flag)
/** What the datagrams carry, UDP_ENCAP_*: the kernel takes it out, where it knows how. */
export const UDP_ENCAP: Option<number> = option(UDP, k.UDP_ENCAP, 'UDP_ENCAP', int)
/** UDP over IPv6 without checksums of what is sent, for tunnels: RFC 6935. */
export const UDP_NO_CHECK6_TX: Option<boolean> = option(UDP, k.UDP_NO_CHECK6_TX, 'UDP_NO_CHECK6_TX', flag)
/** Take datagrams over IPv6 without checksums. */
export const UDP_NO_CHECK6_RX: Option<boolean> = option(UDP, k.UDP_NO_CHECK6_RX, 'UDP_NO_CHECK6_RX', flag)
/** What one send carries is cut into datagrams of so many bytes; 0 is off. A control message says it for one send. Linux 4.18. */
export const UDP_SEGMENT: Option<number> = option(UDP, k.UDP_SEGMENT, 'UDP_SEGMENT', int)
/** One receive may bring several datagrams of one size, with the control message UDP_GRO that says it. Linux 5.0. */
export const UDP_GRO: Option<boolean> = option(UDP, k.UDP_GRO, 'UDP_GRO', flag)
