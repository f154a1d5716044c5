/** Groups of any source and of chosen ones, on a chosen interface, with python3 as the other member. */
import { inside, link, needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  IP_ADD_MEMBERSHIP,
  IP_ADD_SOURCE_MEMBERSHIP,
  IP_BLOCK_SOURCE,
  IP_DROP_MEMBERSHIP,
  IP_DROP_SOURCE_MEMBERSHIP,
  IP_MSFILTER,
  IP_MULTICAST_ALL,
  IP_MULTICAST_IF,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_PKTINFO,
  IP_UNBLOCK_SOURCE,
  IPV6_JOIN_GROUP,
  IPV6_LEAVE_GROUP,
  IPV6_MULTICAST_ALL,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_RECVPKTINFO,
  ifNametoindex,
  MCAST_BLOCK_SOURCE,
  MCAST_JOIN_GROUP,
  MCAST_JOIN_SOURCE_GROUP,
  MCAST_LEAVE_GROUP,
  MCAST_LEAVE_SOURCE_GROUP,
  MCAST_MSFILTER,
  MCAST_UNBLOCK_SOURCE,
  SO_REUSEADDR,
  SOCK_DGRAM,
  type Socket,
  socket,
} from 'berkeley'
import { needsProgram } from '../../support/needs.js'
import { Several, until } from '../matrix.js'
import { Peer, python } from './peer.js'
import { type Ip, type IpFamily, ways } from './ways.js'

let near = 0

before(() => {
  if (needs.skip !== false) return
  link()
  near = ifNametoindex('near')
  // More sources at the far end.
  sh(`
    ip -n far addr add 10.1.0.3/24 dev far
    ip -n far addr add fd01::3/64 dev far nodad
    own6 fd01::3 -n far
  `)
})

const v4 = {
  name: 'IPv4',
  python: 'AF_INET',
  family: AF_INET as IpFamily,
  own: '10.1.0.1',
  group: '239.1.2.3',
  other: '239.1.2.4',
  sources: ['10.1.0.2', '10.1.0.3'] as readonly [string, string],
  hops: IP_MULTICAST_TTL,
  loop: IP_MULTICAST_LOOP,
  all: IP_MULTICAST_ALL,
  pktinfo: IP_PKTINFO,
  via: (of: Socket<Ip>): void => of.setsockopt(IP_MULTICAST_IF, near),
}
const v6: typeof v4 = {
  name: 'IPv6',
  python: 'AF_INET6',
  family: AF_INET6,
  own: 'fd01::1',
  group: 'ff15::1:3',
  other: 'ff15::1:4',
  sources: ['fd01::2', 'fd01::3'],
  hops: IPV6_MULTICAST_HOPS,
  loop: IPV6_MULTICAST_LOOP,
  all: IPV6_MULTICAST_ALL,
  pktinfo: IPV6_RECVPKTINFO,
  via: (of) => of.setsockopt(IPV6_MULTICAST_IF, near),
}

/** A python3 at the far end that sends what it is told: who from, where to, what. */
const speaker = (each: typeof v4): Peer =>
  python(
    `i = if_nametoindex('far')
while line := hear():
  source, group, port, text = line.split(' ')
  s = socket(${each.python}, SOCK_DGRAM)
  s.bind((source, 0))
  if s.family == AF_INET: s.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inet_aton(source))
  else: s.setsockopt(IPPROTO_IPV6, IPV6_MULTICAST_IF, i)
  s.sendto(text.encode(), (group, int(port)))
  s.close()
  say('sent')`,
    { before: inside('far') },
  )

/** Everybody speaks to the group, one after the other; what has come by the same link behind them came later. */
async function speak(by: Peer, { family, own, sources }: typeof v4, group: string): Promise<void> {
  using end = socket(family, SOCK_DGRAM)
  end.bind({ host: own, port: 0 })
  const words = sources.map((source) => `${source} ${group} ${PORT} ${source}`)
  for (const word of [...words, `${sources[0]} ${own} ${end.getsockname().port} end`]) {
    by.tell(word)
    await by.line()
  }
  await end.recv(10)
}

/** What has come, without waiting. */
function heard<A extends Ip>(by: Socket<A>): string[] {
  const texts: string[] = []
  const timeout = by.gettimeout()
  by.settimeout(0)
  try {
    for (;;) texts.push(`${by.recvSync(100)}`)
  } catch (error) {
    assert.equal((error as { code: string }).code, 'EAGAIN')
  }
  by.settimeout(timeout)
  return texts
}

const PORT = 5007

function member({ family }: typeof v4, port = PORT): Socket<Ip> {
  const made = socket(family, SOCK_DGRAM)
  made.setsockopt(SO_REUSEADDR, true)
  made.bind({ host: '', port })
  return made
}

