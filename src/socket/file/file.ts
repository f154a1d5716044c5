/** SocketFile: a socket as a file of bytes or of text, which `makefile` makes. */
import { checkBuffer, checkSize } from '../arguments.js'
import type { Piece } from './input.js'
import type { FileMode } from './mode.js'
import { type Ask, MOST, type Steps, type Stream } from './stream.js'

/** What is written to a file: strings to one of text, bytes to a binary one. */
export type Written<T extends string | Buffer> = T extends string ? string : Uint8Array

/** Options of a file's calls that may wait. */
export interface FileCallOptions {
  /** Gives the wait up; the promise rejects with the signal's reason. What has come by then is kept for the next call. */
  readonly signal?: AbortSignal | undefined
}

const nothingMore = (): number => 0
const rest =
  (size: number) =>
  (have: number): number =>
    size - have
// As much again as has come: few reads for much, little memory for little.
const asMuchAgain = (have: number): number => Math.max(have, 65536)

/**
 * A socket as a file (io.BufferedReader, BufferedWriter, TextIOWrapper of Python): strings from a text mode, Buffers from a
 * binary one. Sizes are bytes there, and characters (code points) in text. Nothing read is empty: the end of the stream.
 *
 * Calls that may wait return promises and have a twin that blocks, ending in `Sync`. They honour the socket's time-out and
 * an `AbortSignal`. Calls of one direction are served one after the other; a blocking one meanwhile fails with EBUSY.
 *
 * What was read and did not suffice (a time-out, an abort, EAGAIN of a socket that may not wait) stays in the buffer, and
 * the next call goes on with it. What is in the buffer, the socket's own `recv` does not see.
 *
 * The socket is open until it and each file made from it are closed. On a closed file the calls fail with EBADF, and those
 * that wait to read when it is closed with ECANCELED.
 */
export class SocketFile<T extends string | Buffer> implements AsyncIterable<T>, AsyncDisposable, Disposable {
  readonly #stream: Stream<T>

  /** `makefile` is the way to get one. */
  constructor(stream: Stream<T>) {
    this.#stream = stream
  }

  /** Whether `close` has been called. */
  get closed(): boolean {
    return this.#stream.closed
  }

  /** As `makefile` was given it. */
  get mode(): FileMode {
    return this.#stream.nature.mode
  }

  /** The socket's descriptor; -1 when it was detached. */
  fileno(): number {
    this.#stream.check()
    return this.#stream.core.channel.number
  }

  /** Whether the mode has an 'r'. */
  readable(): boolean {
    this.#stream.check()
    return this.#stream.readable
  }

  /** Whether the mode has a 'w'. */
  writable(): boolean {
    this.#stream.check()
    return this.#stream.writable
  }

