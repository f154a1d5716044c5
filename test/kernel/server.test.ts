/** createServer: what it binds, shares and removes. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { lookup } from 'node:dns/promises'
import { existsSync, lstatSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  IPV6_V6ONLY,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  socket,
} from 'berkeley'
import { Several, temporary } from './matrix.js'

describe('createServer', () => {
  it('the host "" is reached by both families', async () => {
    using several = new Several()
    const server = several.add(createServer({ host: '', port: 0 }))
    assert.equal(server.family, AF_INET6)
    const { port } = server.getsockname()
    for (const [host, seen] of [
      ['127.0.0.1', '::ffff:127.0.0.1'],
      ['::1', '::1'],
    ] as const) {
      const client = several.add(await createConnection({ host, port }))
      const [connection, peer] = await server.accept()
      several.add(connection)
      assert.deepEqual([peer.host, peer.port], [seen, client.getsockname().port])
    }
  })

  it('the family of the host, one family only', async () => {
    // Which of its addresses a name has first is the resolver's to say.
    const { family: first } = await lookup('localhost', { verbatim: true })
    for (const [host, family] of [
      ['0.0.0.0', AF_INET],
      ['127.0.0.1', AF_INET],
      ['localhost', first === 4 ? AF_INET : AF_INET6],
      ['::', AF_INET6],
      ['::1', AF_INET6],
    ] as const) {
      using server = createServer({ host, port: 0 })
      assert.equal(server.family, family, host)
      if (family === AF_INET6) assert.equal(server.getsockopt(IPV6_V6ONLY), true)
    }
    using four = createServer({ family: 'inet', host: '', port: 0 })
    assert.equal(four.family, AF_INET)
    using six = createServer({ host: '', port: 0 }, { dualStack: false })
    assert.equal(six.getsockname().host, '0.0.0.0')
  })

  it('reuse: SO_REUSEADDR unless told otherwise', () => {
    using plain = createServer({ host: '127.0.0.1', port: 0 })
    assert.equal(plain.getsockopt(SO_REUSEADDR), true)
    using strict = createServer({ host: '127.0.0.1', port: 0 }, { reuse: false })
    assert.equal(strict.getsockopt(SO_REUSEADDR), false)
  })

  it('reuse: a port whose connections linger in TIME_WAIT', async () => {
    const first = createServer({ host: '127.0.0.1', port: 0 })
    const address = first.getsockname()
    const client = await createConnection(address)
    const [connection] = await first.accept()
    connection.close()
    assert.equal((await client.recv(1)).length, 0)
    client.close()
    first.close()
    assert.throws(() => createServer(address, { reuse: false }), { code: 'EADDRINUSE', syscall: 'bind' })
    createServer(address).close()
  })

  it('reusePort: two servers on one port share its connections', async () => {
    using several = new Several()
    const one = several.add(createServer({ host: '127.0.0.1', port: 0 }, { reusePort: true }))
    assert.equal(one.getsockopt(SO_REUSEPORT), true)
    const address = one.getsockname()
    const two = several.add(createServer(address, { reusePort: true }))
    const taken = [0, 0]
    const both = Promise.all(
      [one, two].map(async (server, i) => {
        for await (const [connection] of server.connections()) {
          taken[i] = (taken[i] ?? 0) + 1
          connection.close()
        }
      }),
    )
    for (let i = 0; i < 64; i++) {
      using client = await createConnection(address)
      await client.recv(1)
    }
    one.close()
    two.close()
    await both
    assert.equal((taken[0] ?? 0) + (taken[1] ?? 0), 64)
    assert.ok(taken[0] && taken[1], `${taken}`)
  })

  it('an occupied port: EADDRINUSE with the address, and nothing is left open', () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    assert.throws(() => createServer(server.getsockname()), {
      code: 'EADDRINUSE',
      errno: -98,
      syscall: 'bind',
      local: server.getsockname(),
    })
  })

  it('backlog: a full unix queue refuses with EAGAIN', async () => {
    using several = new Several()
    const address = { path: temporary() }
    several.add(createServer(address, { backlog: 2 }))
    for (const code of [0, 0, 0, 11]) {
      const client = several.add(socket(AF_UNIX))
      client.settimeout(0)
      assert.equal(await client.connectEx(address), code)
    }
  })
})

describe('createServer on a unix path', () => {
  it('a file that is there is in the way, unless it is stale and unlink says so', async () => {
    const path = temporary()
    createServer({ path }).close()
    assert.ok(lstatSync(path).isSocket())
    assert.throws(() => createServer({ path }), { code: 'EADDRINUSE', local: { family: 'unix', path } })
    using server = createServer({ path }, { unlink: 'stale' })
    using client = await createConnection({ path })
    assert.deepEqual(client.getpeername(), server.getsockname())
  })

  it('unlink "stale" leaves a server that lives', () => {
    const path = temporary()
    using server = createServer({ path }, { backlog: 0 })
    // The second probe finds the queue full: that proves a listener, too.
    for (let i = 0; i < 2; i++)
      assert.throws(() => createServer({ path }, { unlink: 'stale' }), { code: 'EADDRINUSE' })
    assert.deepEqual(server.getsockname(), { family: 'unix', path })
    assert.ok(existsSync(path))
  })

  it('unlink "stale" leaves everything that is no stream’s socket file', () => {
    const file = temporary()
    writeFileSync(file, 'precious')
    assert.throws(() => createServer({ path: file }, { unlink: 'stale' }), { code: 'EADDRINUSE' })
    assert.equal(readFileSync(file, 'utf8'), 'precious')
    const link = temporary()
    symlinkSync(file, link)
    assert.throws(() => createServer({ path: link }, { unlink: 'stale' }), { code: 'EADDRINUSE' })
    assert.ok(lstatSync(link).isSymbolicLink())
    const path = temporary()
    using datagram = socket(AF_UNIX, SOCK_DGRAM)
    datagram.bind({ path })
    assert.throws(() => createServer({ path }, { unlink: 'stale' }), { code: 'EADDRINUSE' })
    assert.ok(lstatSync(path).isSocket())
  })
})
