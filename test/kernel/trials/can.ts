/** SOL_CAN_RAW, SOL_CAN_ISOTP, SOL_CAN_J1939. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { refuses, type Trial, tried, trip, unreadable } from './trial.js'

/** As many as there may be. */
const many = Array.from({ length: b.CAN_RAW_FILTER_MAX }, (_, i) => ({ canId: i, canMask: 0x7ff }))

export const trials: Readonly<Record<string, Trial>> = {
  CAN_RAW_FILTER: tried('can', (made) => {
    // All frames.
    assert.deepEqual(made.getsockopt(b.CAN_RAW_FILTER), [{ canId: 0, canMask: 0 }])
    const two = [
      { canId: 0x123, canMask: 0x7ff },
      { canId: (0x18da10f1 | b.CAN_EFF_FLAG | b.CAN_INV_FILTER) >>> 0, canMask: 0xdfffffff },
    ]
    for (const filters of [two, many, []]) {
      made.setsockopt(b.CAN_RAW_FILTER, filters)
      assert.deepEqual(made.getsockopt(b.CAN_RAW_FILTER), filters)
    }
  }),
  CAN_RAW_ERR_FILTER: trip('can', b.CAN_RAW_ERR_FILTER, b.CAN_ERR_MASK),
  CAN_RAW_LOOPBACK: trip('can', b.CAN_RAW_LOOPBACK, false),
  CAN_RAW_RECV_OWN_MSGS: trip('can', b.CAN_RAW_RECV_OWN_MSGS, true),
  CAN_RAW_FD_FRAMES: trip('can', b.CAN_RAW_FD_FRAMES, true),
  CAN_RAW_JOIN_FILTERS: trip('can', b.CAN_RAW_JOIN_FILTERS, true),
  CAN_RAW_XL_FRAMES: trip('can', b.CAN_RAW_XL_FRAMES, true, { missing: [['ENOPROTOOPT'], 'CAN XL'] }),
  CAN_RAW_XL_VCID_OPTS: trip(
    'can',
    b.CAN_RAW_XL_VCID_OPTS,
    { flags: b.CAN_RAW_XL_VCID_TX_SET | b.CAN_RAW_XL_VCID_RX_FILTER, txVcid: 1, rxVcid: 2, rxVcidMask: 255 },
    { missing: [['ENOPROTOOPT'], 'networks of CAN XL'] },
  ),

  CAN_ISOTP_OPTS: tried('isotp', (made) => {
    const first = made.getsockopt(b.CAN_ISOTP_OPTS)
    assert.equal(first.flags, b.CAN_ISOTP_DEFAULT_FLAGS)
    assert.equal(first.frameTxtime, b.CAN_ISOTP_DEFAULT_FRAME_TXTIME)
    assert.equal(first.txpadContent, b.CAN_ISOTP_DEFAULT_PAD_CONTENT)
    const all = {
      flags: b.CAN_ISOTP_EXTEND_ADDR | b.CAN_ISOTP_RX_EXT_ADDR | b.CAN_ISOTP_TX_PADDING,
      ...{ frameTxtime: 70000, extAddress: 1, txpadContent: 2, rxpadContent: 3, rxExtAddress: 4 },
    }
    made.setsockopt(b.CAN_ISOTP_OPTS, all)
    assert.deepEqual(made.getsockopt(b.CAN_ISOTP_OPTS), all)
    made.setsockopt(b.CAN_ISOTP_OPTS, { flags: b.CAN_ISOTP_EXTEND_ADDR, extAddress: 9 })
    // One address for both directions unless it is asked for two.
    assert.equal(made.getsockopt(b.CAN_ISOTP_OPTS).rxExtAddress, 9)
  }),
  CAN_ISOTP_RECV_FC: trip('isotp', b.CAN_ISOTP_RECV_FC, { bs: 8, stmin: 0xf1, wftmax: 2 }),
  CAN_ISOTP_TX_STMIN: trip('isotp', b.CAN_ISOTP_TX_STMIN, 500_000),
  CAN_ISOTP_RX_STMIN: trip('isotp', b.CAN_ISOTP_RX_STMIN, 4_000_000_000),
  CAN_ISOTP_LL_OPTS: tried('isotp', (made) => {
    assert.deepEqual(made.getsockopt(b.CAN_ISOTP_LL_OPTS), { mtu: b.CAN_MTU, txDl: 8, txFlags: 0 })
    const fd = { mtu: b.CANFD_MTU, txDl: 64, txFlags: b.CANFD_BRS }
    made.setsockopt(b.CAN_ISOTP_LL_OPTS, fd)
    assert.deepEqual(made.getsockopt(b.CAN_ISOTP_LL_OPTS), fd)
    refuses(() => made.setsockopt(b.CAN_ISOTP_LL_OPTS, { ...fd, mtu: 17 }), 'EINVAL')
  }),

  SO_J1939_FILTER: tried('j1939', (made) => {
    made.setsockopt(b.SO_J1939_FILTER, [
      { pgn: 0x12300, pgnMask: b.J1939_PGN_MAX },
      { addr: 1, addrMask: 255 },
    ])
    made.setsockopt(b.SO_J1939_FILTER, [])
    unreadable(made, b.SO_J1939_FILTER)
  }),
  SO_J1939_PROMISC: trip('j1939', b.SO_J1939_PROMISC, true),
  SO_J1939_SEND_PRIO: tried('j1939', (made) => {
    assert.equal(made.getsockopt(b.SO_J1939_SEND_PRIO), 6)
    made.setsockopt(b.SO_J1939_SEND_PRIO, 3)
    assert.equal(made.getsockopt(b.SO_J1939_SEND_PRIO), 3)
    refuses(() => made.setsockopt(b.SO_J1939_SEND_PRIO, 8), 'EDOM')
  }),
  SO_J1939_ERRQUEUE: trip('j1939', b.SO_J1939_ERRQUEUE, true),
}
