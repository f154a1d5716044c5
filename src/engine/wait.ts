/** One call that waits in a queue: what it wants of the kernel, and whom its outcome is told. */
import type { Channel } from './channel.js'
import { Limit, type WaitLimits } from './limit.js'

let capturedResolve: (value: never) => void
let capturedReject: (reason: unknown) => void
// One executor for all promises: a closure for each would cost as much as the promise.
const capture = (resolve: (value: never) => void, reject: (reason: unknown) => void): void => {
  capturedResolve = resolve
  capturedReject = reject
}

const nobody = (): void => {}

/** What `attempt` answers when it could go on but has had its share of this turn. No errno is as large. */
export const LATER: number = -0x10000

/** There is one for each read: what is the same for all of a kind is an accessor, not a field. */
export abstract class Wait<T> {
  /** What the addon does when the socket is ready (`OP_…`), and its arguments. */
  abstract readonly op: number
  readonly size: number
  readonly flags: number
  /** Bytes that went or came so far, of a call that takes several tries. */
  moved = 0
  /** Milliseconds until a write is tried again, where the kernel has no event to tell; 0 where it has. */
  retry = 0

  /** The next in the channel's queue. */
  next: Wait<unknown> | null = null
  /** Whether this wait counts among those that keep the process alive. */
  held = false
  #limit: Limit | null = null
  // `never`, so that a Wait<T> is a Wait<unknown> to the queues, which only hand it results.
  #resolve: ((value: never) => void) | null = null
  #reject: ((reason: unknown) => void) | null = null

  constructor(size: number, flags: number) {
    this.size = size
    this.flags = flags
  }

  /** The promise of the outcome: to be had before the call is made. Blocking calls and handlers need none. */
  promised(): Promise<T> {
    const promise = new Promise<T>(capture as never)
    this.#resolve = capturedResolve
    this.#reject = capturedReject
    // They hold the promise, and by it what it is resolved with: descriptors and memory would outlive their last user.
    capturedResolve = nobody
    capturedReject = nobody
    return promise
  }

  protected resolve(value: T): void {
    this.#resolve?.(value as never)
  }

  reject(reason: unknown): void {
    this.#reject?.(reason)
  }

  /** Stays at the head of its queue from one result to the next: a handler. */
  get stays(): boolean {
    return false
  }

  /** A handler has asked for patience: nothing is read for it. */
  get patient(): boolean {
    return false
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
    this.#limit = new Limit(limits, channel.keepsAlive, expire, abort)
  }

  unlimit(): void {
    this.#limit?.end()
  }

  /** A socket's ref() or unref() while this waits. */
  keepAlive(on: boolean): void {
    this.#limit?.keepAlive(on)
  }
}
