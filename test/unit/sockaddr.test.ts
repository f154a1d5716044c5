/** The sockaddrs of families beside inet, inet6 and unix, judged by the headers' structs in C. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Address, Given } from '#data/address/address.js'
import { formatAddress, sameAddress } from '#data/address/address.js'
import { decodeAddress, encodeAddress, familyOf } from '#data/address/family.js'
import { DecodeError } from '#data/errors.js'
import { AF_ALG, AF_BLUETOOTH } from '#data/kernel.js'
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

const bluetooth = (given: object, type: string, init: string, text: string, back?: object): Row => ({
  af: AF_BLUETOOTH,
  given: given as Given<Address>,
  c: ['BT_SECURITY', `struct sockaddr_${type}`, `.${type}_family = 31, ${init}`],
  back: back as Partial<Address>,
  text,
})
const bytes6 = '{ { 0xab, 0x89, 0x67, 0x45, 0x23, 0x01 } }'
const bdaddr = '01:23:45:67:89:AB'

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
  bluetooth({ deviceId: 3 }, 'hci', '.hci_dev = 3', 'hci3', { channel: 0 }),
  bluetooth({ deviceId: 65535, channel: 3 }, 'hci', '.hci_dev = 65535, .hci_channel = 3', 'hci65535/3'),
  bluetooth({ bdaddr }, 'sco', `.sco_bdaddr = ${bytes6}`, bdaddr),
  bluetooth({ bdaddr, channel: 30 }, 'rc', `.rc_bdaddr = ${bytes6}, .rc_channel = 30`, `${bdaddr}/30`),
  bluetooth({ bdaddr, psm: 0x1003 }, 'l2', `.l2_bdaddr = ${bytes6}, .l2_psm = 0x1003`, `${bdaddr}/psm 4099`, {
    cid: 0,
    bdaddrType: 0,
  }),
  bluetooth(
    { bdaddr, psm: 0, cid: 4, bdaddrType: 2 },
    'l2',
    `.l2_bdaddr = ${bytes6}, .l2_cid = 4, .l2_bdaddr_type = 2`,
    `${bdaddr}/psm 0 cid 4 type 2`,
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

const noU16 = [-1, 65536, 1.5, '1', null]

/** What is refused, and how. */
const wrong: readonly (readonly [af: number, given: unknown])[] = [
  ...[null, undefined, 5, 'x', {}, [], { family: 'x' }].flatMap((given) =>
    families.map((af) => [af, given] as const),
  ),
  ...[5, null, undefined, 'a\0', 'x'.repeat(14), {}].map((type) => [AF_ALG, { type, name: 'x' }] as const),
  ...[5, null, undefined, 'a\0', 'x'.repeat(104), {}].map(
    (name) => [AF_ALG, { type: 'hash', name }] as const,
  ),
  ...[5, null, '', 'x', '01:23:45:67:89', '01:23:45:67:89:AG', '01:23:45:67:89:AB:CD', {}].map(
    (wrong) => [AF_BLUETOOTH, { bdaddr: wrong, psm: 1 }] as const,
  ),
  ...noU16.flatMap((wrong) => [
    [AF_BLUETOOTH, { bdaddr, psm: wrong }] as const,
    [AF_BLUETOOTH, { bdaddr, psm: 1, cid: wrong }] as const,
    [AF_BLUETOOTH, { bdaddr, psm: 1, bdaddrType: wrong }] as const,
    [AF_BLUETOOTH, { bdaddr, channel: wrong }] as const,
    [AF_BLUETOOTH, { deviceId: wrong }] as const,
  ]),
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
