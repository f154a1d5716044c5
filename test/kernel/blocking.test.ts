/** The blocking twin of each verb: what it gives, what limits it, and that it waits without work. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  MSG_DONTWAIT,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_WR,
  SO_SNDBUF,
  SOCK_DGRAM,
  type Socket,
  type SystemError,
  sameAddress,
  socket,
  socketpair,
  TimeoutError,
} from 'berkeley'
import { IP_RECVERR, IPPROTO_IP } from '#data/kernel.js'
import { needsProgram } from '../support/needs.js'
import {
  connected,
  datagrams,
  deaf,
  drain,
  every,
  node,
  pair,
  Several,
  streams,
  tcp,
  temporary,
  turns,
  udp,
  until,
} from './matrix.js'
import { python, worker } from './threads.js'

/** Of a socket of any addresses. */
type Reader = Pick<
  Socket,
  | 'recvSync'
  | 'recvIntoSync'
  | 'recvfromSync'
  | 'recvfromIntoSync'
  | 'recvmsgSync'
  | 'recvmsgIntoSync'
  | 'recvFdsSync'
>
type Limited = Pick<Socket, 'gettimeout' | 'settimeout'>

/** Each verb that reads, to its end. */
const reads: Readonly<Record<string, (from: Reader) => unknown>> = {
  recv: (from) => from.recvSync(10),
  recvInto: (from) => from.recvIntoSync(Buffer.alloc(10)),
  recvfrom: (from) => from.recvfromSync(10),
  recvfromInto: (from) => from.recvfromIntoSync(Buffer.alloc(10)),
  recvmsg: (from) => from.recvmsgSync(10),
  recvmsgInto: (from) => from.recvmsgIntoSync([Buffer.alloc(10)]),
  recvFds: (from) => from.recvFdsSync(10, 1),
}

/** Sends until the kernel takes no more. */
function stuff(to: Limited, send: () => unknown): void {
  const timeout = to.gettimeout()
  to.settimeout(0)
  assert.throws(
    () => {
      for (;;) send()
    },
    { code: 'EAGAIN' },
  )
  to.settimeout(timeout)
}

/** Those whose sends ever have to wait: loopback takes any UDP datagram, and drops it. */
const filling = every.filter(({ family, type }) => type !== SOCK_DGRAM || family === AF_UNIX)

