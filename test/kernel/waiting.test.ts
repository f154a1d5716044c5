/** Non-blocking mode, time-outs and aborts, for every verb that waits. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  createConnection,
  createServer,
  SO_ERROR,
  SO_SNDBUF,
  SOCK_STREAM,
  type Socket,
  SystemError,
  socket,
  socketpair,
  TimeoutError,
} from 'berkeley'
import { abstractName, deaf, drain, fill, Several, tcp, turns } from './matrix.js'

type Verb = readonly [
  name: string,
  syscall: string,
  call: (s: Socket, signal?: AbortSignal) => Promise<unknown>,
]

const reads: readonly Verb[] = [
  ['recv', 'recv', (s, signal) => s.recv(10, { signal })],
  ['a large recv', 'recv', (s, signal) => s.recv(100_000, { signal })],
  ['recvInto', 'recv', (s, signal) => s.recvInto(Buffer.alloc(10), { signal })],
  ['recvfrom', 'recvfrom', (s, signal) => s.recvfrom(10, { signal })],
  ['recvfromInto', 'recvfrom', (s, signal) => s.recvfromInto(Buffer.alloc(10), { signal })],
  ['chunks', 'recv', (s, signal) => s.chunks({ signal }).next()],
]
const writes: readonly Verb[] = [
  ['send', 'send', (s, signal) => s.send('x', { signal })],
  ['sendall', 'send', (s, signal) => s.sendall('x', { signal })],
]

/** Streams whose waiting verbs wait: an empty pair to read, a full pair to write, a listener nobody connects to. */
async function idle(verb: Verb): Promise<{ s: Socket; peer: Socket } & Disposable> {
  const several = new Several()
  const [s, peer] = socketpair() as unknown as [Socket, Socket]
  several.add(s)
  several.add(peer)
  if (writes.includes(verb)) {
    s.settimeout(0)
    await fill(() => s.send(Buffer.alloc(4096)))
    s.settimeout(null)
  }
  return { s, peer, [Symbol.dispose]: () => several[Symbol.dispose]() }
}

const listener = (): Socket => createServer({ host: '127.0.0.1', port: 0 }) as unknown as Socket

for (const verb of [...reads, ...writes]) {
  const [name, syscall, call] = verb
  describe(name, () => {
    it('non-blocking: EAGAIN where it would wait', async () => {
      using it = await idle(verb)
      it.s.setblocking(false)
      await assert.rejects(call(it.s), { name: 'SystemError', code: 'EAGAIN', errno: -11, syscall })
    })

    it('time-out: TimeoutError, ETIMEDOUT, and the socket stays good', async () => {
      using it = await idle(verb)
      it.s.settimeout(20)
      const begin = performance.now()
      await assert.rejects(call(it.s), (error: unknown) => {
        assert.ok(error instanceof TimeoutError && error instanceof SystemError)
        assert.deepEqual([error.code, error.errno, error.syscall], ['ETIMEDOUT', -110, syscall])
        assert.deepEqual(error.local, { family: 'unix', path: '' })
        return true
      })
      assert.ok(performance.now() - begin >= 19)
      it.s.settimeout(null)
      const again = call(it.s)
      await turns()
      if (writes.includes(verb)) {
        it.peer.settimeout(0)
        await drain(it.peer)
      } else await it.peer.send('x')
      await again
    })

    it('abort: the signal’s reason, before and while it waits; the socket stays good', async () => {
      using it = await idle(verb)
      const reason = new Error('enough')
      await assert.rejects(call(it.s, AbortSignal.abort(reason)), (error) => error === reason)
      const controller = new AbortController()
      const waiting = call(it.s, controller.signal)
      await turns()
      controller.abort(reason)
      await assert.rejects(waiting, (error) => error === reason)
      const again = call(it.s, new AbortController().signal)
      if (writes.includes(verb)) {
        it.peer.settimeout(0)
        await drain(it.peer)
      } else await it.peer.send('x')
      await again
    })

    it('one of several waiting is aborted: the others are served in order', async () => {
      using it = await idle(verb)
      const controller = new AbortController()
      const [first, second, third] = [
        call(it.s, controller.signal),
        call(it.s),
        call(it.s, controller.signal),
      ]
      await turns()
      controller.abort()
      await assert.rejects(first, { name: 'AbortError' })
      await assert.rejects(third, { name: 'AbortError' })
      if (writes.includes(verb)) {
        it.peer.settimeout(0)
        await drain(it.peer)
      } else await it.peer.send('x')
      await second
    })

    it('close and detach fail it with ECANCELED', async () => {
      for (const end of ['close', 'detach'] as const) {
        using it = await idle(verb)
        const all = Promise.allSettled([call(it.s), call(it.s)])
        await turns()
        const number = it.s[end]()
        if (number !== undefined) socket(AF_UNIX, SOCK_STREAM, 0, { fileno: number }).close()
        for (const each of await all)
          if (name === 'chunks')
            assert.deepEqual(each, { status: 'fulfilled', value: { done: true, value: undefined } })
          else {
            const { reason } = each as PromiseRejectedResult
            assert.deepEqual([reason.code, reason.errno, reason.syscall], ['ECANCELED', -125, syscall])
          }
      }
    })
  })
}

