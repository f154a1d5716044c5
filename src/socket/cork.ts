/** Small writes gathered into large ones, between `cork` and `uncork`. */

/** Bytes that are held back; more go out at once. */
const ROOM = 65536

export class Cork {
  #room: Buffer = Buffer.allocUnsafeSlow(ROOM)
  #used = 0

  /** Holds a copy of the bytes back: false where there is no room for them. */
  hold(bytes: Uint8Array): boolean {
    if (this.#used + bytes.length > ROOM) return false
    this.#room.set(bytes, this.#used)
    this.#used += bytes.length
    return true
  }

  get empty(): boolean {
    return this.#used === 0
  }

  /** What was held back, which is the caller's from now on. */
  take(): Buffer {
    const taken = this.#room.subarray(0, this.#used)
    this.#room = Buffer.allocUnsafeSlow(ROOM)
    this.#used = 0
    return taken
  }
}