for (const each of [v4, v6]) {
  const { group, other, own, sources } = each
  const [first, second] = sources

  describe(`a group of ${each.name}`, needs, () => {
    it('is heard by those who joined it on the interface, until they leave', async () => {
      using joined = member(each)
      await using far = speaker(each)
      joined.setsockopt(MCAST_JOIN_GROUP, { group, interface: near })
      await speak(far, each, group)
      assert.deepEqual(heard(joined), sources)
      joined.setsockopt(MCAST_LEAVE_GROUP, { group, interface: near })
      await speak(far, each, group)
      assert.deepEqual(heard(joined), [])
      assert.throws(() => joined.setsockopt(MCAST_LEAVE_GROUP, { group, interface: near }), {
        code: 'EADDRNOTAVAIL',
      })
    })

    it('is heard from one source alone, or from another as well', async () => {
      using joined = member(each)
      await using far = speaker(each)
      joined.setsockopt(MCAST_JOIN_SOURCE_GROUP, { group, source: second, interface: near })
      await speak(far, each, group)
      assert.deepEqual(heard(joined), [second])
      joined.setsockopt(MCAST_JOIN_SOURCE_GROUP, { group, source: first, interface: near })
      await speak(far, each, group)
      assert.deepEqual(heard(joined), [first, second])
      const all = joined.getsockopt(MCAST_MSFILTER, { group, interface: near })
      assert.deepEqual({ ...all, sources: all.sources.toSorted() }, { mode: 'include', sources })
      joined.setsockopt(MCAST_LEAVE_SOURCE_GROUP, { group, source: first, interface: near })
      await speak(far, each, group)
      assert.deepEqual(heard(joined), [second])
    })

    it('is heard without those that are blocked', async () => {
      using joined = member(each)
      await using far = speaker(each)
      joined.setsockopt(MCAST_JOIN_GROUP, { group, interface: near })
      joined.setsockopt(MCAST_BLOCK_SOURCE, { group, source: first, interface: near })
      await speak(far, each, group)
      assert.deepEqual(heard(joined), [second])
      joined.setsockopt(MCAST_UNBLOCK_SOURCE, { group, source: first, interface: near })
      await speak(far, each, group)
      assert.deepEqual(heard(joined), sources)
    })

    it('has all its sources set at once', async () => {
      using joined = member(each)
      await using far = speaker(each)
      joined.setsockopt(MCAST_JOIN_GROUP, { group, interface: near })
      const only = { mode: 'exclude', sources: [second] } as const
      joined.setsockopt(MCAST_MSFILTER, { group, interface: near, ...only })
      assert.deepEqual(joined.getsockopt(MCAST_MSFILTER, { group, interface: near }), only)
      await speak(far, each, group)
      assert.deepEqual(heard(joined), [first])
    })

    it('is heard by every member on the port, and by who has not joined only where _MULTICAST_ALL is on', async () => {
      using several = new Several()
      const members = [1, 2, 3].map(() => several.add(member(each)))
      const [one, two, outsider] = members as [Socket<Ip>, Socket<Ip>, Socket<Ip>]
      await using far = speaker(each)
      one.setsockopt(MCAST_JOIN_GROUP, { group, interface: near })
      two.setsockopt(MCAST_JOIN_GROUP, { group, interface: near })
      await speak(far, each, group)
      assert.deepEqual(
        members.map((each) => heard(each)),
        [sources, sources, sources],
      )
      outsider.setsockopt(each.all, false)
      await speak(far, each, group)
      assert.deepEqual(
        members.map((each) => heard(each)),
        [sources, sources, []],
      )
    })

    it('is told from another one by pktinfo', async () => {
      using joined = member(each)
      await using far = speaker(each)
      joined.setsockopt(each.pktinfo, true)
      for (const to of [group, other]) joined.setsockopt(MCAST_JOIN_GROUP, { group: to, interface: near })
      for (const to of [other, group]) {
        far.tell(`${first} ${to} ${PORT} hello`)
        const { control } = await joined.recvmsg(100, { controlSize: 100 })
        assert.ok(control[0]?.kind === 'pktinfo')
        const { destination, ifindex } = control[0].value
        assert.deepEqual({ destination, ifindex }, { destination: to, ifindex: near })
      }
    })

    for (const { name, of } of ways)
      it(`is spoken to on the interface, with its hops, and comes back unless the loop is off (${name})`, async () => {
        await using far = python(
          `s = socket(${each.python}, SOCK_DGRAM)
s.bind(('', ${PORT}))
i = if_nametoindex('far')
g = inet_pton(s.family, '${group}')
if s.family == AF_INET:
  s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, g + inet_aton('10.1.0.2'))
  s.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
else:
  s.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, g + struct.pack('i', i))
  s.setsockopt(IPPROTO_IPV6, IPV6_RECVHOPLIMIT, 1)
say('joined')
while True:
  data, control, _, address = s.recvmsg(100, 100)
  say(json.dumps([data.decode(), address[0], struct.unpack('i', control[0][2])[0]]))`,
          { before: inside('far') },
        )
        using joined = member(each)
        joined.setsockopt(MCAST_JOIN_GROUP, { group, interface: near })
        using made = socket(each.family, SOCK_DGRAM)
        const sender = of(made)
        each.via(made)
        const address = { host: group, port: PORT }
        assert.equal(await far.line(), 'joined')
        await sender.sendto('one', address)
        assert.deepEqual(await far.json(), ['one', own, 1])
        sender.setsockopt(each.hops, 5)
        sender.setsockopt(each.loop, false)
        await sender.sendto('two', address)
        assert.deepEqual(await far.json(), ['two', own, 5])
        assert.deepEqual(heard(joined), ['one'])
      })
  })
}

