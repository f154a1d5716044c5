/** sendfile: every kind of file, to every kind of stream, and how it ends. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  appendFileSync,
  closeSync,
  constants,
  ftruncateSync,
  openSync,
  readFileSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { open } from 'node:fs/promises'
import { describe, it, type TestContext } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  MSG_WAITALL,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  type Socket,
  type SystemError,
  socket,
  socketpair,
} from 'berkeley'
import { needsProgram } from '../support/needs.js'
import { drain, node, pair, streams, tcp, temporary, turns } from './matrix.js'
import { python, worker } from './threads.js'

/** A file of so many bytes, none like the one 251 before. */
function content(size: number): Buffer {
  const data = Buffer.alloc(size)
  for (let i = 0; i < size; i++) data[i] = (i * 7 + Math.floor(i / 251)) % 256
  return data
}

/** A new file with this in it, open for the length of the test. */
function file(t: TestContext, data: Uint8Array | string = '', flags = 'r+'): number {
  const path = temporary('file')
  writeFileSync(path, data)
  const fd = openSync(path, flags)
  t.after(() => closeSync(fd))
  return fd
}

/** A named pipe, open at both ends in one. */
function fifo(t: TestContext): number {
  const path = temporary('fifo')
  execFileSync('mkfifo', [path])
  const fd = openSync(path, 'r+')
  t.after(() => closeSync(fd))
  return fd
}

async function all(from: Pick<Socket, 'chunks'>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of from.chunks()) chunks.push(chunk)
  return Buffer.concat(chunks)
}

