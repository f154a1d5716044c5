/** What comes beside the times of sending (SO_TIMESTAMPING): numbers of one's own, control messages, a stream's state. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  type ControlIn,
  IP_RECVTTL,
  IPV6_RECVHOPLIMIT,
  type Message,
  MSG_ERRQUEUE,
  SCM_TSTAMP_ACK,
  SCM_TSTAMP_SCHED,
  SCM_TSTAMP_SND,
  SO_EE_ORIGIN_TIMESTAMPING,
  SO_TIMESTAMPING,
  SOCK_DGRAM,
  SOF_TIMESTAMPING_OPT_CMSG,
  SOF_TIMESTAMPING_OPT_ID,
  SOF_TIMESTAMPING_OPT_ID_TCP,
  SOF_TIMESTAMPING_OPT_STATS,
  SOF_TIMESTAMPING_OPT_TSONLY,
  SOF_TIMESTAMPING_SOFTWARE,
  SOF_TIMESTAMPING_TX_ACK,
  SOF_TIMESTAMPING_TX_SCHED,
  SOF_TIMESTAMPING_TX_SOFTWARE,
  type Socket,
  type SystemError,
  socket,
} from 'berkeley'
import { python } from './peer.js'
import { connection, type Ip, type IpFamily, type Way, ways } from './ways.js'

const cases: readonly { name: string; family: IpFamily; host: string }[] = [
  { name: 'IPv4', family: AF_INET, host: '127.0.0.1' },
  { name: 'IPv6', family: AF_INET6, host: '::1' },
]

type Value<K extends ControlIn['kind']> = Extract<ControlIn, { kind: K; value: unknown }>['value']

/** The value of the only message of a kind. */
function only<K extends ControlIn['kind']>({ control }: Message<Ip>, kind: K): Value<K> {
  const found = control.filter((message) => message.kind === kind)
  assert.equal(found.length, 1, `${kind} of ${control.map((message) => message.kind)}`)
  return (found[0] as unknown as { value: Value<K> }).value
}

const queued = (from: Socket<Ip>, { of }: Way): Promise<Message<Ip>> =>
  of(from).recvmsg(2000, { controlSize: 1024, flags: MSG_ERRQUEUE })

/** A python3 that has the socket, and reads one of its times when it is told to: what it says are plain numbers. */
const reader = (made: Socket<Ip>): ReturnType<typeof python> =>
  python(
    `
import socket as module
s = module.socket(fileno=3)
while hear():
  data, control, flags, _ = s.recvmsg(2000, 1024, MSG_ERRQUEUE)
  found = {'data': data.decode('latin1'), 'kinds': [(l, t) for l, t, _ in control]}
  for level, kind, b in control:
    if (level, kind) == (1, 37): found['time'] = struct.unpack('6q', b)
    if (level, kind) in [(0, 11), (41, 25)]: found['error'] = struct.unpack_from('I4BII', b)
    if (level, kind) == (1, 54):
      found['stats'] = {}
      while b:
        length, name = struct.unpack_from('HH', b)
        found['stats'][name] = int.from_bytes(b[4:length], 'little')
        b = b[(length + 3) & ~3:]
  say(json.dumps(found))`,
    { fds: [made.fileno()] },
  )

interface Found {
  readonly data: string
  readonly kinds: readonly (readonly [number, number])[]
  readonly time: readonly number[]
  readonly error: readonly number[]
  readonly stats?: Readonly<Record<number, number>>
}

const ENOMSG = 42

