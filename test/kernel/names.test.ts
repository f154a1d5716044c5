/** Names of this machine, without a name server: numbers, localhost, the files of services and protocols, interfaces. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as b from 'berkeley'
import { needsProgram } from '../support/needs.js'
import { type Asked, agreed, type Hints } from './questions.js'

const needs = needsProgram('python3')
const { AF_INET, AF_INET6, AF_UNIX, SOCK_DGRAM, SOCK_RAW, SOCK_STREAM } = b

const oks = (answers: readonly unknown[]): number =>
  answers.filter((answer) => 'ok' in (answer as object)).length

describe('what Python answers is answered', () => {
  it('by getaddrinfo, for numbers and for this machine', needs, async () => {
    const numeric = b.AI_NUMERICHOST
    const hints: Hints[] = [
      {},
      { family: AF_INET },
      { family: AF_INET6 },
      { type: SOCK_STREAM },
      { type: SOCK_DGRAM, protocol: 17 },
      { type: SOCK_RAW },
      { flags: b.AI_PASSIVE },
      { flags: b.AI_CANONNAME },
      { flags: b.AI_NUMERICSERV },
      { family: AF_INET6, flags: b.AI_V4MAPPED | b.AI_ALL },
      { flags: b.AI_ADDRCONFIG },
      // What does not go together or does not exist.
      { family: 99 },
      { family: AF_UNIX },
      { type: 77 },
      { type: SOCK_STREAM, protocol: 17 },
      { flags: 0x4000_0000 },
    ]
    const hosts = [
      '127.0.0.1',
      '::1',
      '127.1',
      '0x7f.1',
      'localhost',
      'fe80::1%lo',
      'fe80::1%1',
      '::ffff:1.2.3.4',
      null,
    ]
    const services = [null, 'http', 'ntp', '80', 80, 0, 65535, '0', '', 'no-such-service', '-1', '80 ']
    const questions: Asked[] = []
    for (const hint of hints)
      for (const host of hosts)
        for (const service of services) questions.push(['getaddrinfo', host, service, hint])
    for (const host of [
      'localhost',
      '1.2.3',
      '1.2.3.4',
      'fe80::1%nope',
      '::1%',
      '256.1.1.1',
      ':::',
      ' 127.0.0.1',
    ])
      questions.push(['getaddrinfo', host, 80, { flags: numeric }])
    const answers = await agreed(questions)
    assert.ok(
      oks(answers) > 300 && answers.length - oks(answers) > 300,
      `${oks(answers)} of ${answers.length}`,
    )
  })

  it('by getnameinfo', needs, async () => {
    const { NI_NUMERICHOST, NI_NUMERICSERV, NI_NAMEREQD, NI_DGRAM, NI_NOFQDN } = b
    const numeric = NI_NUMERICHOST | NI_NUMERICSERV
    const questions: Asked[] = []
    for (const flags of [NI_NUMERICHOST, numeric, numeric | NI_DGRAM, NI_NUMERICHOST | NI_DGRAM])
      for (const host of ['127.0.0.1', '192.0.2.1', '::1', '2001:db8::1', '::ffff:192.0.2.1', '::1.2.3.4'])
        for (const port of [0, 80, 123, 514, 9, 65535])
          questions.push(['getnameinfo', { host, port }, { flags }])
    for (const scopeId of [0, 1, 7777])
      for (const host of ['fe80::1', 'ff02::1', '2001:db8::1'])
        questions.push(['getnameinfo', { host, port: 1, scopeId }, { flags: numeric }])
    for (const flags of [0, NI_NAMEREQD, NI_NOFQDN])
      questions.push(['getnameinfo', { host: '127.0.0.1', port: 22 }, { flags }])
    for (const host of ['localhost', '', 'x y'])
      questions.push(['getnameinfo', { host, port: 1 }, { flags: numeric }])
    questions.push(['getnameinfo', { host: '127.0.0.1', port: 1 }, { flags: numeric | NI_NAMEREQD }])
    questions.push(['getnameinfo', { host: '127.0.0.1', port: 1 }, { flags: 0x7000_0000 }])
    assert.ok(oks(await agreed(questions)) > 100)
    // The interface by its name, in either place.
    for (const address of [
      { host: 'fe80::1%lo', port: 1 },
      { host: 'fe80::1', port: 1, scopeId: 'lo' },
    ])
      assert.deepEqual(await b.getnameinfo(address, { flags: numeric }), { host: 'fe80::1%lo', service: '1' })
  })

  it('by gethostby…, for numbers and localhost', needs, async () => {
    const questions: Asked[] = [
      ...['127.0.0.1', '', '<broadcast>', '255.255.255.255', '127.1', 'localhost'].map(
        (name): Asked => ['gethostbyname', name],
      ),
      ...['127.0.0.1', '192.0.2.200', '127.1', 'localhost'].map((name): Asked => ['gethostbynameEx', name]),
      ['gethostbyaddr', '127.0.0.1'],
      ['gethostbyaddr', 'localhost'],
      ['getfqdn', '127.0.0.1'],
      ['getfqdn', ' localhost '],
      ['gethostname'],
    ]
    const answers = await agreed(questions)
    assert.equal(oks(answers), questions.length)
    await assert.rejects(b.gethostbyname('::1'), { name: 'GaiError', code: 'EAI_ADDRFAMILY' })
  })

  it('by the files of services and protocols', needs, async () => {
    const questions: Asked[] = []
    for (const name of ['http', 'ntp', 'domain', 'HTTP', '80', '', 'no such', 'ü', 'www', 'syslog', 'shell'])
      for (const protocol of [[], ['tcp'], ['udp'], ['sctp'], ['']])
        questions.push(['getservbyname', name, ...protocol])
    for (const port of [0, 80, 53, 123, 514, 65535, 65536, -1])
      for (const protocol of [[], ['tcp'], ['udp'], ['nothing']])
        questions.push(['getservbyport', port, ...protocol])
    for (const name of ['ip', 'icmp', 'tcp', 'TCP', 'udp', 'ipv6-icmp', '6', '', 'no such'])
      questions.push(['getprotobyname', name])
    assert.ok(oks(await agreed(questions)) > 20)
  })

  it('by the list of interfaces', needs, async () => {
    const all = b.ifNameindex()
    assert.ok(all.some(({ name }) => name === 'lo'))
    const questions: Asked[] = [['ifNameindex'], ['hasDualstackIpv6']]
    for (const name of ['lo', 'nope', '', 'x'.repeat(100)]) questions.push(['ifNametoindex', name])
    for (const index of [...all.map(({ index }) => index), 0, 9999, -1])
      questions.push(['ifIndextoname', index])
    await agreed(questions)
  })
})

/** An address as it is given. */
const address = (host: string, port: number): object =>
  host === '::' ? { family: 'inet6', host, port, flowinfo: 0, scopeId: 0 } : { family: 'inet', host, port }