for (const each of streams)
  describe(each.name, () => {
    it('offsets and counts, past the end, an empty file; the file’s own position stays', async (t) => {
      const data = content(100_000)
      const fd = file(t, data)
      for (const how of ['awaited', 'blocking'] as const) {
        using p = await pair(each)
        const got = all(p.server)
        const send = async (options?: { offset?: number; count?: number }): Promise<number> =>
          how === 'awaited' ? p.client.sendfile(fd, options) : p.client.sendfileSync(fd, options)
        const expected: Buffer[] = []
        for (const [offset, count] of [
          [0, 10],
          [10, 0],
          [99_990, 10],
          [99_990, 11],
          [99_990, 2 ** 40],
          [50_000, 5000],
        ] as const) {
          const part = data.subarray(offset, offset + count)
          assert.equal(await send({ offset, count }), part.length)
          expected.push(part)
        }
        assert.equal(await send({ offset: 100_000 }), 0)
        assert.equal(await send({ offset: 2 ** 40 }), 0)
        assert.equal(await send({ offset: 70_000 }), 30_000)
        if (how === 'awaited') assert.equal(await send(), 100_000)
        else assert.equal(await send({ count: 50_000 }), 50_000)
        expected.push(data.subarray(70_000), data.subarray(0, how === 'awaited' ? 100_000 : 50_000))
        const empty = file(t)
        assert.equal(await (how === 'awaited' ? p.client.sendfile(empty) : p.client.sendfileSync(empty)), 0)
        p.client.shutdown(SHUT_WR)
        assert.ok((await got).equals(Buffer.concat(expected)))
      }
    })

    it('what the kernel cannot send so: /proc, a pipe, a device', async (t) => {
      for (const how of ['awaited', 'blocking'] as const) {
        using p = await pair(each)
        const got = all(p.server)
        const send = async (fd: number, options?: { offset?: number; count?: number }): Promise<number> =>
          how === 'awaited' ? p.client.sendfile(fd, options) : p.client.sendfileSync(fd, options)
        const version = readFileSync('/proc/version')
        const proc = openSync('/proc/version', 'r')
        assert.equal(await send(proc), version.length)
        assert.equal(await send(proc, { offset: 3, count: 5 }), 5)
        closeSync(proc)
        const pipe = fifo(t)
        writeSync(pipe, 'through the pipe')
        assert.equal(await send(pipe, { count: 7 }), 7)
        assert.equal(await send(pipe, { count: 9 }), 9)
        await assert.rejects(send(pipe, { offset: 1, count: 1 }), { code: 'ESPIPE' })
        const zeros = openSync('/dev/zero', 'r')
        assert.equal(await send(zeros, { count: 30_000 }), 30_000)
        closeSync(zeros)
        p.client.shutdown(SHUT_WR)
        const parts = [version, version.subarray(3, 8), 'through the pipe', Buffer.alloc(30_000)].map(
          (part) => Buffer.from(part),
        )
        assert.ok((await got).equals(Buffer.concat(parts)))
      }
    })

    it('a pipe to its end, as its writer writes', needsProgram('mkfifo'), async () => {
      using p = await pair(each)
      const path = temporary('fifo')
      execFileSync('mkfifo', [path])
      const reading = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
      const writing = openSync(path, 'w')
      const got = all(p.server)
      const sending = p.client.sendfile(reading)
      for (const text of ['one', 'two', 'three']) {
        await turns()
        writeSync(writing, text)
      }
      await turns()
      closeSync(writing)
      assert.equal(await sending, 11)
      p.client.shutdown(SHUT_WR)
      assert.equal(String(await got), 'onetwothree')
      closeSync(reading)
    })

    it('time-outs and aborts of an empty pipe, and of a reader that does not read', async (t) => {
      using p = await pair(each)
      const pipe = fifo(t)
      p.client.settimeout(10)
      await assert.rejects(p.client.sendfile(pipe), { code: 'ETIMEDOUT', syscall: 'sendfile', bytesSent: 0 })
      assert.throws(() => p.client.sendfileSync(pipe), {
        code: 'ETIMEDOUT',
        syscall: 'sendfile',
        bytesSent: 0,
      })
      writeSync(pipe, 'abc')
      await assert.rejects(p.client.sendfile(pipe), { code: 'ETIMEDOUT', bytesSent: 3 })
      writeSync(pipe, 'def')
      assert.throws(() => p.client.sendfileSync(pipe), { code: 'ETIMEDOUT', bytesSent: 3 })
      assert.equal(String(await p.server.recv(6, { flags: MSG_WAITALL })), 'abcdef')
      p.client.settimeout(null)
      const given = new AbortController()
      const name = ({ name }: Error): string => name
      const piped = p.client.sendfile(pipe, { signal: given.signal }).catch(name)
      const big = file(t, content(20_000_000))
      const sent = p.client.sendfile(big, { signal: given.signal }).catch(name)
      await turns()
      given.abort()
      assert.deepEqual(await Promise.all([piped, sent]), ['AbortError', 'AbortError'])
      await assert.rejects(p.client.sendfile(big, { signal: given.signal }), { name: 'AbortError' })
      // What an aborted wait for a pipe had not read is still in it.
      writeSync(pipe, 'x')
      await assert.rejects(p.client.sendfile(pipe, { signal: AbortSignal.abort() }), { name: 'AbortError' })
      p.client.settimeout(10)
      const late = await p.client.sendfile(big).catch((error: SystemError) => error)
      assert.ok(typeof late === 'object' && late.code === 'ETIMEDOUT' && typeof late.bytesSent === 'number')
      assert.throws(
        () => p.client.sendfileSync(big),
        (error: SystemError) => error.code === 'ETIMEDOUT' && (error.bytesSent ?? -1) >= 0,
      )
      p.server.settimeout(50)
      await drain(p.server).catch(() => {})
      p.client.settimeout(null)
      const closed = p.client.sendfile(fifo(t)).catch((error) => error.code)
      const stuck = p.client.sendfile(big).catch((error) => error.code)
      await turns()
      p.client.close()
      assert.deepEqual(await Promise.all([closed, stuck]), ['ECANCELED', 'ECANCELED'])
      await assert.rejects(p.client.sendfile(big), { code: 'EBADF' })
      assert.throws(() => p.client.sendfileSync(big), { code: 'EBADF' })
    })

    it('a reset in the middle: bytesSent is what went out', async (t) => {
      const big = file(t, content(30_000_000))
      for (const how of ['awaited', 'blocking'] as const) {
        using p = await pair(each)
        const other = worker(
          `const s = b.socket(undefined, undefined, undefined, { fileno: workerData })
           for (let left = 5_000_000; left > 0;) left -= s.recvSync(Math.min(left, 100000)).length
           if (s.family !== b.AF_UNIX) s.setsockopt(b.SO_LINGER, 0)
           s.close()`,
          p.server.detach(),
        )
        const exited = new Promise((done) => other.once('exit', done))
        const error = await (async () =>
          how === 'awaited' ? p.client.sendfile(big) : p.client.sendfileSync(big))().catch(
          (each: SystemError) => each,
        )
        assert.ok(typeof error === 'object', 'all went out')
        assert.match(error.code, /^(EPIPE|ECONNRESET)$/)
        assert.equal(error.syscall, 'sendfile')
        const { bytesSent = 0 } = error
        assert.ok(bytesSent >= 5_000_000 && bytesSent < 30_000_000, String(bytesSent))
        await assert.rejects(p.client.sendfile(big), (later: SystemError) => later.bytesSent === 0)
        await exited
      }
    })

    it('sends behind it come behind it', async (t) => {
      using p = await pair(each)
      const data = content(8_000_000)
      const sending = [
        p.client.sendfile(file(t, data)),
        p.client.sendall('tail'),
        p.client.sendfile(file(t, 'end')),
      ]
      const got = all(p.server)
      assert.deepEqual(await Promise.all(sending), [data.length, undefined, 3])
      p.client.shutdown(SHUT_WR)
      assert.ok((await got).equals(Buffer.concat([data, Buffer.from('tailend')])))
    })
  })

