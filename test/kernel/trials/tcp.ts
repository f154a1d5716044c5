/** IPPROTO_TCP. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import * as b from 'berkeley'
import {
  type AnySocket,
  type Own,
  type Place,
  reads,
  refuses,
  type Trial,
  tried,
  trip,
  unreadable,
} from './trial.js'

const key = new TextEncoder().encode('secret')
const ao = { address: '127.0.0.1', sndid: 1, rcvid: 2 }
const newest = { missing: [['ENOPROTOOPT'], 'Linux 6.15'] } as const
const noAo = { missing: [['ENOPROTOOPT'], 'TCP-AO'] } as const

/** A listener and a client of it, both yet to be prepared. */
async function meet(listener: AnySocket, client: b.Socket<b.InetAddress>, own: Own): Promise<AnySocket> {
  await client.connect(listener.getsockname() as b.InetAddress)
  return own((await listener.accept())[0])
}

/** A connection that both ends sign, and which carries bytes. */
async function signed(listener: AnySocket, own: Own, sign: (made: AnySocket) => void): Promise<AnySocket> {
  sign(listener)
  const client = own(b.socket())
  sign(client as AnySocket)
  const connection = await meet(listener, client, own)
  await client.send('signed')
  assert.equal(String(await connection.recv(100)), 'signed')
  return client as AnySocket
}

const md5 = (row: b.Writable<b.Md5Key>, value: b.Md5KeyRange): Trial =>
  tried(
    'listener',
    async (made, own) => {
      refuses(() => made.setsockopt(row, { ...value, key: new Uint8Array(0) }), 'ENOENT')
      await signed(made, own, (each) => each.setsockopt(row, value))
      // Who has another key is not heard: no answer comes to his SYN.
      const stranger = own(b.socket())
      stranger.setsockopt(row, { ...value, key: Uint8Array.of(1) })
      stranger.setsockopt(b.TCP_SYNCNT, 1)
      stranger.settimeout(300)
      await assert.rejects(stranger.connect(made.getsockname() as b.InetAddress), { code: 'ETIMEDOUT' })
      unreadable(made, row)
    },
    { missing: [['ENOPROTOOPT'], 'TCP_MD5SIG'] },
  )

/** A keys trial: on a signed connection, where the kernel has TCP-AO. */
const keys = (act: (client: AnySocket) => void): Trial =>
  tried(
    'listener',
    async (made, own) => {
      const ids = new Map<AnySocket, readonly [number, number]>([[made, [2, 1]]])
      act(
        await signed(made, own, (each) => {
          const [sndid, rcvid] = ids.get(each) ?? [1, 2]
          each.setsockopt(b.TCP_AO_ADD_KEY, { ...ao, sndid, rcvid, algName: 'hmac(sha1)', key })
        }),
      )
    },
    noAo,
  )

const repaired = (on: Place, act: (made: AnySocket) => void, more: Partial<Trial> = {}): Trial =>
  tried(
    on,
    (made) => {
      made.setsockopt(b.TCP_REPAIR, b.TCP_REPAIR_ON)
      act(made)
      made.setsockopt(b.TCP_REPAIR, b.TCP_REPAIR_OFF_NO_WP)
    },
    { root: true, ...more },
  )

