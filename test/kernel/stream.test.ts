/** Streams: their end, half-closes, resets, sizes, order and bulk. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  MSG_OOB,
  MSG_PEEK,
  MSG_WAITALL,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SO_LINGER,
  SO_OOBINLINE,
  type Socket,
  socketpair,
  TCP_NODELAY,
} from 'berkeley'
import { drain, fill, pair, Several, streams, tcp, turns } from './matrix.js'

const hashOf = async (from: Socket): Promise<[bytes: number, hash: string]> => {
  const hash = createHash('sha1')
  let bytes = 0
  for await (const chunk of from.chunks()) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return [bytes, hash.digest('hex')]
}

/** Bytes that repeat at no power of two. */
function pattern(size: number): Buffer {
  const bytes = Buffer.alloc(size)
  for (let i = 0; i < size; i += 4) bytes.writeInt32LE(Math.imul(i, 2654435761 | 0), i)
  return bytes
}

for (const each of streams.filter(({ name }) => !/abstract|autobind/.test(name)))
  describe(each.name, () => {
    it('64 MB both ways at once arrive as they were', async () => {
      using p = await pair(each)
      const there = pattern(64 << 20)
      const back = pattern(64 << 20).reverse()
      const want = [there, back].map((bytes) => createHash('sha1').update(bytes).digest('hex'))
      const [atServer, atClient] = await Promise.all([
        hashOf(p.server),
        hashOf(p.client),
        p.client.sendall(there).then(() => p.client.shutdown(SHUT_WR)),
        p.server.sendall(back).then(() => p.server.shutdown(SHUT_WR)),
      ])
      assert.deepEqual(atServer, [there.length, want[0]])
      assert.deepEqual(atClient, [back.length, want[1]])
    })

    it('much and little by turns: each piece is the reader’s for ever', async () => {
      using p = await pair(each)
      const got: Buffer[] = []
      const reader = (async () => {
        for await (const chunk of p.server) got.push(chunk)
      })()
      const all = pattern(4 << 20)
      for (let at = 0, turn = 0; at < all.length; turn++) {
        // Bulk, then pieces that come one by one.
        const end = Math.min(all.length, at + (turn % 8 < 4 ? 200_000 : 100))
        await p.client.sendall(all.subarray(at, end))
        if (end - at < 1000) await turns(2)
        at = end
      }
      p.client.shutdown(SHUT_WR)
      await reader
      assert.ok(Buffer.concat(got).equals(all))
      // What had been given out before was not written to by what came behind it.
      const [first] = got
      const before = Buffer.from(first as Buffer)
      await p.server.sendall('x'.repeat(100_000))
      for (let left = 100_000; left > 0; ) left -= (await p.client.recv(65536)).length
      assert.ok((first as Buffer).equals(before))
    })

    it('nobody reads: the peer gets EAGAIN, and room again when somebody does', async () => {
      using p = await pair(each)
      p.client.settimeout(0)
      const count = await fill(() => p.client.send(Buffer.alloc(65536)))
      assert.ok(count > 0 && count < 1000, `${count} times 64 KB taken`)
      // TCP may still make room for a little, but not for ever.
      const more = async (): Promise<void> => {
        for (let i = 0; i < 1000; i++) await p.client.send(Buffer.alloc(65536))
      }
      await assert.rejects(more, { code: 'EAGAIN', errno: -11, syscall: 'send' })
      p.client.settimeout(null)
      const waiting = p.client.send('y')
      await turns()
      p.server.settimeout(0)
      await drain(p.server)
      assert.equal(await waiting, 1)
    })

    it('two sendalls at once do not mix', async () => {
      using p = await pair(each)
      const sent = Promise.all([
        p.client.sendall(Buffer.alloc(3 << 20, 'a')),
        p.client.sendall(Buffer.alloc(3 << 20, 'b')),
        p.client.sendall('c'),
      ]).then(() => p.client.shutdown(SHUT_WR))
      let all = ''
      for await (const chunk of p.server) all += chunk.toString('latin1')
      await sent
      assert.equal(all, `${'a'.repeat(3 << 20)}${'b'.repeat(3 << 20)}c`)
    })

    it('a sendall that may not wait does not overtake one that waits', async () => {
      using p = await pair(each)
      const first = p.client.sendall(Buffer.alloc(8 << 20, 'a'))
      p.client.settimeout(0)
      p.server.settimeout(0)
      await drain(p.server)
      // There is room, but the first is not done.
      await assert.rejects(p.client.sendall('b'), { code: 'EAGAIN', bytesSent: 0 })
      p.server.settimeout(null)
      p.client.settimeout(null)
      const rest = (async () => {
        for await (const chunk of p.server) assert.ok(!chunk.includes(0x62))
      })()
      await first
      p.client.close()
      await rest
    })

    it('recv of more than 64 KB, of 0 bytes, and of a negative number', async () => {
      using p = await pair(each)
      const bytes = pattern(200_000)
      const sending = p.client.sendall(bytes)
      const got: Buffer[] = []
      for (let left = bytes.length; left > 0; ) {
        const chunk = await p.server.recv(150_000)
        assert.ok(chunk.length <= 150_000)
        got.push(chunk)
        left -= chunk.length
      }
      await sending
      assert.ok(Buffer.concat(got).equals(bytes))
      await p.client.sendall('kept')
      assert.equal((await p.server.recv(0)).length, 0)
      assert.equal((await p.server.recv(0x7fffffff)).toString(), 'kept')
      for (const [wrong, error] of [
        [-1, RangeError],
        [2 ** 31, RangeError],
        [1.5, TypeError],
        [Number.NaN, TypeError],
      ] as const)
        await assert.rejects(p.server.recv(wrong), error)
      assert.throws(() => p.server.chunks({ size: 0 }), RangeError)
    })

    it('what recv gives is the caller’s for ever', async () => {
      using p = await pair(each)
      const kept: Buffer[] = []
      for (let i = 0; i < 50; i++) {
        const wait = p.server.recv(1000)
        if (i % 2) await turns(1)
        await p.client.sendall(`message ${i}`)
        kept.push(await wait)
      }
      assert.deepEqual(
        kept.map(String),
        kept.map((_, i) => `message ${i}`),
      )
    })

    it('MSG_PEEK leaves the bytes; MSG_WAITALL as the kernel does it', async () => {
      using p = await pair(each)
      const peeked = p.server.recv(3, { flags: MSG_PEEK })
      await turns()
      await p.client.sendall('abcdef')
      assert.equal((await peeked).toString(), 'abc')
      assert.equal((await p.server.recv(2, { flags: MSG_PEEK })).toString(), 'ab')
      assert.equal((await p.server.recv(6, { flags: MSG_WAITALL })).toString(), 'abcdef')
    })

    it('shutdown(SHUT_RD): a waiting recv ends; sending goes on', async () => {
      using p = await pair(each)
      const wait = p.client.recv(10)
      await turns()
      p.client.shutdown(SHUT_RD)
      assert.equal((await wait).length, 0)
      await p.client.sendall('out')
      assert.equal((await p.server.recv(10)).toString(), 'out')
    })

    it('shutdown(SHUT_RDWR) ends both ends', async () => {
      using p = await pair(each)
      const waits = [p.client.recv(10), p.server.recv(10)]
      await turns()
      p.client.shutdown(SHUT_RDWR)
      for (const chunk of await Promise.all(waits)) assert.equal(chunk.length, 0)
      await assert.rejects(p.client.send('x'), { code: 'EPIPE', errno: -32, syscall: 'send' })
    })

    it('SIGPIPE never kills: sending to a closed peer is EPIPE or ECONNRESET', async () => {
      using p = await pair(each)
      p.server.close()
      await assert.rejects(
        async () => {
          for (let i = 0; i < 100; i++) {
            await p.client.sendall('x')
            await turns(1)
          }
        },
        (error: { code: string; bytesSent: number }) =>
          ['EPIPE', 'ECONNRESET'].includes(error.code) && error.bytesSent === 0,
      )
    })

    it('a failed sendall carries bytesSent', async () => {
      using p = await pair(each)
      const sending = p.client.sendall(Buffer.alloc(16 << 20))
      await turns()
      p.server.close()
      await assert.rejects(
        sending,
        (error: { code: string; bytesSent: number; syscall: string }) =>
          ['EPIPE', 'ECONNRESET'].includes(error.code) &&
          error.syscall === 'send' &&
          error.bytesSent > 0 &&
          error.bytesSent < 16 << 20,
      )
    })

    it('bytes detached while a send waits: TypeError', async () => {
      using p = await pair(each)
      p.client.settimeout(0)
      await fill(() => p.client.send(Buffer.alloc(65536)))
      p.client.settimeout(null)
      for (const send of ['send', 'sendall'] as const) {
        const bytes = new Uint8Array(100)
        const sending = p.client[send](bytes)
        await turns()
        structuredClone(bytes, { transfer: [bytes.buffer] })
        p.server.settimeout(0)
        const failed = assert.rejects(sending, TypeError)
        await drain(p.server)
        await failed
        p.client.settimeout(0)
        await fill(() => p.client.send(Buffer.alloc(65536)))
        p.client.settimeout(null)
        await assert.rejects(p.client[send](bytes), TypeError)
      }
    })
  })

