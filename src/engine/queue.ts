/** The waits of one direction, in the order that they came in. */
import type { Wait } from './wait.js'

export class Queue {
  // A ring: the last one's next is the first. Most often there is one at most, and each reference from old to new memory costs.
  #last: Wait<unknown> | null = null

  get head(): Wait<unknown> | null {
    return this.#last === null ? null : this.#last.next
  }

  push(wait: Wait<unknown>): void {
    if (this.#last === null) wait.next = wait
    else {
      wait.next = this.#last.next
      this.#last.next = wait
    }
    this.#last = wait
  }

  *[Symbol.iterator](): Generator<Wait<unknown>, void> {
    const last = this.#last
    if (last === null) return
    for (let each = last.next as Wait<unknown>; ; ) {
      // It may be taken out meanwhile.
      const next = each.next as Wait<unknown>
      yield each
      if (each === last) return
      each = next
    }
  }

  has(wait: Wait<unknown>): boolean {
    for (const each of this) if (each === wait) return true
    return false
  }

  /** Takes one out, which is most often the first. */
  remove(wait: Wait<unknown>): void {
    let before = this.#last as Wait<unknown>
    while (before.next !== wait) before = before.next as Wait<unknown>
    if (before === wait) this.#last = null
    else {
      before.next = wait.next
      if (this.#last === wait) this.#last = before
    }
    wait.next = null
  }
}
