/** Each option row: its numbers and its value's bytes as C has them, and what it refuses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { DecodeError } from '#data/errors.js'
import {
  act,
  byte,
  cookie,
  flag,
  int,
  milliseconds,
  netInt,
  nothing,
  rate,
  uint,
} from '#data/option/option.js'
import { values as familyValues } from './familyvalues.js'
import { type CValue, goldenValues, needsC, unhex } from './golden.js'
import { type AnyRow, rows } from './rows.js'
import { values as ipValues, type Sample, type Values } from './values.js'

const values: Readonly<Record<string, Values>> = { ...ipValues, ...familyValues }

/** The macro of a row's level, by how its name begins. */
function levelOf(name: string): string {
  const levels = {
    SO_J1939_: 'SOL_CAN_J1939',
    CAN_RAW_: 'SOL_CAN_RAW',
    CAN_ISOTP_: 'SOL_CAN_ISOTP',
    TIPC_: 'SOL_TIPC',
    SO_ORIGINAL_DST: 'IPPROTO_IP',
    IP6T_: 'IPPROTO_IPV6',
    SO_VM_: 'AF_VSOCK',
    SO_RDS_: 'SOL_RDS',
    RDS_: 'SOL_RDS',
    XDP_: 'SOL_XDP',
    SO_: 'SOL_SOCKET',
    IP_: 'IPPROTO_IP',
    MCAST_: 'IPPROTO_IP',
    IPV6_: 'IPPROTO_IPV6',
    TCP_: 'IPPROTO_TCP',
    UDP_: 'IPPROTO_UDP',
    ICMP_: 'IPPROTO_RAW',
    ICMPV6_: 'IPPROTO_ICMPV6',
    NETLINK_: 'SOL_NETLINK',
    PACKET_: 'SOL_PACKET',
    ALG_: 'SOL_ALG',
    BT_: 'SOL_BLUETOOTH',
    HCI_: 'SOL_HCI',
    L2CAP_: 'SOL_L2CAP',
    RFCOMM_: 'SOL_RFCOMM',
    SCO_: 'SOL_SCO',
    SCTP_: 'IPPROTO_SCTP',
    UDPLITE_: 'IPPROTO_UDPLITE',
    MPTCP_: 'SOL_MPTCP',
  }
  const found = Object.entries(levels).find(([prefix]) => name.startsWith(prefix))
  assert.ok(found !== undefined, `say in levelOf() which level ${name} is of`)
  return found[1]
}

const ints = (type: string, list: readonly number[], init: (value: number) => string = String): Sample[] =>
  list.map((value) => [value, type, init(value)])
const noNumbers = [1.5, Number.NaN, Infinity, '1', '', null, undefined, true, {}, [], 5n, Symbol('n')]

/** The values of rows whose shape is one of option.ts's. */
const shapes: readonly (readonly [shape: { encode?: unknown; decode?: unknown }, values: Values])[] = [
  [
    flag,
    {
      both: [
        [true, 'int', '1'],
        [false, 'int', '0'],
      ],
      decode: [
        [true, 'int', '-5'],
        [true, 'unsigned char', '1'],
        [false, 'unsigned char', '0'],
      ],
      wrong: [0, 1, 'true', '', null, undefined, {}, [], Symbol('f')],
      lengths: (length) => length === 1 || length >= 4,
    },
  ],
  [
    int,
    {
      both: ints('int', [0, 1, -1, 258, 2147483647, -2147483648]),
      wrong: [...noNumbers, 2147483648, -2147483649, 2 ** 53],
    },
  ],
  [
    uint,
    {
      both: ints('unsigned', [0, 1, 258, 4294967295], (value) => `${value}u`),
      wrong: [...noNumbers, -1, 4294967296],
    },
  ],
  [
    netInt,
    {
      both: ints('unsigned', [0, 1, 258, 2147483647], (value) => `BE32(${value})`),
      wrong: [...noNumbers, -1, 2147483648],
    },
  ],
  [
    byte,
    {
      both: ints('int', [-1, 0, 1, 255]),
      decode: ints('unsigned char', [0, 1, 64, 255]),
      wrong: [...noNumbers, -2, 256],
      lengths: (length) => length === 1 || length >= 4,
    },
  ],
  [act, { encode: [[true, 'int', '1']], wrong: [false, 0, 1, null, undefined, 'true', {}] }],
  [nothing, { encode: [[true, 'ROOM(0)', '']], wrong: [false, 0, 1, null, undefined, 'true', {}] }],
  [
    cookie,
    {
      decode: [
        [0xfedcba9876543210n, 'unsigned long long', '0xfedcba9876543210ull'],
        [1n, 'unsigned long long', '1'],
      ],
    },
  ],
  [
    rate,
    {
      both: [
        [Infinity, 'unsigned long long', '~0ull'],
        ...ints('unsigned long long', [0, 1, 2 ** 32, Number.MAX_SAFE_INTEGER], (value) => `${value}ull`),
      ],
      wrong: [...noNumbers.filter((each) => each !== Infinity), -1, 2 ** 53, -Infinity],
    },
  ],
  [milliseconds, values.SO_RCVTIMEO ?? {}],
]

