/**
 * Families without a codec are reached all the same: their addresses go and come as bytes. Each here is opened, bound
 * and, where a machine alone can do that, made to carry data.
 */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import {
  AF_APPLETALK,
  AF_IEEE802154,
  AF_INET,
  AF_KEY,
  AF_LLC,
  AF_PHONET,
  AF_PPPOX,
  AF_RXRPC,
  AF_SMC,
  createServer,
  type InetAddress,
  IPPROTO_SMC,
  IPPROTO_TCP,
  PF_INET,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  SOL_TLS,
  type Socket,
  socket,
  TCP_ULP,
  TLS_RX,
  TLS_TX,
  type UnknownAddress,
} from 'berkeley'

/** What never comes fails the test, and no more. */
const LIMIT = { timeout: 20_000 }

function run(command: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8' })
  assert.equal(status, 0, `${command} ${args.join(' ')}: ${error ?? stderr}`)
  return stdout
}

/** Bytes in hexadecimal, spaces between as one likes. */
const hex = (text: string): Buffer => Buffer.from(text.replace(/\s/g, ''), 'hex')

const opened = (af: number, type: number, protocol = 0): Socket => socket(af, type, protocol)

/** The two ends of a cable of its own, up, and their hardware addresses. */
function cable(name: string): { readonly near: Buffer; readonly far: Buffer; cut(): void } {
  const [a, b] = [`${name}0`, `${name}1`]
  run('ip', 'link', 'add', a, 'type', 'veth', 'peer', 'name', b)
  for (const end of [a, b]) run('ip', 'link', 'set', end, 'up')
  return { near: hardware(a), far: hardware(b), cut: () => run('ip', 'link', 'del', a) }
}

function hardware(name: string): Buffer {
  const [link] = JSON.parse(run('ip', '-j', 'link', 'show', name)) as { readonly address: string }[]
  return hex(link?.address.replaceAll(':', '') ?? '')
}

