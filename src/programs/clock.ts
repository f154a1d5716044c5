/** The time that may pass with nothing coming or going. */

export class Clock {
  readonly #fire: () => void
  #timer: NodeJS.Timeout | undefined
  #held = 0

  constructor(fire: () => void) {
    this.#fire = fire
  }

  /** From now on; for ever when undefined. */
  start(ms: number | undefined): void {
    this.stop()
    if (ms === undefined) return
    this.#timer = setTimeout(() => {
      if (this.#held > 0) this.#timer?.refresh()
      else this.#fire()
    }, ms)
  }

  /** Something came or went. */
  touch(): void {
    this.#timer?.refresh()
  }

  /** Does not fire before this has settled. */
  async hold(work: void | Promise<void>): Promise<void> {
    this.#held++
    try {
      await work
    } finally {
      this.#held--
      this.touch()
    }
  }

  stop(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }
}
