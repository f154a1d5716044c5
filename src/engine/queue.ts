/** The waits of one direction, in the order that they came in. */
import type { Wait } from './wait.js'

export class Queue {
  head: Wait<unknown> | null = null
  #tail: Wait<unknown> | null = null

  push(wait: Wait<unknown>): void {
    if (this.#tail === null) this.head = wait
    else this.#tail.next = wait
    this.#tail = wait
  }

  has(wait: Wait<unknown>): boolean {
    for (let each = this.head; each !== null; each = each.next) if (each === wait) return true
    return false
  }

  /** Takes one out, which is most often the first. */
  remove(wait: Wait<unknown>): void {
    let before: Wait<unknown> | null = null
    for (let each = this.head; each !== null && each !== wait; each = each.next) before = each
    if (before === null) this.head = wait.next
    else before.next = wait.next
    if (this.#tail === wait) this.#tail = before
    wait.next = null
  }
}
