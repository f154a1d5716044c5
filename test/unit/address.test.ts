/** The sockaddr codecs, judged by bytes that C made of the same words. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Address, Given } from '#data/address/address.js'
import { formatAddress } from '#data/address/address.js'
import { decodeAddress, encodeAddress, familyOf } from '#data/address/family.js'
import { formatIpv4, formatIpv6 } from '#data/address/ip.js'
import { DecodeError } from '#data/errors.js'
import {
  AF_CAN,
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  AF_PACKET,
  AF_QIPCRTR,
  AF_RDS,
  AF_TIPC,
  AF_UNIX,
  AF_VSOCK,
  AF_XDP,
  CAN_EFF_FLAG,
} from '#data/kernel.js'
import { golden, hexArgument, needsC, unhex } from './golden.js'

const path107 = '/'.padEnd(107, 'p')
const path108 = '/'.padEnd(108, 'q')
const dirty = Uint8Array.from({ length: 107 }, (_, i) => (i * 37) & 255)

const nothing = { protocol: 0, pkttype: 0, hatype: 0, addr: new Uint8Array(0) }

/** The address as it is written, C's command for it, and as it comes back where that differs. */
const table: readonly [af: number, given: Given<Address>, command: string, back?: Partial<Address>][] = [
  [AF_INET, { host: '127.0.0.1', port: 9527 }, `in ${hexArgument('127.0.0.1')} 9527`],
  [AF_INET, { host: '255.1.2.3', port: 65535 }, `in ${hexArgument('255.1.2.3')} 65535`],
  [AF_INET, { host: '', port: 0 }, `in ${hexArgument('0.0.0.0')} 0`, { host: '0.0.0.0' }],
  [
    AF_INET,
    { host: '<broadcast>', port: 256 },
    `in ${hexArgument('255.255.255.255')} 256`,
    { host: '255.255.255.255' },
  ],
  [AF_INET6, { host: '::1', port: 80 }, `in6 ${hexArgument('::1')} 80 0 0`],
  [AF_INET6, { host: '', port: 1 }, `in6 ${hexArgument('::')} 1 0 0`, { host: '::' }],
  [
    AF_INET6,
    { host: 'fe80::a:b', port: 513, flowinfo: 0x12345, scopeId: 7 },
    `in6 ${hexArgument('fe80::a:b')} 513 ${0x12345} 7`,
  ],
  [
    AF_INET6,
    { host: 'fe80::1%3', port: 5, flowinfo: 0xffffffff },
    `in6 ${hexArgument('fe80::1')} 5 ${0xffffffff} 3`,
    { host: 'fe80::1', scopeId: 3 },
  ],
  [
    AF_INET6,
    { host: 'fe80::1%3', port: 5, scopeId: '4294967295' },
    `in6 ${hexArgument('fe80::1')} 5 0 4294967295`,
    { host: 'fe80::1', scopeId: 4294967295 },
  ],
  [AF_INET6, { host: '::ffff:192.0.2.9', port: 1 }, `in6 ${hexArgument('::ffff:192.0.2.9')} 1 0 0`],
  [AF_UNIX, { path: '/run/demo.sock' }, `un ${hexArgument('/run/demo.sock')}`],
  [AF_UNIX, { path: 'relative ünïcode \u{1f600}' }, `un ${hexArgument('relative ünïcode \u{1f600}')}`],
  [AF_UNIX, { path: '\ufeffbom' }, `un ${hexArgument('\ufeffbom')}`],
  [AF_UNIX, { path: '' }, 'un .'],
  [AF_UNIX, { path: new Uint8Array(0) }, 'un .', { path: '' }],
  [AF_UNIX, { path: path107 }, `un ${hexArgument(path107)}`],
  [AF_UNIX, { path: path108 }, `un ${hexArgument(path108)}`],
  [AF_UNIX, { path: Uint8Array.of(255, 1, 10) }, 'un ff010a'],
  [AF_UNIX, { abstract: 'demo' }, `abstract ${hexArgument('demo')}`],
  [AF_UNIX, { abstract: '' }, 'abstract .'],
  [AF_UNIX, { abstract: '\0a\0' }, `abstract ${hexArgument('\0a\0')}`],
  [AF_UNIX, { abstract: dirty }, `abstract ${hexArgument(dirty)}`],
  [AF_PACKET, { ifindex: 0 }, 'll 0 0 0 0 .', nothing],
  [AF_PACKET, { ifindex: '' }, 'll 0 0 0 0 .', { ...nothing, ifindex: 0 }],
  [AF_PACKET, { ifindex: 2147483647, protocol: 3 }, 'll 2147483647 3 0 0 .', { ...nothing, protocol: 3 }],
  [
    AF_PACKET,
    { ifindex: 258, protocol: 0x88cc, pkttype: 4, hatype: 772, addr: Uint8Array.of(2, 0, 0, 0xab, 0, 1) },
    `ll 258 ${0x88cc} 4 772 020000ab0001`,
  ],
  [
    AF_PACKET,
    { ifindex: 1, protocol: 65535, pkttype: 255, hatype: 65535, addr: dirty.slice(0, 8) },
    `ll 1 65535 255 65535 ${hexArgument(dirty.slice(0, 8))}`,
  ],
  // InfiniBand's, which reaches beyond the struct.
  [
    AF_PACKET,
    { ifindex: 3, protocol: 0x800, pkttype: 0, hatype: 32, addr: dirty.slice(0, 20) },
    `ll 3 ${0x800} 0 32 ${hexArgument(dirty.slice(0, 20))}`,
  ],
  [AF_NETLINK, { pid: 0, groups: 0 }, 'nl 0 0'],
  [AF_NETLINK, { pid: 258, groups: 0x80000001 }, `nl 258 ${0x80000001}`],
  [AF_NETLINK, { pid: 0xffffffff, groups: 0xffffffff }, `nl ${0xffffffff} ${0xffffffff}`],
  [AF_CAN, { ifindex: 3 }, 'can 3'],
  [AF_CAN, { ifindex: '' }, 'can 0', { ifindex: 0 }],
  [AF_CAN, { ifindex: 2147483647, rxId: 0x7e8, txId: 0x7e0 }, `isotp 2147483647 ${0x7e8} ${0x7e0}`],
  [
    AF_CAN,
    { ifindex: 1, rxId: 0x18da10f1 | CAN_EFF_FLAG, txId: 4294967295 },
    `isotp 1 ${0x98da10f1} 4294967295`,
    { rxId: 0x98da10f1 },
  ],
  [
    AF_CAN,
    { ifindex: 4, name: 2n ** 64n - 2n, pgn: 0x12300, addr: 0x80 },
    `j1939 4 ${2n ** 64n - 2n} ${0x12300} 128`,
  ],
  [AF_CAN, { ifindex: 4, addr: 254 }, 'j1939 4 0 262144 254', { name: 0n, pgn: 262144 }],
  [AF_CAN, { ifindex: 4, pgn: 0 }, 'j1939 4 0 0 255', { name: 0n, addr: 255 }],
  [AF_CAN, { ifindex: 4, name: 1n }, 'j1939 4 1 262144 255', { pgn: 262144, addr: 255 }],
  [AF_TIPC, { type: 18888, instance: 17 }, 'tipc 2 service 18888 17 0', { domain: 0, scope: 2 }],
  [
    AF_TIPC,
    { type: 4294967295, instance: 4294967294, domain: 0x1001002, scope: 1 },
    `tipc 1 service 4294967295 4294967294 ${0x1001002}`,
  ],
  [AF_TIPC, { type: 64, lower: 0, upper: 4294967295, scope: -3 }, 'tipc -3 range 64 0 4294967295'],
  [AF_TIPC, { ref: 0xfedcba98, node: 0x1001001, scope: 0 }, `tipc 0 socket ${0xfedcba98} ${0x1001001}`],
  [AF_VSOCK, { cid: 1, port: 9527 }, 'vm 1 9527 0', { flags: 0 }],
  [AF_VSOCK, { cid: 4294967295, port: 4294967294, flags: 0 }, 'vm 4294967295 4294967294 0'],
  [AF_VSOCK, { cid: 258, port: 0, flags: 1 }, 'vm 258 0 1'],
  [AF_QIPCRTR, { node: 1, port: 0x4001 }, `qrtr 1 ${0x4001}`],
  [AF_QIPCRTR, { node: 4294967295, port: 4294967294 }, 'qrtr 4294967295 4294967294'],
  [AF_XDP, { ifindex: 1, queueId: 2 }, 'xdp 1 2 0 0', { flags: 0, sharedUmemFd: 0 }],
  [
    AF_XDP,
    { ifindex: 2147483647, queueId: 4294967295, flags: 258, sharedUmemFd: 77 },
    'xdp 2147483647 4294967295 258 77',
  ],
]

