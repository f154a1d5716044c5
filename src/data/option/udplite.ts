/** IPPROTO_UDPLITE, RFC 3828: its sockets take the options of UDP, too, by this level. */
import * as k from '../kernel.js'
import { int, type Option, option } from './option.js'

// include/net/udplite.h, which is not for programs; udplite(7).
const SEND_CSCOV = 10
const RECV_CSCOV = 11

/** Bytes of each datagram sent that its checksum covers, the header's 8 among them; 0 is all. Below 8 the kernel takes 8. */
export const UDPLITE_SEND_CSCOV: Option<number> = option(
  k.IPPROTO_UDPLITE,
  SEND_CSCOV,
  'UDPLITE_SEND_CSCOV',
  int,
)
/** The least coverage of datagrams that are received; others are dropped. */
export const UDPLITE_RECV_CSCOV: Option<number> = option(
  k.IPPROTO_UDPLITE,
  RECV_CSCOV,
  'UDPLITE_RECV_CSCOV',
  int,
)
