/** SCTP, one-to-one and one-to-many, among ourselves and with ncat, Python and C. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as b from 'berkeley'
import { trials } from '../kernel/trials/sctp.js'
import { tryOption } from '../kernel/trials/try.js'

const SCTP = b.IPPROTO_SCTP
const ways = [
  { name: 'IPv4', family: b.AF_INET, host: '127.0.0.1', other: '127.0.0.2' },
  { name: 'IPv6', family: b.AF_INET6, host: '::1', other: '::1' },
] as const

type Any = b.Socket<b.InetAddress>

function made(family: number, type: number): Any {
  const one = b.socket(family, type, SCTP) as unknown as Any
  one.settimeout(20_000)
  return one
}

function server(family: number, type: number, host: string): Any {
  const one = made(family, type)
  one.bind({ host, port: 0 })
  one.listen()
  return one
}

const room = { controlSize: 256 }

/** The next message that is a notification of this kind. */
async function notification<K extends b.SctpNotification['kind']>(
  socket: Any,
  kind: K,
): Promise<Extract<b.SctpNotification, { kind: K }>> {
  for await (const { data, flags } of socket.messages()) {
    if ((flags & b.MSG_NOTIFICATION) === 0) continue
    const told = b.decodeNotification(data)
    if (told.kind === kind) return told as Extract<b.SctpNotification, { kind: K }>
  }
  throw new Error(`no ${kind}`)
}

for (const { name, family, host } of ways)
  describe(`one-to-one, ${name}`, () => {
    it('connect, accept, send, recv, shutdown', async () => {
      using listener = server(family, b.SOCK_STREAM, host)
      using client = made(family, b.SOCK_STREAM)
      await client.connect(listener.getsockname())
      const [connection, peer] = await listener.accept()
      using _ = connection
      assert.deepEqual(peer, client.getsockname())
      assert.equal(await client.send('question'), 8)
      // Messages keep their bounds.
      await client.send('another')
      assert.equal(String(await connection.recv(100)), 'question')
      assert.equal(String(connection.recvSync(100)), 'another')
      connection.sendSync('answer')
      const { data, flags } = await client.recvmsg(100)
      assert.equal(String(data), 'answer')
      assert.equal(flags & b.MSG_EOR, b.MSG_EOR)
      client.shutdown(b.SHUT_WR)
      assert.equal((await connection.recv(100)).length, 0)
    })

    it('waits to receive, and a refusal is ECONNREFUSED', async () => {
      using listener = server(family, b.SOCK_STREAM, host)
      const to = listener.getsockname()
      using client = made(family, b.SOCK_STREAM)
      client.connectSync(to)
      const [connection] = listener.acceptSync()
      using _ = connection
      const waiting = connection.recv(100)
      await client.sendall('late')
      assert.equal(String(await waiting), 'late')
      listener.close()
      connection.close()
      client.close()
      using refused = made(family, b.SOCK_STREAM)
      await assert.rejects(refused.connect(to), { code: 'ECONNREFUSED' })
    })

    it('stream, protocol and number of each message', async () => {
      using listener = server(family, b.SOCK_STREAM, host)
      using client = made(family, b.SOCK_STREAM)
      client.setsockopt(b.SCTP_INITMSG, { numOstreams: 7 })
      await client.connect(listener.getsockname())
      const [connection] = await listener.accept()
      using _ = connection
      connection.setsockopt(b.SCTP_RECVRCVINFO, true)
      const status = connection.getsockopt(b.SCTP_STATUS)
      assert.equal(status.state, b.SCTP_ESTABLISHED)
      assert.equal(status.instrms, 7)
      assert.equal(status.primary.address?.port, client.getsockname().port)
      await client.sendmsg({
        data: 'on stream five',
        control: [{ kind: 'sctpSndinfo', value: { sid: 5, ppid: 51, flags: b.SCTP_UNORDERED } }],
      })
      const { control } = await connection.recvmsg(100, room)
      const [info] = control
      assert.ok(info?.kind === 'sctpRcvinfo')
      const { sid, ppid, flags } = info.value
      assert.deepEqual({ sid, ppid, flags }, { sid: 5, ppid: 51, flags: b.SCTP_UNORDERED })
    })

    it('connectx and bindx: several addresses', async () => {
      if (family !== b.AF_INET) return
      using listener = made(family, b.SOCK_STREAM)
      listener.bind({ host: '127.0.0.1', port: 0 })
      const { port } = listener.getsockname()
      listener.setsockopt(b.SCTP_SOCKOPT_BINDX_ADD, [{ host: '127.0.0.2', port }])
      listener.listen()
      assert.deepEqual(
        listener.getsockopt(b.SCTP_GET_LOCAL_ADDRS).map(({ host }) => host),
        ['127.0.0.1', '127.0.0.2'],
      )
      for (const sync of [false, true]) {
        using client = made(family, b.SOCK_STREAM)
        const addresses = [
          { host: '127.0.0.2', port },
          { host: '127.0.0.1', port },
        ]
        if (sync) b.sctpConnectxSync(client, addresses)
        else await b.sctpConnectx(client, addresses)
        const [connection] = await listener.accept()
        using _ = connection
        const peers = client.getsockopt(b.SCTP_GET_PEER_ADDRS)
        assert.deepEqual(peers.map(({ host }) => host).sort(), ['127.0.0.1', '127.0.0.2'])
        assert.equal(client.getsockopt(b.SCTP_PRIMARY_ADDR).addr?.host, '127.0.0.2')
        client.setsockopt(b.SCTP_PRIMARY_ADDR, { addr: { host: '127.0.0.1', port } })
        assert.equal(client.getsockopt(b.SCTP_PRIMARY_ADDR).addr?.host, '127.0.0.1')
      }
    })
  })

