/** The main job: every service at once, in a network namespace of its own where root runs this. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { type Json, main, Program } from './program.js'
import { Remote } from './remote.js'

const isolated = process.getuid?.() === 0 && spawnSync('unshare', ['-n', 'true']).status === 0
const offset = isolated ? 0 : 20_000 + (process.pid % 1000) * 20
if (!isolated) console.log(`# no network namespace without root: ports ${offset} above the usual ones`)
const needs = needsProgram('python3', 'nc', ...(isolated ? ['ip', 'unshare', 'nsenter'] : []))

/** A network of our own: a Python in it, and whatever else we run there. */
class Place implements AsyncDisposable {
  readonly remote = new Remote(
    isolated ? ['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$0" "$@"'] : [],
  )
  readonly #programs: Program[] = []

  async open(): Promise<void> {
    await this.remote.run(`P = ${offset}`)
  }

  run(command: string, ...args: readonly string[]): Program {
    const inside = isolated ? ['nsenter', `--net=/proc/${this.remote.pid}/ns/net`] : []
    const [first, ...rest] = [...inside, command, ...args]
    const program = new Program(first as string, rest, { group: command === 'sh' })
    this.#programs.push(program)
    return program
  }

  /** `berkeley serve`, when it is ready. */
  async serve(...args: readonly string[]): Promise<Program> {
    const shift = isolated ? [] : ['--offset', `${offset}`]
    const server = this.run(process.execPath, main, 'serve', '--json', ...shift, ...args)
    await server.event('ready')
    return server
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const program of this.#programs) await program[Symbol.asyncDispose]()
    await this.remote[Symbol.asyncDispose]()
  }
}

const tcp = (host: string, port: number): string => `socket.create_connection(('${host}', P + ${port}))`
const udp = (host: string, port: number): string => `udp('${host}', P + ${port})`
const UDP = `
def udp(host, port):
  s = socket.socket(socket.AF_INET6 if ':' in host else socket.AF_INET, socket.SOCK_DGRAM)
  s.connect((host, port))
  return s
`

/** Service, transport, port: what serve promises. */
const PROMISED = [
  ['chat', 'tcp', 9527],
  ['chat', 'udp', 9528],
  ['time', 'udp', 9527],
  ['echo plain', 'tcp', 9007],
  ['echo upper', 'tcp', 9000],
  ['echo timestamp', 'tcp', 9999],
  ['echo plain', 'udp', 9007],
] as const