describe('reset by the peer (SO_LINGER 0)', () => {
  it('a waiting recv and a waiting sendall: ECONNRESET with both addresses', async () => {
    using p = await tcp()
    const remote = p.client.getpeername()
    const local = p.client.getsockname()
    const receiving = p.client.recv(10)
    const sending = p.client.sendall(Buffer.alloc(32 << 20))
    await turns()
    p.server.setsockopt(SO_LINGER, 0)
    p.server.close()
    const results = await Promise.allSettled([receiving, sending])
    const reasons = results.map((each) => (each as PromiseRejectedResult).reason)
    assert.deepEqual(reasons.map((each) => each.syscall).sort(), ['recv', 'send'])
    // The kernel tells of a reset once; the other side of the socket then meets its end.
    assert.ok(reasons.some((each) => each.code === 'ECONNRESET'))
    for (const each of reasons) {
      assert.ok(['ECONNRESET', 'EPIPE'].includes(each.code), each.code)
      assert.deepEqual(each.remote, remote)
      assert.deepEqual(each.local, local)
    }
  })

  it('found by the next recv: ECONNRESET, once', async () => {
    using p = await tcp()
    p.server.setsockopt(SO_LINGER, 0)
    p.server.close()
    await assert.rejects(p.client.recv(10), { code: 'ECONNRESET', errno: -104, syscall: 'recv' })
    assert.equal((await p.client.recv(10)).length, 0)
    await assert.rejects(p.client.send('x'), { code: 'EPIPE' })
  })

  it('unread bytes at close reset the connection, too', async () => {
    using p = await tcp()
    await p.client.sendall('never read')
    await p.server.recv(1)
    p.server.close()
    await assert.rejects(p.client.recv(10), { code: 'ECONNRESET' })
  })
})

