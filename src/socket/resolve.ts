/** The addresses that the verbs take. Numbers are recognised first and cost nothing; the codecs below never look anything up. */
import type { Address, Given, Inet6Address, InetAddress } from '../data/address/address.js'
import { encodeAddress } from '../data/address/family.js'
import { splitScope } from '../data/address/inet6.js'
import { parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { GaiError, SystemError } from '../data/errors.js'
import { AF_INET, AF_INET6, ENODEV } from '../data/kernel.js'
import { lookup, lookupSync, type Question, type Resolved } from '../names/lookup.js'
import { native } from '../sys/binding.js'

/** The sockaddr of an address for a socket of `family`, or null when its host is a name that has to be looked up. */
export function encodeNumeric(family: number, given: Given<Address>): Uint8Array | null {
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
  return encodeAddress(family, { ...given, host: bare, scopeId: interfaceIndex(scope) })
}

function interfaceIndex(name: string): number {
  const index = native.if_nametoindex(name)
  if (index < 0)
    throw new SystemError(ENODEV, { syscall: 'if_nametoindex', hint: `no interface ${JSON.stringify(name)}` })
  return index
}

/** As `encodeNumeric`, names looked up. A host of more than one address gives the resolver's first, as in Python. */
export async function encodeNamed(
  family: number,
  type: number,
  given: Given<Address>,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const found = await lookup(question(family, type, given), signal)
  return withPort(family, given, found)
}

/** The same, blocking the thread. */
export function encodeNamedSync(family: number, type: number, given: Given<Address>): Uint8Array {
  return withPort(family, given, lookupSync(question(family, type, given)))
}

function question(family: number, type: number, given: Given<Address>): Question {
  return { host: (given as Given<InetAddress>).host, family, type }
}

function withPort(family: number, given: Given<Address>, found: readonly Resolved[]): Uint8Array {
  const first = found[0]?.address
  if (first === undefined || !('host' in first))
    throw new GaiError(-2, (given as Given<InetAddress>).host, null)
  const { scopeId } = given as Given<Inet6Address>
  const merged = { ...first, ...given, host: first.host }
  if (family === AF_INET6 && (scopeId === undefined || scopeId === 0))
    Object.assign(merged, { scopeId: (first as Inet6Address).scopeId })
  const sockaddr = encodeNumeric(family, merged as Given<Address>)
  if (sockaddr === null) throw new GaiError(-2, first.host, null)
  return sockaddr
}
