/** Names to addresses. Numbers are recognised first and cost nothing; the codecs below never look anything up. */
import type { Address, Given, Inet6Address, InetAddress } from '../data/address/address.js'
import { decodeAddress, encodeAddress } from '../data/address/family.js'
import { splitScope } from '../data/address/inet6.js'
import { parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { GaiError, SystemError } from '../data/errors.js'
import { AF_INET, AF_INET6, ENODEV } from '../data/kernel.js'
import { native } from '../sys/binding.js'

/** One of getaddrinfo's answers. */
export interface Resolved {
  readonly family: number
  readonly type: number
  readonly protocol: number
  readonly address: Address
}

interface Question {
  readonly host: string | null
  readonly service?: string | null
  readonly family?: number
  readonly type?: number
  readonly protocol?: number
  readonly flags?: number
}

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

/** getaddrinfo(3) on another thread. An abort rejects at once; libc's own search runs on unheard. */
export function lookup(q: Question, signal?: AbortSignal): Promise<Resolved[]> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => reject(signal?.reason)
    signal?.addEventListener('abort', onAbort, { once: true })
    const queued = native.getaddrinfo(...questionArguments(q), (answer) => {
      signal?.removeEventListener('abort', onAbort)
      try {
        resolve(answers(q, answer))
      } catch (error) {
        reject(error)
      }
    })
    if (queued < 0) reject(new GaiError(queued, q.host, q.service ?? null))
  })
}

export function lookupSync(q: Question): Resolved[] {
  return answers(q, native.getaddrinfoSync(...questionArguments(q)))
}

function questionArguments(q: Question): [string | null, string | null, number, number, number, number] {
  // The empty host is the wildcard, which libc knows as no host at all.
  return [
    q.host === '' ? null : q.host,
    q.service ?? null,
    q.family ?? 0,
    q.type ?? 0,
    q.protocol ?? 0,
    q.flags ?? 0,
  ]
}

/** int32 family, type, protocol, flags, address length, name length; the sockaddr; the canonical name (native/resolver.c). */
const HEAD = 24

/** EAI_SYSTEM: errno travels below this. */
const SYSTEM = -10000

function answers(q: Question, answer: Uint8Array | number): Resolved[] {
  if (typeof answer === 'number') {
    if (answer <= SYSTEM)
      throw new SystemError(SYSTEM - answer, { syscall: 'getaddrinfo', hint: q.host ?? '' })
    throw new GaiError(answer, q.host, q.service ?? null)
  }
  const view = new DataView(answer.buffer, answer.byteOffset, answer.byteLength)
  const found: Resolved[] = []
  for (let at = 0; at < answer.length; ) {
    const [family, type, protocol, , length, name] = [0, 4, 8, 12, 16, 20].map((field) =>
      view.getInt32(at + field, true),
    ) as [number, number, number, number, number, number]
    const address = decodeAddress(answer.subarray(at + HEAD, at + HEAD + length))
    if (address !== null) found.push({ family, type, protocol, address })
    at += HEAD + length + name
  }
  return found
}
