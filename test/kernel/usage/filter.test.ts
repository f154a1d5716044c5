/** Classic BPF on sockets: what comes through, and which socket of a group it comes to; ICMP's own filters. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  BPF_A,
  BPF_ABS,
  BPF_B,
  BPF_JEQ,
  BPF_JMP,
  BPF_K,
  BPF_LD,
  BPF_RET,
  type FilterInstruction,
  ICMP_ECHO,
  ICMP_ECHOREPLY,
  ICMP_FILTER,
  ICMPV6_ECHO_REPLY,
  ICMPV6_ECHO_REQUEST,
  ICMPV6_FILTER,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SO_ATTACH_FILTER,
  SO_ATTACH_REUSEPORT_CBPF,
  SO_DETACH_FILTER,
  SO_DETACH_REUSEPORT_BPF,
  SO_GET_FILTER,
  SO_LOCK_FILTER,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_RAW,
  SOCK_STREAM,
  type Socket,
  socket,
} from 'berkeley'
import { Several } from '../matrix.js'
import { type Ip, type IpFamily, ways } from './ways.js'

const load = (offset: number): FilterInstruction => ({ code: BPF_LD | BPF_B | BPF_ABS, k: offset })
const give = (bytes: number): FilterInstruction => ({ code: BPF_RET | BPF_K, k: bytes })
const UDP_HEADER = 8

/** Lets datagrams through whose first byte is this one. */
const beginningWith = (text: string): readonly FilterInstruction[] => [
  load(UDP_HEADER),
  { code: BPF_JMP | BPF_JEQ | BPF_K, k: text.charCodeAt(0), jt: 0, jf: 1 },
  give(0xffffffff),
  give(0),
]

const cases: readonly { name: string; family: IpFamily; host: string }[] = [
  { name: 'IPv4', family: AF_INET, host: '127.0.0.1' },
  { name: 'IPv6', family: AF_INET6, host: '::1' },
]

/** As many sockets on one port. */
function group(
  several: Several,
  { family, host }: (typeof cases)[number],
  type: number,
  size: number,
): Socket<Ip>[] {
  const members: Socket<Ip>[] = []
  for (let port = 0; members.length < size; port = members[0]?.getsockname().port ?? 0) {
    const made = several.add(socket(family, type))
    made.setsockopt(SO_REUSEPORT, true)
    made.bind({ host, port })
    if (type === SOCK_STREAM) made.listen()
    members.push(made)
  }
  return members
}

for (const each of cases)
  for (const { name, of } of ways)
    describe(`a program over ${each.name}, ${name}`, needs, () => {
      it('lets through what begins with a certain byte, until it is taken away', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.bind({ host: each.host, port: 0 })
        const program = beginningWith('y')
        made.setsockopt(SO_ATTACH_FILTER, program)
        assert.deepEqual(
          made.getsockopt(SO_GET_FILTER),
          program.map((one) => ({ jt: 0, jf: 0, k: 0, ...one })),
        )
        const address = made.getsockname()
        for (const text of ['no', 'yes', 'never', 'yes again']) await of(made).sendto(text, address)
        assert.equal(`${await of(made).recv(100)}`, 'yes')
        assert.equal(`${await of(made).recv(100)}`, 'yes again')
        made.setsockopt(SO_DETACH_FILTER, true)
        assert.deepEqual(made.getsockopt(SO_GET_FILTER), [])
        await of(made).sendto('now', address)
        assert.equal(`${await of(made).recv(100)}`, 'now')
        assert.throws(() => made.setsockopt(SO_DETACH_FILTER, true), { code: 'ENOENT' })
      })

      it('cuts what comes to the length that it returns', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.bind({ host: each.host, port: 0 })
        made.setsockopt(SO_ATTACH_FILTER, [give(UDP_HEADER + 3)])
        await of(made).sendto('abcdef', made.getsockname())
        assert.equal(`${await of(made).recv(100)}`, 'abc')
      })

      it('that is locked stays: EPERM', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(SO_ATTACH_FILTER, beginningWith('y'))
        made.setsockopt(SO_LOCK_FILTER, true)
        assert.equal(made.getsockopt(SO_LOCK_FILTER), true)
        assert.throws(() => made.setsockopt(SO_ATTACH_FILTER, [give(0)]), { code: 'EPERM' })
        assert.throws(() => made.setsockopt(SO_DETACH_FILTER, true), { code: 'EPERM' })
        assert.throws(() => made.setsockopt(SO_LOCK_FILTER, false), { code: 'EPERM' })
      })

      it('that makes no sense is EINVAL', () => {
        using made = socket(each.family, SOCK_DGRAM)
        // It would run past its end.
        assert.throws(() => made.setsockopt(SO_ATTACH_FILTER, [load(0)]), { code: 'EINVAL' })
      })

      it('chooses the socket of a group by the first byte of a datagram', async () => {
        using several = new Several()
        const members = group(several, each, SOCK_DGRAM, 3)
        const [first] = members as [Socket<Ip>]
        first.setsockopt(SO_ATTACH_REUSEPORT_CBPF, [load(0), { code: BPF_RET | BPF_A }])
        const sender = several.add(socket(each.family, SOCK_DGRAM))
        for (const index of [2, 0, 1, 2])
          await of(sender).sendto(new Uint8Array([index, 65 + index]), first.getsockname())
        const heard = async (by: Socket<Ip>): Promise<string> => `${(await of(by).recv(10)).subarray(1)}`
        for (const [index, member] of members.entries())
          assert.equal(await heard(member), String.fromCharCode(65 + index))
        assert.equal(await heard(members[2] as Socket<Ip>), 'C')
        first.setsockopt(SO_DETACH_REUSEPORT_BPF, true)
        assert.throws(() => first.setsockopt(SO_DETACH_REUSEPORT_BPF, true), { code: 'ENOENT' })
      })

      it('chooses the listener that connections come to', async () => {
        using several = new Several()
        const [first, second] = group(several, each, SOCK_STREAM, 2) as [Socket<Ip>, Socket<Ip>]
        first.setsockopt(SO_ATTACH_REUSEPORT_CBPF, [give(1)])
        for (let i = 0; i < 20; i++) {
          const client = several.add(socket(each.family, SOCK_STREAM))
          await of(client).connect(first.getsockname())
          several.add((await of(second).accept())[0])
        }
        first.setblocking(false)
        await assert.rejects(of(first).accept(), { code: 'EAGAIN' })
      })
    })

