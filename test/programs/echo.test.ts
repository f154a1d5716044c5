/** The echo services and clients of other houses. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createServer } from 'berkeley'
import { parseEndpoint, serveEcho } from 'berkeley/programs'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { abstractName, Program, serving, temporary } from './program.js'
import { Remote } from './remote.js'

/** Where a service may listen, and a Python expression for a socket that has called it. */
const streams = [
  ['tcp', () => 'tcp://127.0.0.1:0', (at: string) => `socket.create_connection(('127.0.0.1', ${at}))`],
  ['tcp over IPv6', () => 'tcp://[::1]:0', (at: string) => `socket.create_connection(('::1', ${at}))`],
  ['unix', (d: string) => `unix:${d}/s`, (at: string) => `unix(socket.SOCK_STREAM, ${at})`],
  ['abstract', () => abstractName(), (at: string) => `unix(socket.SOCK_STREAM, ${at})`],
  ['seqpacket', (d: string) => `unix-seqpacket:${d}/s`, (at: string) => `unix(socket.SOCK_SEQPACKET, ${at})`],
] as const

const UNIX = `
def unix(kind, path):
  s = socket.socket(socket.AF_UNIX, kind)
  s.connect(path)
  return s
`

/** The port, or the path, as a Python expression. */
function python(endpoint: string): string {
  const name = endpoint.replace(/^.*:/, '')
  return /^\d+$/.test(name) ? name : `'${name.replace(/^@/, '\\0')}'`
}

