/** Many sockets, slow readers and greedy senders: nobody starves, nothing grows. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AF_INET, SOCK_DGRAM, type Socket, socket, socketpair, type ViewHandler } from 'berkeley'
import { needsRoot } from '../support/needs.js'
import { node, Several, turns, until } from './matrix.js'

describe('a thousand slow readers', () => {
  it('stop their sender through the kernel: memory stays flat', async () => {
    using several = new Several()
    const readers: Socket[] = []
    const piece = new Uint8Array(256 * 1024)
    const sends: Promise<void>[] = []
    const before = process.memoryUsage()
    for (let i = 0; i < 1000; i++) {
      const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
      readers.push(to)
      // The same memory for all of them: what is held for a slow reader is a reference, and no copy.
      sends.push(from.sendall(piece).catch(() => {}))
    }
    await turns(50)
    const after = process.memoryUsage()
    const grown = after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers
    assert.ok(grown < 40 * 1024 * 1024, `${grown} bytes for 1000 waiting senders of 256 KiB each`)
    // One that reads gets all of it, the others get on nobody's way.
    let got = 0
    while (got < piece.length) got += (await (readers[500] as Socket).recv(65536)).length
    assert.equal(got, piece.length)
    for (const reader of readers) reader.close()
    await Promise.all(sends)
  })
})

describe('a greedy sender', () => {
  it('starves neither timers nor other sockets of a handler', async () => {
    using several = new Several()
    const [from, to] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    const [quiet, heard] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    let bytes = 0
    let stop = false
    // Each byte makes more: the socket is never empty.
    const pump: ViewHandler<Socket> = {
      view(_, view) {
        bytes += view.length
        if (!stop) from.trySend(view)
        return undefined
      },
    }
    to.recvViews(pump)
    from.trySend(new Uint8Array(32768))
    await until(() => bytes > 1_000_000, 'the pump')
    const answer = heard.recv(10)
    await new Promise((resolve) => setTimeout(resolve, 1))
    await quiet.send('heard')
    assert.equal(`${await answer}`, 'heard')
    stop = true
    await turns(20)
  })
})

describe('closing', () => {
  it('is safe inside an iteration of its own socket, another’s handler, and a batch’s loop', async () => {
    using several = new Several()
    const pairs = Array.from(
      { length: 50 },
      () => socketpair().map((each) => several.add(each)) as [Socket, Socket],
    )
    const loops = pairs.map(async ([, to], i) => {
      for await (const chunk of to) {
        assert.equal(`${chunk}`, 'x')
        pairs[(i + 1) % pairs.length]?.[1].close()
        to.close()
      }
    })
    await turns()
    for (const [from] of pairs) from.trySend('x')
    await Promise.all(loops)

    const to = several.add(socket(AF_INET, SOCK_DGRAM))
    to.bind({ host: '127.0.0.1', port: 0 })
    const from = several.add(socket(AF_INET, SOCK_DGRAM))
    await from.sendto('x', to.getsockname())
    for await (const batch of to.batches()) {
      assert.equal(batch.length, 1)
      to.close()
      assert.equal(`${batch.view(0)}`, 'x')
    }
  })

  it('is safe from a finalizer', async () => {
    const { code, stderr } = await node(`
      import { socketpair } from 'berkeley'
      const registry = new FinalizationRegistry((each) => each.close())
      let closed = 0
      for (let i = 0; i < 200; i++) {
        const [a, b] = socketpair()
        registry.register({}, { close: () => { a.close(); closed++ } })
        b.unref()
        b.recv(10).catch(() => {}).finally(() => b.close())
      }
      for (let i = 0; i < 50 && closed < 200; i++) { gc(); await new Promise((resolve) => setTimeout(resolve, 10)) }
      if (closed < 150) throw new Error('only ' + closed + ' were collected')
    `)
    assert.deepEqual([code, stderr], [0, ''])
  })
})

describe('ten thousand connections', needsRoot(), () => {
  it('are served at once, and leave nothing', async () => {
    const { code, stdout, stderr } = await node(
      `
      import { createServer, socket, AF_INET } from 'berkeley'
      import { readdirSync } from 'node:fs'
            const server = createServer({ host: '127.0.0.1', port: 0 }, { backlog: 4096 })
      const before = readdirSync('/proc/self/fd').length
      const { port } = server.getsockname()
      const served = [], clients = []
      const echo = { view: (to, bytes) => { to.trySend(bytes) }, end: (to) => to.close(), error: (to) => to.close() }
      const accepting = (async () => { for await (const [each] of server.connections()) { served.push(each); each.recvViews(echo) } })()
      for (let i = 0; i < 4900; i++) {
        const client = socket(AF_INET)
        clients.push(client)
        await client.connect({ host: '127.0.0.' + (1 + (i % 5)), port }).catch(() => client.connect({ host: '127.0.0.1', port }))
      }
      let right = 0
      await Promise.all(clients.map(async (client, i) => {
        await client.sendall('hello ' + i)
        if (String(await client.recv(100)) === 'hello ' + i) right++
      }))
      const open = readdirSync('/proc/self/fd').length
      for (const each of [...clients, ...served, server]) each.close()
      await accepting
      console.log(JSON.stringify({ right, open: open - before >= 9800, left: readdirSync('/proc/self/fd').length - before }))
    `,
      { before: ['sh', '-c', 'ulimit -n 20000; exec "$0" "$@"'] },
    )
    assert.equal(code, 0, stderr)
    assert.deepEqual(JSON.parse(stdout), { right: 4900, open: true, left: -1 })
  })
})
