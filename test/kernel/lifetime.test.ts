/** What keeps the process alive, and what becomes of sockets that are forgotten. Each in a process of its own. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { node } from './matrix.js'

const prelude = `
  import { AF_UNIX, SOCK_DGRAM, createServer, createConnection, socket, socketpair } from 'berkeley'
  import { setTimeout as sleep } from 'node:timers/promises'
  const warnings = []
  process.on('warning', (warning) => warnings.push(warning.name))
  const collect = async () => { for (let i = 0; i < 10; i++) { gc(); await sleep(1) } }
`

/** The exit code, and what was printed. */
async function run(script: string): Promise<[number | null, string]> {
  const { code, stdout, stderr } = await node(prelude + script)
  assert.equal(stderr, '')
  return [code, stdout.trim()]
}

describe('the process ends', () => {
  it('with idle sockets open', async () => {
    assert.deepEqual(
      await run(`
        globalThis.kept = [createServer({ host: '127.0.0.1', port: 0 }), ...socketpair(), socket()]
        kept[1].settimeout(1); await kept[1].recv(1).catch(() => {})
        console.log('end')`),
      [0, 'end'],
    )
  })

  for (const [verb, call] of [
    ['accept', `createServer({ host: '127.0.0.1', port: 0 }).unref().accept()`],
    ['recv', `(globalThis.s = socketpair())[0].unref().recv(1)`],
    [
      'a recv with a time-out',
      `(() => { const [a, b] = globalThis.s = socketpair(); a.settimeout(60000); return a.unref().recv(1) })()`,
    ],
    [
      'a recv that is unref’d while it waits',
      `(() => { const [a, b] = globalThis.s = socketpair(); const p = a.recv(1); a.unref(); return p })()`,
    ],
    ['a full sendall', `(globalThis.s = socketpair())[0].unref().sendall(Buffer.alloc(1 << 24))`],
  ] as const)
    it(`with an unref’d wait: ${verb}`, async () => {
      assert.deepEqual(await run(`void ${call}; console.log('end')`), [0, 'end'])
    })
})

describe('the process stays for a wait', () => {
  for (const [verb, call, feed] of [
    ['accept', 's.accept()', 'createConnection(s.getsockname())'],
    ['accept after unref and ref', 's.unref().ref().accept()', 'createConnection(s.getsockname())'],
  ] as const)
    it(verb, async () => {
      assert.deepEqual(
        await run(`
          const s = globalThis.s = createServer({ host: '127.0.0.1', port: 0 })
          void ${call}.then(() => console.log('accepted'))
          setTimeout(() => ${feed}, 30).unref()`),
        [0, 'accepted'],
      )
    })

  it('recv, and a unix connect whose listener is full', async () => {
    assert.deepEqual(
      await run(`
        const [a, b] = globalThis.s = socketpair()
        void a.recv(1).then((x) => console.log(String(x)))
        setTimeout(() => b.send('x'), 30).unref()`),
      [0, 'x'],
    )
    assert.deepEqual(
      await run(`
        const l = createServer({ abstract: 'berkeley-lifetime-' + process.pid }, { backlog: 0 })
        const first = globalThis.first = await createConnection(l.getsockname())
        void createConnection(l.getsockname()).then((c) => { globalThis.c = c; console.log('connected') })
        setTimeout(() => l.accept(), 60).unref()`),
      [0, 'connected'],
    )
  })

  it('and ends when the last one is done', async () => {
    assert.deepEqual(
      await run(`
        const [a, b] = globalThis.s = socketpair()
        const waits = [a.recv(1), a.recv(1), b.recv(1)]
        await b.send('xy'); await a.send('z')
        console.log(String(await Promise.all(waits)))`),
      [0, 'x,y,z'],
    )
  })
})

describe('a socket that is garbage-collected open', () => {
  it('is closed, with a process warning', async () => {
    const { code, stdout, stderr } = await node(`${prelude}
      let b
      ;(() => { const pair = socketpair(); b = pair[1] })()
      await collect()
      console.log((await b.recv(1)).length, warnings)
      b.close()`)
    assert.deepEqual([code, stdout.trim()], [0, "0 [ 'ResourceWarning' ]"])
    assert.match(stderr, /ResourceWarning/)
  })

  it('closed, detached and disposed ones warn of nothing', async () => {
    assert.deepEqual(
      await run(`
        ;(() => { for (const each of socketpair()) each.close(); globalThis.fd = socket().detach(); socket()[Symbol.dispose]() })()
        await collect()
        console.log(warnings.length)`),
      [0, '0'],
    )
  })

  it('is never one that somebody waits on', async () => {
    assert.deepEqual(
      await run(`
        const waits = []
        const peers = []
        ;(() => {
          for (const call of [(s) => s.recv(1), (s) => s.recvInto(Buffer.alloc(1)), (s) => s.recvfrom(1), (s) => s.chunks().next(), (s) => s.sendall(Buffer.alloc(1 << 20))]) {
            const [a, b] = socketpair(); peers.push(b); waits.push(call(a))
          }
        })()
        const address = (() => { const l = createServer({ host: '127.0.0.1', port: 0 }); waits.push(l.accept()); return l.getsockname() })()
        await collect()
        console.log(warnings.length)
        for (const each of peers) each.settimeout(0)
        const client = globalThis.client = await createConnection(address)
        for (const each of peers) await each.send('x')
        const last = peers.at(-1)
        last.settimeout(null)
        for (let n = 0; n < 1 << 20; ) n += (await last.recv(1 << 20)).length
        await Promise.all(waits)
        console.log('all')
        process.exit(0)`),
      [0, '0\nall'],
    )
  })

  it('is never one that is iterated over, between the steps', async () => {
    assert.deepEqual(
      await run(`
        const [b, walking] = (() => {
          const [a, b] = socketpair()
          const rest = ['two', 'three']
          const next = () => { const text = rest.shift(); if (text) b.send(text); else b.close() }
          const chunks = a.chunks()
          return [b, (async () => { for await (const chunk of chunks) { await collect(); console.log(String(chunk)); next() } })()]
        })()
        await b.send('one')
        await walking
        console.log(warnings.length)
        process.exit(0)`),
      [0, 'one\ntwo\nthree\n0'],
    )
  })
})
