/** AF_PACKET on a link of the test's own: what goes over the wire, and what the kernel tells of it. */
import { inside, link, needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  AF_PACKET,
  ARPHRD_ETHER,
  BPF_A,
  BPF_ABS,
  BPF_B,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_RET,
  CMSG_SPACE,
  ETH_P_ALL,
  type FilterInstruction,
  type GivenPacket,
  htons,
  ifNametoindex,
  type Message,
  MSG_ERRQUEUE,
  MSG_TRUNC,
  PACKET_ADD_MEMBERSHIP,
  PACKET_AUXDATA,
  PACKET_DROP_MEMBERSHIP,
  PACKET_FANOUT,
  PACKET_FANOUT_CBPF,
  PACKET_FANOUT_DATA,
  PACKET_FANOUT_EBPF,
  PACKET_FANOUT_FLAG_UNIQUEID,
  PACKET_FANOUT_LB,
  PACKET_FANOUT_ROLLOVER,
  PACKET_HOST,
  PACKET_IGNORE_OUTGOING,
  PACKET_MR_MULTICAST,
  PACKET_MR_PROMISC,
  PACKET_MULTICAST,
  PACKET_OTHERHOST,
  PACKET_OUTGOING,
  PACKET_QDISC_BYPASS,
  PACKET_ROLLOVER_STATS,
  PACKET_STATISTICS,
  PACKET_VNET_HDR,
  type PacketAddress,
  SCM_TSTAMP_SND,
  SO_ATTACH_BPF,
  SO_ATTACH_FILTER,
  SO_DETACH_FILTER,
  SO_EE_ORIGIN_TIMESTAMPING,
  SO_RCVBUF,
  SO_TIMESTAMPING,
  SOCK_DGRAM,
  SOCK_RAW,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  SOL_PACKET,
  type Socket,
  socket,
  socketpair,
  TP_STATUS_VLAN_TPID_VALID,
  TP_STATUS_VLAN_VALID,
} from 'berkeley'
import { needsProgram } from '../../support/needs.js'
import { Several } from '../matrix.js'
import { Peer, python } from './peer.js'
import { ways } from './ways.js'

/** IEEE 802's for experiments: nobody else speaks it on the link. */
const PROTOCOL = 0x88b5
const HEADER = 14
const ENOUGH = 60

/** An interface's hardware address, as ip-link(8) has it. */
const hardware = (name: string, where = ''): Uint8Array => {
  const [{ address }] = JSON.parse(sh(`ip ${where} -j link show ${name}`))
  return new Uint8Array(Buffer.from(address.replaceAll(':', ''), 'hex'))
}

/** Those of both ends. */
let near: Uint8Array
let far: Uint8Array

before(() => {
  if (needs.skip !== false) return
  link()
  near = hardware('near')
  far = hardware('far', '-n far')
})

/** A frame of Ethernet. */
function frame(to: Uint8Array, from: Uint8Array, text: string | Uint8Array, protocol = PROTOCOL): Buffer {
  const head = Buffer.from([...to, ...from, protocol >> 8, protocol & 255])
  return Buffer.concat([head, Buffer.from(text as string)])
}

function bound(type: number, where: Partial<GivenPacket> = {}): Socket<PacketAddress> {
  const made = socket(AF_PACKET, type)
  made.bind({ ifindex: 'near', protocol: PROTOCOL, ...where })
  return made
}

/** A python3 at the far end, its socket `s` bound there; `frame(text)` is one to us. */
const atFarEnd = (script: string, type = 'SOCK_RAW'): Peer =>
  python(
    `
PROTOCOL, near, far = ${PROTOCOL}, bytes.fromhex(sys.argv[1]), bytes.fromhex(sys.argv[2])
s = socket(AF_PACKET, ${type}); s.bind(('far', PROTOCOL))
def frame(text, to=near, tag=b''): return to + far + tag + PROTOCOL.to_bytes(2, 'big') + text.encode()
say('bound')
${script}`,
    { args: [near, far].map((bytes) => Buffer.from(bytes).toString('hex')), before: inside('far') },
  )

const load = (offset: number): FilterInstruction => ({ code: BPF_LD | BPF_B | BPF_ABS, k: offset })
const give = (bytes: number): FilterInstruction => ({ code: BPF_RET | BPF_K, k: bytes })

const body = (packet: Buffer): string => packet.toString('latin1', HEADER)

