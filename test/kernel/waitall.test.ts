/** MSG_WAITALL: a stream's reads that go on until the buffer is full, awaited and blocking. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_UNIX,
  MSG_CTRUNC,
  MSG_OOB,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  SHUT_WR,
  SO_LINGER,
  SO_PASSCRED,
  SOCK_SEQPACKET,
  type Socket,
  socketpair,
} from 'berkeley'
import { IPPROTO_TCP, TCP_INQ } from '#data/kernel.js'
import { type Case, pair, streams, tcp, turns, until } from './matrix.js'
import { worker } from './threads.js'

const all = { flags: MSG_WAITALL }

/** Each verb that reads, as the bytes that it gives. */
type Read = (from: Socket, size: number, flags?: number, signal?: AbortSignal) => Promise<Buffer>
const awaited: Readonly<Record<string, Read>> = {
  recv: (from, size, flags = MSG_WAITALL, signal) => from.recv(size, { flags, signal }),
  recvInto: async (from, size, flags = MSG_WAITALL, signal) => {
    const room = Buffer.alloc(size)
    return room.subarray(0, await from.recvInto(room, { flags, signal }))
  },
  recvfrom: async (from, size, flags = MSG_WAITALL, signal) =>
    (await from.recvfrom(size, { flags, signal }))[0],
  recvfromInto: async (from, size, flags = MSG_WAITALL, signal) => {
    const room = Buffer.alloc(size)
    return room.subarray(0, (await from.recvfromInto(room, { flags, signal }))[0])
  },
  recvmsg: async (from, size, flags = MSG_WAITALL, signal) =>
    (await from.recvmsg(size, { flags, signal })).data,
  recvmsgInto: async (from, size, flags = MSG_WAITALL, signal) => {
    const rooms = [Buffer.alloc(1), Buffer.alloc(0), Buffer.alloc(size - 1)]
    const { length } = await from.recvmsgInto(rooms, { flags, signal })
    return Buffer.concat(rooms).subarray(0, length)
  },
}
const blocking: Readonly<Record<string, (from: Socket, size: number) => Buffer>> = {
  recv: (from, size) => from.recvSync(size, all),
  recvInto: (from, size) => {
    const room = Buffer.alloc(size)
    return room.subarray(0, from.recvIntoSync(room, all))
  },
  recvfrom: (from, size) => from.recvfromSync(size, all)[0],
  recvfromInto: (from, size) => {
    const room = Buffer.alloc(size)
    return room.subarray(0, from.recvfromIntoSync(room, all)[0])
  },
  recvmsg: (from, size) => from.recvmsgSync(size, all).data,
  recvmsgInto: (from, size) => {
    const rooms = [Buffer.alloc(1), Buffer.alloc(0), Buffer.alloc(size - 1)]
    const { length } = from.recvmsgIntoSync(rooms, all)
    return Buffer.concat(rooms).subarray(0, length)
  },
}

/** A connection that is reset: TCP's by SO_LINGER, a unix one's by what its peer had not read. */
async function reset(each: Case, p: { client: Socket; server: Socket }): Promise<void> {
  if (each.family === AF_UNIX) await p.server.send('unread')
  else p.client.setsockopt(SO_LINGER, 0)
  p.client.close()
}

/** Whether nothing is there to be read: another descriptor looks, as a wait is under way on this one. */
function isEmpty(from: Socket): boolean {
  using look = from.dup()
  look.settimeout(0)
  try {
    look.recvSync(1, { flags: MSG_PEEK })
    return false
  } catch {
    return true
  }
}

