/** The time service with Python on the other side, whose strftime is glibc's. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { abstractName, berkeley, Program, serving, temporary } from './program.js'
import { bytes, Remote } from './remote.js'

// Behind Greenwich, with half an hour, and with summer time.
const TZ = 'America/St_Johns'

const FORMATS: readonly string[] = [
  '%y-%m-%d %x',
  '%c',
  '%A %a %B %b %h %p %P %r %R %T %X %D %F',
  '%C %d %e %G %g %H %I %j %k %l %M %m %s %S %U %u %V %W %w %Y %y',
  '%z %Z %n%t%%',
  '%-d %_m %0e %^a %^B %#Z %#p %10Y %_10d %-10j',
  '%Ey %OH %EC %Od',
  'ünïcode 🙂 %H',
  '%',
  '%Q %1',
  'a%',
  '   ',
  'no directive',
  '%H:%M:%S\n',
]

/** Python asks `c`, and says what its own strftime has to say at that time, both within one second. */
const ASK = `
os.environ['TZ'] = '${TZ}'
time.tzset()
def ask(form, usual='%y-%m-%d %x'):
  while True:
    before = time.time()
    c.send(form)
    answer = c.recv(65536)
    if int(before) == int(time.time()):
      return [answer, time.strftime(form.decode() or usual, time.localtime(before)).encode()]
`

async function asker(family: string, address: string): Promise<Remote> {
  const remote = new Remote()
  await remote.run(`c = socket.socket(socket.${family}, socket.SOCK_DGRAM)`)
  if (family === 'AF_UNIX') await remote.run(`c.bind('')`)
  await remote.run(`c.connect(${address})`)
  await remote.run(ASK)
  return remote
}