describe('accept', () => {
  it('non-blocking: EAGAIN', async () => {
    using server = listener()
    server.settimeout(0)
    await assert.rejects(server.accept(), { code: 'EAGAIN', syscall: 'accept', local: server.getsockname() })
  })

  it('time-out and abort, and the next connection is taken after them', async () => {
    using server = listener()
    server.settimeout(10)
    await assert.rejects(server.accept(), { name: 'TimeoutError', code: 'ETIMEDOUT', syscall: 'accept' })
    server.settimeout(null)
    const controller = new AbortController()
    const given = server.accept({ signal: controller.signal })
    await turns()
    controller.abort()
    await assert.rejects(given, { name: 'AbortError' })
    using client = socket() as unknown as Socket
    await client.connect(server.getsockname())
    const [connection, peer] = await server.accept()
    connection.close()
    assert.deepEqual(peer, client.getsockname())
  })

  it('close and detach fail it with ECANCELED', async () => {
    for (const end of ['close', 'detach'] as const) {
      const server = listener()
      const waiting = server.accept()
      await turns()
      const number = server[end]()
      await assert.rejects(waiting, { code: 'ECANCELED', syscall: 'accept' })
      if (number !== undefined) socket(undefined, undefined, undefined, { fileno: number }).close()
    }
  })
})

