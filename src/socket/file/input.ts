/** What has come and is not read yet. It answers with what is asked for, or that more is needed: it waits for nothing. */
import { DecodeError } from '../../data/errors.js'
import { type Charset, decode, type Errors, Malformed } from './charset.js'

/** What ends a line, Python's `newline`: null and '' take '\n', '\r' and '\r\n', and null gives '\n' for each. */
export type Newline = null | '' | '\n' | '\r' | '\r\n'

/** How bytes become what is read. */
export interface Reading<T> {
  readonly newline: Newline
  /** Null: they stay bytes. */
  readonly charset: Charset | null
  readonly errors: Errors
  readonly make: (bytes: Buffer) => T
}

/** Something that was asked for, and how many bytes it is from the first one on. */
export interface Piece<T> {
  readonly value: T
  readonly end: number
}

const NOTHING: Buffer = Buffer.alloc(0)
const LF = 10
const CR = 13

export const binary: Reading<Buffer> = {
  newline: '\n',
  charset: null,
  errors: 'strict',
  make: (bytes) => Buffer.from(bytes),
}

export function text(charset: Charset, errors: Errors, newline: Newline): Reading<string> {
  return {
    newline,
    charset,
    errors,
    make: (bytes) => {
      const string = decode(charset, bytes, errors)
      return newline === null && string.includes('\r') ? string.replaceAll(/\r\n?/g, '\n') : string
    },
  }
}

export class Input<T> {
  readonly #how: Reading<T>
  readonly #width: number
  #memory: Buffer = NOTHING
  #start = 0
  #end = 0
  // How many bytes came before the first one here.
  #before = 0
  // The last unit taken was a '\r' given as '\n': a '\n' that follows belongs to it.
  #afterReturn = false
  // How many of the bytes are known to be text, where what is not is ignored.
  #sifted = 0
  // What is known of the line or the characters from `from` on, so that bytes that trickle in are not looked at again.
  #known = { from: 0, clear: 0, at: 0, count: 0 }

  constructor(how: Reading<T>) {
    this.#how = how
    this.#width = how.charset?.width ?? 1
  }

  /** Bytes that are here. */
  get length(): number {
    return this.#end - this.#start
  }

  // ── filling ──────────────────────────────────────────────────────────────────────────────────

