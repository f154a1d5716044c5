/** Chunks of whatever sizes, read as if they were one. */
import { DecodeError } from '../../data/errors.js'
import { concat } from '../wire/bytes.js'
import type { Chunks } from './capture.js'

/** Holds no more than what is asked for, and the rest of the chunk that it ends in. */
export class Feed {
  readonly #source: AsyncIterator<Uint8Array> | Iterator<Uint8Array>
  #pieces: Uint8Array[] = []
  #held = 0
  #ended = false
  /** How many bytes have been taken. */
  offset = 0

  constructor(chunks: Chunks) {
    this.#source = Symbol.asyncIterator in chunks ? chunks[Symbol.asyncIterator]() : chunks[Symbol.iterator]()
  }

  /** Whether there is nothing more. */
  async isEmpty(): Promise<boolean> {
    await this.#fill(1)
    return this.#held === 0
  }

  /** The next `length` bytes, without taking them. DecodeError about `what` when they do not come. */
  async peek(length: number, what: string): Promise<Uint8Array> {
    await this.#fill(length)
    if (this.#held < length) throw new DecodeError('ERR_TRUNCATED', what, this.offset + this.#held)
    if ((this.#pieces[0]?.length ?? 0) < length) this.#pieces = [concat(this.#pieces)]
    return (this.#pieces[0] ?? new Uint8Array(0)).subarray(0, length)
  }

  /** Takes the next `length` bytes: a view of a chunk that is not to be kept. */
  async take(length: number, what: string): Promise<Uint8Array> {
    const bytes = await this.peek(length, what)
    this.#drop(length)
    return bytes
  }

  /** Goes on behind `length` bytes, which are held only one chunk at a time. */
  async skip(length: number, what: string): Promise<void> {
    let left = length
    while (left > 0) {
      await this.#fill(1)
      if (this.#held === 0) throw new DecodeError('ERR_TRUNCATED', what, this.offset)
      const step = Math.min(left, this.#held)
      this.#drop(step)
      left -= step
    }
  }

  /** Tells the source that nothing more will be read. */
  async close(): Promise<void> {
    if (!this.#ended) await this.#source.return?.()
    this.#ended = true
  }

  async #fill(length: number): Promise<void> {
    while (this.#held < length && !this.#ended) {
      const { done, value } = await this.#source.next()
      if (done === true) this.#ended = true
      else if (!(value instanceof Uint8Array))
        throw new TypeError(`expected a Uint8Array, not ${String(value)}`)
      else if (value.length > 0) {
        this.#pieces.push(value)
        this.#held += value.length
      }
    }
  }

  #drop(length: number): void {
    this.offset += length
    this.#held -= length
    let left = length
    while (left > 0) {
      const piece = this.#pieces[0] as Uint8Array
      if (piece.length > left) this.#pieces[0] = piece.subarray(left)
      else this.#pieces.shift()
      left -= Math.min(left, piece.length)
    }
  }
}
