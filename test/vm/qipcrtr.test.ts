/** AF_QIPCRTR within one node. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AF_QIPCRTR, formatAddress, type QipcrtrAddress, SOCK_DGRAM, socket } from 'berkeley'
import { needsMachine } from '../support/needs.js'
import { Python } from './peer.js'

const python = new Python()

describe('AF_QIPCRTR', needsMachine(), () => {
  it('a round trip', async () => {
    using server = socket(AF_QIPCRTR, SOCK_DGRAM)
    using client = socket(AF_QIPCRTR, SOCK_DGRAM)
    for (const made of [server, client]) made.settimeout(100_000)
    const { node } = server.getsockname()
    server.bind({ node, port: 17000 })
    const to = server.getsockname()
    assert.deepEqual(to, { family: 'qipcrtr', node, port: 17000 })
    assert.equal(formatAddress(to), `qipcrtr:${node}:17000`)
    await client.sendto('ping', to)
    const [ping, from] = await server.recvfrom(100)
    assert.deepEqual([String(ping), from], ['ping', client.getsockname()])
    await server.sendto('pong', from as QipcrtrAddress)
    assert.equal(String(await client.recv(100)), 'pong')
  })

  it('with Python', async () => {
    python.run(`
s = socket(AF_QIPCRTR, SOCK_DGRAM)
node, _ = s.getsockname()
s.bind((node, 17001))
print(node)
data, sender = s.recvfrom(100)
s.sendto(b'%s from %d:%d' % (data, *sender), sender)`)
    using made = socket(AF_QIPCRTR, SOCK_DGRAM)
    made.settimeout(100_000)
    const to = { node: Number(await python.line()), port: 17001 }
    await made.sendto('hello', to)
    const [data, from] = await made.recvfrom(100)
    const own = made.getsockname()
    assert.deepEqual(
      [String(data), from],
      [`hello from ${own.node}:${own.port}`, { family: 'qipcrtr', ...to }],
    )
    await python.done()
  })
})

it('Python has nothing to complain of', () => python.ended())
