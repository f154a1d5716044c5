/** Extension headers of IPv6 (RFC 3542): sent by the socket and by one message, received, and seen by python3. */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  AF_INET6,
  type ControlIn,
  type Inet6Address,
  IPV6_DSTOPTS,
  IPV6_HOPOPTS,
  IPV6_RECVDSTOPTS,
  IPV6_RECVHOPOPTS,
  IPV6_RECVRTHDR,
  IPV6_RTHDR,
  IPV6_RTHDRDSTOPTS,
  IPV6_SRCRT_TYPE_4,
  inet6OptBuild,
  inet6OptParse,
  inet6RthBuild,
  inet6RthParse,
  SOCK_DGRAM,
  type Socket,
  socket,
} from 'berkeley'
import { python } from './peer.js'
import { ways } from './ways.js'

// Of the experiments (RFC 4727), to be passed over by who does not know them.
const one = { type: 0x1e, data: new Uint8Array(4).fill(7), align: 4 as const }
const two = { type: 0x3e, data: Uint8Array.of(1, 2, 3) }
const known = [one, two].map(({ type, data }) => ({ type, data }))

const bytesOf = (control: readonly ControlIn[], kind: 'hopopts' | 'dstopts' | 'rthdr'): Uint8Array[] =>
  control.flatMap((message) => (message.kind === kind ? [message.value] : []))

function receiver(host = '::1'): Socket<Inet6Address> {
  const made = socket(AF_INET6, SOCK_DGRAM)
  for (const each of [IPV6_RECVHOPOPTS, IPV6_RECVDSTOPTS, IPV6_RECVRTHDR]) made.setsockopt(each, true)
  made.bind({ host, port: 0 })
  return made
}

/** What it prints of each datagram: level, type and hex of its control messages. */
const judge = (host: string): ReturnType<typeof python> =>
  python(
    `s = socket(AF_INET6, SOCK_DGRAM); s.bind((sys.argv[1], 0)); say(s.getsockname()[1])
for option in (53, 56, 58): s.setsockopt(IPPROTO_IPV6, option, 1)
while True:
  _, control, _, _ = s.recvmsg(100, 1000)
  say(json.dumps([[t, d.hex()] for _, t, d in control]))`,
    { args: [host] },
  )

/** What is the next header, in hex. */
const UDP = '11'
const DESTINATION = '3c'

for (const { name, of } of ways)
  describe(`extension headers, ${name}`, needs, () => {
    before(() =>
      sh(`
        sysctl -qw net.ipv6.conf.all.seg6_enabled=1 net.ipv6.conf.lo.seg6_enabled=1
        ip addr replace fd01::1/128 dev lo nodad
        ip addr replace fd02::1/128 dev lo nodad
        own6 fd01::1
        own6 fd02::1
      `),
    )

    it('of options go with one message, and python3 sees them', async () => {
      using here = receiver()
      using sender = socket(AF_INET6, SOCK_DGRAM)
      const header = inet6OptBuild([one, two])
      const control = [
        { kind: 'hopopts', value: header } as const,
        { kind: 'dstopts', value: inet6OptBuild([two]) } as const,
      ]
      await of(sender).sendmsg({ data: 'x', address: here.getsockname(), control })
      const message = await of(here).recvmsg(10, { controlSize: 256 })
      assert.deepEqual(
        bytesOf(message.control, 'hopopts').map((each) => inet6OptParse(each)),
        [known],
      )
      assert.deepEqual(
        bytesOf(message.control, 'dstopts').map((each) => inet6OptParse(each)),
        [[known[1]]],
      )
      await using peer = judge('::1')
      const address = { host: '::1', port: await peer.number() }
      await of(sender).sendmsg({ data: 'x', address, control })
      // Next header, length in eights, options: 1e at 2 with its data at 4, 3e at 8, one PadN.
      assert.deepEqual(await peer.json(), [
        [IPV6_HOPOPTS.option, `${DESTINATION}011e04070707073e03010203010100`],
        [IPV6_DSTOPTS.option, `${UDP}003e0301020300`],
      ])
    })

    it('of options go with all that a socket sends', async () => {
      using here = receiver()
      using sender = socket(AF_INET6, SOCK_DGRAM)
      const header = inet6OptBuild([one])
      sender.setsockopt(IPV6_HOPOPTS, header)
      sender.setsockopt(IPV6_DSTOPTS, inet6OptBuild([two]))
      assert.deepEqual(sender.getsockopt(IPV6_HOPOPTS), header)
      for (const expected of [[known[0]], []]) {
        await of(sender).sendto('x', here.getsockname())
        const { control } = await of(here).recvmsg(10, { controlSize: 256 })
        assert.deepEqual(bytesOf(control, 'hopopts').flatMap(inet6OptParse), expected)
        assert.deepEqual(bytesOf(control, 'dstopts').flatMap(inet6OptParse), [known[1]])
        sender.setsockopt(IPV6_HOPOPTS, new Uint8Array(0))
      }
    })

    it('of segments lead the datagram over each, and come with it', async () => {
      using here = receiver('fd02::1')
      using sender = socket(AF_INET6, SOCK_DGRAM)
      const route = { type: IPV6_SRCRT_TYPE_4, segments: ['fd01::1', 'fd02::1'], tag: 0x1234 }
      sender.setsockopt(IPV6_RTHDR, inet6RthBuild(route))
      // The header before it is read at each stop.
      sender.setsockopt(IPV6_RTHDRDSTOPTS, inet6OptBuild([two]))
      await of(sender).sendto('x', here.getsockname())
      const { control } = await of(here).recvmsg(10, { controlSize: 256 })
      assert.deepEqual(
        bytesOf(control, 'rthdr').map((each) => inet6RthParse(each)),
        [{ ...route, segmentsLeft: 0, flags: 0, data: new Uint8Array(0) }],
      )
      assert.deepEqual(bytesOf(control, 'dstopts').flatMap(inet6OptParse), [known[1]])
      await using peer = judge('fd02::1')
      await of(sender).sendto('x', { host: 'fd02::1', port: await peer.number() })
      const segments = ['fd02', 'fd01'].map((net) => `${net}${'0'.repeat(26)}01`).join('')
      const seen = (await peer.json()) as [number, string][]
      assert.deepEqual(
        seen.filter(([type]) => type === IPV6_RTHDR.option),
        [[IPV6_RTHDR.option, `${UDP}04040001001234${segments}`]],
      )
    })
  })