for (const each of every)
  describe(each.name, () => {
    it('send, sendall, sendmsg; recv, recvInto, recvfrom, recvfromInto, recvmsg, recvmsgInto', async () => {
      using p = await pair(each)
      const sender = each.type === SOCK_DGRAM ? p.client.getsockname() : null
      const same = (from: unknown): boolean =>
        sender === null ? from === null : from !== null && sameAddress(from as never, sender)
      assert.equal(p.client.sendSync('one'), 3)
      assert.equal(String(p.server.recvSync(100)), 'one')
      const room = Buffer.alloc(8)
      p.client.sendallSync('two')
      assert.equal(p.server.recvIntoSync(room), 3)
      assert.equal(room.toString('latin1', 0, 4), 'two\0')
      p.client.sendallSync(Buffer.from('three'))
      const [data, from] = p.server.recvfromSync(100)
      assert.ok(String(data) === 'three' && same(from))
      assert.equal(p.client.sendmsgSync({ data: ['fo', Buffer.from('u'), '', 'r'] }), 4)
      const [length, again] = p.server.recvfromIntoSync(room)
      assert.ok(length === 4 && same(again) && room.toString('latin1', 0, 4) === 'four')
      p.client.sendSync('fifth')
      const message = p.server.recvmsgSync(100)
      assert.ok(String(message.data) === 'fifth' && same(message.address))
      assert.deepEqual([message.flags, message.control], [0, []])
      p.client.sendSync('sixth')
      const two = [Buffer.alloc(2), Buffer.alloc(4)] as const
      const into = p.server.recvmsgIntoSync(two)
      assert.deepEqual(
        [into.length, into.flags, two.map((part) => part.toString('latin1'))],
        [5, 0, ['si', 'xth\0']],
      )
    })

    it('bytes that come while it waits', async () => {
      using p = await pair(each)
      const other = worker(
        `const s = b.socket(undefined, undefined, undefined, { fileno: workerData })
         rest(30); s.sendSync('late'); rest(30); s.sendSync('later'); s.close()`,
        p.client.detach(),
      )
      const exited = new Promise((done) => other.once('exit', done))
      assert.equal(String(p.server.recvSync(10)), 'late')
      assert.equal(String(p.server.recvmsgSync(10).data), 'later')
      await exited
    })

    it('nothing comes: ETIMEDOUT, EAGAIN where it may not wait, EBADF on a closed one', async () => {
      using p = await pair(each)
      for (const [name, read] of Object.entries(reads)) {
        const syscall = name === 'recvFds' ? 'recvmsg' : name.replace('Into', '')
        p.server.settimeout(5)
        assert.throws(
          () => read(p.server),
          (error) => error instanceof TimeoutError && error.code === 'ETIMEDOUT' && error.syscall === syscall,
          name,
        )
        p.server.settimeout(0)
        assert.throws(() => read(p.server), { code: 'EAGAIN', syscall }, name)
      }
      const there = p.listener.getsockname()
      p.server.close()
      for (const [name, read] of Object.entries(reads))
        assert.throws(() => read(p.server), { code: 'EBADF' }, name)
      for (const send of [
        () => p.server.sendSync('x'),
        () => p.server.sendallSync('x'),
        () => p.server.sendmsgSync({ data: 'x' }),
        () => p.server.acceptSync(),
        () => p.server.connectSync(there),
      ])
        assert.throws(send, { code: 'EBADF' })
    })

    it('while an awaited call waits: EBUSY that way, the other way goes on', async () => {
      using p = await pair(each)
      const waiting = p.server.recv(10)
      await turns()
      for (const [name, read] of Object.entries(reads))
        assert.throws(() => read(p.server), { code: 'EBUSY' }, name)
      p.server.sendSync('this way')
      assert.equal(String(p.client.recvSync(10)), 'this way')
      p.client.sendSync('x')
      assert.equal(String(await waiting), 'x')
      p.client.sendSync('y')
      assert.equal(String(p.server.recvSync(10)), 'y')
      const given = new AbortController()
      const aborted = p.server.recv(10, { signal: given.signal })
      given.abort()
      await assert.rejects(aborted, { name: 'AbortError' })
      p.client.sendSync('z')
      assert.equal(String(p.server.recvSync(10)), 'z')
      // And awaited again behind blocking ones.
      const next = p.server.recv(10)
      await turns()
      p.client.sendSync('last')
      assert.equal(String(await next), 'last')
    })
  })

for (const each of filling)
  describe(`no room: ${each.name}`, () => {
    it('ETIMEDOUT with bytesSent, EAGAIN, EBUSY behind an awaited send', async () => {
      using p = await pair(each)
      if (each.family !== AF_UNIX) p.client.setsockopt(SO_SNDBUF, 20_000)
      p.server.settimeout(0)
      stuff(p.client, () => p.client.sendSync(Buffer.alloc(4096)))
      p.client.settimeout(5)
      const sends = {
        send: () => p.client.sendSync(Buffer.alloc(4096)),
        sendall: () => p.client.sendallSync(Buffer.alloc(4096)),
        sendmsg: () => p.client.sendmsgSync({ data: [Buffer.alloc(4095), 'x'] }),
      }
      for (const [name, send] of Object.entries(sends)) {
        // What TCP still takes a little later does not count.
        await until(() => {
          try {
            send()
            return false
          } catch (error) {
            assert.ok(error instanceof TimeoutError && error.code === 'ETIMEDOUT', name)
            if (name === 'sendall') assert.equal(typeof error.bytesSent, 'number')
            return (error.bytesSent ?? 0) === 0
          }
        }, name)
      }
      p.client.settimeout(null)
      const waiting = p.client.send(Buffer.alloc(4096))
      await turns()
      for (const [name, send] of Object.entries(sends)) assert.throws(send, { code: 'EBUSY' }, name)
      p.server.sendSync('this way')
      assert.equal(String(p.client.recvSync(10)), 'this way')
      while ((await Promise.race([waiting, turns(1)])) === undefined) await drain(p.server)
      await drain(p.server)
      assert.equal(p.client.sendSync('x'), 1)
    })
  })

