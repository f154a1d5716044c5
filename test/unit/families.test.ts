/** The table of families, and what the errors say from it. The kernel judges it in test/kernel/families.test.ts. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { absent, families } from '#data/families.js'
import * as k from '#data/kernel.js'
import { familyRow, kindName, lackOf, lackOfOption } from '#data/lack.js'

/** Other names of a number, and the number of numbers. */
const aliases = ['AF_LOCAL', 'AF_ROUTE', 'AF_MAX']

describe('the table of families', () => {
  it('has every AF_* once, with sockets or with the reason why it has none', () => {
    const numbers = Object.entries(k).filter(([name]) => name.startsWith('AF_') && !aliases.includes(name))
    assert.ok(numbers.length > 40)
    for (const [name, af] of numbers) {
      const rows = families.filter((row) => row.af === af).length
      assert.equal(rows + (absent[af as number] === undefined ? 0 : 1), 1, name)
    }
    assert.equal(families.length + Object.keys(absent).length, numbers.length)
  })

  it('has each kind once, each module and build option as the kernel spells them', () => {
    for (const row of families) {
      const kinds = row.kinds.map(({ type, protocol }) => `${type} ${protocol}`)
      assert.ok(kinds.length > 0)
      assert.equal(new Set(kinds).size, kinds.length, row.about)
      for (const { module, config } of [row, ...row.kinds]) {
        if (module !== undefined) assert.match(module, /^\w[\w-]*$/)
        if (config !== undefined) assert.match(config, /^CONFIG_[A-Z0-9_]+(, .+)?$/)
      }
    }
  })

  it('calls protocols what the kernel calls them', () => {
    for (const { kinds } of families)
      for (const { name, protocol } of kinds) {
        const value = name === undefined ? undefined : (k as Readonly<Record<string, unknown>>)[name]
        if (value !== undefined) assert.equal(value, protocol, name)
      }
  })

  it('names a kind in full', () => {
    const row = familyRow(k.AF_INET)
    const sctp = row?.kinds.find(({ type }) => type === k.SOCK_SEQPACKET)
    assert.ok(sctp !== undefined)
    assert.equal(kindName(k.AF_INET, sctp), 'AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP')
    assert.equal(kindName(k.AF_UNIX, { type: k.SOCK_STREAM, protocol: 0 }), 'AF_UNIX, SOCK_STREAM')
    assert.equal(familyRow(k.AF_IPX), undefined)
  })
})

