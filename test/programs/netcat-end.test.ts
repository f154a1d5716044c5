/** How the netcat ends: refusals, time-outs, lost connections, Ctrl-C in each state, deaf readers, little memory. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { describe, test } from 'node:test'
import { connectTo, listenOn, parseEndpoint } from 'berkeley/programs'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { listening } from './netcat.js'
import { abstractName, becomes, berkeley, main, Program, temporary } from './program.js'
import { Remote } from './remote.js'

/** Exits with this code after one line on standard error. */
async function complainsAndExits(args: readonly string[], code: number, pattern: RegExp): Promise<void> {
  await using program = berkeley(args)
  await program.exits(code)
  assert.match(program.err, /^berkeley: [^\n]+\n$/)
  assert.match(program.err, pattern)
  assert.equal(program.out, '')
}

describe('what cannot be is one line and an exit code', { concurrency: 3 }, () => {
  test('nobody listens', async () => {
    await using remote = new Remote()
    await remote.run(`s = socket.create_server(('127.0.0.1', 0)); port = s.getsockname()[1]; s.close()`)
    await complainsAndExits(['connect', `127.0.0.1:${await remote.run('port')}`], 1, /ECONNREFUSED/)
    await complainsAndExits(['connect', abstractName()], 1, /ECONNREFUSED/)
    await complainsAndExits(['connect', 'unix:/nonexistent'], 1, /ENOENT/)
    await complainsAndExits(['connect', 'unix-dgram:/nonexistent'], 1, /ENOENT/)
  })

  test('the address is in use', async () => {
    using directory = temporary()
    for (const where of [
      'tcp://127.0.0.1:0',
      'udp://127.0.0.1:0',
      `unix:${directory.file('s')}`,
      abstractName(),
    ]) {
      const { server, endpoint } = await listening([where])
      await using _server = server
      await complainsAndExits(['listen', endpoint], 1, /EADDRINUSE/)
    }
  })

  test('no such name, no such address', async () => {
    await complainsAndExits(['connect', 'does-not-exist.invalid:80'], 1, /EAI_/)
    await complainsAndExits(['connect', 'udp://does-not-exist.invalid:80'], 1, /EAI_/)
    await complainsAndExits(['listen', 'tcp://192.0.2.1:0'], 1, /EADDRNOTAVAIL/)
    await complainsAndExits(['connect', '127.0.0.1:9', '--source', '192.0.2.1'], 1, /EADDRNOTAVAIL/)
  })

  for (const args of [
    ['listen'],
    ['connect'],
    ['connect', '9', '--ipv4', '--ipv6'],
    ['connect', '@name', '--ipv4'],
    ['listen', '9', '--hex', '--json'],
    ['listen', '9', '--crlf', '--bare'],
    ['connect', '9', '--send-only', '--recv-only'],
    ['connect', '9', '--exec', 'cat', '--recv-only'],
    ['connect', '9', '--source', 'a:b'],
    ['connect', '9', '--source', '127.0.0.1:65536'],
    ['connect', '@name', '--source', ''],
    ['connect', '9', '--keep-open'],
    ['listen', '9', '--source', '127.0.0.1'],
    ['listen', '9', '--timeout', '0'],
    ['listen', '9', 'cat'],
  ])
    test(`usage: ${args.join(' ')}`, () => complainsAndExits(args, 2, /./))

  test('an input that fails', async () => {
    const where = parseEndpoint(abstractName())
    const served = listenOn(where)
    const input = (async function* () {
      yield Buffer.from('so far')
      throw new Error('no more')
    })()
    const errors: unknown[] = []
    const { failed, sent } = await connectTo(where, {
      input,
      report: (event) => void errors.push(event.text),
    })
    assert.deepEqual([failed, sent], [1, 6])
    assert.ok(errors.some((text) => String(text).includes('no more')))
    assert.equal((await served).received, 6)
  })
})

