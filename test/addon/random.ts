/** Random numbers that a seed repeats (mulberry32). */
export class Random {
  #state: number

  constructor(seed: number) {
    this.#state = seed >>> 0
  }

  /** From 0 to 1, the latter left out. */
  real(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 0x100000000
  }

  /** From 0 to `most`, both included. */
  below(most: number): number {
    return Math.floor(this.real() * (most + 1))
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length - 1)] as T
  }

  chance(of: number): boolean {
    return this.real() < of
  }
}
