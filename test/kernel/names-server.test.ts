/** Names of a world made for it: namespaces with a hosts file, services and a name server of the tests' own. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { needsProgram, needsRoot } from '../support/needs.js'
import { node } from './matrix.js'
import type { Asked } from './questions.js'

const folder = mkdtempSync(join(tmpdir(), 'berkeley-names-'))
chmodSync(folder, 0o755)
after(() => rmSync(folder, { recursive: true }))

const files: Readonly<Record<string, string | Buffer>> = {
  hosts: Buffer.concat([
    Buffer.from(
      '127.0.0.1 localhost\n10.0.0.1 web.corp.test web www.corp.test\n10.0.0.2 plain other\n10.0.0.3 second third.corp.test\n' +
        '10.0.0.4 xn--bcher-kva.corp.test\nfd00::1 six.corp.test six\n',
    ),
    // Longer than the room that is tried first, and what is no UTF-8.
    Buffer.from(`10.0.0.5 long.corp.test ${Array.from({ length: 300 }, (_, i) => `alias-${i}`).join(' ')}\n`),
    Buffer.from('10.0.0.6 \xff\xfe.odd t\xe9st\x1b[31m\n', 'latin1'),
  ]),
  services: Buffer.from(
    'own 7001/tcp first-alias\nown 7002/udp\nalone 7003/udp\nt\xe9st 7004/tcp\n',
    'latin1',
  ),
  protocols: 'ip 0 IP\nown 253 OWN\n',
  'resolv.conf': 'nameserver 127.0.0.1\noptions timeout:1 attempts:1\n',
  'nsswitch.conf': 'hosts: files dns\nservices: files\nprotocols: files\n',
}
const mounts: string[] = []
for (const [name, content] of Object.entries(files)) {
  writeFileSync(join(folder, name), content)
  mounts.push(`mount --bind ${join(folder, name)} /etc/${name}`)
}
const before = [
  'unshare',
  '-m',
  '-n',
  '-u',
  'sh',
  '-c',
  `ip link set lo up && ${mounts.join(' && ')} && exec "$@"`,
  'sh',
]

const needs = needsRoot().skip ? needsRoot() : needsProgram('unshare', 'mount', 'ip', 'python3')

const modules = ['questions', 'nameserver'].map((name) =>
  JSON.stringify(new URL(`./${name}.js`, import.meta.url).href),
)

/** Runs a script in that world; what it gives to `print` last is the result. */
async function run(script: string, code = 0): Promise<unknown> {
  const prelude = `
    import { once } from 'node:events'
    import { Worker } from 'node:worker_threads'
    import * as b from 'berkeley'
    const { agreed, ownAnswers, pythonAnswers } = await import(${modules[0]})
    const print = (value) => process.stdout.write(JSON.stringify(value))
    const server = new Worker(new URL(${modules[1]}), { execArgv: [] })
    await once(server, 'message')
    const code = (promise) => promise.then(() => 'no error', (error) => error.code ?? error)
    b.sethostname('web')`
  const ended = await node(`${prelude}\n${script}\nawait server.terminate()`, { before })
  assert.deepEqual([ended.stderr, ended.code], ['', code])
  return ended.stdout === '' ? undefined : JSON.parse(ended.stdout)
}

const inWorld = (questions: readonly Asked[]): Promise<unknown> =>
  run(`print(await agreed(${JSON.stringify(questions)}))`)

