/** Control buffers cut short, as the kernel cuts them and anywhere, and such as make no sense. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  CMSG_SPACE,
  type ControlData,
  decodeControl,
  descriptorsIn,
  encodeControl,
} from '#data/control/control.js'
import { DecodeError } from '#data/errors.js'
import { AF_INET, AF_UNIX, IPPROTO_IP, IPPROTO_IPV6, SCM_RIGHTS, SOL_SOCKET } from '#data/kernel.js'
import { needsC } from './golden.js'
import { buffers, controls, descriptorsOf, HEADER, held, samples } from './messages.js'

describe('buffers cut short', needsC, () => {
  // Each alone, and behind two others.
  const asked = samples.flatMap(({ words }) => [words, `rights 7 8 9;tos 3;${words}`])
  const answers = needsC.skip === false ? buffers(asked) : []
  const golden = samples.map((sample, i) => ({
    ...sample,
    bytes: answers[2 * i] as Uint8Array,
    together: answers[2 * i + 1] as Uint8Array,
  }))

  // Kinds whose value is any number of bytes: a shorter one is one, too.
  const elastic = new Set([
    'tipcRetdata',
    'security',
    'ipOptions',
    'hopopts',
    'dstopts',
    'rthdr',
    'rights',
    'unknown',
  ])

  /** What a message of which only `there` bytes of data are left comes to. */
  function cut(back: ControlData, bytes: Uint8Array, there: number): ControlData {
    const data = bytes.slice(HEADER, HEADER + there)
    if (back.kind === 'rights') return { kind: 'rights', value: back.value.slice(0, Math.floor(there / 4)) }
    if (elastic.has(back.kind) && 'value' in back) return { ...back, value: data } as ControlData
    const view = new DataView(bytes.buffer)
    return { kind: 'unknown', level: view.getInt32(8, true), type: view.getInt32(12, true), data }
  }

  /** Two whole ones before the last. */
  const before: ControlData[] = [
    { kind: 'rights', value: [7, 8, 9] },
    { kind: 'tos', value: 3 },
  ]

  for (const { words, back, bytes, together } of golden) {
    // The long form of tos is never the kernel's, and three of its bytes short would be the short form. Attributes
    // are cut one by one, below.
    if (back === null || /^(tosint|optstats)/.test(words)) continue
    it(`cut short: ${words.slice(0, 50)}`, () => {
      const lead = encodeControl(AF_INET, [{ kind: 'rights', value: [7, 8, 9] }]).length + CMSG_SPACE(1)
      const length = Number(new DataView(bytes.buffer).getBigUint64(0, true))
      for (let end = lead; end <= together.length; end++)
        for (const copy of held(together.slice(0, end))) {
          const there = end - lead
          const last: ControlData[] =
            there < HEADER ? [] : there >= length ? [back] : [cut(back, bytes, there - HEADER)]
          // As it stands, and as put_cmsg leaves it: cmsg_len is what is there.
          for (const kernels of [false, true]) {
            if (kernels && there >= HEADER && there < length)
              new DataView(copy.buffer, copy.byteOffset).setBigUint64(lead, BigInt(there), true)
            assert.deepEqual(decodeControl(copy), [...before, ...last], `${end} bytes`)
            assert.deepEqual(descriptorsIn(copy), descriptorsOf([...before, ...last]), `${end} bytes`)
          }
        }
    })
  }

  it('every cut of a long row keeps what is before it', () => {
    const came = golden.filter(({ words, back }) => back !== null && !words.startsWith('tosint'))
    const [together] = buffers([came.map(({ words }) => words).join(';')]) as [Uint8Array]
    let start = 0
    let whole: ControlData[] = []
    for (const { back, bytes } of came) {
      for (let end = start; end < start + bytes.length; end++) {
        const found = decodeControl(together.subarray(0, end))
        assert.deepEqual(found.slice(0, whole.length), whole, `${end} bytes`)
        assert.ok(found.length <= whole.length + 1)
        assert.deepEqual(descriptorsIn(together.subarray(0, end)), descriptorsOf(found))
      }
      whole = [...whole, back as ControlData]
      start += bytes.length
    }
    assert.equal(start, together.length)
  })

  it('one that is too short or too long before another is an error at its place', () => {
    const tail = encodeControl(AF_INET, [{ kind: 'unknown', level: 1, type: 9999, data: new Uint8Array(9) }])
    const lead = encodeControl(AF_UNIX, [{ kind: 'rights', value: [4, 5] }])
    for (const { words, back, bytes } of golden) {
      if (back === null || words.startsWith('optstats')) continue
      const view = new DataView(bytes.buffer)
      const [level, type] = [view.getInt32(8, true), view.getInt32(12, true)]
      const size = Number(view.getBigUint64(0, true)) - HEADER
      for (let length = 0; length <= size + 9; length++) {
        const data = new Uint8Array(length)
        data.set(bytes.subarray(HEADER, HEADER + Math.min(length, size)))
        const odd = encodeControl(AF_UNIX, [{ kind: 'unknown', level, type, data }])
        const all = Uint8Array.from([...lead, ...odd, ...tail])
        const fits =
          back.kind === 'rights'
            ? length % 4 === 0
            : elastic.has(back.kind) ||
              length === size ||
              (level === IPPROTO_IP && type === 1 && [1, 4].includes(length))
        const what = `${words.slice(0, 40)}: ${length} of ${size}`
        if (fits) assert.equal(decodeControl(all).length, 3, what)
        else
          assert.throws(
            () => decodeControl(all),
            (error) => {
              assert.ok(error instanceof DecodeError, what)
              const short = length < size && back.kind !== 'rights' && back.kind !== 'tos'
              if (back.kind !== 'tos')
                assert.equal(error.code, short ? 'ERR_TRUNCATED' : 'ERR_MALFORMED', what)
              const data = lead.length + HEADER
              assert.ok(error.offset >= data && error.offset <= data + length, what)
              if (short) assert.equal(error.offset, data + length, what)
              return true
            },
          )
        // Whatever decoding says, what is open can be closed.
        const found = descriptorsIn(all)
        assert.deepEqual(found.slice(0, 2), [4, 5])
        if (back.kind === 'rights') assert.equal(found.length, 2 + Math.floor(length / 4))
      }
    }
  })

  it('of attributes the whole ones count, and only at the end', () => {
    const [bytes] = buffers(['optstats 8:4:10 23:2:7 2:8:5']) as [Uint8Array]
    const tail = encodeControl(AF_INET, [{ kind: 'ttl', value: 1 }])
    for (let there = 0; there <= 28; there++) {
      const value = {
        ...(there >= 8 ? { sndCwnd: 10 } : {}),
        ...(there >= 14 ? { timeoutRehash: 7 } : {}),
        ...(there === 28 ? { rwndLimited: 5 } : {}),
      }
      const data = bytes.subarray(HEADER, HEADER + there)
      const cut = encodeControl(AF_INET, [{ kind: 'unknown', level: SOL_SOCKET, type: 54, data }])
      assert.deepEqual(decodeControl(cut.subarray(0, HEADER + there)), [{ kind: 'timestampingStats', value }])
      const all = Uint8Array.from([...cut, ...tail])
      if ([0, 8, 14, 15, 16, 28].includes(there)) assert.equal(decodeControl(all).length, 2)
      else
        assert.throws(
          () => decodeControl(all),
          (error) => error instanceof DecodeError && error.code === 'ERR_TRUNCATED',
        )
    }
    for (const wrong of [
      Uint8Array.of(3, 0, 8, 0),
      Uint8Array.of(7, 0, 8, 0, 1, 1, 1, 0),
      Uint8Array.of(8, 0, 25, 0, 1, 1, 1, 1),
    ])
      assert.throws(
        () =>
          decodeControl(
            encodeControl(AF_INET, [{ kind: 'unknown', level: SOL_SOCKET, type: 54, data: wrong }]),
          ),
        (error) => error instanceof DecodeError && error.code === 'ERR_MALFORMED' && error.offset === HEADER,
      )
  })
})

