/** The netcat on a terminal, which a Python script plays: what a peer sends is shown and never obeyed. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { main } from './program.js'
import { bytes, Remote } from './remote.js'

const SETUP = `
import fcntl, pty, termios
m, t = pty.openpty()
before = termios.tcgetattr(t)
seen = b''
def run(*args):
  global p
  p = subprocess.Popen(args, stdin=t, stdout=t, stderr=t, start_new_session=True,
    preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
def until(text):
  global seen
  while text not in seen:
    if not select.select([m], [], [], 10)[0]: raise TimeoutError(repr(seen))
    seen += os.read(m, 65536)
def rest():
  global seen
  while select.select([m], [], [], 0)[0]: seen += os.read(m, 65536)
  return seen
`

class Terminal implements AsyncDisposable {
  readonly remote = new Remote()

  async open(scheme: 'tcp' | 'udp'): Promise<void> {
    await this.remote.run(SETUP)
    await this.remote.run(
      scheme === 'tcp'
        ? `l = socket.create_server(('127.0.0.1', 0))`
        : `s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.settimeout(10); s.bind(('127.0.0.1', 0)); l = s`,
    )
    const port = await this.remote.run('l.getsockname()[1]')
    await this.remote.run(`run('${process.execPath}', '${main}', 'connect', '${scheme}://127.0.0.1:${port}')`)
    if (scheme === 'tcp') await this.remote.run('s, _ = l.accept()')
  }

  type(keys: string): Promise<unknown> {
    return this.remote.run(`os.write(m, ${bytes(keys)})`)
  }

  /** Waits for a text on the terminal. */
  shows(text: string): Promise<unknown> {
    return this.remote.run(`until(${bytes(text)})`)
  }

  /** All that was on it, at the end. */
  async ends(code: number): Promise<string> {
    assert.equal(await this.remote.run('p.wait(10)'), code)
    assert.equal(await this.remote.run('termios.tcgetattr(t) == before'), true, 'the terminal is as it was')
    return this.remote.text('rest()')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.remote.run('p.kill(); p.wait(5)').catch(() => {})
    await this.remote[Symbol.asyncDispose]()
  }
}

describe('the netcat on a terminal', { ...needsProgram('python3'), concurrency: 2 }, () => {
  test('lines go out, text comes in, Ctrl-D is the end of ours', async () => {
    await using terminal = new Terminal()
    await terminal.open('tcp')
    await terminal.type('hello\r')
    assert.equal(await terminal.remote.text('s.recv(100)'), 'hello\n')
    await terminal.remote.run(`s.sendall('grüße 🙂\\tü\\r\\n'.encode())`)
    await terminal.shows('grüße 🙂\tü\r\n')
    await terminal.type('\x04')
    assert.equal(await terminal.remote.text('s.recv(100)'), '')
    await terminal.remote.run('s.close()')
    await terminal.ends(0)
  })

  test('no byte of a peer acts on it', async () => {
    await using terminal = new Terminal()
    await terminal.open('tcp')
    const hostile = Buffer.concat([
      Buffer.from(Array.from({ length: 256 }, (_, i) => i)),
      Buffer.from('\x1b]0;title\x07\x1b[2J\x1b[31m\u009b31m\u202egnp\u2028\r\r\n'),
    ])
    // Whole, and a byte at a time.
    await terminal.remote.run(`s.sendall(${bytes(hostile)})`)
    await terminal.remote.run(`
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
for b in ${bytes(hostile)}: s.send(bytes([b]))
s.sendall(b'\\r'); s.sendall(b'\\nthe end'); s.shutdown(socket.SHUT_WR)`)
    await terminal.shows('the end')
    await terminal.shows('Ctrl-D')
    await terminal.type('\x04')
    const text = await terminal.ends(0)
    // What is left are the terminal's own line ends.
    assert.doesNotMatch(text.replaceAll('\r\n', ''), /[^\P{C}\t]/u)
    assert.ok(text.includes('\\x1b]0;title\\x07\\x1b[2J\\x1b[31m\\x9b31m\\u{202e}gnp'))
    assert.match(text, /\\x07\\x08\t\r\n\\x0b/)
  })

  test('a peer that has ended is told of, with what to do', async () => {
    await using terminal = new Terminal()
    await terminal.open('tcp')
    await terminal.remote.run(`s.sendall(b'bye\\n'); s.close()`)
    await terminal.shows('Ctrl-D')
    await terminal.type('\x04')
    assert.match(await terminal.ends(0), /^bye\r\nberkeley: 127\.0\.0\.1:\d+ has said all/)
  })

  test('Ctrl-C ends it', async () => {
    await using terminal = new Terminal()
    await terminal.open('tcp')
    await terminal.type('never sent')
    await terminal.shows('never sent')
    await terminal.type('\x03')
    assert.equal(await terminal.remote.text('s.recv(100)'), '')
    await terminal.ends(0)
  })

  test('each datagram is a line, whether it ends one or not', async () => {
    await using terminal = new Terminal()
    await terminal.open('udp')
    await terminal.type('hello\r')
    await terminal.remote.run('data, peer = s.recvfrom(100)')
    assert.equal(await terminal.remote.text('data'), 'hello\n')
    await terminal.remote.run(
      `s.sendto(b'one', peer); s.sendto(b'two\\n', peer); s.sendto(b'\\x1b[3m', peer)`,
    )
    await terminal.shows('one\r\ntwo\r\n\\x1b[3m\r\n')
    await terminal.type('\x04')
    await terminal.ends(0)
  })
})
