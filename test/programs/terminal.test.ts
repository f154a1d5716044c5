/** The chat as people see it: on a terminal, which a Python script plays. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { main } from './program.js'
import { Remote } from './remote.js'
import { Screen } from './screen.js'

const SETUP = `
import fcntl, pty, termios
l = socket.create_server(('127.0.0.1', 0))
m, t = pty.openpty()
fcntl.ioctl(t, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
before = termios.tcgetattr(t)
def run(*args):
  global p
  p = subprocess.Popen(args, env={**os.environ, 'TERM': 'xterm'}, stdin=t, stdout=t, stderr=t, start_new_session=True,
    preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
def more():
  if not select.select([m], [], [], 10)[0]: raise TimeoutError()
  return os.read(m, 65536)
def rest():
  return os.read(m, 65536) if select.select([m], [], [], 0)[0] else b''
`

/** `berkeley chat connect` on a terminal, and python's `s` at the other end of the talk. */
class Session implements AsyncDisposable {
  readonly remote = new Remote()
  readonly screen = new Screen()
  readonly #decoder = new TextDecoder()

  async open(): Promise<void> {
    await this.remote.run(SETUP)
    const port = await this.remote.run('l.getsockname()[1]')
    await this.remote.run(`run('${process.execPath}', '${main}', 'chat', 'connect', '${port}')`)
    await this.remote.run('s, _ = l.accept()')
    await this.shows((lines) => lines.length === 2 && lines[1] === '>')
    assert.match(this.screen.lines[0] as string, /^talking with 127\.0\.0\.1:\d+; q ends the talk$/)
  }

  /** Feeds the screen until it shows what it should. */
  async shows(look: (lines: string[]) => boolean): Promise<void> {
    while (!look(this.screen.lines))
      try {
        this.#feed(await this.remote.run<Buffer>('more()'))
      } catch (error) {
        assert.fail(`${error}; the screen shows\n${this.screen.lines.join('\n')}`)
      }
  }

  async type(keys: string): Promise<void> {
    await this.remote.run(`os.write(m, ${JSON.stringify(keys)}.encode())`)
  }

  say(text: string): Promise<unknown> {
    return this.remote.run(`s.sendall(${JSON.stringify(text)}.encode())`)
  }

  hears(): Promise<string> {
    return this.remote.text('s.recv(65536)')
  }

  /** The end, with its exit code, and the terminal as it was before. */
  async ends(code: number): Promise<void> {
    assert.equal(await this.remote.run('p.wait(10)'), code)
    this.#feed(await this.remote.run<Buffer>('rest()'))
    assert.equal(await this.remote.run('termios.tcgetattr(t) == before'), true, 'the terminal is as it was')
    assert.equal(this.screen.cursor.column, 0, 'the shell can begin a line')
  }

  #feed(bytes: Buffer): void {
    this.screen.feed(this.#decoder.decode(bytes, { stream: true }))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The program has no parent but Python, and would outlive it.
    await this.remote.run('p.kill(); p.wait(5)').catch(() => {})
    await this.remote[Symbol.asyncDispose]()
  }
}

describe('a chat on a terminal', { ...needsProgram('python3'), concurrency: 2 }, () => {
  test('a typed line is sent once and stays on the screen once; Ctrl-D ends the talk', async () => {
    await using session = new Session()
    await session.open()
    await session.type('hello\r')
    assert.equal(await session.hears(), 'hello\n')
    await session.shows((lines) => lines[1] === '> hello' && lines[2] === '>')
    await session.type('wörld 🙂\r')
    assert.equal(await session.hears(), 'wörld 🙂\n')
    await session.type('\x04')
    assert.equal(await session.hears(), '', 'the end of our words')
    // The other direction is still open, without a prompt: nothing can be typed any more.
    await session.say('and yet\n')
    await session.shows((lines) => lines.includes('and yet'))
    await session.say('more\n')
    await session.shows((lines) => lines.includes('more'))
    assert.deepEqual(session.screen.lines.slice(1), ['> hello', '> wörld 🙂', 'and yet', 'more'])
    await session.remote.run('s.close()')
    await session.ends(0)
    assert.match(session.screen.lines.at(-1) as string, /has left$/)
  })

  test('a message comes in above a half-typed line, which is sent whole', async () => {
    await using session = new Session()
    await session.open()
    await session.type('half-ty')
    await session.shows((lines) => lines[1] === '> half-ty')
    await session.say('incoming\n')
    await session.shows((lines) => lines[1] === 'incoming' && lines[2] === '> half-ty')
    assert.equal(session.screen.cursor.column, '> half-ty'.length)
    // Two in one segment.
    await session.say('two\nthree\n')
    await session.shows((lines) => lines[4] === '> half-ty')
    await session.type('ped\r')
    assert.equal(await session.hears(), 'half-typed\n')
    await session.shows((lines) => lines[5] === '>')
    assert.deepEqual(session.screen.lines.slice(1), ['incoming', 'two', 'three', '> half-typed', '>'])
    await session.type('q\r')
    assert.equal(await session.hears(), 'q\n')
    await session.ends(0)
    assert.equal(session.screen.lines.at(-1), 'the talk is over')
  })

  for (const length of [100, 250])
    test(`a half-typed line of ${length} characters takes several rows, and the message none of them`, async () => {
      await using session = new Session()
      await session.open()
      const typed = Array.from({ length }, (_, i) => `${i % 10}`).join('')
      const rows = `> ${typed}`.match(/.{1,80}/g) as string[]
      await session.type(typed)
      await session.shows((lines) => lines.slice(1).join('') === `> ${typed}`)
      for (const message of ['first', 'second', 'third']) {
        await session.say(`${message}\n`)
        await session.shows((lines) => lines.includes(message) && lines.join('').endsWith(typed))
      }
      assert.deepEqual(session.screen.lines.slice(1), ['first', 'second', 'third', ...rows])
      // With the cursor in the first row, after Home.
      await session.type('\x01')
      await session.say('fourth\n')
      await session.shows((lines) => lines.includes('fourth') && lines.join('').endsWith(typed))
      assert.deepEqual(session.screen.lines.slice(1), ['first', 'second', 'third', 'fourth', ...rows])
      await session.type('\r')
      assert.equal(await session.hears(), `${typed}\n`)
      await session.type('\x03')
      await session.ends(0)
    })

  test('Ctrl-C ends it in the middle of a line', async () => {
    await using session = new Session()
    await session.open()
    await session.type('never sent')
    await session.shows((lines) => lines[1] === '> never sent')
    await session.type('\x03')
    assert.equal(await session.hears(), '')
    await session.ends(0)
  })

  test('Ctrl-C after Ctrl-D ends it too', async () => {
    await using session = new Session()
    await session.open()
    await session.type('\x04')
    assert.equal(await session.hears(), '')
    await session.type('\x03')
    await session.ends(0)
  })

  test('a q of the peer ends it, what is half typed goes', async () => {
    await using session = new Session()
    await session.open()
    await session.type('half')
    await session.shows((lines) => lines[1] === '> half')
    await session.say('q\n')
    await session.ends(0)
    assert.deepEqual(session.screen.lines.slice(1), ['the talk is over'])
  })

  test('a lost peer ends it with exit code 1', async () => {
    await using session = new Session()
    await session.open()
    await session.remote.run(
      `s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()`,
    )
    await session.ends(1)
    assert.match(session.screen.lines.at(-1) as string, /connection is lost$/)
  })
})
