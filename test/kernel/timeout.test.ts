/** The time-out that new sockets begin with. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { afterEach, describe, it } from 'node:test'
import * as b from 'berkeley'
import { needsProgram } from '../support/needs.js'

/** What sockets of every origin begin with, in seconds as Python counts them, or null. */
const python = `
import json, socket, sys
first = json.load(sys.stdin)
socket.setdefaulttimeout(first)
server = socket.create_server(('127.0.0.1', 0))
client = socket.socket()
client.connect(server.getsockname())
pair = socket.socketpair()
served = server.accept()[0]
nonblocking = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
copy = socket.fromfd(client.fileno(), socket.AF_INET, socket.SOCK_STREAM)
made = [server, client, *pair, served, nonblocking, copy, socket.create_connection(server.getsockname())]
print(json.dumps([socket.getdefaulttimeout(), *(each.gettimeout() for each in made)]))
`

async function own(first: number | null): Promise<(number | null)[]> {
  b.setdefaulttimeout(first)
  const server = b.socket()
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  const client = b.socket()
  await client.connect(server.getsockname())
  const pair = b.socketpair()
  const [served] = await server.accept()
  const nonblocking = b.socket(b.AF_INET, b.SOCK_STREAM | b.SOCK_NONBLOCK)
  const copy = b.fromfd(client.fileno(), b.AF_INET, b.SOCK_STREAM)
  const made = [
    server,
    client,
    ...pair,
    served,
    nonblocking,
    copy,
    await b.createConnection(server.getsockname()),
  ]
  const timeouts = made.map((each) => each.gettimeout())
  for (const each of made) each.close()
  return [b.getdefaulttimeout(), ...timeouts]
}

describe('the default time-out', () => {
  afterEach(() => b.setdefaulttimeout(null))

  it('is what sockets of every origin begin with, as in Python', needsProgram('python3'), async () => {
    for (const first of [null, 2500, 90_000]) {
      const input = JSON.stringify(first === null ? null : first / 1000)
      const { stdout, stderr } = spawnSync('python3', ['-c', python], { input, encoding: 'utf8' })
      assert.equal(stderr, '')
      const seconds = (await own(first)).map((ms) => (ms === null ? null : ms / 1000))
      assert.deepEqual(seconds, JSON.parse(stdout), String(first))
    }
  })

  it('leaves sockets that are there alone, and strikes on those behind it', async () => {
    const old = b.socketpair()
    b.setdefaulttimeout(1)
    const [fresh, peer] = b.socketpair()
    assert.equal(old[0].gettimeout(), null)
    await assert.rejects(fresh.recv(1), b.TimeoutError)
    b.setdefaulttimeout(0)
    const now = b.socketpair()
    assert.equal(now[0].getblocking(), false)
    await assert.rejects(now[0].recv(1), { code: 'EAGAIN' })
    for (const each of [...old, fresh, peer, ...now]) each.close()
  })

  it('is refused where settimeout refuses it', () => {
    using one = b.socket()
    for (const [ms, error] of [
      [-1, RangeError],
      [Number.NaN, RangeError],
      [Infinity, RangeError],
      [2 ** 31, RangeError],
      ['5', TypeError],
      [undefined, TypeError],
    ] as const) {
      assert.throws(() => b.setdefaulttimeout(ms as never), error)
      assert.throws(() => one.settimeout(ms as never), error)
    }
    assert.equal(b.getdefaulttimeout(), null)
  })
})
