/** createConnection: names, races, failures, limits. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  createConnection,
  createConnectionSync,
  createServer,
  type Inet6Address,
  type InetAddress,
  SOCK_STREAM,
  socket,
} from 'berkeley'
import { needsProgram, needsRoot } from '../support/needs.js'
import { abstractName, deaf, node, Several, temporary, turns } from './matrix.js'

type Ip = InetAddress | Inet6Address

/** A port that nobody listens on: one that was just given up. */
function closedPort(host: string): Ip {
  using server = createServer({ host, port: 0 })
  return server.getsockname()
}

describe('createConnection', () => {
  for (const host of ['127.0.0.1', '::1'])
    it(`to a numeric host (${host}), and to what getsockname says`, async () => {
      using several = new Several()
      const server = several.add(createServer({ host, port: 0 }))
      const address = server.getsockname()
      for (const to of [{ host, port: address.port }, address]) {
        const client = several.add(await createConnection(to))
        assert.deepEqual(client.getpeername(), address)
        assert.equal(client.gettimeout(), null)
        const [connection, peer] = await server.accept()
        several.add(connection)
        assert.deepEqual(peer, client.getsockname())
      }
    })

  it('to a name, and to the empty host', async () => {
    using several = new Several()
    const server = several.add(createServer({ host: '127.0.0.1', port: 0 }))
    const { port } = server.getsockname()
    for (const host of ['localhost', '']) {
      const client = several.add(await createConnection({ host, port }))
      assert.deepEqual(client.getpeername(), server.getsockname())
    }
  })

  it('family restricts the look-up', async () => {
    using several = new Several()
    const server = several.add(createServer({ host: '127.0.0.1', port: 0 }))
    const { port } = server.getsockname()
    several.add(await createConnection({ host: 'localhost', port, family: AF_INET }))
    several.add(await createConnection({ host: 'localhost', port, family: 'inet' }))
    for (const wrong of [
      { host: '127.0.0.1', port, family: AF_INET6 },
      { host: '::1', port, family: AF_INET },
    ])
      await assert.rejects(createConnection(wrong), { name: 'GaiError', code: 'EAI_ADDRFAMILY' })
  })

  it('to a unix path and to an abstract name', async () => {
    for (const address of [{ path: temporary() }, { abstract: abstractName() }]) {
      using server = createServer(address)
      using client = await createConnection(address)
      assert.deepEqual(client.getpeername(), { family: 'unix', ...address })
      server.close()
    }
  })

  it('from a source', async () => {
    using several = new Several()
    const server = several.add(createServer({ host: '127.0.0.1', port: 0 }))
    const client = several.add(
      await createConnection(server.getsockname(), { source: { host: '127.0.0.9', port: 0 } }),
    )
    assert.equal(client.getsockname().host, '127.0.0.9')
    const source = { host: '::1', port: 0 }
    await assert.rejects(createConnection({ host: '127.0.0.1', port: 1 }, { source }), { name: 'GaiError' })
  })

  it('one address that refuses: its own error', async () => {
    const address = closedPort('127.0.0.1')
    await assert.rejects(createConnection(address), {
      name: 'SystemError',
      code: 'ECONNREFUSED',
      errno: -111,
      syscall: 'connect',
      remote: address,
    })
    await assert.rejects(createConnection({ path: temporary() }), { code: 'ENOENT', syscall: 'connect' })
  })

  it('a name that is none: GaiError', async () => {
    await assert.rejects(
      createConnection({ host: 'nonexistent.invalid', port: 1 }),
      (error: { name: string; code: string; syscall: string; host: string }) =>
        error.name === 'GaiError' &&
        ['EAI_NONAME', 'EAI_AGAIN'].includes(error.code) &&
        error.syscall === 'getaddrinfo' &&
        error.host === 'nonexistent.invalid',
    )
  })

  it('time-out: TimeoutError, and nothing is left behind', async () => {
    using full = await deaf()
    await assert.rejects(createConnection(full.address, { timeout: 20 }), {
      name: 'TimeoutError',
      code: 'ETIMEDOUT',
      errno: -110,
      syscall: 'connect',
    })
    await assert.rejects(createConnection(full.address, { timeout: Number.NaN }), RangeError)
  })

  it('a time-out that does not strike leaves no trace', async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    using client = await createConnection(server.getsockname(), { timeout: 60_000 })
    assert.equal(client.gettimeout(), null)
  })

  it('abort: the signal’s reason', async () => {
    using full = await deaf()
    const reason = new Error('enough')
    await assert.rejects(
      createConnection(full.address, { signal: AbortSignal.abort(reason) }),
      (error) => error === reason,
    )
    for (const timeout of [undefined, 10_000]) {
      const controller = new AbortController()
      const connecting = createConnection(full.address, { signal: controller.signal, timeout })
      await turns()
      controller.abort(reason)
      await assert.rejects(connecting, (error) => error === reason)
    }
  })

  it('wrong arguments', async () => {
    await assert.rejects(createConnection({ host: 7 as never, port: 1 }), TypeError)
    await assert.rejects(createConnection({ host: '127.0.0.1', port: 65536 }), RangeError)
  })
})