  /** A stream has no places to go to. */
  seekable(): boolean {
    this.#stream.check()
    return false
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────

  /**
   * `size` bytes or characters, fewer only where the stream ends; everything up to there when left out (256 MiB at most:
   * EMSGSIZE, and `read(size)` goes on with what has come). Without a buffer it is one recv(2) of at most `size`.
   */
  read(size?: number, call?: FileCallOptions): Promise<T> {
    return asking(() => this.#stream.take(this.#read(size), wish(size), call?.signal))
  }

  /** `read`, blocking. */
  readSync(size?: number): T {
    return this.#stream.takeSync(this.#read(size), wish(size))
  }

  /**
   * A line with its newline, which only the last one may lack. `limit`: at most so many bytes or characters of it; the rest
   * is the next one's. With none, a line longer than the file's own limit fails with EMSGSIZE, and stays.
   */
  readline(limit?: number, call?: FileCallOptions): Promise<T> {
    return asking(() => this.#stream.take(this.#readline(limit), nothingMore, call?.signal))
  }

  /** `readline`, blocking. */
  readlineSync(limit?: number): T {
    return this.#stream.takeSync(this.#readline(limit), nothingMore)
  }

  /**
   * All lines to the end of the stream (256 MiB at most). `hint`: no more once those there are have more than so many bytes
   * or characters.
   */
  readlines(hint?: number, call?: FileCallOptions): Promise<T[]> {
    return asking(() => this.#stream.take(this.#readlines(hint), nothingMore, call?.signal))
  }

  /** `readlines`, blocking. */
  readlinesSync(hint?: number): T[] {
    return this.#stream.takeSync(this.#readlines(hint), nothingMore)
  }

  /** Up to `size` bytes: those that are in the buffer, else what one recv(2) brings. Binary files only, as are the following. */
  read1(this: SocketFile<Buffer>, size?: number, call?: FileCallOptions): Promise<Buffer> {
    return asking(() => this.#stream.take(this.#read1(size), rest(size ?? 0), call?.signal))
  }

  /** `read1`, blocking. */
  read1Sync(this: SocketFile<Buffer>, size?: number): Buffer {
    return this.#stream.takeSync(this.#read1(size), rest(size ?? 0))
  }

  /** Fills `buffer`: how many bytes, fewer than it has only where the stream ends. Without a buffer in between, one recv(2). */
  readInto(this: SocketFile<Buffer>, buffer: Uint8Array, call?: FileCallOptions): Promise<number> {
    return asking(() => this.#stream.take(this.#readInto(buffer), rest(buffer.length), call?.signal))
  }

  /** `readInto`, blocking. */
  readIntoSync(this: SocketFile<Buffer>, buffer: Uint8Array): number {
    return this.#stream.takeSync(this.#readInto(buffer), rest(buffer.length))
  }

  /** The bytes that are in the buffer, after one recv(2) if there are none; they stay there. Empty at the end of the stream. */
  peek(this: SocketFile<Buffer>, call?: FileCallOptions): Promise<Buffer> {
    return asking(() => this.#stream.take(this.#peek(), nothingMore, call?.signal))
  }

  /** `peek`, blocking. */
  peekSync(this: SocketFile<Buffer>): Buffer {
    return this.#stream.takeSync(this.#peek(), nothingMore)
  }

  /** The lines; it ends with the stream, and quietly when the file is closed here. `break` leaves the file open. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, undefined> {
    for (;;) {
      let line: T
      try {
        line = await this.readline()
      } catch (error) {
        if (this.#over) return
        throw error
      }
      if (line.length === 0) return
      yield line
    }
  }

  /** The lines, blocking. */
  *[Symbol.iterator](): Generator<T, undefined> {
    for (;;) {
      let line: T
      try {
        line = this.readlineSync()
      } catch (error) {
        if (this.#over) return
        throw error
      }
      if (line.length === 0) return
      yield line
    }
  }

  get #over(): boolean {
    return this.closed || this.#stream.core.channel.gone
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────

  /**
   * Takes all of `data`: into the buffer, where it stays until that is full, `flush` or `close`; what is larger than the
   * buffer is sent. How many bytes or characters that were. Do not change the bytes before it resolves.
   *
   * A failure's `bytesSent` is how many bytes of `data` have been sent: the others were not taken. What earlier calls wrote
   * stays in the buffer. Without a buffer it is one send(2), which may take less than all.
   */
  write(data: Written<T>, call?: FileCallOptions): Promise<number> {
    return asking(async () => {
      const bytes = this.#bytes(data)
      if (call?.signal?.aborted) throw call.signal.reason
      const length = this.#stream.put(bytes)
        ? bytes.length
        : await this.#stream.give(() => this.#stream.writing(bytes, false), call?.signal)
      return typeof data === 'string' ? characters(data) : length
    })
  }

  /** `write`, blocking. */
  writeSync(data: Written<T>): number {
    const bytes = this.#bytes(data)
    const length = this.#stream.giveSync(this.#stream.writing(bytes, false))
    return typeof data === 'string' ? characters(data) : length
  }

  /** `write` of each; no newlines are added. A failure's `bytesSent` counts from the first: the bytes before that were taken. */
  writelines(lines: Iterable<Written<T>>, call?: FileCallOptions): Promise<void> {
    return asking(() => {
      this.#stream.check('write')
      return this.#stream.give(() => this.#writelines(lines), call?.signal)
    })
  }

  /** `writelines`, blocking. */
  writelinesSync(lines: Iterable<Written<T>>): void {
    this.#stream.check('write')
    this.#stream.giveSync(this.#writelines(lines))
  }

  /** Sends what is in the buffer. What could not be sent stays there for the next `flush`; `bytesSent` tells how many bytes have gone. */
  flush(call?: FileCallOptions): Promise<void> {
    return asking(() => {
      this.#stream.check()
      return this.#stream.give(() => this.#stream.flushing(), call?.signal)
    })
  }

  /** `flush`, blocking. */
  flushSync(): void {
    this.#stream.check()
    this.#stream.giveSync(this.#stream.flushing())
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────

  /**
   * Sends what is in the buffer, behind the writes that wait, and closes the file; the socket too when it was closed before
   * and this is the last of its files. A failure to send closes the file all the same, and what had not gone is lost: call
   * `flush` before where that matters. Closing twice does nothing.
   */
  close(call?: FileCallOptions): Promise<void> {
    return asking(() => this.#stream.close(call?.signal))
  }

  /** `close`, blocking. While awaited writes wait it fails with EBUSY: the file is closed and they are lost (ECANCELED). */
  closeSync(): void {
    this.#stream.closeSync()
  }

  /** `closeSync`. */
  [Symbol.dispose](): void {
    this.#stream.closeSync()
  }

  /** `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  // ── what the awaited calls and their twins have in common ────────────────────────────────────

  /** Takes what `find` finds. */
  #taking(find: (ended: boolean) => Piece<T> | undefined): Ask<T> {
    return (ended) => {
      const piece = find(ended)
      if (piece === undefined) return undefined
      this.#stream.input.drop(piece.end)
      return piece.value
    }
  }

  #read(size: number | undefined): Ask<T> {
    const { input, nature } = this.#stream
    if (size === undefined) return this.#taking((ended) => this.#stream.everything(ended))
    checkSize(size)
    return this.#taking((ended) => (nature.size === 0 ? input.any(size, ended) : input.some(size, ended)))
  }

  #readline(limit: number | undefined): Ask<T> {
    if (limit === undefined) return this.#taking((ended) => this.#stream.line(0, ended))
    checkSize(limit)
    return this.#taking((ended) => this.#stream.input.line(0, limit, ended))
  }

  #readlines(hint: number | undefined): Ask<T[]> {
    if (hint !== undefined) checkSize(hint)
    const most = hint === undefined || hint === 0 ? Number.POSITIVE_INFINITY : hint
    const lines: T[] = []
    let size = 0
    // Nothing is taken before all is there: a failure loses no line.
    let at = 0
    return (ended) => {
      while (size <= most) {
        this.#stream.bound(ended)
        const piece = this.#stream.line(at, ended)
        if (piece === undefined) return undefined
        if (piece.value.length === 0) break
        lines.push(piece.value)
        size += typeof piece.value === 'string' ? characters(piece.value) : piece.value.length
        at = piece.end
      }
      this.#stream.input.drop(at)
      return lines
    }
  }

  #read1(size: number | undefined): Ask<T> {
    this.#refuseText('read1')
    const most = checkSize(size ?? MOST)
    return this.#taking((ended) => this.#stream.input.any(most, ended))
  }

  #readInto(buffer: Uint8Array): Ask<number> {
    this.#refuseText('readInto')
    const { length } = checkBuffer(buffer)
    const read = this.#read(length)
    return (ended) => {
      if (buffer.length < length)
        throw new TypeError('expected the buffer of readInto to stay as it was: it was detached or shrunk')
      const bytes = read(ended)
      if (bytes !== undefined) buffer.set(bytes as Buffer)
      return bytes?.length
    }
  }

  #peek(): Ask<T> {
    this.#refuseText('peek')
    const { input, nature } = this.#stream
    if (nature.size === 0) throw new TypeError('expected a file with a buffer for peek')
    return (ended) => input.any(MOST, ended)?.value
  }

  #refuseText(what: string): void {
    if (!this.mode.includes('b')) throw new TypeError(`expected a binary file for ${what}: this one is text`)
  }

  #bytes(data: Written<T>): Uint8Array {
    this.#stream.check('write')
    return this.#stream.nature.encode(data)
  }

  *#encoded(lines: Iterable<Written<T>>): Generator<Uint8Array> {
    for (const line of lines) yield this.#stream.nature.encode(line)
  }

  #writelines(lines: Iterable<Written<T>>): Steps<void> {
    return this.#stream.writingAll(this.#encoded(lines))
  }
}

/** Misuse rejects, as every failure of an awaited call. */
function asking<R>(act: () => Promise<R>): Promise<R> {
  try {
    return act()
  } catch (error) {
    return Promise.reject(error)
  }
}

function wish(size: number | undefined): (have: number) => number {
  return size === undefined ? asMuchAgain : rest(size)
}

/** How many code points a text has. */
function characters(text: string): number {
  return text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)
}
