/** What waits in a socket's queues, as python3 sees it on the same descriptor; and the mark of urgent data. */
import { needs, silence } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_NETLINK,
  MSG_OOB,
  MSG_PEEK,
  SIOCATMARK,
  SIOCINQ,
  SIOCOUTQ,
  SIOCOUTQNSD,
  SO_OOBINLINE,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  socket,
  socketpair,
} from 'berkeley'
import { connection } from './ways.js'

/** The answers to requests on a descriptor of ours. */
function python(made: { fileno(): number }, ...requests: number[]): number[] {
  const script = `import fcntl, json, struct
print(json.dumps([struct.unpack('i', fcntl.ioctl(3, each, b'\\0' * 4))[0] for each in [${requests}]]))`
  const { stdout, stderr } = spawnSync('python3', ['-c', script], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe', made.fileno()],
  })
  assert.equal(stderr, '')
  return JSON.parse(stdout)
}

for (const host of ['127.0.0.1', '::1'])
  describe(`a connection to ${host}`, needs, () => {
    it('has so many bytes to read', async () => {
      using both = await connection(host)
      const { client, server } = both
      assert.equal(server.inq(), 0)
      await client.sendall('x'.repeat(1234))
      await server.recv(1, { flags: MSG_PEEK })
      assert.equal(server.inq(), 1234)
      assert.deepEqual(python(server, SIOCINQ), [1234])
      await server.recv(234)
      assert.equal(server.inq(), 1000)
    })

    it('has so many that nobody has acknowledged', async () => {
      using both = await connection(host)
      const { client } = both
      assert.deepEqual([client.outq(), client.outqnsd()], [0, 0])
      using _ = silence()
      await client.sendall('x'.repeat(4321))
      assert.equal(client.outq(), 4321)
      assert.deepEqual(python(client, SIOCOUTQ), [4321])
    })

    it('has so many that could not be sent yet', async () => {
      using both = await connection(host)
      const { client } = both
      client.setblocking(false)
      try {
        for (;;) await client.send(Buffer.alloc(65536))
      } catch (error) {
        assert.equal((error as { code: string }).code, 'EAGAIN')
      }
      assert.ok(client.outqnsd() > 0)
      assert.ok(client.outq() >= client.outqnsd())
      // The kernel may still be moving bytes: what python3 sees counts when it was the same before and after.
      const counted = (): number[] => [client.outq(), client.outqnsd()]
      for (let tries = 0; ; tries++) {
        const earlier = counted()
        const seen = python(client, SIOCOUTQ, SIOCOUTQNSD)
        if (tries < 20 && String(earlier) !== String(counted())) continue
        assert.deepEqual(seen, counted())
        break
      }
    })

    it('knows when urgent data is next', async () => {
      using both = await connection(host)
      const { client, server } = both
      server.setsockopt(SO_OOBINLINE, true)
      assert.equal(server.sockatmark(), false)
      await client.sendall('before')
      await client.send('!', { flags: MSG_OOB })
      await client.sendall('after')
      while (server.inq() < 12) await server.recv(100, { flags: MSG_PEEK })
      assert.equal(server.sockatmark(), false)
      assert.equal(`${await server.recv(100)}`, 'before')
      assert.equal(server.sockatmark(), true)
      assert.deepEqual(python(server, SIOCATMARK), [1])
      assert.equal(`${await server.recv(100)}`, '!after')
      assert.equal(server.sockatmark(), false)
    })
  })

describe('other sockets', needs, () => {
  it('of datagrams count the next one', async () => {
    using made = socket(AF_INET, SOCK_DGRAM)
    made.bind({ host: '127.0.0.1', port: 0 })
    assert.equal(made.inq(), 0)
    for (const text of ['seven b', 'x'.repeat(100)]) await made.sendto(text, made.getsockname())
    assert.equal(made.inq(), 7)
    await made.recv(10)
    assert.equal(made.inq(), 100)
    assert.deepEqual(python(made, SIOCINQ, SIOCOUTQ), [100, made.outq()])
  })

  it('of the unix family count the bytes of a stream, and the memory of what is under way', async () => {
    const [one, two] = socketpair()
    using client = one
    using server = two
    await client.sendall('abc')
    await client.sendall('defg')
    assert.equal(server.inq(), 7)
    assert.ok(client.outq() > 0)
    assert.deepEqual(python(client, SIOCOUTQ), [client.outq()])
    await server.recv(100)
    assert.deepEqual([server.inq(), client.outq()], [0, 0])
  })

  it('that do not count say so', () => {
    using listener = socket(AF_INET, SOCK_STREAM)
    listener.bind({ host: '127.0.0.1', port: 0 })
    listener.listen()
    for (const verb of ['inq', 'outq', 'outqnsd'] as const)
      assert.throws(() => listener[verb](), { code: 'EINVAL', syscall: 'ioctl' })
    using netlink = socket(AF_NETLINK, SOCK_RAW)
    assert.throws(
      () => netlink.inq(),
      (error: { code: string }) => /^E(NOTTY|OPNOTSUPP)$/.test(error.code),
    )
    using datagrams = socket(AF_INET, SOCK_DGRAM)
    assert.throws(() => datagrams.outqnsd(), { syscall: 'ioctl' })
    datagrams.close()
    for (const verb of ['inq', 'outq', 'outqnsd', 'sockatmark'] as const)
      assert.throws(() => datagrams[verb](), { code: 'EBADF' })
  })
})
