/** Addresses as text, and which are the same. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Address } from '#data/address/address.js'
import { formatAddress, sameAddress } from '#data/address/address.js'
import { parseAddress } from '#data/address/parse.js'
import { ParseError } from '#data/errors.js'

describe('formatAddress', () => {
  it('writes addresses as people do', () => {
    assert.equal(formatAddress({ family: 'inet', host: '127.0.0.1', port: 80 }), '127.0.0.1:80')
    assert.equal(formatAddress({ family: 'inet6', host: '::1', port: 80 }), '[::1]:80')
    assert.equal(formatAddress({ family: 'inet6', host: 'fe80::1', port: 80, scopeId: 2 }), '[fe80::1%2]:80')
    assert.equal(formatAddress({ family: 'inet6', host: 'fe80::1', port: 80, scopeId: 0 }), '[fe80::1]:80')
    assert.equal(formatAddress({ family: 'unix', path: '/run/x é.sock' }), '/run/x é.sock')
    assert.equal(formatAddress({ family: 'unix', path: '' }), '(unnamed)')
    assert.equal(formatAddress({ family: 'unix', abstract: 'name' }), '@name')
    const link = { family: 'packet', ifindex: 2, protocol: 0x800, pkttype: 0, hatype: 1 } as const
    assert.equal(formatAddress({ ...link, addr: new Uint8Array(0) }), 'packet%2:0x0800')
    assert.equal(formatAddress({ ...link, addr: Uint8Array.of(2, 255, 0) }), 'packet%2:0x0800,02:ff:00')
    assert.equal(formatAddress({ family: 'netlink', pid: 7, groups: 0 }), 'netlink:7')
    assert.equal(formatAddress({ family: 'netlink', pid: 0, groups: 17 }), 'netlink:0/0x11')
    assert.equal(formatAddress({ family: 'vsock', cid: 2, port: 1234, flags: 1 }), 'vsock://2:1234')
    assert.equal(formatAddress({ family: 'qipcrtr', node: 1, port: 16385 }), 'qipcrtr:1:16385')
    assert.equal(formatAddress({ family: 'xdp', ifindex: 3, queueId: 0 }), 'xdp%3:0')
    assert.equal(formatAddress({ family: 'unknown', af: 5, bytes: Uint8Array.of(1, 0xab) }), 'AF 5 01ab')
    assert.equal(formatAddress({ family: 'can', ifindex: 3 }), 'can%3')
    assert.equal(formatAddress({ family: 'can', ifindex: 'vcan0' }), 'can%vcan0')
    assert.equal(formatAddress({ family: 'can', ifindex: 3, rxId: 0x7e8, txId: 0x7e0 }), 'can%3:7e8:7e0')
    assert.equal(
      formatAddress({ family: 'can', ifindex: 3, name: 0xabcn, pgn: 0x12300, addr: 0x80 }),
      'can%3:80,12300,abc',
    )
    assert.equal(formatAddress({ family: 'can', ifindex: 3, pgn: 0x12300 }), 'can%3:,12300,')
    assert.equal(formatAddress({ family: 'tipc', type: 18888, instance: 17 }), 'tipc:18888:17')
    assert.equal(
      formatAddress({ family: 'tipc', type: 18888, instance: 17, domain: 0x1001001 }),
      'tipc:18888:17@1001001',
    )
    assert.equal(formatAddress({ family: 'tipc', type: 1, lower: 0, upper: 99 }), 'tipc:1:0-99')
    assert.equal(formatAddress({ family: 'tipc', ref: 1234, node: 0x1001001 }), 'tipc:1234@1001001')
  })

  it('escapes what would act on a terminal, wherever it stands', () => {
    const evil = '\x1b[31m\u202e\x9b\x7f\n\\'
    const bytes = Uint8Array.of(27, 0x5b, 0x9b, 127, 10, 92, 200)
    for (const address of [
      { family: 'unix', path: evil },
      { family: 'unix', abstract: evil },
      { family: 'unix', path: bytes },
      { family: 'unix', abstract: bytes },
      { family: 'inet', host: evil, port: 1 },
      { family: 'inet6', host: evil, port: 1 },
      { family: 'inet6', host: '::1', port: 1, scopeId: evil },
      { family: 'can', ifindex: evil },
    ] as const)
      assert.doesNotMatch(formatAddress(address), /[\p{C}]/u, JSON.stringify(address))
    assert.equal(formatAddress({ family: 'unix', path: '\x1b\\' }), '\\u{1b}\\u{5c}')
    assert.equal(formatAddress({ family: 'unix', path: Uint8Array.of(255, 92) }), '\\xff\\x5c')
  })

  it('never lets a control character through', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (path) => {
        assert.doesNotMatch(formatAddress({ family: 'unix', path }), /\p{C}/u)
      }),
    )
  })
})

describe('sameAddress', () => {
  const different: readonly Address[] = [
    { family: 'inet', host: '1.2.3.4', port: 5 },
    { family: 'inet', host: '1.2.3.4', port: 6 },
    { family: 'inet', host: '1.2.3.5', port: 5 },
    { family: 'inet6', host: '::1', port: 5 },
    { family: 'inet6', host: '::2', port: 5 },
    { family: 'inet6', host: '::1', port: 6 },
    { family: 'inet6', host: '::1', port: 5, scopeId: 1 },
    { family: 'unix', path: '' },
    { family: 'unix', path: '(unnamed)' },
    { family: 'unix', path: 'x' },
    { family: 'unix', path: '@x' },
    { family: 'unix', abstract: 'x' },
    { family: 'unix', abstract: '' },
    { family: 'unix', path: '@' },
    { family: 'unix', path: '\x01' },
    { family: 'unix', path: '\\u{1}' },
    { family: 'unix', path: Uint8Array.of(0xff) },
    { family: 'unknown', af: 5, bytes: Uint8Array.of(1) },
    { family: 'unknown', af: 6, bytes: Uint8Array.of(1) },
    { family: 'unknown', af: 5, bytes: Uint8Array.of(2) },
    { family: 'unix', path: 'AF 5 01' },
    { family: 'can', ifindex: 1 },
    { family: 'can', ifindex: 2 },
    { family: 'can', ifindex: 1, rxId: 1, txId: 2 },
    { family: 'can', ifindex: 1, rxId: 2, txId: 1 },
    { family: 'can', ifindex: 1, name: 0n, pgn: 1, addr: 2 },
    { family: 'can', ifindex: 1, name: 0n, pgn: 2, addr: 1 },
    { family: 'can', ifindex: 1, name: 1n, pgn: 1, addr: 2 },
    { family: 'tipc', type: 1, instance: 2 },
    { family: 'tipc', type: 2, instance: 1 },
    { family: 'tipc', type: 1, instance: 2, domain: 3 },
    { family: 'tipc', type: 1, lower: 2, upper: 2 },
    { family: 'tipc', type: 1, lower: 2, upper: 3 },
    { family: 'tipc', ref: 1, node: 2 },
    { family: 'tipc', ref: 2, node: 1 },
    { family: 'tipc', ref: 1, node: 2, member: { type: 1, instance: 2 } },
  ]

  it('tells addresses apart', () => {
    for (const [i, a] of different.entries())
      for (const [j, b] of different.entries())
        assert.equal(sameAddress(a, b), i === j, `${formatAddress(a)} and ${formatAddress(b)}`)
  })

  it('knows equal ones that are other objects, flow aside', () => {
    for (const address of different) assert.ok(sameAddress(address, structuredClone(address)))
    assert.ok(
      sameAddress(
        { family: 'inet6', host: '::1', port: 5, flowinfo: 9, scopeId: 0 },
        { family: 'inet6', host: '::1', port: 5 },
      ),
    )
    assert.ok(
      sameAddress({ family: 'unix', path: 'abc' }, { family: 'unix', path: new TextEncoder().encode('abc') }),
    )
  })
})

describe('parseAddress', () => {
  const ip = { flowinfo: 0, scopeId: 0 }
  const table: readonly [text: string, address: Address, written?: string][] = [
    ['127.0.0.1:80', { family: 'inet', host: '127.0.0.1', port: 80 }],
    ['[::1]:65535', { family: 'inet6', host: '::1', port: 65535, ...ip }],
    ['[FE80:0::1%2]:0', { family: 'inet6', host: 'fe80::1', port: 0, ...ip, scopeId: 2 }, '[fe80::1%2]:0'],
    ['/run/x.sock', { family: 'unix', path: '/run/x.sock' }],
    ['./80:1', { family: 'unix', path: './80:1' }],
    ['../x', { family: 'unix', path: '../x' }],
    ['@name', { family: 'unix', abstract: 'name' }],
    ['@', { family: 'unix', abstract: '' }],
    ['vsock://2:1234', { family: 'vsock', cid: 2, port: 1234, flags: 0 }],
    ['vsock://4294967295:0', { family: 'vsock', cid: 4294967295, port: 0, flags: 0 }],
    [
      'vsock://*:*',
      { family: 'vsock', cid: 4294967295, port: 4294967295, flags: 0 },
      'vsock://4294967295:4294967295',
    ],
  ]

  it('reads what formatAddress writes', () => {
    for (const [text, address, written = text] of table) {
      assert.deepEqual(parseAddress(text), address)
      assert.equal(formatAddress(address), written)
    }
  })

  it('refuses what is no address with a ParseError', () => {
    const wrong = [
      '',
      '80',
      ':80',
      'localhost:80',
      '1.2.3.4',
      '1.2.3.4:65536',
      '1.2.3.4:-1',
      '1.2.3.4: 80',
      '::1:80',
    ]
    wrong.push(
      '[::1]',
      '[::1%eth0]:1',
      '[1.2.3.4]:5',
      '[]:5',
      `/${'x'.repeat(108)}`,
      '/a\0b',
      `@${'x'.repeat(108)}`,
    )
    wrong.push(
      'vsock://',
      'vsock://1',
      'vsock://1:',
      'vsock://4294967296:1',
      'vsock://1:4294967296',
      'vsock://-1:1',
    )
    wrong.push('vsock://1:0x1', 'vsock:1:1', 'VSOCK://1:1', 'tcp://1.2.3.4:5', '(unnamed)', 'AF 5 01ab')
    for (const text of wrong) assert.throws(() => parseAddress(text), ParseError, text)
    for (const value of [undefined, null, 5, {}, ['1.2.3.4:5']])
      assert.throws(() => parseAddress(value as string), TypeError)
  })

  it('gives an address or a ParseError for any text', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[@/[\]0-9.:%*vsock]{0,30}$/))
    fc.assert(
      fc.property(text, (text) => {
        try {
          assert.ok(Object.isFrozen(parseAddress(text)))
        } catch (error) {
          assert.ok(error instanceof ParseError, String(error))
        }
      }),
      { numRuns: 2000 },
    )
  })
})
