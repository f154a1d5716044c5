/** Many datagrams in one call (UDP_SEGMENT, UDP_GRO), and those for which there was no room (SO_RXQ_OVFL). */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  SO_MEMINFO,
  SO_RCVBUF,
  SO_RXQ_OVFL,
  SOCK_DGRAM,
  socket,
  UDP_GRO,
  UDP_SEGMENT,
} from 'berkeley'
import { python } from './peer.js'
import { type IpFamily, ways } from './ways.js'

const cases: readonly { name: string; python: string; family: IpFamily; host: string; table: string }[] = [
  { name: 'IPv4', python: 'AF_INET', family: AF_INET, host: '127.0.0.1', table: '/proc/net/udp' },
  { name: 'IPv6', python: 'AF_INET6', family: AF_INET6, host: '::1', table: '/proc/net/udp6' },
]

/** What the kernel's table says that the socket on this port has dropped. */
function dropped(table: string, port: number): number {
  const local = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const line = readFileSync(table, 'utf8')
    .split('\n')
    .map((each) => each.trim().split(/\s+/))
    .find((fields) => fields[1]?.endsWith(local))
  return Number(line?.at(-1))
}

for (const { name: ip, python: family, host, table, ...each } of cases)
  for (const { name, of } of ways)
    describe(`over ${ip}, ${name}`, needs, () => {
      it('UDP_SEGMENT: one send is many datagrams to python3, by the socket and by the message', async () => {
        await using peer = python(
          `s = socket(${family}, SOCK_DGRAM); s.bind(('${host}', 0)); say(s.getsockname()[1])
while True: say(json.dumps([len(s.recv(65536)) for _ in range(3)]))`,
        )
        const address = { host, port: await peer.number() }
        using made = socket(each.family, SOCK_DGRAM)
        const sender = of(made)
        const data = Buffer.alloc(2500)
        const control = [{ kind: 'udpSegment', value: 1200 }] as const
        assert.equal(await sender.sendmsg({ data, address, control }), 2500)
        assert.deepEqual(await peer.json(), [1200, 1200, 100])
        sender.setsockopt(UDP_SEGMENT, 1000)
        assert.equal(await sender.sendto(data, address), 2500)
        assert.deepEqual(await peer.json(), [1000, 1000, 500])
        // More than a device could take.
        sender.setsockopt(UDP_SEGMENT, 0)
        await assert.rejects(
          sender.sendmsg({ data: Buffer.alloc(65000), address, control: [{ kind: 'udpSegment', value: 1 }] }),
          { code: 'EINVAL' },
        )
      })

      it('UDP_GRO: what python3 sent by UDP_SEGMENT comes as one, with the size of each', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(UDP_GRO, true)
        assert.equal(made.getsockopt(UDP_GRO), true)
        made.bind({ host, port: 0 })
        await using peer = python(
          `s = socket(${family}, SOCK_DGRAM); s.setsockopt(IPPROTO_UDP, 103, 1000)
s.sendto(b'x' * 4500, ('${host}', ${made.getsockname().port})); say('sent')`,
        )
        await peer.line()
        const { data, control } = await of(made).recvmsg(65536, { controlSize: 64 })
        assert.equal(data.length, 4500)
        assert.deepEqual(control, [{ kind: 'udpGro', value: 1000 }])
      })

      it('SO_RXQ_OVFL: how many were lost comes with the next, as the kernel’s table has it', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(SO_RXQ_OVFL, true)
        made.setsockopt(SO_RCVBUF, 4096)
        made.bind({ host, port: 0 })
        const address = made.getsockname()
        using sender = socket(each.family, SOCK_DGRAM)
        const SENT = 50
        for (let i = 0; i < SENT; i++) await of(sender).sendto(Buffer.alloc(1000), address)
        const lost = dropped(table, address.port)
        assert.ok(lost > 0 && lost < SENT)
        assert.equal(made.getsockopt(SO_MEMINFO).drops, lost)
        for (let i = 0; i < SENT - lost; i++) await of(made).recv(1000)
        await of(sender).sendto('room again', address)
        const { data, control } = await of(made).recvmsg(100, { controlSize: 64 })
        assert.equal(`${data}`, 'room again')
        assert.deepEqual(control, [{ kind: 'rxqOvfl', value: lost }])
      })
    })
