/** inet_pton and its kin, the byte orders and netdb.h's constants, judged by libc. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { inetAton, inetNtoa, inetNtop, inetPton } from '#data/address/presentation.js'
import { AF_INET, AF_INET6, AF_UNIX } from '#data/kernel.js'
import * as netdb from '#data/netdb.js'
import { htonl, htons, ntohl, ntohs } from '#data/order.js'
import { golden, hex, hexArgument, needsC } from './golden.js'

const seed = 20261121
const { numRuns } = { numRuns: 5000 }

/** A number as C writes it, or nearly. */
const part = fc.oneof(
  fc.nat(300).map(String),
  fc.nat(0xffffffff).map(String),
  fc.nat(300).map((n) => `0x${n.toString(16)}`),
  fc.nat(0xffffffff).map((n) => `0X${n.toString(16).toUpperCase()}`),
  fc.nat(300).map((n) => `0${n.toString(8)}`),
  ...[
    [
      '',
      '0',
      '00',
      '08',
      '0x',
      '0xg',
      '1e1',
      '+1',
      '-1',
      '4294967296',
      '99999999999999999999',
      '16777216',
      '65536',
    ],
  ].map((texts) => fc.constantFrom(...texts)),
)
const tail = fc.constantFrom(
  '',
  '',
  '',
  '',
  ' ',
  '\t',
  ' x',
  '\n1',
  '\v',
  '\f.',
  '\r',
  '\u00a0',
  '.',
  'x',
  'é',
)
const text = fc
  .tuple(fc.array(part, { minLength: 1, maxLength: 5 }), tail, fc.constantFrom('', '', '', ' '))
  .map(([parts, behind, before]) => before + parts.join('.') + behind)
const letters = fc.string({ unit: fc.constantFrom(...'0123456789abxX.. '), maxLength: 16 })

const bytes4 = fc.uint8Array({ minLength: 4, maxLength: 4 })
const bytes16 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255])))

function orNull<T>(make: () => T): T | null {
  try {
    return make()
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'ERR_PARSE', String(error))
    return null
  }
}

describe('libc', () => {
  it('takes the same texts to the same bytes (inet_aton)', needsC, () => {
    const texts = fc.sample(fc.oneof(text, letters), { numRuns, seed })
    texts.push(
      '127.1',
      '0x7f.1',
      '017700000001',
      '1.2.3',
      '1.2.65535',
      '1.2.65536',
      '1.16777215',
      '1.16777216',
      '',
    )
    const answers = golden(texts.map((each) => `aton ${hexArgument(each)}`))
    let taken = 0
    texts.forEach((each, i) => {
      const bytes = orNull(() => inetAton(each))
      assert.equal(bytes === null ? '-' : hex(bytes), answers[i], `${JSON.stringify(each)}, seed ${seed}`)
      if (bytes !== null) taken++
    })
    assert.ok(taken > 500 && taken < texts.length - 500, `the texts are of both kinds: ${taken} addresses`)
  })

  it('takes and writes the same (inet_pton, inet_ntop, inet_ntoa)', needsC, () => {
    const sixes = fc.sample(bytes16, { numRuns, seed })
    const fours = fc.sample(bytes4, { numRuns: 500, seed })
    const answers = golden([...sixes, ...fours].map((bytes) => `ntop ${hex(bytes)}`))
    ;[...sixes, ...fours].forEach((bytes, i) => {
      const family = bytes.length === 4 ? AF_INET : AF_INET6
      const written = inetNtop(family, bytes)
      assert.equal(written, answers[i])
      assert.deepEqual(inetPton(family, written), bytes)
      if (family === AF_INET) assert.equal(inetNtoa(bytes), written)
    })
    assert.ok(answers.some((answer) => /^::\d+\.\d/.test(answer)))
    const texts = fc.sample(fc.oneof(text, letters, fc.ipV4(), fc.ipV6()), { numRuns: 2000, seed })
    for (const [family, command] of [
      [AF_INET, 'pton4'],
      [AF_INET6, 'pton6'],
    ] as const) {
      const answers = golden(texts.map((each) => `${command} ${hexArgument(each)}`))
      texts.forEach((each, i) => {
        const bytes = orNull(() => inetPton(family, each))
        assert.equal(bytes === null ? '-' : hex(bytes), answers[i], `${JSON.stringify(each)}, seed ${seed}`)
      })
    }
  })

  it('orders bytes the same (htons, htonl)', needsC, () => {
    const halves = [
      0,
      1,
      0x80,
      0xff,
      0x100,
      0x1234,
      0xffff,
      ...fc.sample(fc.nat(0xffff), { numRuns: 200, seed }),
    ]
    const words = [
      0,
      1,
      0x7fffffff,
      0x80000000,
      0xffffffff,
      ...fc.sample(fc.nat(0xffffffff), { numRuns: 200, seed }),
    ]
    const answers = golden([
      ...halves.map((each) => `htons ${each}`),
      ...words.map((each) => `htonl ${each}`),
    ]).map(Number)
    assert.deepEqual([...halves.map(htons), ...words.map(htonl)], answers)
    assert.deepEqual(
      halves.map((each) => ntohs(htons(each))),
      halves,
    )
    assert.deepEqual(
      words.map((each) => ntohl(htonl(each))),
      words,
    )
  })

  it('has the same numbers (netdb.h)', needsC, () => {
    const constants = Object.entries(netdb)
    const answers = golden(
      constants.map(([name]) => `constant ${name}`),
      'golden.c',
      constants.map(([name]) => name),
    )
    assert.deepEqual(
      answers,
      constants.map(([, value]) => String(value)),
    )
    assert.ok(constants.length > 30)
  })
})

describe('misuse', () => {
  it('of addresses', () => {
    for (const each of [inetAton, (value: never) => inetPton(AF_INET, value)])
      for (const value of [null, undefined, 5, {}, new Uint8Array(4)])
        assert.throws(() => each(value as never), TypeError)
    for (const value of ['1.2.3.4\0', '1.2.3.4\0x']) {
      assert.throws(() => inetAton(value), { name: 'ParseError' })
      assert.throws(() => inetPton(AF_INET, value), { name: 'ParseError' })
    }
    for (const length of [0, 3, 5, 16]) {
      assert.throws(() => inetNtoa(new Uint8Array(length)), RangeError)
      assert.throws(() => inetNtop(AF_INET, new Uint8Array(length)), RangeError)
    }
    assert.throws(() => inetNtop(AF_INET6, new Uint8Array(4)), RangeError)
    assert.throws(() => inetNtop(AF_INET, '1234' as never), TypeError)
    for (const family of [AF_UNIX, 0, 99]) {
      assert.throws(() => inetPton(family, '::1'), { code: 'EAFNOSUPPORT', syscall: 'inet_pton' })
      assert.throws(() => inetNtop(family, new Uint8Array(4)), { code: 'EAFNOSUPPORT', syscall: 'inet_ntop' })
    }
  })

  it('of byte orders', () => {
    for (const each of [htons, ntohs, htonl, ntohl]) {
      for (const value of [-1, 2 ** 32, -(2 ** 31), Infinity]) assert.throws(() => each(value), RangeError)
      for (const value of [1.5, '1', null, 5n, undefined])
        assert.throws(() => each(value as never), TypeError)
    }
    for (const each of [htons, ntohs]) assert.throws(() => each(0x10000), RangeError)
  })
})
