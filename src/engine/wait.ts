/** One awaited call: what it wants of the kernel, and the promise of its outcome. */
import type { Channel } from './channel.js'

let capturedResolve: (value: never) => void
let capturedReject: (reason: unknown) => void
// One executor for all promises: a closure for each would cost as much as the promise.
const capture = (resolve: (value: never) => void, reject: (reason: unknown) => void): void => {
  capturedResolve = resolve
  capturedReject = reject
}

const nobody = (): void => {}

export interface WaitLimits {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; null waits for ever. */
  readonly timeout: number | null
}

/** What `attempt` answers when it could go on but has had its share of this turn. No errno is as large. */
export const LATER: number = -0x10000

export abstract class Wait<T> {
  readonly promise: Promise<T>
  // `never`, so that a Wait<T> is a Wait<unknown> to the queues, which only hand it results.
  readonly #resolve: (value: never) => void
  readonly #reject: (reason: unknown) => void

  /** What the addon does when the socket is ready (`OP_…`), and its arguments. */
  abstract readonly op: number
  readonly size: number = 0
  readonly flags: number = 0
  /** Milliseconds until a write is tried again, where the kernel has no event to tell; 0 where it has. */
  retry = 0

  /** Stays at the head of its queue from one result to the next: a handler, which has no promise. */
  readonly stays: boolean = false
  /** A handler has asked for patience: nothing is read for it. */
  patient = false

  /** Bytes that went or came so far, of a call that takes several tries. */
  moved = 0

  /** The next in the channel's queue. */
  next: Wait<unknown> | null = null
  /** Whether this wait counts among those that keep the process alive. */
  held = false
  #timer: NodeJS.Timeout | undefined
  #signal: AbortSignal | undefined
  #onAbort: (() => void) | undefined

  constructor() {
    this.promise = new Promise<T>(capture as never)
    this.#resolve = capturedResolve
    this.#reject = capturedReject
    // They hold the promise, and by it what it is resolved with: descriptors and memory would outlive their last user.
    capturedResolve = nobody
    capturedReject = nobody
  }

  protected resolve(value: T): void {
    this.#resolve(value as never)
  }

  reject(reason: unknown): void {
    this.#reject(reason)
  }

  /** Makes the call now. The result, or -errno; -EAGAIN when it would have to wait, LATER after a fair share. */
  abstract attempt(channel: Channel): number
  /** What a result (>= 0) of `attempt`, or of the addon (`at` is then its place in the slab), is to the caller. */
  abstract result(value: number, at: number): T
  /** The error that a result of -errno is. */
  abstract failure(value: number): Error
  /** The error that this call's time-out is. */
  abstract timedOut(channel: Channel, ms: number): Error

  /** What has been had so far, where a call that is cut short ends well with that: MSG_WAITALL. */
  part(): T | undefined {
    return undefined
  }

  /** Settles the promise with a result. */
  complete(channel: Channel, value: number, at: number): void {
    if (value >= 0) return this.resolve(this.result(value, at))
    const part = this.part()
    if (part === undefined) return this.reject(this.failure(value))
    channel.defer(value)
    this.resolve(part)
  }

  /** The time-out or the signal struck. */
  cut(reason: unknown): void {
    const part = this.part()
    if (part === undefined) this.reject(reason)
    else this.resolve(part)
  }

  /** The time-out or the signal struck; `cut` follows. */
  cancelled(_channel: Channel): void {}

  /** Starts the clock and listens to the signal: `expire` is called when the one strikes, `abort` when the other does. */
  limit(
    channel: Channel,
    limits: WaitLimits,
    expire: (ms: number) => void,
    abort: (reason: unknown) => void,
  ): void {
    const { timeout, signal } = limits
    if (timeout !== null) {
      this.#timer = setTimeout(() => expire(timeout), timeout)
      if (!channel.keepsAlive) this.#timer.unref()
    }
    if (signal !== undefined) {
      this.#signal = signal
      this.#onAbort = () => abort(signal.reason)
      signal.addEventListener('abort', this.#onAbort, { once: true })
    }
  }

  unlimit(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener('abort', this.#onAbort)
  }

  /** A socket's ref() or unref() while this waits. */
  keepAlive(on: boolean): void {
    if (on) this.#timer?.ref()
    else this.#timer?.unref()
  }
}
