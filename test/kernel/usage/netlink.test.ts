/** AF_NETLINK: questions to the kernel, its multicast groups, and messages between programs. */
import { inside, needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_NETLINK,
  CMSG_SPACE,
  NETLINK_ADD_MEMBERSHIP,
  NETLINK_CAP_ACK,
  NETLINK_DROP_MEMBERSHIP,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NETLINK_LIST_MEMBERSHIPS,
  NETLINK_LISTEN_ALL_NSID,
  NETLINK_NO_ENOBUFS,
  NETLINK_PKTINFO,
  NETLINK_ROUTE,
  NETLINK_USERSOCK,
  type NetlinkAddress,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_ERROR,
  RTM_GETLINK,
  RTM_NEWLINK,
  RTMGRP_LINK,
  RTNLGRP_LINK,
  RTNLGRP_NEXTHOP,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_RAW,
  type Socket,
  socket,
} from 'berkeley'
import { Several } from '../matrix.js'
import { python } from './peer.js'
import { ways } from './ways.js'

const kernel = { pid: 0, groups: 0 }
const HEADER = 16
const IFLA_IFNAME = 3
const EINVAL = 22

/** struct nlmsghdr and what follows it. */
function request(type: number, flags: number, body: Uint8Array): Buffer {
  const message = Buffer.alloc(HEADER + body.length)
  message.writeUInt32LE(message.length, 0)
  message.writeUInt16LE(type, 4)
  message.writeUInt16LE(NLM_F_REQUEST | flags, 6)
  message.writeUInt32LE(77, 8)
  message.set(body, HEADER)
  return message
}

interface Part {
  readonly type: number
  readonly body: Buffer
}

/** The messages of one datagram. */
function parts(datagram: Buffer): Part[] {
  const found: Part[] = []
  for (let at = 0; at < datagram.length; ) {
    const length = datagram.readUInt32LE(at)
    found.push({ type: datagram.readUInt16LE(at + 4), body: datagram.subarray(at + HEADER, at + length) })
    at += (length + 3) & ~3
  }
  return found
}

/** The index and the name in the body of RTM_NEWLINK: struct ifinfomsg of 16 bytes, and attributes. */
function linkOf(body: Buffer): { index: number; name: string } {
  for (let at = 16; at < body.length; at += (body.readUInt16LE(at) + 3) & ~3)
    if (body.readUInt16LE(at + 2) === IFLA_IFNAME)
      return { index: body.readInt32LE(4), name: `${body.subarray(at + 4, body.indexOf(0, at + 4))}` }
  throw new Error('no name')
}

const open = (protocol: number): Socket<NetlinkAddress> => {
  const made = socket(AF_NETLINK, SOCK_RAW, protocol)
  made.bind({ pid: 0, groups: 0 })
  return made
}

let links = 0
/** A pair of links of this name, there until the end of the block. */
function pair(where = ''): { name: string } & Disposable {
  const name = `pair${++links}`
  sh(`ip ${where} link add ${name} type veth peer name ${name}b`)
  return { name, [Symbol.dispose]: () => void sh(`ip ${where} link del ${name}`) }
}

