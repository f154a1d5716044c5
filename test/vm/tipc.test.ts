/** AF_TIPC on a kernel that has it: between our own sockets, with Python and with tipc(8). */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import * as b from 'berkeley'
import { trials } from '../kernel/trials/tipc.js'
import { tryOption } from '../kernel/trials/try.js'
import { Python } from './peer.js'

const python = new Python()

const TYPE = 18888
let instances = 0
/** A service that nobody else has. */
const service = () => ({ type: TYPE, instance: ++instances, scope: b.TIPC_NODE_SCOPE })

function tipc(type: number): b.Socket<b.TipcAddress> {
  const made = b.socket(b.AF_TIPC, type)
  made.settimeout(60_000)
  return made
}

/** The address of a socket itself. */
function own(made: b.Socket<b.TipcAddress>): { ref: number; node: number } {
  const { ref, node } = made.getsockname()
  assert.ok(ref !== undefined && ref !== 0)
  return { ref, node }
}

describe('options of TIPC', () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial, true)
})

for (const [name, type] of [
  ['SOCK_RDM', b.SOCK_RDM],
  ['SOCK_DGRAM', b.SOCK_DGRAM],
] as const)
  describe(name, () => {
    it('between two of our own, by service and by socket', async () => {
      using server = tipc(type)
      using client = tipc(type)
      const at = service()
      server.bind(at)
      await client.sendto('question', at)
      const { data, address, control } = await server.recvmsg(100, { controlSize: 200 })
      assert.equal(String(data), 'question')
      assert.deepEqual(address, { family: 'tipc', scope: 0, ...own(client) })
      const { instance } = at
      assert.deepEqual(control, [
        { kind: 'tipcDestname', value: { type: TYPE, lower: instance, upper: instance } },
      ])
      assert.ok(address !== null)
      await server.sendto('answer', address)
      assert.deepEqual(await client.recvfrom(100), [
        Buffer.from('answer'),
        { family: 'tipc', scope: 0, ...own(server) },
      ])
    })

    it('Python, both ways', async () => {
      using ours = tipc(type)
      const at = service()
      ours.bind(at)
      const { ref, node } = own(ours)
      python.run(`
s = socket(AF_TIPC, ${name})
s.sendto(b'question', (TIPC_ADDR_NAME, ${TYPE}, ${at.instance}, 0))
data, address = s.recvfrom(100)
print(data.decode(), address)
s.sendto(b'bye', (TIPC_ADDR_ID, ${node}, ${ref}, 0))
`)
      const [data, address] = await ours.recvfrom(100)
      assert.equal(String(data), 'question')
      assert.ok(address !== null)
      await ours.sendto('answer', address)
      assert.equal(await python.line(), `answer (${b.TIPC_ADDR_ID}, ${node}, ${ref}, 0, 0)`)
      assert.equal(String(await ours.recv(100)), 'bye')
      await python.done()
    })
  })

for (const [name, type] of [
  ['SOCK_SEQPACKET', b.SOCK_SEQPACKET],
  ['SOCK_STREAM', b.SOCK_STREAM],
] as const)
  describe(name, () => {
    it('between two of our own', async () => {
      using server = tipc(type)
      using client = tipc(type)
      const at = service()
      server.bind(at)
      server.listen()
      // Whoever connects waits until it is accepted.
      const [[served, peer]] = await Promise.all([server.accept(), client.connect(at)])
      using _ = served
      assert.deepEqual(peer, { family: 'tipc', scope: 0, ...own(client) })
      assert.deepEqual(client.getpeername(), { family: 'tipc', scope: 0, ...own(served) })
      const message = Buffer.alloc(type === b.SOCK_STREAM ? 500_000 : 60_000, 7)
      const sent = client.sendall(message)
      let length = 0
      while (length < message.length) length += (await served.recv(message.length)).length
      assert.equal(length, message.length)
      await sent
      await served.send('one')
      assert.equal(String(await client.recv(100)), 'one')
      served.close()
      // The end is an end, whichever way the kernel tells of it.
      const end = await client.recv(100).catch((error: b.SystemError) => error.code)
      assert.ok(end === 'ECONNRESET' || end.length === 0, String(end))
    })

    it('connects in time or not at all', async () => {
      using client = tipc(type)
      await assert.rejects(client.connect(service()), { code: 'EHOSTUNREACH' })
      using server = tipc(type)
      const at = service()
      server.bind(at)
      server.listen()
      using late = tipc(type)
      late.settimeout(50)
      await assert.rejects(late.connect(at), b.TimeoutError)
    })

    it('Python connects to ours', async () => {
      using server = tipc(type)
      const at = service()
      server.bind(at)
      server.listen()
      python.run(`
s = socket(AF_TIPC, ${name})
s.connect((TIPC_ADDR_NAME, ${TYPE}, ${at.instance}, 0))
s.send(b'question')
print(s.recv(100).decode(), s.getpeername() == (TIPC_ADDR_ID, *map(int, input().split()), 0, 0))
`)
      const [served] = await server.accept()
      using _ = served
      const { ref, node } = own(served)
      python.tell(`${node} ${ref}\n`)
      served.settimeout(60_000)
      assert.equal(String(await served.recv(100)), 'question')
      await served.send('answer')
      assert.equal(await python.line(), 'answer True')
      await python.done()
    })

    it('ours connects to Python', async () => {
      const at = service()
      python.run(`
s = socket(AF_TIPC, ${name})
s.bind((TIPC_ADDR_NAME, ${TYPE}, ${at.instance}, 0, TIPC_NODE_SCOPE))
s.listen()
print('ready')
c, address = s.accept()
c.send(c.recv(100).upper())
print(*address)
`)
      assert.equal(await python.line(), 'ready')
      using client = tipc(type)
      client.settimeout(60_000)
      await client.connect(at)
      await client.send('hello')
      assert.equal(String(await client.recv(100)), 'HELLO')
      const { ref, node } = own(client)
      assert.equal(await python.line(), `${b.TIPC_ADDR_ID} ${node} ${ref} 0 0`)
      await python.done()
    })
  })

