/** Where a datagram to a wildcard socket was going, and an answer from exactly there. */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  type Address,
  AF_INET,
  AF_INET6,
  type ControlIn,
  IP_PKTINFO,
  IP_RECVTOS,
  IP_RECVTTL,
  IPV6_RECVHOPLIMIT,
  IPV6_RECVPKTINFO,
  IPV6_RECVTCLASS,
  IPV6_V6ONLY,
  ifNametoindex,
  type Message,
  SOCK_DGRAM,
  socket,
} from 'berkeley'
import { python } from './peer.js'
import { ways } from './ways.js'

const lo = needs.skip === false ? ifNametoindex('lo') : 0

type Pktinfo = Extract<ControlIn, { kind: 'pktinfo' }>['value']

function pktinfo({ control }: Pick<Message<Address>, 'control'>): Pktinfo {
  const found = control.find((each) => each.kind === 'pktinfo')
  assert.ok(found?.kind === 'pktinfo')
  return found.value
}

/** Asks from python3, by connected sockets: they hear an answer from nowhere else. */
const asker = (family: string, port: number, hosts: readonly string[]): ReturnType<typeof python> =>
  python(
    `for host in sys.argv[2:]:
      s = socket(${family}, SOCK_DGRAM)
      s.connect((host, int(sys.argv[1])))
      s.send(host.encode())
      say(s.recv(100).decode())`,
    { args: [port, ...hosts] },
  )

describe('the destination of a datagram', needs, () => {
  before(() => {
    sh(`
      ip addr add fd02::1/128 dev lo nodad
      ip addr add fd02::2/128 dev lo nodad
      own6 fd02::1
      own6 fd02::2
    `)
  })

  for (const { name, of } of ways) {
    it(`over IPv4 is in pktinfo, and the answer comes from it (${name})`, async () => {
      using made = socket(AF_INET, SOCK_DGRAM)
      const server = of(made)
      server.setsockopt(IP_PKTINFO, true)
      server.bind({ host: '', port: 0 })
      const hosts = ['127.0.0.2', '127.0.0.3', '127.255.0.9']
      await using peer = asker('AF_INET', server.getsockname().port, hosts)
      for (const host of hosts) {
        const message = await server.recvmsg(100, { controlSize: 128 })
        assert.equal(message.data.toString(), host)
        const { ifindex, local, destination } = pktinfo(message)
        assert.deepEqual({ ifindex, local, destination }, { ifindex: lo, local: host, destination: host })
        await server.sendmsg({
          data: `from ${local}`,
          address: message.address as Exclude<typeof message.address, null>,
          control: [{ kind: 'pktinfo', value: { local } }],
        })
        assert.equal(await peer.line(), `from ${host}`)
      }
    })

    it(`over IPv6 is in pktinfo, and the answer comes from it (${name})`, async () => {
      using made = socket(AF_INET6, SOCK_DGRAM)
      const server = of(made)
      server.setsockopt(IPV6_RECVPKTINFO, true)
      server.bind({ host: '', port: 0 })
      const hosts = ['::1', 'fd02::1', 'fd02::2']
      await using peer = asker('AF_INET6', server.getsockname().port, hosts)
      for (const host of hosts) {
        const { data, address, control } = await server.recvmsg(100, { controlSize: 128 })
        assert.equal(data.toString(), host)
        const value = pktinfo({ control })
        assert.deepEqual(value, { ifindex: lo, local: host, destination: host })
        // What came in is what goes out.
        assert.ok(address !== null)
        await server.sendmsg({ data: `from ${host}`, address, control: [{ kind: 'pktinfo', value }] })
        assert.equal(await peer.line(), `from ${host}`)
      }
    })

    it(`over IPv4 to a dual-stack socket is mapped, and the answer comes from it (${name})`, async () => {
      using made = socket(AF_INET6, SOCK_DGRAM)
      const server = of(made)
      server.setsockopt(IPV6_V6ONLY, false)
      server.setsockopt(IPV6_RECVPKTINFO, true)
      server.bind({ host: '', port: 0 })
      const hosts = ['127.0.0.2', '127.0.0.3']
      await using peer = asker('AF_INET', server.getsockname().port, hosts)
      for (const host of hosts) {
        const { address, control } = await server.recvmsg(100, { controlSize: 128 })
        const value = pktinfo({ control })
        assert.deepEqual(value, { ifindex: lo, local: `::ffff:${host}`, destination: `::ffff:${host}` })
        assert.ok(address !== null)
        await server.sendmsg({ data: `from ${host}`, address, control: [{ kind: 'pktinfo', value }] })
        assert.equal(await peer.line(), `from ${host}`)
      }
    })
  }

  it('is there in each step of messages()', async () => {
    using server = socket(AF_INET, SOCK_DGRAM)
    server.setsockopt(IP_PKTINFO, true)
    server.bind({ host: '', port: 0 })
    using client = socket(AF_INET, SOCK_DGRAM)
    const { port } = server.getsockname()
    const hosts = ['127.0.0.7', '127.0.0.8']
    for (const host of hosts) await client.sendto(host, { host, port })
    const seen: string[] = []
    for await (const message of server.messages({ controlSize: 128 })) {
      seen.push(pktinfo(message).destination)
      if (seen.length === hosts.length) break
    }
    assert.deepEqual(seen, hosts)
  })
})

