/** What a file does beyond Python's: nothing is lost by time-outs, aborts and full buffers, and much has a bound. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  createServer,
  SO_RCVBUF,
  SO_SNDBUF,
  SOCK_DGRAM,
  type Socket,
  SystemError,
  socket,
  socketpair,
} from 'berkeley'
import { pair, streams, turns } from './matrix.js'

const code =
  (expected: string) =>
  (error: unknown): boolean =>
    error instanceof SystemError && error.code === expected

/** A pair whose buffers are small: it is soon full. */
function narrow(): [Socket, Socket] {
  const [a, b] = socketpair() as unknown as [Socket, Socket]
  a.setsockopt(SO_SNDBUF, 4608)
  b.setsockopt(SO_RCVBUF, 4608)
  return [a, b]
}

/** All that is there or comes before the end of the stream. */
function rest(from: Socket): Buffer {
  const chunks: Buffer[] = []
  for (let chunk = from.recvSync(65536); chunk.length > 0; chunk = from.recvSync(65536)) chunks.push(chunk)
  return Buffer.concat(chunks)
}

const numbered = (count: number): string[] =>
  Array.from({ length: count }, (_, i) => `${i} ${'é€𐍈'.repeat(i % 97)}\n`)

for (const each of streams)
  describe(`a file of ${each.name}`, () => {
    it('carries lines both ways at once', async () => {
      using ends = await pair(each)
      await using here = ends.client.makefile('rw')
      await using there = ends.server.makefile('rw', { buffering: 100 })
      const lines = numbered(3000)
      const got = async (file: typeof here): Promise<string[]> => {
        const all: string[] = []
        for await (const line of file) if (all.push(line) === lines.length) break
        return all
      }
      const write = async (file: typeof here): Promise<void> => {
        for (const line of lines) await file.write(line)
        await file.flush()
      }
      const [a, b] = await Promise.all([got(here), got(there), write(here), write(there)])
      assert.deepEqual(a, lines)
      assert.deepEqual(b, lines)
    })

    it('puts together what comes byte by byte', async () => {
      using ends = await pair(each)
      using file = ends.server.makefile('r')
      const send = async (text: string): Promise<void> => {
        for (const byte of Buffer.from(text)) {
          await ends.client.sendall(Uint8Array.of(byte))
          await turns(1)
        }
      }
      const lines = file.readlines()
      await send('€𐍈é\r\nzwei\rdrei\n\r\n')
      ends.client.shutdown(1)
      assert.deepEqual(await lines, ['€𐍈é\n', 'zwei\n', 'drei\n', '\n'])
    })

    it('loses nothing by a time-out', async () => {
      using ends = await pair(each)
      const { client, server } = ends
      using text = server.makefile('r')
      server.settimeout(20)
      await client.sendall('half a')
      await assert.rejects(text.readline(), code('ETIMEDOUT'))
      assert.throws(() => text.readlineSync(), code('ETIMEDOUT'))
      await client.sendall(' line\nand\nmo')
      assert.equal(await text.readline(), 'half a line\n')
      await assert.rejects(text.readlines(), code('ETIMEDOUT'))
      assert.throws(() => text.readSync(), code('ETIMEDOUT'))
      assert.throws(() => text.readSync(10), code('ETIMEDOUT'))
      await client.sendall('re')
      client.close()
      assert.deepEqual(text.readlinesSync(), ['and\n', 'more'])
    })

    it('tells where it would wait, of a socket that may not', async () => {
      using ends = await pair(each)
      const { client, server } = ends
      using file = server.makefile('rwb')
      server.settimeout(0)
      await assert.rejects(file.read1(), code('EAGAIN'))
      client.sendallSync('ab')
      const into = new Uint8Array(3)
      assert.throws(() => file.readIntoSync(into), code('EAGAIN'))
      await assert.rejects(file.readInto(into), code('EAGAIN'))
      assert.throws(() => file.readlineSync(), code('EAGAIN'))
      client.sendallSync('c\n')
      assert.equal(file.readIntoSync(into), 3)
      assert.deepEqual([...into], [97, 98, 99])
      assert.equal(`${await file.readline()}`, '\n')
    })

    it('has a bound for a line, and keeps what is longer', async () => {
      using ends = await pair(each)
      using file = ends.server.makefile('r', { limit: 20000 })
      const line = 'x'.repeat(50_000)
      const sent = ends.client.sendall(`${line}\nshort\n`)
      await assert.rejects(file.readline(), code('EMSGSIZE'))
      assert.throws(() => file.readlineSync(), code('EMSGSIZE'))
      await assert.rejects(file[Symbol.asyncIterator]().next(), code('EMSGSIZE'))
      assert.equal(await file.readline(30_000), line.slice(0, 30_000))
      assert.equal(await file.readline(30_000), `${line.slice(30_000)}\n`)
      await sent
      assert.equal(await file.readline(), 'short\n')
      // However it is split: a line that has come whole is as long.
      await ends.client.sendall(`${line.slice(0, 20_000)}\n`)
      await assert.rejects(file.readline(), code('EMSGSIZE'))
      assert.equal((await file.read(20_001)).length, 20_001)
    })
  })

