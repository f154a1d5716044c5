/** AF_CAN on a kernel that has it: CAN_RAW and CAN_BCM between our own sockets, with can-utils and with Python. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import * as b from 'berkeley'
import { trials } from '../kernel/trials/can.js'
import { tryOption } from '../kernel/trials/try.js'
import { bus, listened, makeBus, removeBus } from './bus.js'
import { Peer, Python } from './peer.js'

/** A second bus, of CAN XL. */
const wide = 'vcan1'

const python = new Python()
before(() => {
  makeBus()
  makeBus(wide, b.CANXL_MTU)
})
after(() => {
  removeBus()
  removeBus(wide)
})

const on = { ifindex: bus }

function raw(name = bus): b.Socket<b.CanAddress> {
  const made = b.socket(b.AF_CAN, b.SOCK_RAW, b.CAN_RAW)
  made.settimeout(20_000)
  made.bind({ ifindex: name })
  return made
}

const cc = (canId: number, ...data: number[]): b.CanCcFrame => ({
  kind: 'cc',
  canId,
  data: Uint8Array.from(data),
  len8Dlc: 0,
})

async function frame(made: b.Socket<b.CanAddress>): Promise<b.CanFrame> {
  return b.decodeCanFrame(await made.recv(b.CANXL_MTU))
}

describe('options of CAN', () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial, true)
})