describe('connect', () => {
  it('non-blocking: EINPROGRESS, and it goes on', async () => {
    using server = listener()
    using client = socket() as unknown as Socket
    client.setblocking(false)
    await assert.rejects(client.connect(server.getsockname()), {
      code: 'EINPROGRESS',
      errno: -115,
      syscall: 'connect',
      remote: server.getsockname(),
    })
    const [connection] = await server.accept()
    connection.close()
    assert.equal(client.getsockopt(SO_ERROR), 0)
    assert.equal(await client.connectEx(server.getsockname()), 0)
  })

  it('time-out: TimeoutError; the socket is good for closing only (ECANCELED)', async () => {
    using full = await deaf()
    const client = socket(AF_INET)
    client.settimeout(30)
    await assert.rejects(client.connect(full.address), {
      name: 'TimeoutError',
      code: 'ETIMEDOUT',
      syscall: 'connect',
      remote: full.address,
    })
    await assert.rejects(client.connect(full.address), { code: 'ECANCELED', syscall: 'connect' })
    await assert.rejects(client.recv(1), { code: 'ECANCELED', syscall: 'recv' })
    await assert.rejects(client.send('x'), { code: 'ECANCELED', syscall: 'send' })
    assert.throws(() => client.shutdown(0), { code: 'ECANCELED', syscall: 'shutdown' })
    client.close()
    assert.equal(client.fileno(), -1)
  })

  it('connectEx: the time-out’s errno', async () => {
    using full = await deaf()
    using client = socket(AF_INET)
    client.settimeout(10)
    assert.equal(await client.connectEx(full.address), 110)
  })

  it('abort: the socket is good for closing only', async () => {
    using full = await deaf()
    using client = socket(AF_INET)
    await assert.rejects(client.connect(full.address, { signal: AbortSignal.abort() }), {
      name: 'AbortError',
    })
    const controller = new AbortController()
    const connecting = client.connect(full.address, { signal: controller.signal })
    await turns()
    controller.abort()
    await assert.rejects(connecting, { name: 'AbortError' })
    await assert.rejects(client.connect(full.address), { code: 'ECANCELED' })
  })

  it('time-out and abort fail what waits behind it with ECANCELED', async () => {
    using full = await deaf()
    for (const limit of ['abort', 'timeout']) {
      using client = socket(AF_INET)
      const controller = new AbortController()
      if (limit === 'timeout') client.settimeout(20)
      const connecting = client.connect(full.address, { signal: controller.signal })
      client.settimeout(null)
      const behind = Promise.allSettled([client.recv(1), client.send('x'), client.sendall('y')])
      await turns()
      if (limit === 'abort') controller.abort()
      await assert.rejects(connecting, { name: limit === 'abort' ? 'AbortError' : 'TimeoutError' })
      for (const each of await behind) assert.equal((each as PromiseRejectedResult).reason.code, 'ECANCELED')
    }
  })

  it('close fails it with ECANCELED', async () => {
    using full = await deaf()
    const client = socket(AF_INET)
    const connecting = client.connect(full.address)
    await turns()
    client.close()
    await assert.rejects(connecting, { code: 'ECANCELED', syscall: 'connect', remote: full.address })
  })

  it('to a full unix queue: waits, and succeeds when there is room', async () => {
    const address = { abstract: abstractName() }
    using several = new Several()
    const server = several.add(createServer(address, { backlog: 0 }))
    several.add(await createConnection(address))
    const late = several.add(socket(AF_UNIX))
    const connecting = late.connect(address)
    let connected = false
    connecting.then(() => {
      connected = true
    })
    await turns(20)
    assert.equal(connected, false)
    several.add((await server.accept())[0])
    await connecting
    assert.deepEqual(late.getpeername(), { family: 'unix', ...address })
  })

  it('to a full unix queue: EAGAIN, time-out, abort, close', async () => {
    const address = { abstract: abstractName() }
    using several = new Several()
    several.add(createServer(address, { backlog: 0 }))
    several.add(await createConnection(address))
    const fresh = (): Socket => several.add(socket(AF_UNIX) as unknown as Socket)
    const remote = { family: 'unix', ...address }

    const never = fresh()
    never.settimeout(0)
    await assert.rejects(never.connect(address), { code: 'EAGAIN', syscall: 'connect', remote })

    const limited = fresh()
    limited.settimeout(20)
    await assert.rejects(limited.connect(address), { name: 'TimeoutError', code: 'ETIMEDOUT', remote })
    await assert.rejects(limited.connect(address), { code: 'ECANCELED' })

    const aborted = fresh()
    const controller = new AbortController()
    const connecting = aborted.connect(address, { signal: controller.signal })
    await turns()
    controller.abort()
    await assert.rejects(connecting, { name: 'AbortError' })
    await assert.rejects(aborted.connect(address), { code: 'ECANCELED' })

    const closed = fresh()
    const waiting = closed.connect(address)
    await turns()
    closed.close()
    await assert.rejects(waiting, { code: 'ECANCELED', syscall: 'connect', remote })
  })
})

