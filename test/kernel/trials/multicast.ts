/** Groups: what is joined is seen by what the source filters answer, and by what is refused a second time. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import * as b from 'berkeley'
import { type AnySocket, type Place, refuses, type Trial, tried, unreadable } from './trial.js'

const group4 = { group: '239.1.2.3', interface: '127.0.0.1' }
const group6 = { group: 'ff15::1234', interface: 1 }
const either = [
  { at: 'udp', group: '239.1.2.3', sources: ['192.0.2.1', '192.0.2.2'] },
  { at: 'udp6', group: 'ff15::1234', sources: ['fd00::1', 'fd00::2'] },
] as const

/** Joining and leaving, each twice. */
function joinable<T>(
  on: Place,
  join: b.Writable<T>,
  leave: b.Writable<T>,
  value: T,
  more: Partial<Trial> = {},
): Trial {
  return tried(
    on,
    (made) => {
      refuses(() => made.setsockopt(leave, value), 'EADDRNOTAVAIL')
      made.setsockopt(join, value)
      refuses(() => made.setsockopt(join, value), 'EADDRINUSE')
      made.setsockopt(leave, value)
      refuses(() => made.setsockopt(leave, value), 'EADDRNOTAVAIL')
      unreadable(made, join)
    },
    more,
  )
}

/** Of one family and the other: `act` has a socket of it, and the group's name. */
function both(act: (made: AnySocket, group: b.GroupMembership, sources: readonly string[]) => void): Trial {
  return tried('udp', (_, own) => {
    for (const { at, group, sources } of either) {
      const made = own(b.socket(at === 'udp' ? b.AF_INET : b.AF_INET6, b.SOCK_DGRAM) as AnySocket)
      act(made, { group, interface: 1 }, sources)
    }
  })
}

const filter4 = (made: AnySocket): b.SourceFilter => made.getsockopt(b.IP_MSFILTER, group4)

const includes4 = tried('udp', (made) => {
  const source = { ...group4, source: '192.0.2.1' }
  refuses(() => filter4(made), 'EADDRNOTAVAIL')
  made.setsockopt(b.IP_ADD_SOURCE_MEMBERSHIP, source)
  assert.deepEqual(filter4(made), { mode: 'include', sources: ['192.0.2.1'] })
  made.setsockopt(b.IP_ADD_SOURCE_MEMBERSHIP, { ...source, source: '192.0.2.2' })
  assert.deepEqual(filter4(made).sources, ['192.0.2.1', '192.0.2.2'])
  made.setsockopt(b.IP_DROP_SOURCE_MEMBERSHIP, source)
  assert.deepEqual(filter4(made).sources, ['192.0.2.2'])
})

const excludes4 = tried('udp', (made) => {
  const source = { ...group4, source: '192.0.2.1' }
  made.setsockopt(b.IP_ADD_MEMBERSHIP, group4)
  assert.deepEqual(filter4(made), { mode: 'exclude', sources: [] })
  made.setsockopt(b.IP_BLOCK_SOURCE, source)
  assert.deepEqual(filter4(made), { mode: 'exclude', sources: ['192.0.2.1'] })
  made.setsockopt(b.IP_UNBLOCK_SOURCE, source)
  assert.deepEqual(filter4(made), { mode: 'exclude', sources: [] })
})

const joins = both((made, group) => {
  refuses(() => made.setsockopt(b.MCAST_LEAVE_GROUP, group), 'EADDRNOTAVAIL')
  made.setsockopt(b.MCAST_JOIN_GROUP, group)
  refuses(() => made.setsockopt(b.MCAST_JOIN_GROUP, group), 'EADDRINUSE')
  assert.deepEqual(made.getsockopt(b.MCAST_MSFILTER, group), { mode: 'exclude', sources: [] })
  made.setsockopt(b.MCAST_LEAVE_GROUP, group)
  refuses(() => made.setsockopt(b.MCAST_LEAVE_GROUP, group), 'EADDRNOTAVAIL')
})

const includes = both((made, group, [one = '', two = '']) => {
  made.setsockopt(b.MCAST_JOIN_SOURCE_GROUP, { ...group, source: one })
  made.setsockopt(b.MCAST_JOIN_SOURCE_GROUP, { ...group, source: two })
  assert.deepEqual(made.getsockopt(b.MCAST_MSFILTER, group), { mode: 'include', sources: [one, two] })
  made.setsockopt(b.MCAST_LEAVE_SOURCE_GROUP, { ...group, source: one })
  assert.deepEqual(made.getsockopt(b.MCAST_MSFILTER, group), { mode: 'include', sources: [two] })
})

const excludes = both((made, group, [one = '']) => {
  made.setsockopt(b.MCAST_JOIN_GROUP, group)
  made.setsockopt(b.MCAST_BLOCK_SOURCE, { ...group, source: one })
  assert.deepEqual(made.getsockopt(b.MCAST_MSFILTER, group), { mode: 'exclude', sources: [one] })
  made.setsockopt(b.MCAST_UNBLOCK_SOURCE, { ...group, source: one })
  assert.deepEqual(made.getsockopt(b.MCAST_MSFILTER, group), { mode: 'exclude', sources: [] })
})

