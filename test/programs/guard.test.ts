/** Whom the datagram services do not answer: forged sources, each other, a client who asks too often or never listens. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram, needsRoot } from '../support/needs.js'
import { serving, temporary } from './program.js'
import { Remote } from './remote.js'

const python = needsProgram('python3')
const rootPython = { skip: python.skip || needsRoot().skip }

/**
 * `forge(source, target, bytes)` sends a UDP packet over loopback that claims to come from `source`; `seen(ports)` says
 * how many went out there since `watch()` with both ports among these.
 */
const FORGE = `
def watch():
  global w
  w = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
  w.bind(('lo', 0x0800)); w.setblocking(False)
def seen(*ports):
  n = 0
  while True:
    try: packet, (_, _, kind, *_) = w.recvfrom(65536)
    except BlockingIOError: return n
    head = (packet[0] & 15) * 4
    if kind == socket.PACKET_HOST and packet[9] == 17:
      n += all(port in ports for port in struct.unpack('!HH', packet[head:head + 4]))
def forge(source, target, data):
  udp = struct.pack('!HHHH', source[1], target[1], 8 + len(data), 0) + data
  ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0,
    socket.inet_aton(source[0]), socket.inet_aton(target[0]))
  with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
    raw.sendto(ip + udp, (target[0], 0))
`

/** A python `c`, connected to a datagram service on 127.0.0.1 from elsewhere on loopback. */
async function client(port: number, from = '127.0.0.2'): Promise<Remote> {
  const remote = new Remote()
  await remote.run(`c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); c.bind(('${from}', 0))`)
  await remote.run(`c.connect(('127.0.0.1', ${port}))`)
  return remote
}

/** What the service says now says that it has seen everything before. */
async function answered(remote: Remote, request = 'b"%%"', answer = '%'): Promise<void> {
  await remote.run(`c.send(${request})`)
  assert.equal(await remote.text('c.recv(100)'), answer)
}

const services = [
  { what: 'time', args: ['time', 'serve'] },
  { what: 'echo', args: ['echo', 'serve'] },
] as const

describe('datagram services', { concurrency: 3 }, () => {
  for (const { what, args } of services) {
    const ask = (remote: Remote): Promise<void> =>
      what === 'time' ? answered(remote) : answered(remote, 'b"hi"', 'hi')

    test(`${what}: no answer to a port under 1024`, rootPython, async () => {
      const { server, port } = await serving([...args, 'udp://127.0.0.1:0'])
      await using _server = server
      await using remote = await client(port)
      await remote.run(`s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)`)
      // Any of them that is free.
      await remote.run(`
for port in range(1023, 600, -1):
  try: s.bind(('127.0.0.3', port)); break
  except OSError: pass`)
      assert.ok((await remote.run<number>('s.getsockname()[1]')) > 600)
      await remote.run(`s.sendto(b'%%', ('127.0.0.1', ${port}))`)
      await ask(remote)
      assert.deepEqual(await remote.run('select.select([s], [], [], 0)[0]'), [])
      // From port 1024 on they are answered.
      await remote.run(`s.close(); c.close(); c = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)`)
      await remote.run(`c.bind(('127.0.0.3', 1024)); c.connect(('127.0.0.1', ${port}))`)
      await ask(remote)
    })

    test(
      `${what}: a datagram forged to come from the service itself starts no endless talk`,
      rootPython,
      async () => {
        const { server, port } = await serving([...args, 'udp://127.0.0.1:0'])
        await using _server = server
        await using remote = await client(port)
        await remote.run(FORGE)
        await remote.run('watch()')
        for (const source of ['127.0.0.1', '127.0.0.9'])
          await remote.run(`forge(('${source}', ${port}), ('127.0.0.1', ${port}), b'for ever')`)
        await ask(remote)
        await ask(remote)
        assert.equal(await remote.run(`seen(${port})`), 2, 'the two forged ones, and no answer')
      },
    )

    test(`${what}: a unix client who fetches nothing, or has no name, holds up nobody`, python, async () => {
      using directory = temporary()
      const { server } = await serving([...args, `unix-dgram:${directory.file('s')}`])
      await using _server = server
      await using remote = new Remote()
      await remote.run(`a, b, c = [socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) for _ in 'abc']`)
      await remote.run(`a.bind(''); c.bind(''); c.connect('${directory.file('s')}')`)
      await remote.run(`b.connect('${directory.file('s')}'); b.send(b'nameless')`)
      // More than its queue takes (of a connected one the kernel would not count it).
      await remote.run(`[a.sendto(b'%%', '${directory.file('s')}') for _ in range(100)]`)
      await ask(remote)
      await remote.run(`a.close()`)
      await ask(remote)
    })
  }

  test('time: so many answers a second to one source, and as ever to the others', python, async () => {
    const { server, port } = await serving(['time', 'serve', 'udp://127.0.0.1:0'])
    await using _server = server
    await using other = await client(port, '127.0.0.3')
    await using greedy = await client(port)
    await answered(other)
    // Few enough for the service's queue, from several ports of one host.
    await greedy.run(`d = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); d.bind(('127.0.0.2', 0))`)
    await greedy.run(`d.connect(('127.0.0.1', ${port})); begin = time.monotonic()`)
    await greedy.run(`for _ in range(100): c.send(b'%%'); d.send(b'%%')`)
    await answered(other)
    const [got, seconds] = await greedy.run<[number, number]>(
      `[sum(len(select.select([x], [], [], 0)[0]) and len(x.recv(9)) for _ in range(100) for x in (c, d)),
        time.monotonic() - begin]`,
    )
    assert.ok(got >= 100, `${got} answers: a burst is answered`)
    assert.ok(got <= 100 + 50 * seconds + 1 && got < 200, `${got} answers in ${seconds} s`)
    // It is answered again when it asks as often as it may.
    await greedy.run(`
c.settimeout(0.05)
for _ in range(100):
  c.send(b'%%')
  try: again = c.recv(9); break
  except TimeoutError: pass`)
    assert.equal(await greedy.text('again'), '%')
  })
})