for (const each of connected)
  describe(`connections: ${each.name}`, () => {
    it('connectSync and acceptSync', () => {
      using several = new Several()
      const listener = several.add(socket(each.family, each.type))
      listener.bind(each.address())
      listener.listen()
      const client = several.add(socket(each.family, each.type))
      client.connectSync(listener.getsockname())
      const [server, peer] = listener.acceptSync()
      several.add(server)
      assert.deepEqual(server.getpeername(), peer)
      assert.deepEqual([server.family, server.type], [each.family, each.type])
      listener.settimeout(5)
      assert.throws(() => listener.acceptSync(), { code: 'ETIMEDOUT', syscall: 'accept' })
      listener.settimeout(0)
      assert.throws(() => listener.acceptSync(), { code: 'EAGAIN', syscall: 'accept' })
      assert.equal(several.add(socket(each.family, each.type)).connectExSync(listener.getsockname()), 0)
      several.add(listener.acceptSync()[0])
    })

    it('the end of the stream, again and again; EPIPE', async () => {
      using p = await pair(each)
      p.client.sendallSync('last')
      p.client.shutdown(SHUT_WR)
      assert.equal(String(p.server.recvSync(10)), 'last')
      for (let i = 0; i < 3; i++) assert.equal(p.server.recvSync(10).length, 0)
      assert.equal(p.server.recvIntoSync(Buffer.alloc(4)), 0)
      assert.equal(p.server.recvmsgSync(4).data.length, 0)
      assert.throws(() => p.client.sendSync('x'), { code: 'EPIPE' })
      assert.throws(() => p.client.sendallSync('x'), { code: 'EPIPE', bytesSent: 0 })
      assert.throws(() => p.client.sendmsgSync({ data: 'x' }), { code: 'EPIPE' })
    })

    it('nobody listens: ECONNREFUSED, and another connect may be tried', async () => {
      using several = new Several()
      const nobody = several.add(socket(each.family, each.type))
      nobody.bind(each.address())
      const client = several.add(socket(each.family, each.type))
      assert.throws(() => client.connectSync(nobody.getsockname()), {
        code: 'ECONNREFUSED',
        syscall: 'connect',
      })
      assert.equal(client.connectExSync(nobody.getsockname()), 111)
      nobody.listen()
      client.connectSync(nobody.getsockname())
    })
  })

for (const each of datagrams)
  it(`sendtoSync, and MSG_TRUNC: ${each.name}`, () => {
    using several = new Several()
    const [a, b] = [0, 1].map(() => several.add(socket(each.family, each.type))) as [Socket, Socket]
    a.bind(each.address())
    b.bind(each.address())
    a.sendtoSync('question', b.getsockname())
    const [, from] = b.recvfromSync(100)
    assert.ok(from !== null)
    b.sendtoSync('an answer', from)
    const { data, address, flags } = a.recvmsgSync(2)
    assert.deepEqual([String(data), flags], ['an', MSG_TRUNC])
    assert.ok(address !== null && sameAddress(address, b.getsockname()))
    b.sendmsgSync({ data: '', address: from })
    assert.equal(a.recvSync(10).length, 0)
  })