describe('urgent data', () => {
  it('MSG_OOB is read beside the stream', async () => {
    using p = await tcp()
    p.client.setsockopt(TCP_NODELAY, true)
    const urgent = p.server.recv(1, { flags: MSG_OOB }).catch((error) => error.code)
    await turns()
    // Nothing urgent yet is EINVAL, which is no reason to wait.
    assert.equal(await urgent, 'EINVAL')
    await p.client.send('abc')
    await p.client.send('!', { flags: MSG_OOB })
    assert.equal((await p.server.recv(10)).toString(), 'abc')
    assert.equal((await p.server.recv(1, { flags: MSG_OOB })).toString(), '!')
  })

  it('in line, reads stop at the mark and nothing is lost', async () => {
    using p = await tcp()
    p.server.setsockopt(SO_OOBINLINE, true)
    const first = p.server.recv(10)
    await turns()
    await p.client.send('abc')
    await p.client.send('!', { flags: MSG_OOB })
    await p.client.send('def')
    let text = String(await first)
    while (text.length < 7) text += String(await p.server.recv(10))
    assert.equal(text, 'abc!def')
  })
})

describe('two recv calls at once', () => {
  it('are served in order', async () => {
    using p = await tcp()
    const order: string[] = []
    const waits = ['first', 'second', 'third'].map((name) =>
      p.server.recv(2).then((chunk) => order.push(`${name} ${chunk}`)),
    )
    await turns()
    await p.client.sendall('aabbcc')
    await Promise.all(waits)
    assert.deepEqual(order, ['first aa', 'second bb', 'third cc'])
  })

  it('a third, made when bytes are there but others wait, waits its turn', async () => {
    using p = await tcp()
    const first = p.server.recv(2)
    const second = p.server.recv(2)
    await p.client.sendall('aabbcc')
    const third = p.server.recv(2)
    assert.deepEqual((await Promise.all([first, second, third])).map(String), ['aa', 'bb', 'cc'])
  })
})

describe('several sockets ready at one wake-up', () => {
  it('keep their bytes apart while a second read of the first one is served', async () => {
    using several = new Several()
    const pairs = [1, 2, 3].map(() => socketpair().map((each) => several.add(each)) as [Socket, Socket])
    const waits = pairs.flatMap(([, to]) => [to.recv(5), to.recv(200)])
    await turns()
    for (const [i, [from]] of pairs.entries()) from.sendSync(String(i).repeat(105))
    const got = await Promise.all(waits)
    assert.deepEqual(
      got.map(String),
      pairs.flatMap((_, i) => [String(i).repeat(5), String(i).repeat(100)]),
    )
  })
})
