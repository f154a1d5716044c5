/** AF_BLUETOOTH, as far as it goes without an adapter. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { type Place, refuses, type Trial, tried } from './trial.js'

const missing = {
  missing: [['EAFNOSUPPORT', 'EPROTONOSUPPORT', 'ENOPROTOOPT'], 'Bluetooth, or this option of it'],
} as const

const on = (place: Place, act: Trial['act']): Trial => tried(place, act, missing)

const trip = <T>(place: Place, row: b.Readable<T> & b.Writable<T>, value: NoInfer<T>): Trial =>
  on(place, (made) => {
    assert.notDeepEqual(made.getsockopt(row), value, 'it is so at first')
    made.setsockopt(row, value)
    assert.deepEqual(made.getsockopt(row), value)
  })

/** It is told of connections only, and there are none without an adapter. */
const unconnected = (place: Place, row: b.Readable<unknown>): Trial =>
  on(place, (made) => refuses(() => made.getsockopt(row), 'ENOTCONN'))

export const trials: Readonly<Record<string, Trial>> = {
  BT_SECURITY: on('l2cap', (made) => {
    assert.equal(made.getsockopt(b.BT_SECURITY).level, b.BT_SECURITY_LOW)
    made.setsockopt(b.BT_SECURITY, { level: b.BT_SECURITY_HIGH })
    assert.equal(made.getsockopt(b.BT_SECURITY).level, b.BT_SECURITY_HIGH)
  }),
  BT_DEFER_SETUP: on('l2cap', (made) => {
    // Of a listener to be: it wants an address.
    refuses(() => made.setsockopt(b.BT_DEFER_SETUP, true), 'EINVAL')
    made.bind({ family: 'bluetooth', bdaddr: b.BDADDR_ANY, psm: 0x1001 })
    made.setsockopt(b.BT_DEFER_SETUP, true)
    assert.equal(made.getsockopt(b.BT_DEFER_SETUP), true)
  }),
  BT_FLUSHABLE: on('l2cap', (made) => {
    assert.equal(made.getsockopt(b.BT_FLUSHABLE), false)
    made.setsockopt(b.BT_FLUSHABLE, true)
    assert.equal(made.getsockopt(b.BT_FLUSHABLE), true)
    // The adapter has to be able to.
    refuses(() => made.setsockopt(b.BT_FLUSHABLE, false), 'EINVAL')
  }),
  BT_POWER: trip('l2cap', b.BT_POWER, 0),
  BT_VOICE: on('sco', (made) => {
    assert.equal(made.getsockopt(b.BT_VOICE), b.BT_VOICE_CVSD_16BIT)
    // It is the adapter's to say whether it can.
    refuses(() => made.setsockopt(b.BT_VOICE, b.BT_VOICE_TRANSPARENT), 'EBADFD')
  }),
  BT_SNDMTU: on('l2cap', (made) => refuses(() => made.getsockopt(b.BT_SNDMTU), 'EINVAL')),
  BT_RCVMTU: on('l2cap', (made) => refuses(() => made.getsockopt(b.BT_RCVMTU), 'EINVAL')),
  BT_PHY: unconnected('l2cap', b.BT_PHY),
  BT_MODE: on('l2cap', (made) => refuses(() => made.setsockopt(b.BT_MODE, 1), 'EINVAL')),
  BT_PKT_STATUS: trip('sco', b.BT_PKT_STATUS, true),
  HCI_FILTER: trip('hci', b.HCI_FILTER, { typeMask: 16, eventMask: 2n ** 62n + 5n, opcode: 0x1234 }),
  L2CAP_OPTIONS: on('l2cap', (made) => {
    const before = made.getsockopt(b.L2CAP_OPTIONS)
    made.setsockopt(b.L2CAP_OPTIONS, { ...before, imtu: 1234, omtu: 999 })
    assert.deepEqual(made.getsockopt(b.L2CAP_OPTIONS), { ...before, imtu: 1234, omtu: 999 })
  }),
  L2CAP_CONNINFO: unconnected('l2cap', b.L2CAP_CONNINFO),
  L2CAP_LM: on('l2cap', (made) => {
    made.setsockopt(b.L2CAP_LM, b.L2CAP_LM_AUTH | b.L2CAP_LM_ENCRYPT)
    assert.equal(made.getsockopt(b.L2CAP_LM), b.L2CAP_LM_AUTH | b.L2CAP_LM_ENCRYPT)
    assert.equal(made.getsockopt(b.BT_SECURITY).level, b.BT_SECURITY_MEDIUM)
  }),
  RFCOMM_CONNINFO: unconnected('rfcomm', b.RFCOMM_CONNINFO),
  RFCOMM_LM: on('rfcomm', (made) => {
    made.setsockopt(b.RFCOMM_LM, b.RFCOMM_LM_AUTH | b.RFCOMM_LM_ENCRYPT)
    assert.equal(made.getsockopt(b.RFCOMM_LM), b.RFCOMM_LM_AUTH | b.RFCOMM_LM_ENCRYPT)
  }),
  SCO_OPTIONS: unconnected('sco', b.SCO_OPTIONS),
  SCO_CONNINFO: unconnected('sco', b.SCO_CONNINFO),
}