for (const each of streams)
  describe(each.name, () => {
    for (const [verb, read] of Object.entries(awaited)) {
      it(`${verb}: full from many pieces, and nothing more`, async () => {
        using p = await pair(each)
        const waiting = read(p.server, 10)
        for (const piece of ['ab', 'c', 'defgh', 'ijkl', 'mno']) {
          await turns(2)
          await p.client.send(piece)
        }
        assert.equal(String(await waiting), 'abcdefghij')
        assert.equal(String(await p.server.recv(99)), 'klmno')
      })

      it(`${verb}: two at once, in order`, async () => {
        using p = await pair(each)
        const both = [read(p.server, 5), read(p.server, 5), p.server.recv(99)]
        for (const piece of ['abc', 'defg', 'hijk']) {
          await turns(2)
          await p.client.send(piece)
        }
        assert.deepEqual((await Promise.all(both)).map(String), ['abcde', 'fghij', 'k'])
      })

      it(`${verb}: cut short it gives what came; when nothing came it fails`, async () => {
        using p = await pair(each)
        // The time-out.
        p.server.settimeout(10)
        await p.client.send('ab')
        assert.equal(String(await read(p.server, 5)), 'ab')
        await assert.rejects(read(p.server, 5), { code: 'ETIMEDOUT' })
        // It may not wait.
        p.server.settimeout(0)
        await p.client.send('cd')
        assert.equal(String(await read(p.server, 5)), 'cd')
        await assert.rejects(read(p.server, 5), { code: 'EAGAIN' })
        p.server.settimeout(null)
        // An abort.
        for (const piece of ['ef', '']) {
          const given = new AbortController()
          if (piece !== '') await p.client.send(piece)
          const waiting = read(p.server, 5, MSG_WAITALL, given.signal)
          await turns()
          await until(() => isEmpty(p.server), 'taken')
          given.abort()
          if (piece === '') await assert.rejects(waiting, { name: 'AbortError' })
          else assert.equal(String(await waiting), piece)
        }
        // The end.
        const waiting = [read(p.server, 5), read(p.server, 5)]
        await p.client.send('gh')
        await turns()
        p.client.shutdown(SHUT_WR)
        assert.deepEqual((await Promise.all(waiting)).map(String), ['gh', ''])
      })

      it(`${verb}: closed in the middle`, async () => {
        using p = await pair(each)
        await p.client.send('ab')
        const waiting = read(p.server, 5)
        const behind = read(p.server, 5)
        await turns()
        p.server.close()
        assert.equal(String(await waiting), 'ab')
        await assert.rejects(behind, { code: 'ECANCELED' })
        await assert.rejects(read(p.server, 5), { code: 'EBADF' })
      })

      it(`${verb}: reset in the middle; the error is the next call’s, once`, async () => {
        for (const next of ['waiting', 'later', 'blocking', 'blocking both']) {
          using p = await pair(each)
          await p.client.send('ab')
          const waiting = next === 'blocking both' ? null : read(p.server, 5)
          const behind = next === 'waiting' ? p.server.recv(5).catch((error) => error.code) : null
          await turns()
          await reset(each, p)
          if (waiting === null) assert.equal(String(blocking[verb]?.(p.server, 5)), 'ab')
          else assert.equal(String(await waiting), 'ab')
          if (behind !== null) assert.equal(await behind, 'ECONNRESET')
          else if (next === 'later') await assert.rejects(p.server.recv(5), { code: 'ECONNRESET' })
          else assert.throws(() => p.server.recvSync(5), { code: 'ECONNRESET' })
          assert.equal((await p.server.recv(5)).length, 0)
        }
      })
    }

    for (const [verb, read] of Object.entries(blocking))
      it(`${verb}Sync: full from many pieces, or what came`, async () => {
        using p = await pair(each)
        p.client.sendSync('abc')
        p.server.settimeout(10)
        assert.equal(String(read(p.server, 5)), 'abc')
        assert.throws(() => read(p.server, 5), { code: 'ETIMEDOUT' })
        p.server.settimeout(0)
        p.client.sendSync('abc')
        assert.equal(String(read(p.server, 5)), 'abc')
        assert.throws(() => read(p.server, 5), { code: 'EAGAIN' })
        p.server.settimeout(null)
        const other = worker(
          `const s = b.socket(undefined, undefined, undefined, { fileno: workerData })
           for (const piece of ['ab', 'c', 'defgh', 'ijkl', 'mno']) { s.sendSync(piece); rest(5) }
           s.close()`,
          p.client.detach(),
        )
        const exited = new Promise((done) => other.once('exit', done))
        assert.equal(String(read(p.server, 10)), 'abcdefghij')
        assert.equal(String(read(p.server, 10)), 'klmno')
        assert.equal(read(p.server, 10).length, 0)
        await exited
      })

    it('with MSG_PEEK: all of it looked at, and left', async () => {
      const flags = MSG_PEEK | MSG_WAITALL
      using p = await pair(each)
      const waiting = p.server.recv(6, { flags })
      const behind = p.server.recv(99)
      for (const piece of ['ab', 'cd', 'efgh']) {
        await turns()
        await p.client.send(piece)
      }
      assert.equal(String(await waiting), 'abcdef')
      assert.match(String(await behind), /^ab/)
      // What was looked at by one that was given up is there at once.
      p.server.settimeout(0)
      await p.server.recv(99).catch(() => {})
      for (const how of ['abort', 'timeout', 'none'] as const) {
        p.server.settimeout(how === 'timeout' ? 10 : how === 'none' ? 0 : null)
        await p.client.send('left')
        const given = new AbortController()
        const peeking = p.server.recv(9, { flags, signal: given.signal })
        const next = how === 'abort' ? p.server.recv(4) : null
        await turns()
        if (how === 'abort') given.abort()
        assert.equal(String(await peeking), 'left')
        p.server.settimeout(null)
        assert.equal(String(await (next ?? p.server.recv(4))), 'left', how)
      }
      const last = p.server.recv(9, { flags })
      await p.client.send('last')
      await turns()
      p.client.shutdown(SHUT_WR)
      assert.equal(String(await last), 'last')
      assert.equal(String(await p.server.recv(9, { flags })), 'last')
      assert.equal(String(p.server.recvSync(9, { flags })), 'last')
    })

    for (const verb of ['recv', 'recvInto', 'recvmsg', 'recvmsgInto'])
      it(`50 MB by ${verb}, and timers run meanwhile`, async () => {
        using p = await pair(each)
        const other = worker(
          `const s = b.socket(undefined, undefined, undefined, { fileno: workerData })
           const data = Buffer.alloc(50_000_000)
           for (let i = 0; i < data.length; i += 997) data[i] = i % 256
           s.sendallSync(data); s.close()`,
          p.client.detach(),
        )
        const exited = new Promise((done) => other.once('exit', done))
        let ticks = 0
        const clock = setInterval(() => ticks++, 1)
        const data = (await awaited[verb]?.(p.server, 50_000_000)) as Buffer
        clearInterval(clock)
        assert.equal(data.length, 50_000_000)
        for (let i = 0; i < data.length; i += 997) assert.equal(data[i], i % 256)
        assert.ok(ticks > 0)
        assert.equal((await p.server.recv(1)).length, 0)
        await exited
      })
  })