describe('the hosts file', () => {
  it('has names, aliases and addresses as Python finds them', needs, async () => {
    const hosts = [
      'web.corp.test',
      'web',
      'plain',
      'other',
      'six',
      'long.corp.test',
      'alias-299',
      'nowhere.test',
      'WEB',
      '',
    ]
    const addresses = [
      '10.0.0.1',
      '10.0.0.3',
      '10.0.0.5',
      'fd00::1',
      'web',
      '10.9.9.9',
      'fd00::2',
      '::ffff:10.0.0.1',
    ]
    const questions: Asked[] = [
      ...hosts.flatMap((host): Asked[] => [
        ['gethostbyname', host],
        ['gethostbynameEx', host],
        ...[0, 2].map((flags): Asked => ['getaddrinfo', host === '' ? null : host, 'own', { flags }]),
      ]),
      ...addresses.map((address): Asked => ['gethostbyaddr', address]),
      ...['', 'web', '10.0.0.2', '10.0.0.3', 'plain', 'nowhere.test', ' web ', '0.0.0.0'].map(
        (name): Asked => ['getfqdn', name],
      ),
      ['getfqdn'],
      ['gethostname'],
      ...[0, 8, 4].flatMap((flags) =>
        ['10.0.0.1', 'fd00::1', '10.9.9.9'].map(
          (host): Asked => ['getnameinfo', { host, port: 7001 }, { flags }],
        ),
      ),
    ]
    const answers = (await inWorld(questions)) as { ok?: unknown }[]
    const answer = (name: string, ...args: unknown[]): unknown =>
      answers[questions.findIndex((each) => JSON.stringify(each) === JSON.stringify([name, ...args]))]?.ok
    assert.deepEqual(answer('gethostbynameEx', 'web'), [
      'web.corp.test',
      ['web', 'www.corp.test'],
      ['10.0.0.1'],
    ])
    assert.equal((answer('gethostbyaddr', '10.0.0.5') as string[][])[1]?.length, 300)
    assert.equal(answer('getfqdn'), 'web.corp.test')
    assert.equal(answer('getfqdn', '10.0.0.3'), 'third.corp.test')
    assert.equal(answer('getfqdn', 'nowhere.test'), 'nowhere.test')
  })

  it('may hold what is no text', needs, async () => {
    const got = await run(`print([await b.gethostbyaddr('10.0.0.6'), b.gethostbyaddrSync('10.0.0.6'),
      await b.getnameinfo({ host: '10.0.0.6', port: 7004 })])`)
    const host = { hostname: '\ufffd\ufffd.odd', aliases: ['t\ufffdst\x1b[31m'], addresses: ['10.0.0.6'] }
    assert.deepEqual(got, [host, host, { host: '\ufffd\ufffd.odd', service: 't\ufffdst' }])
  })

  it('and those of services and protocols', needs, async () => {
    const questions: Asked[] = []
    for (const protocol of [[], ['tcp'], ['udp']]) {
      for (const name of ['own', 'first-alias', 'alone', 'http'])
        questions.push(['getservbyname', name, ...protocol])
      for (const port of [7001, 7002, 7003, 80]) questions.push(['getservbyport', port, ...protocol])
    }
    for (const name of ['own', 'OWN', 'ip', 'tcp']) questions.push(['getprotobyname', name])
    for (const type of [1, 2]) questions.push(['getaddrinfo', '127.0.0.1', 'alone', { type }])
    await inWorld(questions)
  })
})

