/** What a chat puts on the wire and on the terminal, byte for byte, and what it makes of a hostile peer. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { abstractName, berkeley, Program, pythonPath, type RunOptions, serving } from './program.js'
import { bytes, Remote } from './remote.js'

/** A python `s` that has called our chat. */
async function caller(
  args: readonly string[] = [],
  options?: RunOptions,
): Promise<{ peer: Remote; server: Program }> {
  const { server, port } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0', ...args], options)
  const peer = new Remote()
  await peer.run(`s = socket.create_connection(('127.0.0.1', ${port}))`)
  await peer.run(`s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)`)
  await server.event('joined')
  return { peer, server }
}

/** A python `s` that our chat, for people and not machines, has called. */
async function callee(): Promise<{ peer: Remote; client: Program }> {
  const peer = new Remote()
  await peer.run(`l = socket.create_server(('127.0.0.1', 0))`)
  const client = berkeley(['chat', 'connect', `${await peer.run('l.getsockname()[1]')}`])
  await peer.run(`s, _ = l.accept(); s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)`)
  await client.says('ends the talk\n')
  return { peer, client }
}

describe('the text of a chat', { ...needsProgram('python3'), concurrency: 3 }, () => {
  test('a line goes out with its newline, and with --eol none bare', async () => {
    for (const [args, expected] of [
      [[], 'grüß dich\n'],
      [['--eol', 'none'], 'grüß dich'],
    ] as const) {
      const { peer, server } = await caller(args)
      await using _peer = peer
      await using _server = server
      server.write('grüß dich\n')
      assert.equal(await peer.text(`s.recv(${Buffer.byteLength(expected)})`), expected)
      server.write('q\n')
      const q = expected.endsWith('\n') ? 'q\n' : 'q'
      assert.equal(await peer.text('s.recv(100)'), q)
      assert.equal(await peer.text('s.recv(100)'), '')
      await server.exits(0)
    }
  })

  test('a character cut into segments comes out whole', async () => {
    const { peer, server } = await caller()
    await using _peer = peer
    await using _server = server
    await peer.run(`s.sendall(b'ready\\n')`)
    await server.event('message', { message: 'ready\n' })
    const smile = Buffer.from('🙂')
    // What stands before the cut character shows that the first segment has come, and alone.
    await peer.run(`s.sendall(${bytes(Buffer.concat([Buffer.from('a'), smile.subarray(0, 3)]))})`)
    await server.event('message', { message: 'a' })
    await peer.run(`s.sendall(${bytes(Buffer.concat([smile.subarray(3), Buffer.from('b\n')]))})`)
    await server.event('message', { message: '🙂b\n' })
    await peer.run(`s.sendall(b'\\xff\\xc3(\\n')`)
    await server.event('message', { message: '\uFFFD\uFFFD(\n' })
    await peer.run('s.close()')
    await server.exits(0)
  })

  test('a q counts alone on its line, however it was cut; within a word it does not', async () => {
    const { peer, server } = await caller()
    await using _peer = peer
    await using _server = server
    for (const text of ['quit\n', 'no q\n', 'Q q\n', 'qq\n', '\n', 'fa']) {
      await peer.run(`s.sendall(${bytes(text)})`)
      await server.event('message', { message: text })
    }
    await peer.run(`s.sendall(b'q\\n')`)
    await server.event('message', { message: 'q\n' })
    await peer.run(`s.sendall(b' ')`)
    await server.event('message', { message: ' ' })
    await peer.run(`s.sendall(b'Q \\r\\n')`)
    assert.equal((await server.event('ended')).how, 'quit')
    await server.exits(0)
  })

  test('what comes before a q in one segment is shown', async () => {
    const { peer, client } = await callee()
    await using _peer = peer
    await using _client = client
    await peer.run(`s.sendall(b'one\\ntwo\\nq\\nthree\\n')`)
    await client.exits(0)
    assert.match(client.out, /\none\ntwo\nthe talk is over\n$/)
  })

  test('no control of the peer reaches the terminal', async () => {
    const { peer, client } = await callee()
    await using _peer = peer
    await using _client = client
    const hostile = [
      '\x1b[2J\x1b[H', // clears the screen
      '\x1b]0;title\x07', // sets the window's title
      '\x1bP+q544e\x1b\\', // asks the terminal for an answer
      '\u009b31m', // CSI as one C1 character
      '\u202Eevil\u202C\u2066x\u2069\u200F', // turns the reading direction
      'over\rwritten', // a carriage return alone
      '\x08\x08\x7f\x00\x0e\x0b\x0c', // moves, deletes, switches the character set
      '\u2028\u2029\u0085', // ends lines nobody sees
      '\uFEFF\u{E0041}', // shows nothing at all
    ]
    await peer.run(`s.sendall(${bytes(`${hostile.join('\n')}\nharmless\ttab, crlf\r\n`)})`)
    await client.says('harmless\ttab, crlf\n')
    assert.doesNotMatch(client.out, /[\x00-\x08\x0b-\x1f\x7f-\x9f]|[\p{Cf}\p{Zl}\p{Zp}]/u)
    assert.match(client.out, /\\x1b\[2J/, 'they are shown instead')
    assert.equal(client.bytes.includes(0x1b), false)
    // The first byte of a C1 control in one segment, the second in the next.
    await peer.run(`s.sendall(b'cut\\xc2')`)
    await client.says('cut')
    await peer.run(`s.sendall(b'\\x9b0m\\n')`)
    await client.says('\\x9b0m\n')
    await peer.run(`s.sendall(b'q\\n')`)
    await client.exits(0)
  })

  test('the name of a peer is as hostile as what it says', async () => {
    const { server, endpoint } = await serving(['chat', 'listen', `unix-dgram:${abstractName()}`])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)`)
    await peer.run(`s.bind(b'\\0\\x1b[2J${process.pid}'); s.connect('\\0${endpoint.replace(/^.*@/, '')}')`)
    await peer.run(`s.send(b'hello'); s.send(b'q')`)
    await server.exits(0)
    assert.equal(server.bytes.includes(0x1b), false)
  })

  test('a datagram burst is heard in its order, from the first on', async () => {
    const { server, port } = await serving(['chat', 'listen', 'udp://127.0.0.1:0'])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', ${port}))`)
    await peer.run(`for i in range(100): s.send(b'%d' % i)`)
    for (let i = 0; i < 100; i++) await server.event('message')
    const order = [...server.out.matchAll(/"message":"(\d+)"/g)].map(([, i]) => Number(i))
    assert.deepEqual(
      order,
      Array.from({ length: 100 }, (_, i) => i),
    )
    await peer.run(`s.send(b'q')`)
    await server.exits(0)
  })

  test('a line that no datagram can hold is refused, and the talk goes on', async () => {
    const { server, port } = await serving(['chat', 'listen', 'udp://127.0.0.1:0'])
    await using _server = server
    await using peer = new Remote()
    await peer.run(`s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('127.0.0.1', ${port}))`)
    await peer.run(`s.send(b'hello')`)
    await server.event('message')
    server.write(`${'x'.repeat(65508)}\n`)
    assert.equal((await server.event('error')).code, 'EMSGSIZE')
    server.write(`${'y'.repeat(65507)}\n`)
    assert.equal(await peer.run(`len(s.recv(70000))`), 65507)
    server.write('q\n')
    await server.exits(0)
  })
})