describe('what a dual-stack socket says to IPv4', needs, () => {
  /** What a python3 on IPv4 sees of two datagrams: TTL, TOS and sender of each. */
  const SEER = `
s = socket(AF_INET, SOCK_DGRAM)
s.bind(('127.0.0.1', 0))
s.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
s.setsockopt(IPPROTO_IP, IP_RECVTOS, 1)
say(s.getsockname()[1])
for _ in range(2):
  data, control, _, address = s.recvmsg(100, 100)
  found = {kind: data[0] for _, kind, data in control}
  say(json.dumps([found[IP_TTL], found[IP_TOS], address[0]]))
`
  for (const { name, of } of ways)
    it(`has the TTL, TOS and source of its message (${name})`, async () => {
      using made = socket(AF_INET6, SOCK_DGRAM)
      const sender = of(made)
      sender.setsockopt(IPV6_V6ONLY, false)
      await using peer = python(SEER)
      const address = { host: '::ffff:127.0.0.1', port: await peer.number() }
      const control = [
        { kind: 'ttl', value: 33 },
        { kind: 'tos', value: 0xb8 },
        { kind: 'pktinfo', value: { local: '::ffff:127.0.0.5' } },
      ] as const
      await sender.sendmsg({ data: 'to an address', address, control })
      assert.deepEqual(await peer.json(), [33, 0xb8, '127.0.0.5'])
      await sender.connect(address)
      await sender.sendmsg({ data: 'connected', control })
      assert.deepEqual(await peer.json(), [33, 0xb8, '127.0.0.5'])
    })

  it('is heard with TTL and TOS where IPv4’s options are on, with IPv6’s where those are', async () => {
    using server = socket(AF_INET6, SOCK_DGRAM)
    server.setsockopt(IPV6_V6ONLY, false)
    for (const option of [IP_RECVTTL, IP_RECVTOS, IPV6_RECVHOPLIMIT, IPV6_RECVTCLASS])
      server.setsockopt(option, true)
    server.bind({ host: '', port: 0 })
    const { port } = server.getsockname()
    const control = [
      { kind: 'ttl', value: 44 },
      { kind: 'tos', value: 0x28 },
    ] as const
    for (const [family, host] of [
      [AF_INET, '127.0.0.1'],
      [AF_INET6, '::1'],
    ] as const) {
      using client = socket(family as typeof AF_INET6, SOCK_DGRAM)
      await client.sendmsg({ data: host, address: { host, port }, control })
      const message = await server.recvmsg(100, { controlSize: 256 })
      assert.deepEqual(
        message.control.toSorted((a, b) => (a.kind < b.kind ? 1 : -1)),
        control.toSorted((a, b) => (a.kind < b.kind ? 1 : -1)),
      )
    }
  })
})
