/** How a chat ends when it does not end with a word: lost peers, refused calls, busy lines, socket files. */
import assert from 'node:assert/strict'
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { abstractName, becomes, berkeley, Program, serving, temporary } from './program.js'
import { Remote } from './remote.js'

/** A python that listens on TCP and a berkeley that has called it. */
async function called(): Promise<{ peer: Remote; client: Program }> {
  const peer = new Remote()
  await peer.run(`l = socket.create_server(('127.0.0.1', 0))`)
  const client = berkeley([
    'chat',
    'connect',
    `tcp://127.0.0.1:${await peer.run('l.getsockname()[1]')}`,
    '--json',
  ])
  await peer.run('s, _ = l.accept()')
  await client.event('joined')
  return { peer, client }
}

const RESET = `s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()`

describe('how a chat ends', { ...needsProgram('python3'), concurrency: 3 }, () => {
  test('tcp: a called peer that resets is lost, its last words are not', async () => {
    const { peer, client } = await called()
    await using _peer = peer
    await using _client = client
    await peer.run(`s.sendall(b'last words\\n'); ${RESET}`)
    await client.event('message', { message: 'last words\n' })
    assert.equal((await client.event('ended')).how, 'lost')
    await client.exits(1)
    assert.equal(client.err, '')
  })

  test('tcp: a caller that resets is lost', async () => {
    const { server, port } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`s = socket.create_connection(('127.0.0.1', ${port}))`)
    await server.event('joined')
    await peer.run(RESET)
    assert.equal((await server.event('ended')).how, 'lost')
    await server.exits(1)
  })

  test('tcp: a peer that is killed has left', async () => {
    const { peer, client } = await called()
    await using _peer = peer
    await using _client = client
    peer.kill('SIGKILL')
    assert.equal((await client.event('ended')).how, 'left')
    await client.exits(0)
  })

  test('tcp: people read of a lost connection', async () => {
    await using peer = new Remote()
    await peer.run(`l = socket.create_server(('127.0.0.1', 0))`)
    const port = await peer.run('l.getsockname()[1]')
    await using client = berkeley(['chat', 'connect', `${port}`])
    await peer.run(`s, _ = l.accept()`)
    await client.says('talking with')
    await peer.run(RESET)
    await client.exits(1)
    assert.match(client.out, /is gone: the connection is lost\n$/)
  })

  for (const [transport, where] of [
    ['udp', () => 'udp://127.0.0.1:0'],
    ['udp over IPv6', () => 'udp://[::1]:0'],
    ['unix-dgram', () => `unix-dgram:${abstractName()}`],
  ] as const) {
    test(`${transport}: a killed caller is lost with the next line`, async () => {
      const { server, endpoint } = await serving(['chat', 'listen', where()])
      await using _server = server
      await using client = berkeley(['chat', 'connect', endpoint, '--json'])
      client.write('hello\n')
      await server.event('message', { message: 'hello' })
      await client[Symbol.asyncDispose]()
      server.write('are you there?\n')
      assert.equal((await server.event('ended')).how, 'lost')
      await server.exits(1)
    })

    test(`${transport}: a killed listener is lost with the next line`, async () => {
      const { server, endpoint } = await serving(['chat', 'listen', where()])
      await using client = berkeley(['chat', 'connect', endpoint, '--json'])
      client.write('hello\n')
      await server.event('message', { message: 'hello' })
      await server[Symbol.asyncDispose]()
      client.write('are you there?\n')
      assert.equal((await client.event('ended')).how, 'lost')
      await client.exits(1)
    })
  }

  test('a refused call is one line and exit code 1', async () => {
    await using peer = new Remote()
    // A port that is ours, and where nobody listens.
    await peer.run(`s = socket.socket(); s.bind(('127.0.0.1', 0))`)
    const port = await peer.run('s.getsockname()[1]')
    for (const endpoint of [`${port}`, `unix:/nonexistent/socket`, abstractName()]) {
      await using client = berkeley(['chat', 'connect', endpoint])
      await client.exits(1)
      assert.match(client.err, /^berkeley: connect (ECONNREFUSED|ENOENT) [^\n]+\n$/)
      assert.equal(client.out, '')
    }
  })

  test('a call that hangs ends with Ctrl-C, cleanly', async () => {
    await using peer = new Remote()
    // Nobody accepts, and the queue is full: the handshake of another caller waits.
    await peer.run(`l = socket.create_server(('127.0.0.1', 0), backlog=0); a = l.getsockname()`)
    await peer.run(`c = [socket.socket() for _ in range(4)]; [x.setblocking(False) for x in c]`)
    await peer.run(`[x.connect_ex(a) for x in c]`)
    const port = await peer.run<number>('a[1]')
    await using client = berkeley(['chat', 'connect', `${port}`])
    // Its handshake is in the kernel's table: SYN_SENT (02) to that port.
    const remote = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')} 02`
    const syns = (): number => readFileSync('/proc/net/tcp', 'utf8').split(remote).length - 1
    const before = await peer.run<number>(
      `sum(x.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == 2 for x in c)`,
    )
    assert.ok(before > 0, 'the queue is full')
    await becomes('a handshake of the client', () => syns() > before)
    client.kill('SIGINT')
    await client.exits(0)
    assert.equal(client.err, '')
  })

  test('the second caller over tcp hears that it is busy, and the talk goes on', async () => {
    const { server, endpoint, port } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    await using client = berkeley(['chat', 'connect', endpoint, '--json'])
    await server.event('joined')
    await using peer = new Remote()
    await peer.run(`s = socket.create_connection(('127.0.0.1', ${port}))`)
    assert.match(await peer.text('s.recv(1024)'), /^busy\b.*\n$/)
    assert.equal(await peer.text('s.recv(1024)'), '', 'and is sent away')
    await server.event('busy')
    client.write('go on\n')
    await server.event('message', { message: 'go on\n' })
    client.write('q\n')
    await server.exits(0)
    await client.exits(0)
  })

  test('the second caller over udp hears that it is busy, and the talk goes on', async () => {
    const { server, port } = await serving(['chat', 'listen', 'udp://127.0.0.1:0'])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`a, b = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in 'ab']`)
    await peer.run(`a.connect(('127.0.0.1', ${port})); b.connect(('127.0.0.1', ${port}))`)
    await peer.run(`a.send(b'first')`)
    await server.event('message', { message: 'first' })
    await peer.run(`b.send(b'second')`)
    assert.match(await peer.text('b.recv(1024)'), /^busy\b/)
    server.write('to the first\n')
    // To somebody who takes no bytes for the end, a question whether he is there must not look like one.
    assert.equal(await peer.text('a.recv(1024)'), 'to the first')
    await peer.run(`a.send(b'again')`)
    await server.event('message', { message: 'again' })
    assert.ok(server.rest.every(({ message }) => message !== 'second'))
    await peer.run(`a.send(b'q')`)
    await server.exits(0)
  })

  test('nc -u stays in the talk when somebody else calls', needsProgram('nc'), async () => {
    const { server, port } = await serving(['chat', 'listen', 'udp://127.0.0.1:0'])
    await using _server = server
    await using first = new Program('nc', ['-n', '-u', '127.0.0.1', `${port}`])
    first.write('first\n')
    await server.event('message', { message: 'first\n' })
    await using second = new Program('nc', ['-n', '-u', '127.0.0.1', `${port}`])
    second.write('second\n')
    await second.says('busy')
    server.write('still there?\n')
    await first.says('still there?')
    server.write('q\n')
    await first.says('q')
    await server.exits(0)
  })

  test('over udp a caller that has gone without a word makes room for the next', async () => {
    const { server, port } = await serving(['chat', 'listen', 'udp://127.0.0.1:0'])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`a, b = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in 'ab']`)
    await peer.run(`a.connect(('127.0.0.1', ${port})); b.connect(('127.0.0.1', ${port}))`)
    await peer.run(`a.send(b'first')`)
    await server.event('message', { message: 'first' })
    await peer.run(`a.close(); b.send(b'second')`)
    // Of one talk only, then the program ends.
    assert.equal((await server.event('ended')).how, 'lost')
    await server.exits(1)
  })

  test('the second caller over unix-dgram hears that it is busy, and the talk goes on', async () => {
    using directory = temporary()
    const { server } = await serving(['chat', 'listen', `unix-dgram:${directory.file('s')}`])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`a, b = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in 'ab']`)
    await peer.run(`a.bind(''); b.bind(''); p = '${directory.file('s')}'; a.connect(p); b.connect(p)`)
    await peer.run(`a.send(b'first')`)
    await server.event('message', { message: 'first' })
    await peer.run(`b.send(b'second')`)
    assert.match(await peer.text('b.recv(1024)'), /^busy\b/)
    server.write('to the first\n')
    assert.equal(await peer.text('a.recv(1024)'), 'to the first')
    await peer.run(`a.send(b'q')`)
    await server.exits(0)
  })

  test('unix-dgram: a caller who fetches late gets every line', async () => {
    using directory = temporary()
    const { server } = await serving(['chat', 'listen', `unix-dgram:${directory.file('s')}`])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`a = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); a.bind('')`)
    await peer.run(`a.connect('${directory.file('s')}'); a.send(b'first')`)
    await server.event('message', { message: 'first' })
    // Far more than fit into the queue of a unix socket (net.unix.max_dgram_qlen).
    const lines = Array.from({ length: 600 }, (_, i) => `${i}`)
    server.write(`${lines.join('\n')}\n`)
    for (const line of lines) assert.equal(await peer.text('a.recv(1024)'), line)
    await peer.run(`a.send(b'q')`)
    await server.exits(0)
  })

  test('unix-dgram: a second caller who never fetches its answers does not stop the talk', async () => {
    using directory = temporary()
    const { server } = await serving(['chat', 'listen', `unix-dgram:${directory.file('s')}`])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`a, b = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in 'ab']`)
    await peer.run(`p = '${directory.file('s')}'`)
    // The second has no room left for anything: one more answer to it would wait for ever.
    await peer.run(`
a.bind(''); b.bind(''); f = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM); f.setblocking(False)
try:
  while True: f.sendto(b'x', b.getsockname())
except BlockingIOError: pass
a.connect(p); a.send(b'first'); b.sendto(b'second', p); a.send(b'third')`)
    await server.event('message', { message: 'first' })
    await server.event('message', { message: 'third' })
    await peer.run(`a.send(b'q')`)
    await server.exits(0)
  })
})