function described(af: number, given: Given<Address>, back: Partial<Address> = {}): unknown {
  const extras = af === AF_INET6 ? { flowinfo: 0, scopeId: 0 } : {}
  return { family: familyOf(af), ...extras, ...given, ...back }
}

describe('golden addresses', needsC, () => {
  const answers = needsC.skip === false ? golden(table.map(([, , command]) => command)) : []
  table.forEach(([af, given, command, back], i) => {
    it(command.slice(0, 60), () => {
      const bytes = unhex(answers[i] as string)
      assert.deepEqual(encodeAddress(af, given), bytes)
      const { family } = described(af, given) as Address
      assert.deepEqual(encodeAddress(af, { ...given, family } as Given<Address>), bytes)
      const value = decodeAddress(bytes)
      assert.deepEqual(value, described(af, given, back))
      assert.ok(Object.isFrozen(value))
      assert.deepEqual(encodeAddress(af, value as Address), bytes)
      // In the middle of a larger buffer, as the addon hands it over.
      const held = new Uint8Array(bytes.length + 13).fill(0xee)
      held.set(bytes, 5)
      assert.deepEqual(decodeAddress(held.subarray(5, 5 + bytes.length)), value)
    })
  })
})

describe('AF_RDS', () => {
  it('takes addresses of IP, which say so themselves', () => {
    const given = { host: '10.1.2.3', port: 18634 }
    assert.deepEqual(encodeAddress(AF_RDS, given), encodeAddress(AF_INET, given))
    assert.deepEqual(encodeAddress(AF_RDS, { family: 'inet', ...given }), encodeAddress(AF_INET, given))
    for (const given of [
      { host: '::1', port: 5, scopeId: 3 },
      { family: 'inet6' as const, host: '', port: 5 },
    ])
      assert.deepEqual(encodeAddress(AF_RDS, given), encodeAddress(AF_INET6, given))
  })
})

