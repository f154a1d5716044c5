/** SOL_SOCKET. */
import assert from 'node:assert/strict'
import { closeSync, readFileSync, readlinkSync } from 'node:fs'
import * as b from 'berkeley'
import { type AnySocket, type Own, reads, refuses, type Trial, tried, trip, unreadable } from './trial.js'

const RETURN = 6
const all = [{ code: RETURN, jt: 0, jf: 0, k: 0xffffffff }]
const nothing = [{ code: RETURN, jt: 0, jf: 0, k: 0 }]

/** Sends to `made`, and what then comes within this turn or not. */
async function hears(made: AnySocket, own: Own, text: string): Promise<boolean> {
  const sender = own(b.socket(b.AF_INET, b.SOCK_DGRAM))
  await sender.sendto(text, made.getsockname() as b.InetAddress)
  made.settimeout(0)
  return await made.recv(100).then(
    (got) => String(got) === text,
    (error: b.SystemError) => {
      assert.equal(error.code, 'EAGAIN')
      return false
    },
  )
}

const bound = (made: AnySocket): void => made.bind({ host: '127.0.0.1', port: 0 })

/** Two of a group that share a port. */
function group(made: AnySocket, own: Own): AnySocket {
  made.setsockopt(b.SO_REUSEPORT, true)
  bound(made)
  const other = own(b.socket(b.AF_INET, b.SOCK_DGRAM) as AnySocket)
  other.setsockopt(b.SO_REUSEPORT, true)
  other.bind(made.getsockname())
  return other
}

/** A descriptor that is no program. */
const noProgram =
  (row: b.Writable<number>) =>
  (made: AnySocket, own: Own): void => {
    bound(made)
    refuses(() => made.setsockopt(row, own(b.socket()).fileno()), 'EINVAL')
    refuses(() => made.setsockopt(row, 9999), 'EBADF')
  }

const forced = (force: b.Writable<number>, size: b.Readable<number>, limit: string): Trial =>
  tried(
    'udp',
    (made) => {
      const most = Number(readFileSync(`/proc/sys/net/core/${limit}`, 'utf8'))
      made.setsockopt(force, most + 1000)
      assert.equal(made.getsockopt(size), 2 * (most + 1000))
      unreadable(made, force)
    },
    { root: true },
  )