describe('reading from a file', () => {
  it('is given up by a signal, which loses nothing', async () => {
    const [a, b] = socketpair()
    using file = a.makefile('r')
    const controller = new AbortController()
    const { signal } = controller
    b.sendallSync('half ')
    const first = file.readline(undefined, { signal })
    const second = file.read(3, { signal })
    const third = file.readline()
    await turns()
    const reason = new Error('enough')
    controller.abort(reason)
    await assert.rejects(first, (error) => error === reason)
    await assert.rejects(second, (error) => error === reason)
    await assert.rejects(file.readline(0, { signal }), (error) => error === reason)
    b.sendallSync('a line\n')
    assert.equal(await third, 'half a line\n')
    a.close()
    b.close()
  })

  it('is done in the order of the calls; a blocking one does not get between', async () => {
    const [a, b] = socketpair()
    using file = a.makefile('rb')
    const all = [file.readline(), file.read(3), file.readline(2), file.readlines()]
    assert.throws(() => file.readSync(1), code('EBUSY'))
    b.sendallSync('one\ntwothree\nfour\n')
    b.close()
    assert.equal(`${await Promise.all(all)}`, 'one\n,two,th,ree\n,four\n')
    assert.equal(file.readSync(1).length, 0)
    a.close()
  })

  it('ends with the file: those that wait are cancelled, the socket reads on', async () => {
    const [a, b] = socketpair()
    const file = a.makefile('r')
    const reads = [file.readline(), file.read(1)]
    const iteration = (async (): Promise<string> => {
      for await (const line of file) return line
      return 'quiet end'
    })()
    const other = a.recv(10)
    await turns()
    await file.close()
    for (const read of reads) await assert.rejects(read, code('ECANCELED'))
    assert.equal(await iteration, 'quiet end')
    await assert.rejects(file.readline(), code('EBADF'))
    assert.deepEqual([...file], [])
    b.sendallSync('for the socket')
    assert.equal(`${await other}`, 'for the so')
    a.close()
    b.close()
  })

  it('ends with a descriptor that is given away, but for what has come', async () => {
    const [a, b] = socketpair()
    const file = a.makefile('r')
    b.sendallSync('one\ntw')
    assert.equal(await file.read(1), 'o')
    const [line, waits] = [file.readline(), file.readline()]
    await turns()
    const { fileno } = a
    using again = socket(a.family, a.type, 0, { fileno: a.detach() })
    assert.equal(fileno.call(a), -1)
    assert.equal(file.fileno(), -1)
    assert.equal(await line, 'ne\n')
    await assert.rejects(waits, code('ECANCELED'))
    await assert.rejects(file.readline(), code('EBADF'))
    assert.equal(await file.read(2), 'tw')
    await file.close()
    a.close()
    b.sendallSync('on')
    assert.equal(`${again.recvSync(9)}`, 'on')
    b.close()
  })

  it('reads ahead across writes', async () => {
    const [a, b] = socketpair()
    using file = a.makefile('rw')
    b.sendallSync('one\ntwo\n')
    assert.equal(await file.readline(), 'one\n')
    await file.write('answer\n')
    await file.flush()
    assert.equal(await file.readline(), 'two\n')
    a.close()
    b.close()
  })
})