describe('time-outs', { ...needsProgram('python3'), concurrency: 3 }, () => {
  test('connecting takes too long', async () => {
    await using remote = new Remote()
    // A queue that is full: the handshake is not answered.
    await remote.run(`
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen(0)
c = [socket.socket() for _ in range(3)]
for s in c: s.setblocking(False); s.connect_ex(l.getsockname())`)
    const port = await remote.run('l.getsockname()[1]')
    await complainsAndExits(['connect', `127.0.0.1:${port}`, '--timeout', '100'], 1, /timed out/)
  })

  for (const role of ['listen', 'connect'])
    test(`${role}: nothing comes or goes`, async () => {
      await using remote = new Remote()
      const name = abstractName()
      const python = `'\\0${name.slice(1)}'`
      const address = 'socket.socket(socket.AF_UNIX)'
      let program: Program
      if (role === 'listen') {
        ;({ server: program } = await listening([name, '--timeout', '100']))
        await remote.run(`s = ${address}; s.settimeout(10); s.connect(${python})`)
      } else {
        await remote.run(`l = ${address}; l.settimeout(10); l.bind(${python}); l.listen()`)
        program = berkeley(['connect', name, '--timeout', '100'])
        await remote.run(`s, _ = l.accept()`)
      }
      await using _program = program
      assert.equal(await remote.text('s.recv(100)'), '', 'the connection ends')
      await program.exits(1)
      assert.match(program.err, /nothing came or went for 100 ms/)
    })

  test('--keep-open: an idle connection is closed, and the next one served', async () => {
    await using remote = new Remote()
    const { server, port } = await listening(['tcp://127.0.0.1:0', '-k', '--timeout', '100'])
    await using _server = server
    for (let i = 0; i < 3; i++) {
      await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.sendall(b'${i}\\n')`)
      await server.says(`${i}\n`)
      assert.equal(await remote.text('s.recv(100)'), '')
    }
    server.kill('SIGINT')
    await server.exits(0)
  })

  test('a user who reads slowly is no silence', async () => {
    await using remote = new Remote()
    await remote.run(`l = socket.create_server(('127.0.0.1', 0))`)
    const port = await remote.run('l.getsockname()[1]')
    await using client = berkeley(['connect', `127.0.0.1:${port}`, '--timeout', '200'], { deaf: true })
    client.end()
    await remote.run(`s, _ = l.accept()
def flood():
  for i in range(400): s.sendall(b'x' * 65536)
  s.close()
import threading
t = threading.Thread(target=flood); t.start(); s.settimeout(30); t.join(1)`)
    assert.equal(await remote.run('t.is_alive()'), true, 'it is kept waiting')
    let size = 0
    client.child.stdout.on('data', (chunk: Buffer) => {
      size += chunk.length
    })
    await client.exits(0)
    assert.equal(size, 400 * 65_536)
  })
})

describe('lost connections', { ...needsProgram('python3'), concurrency: 3 }, () => {
  const reset = `s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()`

  test('a reset is one line and exit code 1, what came before it is kept', async () => {
    await using remote = new Remote()
    const { server, port } = await listening(['tcp://127.0.0.1:0'])
    await using _server = server
    await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.sendall(b'last words')`)
    await server.says('last words')
    await remote.run(reset)
    await server.exits(1)
    assert.match(server.err, /ECONNRESET/)
  })

  test('--keep-open goes on after it', async () => {
    await using remote = new Remote()
    const { server, port } = await listening(['tcp://127.0.0.1:0', '-k'])
    await using _server = server
    for (let i = 0; i < 3; i++) {
      await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.sendall(b'${i}\\n')`)
      await server.says(`${i}\n`)
      await remote.run(reset)
      await server.complains(/ECONNRESET/)
    }
    server.kill('SIGINT')
    await server.exits(0)
  })

  test('input for a peer that has gone is a failure', async () => {
    await using remote = new Remote()
    const { server, port } = await listening(['tcp://127.0.0.1:0'])
    await using _server = server
    await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.close()`)
    await server.complains(/has said all/)
    server.write('into the void\n')
    // The answer to the first is a reset, which the second hears of.
    const more = setInterval(() => server.write('and more\n'), 5)
    try {
      await server.exits(1)
    } finally {
      clearInterval(more)
    }
    assert.match(server.err, /EPIPE|ECONNRESET/)
  })
})

