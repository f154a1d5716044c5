/** The octet of DSCP and ECN (RFC 2474, RFC 3168): set on the socket or for one message, and seen by the receiver. */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  IP_RECVTOS,
  IP_TOS,
  IPV6_RECVTCLASS,
  IPV6_TCLASS,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
  TCP_INFO,
} from 'berkeley'
import { python } from './peer.js'
import { connection, type Ip, type IpFamily, ways } from './ways.js'

const EF = 46 << 2 // expedited forwarding, RFC 3246
const ECT0 = 2
const CE = 3

const v4 = {
  name: 'IPv4',
  python: "AF_INET, IPPROTO_IP, IP_TOS, IP_RECVTOS, ('127.0.0.1', 0)",
  family: AF_INET as IpFamily,
  host: '127.0.0.1',
  option: IP_TOS,
  receive: IP_RECVTOS,
}
const v6: typeof v4 = {
  name: 'IPv6',
  python: "AF_INET6, IPPROTO_IPV6, IPV6_TCLASS, IPV6_RECVTCLASS, ('::1', 0)",
  family: AF_INET6,
  host: '::1',
  option: IPV6_TCLASS,
  receive: IPV6_RECVTCLASS,
}

/** The octet of the next datagram. */
async function octet(from: Socket<Ip>): Promise<number | undefined> {
  const { control } = await from.recvmsg(100, { controlSize: 64 })
  const tos = control.find((each) => each.kind === 'tos')
  return tos?.kind === 'tos' ? tos.value : undefined
}

for (const each of [v4, v6])
  for (const { name, of } of ways)
    describe(`DSCP and ECN over ${each.name}, ${name}`, needs, () => {
      it('of the socket and of one message are seen by python3', async () => {
        await using peer = python(
          `family, level, kind, option, address = ${each.python}
s = socket(family, SOCK_DGRAM); s.bind(address); s.setsockopt(level, option, 1); say(s.getsockname()[1])
while True:
  _, control, _, _ = s.recvmsg(100, 100)
  say([data[0] for l, k, data in control if (l, k) == (level, kind)][0])`,
        )
        using made = socket(each.family, SOCK_DGRAM)
        const sender = of(made)
        const address = { host: each.host, port: await peer.number() }
        sender.setsockopt(each.option, EF | ECT0)
        await sender.sendto('by the socket', address)
        assert.equal(await peer.number(), EF | ECT0)
        await sender.sendmsg({ data: 'by itself', address, control: [{ kind: 'tos', value: CE }] })
        assert.equal(await peer.number(), CE)
        await sender.sendto('by the socket again', address)
        assert.equal(await peer.number(), EF | ECT0)
      })

      it('of python3’s datagrams are seen', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(each.receive, true)
        made.bind({ host: each.host, port: 0 })
        await using peer = python(
          `family, level, kind, _, (host, _) = ${each.python}
s = socket(family, SOCK_DGRAM)
for value in [0, ${EF}, ${EF | CE}]:
  s.setsockopt(level, kind, value); s.sendto(b'x', (host, ${made.getsockname().port}))
say('sent')`,
        )
        await peer.line()
        const seen = [await octet(of(made)), await octet(of(made)), await octet(of(made))]
        assert.deepEqual(seen, [0, EF, EF | CE])
      })
    })

describe('on TCP', needs, () => {
  it('the ECN bits are the kernel’s', () => {
    using stream = socket(AF_INET, SOCK_STREAM)
    stream.setsockopt(IP_TOS, EF | CE)
    assert.equal(stream.getsockopt(IP_TOS), EF)
  })

  it('and TCP_INFO counts the bytes of each mark', async (t) => {
    sh('sysctl -qw net.ipv4.tcp_ecn=0')
    using plain = await connection()
    if (plain.client.getsockopt(TCP_INFO).receivedE0Bytes === undefined)
      return t.skip('this kernel is older than Linux 6.18')
    sh('sysctl -qw net.ipv4.tcp_ecn=1')
    using marked = await connection()
    for (const [{ client, server }, bytes] of [
      [plain, 0],
      [marked, 5000],
    ] as const) {
      await client.sendall(Buffer.alloc(5000))
      for (let left = 5000; left > 0; ) left -= (await server.recv(left)).length
      const { receivedCe, receivedE0Bytes, receivedE1Bytes, receivedCeBytes } = server.getsockopt(TCP_INFO)
      assert.deepEqual([receivedE0Bytes, receivedE1Bytes, receivedCe, receivedCeBytes], [bytes, 0, 0, 0])
    }
  })
})