describe('serve', { ...needs, concurrency: isolated ? 2 : 1 }, () => {
  test('all services at once, on both addresses at once', async () => {
    await using place = new Place()
    await place.open()
    const server = await place.serve()
    const { remote } = place
    for (const [service, transport, port] of PROMISED) {
      const endpoints = [`${transport}://127.0.0.1:${port + offset}`, `${transport}://[::1]:${port + offset}`]
      const told = server.rest.find(
        (event) => event.service === service && `${event.endpoints}` === `${endpoints}`,
      )
      assert.equal(told?.event, 'listening', `${service} on ${endpoints}`)
    }
    assert.equal(server.rest.length, PROMISED.length)
    await remote.run(UDP)
    // Every connection is open before the first one speaks.
    for (const [i, host] of ['127.0.0.1', '::1'].entries()) {
      await remote.run(
        `plain${i}, upper${i}, stamp${i} = ${[9007, 9000, 9999].map((port) => tcp(host, port))}`,
      )
      await remote.run(`time${i}, echo${i} = ${udp(host, 9527)}, ${udp(host, 9007)}`)
    }
    await remote.run(`chat0, chat1 = ${tcp('127.0.0.1', 9527)}, ${udp('::1', 9528)}`)
    await server.event('joined')
    for (const i of [1, 0]) {
      await remote.run(`[s.send(b'hello') for s in (plain${i}, upper${i}, stamp${i}, echo${i})]`)
      await remote.run(`time${i}.send(b'%Y')`)
      assert.equal(await remote.text(`plain${i}.recv(100)`), 'hello')
      assert.equal(await remote.text(`upper${i}.makefile('rb').read()`), 'HELLO')
      assert.match(await remote.text(`stamp${i}.recv(100)`), /^\w{3} .* \d{4}hello$/)
      assert.equal(await remote.text(`echo${i}.recv(100)`), 'hello')
      assert.match(await remote.text(`time${i}.recv(100)`), /^20\d\d$/)
    }
    // Both chats hear what the server's side types, and it hears both.
    await remote.run(`chat0.sendall(b'over tcp\\n'); chat1.send(b'over udp')`)
    await server.event('message', { message: 'over tcp\n' })
    await server.event('message', { message: 'over udp' })
    server.write('to everybody\n')
    assert.equal(await remote.text('chat0.recv(100)'), 'to everybody\n')
    assert.equal(await remote.text('chat1.recv(100)'), 'to everybody')
    server.write('q\n')
    assert.equal(await remote.text(`chat0.makefile('rb').read()`), 'q\n')
    assert.equal(await remote.text('chat1.recv(100)'), 'q')
    await server.event('ended')
    await server.event('ended')
    // The talks are over, the chats are not.
    await remote.run(`chat0 = ${tcp('::1', 9527)}; chat0.sendall(b'again\\n')`)
    await server.event('message', { message: 'again\n' })
    await remote.run(`chat1.send(b'me too')`)
    await server.event('message', { message: 'me too' })
    // The end of the input ends nothing; an interrupt ends everything, and leaves the ports to others.
    server.end()
    await remote.run(`s = ${tcp('127.0.0.1', 9007)}; s.send(b'alive')`)
    assert.equal(await remote.text('s.recv(100)'), 'alive')
    server.kill('SIGINT')
    await server.exits(0)
    assert.equal(server.err, '')
    assert.equal(await remote.text('chat0.recv(100)'), '')
    await remote.run(`
for host, family in (('127.0.0.1', socket.AF_INET), ('::1', socket.AF_INET6)):
  for port in (9000, 9007, 9527, 9999): socket.create_server((host, P + port), family=family).close()
  for port in (9007, 9527, 9528):
    s = socket.socket(family, socket.SOCK_DGRAM); s.bind((host, P + port)); s.close()`)
    // Every line is an event.
    const events = server.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Json)
    assert.ok(events.every(({ event, text }) => typeof event === 'string' && text === undefined))
    assert.equal(events.at(-1)?.event, 'closed')
  })

  test('a port that is taken is named, and the others start', async () => {
    await using place = new Place()
    await place.open()
    const { remote } = place
    await remote.run(`a = socket.create_server(('127.0.0.1', P + 9000))`)
    await remote.run(`b = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); b.bind(('::1', P + 9527))`)
    const server = await place.serve()
    for (const [service, endpoint] of [
      ['echo upper', `tcp://127.0.0.1:${offset + 9000}`],
      ['time', `udp://[::1]:${offset + 9527}`],
    ])
      await server.event('failed', { service, endpoint, code: 'EADDRINUSE' })
    await server.event('listening', { service: 'time' })
    await remote.run(UDP)
    await remote.run(`s = ${tcp('::1', 9000)}; s.send(b'upper')`)
    assert.equal(await remote.text('s.recv(100)'), 'UPPER')
    await remote.run(`s = ${udp('127.0.0.1', 9527)}; s.send(b'%%')`)
    assert.equal(await remote.text('s.recv(100)'), '%')
    // A second serve finds everything taken but what was free, and says so in lines for people.
    const shift = isolated ? [] : ['--offset', `${offset}`]
    const second = place.run(process.execPath, main, 'serve', ...shift)
    await second.exits(1)
    assert.match(second.out, new RegExp(`tcp://127\\.0\\.0\\.1:${offset + 9000} does not start: .*in use`))
    assert.equal(second.out.trimEnd().split('\n').length, 2 * PROMISED.length)
    assert.equal(second.err, 'berkeley: nothing could be started\n')
    server.kill('SIGTERM')
    await server.exits(0)
  })

  test('every line it gives to try something with works', async () => {
    await using place = new Place()
    await place.open()
    const server = await place.serve()
    const tries = server.rest.filter(({ event }) => event === 'listening') as {
      service: string
      try: string
    }[]
    assert.equal(tries.length, PROMISED.length)
    const expected: Readonly<Record<string, RegExp>> = {
      time: /^\d\d:\d\d:\d\d\n$/,
      'echo plain': /^hello\n$/,
      'echo upper': /^HELLO\n$/,
      'echo timestamp': /^\w{3} .* \d{4}hello\n$/,
    }
    for (const { service, try: line } of tries) {
      const client = place.run('sh', '-c', line.replace(/-w1/, '-W1'))
      if (service === 'chat') {
        client.write('hi from nc\n')
        await server.event('message', { message: 'hi from nc\n' })
        server.write('hi nc\n')
        await client.says('hi nc')
        server.write('q\n')
        await client.says('q')
        client.end()
        await server.event('ended')
        client.kill('SIGTERM')
      } else {
        await client.exits(0)
        assert.match(client.out, expected[service] as RegExp, line)
      }
    }
  })

  test('a forged datagram does not set its services on each other', {
    skip: !isolated && 'needs root',
  }, async () => {
    await using place = new Place()
    await place.open()
    const { remote } = place
    const server = await place.serve()
    await remote.run(UDP)
    await remote.run(`
w = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
w.bind(('lo', 0x0800)); w.setblocking(False)
def forge(source, target):
  udp = struct.pack('!HHHH', source, target, 10, 0) + b'xy'
  ip = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 30, 0, 0, 64, 17, 0, b'\\x7f\\0\\0\\1', b'\\x7f\\0\\0\\1')
  with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW) as raw:
    raw.sendto(ip + udp, ('127.0.0.1', 0))
def seen(*ports):
  n = 0
  while True:
    try: packet = w.recv(65536)
    except BlockingIOError: return n
    n += packet[9] == 17 and all(port in ports for port in struct.unpack('!HH', packet[20:24]))`)
    const ports = [9007, 9527, 9528]
    for (const source of ports) for (const target of ports) await remote.run(`forge(${source}, ${target})`)
    // Both have dealt with all of it when they answer somebody else.
    for (const [port, ask] of [
      [9527, '%%'],
      [9007, '%'],
      [9527, '%%'],
      [9007, '%'],
    ] as const) {
      await remote.run(`s = ${udp('127.0.0.1', port)}; s.send(b'${ask}')`)
      assert.equal(await remote.text('s.recv(100)'), '%')
    }
    assert.equal(await remote.run(`seen(${ports})`), ports.length ** 2, 'the forged ones, and no answer')
    server.kill('SIGINT')
    await server.exits(0)
  })
})