describe('Ctrl-C', { ...needsProgram('python3'), concurrency: 3 }, () => {
  test('while nobody has called; the socket file goes', async () => {
    using directory = temporary()
    for (const [scheme, signal] of [
      ['unix', 'SIGINT'],
      ['unix-dgram', 'SIGTERM'],
      ['unix-seqpacket', 'SIGHUP'],
    ] as const) {
      const path = directory.file(scheme)
      const { server } = await listening([`${scheme}:${path}`])
      await using _server = server
      assert.ok(existsSync(path))
      server.kill(signal)
      await server.exits(0)
      assert.ok(!existsSync(path))
    }
  })

  test('while connecting', async () => {
    await using remote = new Remote()
    await remote.run(`
l = socket.socket(socket.AF_UNIX); l.bind(''); l.listen(0)
c = [socket.socket(socket.AF_UNIX) for _ in range(1)]
for s in c: s.setblocking(False); s.connect(l.getsockname())`)
    const name = `@${(await remote.text('l.getsockname()')).slice(1)}`
    await using client = berkeley(['connect', name, '-v'])
    // It tries again and again: its socket is all there is to see of it, beside its standard streams.
    await becomes('the socket', () => sockets(client.pid) > 3)
    client.kill('SIGINT')
    await client.exits(0)
    assert.equal(client.err, '')
  })

  test('in the middle of a connection, which ends for the peer', async () => {
    await using remote = new Remote()
    const { server, port } = await listening(['tcp://127.0.0.1:0'])
    await using _server = server
    await remote.run(`s = socket.create_connection(('127.0.0.1', ${port}))`)
    await server.complains(/connected/)
    server.kill('SIGINT')
    assert.equal(await remote.text('s.recv(100)'), '')
    await server.exits(0)
  })

  test('while output that nobody reads is in the way', async () => {
    await using remote = new Remote()
    await remote.run(`l = socket.create_server(('127.0.0.1', 0))`)
    await using client = berkeley(['connect', `127.0.0.1:${await remote.run('l.getsockname()[1]')}`], {
      deaf: true,
    })
    await remote.run(`s, _ = l.accept(); s.setblocking(False)`)
    await remote.run(`
while select.select([], [s], [], 0.3)[1]: s.send(b'x' * 65536)`)
    client.kill('SIGINT')
    await client.until(() => (client.child.exitCode === null ? undefined : true), 'the end')
    assert.equal(client.child.exitCode, 0)
  })

  test('while the peer takes nothing', async () => {
    await using remote = new Remote()
    await remote.run(`l = socket.create_server(('127.0.0.1', 0))`)
    await using client = berkeley(['connect', `127.0.0.1:${await remote.run('l.getsockname()[1]')}`])
    await remote.run(`s, _ = l.accept()`)
    client.write('y'.repeat(20_000_000))
    await remote.run(`select.select([s], [], [], 10)`)
    client.kill('SIGINT')
    await client.exits(0)
  })

  test('with a command that runs', async () => {
    const name = abstractName()
    const { server } = await listening([name, '--exec', 'trap "" INT; echo up; sleep 99.1234'])
    await using _server = server
    await using client = berkeley(['connect', name])
    await client.says('up\n')
    server.kill('SIGINT')
    await server.exits(0)
    client.end()
    await client.exits(0)
  })

  test('of the functions: an abort, with a summary; no connection is a rejection', async () => {
    const where = parseEndpoint(abstractName())
    const giveUp = new AbortController()
    const waiting = listenOn(where, { signal: giveUp.signal })
    giveUp.abort()
    assert.deepEqual(await waiting, { connections: 0, sent: 0, received: 0, failed: 0 })
    await assert.rejects(connectTo(where), { code: 'ECONNREFUSED' })
    await assert.rejects(connectTo(where, { signal: giveUp.signal }), { name: 'AbortError' })
    await assert.rejects(listenOn(where, { signal: giveUp.signal }), { name: 'AbortError' })
  })
})

/** How many sockets a process has open. */
function sockets(pid: number): number {
  try {
    return readdirSync(`/proc/${pid}/fd`).filter((fd) => {
      try {
        return readlinkSync(`/proc/${pid}/fd/${fd}`).startsWith('socket:')
      } catch {
        return false
      }
    }).length
  } catch {
    return 0
  }
}