describe('CAN_RAW', () => {
  it('between two of our own', async () => {
    using sender = raw()
    using receiver = raw()
    const here = { family: 'can', ifindex: b.ifNametoindex(bus) }
    assert.deepEqual(receiver.getsockname(), here)
    for (const sent of [
      cc(0x123, 1, 2, 3),
      cc(0x98da10f1, 0, 0, 0, 0, 0, 0, 0, 255),
      cc(1 + b.CAN_RTR_FLAG, 0, 0),
      cc(0),
    ]) {
      assert.equal(await sender.send(b.encodeCanFrame(sent)), b.CAN_MTU)
      const { data, address, flags } = await receiver.recvmsg(100)
      assert.deepEqual(b.decodeCanFrame(data), sent)
      assert.deepEqual(address, here)
      // It comes from this machine.
      assert.equal(flags, b.MSG_DONTROUTE)
    }
  })

  it('CAN FD and CAN XL', async () => {
    using sender = raw(wide)
    using receiver = raw(wide)
    const fd: b.CanFrame = { kind: 'fd', canId: 5, data: new Uint8Array(64).fill(7), flags: b.CANFD_BRS }
    await assert.rejects(sender.send(b.encodeCanFrame(fd)), { code: 'EINVAL' })
    for (const each of [sender, receiver]) {
      each.setsockopt(b.CAN_RAW_FD_FRAMES, true)
      each.setsockopt(b.CAN_RAW_XL_FRAMES, true)
    }
    await sender.send(b.encodeCanFrame(fd))
    // The kernel marks it as what it is.
    assert.deepEqual(await frame(receiver), { ...fd, flags: b.CANFD_BRS | b.CANFD_FDF })
    receiver.setsockopt(b.CAN_RAW_XL_VCID_OPTS, {
      flags: b.CAN_RAW_XL_VCID_RX_FILTER,
      rxVcid: 9,
      rxVcidMask: 255,
    })
    sender.setsockopt(b.CAN_RAW_XL_VCID_OPTS, { flags: b.CAN_RAW_XL_VCID_TX_PASS })
    const more = { flags: b.CANXL_SEC, sdt: 3, af: 0xfedcba98 }
    for (const length of [1, 4, 60, 2048]) {
      const xl: b.CanFrame = {
        kind: 'xl',
        prio: 0x7ff,
        vcid: 9,
        data: new Uint8Array(length).fill(length),
        ...more,
      }
      await sender.send(b.encodeCanFrame({ ...xl, vcid: 8 }))
      await sender.send(b.encodeCanFrame(xl))
      assert.deepEqual(await frame(receiver), xl)
    }
  })

  it('on all interfaces, and to one of them', async () => {
    using everywhere = b.socket(b.AF_CAN, b.SOCK_RAW, b.CAN_RAW)
    everywhere.bind({ ifindex: '' })
    assert.deepEqual(everywhere.getsockname(), { family: 'can', ifindex: 0 })
    using receiver = raw()
    await everywhere.sendto(b.encodeCanFrame(cc(7, 7)), on)
    assert.deepEqual(await frame(receiver), cc(7, 7))
    await receiver.send(b.encodeCanFrame(cc(8, 8)))
    assert.equal((await everywhere.recvfrom(100))[1]?.ifindex, b.ifNametoindex(bus))
    assert.throws(() => everywhere.bind({ ifindex: 'vcan77' }), { code: 'ENODEV' })
  })

  it('filters, and what comes back to the sender', async () => {
    using sender = raw()
    using receiver = raw()
    receiver.setsockopt(b.CAN_RAW_FILTER, [
      { canId: 0x100, canMask: 0x700 },
      { canId: 0x234 | b.CAN_EFF_FLAG, canMask: b.CAN_EFF_FLAG | b.CAN_RTR_FLAG | b.CAN_EFF_MASK },
    ])
    for (const canId of [0x200, 0x234, 0x7ff, 0x80000235, 0x1ab, 0x100, 0x80000234])
      await sender.send(b.encodeCanFrame(cc(canId)))
    for (const canId of [0x1ab, 0x100, 0x80000234]) assert.deepEqual(await frame(receiver), cc(canId))
    sender.setsockopt(b.CAN_RAW_RECV_OWN_MSGS, true)
    await sender.send(b.encodeCanFrame(cc(1)))
    assert.equal((await sender.recvmsg(100)).flags, b.MSG_DONTROUTE | b.MSG_CONFIRM)
  })

  it('candump shows what we send', async () => {
    using sender = raw()
    sender.setsockopt(b.CAN_RAW_FD_FRAMES, true)
    // It hears nothing itself, so that the one who listens below is candump; which gives up after 30 s without a frame.
    sender.setsockopt(b.CAN_RAW_FILTER, [])
    const dump = new Peer('candump', ['-n', '4', '-T', '30000', '-L', bus])
    await listened('all', new RegExp(`^ +${bus} .*`, 'm'))
    await sender.send(b.encodeCanFrame(cc(0x123, 1, 0xab)))
    await sender.send(b.encodeCanFrame(cc(0x18da10f1 | b.CAN_EFF_FLAG)))
    await sender.send(b.encodeCanFrame(cc(0x7ff + b.CAN_RTR_FLAG)))
    await sender.send(
      b.encodeCanFrame({ kind: 'fd', canId: 5, data: Uint8Array.of(1, 2), flags: b.CANFD_ESI }),
    )
    const shown = (await dump.ended()).replace(/^\(.*?\) /gm, '')
    assert.equal(shown, `${bus} 123#01AB\n${bus} 18DA10F1#\n${bus} 7FF#R\n${bus} 005##60102\n`)
  })

  it('cansend sends what we receive', async () => {
    using receiver = raw()
    receiver.setsockopt(b.CAN_RAW_FD_FRAMES, true)
    const fd = { kind: 'fd', canId: 0x1f, data: Uint8Array.of(9, 8), flags: b.CANFD_BRS | b.CANFD_FDF }
    for (const [text, expected] of [
      ['123#DEADBEEF', cc(0x123, 0xde, 0xad, 0xbe, 0xef)],
      ['18DA10F1#00', cc(0x98da10f1, 0)],
      ['7FF#R', cc(0x7ff + b.CAN_RTR_FLAG)],
      ['01F##10908', fd],
    ] as const) {
      assert.equal(spawnSync('cansend', [bus, text]).status, 0)
      assert.deepEqual(await frame(receiver), expected)
    }
  })

  it('Python, both ways', async () => {
    using ours = raw()
    python.run(`
s = socket(AF_CAN, SOCK_RAW, CAN_RAW)
s.bind(('${bus}',))
print('ready')
data, address = s.recvfrom(16)
print(struct.unpack('=IB3x8s', data), address)
s.send(struct.pack('=IB3x8s', 0x321 | CAN_EFF_FLAG, 3, b'abc'))
`)
    assert.equal(await python.line(), 'ready')
    await ours.send(b.encodeCanFrame(cc(0x123, 104, 105)))
    assert.equal(await python.line(), `(291, 2, b'hi\\x00\\x00\\x00\\x00\\x00\\x00') ('${bus}',)`)
    assert.deepEqual(await frame(ours), cc(0x321 + b.CAN_EFF_FLAG, 97, 98, 99))
    await python.done()
  })
})