describe('a name of several addresses', () => {
  const hosts = temporary('hosts')
  writeFileSync(
    hosts,
    '127.0.0.1 both.test\n::1 both.test\n127.0.0.1 three.test\n127.0.0.2 three.test\n127.0.0.3 three.test\n',
  )
  const inNamespace = ['unshare', '-m', 'sh', '-c', `mount --bind ${hosts} /etc/hosts && exec "$@"`, 'sh']
  const needs = needsRoot().skip ? needsRoot() : needsProgram('unshare', 'mount')
  const run = async (script: string): Promise<unknown> => {
    const prelude = `
      import * as b from 'berkeley'
      const { createConnection, createServer, socket } = b
      const print = (value) => console.log(JSON.stringify(value))
      const attempt = (host, port, options) => createConnection({ host, port }, options).then(
        (client) => { const { host } = client.getpeername(); client.close(); return host },
        (error) => [error.constructor.name, error.code, error.errors?.map((each) => [each.code, each.remote?.host])])
      const listen = (host, port = 0, options) => createServer({ host, port }, options)
      /** A listener that answers nobody. */
      const silent = async (host, port) => { const l = listen(host, port, { backlog: 0 }); await createConnection({ host, port: l.getsockname().port }); return l }
      let warned = 0
      process.on('warning', () => warned++)`
    const { code, stdout, stderr } = await node(`${prelude}\n${script}\nprocess.exit(0)`, {
      before: inNamespace,
    })
    assert.deepEqual([stderr, code], ['', 0])
    return JSON.parse(stdout)
  }

  it('v4 only and v6 only are both reached', needs, async () => {
    const got = await run(`
      const v4 = listen('127.0.0.1'), v6 = listen('::1')
      print([await attempt('both.test', v4.getsockname().port), await attempt('both.test', v6.getsockname().port)])`)
    assert.deepEqual(got, ['127.0.0.1', '::1'])
  })

  it('all fail: AggregateError with the first one’s code and every error', needs, async () => {
    const got = await run(`
      const gone = listen('::1'); const { port } = gone.getsockname(); gone.close()
      print(await attempt('both.test', port))`)
    const [name, code, errors] = got as [string, string, [string, string][]]
    assert.deepEqual([name, code], ['AggregateError', 'ECONNREFUSED'])
    assert.deepEqual(errors.sort(), [
      ['ECONNREFUSED', '127.0.0.1'],
      ['ECONNREFUSED', '::1'],
    ])
  })

  it('the next address is tried beside one that does not answer', needs, async () => {
    const got = await run(`
      const one = await silent('127.0.0.1'); const { port } = one.getsockname()
      const two = await silent('127.0.0.2', port)
      const three = listen('127.0.0.3', port)
      print(await attempt('three.test', port, { attemptDelay: 20 }))`)
    assert.equal(got, '127.0.0.3')
  })

  it('the next address is tried as soon as one fails, even while another is silent', needs, async () => {
    const got = await run(`
      const one = await silent('127.0.0.1'); const { port } = one.getsockname()
      const three = listen('127.0.0.3', port)
      const begin = performance.now()
      print([await attempt('three.test', port, { attemptDelay: 400 }), performance.now() - begin < 800])`)
    assert.deepEqual(got, ['127.0.0.3', true])
  })

  it('a source’s family is the only one tried', needs, async () => {
    const got = await run(`
      const v6 = listen('::1'); const { port } = v6.getsockname()
      print([await attempt('both.test', port, { source: { host: '127.0.0.1', port: 0 } }),
             await attempt('both.test', port, { source: { host: '::1', port: 0 } })])`)
    assert.deepEqual(got, [['SystemError', 'ECONNREFUSED', null], '::1'])
  })

  it('a silent race: time-out and abort', needs, async () => {
    const got = await run(`
      const one = await silent('127.0.0.1'); const { port } = one.getsockname()
      const two = await silent('127.0.0.2', port), three = await silent('127.0.0.3', port)
      const before = (await import('node:fs')).readdirSync('/proc/self/fd').length
      const out = [await attempt('three.test', port, { attemptDelay: 10, timeout: 100 })]
      const controller = new AbortController(); setTimeout(() => controller.abort(), 50)
      out.push(await attempt('three.test', port, { attemptDelay: 10, signal: controller.signal }))
      await new Promise(setImmediate)
      print([...out, (await import('node:fs')).readdirSync('/proc/self/fd').length - before])
      for (const each of [one, two, three]) each.close()`)
    assert.deepEqual(got, [['TimeoutError', 'ETIMEDOUT', null], ['DOMException', 20, null], 0])
  })
})

