/** The netcat with a command in place of the user; hex dumps and events. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { describe, test } from 'node:test'
import { connectTo, listenOn, parseEndpoint } from 'berkeley/programs'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { listening, nc, socat } from './netcat.js'
import { abstractName, becomes, berkeley, serving, temporary } from './program.js'
import { Remote } from './remote.js'

/** The processes whose command line has this in it. */
function processes(mark: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(mark)
    } catch {
      return false
    }
  })
}

describe('--exec', { concurrency: 3 }, () => {
  for (const [where, call] of [
    ['tcp://127.0.0.1:0', (_path: string, port: string) => nc('-nN', '127.0.0.1', port)],
    ['unix:PATH', (path: string) => nc('-NU', path)],
    [
      'unix-seqpacket:PATH',
      (path: string) => socat('-t9', '-b70000', '-', `UNIX-CONNECT:${path},socktype=5`),
    ],
  ] as const)
    test(`cat at ${where} gives every byte back`, needsProgram('nc', 'socat'), async () => {
      using directory = temporary()
      const path = directory.file('s')
      const { server, port } = await listening([where.replace('PATH', path), '--exec', 'cat'])
      await using _server = server
      await using peer = call(path, port)
      const sent = randomBytes(1024 * 1024)
      peer.child.stdin.end(sent)
      await peer.exits(0)
      assert.ok(peer.bytes.equals(sent))
      await server.exits(0)
      assert.equal(server.out, '')
    })

  test('of connect: the command speaks first, and hears', needsProgram('nc'), async () => {
    await using peer = nc('-nlv', '127.0.0.1', '0')
    const [, port] = await peer.complains(/Listening on 127\.0\.0\.1 (\d+)/)
    await using client = berkeley([
      'connect',
      `127.0.0.1:${port}`,
      '-e',
      'echo your name?; read name; echo "hello $name"',
    ])
    await peer.says('your name?\n')
    peer.write('nobody\n')
    await peer.says('hello nobody\n')
    await client.exits(0)
    await peer.exits(0)
  })

  test(
    'a command that exits early: what it said arrives, however much the peer sends',
    needsProgram('python3'),
    async () => {
      await using remote = new Remote()
      const { server, port } = await listening(['tcp://127.0.0.1:0', '--exec', 'head -c 3; echo enough'])
      await using _server = server
      await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.sendall(b'abcdefgh' * 10000)`)
      assert.equal(await remote.text(`s.makefile('rb').read()`), 'abcenough\n')
      await server.exits(0)
    },
  )

  test('a command that reads nothing is not waited for', needsProgram('python3'), async () => {
    await using remote = new Remote()
    const { server, port } = await listening([
      'tcp://127.0.0.1:0',
      '--exec',
      'exec <&-; echo deaf; sleep 0.3',
    ])
    await using _server = server
    await remote.run(`s = socket.create_connection(('127.0.0.1', ${port}))`)
    assert.equal(await remote.text('s.recv(100)'), 'deaf\n')
    await remote.run(`s.sendall(b'x' * 5000000)`)
    assert.equal(await remote.text('s.recv(100)'), '')
    await server.exits(0)
  })

  test(
    'a command that never reads and never ends goes with the time-out',
    needsProgram('python3'),
    async () => {
      await using remote = new Remote()
      const { server, port } = await listening([
        'tcp://127.0.0.1:0',
        '--timeout',
        '300',
        '--exec',
        'echo deaf; sleep 98.7654',
      ])
      await using _server = server
      await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.setblocking(False)`)
      // As much as fits, which is not endless.
      await remote.run(`
n = 0
while n < 100000000:
  if not select.select([], [s], [], 0.2)[1]: break
  n += s.send(b'x' * 65536)`)
      assert.ok((await remote.run<number>('n')) < 50_000_000)
      await server.exits(1)
      assert.match(server.err, /nothing came or went for 300 ms/)
      await becomes('the end of the command', () => processes('98.7654').length === 0)
    },
  )

  test('the exit code of a command that fails is told', async () => {
    const name = abstractName()
    const { server } = await listening([name, '--exec', 'echo sorry; exit 7'])
    await using _server = server
    await using client = berkeley(['connect', name])
    client.end()
    await client.exits(0)
    assert.equal(client.out, 'sorry\n')
    await server.exits(1)
    assert.match(server.err, /exit code 7\n/)
  })

  test('a command inherits no descriptor of ours', async () => {
    const name = abstractName()
    const { server } = await listening([name, '--exec', 'exec ls -l /proc/self/fd'])
    await using _server = server
    await using client = berkeley(['connect', name])
    client.end()
    await client.exits(0)
    const numbers = (listing: string): string[] =>
      [...listing.matchAll(/ (\d+) -> /g)].map(([, fd]) => String(fd))
    // What this process itself was born with is nobody's fault here.
    const born = spawnSync('sh', ['-c', 'exec ls -l /proc/self/fd'], { encoding: 'utf8' }).stdout
    assert.deepEqual(numbers(client.out), numbers(born))
    assert.ok(numbers(born).length >= 4)
  })

  test('--keep-open: several at once, each its own; the time of one is not the time of the others', async () => {
    const { server, port } = await serving([
      'listen',
      'tcp://127.0.0.1:0',
      '-k',
      '--exec',
      'while read x; do echo "$$ $x"; done',
    ])
    await using _server = server
    const clients = Array.from({ length: 8 }, () => berkeley(['connect', `127.0.0.1:${port}`]))
    try {
      const pids = new Set<string>()
      for (const [i, client] of clients.entries()) {
        client.write(`${i}\n`)
        pids.add((await client.says(new RegExp(`(\\d+) ${i}\n`)))[1] as string)
      }
      assert.equal(pids.size, clients.length)
      // The first is still served while the last is.
      clients[0]?.write('again\n')
      await clients[0]?.says(/ again\n/)
      clients[1]?.end()
      await clients[1]?.exits(0)
      server.kill('SIGINT')
      await server.exits(0)
      for (const pid of pids)
        await becomes('the end of a command', () => processes('while read x').includes(pid) === false)
      assert.equal((await server.event('summary')).connections, clients.length)
    } finally {
      for (const client of clients) await client[Symbol.asyncDispose]()
    }
  })

  test('a list is a program and its arguments, no shell between; no program is a failure', async () => {
    const where = parseEndpoint(abstractName())
    const served = listenOn(where, { exec: ['printf', '%s|', '$HOME', 'a b'] })
    const heard: Buffer[] = []
    const summary = await connectTo(where, { output: { write: (data) => void heard.push(data) } })
    assert.equal(`${Buffer.concat(heard)}`, '$HOME|a b|')
    assert.deepEqual(summary, { connections: 1, sent: 0, received: 10, failed: 0 })
    assert.equal((await served).failed, 0)
    const missing = listenOn(where, { exec: ['/nonexistent'] })
    await connectTo(where)
    assert.equal((await missing).failed, 1)
  })
})