for (const { name: way, of } of ways)
  describe(`packets, ${way}`, needs, () => {
    it('with their header go to a python3 at the other end, and come from there', async () => {
      using made = bound(SOCK_RAW)
      await using peer = atFarEnd(`
data, (name, protocol, pkttype, hatype, addr) = s.recvfrom(2000)
say(json.dumps([data.hex(), name, protocol, pkttype, hatype, addr.hex()]))
s.send(frame('back')); hear()`)
      await peer.line()
      const sent = frame(far, near, 'hello')
      assert.equal(await of(made).send(sent), sent.length)
      assert.deepEqual(await peer.json(), [
        sent.toString('hex'),
        ...['far', PROTOCOL, PACKET_HOST, ARPHRD_ETHER, Buffer.from(near).toString('hex')],
      ])
      const [data, from] = await of(made).recvfrom(2000)
      assert.deepEqual(data, frame(near, far, 'back'))
      assert.deepEqual(from, {
        family: 'packet',
        ifindex: ifNametoindex('near'),
        protocol: PROTOCOL,
        pkttype: PACKET_HOST,
        hatype: ARPHRD_ETHER,
        addr: far,
      })
    })

    it('without their header, by the address alone', async () => {
      using made = bound(SOCK_DGRAM)
      await using peer = atFarEnd(
        `
data, sender = s.recvfrom(2000)
say(json.dumps([data.decode(), sender[4].hex()]))
s.sendto(data.upper(), ('far', PROTOCOL, 0, 0, sender[4])); hear()`,
        'SOCK_DGRAM',
      )
      await peer.line()
      await of(made).sendto('hello', { ifindex: 'near', protocol: PROTOCOL, addr: far })
      assert.deepEqual(await peer.json(), ['hello', Buffer.from(near).toString('hex')])
      const [data, from] = await of(made).recvfrom(2000)
      assert.equal(`${data}`, 'HELLO')
      // The sender's address is one to send to.
      await of(made).sendto('again', from as PacketAddress)
    })

    it('between two sockets here, on the two ends of a pair', async () => {
      sh('ip link add one type veth peer name two; ip link set one up; ip link set two up')
      using several = new Several()
      const one = several.add(bound(SOCK_DGRAM, { ifindex: 'one' }))
      const two = several.add(bound(SOCK_DGRAM, { ifindex: ifNametoindex('two') }))
      for (const [end, name] of [
        [one, 'one'],
        [two, 'two'],
      ] as const) {
        const { ifindex, protocol, hatype, addr } = end.getsockname()
        assert.deepEqual([ifindex, protocol, hatype], [ifNametoindex(name), PROTOCOL, ARPHRD_ETHER])
        assert.deepEqual(addr, hardware(name))
      }
      const to = { ...one.getsockname(), addr: two.getsockname().addr }
      await of(one).sendto('there', to)
      const [data, from] = await of(two).recvfrom(2000)
      assert.equal(`${data}`, 'there')
      assert.deepEqual(from, { ...one.getsockname(), ifindex: ifNametoindex('two'), pkttype: PACKET_HOST })
      const group = Uint8Array.of(1, 0, 0x5e, 1, 2, 3)
      await of(one).sendto('many', { ...to, addr: group })
      assert.equal((await of(two).recvfrom(2000))[1]?.pkttype, PACKET_MULTICAST)
      sh('ip link del one')
    })

    it('are told apart: what is sent here, what is for others; those sent need not be heard', async () => {
      using made = bound(SOCK_RAW, { protocol: ETH_P_ALL })
      using quiet = bound(SOCK_RAW, { protocol: ETH_P_ALL })
      quiet.setsockopt(PACKET_IGNORE_OUTGOING, true)
      await using peer = atFarEnd(`s.recv(2000); s.send(frame('in', b'\\2\\0\\0\\0\\0\\x99')); hear()`)
      await peer.line()
      using sender = bound(SOCK_RAW)
      await of(sender).send(frame(far, near, 'out'))
      const heard = async (by: Socket<PacketAddress>, count: number): Promise<unknown[]> => {
        const types: unknown[] = []
        while (types.length < count) {
          const [packet, from] = await of(by).recvfrom(2000)
          if (packet.readUInt16BE(12) === PROTOCOL) types.push([body(packet), from?.pkttype])
        }
        return types
      }
      const both = [
        ['out', PACKET_OUTGOING],
        ['in', PACKET_OTHERHOST],
      ]
      assert.deepEqual(await heard(made, 2), both)
      assert.deepEqual(await heard(quiet, 1), both.slice(1))
    })

    it('have auxiliary data: the length on the wire and the tag of a VLAN', async () => {
      using made = bound(SOCK_RAW, { protocol: ETH_P_ALL })
      made.setsockopt(PACKET_AUXDATA, true)
      made.setsockopt(SO_ATTACH_FILTER, [give(20)])
      await using peer = atFarEnd(`
s.send(frame('x' * 100)); s.send(frame('tagged', near, bytes.fromhex('81002005'))); hear()`)
      await peer.line()
      const next = async (text: string): Promise<Message<PacketAddress>> => {
        for (;;) {
          const message = await of(made).recvmsg(2000, { controlSize: CMSG_SPACE(ENOUGH) })
          if (body(message.data).startsWith(text)) return message
        }
      }
      const plain = await next('xxx')
      assert.equal(plain.data.length, 20)
      assert.equal(plain.flags & MSG_TRUNC, 0)
      const [message] = plain.control
      assert.ok(message?.kind === 'auxdata')
      const { len, snaplen, mac, net, status } = message.value
      assert.deepEqual({ len, snaplen, mac, net }, { len: HEADER + 100, snaplen: 20, mac: 0, net: HEADER })
      assert.equal(status & TP_STATUS_VLAN_VALID, 0)
      const tagged = (await next('tagged')).control[0]
      assert.ok(tagged?.kind === 'auxdata')
      assert.equal(tagged.value.status & TP_STATUS_VLAN_VALID, TP_STATUS_VLAN_VALID)
      assert.equal(tagged.value.status & TP_STATUS_VLAN_TPID_VALID, TP_STATUS_VLAN_TPID_VALID)
      assert.deepEqual([tagged.value.vlanTci, tagged.value.vlanTpid], [0x2005, 0x8100])
    })

    it('are counted, and those for which there was no room', async () => {
      using made = bound(SOCK_RAW)
      made.setsockopt(SO_RCVBUF, 4096)
      await using peer = atFarEnd(`
for i in range(200): s.send(frame('x' * 1000))
say('sent'); hear()`)
      await peer.line()
      assert.equal(await peer.line(), 'sent')
      const { packets, drops } = made.getsockopt(PACKET_STATISTICS)
      assert.equal(packets, 200)
      made.setblocking(false)
      let there = 0
      try {
        for (;;) {
          await of(made).recv(2000)
          there++
        }
      } catch (error) {
        assert.equal((error as { code: string }).code, 'EAGAIN')
      }
      assert.ok(there > 0)
      assert.equal(drops, packets - there)
      assert.deepEqual(made.getsockopt(PACKET_STATISTICS), { packets: 0, drops: 0 })
    })

    it('come with a header for virtual machines before them, and go so', async () => {
      using made = bound(SOCK_RAW)
      made.setsockopt(PACKET_VNET_HDR, true)
      await using peer = atFarEnd(`say(s.recv(2000).hex()); s.send(frame('back')); hear()`)
      await peer.line()
      const none = Buffer.alloc(10)
      const sent = frame(far, near, 'bare')
      await of(made).send(Buffer.concat([none, sent]))
      assert.equal(await peer.line(), sent.toString('hex'))
      const got = await of(made).recv(2000)
      assert.deepEqual(got.subarray(none.length), frame(near, far, 'back'))
    })

    it('pass by the queueing discipline, where they are to', async () => {
      using made = bound(SOCK_RAW)
      await using peer = atFarEnd(`
for i in range(2): say(s.recv(2000)[14:].decode())
hear()`)
      await peer.line()
      await of(made).send(frame(far, near, 'first'))
      assert.equal(await peer.line(), 'first')
      sh('tc qdisc add dev near root blackhole')
      try {
        await of(made)
          .send(frame(far, near, 'lost'))
          .catch((error: { code: string }) => {
            assert.equal(error.code, 'ENOBUFS')
          })
        made.setsockopt(PACKET_QDISC_BYPASS, true)
        await of(made).send(frame(far, near, 'past it'))
        assert.equal(await peer.line(), 'past it')
      } finally {
        sh('tc qdisc del dev near root')
      }
    })

    it('tell the time that they were sent at', async () => {
      using made = bound(SOCK_RAW)
      made.setsockopt(SO_TIMESTAMPING, { flags: SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE })
      const sent = frame(far, near, 'when?')
      const first = BigInt(Date.now() - 1000) * 1_000_000n
      await of(made).send(sent)
      const { data, control } = await of(made).recvmsg(2000, { controlSize: 200, flags: MSG_ERRQUEUE })
      assert.deepEqual(data, sent)
      const time = control.find((message) => message.kind === 'timestamping')
      assert.ok(time?.value.software && time.value.software > first)
      const error = control.find((message) => message.kind === 'recverr')
      assert.ok(error !== undefined)
      const { origin, info, offender } = error.value
      assert.deepEqual([origin, info, offender], [SO_EE_ORIGIN_TIMESTAMPING, SCM_TSTAMP_SND, null])
    })

    it('are taken in on behalf of an interface that would not', async () => {
      using made = socket(AF_PACKET, SOCK_RAW)
      const ifindex = ifNametoindex('near')
      const promiscuity = (): number => JSON.parse(sh('ip -j -d link show near'))[0].promiscuity
      assert.equal(promiscuity(), 0)
      made.setsockopt(PACKET_ADD_MEMBERSHIP, { ifindex, type: PACKET_MR_PROMISC })
      assert.equal(promiscuity(), 1)
      made.setsockopt(PACKET_DROP_MEMBERSHIP, { ifindex, type: PACKET_MR_PROMISC })
      assert.equal(promiscuity(), 0)
      const address = Uint8Array.of(1, 0, 0x5e, 0x11, 0x22, 0x33)
      made.setsockopt(PACKET_ADD_MEMBERSHIP, { ifindex, type: PACKET_MR_MULTICAST, address })
      assert.match(sh('ip maddr show dev near'), /01:00:5e:11:22:33/)
      made.close()
      assert.doesNotMatch(sh('ip maddr show dev near'), /01:00:5e:11:22:33/)
    })

    it('pass a classic program or not', async () => {
      using made = bound(SOCK_RAW)
      made.setsockopt(SO_ATTACH_FILTER, [
        load(HEADER),
        { code: BPF_JMP | BPF_JEQ | BPF_K, k: 'y'.charCodeAt(0), jt: 0, jf: 1 },
        give(0xffff),
        give(0),
      ])
      await using peer = atFarEnd(`
for text in ['no', 'yes', 'never', 'yet']: s.send(frame(text))
hear()`)
      await peer.line()
      assert.equal(body(await of(made).recv(2000)), 'yes')
      assert.equal(body(await of(made).recv(2000)), 'yet')
    })

    it('of a socket that names no protocol are none, and of one of htons(ETH_P_ALL) all', async () => {
      using none = socket(AF_PACKET, SOCK_RAW)
      using all = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL))
      none.bind({ ifindex: 'near' })
      assert.equal(none.getsockname().protocol, 0)
      all.bind({ ifindex: 'near' })
      assert.equal(all.getsockname().protocol, ETH_P_ALL)
      using sender = bound(SOCK_RAW)
      await of(sender).send(frame(far, near, 'seen'))
      while (body(await of(all).recv(2000)) !== 'seen');
      none.setblocking(false)
      await assert.rejects(of(none).recv(2000), { code: 'EAGAIN' })
    })

    it('go nowhere without an interface', async () => {
      using made = bound(SOCK_RAW)
      assert.throws(() => made.bind({ ifindex: 'nowhere' }), { code: 'ENODEV' })
      assert.throws(() => made.bind({ ifindex: 0x7fffffff }), { code: 'ENODEV' })
      using other = socket(AF_PACKET, SOCK_DGRAM)
      await assert.rejects(of(other).sendto('x', { ifindex: 'nowhere', addr: far }), { code: 'ENODEV' })
      await assert.rejects(of(other).sendto('x', { ifindex: 0, addr: far }), { code: 'ENXIO' })
    })

    describe('spread over a group', () => {
      /** Members of a new group, as many as wanted. */
      function group(several: Several, type: number, size: number): Socket<PacketAddress>[] {
        const members: Socket<PacketAddress>[] = []
        let id = 0
        for (let i = 0; i < size; i++) {
          const made = several.add(bound(SOCK_RAW))
          made.setsockopt(PACKET_FANOUT, { id, type, flags: i === 0 ? PACKET_FANOUT_FLAG_UNIQUEID : 0 })
          id = made.getsockopt(PACKET_FANOUT).id
          members.push(made)
        }
        return members
      }

      const send = async (packets: readonly Buffer[]): Promise<void> => {
        await using peer = atFarEnd(`
for text in json.loads(hear()): s.send(near + far + PROTOCOL.to_bytes(2, 'big') + bytes.fromhex(text))
say('sent'); hear()`)
        await peer.line()
        peer.tell(JSON.stringify(packets.map((packet) => packet.toString('hex'))))
        await peer.line()
      }
      const numbered = (list: readonly number[]): Buffer[] =>
        list.map((index, i) => Buffer.from([index, 65 + i]))

      it('in turns', async () => {
        using several = new Several()
        const members = group(several, PACKET_FANOUT_LB, 3)
        await send(numbered([0, 0, 0, 0, 0, 0]))
        for (const member of members)
          assert.deepEqual(member.getsockopt(PACKET_STATISTICS), { packets: 2, drops: 0 })
      })

      it('by a classic program', async () => {
        using several = new Several()
        const members = group(several, PACKET_FANOUT_CBPF, 3)
        // The program is given the packet without its link's header.
        members[0]?.setsockopt(PACKET_FANOUT_DATA, [load(0), { code: BPF_RET | BPF_A }])
        await send(numbered([2, 0, 1, 2]))
        const heard: string[] = []
        for (const member of members) heard.push(body(await of(member).recv(2000)))
        assert.deepEqual(heard, ['\x00B', '\x01C', '\x02A'])
        assert.equal(body(await of(members[2] as Socket<PacketAddress>).recv(2000)), '\x02D')
      })

      it('to the next one when one is full', async () => {
        using several = new Several()
        const [first, second] = group(several, PACKET_FANOUT_ROLLOVER, 2) as [
          Socket<PacketAddress>,
          Socket<PacketAddress>,
        ]
        first.setsockopt(SO_RCVBUF, 4096)
        await send(Array.from({ length: 40 }, () => Buffer.alloc(1000)))
        assert.ok(second.getsockopt(PACKET_STATISTICS).packets > 0)
        assert.ok(first.getsockopt(PACKET_STATISTICS).packets > 0)
        assert.ok(first.getsockopt(PACKET_ROLLOVER_STATS).all > 0)
      })
    })
  })