describe('echo', { ...needsProgram('python3'), concurrency: 3 }, () => {
  for (const [name, where, call] of streams) {
    const open = async (directory: string, mode: string) => {
      const { server, endpoint } = await serving(['echo', 'serve', where(directory), '--mode', mode])
      const remote = new Remote()
      await remote.run(UNIX)
      return { server, remote, call: call(python(endpoint)) }
    }

    test(`plain over ${name}: what came goes back, after our end of sending too`, async () => {
      using directory = temporary()
      const { server, remote, call } = await open(directory.path, 'plain')
      await using _server = server
      await using _remote = remote
      await remote.run(`s = ${call}`)
      for (const message of [`b'\\x00\\xff'`, `'ü🙂'.encode()`, `bytes(1000)`]) {
        await remote.run(`s.sendall(${message})`)
        assert.equal(await remote.run(`s.recv(2000) == ${message}`), true)
      }
      await remote.run(`s.sendall(b'last'); s.shutdown(socket.SHUT_WR)`)
      assert.equal(await remote.text('s.recv(100)'), 'last')
      assert.equal(await remote.text('s.recv(100)'), '')
    })

    test(`upper over ${name}: one message, then the end`, async () => {
      using directory = temporary()
      const { server, remote, call } = await open(directory.path, 'upper')
      await using _server = server
      await using _remote = remote
      for (const [request, answer] of [
        ['hello\n', 'HELLO\n'],
        ['grüße, мир 🙂', 'GRÜSSE, МИР 🙂'],
      ]) {
        await remote.run(`s = ${call}; s.sendall('''${request}'''.encode())`)
        assert.equal(await remote.text('s.recv(1000)'), answer)
        assert.equal(await remote.text('s.recv(1000)'), '', 'closed after one message')
      }
      await remote.run(`s = ${call}; s.sendall(b'a\\xff')`)
      assert.deepEqual(await remote.run<Buffer>('s.recv(1000)'), Buffer.from([0x61, 0xff]))
      await remote.run(`s = ${call}; s.shutdown(socket.SHUT_WR)`)
      assert.equal(await remote.text('s.recv(1000)'), '')
    })

    test(`timestamp over ${name}: the time in front of each chunk, and nothing between`, async () => {
      using directory = temporary()
      const { server, remote, call } = await open(directory.path, 'timestamp')
      await using _server = server
      await using _remote = remote
      await remote.run(`s = ${call}`)
      await remote.run(`
def ask(chunk):
  while True:
    before = time.time()
    s.sendall(chunk)
    answer = s.recv(1000)
    if int(before) == int(time.time()): return answer == time.ctime(before).encode() + chunk`)
      for (const chunk of ['one', 'two\\n', 'ü'])
        assert.equal(await remote.run(`ask('${chunk}'.encode())`), true, chunk)
    })
  }

  test('datagrams of every size go back whole, and empty ones too', async () => {
    using directory = temporary()
    for (const [where, family, bind, to, sizes] of [
      [
        'udp://127.0.0.1:0',
        'AF_INET',
        '',
        (port: number) => `('127.0.0.1', ${port})`,
        [0, 1, 1472, 65507, 0],
      ],
      ['udp://[::1]:0', 'AF_INET6', '', (port: number) => `('::1', ${port})`, [0, 1, 1452, 65507, 0]],
      [
        `unix-dgram:${directory.file('s')}`,
        'AF_UNIX',
        `s.bind('')`,
        () => `'${directory.file('s')}'`,
        [1, 60_000],
      ],
    ] as const) {
      const { server, port } = await serving(['echo', 'serve', where])
      await using _server = server
      await using remote = new Remote()
      await remote.run(`s = socket.socket(socket.${family}, socket.SOCK_DGRAM)`)
      await remote.run(`${bind || 'pass'}\ns.connect(${to(port)})`)
      for (const size of sizes) {
        await remote.run(`d = os.urandom(${size}); s.send(d)`)
        assert.equal(await remote.run('s.recv(70000) == d'), true, `${size} bytes over ${where}`)
      }
    }
  })

  test('upper and timestamp answer datagrams', async () => {
    for (const mode of ['upper', 'timestamp']) {
      const { server, port } = await serving(['echo', 'serve', 'udp://127.0.0.1:0', '--mode', mode])
      await using _server = server
      await using remote = new Remote()
      await remote.run(
        `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', ${port}))`,
      )
      // With the time in front it is longer than a datagram can be: no answer, and the service goes on.
      await remote.run(`s.send(b'x' * 65507)`)
      if (mode === 'upper') assert.equal(await remote.run(`s.recv(70000) == b'X' * 65507`), true)
      else assert.equal((await server.event('error')).code, 'EMSGSIZE')
      await remote.run(`s.send(b'abc')`)
      assert.match(
        await remote.text('s.recv(1000)'),
        mode === 'upper' ? /^ABC$/ : /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d 20\d\dabc$/,
      )
    }
  })

  test('nc -N and socat are clients', needsProgram('nc', 'socat'), async () => {
    const { server, port } = await serving(['echo', 'serve', 'tcp://127.0.0.1:0'])
    await using _server = server
    for (const [program, ...args] of [
      ['nc', '-n', '-N', '127.0.0.1', `${port}`],
      ['socat', '-t', '5', '-', `TCP:127.0.0.1:${port}`],
    ] as const) {
      await using client = new Program(program, args)
      client.end('one\ntwo\n')
      await client.exits(0)
      assert.equal(client.out, 'one\ntwo\n')
    }
  })

  test('SIGTERM ends it with connections open', async () => {
    using directory = temporary()
    const { server } = await serving(['echo', 'serve', `unix:${directory.file('s')}`])
    await using _server = server
    await using remote = new Remote()
    await remote.run(
      `${UNIX}\ns = unix(socket.SOCK_STREAM, '${directory.file('s')}'); s.sendall(b'x'); s.recv(1)`,
    )
    server.kill('SIGTERM')
    await server.exits(0)
    assert.equal(await remote.text('s.recv(1)'), '')
    assert.equal(await remote.run(`os.path.exists('${directory.file('s')}')`), false)
    assert.deepEqual(server.rest, [{ event: 'closed' }])
  })
})

describe('several endpoints', () => {
  test('are served all or none', async () => {
    using taken = createServer({ host: '127.0.0.1', port: 0 })
    const name = `unix:@berkeley-none-${process.pid}`
    const both = [name, `tcp://127.0.0.1:${taken.getsockname().port}`].map(parseEndpoint)
    await assert.rejects(
      serveEcho(both, 'plain', () => {}),
      { code: 'EADDRINUSE' },
    )
    const again = await serveEcho([parseEndpoint(name)], 'plain', () => {})
    again.close()
  })
})
