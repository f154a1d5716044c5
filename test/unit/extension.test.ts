/** IPv6's extension headers against the C library's (inet6_opt, inet6_rth) and the kernel's struct for segments. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '#data/errors.js'
import {
  type Inet6OptionGiven,
  inet6OptBuild,
  inet6OptParse,
  inet6RthBuild,
  inet6RthParse,
} from '#data/extension.js'
import { golden, hex, needsC, unhex } from './golden.js'

const option = fc
  .record({ type: fc.integer({ min: 2, max: 255 }), data: fc.uint8Array({ minLength: 1, maxLength: 60 }) })
  .chain(({ type, data }) =>
    fc
      .constantFrom(...([1, 2, 4, 8] as const).filter((align) => align <= data.length))
      .map((align): Inet6OptionGiven => ({ type, data, align })),
  )
const plain = ({ type, data }: Inet6OptionGiven): { type: number; data: Uint8Array } => ({ type, data })

/** Bytes that are short lengths, most of them. */
const small = fc
  .array(fc.oneof({ weight: 5, arbitrary: fc.nat(5) }, fc.nat(255)), { minLength: 8, maxLength: 40 })
  .map((bytes) => Uint8Array.from(bytes))

/** Throws what decoders throw, and nothing else. */
function decodes(decode: () => unknown): boolean {
  try {
    decode()
    return true
  } catch (error) {
    assert.ok(error instanceof DecodeError, String(error))
    return false
  }
}

describe('headers of options', () => {
  it('are the C library’s, both ways', needsC, () => {
    const lists: Inet6OptionGiven[][] = [
      ...fc.sample(fc.array(option, { maxLength: 8 }), 300),
      ...[0, 1, 2, 3, 4, 5, 6, 7, 8].map((length) =>
        length === 0 ? [] : [{ type: 30, data: new Uint8Array(length).fill(length), align: 1 as const }],
      ),
      // As long as can be, and longer.
      Array.from({ length: 8 }, (_, i) => ({ type: 100 + i, data: new Uint8Array(i === 7 ? 245 : 255) })),
      Array.from({ length: 8 }, (_, i) => ({ type: 100 + i, data: new Uint8Array(i === 7 ? 246 : 255) })),
    ]
    const made = golden(
      lists.map((list) =>
        ['opt', ...list.flatMap(({ type, data, align = 1 }) => [type, align, hex(data)])].join(' '),
      ),
      'extension.c',
    )
    const headers = lists.map((list) => {
      try {
        return hex(inet6OptBuild(list))
      } catch (error) {
        assert.ok(error instanceof RangeError)
        return '-'
      }
    })
    assert.deepEqual(headers, made)
    assert.deepEqual(
      made.slice(-2).map((each) => each.length),
      [4096, 1],
    )
    const good = made.filter((each) => each !== '-')
    const read = golden(
      good.map((each) => `optread ${each}`),
      'extension.c',
    )
    assert.deepEqual(
      good.map((each) =>
        [
          ...inet6OptParse(unhex(each)).map(
            ({ type, data }) => `${type}:${data.length > 0 ? hex(data) : ''}`,
          ),
          '.',
        ].join(' '),
      ),
      read,
    )
  })

  it('come as they went, one of no data too', () => {
    const empty: Inet6OptionGiven = { type: 2, data: new Uint8Array(0) }
    fc.assert(
      fc.property(fc.array(fc.oneof(option, fc.constant(empty)), { maxLength: 8 }), (list) => {
        const bytes = inet6OptBuild(list)
        assert.equal(bytes.length % 8, 0)
        const found = inet6OptParse(bytes)
        assert.deepEqual(found, list.map(plain))
        bytes.fill(0xff, 2)
        assert.deepEqual(found, list.map(plain), 'a copy')
      }),
    )
  })

  it('of others are options or a DecodeError', () => {
    let good = 0
    fc.assert(
      fc.property(small, fc.boolean(), (bytes, right) => {
        const whole = bytes.subarray(0, bytes.length - (bytes.length % 8))
        if (right) whole[1] = whole.length / 8 - 1
        if (decodes(() => inet6OptParse(whole))) good++
        for (let length = 0; right && length < whole.length; length++)
          assert.ok(!decodes(() => inet6OptParse(whole.subarray(0, length))))
      }),
      { numRuns: 1000 },
    )
    assert.ok(good > 10, `${good}`)
    for (const [bytes, offset] of [
      [[0, 0, 1, 4, 0, 0, 0], 7],
      [[0, 0, 1, 4, 0, 0, 0, 0, 0], 8],
      [[0, 0, 5, 5, 0, 0, 0, 0], 2],
      [[0, 0, 1, 3, 0, 0, 0, 9], 7],
      [[], 0],
    ] as const)
      assert.throws(
        () => inet6OptParse(Uint8Array.from(bytes)),
        (error) => error instanceof DecodeError && error.offset === offset,
        String(bytes),
      )
  })

  it('refuse what is none', () => {
    const data = new Uint8Array(4)
    for (const options of [undefined, null, 5, 'x', {}, [null], [5], [{ type: 5 }], [{ type: 5, data: 'x' }]])
      assert.throws(() => inet6OptBuild(options as unknown as []), TypeError)
    for (const one of [
      ...[0, 1, 256, -1, 1.5, '5', undefined].map((type) => ({ type, data })),
      ...[0, 3, 16, '1', null].map((align) => ({ type: 5, data, align })),
      { type: 5, data, align: 8 },
      { type: 5, data: new Uint8Array(256) },
    ])
      assert.throws(() => inet6OptBuild([one as unknown as Inet6OptionGiven]), RangeError)
    for (const bytes of [undefined, null, 5, 'x', [0, 0]])
      assert.throws(() => inet6OptParse(bytes as unknown as Uint8Array), TypeError)
  })
})

