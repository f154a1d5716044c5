/** AF_RDS: within one machine by the loopback, between two network namespaces by TCP. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import {
  AF_RDS,
  type Inet6Address,
  type InetAddress,
  MSG_ZEROCOPY,
  RDS_CANCEL_SENT_TO,
  RDS_CONG_MONITOR,
  RDS_MSG_RX_DGRAM_DELIVERED,
  RDS_MSG_RX_HDR_TO_DGRAM_START,
  RDS_TRANS_TCP,
  SO_RCVBUF,
  SO_RDS_MSG_RXPATH_LATENCY,
  SO_RDS_TRANSPORT,
  SO_ZEROCOPY,
  SOCK_SEQPACKET,
  type Socket,
  SystemError,
  socket,
} from 'berkeley'
import { trials } from '../kernel/trials/rds.js'
import { tryOption } from '../kernel/trials/try.js'
import { needsMachine } from '../support/needs.js'
import { Peer, Python } from './peer.js'

const python = new Python()

type RdsAddress = InetAddress | Inet6Address

function bound(host: string, prepare: (made: Socket<RdsAddress>) => void = () => {}): Socket<RdsAddress> {
  const made = socket(AF_RDS, SOCK_SEQPACKET)
  made.settimeout(100_000)
  prepare(made)
  made.bind({ host, port: 0 })
  return made
}

describe('AF_RDS', needsMachine(), () => {
  for (const host of ['127.0.0.1', '::1'])
    it(`a round trip on ${host}`, async () => {
      using server = bound(host)
      using client = bound(host)
      const to = server.getsockname()
      assert.equal(to.host, host)
      await client.sendto('ping', to)
      const [ping, from] = await server.recvfrom(100)
      assert.deepEqual([String(ping), from], ['ping', client.getsockname()])
      await server.sendto('pong', from as RdsAddress)
      assert.deepEqual(client.recvfromSync(100).map(String), ['pong', String(to)])
      // Connected, it needs no address.
      await client.connect(to)
      assert.deepEqual(client.getpeername(), to)
      const big = Buffer.alloc(50_000, 'rds')
      await client.send(big)
      assert.ok((await server.recv(60_000)).equals(big))
    })

  it('what is refused', async () => {
    using made = socket(AF_RDS, SOCK_SEQPACKET)
    const refused = (code: string) => (error: unknown) => error instanceof SystemError && error.code === code
    await assert.rejects(made.sendto('x', { host: '127.0.0.1', port: 5 }), refused('ENOTCONN'))
    assert.throws(() => made.bind({ host: '192.0.2.1', port: 5 }), refused('EADDRNOTAVAIL'))
    using first = bound('127.0.0.1')
    assert.throws(() => made.bind(first.getsockname()), refused('EADDRINUSE'))
    assert.throws(() => made.bind({ host: 'localhost', port: 5 }), TypeError)
  })

  it('with Python', async () => {
    python.run(`
s = socket(AF_RDS, SOCK_SEQPACKET)
s.bind(('127.0.0.1', 0))
print(s.getsockname()[1])
data, sender = s.recvfrom(100)
s.sendto(b'%s from %d' % (data, sender[1]), sender)`)
    using made = bound('127.0.0.1')
    const to = { family: 'inet', host: '127.0.0.1', port: Number(await python.line()) } as const
    await made.sendto('hello', to)
    const [data, from] = await made.recvfrom(100)
    assert.deepEqual([String(data), from], [`hello from ${made.getsockname().port}`, to])
    await python.done()
  })

  it('SO_RDS_MSG_RXPATH_LATENCY: how long a message took', async () => {
    using server = bound('127.0.0.1')
    const asked = [RDS_MSG_RX_DGRAM_DELIVERED, RDS_MSG_RX_HDR_TO_DGRAM_START]
    server.setsockopt(SO_RDS_MSG_RXPATH_LATENCY, asked)
    using client = bound('127.0.0.1')
    await client.sendto('x', server.getsockname())
    const { control } = await server.recvmsg(10, { controlSize: 200 })
    assert.deepEqual(
      control.map(({ kind }) => kind),
      ['rdsLatency'],
    )
    for (const message of control)
      if (message.kind === 'rdsLatency')
        assert.deepEqual(
          message.value.map(({ trace }) => trace),
          asked,
        )
  })
})

describe('AF_RDS over TCP', needsMachine(), () => {
  const ip = (...args: string[]): void => {
    const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
    assert.equal(status, 0, `${args.join(' ')}: ${stderr}`)
  }
  before(() => {
    ip('netns', 'add', 'peer')
    ip('link', 'add', 'here', 'type', 'veth', 'peer', 'name', 'there', 'netns', 'peer')
    ip('address', 'add', '10.99.0.1/24', 'dev', 'here')
    ip('link', 'set', 'here', 'up')
    ip('-n', 'peer', 'address', 'add', '10.99.0.2/24', 'dev', 'there')
    ip('-n', 'peer', 'link', 'set', 'there', 'up')
  })
  after(() => {
    ip('link', 'delete', 'here')
    ip('netns', 'delete', 'peer')
  })

  it('with Python at the other end', async () => {
    const script = `
import socket
s = socket.socket(socket.AF_RDS, socket.SOCK_SEQPACKET)
s.bind(("10.99.0.2", 18635))
print("bound")
for _ in range(2):
    data, sender = s.recvfrom(65536)
    s.sendto(data[::-1], sender)`
    const peer = new Peer('ip', ['netns', 'exec', 'peer', 'python3', '-u', '-I', '-S', '-c', script])
    assert.equal(await peer.line(), 'bound')
    using made = bound('10.99.0.1')
    assert.equal(made.getsockopt(SO_RDS_TRANSPORT), RDS_TRANS_TCP)
    const to = { family: 'inet', host: '10.99.0.2', port: 18635 } as const
    for (const text of ['over TCP', 'y'.repeat(20_000).concat('x')]) {
      await made.sendto(text, to)
      const [data, from] = await made.recvfrom(65536)
      assert.deepEqual([String(data), from], [[...text].reverse().join(''), to])
    }
    await peer.ended()
  })

  // The loopback's own addresses know neither.
  it('RDS_CONG_MONITOR: a port that was full has room again', async () => {
    using server = bound('10.99.0.1', (made) => made.setsockopt(SO_RCVBUF, 5000))
    using client = bound('10.99.0.1', (made) => made.setsockopt(RDS_CONG_MONITOR, true))
    const to = server.getsockname()
    client.settimeout(0)
    let sent = 0
    await assert.rejects(
      async () => {
        for (; sent < 1000; sent++) await client.sendto(Buffer.alloc(1000), to)
      },
      (error) => error instanceof SystemError && error.code === 'ENOBUFS',
    )
    for (let got = 0; got < sent; got++) assert.equal((await server.recv(2000)).length, 1000)
    client.settimeout(100_000)
    const { control, address, data } = await client.recvmsg(100, { controlSize: 200 })
    assert.deepEqual(
      [control, address, data.length],
      [[{ kind: 'rdsCongUpdate', value: 1n << BigInt(to.port % 64) }], null, 0],
    )
  })

  it('a cookie tells when the memory of a zero-copy send is free', async () => {
    using server = bound('10.99.0.1')
    using client = bound('10.99.0.1', (made) => made.setsockopt(SO_ZEROCOPY, true))
    const data = Buffer.alloc(9000, 'z')
    const control = [{ kind: 'rdsZcopyCookie', value: 0xfedcba98 }] as const
    await client.sendmsg({ data, address: server.getsockname(), control }, { flags: MSG_ZEROCOPY })
    assert.ok((await server.recv(10_000)).equals(data))
    const told = await client.recvmsg(100, { controlSize: 200 })
    assert.deepEqual(told.control, [{ kind: 'rdsZcopyCompletion', value: [0xfedcba98] }])
  })

  it('RDS_CANCEL_SENT_TO: what nobody has acknowledged is not sent', async () => {
    using made = bound('10.99.0.1')
    await made.sendto('to nobody', { host: '10.99.0.77', port: 5 })
    made.setsockopt(RDS_CANCEL_SENT_TO, { host: '10.99.0.77', port: 5 })
  })
})

describe('options of AF_RDS', needsMachine(), () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial, true)
})

it('Python has nothing to complain of', () => python.ended())
