/** createConnection: from a host and a port, or a unix address, to a connected stream. */
import {
  type Address,
  formatAddress,
  type Given,
  type Inet6Address,
  type InetAddress,
  type UnixAddress,
} from '../data/address/address.js'
import { splitScope } from '../data/address/inet6.js'
import { parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { GaiError, TimeoutError } from '../data/errors.js'
import { AF_INET, AF_INET6, AF_UNIX, ETIMEDOUT, IPPROTO_TCP, SOCK_STREAM } from '../data/kernel.js'
import { EAI_ADDRFAMILY } from '../data/netdb.js'
import { type Addrinfo, type AddrinfoHints, getaddrinfo, getaddrinfoSync } from '../names/addrinfo.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'
import { getdefaulttimeout } from '../socket/timeout.js'
import { failed, interleave, race } from './race.js'

/** A peer by name or number, a `getsockname()` for one. `family` restricts the look-up to AF_INET or AF_INET6. */
export interface Host {
  readonly host: string
  readonly port: number
  readonly family?: number | 'inet' | 'inet6' | undefined
  /** The interface of a link-local address, as an Inet6Address has it. */
  readonly scopeId?: number | string | undefined
}

/** Options of `createConnection`. */
export interface ConnectionOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for all of it, look-up and every attempt; the connected socket has the default (`setdefaulttimeout`). TimeoutError behind them. */
  readonly timeout?: number | undefined
  /** The own end's address, as bind(2) takes it. Only attempts of its family are made. */
  readonly source?: Given<InetAddress> | Given<Inet6Address> | undefined
  /** Milliseconds before the next address is tried beside one that does not answer; 250, RFC 8305 §8. */
  readonly attemptDelay?: number | undefined
}

/**
 * A connected stream socket. A name with several addresses has them raced as RFC 8305 says: families take turns, the next
 * attempt starts when one fails or has not answered in `attemptDelay`; the first connection wins, the others are closed.
 *
 * @throws GaiError when the name has no address; the error of the attempt when there was one; an AggregateError
 * with the first one's `code` and all of them in `errors` when there were several; TimeoutError; the signal's reason. Nothing
 * is left open then.
 */
export async function createConnection(
  address: Host,
  options?: ConnectionOptions,
): Promise<Socket<InetAddress | Inet6Address>>
export async function createConnection(
  address: Given<UnixAddress>,
  options?: ConnectionOptions,
): Promise<Socket<UnixAddress>>
export async function createConnection(
  address: Host | Given<UnixAddress>,
  options: ConnectionOptions = {},
): Promise<Socket<InetAddress | Inet6Address> | Socket<UnixAddress>> {
  const { timeout, signal } = options
  if (timeout === undefined) return open(address, options, signal)
  checkDuration(timeout)
  const clock = new AbortController()
  const timer = setTimeout(() => {
    const hint = 'host' in address ? `to ${address.host} port ${address.port}` : undefined
    clock.abort(new TimeoutError(ETIMEDOUT, { syscall: 'connect', hint }, timeout))
  }, timeout)
  try {
    const either = signal === undefined ? clock.signal : AbortSignal.any([signal, clock.signal])
    return await open(address, options, either)
  } finally {
    clearTimeout(timer)
  }
}

/**
 * `createConnection`, blocking the thread: one address after the other, each with its share of the time that is left. A look-up
 * cannot be cut short, but is counted.
 */
export function createConnectionSync(
  address: Host,
  options?: Omit<ConnectionOptions, 'signal' | 'attemptDelay'>,
): Socket<InetAddress | Inet6Address>
export function createConnectionSync(
  address: Given<UnixAddress>,
  options?: Omit<ConnectionOptions, 'signal' | 'attemptDelay'>,
): Socket<UnixAddress>
export function createConnectionSync(
  address: Host | Given<UnixAddress>,
  { timeout, source }: Omit<ConnectionOptions, 'signal' | 'attemptDelay'> = {},
): Socket<InetAddress | Inet6Address> | Socket<UnixAddress> {
  if (timeout !== undefined) checkDuration(timeout)
  const end = timeout === undefined ? undefined : performance.now() + timeout
  const candidates: readonly Candidate[] =
    'host' in address ? candidatesSync(address, { source }) : [{ family: AF_UNIX, address }]
  const errors: unknown[] = []
  for (const [i, each] of candidates.entries()) {
    const left = end === undefined ? null : Math.max(1, (end - performance.now()) / (candidates.length - i))
    try {
      return attemptSync(each, source, left) as unknown as Socket<UnixAddress>
    } catch (error) {
      errors.push(error)
    }
  }
  throw errors.length === 1 ? errors[0] : failed(errors)
}

