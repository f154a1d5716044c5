/** rtnetlink beside ip(8), which has code of its own: what one makes, the other sees, field by field. */
import { needs, sh } from '../usage/namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as k from 'berkeley'
import { type Link, Rtnetlink } from 'berkeley/netlink'
import { ip, type Json, one, pick } from './ip.js'

/** ip leaves out the zeros of a bridge's identifier. */
const unpadded = (id = ''): string => id.replace(/\b0(?=[0-9a-f]\b)/g, '')
/** What ip prints for numbers. */
const OPERSTATES = ['UNKNOWN', 'NOTPRESENT', 'DOWN', 'LOWERLAYERDOWN', 'TESTING', 'DORMANT', 'UP']
// It has NO-CARRIER for what is up and not running.
const flagsOf = (flags: number): string[] =>
  Object.entries(k)
    .filter(
      ([name, value]) =>
        /^IFF_(?!RUNNING)[A-Z_]+$/.test(name) && typeof value === 'number' && value < 0x40000,
    )
    .filter(([, value]) => flags & (value as number))
    .map(([name]) => name.slice(4))

/** A link as ip prints it. */
function asIp(link: Link, all: readonly Link[]): Json {
  const nameOf = (index: number | undefined): string | undefined =>
    all.find(({ ifindex }) => ifindex === index)?.ifname
  return {
    ifindex: link.ifindex,
    ifname: link.ifname,
    mtu: link.mtu,
    qdisc: link.qdisc,
    operstate: OPERSTATES[link.operstate ?? 0],
    group: link.group === 0 ? 'default' : String(link.group),
    address: link.address,
    broadcast: link.broadcast,
    promiscuity: link.promiscuity,
    min_mtu: link.minMtu,
    max_mtu: link.maxMtu,
    num_tx_queues: link.numTxQueues,
    num_rx_queues: link.numRxQueues,
    gso_max_size: link.gsoMaxSize,
    gso_max_segs: link.gsoMaxSegs,
    ...(link.txqlen === undefined ? {} : { txqlen: link.txqlen }),
    ...(link.master === undefined ? {} : { master: nameOf(link.master) }),
    ...(link.ifalias === undefined ? {} : { ifalias: link.ifalias }),
    ...(link.propList === undefined ? {} : { altnames: link.propList }),
  }
}