describe('socket files of a chat', { concurrency: 3 }, () => {
  for (const transport of ['unix', 'unix-dgram', 'unix-seqpacket']) {
    test(`${transport}: a stale one is replaced, and removed at the end`, async () => {
      using directory = temporary()
      const where = `${transport}:${directory.file('s')}`
      const first = await serving(['chat', 'listen', where])
      await first.server[Symbol.asyncDispose]()
      assert.ok(statSync(directory.file('s')).isSocket(), 'a killed listener leaves its file')
      const { server } = await serving(['chat', 'listen', where])
      await using _server = server
      await using client = berkeley(['chat', 'connect', where, '--json'])
      client.write('hello\nq\n')
      await server.exits(0)
      assert.equal(existsSync(directory.file('s')), false)
    })

    test(`${transport}: one that is in use, and a file that is none, stay`, async () => {
      using directory = temporary()
      const where = `${transport}:${directory.file('s')}`
      const { server } = await serving(['chat', 'listen', where])
      await using _server = server
      writeFileSync(directory.file('f'), 'precious')
      for (const place of [where, `${transport}:${directory.file('f')}`]) {
        await using second = berkeley(['chat', 'listen', place])
        await second.exits(1)
        assert.match(second.err, /^berkeley: bind EADDRINUSE [^\n]+\n$/)
      }
      assert.ok(statSync(directory.file('s')).isSocket())
      assert.equal(readFileSync(directory.file('f'), 'utf8'), 'precious')
      await using client = berkeley(['chat', 'connect', where, '--json'])
      client.write('q\n')
      await server.exits(0)
    })
  }
})
