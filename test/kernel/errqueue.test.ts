/** The error queue and urgent data: read beside the ordinary bytes, each without waiting for the other. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  MSG_ERRQUEUE,
  MSG_OOB,
  MSG_PEEK,
  SO_OOBINLINE,
  SOCK_DGRAM,
  type Socket,
  type SystemError,
  socket,
} from 'berkeley'
import { IP_RECVERR, IPPROTO_IP, SO_TIMESTAMPING_NEW, SOL_SOCKET } from '#data/kernel.js'
import { node, Several, tcp, turns } from './matrix.js'

const errors = { flags: MSG_ERRQUEUE, controlSize: 512 }

interface Asker extends Disposable {
  readonly client: Socket<{ family: 'inet'; host: string; port: number }>
  readonly server: Socket<{ family: 'inet'; host: string; port: number }>
  /** A port that nobody has. */
  readonly nowhere: { host: string; port: number }
}

/** A UDP socket that hears of its errors, connected to nobody, and one that it talks with. */
function asker(): Asker {
  const several = new Several()
  const [client, server, gone] = [0, 1, 2].map(() => {
    const made = several.add(socket(AF_INET, SOCK_DGRAM))
    made.bind({ host: '127.0.0.1', port: 0 })
    return made
  }) as [Asker['client'], Asker['server'], Asker['server']]
  client.setsockopt(IPPROTO_IP, IP_RECVERR, 1)
  const { port } = gone.getsockname()
  gone.close()
  return {
    client,
    server,
    nowhere: { host: '127.0.0.1', port },
    [Symbol.dispose]: () => several[Symbol.dispose](),
  }
}

const code = (error: SystemError): string => error.code
const text = ({ data }: { data: Buffer }): string => String(data)

