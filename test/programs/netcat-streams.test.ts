/** The netcat over connections, with programs that are not ours at the other end. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { listening, nc, ncat, socat, swap } from './netcat.js'
import { abstractName, becomes, berkeley, type Program, temporary } from './program.js'
import { bytes, Remote } from './remote.js'

const MB = 1024 * 1024
/** A number of an address, or the path of one. */
type Call = (where: string) => Program

describe('listen is called', { concurrency: 2 }, () => {
  const calls: readonly (readonly [string, 'nc' | 'ncat' | 'socat', string, Call, number?])[] = [
    ['nc over tcp', 'nc', 'tcp://127.0.0.1:0', (port) => nc('-nN', '127.0.0.1', port), 8 * MB],
    ['nc over IPv6', 'nc', 'tcp://[::1]:0', (port) => nc('-nN', '::1', port)],
    ['nc over every address', 'nc', 'tcp://*:0', (port) => nc('-nN', '127.0.0.1', port)],
    ['ncat over tcp', 'ncat', 'tcp://127.0.0.1:0', (port) => ncat('-n', '127.0.0.1', port)],
    ['socat over tcp', 'socat', 'tcp://127.0.0.1:0', (port) => socat('-t9', '-', `TCP:127.0.0.1:${port}`)],
    ['nc over unix', 'nc', 'unix:PATH', (path) => nc('-NU', path), 8 * MB],
    ['ncat over unix', 'ncat', 'unix:PATH', (path) => ncat('-U', path)],
    ['socat over unix', 'socat', 'unix:PATH', (path) => socat('-t9', '-', `UNIX-CONNECT:${path}`)],
    [
      'socat over seqpacket',
      'socat',
      'unix-seqpacket:PATH',
      (path) => socat('-t9', '-b70000', '-', `UNIX-CONNECT:${path},socktype=5`),
    ],
  ]
  for (const [what, program, where, call, size = MB] of calls)
    test(`by ${what}: ${size / MB} MB both ways at once`, needsProgram(program), async () => {
      using directory = temporary()
      const path = directory.file('s')
      const { server, port } = await listening([where.replace('PATH', path)])
      await using _server = server
      await using peer = call(where.endsWith('PATH') ? path : port)
      await swap(server, peer, size)
      peer.end()
      server.end()
      await server.exits(0)
      await peer.exits(0)
      assert.match(server.err, new RegExp(`${size} bytes sent, ${size} received`))
    })

  test('by socat at an abstract name', needsProgram('socat'), async () => {
    const name = abstractName()
    const { server } = await listening([name])
    await using _server = server
    await using peer = socat('-t9', '-', `ABSTRACT-CONNECT:${name.slice(1)}`)
    await swap(server, peer, MB)
    peer.end()
    server.end()
    await server.exits(0)
    await peer.exits(0)
  })

  test('by one and no other: who comes second is refused', needsProgram('nc'), async () => {
    const { server, port } = await listening(['tcp://127.0.0.1:0'])
    await using _server = server
    await using peer = nc('-nN', '127.0.0.1', port)
    await server.complains(/connected with/)
    await using second = nc('-nN', '127.0.0.1', port)
    await second.exits(1)
    peer.end()
    server.end()
    await server.exits(0)
  })

  test(
    '--keep-open: by several, one after the other, whose bytes follow each other',
    needsProgram('nc'),
    async () => {
      const { server, port } = await listening(['tcp://127.0.0.1:0', '--keep-open'])
      await using _server = server
      // Input is for whoever is there: the rest of it for the next.
      for (const name of ['one', 'two', 'three']) {
        await using peer = nc('-n', '127.0.0.1', port)
        peer.write(`from ${name}\n`)
        await server.says(`from ${name}\n`)
        server.write(`to ${name}\n`)
        await peer.says(`to ${name}\n`)
        peer.kill('SIGTERM')
        await server.complains(/has said all/)
        // Its end is not heard before something is sent to it.
        server.write('lost\n')
        server.write('lost\n')
        await server.complains(/bytes sent, \d+ received|EPIPE|ECONNRESET/)
      }
      server.kill('SIGINT')
      await server.exits(0)
      assert.equal(server.out, 'from one\nfrom two\nfrom three\n')
    },
  )

  test('--keep-open without input: each caller is heard to its end', needsProgram('nc'), async () => {
    const { server, port } = await listening(['tcp://127.0.0.1:0', '-k'])
    await using _server = server
    server.end()
    const sizes = [10, 200_000, 0, 3]
    for (const [i, size] of sizes.entries()) {
      await using peer = nc('-nN', '127.0.0.1', port)
      peer.end(`${i}`.repeat(size))
      await peer.exits(0)
      await server.complains(new RegExp(`0 bytes sent, ${size} received`))
    }
    server.kill('SIGTERM')
    await server.exits(0)
    assert.equal(server.out, sizes.map((size, i) => `${i}`.repeat(size)).join(''))
  })
})

