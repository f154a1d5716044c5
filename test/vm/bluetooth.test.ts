/** AF_BLUETOOTH, without an adapter: addresses as the kernel and Python have them, and options. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as b from 'berkeley'
import { trials } from '../kernel/trials/bluetooth.js'
import { tryOption } from '../kernel/trials/try.js'

describe('addresses', () => {
  it('L2CAP: bound and named', () => {
    using made = b.socket(b.AF_BLUETOOTH, b.SOCK_SEQPACKET, b.BTPROTO_L2CAP)
    made.bind({ bdaddr: b.BDADDR_ANY, psm: 0x1003 })
    const { psm, bdaddr } = made.getsockname()
    assert.deepEqual({ psm, bdaddr }, { psm: 0x1003, bdaddr: b.BDADDR_ANY })
    made.listen()
    using other = b.socket(b.AF_BLUETOOTH, b.SOCK_SEQPACKET, b.BTPROTO_L2CAP)
    assert.throws(() => other.bind({ bdaddr: b.BDADDR_ANY, psm: 0x1003 }), { code: 'EADDRINUSE' })
    // Even ports make no sense.
    assert.throws(() => other.bind({ bdaddr: b.BDADDR_ANY, psm: 0x1004 }), { code: 'EINVAL' })
  })

  it('RFCOMM: bound, and nobody to connect to', async () => {
    using made = b.socket(b.AF_BLUETOOTH, b.SOCK_STREAM, b.BTPROTO_RFCOMM)
    made.bind({ bdaddr: b.BDADDR_ANY, channel: 7 })
    assert.deepEqual(made.getsockname(), { family: 'bluetooth', bdaddr: b.BDADDR_ANY, channel: 7 })
    made.listen()
    using client = b.socket(b.AF_BLUETOOTH, b.SOCK_STREAM, b.BTPROTO_RFCOMM)
    await assert.rejects(client.connect({ bdaddr: '01:23:45:67:89:AB', channel: 1 }), {
      code: 'EHOSTUNREACH',
    })
  })

  it('SCO: bound and named', () => {
    using made = b.socket(b.AF_BLUETOOTH, b.SOCK_SEQPACKET, b.BTPROTO_SCO)
    made.bind({ bdaddr: '01:23:45:67:89:AB' })
    assert.deepEqual(made.getsockname(), { family: 'bluetooth', bdaddr: '01:23:45:67:89:AB' })
  })

  it('HCI: the channel of control, and a device that is not there', () => {
    using control = b.socket(b.AF_BLUETOOTH, b.SOCK_RAW, b.BTPROTO_HCI)
    control.bind({ deviceId: b.HCI_DEV_NONE, channel: b.HCI_CHANNEL_CONTROL })
    using device = b.socket(b.AF_BLUETOOTH, b.SOCK_RAW, b.BTPROTO_HCI)
    assert.throws(() => device.bind({ deviceId: 7 }), { code: 'ENODEV' })
  })

  it('the management’s answer over HCI: how many adapters there are', async () => {
    using control = b.socket(b.AF_BLUETOOTH, b.SOCK_RAW, b.BTPROTO_HCI)
    control.settimeout(10_000)
    control.bind({ deviceId: b.HCI_DEV_NONE, channel: b.HCI_CHANNEL_CONTROL })
    // Read Controller Index List, and Command Complete with its code, success and none.
    await control.send(Uint8Array.of(3, 0, 0xff, 0xff, 0, 0))
    const answer = await control.recv(100)
    assert.deepEqual([...answer], [1, 0, 0xff, 0xff, 5, 0, 3, 0, 0, 0, 0])
  })
})

describe('options', () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial, true)
})
