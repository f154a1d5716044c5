/** Sockets across threads, and threads that end in the middle of things. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { describe, it } from 'node:test'
import { Worker } from 'node:worker_threads'
import { createConnection, createServer, fromfd, type InetAddress, socket, socketpair } from 'berkeley'
import { turns, until } from './matrix.js'

const library = import.meta.resolve('berkeley')

/** A worker that runs `script`, with the library as `b` and `workerData`. */
function worker(script: string, workerData?: unknown): Worker {
  const text = `
    import { parentPort, workerData } from 'node:worker_threads'
    const b = await import(${JSON.stringify(library)})
    const say = (value) => parentPort.postMessage(value)
    ${script}`
  return new Worker(new URL(`data:text/javascript,${encodeURIComponent(text)}`), { workerData })
}

const heard = async (from: Worker): Promise<unknown> => (await once(from, 'message'))[0]

describe('workers', () => {
  it('detach() in one thread, socket(…, { fileno }) in another', async () => {
    const [ours, theirs] = socketpair()
    const waiting = theirs.recv(1).catch((error) => error.code)
    await turns()
    const other = worker(
      `const s = b.socket(undefined, undefined, undefined, { fileno: workerData })
       for await (const chunk of s) await s.sendall(String(chunk).toUpperCase())
       s.close()`,
      theirs.detach(),
    )
    const exited = once(other, 'exit')
    assert.equal(await waiting, 'ECANCELED')
    for (const text of ['one', 'two']) {
      await ours.sendall(text)
      assert.equal(String(await ours.recv(10)), text.toUpperCase())
    }
    ours.close()
    assert.deepEqual(await exited, [0])
  })

  it('accept here, serve there', async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    using client = await createConnection(server.getsockname())
    const [connection] = await server.accept()
    const other = worker(
      `using: { const s = b.socket(b.AF_INET, b.SOCK_STREAM, 0, { fileno: workerData }); await s.sendall('from there'); s.close() }`,
      connection.detach(),
    )
    const exited = once(other, 'exit')
    let text = ''
    for await (const chunk of client) text += chunk
    assert.equal(text, 'from there')
    await exited
  })

  it('two with servers of their own at once', async () => {
    const script = `
      const server = b.createServer({ host: '127.0.0.1', port: 0 })
      parentPort.once('message', () => server.close())
      say(server.getsockname().port)
      const serving = []
      for await (const [connection] of server.connections())
        serving.push((async () => { for await (const chunk of connection) await connection.sendall(chunk); connection.close() })())
      await Promise.all(serving)`
    const workers = [worker(script), worker(script)]
    const ports = (await Promise.all(workers.map(heard))) as number[]
    await Promise.all(
      Array.from({ length: 100 }, async (_, i) => {
        using client = await createConnection({ host: '127.0.0.1', port: ports[i % 2] ?? 0 })
        await client.sendall(`hello ${i}`)
        assert.equal(String(await client.recv(100)), `hello ${i}`)
      }),
    )
    const ends = workers.map((each) => once(each, 'exit'))
    for (const each of workers) each.postMessage('end')
    for (const end of ends) assert.deepEqual(await end, [0])
  })

  it('terminate() with pending waits does not crash', async () => {
    for (let i = 0; i < 10; i++) {
      const other = worker(`
        const server = b.createServer({ host: '127.0.0.1', port: 0 })
        const [x, y] = b.socketpair()
        void server.accept(); void x.recv(1); void y.sendall(Buffer.alloc(1 << 24)); y.settimeout(60000); void y.recv(1)
        say('waiting')`)
      await heard(other)
      await other.terminate()
    }
  })

  it('terminate() while results arrive does not crash', async () => {
    for (let i = 0; i < 5; i++) {
      const other = worker(`
        const server = b.createServer({ host: '127.0.0.1', port: 0 })
        const udp = b.socket(b.AF_INET, b.SOCK_DGRAM)
        udp.bind({ host: '127.0.0.1', port: 0 })
        say(udp.getsockname())
        for await (const message of udp.messages()) await udp.sendto(message.data, message.address)`)
      const address = (await heard(other)) as InetAddress
      using client = socket(undefined, 2)
      await client.sendto('x', address)
      let stopped = false
      const flooding = (async () => {
        for (let n = 0; !stopped && n < 1_000_000; n++) await client.sendto('x', address)
      })()
      await client.recv(1)
      await other.terminate()
      stopped = true
      await flooding.catch(() => {})
    }
  })

  it('the sockets of a thread end with it: their ports are free again', async () => {
    for (const end of ['terminate', 'exit']) {
      const other = worker(
        `
        const server = b.createServer({ host: '127.0.0.1', port: 0 })
        if (workerData === 'terminate') void server.accept()
        say(server.getsockname())`,
        end,
      )
      const exited = once(other, 'exit')
      const address = (await heard(other)) as InetAddress
      if (end === 'terminate') await other.terminate()
      else await exited
      createServer(address, { reuse: false }).close()
    }
  })

  it('a look-up under way when its thread ends does not crash', async () => {
    const other = worker(`
      for (let i = 0; i < 20; i++) b.createConnection({ host: 'nonexistent.invalid', port: 1 }).catch(() => {})
      say('looking')`)
    await heard(other)
    await other.terminate()
  })

  it('the same number in two threads is two registrations', async () => {
    const before = readdirSync('/proc/self/fd').length
    const other = worker(`
      const [x, y] = b.socketpair()
      say(x.fileno())
      for await (const chunk of x) say(String(chunk))
      y.close(); x.close()`)
    const number = (await heard(other)) as number
    using copy = fromfd(number, 1)
    assert.notEqual(copy.fileno(), number)
    await other.terminate()
    copy.close()
    await until(() => readdirSync('/proc/self/fd').length <= before + 1, 'descriptors closed')
  })
})
