/** The buffer behind a file, in every splitting of what comes, against Python's io. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { DecodeError } from 'berkeley'
import fc from 'fast-check'
import { charset, type Errors, encode } from '#socket/file/charset.js'
import { binary, Input, type Newline, type Reading, text } from '#socket/file/input.js'
import { needsProgram } from '../support/needs.js'

type Call = readonly [what: 'read' | 'readline' | 'readlines', size: number]
interface Case {
  readonly hex: string
  readonly encoding: string | null
  readonly errors: Errors
  readonly newline: Newline
  readonly calls: readonly Call[]
}

const judge = fileURLToPath(new URL('../../../test/unit/input.py', import.meta.url))

/** What is asked for, of bytes that come in `chunks`: each call's answer as a list, up to an error. */
function answers({ encoding, errors, newline, calls }: Case, chunks: readonly Uint8Array[]): unknown[] {
  const how: Reading<string | Buffer> = encoding === null ? binary : text(charset(encoding), errors, newline)
  const input = new Input<string | Buffer>(how)
  const left = [...chunks]
  const ask = <R>(find: (ended: boolean) => R | undefined): R => {
    for (let ended = false; ; ) {
      const answer = find(ended)
      if (answer !== undefined) return answer
      assert.ok(!ended, 'at the end everything has an answer')
      const chunk = left.shift()
      ended = chunk === undefined
      if (chunk === undefined) continue
      input.room(chunk.length).set(chunk)
      input.filled(chunk.length)
    }
  }
  const shown = (value: string | Buffer): string =>
    typeof value === 'string' ? value : value.toString('hex')
  const all: unknown[] = []
  for (const [what, size] of calls) {
    try {
      if (what === 'readlines') {
        let at = 0
        const lines: string[] = []
        for (;;) {
          const piece = ask((ended) => input.line(at, Number.POSITIVE_INFINITY, ended))
          if (piece.value.length === 0) break
          lines.push(shown(piece.value))
          at = piece.end
        }
        input.drop(at)
        all.push(lines)
        continue
      }
      const limit = size < 0 ? Number.POSITIVE_INFINITY : size
      const piece = ask((ended) =>
        what === 'readline'
          ? input.line(0, limit, ended)
          : size < 0
            ? input.all(ended)
            : input.some(size, ended),
      )
      input.drop(piece.end)
      all.push([shown(piece.value)])
    } catch (error) {
      assert.ok(error instanceof DecodeError, String(error))
      all.push('UnicodeDecodeError')
      return all
    }
  }
  return all
}

/** Cuts at the given places, in any order, repetitions allowed. */
function split(bytes: Buffer, places: readonly number[]): Buffer[] {
  const cuts = [...new Set(places.map((place) => place % (bytes.length + 1)))].sort((a, b) => a - b)
  return [0, ...cuts]
    .map((from, i) => bytes.subarray(from, cuts[i] ?? bytes.length))
    .filter((b) => b.length > 0)
}

// Newlines and the borders of characters, over and over, are where it goes wrong.
const words = [
  '\n', '\r', '\r\n', '\n', '\r\n', 'a', 'é', '€', '𐍈', 'word', '\ufeff', '\ufffd', '\u2028', '\u0085', '\0',
] // biome-ignore format: one row
const wrong = ['ff', 'c3', 'e282', 'f09080', 'eda080', 'c080', '80', '00d8', '00dc', '0a', '0d', '0d0a']

const newlines: readonly Newline[] = [null, '', '\n', '\r', '\r\n']
const call: fc.Arbitrary<Call> = fc.oneof(
  { weight: 4, arbitrary: fc.constant<Call>(['readline', -1]) },
  { weight: 2, arbitrary: fc.nat(6).map((size): Call => ['readline', size]) },
  { weight: 3, arbitrary: fc.nat(6).map((size): Call => ['read', size]) },
  { weight: 1, arbitrary: fc.constantFrom<Call>(['read', -1], ['readlines', -1]) },
)

