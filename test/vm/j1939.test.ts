/** SAE J1939 on a kernel that has it: between our own sockets, with can-utils and with Python. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import * as b from 'berkeley'
import { bus, makeBus, removeBus } from './bus.js'
import { Peer, Python } from './peer.js'

const python = new Python()
before(() => makeBus())
after(() => removeBus())

function j1939(address: Omit<b.Given<b.CanAddress>, 'ifindex'>): b.Socket<b.CanAddress> {
  const made = b.socket(b.AF_CAN, b.SOCK_DGRAM, b.CAN_J1939)
  made.settimeout(20_000)
  made.bind({ ifindex: bus, ...address } as b.Given<b.CanAddress>)
  return made
}

const PGN = 0x12300
const message = (length: number): Buffer => Buffer.from(Array.from({ length }, (_, i) => (i * 7) & 255))
/** A NAME whose station may take any address. */
const name = 0x8000_0000_0000_0001n

describe('CAN_J1939', () => {
  it('between two of our own: one frame, and a transfer', async () => {
    using one = j1939({ addr: 0x80 })
    using other = j1939({ addr: 0x20 })
    const ifindex = b.ifNametoindex(bus)
    assert.deepEqual(one.getsockname(), { family: 'can', ifindex, name: 0n, pgn: b.J1939_NO_PGN, addr: 0x80 })
    one.setsockopt(b.SO_J1939_SEND_PRIO, 3)
    for (const length of [8, 100, 3000]) {
      await one.sendto(message(length), { ifindex: bus, addr: 0x20, pgn: PGN })
      const { data, address, control } = await other.recvmsg(5000, { controlSize: 200 })
      assert.deepEqual(data, message(length))
      // Of a transfer the kernel does not tell the interface.
      const at = length > 8 ? 0 : ifindex
      assert.deepEqual(address, { family: 'can', ifindex: at, name: 0n, pgn: PGN, addr: 0x80 })
      assert.deepEqual(control, [
        { kind: 'j1939DestAddr', value: 0x20 },
        { kind: 'j1939Prio', value: 3 },
      ])
    }
  })

  it('connected, to everybody, and filtered', async () => {
    using one = j1939({ addr: 0x80, pgn: PGN })
    using other = j1939({ addr: 0x20 })
    const all: b.Given<b.CanAddress> = { ifindex: bus, pgn: PGN, addr: b.J1939_NO_ADDR }
    await assert.rejects(one.sendto('all', all), { code: 'EACCES' })
    one.setsockopt(b.SO_BROADCAST, true)
    other.setsockopt(b.SO_BROADCAST, true)
    other.setsockopt(b.SO_J1939_FILTER, [{ pgn: PGN + 0x100, pgnMask: b.J1939_PGN_MAX }])
    await one.sendto('all', all)
    await one.sendto('you', { ...all, pgn: PGN + 0x100 })
    assert.equal(String(await other.recv(100)), 'you')
    await other.connect({ ifindex: bus, addr: 0x80, pgn: PGN })
    await other.send('hello')
    const { data, control } = await one.recvmsg(100, { controlSize: 200 })
    assert.equal(String(data), 'hello')
    assert.deepEqual(control[0], { kind: 'j1939DestAddr', value: 0x80 })
    assert.equal((other.getpeername() as { pgn?: number }).pgn, PGN)
  })

  it('by name, once an address is claimed for it', async () => {
    using one = j1939({ name, addr: 0x80 })
    one.setsockopt(b.SO_BROADCAST, true)
    using other = j1939({ addr: 0x20 })
    const claim = Buffer.alloc(8)
    claim.writeBigUInt64LE(name)
    await one.sendto(claim, { ifindex: bus, pgn: b.J1939_PGN_ADDRESS_CLAIMED, addr: b.J1939_NO_ADDR })
    // The kernel takes the address as claimed 250 ms later.
    let sent = false
    for (let i = 0; !sent && i < 1000; i++) {
      sent = await other.sendto('you', { ifindex: bus, name, pgn: PGN }).then(
        () => true,
        (error: b.SystemError) => {
          assert.equal(error.code, 'EADDRNOTAVAIL')
          return false
        },
      )
      if (!sent) await sleep(10)
    }
    const got = await one.recvmsg(100, { controlSize: 200 })
    assert.equal(String(got.data), 'you')
    assert.deepEqual(
      got.control.filter(({ kind }) => kind === 'j1939DestName'),
      [{ kind: 'j1939DestName', value: name }],
    )
    await one.sendto('me', { ifindex: bus, addr: 0x20, pgn: PGN })
    const [, from] = await other.recvfrom(100)
    assert.equal((from as { name?: bigint }).name, name)
  })

  it('the error queue tells that a transfer is through, and that one is not', async () => {
    using one = j1939({ addr: 0x80 })
    using other = j1939({ addr: 0x20 })
    one.setsockopt(b.SO_J1939_ERRQUEUE, true)
    const flags = b.SOF_TIMESTAMPING_TX_ACK | b.SOF_TIMESTAMPING_SOFTWARE | b.SOF_TIMESTAMPING_OPT_ID
    const how = b.SOF_TIMESTAMPING_OPT_CMSG | b.SOF_TIMESTAMPING_OPT_TSONLY | b.SOF_TIMESTAMPING_OPT_STATS
    one.setsockopt(b.SO_TIMESTAMPING, { flags: flags | how })
    const error = async (): Promise<unknown> => {
      const { control } = await one.recvmsg(0, { flags: b.MSG_ERRQUEUE, controlSize: 500 })
      return control.find(({ kind }) => kind === 'recverr')
    }
    const none = { type: 0, code: 0, offender: null }
    await one.sendto(message(100), { ifindex: bus, addr: 0x20, pgn: PGN })
    assert.equal((await other.recv(200)).length, 100)
    const acknowledged = {
      errno: b.ENOMSG,
      origin: b.SO_EE_ORIGIN_TIMESTAMPING,
      info: b.SCM_TSTAMP_ACK,
      data: 0,
    }
    assert.deepEqual(await error(), { kind: 'recverr', value: { ...none, ...acknowledged } })
    // Nobody is at that address.
    await one.sendto(message(100), { ifindex: bus, addr: 0x21, pgn: PGN })
    const aborted = {
      errno: b.EHOSTUNREACH,
      origin: b.SO_EE_ORIGIN_LOCAL,
      info: b.J1939_EE_INFO_TX_ABORT,
      data: 1,
    }
    assert.deepEqual(await error(), { kind: 'recverr', value: { ...none, ...aborted } })
  })

  it('testj1939 receives ours', async () => {
    using ours = j1939({ addr: 0x80 })
    const peer = new Peer('stdbuf', ['-oL', 'testj1939', '-r', `${bus}:0x20`])
    // Nothing tells when it is there: it gets the message as often as it takes.
    let shown: string | undefined
    const line = peer.line().then((text) => {
      shown = text
    })
    while (shown === undefined) {
      await ours.sendto(message(8), { ifindex: bus, addr: 0x20, pgn: PGN })
      await Promise.race([line, sleep(50)])
    }
    assert.equal(shown, '80 12300: 00 07 0e 15 1c 23 2a 31')
    await peer.kill()
  })

  it('testj1939 sends to ours', async () => {
    using ours = j1939({ addr: 0x20 })
    const peer = new Peer('testj1939', ['-s', `${bus}:0x80`, `${bus}:0x20,0x12300`])
    const [data, address] = await ours.recvfrom(100)
    assert.equal(data.toString('hex'), '0123456789abcdef')
    assert.deepEqual(address, {
      family: 'can',
      ifindex: b.ifNametoindex(bus),
      name: 0n,
      pgn: PGN,
      addr: 0x80,
    })
    await peer.ended()
  })

  it('Python, both ways', async () => {
    using ours = j1939({ addr: 0x80 })
    python.run(`
s = socket(AF_CAN, SOCK_DGRAM, CAN_J1939)
s.bind(('${bus}', J1939_NO_NAME, J1939_NO_PGN, 0x20))
print('ready')
data, address = s.recvfrom(100)
print(data.hex(), address)
s.sendto(bytes(range(50)), ('${bus}', J1939_NO_NAME, 0x12300, 0x80))
`)
    assert.equal(await python.line(), 'ready')
    await ours.sendto(message(40), { ifindex: bus, addr: 0x20, pgn: PGN })
    assert.equal(await python.line(), `${message(40).toString('hex')} ('', 0, ${PGN}, 128)`)
    assert.deepEqual(await ours.recv(100), Buffer.from([...Array(50).keys()]))
    await python.done()
  })
})

it('Python has nothing to complain of', () => python.ended())
