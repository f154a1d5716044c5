/** The sockaddrs of families beside inet, inet6 and unix, judged by the headers' structs in C. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Address, Given } from '#data/address/address.js'
import { formatAddress, sameAddress } from '#data/address/address.js'
import { decodeAddress, encodeAddress, familyOf } from '#data/address/family.js'
import { DecodeError } from '#data/errors.js'
import { AF_ALG } from '#data/kernel.js'
import { type CValue, goldenValues, needsC, unhex } from './golden.js'

interface Row {
  readonly af: number
  readonly given: Given<Address>
  /** In C: its type and initializer. */
  readonly c: readonly [macro: string, type: string, init: string]
  /** How it comes back, where that is not as it was given. */
  readonly back?: Partial<Address>
  readonly text: string
}

const alg = (given: object, init: string, text: string, back?: Partial<Address>): Row => ({
  af: AF_ALG,
  given: given as Given<Address>,
  c: ['ALG_SET_KEY', 'struct sockaddr_alg', `.salg_family = 38, ${init}`],
  back: { feat: 0, mask: 0, ...back },
  text,
})

const name63 = 'n'.repeat(63)

const rows: readonly Row[] = [
  alg({ type: 'hash', name: 'sha256' }, '.salg_type = "hash", .salg_name = "sha256"', 'hash:sha256'),
  alg({ type: '', name: '' }, '', ':'),
  alg(
    { type: 'skcipher', name: 'cbc(aes)', feat: 0xfffffffe, mask: 0x2000 },
    '.salg_type = "skcipher", .salg_name = "cbc(aes)", .salg_feat = 0xfffffffe, .salg_mask = 0x2000',
    'skcipher:cbc(aes)',
    { feat: 0xfffffffe, mask: 0x2000 },
  ),
  alg(
    { type: 't'.repeat(13), name: name63 },
    `.salg_type = "${'t'.repeat(13)}", .salg_name = "${name63}"`,
    `${'t'.repeat(13)}:${name63}`,
  ),
]

describe('golden addresses', needsC, () => {
  const list = rows.map(({ c: [macro, type, init] }): CValue => ({ macro, type, init }))
  const answers = needsC.skip === false ? goldenValues(list) : []
  rows.forEach(({ af, given, back, text }, i) => {
    it(text.slice(0, 60), { skip: answers[i] === undefined && 'the headers here do not know it' }, () => {
      const bytes = unhex(answers[i] as string)
      assert.deepEqual(encodeAddress(af, given), bytes)
      const value = decodeAddress(bytes)
      assert.ok(value !== null && Object.isFrozen(value))
      assert.deepEqual(value, { family: familyOf(af), ...given, ...back })
      assert.deepEqual(encodeAddress(af, value), bytes)
      assert.equal(formatAddress(value), text)
      const held = new Uint8Array(bytes.length + 13).fill(0xee)
      held.set(bytes, 5)
      assert.deepEqual(decodeAddress(held.subarray(5, 5 + bytes.length)), value)
    })
  })
})

const families = [...new Set(rows.map(({ af }) => af))]

describe('addresses', () => {
  it('arbitrary bytes decode or throw DecodeError, and their text is for terminals', () => {
    fc.assert(
      fc.property(fc.constantFrom(...families), fc.uint8Array({ maxLength: 126 }), (af, rest) => {
        const bytes = Uint8Array.of(af & 255, af >> 8, ...rest)
        let value: Address | null
        try {
          value = decodeAddress(bytes)
        } catch (error) {
          return assert.ok(error instanceof DecodeError, String(error))
        }
        assert.ok(value !== null)
        assert.equal(value.family, familyOf(af))
        assert.doesNotMatch(formatAddress(value), /\p{C}/u)
      }),
      { numRuns: 2000 },
    )
  })

  it('are told apart', () => {
    for (const [i, a] of rows.entries())
      for (const [j, b] of rows.entries()) {
        const [one, other] = [a, b].map(({ af, given }) => decodeAddress(encodeAddress(af, given)))
        assert.equal(sameAddress(one as Address, other as Address), i === j, `${a.text} and ${b.text}`)
      }
  })
})

/** What is refused, and how. */
const wrong: readonly (readonly [af: number, given: unknown])[] = [
  ...[null, undefined, 5, 'x', {}, [], { family: 'x' }].flatMap((given) =>
    families.map((af) => [af, given] as const),
  ),
  ...[5, null, undefined, 'a\0', 'x'.repeat(14), {}].map((type) => [AF_ALG, { type, name: 'x' }] as const),
  ...[5, null, undefined, 'a\0', 'x'.repeat(104), {}].map(
    (name) => [AF_ALG, { type: 'hash', name }] as const,
  ),
  ...[-1, 1.5, 2 ** 32, '1', null].flatMap((value) =>
    ['feat', 'mask'].map((field) => [AF_ALG, { type: 'hash', name: 'x', [field]: value }] as const),
  ),
]

describe('what is no address', () => {
  it('is refused with a TypeError or RangeError that says what was expected', () => {
    for (const [af, given] of wrong)
      assert.throws(
        () => encodeAddress(af, given as Given<Address>),
        (error) =>
          (error instanceof TypeError || error instanceof RangeError) && /expected/.test(error.message),
        `${af} ${JSON.stringify(given)}`,
      )
  })

  it('a long name of an algorithm goes on behind the struct', () => {
    const name = 'x'.repeat(103)
    const bytes = encodeAddress(AF_ALG, { type: 'hash', name } as Given<Address>)
    assert.equal(bytes.length, 128)
    assert.deepEqual(decodeAddress(bytes), { family: 'alg', type: 'hash', name, feat: 0, mask: 0 })
  })
})
