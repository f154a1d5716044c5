/** Views of the slab for handlers: the same place and length come again and again, and so may their view. */
import { piece } from './piece.js'

const KEPT = 256

export class Views {
  readonly #memory: ArrayBuffer
  readonly #views: (Buffer | undefined)[] = new Array<Buffer | undefined>(KEPT).fill(undefined)

  /** `slab`: all of an ArrayBuffer. */
  constructor(slab: Buffer) {
    this.#memory = slab.buffer as ArrayBuffer
  }

  of(at: number, length: number): Buffer {
    // Multiplied by the golden ratio, the upper bits are spread best.
    const i = Math.imul(at + (length << 19), 0x9e3779b1) >>> 24
    const known = this.#views[i]
    if (known !== undefined && known.byteOffset === at && known.length === length) return known
    const view = piece(this.#memory, at, length)
    this.#views[i] = view
    return view
  }
}