describe('what waits loses nothing', () => {
  it('an aborted recv loses no byte', async () => {
    using p = await tcp()
    let got = ''
    for (let i = 0; i < 200; i++) {
      const controller = new AbortController()
      const receiving = p.server.recv(10, { signal: controller.signal }).then(
        (chunk) => {
          got += chunk
        },
        (error) => assert.equal(error.name, 'AbortError'),
      )
      if (i % 3 === 0) await turns(1)
      await p.client.send(String(i % 10))
      if (i % 2 === 0) await turns(1)
      controller.abort()
      await receiving
    }
    p.server.settimeout(0)
    for (;;) {
      const rest = await p.server.recv(100).catch(() => null)
      if (rest === null) break
      got += rest
    }
    assert.equal(got, '0123456789'.repeat(20))
  })

  it('a timed-out sendall carries bytesSent', async () => {
    using p = await tcp()
    p.client.setsockopt(SO_SNDBUF, 8192)
    p.client.settimeout(30)
    const error = await p.client.sendall(Buffer.alloc(64 << 20)).catch((error) => error)
    assert.ok(error instanceof TimeoutError)
    assert.equal(error.code, 'ETIMEDOUT')
    p.client.close()
    let received = 0
    for await (const chunk of p.server) received += chunk.length
    assert.equal(error.bytesSent, received)
  })

  it('EAGAIN of a non-blocking sendall carries bytesSent', async () => {
    using p = await tcp()
    p.client.settimeout(0)
    const error = await p.client.sendall(Buffer.alloc(64 << 20)).catch((error) => error)
    assert.equal(error.code, 'EAGAIN')
    p.client.close()
    let received = 0
    for await (const chunk of p.server) received += chunk.length
    assert.equal(error.bytesSent, received)
  })

  it('a time-out that is changed holds for later calls', async () => {
    using p = await tcp()
    p.server.settimeout(20)
    const limited = p.server.recv(1)
    p.server.settimeout(null)
    const unlimited = p.server.recv(1)
    await assert.rejects(limited, { code: 'ETIMEDOUT' })
    await p.client.send('x')
    assert.equal(String(await unlimited), 'x')
  })

  it('recvInto: a buffer detached while it waits is a TypeError, and the bytes stay in the kernel', async () => {
    for (const verb of ['recvInto', 'recvfromInto'] as const) {
      using p = await tcp()
      const room = new Uint8Array(10)
      const waiting = p.server[verb](room)
      await turns()
      structuredClone(room, { transfer: [room.buffer] })
      await p.client.send('still here')
      await assert.rejects(waiting, TypeError)
      await assert.rejects(p.server[verb](room), TypeError)
      assert.equal(String(await p.server.recv(100)), 'still here')
    }
  })

  it('a detached recvfromInto does not read an address out of other sockets’ bytes', async () => {
    using p = await tcp()
    // What lies at the front of the slab then: the length 4 and the family AF_INET.
    const planted = p.server.recv(100)
    await turns()
    await p.client.send(Uint8Array.of(4, 0, 0, 0, 2, 0, 0, 0, 0, 0))
    await planted
    using q = await tcp()
    const room = new Uint8Array(10)
    const waiting = q.server.recvfromInto(room)
    await turns()
    structuredClone(room, { transfer: [room.buffer] })
    await q.client.send('x')
    await assert.rejects(waiting, TypeError)
    assert.equal(String(await q.server.recv(10)), 'x')
  })

  it('an edge that comes while nobody waits is remembered', async () => {
    using p = await tcp()
    for (let i = 0; i < 20; i++) {
      // Armed once and emptied, then the bytes come with nobody waiting.
      p.server.settimeout(0)
      await assert.rejects(p.server.recv(10), { code: 'EAGAIN' })
      p.server.settimeout(null)
      const armed = p.server.recv(10)
      await turns(1)
      await p.client.send('a')
      assert.equal(String(await armed), 'a')
      await p.client.send('b')
      await turns()
      assert.equal(String(await p.server.recv(10)), 'b')
    }
    p.client.close()
    await turns()
    assert.equal((await p.server.recv(10)).length, 0)
  })

  it('unix autobound pair: many waits on one signal', async () => {
    const [a, b] = socketpair(AF_UNIX)
    const controller = new AbortController()
    const all = Promise.allSettled(
      Array.from({ length: 100 }, () => a.recv(1, { signal: controller.signal })),
    )
    await turns()
    controller.abort()
    for (const each of await all) assert.equal(each.status, 'rejected')
    await b.send('x')
    assert.equal(String(await a.recv(1)), 'x')
    a.close()
    b.close()
  })
})

describe('a loop that was held up past the deadline', () => {
  it('gets what came meanwhile, and the time-out where nothing came', async () => {
    const [s, peer] = socketpair()
    s.settimeout(10)
    const waiting = s.recv(10)
    await peer.send('in time')
    for (const begin = performance.now(); performance.now() - begin < 30; );
    assert.equal(String(await waiting), 'in time')
    await assert.rejects(s.recv(10), { code: 'ETIMEDOUT' })
    s.close()
    peer.close()
  })
})