export const trials: Readonly<Record<string, Trial>> = {
  SO_REUSEADDR: trip('tcp', b.SO_REUSEADDR, true),
  SO_REUSEPORT: trip('tcp', b.SO_REUSEPORT, true),
  SO_KEEPALIVE: trip('tcp', b.SO_KEEPALIVE, true),
  SO_BROADCAST: trip('udp', b.SO_BROADCAST, true),
  SO_DONTROUTE: trip('udp', b.SO_DONTROUTE, true),
  SO_OOBINLINE: trip('tcp', b.SO_OOBINLINE, true),
  SO_DEBUG: trip('udp', b.SO_DEBUG, true, { root: true }),
  SO_NO_CHECK: trip('udp', b.SO_NO_CHECK, true),
  SO_PRIORITY: trip('udp', b.SO_PRIORITY, 3),
  SO_MARK: trip('udp', b.SO_MARK, 0xfedcba98, { root: true }),
  SO_BINDTODEVICE: trip('udp', b.SO_BINDTODEVICE, 'lo'),
  SO_BINDTOIFINDEX: trip('udp', b.SO_BINDTOIFINDEX, 1),
  SO_MAX_PACING_RATE: tried('tcp', (made) => {
    assert.equal(made.getsockopt(b.SO_MAX_PACING_RATE), Infinity)
    for (const value of [2 ** 40, 1000, Infinity]) {
      made.setsockopt(b.SO_MAX_PACING_RATE, value)
      assert.equal(made.getsockopt(b.SO_MAX_PACING_RATE), value)
    }
  }),
  // What it does to a route shows nowhere.
  SO_CNX_ADVICE: tried('talk', (made) => {
    made.setsockopt(b.SO_CNX_ADVICE, 1)
    unreadable(made, b.SO_CNX_ADVICE)
  }),
  SO_TXREHASH: trip('tcp', b.SO_TXREHASH, 0),
  SO_ZEROCOPY: trip('tcp', b.SO_ZEROCOPY, true),
  SO_NOFCS: trip('udp', b.SO_NOFCS, true),

  // Doubled by the kernel.
  SO_SNDBUF: trip('udp', b.SO_SNDBUF, 20_000, { read: 40_000 }),
  SO_RCVBUF: trip('udp', b.SO_RCVBUF, 20_000, { read: 40_000 }),
  SO_SNDBUFFORCE: forced(b.SO_SNDBUFFORCE, b.SO_SNDBUF, 'wmem_max'),
  SO_RCVBUFFORCE: forced(b.SO_RCVBUFFORCE, b.SO_RCVBUF, 'rmem_max'),
  SO_BUF_LOCK: trip('tcp', b.SO_BUF_LOCK, b.SOCK_SNDBUF_LOCK | b.SOCK_RCVBUF_LOCK),
  SO_RESERVE_MEM: trip('tcp', b.SO_RESERVE_MEM, 4096, {
    missing: [['EOPNOTSUPP'], 'a control group that counts socket memory'],
  }),
  SO_RCVLOWAT: trip('tcp', b.SO_RCVLOWAT, 17),
  SO_SNDLOWAT: reads('tcp', b.SO_SNDLOWAT, (value) => assert.equal(value, 1)),
  SO_RCVTIMEO: trip('udp', b.SO_RCVTIMEO, 1500),
  SO_SNDTIMEO: trip('udp', b.SO_SNDTIMEO, 90_000),
  SO_PEEK_OFF: trip('unix', b.SO_PEEK_OFF, 3),

  SO_PASSCRED: trip('unix', b.SO_PASSCRED, true),
  SO_PASSSEC: trip('unix', b.SO_PASSSEC, true),
  SO_PASSPIDFD: trip('unix', b.SO_PASSPIDFD, true, { missing: [['ENOPROTOOPT'], 'Linux 6.5'] }),
  SO_RXQ_OVFL: trip('udp', b.SO_RXQ_OVFL, true),
  SO_WIFI_STATUS: trip('udp', b.SO_WIFI_STATUS, true),
  SO_SELECT_ERR_QUEUE: trip('udp', b.SO_SELECT_ERR_QUEUE, true),
  SO_RCVMARK: trip('udp', b.SO_RCVMARK, true, { root: true }),
  SO_TIMESTAMP: tried('udp', (made) => {
    assert.equal(made.getsockopt(b.SO_TIMESTAMP), false)
    made.setsockopt(b.SO_TIMESTAMP, true)
    assert.equal(made.getsockopt(b.SO_TIMESTAMP), true)
    made.setsockopt(b.SO_TIMESTAMPNS, true)
    assert.equal(made.getsockopt(b.SO_TIMESTAMP), false)
  }),
  SO_TIMESTAMPNS: trip('udp', b.SO_TIMESTAMPNS, true),
  SO_TIMESTAMPING: trip('udp', b.SO_TIMESTAMPING, { flags: 0x18, bindPhc: 0 }),

  SO_PASSRIGHTS: tried(
    'unix',
    (made, own) => {
      assert.equal(made.getsockopt(b.SO_PASSRIGHTS), true)
      made.setsockopt(b.SO_PASSRIGHTS, false)
      assert.equal(made.getsockopt(b.SO_PASSRIGHTS), false)
      refuses(() => own(b.socket()).getsockopt(b.SO_PASSRIGHTS), 'EOPNOTSUPP')
    },
    { missing: [['ENOPROTOOPT'], 'Linux 6.16'] },
  ),
  SO_INQ: tried(
    'unix',
    async (made, own) => {
      const [one, other] = b.socketpair(b.AF_UNIX, b.SOCK_STREAM).map((each) => own(each))
      one?.setsockopt(b.SO_INQ, true)
      await other?.send('12345')
      assert.deepEqual((await one?.recvmsg(2, { controlSize: 32 }))?.control, [{ kind: 'inq', value: 3 }])
      unreadable(made, b.SO_INQ)
    },
    { missing: [['ENOPROTOOPT'], 'Linux 6.17'] },
  ),
  SO_RCVPRIORITY: trip('udp', b.SO_RCVPRIORITY, true, { missing: [['ENOPROTOOPT'], 'Linux 6.14'] }),

  SO_BUSY_POLL: trip('udp', b.SO_BUSY_POLL, 77, { root: true }),
  SO_PREFER_BUSY_POLL: trip('udp', b.SO_PREFER_BUSY_POLL, true, { root: true }),
  SO_BUSY_POLL_BUDGET: tried(
    'udp',
    (made) => {
      made.setsockopt(b.SO_BUSY_POLL_BUDGET, 16)
      refuses(() => made.setsockopt(b.SO_BUSY_POLL_BUDGET, 65536), 'EINVAL')
      unreadable(made, b.SO_BUSY_POLL_BUDGET)
    },
    { root: true },
  ),
  SO_INCOMING_CPU: trip('udp', b.SO_INCOMING_CPU, 0),
  SO_INCOMING_NAPI_ID: reads('udp', b.SO_INCOMING_NAPI_ID, (value) => assert.equal(value, 0)),

  SO_ERROR: tried('talk', async (made) => {
    const gone = b.socket(b.AF_INET, b.SOCK_DGRAM)
    gone.bind({ host: '127.0.0.1', port: 0 })
    const address = gone.getsockname()
    gone.close()
    await made.connect(address)
    assert.equal(made.getsockopt(b.SO_ERROR), 0)
    await made.send('nobody hears')
    assert.equal(made.getsockopt(b.SO_ERROR), b.ECONNREFUSED)
    assert.equal(made.getsockopt(b.SO_ERROR), 0)
    refuses(() => made.setsockopt(b.SO_ERROR.level, b.SO_ERROR, 1), 'ENOPROTOOPT')
  }),
  SO_TYPE: reads('udp', b.SO_TYPE, (value) => assert.equal(value, b.SOCK_DGRAM)),
  SO_DOMAIN: reads('udp6', b.SO_DOMAIN, (value) => assert.equal(value, b.AF_INET6)),
  SO_PROTOCOL: reads('udp', b.SO_PROTOCOL, (value) => assert.equal(value, b.IPPROTO_UDP)),
  SO_ACCEPTCONN: reads('tcp', b.SO_ACCEPTCONN, (value, made) => {
    assert.equal(value, false)
    made.listen()
    assert.equal(made.getsockopt(b.SO_ACCEPTCONN), true)
  }),
  SO_COOKIE: reads('udp', b.SO_COOKIE, (value, made, own) => {
    assert.equal(typeof value, 'bigint')
    assert.notEqual(own(b.socket()).getsockopt(b.SO_COOKIE), value)
    assert.equal(made.getsockopt(b.SO_COOKIE), value)
  }),
  SO_NETNS_COOKIE: reads('udp', b.SO_NETNS_COOKIE, (value, _, own) => {
    assert.ok(value > 0n)
    assert.equal(own(b.socket()).getsockopt(b.SO_NETNS_COOKIE), value)
  }),
  SO_PEERCRED: reads('unix', b.SO_PEERCRED, (value) =>
    assert.deepEqual(value, { pid: process.pid, uid: process.geteuid?.(), gid: process.getegid?.() }),
  ),
  SO_PEERGROUPS: reads('unix', b.SO_PEERGROUPS, (value) => {
    const groups = /^Groups:[ \t]*(.*?)[ \t]*$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1] ?? ''
    assert.equal(value.join(' '), groups)
  }),
  SO_PEERSEC: reads('unix', b.SO_PEERSEC, (value) => assert.ok(value.length > 0), {
    missing: [['ENOPROTOOPT'], 'a security module that labels sockets'],
  }),
  SO_PEERPIDFD: reads(
    'unix',
    b.SO_PEERPIDFD,
    (value) => {
      try {
        assert.match(readlinkSync(`/proc/self/fd/${value}`), /pidfd/)
        const info = readFileSync(`/proc/self/fdinfo/${value}`, 'utf8')
        assert.match(info, new RegExp(`^Pid:\\s*${process.pid}$`, 'm'))
        // O_CLOEXEC is 02000000.
        assert.match(info, /^flags:\s*0[0-7]*[2367]\d{6}$/m)
      } finally {
        closeSync(value)
      }
    },
    { missing: [['ENOPROTOOPT'], 'Linux 6.5'] },
  ),
  SO_LINGER: trip('tcp', b.SO_LINGER, 5),
  SO_MEMINFO: reads('udp', b.SO_MEMINFO, async (value, made, own) => {
    assert.equal(value.rcvbuf, made.getsockopt(b.SO_RCVBUF))
    assert.equal(value.sndbuf, made.getsockopt(b.SO_SNDBUF))
    assert.deepEqual([value.rmemAlloc, value.drops], [0, 0])
    bound(made)
    await own(b.socket(b.AF_INET, b.SOCK_DGRAM)).sendto('x', made.getsockname() as b.InetAddress)
    assert.ok(made.getsockopt(b.SO_MEMINFO).rmemAlloc > 0)
  }),
  SO_TXTIME: trip('udp', b.SO_TXTIME, { clockid: 1, flags: b.SOF_TXTIME_REPORT_ERRORS }),
  // Nothing to give back without such a device; what is no socket of TCP has nothing at all.
  SO_DEVMEM_DONTNEED: tried(
    'tcp',
    (made, own) => {
      const tokens = [{ tokenStart: 0, tokenCount: 1 }]
      const udp = own(b.socket(b.AF_INET, b.SOCK_DGRAM))
      refuses(() => udp.setsockopt(b.SO_DEVMEM_DONTNEED, tokens), 'EBADF')
      made.setsockopt(b.SO_DEVMEM_DONTNEED, tokens)
      unreadable(made, b.SO_DEVMEM_DONTNEED)
    },
    { missing: [['ENOPROTOOPT', 'EOPNOTSUPP'], 'Linux 6.12 with page pools'] },
  ),

  SO_ATTACH_FILTER: tried('udp', async (made, own) => {
    bound(made)
    assert.equal(await hears(made, own, 'before'), true)
    made.setsockopt(b.SO_ATTACH_FILTER, nothing)
    assert.equal(await hears(made, own, 'dropped'), false)
    // From the UDP header on: of 8 bytes and 'xyz', the third of these is the first that 10 bytes leave out.
    made.setsockopt(b.SO_ATTACH_FILTER, [{ code: RETURN, k: 10 }])
    assert.equal(await hears(made, own, 'xyz'), false)
    made.setsockopt(b.SO_ATTACH_FILTER, all)
    assert.equal(await hears(made, own, 'after'), true)
    refuses(() => made.setsockopt(b.SO_ATTACH_FILTER, [{ code: 0xffff }]), 'EINVAL')
    refuses(() => made.setsockopt(b.SO_ATTACH_FILTER, []), 'EINVAL')
  }),
  SO_GET_FILTER: tried('udp', (made) => {
    assert.deepEqual(made.getsockopt(b.SO_GET_FILTER), [])
    for (const length of [1, 2, 5, 4096]) {
      const long = Array.from({ length }, () => all).flat()
      made.setsockopt(b.SO_ATTACH_FILTER, long)
      assert.deepEqual(made.getsockopt(b.SO_GET_FILTER), long)
      // Room for less is an error, and no room at all asks how much it takes; never is more written than there is.
      if (length > 1) refuses(() => made.getsockopt(b.SOL_SOCKET, b.SO_GET_FILTER, 15), 'EINVAL')
      assert.equal(made.getsockopt(b.SOL_SOCKET, b.SO_GET_FILTER, 8 * length).length, 8 * length)
      assert.deepEqual(made.getsockopt(b.SOL_SOCKET, b.SO_GET_FILTER), 0)
    }
  }),
  SO_ATTACH_BPF: tried('udp', noProgram(b.SO_ATTACH_BPF)),
  SO_DETACH_FILTER: tried('udp', (made) => {
    refuses(() => made.setsockopt(b.SO_DETACH_FILTER, true), 'ENOENT')
    made.setsockopt(b.SO_ATTACH_FILTER, all)
    made.setsockopt(b.SO_DETACH_FILTER, true)
    assert.deepEqual(made.getsockopt(b.SO_GET_FILTER), [])
  }),
  SO_LOCK_FILTER: tried('udp', (made) => {
    made.setsockopt(b.SO_ATTACH_FILTER, all)
    assert.equal(made.getsockopt(b.SO_LOCK_FILTER), false)
    made.setsockopt(b.SO_LOCK_FILTER, true)
    assert.equal(made.getsockopt(b.SO_LOCK_FILTER), true)
    refuses(() => made.setsockopt(b.SO_LOCK_FILTER, false), 'EPERM')
    refuses(() => made.setsockopt(b.SO_DETACH_FILTER, true), 'EPERM')
  }),
  SO_ATTACH_REUSEPORT_CBPF: tried('udp', async (made, own) => {
    const other = group(made, own)
    other.settimeout(0)
    made.settimeout(0)
    for (const [index, chosen, not] of [
      [0, made, other],
      [1, other, made],
    ] as const) {
      made.setsockopt(b.SO_ATTACH_REUSEPORT_CBPF, [{ code: RETURN, k: index }])
      for (let i = 0; i < 5; i++) assert.equal(await hears(chosen, own, `to ${index}`), true)
      await assert.rejects(not.recv(1), { code: 'EAGAIN' })
    }
  }),
  SO_ATTACH_REUSEPORT_EBPF: tried('udp', (made, own) => {
    group(made, own)
    noProgram(b.SO_ATTACH_REUSEPORT_EBPF)(own(b.socket(b.AF_INET, b.SOCK_DGRAM) as AnySocket), own)
  }),
  SO_DETACH_REUSEPORT_BPF: tried('udp', (made, own) => {
    group(made, own)
    refuses(() => made.setsockopt(b.SO_DETACH_REUSEPORT_BPF, true), 'ENOENT')
    made.setsockopt(b.SO_ATTACH_REUSEPORT_CBPF, nothing)
    made.setsockopt(b.SO_DETACH_REUSEPORT_BPF, true)
    refuses(() => made.setsockopt(b.SO_DETACH_REUSEPORT_BPF, true), 'ENOENT')
  }),
  SO_BPF_EXTENSIONS: reads('udp', b.SO_BPF_EXTENSIONS, (value) => assert.equal(value, b.SKF_AD_MAX)),
}