describe('a name server', () => {
  it('is asked as by Python', needs, async () => {
    const hosts = [
      ...[
        'host.test',
        'alias.test',
        'six.test',
        'odd.test',
        'many.test',
        'empty.test',
        'missing.test',
        'fail.test',
      ],
      ...[
        'refused.test',
        'HOST.test',
        'host.test.',
        'a..test',
        `${'x'.repeat(64)}.test`,
        'b\u00fccher.test',
        'no such name',
      ],
    ]
    const questions: Asked[] = []
    for (const host of hosts) {
      for (const family of [0, 2, 10])
        questions.push(['getaddrinfo', host, 80, { type: 1, family, flags: 2 }])
      questions.push(['gethostbyname', host], ['gethostbynameEx', host], ['getfqdn', host])
    }
    for (const ip of [
      '192.0.2.1',
      '192.0.2.2',
      '192.0.2.9',
      '192.0.2.77',
      '2001:db8::1',
      '2001:db8::2',
      'alias.test',
    ])
      questions.push(['gethostbyaddr', ip], ['getfqdn', ip])
    // Python refuses the first two in a codec of its own, before libc is asked. Of the third, whose name libc refuses, it
    // tells the h_errno of some earlier call: gethostbyaddr_r gives its own in an argument.
    const apart = new Set(['a..test', `${'x'.repeat(64)}.test`, '192.0.2.9'])
    const [answers, judged] = (await run(
      `const questions = ${JSON.stringify(questions)}
       print(await Promise.all([ownAnswers(questions), pythonAnswers(questions)]))`,
    )) as [unknown[], unknown[]]
    questions.forEach((question, i) => {
      const [, host] = question
      if (!apart.has(host as string)) assert.deepEqual(answers[i], judged[i], JSON.stringify(question))
    })
    const answer = (...wanted: unknown[]): unknown =>
      answers[questions.findIndex((each) => JSON.stringify(each) === JSON.stringify(wanted))]
    assert.deepEqual(answer('gethostbynameEx', 'alias.test'), {
      ok: ['host.test', ['alias.test', 'middle.test'], ['192.0.2.1', '192.0.2.2']],
    })
    assert.deepEqual(answer('getaddrinfo', 'alias.test', 80, { type: 1, family: 10, flags: 2 }), {
      ok: [[10, 1, 6, 'host.test', ['2001:db8::1', 80, 0, 0]]],
    })
    assert.deepEqual(answer('gethostbyname', 'b\u00fccher.test'), { ok: '192.0.2.10' })
    assert.equal((answer('gethostbyname', 'many.test') as { ok: string }).ok.length > 0, true)
    for (const family of [0, 2, 10])
      assert.deepEqual(answer('getaddrinfo', 'a..test', 80, { type: 1, family, flags: 2 }), {
        error: 'gaierror',
        errno: -2,
      })
    // NO_RECOVERY, as the same call in C has it.
    assert.deepEqual(answer('gethostbyaddr', '192.0.2.9'), { error: 'herror', errno: 3 })
    assert.deepEqual(answer('gethostbyaddr', '192.0.2.77'), { error: 'herror', errno: 1 })
  })

  it('gives each of many questions its answer', needs, async () => {
    const got = await run(
      `print(await Promise.all(Array.from({ length: 60 }, (_, i) => b.gethostbyname('h' + i + '.test'))))`,
    )
    assert.deepEqual(
      got,
      Array.from({ length: 60 }, (_, i) => `203.0.113.${i}`),
    )
  })

  it('that says nothing holds up neither the event loop nor an abort', needs, async () => {
    const got = await run(`
      const order = []
      const reason = new Error('enough')
      const one = new AbortController()
      const aborted = Promise.all([
        b.getaddrinfo('silent.test', 80, { signal: one.signal }),
        b.gethostbyname('silent.test', { signal: one.signal }),
        b.gethostbynameEx('silent.test', { signal: one.signal }),
        b.gethostbyaddr('silent.test', { signal: one.signal }),
        b.getfqdn('silent.test', { signal: one.signal }),
        b.getnameinfo({ host: '192.0.2.1', port: 1 }, { signal: one.signal }),
      ].map((each) => each.then(() => 'answered', (error) => error === reason)))
      const heard = code(b.getaddrinfo('silent.test', 80)).then((code) => order.push(code))
      setTimeout(() => {
        order.push('timer')
        one.abort(reason)
      }, 1)
      const outcomes = await aborted
      order.push('aborted')
      await heard
      print({ order, outcomes })`)
    const { order, outcomes } = got as { order: string[]; outcomes: unknown[] }
    assert.deepEqual(order, ['timer', 'aborted', 'EAI_AGAIN'])
    assert.deepEqual(outcomes.slice(0, 5), [true, true, true, true, true])
  })

  it('that says nothing may outlive the thread that asked, and the process', needs, async () => {
    const asking = `
      import * as b from '${import.meta.resolve('berkeley')}'
      import { parentPort } from 'node:worker_threads'
      for (let i = 0; i < 8; i++) {
        b.getaddrinfo('silent.test', 80, { signal: i % 2 ? AbortSignal.timeout(1) : undefined }).catch(() => {})
        b.getservbyname('own').then(() => b.gethostbynameEx('h1.test')).catch(() => {})
      }
      parentPort.postMessage('asking')`
    const got = await run(`
      const ends = []
      for (let i = 0; i < 4; i++) {
        const other = new Worker(new URL('data:text/javascript,' + encodeURIComponent(${JSON.stringify(asking)})), { execArgv: [] })
        await once(other, 'message')
        if (i % 2) await b.gethostbyname('host.test')
        ends.push(await other.terminate())
      }
      print([ends, await b.gethostbyname('host.test')])`)
    const [ends, host] = got as [number[], string]
    // 0 where a slow machine had given all look-ups up by then.
    assert.ok(ends.length === 4 && ends.every((end) => end === 0 || end === 1), `${ends}`)
    assert.equal(host, '192.0.2.1')
    await run(
      `for (let i = 0; i < 8; i++) void b.getaddrinfo('silent.test', 80); setImmediate(() => process.exit(7)); await new Promise(() => {})`,
      7,
    )
  })
})

describe('the name of the machine', () => {
  it('is what was given last, if that was allowed', needs, async () => {
    const got = await run(`
      const { execFileSync } = await import('node:child_process')
      const seen = []
      for (const name of ['berkeley-test', 'x'.repeat(64), 'm\\u00fcller']) {
        b.sethostname(name)
        seen.push([b.gethostname() === name, execFileSync('uname', ['-n'], { encoding: 'utf8' }) === name + '\\n'])
      }
      const long = await code((async () => b.sethostname('x'.repeat(65)))())
      process.setgid(65534)
      process.setuid(65534)
      print([seen, long, await code((async () => b.sethostname('web'))()), b.gethostname()])`)
    assert.deepEqual(got, [
      [
        [true, true],
        [true, true],
        [true, true],
      ],
      'EINVAL',
      'EPERM',
      'm\u00fcller',
    ])
  })
})