describe('connectSync', () => {
  it('no answer: ETIMEDOUT, and the socket is good for close() only', async () => {
    using several = new Several()
    const { address } = several.add(await deaf())
    const client = several.add(socket(AF_INET))
    client.settimeout(20)
    assert.throws(
      () => client.connectSync(address),
      (error) => error instanceof TimeoutError && error.code === 'ETIMEDOUT' && error.syscall === 'connect',
    )
    for (const [name, read] of Object.entries(reads))
      assert.throws(() => read(client), { code: 'ECANCELED' }, name)
    assert.throws(() => client.sendSync('x'), { code: 'ECANCELED' })
    assert.throws(() => client.connectSync(address), { code: 'ECANCELED' })
    const other = several.add(socket(AF_INET))
    other.settimeout(0)
    assert.throws(() => other.connectSync(address), { code: 'EINPROGRESS' })
    const third = several.add(socket(AF_INET))
    const waiting = third.connect(address).catch((error) => error.code)
    await turns()
    assert.throws(() => third.connectSync(address), { code: 'EBUSY', syscall: 'connect' })
    third.close()
    assert.equal(await waiting, 'ECANCELED')
  })

  it('a full unix queue: waits for room', async () => {
    using several = new Several()
    const listener = several.add(socket(AF_UNIX))
    listener.bind({ path: temporary() })
    listener.listen(0)
    const address = listener.getsockname()
    several.add(socket(AF_UNIX)).connectSync(address)
    const client = several.add(socket(AF_UNIX))
    client.settimeout(20)
    assert.throws(() => client.connectSync(address), { code: 'ETIMEDOUT' })
    assert.throws(() => client.connectSync(address), { code: 'ECANCELED' })
    const other = worker(
      `const s = b.socket(undefined, undefined, undefined, { fileno: workerData })
       rest(50); const first = s.acceptSync()[0]; const second = s.acceptSync()[0]; first.close(); second.close(); s.close()`,
      listener.detach(),
    )
    const exited = new Promise((done) => other.once('exit', done))
    const late = several.add(socket(AF_UNIX))
    late.connectSync(address)
    assert.equal(late.recvSync(1).length, 0)
    await exited
  })

  it('names are looked up', async () => {
    using p = await tcp()
    using client = socket(AF_INET)
    const address = p.listener.getsockname()
    assert.ok('port' in address)
    client.connectSync({ host: 'localhost', port: address.port })
    p.listener.acceptSync()[0].close()
    using asker = socket(AF_INET, SOCK_DGRAM)
    using other = await udp()
    const there = other.listener.getsockname()
    assert.ok('port' in there)
    assert.equal(asker.sendtoSync('x', { host: 'localhost', port: there.port }), 1)
    assert.equal(asker.sendmsgSync({ data: 'x', address: { host: 'localhost', port: there.port } }), 1)
  })
})