for (const each of cases)
  for (const way of ways)
    describe(`times of sending over ${each.name}, ${way.name}`, needs, () => {
      const address = { host: each.host, port: 9 }

      it('SCM_TS_OPT_ID numbers them, for python3 too', async (t) => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(SO_TIMESTAMPING, {
          flags: SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_OPT_ID | SOF_TIMESTAMPING_OPT_TSONLY,
        })
        await using peer = reader(made)
        for (const id of [4_000_000_000, 7]) {
          const control = [
            { kind: 'timestampingFlags', value: SOF_TIMESTAMPING_TX_SOFTWARE } as const,
            { kind: 'timestampingOptId', value: id } as const,
          ]
          try {
            await way.of(made).sendmsg({ data: 'x', address, control })
          } catch (error) {
            if ((error as SystemError).code !== 'EINVAL') throw error
            return t.skip('this kernel is older than Linux 6.13')
          }
        }
        peer.tell('read')
        const found = (await peer.json()) as Found
        assert.equal(found.data, '')
        assert.deepEqual(found.error, [
          ENOMSG,
          SO_EE_ORIGIN_TIMESTAMPING,
          0,
          0,
          0,
          SCM_TSTAMP_SND,
          4_000_000_000,
        ])
        const message = await queued(made, way)
        const { software, hardware } = only(message, 'timestamping')
        assert.ok(software !== null && software >= BigInt(found.time[0] as number) * 1_000_000_000n)
        assert.equal(hardware, null)
        assert.deepEqual(
          { ...only(message, 'recverr'), offender: null },
          {
            ...{ errno: ENOMSG, origin: SO_EE_ORIGIN_TIMESTAMPING, type: 0, code: 0 },
            ...{ info: SCM_TSTAMP_SND, data: 7, offender: null },
          },
        )
      })

      it('and without OPT_TSONLY the packet comes back, with OPT_CMSG its control messages too', async () => {
        using made = socket(each.family, SOCK_DGRAM)
        made.setsockopt(each.family === AF_INET ? IP_RECVTTL : IPV6_RECVHOPLIMIT, true)
        made.setsockopt(SO_TIMESTAMPING, {
          flags: SOF_TIMESTAMPING_SOFTWARE | SOF_TIMESTAMPING_TX_SOFTWARE | SOF_TIMESTAMPING_OPT_CMSG,
        })
        const control = [{ kind: 'ttl', value: 77 } as const]
        await way.of(made).sendmsg({ data: 'hello', address, control })
        const message = await queued(made, way)
        // From the link's header on.
        assert.equal(String(message.data.subarray(-5)), 'hello')
        assert.equal(message.data.length, 14 + (each.family === AF_INET ? 20 : 40) + 8 + 5)
        assert.equal(only(message, 'ttl'), 77)
        assert.equal(only(message, 'recverr').data, 0)
      })

      it('a stream’s tell its state at each step (OPT_STATS), as python3 reads it', async () => {
        using p = await connection(each.host)
        p.client.setsockopt(SO_TIMESTAMPING, {
          flags:
            SOF_TIMESTAMPING_TX_SCHED |
            SOF_TIMESTAMPING_TX_SOFTWARE |
            SOF_TIMESTAMPING_TX_ACK |
            SOF_TIMESTAMPING_SOFTWARE |
            SOF_TIMESTAMPING_OPT_ID |
            SOF_TIMESTAMPING_OPT_ID_TCP |
            SOF_TIMESTAMPING_OPT_TSONLY |
            SOF_TIMESTAMPING_OPT_STATS,
        })
        await using peer = reader(p.client)
        await way.of(p.client).sendall(Buffer.alloc(1000))
        assert.equal((await way.of(p.server).recv(1000)).length, 1000)
        peer.tell('read')
        const found = (await peer.json()) as Found
        assert.deepEqual(found.error.slice(5), [SCM_TSTAMP_SCHED, 999])
        const steps = [SCM_TSTAMP_SND, SCM_TSTAMP_ACK]
        for (const step of steps) {
          const message = await queued(p.client, way)
          const { info, data } = only(message, 'recverr')
          assert.deepEqual([info, data], [step, 999])
          const stats = only(message, 'timestampingStats')
          const theirs = (name: number): number | undefined => found.stats?.[name]
          assert.equal(stats.edt, BigInt(theirs(25) ?? 0))
          // What the acknowledgement changes.
          if (step === SCM_TSTAMP_SND)
            assert.deepEqual(
              [stats.sndCwnd, stats.pacingRate, stats.minRtt, stats.srtt],
              [theirs(8), theirs(6), theirs(10), theirs(22)],
            )
          assert.deepEqual([stats.dataSegsOut, stats.bytesSent], [1, 1000])
          // What waits for the acknowledgement, and how it came.
          assert.deepEqual(
            [stats.sndqSize, stats.bytesNotsent],
            step === SCM_TSTAMP_ACK ? [0, 0] : [theirs(13), theirs(24)],
          )
          assert.equal(stats.ttl, step === SCM_TSTAMP_ACK ? 64 : undefined)
        }
      })
    })
