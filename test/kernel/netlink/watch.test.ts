/** What is heard while ip(8) changes things, what is lost, and lists that change while they are made. */
import { needs, sh } from '../usage/namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { describe, it } from 'node:test'
import {
  AF_INET,
  DecodeError,
  IFF_UP,
  NETLINK_ROUTE,
  NLM_F_DUMP_INTR,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTM_NEWROUTE,
  RTN_BLACKHOLE,
  RTNLGRP_LINK,
} from 'berkeley'
import {
  type Change,
  type InterfaceChange,
  NetlinkConnection,
  type NetlinkError,
  type Route,
  Rtnetlink,
  Subscription,
  watchInterfaces,
} from 'berkeley/netlink'

/** Steps until `until` says that it is enough. */
async function hear<T>(
  from: AsyncIterableIterator<T>,
  until: (heard: readonly T[]) => boolean,
): Promise<T[]> {
  const heard: T[] = []
  while (!until(heard)) {
    const { done, value } = await from.next()
    assert.ok(done !== true, 'ended')
    heard.push(value)
  }
  return heard
}

describe('watching', needs, () => {
  it('tells of links, routes, neighbours and rules that ip makes and takes away', async () => {
    using rt = new Rtnetlink()
    using links = rt.links.watch()
    using routes = rt.routes.watch()
    using neighbours = rt.neighbours.watch()
    using rules = rt.rules.watch()
    sh(`
      ip link add heard type veth peer name heard2
      ip link set heard up
      ip neigh add 10.1.1.1 lladdr 02:00:00:00:00:01 dev heard
      ip route add blackhole 10.99.0.0/16
      ip route del blackhole 10.99.0.0/16
      ip rule add pref 99 table 9
      ip rule del pref 99
      ip link del heard
    `)
    const ofHeard = await hear(links, (all) =>
      all.some((each) => each.event === 'delete' && each.value.ifname === 'heard'),
    )
    assert.ok(ofHeard.some((each) => each.event === 'new' && each.value.flags & IFF_UP))
    const isBlackhole = (each: Change<Route> | undefined): boolean =>
      each?.event !== 'lost' && each?.value.type === RTN_BLACKHOLE
    const gone = await hear(routes, (all) => isBlackhole(all.at(-1)) && all.at(-1)?.event === 'delete')
    const [made] = gone.filter(isBlackhole)
    assert.ok(made?.event === 'new')
    assert.deepEqual([made.value.dst, made.value.dstLen], ['10.99.0.0', 16])
    const [neighbour] = (
      await hear(neighbours, (all) =>
        all.some((each) => each.event === 'new' && each.value.dst === '10.1.1.1'),
      )
    ).slice(-1)
    assert.ok(neighbour?.event === 'new' && neighbour.value.lladdr === '02:00:00:00:00:01')
    assert.deepEqual(
      (await hear(rules, (all) => all.length === 2)).map((each) => [
        each.event,
        each.event === 'lost' ? 0 : each.value.priority,
      ]),
      [
        ['new', 99],
        ['delete', 99],
      ],
    )
  })

  it('ends by break, by close and by the signal', async () => {
    using rt = new Rtnetlink()
    const one = rt.links.watch()
    sh('ip link add short type veth peer name short2')
    for await (const { event } of one) {
      assert.equal(event, 'new')
      break
    }
    assert.deepEqual(await one.next(), { done: true, value: undefined })
    const two = rt.links.watch()
    const pending = two.next()
    two.close()
    assert.deepEqual(await pending, { done: true, value: undefined })
    const abort = new AbortController()
    const three = rt.links.watch({ signal: abort.signal })
    const waiting = three.next()
    abort.abort(new Error('enough'))
    await assert.rejects(waiting, /enough/)
    assert.deepEqual(await three.next(), { done: true, value: undefined })
    sh('ip link del short')
  })

  it('ends by what cannot be read, and leaves nothing open', async () => {
    const watch = new Subscription(NETLINK_ROUTE, [RTNLGRP_LINK], () => {
      throw new DecodeError('ERR_MALFORMED', 'link', 0)
    })
    const waiting = watch.next()
    sh('ip link add bad0 type veth peer name bad1; ip link del bad0')
    await assert.rejects(waiting, { code: 'ERR_MALFORMED' })
    assert.deepEqual(await watch.next(), { done: true, value: undefined })
    assert.throws(() => new Subscription(NETLINK_ROUTE, [9999], () => undefined), { code: 'EINVAL' })
    assert.throws(() => new NetlinkConnection(200), { code: 'EPROTONOSUPPORT' })
  })

  it('says that messages were lost, and goes on', async () => {
    using rt = new Rtnetlink()
    using watch = rt.routes.watch({ rcvbuf: 2048 })
    sh(`
      for i in $(seq 0 255); do echo "route add blackhole 10.20.$i.0/24"; done | ip -batch -
    `)
    const heard = await hear(watch, (all) => all.at(-1)?.event === 'lost')
    assert.ok(heard.length < 256, `${heard.length}`)
    // What had room comes first. Until it is read there is no room for more.
    let isHeard = false
    const later = hear(watch, (all) => {
      const last = all.at(-1)
      isHeard = last !== undefined && last.event === 'new' && last.value.dst?.startsWith('10.21.') === true
      return isHeard
    })
    for (let i = 0; !isHeard; i++) {
      assert.ok(i < 250, 'nothing more is heard')
      await rt.routes.add({ dst: `10.21.${i}.0`, dstLen: 24, type: RTN_BLACKHOLE })
    }
    await later
  })
})