  /** Memory for the next `size` bytes; `filled` says how many have come. */
  room(size: number): Buffer {
    const { length } = this
    if (this.#memory.length - this.#end < size) {
      const least = length + size
      // Twice as much each time: what is moved stays in proportion to what has come.
      const memory =
        least > this.#memory.length ? Buffer.allocUnsafeSlow(Math.max(least, 2 * length)) : this.#memory
      memory.set(this.#memory.subarray(this.#start, this.#end))
      this.#memory = memory
      this.#start = 0
      this.#end = length
    }
    return this.#memory.subarray(this.#end, this.#end + size)
  }

  filled(size: number): void {
    this.#end += size
    if (this.#how.errors === 'ignore') this.#sift()
  }

  /** Wrong bytes that are to be ignored go at once: a '\r' and a '\n' that they part belong together. */
  #sift(): void {
    const { charset } = this.#how
    if (charset === null) return
    const memory = this.#memory
    // What goes may have been looked through for a newline.
    this.#known.clear = Math.min(this.#known.clear, this.#sifted)
    let to = this.#start + this.#sifted
    let at = to
    while (at < this.#end) {
      const step = charset.step(memory, at, this.#end, false)
      if (step === 0) break
      if (step > 0) {
        if (to < at) memory.copyWithin(to, at, at + step)
        to += step
      }
      at += Math.abs(step)
    }
    this.#sifted = to - this.#start
    memory.copyWithin(to, at, this.#end)
    this.#end -= at - to
  }

  /** Takes the first `size` bytes away. */
  drop(size: number): void {
    if (size === 0) return
    this.#afterReturn = this.#how.newline === null && this.#unit(size - this.#width) === CR
    this.#start += size
    this.#before += size
    this.#sifted = Math.max(0, this.#sifted - size)
    this.#known = { from: 0, clear: 0, at: 0, count: 0 }
    if (this.#start < this.#end) return
    this.#start = 0
    this.#end = 0
    if (this.#memory.length > 65536) this.#memory = NOTHING
  }

  // ── asking ───────────────────────────────────────────────────────────────────────────────────

  /** Everything, once no more can come. */
  all(ended: boolean): Piece<T> | undefined {
    return ended ? this.#piece(this.#begin(0), this.length) : undefined
  }

  /** `size` bytes or characters; fewer only where the stream has ended. */
  some(size: number, ended: boolean): Piece<T> | undefined {
    const begin = this.#begin(0)
    const end = this.#advance(begin, size, this.length, ended)
    return end === undefined ? undefined : this.#piece(begin, end)
  }

  /** What is here, `size` at most; nothing only where the stream has ended. */
  any(size: number, ended: boolean): Piece<T> | undefined {
    return size === 0 || this.length > 0 || ended ? this.some(Math.min(size, this.length), true) : undefined
  }

  /** The line that begins at `from`, of `limit` bytes or characters at most. */
  line(from: number, limit: number, ended: boolean): Piece<T> | undefined {
    const begin = this.#begin(from)
    let stop = this.#lineEnd(begin, ended)
    if (stop === undefined && ended) stop = this.length
    // There are never more characters than bytes.
    if (limit <= (stop ?? this.length) - begin)
      stop = this.#advance(begin, limit, stop ?? this.length, stop !== undefined)
    return stop === undefined ? undefined : this.#piece(begin, stop)
  }

  /** Bytes that stay whatever comes: the beginning of a character may yet be ignored, and then does not part a '\r' from a '\n'. */
  get #settled(): number {
    return this.#how.errors === 'ignore' && this.#how.charset !== null ? this.#sifted : this.length
  }

  #unit(at: number): number {
    const low = this.#memory[this.#start + at] as number
    return this.#width === 1 ? low : low | ((this.#memory[this.#start + at + 1] as number) << 8)
  }

  /** Where the next thing begins: behind a '\n' whose '\r' has been given already. */
  #begin(from: number): number {
    if (this.#how.newline !== null || from + this.#width > this.length || this.#unit(from) !== LF) return from
    const after = from === 0 ? this.#afterReturn : this.#unit(from - this.#width) === CR
    return after ? from + this.#width : from
  }

  #piece(begin: number, end: number): Piece<T> {
    const bytes = this.#memory.subarray(this.#start + begin, this.#start + Math.max(begin, end))
    try {
      return { value: this.#how.make(bytes), end: Math.max(begin, end) }
    } catch (error) {
      if (!(error instanceof Malformed)) throw error
      throw this.#cut(begin + error.at, error.length)
    }
  }

  /** Takes wrong bytes out: the error tells of them, once, and what is around them can still be read. */
  #cut(at: number, length: number): DecodeError {
    const from = this.#start + at
    const error = new DecodeError('ERR_MALFORMED', `${this.#how.charset?.name} text`, this.#before + at)
    this.#memory.copyWithin(from, from + length, this.#end)
    this.#end -= length
    this.#before += length
    this.#known = { from: 0, clear: 0, at: 0, count: 0 }
    return error
  }

  #knownFrom(from: number): { clear: number; at: number; count: number } {
    if (this.#known.from !== from) this.#known = { from, clear: from, at: from, count: 0 }
    return this.#known
  }

  /** Where the line that begins at `begin` ends, behind its newline; undefined while that has not come. */
  #lineEnd(begin: number, ended: boolean): number | undefined {
    const { newline } = this.#how
    const length = this.#settled
    const width = this.#width
    const known = this.#knownFrom(begin)
    const from = Math.max(known.clear, begin)
    if (width === 1 && (newline === '\n' || newline === '\r')) {
      const found = this.#memory.indexOf(newline === '\n' ? LF : CR, this.#start + from)
      // Behind the end lies what was there before.
      if (found >= 0 && found < this.#start + length) return found - this.#start + 1
      known.clear = length
      return undefined
    }
    const universal = newline === null || newline === ''
    let at = from
    for (; at + width <= length; at += width) {
      const unit = this.#unit(at)
      if (unit !== CR && unit !== LF) continue
      if (unit === LF) {
        if (universal || newline === '\n') return at + width
        continue
      }
      if (newline === '\n') continue
      if (newline === '\r') return at + width
      const next = at + 2 * width <= length ? this.#unit(at + width) : -1
      if (next === LF) return at + 2 * width
      if (newline === null) return at + width
      // Whether a '\n' follows decides.
      if (next < 0 && !ended) break
      if (newline === '') return at + width
    }
    known.clear = at
    return undefined
  }

  /** Behind `count` characters from `begin` on, or at `stop`; undefined where it is open what comes. `final`: `stop` is the end. */
  #advance(begin: number, count: number, stop: number, final: boolean): number | undefined {
    const { charset, errors } = this.#how
    if (charset === null) return begin + count <= stop ? begin + count : final ? stop : undefined
    const known = this.#knownFrom(begin)
    let { at } = known
    while (known.count < count && at < stop) {
      // A '\n' behind a '\r' is the same character.
      if (at > begin) at = this.#begin(at)
      if (at >= stop) break
      const step = charset.step(this.#memory, this.#start + at, this.#start + stop, final)
      if (step === 0) break
      if (step > 0 || errors !== 'ignore') known.count++
      at += Math.abs(step)
    }
    known.at = at
    return known.count >= count || (final && at >= stop) ? at : undefined
  }
}
