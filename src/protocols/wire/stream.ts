/** One direction of a TCP connection out of its segments: RFC 9293 §3.4. Where they overlap, as Linux has it. */
import { checkInteger } from '../../data/integer.js'
import type { Tcp } from './tcp.js'

/** Bounds of what is kept while it waits for what is before it. */
export interface StreamOptions {
  /** How many bytes, and how far ahead they may be: 1 MiB when left out. */
  readonly maxBytes?: number
  /** How many segments: 1024 when left out. */
  readonly maxSegments?: number
}

/** Bytes of a stream, in their order. */
export interface Piece {
  /** Of the first byte. */
  readonly sequenceNumber: number
  /** How many bytes before these never came. */
  readonly skipped: number
  /** The caller's own. */
  readonly bytes: Uint8Array
}

/** What waits: `start` and `end` are positions from the stream's beginning, which do not wrap. */
interface Segment {
  readonly start: number
  readonly end: number
  readonly bytes: Uint8Array
}

/**
 * Puts the segments of one direction in order. It begins with the SYN, or where there was none with the first segment that it is
 * given. Bytes that were given out stay as they were. Of segments that wait and overlap, the one that begins first has its
 * bytes; one inside of another is dropped.
 */
export class TcpStream {
  readonly #maxBytes: number
  readonly #maxSegments: number
  /** The sequence number of position 0. */
  #initial: number | undefined
  #position = 0
  #end = Number.POSITIVE_INFINITY
  #waiting: Segment[] = []
  #bytes = 0
  #isReset = false

  /** @throws TypeError or RangeError for bounds that are none. */
  constructor(options: StreamOptions = {}) {
    const { maxBytes = 1 << 20, maxSegments = 1024 } = options
    this.#maxBytes = checkInteger(maxBytes, 'maxBytes', 1, 1 << 30)
    this.#maxSegments = checkInteger(maxSegments, 'maxSegments', 1)
  }

  /** Whether all has come up to the FIN, or the connection was reset. */
  get ended(): boolean {
    return this.#isReset || this.#position === this.#end
  }

  /** Whether it was reset. */
  get reset(): boolean {
    return this.#isReset
  }

  /** How many bytes wait for others before them. */
  get waiting(): number {
    return this.#bytes
  }

  /**
   * Takes a segment, and gives what is in order with it. When more would wait than may, what is missing is given up, and the
   * next piece says so.
   */
  add(header: Tcp, data: Uint8Array): Piece[] {
    if (this.ended) return []
    const first = (header.sequenceNumber + (header.syn ? 1 : 0)) >>> 0
    this.#initial ??= first
    // Half of the numbers are ahead, the other half behind.
    const next = (this.#initial + this.#position) >>> 0
    const start = this.#position + ((first - next) | 0)
    if (header.rst) {
      // Only the one that is due: any other may be forged (RFC 5961).
      if (start === this.#position) this.#finish()
      return []
    }
    if (start - this.#position > this.#maxBytes) return []
    const length = Math.min(data.length, this.#end - start)
    if (header.fin && this.#end === Number.POSITIVE_INFINITY && start + length >= this.#position)
      this.#end = start + length
    const pieces: Piece[] = []
    if (start <= this.#position) {
      if (start + length > this.#position) {
        pieces.push(this.#piece(data.subarray(this.#position - start, length)))
        this.#position = start + length
      }
    } else if (length > 0)
      this.#insert({ start, end: start + length, bytes: new Uint8Array(data.subarray(0, length)) })
    this.#drain(pieces)
    while (this.#bytes > this.#maxBytes || this.#waiting.length > this.#maxSegments) this.#skip(pieces)
    return pieces
  }

  /** Gives what waits, with what is missing skipped: for the end of a capture. */
  flush(): Piece[] {
    const pieces: Piece[] = []
    while (this.#waiting.length > 0) this.#skip(pieces)
    return pieces
  }

  #piece(bytes: Uint8Array, skipped = 0): Piece {
    const sequenceNumber = ((this.#initial as number) + this.#position) >>> 0
    return { sequenceNumber, skipped, bytes: new Uint8Array(bytes) }
  }

  /** As tcp_data_queue_ofo of Linux does. */
  #insert(segment: Segment): void {
    const { start, end } = segment
    let at = this.#waiting.length
    while (at > 0 && (this.#waiting[at - 1] as Segment).start >= start) at--
    // One that begins before may have all of it, and so may one that begins with it.
    if (((this.#waiting[at - 1] as Segment | undefined)?.end ?? 0) >= end) return
    const same = this.#waiting[at]
    if (same !== undefined && same.start === start && same.end >= end) return
    let covered = at
    while (covered < this.#waiting.length && (this.#waiting[covered] as Segment).end <= end) covered++
    for (const { bytes } of this.#waiting.splice(at, covered - at, segment)) this.#bytes -= bytes.length
    this.#bytes += segment.bytes.length
  }

  /** Takes what has become due. */
  #drain(pieces: Piece[]): void {
    let due = 0
    for (const { start, end, bytes } of this.#waiting) {
      if (start > this.#position) break
      due++
      this.#bytes -= bytes.length
      const stop = Math.min(end, this.#end)
      if (stop <= this.#position) continue
      pieces.push(this.#piece(bytes.subarray(this.#position - start, stop - start)))
      this.#position = stop
    }
    this.#waiting.splice(0, due)
    if (this.#position === this.#end) this.#drop()
  }

  #skip(pieces: Piece[]): void {
    const [segment] = this.#waiting
    if (segment === undefined) return
    const from = pieces.length
    const skipped = segment.start - this.#position
    this.#position = segment.start
    this.#drain(pieces)
    const piece = pieces[from]
    if (piece !== undefined) pieces[from] = { ...piece, skipped }
  }

  #finish(): void {
    this.#isReset = true
    this.#drop()
  }

  #drop(): void {
    this.#waiting = []
    this.#bytes = 0
  }
}