const hosts = ['2001:db8::1', 'fd00::ffff:1', '::1', 'fe80::1:2', '2001:db8:0:1::9']

describe('routing headers', () => {
  it('of type 0 are the C library’s, and so is the way back', needsC, () => {
    const lists = [0, 1, 2, 3, 4, 5].map((count) => hosts.slice(0, count))
    const commands = ['rth', 'rthback'].map((name) =>
      lists.map((list) => [name, list.length, ...list].join(' ')),
    )
    const [there, back] = commands.map((each) => golden(each, 'extension.c'))
    assert.deepEqual(
      lists.map((segments) => hex(inet6RthBuild({ type: 0, segments }))),
      there,
    )
    assert.deepEqual(
      there?.map((each) => {
        const { segments } = inet6RthParse(unhex(each))
        return hex(inet6RthBuild({ type: 0, segments: segments.toReversed() }))
      }),
      back,
    )
    for (const [i, each] of (there ?? []).entries())
      assert.deepEqual(inet6RthParse(unhex(each)), {
        ...{ type: 0, segments: lists[i], segmentsLeft: lists[i]?.length },
      })
  })

  it('of segments are the kernel’s struct', needsC, () => {
    const routes = [1, 2, 5].flatMap((count) => {
      const segments = hosts.slice(0, count)
      return [
        { segments, segmentsLeft: count - 1, flags: 0, tag: 0, data: new Uint8Array(0) },
        { segments, segmentsLeft: 0, flags: 8, tag: 0x1234, data: Uint8Array.of(4, 6, 0, 0, 0, 0, 0, 0) },
      ]
    })
    const answers = golden(
      routes.map(({ segments, segmentsLeft, flags, tag, data }) =>
        ['srh', flags, tag, segmentsLeft, hex(data), segments.length, ...segments.toReversed()].join(' '),
      ),
      'extension.c',
    )
    for (const [i, route] of routes.entries()) {
      assert.equal(hex(inet6RthBuild({ type: 4, ...route })), answers[i])
      assert.deepEqual(inet6RthParse(unhex(answers[i] as string)), { type: 4, ...route })
    }
    assert.equal(hex(inet6RthBuild({ type: 4, segments: hosts.slice(0, 2) })), answers[2])
  })

  it('of type 2 have one address', () => {
    const bytes = inet6RthBuild({ type: 2, segments: ['::1'] })
    assert.equal(hex(bytes), `00020201${'00'.repeat(19)}01`)
    assert.deepEqual(inet6RthParse(bytes), { type: 2, segments: ['::1'], segmentsLeft: 1 })
  })

  it('of others are told, or a DecodeError', () => {
    const unknown = Uint8Array.of(59, 0, 3, 0, 1, 2, 3, 4)
    assert.deepEqual(inet6RthParse(unknown), {
      ...{ type: 3, segments: [], segmentsLeft: 0, data: Uint8Array.of(1, 2, 3, 4) },
    })
    let good = 0
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 8, maxLength: 80 }),
        fc.constantFrom(0, 2, 3, 4),
        fc.nat(3),
        (bytes, type, last) => {
          const whole = bytes.subarray(0, bytes.length - (bytes.length % 8))
          whole.set([whole.length / 8 - 1, type, last % 2, last], 1)
          if (decodes(() => inet6RthParse(whole))) good++
          assert.ok(!decodes(() => inet6RthParse(whole.subarray(0, whole.length - 1))))
        },
      ),
    )
    assert.ok(good > 10, `${good}`)
    for (const [bytes, offset] of [
      [[0, 1, 0, 0, ...new Uint8Array(12)], 1],
      [[0, 2, 0, 2, ...new Uint8Array(20)], 3],
      [[0, 2, 4, 1, ...new Uint8Array(20)], 3],
      [[0, 2, 4, 0, 1, ...new Uint8Array(19)], 4],
    ] as const)
      assert.throws(
        () => inet6RthParse(Uint8Array.from(bytes)),
        (error) => error instanceof DecodeError && error.code === 'ERR_MALFORMED' && error.offset === offset,
      )
  })

  it('refuse what is none', () => {
    for (const route of [
      undefined,
      null,
      5,
      { type: 0 },
      { type: 0, segments: 'x' },
      { type: 0, segments: ['x'] },
    ])
      assert.throws(() => inet6RthBuild(route as unknown as { type: 0; segments: [] }), TypeError)
    for (const more of [{ flags: 1 }, { tag: 1 }, { data: new Uint8Array(0) }])
      assert.throws(() => inet6RthBuild({ type: 0, segments: ['::1'], ...more }), TypeError)
    const four = { type: 4, segments: ['::1'] }
    for (const route of [
      ...[3, 256, -1, '4', undefined].map((type) => ({ ...four, type })),
      ...[1, -1, 1.5, '0'].map((segmentsLeft) => ({ ...four, segmentsLeft })),
      ...[-1, 256].map((flags) => ({ ...four, flags })),
      ...[-1, 65536].map((tag) => ({ ...four, tag })),
      { ...four, segments: [] },
      { ...four, segments: Array(128).fill('::1') },
      { type: 0, segments: Array(128).fill('::1') },
      { type: 2, segments: [] },
      { type: 2, segments: ['::1', '::1'] },
      { ...four, data: new Uint8Array(7) },
      { type: 4, segments: Array(127).fill('::1'), data: new Uint8Array(16) },
    ])
      assert.throws(() => inet6RthBuild(route as typeof four), RangeError, JSON.stringify(route))
  })
})
