/** Protocols beside TCP and UDP that this kernel has: multipath TCP, UDP-Lite, ping sockets, raw IP. */
import { inside, link, needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import * as b from 'berkeley'
import { python } from './peer.js'
import type { IpFamily } from './ways.js'

before(() => {
  if (needs.skip !== false) return
  link()
  sh(`sysctl -qw net.ipv4.ping_group_range='0 2147483647'`)
})

const families = [
  { name: 'IPv4', family: b.AF_INET as IpFamily, host: '127.0.0.1', far: '10.1.0.2', python: 'AF_INET' },
  { name: 'IPv6', family: b.AF_INET6 as IpFamily, host: '::1', far: 'fd01::2', python: 'AF_INET6' },
] as const

/** RFC 1071. */
function checksum(bytes: Uint8Array): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16)
  return ~sum & 0xffff
}

for (const { name, family, host, far, python: theirs } of families)
  describe(name, needs, () => {
    it('multipath TCP: ours to ours, and to Python, and what came of it', async () => {
      using server = b.socket(family, b.SOCK_STREAM, b.IPPROTO_MPTCP)
      server.bind({ host, port: 0 })
      server.listen()
      using client = b.socket(family, b.SOCK_STREAM, b.IPPROTO_MPTCP)
      await client.connect(server.getsockname())
      const [connection] = await server.accept()
      using _ = connection
      const waiting = connection.recv(100)
      await client.sendall('by many ways')
      assert.equal(String(await waiting), 'by many ways')
      assert.equal(connection.getsockopt(b.MPTCP_INFO).flags & b.MPTCP_INFO_FLAG_FALLBACK, 0)
      assert.equal(connection.getsockopt(b.MPTCP_SUBFLOW_ADDRS)[0]?.remote?.port, client.getsockname().port)

      await using peer = python(
        `
s = socket(${theirs}, SOCK_STREAM, 262); s.connect((sys.argv[1], int(sys.argv[2])))
s.sendall(b'from Python'); say(s.recv(100).decode())`,
        { args: [host, server.getsockname().port] },
      )
      const [second] = await server.accept()
      using __ = second
      assert.equal(String(await second.recv(100)), 'from Python')
      assert.equal(second.getsockopt(b.MPTCP_FULL_INFO).numSubflows, 1)
      await second.sendall('to Python')
      assert.equal(await peer.line(), 'to Python')
    })

    it('a client of plain TCP: it falls back', async () => {
      using server = b.socket(family, b.SOCK_STREAM, b.IPPROTO_MPTCP)
      server.bind({ host, port: 0 })
      server.listen()
      using client = b.socket(family, b.SOCK_STREAM)
      await client.connect(server.getsockname())
      const [connection] = await server.accept()
      using _ = connection
      await client.send('plain')
      assert.equal(String(await connection.recv(100)), 'plain')
      // It is a socket of TCP now, each family of which has its own word for options that it does not know.
      const code = family === b.AF_INET ? 'EOPNOTSUPP' : 'ENOPROTOOPT'
      assert.throws(() => connection.getsockopt(b.MPTCP_INFO), { code })
    })

    it('UDP-Lite: a checksum over the first bytes only', async () => {
      using one = b.socket(family, b.SOCK_DGRAM, b.IPPROTO_UDPLITE)
      one.bind({ host, port: 0 })
      one.setsockopt(b.UDPLITE_RECV_CSCOV, 12)
      await using peer = python(
        `
s = socket(${theirs}, SOCK_DGRAM, IPPROTO_UDPLITE)
for coverage in (8, 12):
  s.setsockopt(IPPROTO_UDPLITE, UDPLITE_SEND_CSCOV, coverage)
  s.sendto(b'%d' % coverage, (sys.argv[1], int(sys.argv[2])))
say(s.recv(100).decode())`,
        { args: [host, one.getsockname().port] },
      )
      // The one that covers less than is asked for here is dropped.
      const [data, from] = await one.recvfrom(100)
      assert.equal(String(data), '12')
      assert.ok(from !== null)
      await one.sendto('answer', from)
      assert.equal(await peer.line(), 'answer')
    })

    it('a ping socket: the kernel writes the number and the checksum', async () => {
      const [protocol, request, reply] =
        family === b.AF_INET ? [b.IPPROTO_ICMP, 8, 0] : [b.IPPROTO_ICMPV6, 128, 129]
      using ping = b.socket(family, b.SOCK_DGRAM, protocol)
      await ping.sendto(Uint8Array.of(request, 0, 0, 0, 0, 0, 0, 7, 104, 105), { host: far, port: 0 })
      const [data, from] = await ping.recvfrom(100)
      assert.equal(from?.host, far)
      assert.deepEqual([data[0], data.readUInt16BE(6), data.toString('latin1', 8)], [reply, 7, 'hi'])
      // Its number is the port of the socket.
      assert.equal(data.readUInt16BE(4), ping.getsockname().port)
    })

    it('a header of one’s own', async () => {
      await using peer = python(
        `
s = socket(${theirs}, SOCK_DGRAM)
s.bind((sys.argv[1], 0)); say(s.getsockname()[1])
data, peer = s.recvfrom(100); say(json.dumps([data.decode(), peer[0], peer[1]]))`,
        { args: [far], before: inside('far') },
      )
      const port = await peer.number()
      const own = family === b.AF_INET ? '10.1.0.99' : 'fd01::99'
      const [source, destination] = [own, far].map((text) => Buffer.from(b.inetPton(family, text))) as [
        Buffer,
        Buffer,
      ]
      const udp = Buffer.alloc(8 + 6)
      udp.writeUInt16BE(5353, 0)
      udp.writeUInt16BE(port, 2)
      udp.writeUInt16BE(udp.length, 4)
      udp.write('raw ip', 8)
      // RFC 768 and RFC 8200 §8.1: over the addresses, the protocol and the length, too.
      const pseudo = Buffer.from([0, b.IPPROTO_UDP, 0, udp.length])
      udp.writeUInt16BE(checksum(Buffer.concat([source, destination, pseudo, udp])), 6)
      const header = family === b.AF_INET ? Buffer.alloc(20) : Buffer.alloc(40)
      if (family === b.AF_INET) {
        header.set([0x45, 0, 0, header.length + udp.length, 0, 1, 0, 0, 64, b.IPPROTO_UDP])
        source.copy(header, 12)
        destination.copy(header, 16)
      } else {
        header.set([0x60, 0, 0, 0, 0, udp.length, b.IPPROTO_UDP, 64])
        source.copy(header, 8)
        destination.copy(header, 24)
      }
      // IPPROTO_RAW brings its header along by itself.
      using raw = b.socket(family, b.SOCK_RAW, b.IPPROTO_RAW)
      if (family === b.AF_INET) assert.equal(raw.getsockopt(b.IP_HDRINCL), true)
      else raw.setsockopt(b.IPV6_HDRINCL, true)
      await raw.sendto(Buffer.concat([header, udp]), { host: far, port: 0 })
      assert.deepEqual(await peer.json(), ['raw ip', own, 5353])
    })
  })

