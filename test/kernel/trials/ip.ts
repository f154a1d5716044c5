/** IPPROTO_IP, IPPROTO_UDP and the filter of ICMP. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { reads, refuses, type Trial, tried, trip, unreadable } from './trial.js'

/** Whole policies are a matter of IPsec; that they get there is seen by what is refused. */
const policy = (on: 'udp' | 'udp6', row: b.Writable<Uint8Array>): Trial =>
  tried(
    on,
    (made) => {
      made.setsockopt(row, new Uint8Array(0))
      refuses(() => made.setsockopt(row, new Uint8Array(8)), 'EINVAL')
      unreadable(made, row)
    },
    { root: true, missing: [['EOPNOTSUPP', 'ENOPROTOOPT'], 'IPsec'] },
  )

const tracking: Partial<Trial> = { missing: [['ENOPROTOOPT'], 'connection tracking'] }

/** Made for PF_KEY, which few kernels have. */
const oldPolicy = (on: 'udp' | 'udp6', row: b.Writable<Uint8Array>): Trial =>
  tried(on, (made) => made.setsockopt(row, new Uint8Array(8)), {
    root: true,
    missing: [['EOPNOTSUPP', 'EINVAL'], 'a policy of PF_KEY'],
  })

export const trials: Readonly<Record<string, Trial>> = {
  IP_XFRM_POLICY: policy('udp', b.IP_XFRM_POLICY),
  IPV6_XFRM_POLICY: policy('udp6', b.IPV6_XFRM_POLICY),
  IP_IPSEC_POLICY: oldPolicy('udp', b.IP_IPSEC_POLICY),
  IPV6_IPSEC_POLICY: oldPolicy('udp6', b.IPV6_IPSEC_POLICY),
  IP_TTL: trip('udp', b.IP_TTL, 33),
  IP_TOS: trip('udp', b.IP_TOS, 0x10),
  IP_OPTIONS: trip('udp', b.IP_OPTIONS, Uint8Array.of(1, 1, 1, 0)),
  IP_HDRINCL: trip('raw', b.IP_HDRINCL, true),
  IP_MTU_DISCOVER: trip('udp', b.IP_MTU_DISCOVER, b.IP_PMTUDISC_PROBE),
  IP_MTU: reads('talk', b.IP_MTU, (value, _, own) => {
    assert.equal(value, 65535)
    refuses(() => own(b.socket(b.AF_INET, b.SOCK_DGRAM)).getsockopt(b.IP_MTU), 'ENOTCONN')
  }),
  IP_NODEFRAG: trip('raw', b.IP_NODEFRAG, true),
  IP_CHECKSUM: trip('udp', b.IP_CHECKSUM, true),
  IP_FREEBIND: tried('udp', (made) => {
    const nobodys = { host: '203.0.113.1', port: 0 }
    assert.equal(made.getsockopt(b.IP_FREEBIND), false)
    refuses(() => made.bind(nobodys), 'EADDRNOTAVAIL')
    made.setsockopt(b.IP_FREEBIND, true)
    assert.equal(made.getsockopt(b.IP_FREEBIND), true)
    made.bind(nobodys)
  }),
  IP_TRANSPARENT: trip('udp', b.IP_TRANSPARENT, true, { root: true }),
  IP_BIND_ADDRESS_NO_PORT: trip('udp', b.IP_BIND_ADDRESS_NO_PORT, true),
  IP_UNICAST_IF: tried('udp', async (made, own) => {
    assert.equal(made.getsockopt(b.IP_UNICAST_IF), 0)
    made.setsockopt(b.IP_UNICAST_IF, 1)
    assert.equal(made.getsockopt(b.IP_UNICAST_IF), 1)
    // The index is in the other byte order: nobody has an interface of the number that it would be in this one.
    refuses(() => made.setsockopt(b.IPPROTO_IP, b.IP_UNICAST_IF, 1), 'EADDRNOTAVAIL')
    const peer = own(b.socket(b.AF_INET, b.SOCK_DGRAM))
    peer.bind({ host: '127.0.0.1', port: 0 })
    await made.sendto('x', peer.getsockname())
    assert.equal(String(await peer.recv(1)), 'x')
  }),
  IP_PROTOCOL: reads('raw', b.IP_PROTOCOL, (value) => assert.equal(value, b.IPPROTO_ICMP)),
  IP_ROUTER_ALERT: tried('raw', (made, own) => {
    made.setsockopt(b.IP_ROUTER_ALERT, true)
    made.setsockopt(b.IP_ROUTER_ALERT, false)
    refuses(() => own(b.socket()).setsockopt(b.IP_ROUTER_ALERT, true), 'EINVAL')
  }),
  IP_PKTINFO: trip('udp', b.IP_PKTINFO, true),
  IP_PKTOPTIONS: reads('stream', b.IP_PKTOPTIONS, (value, made, own) => {
    assert.deepEqual(value, new Uint8Array(0))
    made.setsockopt(b.IP_PKTINFO, true)
    // struct cmsghdr of in_pktinfo: 16 and 12 bytes, the destination last.
    const packed = made.getsockopt(b.IP_PKTOPTIONS)
    assert.deepEqual([...packed.subarray(0, 16)], [28, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0])
    refuses(() => own(b.socket(b.AF_INET, b.SOCK_DGRAM)).getsockopt(b.IP_PKTOPTIONS), 'ENOPROTOOPT')
  }),
  IP_RECVTTL: trip('udp', b.IP_RECVTTL, true),
  IP_RECVTOS: trip('udp', b.IP_RECVTOS, true),
  IP_RECVOPTS: trip('udp', b.IP_RECVOPTS, true),
  IP_RETOPTS: trip('udp', b.IP_RETOPTS, true),
  IP_RECVORIGDSTADDR: trip('udp', b.IP_RECVORIGDSTADDR, true),
  IP_RECVFRAGSIZE: trip('udp', b.IP_RECVFRAGSIZE, true),
  IP_PASSSEC: trip('udp', b.IP_PASSSEC, true),
  IP_RECVERR: trip('udp', b.IP_RECVERR, true),
  IP_RECVERR_RFC4884: trip('udp', b.IP_RECVERR_RFC4884, true),
  IP_MINTTL: trip('udp', b.IP_MINTTL, 5),
  IP_MULTICAST_TTL: trip('udp', b.IP_MULTICAST_TTL, 3),
  IP_MULTICAST_LOOP: trip('udp', b.IP_MULTICAST_LOOP, false),
  IP_MULTICAST_ALL: trip('udp', b.IP_MULTICAST_ALL, false),
  IP_MULTICAST_IF: tried('udp', (made) => {
    assert.equal(made.getsockopt(b.IP_MULTICAST_IF), '0.0.0.0')
    made.setsockopt(b.IP_MULTICAST_IF, '127.0.0.1')
    assert.equal(made.getsockopt(b.IP_MULTICAST_IF), '127.0.0.1')
    made.setsockopt(b.IP_MULTICAST_IF, 1)
    assert.equal(made.getsockopt(b.IP_MULTICAST_IF), '0.0.0.0')
    refuses(() => made.setsockopt(b.IP_MULTICAST_IF, 9999), 'EADDRNOTAVAIL')
  }),
  IP_LOCAL_PORT_RANGE: tried(
    'udp',
    (made) => {
      const range = { low: 40_000, high: 40_020 }
      assert.deepEqual(made.getsockopt(b.IP_LOCAL_PORT_RANGE), { low: 0, high: 0 })
      made.setsockopt(b.IP_LOCAL_PORT_RANGE, range)
      assert.deepEqual(made.getsockopt(b.IP_LOCAL_PORT_RANGE), range)
      made.bind({ host: '127.0.0.1', port: 0 })
      const { port } = made.getsockname() as b.InetAddress
      assert.ok(port >= range.low && port <= range.high, String(port))
    },
    { missing: [['ENOPROTOOPT'], 'Linux 6.3'] },
  ),
  // Of connections that are not tracked; usage/redirect.test.ts has those that are.
  SO_ORIGINAL_DST: tried(
    'stream',
    (made) => refuses(() => made.getsockopt(b.SO_ORIGINAL_DST), 'ENOENT'),
    tracking,
  ),
  IP6T_SO_ORIGINAL_DST: tried(
    'stream6',
    (made) => refuses(() => made.getsockopt(b.IP6T_SO_ORIGINAL_DST), 'ENOENT'),
    tracking,
  ),

  UDP_CORK: tried('talk', async (made, own) => {
    const peer = own(b.socket(b.AF_INET, b.SOCK_DGRAM))
    peer.bind({ host: '127.0.0.1', port: 0 })
    await made.connect(peer.getsockname())
    assert.equal(made.getsockopt(b.UDP_CORK), false)
    made.setsockopt(b.UDP_CORK, true)
    assert.equal(made.getsockopt(b.UDP_CORK), true)
    await made.send('one ')
    await made.send('datagram')
    made.setsockopt(b.UDP_CORK, false)
    assert.equal(String(await peer.recv(100)), 'one datagram')
  }),
  UDP_ENCAP: trip('udp', b.UDP_ENCAP, b.UDP_ENCAP_ESPINUDP, { missing: [['ENOPROTOOPT'], 'IPsec over UDP'] }),
  UDP_NO_CHECK6_TX: trip('udp6', b.UDP_NO_CHECK6_TX, true),
  UDP_NO_CHECK6_RX: trip('udp6', b.UDP_NO_CHECK6_RX, true),
  UDP_SEGMENT: tried('talk', async (made, own) => {
    const peer = own(b.socket(b.AF_INET, b.SOCK_DGRAM))
    peer.bind({ host: '127.0.0.1', port: 0 })
    await made.connect(peer.getsockname())
    assert.equal(made.getsockopt(b.UDP_SEGMENT), 0)
    made.setsockopt(b.UDP_SEGMENT, 5)
    assert.equal(made.getsockopt(b.UDP_SEGMENT), 5)
    await made.send('12345678')
    assert.deepEqual([String(await peer.recv(100)), String(await peer.recv(100))], ['12345', '678'])
  }),
  UDP_GRO: trip('udp', b.UDP_GRO, true),

  ICMP_FILTER: tried('raw', async (made, own) => {
    assert.deepEqual(made.getsockopt(b.ICMP_FILTER).block, [])
    made.setsockopt(b.ICMP_FILTER, { block: [b.ICMP_ECHO, b.ICMP_DEST_UNREACH] })
    assert.deepEqual(made.getsockopt(b.ICMP_FILTER).block, [b.ICMP_DEST_UNREACH, b.ICMP_ECHO])
    made.setsockopt(b.ICMP_FILTER, { pass: [b.ICMP_ECHOREPLY] })
    assert.deepEqual(made.getsockopt(b.ICMP_FILTER).pass, [b.ICMP_ECHOREPLY])
    // A ping to oneself is seen twice, but for the filter: first of all the request.
    const sender = own(b.socket(b.AF_INET, b.SOCK_RAW, b.IPPROTO_ICMP))
    const identifier = [process.pid >> 8, process.pid].map((byte) => byte & 255)
    const sum = 0xffff - ((0x0800 + (process.pid & 0xffff)) % 0xffff)
    const ping = Uint8Array.of(b.ICMP_ECHO, 0, sum >> 8, sum & 255, ...identifier, 0, 0)
    await sender.sendto(ping, { host: '127.0.0.1', port: 0 })
    made.settimeout(5000)
    // Pings of others may be answered at the same time.
    for (;;) {
      const packet = await made.recv(200)
      assert.equal(packet[20], b.ICMP_ECHOREPLY)
      if (packet[24] === identifier[0] && packet[25] === identifier[1]) break
    }
  }),
  ICMPV6_FILTER: tried('raw6', (made) => {
    assert.deepEqual(made.getsockopt(b.ICMPV6_FILTER).block, [])
    made.setsockopt(b.ICMPV6_FILTER, { pass: [b.ICMPV6_ECHO_REPLY, 255] })
    assert.deepEqual(made.getsockopt(b.ICMPV6_FILTER).pass, [b.ICMPV6_ECHO_REPLY, 255])
    made.setsockopt(b.ICMPV6_FILTER, { block: [1, 133] })
    assert.deepEqual(made.getsockopt(b.ICMPV6_FILTER).block, [1, 133])
  }),
}
