/** Listening: queues, bursts, and running out of descriptors. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { createConnection, createServer, type Socket, socket } from 'berkeley'
import { hoarding } from './hoarding.js'
import { connected, node, Several, turns } from './matrix.js'

const listener = (): Socket => createServer({ host: '127.0.0.1', port: 0 }) as unknown as Socket

describe('accept', () => {
  it('waits at once are served in order, by a burst of connections', async () => {
    using several = new Several()
    const server = several.add(listener())
    const order: number[] = []
    const waits = Array.from({ length: 20 }, (_, i) =>
      server.accept().then(([connection]) => {
        several.add(connection)
        order.push(i)
      }),
    )
    await turns()
    for (let i = 0; i < 20; i++) {
      const client = several.add(socket() as unknown as Socket)
      client.settimeout(0)
      await client.connectEx(server.getsockname())
    }
    await Promise.all(waits)
    assert.deepEqual(
      order,
      order.map((_, i) => i),
    )
  })

  it('connections that came while nobody waited are all there', async () => {
    using several = new Several()
    const server = several.add(listener())
    const ports = new Set<number>()
    for (let i = 0; i < 100; i++) {
      const client = several.add(await createConnection(server.getsockname() as never))
      ports.add((client.getsockname() as { port: number }).port)
    }
    for (let i = 0; i < 100; i++) {
      const [connection, peer] = await server.accept()
      several.add(connection)
      assert.ok('port' in peer && ports.delete(peer.port))
    }
    assert.equal(ports.size, 0)
  })

  it('a connection whose waiter was aborted goes to the next', async () => {
    using several = new Several()
    const server = several.add(listener())
    for (let i = 0; i < 50; i++) {
      const controller = new AbortController()
      const waiting = server.accept({ signal: controller.signal })
      waiting.catch(() => {})
      if (i % 2) await turns(1)
      const client = several.add(socket() as unknown as Socket)
      await client.connect(server.getsockname())
      controller.abort()
      const [connection, peer] = await waiting.catch(() => server.accept())
      several.add(connection)
      assert.deepEqual(peer, client.getsockname())
    }
  })

  it('the default backlog is 128: that many connect with nobody accepting', async () => {
    const unix = connected.find(({ name }) => name === 'unix path stream')
    assert.ok(unix)
    using several = new Several()
    const server = several.add(socket(unix.family, unix.type))
    server.bind(unix.address())
    server.listen()
    for (let i = 0; i < 129; i++) {
      const client = several.add(socket(unix.family, unix.type))
      client.settimeout(0)
      await client.connect(server.getsockname())
    }
    const late = several.add(socket(unix.family, unix.type))
    late.settimeout(0)
    await assert.rejects(late.connect(server.getsockname()), { code: 'EAGAIN' })
  })

  for (const each of connected)
    it(`1,000 connections echo at once (${each.name})`, async () => {
      using several = new Several()
      const server = several.add(socket(each.family, each.type))
      server.bind(each.address())
      server.listen(1000)
      const serving = (async () => {
        const served: Promise<void>[] = []
        for await (const [connection] of server.connections())
          served.push(
            (async () => {
              for await (const chunk of connection) await connection.sendall(chunk)
              connection.close()
            })(),
          )
        await Promise.all(served)
      })()
      await Promise.all(
        Array.from({ length: 1000 }, async (_, i) => {
          using client = socket(each.family, each.type)
          await client.connect(server.getsockname())
          for (let round = 0; round < 3; round++) {
            const text = `client ${i} round ${round}`
            await client.sendall(text)
            let back = ''
            while (back.length < text.length) {
              const chunk = await client.recv(100)
              assert.ok(chunk.length > 0)
              back += chunk
            }
            assert.equal(back, text)
          }
        }),
      )
      server.close()
      await serving
    })
})

describe('out of descriptors', () => {
  const limited = ['sh', '-c', 'ulimit -n 200; exec "$@"', 'sh']

  for (const when of ['waiting', 'later'])
    it(`accept rejects EMFILE and the connection is not lost (${when})`, async () => {
      const { code, stdout, stderr } = await node(hoarding, { args: [when], before: limited })
      assert.deepEqual([stdout, stderr, code], ['EMFILE accept EMFILE true\n', '', 0])
    })

  it('connections() goes on by itself, without a busy loop', async () => {
    const { code, stdout, stderr } = await node(hoarding, { args: ['iterating'], before: limited })
    const [during, then] = stdout.split('\n')
    const { accepted, cpu } = JSON.parse(during ?? '')
    assert.equal(accepted, false)
    assert.ok(cpu < 150_000, `${cpu} µs of CPU in 300 ms`)
    assert.deepEqual([then, stderr, code], ['true', '', 0])
  })
})

describe('a listener whose open file somebody else made a blocking one', () => {
  it('does not hold up the event loop', async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    // libuv takes O_NONBLOCK away from what a child gets as a standard descriptor, and so from ours.
    const child = spawn('cat', { stdio: [server.fileno(), 'ignore', 'ignore'] })
    await once(child, 'exit')
    const waiting = server.accept()
    await turns()
    using client = await createConnection({ host: '127.0.0.1', port: server.getsockname().port })
    const [served] = await waiting
    served.close()
    const again = spawn('cat', { stdio: [server.fileno(), 'ignore', 'ignore'] })
    await once(again, 'exit')
    server.settimeout(20)
    await assert.rejects(server.accept(), { code: 'ETIMEDOUT' })
    assert.throws(() => server.acceptSync(), { code: 'ETIMEDOUT' })
    assert.ok(client.fileno() > 0)
  })
})
