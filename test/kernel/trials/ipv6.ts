/** IPPROTO_IPV6. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { reads, refuses, type Trial, tried, trip, unreadable } from './trial.js'

/** A header of options that says nothing: 8 bytes, a PadN of 4 in it. */
const padding = Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0)
/** A Routing header of type 4, segments: ::1 alone. */
const routing = Uint8Array.of(0, 2, 4, 0, 0, 0, 0, 0, ...new Uint8Array(15), 1)
/** The control message IPV6_HOPLIMIT 7. */
const hopLimit = Uint8Array.of(
  20,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
  b.IPPROTO_IPV6,
  0,
  0,
  0,
  b.IPV6_HOPLIMIT,
  0,
  0,
  0,
  7,
  0,
  0,
  0,
  0,
  0,
  0,
  0,
)

export const trials: Readonly<Record<string, Trial>> = {
  IPV6_UNICAST_HOPS: trip('udp6', b.IPV6_UNICAST_HOPS, 33),
  IPV6_TCLASS: trip('udp6', b.IPV6_TCLASS, 16),
  IPV6_DONTFRAG: trip('udp6', b.IPV6_DONTFRAG, true),
  IPV6_MTU_DISCOVER: trip('udp6', b.IPV6_MTU_DISCOVER, b.IPV6_PMTUDISC_PROBE),
  // What is set is a limit, what is read the path's: one does not show in the other.
  IPV6_MTU: tried('talk6', (made, own) => {
    assert.equal(made.getsockopt(b.IPV6_MTU), 65536)
    made.setsockopt(b.IPV6_MTU, 1300)
    refuses(() => made.setsockopt(b.IPV6_MTU, 1279), 'EINVAL')
    refuses(() => own(b.socket(b.AF_INET6, b.SOCK_DGRAM)).getsockopt(b.IPV6_MTU), 'ENOTCONN')
  }),
  IPV6_AUTOFLOWLABEL: tried('udp6', (made) => {
    const first = made.getsockopt(b.IPV6_AUTOFLOWLABEL)
    for (const value of [!first, first]) {
      made.setsockopt(b.IPV6_AUTOFLOWLABEL, value)
      assert.equal(made.getsockopt(b.IPV6_AUTOFLOWLABEL), value)
    }
  }),
  IPV6_FLOWINFO_SEND: trip('udp6', b.IPV6_FLOWINFO_SEND, true),
  // The answer says the rest too.
  IPV6_ADDR_PREFERENCES: trip('udp6', b.IPV6_ADDR_PREFERENCES, b.IPV6_PREFER_SRC_TMP, {
    read: b.IPV6_PREFER_SRC_TMP | b.IPV6_PREFER_SRC_HOME,
  }),
  IPV6_HDRINCL: trip('test6', b.IPV6_HDRINCL, true),
  IPV6_CHECKSUM: trip('test6', b.IPV6_CHECKSUM, 6),
  IPV6_HOPOPTS: trip('udp6', b.IPV6_HOPOPTS, padding, { root: true }),
  IPV6_RTHDRDSTOPTS: trip('udp6', b.IPV6_RTHDRDSTOPTS, padding, { root: true }),
  IPV6_RTHDR: trip('udp6', b.IPV6_RTHDR, routing, { root: true }),
  IPV6_DSTOPTS: trip('udp6', b.IPV6_DSTOPTS, padding, { root: true }),
  IPV6_2292PKTOPTIONS: tried('stream6', (made, own) => {
    assert.deepEqual(made.getsockopt(b.IPV6_2292PKTOPTIONS), new Uint8Array(0))
    made.setsockopt(b.IPV6_2292HOPLIMIT, true)
    const [length] = made.getsockopt(b.IPV6_2292PKTOPTIONS)
    assert.equal(length, 20)
    const udp = own(b.socket(b.AF_INET6, b.SOCK_DGRAM))
    udp.setsockopt(b.IPV6_2292PKTOPTIONS, hopLimit)
    refuses(() => udp.setsockopt(b.IPV6_2292PKTOPTIONS, hopLimit.subarray(0, 16)), 'EINVAL')
  }),

  IPV6_V6ONLY: trip('udp6', b.IPV6_V6ONLY, true),
  IPV6_ADDRFORM: tried('udp6', async (made, own) => {
    refuses(() => made.getsockopt(b.IPV6_ADDRFORM), 'ENOTCONN')
    const peer = own(b.socket(b.AF_INET, b.SOCK_DGRAM))
    peer.bind({ host: '127.0.0.1', port: 0 })
    await made.connect({ host: '::ffff:127.0.0.1', port: peer.getsockname().port })
    assert.equal(made.getsockopt(b.IPV6_ADDRFORM), b.AF_INET6)
    made.setsockopt(b.IPV6_ADDRFORM, b.AF_INET)
    assert.equal(made.getsockopt(b.SO_DOMAIN), b.AF_INET)
    assert.equal(made.getsockname().family, 'inet')
  }),
  IPV6_FREEBIND: trip('udp6', b.IPV6_FREEBIND, true),
  IPV6_TRANSPARENT: trip('udp6', b.IPV6_TRANSPARENT, true, { root: true }),
  IPV6_UNICAST_IF: tried('udp6', (made) => {
    assert.equal(made.getsockopt(b.IPV6_UNICAST_IF), 0)
    made.setsockopt(b.IPV6_UNICAST_IF, 1)
    assert.equal(made.getsockopt(b.IPV6_UNICAST_IF), 1)
    refuses(() => made.setsockopt(b.IPPROTO_IPV6, b.IPV6_UNICAST_IF, 1), 'EADDRNOTAVAIL')
  }),
  IPV6_ROUTER_ALERT: tried('rawest6', (made, own) => {
    made.setsockopt(b.IPV6_ROUTER_ALERT, 0)
    refuses(() => made.setsockopt(b.IPV6_ROUTER_ALERT, 0), 'EADDRINUSE')
    made.setsockopt(b.IPV6_ROUTER_ALERT, -1)
    refuses(() => own(b.socket(b.AF_INET6)).setsockopt(b.IPV6_ROUTER_ALERT, 0), 'ENOPROTOOPT')
  }),
  IPV6_ROUTER_ALERT_ISOLATE: trip('rawest6', b.IPV6_ROUTER_ALERT_ISOLATE, true),

  IPV6_RECVPKTINFO: trip('udp6', b.IPV6_RECVPKTINFO, true),
  IPV6_RECVHOPLIMIT: trip('udp6', b.IPV6_RECVHOPLIMIT, true),
  IPV6_RECVTCLASS: trip('udp6', b.IPV6_RECVTCLASS, true),
  IPV6_RECVHOPOPTS: trip('udp6', b.IPV6_RECVHOPOPTS, true),
  IPV6_RECVRTHDR: trip('udp6', b.IPV6_RECVRTHDR, true),
  IPV6_RECVDSTOPTS: trip('udp6', b.IPV6_RECVDSTOPTS, true),
  IPV6_RECVPATHMTU: trip('udp6', b.IPV6_RECVPATHMTU, true),
  IPV6_RECVORIGDSTADDR: trip('udp6', b.IPV6_RECVORIGDSTADDR, true),
  IPV6_RECVFRAGSIZE: trip('udp6', b.IPV6_RECVFRAGSIZE, true),
  IPV6_FLOWINFO: trip('udp6', b.IPV6_FLOWINFO, true),
  IPV6_RECVERR: trip('udp6', b.IPV6_RECVERR, true),
  IPV6_RECVERR_RFC4884: trip('udp6', b.IPV6_RECVERR_RFC4884, true),
  IPV6_MINHOPCOUNT: trip('udp6', b.IPV6_MINHOPCOUNT, 5),
  IPV6_2292PKTINFO: trip('udp6', b.IPV6_2292PKTINFO, true),
  IPV6_2292HOPLIMIT: trip('udp6', b.IPV6_2292HOPLIMIT, true),
  IPV6_2292HOPOPTS: trip('udp6', b.IPV6_2292HOPOPTS, true),
  IPV6_2292DSTOPTS: trip('udp6', b.IPV6_2292DSTOPTS, true),
  IPV6_2292RTHDR: trip('udp6', b.IPV6_2292RTHDR, true),

  IPV6_MULTICAST_IF: trip('udp6', b.IPV6_MULTICAST_IF, 1),
  IPV6_MULTICAST_HOPS: trip('udp6', b.IPV6_MULTICAST_HOPS, 3),
  IPV6_MULTICAST_LOOP: trip('udp6', b.IPV6_MULTICAST_LOOP, false),
  IPV6_MULTICAST_ALL: trip('udp6', b.IPV6_MULTICAST_ALL, false),

  IPV6_PKTINFO: tried('udp6', (made) => {
    made.setsockopt(b.IPV6_PKTINFO, { address: '::1', interface: 1 })
    made.setsockopt(b.IPV6_PKTINFO, {})
    made.setsockopt(b.SO_BINDTOIFINDEX, 1)
    // The socket is bound to another interface.
    refuses(() => made.setsockopt(b.IPV6_PKTINFO, { interface: 2 }), 'EINVAL')
    unreadable(made, b.IPV6_PKTINFO)
  }),
  IPV6_PATHMTU: reads('talk6', b.IPV6_PATHMTU, (value, _, own) => {
    assert.deepEqual(value, { host: '::', scopeId: 0, mtu: 65536 })
    refuses(() => own(b.socket(b.AF_INET6, b.SOCK_DGRAM)).getsockopt(b.IPV6_PATHMTU), 'ENOTCONN')
  }),
  IPV6_FLOWLABEL_MGR: tried('udp6', async (made, own) => {
    // Of this process: an exclusive label is kept a while when it is given back.
    const label = 0x10000 + (process.pid % 0xf0000)
    refuses(() => made.getsockopt(b.IPV6_FLOWLABEL_MGR, {}), 'ENOENT')
    const wanted = { action: b.IPV6_FL_A_GET, label, dst: '::1', share: b.IPV6_FL_S_EXCL }
    refuses(() => made.setsockopt(b.IPV6_FLOWLABEL_MGR, wanted), 'ENOENT')
    made.setsockopt(b.IPV6_FLOWLABEL_MGR, { ...wanted, flags: b.IPV6_FL_F_CREATE, linger: 6, expires: 30 })
    const peer = own(b.socket(b.AF_INET6, b.SOCK_DGRAM))
    peer.bind({ host: '::1', port: 0 })
    made.setsockopt(b.IPV6_FLOWINFO_SEND, true)
    await (made as b.Socket<b.Inet6Address>).connect({ ...peer.getsockname(), flowinfo: label })
    const leased = made.getsockopt(b.IPV6_FLOWLABEL_MGR, {})
    assert.deepEqual(
      { ...leased, expires: 30 },
      { label, dst: '::1', share: b.IPV6_FL_S_EXCL, linger: 6, expires: 30 },
    )
    assert.ok(leased.expires > 0 && leased.expires <= 30)
    made.setsockopt(b.IPV6_FLOWLABEL_MGR, { action: b.IPV6_FL_A_PUT, label })
    refuses(() => made.setsockopt(b.IPV6_FLOWLABEL_MGR, { action: b.IPV6_FL_A_PUT, label }), 'ESRCH')
  }),
}