describe('much at once', { concurrency: 2 }, () => {
  const SIZE = 200 * 1024 * 1024
  const CHUNK = Buffer.alloc(1024 * 1024, 'The quick brown fox jumps over the lazy dog. ')

  test('200 MB to a slow reader: every byte, and little memory on both sides', async () => {
    const { server, port } = await listening(['tcp://127.0.0.1:0', '--recv-only'], { deaf: true })
    await using _server = server
    await using client = berkeley(['connect', `127.0.0.1:${port}`])
    const [sent, heard] = [createHash('sha256'), createHash('sha256')]
    const writing = (async () => {
      for (let size = 0; size < SIZE; size += CHUNK.length) {
        sent.update(CHUNK)
        if (!client.child.stdin.write(CHUNK))
          await new Promise((resolve) => client.child.stdin.once('drain', resolve))
      }
      client.end()
    })()
    // Nobody reads until all the buffers on the way are full.
    await becomes(
      'a full way',
      () => client.child.stdin.writableLength > 0 && server.child.stdout.readableLength === 0,
    )
    let size = 0
    let peak = 0
    const began = peaks(server, client)
    server.child.stdout.on('data', (chunk: Buffer) => {
      heard.update(chunk)
      size += chunk.length
      if (size % (16 * 1024 * 1024) < chunk.length) peak = Math.max(peak, peaks(server, client))
    })
    await writing
    await becomes('all of it', () => size === SIZE)
    assert.equal(heard.digest('hex'), sent.digest('hex'))
    assert.ok(began > 20 && peak < 160, `${began} MB, then ${peak} MB`)
    await client.exits(0)
    await server.exits(0)
  })

  test('a peer that floods a reader who has stopped is kept waiting', needsProgram('python3'), async () => {
    await using remote = new Remote()
    using directory = temporary()
    const path = directory.file('s')
    await using server = berkeley(['listen', `unix:${path}`, '--json'], { deaf: true })
    // A file is there before anybody listens.
    await becomes('the listener', () => existsSync(path))
    await remote.run(`
s = socket.socket(socket.AF_UNIX)
while s.connect_ex('${path}'): pass
s.setblocking(False)`)
    await remote.run(`
n = 0
while n < 300000000:
  if not select.select([], [s], [], 0.5)[1]: break
  n += s.send(b'\\xff' * 65536)`)
    assert.ok((await remote.run<number>('n')) < 50_000_000)
    assert.ok(server.peakMegabytes() < 160)
    server.kill('SIGINT')
  })

  test('a reader of the output that goes ends it without a word', async () => {
    using directory = temporary()
    const path = directory.file('s')
    const { server } = await listening([`unix:${path}`, '--keep-open'], { deaf: true })
    await using _server = server
    server.child.stdout.destroy()
    await using client = berkeley(['connect', `unix:${path}`])
    client.write('one\n')
    await server.until(() => (server.child.exitCode === null ? undefined : true), 'the end')
    assert.equal(server.child.exitCode, 0)
    assert.doesNotMatch(server.err, /EPIPE/)
    assert.ok(!existsSync(path), 'the socket file goes')
  })

  test('input from /dev/null and from a file, output to a file', async () => {
    using directory = temporary()
    const [path, out] = [directory.file('s'), directory.file('out')]
    const listen = `exec "$0" "$1" listen -v unix:${path} < /dev/null > ${out}`
    await using server = new Program('sh', ['-c', listen, process.execPath, main])
    await server.complains(/listening/)
    const connect = `exec "$0" "$1" connect unix:${path} < "$0"`
    await using client = new Program('sh', ['-c', connect, process.execPath, main])
    await client.exits(0)
    await server.exits(0)
    assert.equal(client.out, '')
    assert.ok(readFileSync(out).equals(readFileSync(process.execPath)), 'an executable of many megabytes')
  })
})

function peaks(...programs: Program[]): number {
  return Math.max(...programs.map((program) => program.peakMegabytes()))
}