/** An echo request without its checksum, which the kernel sees to over IPv6. */
const echo = (type: number): Buffer => Buffer.from([type, 0, 0, 0, 0, 1, 0, 1])

/** The Internet checksum, RFC 1071. */
function summed(message: Buffer): Buffer {
  let sum = 0
  for (let i = 0; i < message.length; i += 2) sum += message.readUInt16BE(i)
  message.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 2)
  return message
}

for (const { name, of } of ways)
  describe(`a raw socket, ${name}`, needs, () => {
    it('hears all of ICMP on loopback, or what ICMP_FILTER lets through', async () => {
      using made = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
      const address = { host: '127.0.0.1', port: 0 }
      const typeOf = async (): Promise<number | undefined> => {
        const packet = await of(made).recv(1500)
        return packet[((packet[0] ?? 0) & 15) * 4]
      }
      await of(made).sendto(summed(echo(ICMP_ECHO)), address)
      assert.deepEqual([await typeOf(), await typeOf()], [ICMP_ECHO, ICMP_ECHOREPLY])
      made.setsockopt(ICMP_FILTER, { pass: [ICMP_ECHOREPLY] })
      assert.deepEqual(made.getsockopt(ICMP_FILTER).pass, [ICMP_ECHOREPLY])
      for (let i = 0; i < 3; i++) {
        await of(made).sendto(summed(echo(ICMP_ECHO)), address)
        assert.equal(await typeOf(), ICMP_ECHOREPLY)
      }
      made.setsockopt(ICMP_FILTER, { block: [ICMP_ECHOREPLY] })
      await of(made).sendto(summed(echo(ICMP_ECHO)), address)
      assert.equal(await typeOf(), ICMP_ECHO)
    })

    it('hears all of ICMPv6 on loopback, or what ICMPV6_FILTER lets through', async () => {
      using made = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
      const address = { host: '::1', port: 0 }
      const typeOf = async (): Promise<number | undefined> => (await of(made).recv(1500))[0]
      await of(made).sendto(echo(ICMPV6_ECHO_REQUEST), address)
      assert.deepEqual([await typeOf(), await typeOf()], [ICMPV6_ECHO_REQUEST, ICMPV6_ECHO_REPLY])
      made.setsockopt(ICMPV6_FILTER, { pass: [ICMPV6_ECHO_REPLY] })
      assert.deepEqual(made.getsockopt(ICMPV6_FILTER).pass, [ICMPV6_ECHO_REPLY])
      for (let i = 0; i < 3; i++) {
        await of(made).sendto(echo(ICMPV6_ECHO_REQUEST), address)
        assert.equal(await typeOf(), ICMPV6_ECHO_REPLY)
      }
      made.setsockopt(ICMPV6_FILTER, { block: [ICMPV6_ECHO_REPLY] })
      await of(made).sendto(echo(ICMPV6_ECHO_REQUEST), address)
      assert.equal(await typeOf(), ICMPV6_ECHO_REQUEST)
    })
  })