/** Texts and bytes have tests of their own. */
function kindOf(row: AnyRow): 'text' | 'bytes' | undefined {
  if (valuesOf(row) !== undefined) return undefined
  const read = row.decode?.(Uint8Array.of(65))
  if (read !== undefined) return typeof read === 'string' ? 'text' : 'bytes'
  return row.encode?.(Uint8Array.of(65)) === undefined ? undefined : 'bytes'
}

function valuesOf(row: AnyRow): Values | undefined {
  const found = shapes.find(
    ([{ encode, decode }]) =>
      (row.encode !== undefined && row.encode === encode) ||
      (row.decode !== undefined && row.decode === decode),
  )
  return values[row.name] ?? found?.[1]
}

const own = [...rows].filter(([name, row]) => name === row.name)

describe('numbers', needsC, () => {
  it('are the headers’ own', () => {
    assert.ok(rows.size >= 190, `${rows.size} rows`)
    const names = [...rows.keys()]
    const answers = goldenValues(names.map((name) => `${name} ${levelOf(name)}`))
    const known = names.filter((_, i) => answers[i] !== undefined)
    // Old headers may lack the last few.
    assert.ok(known.length > names.length * 0.85, `only ${known.length} of ${names.length}`)
    assert.deepEqual(
      known.map((name) => `${name} ${rows.get(name)?.level} ${rows.get(name)?.option}`),
      names.flatMap((name, i) => (answers[i] === undefined ? [] : [`${name} ${answers[i]}`])),
    )
  })
})

type Verb = 'encode' | 'decode' | 'ask' | 'answer'
interface Case {
  readonly row: AnyRow
  readonly verb: Verb
  readonly sample: Sample
}

describe('values as C has them', needsC, () => {
  const cases: Case[] = own.flatMap(([, row]) => {
    const { both = [], encode = [], decode = [], ask = [], answer = [] } = valuesOf(row) ?? {}
    const of = (verb: Verb, samples: readonly Sample[]): Case[] =>
      row[verb] === undefined ? [] : samples.map((sample) => ({ row, verb, sample }))
    return [
      ...of('encode', [...both, ...encode]),
      ...of('decode', [...both, ...decode]),
      ...of('ask', ask),
      ...of('answer', answer),
    ]
  })
  const list = cases.map(({ row, sample: [, type, init, then] }): CValue => {
    return { macro: valuesOf(row)?.macro ?? row.name, type, init, ...(then === undefined ? {} : { then }) }
  })
  const answers = needsC.skip === false ? goldenValues(list) : []

  for (const [name, row] of own) {
    if (kindOf(row) !== undefined) continue
    const mine = cases.flatMap((each, i) => (each.row === row ? [{ ...each, golden: answers[i] }] : []))
    const known = mine.some(({ golden }) => golden !== undefined)
    it(name, {
      skip: known || needsC.skip !== false ? false : `the headers here do not know ${name}`,
    }, () => {
      for (const verb of ['encode', 'decode', 'ask', 'answer'] as const)
        assert.ok(row[verb] === undefined || mine.some((each) => each.verb === verb), `no value for ${verb}`)
      for (const { verb, sample, golden } of mine) {
        const bytes = unhex(golden as string)
        const [value, , init] = sample
        if (verb === 'encode')
          assert.deepEqual(new Uint8Array(row.encode?.(value) as Uint8Array), bytes, init)
        else if (verb === 'ask')
          assert.deepEqual(
            new Uint8Array(row.ask?.(value) as Uint8Array).subarray(0, bytes.length),
            bytes,
            init,
          )
        else {
          assert.ok(verb === 'answer' || bytes.length <= (row.size ?? 0))
          assert.deepEqual(row[verb]?.(bytes), value, init)
          const held = new Uint8Array(bytes.length + 10).fill(0xee)
          held.set(bytes, 3)
          assert.deepEqual(row[verb]?.(held.subarray(3, 3 + bytes.length)), value, 'in a larger buffer')
        }
      }
    })
  }

  it('in room for what fits no more', () => {
    // Where the answer has a size of its own, the question has the same.
    const asked = cases.filter(({ verb, row }) => verb === 'ask' && row.size === undefined)
    assert.ok(asked.length >= 4)
    for (const { row, sample } of asked) {
      const bytes = row.ask?.(sample[0]) as Uint8Array
      assert.ok(bytes.length >= 4 && bytes.length <= 1 << 18, row.name)
    }
  })
})

