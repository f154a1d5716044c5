/** Addresses within the values of options: numbers as text, in the structs that C has for them. */
import { inet } from '../address/inet.js'
import { inet6 } from '../address/inet6.js'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../address/ip.js'
import { DecodeError } from '../errors.js'
import { AF_INET, AF_INET6, IPPROTO_IP, IPPROTO_IPV6, layouts } from '../kernel.js'

const shown = (host: unknown): string => (typeof host === 'string' ? JSON.stringify(host) : String(host))

/** struct in_addr. */
export function ipv4(host: string): Uint8Array {
  const bytes = parseIpv4(host)
  if (bytes === null) throw new TypeError(`expected a numeric IPv4 address, not ${shown(host)}`)
  return bytes
}

/** struct in6_addr. */
export function ipv6(host: string): Uint8Array {
  const bytes = parseIpv6(host)
  if (bytes === null) throw new TypeError(`expected a numeric IPv6 address, not ${shown(host)}`)
  return bytes
}

/** sockaddr_in or sockaddr_in6, as the front of a sockaddr_storage. */
export function sockaddr(host: string): Uint8Array {
  if (parseIpv4(host) !== null) return inet.encode({ host, port: 0 })
  if (parseIpv6(host) !== null) return inet6.encode({ host, port: 0 })
  throw new TypeError(`expected a numeric IPv4 or IPv6 address, not ${shown(host)}`)
}

/** The address in the sockaddr_storage at `at`; all zero is ''. */
export function hostAt(bytes: Uint8Array, at: number): string {
  const family = (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)
  if (family === 0) return ''
  if (family === AF_INET) return formatIpv4(bytes, at + layouts.sockaddr_in.fields.sin_addr[0])
  if (family === AF_INET6) return formatIpv6(bytes, at + layouts.sockaddr_in6.fields.sin6_addr[0])
  throw new DecodeError('ERR_MALFORMED', 'sockaddr_storage', at)
}

/** The level of the options of a host's family. */
export function levelOfHost(host: string): number {
  return parseIpv4(host) === null ? IPPROTO_IPV6 : IPPROTO_IP
}
