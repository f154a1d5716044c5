/** The echo services with many clients, with much to echo, and with clients who do not play fair. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { Program, serving, temporary } from './program.js'
import { Remote } from './remote.js'

const python = needsProgram('python3')
const RESET = `setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))`

describe('echo under load', { concurrency: 2 }, () => {
  test('200 clients at once, each in the middle of its own talk', python, async () => {
    const { server, port } = await serving(['echo', 'serve', 'tcp://127.0.0.1:0'])
    await using _server = server
    await using remote = new Remote()
    await remote.run(`c = [socket.create_connection(('127.0.0.1', ${port})) for _ in range(200)]`)
    for (const turn of ['first', 'second']) {
      await remote.run(`for i, s in enumerate(c): s.sendall(b'${turn} %03d' % i)`)
      const length = turn.length + 4
      assert.equal(
        await remote.run(
          `all(s.recv(${length}, socket.MSG_WAITALL) == b'${turn} %03d' % i for i, s in reversed(list(enumerate(c))))`,
        ),
        true,
      )
    }
    // Half of them vanish; the others notice nothing.
    await remote.run(`for s in c[::2]: s.${RESET}; s.close()`)
    await remote.run(`for s in c[1::2]: s.sendall(b'still')`)
    assert.equal(await remote.run(`all(s.recv(5, socket.MSG_WAITALL) == b'still' for s in c[1::2])`), true)
    assert.equal(server.rest.length, 0, 'a client that resets is no event')
    server.kill('SIGINT')
    await server.exits(0)
  })

  test('20 MB come back as they went, through socat', needsProgram('socat', 'openssl'), async () => {
    using directory = temporary()
    for (const [where, call] of [
      ['tcp://127.0.0.1:0', (port: number) => `TCP:127.0.0.1:${port}`],
      [`unix:${directory.file('s')}`, () => `UNIX-CONNECT:${directory.file('s')}`],
    ] as const) {
      const { server, port } = await serving(['echo', 'serve', where])
      await using _server = server
      // The same numbers each time, and none of them like the next.
      await using client = new Program('sh', [
        '-c',
        `set -e; openssl enc -aes-128-ctr -K 0 -iv 0 -in /dev/zero 2>/dev/null | head -c 20000000 > ${directory.file('in')}
        socat -t 10 -b 65536 - ${call(port)} < ${directory.file('in')} > ${directory.file('out')}
        wc -c < ${directory.file('out')}; sha256sum < ${directory.file('in')}; sha256sum < ${directory.file('out')}`,
      ])
      await client.exits(0)
      const [length, sent, received] = client.out.trim().split('\n')
      assert.equal(length?.trim(), '20000000')
      assert.equal(received, sent)
    }
  })

  for (const mode of ['plain', 'timestamp', 'upper'])
    test(`${mode}: a client that sends and never reads does not fill our memory`, python, async () => {
      const { server, port } = await serving(['echo', 'serve', 'tcp://127.0.0.1:0', '--mode', mode])
      await using _server = server
      await using remote = new Remote()
      const before = server.peakMegabytes()
      // Until it is stuck, or cut off.
      await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.setblocking(False); n = 0`)
      await remote.run(`
try:
  while n < 100_000_000 and select.select([], [s], [], 0.5)[1]: n += s.send(bytes(65536))
except (ConnectionResetError, BrokenPipeError): pass`)
      const sent = await remote.run<number>('n')
      assert.ok(sent < 60_000_000, `${sent} bytes were taken`)
      const grown = server.peakMegabytes() - before
      assert.ok(grown < 40, `memory grew by ${grown} MB`)
      // Others are served.
      await remote.run(`t = socket.create_connection(('127.0.0.1', ${port})); t.sendall(b'HI')`)
      assert.match(await remote.text('t.recv(100)'), /HI$/)
    })

  test('upper: who goes on sending behind the message still gets the answer', python, async () => {
    const { server, port } = await serving(['echo', 'serve', 'tcp://127.0.0.1:0', '--mode', 'upper'])
    await using _server = server
    await using remote = new Remote()
    await remote.run(`s = socket.create_connection(('127.0.0.1', ${port})); s.sendall(b'message')`)
    await remote.run(`s.sendall(b'x' * 500_000)`)
    const answer = await remote.text(`s.makefile('rb').read()`)
    assert.match(answer, /^MESSAGEX*$/)
  })
})