describe('a service', () => {
  /** What tipc(8) prints of the name table, about our type. */
  const table = (): string[] => {
    const { stdout, stderr } = spawnSync('tipc', ['nametable', 'show'], { encoding: 'utf8' })
    assert.equal(stderr, '')
    return stdout.split('\n').filter((line) => line.startsWith(String(TYPE)))
  }

  it('is a range that tipc(8) sees, until it is withdrawn', () => {
    using server = tipc(b.SOCK_RDM)
    const range = { type: TYPE, lower: 5000, upper: 5999 }
    server.bind({ ...range, scope: b.TIPC_NODE_SCOPE })
    const rows = table().filter((line) => / 5000 +5999 /.test(line))
    assert.equal(rows.length, 1, table().join('\n'))
    assert.match(rows[0] ?? '', new RegExp(`\\b${own(server).ref}\\b`))
    server.bind({ ...range, scope: -b.TIPC_NODE_SCOPE })
    assert.deepEqual(
      table().filter((line) => / 5000 +5999 /.test(line)),
      [],
    )
    assert.throws(() => server.bind({ ref: 1, node: 2 }), { code: 'EAFNOSUPPORT' })
    assert.throws(() => server.bind({ type: b.TIPC_TOP_SRV, instance: 1 }), { code: 'EACCES' })
  })

  it('multicast: all that share an instance get it', async () => {
    const at = service()
    using one = tipc(b.SOCK_RDM)
    using other = tipc(b.SOCK_RDM)
    one.bind(at)
    other.bind(at)
    using sender = tipc(b.SOCK_RDM)
    await sender.sendto('all', { type: TYPE, lower: at.instance, upper: at.instance })
    for (const each of [one, other]) assert.equal(String(await each.recv(100)), 'all')
  })

  it('what cannot be delivered comes back', async () => {
    using sender = tipc(b.SOCK_RDM)
    sender.setsockopt(b.TIPC_DEST_DROPPABLE, false)
    const gone = tipc(b.SOCK_RDM)
    const nobody = own(gone)
    gone.close()
    await sender.sendto('nobody', nobody)
    const { data, control } = await sender.recvmsg(100, { controlSize: 500 })
    assert.equal(data.length, 0)
    const found = Object.fromEntries(control.map((each) => [each.kind, 'value' in each && each.value]))
    assert.deepEqual(found.tipcErrinfo, { error: b.TIPC_ERR_NO_PORT, length: 6 })
    assert.equal(String(Buffer.from(found.tipcRetdata as Uint8Array)), 'nobody')
  })

  it('group: members hear each other, and of each other', async () => {
    const group = { type: 4711, scope: b.TIPC_NODE_SCOPE }
    using one = tipc(b.SOCK_RDM)
    using other = tipc(b.SOCK_RDM)
    one.setsockopt(b.TIPC_GROUP_JOIN, { ...group, instance: 1, flags: b.TIPC_GROUP_MEMBER_EVTS })
    other.setsockopt(b.TIPC_GROUP_JOIN, { ...group, instance: 2 })
    // That somebody has joined is an empty message out of band.
    const joined = await one.recvmsg(100)
    assert.equal(joined.data.length, 0)
    assert.ok(joined.flags & b.MSG_OOB)
    const from = { family: 'tipc', scope: 0, ...own(other), member: { type: 4711, instance: 2 } }
    assert.deepEqual(joined.address, from)
    await other.send('all')
    assert.deepEqual(await one.recvfrom(100), [Buffer.from('all'), from])
    other.close()
    const gone = await one.recvmsg(100)
    assert.equal(gone.flags & (b.MSG_OOB | b.MSG_EOR), b.MSG_OOB | b.MSG_EOR)
  })
})

describe('the topology server', () => {
  it('tells of what is published and withdrawn, and when its time is over', async () => {
    using topology = tipc(b.SOCK_SEQPACKET)
    await topology.connect({ type: b.TIPC_TOP_SRV, instance: b.TIPC_TOP_SRV })
    const usrHandle = Uint8Array.from('berkeley', (c) => c.charCodeAt(0))
    const subscr = { type: TYPE, lower: 7000, upper: 7999, filter: b.TIPC_SUB_PORTS, usrHandle }
    await topology.send(b.encodeTipcSubscr(subscr))
    const event = async (): Promise<b.TipcEvent> => b.decodeTipcEvent(await topology.recv(1000))
    using server = tipc(b.SOCK_RDM)
    const range = { type: TYPE, lower: 7100, upper: 7200 }
    server.bind({ ...range, scope: b.TIPC_NODE_SCOPE })
    const published = {
      ...{ event: b.TIPC_PUBLISHED, foundLower: 7100, foundUpper: 7200 },
      port: own(server),
      subscr: { ...subscr, timeout: Infinity },
    }
    assert.deepEqual(await event(), published)
    server.bind({ ...range, scope: -b.TIPC_NODE_SCOPE })
    assert.deepEqual(await event(), { ...published, event: b.TIPC_WITHDRAWN })
    await topology.send(b.encodeTipcSubscr({ ...subscr, type: TYPE + 1, timeout: 20 }))
    const { event: over, subscr: which } = await event()
    assert.deepEqual([over, which], [b.TIPC_SUBSCR_TIMEOUT, { ...subscr, type: TYPE + 1, timeout: 20 }])
  })
})

it('Python has nothing to complain of', () => python.ended())