describe('connect calls', { concurrency: 2 }, () => {
  const listeners: readonly (readonly [string, 'nc' | 'ncat' | 'socat', Call, RegExp, string, number?])[] = [
    [
      'nc',
      'nc',
      () => nc('-nlvN', '127.0.0.1', '0'),
      /Listening on 127\.0\.0\.1 (\d+)/,
      'tcp://127.0.0.1:',
      8 * MB,
    ],
    ['nc', 'nc', () => nc('-nlvN', '::1', '0'), /Listening on ::1 (\d+)/, 'tcp://[::1]:'],
    [
      'socat',
      'socat',
      () => socat('-t9', '-dd', 'TCP-LISTEN:0,bind=127.0.0.1', '-'),
      /listening on AF=2 127\.0\.0\.1:(\d+)/,
      'tcp://localhost:',
    ],
    ['nc', 'nc', (path) => nc('-lvNU', path), /Listening on (\S+)/, 'unix:', 8 * MB],
    ['ncat', 'ncat', (path) => ncat('-lvU', path), /Listening on (\S+)/, 'unix:'],
    [
      'socat',
      'socat',
      (path) => socat('-t9', '-dd', '-b70000', `UNIX-LISTEN:${path},socktype=5`, '-'),
      /listening on AF=1 "(\S+)"/,
      'unix-seqpacket:',
    ],
  ]
  for (const [what, program, listen, ready, where, size = MB] of listeners)
    test(`${what} at ${where}: ${size / MB} MB both ways at once`, needsProgram(program), async () => {
      using directory = temporary()
      await using peer = listen(directory.file('s'))
      const [, found] = await peer.complains(ready)
      await using client = berkeley(['connect', `${where}${found}`])
      await swap(client, peer, size)
      client.end()
      peer.end()
      await client.exits(0)
      await peer.exits(0)
      assert.equal(client.err, '')
    })

  test('socat at an abstract name', needsProgram('socat'), async () => {
    const name = abstractName()
    await using peer = socat('-t9', '-dd', `ABSTRACT-LISTEN:${name.slice(1)}`, '-')
    await peer.complains(/listening on/)
    await using client = berkeley(['connect', name])
    await swap(client, peer, MB)
    client.end()
    peer.end()
    await client.exits(0)
    await peer.exits(0)
  })
})

const INET = `l = socket.create_server(('127.0.0.1', 0)); where = 'tcp://127.0.0.1:%d' % l.getsockname()[1]`
const UNIX = (type: string, scheme: string): string =>
  `l = socket.socket(socket.AF_UNIX, socket.${type}); l.bind(''); l.listen()
where = '${scheme}:@' + l.getsockname()[1:].decode()`