describe('the error queue', () => {
  for (const order of ['recv first', 'error queue first'])
    it(`waits beside recv, which hears of the error, too: ${order}`, async () => {
      using a = asker()
      const ordinary = (): Promise<string> => a.client.recv(9).then(String, code)
      const first = order === 'recv first' ? ordinary() : null
      const queue = a.client.recvmsg(9, errors)
      const recv = first ?? ordinary()
      await turns()
      await a.client.sendto('lost', a.nowhere)
      const { data, control, flags } = await queue
      assert.deepEqual(
        [String(data), control[0]?.kind, flags & MSG_ERRQUEUE],
        ['lost', 'recverr', MSG_ERRQUEUE],
      )
      // Which of them the kernel's error goes to is up to the kernel: the one that asks first has it.
      const outcome = await Promise.race([recv, turns(20)])
      if (outcome === undefined) {
        await a.server.sendto('data', a.client.getsockname())
        assert.equal(await recv, 'data')
      } else assert.equal(outcome, 'ECONNREFUSED')
    })

  it('data goes to recv alone, with errors waited for on either side of it', async () => {
    using a = asker()
    const before = a.client.recvmsg(9, errors)
    const recv = a.client.recv(9)
    const behind = a.client.recvmsg(9, errors)
    await turns()
    await a.server.sendto('data', a.client.getsockname())
    assert.equal(String(await recv), 'data')
    const waited = await Promise.race([before, behind, turns(20)])
    assert.equal(waited, undefined)
    a.client.close()
    await assert.rejects(before, { code: 'ECANCELED' })
    await assert.rejects(behind, { code: 'ECANCELED' })
  })

  it('many wait: each error is had once, in order', async () => {
    using a = asker()
    const waits = Array.from({ length: 50 }, () => a.client.recvmsg(9, errors))
    await turns()
    for (let i = 0; i < 50; i++) await a.client.sendto(`${i}`, a.nowhere).catch(code)
    // The kernel tells a send of an earlier error instead of sending.
    const lost: string[] = []
    for (let i = 50; lost.length < 50; i++) {
      await a.client.sendto(`${i}`, a.nowhere).catch(code)
      await turns(2)
      while (lost.length < 50) {
        const next = await Promise.race([waits[lost.length], turns(2)])
        if (next === undefined) break
        lost.push(text(next))
      }
      assert.ok(i < 500)
    }
    assert.deepEqual(
      lost.map(Number),
      lost.map(Number).toSorted((x, y) => x - y),
    )
    assert.equal(new Set(lost).size, 50)
  })

  it('abort and time-out end their own wait, wherever it stands', async () => {
    using a = asker()
    const given = new AbortController()
    const first = a.client.recvmsg(9, errors)
    const aborted = a.client.recvmsg(9, { ...errors, signal: given.signal })
    a.client.settimeout(10)
    const late = a.client.recvmsg(9, errors)
    a.client.settimeout(null)
    const last = a.client.recvmsg(9, errors)
    const recv = a.client.recv(9, { signal: given.signal })
    await turns()
    given.abort()
    await assert.rejects(aborted, { name: 'AbortError' })
    await assert.rejects(recv, { name: 'AbortError' })
    await assert.rejects(late, { code: 'ETIMEDOUT', syscall: 'recvmsg' })
    for (const [wait, data] of [
      [first, 'one'],
      [last, 'two'],
    ] as const) {
      while ((await a.client.sendto(data, a.nowhere).catch(code)) !== 3);
      assert.equal(text(await wait), data)
    }
    a.client.settimeout(0)
    // Nothing there, or what the sends above have left.
    await assert.rejects(
      (async () => {
        for (;;) await a.client.recvmsg(9, errors)
      })(),
      { code: 'EAGAIN' },
    )
    a.client.close()
    await assert.rejects(a.client.recvmsg(9, errors), { code: 'EBADF' })
  })

  it('blocking reads of either kind go on beside waits of the other', async () => {
    using a = asker()
    const recv = a.client.recv(9)
    await turns()
    a.client.settimeout(5)
    assert.throws(() => a.client.recvmsgSync(9, errors), { code: 'ETIMEDOUT' })
    assert.throws(() => a.client.recvSync(9), { code: 'EBUSY' })
    await a.server.sendto('data', a.client.getsockname())
    assert.equal(String(await recv), 'data')
    a.client.settimeout(null)
    const queue = a.client.recvmsg(9, errors)
    await turns()
    a.server.sendtoSync('more', a.client.getsockname())
    assert.equal(String(a.client.recvSync(9)), 'more')
    a.client.sendtoSync('lost', a.nowhere)
    assert.equal(text(await queue), 'lost')
  })

  it('a TCP connection’s times of sending come while a recv waits', async () => {
    using p = await tcp()
    // TX_SOFTWARE | SOFTWARE | OPT_TSONLY.
    p.client.setsockopt(SOL_SOCKET, SO_TIMESTAMPING_NEW, (1 << 1) | (1 << 4) | (1 << 11))
    const recv = p.client.recv(9)
    for (let i = 0; i < 5; i++) {
      const queue = p.client.recvmsg(9, errors)
      await turns()
      await p.client.send('x')
      const kinds = (await queue).control.map(({ kind }) => kind)
      assert.deepEqual(kinds.toSorted(), ['recverr', 'timestamping'])
    }
    await p.server.send('answer')
    assert.equal(String(await recv), 'answer')
  })

  it('keeps the process alive, unless it is not to', async () => {
    const {
      code: status,
      stdout,
      stderr,
    } = await node(`
      import * as b from 'berkeley'
      const s = b.socket(b.AF_INET, b.SOCK_DGRAM)
      s.bind({ host: '127.0.0.1', port: 0 })
      const wait = s.recvmsg(9, { flags: b.MSG_ERRQUEUE }).then(() => {}, (error) => console.log(error.code))
      s.unref(); s.ref()
      setTimeout(() => { s.close() }, 20).unref()
      await wait
      const t = b.socket(b.AF_INET, b.SOCK_DGRAM)
      void t.recvmsg(9, { flags: b.MSG_ERRQUEUE })
      t.unref()
      const u = b.socket(b.AF_INET, b.SOCK_DGRAM).unref()
      u.settimeout(100_000)
      void u.recvmsg(9, { flags: b.MSG_ERRQUEUE })`)
    assert.deepEqual([status, stdout, stderr], [0, 'ECANCELED\n', ''])
  })
})

describe('urgent data', () => {
  it('beside the bytes around it', async () => {
    using p = await tcp()
    const recv = p.server.recv(9)
    await turns()
    await p.client.send('abc!', { flags: MSG_OOB })
    assert.equal(String(await recv), 'abc')
    // A read of the bytes behind it would pass over it: the kernel's way.
    assert.equal(String(await p.server.recv(1, { flags: MSG_OOB | MSG_PEEK })), '!')
    const { data, flags } = await p.server.recvmsg(9, { flags: MSG_OOB })
    assert.deepEqual([String(data), flags & MSG_OOB], ['!', MSG_OOB])
    // Had once; none is EINVAL, as in C.
    await assert.rejects(p.server.recv(1, { flags: MSG_OOB }), { code: 'EINVAL' })
    await p.client.send('def')
    assert.equal(String(await p.server.recv(9)), 'def')
    await p.client.send('gh?', { flags: MSG_OOB })
    assert.equal(String(await p.server.recv(9)), 'gh')
    assert.equal(String(p.server.recvSync(1, { flags: MSG_OOB })), '?')
  })

  it('SO_OOBINLINE: among the others', async () => {
    using p = await tcp()
    p.server.setsockopt(SO_OOBINLINE, true)
    await p.client.send('a!', { flags: MSG_OOB })
    await p.client.send('b')
    let all = ''
    while (all.length < 3) all += await p.server.recv(9)
    assert.equal(all, 'a!b')
    await assert.rejects(p.server.recv(1, { flags: MSG_OOB }), { code: 'EINVAL' })
  })
})
