/** Datagrams and messages: boundaries, empty ones, cut ones, full queues. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import {
  AF_INET,
  AF_UNIX,
  AF_UNSPEC,
  MSG_TRUNC,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
  type UnixAddress,
} from 'berkeley'
import { datagrams, drain, fill, pair, Several, seqpackets, temporary, turns, udp } from './matrix.js'

for (const each of [...datagrams, ...seqpackets])
  describe(each.name, () => {
    it('boundaries are kept, and a zero-length message is data', async () => {
      using p = await pair(each)
      const texts = ['', 'one', '', '', 'two', '']
      for (const text of texts) await p.client.send(text)
      const got: string[] = []
      for await (const chunk of p.server) if (got.push(String(chunk)) === texts.length) break
      assert.deepEqual(got, texts)
      const waiting = p.server.recv(10)
      await turns()
      await p.client.sendall('')
      assert.equal((await waiting).length, 0)
    })

    it('a datagram cut by a short buffer: messages() has MSG_TRUNC, and the rest is gone', async () => {
      using p = await pair(each)
      const got: [string, number][] = []
      const sending = turns().then(async () => {
        for (const text of ['123456', '1234', '123']) await p.client.send(text)
      })
      for await (const { data, flags } of p.server.messages({ size: 4 }))
        if (got.push([String(data), flags]) === 3) break
      await sending
      assert.deepEqual(got, [
        ['1234', MSG_TRUNC],
        ['1234', 0],
        ['123', 0],
      ])
      await p.client.send('123456')
      await p.client.send('next')
      assert.equal(String(await p.server.recv(2)), '12')
      assert.equal(await p.server.recvInto(Buffer.alloc(2), { flags: MSG_TRUNC }), 4)
    })

    it('messages larger than 64 KB', async () => {
      using p = await pair(each)
      const size = each.family === AF_UNIX ? 150_000 : 65_000
      p.client.setsockopt(SO_SNDBUF, 400_000)
      const bytes = Buffer.alloc(size, 'abc')
      for (const wait of [true, false]) {
        const receiving = wait ? p.server.recv(200_000) : undefined
        await turns()
        await p.client.send(bytes)
        assert.ok(bytes.equals(await (receiving ?? p.server.recv(200_000))))
      }
      await p.client.send(bytes)
      for await (const { data, flags } of p.server.messages()) {
        assert.equal(data.length, Math.min(size, 65536))
        assert.equal(flags, size > 65536 ? MSG_TRUNC : 0)
        break
      }
    })

    it('messages carry their sender', async () => {
      using p = await pair(each)
      await p.client.send('x')
      for await (const { data, address } of p.server.messages()) {
        assert.equal(String(data), 'x')
        assert.deepEqual(address, each.type === SOCK_SEQPACKET ? null : p.client.getsockname())
        break
      }
    })
  })

for (const each of [...datagrams, ...seqpackets].filter(({ family }) => family === AF_UNIX))
  describe(each.name, () => {
    it('an empty message is not lost in a queue of writes', async () => {
      using p = await pair(each)
      p.client.setsockopt(SO_SNDBUF, 4608)
      p.client.settimeout(0)
      await fill(() => p.client.send(Buffer.alloc(500)))
      p.client.settimeout(null)
      const sent = Promise.all([p.client.sendall('a'), p.client.sendall(''), p.client.sendall('b')])
      const got: number[] = []
      for await (const chunk of p.server) {
        if (chunk.length < 500) got.push(chunk.length)
        if (got.length === 3) break
      }
      await sent
      assert.deepEqual(got, [1, 0, 1])
    })
  })

describe('seqpacket', () => {
  it('the end ends chunks() and messages(), behind everything that was sent', async () => {
    for (const walk of ['chunks', 'messages'] as const)
      for (const sent of [['x'], ['', 'x'], ['x', '', 'y'], []]) {
        const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET)
        for (const text of sent) await a.send(text)
        a.close()
        const got: string[] = []
        for await (const each of b[walk]()) {
          got.push(String('data' in each ? each.data : each))
          assert.ok(got.length <= sent.length, 'ends')
        }
        b.close()
        assert.deepEqual(got, sent)
      }
  })

  it('a waiting iteration ends when the peer closes', async () => {
    for (const walk of ['chunks', 'messages'] as const) {
      const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET)
      const next = b[walk]().next()
      await turns()
      a.close()
      assert.deepEqual(await next, { done: true, value: undefined })
      b.close()
    }
  })
})

describe('unix datagrams', () => {
  it('of an unnamed sender have the unnamed address', async () => {
    const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
    await a.send('x')
    assert.deepEqual(await b.recvfrom(10), [Buffer.from('x'), null])
    a.close()
    b.close()
  })

  async function full(several: Several): Promise<{ receiver: Socket<UnixAddress>; queued: number }> {
    const receiver = several.add(socket(AF_UNIX, SOCK_DGRAM))
    receiver.bind({ path: temporary() })
    const filler = several.add(socket(AF_UNIX, SOCK_DGRAM))
    filler.settimeout(0)
    const to = receiver.getsockname()
    return { receiver, queued: await fill(() => filler.sendto('filling', to)) }
  }

  for (const connect of [false, true])
    it(`a receiver that others have filled: ${connect ? 'send' : 'sendto'} waits, idle, until there is room`, async () => {
      using several = new Several()
      const { receiver, queued } = await full(several)
      const to = receiver.getsockname()
      const sender = several.add(socket(AF_UNIX, SOCK_DGRAM))
      if (connect) await sender.connect(to)
      const before = process.cpuUsage()
      const sending = connect ? sender.send('late') : sender.sendto('late', to)
      await sleep(200)
      const { user, system } = process.cpuUsage(before)
      assert.ok(user + system < 100_000, `${user + system} µs of CPU in 200 ms of waiting`)
      for (let i = 0; i < queued; i++) assert.equal(String(await receiver.recv(10)), 'filling')
      assert.equal(await sending, 4)
      assert.equal(String(await receiver.recv(10)), 'late')
    })

  it('a receiver that others have filled: EAGAIN, time-out, abort, close', async () => {
    using several = new Several()
    const { receiver } = await full(several)
    const remote = receiver.getsockname()
    const fresh = (): Socket<UnixAddress> => several.add(socket(AF_UNIX, SOCK_DGRAM))
    const never = fresh()
    never.settimeout(0)
    await assert.rejects(never.sendto('x', remote), { code: 'EAGAIN', syscall: 'sendto', remote })
    const limited = fresh()
    limited.settimeout(20)
    await assert.rejects(limited.sendto('x', remote), { name: 'TimeoutError', code: 'ETIMEDOUT', remote })
    const aborted = fresh()
    const controller = new AbortController()
    const sending = aborted.sendto('x', remote, { signal: controller.signal })
    await turns()
    controller.abort()
    await assert.rejects(sending, { name: 'AbortError' })
    const closed = fresh()
    const waiting = closed.sendto('x', remote)
    await turns()
    closed.close()
    await assert.rejects(waiting, { code: 'ECANCELED', syscall: 'sendto', remote })
  })
})

describe('udp', () => {
  it('a connected socket hears of a closed port at its next call, once', async () => {
    using p = await udp()
    const remote = p.server.getsockname()
    p.server.close()
    const waiting = p.client.recv(10)
    await turns()
    await p.client.send('anyone?')
    await assert.rejects(waiting, {
      code: 'ECONNREFUSED',
      errno: -111,
      syscall: 'recv',
      remote,
      local: p.client.getsockname(),
    })
    await p.client.send('anyone?')
    await assert.rejects(p.client.send('anyone?'), { code: 'ECONNREFUSED', syscall: 'send', remote })
    p.client.settimeout(0)
    await drain(p.client).catch(() => {})
    await assert.rejects(p.client.recv(10), { code: 'EAGAIN' })
  })

  it('a connected socket does not hear strangers', async () => {
    using several = new Several()
    using p = await udp()
    const stranger = several.add(socket(AF_INET, SOCK_DGRAM))
    await stranger.sendto('strange', p.server.getsockname() as never)
    await p.client.send('known')
    assert.equal(String(await p.server.recv(10)), 'known')
  })

  it('sendto looks names up', async () => {
    using receiver = socket(AF_INET, SOCK_DGRAM)
    using sender = socket(AF_INET, SOCK_DGRAM)
    receiver.bind({ host: 'localhost', port: 0 })
    assert.equal(receiver.getsockname().host, '127.0.0.1')
    assert.equal(await sender.sendto('hello', { host: 'localhost', port: receiver.getsockname().port }), 5)
    assert.equal(String(await receiver.recv(10)), 'hello')
  })

  it('a socket may change its peer by another connect', async () => {
    using several = new Several()
    const client = several.add(socket(AF_INET, SOCK_DGRAM))
    for (let i = 0; i < 2; i++) {
      const server = several.add(socket(AF_INET, SOCK_DGRAM))
      server.bind({ host: '127.0.0.1', port: 0 })
      await client.connect(server.getsockname())
      await client.send(`to ${i}`)
      assert.equal(String(await server.recv(10)), `to ${i}`)
    }
  })

  it('a stream has no messages()', () => {
    using stream = socket(AF_INET, SOCK_STREAM)
    assert.throws(() => stream.messages(), TypeError)
  })
})

describe('a datagram socket and its peer', () => {
  it('AF_UNSPEC takes the peer away', async () => {
    using s = socket(AF_INET, SOCK_DGRAM)
    await s.connect({ host: '127.0.0.1', port: 9 })
    assert.equal(s.getpeername().port, 9)
    await s.connect({ family: 'unknown', af: AF_UNSPEC, bytes: new Uint8Array(0) })
    assert.throws(() => s.getpeername(), { code: 'ENOTCONN', syscall: 'getpeername' })
  })

  it('bytes that are no address fail as the kernel says, flags that are none as a TypeError', async () => {
    using s = socket(AF_INET, SOCK_DGRAM)
    const short = { family: 'unknown', af: AF_INET, bytes: new Uint8Array(2) } as never
    assert.throws(() => s.bind(short), { code: 'EINVAL', syscall: 'bind' })
    await assert.rejects(s.sendto('x', short), { code: 'EINVAL', syscall: 'sendto' })
    await assert.rejects(s.recv(1, { flags: 'x' as never }), TypeError)
    await assert.rejects(s.send('x', { flags: Number.NaN }), TypeError)
  })
})