describe('a chat and a flood', { ...needsProgram('python3'), concurrency: 2 }, () => {
  /** Writes 50 MB for as long as it is allowed to, then says how much it was. */
  const FLOOD = `
import socket, sys, select
s = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
s.setblocking(False)
line, total = (b'x' * 1023 + b'\\n') * 64, 0
while total < 50_000_000 and select.select([], [s], [], 1)[1]:
  total += s.send(line)
print('stuck at', total)
sys.stdin.read()`

  test('nobody reads our output: the flood waits in the kernel, and memory stays', async () => {
    const { server, port } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    server.child.stdout.pause()
    const before = server.peakMegabytes()
    await using peer = new Program(pythonPath(), ['-I', '-S', '-u', '-c', FLOOD, `${port}`])
    const [, sent] = await peer.says(/stuck at (\d+)\n/)
    assert.ok(Number(sent) < 30_000_000, `the kernel took ${sent} bytes, and not all that there was`)
    const grown = server.peakMegabytes() - before
    assert.ok(grown < 40, `memory grew by ${grown} MB`)
    server.child.stdout.resume()
    peer.end()
    assert.equal((await server.event('ended')).how, 'left')
    await server.exits(0)
  })

  test('nobody reads our output: Ctrl-C ends it all the same', async () => {
    const { server, port } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    server.child.stdout.pause()
    await using peer = new Program(pythonPath(), ['-I', '-S', '-u', '-c', FLOOD, `${port}`])
    await peer.says(/stuck at (\d+)\n/)
    const left = once(server.child, 'exit', { signal: AbortSignal.timeout(5000) })
    server.kill('SIGINT')
    assert.deepEqual(await left, [0, null])
    server.child.stdout.resume()
  })

  test('the peer reads nothing: our input waits, and memory stays', async () => {
    const { peer, server } = await caller()
    await using _peer = peer
    await using _server = server
    const before = server.peakMegabytes()
    const chunk = Buffer.from(`${'x'.repeat(1023)}\n`.repeat(64))
    let taken = 0
    // As much as it takes until it has taken nothing for a second.
    for (let full = false; !full && taken < 50_000_000; ) {
      if (!server.child.stdin.write(chunk))
        full = await Promise.race([
          new Promise<false>((resolve) => server.child.stdin.once('drain', () => resolve(false))),
          new Promise<true>((resolve) => setTimeout(() => resolve(true), 1000)),
        ])
      taken += chunk.length
    }
    assert.ok(taken < 30_000_000, `${taken} bytes were taken`)
    const grown = server.peakMegabytes() - before
    assert.ok(grown < 40, `memory grew by ${grown} MB`)
    server.kill('SIGTERM')
    await server.exits(0)
  })
})
