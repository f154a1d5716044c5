/** What bytes are as text: the encodings of `makefile`, a row each. */

/** What becomes of bytes that are no text, and of characters that the encoding does not have. */
export type Errors = 'strict' | 'replace' | 'ignore'

/**
 * The length of the character at `at`; negative, as many bytes as are wrong there together; 0 when more bytes are needed
 * to tell. `final`: no more follow.
 */
export type Step = (bytes: Uint8Array, at: number, end: number, final: boolean) => number

export interface Charset {
  /** Python's name. */
  readonly name: string
  readonly buffer: BufferEncoding
  /** Bytes of a unit: line ends lie on its multiples. */
  readonly width: 1 | 2
  /** A character that cannot be written in it. */
  readonly unwritable: RegExp
  /** Found in what Node decodes where bytes may have been wrong. */
  readonly suspicious: RegExp
  readonly step: Step
}

/** Bytes that are no text, `strict`: where, and how many. */
export class Malformed extends Error {
  readonly at: number
  readonly length: number

  constructor(at: number, length: number) {
    super()
    this.at = at
    this.length = length
  }
}

/** RFC 3629. Wrong bytes that begin as a character does count as one: Unicode's maximal subparts, as in Python. */
function utf8(bytes: Uint8Array, at: number, end: number, final: boolean): number {
  const first = bytes[at] as number
  if (first < 0x80) return 1
  if (first < 0xc2 || first > 0xf4) return -1
  const length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4
  // The second byte's range leaves out long forms, surrogates, and what is beyond U+10FFFF.
  let low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80
  let high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf
  for (let i = 1; i < length; i++) {
    if (at + i >= end) return final ? -i : 0
    const byte = bytes[at + i] as number
    if (byte < low || byte > high) return -i
    low = 0x80
    high = 0xbf
  }
  return length
}

/** RFC 2781. */
function utf16(bytes: Uint8Array, at: number, end: number, final: boolean): number {
  if (at + 2 > end) return final ? -1 : 0
  const first = bytes[at + 1] as number
  if (first < 0xd8 || first > 0xdf) return 2
  if (first > 0xdb) return -2
  if (at + 4 > end) return final ? at - end : 0
  const second = bytes[at + 3] as number
  return second >= 0xdc && second <= 0xdf ? 4 : -2
}

const rows: readonly (Charset & { readonly aliases: readonly string[] })[] = [
  {
    name: 'utf-8',
    aliases: ['utf8'],
    buffer: 'utf8',
    width: 1,
    unwritable: /\p{Cs}/u,
    suspicious: /\ufffd/,
    step: utf8,
  },
  {
    name: 'latin1',
    aliases: ['iso88591'],
    buffer: 'latin1',
    width: 1,
    unwritable: /[^\u0000-\u00ff]/u,
    suspicious: /(?!)/,
    step: () => 1,
  },
  {
    name: 'ascii',
    aliases: ['usascii'],
    // Node's own 'ascii' reads the eighth bit as 0.
    buffer: 'latin1',
    width: 1,
    unwritable: /[^\u0000-\u007f]/u,
    suspicious: /[^\u0000-\u007f]/,
    step: (bytes, at) => ((bytes[at] as number) < 0x80 ? 1 : -1),
  },
  {
    name: 'utf-16le',
    aliases: ['utf16le'],
    buffer: 'utf16le',
    width: 2,
    unwritable: /\p{Cs}/u,
    suspicious: /\p{Cs}/u,
    step: utf16,
  },
]

const squeeze = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, '')

export function charset(name: string): Charset {
  const row = rows.find(
    (each) => squeeze(each.name) === squeeze(name) || each.aliases.includes(squeeze(name)),
  )
  if (row === undefined)
    throw new RangeError(
      `expected an encoding of ${rows.map((each) => each.name).join(', ')}, not ${JSON.stringify(name)}`,
    )
  return row
}

/** The text of `bytes`, which are whole characters or wrong. Throws Malformed where errors are strict. */
export function decode(set: Charset, bytes: Buffer, errors: Errors): string {
  const whole = bytes.toString(set.buffer)
  if (bytes.length % set.width === 0 && !set.suspicious.test(whole)) return whole
  const parts: string[] = []
  let good = 0
  for (let at = 0; at < bytes.length; ) {
    const length = set.step(bytes, at, bytes.length, true)
    if (length > 0) {
      at += length
      continue
    }
    if (errors === 'strict') throw new Malformed(at, -length)
    parts.push(bytes.toString(set.buffer, good, at))
    if (errors === 'replace') parts.push('\ufffd')
    at -= length
    good = at
  }
  parts.push(bytes.toString(set.buffer, good))
  return parts.join('')
}

/** The bytes of `text`. A character that the encoding does not have is a RangeError where errors are strict. */
export function encode(set: Charset, text: string, errors: Errors): Buffer {
  const wrong = set.unwritable.exec(text)
  if (wrong === null) return Buffer.from(text, set.buffer)
  if (errors === 'strict') {
    const code = (wrong[0].codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
    throw new RangeError(`expected text that ${set.name} has: U+${code} at ${wrong.index} is not in it`)
  }
  const every = new RegExp(set.unwritable, 'gu')
  return Buffer.from(text.replace(every, errors === 'replace' ? '?' : ''), set.buffer)
}