describe('CAN_BCM', () => {
  async function manager(): Promise<b.Socket<b.CanAddress>> {
    const made = b.socket(b.AF_CAN, b.SOCK_DGRAM, b.CAN_BCM)
    made.settimeout(20_000)
    await made.connect(on)
    return made
  }
  const told = async (made: b.Socket<b.CanAddress>): Promise<Required<b.BcmMessage>> =>
    b.decodeBcmMessage(await made.recv(4096))

  it('sends again and again, and tells when it is done', async () => {
    using ours = await manager()
    using receiver = raw()
    const flags = b.SETTIMER | b.STARTTIMER | b.TX_COUNTEVT
    const timing = { count: 4, ival1: 2.5, ival2: 0 }
    const frames = [cc(0x123, 1), cc(0x123, 2)]
    await ours.send(b.encodeBcmMessage({ opcode: b.TX_SETUP, canId: 0x123, flags, ...timing, frames }))
    for (const data of [1, 2, 1, 2]) assert.deepEqual(await frame(receiver), cc(0x123, data))
    const { opcode, canId } = await told(ours)
    assert.deepEqual([opcode, canId], [b.TX_EXPIRED, 0x123])
    await ours.send(b.encodeBcmMessage({ opcode: b.TX_READ, canId: 0x123 }))
    const read = await told(ours)
    assert.equal(read.opcode, b.TX_STATUS)
    assert.deepEqual([read.ival1, read.frames], [2.5, frames])
    await ours.send(b.encodeBcmMessage({ opcode: b.TX_DELETE, canId: 0x123 }))
    await assert.rejects(ours.send(b.encodeBcmMessage({ opcode: b.TX_DELETE, canId: 0x123 })), {
      code: 'EINVAL',
    })
  })

  it('tells what changes, and what does not come', async () => {
    using ours = await manager()
    using sender = raw()
    const mask = { frames: [cc(0x42, 0xff)] }
    await ours.send(b.encodeBcmMessage({ opcode: b.RX_SETUP, canId: 0x42, ...mask }))
    for (const data of [
      [1, 1],
      [1, 2],
      [3, 3],
    ])
      await sender.send(b.encodeCanFrame(cc(0x42, ...data)))
    for (const data of [
      [1, 1],
      [3, 3],
    ]) {
      const { opcode, frames } = await told(ours)
      assert.equal(opcode, b.RX_CHANGED)
      assert.deepEqual(frames, [cc(0x42, ...data)])
    }
    const flags = b.SETTIMER | b.STARTTIMER | b.RX_FILTER_ID
    await ours.send(b.encodeBcmMessage({ opcode: b.RX_SETUP, canId: 0x43, flags, ival1: 5 }))
    const { opcode, canId, ival1 } = await told(ours)
    assert.deepEqual([opcode, canId, ival1], [b.RX_TIMEOUT, 0x43, 5])
  })

  it('frames of CAN FD', async () => {
    using ours = await manager()
    using receiver = raw()
    receiver.setsockopt(b.CAN_RAW_FD_FRAMES, true)
    const fd: b.CanFdFrame = { kind: 'fd', canId: 5, data: new Uint8Array(20).fill(1), flags: b.CANFD_FDF }
    await ours.send(b.encodeBcmMessage({ opcode: b.TX_SEND, canId: 5, frames: [fd] }))
    assert.deepEqual(await frame(receiver), fd)
    await ours.send(
      b.encodeBcmMessage({ opcode: b.RX_SETUP, canId: 6, flags: b.RX_FILTER_ID | b.CAN_FD_FRAME }),
    )
    await receiver.send(b.encodeCanFrame({ ...fd, canId: 6 }))
    assert.deepEqual((await told(ours)).frames, [{ ...fd, canId: 6 }])
  })

  it('Python hears of our frame, and has its own sent to us', async () => {
    using ours = raw()
    python.run(`
s = socket(AF_CAN, SOCK_DGRAM, CAN_BCM)
s.connect(('${bus}',))
HEAD, FRAME = '@IIIllllII0q', '=IB3x8s'
s.send(struct.pack(HEAD, CAN_BCM_RX_SETUP, CAN_BCM_RX_FILTER_ID, 0, 0, 0, 0, 0, 0x42, 0))
print('ready')
data = s.recv(4096)
print(len(data), struct.unpack(HEAD, data[:56])[0] == CAN_BCM_RX_CHANGED, struct.unpack(FRAME, data[56:]))
s.send(struct.pack(HEAD, CAN_BCM_TX_SEND, 0, 0, 0, 0, 0, 0, 0x43, 1) + struct.pack(FRAME, 0x43, 2, b'ok'))
`)
    assert.equal(await python.line(), 'ready')
    await ours.send(b.encodeCanFrame(cc(0x42, 104, 105)))
    assert.equal(await python.line(), "72 True (66, 2, b'hi\\x00\\x00\\x00\\x00\\x00\\x00')")
    assert.deepEqual(await frame(ours), cc(0x43, 111, 107))
    await python.done()
  })
})

it('Python has nothing to complain of', () => python.ended())
