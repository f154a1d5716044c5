/** ISO 15765-2 on a kernel that has it: between our own sockets, with can-utils and with Python. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import * as b from 'berkeley'
import { bus, listened, makeBus, removeBus } from './bus.js'
import { Peer, Python } from './peer.js'

const python = new Python()
before(() => makeBus())
after(() => removeBus())

function isotp(
  rxId: number,
  txId: number,
  prepare?: (made: b.Socket<b.CanAddress>) => void,
): b.Socket<b.CanAddress> {
  const made = b.socket(b.AF_CAN, b.SOCK_DGRAM, b.CAN_ISOTP)
  made.settimeout(20_000)
  prepare?.(made)
  made.bind({ ifindex: bus, rxId, txId })
  return made
}

const message = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 255))

describe('CAN_ISOTP', () => {
  it('between two of our own: one frame, and many', async () => {
    using one = isotp(0x321, 0x123)
    using other = isotp(0x123, 0x321)
    const ifindex = b.ifNametoindex(bus)
    assert.deepEqual(one.getsockname(), { family: 'can', ifindex, rxId: 0x321, txId: 0x123 })
    for (const length of [1, 7, 8, 40, 4095]) {
      const sent = message(length)
      assert.equal(await one.send(sent), length)
      const [data, address] = await other.recvfrom(5000)
      assert.deepEqual(data, sent)
      // The kernel tells no more of the sender than where it came in.
      assert.deepEqual(address, { family: 'can', ifindex, rxId: 0, txId: 0 })
    }
    await other.send('back')
    assert.equal(String(await one.recv(100)), 'back')
  })

  it('identifiers of 29 bits, padded frames and options', async () => {
    const [rxId, txId] = [0x18da10f1 | b.CAN_EFF_FLAG, 0x18daf110 | b.CAN_EFF_FLAG]
    const flags = b.CAN_ISOTP_TX_PADDING | b.CAN_ISOTP_EXTEND_ADDR
    const padded = (made: b.Socket<b.CanAddress>): void => {
      made.setsockopt(b.CAN_ISOTP_OPTS, { flags, txpadContent: 0xaa, extAddress: 0x55 })
      made.setsockopt(b.CAN_ISOTP_RECV_FC, { bs: 2, stmin: 0, wftmax: 0 })
    }
    using one = isotp(rxId, txId, padded)
    using other = isotp(txId, rxId, padded)
    using bare = b.socket(b.AF_CAN, b.SOCK_RAW, b.CAN_RAW)
    bare.settimeout(20_000)
    bare.bind({ ifindex: bus })
    await one.send('hey')
    assert.equal(String(await other.recv(100)), 'hey')
    const seen = b.decodeCanFrame(await bare.recv(100))
    // The address, the length, the message, and the padding.
    const data = Uint8Array.of(0x55, 3, 104, 101, 121, 0xaa, 0xaa, 0xaa)
    assert.deepEqual(seen, { kind: 'cc', canId: 0x98daf110, data, len8Dlc: 0 })
    await one.send(message(100))
    assert.deepEqual(await other.recv(200), message(100))
    assert.throws(() => one.setsockopt(b.CAN_ISOTP_OPTS, { flags: 0 }), { code: 'EISCONN' })
  })

  it('with frames of CAN FD', async () => {
    const fd = (made: b.Socket<b.CanAddress>): void =>
      made.setsockopt(b.CAN_ISOTP_LL_OPTS, { mtu: b.CANFD_MTU, txDl: 64, txFlags: 0 })
    using one = isotp(1, 2, fd)
    using other = isotp(2, 1, fd)
    await one.send(message(62))
    assert.deepEqual(await other.recv(100), message(62))
  })

  it('isotprecv receives ours', async () => {
    const peer = new Peer('isotprecv', ['-s', '321', '-d', '123', bus])
    // Ours will be in the table too: it listens to what it sends.
    await listened('sff', new RegExp(`^ +${bus} +123 `, 'm'))
    using ours = isotp(0x321, 0x123)
    await ours.send(message(40))
    assert.equal((await peer.ended()).replaceAll(' ', '').trim(), message(40).toString('hex').toUpperCase())
  })

  it('isotpsend sends to ours', async () => {
    using ours = isotp(0x321, 0x123)
    const text = message(40).toString('hex').replace(/../g, '$& ')
    const peer = new Peer('isotpsend', ['-s', '321', '-d', '123', bus], `${text}\n`)
    assert.deepEqual(await ours.recv(100), message(40))
    await peer.ended()
  })

  it('Python, both ways', async () => {
    using ours = isotp(0x321, 0x123)
    python.run(`
s = socket(AF_CAN, SOCK_DGRAM, CAN_ISOTP)
s.bind(('${bus}', 0x123, 0x321))
print('ready')
print(s.recv(100).hex())
s.send(bytes(range(50)))
`)
    assert.equal(await python.line(), 'ready')
    await ours.send(message(40))
    assert.equal(await python.line(), message(40).toString('hex'))
    assert.deepEqual(await ours.recv(100), Buffer.from([...Array(50).keys()]))
    await python.done()
  })
})

it('Python has nothing to complain of', () => python.ended())