describe('time serve', { ...needsProgram('python3'), concurrency: 3 }, () => {
  test('answers every format as glibc does', async () => {
    const { server, port } = await serving(['time', 'serve', 'udp://127.0.0.1:0'], { env: { TZ } })
    await using _server = server
    await using remote = await asker('AF_INET', `('127.0.0.1', ${port})`)
    for (const format of ['', ...FORMATS]) {
      const [answer, expected] = await remote.run<[Buffer, Buffer]>(`ask(${bytes(format)})`)
      assert.equal(answer.toString(), expected.toString(), JSON.stringify(format))
    }
    server.kill('SIGINT')
    await server.exits(0)
  })

  test('over IPv6 and over unix datagrams as well', async () => {
    using directory = temporary()
    for (const [where, family, address] of [
      ['udp://[::1]:0', 'AF_INET6', (port: number) => `('::1', ${port})`],
      [`unix-dgram:${directory.file('s')}`, 'AF_UNIX', () => `'${directory.file('s')}'`],
    ] as const) {
      const { server, port } = await serving(['time', 'serve', where], { env: { TZ } })
      await using _server = server
      await using remote = await asker(family, address(port))
      for (const format of ['', '%c %z']) {
        const [answer, expected] = await remote.run<[Buffer, Buffer]>(`ask(${bytes(format)})`)
        assert.equal(answer.toString(), expected.toString())
      }
    }
  })

  test('of 512 bytes at most: what is longer, or no text, gets a clear word, and nothing breaks it', async () => {
    const { server, port } = await serving(['time', 'serve', 'udp://127.0.0.1:0'], { env: { TZ } })
    await using _server = server
    await using remote = await asker('AF_INET', `('127.0.0.1', ${port})`)
    for (const [request, answer] of [
      [`b'x' * 512`, /^x{512}$/],
      [`b'x' * 513`, /^error: /],
      [`b'%c' * 21`, /^(.{24}){21}$/],
      [`b'%c' * 22`, /^error: /],
      [`'ü'.encode() * 256`, /^ü{256}$/],
      [`b'%A' * 256`, /^error: /],
      [`b'%511d'`, /^0{509}\d\d$/],
      [`b'%600d'`, /^error: /],
      [`b'%99999999999999999999d'`, /^error: /],
      [`b'%2147483648Y'`, /^error: /],
      [`b'\\xff\\xfe%H'`, /^error: /],
      [`b'%\\xc3'`, /^error: /],
      [`b'\\xed\\xa0\\x80'`, /^error: /],
      [`b'%H' * 30000`, /^error: /],
      [`b'\\x00' * 65507`, /^error: /],
      [`b'%' * 512`, /^%{256}$/],
    ] as const) {
      await remote.run(`c.send(${request})`)
      const said = await remote.run<Buffer>('c.recv(65536)')
      assert.ok(said.length <= 512, `${said.length} bytes`)
      assert.match(said.toString(), answer, request)
    }
    const [now, expected] = await remote.run<[Buffer, Buffer]>(`ask(b'%c')`)
    assert.equal(now.toString(), expected.toString())
    assert.equal(server.rest.length, 0, 'nothing of this is worth an event')
  })

  test('over a stream a request ends with its line or with the sending', async () => {
    using directory = temporary()
    for (const [where, create] of [
      ['tcp://127.0.0.1:0', (port: number) => `socket.create_connection(('127.0.0.1', ${port}))`],
      ['tcp://[::1]:0', (port: number) => `socket.create_connection(('::1', ${port}))`],
      [`unix:${directory.file('s')}`, () => `socket.socket(socket.AF_UNIX)`],
    ] as const) {
      const { server, port } = await serving(['time', 'serve', where], { env: { TZ } })
      await using _server = server
      await using remote = new Remote()
      for (const [request, answer] of [
        [`c.sendall(b'%Z tcp\\n')`, /^N[DS]T tcp\n$/],
        [`c.sendall(b'%Z end'); c.shutdown(socket.SHUT_WR)`, /^N[DS]T end\n$/],
        [`c.sendall(b'\\n')`, /^\d\d-\d\d-\d\d \d\d\/\d\d\/\d\d\n$/],
        [`c.shutdown(socket.SHUT_WR)`, /^\d\d-\d\d-\d\d \d\d\/\d\d\/\d\d\n$/],
        [`c.sendall(b'x' * 513); c.shutdown(socket.SHUT_WR)`, /^error: .*\n$/],
        [`c.sendall(b'\\xff\\n')`, /^error: .*\n$/],
      ] as const) {
        await remote.run(`c = ${create(port)}`)
        if (where.startsWith('unix')) await remote.run(`c.connect('${directory.file('s')}')`)
        await remote.run(request)
        assert.match(await remote.text(`c.makefile('rb').read()`), answer, request)
      }
      // A line in pieces, and a client that resets in the middle of it.
      await remote.run(`c = ${create(port)}`)
      if (where.startsWith('unix')) await remote.run(`c.connect('${directory.file('s')}')`)
      else {
        await remote.run(`d = ${create(port)}; d.sendall(b'%Z')`)
        await remote.run(
          `d.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); d.close()`,
        )
      }
      await remote.run(`c.sendall(b'%'); c.sendall(b'Y'); c.sendall(b'\\nignored')`)
      assert.match(await remote.text(`c.recv(100)`), /^20\d\d\n$/)
      assert.equal(server.rest.length, 0)
    }
  })

  test('nc asks', needsProgram('nc'), async () => {
    const { server, port } = await serving(['time', 'serve', 'udp://127.0.0.1:0'], { env: { TZ } })
    await using _server = server
    await using client = new Program('nc', ['-n', '-u', '-W', '1', '127.0.0.1', `${port}`])
    client.write('%Z\n')
    await client.says(/^N[DS]T\n$/)
  })
})

/** A Python `s` bound for datagrams, and its port. */
async function silent(host = '127.0.0.1'): Promise<{ remote: Remote; port: number }> {
  const remote = new Remote()
  const family = host.includes(':') ? 'AF_INET6' : 'AF_INET'
  await remote.run(`s = socket.socket(socket.${family}, socket.SOCK_DGRAM); s.bind(('${host}', 0))`)
  return { remote, port: await remote.run<number>('s.getsockname()[1]') }
}

