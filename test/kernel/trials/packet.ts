/** SOL_PACKET. What the options do is seen in usage/packet.test.ts. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as b from 'berkeley'
import { type AnySocket, reads, refuses, type Trial, tried, trip, unreadable } from './trial.js'

/** IEEE 802's for experiments: nobody speaks it on loopback. */
const PROTOCOL = 0x88b5
const onLoopback = (made: AnySocket): void =>
  made.bind({ family: 'packet', ifindex: 'lo', protocol: PROTOCOL })

const group = { id: 0, type: b.PACKET_FANOUT_LB, flags: b.PACKET_FANOUT_FLAG_UNIQUEID }
const all: b.FilterInstruction[] = [{ code: b.BPF_RET | b.BPF_K, k: 0 }]

export const trials: Readonly<Record<string, Trial>> = {
  PACKET_ADD_MEMBERSHIP: tried('packet', (made) => {
    const lo = { ifindex: 1, type: b.PACKET_MR_ALLMULTI }
    made.setsockopt(b.PACKET_ADD_MEMBERSHIP, lo)
    made.setsockopt(b.PACKET_DROP_MEMBERSHIP, lo)
    refuses(() => made.setsockopt(b.PACKET_ADD_MEMBERSHIP, { ...lo, ifindex: 0x7fffffff }), 'ENODEV')
    unreadable(made, b.PACKET_ADD_MEMBERSHIP)
  }),
  PACKET_DROP_MEMBERSHIP: tried('packet', (made) => {
    const lo = { ifindex: 1, type: b.PACKET_MR_MULTICAST, address: Uint8Array.of(1, 0, 0x5e, 0, 0, 9) }
    made.setsockopt(b.PACKET_ADD_MEMBERSHIP, lo)
    assert.match(readFileSync('/proc/net/dev_mcast', 'utf8'), /\blo\b.*01005e000009/)
    made.setsockopt(b.PACKET_DROP_MEMBERSHIP, lo)
    assert.doesNotMatch(readFileSync('/proc/net/dev_mcast', 'utf8'), /\blo\b.*01005e000009/)
    unreadable(made, b.PACKET_DROP_MEMBERSHIP)
  }),
  PACKET_STATISTICS: reads('packet', b.PACKET_STATISTICS, (value) =>
    assert.deepEqual(value, { packets: 0, drops: 0 }),
  ),
  PACKET_AUXDATA: trip('packet', b.PACKET_AUXDATA, true),
  PACKET_ORIGDEV: trip('packet', b.PACKET_ORIGDEV, true),
  PACKET_IGNORE_OUTGOING: trip('packet', b.PACKET_IGNORE_OUTGOING, true),
  PACKET_VNET_HDR: trip('packet', b.PACKET_VNET_HDR, true),
  PACKET_VNET_HDR_SZ: trip('packet', b.PACKET_VNET_HDR_SZ, 12, { missing: [['ENOPROTOOPT'], 'Linux 6.6'] }),
  PACKET_QDISC_BYPASS: trip('packet', b.PACKET_QDISC_BYPASS, true),
  PACKET_TIMESTAMP: trip('packet', b.PACKET_TIMESTAMP, b.SOF_TIMESTAMPING_RAW_HARDWARE),
  PACKET_FANOUT: tried('packet', (made, own) => {
    refuses(() => made.setsockopt(b.PACKET_FANOUT, group), 'EINVAL')
    onLoopback(made)
    assert.deepEqual(made.getsockopt(b.PACKET_FANOUT), { id: 0, type: 0, flags: 0 })
    made.setsockopt(b.PACKET_FANOUT, { ...group, maxNumMembers: 2 })
    const { id, type, flags } = made.getsockopt(b.PACKET_FANOUT)
    assert.deepEqual([type, flags], [b.PACKET_FANOUT_LB, 0])
    refuses(() => made.setsockopt(b.PACKET_FANOUT, group), 'EALREADY')
    const join = (): void => {
      const other = own(b.socket(b.AF_PACKET, b.SOCK_RAW) as AnySocket)
      onLoopback(other)
      other.setsockopt(b.PACKET_FANOUT, { id, type, maxNumMembers: 2 })
      assert.equal(other.getsockopt(b.PACKET_FANOUT).id, id)
    }
    join()
    refuses(join, 'ENOSPC')
  }),
  PACKET_FANOUT_DATA: tried('packet', (made) => {
    refuses(() => made.setsockopt(b.PACKET_FANOUT_DATA, all), 'EINVAL')
    onLoopback(made)
    made.setsockopt(b.PACKET_FANOUT, { ...group, type: b.PACKET_FANOUT_CBPF })
    made.setsockopt(b.PACKET_FANOUT_DATA, all)
    refuses(() => made.setsockopt(b.PACKET_FANOUT_DATA, []), 'EINVAL')
    unreadable(made, b.PACKET_FANOUT_DATA)
  }),
  PACKET_ROLLOVER_STATS: tried('packet', (made) => {
    refuses(() => made.getsockopt(b.PACKET_ROLLOVER_STATS), 'EINVAL')
    onLoopback(made)
    made.setsockopt(b.PACKET_FANOUT, { ...group, type: b.PACKET_FANOUT_ROLLOVER })
    assert.deepEqual(made.getsockopt(b.PACKET_ROLLOVER_STATS), { all: 0, huge: 0, failed: 0 })
  }),
  PACKET_VERSION: trip('packet', b.PACKET_VERSION, b.TPACKET_V3),
  PACKET_HDRLEN: tried('packet', (made) => {
    const lengths = [b.TPACKET_V1, b.TPACKET_V2, b.TPACKET_V3].map((version) =>
      made.getsockopt(b.PACKET_HDRLEN, version),
    )
    assert.deepEqual(lengths, [32, 32, 48])
    refuses(() => made.getsockopt(b.PACKET_HDRLEN, 3), 'EINVAL')
  }),
  PACKET_RESERVE: trip('packet', b.PACKET_RESERVE, 64),
  PACKET_COPY_THRESH: trip('packet', b.PACKET_COPY_THRESH, 1500, {
    missing: [['ENOPROTOOPT'], 'a way to read it'],
  }),
  PACKET_LOSS: trip('packet', b.PACKET_LOSS, true),
  PACKET_TX_HAS_OFF: trip('packet', b.PACKET_TX_HAS_OFF, true),
}
