/**
 * The table that the addon and JavaScript share: eight int32 for each watched socket (native/engine.h has the same
 * list). Writing a field here costs no call; the addon reads it when an edge comes.
 */
import { native } from '../sys/binding.js'

export const FD = 0
export const GENERATION = 1
export const STATE = 2
export const READ = 3
export const READ_SIZE = 4
export const READ_FLAGS = 5
export const WRITE = 6
/** Not 0 while a read of the error queue or of urgent data waits. */
export const ASIDE = 7
const WORDS = 8

export const READABLE = 1
export const WRITABLE = 2
export const ENDED = 4
export const URGENT = 8
export const SHORT_IS_EMPTY = 16

export const OP_NONE = 0
/** Only say that the socket is ready. */
export const OP_POLL = 1
export const OP_RECV = 2
export const OP_RECVFROM = 3
export const OP_ACCEPT = 4
export const OP_CONNECT = 5
/** A receive for a handler: it stays until it is taken away. */
export const OP_VIEW = 6

export class Slots {
  words: Int32Array = new Int32Array(64 * WORDS)
  #used = 0
  // Slots given back, to be had again.
  readonly #free: number[] = []

  /** The offset of a fresh slot for a descriptor. */
  take(fd: number): number {
    const index = this.#free.pop() ?? this.#used++
    if ((index + 1) * WORDS > this.words.length) {
      const grown = new Int32Array(this.words.length * 2)
      grown.set(this.words)
      this.words = grown
      native.engineSlots(grown)
    }
    const at = index * WORDS
    this.words[at + FD] = fd
    // Readable until the kernel says EAGAIN: the first receive tries at once.
    this.words[at + STATE] = READABLE
    return at
  }

  give(at: number): void {
    // Results and events on their way belong to the socket that was here before.
    this.words[at + GENERATION] = (this.generation(at) + 1) | 0
    this.words[at + READ] = OP_NONE
    this.words[at + WRITE] = OP_NONE
    this.words[at + ASIDE] = 0
    this.#free.push(at / WORDS)
  }

  index(at: number): number {
    return at / WORDS
  }

  at(index: number): number {
    return index * WORDS
  }

  generation(at: number): number {
    return this.words[at + GENERATION] as number
  }

  state(at: number): number {
    return this.words[at + STATE] as number
  }

  set(at: number, flags: number): void {
    this.words[at + STATE] = this.state(at) | flags
  }

  clear(at: number, flags: number): void {
    this.words[at + STATE] = this.state(at) & ~flags
  }
}