describe('connect', () => {
  it('looks names up', async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    using client = socket(AF_INET)
    await client.connect({ host: 'localhost', port: server.getsockname().port })
    assert.deepEqual(client.getpeername(), server.getsockname())
  })

  it('may be tried again after a refusal', async () => {
    using client = socket(AF_INET)
    for (let i = 0; i < 3; i++)
      await assert.rejects(client.connect(closedPort('127.0.0.1') as InetAddress), { code: 'ECONNREFUSED' })
    using server = createServer({ host: '127.0.0.1', port: 0 })
    assert.equal(await client.connectEx(server.getsockname() as InetAddress), 0)
    const [connection] = await server.accept()
    await connection.sendall('x')
    connection.close()
    assert.equal(String(await client.recv(10)), 'x')
  })

  it('connectEx: a positive errno; a name that is none throws', async () => {
    using client = socket(AF_INET)
    assert.equal(await client.connectEx(closedPort('127.0.0.1') as InetAddress), 111)
    await assert.rejects(client.connectEx({ host: 'nonexistent.invalid', port: 1 }), { name: 'GaiError' })
    await assert.rejects(client.connectEx({ host: '127.0.0.1', port: -1 }), RangeError)
  })

  it('a recv and a send that were called before the connection is there wait for it', async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    using client = socket(AF_INET)
    const connecting = client.connect(server.getsockname() as InetAddress)
    const sending = client.sendall('early')
    const receiving = client.recv(10)
    await connecting
    await sending
    const [connection] = await server.accept()
    assert.equal(String(await connection.recv(10)), 'early')
    await connection.sendall('back')
    assert.equal(String(await receiving), 'back')
    connection.close()
  })
})

describe('createConnectionSync', () => {
  it('connects by name, by number and by path', async () => {
    using several = new Several()
    const server = several.add(createServer({ host: '127.0.0.1', port: 0 }))
    const { host, port } = server.getsockname() as InetAddress
    for (const name of [host, 'localhost', '']) {
      const client = several.add(createConnectionSync({ host: name, port }, { timeout: 10_000 }))
      const [served] = server.acceptSync()
      several.add(served)
      assert.deepEqual(served.getpeername(), client.getsockname())
      assert.equal(client.gettimeout(), null)
    }
    const path = temporary()
    const local = several.add(createServer({ path }))
    const client = several.add(createConnectionSync({ path }))
    several.add(local.acceptSync()[0])
    assert.deepEqual(client.getpeername(), { family: 'unix', path })
  })

  it('comes from the source that is asked for', () => {
    using several = new Several()
    const server = several.add(createServer({ host: '127.0.0.1', port: 0 }))
    const { port } = server.getsockname() as InetAddress
    const source = { host: '127.0.0.2', port: 0 }
    const client = several.add(createConnectionSync({ host: 'localhost', port }, { source }))
    assert.equal((client.getsockname() as InetAddress).host, '127.0.0.2')
    several.add(server.acceptSync()[0])
  })

  it('says why nothing could be connected to, in time', async () => {
    using taken = socket(AF_INET, SOCK_STREAM)
    taken.bind({ host: '127.0.0.1', port: 0 })
    const { port } = taken.getsockname()
    assert.throws(() => createConnectionSync({ host: '127.0.0.1', port }), { code: 'ECONNREFUSED' })
    using silent = await deaf()
    assert.throws(() => createConnectionSync(silent.address, { timeout: 50 }), { code: 'ETIMEDOUT' })
    assert.throws(() => createConnectionSync({ host: 'no such name', port }), { code: 'EAI_NONAME' })
    assert.throws(() => createConnectionSync({ path: temporary() }), { code: 'ENOENT' })
    assert.throws(() => createConnectionSync({ host: '127.0.0.1', port }, { timeout: -1 }), RangeError)
  })
})
