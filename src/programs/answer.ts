/** Whom a datagram service answers, and how often: a forged source must be neither flooded nor answered for ever. */
import type { Address } from '../data/address/address.js'
import type { Socket } from '../socket/socket.js'

/**
 * Not to nobody, not to ports under 1024 (the small services of other hosts answer whatever comes), not to a port of our
 * own (two services must not answer each other for ever).
 */
export function mayAnswer(peer: Address | null, own: ReadonlySet<number>): peer is Address {
  if (peer === null) return false
  if (peer.family === 'unix') return peer.abstract !== undefined || peer.path.length > 0
  return 'port' in peer && peer.port >= 1024 && !own.has(peer.port)
}

/** An answer that the kernel takes now or not at all: a client who fetches none must not keep the others waiting. */
export function reply(server: Socket, data: Uint8Array | string, peer: Address): Promise<number> {
  server.settimeout(0)
  try {
    return server.sendto(data, peer)
  } finally {
    server.settimeout(null)
  }
}

/** Sources remembered at once; the one unheard of for longest makes room. */
const SOURCES = 4096

/** A token bucket for each source: `burst` answers at once, then `rate` a second. */
export class RateLimit {
  readonly #rate: number
  readonly #burst: number
  // In the order of their last visit.
  readonly #buckets = new Map<string, { tokens: number; at: number }>()

  constructor(rate: number, burst: number) {
    this.#rate = rate
    this.#burst = burst
  }

  /** Whether this source may be answered at `now` (milliseconds of a steady clock). */
  take(source: Address, now: number = performance.now()): boolean {
    const key = sourceKey(source)
    const bucket = this.#buckets.get(key) ?? { tokens: this.#burst, at: now }
    this.#buckets.delete(key)
    this.#buckets.set(key, bucket)
    if (this.#buckets.size > SOURCES) this.#buckets.delete(this.#buckets.keys().next().value as string)
    bucket.tokens = Math.min(this.#burst, bucket.tokens + ((now - bucket.at) / 1000) * this.#rate)
    bucket.at = now
    if (bucket.tokens < 1) return false
    bucket.tokens--
    return true
  }
}

/** Hosts, not ports: a new port costs a sender nothing. Of IPv6 the /64, which is what one subscriber gets. */
function sourceKey(source: Address): string {
  if (source.family === 'inet') return source.host
  if (source.family !== 'inet6') return JSON.stringify(source)
  const { host } = source
  if (host.startsWith('::ffff:')) return host
  const [left = '', right = ''] = host.split('::')
  const groups = left === '' ? [] : left.split(':')
  const rest = right === '' ? [] : right.split(':')
  while (groups.length + rest.length < 8 && host.includes('::')) groups.push('0')
  return `${[...groups, ...rest].slice(0, 4).join(':')}::/64`
}
