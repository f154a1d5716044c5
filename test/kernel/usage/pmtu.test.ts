/** The MTU of a path: a router in the middle that has a narrower link behind it. */
import { inside, link, needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, beforeEach, describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  EMSGSIZE,
  IP_MTU,
  IP_MTU_DISCOVER,
  IP_PMTUDISC_DO,
  IP_PMTUDISC_WANT,
  IP_RECVERR,
  IPV6_MTU,
  IPV6_MTU_DISCOVER,
  IPV6_PATHMTU,
  IPV6_PMTUDISC_DO,
  IPV6_PMTUDISC_WANT,
  IPV6_RECVERR,
  MSG_ERRQUEUE,
  SOCK_DGRAM,
  socket,
} from 'berkeley'
import { type Peer, python } from './peer.js'
import { type IpFamily, ways } from './ways.js'

const WIDE = 1500
const NARROW = 1400

before(() => {
  if (needs.skip !== false) return
  link()
  sh(`
    ip netns add end
    ip -n far link add narrow mtu ${NARROW} type veth peer name end mtu ${NARROW} netns end
    ip netns exec far sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
    ip -n far link set narrow up
    ip -n end link set end up
    ip -n far addr add 10.2.0.1/24 dev narrow
    ip -n far addr add fd02::1/64 dev narrow nodad
    ip -n end addr add 10.2.0.2/24 dev end
    ip -n end addr add fd02::2/64 dev end nodad
    own6 fd02::1 -n far
    own6 fd02::2 -n end
    ip route add 10.2.0.0/24 via 10.1.0.2
    ip route add fd02::/64 via fd01::2
    ip -n end route add 10.1.0.0/24 via 10.2.0.1
    ip -n end route add fd01::/64 via fd02::1
  `)
})

beforeEach(() => {
  // What earlier tests have learned.
  if (needs.skip === false) sh('ip route flush cache; ip -6 route flush cache')
})

/** Says how long each datagram is that comes to the far end. */
async function receiver(family: string, host: string): Promise<[Peer, number]> {
  const peer = python(
    `s = socket(${family}, SOCK_DGRAM); s.bind(('${host}', 0)); say(s.getsockname()[1])
while True: say(len(s.recv(65536)))`,
    { before: inside('end') },
  )
  return [peer, await peer.number()]
}

const v4 = {
  name: 'IPv4',
  family: AF_INET as IpFamily,
  host: '10.2.0.2',
  router: '10.1.0.2',
  headers: 20 + 8,
  mtu: IP_MTU,
  discover: IP_MTU_DISCOVER,
  always: IP_PMTUDISC_DO,
  want: IP_PMTUDISC_WANT,
  recverr: IP_RECVERR,
}
const v6: typeof v4 = {
  name: 'IPv6',
  family: AF_INET6,
  host: 'fd02::2',
  router: 'fd01::2',
  headers: 40 + 8,
  mtu: IPV6_MTU,
  discover: IPV6_MTU_DISCOVER,
  always: IPV6_PMTUDISC_DO,
  want: IPV6_PMTUDISC_WANT,
  recverr: IPV6_RECVERR,
}

for (const each of [v4, v6])
  for (const { name, of } of ways)
    describe(`over ${each.name}, ${name}`, needs, () => {
      it('a datagram too large for a link on the way is EMSGSIZE, and the MTU is known then', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const sender = of(made)
        const [peer, port] = await receiver(each === v4 ? 'AF_INET' : 'AF_INET6', each.host)
        await using _ = peer
        sender.setsockopt(each.discover, each.always)
        await sender.connect({ host: each.host, port })
        assert.equal(sender.getsockopt(each.mtu), WIDE)
        await assert.rejects(sender.send(Buffer.alloc(WIDE - each.headers + 1)), { code: 'EMSGSIZE' })
        // It fits the first link. The router says that it does not fit the second.
        await sender.send(Buffer.alloc(WIDE - each.headers))
        await assert.rejects(sender.recv(10), { code: 'EMSGSIZE', syscall: 'recv' })
        assert.equal(sender.getsockopt(each.mtu), NARROW)
        await assert.rejects(sender.send(Buffer.alloc(NARROW - each.headers + 1)), { code: 'EMSGSIZE' })
        await sender.send(Buffer.alloc(NARROW - each.headers))
        assert.equal(await peer.number(), NARROW - each.headers)
      })

      it('the error queue has the MTU and the router', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const sender = of(made)
        sender.setsockopt(each.discover, each.always)
        sender.setsockopt(each.recverr, true)
        await sender.connect({ host: each.host, port: 9 })
        await sender.send(Buffer.alloc(WIDE - each.headers))
        const { control } = await sender.recvmsg(2000, { controlSize: 512, flags: MSG_ERRQUEUE })
        const [first] = control
        assert.ok(first?.kind === 'recverr')
        const { errno, info, offender } = first.value
        assert.deepEqual([errno, info, offender?.host], [EMSGSIZE, NARROW, each.router])
      })

      it('where the kernel may cut, everything arrives whole', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const sender = of(made)
        const [peer, port] = await receiver(each === v4 ? 'AF_INET' : 'AF_INET6', each.host)
        await using _ = peer
        sender.setsockopt(each.discover, each.want)
        await sender.connect({ host: each.host, port })
        // The first one is lost to what the router says of it; from then on the kernel cuts as it should.
        await sender.send(Buffer.alloc(WIDE - each.headers))
        await assert.rejects(sender.recv(10), { code: 'EMSGSIZE' })
        await sender.send(Buffer.alloc(WIDE - each.headers))
        assert.equal(await peer.number(), WIDE - each.headers)
        await sender.send(Buffer.alloc(9000))
        assert.equal(await peer.number(), 9000)
      })
    })

describe('IPV6_PATHMTU', needs, () => {
  it('is the MTU of the connected path', async () => {
    using sender = socket(AF_INET6, SOCK_DGRAM)
    await sender.connect({ host: v6.host, port: 9 })
    assert.equal(sender.getsockopt(IPV6_PATHMTU).mtu, WIDE)
  })
})
