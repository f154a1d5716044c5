/** getaddrinfo(3): names to addresses. */
import type { Address } from '../data/address/address.js'
import { decodeAddress } from '../data/address/family.js'
import { GaiError, SystemError } from '../data/errors.js'
import { native } from '../sys/binding.js'

/** One of getaddrinfo's answers. */
export interface Resolved {
  readonly family: number
  readonly type: number
  readonly protocol: number
  readonly address: Address
}

/** getaddrinfo's arguments. */
export interface Question {
  readonly host: string | null
  readonly service?: string | null
  readonly family?: number
  readonly type?: number
  readonly protocol?: number
  readonly flags?: number
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