function cases(errors: Errors): fc.Arbitrary<Case> {
  return fc
    .record({
      encoding: fc.constantFrom('utf-8', 'latin1', 'ascii', 'utf-16le', null),
      newline: fc.constantFrom(...newlines),
      parts: fc.array(
        fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom(...words) },
          { weight: 1, arbitrary: fc.constantFrom(...wrong).map((hex) => Buffer.from(hex, 'hex')) },
        ),
        { maxLength: 14 },
      ),
      calls: fc.array(call, { maxLength: 12 }),
    })
    .map(({ encoding, newline, parts, calls }) => {
      const set = charset(encoding ?? 'utf-8')
      const bytes = parts.map((part) => (typeof part === 'string' ? encode(set, part, 'ignore') : part))
      return {
        hex: Buffer.concat(bytes).toString('hex'),
        encoding,
        errors,
        newline,
        calls: [...calls, ['read', -1]],
      }
    })
}

function judged(all: readonly Case[], bytewise: boolean): unknown[][] {
  const { stdout, stderr, status } = spawnSync('python3', [judge], {
    input: all.map((each) => `${JSON.stringify({ ...each, bytewise })}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  assert.equal(status, 0, stderr)
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as unknown[])
}

type Row = readonly [hex: string, encoding: string, newline: Newline, calls: readonly Call[]]

function rows(all: readonly Row[]): readonly Case[] {
  return all.map(([hex, encoding, newline, calls]) => ({ hex, encoding, errors: 'ignore', newline, calls }))
}

/** A '\r' and a '\n' with the beginning of a character between them, which the '\n' shows to be wrong. */
const parted = rows([
  ['0d0000d80a00', 'utf-16le', '', [['readline', 2], ['read', -1]]],
  ['0d0000d80a0000d8', 'utf-16le', null, [['read', 1], ['readline', -1], ['read', -1]]],
  ['0de2820a61', 'utf-8', '', [['readline', -1], ['read', -1]]],
  ['e280a80dc30a00', 'utf-8', '\r\n', [['read', 1], ['readline', -1], ['read', -1]]],
  ['0d0a0a776f7264efbbbf0df090800a61', 'utf-8', '\r\n', [['readlines', -1], ['read', -1]]],
  ['0dc30a0d0ae2820a', 'utf-8', null, [['readlines', -1], ['read', -1]]],
  ['610dc3', 'utf-8', '', [['readline', -1], ['readline', -1], ['read', -1]]],
]) // biome-ignore format: a row each

describe('the input of a file', needsProgram('python3'), () => {
  it('ignores the beginning of a character between a carriage return and a newline, wherever it is split', () => {
    for (const [i, expected] of judged(parted, false).entries()) {
      const each = parted[i] as Case
      assert.deepEqual(judged([each], true)[0], expected, `Python, bytewise ${JSON.stringify(each)}`)
      const bytes = Buffer.from(each.hex, 'hex')
      for (let first = 0; first <= bytes.length; first++)
        for (let second = first; second <= bytes.length; second++)
          assert.deepEqual(
            answers(each, split(bytes, [first, second])),
            expected,
            `${JSON.stringify(each)} at ${first}, ${second}`,
          )
    }
  })

  for (const errors of ['replace', 'ignore'] as const)
    it(`reads as Python does, errors ${errors}`, () => {
      const all = fc.sample(cases(errors), 4000)
      const expected = judged(all, false)
      assert.equal(expected.length, all.length)
      for (const [i, each] of all.entries()) {
        const bytes = Buffer.from(each.hex, 'hex')
        assert.deepEqual(answers(each, bytes.length > 0 ? [bytes] : []), expected[i], JSON.stringify(each))
        // One byte at a time is the hardest splitting.
        const bytewise = [...bytes].map((byte) => Uint8Array.of(byte))
        assert.deepEqual(answers(each, bytewise), expected[i], `bytewise ${JSON.stringify(each)}`)
      }
    })

  it('finds the errors that Python finds, behind all that comes before', () => {
    const all = fc.sample(cases('strict'), 4000)
    const expected = judged(all, true)
    let failed = 0
    for (const [i, each] of all.entries()) {
      const bytes = Buffer.from(each.hex, 'hex')
      const got = answers(each, bytes.length > 0 ? [bytes] : [])
      const theirs = expected[i] as unknown[]
      if (theirs.at(-1) !== 'UnicodeDecodeError') {
        assert.deepEqual(got, theirs, JSON.stringify(each))
        continue
      }
      failed++
      assert.equal(got.at(-1), 'UnicodeDecodeError', JSON.stringify(each))
      // It decodes ahead of what is asked for, so it may fail a call earlier.
      assert.deepEqual(got.slice(0, theirs.length - 1), theirs.slice(0, -1), JSON.stringify(each))
    }
    assert.ok(failed > 200, `${failed} of them failed`)
  })

  it('gives the same however it is split', () => {
    for (const errors of ['strict', 'replace', 'ignore'] as const)
      fc.assert(
        fc.property(cases(errors), fc.array(fc.nat(200), { maxLength: 12 }), (each, places) => {
          const bytes = Buffer.from(each.hex, 'hex')
          assert.deepEqual(answers(each, split(bytes, places)), answers(each, split(bytes, [])))
        }),
        { numRuns: 3000 },
      )
  })
})

const lines = (bytes: Buffer, set = 'utf-8'): Input<string> => {
  const input = new Input(text(charset(set), 'strict', null))
  input.room(bytes.length).set(bytes)
  input.filled(bytes.length)
  return input
}

describe('bytes that are no text', () => {
  it('are told of once, with their place, and what is around them is there', () => {
    const input = lines(Buffer.from('ok\nab\xffcd\ne\xc3', 'latin1'))
    const next = (): string | undefined => {
      const piece = input.line(0, Number.POSITIVE_INFINITY, true)
      if (piece !== undefined) input.drop(piece.end)
      return piece?.value
    }
    const place = (error: unknown): number => (error as DecodeError).offset
    assert.equal(next(), 'ok\n')
    assert.throws(
      next,
      (error) => error instanceof DecodeError && error.code === 'ERR_MALFORMED' && place(error) === 5,
    )
    assert.equal(next(), 'abcd\n')
    assert.throws(next, (error) => place(error) === 10)
    assert.equal(next(), 'e')
    assert.equal(next(), '')
  })
})

describe('a line that ends with a carriage return', () => {
  it('is there before it is known whether a newline follows', () => {
    const input = lines(Buffer.from('one\r'))
    const piece = input.line(0, Number.POSITIVE_INFINITY, false)
    assert.equal(piece?.value, 'one\n')
    input.drop(piece.end)
    assert.equal(input.line(0, Number.POSITIVE_INFINITY, false), undefined)
    input.room(5).set(Buffer.from('\ntwo\n'))
    input.filled(5)
    assert.equal(input.line(0, Number.POSITIVE_INFINITY, false)?.value, 'two\n')
  })
})

describe('text that is written', needsProgram('python3'), () => {
  it('becomes the bytes that Python makes of it', () => {
    const code = `
import json, sys
for line in sys.stdin:
    text, encoding, errors = json.loads(line)
    try: print(text.encode(encoding, errors).hex())
    except UnicodeEncodeError: print('error')
`
    const unit = fc.oneof(
      fc.constantFrom('a', 'é', '€', '𐍈', '\ud800', '\udc00', '\u0080', '\u007f'),
      fc.string(),
    )
    const all = fc.sample(
      fc.tuple(
        fc.array(unit, { maxLength: 6 }).map((parts) => parts.join('')),
        fc.constantFrom('utf-8', 'latin1', 'ascii', 'utf-16le'),
        fc.constantFrom<Errors>('strict', 'replace', 'ignore'),
      ),
      3000,
    )
    const { stdout, stderr, status } = spawnSync('python3', ['-c', code], {
      input: all.map((each) => `${JSON.stringify(each)}\n`).join(''),
      encoding: 'utf8',
    })
    assert.equal(status, 0, stderr)
    const expected = stdout.split('\n')
    for (const [i, [string, name, errors]] of all.entries()) {
      let got: string
      try {
        got = encode(charset(name), string, errors).toString('hex')
      } catch (error) {
        assert.ok(error instanceof RangeError)
        got = 'error'
      }
      assert.equal(got, expected[i], JSON.stringify(all[i]))
    }
  })
})