describe('watchInterfaces', needs, () => {
  const told = (change: InterfaceChange): string =>
    change.kind === 'lost'
      ? 'lost'
      : change.kind === 'link'
        ? `${change.event} ${change.value.ifname}`
        : `${change.event} ${change.value.local ?? change.value.address}/${change.value.prefixlen}`

  it('gives links and addresses that come, change and go', async () => {
    using watch = watchInterfaces()
    const first = watch.next()
    sh(`
      ip link add w0 type veth peer name w1
      ip link set w0 mtu 1400
      ip addr add 10.40.0.1/24 dev w0
      ip addr add fd40::1/64 dev w0 nodad
      ip addr del 10.40.0.1/24 dev w0
      ip link del w0
    `)
    const { value } = await first
    const all = [
      value as InterfaceChange,
      ...(await hear(
        watch,
        (heard) => heard.map(told).filter((each) => /removed w[01]/.test(each)).length === 2,
      )),
    ]
    const lines = all.map(told)
    for (const line of [
      ...['added w0', 'added w1', 'changed w0', 'added 10.40.0.1/24', 'removed 10.40.0.1/24'],
      ...['removed w0', 'removed w1'],
    ])
      assert.equal(lines.filter((each) => each === line).length > 0, true, `${line} in ${lines}`)
    const changed = all.find(
      (each) => each.event === 'changed' && each.kind === 'link' && each.value.mtu === 1400,
    )
    assert.ok(changed?.event === 'changed' && changed.kind === 'link')
    assert.equal(changed.before.mtu, 1500)
    assert.equal(lines.filter((line) => line === 'added w0').length, 1)
  })

  it('begins with what is there, if it is wanted', async () => {
    using watch = watchInterfaces({ initial: true })
    const lines = (await hear(watch, (all) => all.some((each) => told(each) === 'added ::1/128'))).map(told)
    assert.deepEqual([lines.includes('added lo'), lines.includes('added 127.0.0.1/8')], [true, true])
  })

  it('is whole again after a loss', async () => {
    sh('ip link add l0 type veth peer name l1')
    using watch = watchInterfaces({ rcvbuf: 2048 })
    // What is there has been taken up before anything is lost.
    const first = watch.next()
    sh('ip link set l0 mtu 1300')
    await first
    sh(`
      for i in $(seq 1 200); do echo "addr add 10.41.0.$i/32 dev l0"; done | ip -batch -
      ip link del l0
    `)
    const lines = (
      await hear(
        watch,
        (all) =>
          all.map(told).some((line) => line === 'removed l0') && all.some(({ kind }) => kind === 'lost'),
      )
    ).map(told)
    assert.ok(lines.includes('lost'))
    const left = new Set<string>()
    for (const line of lines) {
      const [event, name] = line.split(' ') as [string, string]
      if (event === 'added') left.add(name)
      if (event === 'removed') left.delete(name)
    }
    assert.deepEqual(
      [...left].filter((name) => name.startsWith('10.41.') || name === 'l0'),
      [],
    )
  })
})

