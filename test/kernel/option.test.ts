/** Each option row on the kernel: the table in trials/ has one trial for each, and a row without one fails. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import * as b from 'berkeley'
import { needsProgram } from '../support/needs.js'
import { rows } from '../unit/rows.js'
import { trials as alg } from './trials/alg.js'
import { trials as bluetooth } from './trials/bluetooth.js'
import { trials as can } from './trials/can.js'
import { trials as ip } from './trials/ip.js'
import { trials as ipv6 } from './trials/ipv6.js'
import { trials as mptcp } from './trials/mptcp.js'
import { trials as multicast } from './trials/multicast.js'
import { trials as netlink } from './trials/netlink.js'
import { trials as packet } from './trials/packet.js'
import { trials as rds } from './trials/rds.js'
import { trials as sctp } from './trials/sctp.js'
import { trials as so } from './trials/so.js'
import { trials as tcp } from './trials/tcp.js'
import { trials as tipc } from './trials/tipc.js'
import type { Trial } from './trials/trial.js'
import { tryOption } from './trials/try.js'
import { trials as vsock } from './trials/vsock.js'
import { trials as xdp } from './trials/xdp.js'

const trials: Readonly<Record<string, Trial>> = {
  ...so,
  ...ip,
  ...ipv6,
  ...multicast,
  ...tcp,
  ...netlink,
  ...packet,
  ...can,
  ...tipc,
  ...alg,
  ...sctp,
  ...mptcp,
  ...bluetooth,
  ...vsock,
  ...rds,
  ...xdp,
}

describe('options on the kernel', () => {
  for (const [name, trial] of Object.entries(trials)) tryOption(name, trial)

  it('are all tried', () => {
    const untried = [...rows].filter(([name, row]) => name === row.name && trials[name] === undefined)
    assert.deepEqual(
      untried.map(([name]) => name),
      [],
    )
    assert.deepEqual(
      Object.keys(trials).filter((name) => !rows.has(name)),
      [],
    )
  })
})

describe('options as Python sees them', needsProgram('python3'), () => {
  /** What python3 prints, with the socket as `s`: it inherits the descriptor. */
  function python(made: { fileno(): number }, expression: string): string {
    const script = `import socket, struct\ns = socket.socket(fileno=3)\nprint((${expression}))\ns.detach()`
    const { stdout, stderr } = spawnSync('python3', ['-c', script], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe', made.fileno()],
    })
    assert.equal(stderr, '')
    return stdout.trim()
  }

  it('structs of SOL_SOCKET', () => {
    using made = b.socket()
    made.setsockopt(b.SO_LINGER, 77)
    made.setsockopt(b.SO_RCVTIMEO, 2500)
    made.setsockopt(b.SO_MAX_PACING_RATE, 2 ** 33)
    made.setsockopt(b.SO_TXTIME, { clockid: 1, flags: 2 })
    const SOL = 'socket.SOL_SOCKET'
    assert.equal(
      python(
        made,
        `struct.unpack('ii', s.getsockopt(${SOL}, socket.SO_LINGER, 8)), struct.unpack('ll', s.getsockopt(${SOL}, socket.SO_RCVTIMEO, 16)), struct.unpack('Q', s.getsockopt(${SOL}, 47, 8)), struct.unpack('iI', s.getsockopt(${SOL}, 61, 8))`,
      ),
      '((1, 77), (2, 500000), (8589934592,), (1, 2))',
    )
  })

  it('addresses and port ranges', () => {
    using made = b.socket(b.AF_INET, b.SOCK_DGRAM)
    made.setsockopt(b.IP_MULTICAST_IF, '127.0.0.1')
    made.setsockopt(b.IP_UNICAST_IF, 1)
    const got = python(
      made,
      `socket.inet_ntoa(s.getsockopt(0, socket.IP_MULTICAST_IF, 4)), struct.unpack('>I', s.getsockopt(0, 50, 4))`,
    )
    assert.equal(got, "('127.0.0.1', (1,))")
  })

  it('and the other way round: what Python reads of TCP_INFO is what is read here', async () => {
    using listener = b.createServer({ host: '127.0.0.1', port: 0 })
    using client = await b.createConnection(listener.getsockname())
    const [connection] = await listener.accept()
    using _ = connection
    const { state, options, sndWscale, rcvWscale, pmtu, sndMss, maxPacingRate, segsOut } = client.getsockopt(
      b.TCP_INFO,
    )
    const I = `struct.unpack_from`
    const got = python(
      client,
      `(lambda t: [t[0], t[5], t[6] & 15, t[6] >> 4, *${I}('I', t, 60), *${I}('I', t, 16), *${I}('Q', t, 112), *${I}('I', t, 136)])(s.getsockopt(6, 11, 248))`,
    )
    const none = maxPacingRate === Infinity ? '18446744073709551615' : maxPacingRate
    assert.equal(got, `[${[state, options, sndWscale, rcvWscale, pmtu, sndMss, none, segsOut].join(', ')}]`)
  })

  it('a filter that is attached here counts as many instructions there', () => {
    using made = b.socket(b.AF_INET, b.SOCK_DGRAM)
    made.setsockopt(b.SO_ATTACH_FILTER, [
      { code: 40, k: 12 },
      { code: 6, k: 1 },
    ])
    // Python takes the count for bytes: it must be given room for eight times what it asks for.
    assert.equal(python(made, `s.getsockopt(socket.SOL_SOCKET, 26, 64)`), "b'(\\x00'")
  })
})
