/** Control messages there and back, and what encodeControl refuses. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type ControlOut, decodeControl, descriptorsIn, encodeControl } from '#data/control/control.js'
import { AF_ALG, AF_INET, AF_INET6, AF_RDS, AF_UNIX } from '#data/kernel.js'
import { unhex } from './golden.js'
import { controls, HEADER, held } from './messages.js'

const uint32 = fc.nat(0xffffffff)
const octet = fc.integer({ min: 1, max: 255 })
const some = fc.uint8Array({ maxLength: 40 })
const ifindex = fc.nat(0x7fffffff)
const kind = <K extends ControlOut['kind'], T>(
  kind: K,
  value: fc.Arbitrary<T>,
): fc.Arbitrary<{ kind: K; value: T }> => value.map((value) => ({ kind, value }))

const anywhere = [
  kind('rights', fc.array(ifindex, { maxLength: 253 })),
  kind('credentials', fc.record({ pid: ifindex, uid: uint32, gid: uint32 }, { noNullPrototype: true })),
  kind('mark', uint32),
  kind('priority', uint32),
  // No row has this level.
  fc
    .record({ level: fc.constant(4242), type: fc.integer(), data: some }, { noNullPrototype: true })
    .map((each) => ({ kind: 'unknown' as const, ...each })),
]
const valid4 = fc.oneof(
  ...anywhere,
  kind('ttl', octet),
  kind('tos', fc.nat(255)),
  kind('ipOptions', some),
  kind('pktinfo', fc.record({ ifindex, local: fc.ipV4() }, { noNullPrototype: true })),
)
const valid6 = fc.oneof(
  ...anywhere,
  kind('ttl', fc.integer({ min: -1, max: 255 })),
  kind('tos', fc.integer({ min: -1, max: 255 })),
  kind('flowinfo', uint32),
  kind('hopopts', some),
  kind('dstopts', some),
  kind('rthdr', some),
  kind(
    'pktinfo',
    fc.record(
      {
        ifindex,
        local: uint32.map(
          (n) => `2001:db8::1:${((n >>> 16) | 1).toString(16)}:${((n & 0xffff) | 1).toString(16)}`,
        ),
      },
      { noNullPrototype: true },
    ),
  ),
)

describe('round trips', () => {
  for (const [af, valid] of [
    [AF_INET, valid4],
    [AF_INET6, valid6],
  ] as const)
    it(`what is sent comes as it was, family ${af}`, () => {
      fc.assert(
        fc.property(fc.array(valid as fc.Arbitrary<ControlOut>, { maxLength: 12 }), (messages) => {
          const bytes = encodeControl(af, messages)
          assert.equal(bytes.length % 8, 0)
          const expected = messages.map((message) => {
            if (message.kind !== 'pktinfo') return message
            // IPv4 has no destination when it goes, IPv6 one address for both.
            const destination = af === AF_INET ? '0.0.0.0' : message.value.local
            return { kind: 'pktinfo', value: { ...message.value, destination } }
          })
          for (const copy of held(bytes)) assert.deepEqual(decodeControl(copy), expected)
          const open = messages.flatMap((message) => (message.kind === 'rights' ? message.value : []))
          assert.deepEqual(descriptorsIn(bytes), open)
        }),
        { numRuns: 500 },
      )
    })

  it('what is only sent comes as bytes', () => {
    const only: readonly [ControlOut, level: number, type: number, hex: string][] = [
      [{ kind: 'timestampingFlags', value: 0x102 }, 1, 37, '02010000'],
      [{ kind: 'timestampingOptId', value: 0x102 }, 1, 81, '02010000'],
      [{ kind: 'txtime', value: 0x102n }, 1, 61, '0201000000000000'],
      [{ kind: 'udpSegment', value: 0x102 }, 17, 103, '0201'],
    ]
    for (const [message, level, type, hex] of only)
      assert.deepEqual(
        decodeControl(encodeControl(AF_INET, [message]).subarray(0, HEADER + hex.length / 2)),
        [{ kind: 'unknown', level, type, data: unhex(hex) }],
      )
  })
})

describe('what cannot be sent', () => {
  const refused = (af: number, message: unknown): void => {
    // A message that is right, before and behind it, changes nothing.
    const right = { kind: 'mark', value: 1 }
    for (const messages of [[message], [right, message], [message, right]])
      assert.throws(
        () => encodeControl(af, messages as ControlOut[]),
        (error) => {
          assert.ok(error instanceof TypeError || error instanceof RangeError, String(error))
          // One of ours: it names what was expected.
          assert.match(error.message, /expected/)
          return true
        },
        JSON.stringify(message, (_, value) => (typeof value === 'bigint' ? `${value}n` : value)),
      )
  }
  const noNumbers = [
    1.5,
    Number.NaN,
    Infinity,
    -Infinity,
    '1',
    '',
    null,
    undefined,
    true,
    {},
    [1],
    1n,
    Symbol('n'),
  ]
  const noRecords = [null, undefined, 1, 'x', true, Symbol('r')]
  const wrong: readonly (readonly [af: number, kind: string, values: readonly unknown[]])[] = [
    [
      AF_UNIX,
      'rights',
      [
        ...[null, undefined, 3, '3', {}, new Set([3]), Int32Array.of(3), { length: 1, 0: 3 }],
        ...[-1, 2 ** 31, ...noNumbers].map((each) => [3, each]),
        // biome-ignore lint/suspicious/noSparseArray: a hole is no descriptor
        [3, , 4],
        Array(254).fill(3),
      ],
    ],
    [
      AF_UNIX,
      'credentials',
      [
        ...noRecords,
        {},
        ...['pid', 'uid', 'gid'].flatMap((field) =>
          [-1, 2 ** 32, ...noNumbers].map((each) => ({ pid: 1, uid: 1, gid: 1, [field]: each })),
        ),
        { pid: 2 ** 31, uid: 0, gid: 0 },
      ],
    ],
    ...(['timestampingFlags', 'timestampingOptId', 'mark', 'priority'] as const).map(
      (kind) => [AF_INET, kind, [-1, 2 ** 32, ...noNumbers]] as const,
    ),
    [AF_INET, 'txtime', [-1n, 2n ** 64n, 1, '1', null, undefined, {}, Symbol('n')]],
    [AF_INET, 'ttl', [0, -1, 256, ...noNumbers]],
    [AF_INET6, 'ttl', [-2, 256, ...noNumbers]],
    [AF_INET, 'tos', [-1, 256, ...noNumbers]],
    [AF_INET6, 'tos', [-2, 256, ...noNumbers]],
    [AF_INET, 'protocol', [0, -1, 256, ...noNumbers]],
    [AF_INET6, 'flowinfo', [-1, 2 ** 32, ...noNumbers]],
    [AF_INET6, 'dontfrag', [0, 1, 'true', null, undefined, {}]],
    [AF_INET, 'udpSegment', [-1, 65536, ...noNumbers]],
    [AF_RDS, 'rdsZcopyCookie', [-1, 2 ** 32, ...noNumbers]],
    [
      AF_INET,
      'sctpInit',
      [null, undefined, 1, 'x', { numOstreams: -1 }, { maxAttempts: 65536 }, { maxInstreams: '1' }],
    ],
    [AF_INET, 'sctpSndrcv', [null, undefined, 1, 'x', { stream: -1 }, { ppid: 2 ** 32 }, { assocId: 'x' }]],
    [AF_INET, 'sctpSndinfo', [null, undefined, 1, 'x', { sid: 65536 }, { ppid: 1.5 }, { flags: null }]],
    [AF_INET, 'sctpPrinfo', [null, undefined, 1, 'x', { policy: -1 }, { value: 2 ** 32 }]],
    [AF_INET, 'sctpAuthinfo', [-1, 65536, 1.5, '1', null, undefined]],
    [AF_INET, 'sctpDstaddrv4', ['localhost', '::1', '', 5, null, undefined, {}]],
    [AF_INET6, 'sctpDstaddrv6', ['localhost', '127.0.0.1', '', 5, null, undefined, {}]],
    [AF_ALG, 'algOp', [-1, 2 ** 32, ...noNumbers]],
    [AF_ALG, 'algAssoclen', [-1, 2 ** 32, ...noNumbers]],
    [AF_ALG, 'algIv', [[1], 'x', new Uint16Array(2), new ArrayBuffer(4), null, undefined, 5]],
    [
      AF_INET,
      'ipOptions',
      [new Uint8Array(41), [1], 'x', new Uint16Array(2), new ArrayBuffer(4), null, undefined],
    ],
    ...(['hopopts', 'dstopts', 'rthdr', 'rthdrdstopts'] as const).map(
      (kind) =>
        [AF_INET6, kind, [[1], 'x', new Uint16Array(2), new ArrayBuffer(4), null, undefined, 5]] as const,
    ),
    [
      AF_INET,
      'pktinfo',
      [
        ...noRecords,
        ...['localhost', '::1', '', '127.1', '127.0.0.1 ', 5, null, {}, Symbol('a')].map((local) => ({
          local,
        })),
        ...[-1, 2 ** 31, 1.5, '1', 'lo', null, 1n, Number.NaN].map((ifindex) => ({ ifindex })),
      ],
    ],
    [
      AF_INET6,
      'pktinfo',
      [
        ...noRecords,
        ...['localhost', '127.0.0.1', '', ':::', 'fe80::1%lo', 'fe80::1%1', 5, null, {}].map((local) => ({
          local,
        })),
        ...[-1, 2 ** 31, 1.5, '1', 'lo', null, 1n].map((ifindex) => ({ ifindex })),
      ],
    ],
  ]
  for (const [af, kind, values] of wrong)
    it(`${kind}, family ${af}`, () => {
      for (const value of values) refused(af, { kind, value })
    })

  it('has a wrong row for each kind that can be sent', () => {
    for (const row of controls)
      if ('encode' in row)
        assert.ok(
          wrong.some(([, kind]) => kind === row.kind),
          row.kind,
        )
  })

  it('kinds that only come, that are none, or that are another family’s', () => {
    for (const row of controls)
      if (!controls.some((other) => other.kind === row.kind && 'encode' in other))
        refused(AF_INET, { kind: row.kind, value: 1 })
    for (const kind of [
      '',
      'hoplimit',
      'constructor',
      '__proto__',
      'toString',
      null,
      undefined,
      5,
      Symbol('k'),
      {},
    ])
      refused(AF_INET, { kind, value: 1 })
    for (const kind of ['hopopts', 'dstopts', 'rthdr', 'rthdrdstopts'])
      refused(AF_INET, { kind, value: new Uint8Array(8) })
    refused(AF_INET, { kind: 'dontfrag', value: true })
    refused(AF_INET, { kind: 'flowinfo', value: 1 })
    refused(AF_INET6, { kind: 'protocol', value: 1 })
    refused(AF_INET6, { kind: 'ipOptions', value: new Uint8Array(4) })
    for (const af of [AF_UNIX, 16, 9999, undefined, '2'])
      for (const message of [
        { kind: 'ttl', value: 1 },
        { kind: 'tos', value: 1 },
        { kind: 'pktinfo', value: {} },
      ])
        refused(af as number, message)
  })

  it('unknown ones without numbers or bytes', () => {
    const right = { kind: 'unknown', level: 1, type: 2, data: new Uint8Array(1) }
    for (const each of [2 ** 31, -(2 ** 31) - 1, ...noNumbers]) {
      refused(AF_INET, { ...right, level: each })
      refused(AF_INET, { ...right, type: each })
    }
    for (const data of [
      [1],
      'x',
      new Uint16Array(1),
      new ArrayBuffer(1),
      new DataView(new ArrayBuffer(1)),
      null,
      5,
    ])
      refused(AF_INET, { ...right, data })
    refused(AF_INET, { kind: 'unknown', value: new Uint8Array(1) })
  })

  it('what is no message, and no list of them', () => {
    for (const message of [null, undefined, 5, 'ttl', true, [], {}, () => {}, Symbol('m')])
      refused(AF_INET, message)
    // biome-ignore lint/suspicious/noSparseArray: a hole is no message
    for (const messages of [null, undefined, 5, 'x', {}, { kind: 'ttl', value: 1 }, new Set(), [,]])
      assert.throws(() => encodeControl(AF_INET, messages as unknown as ControlOut[]), TypeError)
  })
})
