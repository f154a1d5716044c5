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
import { getaddrinfo } from '../names/addrinfo.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'

/** A peer by name or number, a `getsockname()` for one. `family` restricts the look-up to AF_INET or AF_INET6. */
export interface Host {
  readonly host: string
  readonly port: number
  readonly family?: number | 'inet' | 'inet6' | undefined
  /** The interface of a link-local address, as an Inet6Address has it. */
  readonly scopeId?: number | string | undefined
}

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
 * with the first one's `code` and all of them in `errors` when there were several.
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
  if (!(timeout >= 0)) throw new RangeError(`expected a timeout in milliseconds, not ${String(timeout)}`)
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

async function open(
  address: Host | Given<UnixAddress>,
  options: ConnectionOptions,
  signal: AbortSignal | undefined,
): Promise<Socket<InetAddress | Inet6Address> | Socket<UnixAddress>> {
  signal?.throwIfAborted()
  if (!('host' in address))
    return (await attempt(AF_UNIX, address, undefined, signal)) as unknown as Socket<UnixAddress>
  const { host, port, scopeId } = address
  if (typeof host !== 'string') throw new TypeError(`expected a host string, not ${String(host)}`)
  const asked = familyNumber(address.family)
  const family = asked === 0 ? familyOfSource(options.source) : asked
  // The empty host means this machine, as it does to connect(2).
  const name = host === '' ? 'localhost' : scopeId ? `${host}%${scopeId}` : host
  const found = await getaddrinfo(name, null, { family, type: SOCK_STREAM, protocol: IPPROTO_TCP, signal })
  signal?.throwIfAborted()
  // The same address twice: libc answers for 127.0.0.1 where the hosts file says ::1.
  const known = new Set<string>()
  const candidates = interleave(
    found.filter(({ family, address }) => {
      const text = formatAddress(address)
      const fresh = (family === AF_INET || family === AF_INET6) && !known.has(text)
      known.add(text)
      return fresh
    }),
  )
  if (candidates.length === 0) throw new GaiError(EAI_ADDRFAMILY, host, String(port))
  return race(
    candidates.map(
      ({ family, address }) =>
        (signal) =>
          attempt(family, { ...address, port } as Given<Address>, options.source, signal),
    ),
    options.attemptDelay ?? 250,
    signal,
  ) as Promise<Socket<InetAddress | Inet6Address>>
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

/** RFC 8305 §4: the resolver's order within each family, the families in turn, its first one first. */
export function interleave<T extends { readonly family: number }>(found: readonly T[]): T[] {
  const first = found.filter((each) => each.family === found[0]?.family)
  const rest = found.filter((each) => each.family !== found[0]?.family)
  const mixed: T[] = []
  for (let i = 0; i < Math.max(first.length, rest.length); i++)
    for (const list of [first, rest]) {
      const each = list[i]
      if (each !== undefined) mixed.push(each)
    }
  return mixed
}

async function attempt(
  family: number,
  address: Given<Address>,
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

type Attempt = (signal: AbortSignal) => Promise<Socket<Address>>

function race(
  attempts: readonly Attempt[],
  delay: number,
  outer: AbortSignal | undefined,
): Promise<Socket<Address>> {
  return new Promise((resolve, reject) => {
    const losers = new AbortController()
    const errors: unknown[] = []
    let started = 0
    let settled = false
    let timer: NodeJS.Timeout | undefined

    const settle = (): void => {
      settled = true
      clearTimeout(timer)
      outer?.removeEventListener('abort', onAbort)
      losers.abort()
    }
    const onAbort = (): void => {
      settle()
      reject(outer?.reason)
    }
    const start = (): void => {
      clearTimeout(timer)
      const next = attempts[started++]
      if (next === undefined) return
      if (started < attempts.length) timer = setTimeout(start, delay)
      next(losers.signal).then(
        (connected) => {
          // Two may finish in one turn: the later one is nobody's.
          if (settled) return connected.close()
          settle()
          resolve(connected)
        },
        (error: unknown) => {
          if (settled) return
          errors.push(error)
          if (errors.length === attempts.length) {
            settle()
            reject(errors.length === 1 ? error : failed(errors))
          } else start()
        },
      )
    }
    outer?.addEventListener('abort', onAbort, { once: true })
    start()
  })
}

function failed(errors: readonly unknown[]): AggregateError {
  const { code, message } = errors[0] as { code?: string; message: string }
  return Object.assign(new AggregateError(errors, `no address could be connected to: ${message}`), { code })
}
