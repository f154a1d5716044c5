/** What connection tracking tells of a socket: linux/netfilter_ipv4.h, linux/netfilter_ipv6/ip6_tables.h. */
import type { Inet6Address, InetAddress } from '../address/address.js'
import { inet } from '../address/inet.js'
import { inet6 } from '../address/inet6.js'
import * as k from '../kernel.js'
import { type Readable, readable, viewOf } from './option.js'

/**
 * Where a connection was going before a rule of this machine sent it here (netfilter's redirect or dnat): what a
 * transparent proxy has to ask for. TCP and SCTP over IPv4; ENOENT where the connection is not tracked.
 */
export const SO_ORIGINAL_DST: Readable<InetAddress> = readable(
  k.IPPROTO_IP,
  k.SO_ORIGINAL_DST,
  'SO_ORIGINAL_DST',
  {
    size: k.layouts.sockaddr_in.size,
    decode: (bytes) => {
      viewOf(bytes, k.layouts.sockaddr_in.size, 'sockaddr_in')
      return inet.decode(bytes)
    },
  },
)

/** The same over IPv6. */
export const IP6T_SO_ORIGINAL_DST: Readable<Inet6Address> = readable(
  k.IPPROTO_IPV6,
  // The same number, from a header that wants a libc's beside it.
  k.SO_ORIGINAL_DST,
  'IP6T_SO_ORIGINAL_DST',
  {
    size: k.layouts.sockaddr_in6.size,
    decode: (bytes) => {
      viewOf(bytes, k.layouts.sockaddr_in6.size, 'sockaddr_in6')
      return inet6.decode(bytes)
    },
  },
)
