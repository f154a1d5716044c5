/** Times to send at (SO_TXTIME) with the queueing disciplines that keep to them: tc-etf(8) and tc-fq(8). */
import { needs, sh } from '../kernel/usage/namespace.js'
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  type Inet6Address,
  type InetAddress,
  MSG_ERRQUEUE,
  SO_EE_CODE_TXTIME_INVALID_PARAM,
  SO_EE_ORIGIN_TXTIME,
  SO_TIMESTAMPNS,
  SO_TXTIME,
  SOCK_DGRAM,
  SOF_TXTIME_REPORT_ERRORS,
  type Socket,
  socket,
} from 'berkeley'
import { ways } from '../kernel/usage/ways.js'

const CLOCK_MONOTONIC = 1
const CLOCK_TAI = 11
const EINVAL = 22
const SECOND = 1_000_000_000n

/** So much earlier a datagram may leave; what has not by its time, is dropped, and this machine may be slow. */
const DELTA = 500_000_000n
const ETF = `etf clockid CLOCK_TAI delta ${DELTA}`

/** A discipline on loopback until the end of the block. */
function discipline(what: string): Disposable {
  sh(`tc qdisc replace dev lo root ${what}`)
  return { [Symbol.dispose]: () => void sh('tc qdisc del dev lo root') }
}

const disciplines = [
  {
    name: 'etf',
    what: ETF,
    clockid: CLOCK_TAI,
    early: DELTA,
    // Nobody has told the kernel of leap seconds here.
    now: (): bigint => BigInt(Date.now()) * 1_000_000n,
  },
  { name: 'fq', what: 'fq', clockid: CLOCK_MONOTONIC, early: 0n, now: (): bigint => process.hrtime.bigint() },
]
const cases = [
  { family: AF_INET as typeof AF_INET | typeof AF_INET6, host: '127.0.0.1' },
  { family: AF_INET6, host: '::1' },
]

type Ip = Socket<InetAddress | Inet6Address>

describe('SO_TXTIME', needs, () => {
  for (const { name, what, clockid, early, now } of disciplines)
    it(`${name} sends each at its time, whatever the order`, async () => {
      using _ = discipline(what)
      await Promise.all(
        cases.map(async ({ family, host }) => {
          using here = socket(family as typeof AF_INET, SOCK_DGRAM) as Ip
          here.setsockopt(SO_TIMESTAMPNS, true)
          here.bind({ host, port: 0 })
          using sender = socket(family as typeof AF_INET, SOCK_DGRAM) as Ip
          sender.setsockopt(SO_TXTIME, { clockid, flags: 0 })
          await sender.connect(here.getsockname())
          // The clock of arrivals first: what it is later than, the other's times are too.
          const realtime = BigInt(Date.now()) * 1_000_000n
          const start = now()
          const later: Record<string, bigint> = { third: 3n * SECOND, first: SECOND, second: 2n * SECOND }
          for (const [data, after] of Object.entries(later))
            await sender.sendmsg({ data, control: [{ kind: 'txtime', value: start + after }] })
          for (const expected of ['first', 'second', 'third']) {
            const { data, control } = await here.recvmsg(10, { controlSize: 64 })
            assert.equal(String(data), expected)
            const [came] = control
            assert.ok(came?.kind === 'timestamp')
            const least = realtime + (later[expected] as bigint) - early
            assert.ok(came.value >= least, `${expected}: ${came.value - least} ns`)
          }
        }),
      )
    })

  for (const { name, of } of ways)
    it(`etf tells of a time that has passed, by the error queue (${name})`, async () => {
      using _ = discipline(ETF)
      for (const { family, host } of cases) {
        using sender = socket(family as typeof AF_INET, SOCK_DGRAM) as Ip
        sender.setsockopt(SO_TXTIME, { clockid: CLOCK_TAI, flags: SOF_TXTIME_REPORT_ERRORS })
        const value = BigInt(Date.now()) * 1_000_000n - SECOND
        await of(sender).sendmsg({
          ...{ data: 'late', address: { host, port: 9 } },
          control: [{ kind: 'txtime', value }],
        })
        const { control } = await of(sender).recvmsg(100, { controlSize: 256, flags: MSG_ERRQUEUE })
        const [report] = control
        assert.ok(report?.kind === 'recverr')
        const { errno, origin, code, info, data } = report.value
        assert.deepEqual(
          [errno, origin, code],
          [EINVAL, SO_EE_ORIGIN_TXTIME, SO_EE_CODE_TXTIME_INVALID_PARAM],
        )
        // The time it was to be sent at.
        assert.equal((BigInt(data) << 32n) | BigInt(info), value)
      }
    })
})