describe('rtnetlink', needs, () => {
  let rt: Rtnetlink
  before(() => {
    rt = new Rtnetlink()
  })
  after(() => rt?.close())
  const indexOf = async (ifname: string): Promise<number> => (await rt.links.get({ ifname })).ifindex

  describe('links', () => {
    it('of every kind that ip made are read as ip reads them', async () => {
      sh(`
        ip link add one type veth peer name two
        ip link set one up; ip link set two up
        ip link set one alias 'the first' group 7 txqueuelen 77
        ip link property add dev one altname another-name altname third
        ip link add bridged type bridge forward_delay 400
        ip link set two master bridged
        ip link add far type vxlan id 42 dstport 4789 remote 192.0.2.1 ttl 9
        ip link add mac link one type macvlan mode bridge
        ip tuntap add tapped mode tap multi_queue
      `)
      const links = await rt.links.list()
      const listed = ip('link')
      assert.ok(listed.length >= 7)
      assert.deepEqual(
        links.map((link) => asIp(link, links)),
        listed.map((each, i) => pick(each, asIp(links[i] as Link, links))),
      )
      for (const [i, link] of links.entries()) {
        const there = (listed[i] as { flags: string[] }).flags.filter((flag) => flag !== 'NO-CARRIER')
        assert.deepEqual([...flagsOf(link.flags)].sort(), [...there].sort(), link.ifname)
      }
      const byName = (name: string): Link => links.find(({ ifname }) => ifname === name) as Link
      const info = (name: string): { info_kind: string; info_data: Json; info_slave_data: Json } =>
        (listed.find(({ ifname }) => ifname === name) as { linkinfo: never }).linkinfo
      for (const [name, kind] of [
        ['one', 'veth'],
        ['bridged', 'bridge'],
        ['far', 'vxlan'],
        ['mac', 'macvlan'],
        ['tapped', 'tun'],
      ] as const) {
        assert.equal(byName(name).linkinfo?.infoKind, kind)
        assert.equal(info(name).info_kind, kind)
        // Nothing of it is unknown to the tables, but what newer kernels may have.
        const unknown = byName(name).linkinfo?.infoData?.unknown ?? []
        assert.deepEqual(
          unknown.filter(({ type }) => name !== 'far' || type <= k.IFLA_VXLAN_MAX),
          [],
          name,
        )
      }
      const bridge = byName('bridged').linkinfo?.infoData
      const there = info('bridged').info_data
      assert.deepEqual(
        {
          forward_delay: bridge?.forwardDelay,
          hello_time: bridge?.helloTime,
          max_age: bridge?.maxAge,
          ageing_time: bridge?.ageingTime,
          priority: bridge?.priority,
          vlan_filtering: bridge?.vlanFiltering,
          bridge_id: unpadded(bridge?.bridgeId),
          root_id: unpadded(bridge?.rootId),
          group_addr: bridge?.groupAddr,
          mcast_hash_max: bridge?.mcastHashMax,
          mcast_querier_intvl: bridge?.mcastQuerierIntvl,
          mcast_query_intvl: bridge?.mcastQueryIntvl,
        },
        pick(there, {
          ...{ forward_delay: 0, hello_time: 0, max_age: 0, ageing_time: 0, priority: 0, vlan_filtering: 0 },
          ...{ bridge_id: 0, root_id: 0, group_addr: 0, mcast_hash_max: 0, mcast_querier_intvl: 0 },
          ...{ mcast_query_intvl: 0 },
        }),
      )
      const port = byName('two').linkinfo?.infoSlaveData
      assert.deepEqual(
        { cost: port?.cost, priority: port?.priority, root_id: unpadded(port?.rootId) },
        pick(info('two').info_slave_data, { cost: 0, priority: 0, root_id: 0 }),
      )
      const vxlan = byName('far').linkinfo?.infoData
      assert.deepEqual(
        { id: vxlan?.id, remote: vxlan?.group, port: vxlan?.port, ttl: vxlan?.ttl, ageing: vxlan?.ageing },
        pick(info('far').info_data, { id: 0, remote: 0, port: 0, ttl: 0, ageing: 0 }),
      )
      const tap = byName('tapped').linkinfo?.infoData
      assert.deepEqual(
        { type: tap?.type, multiQueue: tap?.multiQueue, persist: tap?.persist },
        {
          type: 2,
          multiQueue: 1,
          persist: 1,
        },
      )
    })

    it('made here are those that ip sees', async () => {
      await rt.links.add({
        ifname: 'v0',
        mtu: 1400,
        address: '02:00:00:00:00:01',
        txqlen: 55,
        linkinfo: {
          infoKind: 'veth',
          infoData: { peer: { ifname: 'v1', address: '02:00:00:00:00:02', mtu: 1300, numTxQueues: 2 } },
        },
      })
      await rt.links.add({
        ifname: 'b0',
        linkinfo: { infoKind: 'bridge', infoData: { ageingTime: 12300, stpState: 1, mcastSnooping: 0 } },
      })
      await rt.links.add({
        ifname: 'x0',
        linkinfo: {
          infoKind: 'vxlan',
          infoData: {
            id: 77,
            port: 4790,
            group6: 'fd00::9',
            udpZeroCsum6Tx: 1,
            portRange: { low: 1000, high: 2000 },
          },
        },
      })
      const b0 = await indexOf('b0')
      await rt.links.set({
        ifname: 'v1',
        master: b0,
        flags: k.IFF_UP,
        change: k.IFF_UP,
        ifalias: 'an alias',
        group: 9,
      })
      const [v0, v1, bridge, vxlan] = [
        one('link show v0'),
        one('link show v1'),
        one('link show b0'),
        one('link show x0'),
      ]
      assert.deepEqual(pick(v0, { mtu: 0, address: 0, txqlen: 0, link: 0 }), {
        mtu: 1400,
        address: '02:00:00:00:00:01',
        txqlen: 55,
        link: 'v1',
      })
      assert.deepEqual(pick(v1, { mtu: 0, address: 0, master: 0, ifalias: 0, group: 0, num_tx_queues: 0 }), {
        ...{ mtu: 1300, address: '02:00:00:00:00:02', master: 'b0', ifalias: 'an alias', group: '9' },
        num_tx_queues: 2,
      })
      assert.ok((v1.flags as string[]).includes('UP'))
      const data = (link: Json): Json => (link.linkinfo as { info_data: Json }).info_data
      assert.deepEqual(pick(data(bridge), { ageing_time: 0, stp_state: 0, mcast_snooping: 0 }), {
        ...{ ageing_time: 12300, stp_state: 1, mcast_snooping: 0 },
      })
      assert.deepEqual(
        pick(data(vxlan), { id: 0, port: 0, remote6: 0, udp_zero_csum6_tx: 0, port_range: 0 }),
        {
          ...{ id: 77, port: 4790, remote6: 'fd00::9', udp_zero_csum6_tx: true },
          port_range: { low: 1000, high: 2000 },
        },
      )
      assert.deepEqual(
        (await rt.links.list({ linkinfo: { infoKind: 'vxlan' } })).map(({ ifname }) => ifname).sort(),
        ['far', 'x0'],
      )
      assert.deepEqual(
        (await rt.links.list({ master: b0 })).map(({ ifname }) => ifname),
        ['v1'],
      )
      for (const ifname of ['v0', 'b0', 'x0']) await rt.links.delete({ ifname })
      for (const gone of ['v0', 'v1', 'b0', 'x0']) assert.throws(() => sh(`ip link show ${gone} 2>&1`))
    })

    it('can be of a kind that no table has, by numbers', async () => {
      await rt.links.add({ ifname: 'odd', linkinfo: { infoKind: 'ifb', infoData: { unknown: [] } } })
      assert.equal((one('link show odd').linkinfo as Json).info_kind, 'ifb')
      await rt.links.delete({ ifname: 'odd' })
    })
  })

  describe('addresses', () => {
    it('of ip are read as ip reads them', async () => {
      sh(`
        ip addr add 10.9.0.1/24 brd + dev one label one:label
        ip addr add 10.8.0.1 peer 10.8.0.2/32 dev one scope link
        ip addr add fd09::1/64 dev one nodad valid_lft 1000 preferred_lft 500
        ip addr add fd08::1/128 dev one nodad home
      `)
      const ifindex = await indexOf('one')
      const found = await rt.addresses.list({ ifindex })
      const listed = (one('addr show one').addr_info as Json[]).filter(
        ({ scope }) => scope !== 'link' || true,
      )
      const scopes: Readonly<Record<number, string>> = { 0: 'global', 253: 'link', 254: 'host' }
      const mine = found.map((each) => ({
        family: each.family === k.AF_INET ? 'inet' : 'inet6',
        local: each.local ?? each.address,
        prefixlen: each.prefixlen,
        scope: scopes[each.scope],
        ...(each.label === undefined ? {} : { label: each.label }),
        ...(each.broadcast === undefined ? {} : { broadcast: each.broadcast }),
        ...(each.local !== undefined && each.address !== each.local ? { address: each.address } : {}),
        valid_life_time: each.cacheinfo?.valid,
        preferred_life_time: each.cacheinfo?.prefered,
      }))
      assert.ok(mine.length >= 4)
      assert.deepEqual(
        mine,
        listed.map((each, i) => pick(each, mine[i] as object)),
      )
      for (const each of found) assert.equal(each.unknown, undefined)
    })

    it('made here are those that ip sees', async () => {
      const ifindex = await indexOf('two')
      await rt.addresses.add({
        ifindex,
        local: '10.7.0.1',
        prefixlen: 20,
        broadcast: '10.7.15.255',
        label: 'two:x',
      })
      await rt.addresses.add({ ifindex, local: '10.6.0.1' })
      await rt.addresses.add({
        ifindex,
        local: 'fd07::1',
        prefixlen: 64,
        flags: k.IFA_F_NODAD | k.IFA_F_NOPREFIXROUTE,
        cacheinfo: { prefered: 100, valid: 200, cstamp: 0, tstamp: 0 },
      })
      const listed = one('addr show two').addr_info as Json[]
      const of = (local: string): Json => listed.find((each) => each.local === local) as Json
      assert.deepEqual(pick(of('10.7.0.1'), { prefixlen: 0, broadcast: 0, label: 0, scope: 0 }), {
        ...{ prefixlen: 20, broadcast: '10.7.15.255', label: 'two:x', scope: 'global' },
      })
      assert.equal(of('10.6.0.1').prefixlen, 32)
      const six = of('fd07::1')
      assert.deepEqual(pick(six, { prefixlen: 0, nodad: 0, noprefixroute: 0, valid_life_time: 0 }), {
        ...{ prefixlen: 64, nodad: true, noprefixroute: true, valid_life_time: 200 },
      })
      await rt.addresses.set({
        ifindex,
        local: 'fd07::1',
        prefixlen: 64,
        flags: k.IFA_F_NODAD | k.IFA_F_NOPREFIXROUTE,
        cacheinfo: { prefered: 1000, valid: 2000, cstamp: 0, tstamp: 0 },
      })
      const again = (one('addr show two').addr_info as Json[]).find(({ local }) => local === 'fd07::1')
      assert.equal(again?.valid_life_time, 2000)
      await assert.rejects(rt.addresses.add({ ifindex, local: '10.6.0.1' }), { code: 'EEXIST' })
      await rt.addresses.delete({ ifindex, local: '10.6.0.1', prefixlen: 32 })
      await rt.addresses.delete({ ifindex, local: 'fd07::1', prefixlen: 64 })
      const left = (one('addr show two').addr_info as Json[]).map(({ local }) => local)
      assert.ok(left.includes('10.7.0.1') && !left.includes('10.6.0.1') && !left.includes('fd07::1'))
      await assert.rejects(rt.addresses.delete({ ifindex, local: '10.6.0.1' }), { code: 'EADDRNOTAVAIL' })
    })
  })

  describe('neighbours', () => {
    it('of ip are read, and made here seen by ip', async () => {
      const ifindex = await indexOf('one')
      sh(
        'ip neigh add 10.9.0.20 lladdr 02:00:00:00:09:20 dev one nud permanent; ip neigh add proxy 10.9.0.99 dev one',
      )
      await rt.neighbours.add({ ifindex, dst: '10.9.0.21', lladdr: '02:00:00:00:09:21' })
      await rt.neighbours.add({ ifindex, dst: 'fd09::21', lladdr: '02:00:00:00:09:22', state: k.NUD_STALE })
      const found = (await rt.neighbours.list({ neighIfindex: ifindex })).filter(({ dst }) =>
        /9\.0\.2|:21$/.test(dst ?? ''),
      )
      const states: Readonly<Record<number, string>> = {
        [k.NUD_PERMANENT]: 'PERMANENT',
        [k.NUD_STALE]: 'STALE',
      }
      const mine = found.map(({ dst, lladdr, state }) => ({ dst, lladdr, state: [states[state]] }))
      const listed = ip('neigh show dev one').filter(({ dst }) => /9\.0\.2|:21$/.test(String(dst)))
      const sorted = (list: readonly object[]): object[] =>
        [...list].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
      assert.equal(mine.length, 3)
      assert.deepEqual(sorted(mine), sorted(listed.map((each) => pick(each, mine[0] as object))))
      await rt.neighbours.set({ ifindex, dst: '10.9.0.21', lladdr: '02:00:00:00:09:99' })
      assert.equal(one('neigh show 10.9.0.21 dev one').lladdr, '02:00:00:00:09:99')
      assert.equal((await rt.neighbours.get({ ifindex, dst: '10.9.0.20' })).lladdr, '02:00:00:00:09:20')
      await rt.neighbours.delete({ ifindex, dst: '10.9.0.21' })
      await assert.rejects(rt.neighbours.get({ ifindex, dst: '10.9.0.21' }), { code: 'ENOENT' })
    })

    it('of a bridge are its forwarding table', async () => {
      sh('bridge fdb add 02:00:00:00:00:77 dev two master static')
      const found = await rt.neighbours.list({ family: k.AF_BRIDGE })
      const mine = found.find(({ lladdr }) => lladdr === '02:00:00:00:00:77')
      assert.equal(mine?.ifindex, await indexOf('two'))
      assert.equal(mine?.master, await indexOf('bridged'))
      assert.equal(found.length, (JSON.parse(sh('bridge -json fdb')) as []).length)
    })
  })
})
