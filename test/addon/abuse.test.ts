/** Whatever JavaScript does to the addon, the process lives: children that end by a signal fail. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { AF_UNIX, SOCK_DGRAM, type Socket, SystemError, socket, socketpair, type UnixAddress } from 'berkeley'
import { native } from '#sys/binding.js'

/** Runs a script of this folder to its good end, and gives what it printed last. */
async function child(script: string, ...args: readonly (string | number)[]): Promise<Record<string, number>> {
  const path = fileURLToPath(new URL(script, import.meta.url))
  const run = spawn(process.execPath, ['--expose-gc', path, ...args.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 120_000,
  })
  let output = ''
  for (const stream of [run.stdout, run.stderr])
    stream.setEncoding('utf8').on('data', (text) => (output += text))
  const [code, signal] = await once(run, 'close')
  assert.deepEqual({ code, signal }, { code: 0, signal: null }, `${script} ${args.join(' ')}: ${output}`)
  return JSON.parse(output.trim().split('\n').at(-1) as string)
}

describe('garbage', () => {
  for (const seed of [1, 20261121, 0xdeadbeef])
    it(`as arguments of every function, seed ${seed}`, async () => {
      const { results = 0, refusals = 0, errors = 0 } = await child('./abuser.js', seed, 4000)
      assert.equal(results + refusals + errors, 4000)
    })

  for (const [wake, name] of ['uv', 'thread'].entries())
    for (const seed of [7, 31337])
      it(`in the engine's shared memory, ${name}, seed ${seed}`, async () => {
        const { dispatched = 0, thrown = 0 } = await child('./memory.js', seed, 1500, wake)
        assert.ok(dispatched > 0 && thrown > 0)
      })

  it('of more than 32 bits is refused, not cut', () => {
    const bytes = new Uint8Array(8)
    for (const fd of [2 ** 32, 2 ** 32 + 5, Number.NaN, 0.5, Infinity, -(2 ** 31) - 1]) {
      assert.throws(() => native.listen(fd, 0), TypeError)
      assert.throws(() => native.fcntl(fd, 1, 0), TypeError)
      assert.throws(() => native.recv(fd, bytes, 0, 8, 0), TypeError)
    }
    assert.throws(() => native.recv(-1, bytes, 2 ** 32, 8, 0), RangeError)
    assert.throws(() => native.recv(-1, bytes, 0, 2 ** 32 + 8, 0), RangeError)
    assert.throws(() => native.recv(-1, bytes, 1, 8, 0), RangeError)
    assert.throws(() => native.recv(-1, bytes, -1, 8, 0), RangeError)
    assert.throws(() => native.recv(-1, bytes, 2 ** 53 - 1, 2 ** 53 - 1, 0), RangeError)
    assert.throws(() => native.recv(-1, bytes, 2 ** 60, 1, 0), TypeError)
  })

  it('is not what a buffer of more than 2 GB is', () => {
    // Its pages are never touched, so it takes no memory.
    const large = new Uint8Array(3 * 2 ** 30)
    const [a, b] = socketpair()
    assert.equal(native.send(a.fileno(), Uint8Array.of(7), 0, 0, 1), 1)
    assert.equal(native.recv(b.fileno(), large, 3 * 2 ** 30 - 5, 5, 0), 1)
    assert.equal(large[3 * 2 ** 30 - 5], 7)
    assert.equal(native.send(a.fileno(), large, 0, 3 * 2 ** 30 - 5, 1), 1)
    assert.equal(native.recv(b.fileno(), large, 0, 3 * 2 ** 30, 0), 1)
    assert.equal(large[0], 7)
    a.close()
    b.close()
  })
})

