/** IPPROTO_UDP: udp(7). Every export is a row. */
import * as k from '../kernel.js'
import { bytesOf, int, integer } from '../option/option.js'
import { type Receivable, receivable, type Sendable, sendable, whole } from './message.js'

/** Bytes of each datagram that the kernel makes of one send; 0 is one for all. */
export const UDP_SEGMENT: Sendable<'udpSegment', number> = sendable(
  'udpSegment',
  k.IPPROTO_UDP,
  k.UDP_SEGMENT,
  { encode: (value) => bytesOf(2, (view) => view.setUint16(0, integer(value, 0, 0xffff), true)) },
)

/** Bytes of each of the datagrams that came as one (UDP_GRO); the last may be shorter. */
export const UDP_GRO: Receivable<'udpGro', number> = receivable(
  'udpGro',
  k.IPPROTO_UDP,
  k.UDP_GRO,
  whole(int, 'udpGro'),
)
