/** gethostbyname(3) and its kin: hosts, their other names and their addresses. */
import { parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { inetNtop } from '../data/address/presentation.js'
import { GaiError, HostError, SystemError } from '../data/errors.js'
import { AF_INET } from '../data/kernel.js'
import { EAI_NONAME } from '../data/netdb.js'
import { native } from '../sys/binding.js'
import { type Addrinfo, getaddrinfo, getaddrinfoSync } from './addrinfo.js'
import { gethostname } from './hostname.js'
import { asciiName } from './idna.js'
import { ask, askSync, checkSystem, Fields, type Question } from './question.js'

/** Python's triple (hostname, aliaslist, ipaddrlist) as an object: two of the three are lists of strings. */
export interface Hostent {
  readonly hostname: string
  readonly aliases: readonly string[]
  /** Numeric, without ports. */
  readonly addresses: readonly string[]
}

/** What every look-up of hosts takes beside the name. The answer that comes after an abort goes unheard. */
export interface HostOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * The first IPv4 address of a host, as text. As in Python this is a getaddrinfo(3) for AF_INET; '' is '0.0.0.0' and
 * '<broadcast>' is '255.255.255.255'.
 *
 * @throws GaiError EAI_NONAME, EAI_AGAIN, EAI_FAIL.
 */
export async function gethostbyname(name: string, options: HostOptions = {}): Promise<string> {
  options.signal?.throwIfAborted()
  return (
    special(name) ?? first(await getaddrinfo(name, null, { family: AF_INET, signal: options.signal }), name)
  )
}

/** As `gethostbyname`, blocking the thread. */
export function gethostbynameSync(name: string): string {
  return special(name) ?? first(getaddrinfoSync(name, null, { family: AF_INET }), name)
}

/**
 * gethostbyname(3): a host's official name, its other names and its IPv4 addresses. As in Python the name is looked up by
 * `gethostbyname` before, which is what finds that there is no such host.
 *
 * @throws GaiError as `gethostbyname`; HostError when the second look-up fails where the first did not.
 */
export async function gethostbynameEx(name: string, options: HostOptions = {}): Promise<Hostent> {
  await gethostbyname(name, options)
  return ask(byName(name), options.signal)
}

/** As `gethostbynameEx`, blocking the thread. */
export function gethostbynameExSync(name: string): Hostent {
  gethostbynameSync(name)
  return askSync(byName(name))
}

/**
 * gethostbyaddr(3): the names of the host with this IPv4 or IPv6 address. A name instead of the address is looked up
 * first, as in Python, and its first address taken.
 *
 * @throws HostError HOST_NOT_FOUND when the address has no name, TRY_AGAIN when the name server does not answer; GaiError
 * for a name that has no address.
 */
export async function gethostbyaddr(ip: string, options: HostOptions = {}): Promise<Hostent> {
  options.signal?.throwIfAborted()
  const address = numeric(ip) ? ip : first(await getaddrinfo(ip, null, options), ip)
  return ask(byAddress(address), options.signal)
}

/** As `gethostbyaddr`, blocking the thread. */
export function gethostbyaddrSync(ip: string): Hostent {
  return askSync(byAddress(numeric(ip) ? ip : first(getaddrinfoSync(ip, null), ip)))
}

/**
 * The fully qualified name of a host, this one when left out: the first of its names by `gethostbyaddr` that has a dot in
 * it, its official name when none has. A host that is not known keeps the name it was given.
 */
export async function getfqdn(name = '', options: HostOptions = {}): Promise<string> {
  const asked = self(name) ? gethostname() : name.trim()
  try {
    return qualified(await gethostbyaddr(asked, options))
  } catch (error) {
    options.signal?.throwIfAborted()
    return unknown(error, asked)
  }
}

/** As `getfqdn`, blocking the thread. */
export function getfqdnSync(name = ''): string {
  const asked = self(name) ? gethostname() : name.trim()
  try {
    return qualified(gethostbyaddrSync(asked))
  } catch (error) {
    return unknown(error, asked)
  }
}

function checkName(name: string): void {
  if (typeof name !== 'string') throw new TypeError(`expected a host string, not ${String(name)}`)
}

function self(name: string): boolean {
  checkName(name)
  return ['', '0.0.0.0', '::'].includes(name.trim())
}

function qualified({ hostname, aliases }: Hostent): string {
  return [hostname, ...aliases].find((name) => name.includes('.')) ?? hostname
}

function unknown(error: unknown, name: string): string {
  if (error instanceof GaiError || error instanceof HostError || error instanceof SystemError) return name
  throw error
}

/** The names that are addresses without being numbers, and the number that needs no look-up. */
function special(name: string): string | undefined {
  checkName(name)
  if (name === '') return '0.0.0.0'
  if (name === '<broadcast>') return '255.255.255.255'
  return parseIpv4(name) === null ? undefined : name
}

function numeric(ip: string): boolean {
  checkName(ip)
  return parseIpv4(ip) !== null || parseIpv6(ip) !== null
}

function first([found]: readonly Addrinfo[], name: string): string {
  if (found === undefined || !('host' in found.address)) throw new GaiError(EAI_NONAME, name, null)
  return found.address.host
}

function byName(name: string): Question<Hostent> {
  const ascii = asciiName(name)
  return {
    call: (hear) => native.gethostbyname(ascii, hear),
    read: (answer) => {
      checkSystem(answer, 'gethostbyname', name)
      if (typeof answer === 'number') throw new HostError(-answer, name, 'gethostbyname')
      return readHost(new Fields(answer))
    },
  }
}

function byAddress(ip: string): Question<Hostent> {
  const bytes = parseIpv4(ip) ?? parseIpv6(ip)
  if (bytes === null) throw new TypeError(`expected an IP address, not ${JSON.stringify(ip)}`)
  return {
    call: (hear) => native.gethostbyaddr(bytes, hear),
    read: (answer) => {
      checkSystem(answer, 'gethostbyaddr', ip)
      if (typeof answer === 'number') throw new HostError(-answer, ip, 'gethostbyaddr')
      return readHost(new Fields(answer))
    },
  }
}

function readHost(fields: Fields): Hostent {
  const family = fields.int()
  const hostname = fields.text()
  const aliases = Array.from({ length: fields.int() }, () => fields.text())
  const addresses: string[] = []
  while (fields.more) addresses.push(inetNtop(family, fields.field()))
  return { hostname, aliases, addresses }
}