describe('a wait takes no work', () => {
  const WAIT = 300

  /** The call runs into its time-out, in the kernel. */
  function idle(what: Limited, call: () => unknown): void {
    what.settimeout(WAIT)
    const before = process.cpuUsage()
    const begin = performance.now()
    assert.throws(call, { code: 'ETIMEDOUT' })
    const { user, system } = process.cpuUsage(before)
    assert.ok(performance.now() - begin > WAIT - 5)
    // In microseconds; a loop that never sleeps has all of it.
    assert.ok(user + system < (WAIT * 1000) / 2, `${user + system} of ${WAIT * 1000} µs`)
  }

  it('recv, and recv with MSG_WAITALL of a part', async () => {
    using p = await tcp()
    idle(p.server, () => p.server.recvSync(1))
    p.client.sendSync('abc')
    p.server.settimeout(WAIT)
    assert.equal(String(p.server.recvSync(9, { flags: MSG_WAITALL | MSG_PEEK })), 'abc')
    const before = process.cpuUsage()
    assert.equal(String(p.server.recvSync(9, { flags: MSG_WAITALL })), 'abc')
    const { user, system } = process.cpuUsage(before)
    assert.ok(user + system < (WAIT * 1000) / 2)
  })

  it('an error left in the queue of a UDP socket', async () => {
    using several = new Several()
    const gone = socket(AF_INET, SOCK_DGRAM)
    gone.bind({ host: '127.0.0.1', port: 0 })
    const client = several.add(socket(AF_INET, SOCK_DGRAM))
    client.setsockopt(IPPROTO_IP, IP_RECVERR, 1)
    client.connectSync(gone.getsockname())
    gone.close()
    client.sendSync('x')
    assert.throws(() => client.recvSync(10), { code: 'ECONNREFUSED' })
    idle(client, () => client.recvSync(10))
    // The error is still there for whoever asks, and behind it the same call waits, too.
    assert.equal(
      client.recvmsgSync(10, { flags: MSG_ERRQUEUE, controlSize: 200 }).control[0]?.kind,
      'recverr',
    )
    idle(client, () => client.recvmsgSync(10, { flags: MSG_ERRQUEUE }))
  })

  it('the error queue of a connection that is over', async () => {
    using p = await tcp()
    p.client.shutdown(SHUT_WR)
    p.server.shutdown(SHUT_WR)
    assert.equal(p.server.recvSync(1).length, 0)
    idle(p.server, () => p.server.recvmsgSync(10, { flags: MSG_ERRQUEUE }))
  })

  it('a full peer that has closed its side', async () => {
    using p = await tcp()
    p.server.shutdown(SHUT_WR)
    stuff(p.client, () => p.client.sendSync(Buffer.alloc(4096)))
    idle(p.client, () => {
      for (;;) p.client.sendallSync(Buffer.alloc(1 << 20))
    })
  })

  it('a full unix receiver, of a sender that is not connected', () => {
    using several = new Several()
    const receiver = several.add(socket(AF_UNIX, SOCK_DGRAM))
    receiver.bind({ path: temporary() })
    const sender = several.add(socket(AF_UNIX, SOCK_DGRAM))
    stuff(sender, () => sender.sendtoSync('x', receiver.getsockname()))
    idle(sender, () => sender.sendtoSync('x', receiver.getsockname()))
    idle(sender, () => sender.sendmsgSync({ data: 'x', address: receiver.getsockname() }))
  })

  it('a full unix listener, and one that nobody comes to', () => {
    using several = new Several()
    const listener = several.add(socket(AF_UNIX))
    listener.bind({ path: temporary() })
    listener.listen(0)
    idle(listener, () => listener.acceptSync())
    several.add(socket(AF_UNIX)).connectSync(listener.getsockname())
    const client = several.add(socket(AF_UNIX))
    idle(client, () => client.connectSync(listener.getsockname()))
  })

  it('no urgent data is EINVAL at once, as in C', async () => {
    using p = await tcp()
    assert.throws(() => p.server.recvSync(1, { flags: MSG_OOB }), { code: 'EINVAL' })
    assert.throws(() => p.client.acceptSync(), { code: 'EINVAL' })
  })
})

describe('sendallSync', () => {
  for (const each of streams)
    it(`to a slow reader, byte by byte: ${each.name}`, needsProgram('python3'), async () => {
      using p = await pair(each)
      const { printed } = python(
        `
import hashlib
s = socket.socket(fileno=3)
digest = hashlib.sha256()
total = 0
while True:
    chunk = s.recv(70000)
    if not chunk: break
    digest.update(chunk)
    total += len(chunk)
    if total % 7 == 0: time.sleep(0.001)
print(total, digest.hexdigest())`,
        p.server.detach({ blocking: true }),
      )
      const data = Buffer.alloc(24_000_001)
      for (let i = 0; i < data.length; i += 4093) data.writeUInt32LE(i, Math.min(i, data.length - 4))
      p.client.sendallSync(data)
      p.client.close()
      assert.equal(await printed, `${data.length} ${createHash('sha256').update(data).digest('hex')}`)
    })
})