describe('each row', () => {
  for (const [name, row] of rows)
    it(name, () => {
      assert.ok(Object.isFrozen(row))
      assert.ok(row.decode !== undefined || row.encode !== undefined || row.ask !== undefined)
      assert.equal(row.ask === undefined, row.answer === undefined)
      assert.equal(row.decode === undefined, row.size === undefined)
      const mine = valuesOf(row)
      if (mine === undefined) return
      const {
        wrong = [],
        wrongQuestions = [],
        lengths = (length: number) => length >= (row.size ?? 0),
      } = mine
      assert.ok(row.encode === undefined || wrong.length > 0, 'nothing wrong to encode')
      assert.ok(row.ask === undefined || wrongQuestions.length > 0, 'nothing wrong to ask')
      for (const [verb, list] of [
        ['encode', wrong],
        ['ask', wrongQuestions],
      ] as const)
        for (const value of row[verb] === undefined ? [] : list)
          assert.throws(
            () => row[verb]?.(value),
            (error) => error instanceof RangeError || error instanceof TypeError,
            `${name} took ${inspect(value)} to ${verb}`,
          )
      const { decode, size } = row
      if (decode === undefined || size === undefined) return
      const longest = Math.min(size, 300)
      for (let length = 0; length < longest; length++) {
        const cut = new Uint8Array(longest + 4).fill(1).subarray(3, 3 + length)
        if (lengths(length)) decode(cut)
        else
          assert.throws(
            () => decode(cut),
            (error) =>
              error instanceof DecodeError &&
              ((error.code === 'ERR_TRUNCATED' && error.offset === length) ||
                (mine.malformed === true && error.code === 'ERR_MALFORMED')),
            `${length} bytes of ${size}`,
          )
      }
    })

  it('of an answer is cut short by less than what it counts', () => {
    for (const [name, row] of own) {
      const { ask, answer } = row
      if (ask === undefined || answer === undefined || row.size !== undefined) continue
      const question = values[name]?.ask?.[0]?.[0]
      const whole = ask(question)
      // The room that the question has is full of sources, none of them an address.
      for (const length of [0, 1, 15, 16, 31].filter((each) => each < whole.length))
        assert.throws(() => answer(whole.subarray(0, length)), DecodeError, `${name} ${length}`)
      if (whole.length > 1000)
        assert.throws(() => answer(whole.subarray(0, whole.length - 1)), DecodeError, name)
    }
  })

  it('of TCP_INFO ends where an older kernel’s does', () => {
    const info = rows.get('TCP_INFO')?.decode?.(new Uint8Array(150).fill(1)) as Record<string, number>
    assert.equal(info.segsIn, 0x01010101)
    assert.equal('minRtt' in info, false)
    assert.equal(Object.keys(info).length, 41)
  })
})

describe('bytes', () => {
  const raws = own.filter(([, row]) => kindOf(row) === 'bytes')

  it('are what they are', () => {
    assert.ok(raws.length >= 10, String(raws.map(([name]) => name)))
    for (const [name, { encode, decode, size }] of raws) {
      const bytes = Uint8Array.of(1, 2, 3)
      if (decode !== undefined) {
        const read = decode(bytes) as Uint8Array
        assert.deepEqual(read, bytes, name)
        assert.notEqual(read.buffer, bytes.buffer, name)
        assert.equal((decode(new Uint8Array(0)) as Uint8Array).length, 0)
        assert.ok(size !== undefined && size >= 32 && size <= 4096)
      }
      if (encode === undefined) continue
      assert.deepEqual(encode(bytes), bytes)
      assert.throws(() => encode(new Uint8Array(4097)), RangeError)
      for (const value of [undefined, null, 5, 'x', [1], {}, new Uint16Array(1)])
        assert.throws(() => encode(value), TypeError, name)
    }
  })
})

describe('texts', () => {
  const texts = own.filter(([, row]) => kindOf(row) === 'text')

  it('are bytes that a NUL ends, or the answer’s end', () => {
    assert.ok(texts.length >= 3)
    for (const [name, row] of texts) {
      const { encode, decode, size } = row
      assert.ok(decode !== undefined && size !== undefined, name)
      assert.equal(decode(new Uint8Array(0)), '')
      assert.equal(decode(new Uint8Array(Buffer.from('cubic\0junk'))), 'cubic')
      assert.equal(decode(new Uint8Array(Buffer.from('cubic'))), 'cubic')
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 32 }), (bytes) => {
          assert.equal(typeof decode(bytes), 'string')
        }),
      )
      if (encode === undefined) continue
      assert.deepEqual(encode('lo'), new Uint8Array(Buffer.from('lo')))
      assert.equal(encode('').length, 0)
      assert.equal(encode('x'.repeat(size - 1)).length, size - 1)
      for (const text of ['x'.repeat(size), 'é'.repeat(size / 2), 'a\0', '\0'])
        assert.throws(() => encode(text), RangeError, JSON.stringify(text))
      for (const value of [5, null, undefined, true, {}, ['lo'], Symbol('t'), Uint8Array.of(65)])
        assert.throws(() => encode(value), TypeError, String(value))
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => {
          fc.pre(Buffer.byteLength(text) < size && !text.includes('\0') && !text.startsWith('\ufeff'))
          assert.equal(decode(encode(text)), text)
        }),
      )
    }
  })
})
