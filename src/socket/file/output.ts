/** What was written and is not sent yet. */

export class Output {
  readonly size: number
  #memory: Buffer | undefined
  #start = 0
  #end = 0

  /** `size`: most bytes that stay here. */
  constructor(size: number) {
    this.size = size
  }

  get length(): number {
    return this.#end - this.#start
  }

  /** The bytes, not copied: none may be put here while they are sent. */
  get bytes(): Uint8Array {
    return this.#memory === undefined ? new Uint8Array(0) : this.#memory.subarray(this.#start, this.#end)
  }

  fits(size: number): boolean {
    return this.length + size <= this.size
  }

  put(bytes: Uint8Array): void {
    this.#memory ??= Buffer.allocUnsafeSlow(this.size)
    if (this.#end + bytes.length > this.size) {
      this.#memory.copyWithin(0, this.#start, this.#end)
      this.#end -= this.#start
      this.#start = 0
    }
    this.#memory.set(bytes, this.#end)
    this.#end += bytes.length
  }

  /** The first `size` bytes have been sent. */
  drop(size: number): void {
    this.#start += size
    if (this.#start < this.#end) return
    this.#start = 0
    this.#end = 0
  }

  /** Takes back of the last `size` bytes what has not been sent; how many that are. */
  takeBack(size: number): number {
    const back = Math.min(size, this.length)
    this.#end -= back
    return back
  }
}