for (const { name: way, of } of ways)
  describe(`netlink, ${way}`, needs, () => {
    it('has a port that the kernel chooses, or one of its own', () => {
      using first = open(NETLINK_ROUTE)
      const { pid, groups, family } = first.getsockname()
      assert.deepEqual({ groups, family }, { groups: 0, family: 'netlink' })
      assert.equal(pid, process.pid)
      using second = socket(AF_NETLINK, SOCK_DGRAM, NETLINK_ROUTE)
      assert.throws(() => second.bind({ pid, groups: 0 }), { code: 'EADDRINUSE' })
      second.bind({ pid: 0xfffffff0, groups: 0x80000001 })
      assert.deepEqual(second.getsockname(), { family: 'netlink', pid: 0xfffffff0, groups: 0x80000001 })
      using third = open(NETLINK_ROUTE)
      assert.notEqual(third.getsockname().pid, pid)
    })

    it('asks the kernel for all interfaces, which are those of ip-link(8)', async () => {
      using _ = pair()
      using made = open(NETLINK_ROUTE)
      await of(made).sendto(request(RTM_GETLINK, NLM_F_DUMP, new Uint8Array(16)), kernel)
      const found: { index: number; name: string }[] = []
      for (let done = false; !done; ) {
        const [datagram, from] = await of(made).recvfrom(65536)
        assert.deepEqual(from, { family: 'netlink', pid: 0, groups: 0 })
        for (const { type, body } of parts(datagram)) {
          if (type === NLMSG_DONE) done = true
          else if (type === RTM_NEWLINK) found.push(linkOf(body))
        }
      }
      const listed = JSON.parse(sh('ip -j link')) as { ifindex: number; ifname: string }[]
      assert.ok(listed.length >= 3)
      assert.deepEqual(
        found,
        listed.map(({ ifindex, ifname }) => ({ index: ifindex, name: ifname })),
      )
    })

    it('hears a group that it was bound to, and tells which by a control message', async () => {
      using made = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE)
      made.bind({ pid: 0, groups: RTMGRP_LINK })
      assert.deepEqual(made.getsockopt(NETLINK_LIST_MEMBERSHIPS), [RTNLGRP_LINK])
      made.setsockopt(NETLINK_PKTINFO, true)
      using there = pair()
      const names = new Set<string>()
      while (!names.has(there.name)) {
        const { data, address, control } = await of(made).recvmsg(65536, { controlSize: CMSG_SPACE(4) })
        assert.deepEqual(address, { family: 'netlink', pid: 0, groups: RTMGRP_LINK })
        assert.deepEqual(control, [{ kind: 'netlinkPktinfo', value: { group: RTNLGRP_LINK } }])
        for (const { type, body } of parts(data)) if (type === RTM_NEWLINK) names.add(linkOf(body).name)
      }
    })

    it('joins groups and leaves them, those beyond the mask too', async () => {
      using made = open(NETLINK_ROUTE)
      const groups = [RTNLGRP_LINK, RTNLGRP_NEXTHOP, RTNLGRP_NEXTHOP + 1]
      assert.ok(RTNLGRP_NEXTHOP >= 32)
      for (const group of groups) made.setsockopt(NETLINK_ADD_MEMBERSHIP, group)
      assert.deepEqual(made.getsockopt(NETLINK_LIST_MEMBERSHIPS), groups)
      assert.equal(made.getsockname().groups, 0x80000001)
      made.setsockopt(NETLINK_DROP_MEMBERSHIP, RTNLGRP_NEXTHOP)
      assert.deepEqual(made.getsockopt(NETLINK_LIST_MEMBERSHIPS), [RTNLGRP_LINK, RTNLGRP_NEXTHOP + 1])
      assert.throws(() => made.setsockopt(NETLINK_ADD_MEMBERSHIP, 60000), { code: 'EINVAL' })
      using there = pair()
      const [datagram] = await of(made).recvfrom(65536)
      assert.match(linkOf((parts(datagram)[0] as Part).body).name, new RegExp(`^${there.name}`))
      made.setsockopt(NETLINK_DROP_MEMBERSHIP, RTNLGRP_LINK)
    })

    it('hears of the namespaces that have a number here, if it wants to', async () => {
      const nsid = ++links
      const far = `far${nsid}`
      sh(`ip netns add ${far}; ip netns set ${far} ${nsid}`)
      using made = open(NETLINK_ROUTE)
      made.setsockopt(NETLINK_LISTEN_ALL_NSID, true)
      made.setsockopt(NETLINK_ADD_MEMBERSHIP, RTNLGRP_LINK)
      using there = pair(`-n ${far}`)
      for (;;) {
        const { data, control } = await of(made).recvmsg(65536, { controlSize: CMSG_SPACE(4) })
        const { type, body } = parts(data)[0] as Part
        if (type !== RTM_NEWLINK || linkOf(body).name !== there.name) continue
        assert.deepEqual(control, [{ kind: 'nsid', value: nsid }])
        break
      }
    })

    it('is told why a request was refused, and how much of it comes back', async () => {
      using made = open(NETLINK_ROUTE)
      // An index and a name that no interface has, and an attribute beyond all that are known.
      const body = Buffer.concat([Buffer.alloc(16), Buffer.from([8, 0, IFLA_IFNAME, 0, 0x78, 0, 0, 0])])
      const ask = async (): Promise<{ error: number; length: number }> => {
        await of(made).sendto(request(RTM_GETLINK, NLM_F_ACK, body), kernel)
        const answer = parts((await of(made).recvfrom(65536))[0])[0] as Part
        assert.equal(answer.type, NLMSG_ERROR)
        return { error: answer.body.readInt32LE(0), length: answer.body.length }
      }
      const whole = await ask()
      assert.ok(whole.error < 0)
      assert.equal(whole.length, 4 + HEADER + body.length)
      made.setsockopt(NETLINK_CAP_ACK, true)
      assert.deepEqual(await ask(), { ...whole, length: 4 + HEADER })
      // A dump of an interface's index is refused where requests are looked at closely, with words.
      const strange = Buffer.alloc(16)
      strange.writeUInt32LE(1, 8)
      const dump = async (): Promise<Part> => {
        await of(made).sendto(request(RTM_GETLINK, NLM_F_DUMP, strange), kernel)
        return parts((await of(made).recvfrom(65536))[0])[0] as Part
      }
      assert.equal((await dump()).type, RTM_NEWLINK)
      using strict = open(NETLINK_ROUTE)
      strict.setsockopt(NETLINK_GET_STRICT_CHK, true)
      strict.setsockopt(NETLINK_EXT_ACK, true)
      await of(strict).sendto(request(RTM_GETLINK, NLM_F_DUMP, strange), kernel)
      const refused = parts((await of(strict).recvfrom(65536))[0])[0] as Part
      assert.equal(refused.body.readInt32LE(0), -EINVAL)
      assert.match(refused.body.toString('latin1'), /[a-z]{4,} [a-z]{4,}/)
    })

    it('carries messages between two sockets, to one and to a group', async () => {
      using several = new Several()
      const [one, two, three] = [0, 0, 0].map(() => several.add(open(NETLINK_USERSOCK))) as [
        Socket<NetlinkAddress>,
        Socket<NetlinkAddress>,
        Socket<NetlinkAddress>,
      ]
      const { pid } = one.getsockname()
      await of(one).sendto('to one', { pid: two.getsockname().pid, groups: 0 })
      const [data, from] = await of(two).recvfrom(100)
      assert.deepEqual([`${data}`, from], ['to one', { family: 'netlink', pid, groups: 0 }])
      await of(two).sendto('back', from as NetlinkAddress)
      assert.equal(`${await of(one).recv(100)}`, 'back')

      for (const member of [two, three]) member.setsockopt(NETLINK_ADD_MEMBERSHIP, 5)
      await of(one)
        .sendto('to all', { pid: 0, groups: 1 << 4 })
        .catch((error: { code: string }) => {
          // Port 0 is the kernel's too, who does not listen: the group has got it all the same.
          assert.equal(error.code, 'ECONNREFUSED')
        })
      for (const member of [two, three])
        assert.deepEqual(await of(member).recvfrom(100), [
          Buffer.from('to all'),
          { family: 'netlink', pid, groups: 1 << 4 },
        ])

      await of(one).connect({ pid: three.getsockname().pid, groups: 0 })
      assert.deepEqual(one.getpeername(), { ...three.getsockname(), groups: 0 })
      await of(one).send('connected')
      assert.equal(`${await of(three).recv(100)}`, 'connected')
      await assert.rejects(of(two).sendto('nobody', { pid: 0x7ffffff0, groups: 0 }), { code: 'ECONNREFUSED' })
    })

    it('is told that its buffer was too small for all, unless it does not care', async () => {
      using several = new Several()
      const sender = several.add(open(NETLINK_USERSOCK))
      const [told, careless] = [0, 0].map(() => several.add(open(NETLINK_USERSOCK))) as [
        Socket<NetlinkAddress>,
        Socket<NetlinkAddress>,
      ]
      careless.setsockopt(NETLINK_NO_ENOBUFS, true)
      for (const member of [told, careless]) {
        member.setsockopt(NETLINK_ADD_MEMBERSHIP, 9)
        member.setsockopt(SO_RCVBUF, 4096)
      }
      const sent: Promise<unknown>[] = []
      for (let i = 0; i < 100; i++)
        sent.push(
          of(sender)
            .sendto(new Uint8Array(1000), { pid: 0, groups: 1 << 8 })
            .catch(() => {}),
        )
      await Promise.all(sent)
      await assert.rejects(of(told).recv(2000), { code: 'ENOBUFS' })
      assert.equal((await of(told).recv(2000)).length, 1000)
      assert.equal((await of(careless).recv(2000)).length, 1000)
    })

    it('talks with python3', async () => {
      using made = open(NETLINK_USERSOCK)
      const { pid } = made.getsockname()
      await using peer = python(`
s = socket(AF_NETLINK, SOCK_RAW, NETLINK_USERSOCK); s.bind((0, 0)); say(s.getsockname()[0])
data, (pid, groups) = s.recvfrom(100)
say(json.dumps([data.decode(), pid, groups]))
s.sendto(data.upper(), (pid, 0))
hear()`)
      const to = { pid: await peer.number(), groups: 0 }
      await of(made).sendto('hello python', to)
      assert.deepEqual(await peer.json(), ['hello python', pid, 0])
      assert.deepEqual(await of(made).recvfrom(100), [
        Buffer.from('HELLO PYTHON'),
        { family: 'netlink', ...to },
      ])
    })
  })

describe('netlink in another namespace', needs, () => {
  it('has a kernel of its own', async () => {
    sh('ip netns add other; ip -n other link add theirs type veth peer name theirsb')
    await using peer = python(
      `
s = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE); s.bind((0, 1)); say('bound'); hear()
data, sender = s.recvfrom(65536)
say(json.dumps([sender, b'later' in data]))`,
      { before: inside('other') },
    )
    assert.equal(await peer.line(), 'bound')
    using _ = pair()
    sh('ip -n other link add later type veth peer name laterb')
    peer.tell('go')
    assert.deepEqual(await peer.json(), [[0, 1], true])
  })
})