describe('a sockaddr cut short', () => {
  const whole = (bytes: Uint8Array, length: number): Uint8Array => {
    // Nothing but the part given may be looked at: around it is rubbish.
    const held = new Uint8Array(length + 64).fill(0x5a)
    held.set(bytes.subarray(0, length), 32)
    return held.subarray(32, 32 + length)
  }
  const truncated = (error: unknown): boolean => {
    assert.ok(error instanceof DecodeError)
    assert.equal(error.code, 'ERR_TRUNCATED')
    return true
  }

  it('sockaddr_in: the address must be there, its padding need not', () => {
    const bytes = encodeAddress(AF_INET, { host: '1.2.3.4', port: 5 })
    for (const length of [0, 1]) assert.equal(decodeAddress(whole(bytes, length)), null)
    for (let length = 2; length < 8; length++)
      assert.throws(() => decodeAddress(whole(bytes, length)), truncated, `${length}`)
    for (let length = 8; length <= 16; length++)
      assert.deepEqual(decodeAddress(whole(bytes, length)), { family: 'inet', host: '1.2.3.4', port: 5 })
  })

  it("sockaddr_in6: RFC 2133's 24 bytes have no scope", () => {
    const given = { host: 'fe80::1', port: 5, flowinfo: 6, scopeId: 0x07070707 }
    const bytes = encodeAddress(AF_INET6, given)
    for (let length = 2; length < 24; length++)
      assert.throws(() => decodeAddress(whole(bytes, length)), truncated, `${length}`)
    for (let length = 24; length < 28; length++)
      assert.deepEqual(decodeAddress(whole(bytes, length)), { family: 'inet6', ...given, scopeId: 0 })
    assert.deepEqual(decodeAddress(whole(bytes, 28)), { family: 'inet6', ...given })
  })

  it('sockaddr_un: any length is a shorter name', () => {
    const path = encodeAddress(AF_UNIX, { path: '/abc' })
    const abstract = encodeAddress(AF_UNIX, { abstract: 'abc' })
    const named = (bytes: Uint8Array, length: number): unknown => decodeAddress(whole(bytes, length))
    assert.deepEqual(named(path, 2), { family: 'unix', path: '' })
    for (let length = 3; length <= path.length; length++)
      assert.deepEqual(named(path, length), { family: 'unix', path: '/abc'.slice(0, length - 2) })
    for (let length = 3; length <= abstract.length; length++)
      assert.deepEqual(named(abstract, length), { family: 'unix', abstract: 'abc'.slice(0, length - 3) })
  })

  it('sockaddr_nl: all of it', () => {
    const bytes = encodeAddress(AF_NETLINK, { pid: 5, groups: 6 })
    for (let length = 2; length < 12; length++)
      assert.throws(() => decodeAddress(whole(bytes, length)), truncated, `${length}`)
    assert.deepEqual(decodeAddress(whole(bytes, 12)), { family: 'netlink', pid: 5, groups: 6 })
  })

  it('sockaddr_ll: as much as its hardware address needs', () => {
    const given = {
      ifindex: 7,
      protocol: 0x86dd,
      pkttype: 1,
      hatype: 1,
      addr: Uint8Array.of(1, 2, 3, 4, 5, 6),
    }
    const bytes = encodeAddress(AF_PACKET, given)
    assert.equal(bytes.length, 20)
    for (let length = 2; length < 18; length++)
      assert.throws(() => decodeAddress(whole(bytes, length)), truncated, `${length}`)
    for (let length = 18; length <= 20; length++)
      assert.deepEqual(decodeAddress(whole(bytes, length)), { family: 'packet', ...given })
    const none = encodeAddress(AF_PACKET, { ...given, addr: new Uint8Array(0) })
    assert.deepEqual(decodeAddress(whole(none, 12)), {
      ...{ family: 'packet', ...given },
      addr: new Uint8Array(0),
    })
  })

  it('sockaddr_can: as much as a protocol has, or as the one before it', () => {
    const j1939 = { ifindex: 5, name: 7n, pgn: 8, addr: 9 }
    const bytes = encodeAddress(AF_CAN, j1939)
    const isotp = encodeAddress(AF_CAN, { ifindex: 5, rxId: 6, txId: 7 })
    for (let length = 2; length < 8; length++)
      assert.throws(() => decodeAddress(whole(bytes, length)), truncated, `${length}`)
    for (let length = 8; length < 16; length++)
      assert.deepEqual(decodeAddress(whole(isotp, length)), { family: 'can', ifindex: 5 })
    assert.deepEqual(decodeAddress(whole(isotp, 16)), { family: 'can', ifindex: 5, rxId: 6, txId: 7 })
    for (let length = 16; length < 24; length++)
      assert.deepEqual(decodeAddress(whole(bytes, length)), { family: 'can', ifindex: 5, rxId: 7, txId: 0 })
    assert.deepEqual(decodeAddress(whole(bytes, 24)), { family: 'can', ...j1939 })
  })

  it('sockaddr_tipc: all of it, of a kind that there is', () => {
    const socket = { ref: 5, node: 6, scope: 0 }
    const bytes = encodeAddress(AF_TIPC, socket)
    for (let length = 2; length < 16; length++)
      assert.throws(() => decodeAddress(whole(bytes, length)), truncated, `${length}`)
    for (let length = 16; length < 32; length++)
      assert.deepEqual(decodeAddress(whole(bytes, length)), { family: 'tipc', ...socket })
    for (const kind of [0, 4, 255]) {
      bytes[2] = kind
      assert.throws(
        () => decodeAddress(bytes),
        (error) => error instanceof DecodeError && error.code === 'ERR_MALFORMED' && error.offset === 2,
      )
    }
  })

  it('a sender in a TIPC group: who it is there, behind its address', needsC, () => {
    const [line = ''] = golden(['tipc 0 member 5 4294967295 18888 4294967294'])
    const value = decodeAddress(unhex(line)) as Address
    const member = { type: 18888, instance: 4294967294 }
    assert.deepEqual(value, { family: 'tipc', scope: 0, ref: 5, node: 4294967295, member })
    assert.ok(Object.isFrozen((value as { member?: object }).member))
    // As a destination it is the socket.
    assert.deepEqual(encodeAddress(AF_TIPC, value), unhex(line).subarray(0, 16))
    assert.equal(formatAddress(value), 'tipc:5@ffffffff(18888:4294967294)')
  })

  it('sockaddr_vm, sockaddr_qrtr and sockaddr_xdp: all of it', () => {
    for (const [af, given] of [
      [AF_VSOCK, { cid: 1, port: 2, flags: 3 }],
      [AF_QIPCRTR, { node: 1, port: 2 }],
      [AF_XDP, { ifindex: 1, queueId: 2, flags: 3, sharedUmemFd: 4 }],
    ] as const) {
      const bytes = encodeAddress(af, given)
      for (let length = 2; length < bytes.length; length++)
        assert.throws(() => decodeAddress(whole(bytes, length)), truncated, `${af} ${length}`)
      const longer = Uint8Array.of(...bytes, 9, 9)
      assert.deepEqual(decodeAddress(whole(longer, longer.length)), { family: familyOf(af), ...given })
    }
  })

  it('an unknown family: what is there', () => {
    const bytes = Uint8Array.of(0xff, 0x7f, 1, 2)
    for (let length = 2; length <= 4; length++)
      assert.deepEqual(decodeAddress(whole(bytes, length)), {
        family: 'unknown',
        af: 0x7fff,
        bytes: bytes.slice(2, length),
      })
  })

  it('arbitrary bytes decode or throw DecodeError', () => {
    const families = fc.constantFrom(
      0,
      AF_UNIX,
      AF_INET,
      AF_INET6,
      AF_NETLINK,
      AF_PACKET,
      AF_CAN,
      AF_TIPC,
      AF_VSOCK,
      AF_QIPCRTR,
      AF_XDP,
      0xffff,
    )
    fc.assert(
      fc.property(families, fc.uint8Array({ maxLength: 140 }), (af, rest) => {
        const bytes = Uint8Array.of(af & 255, af >> 8, ...rest)
        let value: Address | null
        try {
          value = decodeAddress(bytes)
        } catch (error) {
          return assert.ok(error instanceof DecodeError, String(error))
        }
        assert.ok(value !== null)
        assert.equal(value.family, familyOf(af))
        assert.equal(typeof formatAddress(value), 'string')
        assert.doesNotMatch(formatAddress(value), /\p{Cc}/u)
      }),
      { numRuns: 2000 },
    )
  })

  it('holds copies of the bytes, not views', () => {
    const bytes = Uint8Array.of(1, 0, 0, 0xff, 0xfe)
    const value = decodeAddress(bytes)
    const unknown = decodeAddress(Uint8Array.of(99, 0, 1))
    bytes.fill(0x41)
    assert.deepEqual(value, { family: 'unix', abstract: Uint8Array.of(0xff, 0xfe) })
    assert.deepEqual(unknown, { family: 'unknown', af: 99, bytes: Uint8Array.of(1) })
  })
})

