/** getnameinfo(3): an address to the names of its host and its service. */
import type { Given, Inet6Address, InetAddress } from '../data/address/address.js'
import { encodeAddress } from '../data/address/family.js'
import { splitScope } from '../data/address/inet6.js'
import { parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { GaiError } from '../data/errors.js'
import { AF_INET, AF_INET6 } from '../data/kernel.js'
import { EAI_NONAME } from '../data/netdb.js'
import { native } from '../sys/binding.js'
import { ifNametoindex } from './interfaces.js'
import { ask, askSync, checkSystem, Fields, type Question } from './question.js'

/** An IP address and a port, the host numeric. */
export type NumericAddress = Given<InetAddress> | Given<Inet6Address>

/** The names of a host and a service, or their numbers as text. */
export interface Nameinfo {
  readonly host: string
  readonly service: string
}

/**
 * getnameinfo(3), RFC 3493 §6.2: the names of an address's host and port; their numbers where they have none. `flags`
 * are NI_*: NI_NUMERICHOST and NI_NUMERICSERV look nothing up.
 *
 * A name may hold anything that its server says: it proves nothing, and is not fit for a terminal as it is.
 *
 * @throws GaiError EAI_NONAME for a host that is not numeric, or has no name with NI_NAMEREQD; EAI_AGAIN.
 */
export async function getnameinfo(
  address: NumericAddress,
  options: { readonly flags?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<Nameinfo> {
  return ask(nameinfo(address, options.flags), options.signal)
}

/** As `getnameinfo`, blocking the thread. */
export function getnameinfoSync(
  address: NumericAddress,
  options: { readonly flags?: number | undefined } = {},
): Nameinfo {
  return askSync(nameinfo(address, options.flags))
}

function nameinfo(address: NumericAddress, flags = 0): Question<Nameinfo> {
  const sockaddr = encode(address)
  const { host, port } = address
  return {
    call: (hear) => native.getnameinfo(sockaddr, flags, hear),
    read: (answer) => {
      checkSystem(answer, 'getnameinfo', host)
      if (typeof answer === 'number') throw new GaiError(answer, host, String(port), 'getnameinfo')
      const fields = new Fields(answer)
      return { host: fields.text(), service: fields.text() }
    },
  }
}

function encode(address: NumericAddress): Uint8Array {
  if (typeof address !== 'object' || address === null)
    throw new TypeError(`expected an address object, not ${String(address)}`)
  const { host, port } = address
  if (typeof host !== 'string') throw new TypeError(`expected a host string, not ${String(host)}`)
  const [bare, zone] = splitScope(host)
  const inet = parseIpv4(host) !== null
  if (!inet && parseIpv6(bare) === null) throw new GaiError(EAI_NONAME, host, String(port), 'getnameinfo')
  if (inet) return encodeAddress(AF_INET, address)
  const scope = ('scopeId' in address ? address.scopeId : undefined) ?? zone
  if (typeof scope !== 'string' || /^\d+$/.test(scope)) return encodeAddress(AF_INET6, address)
  return encodeAddress(AF_INET6, {
    ...address,
    host: bare,
    scopeId: ifNametoindex(scope),
  } as Given<Inet6Address>)
}
