/** What `makefile` is given, looked at once. */
import { charset, type Errors, encode } from './charset.js'
import { binary, type Newline, type Reading, text } from './input.js'

/** What a file gives: strings. */
export type TextMode = 'r' | 'w' | 'rw'
/** What a file gives: bytes. */
export type BinaryMode = 'rb' | 'wb' | 'rwb'
/** Python's modes, of text and of bytes. */
export type FileMode = TextMode | BinaryMode

/** Options of a binary file. */
export interface BinaryFileOptions {
  /**
   * Bytes of the buffer, one for each direction; -1, or left out, is 8192. 0, in binary alone, is none: `read` and `write`
   * are one system call each, and nothing is read ahead. 1 in text sends each line as it is complete.
   */
  readonly buffering?: number | undefined
  /**
   * Most bytes that a line may have where `readline` is given no limit, and so what a peer can make it keep: 1 MiB when
   * left out. A longer one fails with EMSGSIZE, and is still there for `readline(limit)` and `read(size)`.
   */
  readonly limit?: number | undefined
}

/** Options of a text file. */
export interface FileOptions extends BinaryFileOptions {
  /** 'utf-8' when left out. */
  readonly encoding?: 'utf-8' | 'utf8' | 'latin1' | 'ascii' | 'utf-16le' | 'utf16le' | undefined
  /**
   * 'strict', or left out: bytes that are no text are a DecodeError, characters that the encoding does not have a
   * RangeError. 'replace' puts U+FFFD, and '?' in writing; 'ignore' leaves them out.
   */
  readonly errors?: Errors | undefined
  /**
   * What ends a line. Null, or left out: '\n', '\r' and '\r\n', and each is read as '\n'. '': the same, read as they are.
   * Else that one alone. In writing, '\r' and '\r\n' take the place of each '\n'.
   */
  readonly newline?: Newline | undefined
}

/** A file's nature. */
export interface Nature {
  readonly mode: FileMode
  /** Bytes of each buffer; 0 for none. */
  readonly size: number
  readonly lineBuffered: boolean
  readonly limit: number
  readonly reading: Reading<string | Buffer>
  readonly encode: (data: unknown) => Uint8Array
}

/** As Python's io.DEFAULT_BUFFER_SIZE. */
const STANDARD = 8192
const LONGEST_LINE = 1024 * 1024
const MOST = 0x3fffffff

function bounded(what: string, value: number, least: number): number {
  if (!Number.isInteger(value) || value < least || value > MOST)
    throw new RangeError(`expected ${what} from ${least} to ${MOST}, not ${String(value)}`)
  return value
}

function oneOf<T>(what: string, value: T, all: readonly T[]): T {
  if (!all.includes(value))
    throw new RangeError(
      `expected ${what} of ${all.map((each) => JSON.stringify(each)).join(', ')}, not ${JSON.stringify(value)}`,
    )
  return value
}

function bytesOf(data: unknown): Uint8Array {
  if (!(data instanceof Uint8Array))
    throw new TypeError(`expected a Uint8Array for a binary file, not ${typeof data}`)
  return data
}

/** Python's reading of a mode: any of r, w and b in any order, and r where there is no w. */
function modeOf(mode: string): FileMode {
  if (typeof mode !== 'string' || /[^rwb]/.test(mode))
    throw new RangeError(`expected a mode of r, w, rw, rb, wb, rwb, not ${JSON.stringify(mode)}`)
  const writes = mode.includes('w')
  const reads = mode.includes('r') || !writes
  return `${reads ? 'r' : ''}${writes ? 'w' : ''}${mode.includes('b') ? 'b' : ''}` as FileMode
}

export function natureOf(given: string, options: FileOptions): Nature {
  const mode = modeOf(given)
  const { encoding, errors = 'strict', newline = null } = options
  const buffering = bounded('buffering', options.buffering ?? -1, -1)
  const limit = bounded('a limit', options.limit ?? LONGEST_LINE, 1)
  if (mode.includes('b')) {
    if (encoding !== undefined || options.errors !== undefined || options.newline !== undefined)
      throw new TypeError('expected no encoding, errors or newline for a binary file')
    const size = buffering < 0 ? STANDARD : buffering
    return { mode, size, lineBuffered: false, limit, reading: binary, encode: bytesOf }
  }
  if (buffering === 0) throw new RangeError('expected a binary mode for buffering 0: text needs a buffer')
  const set = charset(encoding ?? 'utf-8')
  oneOf('errors', errors, ['strict', 'replace', 'ignore'])
  oneOf('newline', newline, [null, '', '\n', '\r', '\r\n'])
  const end = newline === '\r' || newline === '\r\n' ? newline : '\n'
  return {
    mode,
    size: buffering < 2 ? STANDARD : buffering,
    lineBuffered: buffering === 1,
    limit,
    reading: text(set, errors, newline),
    encode: (data) => {
      if (typeof data !== 'string')
        throw new TypeError(`expected a string for a text file, not ${typeof data}`)
      return encode(set, end === '\n' ? data : data.replaceAll('\n', end), errors)
    },
  }
}
