/** Text and bytes of IP addresses, judged by RFC 5952's own table, by node:net and by libc. */
import assert from 'node:assert/strict'
import { isIPv4, isIPv6 } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatIpv4, formatIpv6, isV4Mapped, parseIpv4, parseIpv6 } from '#data/address/ip.js'
import { golden, hex, hexArgument, needsC } from './golden.js'

const bytes4 = fc.uint8Array({ minLength: 4, maxLength: 4 })
/** Sixteen bytes with the runs of zeros that make IPv6 text hard. */
const bytes16 = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0xffff), fc.nat(15), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >> 8, group & 255])))

/** Text that is an address, nearly one, or made of the same letters. */
const digits = fc.oneof(
  fc.nat(300).map(String),
  fc.constantFrom('', '0', '00', '01', '256', '1e1', ' 1', '-1', '٣'),
)
const dotted = fc.array(digits, { minLength: 1, maxLength: 6 }).map((parts) => parts.join('.'))
const group = fc.oneof(
  fc.nat(0xffff).map((n) => n.toString(16)),
  fc.constantFrom('', '0', '00000', '1ffff', 'G', 'ABCD', '0000'),
)
const grouped = fc
  .tuple(
    fc.array(group, { minLength: 0, maxLength: 10 }),
    fc.option(dotted),
    fc.constantFrom('', ':', '::'),
    fc.constantFrom('', ':', '::'),
  )
  .map(
    ([groups, quad, before, behind]) =>
      before + [...groups, ...(quad === null ? [] : [quad])].join(':') + behind,
  )
const mutated = fc
  .tuple(bytes16, fc.nat(40), fc.constantFrom(':', '::', '.', '0', 'f', 'g', ' ', '1.2.3.4'), fc.nat(2))
  .map(([bytes, at, piece, cut]) => {
    const text = formatIpv6(bytes)
    return text.slice(0, at % (text.length + 1)) + piece + text.slice((at % (text.length + 1)) + cut)
  })
const letters = fc.string({ unit: fc.constantFrom(...'0123456789abcfF:::..gx '), maxLength: 45 })
const anyText = fc.oneof(dotted, grouped, mutated, letters, fc.ipV4(), fc.ipV6())

const random = { numRuns: 5000 }

describe('IPv4 text', () => {
  it('takes four decimal numbers and nothing else', () => {
    assert.deepEqual(parseIpv4('0.0.0.0'), Uint8Array.of(0, 0, 0, 0))
    assert.deepEqual(parseIpv4('255.254.10.9'), Uint8Array.of(255, 254, 10, 9))
    for (const text of [
      ...['', '1', '1.2', '1.2.3', '1.2.3.4.5', '1.2.3.4.', '.1.2.3.4', '1..3.4', '256.1.1.1', '1.1.1.1000'],
      ...[
        '01.2.3.4',
        '1.2.3.00',
        '0x7f.0.0.1',
        '1.2.3.4 ',
        ' 1.2.3.4',
        '1.2.3.4\0',
        '1,2,3,4',
        '+1.2.3.4',
        '1.2.3.-4',
      ],
      ...['127.1', '2130706433', '::1', '1.2.3.4\n', '１.2.3.4', '99999999999999999999.1.1.1'],
    ])
      assert.equal(parseIpv4(text), null, JSON.stringify(text))
  })

  it('refuses what is no text without throwing', () => {
    for (const value of [undefined, null, 5, {}, [], Symbol('x'), ['1.2.3.4']]) {
      assert.equal(parseIpv4(value as string), null)
      assert.equal(parseIpv6(value as string), null)
    }
  })

  it('comes back as it went, at any offset', () => {
    fc.assert(
      fc.property(bytes4, fc.nat(9), (bytes, at) => {
        const held = new Uint8Array(at + 4)
        held.set(bytes, at)
        assert.deepEqual(parseIpv4(formatIpv4(held, at)), bytes)
      }),
    )
    fc.assert(
      fc.property(fc.ipV4(), (text) => assert.equal(formatIpv4(parseIpv4(text) ?? new Uint8Array(4)), text)),
    )
  })
})