function checkDuration(timeout: number): void {
  if (!(timeout >= 0)) throw new RangeError(`expected a timeout in milliseconds, not ${String(timeout)}`)
}

async function open(
  address: Host | Given<UnixAddress>,
  options: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<Socket<InetAddress | Inet6Address> | Socket<UnixAddress>> {
  signal?.throwIfAborted()
  if (!('host' in address))
    return (await attempt({ family: AF_UNIX, address }, undefined, signal)) as unknown as Socket<UnixAddress>
  const { name, hints } = search(address, options)
  const found = await getaddrinfo(name, null, { ...hints, signal })
  signal?.throwIfAborted()
  const candidates = choose(address, found)
  return race(
    candidates.map((each) => (signal) => attempt(each, options.source, signal)),
    options.attemptDelay ?? 250,
    signal,
  ) as Promise<Socket<InetAddress | Inet6Address>>
}

/** What to ask the resolver for. */
function search(
  { host, family, scopeId }: Host,
  { source }: Pick<ConnectionOptions, 'source'>,
): { name: string; hints: AddrinfoHints } {
  if (typeof host !== 'string') throw new TypeError(`expected a host string, not ${String(host)}`)
  const asked = familyNumber(family)
  return {
    // The empty host means this machine, as it does to connect(2).
    name: host === '' ? 'localhost' : scopeId ? `${host}%${scopeId}` : host,
    hints: { family: asked === 0 ? familyOfSource(source) : asked, type: SOCK_STREAM, protocol: IPPROTO_TCP },
  }
}

interface Candidate {
  readonly family: number
  readonly address: Given<Address>
}

/** The addresses to try, in order. */
function choose({ host, port }: Host, found: readonly Addrinfo[]): Candidate[] {
  // The same address twice: libc answers for 127.0.0.1 where the hosts file says ::1.
  const known = new Set<string>()
  const fresh = found.filter(({ family, address }) => {
    const text = formatAddress(address)
    const isFresh = (family === AF_INET || family === AF_INET6) && !known.has(text)
    known.add(text)
    return isFresh
  })
  if (fresh.length === 0) throw new GaiError(EAI_ADDRFAMILY, host, String(port))
  return interleave(fresh).map(({ family, address }) => ({
    family,
    address: { ...address, port } as Given<Address>,
  }))
}

function candidatesSync(address: Host, options: Pick<ConnectionOptions, 'source'>): Candidate[] {
  const { name, hints } = search(address, options)
  return choose(address, getaddrinfoSync(name, null, hints))
}

function familyNumber(family: number | 'inet' | 'inet6' | undefined): number {
  if (family === undefined) return 0
  if (typeof family === 'number') return family
  return family === 'inet' ? AF_INET : AF_INET6
}

/** The only family that attempts from `source` can be of; 0 when its host does not tell. */
function familyOfSource(source: ConnectionOptions['source']): number {
  if (source === undefined) return 0
  if (source.family !== undefined) return familyNumber(source.family)
  if (parseIpv4(source.host) !== null) return AF_INET
  return parseIpv6(splitScope(source.host)[0]) === null ? 0 : AF_INET6
}

async function attempt(
  { family, address }: Candidate,
  source: Given<Address> | undefined,
  signal: AbortSignal | undefined,
): Promise<Socket<Address>> {
  const candidate = socket(family, SOCK_STREAM)
  try {
    if (source !== undefined) candidate.bind(source)
    await candidate.connect(address, { signal })
    return candidate
  } catch (error) {
    candidate.close()
    throw error
  }
}

function attemptSync(
  { family, address }: Candidate,
  source: Given<Address> | undefined,
  timeout: number | null,
): Socket<Address> {
  const candidate = socket(family, SOCK_STREAM)
  try {
    if (source !== undefined) candidate.bind(source)
    candidate.settimeout(timeout)
    candidate.connectSync(address)
    candidate.settimeout(getdefaulttimeout())
    return candidate
  } catch (error) {
    candidate.close()
    throw error
  }
}
