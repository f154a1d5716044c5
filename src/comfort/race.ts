/** RFC 8305, "Happy Eyeballs": several addresses are tried beside each other, and the first connection wins. */
import type { Address } from '../data/address/address.js'
import type { Socket } from '../socket/socket.js'

/** §4: the resolver's order within each family, the families in turn, its first one first. */
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

type Attempt = (signal: AbortSignal) => Promise<Socket<Address>>

/** §5: the next attempt starts when one fails or has not answered in `delay` milliseconds. */
export function race(
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

/** Several failures as one. */
export function failed(errors: readonly unknown[]): AggregateError {
  const { code, message } = errors[0] as { code?: string; message: string }
  return Object.assign(new AggregateError(errors, `no address could be connected to: ${message}`), { code })
}