it('means nothing on messages', async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET)
  await a.send('ab')
  assert.equal(String(await b.recv(5, all)), 'ab')
  await a.send('cd')
  assert.equal(String((await b.recvmsg(5, all)).data), 'cd')
  a.close()
  b.close()
})

it('nothing of urgent data: its end is nobody’s error', async () => {
  using p = await tcp()
  await p.client.send('abc!', { flags: MSG_OOB })
  p.server.settimeout(1000)
  assert.equal(String(await p.server.recv(3)), 'abc')
  for (let i = 0; i < 2; i++) await turns()
  assert.equal(String(p.server.recvSync(9, { flags: MSG_OOB | MSG_WAITALL })), '!')
  await p.client.send('def')
  assert.equal(String(await p.server.recv(9)), 'def')
})

it('with MSG_TRUNC TCP throws the bytes away: zeros, and nobody’s old memory', async () => {
  using p = await tcp()
  const data = Buffer.alloc(60_000, 1)
  const flags = MSG_TRUNC | MSG_WAITALL
  for (const read of [
    () => p.server.recv(data.length, { flags }),
    () => p.server.recvSync(data.length, { flags }),
    async () => (await p.server.recvfrom(data.length, { flags }))[0],
    async () => (await p.server.recvmsg(data.length, { flags })).data,
  ]) {
    // Memory that is used again.
    Array.from({ length: 50 }, () => Buffer.allocUnsafeSlow(data.length).fill(7))
    await p.client.sendall(data)
    assert.ok((await read()).equals(Buffer.alloc(data.length)))
  }
})

it('recvmsg goes on behind what TCP tells of each piece, and stops behind descriptors and other people’s bytes', async () => {
  using p = await tcp()
  p.server.setsockopt(IPPROTO_TCP, TCP_INQ, 1)
  const waiting = p.server.recvmsg(4, { ...all, controlSize: 99 })
  for (const piece of ['ab', 'cd']) {
    await turns()
    await p.client.send(piece)
  }
  const { data, control } = await waiting
  assert.deepEqual([String(data), control.map(({ kind }) => kind)], ['abcd', ['tcpInq']])
  const [a, b] = socketpair()
  await a.send('one')
  await a.sendFds('two', [0])
  await a.send('three')
  const message = await b.recvmsg(99, { ...all, controlSize: 99 })
  assert.equal(String(message.data), 'onetwo')
  for (const each of message.control) if (each.kind === 'rights') for (const fd of each.value) fd.close()
  assert.equal(String((await b.recvmsg(5, all)).data), 'three')
  await a.sendFds('four', [0])
  await a.send('five')
  const cut = await b.recvmsg(8, all)
  assert.deepEqual([String(cut.data), cut.flags & MSG_CTRUNC], ['four', MSG_CTRUNC])
  assert.equal(String(await b.recv(4, all)), 'five')
  b.setsockopt(SO_PASSCRED, true)
  await a.send('six')
  const known = await b.recvmsg(3, { ...all, controlSize: 99 })
  assert.deepEqual([String(known.data), known.control.length], ['six', 1])
  a.close()
  b.close()
})
