/** Each option row: its numbers and its value's bytes as C has them, and what it refuses. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { DecodeError } from '#data/errors.js'
import { golden, hexArgument, needsC, unhex } from './golden.js'
import { type AnyRow, rows } from './rows.js'

/** The macro of a row's level, by how its name begins. */
function levelOf(name: string): string {
  const levels = { SO_: 'SOL_SOCKET', IP_: 'IPPROTO_IP', IPV6_: 'IPPROTO_IPV6', TCP_: 'IPPROTO_TCP' }
  const found = Object.entries(levels).find(([prefix]) => name.startsWith(prefix))
  assert.ok(found !== undefined, `say in levelOf() which level ${name} is of`)
  return found[1]
}

/** Values of the rows that are structs, and how C makes them. */
const structs: Readonly<Record<string, readonly (readonly [value: unknown, command: string])[]>> = {
  SO_LINGER: [
    [null, 'linger 0 0'],
    [0, 'linger 1 0'],
    [2147483647, 'linger 1 2147483647'],
  ],
  SO_PEERCRED: [
    [{ pid: 7, uid: 0, gid: 4294967295 }, 'ucred 7 0 4294967295'],
    [{ pid: 2147483647, uid: 4294967294, gid: 1 }, 'ucred 2147483647 4294967294 1'],
  ],
  ...both('IP_', [
    [{ group: '224.1.2.3' }, `mreqn ${hexArgument('224.1.2.3')} ${hexArgument('0.0.0.0')} 0`],
    [
      { group: '239.255.255.250', interface: 5 },
      `mreqn ${hexArgument('239.255.255.250')} ${hexArgument('0.0.0.0')} 5`,
    ],
    [
      { group: '224.0.0.251', interface: '127.0.0.1' },
      `mreqn ${hexArgument('224.0.0.251')} ${hexArgument('127.0.0.1')} 0`,
    ],
  ]),
  ...both('IPV6_', [
    [{ group: 'ff02::fb' }, `mreq6 ${hexArgument('ff02::fb')} 0`],
    [{ group: 'ff15::1', interface: 2147483647 }, `mreq6 ${hexArgument('ff15::1')} 2147483647`],
  ]),
}

function both(
  prefix: string,
  values: readonly (readonly [unknown, string])[],
): Record<string, readonly (readonly [unknown, string])[]> {
  return { [`${prefix}ADD_MEMBERSHIP`]: values, [`${prefix}DROP_MEMBERSHIP`]: values }
}

const wrongStructs: Readonly<Record<string, readonly unknown[]>> = {
  SO_LINGER: [-1, 1.5, Number.NaN, 2147483648, '1', undefined, true, {}, 5n],
  ...Object.fromEntries(
    ['IP_ADD_MEMBERSHIP', 'IP_DROP_MEMBERSHIP'].map((name) => [
      name,
      [
        ...[
          undefined,
          null,
          '224.0.0.1',
          {},
          { group: 'ff02::1' },
          { group: '224.0.0' },
          { group: undefined },
        ],
        ...['eth0', '::1', '', -1, 1.5, Number.NaN, 2 ** 31, {}, true].map((via) => ({
          group: '224.0.0.1',
          interface: via,
        })),
      ],
    ]),
  ),
  ...Object.fromEntries(
    ['IPV6_ADD_MEMBERSHIP', 'IPV6_DROP_MEMBERSHIP'].map((name) => [
      name,
      [
        ...[undefined, null, 'ff02::1', {}, { group: '224.0.0.1' }, { group: 'ff02' }, { group: undefined }],
        ...['eth0', '5', -1, 1.5, Number.NaN, 2 ** 32, {}, true].map((via) => ({
          group: 'ff02::1',
          interface: via,
        })),
      ],
    ]),
  ),
}

type Shape = 'flag' | 'int' | 'uint' | 'byte' | 'text' | 'struct'

/** How a row's value is laid out, by what it takes and gives. */
function shapeOf(row: AnyRow): Shape {
  if (structs[row.name] !== undefined) return 'struct'
  const takes = (value: unknown): boolean => {
    try {
      row.encode?.(value)
      return true
    } catch {
      return false
    }
  }
  if (row.encode === undefined)
    return typeof row.decode?.(Uint8Array.of(1, 0, 0, 0)) === 'boolean' ? 'flag' : 'int'
  if (takes('x')) return 'text'
  if (takes(true)) return 'flag'
  assert.ok(takes(1), `${row.name} takes neither text nor a flag nor a number: it needs a line in structs`)
  if (!takes(256)) return 'byte'
  return takes(-1) ? 'int' : 'uint'
}

const values: Readonly<Record<Exclude<Shape, 'struct' | 'text'>, readonly (readonly [unknown, string])[]>> = {
  flag: [
    [true, 'int 1'],
    [false, 'int 0'],
  ],
  int: [0, 1, -1, 258, 2147483647, -2147483648].map((value) => [value, `int ${value}`] as const),
  uint: [0, 1, 258, 4294967295].map((value) => [value, `uint ${value}`] as const),
  byte: [-1, 0, 1, 255].map((value) => [value, `int ${value}`] as const),
}

