/** for await over chunks, messages and connections. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { createConnection, createServer, type Socket, socketpair } from 'berkeley'
import { Several, tcp, turns, udp, until } from './matrix.js'

interface Walk {
  readonly name: string
  /** A socket, its iteration, and what makes it yield once more. */
  make(several: Several): Promise<{
    s: Socket
    walk: (signal?: AbortSignal) => AsyncIterableIterator<unknown>
    feed: () => Promise<unknown>
  }>
}

const walks: readonly Walk[] = [
  {
    name: 'chunks',
    make: async (several) => {
      const p = several.add(await tcp())
      return { s: p.server, walk: (signal) => p.server.chunks({ signal }), feed: () => p.client.send('x') }
    },
  },
  {
    name: 'messages',
    make: async (several) => {
      const p = several.add(await udp())
      return { s: p.server, walk: (signal) => p.server.messages({ signal }), feed: () => p.client.send('x') }
    },
  },
  {
    name: 'connections',
    make: async (several) => {
      const s = several.add(createServer({ host: '127.0.0.1', port: 0 }))
      const address = s.getsockname()
      async function* walk(signal?: AbortSignal) {
        for await (const [connection] of s.connections({ signal })) yield several.add(connection)
      }
      const feed = async () => several.add(await createConnection(address))
      return { s: s as unknown as Socket, walk, feed }
    },
  },
]

for (const { name, make } of walks)
  describe(name, () => {
    it('break leaves the socket open, and another iteration goes on', async () => {
      using several = new Several()
      const { s, walk, feed } = await make(several)
      for (let i = 0; i < 3; i++) {
        await feed()
        let steps = 0
        for await (const each of walk()) {
          assert.ok(each)
          steps++
          break
        }
        assert.equal(steps, 1)
        assert.ok(s.fileno() > 0)
      }
    })

    it('closing the socket ends it, waiting or not', async () => {
      for (const wait of [true, false]) {
        using several = new Several()
        const { s, walk, feed } = await make(several)
        let steps = 0
        const walking = (async () => {
          for await (const each of walk()) {
            assert.ok(each)
            steps++
            if (!wait) s.close()
          }
        })()
        await feed()
        await until(() => steps === 1, 'a step')
        if (wait) s.close()
        await walking
        assert.equal(steps, 1)
      }
    })

    it('a signal ends it with its reason', async () => {
      using several = new Several()
      const { walk, feed } = await make(several)
      const reason = new Error('enough')
      const controller = new AbortController()
      let steps = 0
      const walking = (async () => {
        for await (const each of walk(controller.signal)) {
          assert.ok(each)
          steps++
        }
      })()
      await feed()
      await until(() => steps === 1, 'a step')
      controller.abort(reason)
      await assert.rejects(walking, (error) => error === reason)
      assert.equal(steps, 1)
      await assert.rejects(walk(AbortSignal.abort(reason)).next(), (error) => error === reason)
    })

    it('the socket’s time-out holds for each step', async () => {
      using several = new Several()
      const { s, walk, feed } = await make(several)
      s.settimeout(20)
      let steps = 0
      const walking = (async () => {
        for await (const each of walk()) {
          assert.ok(each)
          steps++
        }
      })()
      await feed()
      await assert.rejects(walking, { name: 'TimeoutError', code: 'ETIMEDOUT' })
      assert.equal(steps, 1)
    })

    it('nothing is read ahead', async () => {
      using several = new Several()
      const { s, walk, feed } = await make(several)
      await feed()
      await feed()
      const iteration = walk()
      await iteration.next()
      await turns()
      if (name === 'connections') (await s.accept())[0].close()
      else if (name === 'messages') assert.equal(String(await s.recv(10)), 'x')
      await iteration.return?.()
      assert.equal((await iteration.next()).done, true)
    })
  })

describe('iteration of the socket itself', () => {
  it('is chunks(): the end of the stream ends it', async () => {
    const [a, b] = socketpair()
    await a.sendall('abc')
    a.close()
    let text = ''
    for await (const chunk of b) text += chunk
    assert.equal(text, 'abc')
    b.close()
  })

  it('size is the most a step brings', async () => {
    const [a, b] = socketpair()
    await a.sendall('abcdefg')
    a.close()
    const got: string[] = []
    for await (const chunk of b.chunks({ size: 3 })) got.push(String(chunk))
    assert.deepEqual(got, ['abc', 'def', 'g'])
    b.close()
  })

  it('a listening socket has connections() only', () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    assert.throws(() => server.chunks(), TypeError)
    assert.throws(() => server.messages(), TypeError)
    assert.throws(() => server[Symbol.asyncIterator](), TypeError)
  })

  it('next() called several times before the first is there: in order', async () => {
    const [a, b] = socketpair()
    const chunks = b.chunks({ size: 1 })
    const all = Promise.all([chunks.next(), chunks.next(), chunks.next()])
    await turns()
    await a.send('abc')
    assert.equal((await all).map(({ value }) => String(value)).join(''), 'abc')
    a.close()
    b.close()
  })
})