describe('a family without a codec', () => {
  it('LLC: datagrams and a stream between two service access points', LIMIT, async () => {
    const { near, far, cut } = cable('llc')
    // sockaddr_llc: the hardware's type, three flags, the point, the hardware's address.
    const at = (mac: Buffer, sap: number): Omit<UnknownAddress, 'family'> => ({
      af: AF_LLC,
      bytes: Buffer.concat([hex(`0100 000000 ${sap.toString(16)}`), mac, hex('0000')]),
    })
    {
      using a = opened(AF_LLC, SOCK_DGRAM)
      using b = opened(AF_LLC, SOCK_DGRAM)
      a.bind(at(near, 0x42))
      b.bind(at(far, 0x44))
      assert.equal(await a.sendto('hello', at(far, 0x44)), 5)
      const [data, from] = await b.recvfrom(100)
      assert.equal(`${data}`, 'hello')
      assert.equal(from?.family, 'unknown')
      assert.deepEqual(
        Buffer.from((from as UnknownAddress).bytes).subarray(5, 12),
        Buffer.concat([hex('42'), near]),
      )
      // What came goes in again as it is.
      await b.sendto('hi', from as UnknownAddress)
      assert.equal(`${await a.recv(100)}`, 'hi')
    }
    {
      using listener = opened(AF_LLC, SOCK_STREAM)
      listener.bind(at(far, 0x50))
      listener.listen()
      using client = opened(AF_LLC, SOCK_STREAM)
      client.bind(at(near, 0x52))
      // accept(2) of this family heeds no O_NONBLOCK: not before there is somebody.
      await client.connect(at(far, 0x50))
      const [accepted] = await listener.accept()
      using connection = accepted
      await client.send('over 802.2')
      assert.equal(`${await connection.recv(100)}`, 'over 802.2')
    }
    cut()
  })

  it('PPPoE: the two ends of a session', LIMIT, async () => {
    const { near, far, cut } = cable('ppp')
    const name = (text: string): Buffer =>
      Buffer.concat([Buffer.from(text), Buffer.alloc(16)]).subarray(0, 16)
    // sockaddr_pppox: the protocol, the session, the peer's hardware address, the own interface.
    const session = (mac: Buffer, dev: string): Omit<UnknownAddress, 'family'> => ({
      af: AF_PPPOX,
      bytes: Buffer.concat([hex('00000000 0007'), mac, name(dev)]),
    })
    {
      using a = opened(AF_PPPOX, SOCK_STREAM)
      using b = opened(AF_PPPOX, SOCK_STREAM)
      await a.connect(session(far, 'ppp0'))
      await b.connect(session(near, 'ppp1'))
      // A frame of PPP begins with its protocol's number; here LCP's, an echo request.
      const frame = hex('c021 09 01 0008 00000000')
      await a.send(frame)
      assert.deepEqual((await b.recv(100)).subarray(0, frame.length), frame)
      assert.deepEqual(Buffer.from((a.getsockname() as UnknownAddress).bytes), session(far, 'ppp0').bytes)
    }
    cut()
  })

  it('AppleTalk: a port, and a datagram that is taken as far as the routes go', LIMIT, async () => {
    // The interface's address is set by an ioctl of the family's own.
    run(
      'python3',
      '-c',
      `
import fcntl, socket, struct
with socket.socket(socket.AF_APPLETALK, socket.SOCK_DGRAM) as s:
    address = struct.pack('=HBx2sBx', socket.AF_APPLETALK, 0, bytes([0, 9]), 7) + bytes([2, 0, 0, 9, 0, 9, 0, 0])
    fcntl.ioctl(s, 0x8916, struct.pack('16s', b'lo') + address + bytes(8))
`,
    )
    // sockaddr_at: the port, the network and the node.
    const at = (port: number): Omit<UnknownAddress, 'family'> => ({
      af: AF_APPLETALK,
      bytes: Buffer.concat([Uint8Array.of(port), hex('00 0009 07 00'), Buffer.alloc(8)]),
    })
    using a = opened(AF_APPLETALK, SOCK_DGRAM)
    a.bind(at(130))
    const name = a.getsockname() as UnknownAddress
    assert.deepEqual(Buffer.from(name.bytes).subarray(0, 5), hex('82 00 0009 07'))
    // The loopback has a route to no node. Were a flag of send(2) not known to the family, that would come first: EINVAL.
    await assert.rejects(a.sendto(hex('56 68 69'), at(131)), { code: 'ENETUNREACH' })
  })

  it('IEEE 802.15.4: a frame from one radio to another', LIMIT, async () => {
    for (const wpan of ['wpan0', 'wpan1']) run('ip', 'link', 'set', wpan, 'up')
    // sockaddr_ieee802154: two bytes to align, the address's type (long), the network, the address.
    const on = (wpan: string): Omit<UnknownAddress, 'family'> => ({
      af: AF_IEEE802154,
      bytes: Buffer.concat([hex('0000 03000000 ffff'), hardware(wpan), hex('0000')]),
    })
    using a = opened(AF_IEEE802154, SOCK_RAW)
    using b = opened(AF_IEEE802154, SOCK_RAW)
    a.bind(on('wpan0'))
    b.bind(on('wpan1'))
    // A data frame to everybody: its control field, a number, the network and the address, the payload.
    const frame = Buffer.concat([hex('0108 01 ffff ffff'), Buffer.from('hello')])
    await a.send(frame)
    assert.equal(`${await b.recv(127)}`, 'hello')
  })

  it('SMC: a stream, by addresses of AF_INET', LIMIT, async () => {
    // sockaddr_in behind its family, of a port and 127.0.0.1.
    const at = (port: number): Omit<UnknownAddress, 'family'> => {
      const bytes = Buffer.concat([hex('0000 7f000001'), Buffer.alloc(8)])
      bytes.writeUInt16BE(port)
      return { af: AF_INET, bytes }
    }
    using listener = opened(AF_SMC, SOCK_STREAM)
    listener.bind(at(0))
    listener.listen()
    const name = listener.getsockname() as unknown as { readonly family: string; readonly port: number }
    assert.equal(name.family, 'inet')
    using client = opened(AF_SMC, SOCK_STREAM)
    const [[accepted]] = await Promise.all([listener.accept(), client.connect(at(name.port))])
    using connection = accepted
    await client.sendall('shared')
    assert.equal(`${await connection.recv(100)}`, 'shared')

    // The same by a protocol of AF_INET, where addresses are typed.
    using server = socket(AF_INET, SOCK_STREAM, IPPROTO_SMC)
    server.bind({ host: '127.0.0.1', port: 0 })
    server.listen()
    using second = socket(AF_INET, SOCK_STREAM, IPPROTO_SMC)
    const [[other]] = await Promise.all([server.accept(), second.connect(server.getsockname())])
    using peer = other
    await peer.sendall('memory')
    assert.equal(`${await second.recv(100)}`, 'memory')
  })

  it('PF_KEY: a message and its answer, without addresses', LIMIT, async () => {
    using keys = opened(AF_KEY, SOCK_RAW, 2)
    // sadb_msg: version 2, SADB_REGISTER for ESP, two words of 8 bytes, a number, the process.
    const register = hex('02 07 00 03 0200 0000 2a000000 00000000')
    register.writeUInt32LE(process.pid, 12)
    await keys.send(register)
    const answer = await keys.recv(4096)
    assert.equal(answer[1], 7)
    assert.equal(answer[2], 0)
    assert.equal(answer.readUInt32LE(8), 0x2a)
    assert.ok(answer.length > 16, 'algorithms')
  })

  it('Phonet: a name', LIMIT, () => {
    using phonet = opened(AF_PHONET, SOCK_DGRAM)
    // sockaddr_pn: the object, the device, the resource.
    phonet.bind({ af: AF_PHONET, bytes: Buffer.concat([hex('00 00 7b'), Buffer.alloc(11)]) })
    const { family, af, bytes } = phonet.getsockname() as UnknownAddress
    assert.deepEqual([family, af, bytes.length], ['unknown', AF_PHONET, 14])
  })

  it('RxRPC: an end of calls', LIMIT, () => {
    using calls = opened(AF_RXRPC, SOCK_DGRAM, PF_INET)
    // sockaddr_rxrpc: no service, SOCK_DGRAM, then a sockaddr_in and its length.
    const transport = hex('0000 0200 1000 0200 0000 7f000001')
    calls.bind({ af: AF_RXRPC, bytes: Buffer.concat([transport], 34) })
    // It is bound: not a second time.
    assert.throws(() => calls.bind({ af: AF_RXRPC, bytes: Buffer.concat([transport], 34) }), {
      code: 'EINVAL',
    })
  })
})

