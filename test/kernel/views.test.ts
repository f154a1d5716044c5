/** recvViews and trySend: handlers, which see bytes in the engine's own memory. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  createServer,
  SHUT_WR,
  SO_LINGER,
  SOCK_DGRAM,
  type Socket,
  socket,
  socketpair,
  type ViewHandler,
} from 'berkeley'
import { pair, Several, streams, turns, until } from './matrix.js'

/** A handler that keeps what it is told, and a promise of the end. */
class Log<S extends { close(): void }> implements ViewHandler<S> {
  readonly got: Buffer[] = []
  readonly over: Promise<'end' | Error>
  #settle: (how: 'end' | Error) => void = () => {}

  constructor() {
    this.over = new Promise((resolve) => {
      this.#settle = resolve
    })
  }

  view(_: S, bytes: Buffer): unknown {
    this.got.push(Buffer.from(bytes))
    return undefined
  }

  end(): void {
    this.#settle('end')
  }

  error(_: S, error: unknown): void {
    this.#settle(error as Error)
  }

  get text(): string {
    return Buffer.concat(this.got).toString('latin1')
  }
}

for (const each of streams.filter(({ name }) => !/autobind/.test(name)))
  describe(`views, ${each.name}`, () => {
    it('show all bytes in order, and the end', async () => {
      using p = await pair(each)
      const log = new Log<Socket>()
      await p.client.sendall('before ')
      p.server.recvViews(log)
      await turns()
      await p.client.sendall('and after')
      p.client.shutdown(SHUT_WR)
      assert.equal(await log.over, 'end')
      assert.equal(log.text, 'before and after')
    })

    it('echo 8 MB with patience, one handler for both ends', async () => {
      using p = await pair(each)
      const total = 8 * 1024 * 1024
      let back = 0
      const done = new Promise<void>((resolve, reject) => {
        const echo: ViewHandler<Socket> = {
          view(to, bytes) {
            if (to === p.client) {
              for (let i = 0; i < bytes.length; i += 997)
                if (bytes[i] !== ((back + i) * 7) % 251) reject(new Error(`a wrong byte at ${back + i}`))
              back += bytes.length
              if (back === total) resolve()
              return
            }
            const sent = to.trySend(bytes)
            return sent < bytes.length ? to.sendall(Buffer.from(bytes.subarray(sent))) : undefined
          },
          error: (_, error) => reject(error),
        }
        p.server.recvViews(echo)
        p.client.recvViews(echo)
      })
      await p.client.sendall(Buffer.alloc(total).map((_, i) => (i * 7) % 251))
      await done
      assert.equal(back, total)
    })
  })

describe('a handler', () => {
  it('that asks for patience is shown nothing meanwhile', async () => {
    using several = new Several()
    const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    let resume = (): void => {}
    const got: string[] = []
    to.recvViews({
      view(_, bytes) {
        got.push(`${bytes}`)
        return new Promise<void>((resolve) => {
          resume = resolve
        })
      },
    })
    from.sendSync('one')
    await until(() => got.length === 1, 'the first view')
    from.sendSync('two')
    await turns(20)
    assert.deepEqual(got, ['one'])
    resume()
    await until(() => got.length === 2, 'the second view')
    assert.deepEqual(got, ['one', 'two'])
  })

  it('may close its own socket, and others of the same wake-up', async () => {
    using several = new Several()
    const pairs = [0, 1, 2, 3].map(() => socketpair().map((each) => several.add(each)) as [Socket, Socket])
    let shown = 0
    const handler: ViewHandler<Socket> = {
      view() {
        shown++
        for (const [, to] of pairs) to.close()
      },
      error: (_, error) => assert.fail(error as Error),
    }
    for (const [, to] of pairs) to.recvViews(handler)
    await turns()
    for (const [from] of pairs) from.sendSync('x')
    await until(() => shown > 0, 'a view')
    await turns(20)
    assert.equal(shown, 1)
  })

  it('may read and write other sockets while it looks at its bytes', async () => {
    using several = new Several()
    const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    const [other, there] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    other.sendSync('y'.repeat(1000))
    const seen = new Promise<string>((resolve) => {
      to.recvViews({
        view(_, bytes) {
          void there.recv(1000)
          assert.equal(there.trySend('z'), 1)
          resolve(`${bytes}`)
        },
      })
    })
    from.sendSync('x'.repeat(1000))
    assert.equal(await seen.catch((error: Error) => error.message), 'x'.repeat(1000))
  })

  it('that throws or rejects hears of it, and is shown no more', async () => {
    for (const view of [
      () => {
        throw new Error('mine')
      },
      () => Promise.reject(new Error('mine')),
    ]) {
      using several = new Several()
      const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
      const log = new Log<Socket>()
      to.recvViews({ view, error: (...args) => log.error(...args) })
      from.sendSync('x')
      assert.equal(((await log.over) as Error).message, 'mine')
      from.sendSync('left')
      assert.equal(`${await to.recv(10)}`, 'left')
    }
  })

  it('without error() has its socket closed', async () => {
    using several = new Several()
    const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    to.recvViews({
      view() {
        throw new Error('mine')
      },
    })
    from.sendSync('x')
    await until(() => to.fileno() < 0, 'the close')
  })

  it('hears of a reset', async () => {
    using several = new Several()
    const server = several.add(createServer({ host: '127.0.0.1', port: 0 }))
    const client = several.add(socket(AF_INET))
    client.connectSync({ host: '127.0.0.1', port: server.getsockname().port })
    const served = several.add(server.acceptSync()[0])
    const log = new Log<typeof served>()
    served.recvViews(log)
    await turns()
    client.setsockopt(SO_LINGER, 0)
    client.close()
    assert.equal(((await log.over) as { code?: string }).code, 'ECONNRESET')
  })

  it('keeps other reads out', async () => {
    using several = new Several()
    const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    to.recvViews(new Log())
    await turns()
    await assert.rejects(to.recv(1), { code: 'EBUSY' })
    assert.throws(() => to.recvSync(1), { code: 'EBUSY' })
    assert.throws(() => to.recvViews({} as never), TypeError)
    assert.throws(() => several.add(socket(AF_INET, SOCK_DGRAM)).recvViews(new Log()), TypeError)
    from.close()
    assert.throws(() => from.recvViews(new Log()), { code: 'EBADF' })
  })
})

describe('trySend', () => {
  it('takes what there is room for and never waits', async () => {
    using several = new Several()
    const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    let sent = 0
    for (let taken = 1; taken > 0; ) {
      taken = from.trySend(new Uint8Array(65536))
      sent += taken
    }
    assert.ok(sent > 0)
    assert.equal(from.trySend('x'), 0)
    let received = 0
    while (received < sent) received += (await to.recv(65536)).length
    assert.equal(from.trySend('héllo'), 6)
    to.close()
    assert.throws(() => from.trySend('x'), { code: 'EPIPE' })
    assert.throws(() => from.trySend(5 as never), TypeError)
  })
})