it('MSG_DONTWAIT: EAGAIN instead of a wait, awaited and blocking', async () => {
  const flags = MSG_DONTWAIT
  using p = await tcp()
  const room = Buffer.alloc(9)
  const readers: readonly (() => unknown)[] = [
    () => p.server.recv(9, { flags }),
    () => p.server.recvInto(room, { flags }),
    () => p.server.recvfrom(9, { flags }),
    () => p.server.recvmsg(9, { flags }),
    () => p.server.recvmsg(9, { flags: flags | MSG_ERRQUEUE }),
    () => p.server.recv(9, { flags: flags | MSG_WAITALL }),
    () => p.server.recvSync(9, { flags }),
    () => p.server.recvIntoSync(room, { flags }),
    () => p.server.recvfromSync(9, { flags }),
    () => p.server.recvmsgSync(9, { flags }),
    () => p.server.recvmsgSync(9, { flags: flags | MSG_ERRQUEUE }),
    () => p.server.recvSync(9, { flags: flags | MSG_WAITALL }),
  ]
  for (const read of readers) await assert.rejects(async () => read(), { code: 'EAGAIN' })
  const waiting = p.server.recv(9)
  await assert.rejects(p.server.recv(9, { flags }), { code: 'EAGAIN' })
  await p.client.send('x')
  assert.equal(String(await waiting), 'x')
  await p.client.send('some')
  await until(() => p.server.recvSync(9, { flags: MSG_PEEK }).length === 4, 'there')
  assert.equal(String(await p.server.recv(9, { flags: flags | MSG_WAITALL })), 'some')
  stuff(p.client, () => p.client.sendSync(Buffer.alloc(4096)))
  const big = Buffer.alloc(1 << 24)
  for (const send of [() => p.client.sendall(big, { flags }), () => p.client.sendallSync(big, { flags })])
    await assert.rejects(
      async () => send(),
      (error: SystemError) => error.code === 'EAGAIN' && (error.bytesSent ?? -1) >= 0,
    )
  const [a, b] = socketpair()
  stuff(a, () => a.sendSync(Buffer.alloc(4096)))
  for (const send of [
    () => a.send('x'.repeat(4096), { flags }),
    () => a.sendmsg({ data: 'x'.repeat(4096) }, { flags }),
    () => a.sendSync('x'.repeat(4096), { flags }),
    () => a.sendmsgSync({ data: 'x'.repeat(4096) }, { flags }),
  ])
    await assert.rejects(async () => send(), { code: 'EAGAIN' })
  a.close()
  b.close()
})

describe('signals', () => {
  it('neither end nor lengthen a blocking call', async () => {
    const { stdout, stderr, code } = await node(`
      import * as b from 'berkeley'
      import { Worker } from 'node:worker_threads'
      import { once } from 'node:events'
      let heard = 0
      process.on('SIGUSR1', () => heard++)
      const worker = new Worker(\`setInterval(() => process.kill(process.pid, 'SIGUSR1'), 2); import { parentPort } from 'node:worker_threads'; parentPort.postMessage(1)\`, { eval: true })
      await once(worker, 'message')
      const [x, y] = b.socketpair()
      const client = b.socket(b.AF_UNIX)
      const full = b.socket(b.AF_UNIX); full.bind({ path: '' }); full.listen(0)
      b.socket(b.AF_UNIX).connectSync(full.getsockname())
      const begin = performance.now()
      for (const call of [() => x.recvSync(1), () => x.sendallSync(Buffer.alloc(1 << 22)), () => full.acceptSync() && full.acceptSync(), () => x.recvmsgSync(1)]) {
        for (const each of [x, full]) each.settimeout(150)
        try { call(); console.log('?') } catch (error) { console.log(error.code) }
      }
      const took = performance.now() - begin
      console.log(took > 590 && took < 3000)
      await worker.terminate()
      await new Promise((done) => setTimeout(done, 20))
      console.log(heard > 0)
      process.exit()`)
    assert.deepEqual([stderr, code], ['', 0])
    assert.equal(stdout, 'ETIMEDOUT\nETIMEDOUT\nETIMEDOUT\nETIMEDOUT\ntrue\ntrue\n')
  })
})

