/** What a UDP socket hears of the ICMP errors that its datagrams cause. */
import { inside, link, needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  AF_UNSPEC,
  type ControlIn,
  ECONNREFUSED,
  EHOSTUNREACH,
  ENETUNREACH,
  errnoName,
  ICMP_DEST_UNREACH,
  ICMP_HOST_UNREACH,
  ICMP_PORT_UNREACH,
  ICMPV6_DEST_UNREACH,
  ICMPV6_NOROUTE,
  ICMPV6_PORT_UNREACH,
  IP_RECVERR,
  IPV6_RECVERR,
  IPV6_V6ONLY,
  MSG_ERRQUEUE,
  SO_EE_ORIGIN_ICMP,
  SO_EE_ORIGIN_ICMP6,
  SO_ERROR,
  SOCK_DGRAM,
  type Socket,
  socket,
} from 'berkeley'
import { python } from './peer.js'
import { type Ip, type IpFamily, ways } from './ways.js'

const v4 = {
  name: 'IPv4',
  family: AF_INET as IpFamily,
  option: IP_RECVERR,
  host: '127.0.0.1',
  origin: SO_EE_ORIGIN_ICMP,
  refused: [ICMP_DEST_UNREACH, ICMP_PORT_UNREACH],
  unreachable: [EHOSTUNREACH, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH],
  beyond: '10.9.0.1',
  router: '10.1.0.2',
  nowhere: '192.0.2.1',
}
const v6: typeof v4 = {
  name: 'IPv6',
  family: AF_INET6,
  option: IPV6_RECVERR,
  host: '::1',
  origin: SO_EE_ORIGIN_ICMP6,
  refused: [ICMPV6_DEST_UNREACH, ICMPV6_PORT_UNREACH],
  // Of the same route IPv6's routers say that they have none.
  unreachable: [ENETUNREACH, ICMPV6_DEST_UNREACH, ICMPV6_NOROUTE],
  beyond: 'fd09::1',
  router: 'fd01::2',
  nowhere: '2001:db8::1',
}

/** Who takes the peer away. */
const nobody = { family: 'unknown', af: AF_UNSPEC, bytes: new Uint8Array(0) } as const

/** An address that nobody listens on. */
function closed({ family, host }: typeof v4): { host: string; port: number } {
  using gone = socket(family, SOCK_DGRAM)
  gone.bind({ host, port: 0 })
  return { host, port: gone.getsockname().port }
}

/** The next error of the queue: the datagram, where it was going, and what happened to it. */
async function queued<A extends Ip>(
  from: Socket<A>,
): Promise<{
  data: string
  to: string | undefined
  error: Extract<ControlIn, { kind: 'recverr' }>['value']
}> {
  const { data, address, control, flags } = await from.recvmsg(2000, {
    controlSize: 512,
    flags: MSG_ERRQUEUE,
  })
  assert.ok(flags & MSG_ERRQUEUE)
  const found = control.find((each) => each.kind === 'recverr')
  assert.ok(found?.kind === 'recverr')
  return { data: `${data}`, to: address?.host, error: found.value }
}

before(() => {
  if (needs.skip !== false) return
  link()
  sh(`
    ip route add 10.9.0.0/24 via 10.1.0.2
    ip route add fd09::/64 via fd01::2
    ip route add unreachable 203.0.113.0/24
    ip -n far route add unreachable 10.9.0.0/24
    ip -n far route add unreachable fd09::/64
    ip netns exec far sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ip netns exec far sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
  `)
})

