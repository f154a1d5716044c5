/** Descriptors from elsewhere: adoption, duplicates, close-on-exec, what is left when things go wrong. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  fromfd,
  O_CLOEXEC,
  O_NONBLOCK,
  SOCK_CLOEXEC,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
} from 'berkeley'
import { needsProgram } from '../support/needs.js'
import { connected, every, node, pair, Several, tcp, turns } from './matrix.js'

/** The flags of the open file, close-on-exec among them. */
function flags(fd: number): number {
  const line = /^flags:\s+([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))
  return Number.parseInt(line?.[1] ?? '', 8)
}

const own = O_CLOEXEC | O_NONBLOCK

describe('every descriptor is close-on-exec and non-blocking', () => {
  for (const each of every)
    it(`of socket, accept, fromfd, socketpair, adoption: ${each.name}`, async () => {
      using several = new Several()
      const p = several.add(await pair(each))
      const all: Socket[] = [p.listener, p.client, p.server, several.add(fromfd(p.client.fileno()))]
      if (each.family === AF_UNIX)
        for (const end of socketpair(each.family, each.type)) all.push(several.add(end))
      all.push(several.add(socket(undefined, undefined, undefined, { fileno: socket(each.family).detach() })))
      for (const made of all) assert.equal(flags(made.fileno()) & own, own)
    })

  it('SOCK_NONBLOCK in the type is setblocking(false); SOCK_CLOEXEC changes nothing', () => {
    using made = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC)
    assert.deepEqual([made.type, made.getblocking(), flags(made.fileno()) & own], [SOCK_DGRAM, false, own])
    const [a, b] = socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK)
    assert.deepEqual([a.type, a.getblocking(), b.getblocking()], [SOCK_STREAM, false, false])
    a.close()
    b.close()
  })
})

describe('detach and adoption', () => {
  for (const each of every)
    it(`family, type and protocol are asked of the descriptor: ${each.name}`, async () => {
      using p = await pair(each)
      const number = p.client.detach()
      assert.equal(p.client.fileno(), -1)
      assert.equal(p.client.detach(), -1)
      p.client.close()
      using adopted = socket(undefined, undefined, undefined, { fileno: number })
      assert.deepEqual([adopted.fileno(), adopted.family, adopted.type], [number, each.family, each.type])
      assert.deepEqual(adopted.getpeername(), p.listener.getsockname())
      await adopted.send('still there')
      assert.equal(String(await p.server.recv(100)), 'still there')
      const waiting = adopted.recv(10)
      await turns()
      await p.server.send('back')
      assert.equal(String(await waiting), 'back')
    })

  it('an adopted listener listens', async () => {
    for (const each of connected) {
      using several = new Several()
      const first = socket(each.family, each.type)
      first.bind(each.address())
      first.listen()
      const address = first.getsockname()
      const adopted = several.add(socket(undefined, undefined, undefined, { fileno: first.detach() }))
      assert.throws(() => adopted.chunks(), TypeError)
      const accepting = adopted.accept()
      await turns()
      const client = several.add(socket(each.family, each.type))
      await client.connect(address)
      several.add((await accepting)[0])
    }
  })

  it('errors of an adopted connection know its peer', async () => {
    using p = await tcp()
    const remote = p.listener.getsockname()
    using adopted = socket(AF_INET, SOCK_STREAM, 0, { fileno: p.client.detach() })
    await adopted.send('unread')
    p.server.close()
    await assert.rejects(adopted.recv(1), { code: 'ECONNRESET', remote })
  })

  it('a number that is registered already is an error (EEXIST), and harms nobody', async () => {
    using p = await tcp()
    for (let i = 0; i < 2; i++)
      assert.throws(() => socket(AF_INET, SOCK_STREAM, 0, { fileno: p.client.fileno() }), {
        code: 'EEXIST',
        syscall: 'socket',
      })
    await p.client.send('x')
    assert.equal(String(await p.server.recv(1)), 'x')
  })

  it('what is no descriptor, and no socket', () => {
    for (const [wrong, error] of [
      [-1, RangeError],
      [1.5, TypeError],
      ['3', TypeError],
    ] as const) {
      assert.throws(() => socket(undefined, undefined, undefined, { fileno: wrong as never }), error)
      assert.throws(() => fromfd(wrong as never, AF_INET), error)
    }
    assert.throws(() => socket(undefined, undefined, undefined, { fileno: 99_999 }), { code: 'EBADF' })
    assert.throws(() => fromfd(99_999), { code: 'EBADF' })
    const file = openSync('/dev/null', 'r')
    assert.throws(() => socket(undefined, undefined, undefined, { fileno: file }), { code: 'ENOTSOCK' })
    assert.throws(() => fromfd(file), { code: 'ENOTSOCK' })
    closeSync(file)
  })

  it('fromfd duplicates: each has its own end', async () => {
    using p = await tcp()
    using copy = fromfd(p.client.fileno(), AF_INET, SOCK_STREAM)
    assert.notEqual(copy.fileno(), p.client.fileno())
    assert.deepEqual(copy.getsockname(), p.client.getsockname())
    p.client.close()
    await copy.send('through the copy')
    assert.equal(String(await p.server.recv(100)), 'through the copy')
    copy.close()
    assert.equal((await p.server.recv(1)).length, 0)
  })

  it('a number that comes back hears nothing of its last owner', async () => {
    for (let i = 0; i < 50; i++) {
      const [a, b] = socketpair()
      // The duplicate keeps the open file, and with it every registration in an epoll.
      const copy = fromfd(a.fileno(), AF_UNIX)
      const number = a.fileno()
      const old = a.recv(10).catch((error) => error.code)
      await turns(1)
      b.sendSync('for the copy')
      a.close()
      const [c, d] = socketpair()
      assert.ok([c, d].some((each) => each.fileno() === number))
      c.settimeout(5)
      const fresh = c.recv(10).catch((error) => error.code)
      assert.equal(await old, 'ECANCELED')
      assert.equal(await fresh, 'ETIMEDOUT')
      for (const each of [b, c, d, copy]) each.close()
    }
  })

  it('a descriptor closed behind our back: the next owner of its number is refused, not lost', async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    const victim = socket(AF_INET)
    const client = socket(AF_INET)
    const accepting = server.accept()
    await turns()
    closeSync(victim.fileno())
    const refused = assert.rejects(accepting, { code: 'EEXIST' })
    await client.connect(server.getsockname() as never)
    await refused
    // The accepted descriptor was closed: its peer hears of it.
    assert.equal((await client.recv(1)).length, 0)
    victim.detach()
    client.close()
  })
})

