/** How long a call may wait: a clock and a signal, of the few calls that have one. */

export interface WaitLimits {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds; null waits for ever. */
  readonly timeout: number | null
}

export class Limit {
  readonly #timer: NodeJS.Timeout | undefined
  readonly #signal: AbortSignal | undefined
  readonly #onAbort: () => void

  constructor(
    { timeout, signal }: WaitLimits,
    keepsAlive: boolean,
    expire: (ms: number) => void,
    abort: (reason: unknown) => void,
  ) {
    if (timeout !== null) {
      this.#timer = setTimeout(() => expire(timeout), timeout)
      if (!keepsAlive) this.#timer.unref()
    }
    this.#signal = signal
    this.#onAbort = () => abort(signal?.reason)
    signal?.addEventListener('abort', this.#onAbort, { once: true })
  }

  end(): void {
    if (this.#timer !== undefined) clearTimeout(this.#timer)
    this.#signal?.removeEventListener('abort', this.#onAbort)
  }

  keepAlive(on: boolean): void {
    if (on) this.#timer?.ref()
    else this.#timer?.unref()
  }
}
