/** Routes and rules beside ip(8): what one makes, the other sees. */
import { needs, sh } from '../usage/namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as k from 'berkeley'
import { Rtnetlink } from 'berkeley/netlink'
import { ip, type Json, one, pick } from './ip.js'

const V4 = { family: k.AF_INET }

describe('routes and rules', needs, () => {
  let rt: Rtnetlink
  before(() => {
    sh(`
      ip link add one type veth peer name two
      ip link set one up; ip link set two up
      ip addr add 10.9.0.1/24 dev one
      ip addr add fd09::1/64 dev one nodad
    `)
    rt = new Rtnetlink()
  })
  after(() => rt?.close())
  const indexOf = async (ifname: string): Promise<number> => (await rt.links.get({ ifname })).ifindex

  describe('routes', () => {
    /** A route as ip prints it. */
    const printed = async (filter: object): Promise<object[]> => {
      const links = await rt.links.list()
      const dev = (index: number | undefined): string | undefined =>
        links.find(({ ifindex }) => ifindex === index)?.ifname
      const types = [
        'unspec',
        'unicast',
        'local',
        'broadcast',
        'anycast',
        'multicast',
        'blackhole',
        'unreachable',
      ]
      const protocols: Readonly<Record<number, string>> = { 2: 'kernel', 3: 'boot', 4: 'static' }
      const whole = (family: number): number => (family === k.AF_INET ? 32 : 128)
      return (await rt.routes.list(filter)).map((each) => ({
        type: types[each.type],
        dst:
          each.dst === undefined
            ? 'default'
            : each.dstLen === whole(each.family)
              ? each.dst
              : `${each.dst}/${each.dstLen}`,
        protocol: protocols[each.protocol],
        ...(each.gateway === undefined ? {} : { gateway: each.gateway }),
        ...(each.via === undefined
          ? {}
          : { via: { family: each.via.family === 10 ? 'inet6' : 'inet', host: each.via.host } }),
        ...(each.oif === undefined ? {} : { dev: dev(each.oif) }),
        ...(each.prefsrc === undefined ? {} : { prefsrc: each.prefsrc }),
        ...(each.priority === undefined ? {} : { metric: each.priority }),
        ...(each.metrics?.mtu === undefined
          ? {}
          : { metrics: [{ mtu: each.metrics.mtu, advmss: each.metrics.advmss }] }),
        ...(each.multipath === undefined
          ? {}
          : {
              nexthops: each.multipath.map((hop) => ({
                ...(hop.gateway === undefined ? {} : { gateway: hop.gateway }),
                dev: dev(hop.ifindex),
                weight: hop.weight,
              })),
            }),
      }))
    }
    const same = (mine: readonly object[], listed: readonly Json[]): void => {
      assert.ok(mine.length > 0)
      const trimmed = listed.map((each, i) => {
        const { nexthops, ...rest } = pick(each, mine[i] ?? {}) as { nexthops?: Json[] }
        const hops = nexthops?.map(({ flags: _, ...hop }) => hop)
        return hops === undefined ? rest : { ...rest, nexthops: hops }
      })
      assert.deepEqual(mine, trimmed)
    }

    it('of ip are read as ip reads them, v4 and v6', async () => {
      sh(`
        ip route add default via 10.9.0.254 dev one metric 50
        ip route add 10.50.0.0/16 via 10.9.0.2 dev one src 10.9.0.1 mtu 1234 advmss 1000 proto static
        ip route add blackhole 10.51.0.0/16 metric 9
        ip route add unreachable 10.52.0.1
        ip route add 10.53.0.0/16 nexthop via 10.9.0.3 dev one weight 3 nexthop via 10.9.0.4 dev one weight 256
        ip route add 10.54.0.0/16 via inet6 fd09::2 dev one
        ip -6 route add fd50::/32 via fd09::2 dev one metric 77
        ip -6 route add blackhole fd51::/32
        ip -6 route add fd53::/32 nexthop via fd09::3 dev one weight 2 nexthop via fd09::4 dev one
        ip route add 10.55.0.0/16 dev one table 1000
      `)
      same(await printed({ ...V4, table: k.RT_TABLE_MAIN }), ip('-4 route'))
      same(await printed({ family: k.AF_INET6, table: k.RT_TABLE_MAIN }), ip('-6 route'))
      same(await printed({ ...V4, table: 1000 }), ip('-4 route show table 1000'))
      const all = await rt.routes.list()
      for (const { unknown } of all) assert.equal(unknown, undefined)
      assert.ok(all.some(({ table }) => table === 1000))
      assert.deepEqual(
        all.filter(({ family }) => family === k.AF_INET).length,
        ip('-4 route show table all').length,
      )
    })

    it('made here are those that ip sees', async () => {
      const oif = await indexOf('one')
      const table = 2000
      const hops = [
        { ifindex: oif, gateway: '10.9.0.7', weight: 5 },
        { ifindex: oif, gateway: '10.9.0.8' },
      ]
      await rt.routes.add({ ...V4, table, gateway: '10.9.0.9' })
      await rt.routes.add({
        table,
        dst: '10.60.0.0',
        dstLen: 16,
        oif,
        priority: 5,
        metrics: { mtu: 1300, advmss: 900 },
      })
      await rt.routes.add({ table, dst: '10.61.0.0', dstLen: 16, multipath: hops })
      await rt.routes.add({ table, dst: '10.62.0.0', dstLen: 16, type: k.RTN_BLACKHOLE })
      await rt.routes.add({
        table,
        dst: '10.63.0.0',
        dstLen: 16,
        oif,
        via: { family: k.AF_INET6, host: 'fd09::5' },
      })
      await rt.routes.add({ table, dst: '10.64.0.1', oif })
      await rt.routes.add({ table, dst: 'fd60::', dstLen: 32, gateway: 'fd09::5', oif })
      await rt.routes.add({
        table,
        dst: 'fd61::',
        dstLen: 32,
        multipath: hops.map((hop, i) => ({ ...hop, gateway: `fd09::${i + 7}` })),
      })
      await rt.routes.add({ table, dst: 'fd62::', dstLen: 32, type: k.RTN_BLACKHOLE })
      const four = ip(`-4 route show table ${table}`)
      const six = ip(`-6 route show table ${table}`)
      same(await printed({ ...V4, table }), four)
      same(await printed({ family: k.AF_INET6, table }), six)
      const of = (dst: string): Json => [...four, ...six].find((each) => each.dst === dst) as Json
      assert.deepEqual(pick(of('default'), { gateway: 0, dev: 0, protocol: 0, type: 0 }), {
        ...{ gateway: '10.9.0.9', dev: 'one', protocol: 'static', type: 'unicast' },
      })
      assert.deepEqual(pick(of('10.60.0.0/16'), { dev: 0, metric: 0, metrics: 0, scope: 0 }), {
        ...{ dev: 'one', metric: 5, metrics: [{ mtu: 1300, advmss: 900 }], scope: 'link' },
      })
      for (const [dst, gateways] of [
        ['10.61.0.0/16', ['10.9.0.7', '10.9.0.8']],
        ['fd61::/32', ['fd09::7', 'fd09::8']],
      ] as const)
        assert.deepEqual(
          (of(dst).nexthops as Json[]).map((hop) => pick(hop, { gateway: 0, dev: 0, weight: 0 })),
          gateways.map((gateway, i) => ({ gateway, dev: 'one', weight: i === 0 ? 5 : 1 })),
        )
      assert.equal(of('10.62.0.0/16').type, 'blackhole')
      assert.equal(of('fd62::/32').type, 'blackhole')
      assert.deepEqual(of('10.63.0.0/16').via, { family: 'inet6', host: 'fd09::5' })
      assert.equal(of('10.64.0.1').dev, 'one')

      await rt.routes.set({ table, dst: '10.60.0.0', dstLen: 16, gateway: '10.9.0.77', priority: 5 })
      assert.equal(ip(`route show table ${table} 10.60.0.0/16`)[0]?.gateway, '10.9.0.77')
      await rt.routes.delete({ table, dst: '10.60.0.0', dstLen: 16 })
      await rt.routes.delete({ table, dst: 'fd61::', dstLen: 32 })
      assert.deepEqual(ip(`route show table ${table} 10.60.0.0/16`), [])
      assert.deepEqual(ip(`-6 route show table ${table} fd61::/32`), [])
      await assert.rejects(rt.routes.delete({ table, dst: '10.60.0.0', dstLen: 16 }), { code: 'ESRCH' })
    })

    it('tell the way to an address, as ip route get', async () => {
      const found = await rt.routes.get({ dst: '10.50.3.4' })
      const there = one('route get 10.50.3.4')
      assert.deepEqual(
        { dst: found.dst, gateway: found.gateway, prefsrc: found.prefsrc },
        pick(there, { dst: 0, gateway: 0, prefsrc: 0 }),
      )
      assert.equal((await rt.routes.get({ dst: '127.0.0.1' })).type, k.RTN_LOCAL)
      await assert.rejects(rt.routes.get({ dst: '10.51.0.1' }), { name: 'NetlinkError' })
    })
  })

  describe('rules', () => {
    it('of ip are read, and made here seen by ip', async () => {
      sh(`
        ip rule add from 10.1.0.0/16 to 10.2.0.1 iif lo oif one fwmark 0x10/0xff table 100 pref 500
        ip rule add uidrange 5-6 ipproto tcp dport 80-90 blackhole pref 501
        ip -6 rule add from fd00::/8 lookup main suppress_prefixlength 0 pref 502
      `)
      await rt.rules.add({ src: '10.3.0.0', srcLen: 16, table: 3000, priority: 600 })
      await rt.rules.add({
        ...V4,
        priority: 601,
        ipProto: k.IPPROTO_UDP,
        sportRange: { start: 1, end: 5 },
        action: k.FR_ACT_UNREACHABLE,
        table: 0,
      })
      await rt.rules.add({
        family: k.AF_INET6,
        priority: 602,
        fwmark: 7,
        fwmask: 0xff,
        table: 99,
        iifname: 'one',
      })
      const four = await rt.rules.list(V4)
      const six = await rt.rules.list({ family: k.AF_INET6 })
      for (const { unknown } of [...four, ...six]) assert.equal(unknown, undefined)
      const print = (rules: typeof four): object[] =>
        rules.map((each) => ({
          priority: each.priority ?? 0,
          src: each.src ?? 'all',
          ...(each.srcLen === 0 || each.srcLen === 32 ? {} : { srclen: each.srcLen }),
          ...(each.dst === undefined ? {} : { dst: each.dst }),
          ...(each.iifname === undefined ? {} : { iif: each.iifname }),
          ...(each.oifname === undefined ? {} : { oif: each.oifname }),
          ...(each.fwmark === undefined ? {} : { fwmark: `0x${each.fwmark.toString(16)}` }),
          ...(each.uidRange === undefined
            ? {}
            : { uid_start: each.uidRange.start, uid_end: each.uidRange.end }),
          ...(each.sportRange === undefined
            ? {}
            : { sport_start: each.sportRange.start, sport_end: each.sportRange.end }),
          ...(each.dportRange === undefined
            ? {}
            : { dport_start: each.dportRange.start, dport_end: each.dportRange.end }),
        }))
      for (const [mine, listed] of [
        [print(four), ip('rule')],
        [print(six), ip('-6 rule')],
      ] as const)
        assert.deepEqual(
          mine,
          listed.map((each, i) => pick(each, mine[i] as object)),
        )
      const listed = ip('rule')
      const of = (priority: number): Json => listed.find((each) => each.priority === priority) as Json
      assert.deepEqual(pick(of(600), { src: 0, srclen: 0, table: 0 }), {
        src: '10.3.0.0',
        srclen: 16,
        table: '3000',
      })
      assert.equal(of(601).action, 'unreachable')
      assert.deepEqual(four.find(({ priority }) => priority === 500)?.table, 100)
      assert.deepEqual(six.find(({ priority }) => priority === 502)?.suppressPrefixlen, 0)
      for (const priority of [600, 601]) await rt.rules.delete({ ...V4, priority })
      await rt.rules.delete({ family: k.AF_INET6, priority: 602 })
      const left = [...ip('rule'), ...ip('-6 rule')].map(({ priority }) => priority)
      assert.ok(![600, 601, 602].some((priority) => left.includes(priority)))
      await assert.rejects(rt.rules.delete({ ...V4, priority: 600 }), { code: 'ENOENT' })
    })
  })
})