describe('writing to a file', () => {
  it('that cannot be sent leaves the rest in the buffer, and counts', async () => {
    for (const sync of [false, true]) {
      const [a, b] = narrow()
      using file = a.makefile('wb', { buffering: 1 << 20 })
      const bytes = Buffer.from(Uint32Array.from({ length: 100_000 }, (_, i) => i).buffer)
      file.writeSync(bytes)
      a.settimeout(20)
      let sent = 0
      const failed = (error: unknown): boolean => {
        assert.ok(error instanceof SystemError && error.code === 'ETIMEDOUT')
        sent += error.bytesSent as number
        return true
      }
      if (sync) assert.throws(() => file.flushSync(), failed)
      else await assert.rejects(file.flush(), failed)
      assert.ok(sent > 0 && sent < bytes.length)
      const first = b.recvSync(1000)
      if (sync) assert.throws(() => file.flushSync(), failed)
      else await assert.rejects(file.flush(), failed)
      // More than there is room for is not taken while the older bytes cannot go.
      const refused = (error: unknown): boolean => error instanceof SystemError && error.bytesSent === 0
      const large = Buffer.alloc((1 << 20) - 10)
      if (sync) assert.throws(() => file.writeSync(large), refused)
      else await assert.rejects(file.write(large), refused)
      // Exactly what was counted has gone: the peer reads until there is no more.
      a.settimeout(null)
      const got = (async (): Promise<Buffer> => {
        const chunks = [first]
        for await (const chunk of b) chunks.push(chunk)
        return Buffer.concat(chunks)
      })()
      await file.close()
      a.close()
      assert.ok((await got).equals(bytes))
      b.close()
    }
  })

  it('of more than the buffer holds counts what has gone of it', async () => {
    for (const sync of [false, true]) {
      const [a, b] = narrow()
      using file = a.makefile('wb', { buffering: 10 })
      a.settimeout(20)
      const bytes = Buffer.from(Uint32Array.from({ length: 50_000 }, (_, i) => i).buffer)
      file.writeSync(Buffer.from('before'))
      let sent = 0
      const failed = (error: unknown): boolean => {
        sent = (error as SystemError).bytesSent as number
        return code('ETIMEDOUT')(error)
      }
      if (sync) assert.throws(() => file.writeSync(bytes), failed)
      else await assert.rejects(file.write(bytes), failed)
      file.closeSync()
      a.close()
      assert.ok(rest(b).equals(Buffer.concat([Buffer.from('before'), bytes.subarray(0, sent)])))
      b.close()
    }
  })

  it('of several lines counts from the first', () => {
    const [a, b] = narrow()
    using file = a.makefile('wb', { buffering: 4 })
    a.settimeout(0)
    const lines = Array.from({ length: 5000 }, (_, i) => Buffer.from(`${i}\n`))
    let taken = 0
    assert.throws(
      () => file.writelinesSync(lines),
      (error) => {
        taken = (error as SystemError).bytesSent as number
        return code('EAGAIN')(error)
      },
    )
    b.settimeout(0)
    let got = ''
    for (;;)
      try {
        got += b.recvSync(65536).toString()
        file.flushSync()
      } catch (error) {
        assert.ok(code('EAGAIN')(error))
        break
      }
    assert.equal(got, Buffer.concat(lines).subarray(0, taken).toString())
    file.closeSync()
    a.close()
    b.close()
  })

  it('line by line sends each as it is complete, and takes back what could not go', async () => {
    const [a, b] = narrow()
    await using file = a.makefile('w', { buffering: 1 })
    b.settimeout(0)
    await file.write('no line')
    assert.throws(() => b.recvSync(100), code('EAGAIN'))
    await file.write(' yet\nand')
    assert.equal(`${b.recvSync(100)}`, 'no line yet\nand')
    a.settimeout(0)
    let sent = ''
    for (let i = 0; ; i++) {
      const line = `${'x'.repeat(700)}${i}\n`
      try {
        file.writeSync(line)
        sent += line
      } catch (error) {
        assert.ok(code('EAGAIN')(error))
        sent += line.slice(0, (error as SystemError).bytesSent)
        break
      }
    }
    let got = ''
    while (got.length < sent.length) got += b.recvSync(65536).toString()
    assert.equal(got, sent)
    await file.flush()
    assert.throws(() => b.recvSync(100), code('EAGAIN'))
    a.close()
    b.close()
  })

  it('is given up by a signal', async () => {
    const [a, b] = narrow()
    const file = a.makefile('wb', { buffering: 1 << 20 })
    await file.write(Buffer.alloc(500_000, 1))
    const controller = new AbortController()
    const flush = file.flush({ signal: controller.signal })
    const queued = file.write(Buffer.from('x'), { signal: controller.signal })
    await turns()
    controller.abort()
    await assert.rejects(flush, { name: 'AbortError' })
    await assert.rejects(queued, { name: 'AbortError' })
    const got = (async (): Promise<number> => {
      let count = 0
      for await (const chunk of b) count += chunk.length
      return count
    })()
    await file.close()
    a.close()
    assert.equal(await got, 500_000)
    b.close()
  })
})

