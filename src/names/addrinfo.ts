/** getaddrinfo(3): a host and a service to addresses. */
import type { Address } from '../data/address/address.js'
import { decodeAddress } from '../data/address/family.js'
import { GaiError } from '../data/errors.js'
import { AI_CANONNAME, AI_PASSIVE } from '../data/netdb.js'
import { native } from '../sys/binding.js'
import { asciiName } from './idna.js'
import { ask, askSync, checkSystem, Fields, type Question } from './question.js'

/** What getaddrinfo is to look for. */
export interface AddrinfoHints {
  /** AF_INET or AF_INET6; AF_UNSPEC, both, when left out. */
  readonly family?: number | undefined
  /** SOCK_*; every one when left out, with an answer for each. */
  readonly type?: number | undefined
  /** IPPROTO_*. */
  readonly protocol?: number | undefined
  /** AI_*. */
  readonly flags?: number | undefined
}

/** One of getaddrinfo's answers: what to make a socket of, and the address for it. */
export interface Addrinfo {
  readonly family: number
  readonly type: number
  readonly protocol: number
  /** The host's official name, in the first answer and with AI_CANONNAME; otherwise ''. */
  readonly canonname: string
  readonly address: Address
}

/**
 * getaddrinfo(3), RFC 3493 §6.1: the addresses of a host and a service, in the order to try them (RFC 6724). Numbers and
 * names alike; names come from the hosts file, DNS and whatever else the system is configured for (nsswitch.conf(5)).
 *
 * The host null is this machine: its loopback addresses, or with AI_PASSIVE every address. The host '' is every address,
 * as it is to `bind`. The service is a name ('http'), a number, or null for port 0. A name beyond ASCII is sent in its
 * ASCII form.
 *
 * The look-up takes a thread of the runtime's pool until libc is done, also when `signal` has had it rejected.
 *
 * @throws GaiError EAI_NONAME for what is not known, EAI_SERVICE, EAI_FAMILY, EAI_SOCKTYPE, EAI_BADFLAGS for what does not
 * go together, EAI_AGAIN and EAI_FAIL when the name server does not answer or refuses.
 */
export async function getaddrinfo(
  host: string | null,
  service: string | number | null,
  options: AddrinfoHints & { readonly signal?: AbortSignal | undefined } = {},
): Promise<Addrinfo[]> {
  return ask(addrinfo(host, service, options), options.signal)
}

/** As `getaddrinfo`, blocking the thread. */
export function getaddrinfoSync(
  host: string | null,
  service: string | number | null,
  options: AddrinfoHints = {},
): Addrinfo[] {
  return askSync(addrinfo(host, service, options))
}

function addrinfo(
  host: string | null,
  service: string | number | null,
  hints: AddrinfoHints,
): Question<Addrinfo[]> {
  if (host !== null && typeof host !== 'string')
    throw new TypeError(`expected a host string or null, not ${String(host)}`)
  const wildcard = host === ''
  // libc wants at least one of the two.
  const port = wildcard && service === null ? '0' : serviceText(service)
  const { family = 0, type = 0, protocol = 0, flags = 0 } = hints
  // The empty host is the wildcard, which libc knows as no host at all.
  const name = host === null || wildcard ? null : asciiName(host)
  const all = wildcard ? flags | AI_PASSIVE : flags
  return {
    call: (hear) => native.getaddrinfo(name, port, family, type, protocol, all, hear),
    read: (answer) => {
      checkSystem(answer, 'getaddrinfo', host ?? '')
      if (typeof answer === 'number') throw new GaiError(answer, host, port)
      return readAddrinfo(new Fields(answer), (all & AI_CANONNAME) !== 0)
    },
  }
}

function serviceText(service: string | number | null): string | null {
  if (service === null || typeof service === 'string') return service
  if (typeof service !== 'number')
    throw new TypeError(`expected a service's name, number or null, not ${String(service)}`)
  if (!Number.isInteger(service) || service < 0 || service > 65535)
    throw new RangeError(`expected a port from 0 to 65535, not ${service}`)
  return String(service)
}

function readAddrinfo(answer: Fields, canonical: boolean): Addrinfo[] {
  const found: Addrinfo[] = []
  while (answer.more) {
    const [family, type, protocol] = [answer.int(), answer.int(), answer.int()]
    const address = decodeAddress(answer.field())
    // musl tells the name with every answer, asked for or not.
    const name = answer.text()
    const canonname = canonical && found.length === 0 ? name : ''
    if (address !== null) found.push({ family, type, protocol, canonname, address })
  }
  return found
}