for (const { name, family, host } of ways)
  describe(`one-to-many, ${name}`, () => {
    it('two clients of one socket, and an association peeled off', async () => {
      using hub = server(family, b.SOCK_SEQPACKET, host)
      hub.setsockopt(b.SCTP_RECVRCVINFO, true)
      using one = made(family, b.SOCK_SEQPACKET)
      using two = made(family, b.SOCK_SEQPACKET)
      await one.sendto('one', hub.getsockname())
      const first = await hub.recvmsg(100, room)
      await two.sendto('two', hub.getsockname())
      const second = await hub.recvmsg(100, room)
      assert.deepEqual([String(first.data), String(second.data)], ['one', 'two'])
      assert.equal(hub.getsockopt(b.SCTP_GET_ASSOC_NUMBER), 2)
      const ids = [first, second].map(({ control: [info] }) => {
        assert.ok(info?.kind === 'sctpRcvinfo')
        return info.value.assocId
      })
      assert.deepEqual([...hub.getsockopt(b.SCTP_GET_ASSOC_ID_LIST)].sort(), ids.sort())
      // By its address, and by its number.
      await hub.sendto('to one', first.address as b.InetAddress)
      assert.equal(String((await one.recvfrom(100))[0]), 'to one')
      const [, assocId] = ids as [number, number]
      await hub.sendmsg({ data: 'to two', control: [{ kind: 'sctpSndinfo', value: { assocId } }] })
      assert.equal(String(await two.recv(100)), 'to two')
      assert.equal(hub.getsockopt(b.SCTP_STATUS, { assocId }).assocId, assocId)

      using off = b.sctpPeeloff(hub, assocId)
      await two.sendto('apart', hub.getsockname())
      assert.equal(String(await off.recv(100)), 'apart')
      assert.equal(hub.getsockopt(b.SCTP_GET_ASSOC_NUMBER), 1)
      assert.throws(() => b.sctpPeeloff(hub, 123456), { code: 'EINVAL' })
    })

    it('notifications: a beginning, a number, and an end', async () => {
      using hub = server(family, b.SOCK_SEQPACKET, host)
      hub.setsockopt(b.SCTP_EVENTS, {
        associationEvent: true,
        shutdownEvent: true,
        adaptationLayerEvent: true,
      })
      using client = made(family, b.SOCK_SEQPACKET)
      client.setsockopt(b.SCTP_ADAPTATION_LAYER, 0x01020304)
      client.setsockopt(b.SCTP_EVENT, { type: b.SCTP_SENDER_DRY_EVENT, on: true })
      await client.sendto('hello', hub.getsockname())
      const up = await notification(hub, 'assocChange')
      assert.equal(up.state, b.SCTP_COMM_UP)
      assert.ok(up.inboundStreams > 0 && up.outboundStreams > 0)
      assert.equal((await notification(hub, 'adaptationIndication')).indication, 0x01020304)
      assert.equal(String(await hub.recv(100)), 'hello')
      assert.ok((await notification(client, 'senderDryEvent')).assocId > 0)
      await client.sendmsg({
        address: hub.getsockname(),
        control: [{ kind: 'sctpSndinfo', value: { flags: b.SCTP_EOF } }],
      })
      assert.equal((await notification(hub, 'shutdownEvent')).assocId, up.assocId)
      assert.equal((await notification(hub, 'assocChange')).state, b.SCTP_SHUTDOWN_COMP)
    })

    it('an abort, and what could not be sent', async () => {
      using hub = server(family, b.SOCK_SEQPACKET, host)
      hub.setsockopt(b.SCTP_EVENT, { type: b.SCTP_ASSOC_CHANGE, on: true })
      using client = made(family, b.SOCK_SEQPACKET)
      await client.sendto('hello', hub.getsockname())
      await notification(hub, 'assocChange')
      await client.sendmsg({
        data: 'why',
        address: hub.getsockname(),
        control: [{ kind: 'sctpSndinfo', value: { flags: b.SCTP_ABORT } }],
      })
      assert.equal((await notification(hub, 'assocChange')).state, b.SCTP_COMM_LOST)
    })
  })