describe('closing a file', () => {
  it('sends the writes that wait first', async () => {
    const [a, b] = narrow()
    const file = a.makefile('w')
    const text = 'y'.repeat(100_000)
    const write = file.write(text)
    const close = file.close()
    assert.equal(file.closed, true)
    assert.equal(file.close(), close)
    await assert.rejects(file.write('late'), code('EBADF'))
    a.close()
    assert.ok(a.fileno() >= 0)
    const got = (async (): Promise<number> => {
      let count = 0
      for await (const chunk of b) count += chunk.length
      return count
    })()
    await Promise.all([write, close])
    assert.equal(a.fileno(), -1)
    assert.equal(await got, text.length)
    b.close()
  })

  it('closes it where the bytes cannot be sent, too', async () => {
    for (const sync of [false, true]) {
      const [a, b] = narrow()
      const file = a.makefile('wb', { buffering: 1 << 20 })
      file.writeSync(Buffer.alloc(1 << 20))
      a.settimeout(20)
      a.close()
      if (sync) assert.throws(() => file.closeSync(), code('ETIMEDOUT'))
      else await assert.rejects(file.close(), code('ETIMEDOUT'))
      assert.equal(a.fileno(), -1)
      await file.close()
      assert.ok(rest(b).length > 0)
      b.close()
    }
  })

  it('by its blocking twin cancels awaited writes', async () => {
    const [a, b] = narrow()
    const file = a.makefile('w')
    const writes = [file.write('y'.repeat(100_000)), file.write('z')]
    const fail = writes.map((write) => assert.rejects(write, code('ECANCELED')))
    await turns()
    a.close()
    assert.throws(() => file.closeSync(), code('EBUSY'))
    await Promise.all(fail)
    assert.equal(a.fileno(), -1)
    b.close()
  })

  it('is done at the end of a block', async () => {
    const [a, b] = socketpair()
    {
      using file = a.makefile('w')
      file.writeSync('one ')
    }
    {
      await using file = a.makefile('wb')
      await file.write(Buffer.from('two'))
    }
    a.close()
    assert.equal(`${rest(b as unknown as Socket)}`, 'one two')
    b.close()
  })
})

describe('makefile', () => {
  it('is for streams that are open', () => {
    using datagrams = socket(AF_INET, SOCK_DGRAM)
    assert.throws(() => datagrams.makefile(), TypeError)
    using listener = createServer({ host: '127.0.0.1', port: 0 })
    assert.throws(() => listener.makefile(), TypeError)
    const gone = socket()
    gone.close()
    assert.throws(() => gone.makefile(), code('EBADF'))
  })

  it('refuses what makes no sense', async () => {
    const [a, b] = socketpair()
    const bad: readonly Record<string, unknown>[] = [
      { buffering: -2 },
      { buffering: 2 ** 31 },
      { limit: 0 },
      { errors: 'surrogateescape' },
      { encoding: 'utf-32' },
    ]
    for (const options of bad)
      assert.throws(() => a.makefile('r', options), RangeError, JSON.stringify(options))
    assert.throws(() => a.makefile('rb', { encoding: 'ascii' } as object), TypeError)
    a.close()
    assert.equal(a.fileno(), -1, 'no file was made')
    using file = b.makefile('rb', { buffering: 0 })
    await assert.rejects(file.peek(), TypeError)
    await assert.rejects(file.read(-1), RangeError)
    await assert.rejects(file.read(0.5), TypeError)
    await assert.rejects(file.readInto([] as unknown as Uint8Array), TypeError)
    assert.throws(() => file.readlineSync(Number.NaN), TypeError)
    b.close()
  })
})