for (const each of [v4, v6]) {
  for (const { name, of } of ways)
    describe(`over ${each.name}, ${name}`, needs, () => {
      it('a closed port refuses the next recv of a connected socket, and the next send', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const connected = of(made)
        const address = closed(each)
        await connected.connect(address)
        await connected.send('one')
        await assert.rejects(connected.recv(10), (error: { code: string; remote: Ip }) => {
          assert.equal(error.code, 'ECONNREFUSED')
          assert.equal(error.remote.port, address.port)
          return true
        })
        await connected.send('two')
        await assert.rejects(connected.send('three'), { code: 'ECONNREFUSED', syscall: 'send' })
        await connected.send('four')
        assert.equal(connected.getsockopt(SO_ERROR), ECONNREFUSED)
      })

      it('an unconnected socket hears nothing of it', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const lone = of(made)
        lone.bind({ host: each.host, port: 0 })
        await lone.sendto('lost', closed(each))
        await lone.sendto('to itself', lone.getsockname())
        assert.equal(`${await lone.recv(100)}`, 'to itself')
      })

      it('with RECVERR even that hears it, and the queue has the datagram, its way and who refused', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const lone = of(made)
        lone.setsockopt(each.option, true)
        await lone.sendto('lost', closed(each))
        const { data, to, error } = await queued(lone)
        assert.deepEqual([data, to], ['lost', each.host])
        assert.deepEqual([error.errno, error.origin], [ECONNREFUSED, each.origin])
        assert.deepEqual([error.type, error.code], each.refused)
        assert.equal(error.offender?.host, each.host)
      })

      it('that a router cannot reach the host is told with RECVERR, and the offender is the router', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const connected = of(made)
        connected.setsockopt(each.option, true)
        await connected.connect({ host: each.beyond, port: 9 })
        await connected.send('beyond')
        const [errno] = each.unreachable as [number]
        await assert.rejects(connected.recv(100), { code: errnoName(errno), syscall: 'recv' })
        const { data, to, error } = await queued(connected)
        assert.deepEqual([data, to], ['beyond', each.beyond])
        assert.deepEqual([error.errno, error.type, error.code], each.unreachable)
        assert.equal(error.origin, each.origin)
        assert.equal(error.offender?.host, each.router)
      })

      it('no route is ENETUNREACH, at once', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const lone = of(made)
        await assert.rejects(lone.sendto('x', { host: each.nowhere, port: 9 }), { code: 'ENETUNREACH' })
        await assert.rejects(lone.connect({ host: each.nowhere, port: 9 }), {
          code: 'ENETUNREACH',
          syscall: 'connect',
        })
      })

      it('AF_UNSPEC dissolves the association: strangers are heard, refusals are not', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const connected = of(made)
        const port = 5000
        connected.bind({ host: each.host, port })
        await connected.connect(closed(each))
        await using stranger = python(
          `s = socket(${each === v4 ? 'AF_INET' : 'AF_INET6'}, SOCK_DGRAM)
while hear(): s.sendto(b'from a stranger', ('${each.host}', ${port})); say('sent')`,
        )
        stranger.tell('go')
        await stranger.line()
        const none = connected.gettimeout()
        connected.setblocking(false)
        await assert.rejects(connected.recv(100), { code: 'EAGAIN' })
        connected.settimeout(none)
        await connected.connect(nobody)
        assert.throws(() => connected.getpeername(), { code: 'ENOTCONN' })
        await connected.sendto('refused, unheard', closed(each))
        stranger.tell('go')
        assert.equal(`${await connected.recv(100)}`, 'from a stranger')
      })
    })
}

describe('a port that the kernel chose', needs, () => {
  it('is given up with the association', async () => {
    using connected = socket(AF_INET, SOCK_DGRAM)
    connected.bind({ host: '127.0.0.1', port: 0 })
    await connected.connect(closed(v4))
    await connected.connect(nobody)
    assert.equal(connected.getsockname().port, 0)
  })
})

describe('a route', needs, () => {
  it('that says unreachable is EHOSTUNREACH', async () => {
    using lone = socket(AF_INET, SOCK_DGRAM)
    await assert.rejects(lone.sendto('x', { host: '203.0.113.1', port: 9 }), { code: 'EHOSTUNREACH' })
  })
})

describe('a dual-stack socket', needs, () => {
  it('hears IPv4’s errors in IPv6’s form, where IPv4’s option is on', async () => {
    using made = socket(AF_INET6, SOCK_DGRAM)
    made.setsockopt(IPV6_V6ONLY, false)
    made.setsockopt(IP_RECVERR, true)
    await made.sendto('mapped', { host: '::ffff:10.9.0.1', port: 9 })
    const { data, to, error } = await queued(made)
    assert.deepEqual([data, to], ['mapped', '::ffff:10.9.0.1'])
    assert.deepEqual([error.errno, error.origin], [EHOSTUNREACH, SO_EE_ORIGIN_ICMP])
    assert.equal(error.offender?.host, '::ffff:10.1.0.2')
  })
})

describe('the peer', needs, () => {
  it('that is there again after a refusal is heard', async () => {
    using connected = socket(AF_INET, SOCK_DGRAM)
    await using peer = python(
      `s = socket(AF_INET, SOCK_DGRAM); s.bind(('10.1.0.2', 0)); port = s.getsockname()[1]; s.close(); say(port)
hear()
s = socket(AF_INET, SOCK_DGRAM); s.bind(('10.1.0.2', port)); say('there')
data, address = s.recvfrom(100); s.sendto(b'answer', address)`,
      { before: inside('far') },
    )
    await connected.connect({ host: '10.1.0.2', port: await peer.number() })
    await connected.send('too early')
    await assert.rejects(connected.recv(100), { code: 'ECONNREFUSED' })
    peer.tell('now')
    assert.equal(await peer.line(), 'there')
    await connected.send('again')
    assert.equal(`${await connected.recv(100)}`, 'answer')
  })
})