describe('with python3 at the other end', { ...needsProgram('python3'), concurrency: 3 }, () => {
  for (const [kind, open] of [
    ['tcp', INET],
    ['unix', UNIX('SOCK_STREAM', 'unix')],
    ['unix-seqpacket', UNIX('SOCK_SEQPACKET', 'unix-seqpacket')],
  ] as const) {
    test(`${kind}: our end leaves the other direction open`, async () => {
      await using remote = new Remote()
      await remote.run(open)
      await using client = berkeley(['connect', await remote.run<string>('where')])
      await remote.run('s, _ = l.accept()')
      client.end('all of it\n')
      assert.equal(await remote.text('s.recv(100)'), 'all of it\n')
      assert.equal(await remote.text('s.recv(100)'), '', 'the end of our words')
      await remote.run(`s.sendall(b'and yet')`)
      await client.says('and yet')
      await remote.run('s.close()')
      await client.exits(0)
    })

    test(`${kind}: the peer's end leaves ours open, and is the end of our output`, async () => {
      await using remote = new Remote()
      await remote.run(open)
      await using client = berkeley(['connect', '-v', await remote.run<string>('where')])
      await remote.run('s, _ = l.accept()')
      await remote.run(`s.sendall(b'all of it\\n'); s.shutdown(socket.SHUT_WR)`)
      await client.says('all of it\n')
      await becomes('the end of standard output', () => client.child.stdout.readableEnded)
      client.write('still\n')
      assert.equal(await remote.text('s.recv(100)'), 'still\n')
      client.end('here')
      assert.equal(await remote.text('s.recv(100)'), 'here')
      assert.equal(await remote.text('s.recv(100)'), '')
      await client.exits(0)
    })
  }

  test('every byte there is goes both ways as it is', async () => {
    await using remote = new Remote()
    await remote.run(INET)
    await using client = berkeley(['connect', await remote.run<string>('where')])
    await remote.run('s, _ = l.accept()')
    const all = Buffer.from(Array.from({ length: 512 }, (_, i) => i & 0xff))
    await remote.run(`s.sendall(${bytes(all)}); s.shutdown(socket.SHUT_WR)`)
    client.write(all)
    client.end()
    assert.deepEqual(await remote.run(`s.makefile('rb').read()`), all)
    await client.exits(0)
    assert.deepEqual(client.bytes, all)
  })

  test('seqpacket: each line is a message', async () => {
    await using remote = new Remote()
    await remote.run(UNIX('SOCK_SEQPACKET', 'unix-seqpacket'))
    await using client = berkeley(['connect', await remote.run<string>('where')])
    await remote.run('s, _ = l.accept()')
    client.end('one\n\ntwo\nrest')
    for (const message of ['one\n', '\n', 'two\n', 'rest', ''])
      assert.equal(await remote.text('s.recv(100)'), message)
    await remote.run(`s.send(b'x' * 150000); s.close()`)
    await client.exits(0)
    assert.equal(client.bytes.length, 150_000, 'long messages come whole')
  })

  for (const [option, sent, expected] of [
    ['--crlf', 'a\nb\r\nc\r\r\n\nd', 'a\r\nb\r\nc\r\r\n\r\nd'],
    ['--bare', 'a\n\nb\r\nc', 'ab\rc'],
  ] as const)
    test(`${option}`, async () => {
      await using remote = new Remote()
      await remote.run(INET)
      await using client = berkeley(['connect', await remote.run<string>('where'), option])
      await remote.run('s, _ = l.accept()')
      client.end(sent)
      assert.equal(await remote.text(`s.makefile('rb', newline='').read()`), expected)
      await remote.run('s.close()')
      await client.exits(0)
    })

  test('--crlf knows a CR that the chunk before ended with', async () => {
    await using remote = new Remote()
    await remote.run(INET)
    await using client = berkeley(['connect', await remote.run<string>('where'), '--crlf'])
    await remote.run('s, _ = l.accept()')
    client.write('a\r')
    assert.equal(await remote.text('s.recv(100)'), 'a\r')
    client.end('\nb\n')
    assert.equal(await remote.text(`s.makefile('rb').read()`), '\nb\r\n')
    await remote.run('s.close()')
    await client.exits(0)
  })

  test('--send-only drops what comes and ends with the input, all of which arrives', async () => {
    await using remote = new Remote()
    await remote.run(INET)
    await using client = berkeley(['connect', await remote.run<string>('where'), '--send-only'])
    await remote.run('s, _ = l.accept()')
    await remote.run(`s.sendall(b'x' * 3000000)`)
    client.end('y'.repeat(1_000_000))
    assert.equal(await remote.run(`len(s.makefile('rb').read())`), 1_000_000)
    // The peer has not ended, and need not.
    await client.exits(0)
    assert.equal(client.out, '')
  })

  test('--recv-only reads no input and ends with the peer', async () => {
    await using remote = new Remote()
    await remote.run(INET)
    await using client = berkeley(['connect', await remote.run<string>('where'), '--recv-only'])
    await remote.run('s, _ = l.accept()')
    client.end('never sent')
    await remote.run(`s.sendall(b'hello')`)
    await client.says('hello')
    assert.equal(await remote.run('len(select.select([s], [], [], 0)[0])'), 0, 'no bytes and no end')
    await remote.run('s.shutdown(socket.SHUT_WR)')
    await client.exits(0)
    assert.equal(await remote.text('s.recv(100)'), '')
  })

  test('--source binds first: an address, a port, both', async () => {
    await using remote = new Remote()
    await remote.run(INET)
    const port = await remote.run<number>(
      `(lambda f: (f.bind(('127.0.0.3', 0)), f.getsockname()[1], f.close())[1])(socket.socket())`,
    )
    for (const [source, expected] of [
      ['127.0.0.2', /^127\.0\.0\.2 \d+$/],
      [`127.0.0.3:${port}`, new RegExp(`^127\\.0\\.0\\.3 ${port}$`)],
      [`:${port}`, new RegExp(`^127\\.0\\.0\\.1 ${port}$`)],
    ] as const) {
      await using client = berkeley(['connect', await remote.run<string>('where'), '--source', source])
      await remote.run('s, peer = l.accept()')
      assert.match(await remote.run<string>(`'%s %d' % peer`), expected)
      // Ends first, so that the port is not in TIME_WAIT at the other end of it.
      await remote.run(
        `s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()`,
      )
      await client.exits(1)
    }
  })

  test('--source of a unix socket is a path, which goes at the end', async () => {
    using directory = temporary()
    await using remote = new Remote()
    await remote.run(UNIX('SOCK_STREAM', 'unix'))
    const where = await remote.run<string>('where')
    await using client = berkeley(['connect', where, '--source', directory.file('own')])
    await remote.run('s, peer = l.accept()')
    assert.equal(await remote.run('peer'), directory.file('own'))
    await remote.run('s.close()')
    client.end()
    await client.exits(0)
    assert.equal(await remote.run(`os.path.exists('${directory.file('own')}')`), false)
  })

  for (const [option, host, other, name] of [
    ['--ipv4', '127.0.0.1', '::1', 'localhost'],
    // Many a hosts file knows localhost by IPv4 alone.
    ['--ipv6', '::1', '127.0.0.1', '[::1]'],
  ] as const)
    test(`${option}: every address of one family, and no peer of the other`, async () => {
      await using remote = new Remote()
      const { server, port } = await listening(['tcp://*:0', option, '-k'])
      await using _server = server
      assert.equal(
        await remote.run(
          `socket.socket(socket.AF_INET6 if ':' in '${other}' else socket.AF_INET).connect_ex(('${other}', ${port}))`,
        ),
        111,
      )
      await using client = berkeley(['connect', '-v', `${name}:${port}`, option])
      client.end()
      await client.complains(new RegExp(`connected with \\[?${host}`))
      server.end()
      await client.exits(0)
      await using wrong = berkeley([
        'connect',
        `tcp://[${other}]:${port}`.replace(/\[([\d.]+)\]/, '$1'),
        option,
      ])
      await wrong.exits(1)
      assert.match(wrong.err, /EAI_/)
    })
})
