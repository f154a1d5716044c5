/** What is to be sent: bytes as they come or a line at a time, read when somebody asks and not before. */

/** How the bytes are cut and changed on their way. */
export interface Shape {
  /** A line at a time, its newline with it; one longer than this many bytes is cut. */
  readonly lines?: number | undefined
  /** A newline becomes CR LF, as text protocols want it. */
  readonly crlf?: boolean | undefined
  /** Lines without what ends them. */
  readonly bare?: boolean | undefined
}

/** Most bytes of a line that is sent as one message: what a UDP datagram holds. */
export const LINE = 65_507

/** One reader at a time. What was read for one that has gone waits for the next. */
export class Input {
  readonly #source: AsyncIterable<Uint8Array>
  #pieces: AsyncIterator<Uint8Array> | undefined
  #reading = false
  #held: Promise<Uint8Array | undefined> | undefined
  #reader: { take(piece: Promise<Uint8Array | undefined>): void } | undefined

  constructor(source: AsyncIterable<Uint8Array>, shape: Shape = {}) {
    let shaped = source
    if (shape.crlf) shaped = withCrlf(shaped)
    if (shape.lines !== undefined) shaped = lines(shaped, shape.lines)
    if (shape.bare) shaped = bare(shaped)
    this.#source = shaped
  }

  /** The next piece; undefined at the end, and when `cancel` was called. */
  next(): Promise<Uint8Array | undefined> {
    const held = this.#held
    if (held !== undefined) {
      this.#held = undefined
      return held
    }
    return new Promise((take) => {
      this.#reader = { take }
      if (!this.#reading) void this.#read()
    })
  }

  /** Nobody waits any more. */
  cancel(): void {
    this.#reader?.take(Promise.resolve(undefined))
    this.#reader = undefined
  }

  async #read(): Promise<void> {
    this.#reading = true
    this.#pieces ??= this.#source[Symbol.asyncIterator]()
    const next = this.#pieces.next()
    const piece = next.then(({ value, done }) => (done ? undefined : (value as Uint8Array)))
    // Whoever takes it hears of a failure.
    await piece.catch(() => {})
    this.#reading = false
    if (this.#reader === undefined) this.#held = piece
    else this.#reader.take(piece)
    this.#reader = undefined
  }
}

const LF = 10
const CR = 13
const CRLF: Uint8Array = Uint8Array.of(CR, LF)

/** A newline that has its CR already stays as it is. */
async function* withCrlf(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let last = 0
  for await (const chunk of source) {
    const parts: Uint8Array[] = []
    let from = 0
    for (let at = chunk.indexOf(LF); at >= 0; at = chunk.indexOf(LF, at + 1)) {
      if ((at === 0 ? last : chunk[at - 1]) === CR) continue
      parts.push(chunk.subarray(from, at), CRLF)
      from = at + 1
    }
    parts.push(chunk.subarray(from))
    last = chunk.at(-1) ?? last
    yield Buffer.concat(parts)
  }
}

async function* lines(source: AsyncIterable<Uint8Array>, most: number): AsyncGenerator<Uint8Array> {
  let parts: Uint8Array[] = []
  let size = 0
  for await (const chunk of source)
    for (let from = 0; from < chunk.length; ) {
      const newline = chunk.indexOf(LF, from)
      const end = Math.min(newline < 0 ? chunk.length : newline + 1, from + most - size)
      parts.push(chunk.subarray(from, end))
      size += end - from
      from = end
      if (size < most && chunk[end - 1] !== LF) continue
      yield Buffer.concat(parts)
      parts = []
      size = 0
    }
  if (size > 0) yield Buffer.concat(parts)
}

async function* bare(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const line of source) yield line.at(-1) === LF ? line.subarray(0, -1) : line
}
