/** What `for await` walks over. Each iteration ends quietly when its socket is closed here. */
import { SystemError } from '../data/errors.js'
import type { WaitLimits } from '../engine/limit.js'
import type { Wait } from '../engine/wait.js'
import type { Core } from './core.js'

/** Asks for the next wait only when somebody asks for the next value: nothing is read ahead. */
export class Iteration<T> implements AsyncIterableIterator<T> {
  readonly #core: Core
  readonly #signal: AbortSignal | undefined
  readonly #next: () => Wait<IteratorResult<T, undefined>>
  #done = false

  constructor(core: Core, signal: AbortSignal | undefined, next: () => Wait<IteratorResult<T, undefined>>) {
    this.#core = core
    this.#signal = signal
    this.#next = next
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const { limits, channel } = this.#core
    if (this.#done || channel.gone) return Promise.resolve({ done: true, value: undefined })
    const signal = this.#signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    const wait = this.#next()
    const next = wait.promised()
    channel.read(
      wait,
      signal === undefined ? limits : ({ timeout: limits.timeout, signal } satisfies WaitLimits),
    )
    return next
  }

  /** `break` leaves the socket open: it is the caller's. */
  return(): Promise<IteratorResult<T, undefined>> {
    this.#done = true
    return Promise.resolve({ done: true, value: undefined })
  }

  [Symbol.asyncIterator](): this {
    return this
  }
}

/** No descriptor or no memory for it just now: the connection stays in the kernel's queue. */
const SCARCE = new Set(['EMFILE', 'ENFILE', 'ENOBUFS', 'ENOMEM'])
/** The connection died in the queue; accept(2) says to go on as after EAGAIN. */
const GONE = new Set([
  'ECONNABORTED',
  'EPROTO',
  'ENETDOWN',
  'ENOPROTOOPT',
  'EHOSTDOWN',
  'ENONET',
  'EHOSTUNREACH',
  'ENETUNREACH',
])
/** Milliseconds to wait for descriptors before trying again. */
const SCARCE_PAUSE = 50

export async function* connections<S, P>(
  core: Core,
  signal: AbortSignal | undefined,
  accept: () => Promise<[S, P]>,
): AsyncGenerator<[S, P], undefined> {
  while (!core.channel.gone) {
    let accepted: [S, P]
    try {
      accepted = await accept()
    } catch (error) {
      if (core.channel.gone) return
      if (!(error instanceof SystemError)) throw error
      if (SCARCE.has(error.code)) await pause(SCARCE_PAUSE, signal)
      else if (!GONE.has(error.code)) throw error
      continue
    }
    yield accepted
  }
}

function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, ms)
    signal?.addEventListener('abort', done, { once: true })
  })
}
