/** When datagrams and bytes came, left and were acknowledged, by the kernel's clock. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  type ControlIn,
  MSG_ERRQUEUE,
  SCM_TSTAMP_ACK,
  SCM_TSTAMP_SCHED,
  SCM_TSTAMP_SND,
  SO_EE_ORIGIN_TIMESTAMPING,
  SO_TIMESTAMP,
  SO_TIMESTAMPING,
  SO_TIMESTAMPNS,
  SOCK_DGRAM,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_ID_TCP,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_RX_SOFTWARE,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_ACK,
  SOF_TIMESTAMPING_TX_SCHED,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  type Socket,
  socket,
} from 'berkeley'
import { until } from '../matrix.js'
import { connection, type Ip, type IpFamily, type Way, ways } from './ways.js'

const now = (): bigint => BigInt(Date.now()) * 1_000_000n
const MS = 1_000_000n

/** Between two readings of the clock, which is in milliseconds here. */
function between(time: bigint | null | undefined, before: bigint): void {
  assert.equal(typeof time, 'bigint')
  assert.ok((time as bigint) >= before && (time as bigint) <= now() + MS, `${before} ${time} ${now()}`)
}

const cases: readonly { name: string; family: IpFamily; host: string }[] = [
  { name: 'IPv4', family: AF_INET, host: '127.0.0.1' },
  { name: 'IPv6', family: AF_INET6, host: '::1' },
]

/** A stamp from the error queue: what it is of, and its number. */
async function stamp(
  from: Socket<Ip>,
  { of }: Way,
): Promise<{ time: bigint | null; what: number; id: number }> {
  const { control } = await of(from).recvmsg(100, { controlSize: 512, flags: MSG_ERRQUEUE })
  let time: bigint | null = null
  let error: Extract<ControlIn, { kind: 'recverr' }>['value'] | undefined
  for (const each of control) {
    if (each.kind === 'timestamping') time = each.value.software
    if (each.kind === 'recverr') error = each.value
  }
  assert.equal(error?.origin, SO_EE_ORIGIN_TIMESTAMPING)
  return { time, what: error?.info as number, id: error?.data as number }
}

for (const each of cases)
  for (const way of ways)
    describe(`times over ${each.name}, ${way.name}`, needs, () => {
      for (const [name, option, grain] of [
        ['SO_TIMESTAMP', SO_TIMESTAMP, 1000n],
        ['SO_TIMESTAMPNS', SO_TIMESTAMPNS, 1n],
      ] as const)
        it(`${name}: when a datagram came`, async () => {
          using made = socket(each.family, SOCK_DGRAM)
          made.setsockopt(option, true)
          made.bind({ host: each.host, port: 0 })
          const before = now()
          await way.of(made).sendto('x', made.getsockname())
          const { control } = await way.of(made).recvmsg(10, { controlSize: 64 })
          assert.ok(control[0]?.kind === 'timestamp')
          between(control[0].value, before)
          assert.equal(control[0].value % grain, 0n)
        })

      it('SO_TIMESTAMPING: when a datagram came, by software', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE
        made.setsockopt(SO_TIMESTAMPING, { flags })
        assert.equal(made.getsockopt(SO_TIMESTAMPING).flags, flags)
        made.bind({ host: each.host, port: 0 })
        // The kernel turns its clock on a little later than it says.
        let found: ControlIn | undefined
        let before = now()
        await until(() => {
          before = now()
          made.sendtoSync('x', made.getsockname())
          found = made.recvmsgSync(10, { controlSize: 128 }).control[0]
          return found !== undefined
        }, 'a time')
        assert.ok(found?.kind === 'timestamping')
        between(found.value.software, before)
        assert.equal(found.value.hardware, null)
      })

      it('SO_TIMESTAMPING: when each datagram left, by number, from the error queue', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(SO_TIMESTAMPING, {
          flags:
            SOF_TIMESTAMPING_TX_SOFTWARE |
            SOF_TIMESTAMPING_SOFTWARE |
            SOF_TIMESTAMPING_OPT_ID |
            SOF_TIMESTAMPING_OPT_TSONLY,
        })
        for (const id of [0, 1, 2]) {
          const before = now()
          await way.of(made).sendto('x', { host: each.host, port: 9 })
          const found = await stamp(made, way)
          assert.deepEqual([found.what, found.id], [SCM_TSTAMP_SND, id])
          between(found.time, before)
        }
      })

      it('SO_TIMESTAMPING: when a message was queued and left, for that message alone', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(SO_TIMESTAMPING, {
          flags: SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY,
        })
        const address = { host: each.host, port: 9 }
        await way.of(made).sendto('without', address)
        const value = SOF_TIMESTAMPING_TX_SCHED | SOF_TIMESTAMPING_TX_SOFTWARE
        await way.of(made).sendmsg({ data: 'with', address, control: [{ kind: 'timestampingFlags', value }] })
        const [first, second] = [await stamp(made, way), await stamp(made, way)]
        assert.deepEqual([first.what, second.what], [SCM_TSTAMP_SCHED, SCM_TSTAMP_SND])
        assert.ok(BigInt(first.time ?? 0) <= BigInt(second.time ?? 0))
      })

      it('SO_TIMESTAMPING on TCP: when the last byte was acknowledged, and which it was', async () => {
        using p = await connection(each.host)
        p.client.setsockopt(SO_TIMESTAMPING, {
          flags:
            SOF_TIMESTAMPING_TX_ACK |
            SOF_TIMESTAMPING_SOFTWARE |
            SOF_TIMESTAMPING_OPT_ID |
            SOF_TIMESTAMPING_OPT_ID_TCP |
            SOF_TIMESTAMPING_OPT_TSONLY,
        })
        const before = now()
        await way.of(p.client).sendall(Buffer.alloc(1000))
        assert.equal((await way.of(p.server).recv(1000)).length, 1000)
        const { time, what, id } = await stamp(p.client, way)
        assert.deepEqual([what, id], [SCM_TSTAMP_ACK, 999])
        between(time, before)
      })
    })