const port = fc.nat(65535)
const inet = fc.record(
  {
    family: fc.constant('inet' as const),
    host: fc.uint8Array({ minLength: 4, maxLength: 4 }).map((bytes) => formatIpv4(bytes)),
    port,
  },
  { noNullPrototype: true },
)
const inet6 = fc.record(
  {
    family: fc.constant('inet6' as const),
    host: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => formatIpv6(bytes)),
    port,
    flowinfo: fc.nat(0xffffffff),
    scopeId: fc.nat(0xffffffff),
  },
  { noNullPrototype: true },
)
const nameBytes = fc.oneof(
  fc.uint8Array({ maxLength: 107 }),
  fc.string().map((text) => new TextEncoder().encode(text)),
)

describe('round trips', () => {
  it('IPv4 and IPv6 addresses', () => {
    fc.assert(
      fc.property(inet, (value) => assert.deepEqual(decodeAddress(encodeAddress(AF_INET, value)), value)),
    )
    fc.assert(
      fc.property(inet6, (value) => assert.deepEqual(decodeAddress(encodeAddress(AF_INET6, value)), value)),
    )
  })

  it('CAN and TIPC addresses', () => {
    const u32 = fc.nat(0xffffffff)
    const plain = { noNullPrototype: true }
    const on = { family: fc.constant('can' as const), ifindex: fc.nat(0x7fffffff) }
    const name = fc.bigInt(0n, 2n ** 64n - 1n)
    const cans = fc.oneof(
      fc.record(on, plain),
      fc.record({ ...on, rxId: u32, txId: u32 }, plain),
      fc.record({ ...on, name, pgn: fc.nat(0x40000), addr: fc.nat(255) }, plain),
    )
    fc.assert(
      fc.property(cans, (value) => assert.deepEqual(decodeAddress(encodeAddress(AF_CAN, value)), value)),
    )
    const at = { family: fc.constant('tipc' as const), scope: fc.integer({ min: -128, max: 127 }) }
    const tipcs = fc.oneof(
      fc.record({ ...at, type: u32, instance: u32, domain: u32 }, plain),
      fc.record({ ...at, type: u32, lower: u32, upper: u32 }, plain),
      fc.record({ ...at, ref: u32, node: u32 }, plain),
    )
    fc.assert(
      fc.property(tipcs, (value) => assert.deepEqual(decodeAddress(encodeAddress(AF_TIPC, value)), value)),
    )
  })

  it('unix names of any bytes: text where they are UTF-8, else the same bytes', () => {
    const bytesOf = (name: string | Uint8Array | undefined): Uint8Array =>
      typeof name === 'string' ? new TextEncoder().encode(name) : (name as Uint8Array)
    fc.assert(
      fc.property(nameBytes, (name) => {
        if (name.length > 107) return
        const abstract = decodeAddress(encodeAddress(AF_UNIX, { abstract: name }))
        assert.ok(abstract?.family === 'unix')
        assert.deepEqual(bytesOf(abstract.abstract), new Uint8Array(name))
        assert.equal(abstract.path, undefined)
        const path = name.filter((byte) => byte !== 0)
        const named = decodeAddress(encodeAddress(AF_UNIX, { path }))
        assert.ok(named?.family === 'unix')
        assert.deepEqual(bytesOf(named.path), new Uint8Array(path))
        assert.equal(named.abstract, undefined)
      }),
      { numRuns: 1000 },
    )
  })

  it('unknown families', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 65535 }), fc.uint8Array({ maxLength: 126 }), (af, bytes) => {
        fc.pre(familyOf(af) === 'unknown')
        const value = { family: 'unknown' as const, af, bytes }
        const sockaddr = encodeAddress(af, value)
        assert.deepEqual(sockaddr, Uint8Array.of(af & 255, af >> 8, ...bytes))
        assert.deepEqual(decodeAddress(sockaddr), value)
      }),
    )
  })

  it('bytes stand in for an address of a known family, and may be of another', () => {
    const inet = encodeAddress(AF_INET, { host: '1.2.3.4', port: 5 })
    assert.deepEqual(encodeAddress(AF_INET, { bytes: inet.slice(2) } as unknown as Given<Address>), inet)
    const unspecified = encodeAddress(AF_INET, { family: 'unknown', af: 0, bytes: new Uint8Array(14) })
    assert.deepEqual(unspecified, new Uint8Array(16))
  })
})

