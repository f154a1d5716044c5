/** Nothing that always succeeds keeps timers and other sockets waiting. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { AF_UNIX, createServer, type InetAddress, type Socket, socketpair } from 'berkeley'
import { needsProgram } from '../support/needs.js'
import { tcp, udp } from './matrix.js'

const LOOPS = 2_000_000

/** Runs `step` until a timer of 5 ms has fired: how long that took, in milliseconds. */
async function timer(step: () => Promise<unknown>): Promise<number> {
  let fired = false
  const begin = performance.now()
  const handle = setTimeout(() => {
    fired = true
  }, 5)
  for (let i = 0; !fired && i < LOOPS; i++) await step()
  clearTimeout(handle)
  assert.ok(fired, `the timer fired within ${LOOPS} calls`)
  return performance.now() - begin
}

describe('a 5 ms timer fires in time beside', () => {
  const soon = (ms: number): void => assert.ok(ms < 500, `after ${ms} ms`)

  it('sends that always succeed', async () => {
    using p = await udp()
    soon(await timer(() => p.client.send('x')))
  })

  it('sendalls that always succeed', async () => {
    using p = await udp()
    soon(await timer(() => p.client.sendall('x')))
  })

  for (const timeout of [null, 0, 1000])
    it(`a udp socket that is never empty (time-out ${timeout})`, async () => {
      using p = await udp()
      p.server.settimeout(timeout)
      await p.client.send('x')
      soon(
        await timer(async () => {
          await p.client.send('x')
          await p.server.recv(10)
        }),
      )
    })

  it('an iteration over a udp socket that is never empty', async () => {
    using p = await udp()
    const messages = p.server.messages()
    await p.client.send('x')
    soon(
      await timer(async () => {
        await p.client.send('x')
        await messages.next()
      }),
    )
  })

  it('a loop that asks a non-blocking socket again and again', async () => {
    using p = await udp()
    p.server.settimeout(0)
    soon(await timer(() => p.server.recv(10).catch(() => {})))
  })

  it('two streams in one process that feed each other', async () => {
    const [a, b] = socketpair(AF_UNIX)
    const chunk = Buffer.alloc(1000)
    let done = false
    const pump = async (from: Socket, to: Socket): Promise<void> => {
      while (!done) {
        await to.sendall(chunk)
        await from.recv(1000)
      }
    }
    const pumping = Promise.all([pump(a as never, b as never), pump(b as never, a as never)])
    soon(await timer(() => new Promise(setImmediate)))
    done = true
    await pumping
    a.close()
    b.close()
  })
})

describe('other sockets are served beside', () => {
  it('a udp flood', async () => {
    using flood = await udp()
    using quiet = await tcp()
    let done = false
    const flooding = (async () => {
      for (let i = 0; !done && i < LOOPS; i++) {
        await flood.client.send('x')
        await flood.server.recv(10)
      }
    })()
    for (let i = 0; i < 20; i++) {
      await quiet.client.send('x')
      assert.equal(String(await quiet.server.recv(10)), 'x')
    }
    assert.equal(done, false)
    done = true
    await flooding
  })

  it('a sendall of 512 MB to a reader in another process', needsProgram('python3'), async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    const { port } = server.getsockname() as InetAddress
    const reader = spawn('python3', [
      '-c',
      `import socket\ns = socket.create_connection(('127.0.0.1', ${port}))\nn = 0\nwhile b := s.recv(1 << 20): n += len(b)\nprint(n)`,
    ])
    let stdout = ''
    reader.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    const closed = once(reader, 'close')
    const [connection] = await server.accept()
    let ticks = 0
    const clock = setInterval(() => ticks++, 5)
    const begin = performance.now()
    await connection.sendall(Buffer.alloc(512 << 20))
    const took = performance.now() - begin
    clearInterval(clock)
    connection.close()
    await closed
    assert.equal(stdout.trim(), String(512 << 20))
    // A loop that is held up to the end ticks once or twice.
    assert.ok(ticks > took / 50, `${ticks} ticks of 5 ms in ${took} ms`)
  })
})
