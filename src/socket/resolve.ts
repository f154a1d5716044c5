/** The addresses that the verbs take. Numbers are recognised first and cost nothing; the codecs below never look anything up. */
import type { Address, Given, Inet6Address, InetAddress } from '../data/address/address.js'
import { encodeAddress } from '../data/address/family.js'
import { splitScope } from '../data/address/inet6.js'
import { parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { GaiError } from '../data/errors.js'
import { AF_INET, AF_INET6 } from '../data/kernel.js'
import { EAI_NONAME } from '../data/netdb.js'
import { type Addrinfo, getaddrinfo, getaddrinfoSync } from '../names/addrinfo.js'
import { ifNametoindex } from '../names/interfaces.js'

/** The sockaddr of an address for a socket of `family`, or null when its host is a name that has to be looked up. */
export function encodeNumeric(family: number, given: Given<Address>): Uint8Array | null {
  if (
    typeof given === 'object' &&
    given !== null &&
    'ifindex' in given &&
    typeof given.ifindex === 'string'
  ) {
    const ifindex = given.ifindex === '' ? 0 : ifNametoindex(given.ifindex)
    return encodeAddress(family, { ...given, ifindex })
  }
  if (
    (family !== AF_INET && family !== AF_INET6) ||
    typeof given !== 'object' ||
    given === null ||
    !('host' in given)
  )
    return encodeAddress(family, given)
  const { host } = given
  if (typeof host !== 'string') throw new TypeError(`expected a host string, not ${String(host)}`)
  if (family === AF_INET) {
    if (host !== '' && host !== '<broadcast>' && parseIpv4(host) === null) return null
    return encodeAddress(family, given)
  }
  const [bare, zone] = splitScope(host)
  if (bare !== '' && parseIpv6(bare) === null) return null
  const scope = (given as Given<Inet6Address>).scopeId ?? zone
  if (typeof scope !== 'string' || /^\d+$/.test(scope)) return encodeAddress(family, given)
  return encodeAddress(family, { ...given, host: bare, scopeId: ifNametoindex(scope) })
}

/** As `encodeNumeric`, names looked up. A host of more than one address gives the resolver's first, as in Python. */
export async function encodeNamed(
  family: number,
  type: number,
  given: Given<Address>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { host } = given as Given<InetAddress>
  return withPort(family, given, await getaddrinfo(host, null, { family, type, signal }))
}

/** The same, blocking the thread. */
export function encodeNamedSync(family: number, type: number, given: Given<Address>): Uint8Array {
  const { host } = given as Given<InetAddress>
  return withPort(family, given, getaddrinfoSync(host, null, { family, type }))
}

function withPort(family: number, given: Given<Address>, found: readonly Addrinfo[]): Uint8Array {
  const first = found[0]?.address
  if (first === undefined || !('host' in first))
    throw new GaiError(EAI_NONAME, (given as Given<InetAddress>).host, null)
  const { scopeId } = given as Given<Inet6Address>
  const merged = { ...first, ...given, host: first.host }
  if (family === AF_INET6 && (scopeId === undefined || scopeId === 0))
    Object.assign(merged, { scopeId: (first as Inet6Address).scopeId })
  const sockaddr = encodeNumeric(family, merged as Given<Address>)
  if (sockaddr === null) throw new GaiError(EAI_NONAME, first.host, null)
  return sockaddr
}