it('100 MB to a slow reader, byte by byte, while timers run', needsProgram('python3'), async (t) => {
  using p = await tcp()
  const data = Buffer.alloc(100_000_000)
  for (let i = 0; i + 4 <= data.length; i += 4092) data.writeUInt32LE(i, i)
  const fd = file(t, data)
  const { printed } = python(
    `
import hashlib
s = socket.socket(fileno=3)
digest = hashlib.sha256()
total = 0
while True:
    chunk = s.recv(300000)
    if not chunk: break
    digest.update(chunk)
    total += len(chunk)
    if len(chunk) % 3 == 0: time.sleep(0.001)
print(total, digest.hexdigest())`,
    p.server.detach({ blocking: true }),
  )
  let ticks = 0
  const clock = setInterval(() => ticks++, 1)
  assert.equal(await p.client.sendfile({ fd }), data.length)
  clearInterval(clock)
  p.client.close()
  assert.equal(await printed, `${data.length} ${createHash('sha256').update(data).digest('hex')}`)
  assert.ok(ticks > 10)
})

it('a reader as fast as the sender does not hold up the loop', async (t) => {
  using p = await tcp()
  const fd = file(t, Buffer.alloc(60_000_000))
  const other = worker(
    `const s = b.socket(undefined, undefined, undefined, { fileno: workerData })
     while (s.recvSync(1 << 20).length > 0);
     s.close()`,
    p.server.detach(),
  )
  const exited = new Promise((done) => other.once('exit', done))
  let ticks = 0
  const clock = setInterval(() => ticks++, 1)
  assert.equal(await p.client.sendfile(fd), 60_000_000)
  clearInterval(clock)
  assert.ok(ticks > 0)
  p.client.close()
  await exited
})

describe('a file that changes', () => {
  it('shrinks: what is left of it is sent', async (t) => {
    const [a, b] = socketpair()
    const fd = file(t, content(20_000_000))
    const sending = a.sendfile(fd)
    await turns()
    ftruncateSync(fd, 5_000_000)
    const got = all(b)
    const sent = await sending
    a.close()
    assert.equal((await got).length, sent)
    assert.equal(sent, 5_000_000)
    b.close()
  })

  it('grows: what has come when the end is reached is sent, too', async (t) => {
    const [a, b] = socketpair()
    const path = temporary('grows')
    const data = content(8_000_000)
    writeFileSync(path, data.subarray(0, 6_000_000))
    const fd = openSync(path, 'r')
    const sending = a.sendfile(fd)
    await turns()
    appendFileSync(path, data.subarray(6_000_000))
    const got = all(b)
    assert.equal(await sending, data.length)
    a.close()
    assert.ok((await got).equals(data))
    b.close()
    closeSync(fd)
    void t
  })
})