describe('time query', { ...needsProgram('python3'), concurrency: 3 }, () => {
  for (const [host, at] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::1', '[::1]'],
  ] as const)
    test(`asks a Python service on ${at}`, async () => {
      const { remote, port } = await silent(host)
      await using _remote = remote
      for (const format of ['%H:%M 🙂', '']) {
        await using query = berkeley([
          'time',
          'query',
          `udp://${at}:${port}`,
          ...(format === '' ? [] : [format]),
        ])
        await remote.run(`r, a = s.recvfrom(1024)`)
        assert.equal(await remote.text('r'), format)
        await remote.run(`s.sendto(time.strftime('at %H:%M').encode(), a)`)
        await query.exits(0)
        assert.match(query.out, /^at \d\d:\d\d\n$/)
        assert.equal(query.err, '')
      }
    })

  test('--json tells the answer and how long it took; nothing of it controls the terminal', async () => {
    const { remote, port } = await silent()
    await using _remote = remote
    await using people = berkeley(['time', 'query', `udp://127.0.0.1:${port}`])
    await remote.run(`_, a = s.recvfrom(1024); s.sendto(b'\\x1b[2Jevil', a)`)
    await people.exits(0)
    assert.equal(people.out, '\\x1b[2Jevil\n')
    await using machine = berkeley(['time', 'query', `udp://127.0.0.1:${port}`, '--json'])
    await remote.run(`_, a = s.recvfrom(1024); s.sendto(b'noon', a)`)
    await machine.exits(0)
    const answer = await machine.event('answer', { answer: 'noon' })
    assert.ok((answer.rttMs as number) > 0)
  })

  test('asks three times before it gives up, and takes an answer to the third', async () => {
    const { remote, port } = await silent()
    await using _remote = remote
    await using patient = berkeley(['time', 'query', `udp://127.0.0.1:${port}`, '--timeout', '100'])
    await remote.run(`[s.recvfrom(1024) for _ in 'ab']; _, a = s.recvfrom(1024); s.sendto(b'late', a)`)
    await patient.exits(0)
    assert.equal(patient.out, 'late\n')
    await using query = berkeley(['time', 'query', `udp://127.0.0.1:${port}`, '--timeout', '50'])
    await query.exits(1)
    assert.match(query.err, /^berkeley: [^\n]+\n$/)
    assert.equal(query.out, '')
    await remote.run(`s.setblocking(False); n = 0`)
    await remote.run(`
try:
  while True: s.recv(1024); n += 1
except BlockingIOError: pass`)
    assert.equal(await remote.run('n'), 3)
  })

  test('a refusal, a silent stream and a full queue all end within the time-out, exit code 1', async () => {
    const { remote, port } = await silent()
    await using _remote = remote
    await remote.run(`s.close(); l = socket.create_server(('127.0.0.1', 0)); n = l.getsockname()[1]`)
    await remote.run(`f = socket.create_server(('127.0.0.1', 0), backlog=0); a = f.getsockname()`)
    await remote.run(`c = [socket.socket() for _ in range(4)]; [x.setblocking(False) for x in c]`)
    await remote.run(`[x.connect_ex(a) for x in c]`)
    for (const where of [
      `udp://127.0.0.1:${port}`,
      `tcp://127.0.0.1:${await remote.run('n')}`,
      `tcp://127.0.0.1:${await remote.run('a[1]')}`,
      `unix-dgram:${abstractName()}`,
    ]) {
      await using query = berkeley(['time', 'query', where, '--timeout', '100'])
      await query.exits(1)
      assert.match(
        query.err,
        /^berkeley: (recv|connect) (ECONNREFUSED|timed out after 100 ms) [^\n]+\n$/,
        where,
      )
      assert.equal(query.out, '')
    }
  })

  test('over tcp and unix asks our own service', async () => {
    using directory = temporary()
    for (const where of [
      'tcp://127.0.0.1:0',
      `unix:${directory.file('s')}`,
      `unix-dgram:${directory.file('d')}`,
    ]) {
      const { server, endpoint } = await serving(['time', 'serve', where], { env: { TZ } })
      await using _server = server
      await using query = berkeley(['time', 'query', endpoint, '%Z %%'])
      await query.exits(0)
      assert.match(query.out, /^N[DS]T %\n$/)
    }
  })
})