/** The port that a peer prints in its first line, and its end. */
async function peer(
  command: string,
  args: readonly string[],
): Promise<{ port: number; end: Promise<string> }> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  const end = new Promise<string>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve(output))
  })
  await new Promise<void>((resolve, reject) => {
    child.once('close', () => reject(new Error(`${command} ended: ${output}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk
      if (output.includes('\n')) resolve()
    })
  })
  return { port: Number(/\d+/.exec(output)?.[0]), end }
}

describe('Python', () => {
  const script = `
import socket, struct, sys
family = socket.AF_INET6 if ':' in sys.argv[1] else socket.AF_INET
many = sys.argv[2] == 'many'
s = socket.socket(family, socket.SOCK_SEQPACKET if many else socket.SOCK_STREAM, 132)
s.bind((sys.argv[1], 0))
s.listen()
s.setsockopt(132, 32, 1)
print(s.getsockname()[1], flush=True)
c = s if many else s.accept()[0]
if not many: c.setsockopt(132, 32, 1)
data, control, flags, peer = c.recvmsg(100, 256)
sid, ssn, fl, ppid = struct.unpack_from('HHH2xI', control[0][2])
print(control[0][:2], sid, socket.ntohl(ppid), data.decode(), flush=True)
info = struct.pack('HHIIi', 2, 0, socket.htonl(7), 0, 0)
c.sendmsg([data.upper()], [(132, 2, info)], 0, peer if many else None)
c.recv(1)`

  for (const [{ name, family, host }, type] of [
    [ways[0], 'one'],
    [ways[1], 'many'],
  ] as const)
    it(`${type === 'one' ? 'one-to-one' : 'one-to-many'}, ${name}`, async () => {
      const { port, end } = await peer('python3', ['-I', '-S', '-c', script, host, type])
      using client = made(family, type === 'one' ? b.SOCK_STREAM : b.SOCK_SEQPACKET)
      client.setsockopt(b.SCTP_RECVRCVINFO, true)
      const address = { host, port }
      if (type === 'one') await client.connect(address)
      const control = [{ kind: 'sctpSndinfo', value: { sid: 3, ppid: 46 } }] as const
      await client.sendmsg(
        type === 'one' ? { data: 'python', control } : { data: 'python', control, address },
      )
      const { data, control: came } = await client.recvmsg(100, room)
      assert.equal(String(data), 'PYTHON')
      assert.ok(came[0]?.kind === 'sctpRcvinfo')
      assert.deepEqual([came[0].value.sid, came[0].value.ppid], [2, 7])
      await client.sendmsg(type === 'one' ? { data: '.' } : { data: '.', address })
      assert.match(await end, /\n\(132, 3\) 3 46 python\n/)
    })
})

describe('ncat', () => {
  it('talks one-to-one', async () => {
    using listener = server(b.AF_INET, b.SOCK_STREAM, '127.0.0.1')
    const { port } = listener.getsockname()
    const child = spawn('ncat', ['--sctp', '127.0.0.1', String(port)], { stdio: ['pipe', 'pipe', 'inherit'] })
    const ended = new Promise((resolve) => child.once('close', resolve))
    child.stdin.write('from ncat\n')
    const [connection] = await listener.accept()
    using _ = connection
    assert.equal(String(await connection.recv(100)), 'from ncat\n')
    await connection.send('to ncat\n')
    const chunk = await new Promise<Buffer>((resolve) => child.stdout.once('data', resolve))
    assert.equal(String(chunk), 'to ncat\n')
    child.stdin.end()
    connection.close()
    await ended
  })
})

describe('C', () => {
  let folder = ''
  let program = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'berkeley-sctp-'))
    program = join(folder, 'sctp')
    const source = fileURLToPath(new URL('../../../test/vm/sctp.c', import.meta.url))
    const run = spawnSync('cc', ['-Wall', '-Werror', '-o', program, source], { encoding: 'utf8' })
    assert.equal(run.status, 0, run.stderr)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))

  it('reads what is set here, byte for byte, and tells what it is told', async () => {
    const { port, end } = await peer(program, ['127.0.0.1'])
    using client = made(b.AF_INET, b.SOCK_SEQPACKET)
    client.setsockopt(b.SCTP_INITMSG, { numOstreams: 9, maxInstreams: 8 })
    client.setsockopt(b.SCTP_ADAPTATION_LAYER, 77)
    const address = { host: '127.0.0.1', port }
    await client.sendmsg({
      data: 'hello',
      address,
      control: [{ kind: 'sctpSndrcv', value: { stream: 4, ppid: 1234, flags: b.SCTP_UNORDERED } }],
    })
    await client.sendmsg({
      address,
      control: [{ kind: 'sctpSndinfo', value: { flags: b.SCTP_EOF } }],
    })
    const told = (await end).split('\n').slice(1, -1)
    assert.deepEqual(told, [
      'up 9 in 8 out',
      'adaptation 77',
      'message hello stream 4 ppid 1234 unordered 1',
      'shutdown',
      'complete',
    ])
  })
})

describe('options', () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial, true)
})