describe('records of TLS in the kernel', () => {
  it('are set by numbers and bytes', LIMIT, async () => {
    using server = createServer({ host: '127.0.0.1', port: 0 })
    using client = socket(AF_INET, SOCK_STREAM, IPPROTO_TCP)
    const [[accepted]] = await Promise.all([
      server.accept(),
      client.connect(server.getsockname() as InetAddress),
    ])
    using connection = accepted
    // tls12_crypto_info_aes_gcm_128: TLS 1.2, the cipher, then IV, key, salt and record number.
    const info = Buffer.concat([hex('0303 3300'), Buffer.alloc(36, 7)])
    for (const end of [client, connection]) end.setsockopt(TCP_ULP, 'tls')
    client.setsockopt(SOL_TLS, TLS_TX, info)
    connection.setsockopt(SOL_TLS, TLS_RX, info)
    await client.sendall('secret')
    const { data, control } = await connection.recvmsg(100, { controlSize: 64 })
    assert.equal(`${data}`, 'secret')
    // TLS_GET_RECORD_TYPE: application data.
    const [record] = control as unknown as { kind: string; level: number; type: number; data: Uint8Array }[]
    assert.deepEqual(
      [record?.kind, record?.level, record?.type, record?.data[0]],
      ['unknown', SOL_TLS, 2, 23],
    )
  })
})