describe('buffers that make no sense', () => {
  const ofLength = (length: bigint, size = 48): Uint8Array => {
    const bytes = new Uint8Array(size).fill(0)
    const view = new DataView(bytes.buffer)
    view.setBigUint64(0, length, true)
    view.setInt32(8, SOL_SOCKET, true)
    view.setInt32(12, SCM_RIGHTS, true)
    for (let at = HEADER; at < size; at += 4) view.setInt32(at, at, true)
    return bytes
  }

  it('a length of less than a header is an error, and the end for descriptorsIn', () => {
    for (let length = 0n; length < 16n; length++) {
      assert.throws(
        () => decodeControl(ofLength(length)),
        (error) => error instanceof DecodeError && error.code === 'ERR_MALFORMED' && error.offset === 0,
      )
      assert.deepEqual(descriptorsIn(ofLength(length)), [])
    }
    const good = encodeControl(AF_UNIX, [{ kind: 'rights', value: [5] }])
    const all = Uint8Array.from([...good, ...ofLength(3n)])
    assert.throws(
      () => decodeControl(all),
      (error) => error instanceof DecodeError && error.offset === good.length,
    )
    assert.deepEqual(descriptorsIn(all), [5])
  })

  it('a length of more than there is ends where the buffer does', () => {
    const there = [16, 20, 24, 28, 32, 36, 40, 44]
    for (const length of [
      48n,
      49n,
      2n ** 31n - 1n,
      2n ** 31n,
      2n ** 32n,
      2n ** 32n + 16n,
      2n ** 63n,
      2n ** 64n - 1n,
    ]) {
      assert.deepEqual(decodeControl(ofLength(length)), [{ kind: 'rights', value: there }], `${length}`)
      assert.deepEqual(descriptorsIn(ofLength(length)), there)
    }
  })

  it('an address of another family', () => {
    const rest = encodeControl(AF_INET, [{ kind: 'ttl', value: 1 }])
    for (const [level, type, size, at] of [
      [IPPROTO_IP, 20, 16, 0],
      [IPPROTO_IPV6, 74, 28, 0],
      [IPPROTO_IP, 11, 32, 16],
      [IPPROTO_IPV6, 25, 44, 16],
      [IPPROTO_IPV6, 61, 32, 0],
    ] as const) {
      const data = new Uint8Array(size)
      data[at] = 99
      const bytes = encodeControl(AF_INET, [{ kind: 'unknown', level, type, data }])
      for (const all of [bytes, Uint8Array.from([...bytes, ...rest])])
        assert.throws(
          () => decodeControl(all),
          (error) =>
            error instanceof DecodeError && error.code === 'ERR_MALFORMED' && error.offset === HEADER + at,
        )
    }
  })

  /** Zeros among them, or no length would ever fit. */
  const mostlyZero = fc
    .array(
      fc.oneof({ weight: 8, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat(40) }, fc.nat(255)),
      { maxLength: 200, size: 'max' },
    )
    .map((bytes) => Uint8Array.from(bytes))
  const numbers = fc.constantFrom(...controls.map(({ level, type }) => [level, type] as const))
  /** Headers that are nearly right, with any data, one behind the other. */
  const nearly = fc
    .array(
      fc.record({
        numbers: fc.oneof({ weight: 5, arbitrary: numbers }, fc.tuple(fc.integer(), fc.integer())),
        data: fc.uint8Array({ maxLength: 60 }),
        length: fc.option(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { freq: 8 }),
      }),
      { maxLength: 8 },
    )
    .map((parts) => {
      const bytes = parts.map(({ numbers: [level, type], data, length }) => {
        const one = encodeControl(0, [{ kind: 'unknown', level, type, data }])
        if (length !== null) new DataView(one.buffer).setBigUint64(0, length % 80n, true)
        return one
      })
      return new Uint8Array(Buffer.concat(bytes))
    })

  for (const [name, arbitrary] of [
    ['arbitrary bytes', mostlyZero],
    ['messages of arbitrary data', nearly],
  ] as const)
    it(`${name} decode or throw DecodeError, and the descriptors are found`, () => {
      let decoded = 0
      let refused = 0
      fc.assert(
        fc.property(arbitrary, fc.nat(30), (bytes, less) => {
          const some = bytes.subarray(0, Math.max(0, bytes.length - less))
          const results = [...held(some)].map((copy) => {
            const descriptors = descriptorsIn(copy)
            assert.ok(descriptors.every((each) => Number.isInteger(each) && each >= 0))
            try {
              const messages = decodeControl(copy)
              decoded++
              // None is lost, whatever else is there.
              assert.deepEqual(descriptorsOf(messages), descriptors)
              return { messages, descriptors }
            } catch (error) {
              if (!(error instanceof DecodeError)) throw error
              refused++
              assert.ok(error.offset >= 0 && error.offset <= copy.length)
              return { offset: error.offset, descriptors }
            }
          })
          // Nothing around the bytes was looked at.
          for (const result of results) assert.deepEqual(result, results[0])
        }),
        { numRuns: 2000 },
      )
      assert.ok(decoded > 100 && refused > 100, `${decoded} decoded, ${refused} refused`)
    })
})
