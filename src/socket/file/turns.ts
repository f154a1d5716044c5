/** Calls that are served one after the other. */

interface Turn {
  readonly begin: () => void
  readonly fail: (reason: unknown) => void
}

export class Turns {
  #taken = false
  readonly #queue: Turn[] = []

  get taken(): boolean {
    return this.#taken
  }

  /** Resolves when it is the caller's turn, which `leave` ends; rejects when the signal strikes before. */
  enter(signal?: AbortSignal): Promise<void> {
    if (!this.#taken) {
      this.#taken = true
      return Promise.resolve()
    }
    return new Promise((resolve, reject) => {
      const aborted = (): void => {
        this.#queue.splice(this.#queue.indexOf(turn), 1)
        reject(signal?.reason)
      }
      const turn: Turn = {
        begin: () => {
          signal?.removeEventListener('abort', aborted)
          resolve()
        },
        fail: (reason) => {
          signal?.removeEventListener('abort', aborted)
          reject(reason)
        },
      }
      this.#queue.push(turn)
      signal?.addEventListener('abort', aborted, { once: true })
    })
  }

  leave(): void {
    const next = this.#queue.shift()
    if (next === undefined) this.#taken = false
    else next.begin()
  }

  /** Those that wait for their turn shall not have it. */
  fail(reason: unknown): void {
    for (const turn of this.#queue.splice(0)) turn.fail(reason)
  }
}