describe('the end of a thread that blocks', () => {
  // What makes the sockets, and the call that waits.
  const full = `const full = (s, send) => { s.settimeout(0); try { for (;;) send() } catch { s.settimeout(null) } }`
  const pipes = `const [x, y] = b.socketpair(); ${full}`
  const stuffed = `${pipes}; full(x, () => x.sendSync(Buffer.alloc(4096)))`
  const boxes = `const x = b.socket(b.AF_UNIX, b.SOCK_DGRAM), y = b.socket(b.AF_UNIX, b.SOCK_DGRAM); y.bind({ path: '' }); const to = y.getsockname(); ${full}; full(x, () => x.sendtoSync('x', to))`
  const listening = `const x = b.socket(b.AF_UNIX); x.bind({ path: '' }); x.listen(0); const y = b.socket(b.AF_UNIX); y.connectSync(x.getsockname()); const z = b.socket(b.AF_UNIX)`
  const fifo = `const { execFileSync } = await import('node:child_process'); const fs = await import('node:fs')
    const path = workerData; execFileSync('mkfifo', [path]); const file = fs.openSync(path, 'r+'); ${pipes}`
  const rows: readonly [verb: string, before: string, call: string][] = [
    ['recv', pipes, 'x.recvSync(1)'],
    ['recvInto', pipes, 'x.recvIntoSync(Buffer.alloc(1))'],
    ['recvfrom', pipes, 'x.recvfromSync(1)'],
    ['recvfromInto', pipes, 'x.recvfromIntoSync(Buffer.alloc(1))'],
    ['recvmsg', pipes, 'x.recvmsgSync(1)'],
    ['recvmsgInto', pipes, 'x.recvmsgIntoSync([Buffer.alloc(1)])'],
    ['recvFds', pipes, 'x.recvFdsSync(1, 1)'],
    ['recv, MSG_WAITALL', `${pipes}; y.sendSync('a')`, 'x.recvSync(2, { flags: b.MSG_WAITALL })'],
    ['accept', `${listening}; x.acceptSync()`, 'x.acceptSync()'],
    ['connect', listening, 'z.connectSync(x.getsockname())'],
    ['connectEx', listening, 'z.connectExSync(x.getsockname())'],
    ['send', stuffed, 'x.sendSync(Buffer.alloc(4096))'],
    ['sendall', stuffed, 'x.sendallSync(Buffer.alloc(1 << 24))'],
    ['sendmsg', stuffed, `x.sendmsgSync({ data: 'x'.repeat(4096) })`],
    ['sendFds', stuffed, `x.sendFdsSync('x'.repeat(4096), [0])`],
    ['sendto', boxes, `x.sendtoSync('x', to)`],
    [
      'sendfile',
      `const fs = await import('node:fs'); const file = fs.openSync(process.execPath); ${pipes}`,
      'x.sendfileSync(file)',
    ],
    ['sendfile of a pipe', fifo, 'x.sendfileSync(file)'],
  ]
  for (const [verb, before, call] of rows)
    it(`worker.terminate(): ${verb}`, async () => {
      const other = worker(`${before}; say(1); ${call}; say(2)`, temporary('fifo'))
      const said: unknown[] = []
      other.on('message', (value) => said.push(value))
      other.on('error', (error) => said.push(String(error)))
      await until(() => said.length > 0, 'begun')
      await turns()
      assert.equal(await other.terminate(), 1)
      assert.deepEqual(said, [1])
    })

  it('process.exit()', async () => {
    const { code, signal, stderr } = await node(`
      import { Worker } from 'node:worker_threads'
      const library = import.meta.resolve('berkeley')
      const text = \`const b = await import('\${library}'); const { parentPort } = await import('node:worker_threads')
        const [x] = b.socketpair(); parentPort.postMessage(1); x.recvSync(1)\`
      const worker = new Worker(new URL('data:text/javascript,' + encodeURIComponent(text)))
      worker.on('message', () => process.exit(3))`)
    assert.deepEqual({ code, signal, stderr }, { code: 3, signal: null, stderr: '' })
  })
})