describe('what is no address', () => {
  const refused = (af: number, given: unknown): void => {
    let encoded: Uint8Array | undefined
    try {
      encoded = encodeAddress(af, given as Given<Address>)
    } catch (error) {
      assert.ok(error instanceof TypeError || error instanceof RangeError, String(error))
      // One of ours: it names what was expected.
      assert.match((error as Error).message, /expected/)
      return
    }
    assert.fail(`${af} took it: ${Buffer.from(encoded).toString('hex')}`)
  }

  it('is refused with a TypeError or RangeError that says what was expected', () => {
    for (const af of [
      AF_INET,
      AF_INET6,
      AF_UNIX,
      AF_NETLINK,
      AF_PACKET,
      AF_CAN,
      AF_TIPC,
      AF_VSOCK,
      AF_RDS,
      AF_QIPCRTR,
      AF_XDP,
      9999,
    ])
      for (const given of [
        null,
        undefined,
        5,
        '1.2.3.4:80',
        true,
        Symbol('a'),
        () => {},
        {},
        [],
        { family: 'x' },
      ])
        refused(af, given)
  })

  it('of the wrong family', () => {
    refused(AF_INET, { family: 'inet6', host: '::1', port: 1 })
    refused(AF_INET6, { family: 'inet', host: '1.2.3.4', port: 1 })
    refused(AF_UNIX, { family: 'inet', host: '1.2.3.4', port: 1 })
    refused(AF_INET, { family: 'unix', path: '/x' })
    refused(AF_NETLINK, { family: 'inet', host: '1.2.3.4', port: 1 })
    refused(AF_RDS, { family: 'unix', path: '/x' })
    refused(AF_VSOCK, { family: 'inet', host: '1.2.3.4', port: 1 })
    refused(AF_INET, { family: 'unknown', af: 2, bytes: [1, 2] })
    refused(AF_INET, { family: 'unknown', af: 70000, bytes: new Uint8Array(2) })
  })

  it('a host that is a name, another family’s, or no text', () => {
    for (const host of [
      'localhost',
      '::1',
      '1.2.3',
      '01.2.3.4',
      '1.2.3.4 ',
      '1.2.3.4\0',
      undefined,
      null,
      7,
      [],
      {},
    ])
      refused(AF_INET, { host, port: 1 })
    for (const host of ['localhost', '1.2.3.4', '1::2::3', '::1\0', undefined, null, 7, [], {}])
      refused(AF_INET6, { host, port: 1 })
  })

  it('a port out of range', () => {
    for (const port of [-1, 65536, 1.5, Number.NaN, Infinity, '80', null, undefined, 2 ** 32 + 80, 80n]) {
      refused(AF_INET, { host: '1.2.3.4', port })
      refused(AF_INET6, { host: '::1', port })
    }
  })

  it('a flow or scope out of range, or by name', () => {
    for (const value of [-1, 2 ** 32, 1.5, Number.NaN])
      for (const field of ['flowinfo', 'scopeId'])
        refused(AF_INET6, { host: 'fe80::1', port: 1, [field]: value })
    for (const scopeId of ['eth0', '', '-1', '1.5', '4294967296', '1 '])
      refused(AF_INET6, { host: 'fe80::1', port: 1, scopeId })
    refused(AF_INET6, { host: 'fe80::1%eth0', port: 1 })
    refused(AF_INET6, { host: 'fe80::1%', port: 1 })
    refused(AF_INET6, { host: 'fe80::1%1%2', port: 1 })
  })

  it('a port or groups of netlink out of range', () => {
    for (const value of [-1, 2 ** 32, 1.5, Number.NaN, '1', null, undefined, 1n])
      for (const field of ['pid', 'groups']) refused(AF_NETLINK, { pid: 0, groups: 0, [field]: value })
  })

  it('a link-layer address with anything out of range, or an interface by name', () => {
    for (const value of [-1, 2 ** 31, 1.5, Number.NaN, 'eth0', '1', null, undefined, 1n])
      refused(AF_PACKET, { ifindex: value })
    for (const [field, most] of [
      ['protocol', 65535],
      ['pkttype', 255],
      ['hatype', 65535],
    ] as const)
      for (const value of [-1, most + 1, 1.5, Number.NaN, '1', null, 1n])
        refused(AF_PACKET, { ifindex: 1, [field]: value })
    for (const addr of [new Uint8Array(33), 'aa:bb', [1, 2], null, 5])
      refused(AF_PACKET, { ifindex: 1, addr })
  })

  it('an interface, an identifier or a name of CAN that is none, or both kinds of them', () => {
    for (const ifindex of [-1, 2 ** 31, 1.5, Number.NaN, 'can0', '1', null, undefined, true])
      for (const more of [{}, { rxId: 1, txId: 2 }, { addr: 5 }]) refused(AF_CAN, { ifindex, ...more })
    for (const id of [-(2 ** 31) - 1, 2 ** 32, 1.5, '5', null, undefined])
      for (const field of ['rxId', 'txId']) refused(AF_CAN, { ifindex: 1, rxId: 1, txId: 2, [field]: id })
    for (const name of [-1n, 2n ** 64n, 5, '5', true]) refused(AF_CAN, { ifindex: 1, name })
    for (const pgn of [-1, 0x40001, 1.5, '5']) refused(AF_CAN, { ifindex: 1, pgn })
    for (const addr of [-1, 256, 1.5, '5']) refused(AF_CAN, { ifindex: 1, addr })
    refused(AF_CAN, { ifindex: 1, rxId: 1, txId: 2, addr: 5 })
  })

  it('an address of TIPC with a field out of range, of two kinds or of none', () => {
    const kinds = [
      { type: 1, instance: 2, domain: 3 },
      { type: 1, lower: 2, upper: 3 },
      { ref: 1, node: 2 },
    ]
    for (const kind of kinds) {
      for (const field of Object.keys(kind))
        for (const value of [-1, 2 ** 32, 1.5, '5', true]) refused(AF_TIPC, { ...kind, [field]: value })
      for (const field of Object.keys(kind))
        if (field !== 'domain') refused(AF_TIPC, { ...kind, [field]: undefined })
      for (const scope of [-129, 128, 1.5, '2']) refused(AF_TIPC, { ...kind, scope })
      for (const other of kinds) if (other !== kind) refused(AF_TIPC, { ...kind, ...other })
    }
  })

  it('a number out of range', () => {
    const fields = [
      [AF_VSOCK, { cid: 1, port: 1, flags: 0 }, { cid: 2 ** 32, port: 2 ** 32, flags: 256 }],
      [AF_QIPCRTR, { node: 1, port: 1 }, { node: 2 ** 32, port: 2 ** 32 }],
      [
        AF_XDP,
        { ifindex: 1, queueId: 1, flags: 0, sharedUmemFd: 0 },
        { ifindex: 2 ** 31, queueId: 2 ** 32, flags: 65536, sharedUmemFd: 2 ** 31 },
      ],
    ] as const
    for (const [af, good, most] of fields)
      for (const [name, above] of Object.entries(most))
        for (const value of [-1, above, 1.5, Number.NaN, '1', null, 1n, {}])
          refused(af, { ...good, [name]: value })
  })

  it('a unix name that does not fit, or with a NUL in a path', () => {
    refused(AF_UNIX, { path: `${path108}x` })
    refused(AF_UNIX, { path: 'é'.repeat(54).concat('x') })
    refused(AF_UNIX, { path: new Uint8Array(109).fill(65) })
    refused(AF_UNIX, { abstract: 'a'.repeat(108) })
    refused(AF_UNIX, { abstract: new Uint8Array(108) })
    refused(AF_UNIX, { path: 'a\0b' })
    refused(AF_UNIX, { path: Uint8Array.of(0, 65) })
    for (const name of [5, null, {}, ['a'], new Uint16Array(2)]) {
      refused(AF_UNIX, { path: name })
      if (name !== undefined) refused(AF_UNIX, { abstract: name })
    }
  })
})