export const trials: Readonly<Record<string, Trial>> = {
  TCP_NODELAY: trip('tcp', b.TCP_NODELAY, true),
  TCP_CORK: trip('tcp', b.TCP_CORK, true),
  TCP_QUICKACK: trip('stream', b.TCP_QUICKACK, false),
  TCP_MAXSEG: trip('tcp', b.TCP_MAXSEG, 1000),
  TCP_NOTSENT_LOWAT: trip('tcp', b.TCP_NOTSENT_LOWAT, 16_384),
  TCP_WINDOW_CLAMP: trip('tcp', b.TCP_WINDOW_CLAMP, 30_000),
  TCP_TX_DELAY: trip('tcp', b.TCP_TX_DELAY, 1000),
  TCP_CONGESTION: tried('tcp', (made) => {
    const first = made.getsockopt(b.TCP_CONGESTION)
    const all = readFileSync('/proc/sys/net/ipv4/tcp_allowed_congestion_control', 'utf8').trim().split(' ')
    assert.equal(readFileSync('/proc/sys/net/ipv4/tcp_congestion_control', 'utf8').trim(), first)
    for (const name of [...all.filter((each) => each !== first), first]) {
      made.setsockopt(b.TCP_CONGESTION, name)
      assert.equal(made.getsockopt(b.TCP_CONGESTION), name)
    }
    refuses(() => made.setsockopt(b.TCP_CONGESTION, 'no such'), 'ENOENT')
  }),
  TCP_CC_INFO: reads('tcp', b.TCP_CC_INFO, (_, made) => {
    made.setsockopt(b.TCP_CONGESTION, 'reno')
    assert.deepEqual(made.getsockopt(b.TCP_CC_INFO), new Uint8Array(0))
    const all = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8').trim().split(' ')
    if (process.geteuid?.() !== 0 || !all.includes('bbr')) return
    made.setsockopt(b.TCP_CONGESTION, 'bbr')
    // struct tcp_bbr_info.
    assert.equal(made.getsockopt(b.TCP_CC_INFO).length, 20)
  }),
  TCP_THIN_LINEAR_TIMEOUTS: trip('tcp', b.TCP_THIN_LINEAR_TIMEOUTS, true),
  TCP_ULP: tried(
    'stream',
    (made) => {
      assert.equal(made.getsockopt(b.TCP_ULP), '')
      refuses(() => made.setsockopt(b.TCP_ULP, 'no such'), 'ENOENT')
      made.setsockopt(b.TCP_ULP, 'tls')
      assert.equal(made.getsockopt(b.TCP_ULP), 'tls')
    },
    { missing: [['ENOENT'], 'the module tls'] },
  ),

  TCP_KEEPIDLE: trip('tcp', b.TCP_KEEPIDLE, 77),
  TCP_KEEPINTVL: trip('tcp', b.TCP_KEEPINTVL, 7),
  TCP_KEEPCNT: trip('tcp', b.TCP_KEEPCNT, 3),
  TCP_SYNCNT: trip('tcp', b.TCP_SYNCNT, 3),
  TCP_USER_TIMEOUT: trip('tcp', b.TCP_USER_TIMEOUT, 5000),
  TCP_LINGER2: trip('tcp', b.TCP_LINGER2, 30),
  // As so many retransmissions of 1, 2, 4 s.
  TCP_DEFER_ACCEPT: trip('tcp', b.TCP_DEFER_ACCEPT, 2, { read: 3 }),
  TCP_RTO_MAX_MS: tried(
    'tcp',
    (made) => {
      made.setsockopt(b.TCP_RTO_MAX_MS, 5000)
      assert.equal(made.getsockopt(b.TCP_RTO_MAX_MS), 5000)
      refuses(() => made.setsockopt(b.TCP_RTO_MAX_MS, 999), 'EINVAL')
    },
    newest,
  ),
  TCP_RTO_MIN_US: trip('tcp', b.TCP_RTO_MIN_US, 100_000, newest),
  TCP_DELACK_MAX_US: trip('tcp', b.TCP_DELACK_MAX_US, 100_000, newest),

  TCP_FASTOPEN: trip('listener', b.TCP_FASTOPEN, 5),
  TCP_FASTOPEN_CONNECT: trip('tcp', b.TCP_FASTOPEN_CONNECT, true),
  TCP_FASTOPEN_KEY: tried('tcp', (made) => {
    const one = Uint8Array.from({ length: 16 }, (_, i) => i)
    const two = Uint8Array.from({ length: 32 }, (_, i) => 255 - i)
    for (const value of [one, two]) {
      assert.notDeepEqual(made.getsockopt(b.TCP_FASTOPEN_KEY), value)
      made.setsockopt(b.TCP_FASTOPEN_KEY, value)
      assert.deepEqual(made.getsockopt(b.TCP_FASTOPEN_KEY), value)
    }
    refuses(() => made.setsockopt(b.TCP_FASTOPEN_KEY, new Uint8Array(15)), 'EINVAL')
  }),
  TCP_FASTOPEN_NO_COOKIE: trip('tcp', b.TCP_FASTOPEN_NO_COOKIE, true),
  TCP_SAVE_SYN: trip('listener', b.TCP_SAVE_SYN, 2),
  TCP_SAVED_SYN: tried('listener', async (made, own) => {
    made.setsockopt(b.TCP_SAVE_SYN, 1)
    const client = own(b.socket())
    const connection = await meet(made, client, own)
    const syn = connection.getsockopt(b.TCP_SAVED_SYN)
    // From the IP header on: version 4, TCP, and the client's port.
    assert.deepEqual([(syn[0] ?? 0) >> 4, syn[9]], [4, b.IPPROTO_TCP])
    assert.equal(new DataView(syn.buffer).getUint16(20), client.getsockname().port)
    assert.deepEqual(connection.getsockopt(b.TCP_SAVED_SYN), new Uint8Array(0))
  }),
  TCP_IS_MPTCP: tried(
    'listener',
    async (made, own) => {
      assert.equal(made.getsockopt(b.TCP_IS_MPTCP), false)
      const listener = own(b.socket(b.AF_INET, b.SOCK_STREAM, b.IPPROTO_MPTCP))
      listener.bind({ host: '127.0.0.1', port: 0 })
      listener.listen()
      const client = own(b.socket(b.AF_INET, b.SOCK_STREAM, b.IPPROTO_MPTCP))
      const connection = await meet(listener as AnySocket, client, own)
      assert.equal(connection.getsockopt(b.TCP_IS_MPTCP), true)
      // To one who speaks TCP alone it falls back.
      const plain = own(b.socket(b.AF_INET, b.SOCK_STREAM, b.IPPROTO_MPTCP))
      await meet(made, plain, own)
      assert.equal(plain.getsockopt(b.TCP_IS_MPTCP), false)
    },
    { missing: [['ENOPROTOOPT', 'EPROTONOSUPPORT', 'EOPNOTSUPP'], 'multipath TCP and Linux 6.9'] },
  ),
  TCP_INQ: trip('tcp', b.TCP_INQ, true),
  TCP_INFO: reads('listener', b.TCP_INFO, async (value, made, own) => {
    assert.equal(value.state, b.TCP_LISTEN)
    const client = own(b.socket())
    const connection = await meet(made, client, own)
    await client.send('12345')
    assert.equal(String(await connection.recv(100)), '12345')
    const [sent, received] = [client.getsockopt(b.TCP_INFO), connection.getsockopt(b.TCP_INFO)]
    assert.equal(sent.state, b.TCP_ESTABLISHED)
    assert.deepEqual([sent.bytesSent, received.bytesReceived, received.dataSegsIn], [5, 5, 1])
    assert.equal(sent.maxPacingRate, Infinity)
    assert.ok(sent.rtt > 0 && sent.rtt < 10_000_000 && sent.pmtu > 1000)
  }),
  TCP_ZEROCOPY_RECEIVE: tried('listener', async (made, own) => {
    refuses(() => made.getsockopt(b.TCP_ZEROCOPY_RECEIVE), 'ENOTCONN')
    const client = own(b.socket())
    const connection = await meet(made, client, own)
    assert.deepEqual(connection.getsockopt(b.TCP_ZEROCOPY_RECEIVE), { recvSkipHint: 0, inq: 0, err: 0 })
    await client.send('12345')
    assert.deepEqual(connection.getsockopt(b.TCP_ZEROCOPY_RECEIVE), { recvSkipHint: 5, inq: 5, err: 0 })
    assert.equal(String(await connection.recv(100)), '12345')
  }),

  TCP_MD5SIG: md5(b.TCP_MD5SIG, { address: '127.0.0.1', key }),
  TCP_MD5SIG_EXT: md5(b.TCP_MD5SIG_EXT, { address: '127.0.0.0', prefix: 8, key }),
  TCP_AO_ADD_KEY: keys((client) => unreadable(client, b.TCP_AO_ADD_KEY)),
  TCP_AO_DEL_KEY: keys((client) =>
    refuses(() => client.setsockopt(b.TCP_AO_DEL_KEY, { ...ao, sndid: 9 }), 'ENOENT'),
  ),
  TCP_AO_INFO: keys((client) => {
    const { currentKey, rnext, aoRequired, counters } = client.getsockopt(b.TCP_AO_INFO)
    assert.deepEqual([currentKey, rnext, aoRequired], [1, 2, false])
    assert.ok(counters !== undefined && counters.good > 0 && counters.bad === 0)
    client.setsockopt(b.TCP_AO_INFO, {
      aoRequired: false,
      acceptIcmps: true,
      counters: { ...counters, bad: 7 },
    })
    const changed = client.getsockopt(b.TCP_AO_INFO)
    assert.deepEqual([changed.acceptIcmps, changed.counters?.bad], [true, 7])
  }),
  TCP_AO_GET_KEYS: keys((client) => {
    const state = client.getsockopt(b.TCP_AO_GET_KEYS, { isCurrent: true })
    assert.deepEqual(
      [state.address, state.prefix, state.sndid, state.rcvid, state.algName, state.maclen, state.nkeys],
      ['127.0.0.1', 32, 1, 2, 'hmac(sha1)', 12, 1],
    )
    assert.deepEqual([state.key, state.isCurrent], [key, true])
    assert.deepEqual(client.getsockopt(b.TCP_AO_GET_KEYS, ao).key, key)
  }),

  TCP_REPAIR: tried(
    'tcp',
    (made) => {
      assert.equal(made.getsockopt(b.TCP_REPAIR), b.TCP_REPAIR_OFF)
      made.setsockopt(b.TCP_REPAIR, b.TCP_REPAIR_ON)
      assert.equal(made.getsockopt(b.TCP_REPAIR), b.TCP_REPAIR_ON)
      made.setsockopt(b.TCP_REPAIR, b.TCP_REPAIR_OFF_NO_WP)
      assert.equal(made.getsockopt(b.TCP_REPAIR), b.TCP_REPAIR_OFF)
    },
    { root: true },
  ),
  TCP_REPAIR_QUEUE: repaired('tcp', (made) => {
    assert.equal(made.getsockopt(b.TCP_REPAIR_QUEUE), b.TCP_NO_QUEUE)
    made.setsockopt(b.TCP_REPAIR_QUEUE, b.TCP_SEND_QUEUE)
    assert.equal(made.getsockopt(b.TCP_REPAIR_QUEUE), b.TCP_SEND_QUEUE)
  }),
  TCP_QUEUE_SEQ: repaired('tcp', (made) => {
    for (const [queue, sequence] of [
      [b.TCP_SEND_QUEUE, 4_000_000_000],
      [b.TCP_RECV_QUEUE, 5],
    ] as const) {
      made.setsockopt(b.TCP_REPAIR_QUEUE, queue)
      assert.notEqual(made.getsockopt(b.TCP_QUEUE_SEQ), sequence)
      made.setsockopt(b.TCP_QUEUE_SEQ, sequence)
      assert.equal(made.getsockopt(b.TCP_QUEUE_SEQ), sequence)
    }
  }),
  // A clock: it runs on from what is set.
  TCP_TIMESTAMP: repaired('tcp', (made) => {
    const wanted = (made.getsockopt(b.TCP_TIMESTAMP) + 0x40000000) % 0x80000000
    made.setsockopt(b.TCP_TIMESTAMP, wanted)
    const now = made.getsockopt(b.TCP_TIMESTAMP)
    assert.ok(now >= wanted && now < wanted + 10_000, `${now}, ${wanted} was set`)
  }),
  TCP_REPAIR_OPTIONS: repaired('stream', (made) => {
    const MSS = 2
    assert.notEqual(made.getsockopt(b.TCP_MAXSEG), 1000)
    made.setsockopt(b.TCP_REPAIR_OPTIONS, [{ code: MSS, val: 1000 }])
    assert.equal(made.getsockopt(b.TCP_MAXSEG), 1000)
  }),
  TCP_REPAIR_WINDOW: repaired('stream', (made) => {
    const window = made.getsockopt(b.TCP_REPAIR_WINDOW)
    const changed = { ...window, maxWindow: window.maxWindow + 1 }
    made.setsockopt(b.TCP_REPAIR_WINDOW, changed)
    assert.deepEqual(made.getsockopt(b.TCP_REPAIR_WINDOW), changed)
    refuses(() => made.setsockopt(b.TCP_REPAIR_WINDOW, { ...window, sndWnd: window.maxWindow + 1 }), 'EINVAL')
  }),
  TCP_AO_REPAIR: repaired(
    'stream',
    (made) => {
      made.getsockopt(b.TCP_AO_REPAIR)
    },
    { missing: [['ENOPROTOOPT', 'ENOENT'], 'TCP-AO'] },
  ),
}
