/** recvmmsg and sendmmsg: batches of datagrams, whole, in order, and taken apart where the kernel put them together. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  CMSG_SPACE,
  type InetAddress,
  IP_RECVTTL,
  IPPROTO_UDP,
  MSG_DONTWAIT,
  MSG_TRUNC,
  ReceiveBatch,
  SendBatch,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type Socket,
  SystemError,
  socket,
  UDP_GRO,
} from 'berkeley'
import { datagrams, Several, temporary, turns } from './matrix.js'

const texts = (batch: ReceiveBatch): string[] =>
  Array.from({ length: batch.length }, (_, i) => `${batch.view(i)}`)

function udp(several: Several): Socket<InetAddress> {
  const made = several.add(socket(AF_INET, SOCK_DGRAM))
  made.bind({ host: '127.0.0.1', port: 0 })
  return made
}

for (const { name, family, address } of datagrams)
  describe(`batches, ${name}`, () => {
    it('arrive whole and in order, each with its sender', async () => {
      using several = new Several()
      const [to, from, other] = [0, 1, 2].map(() => {
        const made = several.add(socket(family, SOCK_DGRAM))
        made.bind(address())
        return made
      }) as [Socket, Socket, Socket]
      const sent = ['one', '', 'three', 'x'.repeat(1200), 'five']
      const out = new SendBatch(family as never)
      for (const text of sent) assert.ok(out.add(text, to.getsockname() as never))
      assert.equal(await from.sendmmsg(out as never), sent.length)
      await other.sendto('another', to.getsockname())
      const batch = new ReceiveBatch()
      const got: string[] = []
      while (got.length < sent.length + 1) {
        assert.equal(await to.recvmmsg(batch), batch.length)
        got.push(...texts(batch))
      }
      assert.deepEqual(got, [...sent, 'another'])
      assert.deepEqual(batch.address(batch.length - 1), other.getsockname())
      if (batch.length > 1) assert.deepEqual(batch.address(0), from.getsockname())
    })

    it('block: recvmmsgSync and sendmmsgSync', () => {
      using several = new Several()
      const [to, from] = [0, 1].map(() => several.add(socket(family, SOCK_DGRAM))) as [Socket, Socket]
      to.bind(address())
      from.connectSync(to.getsockname())
      const out = new SendBatch(family as never)
      for (const text of ['a', 'bc']) out.add(text)
      assert.equal(from.sendmmsgSync(out as never), 2)
      const batch = new ReceiveBatch()
      assert.equal(to.recvmmsgSync(batch), 2)
      assert.deepEqual(texts(batch), ['a', 'bc'])
      to.settimeout(20)
      assert.throws(() => to.recvmmsgSync(batch), { code: 'ETIMEDOUT' })
      assert.equal(batch.length, 0)
    })
  })

describe('a receive batch', () => {
  it('cuts what is longer than its room, and says so', async () => {
    using several = new Several()
    const [to, from] = [udp(several), udp(several)]
    await from.sendto('longer than four', to.getsockname())
    const batch = new ReceiveBatch({ size: 4 })
    await to.recvmmsg(batch)
    assert.deepEqual([texts(batch), batch.flags(0) & MSG_TRUNC], [['long'], MSG_TRUNC])
    assert.throws(() => batch.view(1), RangeError)
    assert.throws(() => batch.view(-1), RangeError)
    assert.throws(() => batch.view(0.5), RangeError)
  })

  it('takes no more than it has messages for', async () => {
    using several = new Several()
    const [to, from] = [udp(several), udp(several)]
    for (const text of ['1', '2', '3']) await from.sendto(text, to.getsockname())
    const batch = new ReceiveBatch({ messages: 2 })
    assert.equal(await to.recvmmsg(batch), 2)
    assert.deepEqual(texts(batch), ['1', '2'])
    assert.equal(await to.recvmmsg(batch), 1)
    assert.deepEqual(texts(batch), ['3'])
  })

  it('has control messages, not descriptors', async () => {
    using several = new Several()
    const [to, from] = [udp(several), udp(several)]
    to.setsockopt(IP_RECVTTL, true)
    await from.sendto('x', to.getsockname())
    const batch = new ReceiveBatch({ controlSize: CMSG_SPACE(4) })
    await to.recvmmsg(batch)
    assert.deepEqual(batch.control(0), [{ kind: 'ttl', value: 64 }])
    assert.deepEqual(batch.control(0), batch.control(0))
    const local = several.add(socket(AF_UNIX, SOCK_DGRAM))
    await assert.rejects(local.recvmmsg(batch as never), TypeError)
  })

  it('takes apart what the kernel has put together, and what sendmmsg has', async () => {
    using several = new Several()
    const [to, from] = [udp(several), udp(several)]
    to.setsockopt(UDP_GRO, true)
    const sent = Array.from({ length: 200 }, (_, i) => String(i).padStart(i % 50 === 49 ? 3 : 7, '.'))
    const out = new SendBatch(AF_INET, { messages: 256 })
    for (const text of sent) assert.ok(out.add(text, to.getsockname()))
    assert.equal(await from.sendmmsg(out), 200)
    const batch = new ReceiveBatch({ gro: true })
    const got: string[] = []
    let calls = 0
    for await (const each of to.batches({ gro: true })) {
      got.push(...texts(each))
      assert.deepEqual(each.address(0), from.getsockname())
      calls++
      if (got.length >= sent.length) break
    }
    assert.deepEqual(got, sent)
    assert.ok(calls < 5, `${calls} calls`)
    assert.equal(batch.length, 0)
  })

  it('waits, can be aborted, and ends quietly when its socket is closed', async () => {
    using several = new Several()
    const to = udp(several)
    const batch = new ReceiveBatch()
    const controller = new AbortController()
    const waiting = to.recvmmsg(batch, { signal: controller.signal })
    controller.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    const ended = (async () => {
      for await (const each of to.batches()) assert.fail(`${each.length}`)
      return 'ended'
    })()
    await turns()
    to.close()
    assert.equal(await ended, 'ended')
  })

  it('refuses nonsense', async () => {
    for (const options of [{ messages: 0 }, { messages: 257 }, { size: -1 }, { controlSize: -1 }])
      assert.throws(() => new ReceiveBatch(options), RangeError)
    assert.throws(() => new ReceiveBatch({ size: 1.5 }), TypeError)
    using several = new Several()
    const to = udp(several)
    await assert.rejects(to.recvmmsg({} as never), TypeError)
    const stream = several.add(socket(AF_INET, SOCK_STREAM))
    assert.throws(() => stream.batches(), TypeError)
  })
})

describe('senders that come by turns', () => {
  it('have the same address object each time, and are answered by it', async () => {
    using several = new Several()
    const to = udp(several)
    const senders = Array.from({ length: 20 }, () => udp(several))
    const known = new Map<number, InetAddress>()
    for (let round = 0; round < 3; round++)
      for (const sender of senders) {
        const { port } = sender.getsockname()
        await sender.sendto(`${port}`, to.getsockname())
        const [bytes, address] = await to.recvfrom(100)
        assert.equal(`${bytes}`, `${address?.port}`)
        assert.equal(address?.port, port)
        if (round === 1) known.set(port, address as InetAddress)
        if (round === 2) assert.equal(known.get(port) === address, true)
        await to.sendto('answer', address as InetAddress)
        assert.equal(`${await sender.recv(100)}`, 'answer')
      }
  })

  it('may be more than are remembered', async () => {
    using several = new Several()
    const to = udp(several)
    const from = several.add(socket(AF_INET, SOCK_RAW, IPPROTO_UDP))
    for (let i = 0; i < 1000; i++) {
      // A header by hand: from port i.
      const packet = Buffer.alloc(8)
      packet.writeUInt16BE(1000 + i, 0)
      packet.writeUInt16BE(to.getsockname().port, 2)
      packet.writeUInt16BE(8, 4)
      await from.sendto(packet, { host: '127.0.0.1', port: 0 })
      const [, address] = await to.recvfrom(10)
      assert.deepEqual({ ...address }, { family: 'inet', host: '127.0.0.1', port: 1000 + i })
    }
  })
})

describe('a send batch', () => {
  it('is full by messages or by bytes, and clear makes room', () => {
    const batch = new SendBatch(AF_INET, { messages: 2, size: 10 })
    assert.ok(batch.add('12345678'))
    assert.equal(batch.add('345'), false)
    assert.ok(batch.add('90'))
    assert.equal(batch.add(''), false)
    batch.clear()
    assert.equal(batch.length, 0)
    assert.ok(batch.add('1234567890'))
    assert.throws(() => batch.add('', { host: 'a name', port: 1 }), TypeError)
    assert.throws(() => batch.add('', { host: '127.0.0.1', port: 70000 }), RangeError)
    assert.throws(() => batch.add(5 as never), TypeError)
  })

  it('tells how many had gone when one fails, and goes on behind it', async () => {
    using several = new Several()
    const [to, from] = [udp(several), udp(several)]
    const out = new SendBatch(AF_INET, { messages: 5, size: 200_000 })
    out.add('a', to.getsockname())
    out.add('b', to.getsockname())
    out.add(new Uint8Array(65508), to.getsockname())
    out.add('c', to.getsockname())
    await assert.rejects(from.sendmmsg(out), (error) => {
      assert.ok(error instanceof SystemError)
      assert.deepEqual([error.code, error.syscall, error.messagesSent], ['EMSGSIZE', 'sendmmsg', 2])
      return true
    })
    assert.equal(await from.sendmmsg(out, { from: 3 }), 4)
    const batch = new ReceiveBatch()
    assert.equal(await to.recvmmsg(batch), 3)
    assert.deepEqual(texts(batch), ['a', 'b', 'c'])
    await assert.rejects(from.sendmmsg(out, { from: 5 }), RangeError)
  })

  it('goes to several receivers', async () => {
    using several = new Several()
    const [a, b, from] = [udp(several), udp(several), udp(several)]
    const out = new SendBatch(AF_INET)
    for (const [i, to] of [a, b, b, a].entries()) out.add(String(i), to.getsockname())
    // A caller's own object may change between two adds.
    const changing = { host: '127.0.0.1', port: a.getsockname().port }
    out.add('4', changing)
    changing.port = b.getsockname().port
    out.add('5', changing)
    assert.equal(await from.sendmmsg(out), 6)
    const batch = new ReceiveBatch()
    await a.recvmmsg(batch)
    assert.deepEqual(texts(batch), ['0', '3', '4'])
    await b.recvmmsg(batch)
    assert.deepEqual(texts(batch), ['1', '2', '5'])
  })

  it('larger than the path takes at once goes one by one', async () => {
    using several = new Several()
    const [to, from] = [udp(several), udp(several)]
    to.setsockopt(SO_RCVBUF, 4_000_000)
    from.setsockopt(SO_SNDBUF, 4_000_000)
    // The loopback device's packets are 65536 bytes: two of 33000 do not go out as one.
    const out = new SendBatch(AF_INET, { messages: 4, size: 200_000 })
    for (let i = 0; i < 4; i++) out.add(new Uint8Array(33_000).fill(i), to.getsockname())
    assert.equal(await from.sendmmsg(out), 4)
    for (let i = 0; i < 4; i++) {
      const data = await to.recv(65535)
      assert.deepEqual([data.length, data[0], data.at(-1)], [33_000, i, i])
    }
  })

  it('waits for room in a full queue', async () => {
    using several = new Several()
    const to = several.add(socket(AF_UNIX, SOCK_DGRAM))
    to.bind({ path: temporary() })
    const from = several.add(socket(AF_UNIX, SOCK_DGRAM))
    await from.connect(to.getsockname())
    const out = new SendBatch(AF_UNIX, { messages: 500 })
    for (let i = 0; i < 500; i++) out.add(String(i))
    const sending = from.sendmmsg(out)
    const got: string[] = []
    for await (const batch of to.batches()) {
      got.push(...texts(batch))
      if (got.length === 500) break
    }
    assert.equal(await sending, 500)
    assert.deepEqual(
      got,
      Array.from({ length: 500 }, (_, i) => String(i)),
    )
  })

  it('with MSG_DONTWAIT gives what there was room for, and EAGAIN where there was none', async () => {
    using several = new Several()
    const to = several.add(socket(AF_UNIX, SOCK_DGRAM))
    to.bind({ path: temporary() })
    const from = several.add(socket(AF_UNIX, SOCK_DGRAM))
    await from.connect(to.getsockname())
    const out = new SendBatch(AF_UNIX, { messages: 500 })
    for (let i = 0; i < 500; i++) out.add(String(i))
    const call = { flags: MSG_DONTWAIT }
    const sent = await from.sendmmsg(out, call)
    assert.ok(sent > 0 && sent < 500, `${sent}`)
    const full = { code: 'EAGAIN', syscall: 'sendmmsg' }
    await assert.rejects(from.sendmmsg(out, { ...call, from: sent }), full)
    assert.throws(() => from.sendmmsgSync(out, { ...call, from: sent }), full)
    const room = new ReceiveBatch({ messages: 256 })
    assert.equal(await to.recvmmsg(room, call), sent)
    await assert.rejects(to.recvmmsg(room, call), { code: 'EAGAIN', syscall: 'recvmmsg' })
    assert.throws(() => to.recvmmsgSync(room, call), { code: 'EAGAIN', syscall: 'recvmmsg' })
    assert.equal(from.sendmmsgSync(out, call), sent)
  })
})
