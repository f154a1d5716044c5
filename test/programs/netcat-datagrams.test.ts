/** The netcat over datagrams: the receiver and the sender of the tutorials, with nc, ncat, socat and python3. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { listening, nc, ncat, socat } from './netcat.js'
import { abstractName, berkeley, serving, temporary } from './program.js'
import { bytes, Remote } from './remote.js'

const UDP = `def udp(host='127.0.0.1'):
  s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(10)
  s.bind((host, 0)); return s`

describe('listen for datagrams', { concurrency: 3 }, () => {
  for (const [host, at, peer] of [
    ['127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['[::1]', '::1', '::1'],
    ['*', '127.0.0.1', '::ffff:127.0.0.1'],
  ] as const)
    test(`udp://${host}: everybody is heard, the last one is answered`, needsProgram('python3'), async () => {
      await using remote = new Remote()
      await remote.run(UDP)
      const { server, port } = await serving(['listen', `udp://${host}:0`])
      await using _server = server
      // What is typed before anybody has come waits for the first.
      server.write('early\n')
      await remote.run(
        `a, b = udp('${at}'), udp('${at}'); a.connect(('${at}', ${port})); b.connect(('${at}', ${port}))`,
      )
      await remote.run(`a.send(b'from a')`)
      const from = `${peer.includes(':') ? `[${peer}]` : peer}:${await remote.run('a.getsockname()[1]')}`
      assert.equal((await server.event('received', { data: 'from a', bytes: 6 })).from, from)
      assert.equal(await remote.text('a.recv(100)'), 'early\n')
      await remote.run(`b.send(b'from b\\n')`)
      await server.event('received', { data: 'from b\n' })
      server.write('to b\n')
      assert.equal(await remote.text('b.recv(100)'), 'to b\n')
      await remote.run(`a.send(b'')`)
      await server.event('received', { data: '', bytes: 0, from })
      await remote.run(`a.send(b'\\xff\\x00')`)
      await server.event('received', { base64: '/wA=' })
      server.end('to a')
      assert.equal(await remote.text('a.recv(100)'), 'to a')
      await remote.run(`b.send(b'x' * 65507)`)
      await server.event('received', { bytes: 65507 })
      server.kill('SIGINT')
      const summary = await server.event('summary')
      assert.deepEqual([summary.sent, summary.received, summary.failed], [15, 65522, 0])
      await server.exits(0)
    })

  for (const [name, call] of [
    ['nc', (port: string) => nc('-nu', '127.0.0.1', port)],
    ['ncat', (port: string) => ncat('-nu', '127.0.0.1', port)],
    ['socat', (port: string) => socat('-', `UDP:127.0.0.1:${port}`)],
  ] as const)
    test(`${name} sends and is answered`, needsProgram(name), async () => {
      const { server, port } = await listening(['udp://127.0.0.1:0'])
      await using _server = server
      await using peer = call(port)
      for (const turn of ['one', 'two']) {
        peer.write(`${turn}\n`)
        await server.says(`${turn}\n`)
        server.write(`to ${turn}\n`)
        await peer.says(`to ${turn}\n`)
      }
      assert.match(server.err, /4 bytes from 127\.0\.0\.1:\d+\n/)
      server.kill('SIGTERM')
      await server.exits(0)
      assert.equal(server.out, 'one\ntwo\n', 'what comes is written as it is')
    })

  test('a peer that has gone is told of, and the next one heard', needsProgram('python3'), async () => {
    await using remote = new Remote()
    await remote.run(UDP)
    const { server, port } = await listening(['udp://*:0'])
    await using _server = server
    for (let i = 0; i < 3; i++) {
      await remote.run(`s = udp(); s.sendto(b'${i}\\n', ('127.0.0.1', ${port})); s.close()`)
      await server.says(`${i}\n`)
      server.write('anybody there?\n')
      await server.complains(/ECONNREFUSED/)
    }
    await remote.run(`s = udp(); s.sendto(b'here\\n', ('127.0.0.1', ${port}))`)
    await server.says('here\n')
    server.write('good\n')
    assert.equal(await remote.text('s.recv(100)'), 'good\n')
    server.kill('SIGINT')
    await server.exits(0)
  })

  test('unix-dgram: named, abstract and nameless senders', needsProgram('python3', 'socat'), async () => {
    using directory = temporary()
    await using remote = new Remote()
    const path = directory.file('s')
    const { server } = await listening([`unix-dgram:${path}`])
    await using _server = server
    await remote.run(
      `s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.sendto(b'nameless\\n', '${path}')`,
    )
    await server.says('nameless\n')
    server.write('nobody\n')
    await server.complains(/has no name/)
    await remote.run(`s.bind(''); s.sendto(b'abstract\\n', '${path}')`)
    await server.says('abstract\n')
    server.write('to it\n')
    assert.equal(await remote.text('s.recv(100)'), 'to it\n')
    await using peer = socat('-', `UNIX-SENDTO:${path},bind=${directory.file('c')}`)
    peer.write('a path\n')
    await server.says('a path\n')
    server.write('to the path\n')
    await peer.says('to the path\n')
    await remote.run(`s.close()`)
    await remote.run(
      `s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.bind(''); s.sendto(b'gone\\n', '${path}'); s.close()`,
    )
    await server.says('gone\n')
    server.write('too late\n')
    await server.complains(/ECONNREFUSED/)
    await remote.run(
      `s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); s.sendto(b'y' * 150000, '${path}')`,
    )
    await server.complains(/150000 bytes from/)
    server.kill('SIGINT')
    await server.exits(0)
    assert.equal(await remote.run(`os.path.exists('${path}')`), false, 'the socket file goes')
  })

  test('--timeout: the end when nothing has come for so long', needsProgram('python3'), async () => {
    await using remote = new Remote()
    await remote.run(UDP)
    const { server, port } = await listening(['udp://127.0.0.1:0', '--timeout', '50'])
    await using _server = server
    await remote.run(`udp().sendto(b'only one', ('127.0.0.1', ${port}))`)
    await server.exits(0)
    assert.equal(server.out, 'only one')
  })

  test('--exec: one command for each datagram, its output the answer', needsProgram('python3'), async () => {
    await using remote = new Remote()
    await remote.run(UDP)
    const { server, port } = await serving(['listen', 'udp://127.0.0.1:0', '--exec', 'tr a-z A-Z; echo done'])
    await using _server = server
    await remote.run(`a, b = udp(), udp(); at = ('127.0.0.1', ${port})`)
    await remote.run(`a.sendto(b'from a\\n', at); b.sendto(b'from b\\n', at)`)
    assert.equal(await remote.text('a.recv(100)'), 'FROM A\ndone\n')
    assert.equal(await remote.text('b.recv(100)'), 'FROM B\ndone\n')
    await remote.run(`a.sendto(b'', at)`)
    assert.equal(await remote.text('a.recv(100)'), 'done\n')
    server.kill('SIGINT')
    await server.exits(0)
  })

  test(
    '--exec: what is longer than a datagram is several; none for a privileged port',
    needsProgram('python3'),
    async () => {
      await using remote = new Remote()
      await remote.run(UDP)
      const { server, port } = await serving([
        'listen',
        'udp://127.0.0.1:0',
        '--exec',
        'head -c 100000 /dev/zero',
      ])
      await using _server = server
      await remote.run(`s = udp(); s.sendto(b'?', ('127.0.0.1', ${port}))`)
      assert.equal(await remote.run('len(s.recv(70000))'), 65_507)
      assert.equal(await remote.run('len(s.recv(70000))'), 100_000 - 65_507)
      await remote.run(`
for port in range(900, 1024):
  low = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
  try: low.bind(('127.0.0.1', port)); break
  except OSError: low.close()
low.sendto(b'?', ('127.0.0.1', ${port}))`)
      await server.event('unanswered')
      server.kill('SIGINT')
      await server.exits(0)
    },
  )
})

describe('connect for datagrams', { concurrency: 3 }, () => {
  test('each line is a datagram; answers are waited for', needsProgram('python3'), async () => {
    await using remote = new Remote()
    await remote.run(`${UDP}\nl = udp()`)
    const port = await remote.run<number>('l.getsockname()[1]')
    await using client = berkeley(['connect', `udp://127.0.0.1:${port}`])
    client.write('hel')
    client.write('lo\n\nsecond\n')
    client.end('last')
    for (const line of ['hello\n', '\n', 'second\n', 'last'])
      assert.equal(
        await remote.text(`(lambda r: [r[0], globals().update(peer=r[1])][0])(l.recvfrom(100))`),
        line,
      )
    await remote.run(`l.sendto(b'an answer', peer); l.sendto(b'', peer); l.sendto(b'another', peer)`)
    await client.exits(0)
    assert.equal(client.out, 'an answeranother')
  })

  test('--bare and --crlf', needsProgram('python3'), async () => {
    await using remote = new Remote()
    await remote.run(`${UDP}\nl = udp()`)
    const port = await remote.run<number>('l.getsockname()[1]')
    for (const [option, lines] of [
      ['--bare', ['one', '', 'two', 'three']],
      ['--crlf', ['one\r\n', '\r\n', 'two\r\n', 'three']],
    ] as const) {
      await using client = berkeley(['connect', `udp://127.0.0.1:${port}`, option, '--send-only'])
      client.end('one\n\ntwo\nthree')
      for (const line of lines) assert.equal(await remote.text('l.recv(100)'), line)
      await client.exits(0)
    }
  })

  test('every byte of a file arrives, in lines that fit', needsProgram('python3'), async () => {
    await using remote = new Remote()
    await remote.run(`${UDP}\nl = udp(); l.setsockopt(socket.SOL_SOCKET, 33, 4000000)`)
    const port = await remote.run<number>('l.getsockname()[1]')
    const content = Buffer.alloc(200_000, 'z')
    content[150_000] = 10
    await using client = berkeley(['connect', `udp://127.0.0.1:${port}`, '--send-only'])
    client.write(content)
    client.end()
    const sizes = [65_507, 65_507, 150_001 - 2 * 65_507, 199_999 - 150_000]
    for (const size of sizes) assert.equal(await remote.run('len(l.recv(70000))'), size)
    await client.exits(0)
  })

  test('nobody there: one line and exit code 1', needsProgram('python3'), async () => {
    await using remote = new Remote()
    await remote.run(`${UDP}\nl = udp()`)
    const port = await remote.run<number>('l.getsockname()[1]')
    await remote.run('l.close()')
    await using client = berkeley(['connect', `udp://127.0.0.1:${port}`])
    client.end('hello\n')
    await client.exits(1)
    assert.match(client.err, /^berkeley: [^\n]*ECONNREFUSED[^\n]*\n$/)
  })

  for (const [name, listen, ready] of [
    ['nc', () => nc('-nluv', '127.0.0.1', '0'), /Bound on 127\.0\.0\.1 (\d+)/],
    [
      'socat',
      () => socat('-dd', 'UDP-LISTEN:0,bind=127.0.0.1', '-'),
      /listening on UDP AF=2 127\.0\.0\.1:(\d+)/,
    ],
  ] as const)
    test(`${name} hears and answers`, needsProgram(name), async () => {
      await using peer = listen()
      const [, port] = await peer.complains(ready)
      await using client = berkeley(['connect', `udp://127.0.0.1:${port}`])
      for (const turn of ['one', 'two']) {
        client.write(`${turn}\n`)
        await peer.says(`${turn}\n`)
        peer.write(`to ${turn}\n`)
        await client.says(`to ${turn}\n`)
      }
      client.end()
      await client.exits(0)
    })

  test('unix-dgram: ours has a name to be answered at', needsProgram('python3'), async () => {
    using directory = temporary()
    await using remote = new Remote()
    const [path, own] = [directory.file('s'), directory.file('own')]
    await remote.run(
      `l = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); l.settimeout(10); l.bind('${path}')`,
    )
    for (const source of [[], ['--source', own], ['--source', abstractName()]]) {
      await using client = berkeley(['connect', `unix-dgram:${path}`, ...source])
      client.write('hello\n')
      assert.equal(
        await remote.text(`(lambda r: [r[0], globals().update(peer=r[1])][0])(l.recvfrom(100))`),
        'hello\n',
      )
      await remote.run(`l.sendto(${bytes('an answer\n')}, peer)`)
      await client.says('an answer\n')
      client.end()
      await client.exits(0)
    }
    assert.equal(await remote.run(`os.path.exists('${own}')`), false)
  })

  test('our own listener hears our own sender', async () => {
    const { server, port } = await listening(['udp://:0'])
    await using _server = server
    await using client = berkeley(['connect', `udp://:${port}`])
    client.end('hello\n')
    await server.says('hello\n')
    await client.exits(0)
    server.kill('SIGINT')
    await server.exits(0)
    assert.equal(client.err, '')
  })
})