describe('--hex', { concurrency: 2 }, () => {
  test('both directions as xxd has them', needsProgram('xxd', 'nc'), async () => {
    const { server, port } = await listening(['tcp://127.0.0.1:0', '--hex'])
    await using _server = server
    await using peer = nc('-nN', '127.0.0.1', port)
    const [ours, theirs] = [randomBytes(777), randomBytes(5000)]
    server.child.stdin.end(ours)
    peer.child.stdin.end(theirs)
    await server.exits(0)
    await peer.exits(0)
    for (const [mark, bytes] of [
      ['> ', ours],
      ['< ', theirs],
    ] as const) {
      const rows = server.out.split('\n').filter((row) => row.startsWith(mark))
      const back = spawnSync('xxd', ['-r'], { input: rows.map((row) => `${row.slice(2)}\n`).join('') })
      assert.deepEqual(back.stdout, bytes)
    }
    const whole = spawnSync('xxd', { input: ours, encoding: 'utf8' }).stdout
    assert.ok(server.out.includes(whole.replace(/^(?=.)/gm, '> ')))
  })

  test('each datagram begins at 0', async () => {
    const { server, port } = await listening(['udp://127.0.0.1:0', '--hex'])
    await using _server = server
    await using client = berkeley(['connect', `udp://127.0.0.1:${port}`, '--send-only'])
    client.end('one\ntwo\n')
    await client.exits(0)
    await server.says('< 00000000: 7477 6f0a                                two.\n')
    server.write('back\n')
    await server.says('> 00000000: 6261 636b 0a                             back.\n')
    server.kill('SIGINT')
    await server.exits(0)
    assert.match(server.out, /^< 00000000: 6f6e 650a {32}one\.\n</)
  })

  test('of a command, both directions', async () => {
    const name = abstractName()
    const { server } = await listening([name, '--hex', '--exec', 'tr a-z A-Z'])
    await using _server = server
    await using client = berkeley(['connect', name])
    client.end('abc')
    await client.exits(0)
    await server.exits(0)
    assert.equal(
      server.out,
      `< 00000000: 6162 63                                  abc\n> 00000000: 4142 43                                  ABC\n`,
    )
  })
})

describe('--json', () => {
  test(
    'every line an event, the bytes as text or base64, a summary at the end',
    needsProgram('python3'),
    async () => {
      await using remote = new Remote()
      const { server, endpoint, port } = await serving(['listen', 'tcp://127.0.0.1:0'])
      await using _server = server
      assert.equal(endpoint, `tcp://127.0.0.1:${port}`)
      await remote.run(`s = socket.create_connection(('127.0.0.1', ${port}))`)
      const peer = `127.0.0.1:${await remote.run('s.getsockname()[1]')}`
      assert.deepEqual(await server.event('connected'), {
        event: 'connected',
        peer,
        local: `127.0.0.1:${port}`,
      })
      await remote.run(`s.sendall('ü\\x1b\\n'.encode())`)
      assert.deepEqual(await server.event('received'), {
        event: 'received',
        from: peer,
        bytes: 4,
        data: 'ü\x1b\n',
      })
      await remote.run(`s.sendall(b'\\xfe\\xff')`)
      assert.deepEqual(await server.event('received'), {
        event: 'received',
        from: peer,
        bytes: 2,
        base64: '/v8=',
      })
      await remote.run('s.shutdown(socket.SHUT_WR)')
      assert.equal((await server.event('end')).peer, peer)
      server.end('bye')
      assert.equal(await remote.text('s.recv(100)'), 'bye')
      assert.deepEqual(await server.event('disconnected'), {
        event: 'disconnected',
        peer,
        how: 'ended',
        sent: 3,
        received: 6,
      })
      assert.deepEqual(await server.event('summary'), {
        event: 'summary',
        connections: 1,
        sent: 3,
        received: 6,
        failed: 0,
      })
      await server.exits(0)
      for (const line of server.out.trimEnd().split('\n')) assert.match(line, /^\{"event":/)
      assert.equal(server.err, '')
    },
  )
})