// RFC 5952 §4 and §5, §2's forms of one address, and what the rules say of the rest.
const rfc5952: readonly [text: string, canonical: string][] = [
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8::0:1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:0db8::1:0:0:1', '2001:db8::1:0:0:1'],
  ['2001:db8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:db8:0000:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:DB8:0:0:1::1', '2001:db8::1:0:0:1'],
  ['2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001', '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1'],
  ['2001:db8:aaaa:bbbb:cccc:dddd::1', '2001:db8:aaaa:bbbb:cccc:dddd:0:1'],
  ['2001:db8:aaaa:bbbb:cccc:dddd:0:1', '2001:db8:aaaa:bbbb:cccc:dddd:0:1'],
  ['2001:db8:0:0:0::1', '2001:db8::1'],
  ['2001:db8:0:0:0:0:2:1', '2001:db8::2:1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
  ['2001:db8:0:0:1:0:0:0', '2001:db8:0:0:1::'],
  ['2001:DB8::AbCd', '2001:db8::abcd'],
  ['0:0:0:0:0:0:0:0', '::'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['1:0:0:0:0:0:0:0', '1::'],
  ['0:0:1:0:0:0:0:0', '0:0:1::'],
  ['0:1:0:1:0:1:0:1', '0:1:0:1:0:1:0:1'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['0:0:0:0:0:ffff:c000:201', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
]

describe('IPv6 text', () => {
  for (const [text, canonical] of rfc5952)
    it(`${text} is ${canonical}`, () => {
      const bytes = parseIpv6(text)
      assert.ok(bytes !== null)
      assert.equal(formatIpv6(bytes), canonical)
      assert.deepEqual(parseIpv6(canonical), bytes)
    })

  it('refuses what is nearly an address', () => {
    for (const text of [
      ...[
        '',
        ':',
        ':::',
        '1',
        '1:',
        ':1',
        '1:2:3:4:5:6:7',
        '1:2:3:4:5:6:7:8:9',
        '1:2:3:4:5:6:7:8::',
        '::1:2:3:4:5:6:7:8',
      ],
      ...[
        '1::2::3',
        ':::1',
        '1:::2',
        '1::2:',
        ':1::2',
        '12345::',
        '::g',
        '::1 ',
        ' ::1',
        '::1\0',
        '::-1',
        '::+1',
        '::0x1',
      ],
      ...[
        '::1.2.3',
        '::1.2.3.4.5',
        '::1.2.3.256',
        '::01.2.3.4',
        '::1.2.3.4:5',
        '1.2.3.4',
        '1.2.3.4::',
        '1:2:3:4:5:6:7:1.2.3.4',
      ],
      ...['fe80::1%2', '%1', '[::1]', '::1/128', '：：1', '::1\n'],
    ])
      assert.equal(parseIpv6(text), null, JSON.stringify(text))
  })

  it('comes back as it went, at any offset', () => {
    fc.assert(
      fc.property(bytes16, fc.nat(9), (bytes, at) => {
        const held = new Uint8Array(at + 16).fill(0xaa)
        held.set(bytes, at)
        const text = formatIpv6(held, at)
        assert.equal(isIPv6(text), true, text)
        assert.deepEqual(parseIpv6(text), bytes)
        assert.equal(isV4Mapped(held, at), text.startsWith('::ffff:') && text.includes('.'))
      }),
      random,
    )
  })

  it('takes the same texts as node:net', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        assert.equal(parseIpv4(text) !== null, isIPv4(text), JSON.stringify(text))
        assert.equal(parseIpv6(text) !== null, isIPv6(text), JSON.stringify(text))
      }),
      random,
    )
  })
})

describe('libc', () => {
  // One child for all of them; a failure names its text, so the seed is of no interest.
  const seed = 20260101

  it('takes the same texts to the same bytes (inet_pton)', needsC, () => {
    const texts = fc.sample(anyText, { numRuns: 4000, seed })
    texts.push(...rfc5952.map(([text]) => text))
    const answers = golden(
      texts.flatMap((text) => [`pton4 ${hexArgument(text)}`, `pton6 ${hexArgument(text)}`]),
    )
    let taken = 0
    texts.forEach((text, i) => {
      const four = parseIpv4(text)
      const six = parseIpv6(text)
      assert.equal(
        four === null ? '-' : hex(four),
        answers[2 * i],
        `IPv4 ${JSON.stringify(text)}, seed ${seed}`,
      )
      assert.equal(
        six === null ? '-' : hex(six),
        answers[2 * i + 1],
        `IPv6 ${JSON.stringify(text)}, seed ${seed}`,
      )
      if (four !== null || six !== null) taken++
    })
    assert.ok(taken > 500 && taken < texts.length - 500, `the texts are of both kinds: ${taken} addresses`)
  })

  it('writes the same bytes the same way (inet_ntop)', needsC, () => {
    const sixes = fc.sample(bytes16, { numRuns: 3000, seed })
    const fours = fc.sample(bytes4, { numRuns: 200, seed })
    const answers = golden([...sixes, ...fours].map((bytes) => `ntop ${hex(bytes)}`))
    let same = 0
    sixes.forEach((bytes, i) => {
      const text = answers[i] as string
      // libc still writes the deprecated IPv4-compatible addresses (RFC 4291 §2.5.5.1) as '::a.b.c.d'.
      if (/^::\d+\.\d+\.\d+\.\d+$/.test(text)) assert.deepEqual(parseIpv6(text), bytes)
      else {
        assert.equal(formatIpv6(bytes), text)
        same++
      }
    })
    assert.ok(same > 2500)
    fours.forEach((bytes, i) => {
      assert.equal(formatIpv4(bytes), answers[sixes.length + i])
    })
  })
})