const needsCompiler = needs.skip === false ? needsProgram('cc') : needs

describe('an eBPF program', needsCompiler, () => {
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-bpf-'))
  const program = join(folder, 'bpf')
  after(() => rmSync(folder, { recursive: true }))

  /** The descriptor of a program, which is closed at the end of the block. */
  async function loaded(which: string): Promise<{ fd: number } & Disposable> {
    const source = fileURLToPath(new URL('../../../../test/kernel/usage/bpf.c', import.meta.url))
    const { status, stderr } = spawnSync('cc', ['-Wall', '-Werror', '-o', program, source])
    assert.equal(status, 0, String(stderr))
    const [ours, theirs] = socketpair()
    using mine = ours
    await using _ = new Peer([program, which], [theirs.fileno()])
    theirs.close()
    const { fds } = await mine.recvFds(1, 1)
    const [owned] = fds
    assert.ok(owned !== undefined)
    return owned
  }

  it('lets packets pass or not', async () => {
    using filter = await loaded('filter')
    using made = bound(SOCK_RAW)
    made.setsockopt(SO_ATTACH_BPF, filter.fd)
    await using peer = atFarEnd(`
for text in ['no', 'yes', 'never', 'yet']: s.send(frame(text))
hear(); s.send(frame('now')); hear()`)
    await peer.line()
    assert.equal(body(await made.recv(2000)), 'yes')
    assert.equal(body(await made.recv(2000)), 'yet')
    made.setsockopt(SO_DETACH_FILTER, true)
    peer.tell('go')
    assert.equal(body(await made.recv(2000)), 'now')
  })

  it('spreads packets over a group', async () => {
    using index = await loaded('index')
    using several = new Several()
    const flags = PACKET_FANOUT_FLAG_UNIQUEID
    const one = several.add(bound(SOCK_RAW))
    one.setsockopt(PACKET_FANOUT, { id: 0, type: PACKET_FANOUT_EBPF, flags })
    const two = several.add(bound(SOCK_RAW))
    two.setsockopt(PACKET_FANOUT, one.getsockopt(PACKET_FANOUT))
    one.setsockopt(SOL_PACKET, PACKET_FANOUT_DATA, index.fd)
    // It looks at the byte 14 of what it is given, which begins behind the link's header.
    await using peer = atFarEnd(`
for number in [1, 0, 1]: s.send(frame('x' * 14 + chr(number)))
say('sent'); hear()`)
    await peer.line()
    await peer.line()
    assert.equal(one.getsockopt(PACKET_STATISTICS).packets, 1)
    assert.equal(two.getsockopt(PACKET_STATISTICS).packets, 2)
  })
})
