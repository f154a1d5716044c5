/** Copies of what came, for their receivers to keep. */
import { piece } from './piece.js'

/**
 * As much is had from Buffer.allocUnsafe at once. Less than half of what Node's Buffers share comes from there, and that memory
 * cannot be detached.
 */
const SHARE = 4088
/** A larger copy is allocated by itself. */
const SMALL = 256
/** So few bytes are copied by words: to have them copied costs more. */
const FEW = 64

export class Pool {
  readonly #slab: ArrayBuffer
  readonly #slabWords: Int32Array
  #memory: ArrayBuffer = new ArrayBuffer(0)
  // All of it.
  #words: Int32Array = new Int32Array(0)
  // Where our share of it goes on, and where it ends, in bytes.
  #at = 0
  #end = 0

  /** `slab`: all of an ArrayBuffer, whole words. */
  constructor(slab: Buffer) {
    this.#slab = slab.buffer as ArrayBuffer
    this.#slabWords = new Int32Array(this.#slab)
  }

  /** `length` bytes from `at` on of the slab. */
  copy(at: number, length: number): Buffer {
    if (length > SMALL) return this.#fill(Buffer.allocUnsafe(length), at)
    if (this.#at + length > this.#end) this.#renew()
    const begin = this.#at
    // Each begins where a Float64Array may.
    this.#at = (begin + length + 7) & ~7
    const copy = piece(this.#memory, begin, length)
    if (length > FEW || (at & 3) !== 0) return this.#fill(copy, at)
    const slab = this.#slabWords
    const words = this.#words
    const count = (length + 3) >> 2
    for (let i = 0, from = at >> 2, to = begin >> 2; i < count; i++) words[to + i] = slab[from + i] as number
    return copy
  }

  #fill(copy: Buffer, at: number): Buffer {
    copy.set(new Uint8Array(this.#slab, at, copy.length))
    return copy
  }

  #renew(): void {
    const share = Buffer.allocUnsafe(SHARE)
    this.#memory = share.buffer
    this.#words = new Int32Array(this.#memory, 0, this.#memory.byteLength >> 2)
    this.#at = (share.byteOffset + 7) & ~7
    this.#end = share.byteOffset + SHARE
  }
}