describe('the host', () => {
  it("'' is every address, with a service and without", async () => {
    for (const [service, port] of [
      [null, 0],
      [80, 80],
    ] as const)
      for (const [family, host] of [
        [AF_INET, '0.0.0.0'],
        [AF_INET6, '::'],
      ] as const) {
        const [found, ...more] = await b.getaddrinfo('', service, { family, type: SOCK_STREAM })
        assert.deepEqual([found?.address, more], [address(host, port), []])
      }
  })

  it('and the service null are no question', async () => {
    await assert.rejects(b.getaddrinfo(null, null), {
      name: 'GaiError',
      code: 'EAI_NONAME',
      host: null,
      service: null,
    })
    assert.throws(() => b.getaddrinfoSync(null, null), { name: 'GaiError', syscall: 'getaddrinfo' })
  })

  it('is no place for what is none', async () => {
    for (const host of [undefined, 5, {}, Buffer.from('x')])
      await assert.rejects(b.getaddrinfo(host as never, 80), TypeError)
    for (const host of ['a\0b', '\0']) {
      await assert.rejects(b.getaddrinfo(host, 80), TypeError)
      await assert.rejects(b.gethostbyname(host), TypeError)
    }
    await assert.rejects(b.getaddrinfo('::1', {} as never), TypeError)
    for (const port of [-1, 65536, 1.5, Number.NaN])
      await assert.rejects(b.getaddrinfo('::1', port), RangeError)
    for (const family of ['inet', 1.5, 2 ** 40])
      await assert.rejects(b.getaddrinfo('::1', 80, { family: family as never }), TypeError)
    await assert.rejects(b.getaddrinfo('ü b', 80), { name: 'GaiError', code: 'EAI_IDN_ENCODE' })
    await assert.rejects(b.getnameinfo(null as never), TypeError)
    await assert.rejects(b.getnameinfo({ host: '::1', port: 65536 }), RangeError)
    await assert.rejects(b.getnameinfo({ host: 'fe80::1%nope', port: 1 }), {
      code: 'ENODEV',
      syscall: 'if_nametoindex',
    })
    await assert.rejects(b.getnameinfo({ host: 'localhost', port: 1 }), {
      name: 'GaiError',
      syscall: 'getnameinfo',
    })
    for (const name of [null, 7]) {
      await assert.rejects(b.getservbyname(name as never), TypeError)
      await assert.rejects(b.getprotobyname(name as never), TypeError)
      await assert.rejects(b.gethostbyaddr(name as never), TypeError)
      await assert.rejects(b.getfqdn(name as never), TypeError)
      assert.throws(() => b.sethostname(name as never), TypeError)
    }
  })
})

describe('many questions at once', () => {
  it('are each given their own answer', async () => {
    const flags = b.AI_NUMERICHOST
    const hosts = Array.from({ length: 300 }, (_, i) => `10.1.${i >> 8}.${i & 255}`)
    const found = await Promise.all(
      hosts.map((host) => b.getaddrinfo(host, 80, { type: SOCK_STREAM, flags })),
    )
    assert.deepEqual(
      found.map(([first]) => first?.address),
      hosts.map((host) => address(host, 80)),
    )
    const names = Array.from({ length: 300 }, (_, i) => ['tcp', 'udp', 'icmp'][i % 3] as string)
    const [protocols, ports] = await Promise.all([
      Promise.all(names.map((name) => b.getprotobyname(name))),
      Promise.all(names.map((_, i) => b.getservbyport(i % 2 ? 80 : 53))),
    ])
    assert.deepEqual(
      protocols,
      names.map((name) => ({ tcp: 6, udp: 17, icmp: 1 })[name]),
    )
    assert.deepEqual(
      ports,
      names.map((_, i) => (i % 2 ? 'http' : 'domain')),
    )
  })
})
