/** Whether one socket can serve IPv6 and IPv4. */
import { AF_INET6 } from '../data/address/family.js'
import { SystemError } from '../data/errors.js'
import { SOCK_STREAM } from '../data/kernel.js'
import { IPV6_V6ONLY } from '../data/option/ipv6.js'
import { socket } from '../socket/open.js'

/** Whether this machine's IPv6 sockets can take IPv4 as well, with IPV6_V6ONLY off: ipv6(7). False without IPv6. */
export function hasDualstackIpv6(): boolean {
  try {
    const probe = socket(AF_INET6, SOCK_STREAM)
    try {
      probe.setsockopt(IPV6_V6ONLY, false)
      return true
    } finally {
      probe.close()
    }
  } catch (error) {
    if (error instanceof SystemError) return false
    throw error
  }
}