describe('what a kernel lacks', () => {
  const { EAFNOSUPPORT, EPROTONOSUPPORT, ESOCKTNOSUPPORT, EPERM, EACCES } = k

  it('is a module, or an option of the build', () => {
    assert.equal(
      lackOf(-EAFNOSUPPORT, k.AF_TIPC, k.SOCK_RDM, 0),
      'AF_TIPC: load the kernel module tipc (CONFIG_TIPC)',
    )
    assert.match(lackOf(EAFNOSUPPORT, k.AF_MCTP, k.SOCK_DGRAM, 0) ?? '', /^AF_MCTP: .*\bCONFIG_MCTP$/)
    for (const [af, type, protocol, module] of [
      [k.AF_INET, k.SOCK_SEQPACKET, k.IPPROTO_SCTP, 'sctp'],
      [k.AF_INET, k.SOCK_SEQPACKET, 0, 'sctp'],
      [k.AF_INET6, k.SOCK_DGRAM, k.IPPROTO_L2TP, 'l2tp_ip6'],
      [k.AF_CAN, k.SOCK_DGRAM, k.CAN_ISOTP, 'can-isotp'],
      [k.AF_NETLINK, k.SOCK_RAW, k.NETLINK_CRYPTO, 'crypto_user'],
    ] as const)
      for (const errno of [EPROTONOSUPPORT, ESOCKTNOSUPPORT])
        assert.match(lackOf(-errno, af, type, protocol) ?? '', new RegExp(`module ${module} \\(CONFIG_`))
  })

  it('is nothing that could come where the family has left, or never was', () => {
    assert.match(lackOf(-EAFNOSUPPORT, k.AF_IPX, k.SOCK_DGRAM, 0) ?? '', /^AF_IPX: .*4\.18/)
    assert.match(lackOf(-EAFNOSUPPORT, 4095, k.SOCK_DGRAM, 0) ?? '', /no family/)
  })

  it('is a mistake where no kernel combines the numbers', () => {
    const about = (af: number, type: number, protocol: number): string =>
      lackOf(-EPROTONOSUPPORT, af, type, protocol) ?? ''
    assert.match(about(k.AF_INET, k.SOCK_DGRAM, k.IPPROTO_TCP), /IPPROTO_TCP goes with SOCK_STREAM/)
    assert.match(about(k.AF_INET, k.SOCK_RAW, 0), /protocol other than 0/)
    assert.match(about(k.AF_UNIX, k.SOCK_RDM, 0), /has SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET$/)
    assert.match(about(k.AF_UNIX, k.SOCK_STREAM, 7), /goes with protocol 0$/)
    assert.match(about(k.AF_CAN, k.SOCK_DGRAM, 99), /goes with CAN_BCM, CAN_ISOTP, CAN_J1939$/)
  })

  it('is a privilege', () => {
    assert.match(lackOf(-EPERM, k.AF_PACKET, k.SOCK_RAW, 0x300) ?? '', /CAP_NET_RAW/)
    assert.match(lackOf(-EPERM, k.AF_INET, k.SOCK_RAW, 89) ?? '', /CAP_NET_RAW/)
    assert.match(lackOf(-EACCES, k.AF_INET, k.SOCK_DGRAM, k.IPPROTO_ICMP) ?? '', /ping_group_range/)
    assert.match(lackOf(-EPERM, k.AF_VSOCK, k.SOCK_STREAM, 0) ?? '', /seccomp/)
  })

  it('is left unsaid of other errors', () => {
    assert.equal(lackOf(-k.EMFILE, k.AF_INET, k.SOCK_STREAM, 0), undefined)
    assert.equal(lackOf(-EPROTONOSUPPORT, 4095, k.SOCK_STREAM, 0), undefined)
  })

  it('of an option is a module too', () => {
    const text = (value: string): Uint8Array => new TextEncoder().encode(value)
    assert.equal(lackOfOption(-k.ENOENT, k.IPPROTO_TCP, k.TCP_ULP, text('tls')), 'load the kernel module tls')
    assert.equal(
      lackOfOption(-k.ENOENT, k.IPPROTO_TCP, k.TCP_CONGESTION, text('bbr\0')),
      'load the kernel module tcp_bbr',
    )
    assert.match(lackOfOption(-k.ENOPROTOOPT, k.IPPROTO_TCP, k.TCP_AO_INFO) ?? '', /CONFIG_TCP_AO/)
    assert.match(lackOfOption(-k.ENOPROTOOPT, k.IPPROTO_IP, k.SO_ORIGINAL_DST) ?? '', /nf_conntrack/)
    // Neither other errors nor other options, and no name that is none.
    assert.equal(lackOfOption(-k.EINVAL, k.IPPROTO_TCP, k.TCP_AO_INFO), undefined)
    assert.equal(lackOfOption(-k.ENOPROTOOPT, k.SOL_SOCKET, k.SO_REUSEADDR), undefined)
    assert.equal(lackOfOption(-k.ENOENT, k.IPPROTO_TCP, k.TCP_ULP, text('\x1b[31m')), undefined)
    assert.equal(lackOfOption(-k.ENOENT, k.IPPROTO_TCP, k.TCP_ULP, new Uint8Array(0)), undefined)
    assert.equal(lackOfOption(-k.ENOENT, k.IPPROTO_TCP, k.TCP_NODELAY, text('x')), undefined)
  })
})