describe('IPv4’s own options for groups', needs, () => {
  const { group } = v4
  const [first, second] = v4.sources
  const via = { group, interface: '10.1.0.1' }

  it('join and leave by the interface’s address or index', async () => {
    using joined = socket(AF_INET, SOCK_DGRAM)
    joined.bind({ host: '', port: PORT })
    await using far = speaker(v4)
    for (const membership of [via, { group, interface: near }]) {
      joined.setsockopt(IP_ADD_MEMBERSHIP, membership)
      await speak(far, v4, group)
      assert.deepEqual(heard(joined), v4.sources)
      joined.setsockopt(IP_DROP_MEMBERSHIP, membership)
      await speak(far, v4, group)
      assert.deepEqual(heard(joined), [])
    }
  })

  it('add, drop, block and unblock sources, and tell of all', async () => {
    using joined = member(v4)
    await using far = speaker(v4)
    joined.setsockopt(IP_ADD_SOURCE_MEMBERSHIP, { ...via, source: first })
    await speak(far, v4, group)
    assert.deepEqual(heard(joined), [first])
    assert.deepEqual(joined.getsockopt(IP_MSFILTER, via), { mode: 'include', sources: [first] })
    joined.setsockopt(IP_DROP_SOURCE_MEMBERSHIP, { ...via, source: first })

    joined.setsockopt(IP_ADD_MEMBERSHIP, via)
    joined.setsockopt(IP_BLOCK_SOURCE, { ...via, source: second })
    await speak(far, v4, group)
    assert.deepEqual(heard(joined), [first])
    joined.setsockopt(IP_UNBLOCK_SOURCE, { ...via, source: second })
    joined.setsockopt(IP_MSFILTER, { ...via, mode: 'include', sources: [second] })
    await speak(far, v4, group)
    assert.deepEqual(heard(joined), [second])
  })
})

describe('IPv6’s own options for groups', needs, () => {
  it('join and leave', async () => {
    using joined = member(v6)
    await using far = speaker(v6)
    joined.setsockopt(IPV6_JOIN_GROUP, { group: v6.group, interface: near })
    await speak(far, v6, v6.group)
    assert.deepEqual(heard(joined), v6.sources)
    joined.setsockopt(IPV6_LEAVE_GROUP, { group: v6.group, interface: near })
    await speak(far, v6, v6.group)
    assert.deepEqual(heard(joined), [])
  })

  it('of the link alone want the interface in the address', async () => {
    using joined = member(v6)
    await using far = speaker(v6)
    joined.setsockopt(IPV6_JOIN_GROUP, { group: 'ff12::7', interface: near })
    far.tell(`fd01::2 ff12::7 ${PORT} link`)
    const [data, from] = await joined.recvfrom(100)
    assert.deepEqual([`${data}`, from?.host], ['link', 'fd01::2'])
    using sender = socket(AF_INET6, SOCK_DGRAM)
    await sender.sendto('by name', { host: 'ff12::7%near', port: PORT })
    assert.equal(`${await joined.recv(100)}`, 'by name')
  })
})

describe('socat as a member', { skip: needs.skip || needsProgram('socat').skip }, () => {
  it('hears what is sent to the group', async () => {
    const membership = `ip-add-membership=${v4.group}:10.1.0.2`
    await using far = new Peer([...inside('far'), 'socat', '-u', `UDP4-RECV:${PORT},${membership}`, 'STDOUT'])
    // It says nothing of itself: the kernel's list does.
    await until(() => sh('ip -n far maddr show dev far').includes(v4.group), 'a member')
    using sender = socket(AF_INET, SOCK_DGRAM)
    sender.setsockopt(IP_MULTICAST_IF, '10.1.0.1')
    await sender.sendto('hello, socat\n', { host: v4.group, port: PORT })
    assert.equal(await far.line(), 'hello, socat')
  })
})