describe('a blocking descriptor', () => {
  // Python's sockets block; the child has its end as standard input.
  it('never blocks the event loop', needsProgram('python3'), async () => {
    const script = `
      import { AF_UNIX, SOCK_STREAM, socket } from 'berkeley'
      import { readFileSync } from 'node:fs'
      const blocks = (fd) => (parseInt(/flags:\\s+([0-7]+)/.exec(readFileSync('/proc/self/fdinfo/' + fd, 'utf8'))[1], 8) & 0o4000) === 0
      const [stream, listener] = [0, Number(process.env.LISTENER)].map((fileno) => { console.log(blocks(fileno)); return socket(undefined, undefined, undefined, { fileno }) })
      let ticks = 0
      const clock = setInterval(() => ticks++, 1)
      stream.settimeout(30)
      console.log(await stream.recv(10).catch((error) => error.code))
      console.log(await stream.sendall(Buffer.alloc(1 << 24)).catch((error) => error.code))
      listener.settimeout(30)
      console.log(await listener.accept().catch((error) => error.code))
      console.log(ticks > 10)
      clearInterval(clock)
      stream.close()
      listener.close()`
    const python = `
import os, socket, subprocess, sys
a, b = socket.socketpair()
l = socket.socket(); l.bind(('127.0.0.1', 0)); l.listen()
os.environ['LISTENER'] = str(l.fileno())
sys.exit(subprocess.run(sys.argv[1:], stdin=b, pass_fds=(l.fileno(),)).returncode)`
    const { stdout, stderr, code } = await node(script, { before: ['python3', '-c', python] })
    assert.deepEqual([stderr, code], ['', 0])
    assert.equal(stdout, 'true\ntrue\nETIMEDOUT\nETIMEDOUT\nETIMEDOUT\ntrue\n')
  })

  it('an inherited connection talks', async () => {
    const [ours, theirs] = socketpair()
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '-e',
        `import { socket } from 'berkeley'
         const s = socket(undefined, undefined, undefined, { fileno: 3 })
           for await (const chunk of s) await s.sendall(String(chunk).toUpperCase()) ; s.close()`,
      ],
      { stdio: ['ignore', 'inherit', 'inherit', theirs.fileno()] },
    )
    const exited = once(child, 'exit')
    theirs.close()
    await ours.sendall('hello')
    assert.equal(String(await ours.recv(100)), 'HELLO')
    ours.shutdown(1)
    assert.equal((await ours.recv(100)).length, 0)
    ours.close()
    assert.deepEqual(await exited, [0, null])
  })
})

describe('socketpair', () => {
  for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET])
    it(`of type ${type}: two unnamed ends`, async () => {
      const [a, b] = socketpair(AF_UNIX, type)
      for (const [from, to] of [
        [a, b],
        [b, a],
      ] as const) {
        await from.send('x')
        assert.equal(String(await to.recv(10)), 'x')
        assert.deepEqual(from.getsockname(), { family: 'unix', path: '' })
        assert.deepEqual(from.getpeername(), { family: 'unix', path: '' })
      }
      a.close()
      b.close()
    })

  it('of a family that has none: EOPNOTSUPP', () => {
    for (const family of [AF_INET, AF_INET6])
      assert.throws(() => socketpair(family, SOCK_STREAM), { code: 'EOPNOTSUPP', syscall: 'socketpair' })
  })
})

describe('disposal', () => {
  it('Symbol.dispose and Symbol.asyncDispose close', async () => {
    let number: number
    {
      using made = socket(AF_INET)
      number = made.fileno()
      assert.ok(number > 2)
    }
    assert.throws(() => fromfd(number), { code: 'EBADF' })
    {
      await using server = createServer({ host: '127.0.0.1', port: 0 })
      await using client = await createConnection(server.getsockname())
      number = client.fileno()
    }
    assert.throws(() => fromfd(number), { code: 'EBADF' })
  })
})