describe('memberships, as routers hear of them', needs, () => {
  it('IGMP, RFC 3376', async () => {
    using router = b.socket(b.AF_INET, b.SOCK_RAW, b.IPPROTO_IGMP)
    router.setsockopt(b.IP_ADD_MEMBERSHIP, { group: '224.0.0.22', interface: b.ifNametoindex('near') })
    await using peer = python(
      `s = socket(AF_INET, SOCK_DGRAM)
s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP, inet_aton('239.1.2.3') + inet_aton('10.1.0.2')); say('joined'); hear()`,
      { before: inside('far') },
    )
    assert.equal(await peer.line(), 'joined')
    const group = Buffer.from(b.inetAton('239.1.2.3'))
    for await (const { data, address } of router.messages()) {
      const message = data.subarray(((data[0] ?? 0) & 15) * 4)
      if (message[0] !== 0x22 || !message.includes(group)) continue
      assert.equal(address?.host, '10.1.0.2')
      assert.equal(checksum(message), 0)
      break
    }
  })

  it('MLD, RFC 3810', async () => {
    using router = b.socket(b.AF_INET6, b.SOCK_RAW, b.IPPROTO_ICMPV6)
    // Listener reports alone.
    router.setsockopt(b.ICMPV6_FILTER, { pass: [143] })
    router.setsockopt(b.IPV6_JOIN_GROUP, { group: 'ff02::16', interface: b.ifNametoindex('near') })
    await using peer = python(
      `s = socket(AF_INET6, SOCK_DGRAM)
s.setsockopt(IPPROTO_IPV6, IPV6_JOIN_GROUP, inet_pton(AF_INET6, 'ff15::77') + struct.pack('I', if_nametoindex('far'))); say('joined'); hear()`,
      { before: inside('far') },
    )
    assert.equal(await peer.line(), 'joined')
    const group = Buffer.from(b.inetPton(b.AF_INET6, 'ff15::77'))
    for await (const { data } of router.messages()) {
      if (!data.includes(group)) continue
      assert.equal(data[0], 143)
      break
    }
  })
})
