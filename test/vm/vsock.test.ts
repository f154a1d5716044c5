/** AF_VSOCK by the kernel's loopback: with itself, with socat and with Python. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_VSOCK,
  formatAddress,
  MSG_PEEK,
  parseAddress,
  SHUT_WR,
  SO_VM_SOCKETS_BUFFER_MAX_SIZE,
  SO_VM_SOCKETS_BUFFER_SIZE,
  SO_ZEROCOPY,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  SystemError,
  socket,
  VMADDR_CID_ANY,
  VMADDR_CID_LOCAL,
  VMADDR_FLAG_TO_HOST,
  VMADDR_PORT_ANY,
  type VsockAddress,
  vsockLocalCid,
} from 'berkeley'
import { tryOption } from '../kernel/trials/try.js'
import { trials } from '../kernel/trials/vsock.js'
import { needsMachine } from '../support/needs.js'
import { Peer, Python } from './peer.js'

const python = new Python()

const local = { cid: VMADDR_CID_LOCAL, port: VMADDR_PORT_ANY }

function listener(type: number): Socket<VsockAddress> {
  const made = socket(AF_VSOCK, type)
  made.settimeout(20_000)
  made.bind(local)
  made.listen()
  return made
}

async function pair(type: number): Promise<[Socket<VsockAddress>, Socket<VsockAddress>]> {
  using server = listener(type)
  const client = socket(AF_VSOCK, type)
  client.settimeout(20_000)
  const { port } = server.getsockname()
  await client.connect({ cid: VMADDR_CID_LOCAL, port })
  const [connection, peer] = await server.accept()
  // The kernel leaves the own identifier of an unbound client open.
  assert.deepEqual({ ...client.getsockname(), cid: VMADDR_CID_LOCAL }, peer)
  assert.deepEqual(client.getpeername(), { family: 'vsock', cid: VMADDR_CID_LOCAL, port, flags: 0 })
  return [client, connection]
}

describe('AF_VSOCK', needsMachine(), () => {
  for (const [name, type] of [
    ['SOCK_STREAM', SOCK_STREAM],
    ['SOCK_SEQPACKET', SOCK_SEQPACKET],
  ] as const)
    it(`a round trip of ${name}, and its end`, async () => {
      const [client, server] = await pair(type)
      using _ = client
      using __ = server
      const big = Buffer.alloc(100_000, 'vsock')
      await client.sendall('ping')
      assert.equal(String(await server.recv(100)), 'ping')
      const [sent, got] = [server.sendall(big), [] as Buffer[]]
      for (let length = 0; length < big.length; length += got.at(-1)?.length ?? 0) {
        const chunk = await client.recv(big.length)
        assert.ok(chunk.length > 0)
        got.push(chunk)
      }
      await sent
      assert.ok(Buffer.concat(got).equals(big))
      if (type === SOCK_SEQPACKET) assert.equal(got.length, 1, 'one record')
      client.shutdown(SHUT_WR)
      assert.equal((await server.recv(10)).length, 0)
    })

  it('records keep their boundaries, and MSG_TRUNC tells of a cut one', async () => {
    const [client, server] = await pair(SOCK_SEQPACKET)
    using _ = client
    using __ = server
    for (const text of ['one', 'three', 'x'.repeat(1000)]) await client.send(text)
    assert.equal(String(await server.recv(100)), 'one')
    assert.equal(String(await server.recv(2)), 'th')
    const { data, flags, address } = await server.recvmsg(10)
    assert.deepEqual([String(data), flags & 0x20, address], ['x'.repeat(10), 0x20, null])
  })

  it('the blocking twins', async () => {
    using server = listener(SOCK_STREAM)
    using client = socket(AF_VSOCK, SOCK_STREAM)
    client.connectSync({ cid: VMADDR_CID_LOCAL, port: server.getsockname().port })
    const [connection] = server.acceptSync()
    using _ = connection
    client.sendallSync('ping')
    assert.equal(String(connection.recvSync(10)), 'ping')
  })

  it('MSG_PEEK leaves what it reads', async () => {
    const [client, server] = await pair(SOCK_STREAM)
    using _ = client
    using __ = server
    await client.send('peek')
    assert.equal(String(await server.recv(2, { flags: MSG_PEEK })), 'pe')
    assert.equal(String(await server.recv(10)), 'peek')
  })

  it('a port of the kernel’s choice, any machine, and a port that is taken', () => {
    using first = socket(AF_VSOCK, SOCK_STREAM)
    assert.deepEqual(first.getsockname(), {
      ...{ family: 'vsock', cid: VMADDR_CID_ANY, port: VMADDR_PORT_ANY, flags: 0 },
    })
    first.bind({ cid: VMADDR_CID_ANY, port: VMADDR_PORT_ANY })
    const own = first.getsockname()
    assert.equal(own.cid, VMADDR_CID_ANY)
    assert.notEqual(own.port, VMADDR_PORT_ANY)
    assert.deepEqual(parseAddress(formatAddress(own)), own)
    using second = socket(AF_VSOCK, SOCK_STREAM)
    const code = (expected: string) => (error: unknown) =>
      error instanceof SystemError && error.code === expected && error.local !== undefined
    assert.throws(() => second.bind(own), code('EADDRINUSE'))
    assert.throws(() => second.bind({ cid: 77, port: 5 }), code('EADDRNOTAVAIL'))
  })

  it('nobody at a port: ECONNRESET, and where it was sent', async () => {
    using client = socket(AF_VSOCK, SOCK_STREAM)
    client.settimeout(20_000)
    await assert.rejects(client.connect({ cid: VMADDR_CID_LOCAL, port: 4 }), (error) => {
      assert.ok(error instanceof SystemError)
      assert.deepEqual(
        [error.code, error.remote],
        ['ECONNRESET', { family: 'vsock', cid: VMADDR_CID_LOCAL, port: 4, flags: 0 }],
      )
      return true
    })
  })

  it('VMADDR_FLAG_TO_HOST asks for a way to the host, which this machine has not', async () => {
    using client = socket(AF_VSOCK, SOCK_STREAM)
    client.settimeout(20_000)
    // Beyond the identifiers that are reserved, the flag alone decides.
    await assert.rejects(
      client.connect({ cid: 42, port: 4, flags: VMADDR_FLAG_TO_HOST }),
      (error) => error instanceof SystemError && ['ENODEV', 'ENETUNREACH'].includes(error.code),
    )
  })

  it('datagrams need a transport that has them, VMCI’s: EOPNOTSUPP or ENODEV', () => {
    assert.throws(
      () => socket(AF_VSOCK, SOCK_DGRAM).close(),
      (error) =>
        error instanceof SystemError && ['EOPNOTSUPP', 'ENODEV', 'ESOCKTNOSUPPORT'].includes(error.code),
    )
  })

  it('a connection has its listener’s buffer', async () => {
    using server = listener(SOCK_STREAM)
    server.setsockopt(SO_VM_SOCKETS_BUFFER_MAX_SIZE, 2 ** 20)
    server.setsockopt(SO_VM_SOCKETS_BUFFER_SIZE, 2 ** 20)
    using client = socket(AF_VSOCK, SOCK_STREAM)
    await client.connect({ cid: VMADDR_CID_LOCAL, port: server.getsockname().port })
    const [connection] = await server.accept()
    using _ = connection
    assert.equal(connection.getsockopt(SO_VM_SOCKETS_BUFFER_SIZE), 2 ** 20)
  })

  it('a zero-copy send tells when its memory is free, by the error queue', async () => {
    const [client, server] = await pair(SOCK_STREAM)
    using _ = client
    using __ = server
    client.setsockopt(SO_ZEROCOPY, true)
    const sent = client.sendZerocopy(Buffer.alloc(20_000, 'z'))
    let length = 0
    while (length < 20_000) length += (await server.recv(65536)).length
    assert.equal(length, 20_000)
    // The loopback of this family hands the memory itself over.
    assert.deepEqual(await sent, { bytes: 20_000, copied: false })
  })

  it('the own identifier is the one that Python is told', async () => {
    python.run(`
import fcntl
with open('/dev/vsock', 'rb') as device:
    print(struct.unpack('I', fcntl.ioctl(device, IOCTL_VM_SOCKETS_GET_LOCAL_CID, bytes(4)))[0])`)
    assert.equal(vsockLocalCid(), Number(await python.line()))
    await python.done()
  })

  it('with Python as client', async () => {
    using server = listener(SOCK_STREAM)
    const { port } = server.getsockname()
    python.run(`
s = socket(AF_VSOCK, SOCK_STREAM)
s.connect((1, ${port}))
assert s.getpeername() == (1, ${port}), s.getpeername()
s.sendall(b'from python')
assert s.recv(100) == b'from here'`)
    const [connection, peer] = await server.accept()
    using _ = connection
    assert.equal(peer.cid, VMADDR_CID_LOCAL)
    assert.equal(String(await connection.recv(100)), 'from python')
    await connection.sendall('from here')
    await python.done()
  })

  it('with Python as server, of records', async () => {
    python.run(`
s = socket(AF_VSOCK, SOCK_SEQPACKET)
s.bind((1, 0xffffffff))
s.listen()
print(s.getsockname()[1])
c, peer = s.accept()
assert c.recv(100) == b'a record'
c.sendall(b'%d %d' % peer)`)
    using client = socket(AF_VSOCK, SOCK_SEQPACKET)
    client.settimeout(100_000)
    await client.connect({ cid: VMADDR_CID_LOCAL, port: Number(await python.line()) })
    await client.send('a record')
    assert.equal(String(await client.recv(100)), `${VMADDR_CID_LOCAL} ${client.getsockname().port}`)
    await python.done()
  })

  it('with socat', async () => {
    using server = listener(SOCK_STREAM)
    const client = new Peer(
      'socat',
      ['-t', '100', '-', `VSOCK-CONNECT:1:${server.getsockname().port}`],
      'from socat',
    )
    const [connection] = await server.accept()
    using _ = connection
    const got: Buffer[] = []
    for await (const chunk of connection) got.push(chunk)
    assert.equal(String(Buffer.concat(got)), 'from socat')
    await connection.sendall('to socat')
    connection.shutdown(SHUT_WR)
    assert.equal(await client.ended(), 'to socat')
  })
})

describe('options of AF_VSOCK', needsMachine(), () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial, true)
})

it('Python has nothing to complain of', () => python.ended())