describe('a list', needs, () => {
  it('is whole while another process changes the table', async () => {
    // Routes that stay, and others that come and go all the while.
    sh(`
      for i in $(seq 0 255); do for j in 1 2 3 4; do echo "route add blackhole 10.3$j.$i.0/24 table 500"; done; done | ip -batch -
    `)
    const churn = spawn(
      'sh',
      [
        '-c',
        'while :; do for i in 1 2 3 4 5 6 7 8; do echo "route add blackhole 10.3$i.7.77/32 table 500"; echo "route del blackhole 10.3$i.7.77/32 table 500"; done; done | ip -batch -',
      ],
      { stdio: 'ignore', detached: true },
    )
    try {
      using rt = new Rtnetlink()
      for (let round = 0; round < 30; round++) {
        const found = await rt.routes.list({ family: AF_INET, table: 500 })
        const names = found.map(({ dst, dstLen }) => `${dst}/${dstLen}`)
        assert.equal(new Set(names).size, names.length, 'one twice')
        assert.equal(names.filter((name) => name.endsWith('/24')).length, 1024)
      }
      const links = await Promise.all(Array.from({ length: 20 }, () => rt.links.list()))
      for (const each of links)
        assert.deepEqual(
          each.map(({ ifname }) => ifname),
          links[0]?.map(({ ifname }) => ifname),
        )
    } finally {
      process.kill(-(churn.pid as number), 'SIGKILL')
      await once(churn, 'exit')
    }
  })

  it('is asked anew when the kernel says that it was changed meanwhile', async () => {
    // Links are counted by a number that a change raises, which every datagram of a dump is compared with.
    sh('for i in $(seq 1 150); do echo "link add many$i type veth peer name more$i"; done | ip -batch -')
    using rt = new Rtnetlink()
    using changer = new Rtnetlink()
    let change = true
    const churn = (async () => {
      for (let i = 0; change; i++) {
        await changer.links.add({ ifname: `come${i % 3}`, linkinfo: { infoKind: 'bridge' } })
        await changer.links.delete({ ifname: `come${i % 3}` })
      }
    })()
    try {
      for (let round = 0; round < 20; round++) {
        const raw = await rt.connection.dump({ type: RTM_GETLINK, body: new Uint8Array(16) })
        assert.equal(
          raw.some(({ flags }) => flags & NLM_F_DUMP_INTR),
          false,
        )
        const names = (await rt.links.list()).map(({ ifname }) => ifname)
        assert.equal(new Set(names).size, names.length)
        assert.equal(names.filter((name) => /^(?:many|more)/.test(name ?? '')).length, 300)
      }
    } finally {
      change = false
      await churn
    }
    sh('for i in $(seq 1 150); do echo "link del many$i"; done | ip -batch -')
  })
})

describe('a connection', needs, () => {
  it('tells what the kernel says of a refusal', async () => {
    using rt = new Rtnetlink()
    const refused = async (act: Promise<unknown>): Promise<NetlinkError> => {
      const error = await act.then(
        () => assert.fail('not refused'),
        (error: unknown) => error,
      )
      assert.equal((error as Error).name, 'NetlinkError')
      return error as NetlinkError
    }
    const strange = await refused(rt.links.list({ ifindex: 1 }))
    assert.deepEqual([strange.code, strange.syscall], ['EINVAL', 'RTM_GETLINK'])
    assert.ok((strange.extack.message ?? '').length > 5)
    assert.ok(strange.message.includes(strange.extack.message as string))
    const long = await refused(rt.links.set({ ifname: 'lo', mtu: 0xffffffff }))
    assert.deepEqual([long.code, long.sequence > 0], ['EINVAL', true])
    const none = await refused(rt.routes.add({ dst: '10.1.0.0', dstLen: 16, gateway: '203.0.113.1' }))
    assert.equal(none.code, 'ENETUNREACH')
    const place = await refused(rt.addresses.add({ ifindex: 1, local: '10.0.0.1', prefixlen: 77 }))
    assert.equal(place.code, 'EINVAL')
    assert.equal((await refused(rt.links.get({ ifname: 'nobody' }))).code, 'ENODEV')
  })

  it('points at the attribute that is wrong', async () => {
    using connection = new NetlinkConnection(NETLINK_ROUTE)
    // rtmsg, and an RTA_DST of the wrong length behind an RTA_PRIORITY.
    const body = Buffer.alloc(12 + 8 + 8)
    body[0] = AF_INET
    body.set([8, 0, 6, 0, 1, 0, 0, 0, 7, 0, 1, 0, 10, 0, 0], 12)
    await assert.rejects(connection.request({ type: RTM_NEWROUTE, body }), (error: NetlinkError) => {
      assert.equal(error.extack.offset, 16 + 12 + 8)
      return error.code === 'EINVAL' || error.code === 'ERANGE'
    })
  })

  it('answers those who asked at once each with their own, and goes on after one gave up', async () => {
    using connection = new NetlinkConnection(NETLINK_ROUTE)
    const header = new Uint8Array(16)
    const abort = new AbortController()
    const asked = [
      connection.dump({ type: RTM_GETLINK, body: header }),
      connection.dump({ type: RTM_GETLINK, body: header }, { signal: abort.signal }),
      connection.request({ type: 9999 }),
      connection.dump({ type: RTM_GETLINK, body: header }),
    ]
    abort.abort()
    const all = await Promise.allSettled(asked)
    assert.deepEqual(
      all.map(({ status }) => status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    )
    // Given up in the middle: the answers that are left are nobody's.
    for (let i = 0; i < 5; i++) {
      const late = new AbortController()
      const given = connection.dump({ type: RTM_GETLINK, body: header }, { signal: late.signal })
      queueMicrotask(() => queueMicrotask(() => queueMicrotask(() => late.abort())))
      await given.catch(() => {})
      const found = await connection.dump({ type: RTM_GETLINK, body: header })
      assert.ok(found.every(({ type }) => type === RTM_NEWLINK))
      assert.equal(found.length, (JSON.parse(sh('ip -j link')) as []).length)
    }
    const pending = connection.dump({ type: RTM_GETLINK, body: header })
    connection.close()
    await assert.rejects(pending, { code: /ECANCELED|EBADF/ } as never)
  })
})