describe('the table of sockets', () => {
  it('grows while every one of them waits', async () => {
    const pairs = Array.from({ length: 300 }, () => socketpair())
    const received: Promise<Buffer>[] = []
    for (const [a] of pairs) {
      received.push(a.recv(10))
      // A few at a time, so that the waits are spread over tables of different sizes.
      if (received.length % 40 === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    for (const [i, [, b]] of pairs.entries()) await b.sendall(`n${i}`)
    const texts = (await Promise.all(received)).map(String)
    assert.deepEqual(
      texts,
      pairs.map((_, i) => `n${i}`),
    )
    for (const socket of pairs.flat()) socket.close()
  })

  it('gives a place and a number used again no result of who had them before', async () => {
    // A wake-up's slab holds four such reads: the first deliveries come while later events are still to be looked at.
    const size = 65536
    const old = Array.from({ length: 24 }, () => socketpair(AF_UNIX, SOCK_DGRAM))
    const fresh: [Socket<UnixAddress>, Promise<Buffer>][] = []
    let settled = 0
    const replace = (): void => {
      if (settled++ > 0) return
      const numbers = new Set(old.map(([a]) => a.fileno()))
      for (const [a] of old) a.close()
      for (let i = 0; i < old.length; i++) {
        const [a, b] = socketpair(AF_UNIX, SOCK_DGRAM)
        numbers.delete(a.fileno())
        fresh.push([b, a.recv(size)])
        openNow.push(a)
      }
      assert.ok(numbers.size < old.length, 'numbers were used again')
    }
    const openNow: Socket<UnixAddress>[] = []
    const waits = old.map(([a]) => a.recv(size).then(replace, (error) => error.code as string))
    await new Promise((resolve) => setImmediate(resolve))
    const before = Buffer.alloc(60000, 'old')
    await Promise.all(old.map(([, b]) => b.send(before)))
    const outcomes = await Promise.all(waits)
    // The thread's wake-up ends before any promise is heard; libuv's lets them be heard batch by batch.
    if (process.env.BERKELEY_ENGINE !== 'thread')
      assert.ok(outcomes.includes('ECANCELED'), 'some were closed before their turn')
    assert.ok(openNow.length > 0)
    const texts: string[] = []
    for (const [i, [b, wait]] of fresh.entries()) {
      await b.send(`new ${i}`)
      texts.push(String(await wait))
    }
    assert.deepEqual(
      texts,
      fresh.map((_, i) => `new ${i}`),
    )
    for (const socket of [...old.flat(), ...openNow, ...fresh.map(([b]) => b)]) socket.close()
  })
})

describe('a descriptor closed behind the library’s back', () => {
  it('while it is awaited harms no other, and its socket can still be closed', async () => {
    const [a, b] = socketpair()
    const [c, d] = socketpair()
    const lost = a.recv(1).catch((error) => error.code as string)
    const kept = c.recv(10)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(native.close(a.fileno()), 0)
    await d.sendall('on it goes')
    assert.equal(String(await kept), 'on it goes')
    // The peer sees the end, our side an error of the descriptor.
    assert.equal((await b.recv(1)).length, 0)
    assert.throws(() => a.getsockname(), { code: 'EBADF' })
    assert.throws(() => a.close(), { code: 'EBADF' })
    assert.equal(await lost, 'ECANCELED')
    assert.equal(a.fileno(), -1)
    for (const socket of [b, c, d]) socket.close()
  })

  it('and given to a stranger is not taken for two sockets', async () => {
    const [a, b] = socketpair()
    const number = a.fileno()
    const lost = a.recv(1).catch((error) => error.code as string)
    await new Promise((resolve) => setImmediate(resolve))
    assert.equal(native.close(number), 0)
    // The next descriptor that the kernel gives has the lowest free number: this one.
    const copy = native.fcntl(b.fileno(), 1030, number)
    assert.equal(copy, number)
    assert.throws(
      () => socket(undefined, undefined, undefined, { fileno: copy }),
      (error) => error instanceof SystemError && error.code === 'EEXIST',
    )
    // Whoever closes the first socket closes the stranger's descriptor: POSIX has no way to know better.
    assert.equal(a.detach(), number)
    assert.equal(await lost, 'ECANCELED')
    assert.equal(native.close(copy), 0)
    b.close()
  })

  it('before its first wait fails that wait', async () => {
    const [a, b] = socketpair()
    assert.equal(native.close(a.fileno()), 0)
    await assert.rejects(a.recv(1), { code: 'EBADF' })
    await assert.rejects(a.send('x'), { code: 'EBADF' })
    assert.throws(() => a.close(), { code: 'EBADF' })
    b.close()
  })
})