describe('misuse', () => {
  it('no file, no stream, no waiting', async (t) => {
    const fd = file(t, 'x')
    const [a, b] = socketpair()
    for (const wrong of [null, undefined, -1, 1.5, '3', {}, { fd: -1 }, { fd: 'x' }]) {
      await assert.rejects(a.sendfile(wrong as never), TypeError)
      assert.throws(() => a.sendfileSync(wrong as never), TypeError)
    }
    for (const wrong of [-1, 1.5, Number.NaN, 2 ** 53, '1', null]) {
      await assert.rejects(a.sendfile(fd, { offset: wrong as never }), RangeError)
      await assert.rejects(a.sendfile(fd, { count: wrong as never }), RangeError)
    }
    await assert.rejects(a.sendfile(99_999), { code: 'EBADF', syscall: 'sendfile' })
    assert.throws(() => a.sendfileSync(99_999), { code: 'EBADF', syscall: 'sendfile' })
    const handle = await open(process.execPath)
    assert.equal(await a.sendfile(handle, { count: 4 }), 4)
    assert.equal(String(await b.recv(9)), '\x7fELF')
    await handle.close()
    await assert.rejects(a.sendfile(handle), TypeError)
    const folder = openSync('.', 'r')
    await assert.rejects(a.sendfile(folder), { code: 'EISDIR' })
    closeSync(folder)
    a.settimeout(0)
    await assert.rejects(a.sendfile(fd), TypeError)
    a.close()
    b.close()
    for (const type of [SOCK_DGRAM, SOCK_SEQPACKET]) {
      using datagrams = socket(AF_UNIX, type)
      await assert.rejects(datagrams.sendfile(fd), TypeError)
      assert.throws(() => datagrams.sendfileSync(fd), TypeError)
    }
    using nobody = socket(AF_INET)
    await assert.rejects(nobody.sendfile(fd), (error: SystemError) => /^(EPIPE|ENOTCONN)$/.test(error.code))
  })

  it('SIGPIPE ends nothing, not even where its disposition is the default', async () => {
    const { code, signal, stdout, stderr } = await node(`
      import * as b from 'berkeley'
      import { openSync } from 'node:fs'
      const file = openSync(process.execPath)
      let heard = 0
      const hear = () => heard++
      process.on('SIGPIPE', hear)
      const [x, y] = b.socketpair()
      y.close()
      for (let i = 0; i < 2; i++) {
        for (const call of [() => x.sendfile(file), () => x.sendfileSync(file), () => x.sendmsg({ data: 'x' }), () => x.sendSync('x')])
          try { await call() } catch (error) { console.log(error.code) }
        await new Promise((done) => setTimeout(done, 20))
        process.off('SIGPIPE', hear)
      }
      console.log(heard)`)
    assert.deepEqual({ code, signal, stderr }, { code: 0, signal: null, stderr: '' })
    assert.equal(stdout, `${'EPIPE\n'.repeat(8)}0\n`)
  })

  it('an adopted descriptor that blocks does not block the loop', needsProgram('python3'), async () => {
    const { stdout, stderr } = await node(
      `
      import { socket } from 'berkeley'
      import { openSync } from 'node:fs'
      const s = socket(undefined, undefined, undefined, { fileno: 0 })
      let ticks = 0
      const clock = setInterval(() => ticks++, 1)
      s.settimeout(50)
      for (const call of [() => s.sendfile(openSync(process.execPath)), () => s.sendfileSync(openSync(process.execPath))])
        try { await call() } catch (error) { console.log(error.code) }
      clearInterval(clock)
      console.log(ticks > 5)
      s.close()`,
      {
        before: [
          'python3',
          '-c',
          'import socket, subprocess, sys\na, b = socket.socketpair()\nsys.exit(subprocess.run(sys.argv[1:], stdin=b).returncode)',
        ],
      },
    )
    assert.deepEqual([stdout, stderr], ['ETIMEDOUT\nETIMEDOUT\ntrue\n', ''])
  })
})