/** In a network of its own, where an interface has addresses of the same prefix. */
const anycast = tried(
  'udp6',
  (made) => {
    const script = `
      import { readFileSync } from 'node:fs'
      import * as b from 'berkeley'
      const made = b.socket(b.AF_INET6, b.SOCK_DGRAM)
      const value = { group: 'fd99::77', interface: 1 }
      const there = () => /fd990{26}77/.test(readFileSync('/proc/self/net/anycast6', 'utf8'))
      const seen = [there()]
      made.setsockopt(b.IPV6_JOIN_ANYCAST, value)
      seen.push(there())
      made.setsockopt(b.IPV6_LEAVE_ANYCAST, value)
      seen.push(there())
      made.close()
      console.log(seen.join())`
    const shell =
      'ip link set lo up && ip addr add fd99::1/64 dev lo && exec "$0" --input-type=module -e "$1"'
    const { stdout, stderr } = spawnSync('unshare', ['-n', 'sh', '-c', shell, process.execPath, script], {
      encoding: 'utf8',
      cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
    })
    assert.equal(stdout, 'false,true,false\n', stderr)
    refuses(() => made.setsockopt(b.IPV6_LEAVE_ANYCAST, { group: 'fd99::77', interface: 1 }), 'ENOENT')
    unreadable(made, b.IPV6_JOIN_ANYCAST)
  },
  { root: true },
)
const member4 = joinable('udp', b.IP_ADD_MEMBERSHIP, b.IP_DROP_MEMBERSHIP, group4)
const member6 = joinable('udp6', b.IPV6_ADD_MEMBERSHIP, b.IPV6_DROP_MEMBERSHIP, group6)

export const trials: Readonly<Record<string, Trial>> = {
  IP_ADD_MEMBERSHIP: tried('udp', async (made, own) => {
    made.bind({ host: '0.0.0.0', port: 0 })
    made.setsockopt(b.IP_ADD_MEMBERSHIP, { group: '239.1.2.4', interface: 1 })
    const sender = own(b.socket(b.AF_INET, b.SOCK_DGRAM))
    sender.setsockopt(b.IP_MULTICAST_IF, '127.0.0.1')
    await sender.sendto('to all', { host: '239.1.2.4', port: (made.getsockname() as b.InetAddress).port })
    assert.equal(String(await made.recv(100)), 'to all')
    await member4.act(own(b.socket(b.AF_INET, b.SOCK_DGRAM) as AnySocket), own)
  }),
  IP_DROP_MEMBERSHIP: member4,
  IP_ADD_SOURCE_MEMBERSHIP: includes4,
  IP_DROP_SOURCE_MEMBERSHIP: includes4,
  IP_BLOCK_SOURCE: excludes4,
  IP_UNBLOCK_SOURCE: excludes4,
  IP_MSFILTER: tried('udp', (made) => {
    made.setsockopt(b.IP_ADD_MEMBERSHIP, group4)
    for (const value of [
      { mode: 'include', sources: ['192.0.2.1', '192.0.2.2', '192.0.2.3'] },
      { mode: 'exclude', sources: ['192.0.2.4'] },
      { mode: 'exclude', sources: [] },
    ] as const) {
      made.setsockopt(b.IP_MSFILTER, { ...group4, ...value })
      assert.deepEqual(filter4(made), value)
    }
    // To hear nobody is to leave.
    made.setsockopt(b.IP_MSFILTER, { ...group4, mode: 'include', sources: [] })
    refuses(() => filter4(made), 'EADDRNOTAVAIL')
  }),
  MCAST_JOIN_GROUP: joins,
  MCAST_LEAVE_GROUP: joins,
  MCAST_JOIN_SOURCE_GROUP: includes,
  MCAST_LEAVE_SOURCE_GROUP: includes,
  MCAST_BLOCK_SOURCE: excludes,
  MCAST_UNBLOCK_SOURCE: excludes,
  MCAST_MSFILTER: both((made, group, [one = '', two = '']) => {
    made.setsockopt(b.MCAST_JOIN_GROUP, group)
    for (const value of [
      { mode: 'include', sources: [one, two] },
      { mode: 'exclude', sources: [two] },
    ] as const) {
      made.setsockopt(b.MCAST_MSFILTER, { ...group, ...value })
      assert.deepEqual(made.getsockopt(b.MCAST_MSFILTER, group), value)
    }
  }),
  IPV6_ADD_MEMBERSHIP: member6,
  IPV6_DROP_MEMBERSHIP: member6,
  IPV6_JOIN_ANYCAST: anycast,
  IPV6_LEAVE_ANYCAST: anycast,
}