const noNumbers = [1.5, Number.NaN, Infinity, '1', '', null, undefined, true, {}, [], 5n, Symbol('n')]
const wrong: Readonly<Record<Exclude<Shape, 'struct'>, readonly unknown[]>> = {
  flag: [0, 1, 'true', '', null, undefined, {}, [], Symbol('f')],
  int: [...noNumbers, 2147483648, -2147483649, 2 ** 53],
  uint: [...noNumbers, -1, 4294967296],
  byte: [...noNumbers, -2, 256],
  text: [5, null, undefined, true, {}, ['lo'], Symbol('t'), Uint8Array.of(65)],
}

const own = [...rows].filter(([name, row]) => name === row.name)

describe('numbers', needsC, () => {
  it('are the headers’ own', () => {
    assert.ok(rows.size >= 45, `${rows.size} rows`)
    const names = [...rows.keys()]
    const answers = golden(
      names.map((name) => `option ${name}`),
      names.map((name) => [name, levelOf(name)]),
    )
    const ours = [...rows].map(([name, row]) => `${name} ${row.level} ${row.option}`)
    assert.deepEqual(
      ours,
      names.map((name, i) => `${name} ${answers[i]}`),
    )
  })
})

describe('values as C has them', needsC, () => {
  const cases = own.flatMap(([name, row]) => {
    const shape = shapeOf(row)
    const samples = shape === 'struct' ? structs[name] : shape === 'text' ? [] : values[shape]
    return (samples ?? []).map(([value, command]) => ({ name, row, value, command }))
  })
  const answers = needsC.skip === false ? golden(cases.map(({ command }) => command)) : []

  for (const name of new Set(cases.map((each) => each.name)))
    it(name, () => {
      cases.forEach(({ name: of, row, value, command }, i) => {
        if (of !== name) return
        const bytes = unhex(answers[i] as string)
        if (row.encode !== undefined) assert.deepEqual(row.encode(value), bytes, command)
        if (row.decode === undefined) return
        assert.equal(row.size, bytes.length)
        assert.deepEqual(row.decode(bytes), value, command)
        const held = new Uint8Array(bytes.length + 10).fill(0xee)
        held.set(bytes, 3)
        assert.deepEqual(row.decode(held.subarray(3, 3 + bytes.length)), value, 'in a larger buffer')
      })
    })

  it('is all but the texts', () => {
    const missing = own.filter(([name]) => !cases.some((each) => each.name === name))
    assert.ok(
      missing.every(([, row]) => shapeOf(row) === 'text'),
      String(missing.map(([name]) => name)),
    )
  })
})

describe('each row', () => {
  for (const [name, row] of rows)
    it(name, () => {
      assert.ok(Object.isFrozen(row))
      assert.ok(row.decode !== undefined || row.encode !== undefined)
      const shape = shapeOf(row)
      for (const value of (shape === 'struct' ? wrongStructs[row.name] : wrong[shape]) ?? []) {
        if (row.encode === undefined) break
        assert.throws(
          () => row.encode?.(value),
          (error) => error instanceof RangeError || error instanceof TypeError,
          `${name} took ${String(value)} for a ${shape}`,
        )
      }
      const { decode, size } = row
      if (decode === undefined || size === undefined || shape === 'text') return
      for (let length = 0; length < size; length++) {
        // ip(7)'s options of one byte answer so when they are asked with room for no more.
        if (shape === 'byte' && length === 1) continue
        if (name === 'IP_MULTICAST_LOOP' && length === 1) continue
        assert.throws(
          () => decode(new Uint8Array(16).fill(1).subarray(3, 3 + length)),
          (error) =>
            error instanceof DecodeError && error.code === 'ERR_TRUNCATED' && error.offset === length,
          `${length} bytes of ${size}`,
        )
      }
    })

  it('of one byte takes the kernel’s short answer', () => {
    const ttl = rows.get('IP_TTL')
    const loop = rows.get('IP_MULTICAST_LOOP')
    for (const byte of [0, 1, 64, 255]) {
      assert.equal(ttl?.decode?.(Uint8Array.of(byte)), byte)
      assert.equal(loop?.decode?.(Uint8Array.of(byte)), byte !== 0)
    }
  })
})

describe('texts', () => {
  const texts = own.filter(([, row]) => shapeOf(row) === 'text')

  it('are bytes that a NUL ends, or the answer’s end', () => {
    assert.ok(texts.length >= 2)
    for (const [name, row] of texts) {
      const { encode, decode, size } = row
      assert.ok(encode !== undefined && decode !== undefined && size !== undefined, name)
      assert.deepEqual(encode('lo'), new Uint8Array(Buffer.from('lo')))
      assert.equal(decode(new Uint8Array(0)), '')
      assert.equal(decode(new Uint8Array(Buffer.from('cubic\0junk'))), 'cubic')
      assert.equal(decode(new Uint8Array(Buffer.from('cubic'))), 'cubic')
      assert.equal(encode('').length, 0)
      assert.equal(encode('x'.repeat(size - 1)).length, size - 1)
      for (const text of ['x'.repeat(size), 'é'.repeat(size / 2), 'a\0', '\0'])
        assert.throws(() => encode(text), RangeError, JSON.stringify(text))
      fc.assert(
        fc.property(fc.string({ unit: 'grapheme', maxLength: 8 }), (text) => {
          fc.pre(Buffer.byteLength(text) < size && !text.includes('\0') && !text.startsWith('\ufeff'))
          assert.equal(decode(encode(text)), text)
        }),
      )
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: size }), (bytes) => {
          assert.equal(typeof decode(bytes), 'string')
        }),
      )
    }
  })
})
