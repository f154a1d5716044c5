/** createConnection: from a host and a port, or a unix address, to a connected stream. */
import type { Address, Given, Inet6Address, InetAddress, UnixAddress } from '../data/address/address.js'
import { GaiError } from '../data/errors.js'
import { AF_INET, AF_INET6, AF_UNIX, IPPROTO_TCP, SOCK_STREAM } from '../data/kernel.js'
import { socket } from '../socket/open.js'
import { lookup } from '../socket/resolve.js'
import type { Socket } from '../socket/socket.js'

/** A peer by name or number. `family` restricts the look-up to AF_INET or AF_INET6. */
export interface Host {
  readonly host: string
  readonly port: number
  readonly family?: number | undefined
}

export interface ConnectionOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds for all of it, look-up and every attempt; the connected socket waits for ever. TimeoutError behind them. */
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
  const { timeout } = options
  const limit = timeout === undefined ? undefined : AbortSignal.timeout(timeout)
  const signals = [options.signal, limit].filter((signal) => signal !== undefined)
  const signal = signals.length > 1 ? AbortSignal.any(signals) : signals[0]
  signal?.throwIfAborted()
  if (!('host' in address))
    return (await attempt(AF_UNIX, address, undefined, signal)) as unknown as Socket<UnixAddress>
  const { host, port, family = 0 } = address
  if (typeof host !== 'string') throw new TypeError(`expected a host string, not ${String(host)}`)
  // The empty host means this machine, as it does to connect(2).
  const found = await lookup(
    { host: host === '' ? 'localhost' : host, family, type: SOCK_STREAM, protocol: IPPROTO_TCP },
    signal,
  )
  const candidates = interleave(found.filter((each) => each.family === AF_INET || each.family === AF_INET6))
  if (candidates.length === 0) throw new GaiError(-9, host, String(port))
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
          } else if (errors.length === started) start()
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
