/** recvmsg and sendmsg: many buffers, addresses, and the control messages by way of the kernel. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  CMSG_SPACE,
  type ControlOut,
  type Message,
  MSG_CTRUNC,
  MSG_EOR,
  MSG_ERRQUEUE,
  MSG_PEEK,
  MSG_TRUNC,
  SO_PASSCRED,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  type SystemError,
  sameAddress,
  socket,
  socketpair,
} from 'berkeley'
import * as k from '#data/kernel.js'
import { needsProgram, needsRoot } from '../support/needs.js'
import { every, node, pair, Several, streams, tcp, turns, type udp } from './matrix.js'

type Kind = Message<never>['control'][number]['kind']
/** The value of the one control message of this kind. */
function only<K extends Kind>(
  { control }: Pick<Message<never>, 'control'>,
  kind: K,
): Extract<Message<never>['control'][number], { kind: K; value: unknown }>['value'] {
  const found = control.filter((each) => each.kind === kind)
  assert.equal(found.length, 1, `${kind} in ${JSON.stringify(control.map((each) => each.kind))}`)
  return (found[0] as unknown as { value: never }).value
}

const ROOM = 1024

for (const each of every)
  describe(each.name, () => {
    it('0, 1, 2 and 1024 buffers, empty ones between; 1025 are too many', async () => {
      using p = await pair(each)
      const data = Buffer.from(Array.from({ length: 2047 }, (_, i) => i % 251))
      for (const count of [1, 2, 1024]) {
        const size = Math.floor(data.length / count)
        const pieces = Array.from({ length: count }, (_, i) =>
          data.subarray(i * size, i === count - 1 ? data.length : (i + 1) * size),
        )
        assert.equal(await p.client.sendmsg({ data: pieces }), data.length)
        const rooms = pieces.map((piece, i) => Buffer.alloc(i % 3 === 1 && count > 2 ? 0 : piece.length + 2))
        const total = rooms.reduce((sum, room) => sum + room.length, 0)
        assert.ok(total >= data.length)
        const { length, flags, control } = await p.server.recvmsgInto(rooms)
        assert.deepEqual([length, flags, control], [data.length, 0, []])
        assert.deepEqual(Buffer.concat(rooms).subarray(0, length), data)
      }
      const many = Array.from({ length: 1025 }, () => Buffer.alloc(1))
      await assert.rejects(p.client.sendmsg({ data: many }), RangeError)
      await assert.rejects(p.server.recvmsgInto(many), RangeError)
      assert.throws(() => p.client.sendmsgSync({ data: many }), RangeError)
      assert.throws(() => p.server.recvmsgIntoSync(many), RangeError)
      for (const wrong of [null, 'x', [null], ['x'], [[Buffer.alloc(1)]]])
        await assert.rejects(p.server.recvmsgInto(wrong as never), TypeError)
      for (const wrong of [null, 'x', Buffer.alloc(1), { data: [1] }, { data: 1 }, { control: 1 }])
        await assert.rejects(p.client.sendmsg(wrong as never), TypeError)
      // Into no room at all: a message is taken and cut, of a stream nothing is.
      await p.client.send('abc')
      const none = await p.server.recvmsgInto([])
      assert.deepEqual([none.length, none.flags], [0, each.type === SOCK_STREAM ? 0 : MSG_TRUNC])
      if (each.type === SOCK_STREAM) assert.equal(String(await p.server.recv(9)), 'abc')
      // No data at all.
      assert.equal(await p.client.sendmsg({}), 0)
      if (each.type !== SOCK_STREAM) assert.equal((await p.server.recvmsg(9)).data.length, 0)
    })

    it('text and bytes together; the waiting one gets them, too', async () => {
      using p = await pair(each)
      const waiting = p.server.recvmsg(100)
      const rooms = [Buffer.alloc(3), new Uint8Array(0), Buffer.alloc(9)] as const
      const next = p.server.recvmsgInto(rooms)
      await turns()
      await p.client.sendmsg({ data: ['zwölf', '', Buffer.from(' Boxkämpfer')] })
      const { data, address } = await waiting
      assert.equal(String(data), 'zwölf Boxkämpfer')
      assert.ok(
        each.type === SOCK_DGRAM ? sameAddress(address as never, p.client.getsockname()) : address === null,
      )
      await p.client.sendmsg({ data: 'und mehr' })
      const { length } = await next
      assert.equal(String(Buffer.concat(rooms).subarray(0, length)), 'und mehr')
    })

    it('a buffer detached while it waits: TypeError, and the bytes stay', async () => {
      using p = await pair(each)
      const rooms = [new Uint8Array(4), new Uint8Array(4)] as const
      const waiting = p.server.recvmsgInto(rooms)
      await turns()
      structuredClone(rooms[1], { transfer: [rooms[1].buffer] })
      await p.client.send('kept')
      await assert.rejects(waiting, TypeError)
      assert.equal(String((await p.server.recvmsg(9)).data), 'kept')
      await assert.rejects(p.server.recvmsgInto(rooms), TypeError)
      await assert.rejects(p.client.sendmsg({ data: [rooms[1]] }), TypeError)
    })

    it('abort and time-out take nothing', async () => {
      using p = await pair(each)
      const given = new AbortController()
      const aborted = p.server.recvmsg(9, { signal: given.signal })
      const behind = p.server.recvmsg(9)
      await turns()
      given.abort()
      await assert.rejects(aborted, { name: 'AbortError' })
      await p.client.send('one')
      assert.equal(String((await behind).data), 'one')
      p.server.settimeout(5)
      await assert.rejects(p.server.recvmsg(9), { code: 'ETIMEDOUT', syscall: 'recvmsg' })
      p.server.settimeout(0)
      await assert.rejects(p.server.recvmsg(9), { code: 'EAGAIN' })
      await p.client.send('two')
      p.server.settimeout(null)
      assert.equal(String((await p.server.recvmsg(9)).data), 'two')
      const closed = p.server.recvmsg(9)
      await turns()
      p.server.close()
      await assert.rejects(closed, { code: 'ECANCELED' })
      await assert.rejects(p.server.recvmsg(9), { code: 'EBADF' })
      await assert.rejects(p.server.sendmsg({ data: 'x' }), { code: 'EBADF' })
    })

    it('MSG_PEEK leaves it, MSG_TRUNC tells', async () => {
      using p = await pair(each)
      await p.client.send('a message')
      assert.equal(String((await p.server.recvmsg(20, { flags: MSG_PEEK })).data), 'a message')
      const { data, flags } = await p.server.recvmsg(4)
      assert.equal(String(data), 'a me')
      assert.equal(flags & MSG_TRUNC, each.type === SOCK_STREAM ? 0 : MSG_TRUNC)
    })
  })

for (const each of streams)
  it(`more than 1 MB in pieces: ${each.name}`, async () => {
    using p = await pair(each)
    const pieces = Array.from({ length: 40 }, (_, i) => Buffer.alloc(100_000, i + 1))
    const whole = Buffer.concat(pieces)
    const got: Buffer[] = []
    let length = 0
    const reading = (async () => {
      while (length < whole.length) {
        const { data } = await p.server.recvmsg(1 << 20)
        got.push(data)
        length += data.length
      }
    })()
    for (let sent = 0; sent < whole.length; ) sent += await p.client.sendmsg({ data: [whole.subarray(sent)] })
    await reading
    assert.ok(Buffer.concat(got).equals(whole))
    // Of one list of pieces the kernel takes what there is room for, in order.
    const some = await p.client.sendmsg({ data: pieces })
    assert.ok(some > 0 && some <= whole.length)
    const rest = await p.server.recv(Math.min(some, 100_000), { flags: k.MSG_WAITALL })
    assert.ok(rest.equals(whole.subarray(0, rest.length)))
  })

it('addresses: in every form, a name, and somebody else than the peer', async () => {
  using several = new Several()
  const [a, b] = [0, 1].map(() => several.add(socket(AF_INET, SOCK_DGRAM))) as [
    Socket<{ family: 'inet'; host: string; port: number }>,
    Socket<{ family: 'inet'; host: string; port: number }>,
  ]
  a.bind({ host: '127.0.0.1', port: 0 })
  b.bind({ host: '127.0.0.1', port: 0 })
  const there = b.getsockname()
  for (const address of [
    there,
    { ...there },
    { host: '127.0.0.1', port: there.port },
    { host: 'localhost', port: there.port },
  ]) {
    await a.sendmsg({ data: 'x', address })
    const message = await b.recvmsg(9)
    assert.deepEqual([String(message.data), message.address], ['x', a.getsockname()])
  }
  // What the caller changes while a name is looked up does not count.
  const data = ['before']
  const sending = a.sendmsg({ data, address: { host: 'localhost', port: there.port } })
  data[0] = 'after'
  await sending
  assert.equal(String((await b.recvmsg(9)).data), 'before')
  await assert.rejects(a.sendmsg({ data: 'x', address: { host: '127.0.0.1', port: -1 } }), RangeError)
  await assert.rejects(a.sendmsg({ data: 'x' }), { code: 'EDESTADDRREQ', syscall: 'sendmsg' })
  await assert.rejects(a.sendmsg({ data: Buffer.alloc(70_000), address: there }), {
    code: 'EMSGSIZE',
    remote: { family: 'inet', host: '127.0.0.1', port: there.port },
  })
})

it('MSG_EOR ends a record of SOCK_SEQPACKET', async () => {
  const [a, b] = socketpair(AF_UNIX, SOCK_SEQPACKET)
  await a.sendmsg({ data: 'record' }, { flags: MSG_EOR })
  assert.equal(String((await b.recvmsg(99)).data), 'record')
  a.close()
  b.close()
})

describe('control messages', () => {
  /** Two UDP sockets, the client connected; the server with these options. */
  async function asking(
    options: readonly (readonly [level: number, option: number])[],
    v6 = false,
  ): Promise<Awaited<ReturnType<typeof udp>>> {
    const p = await pair({
      name: '',
      family: v6 ? AF_INET6 : AF_INET,
      type: SOCK_DGRAM,
      address: () => ({ host: v6 ? '::1' : '127.0.0.1', port: 0 }),
    })
    for (const [level, option] of options) p.server.setsockopt(level, option, 1)
    return p
  }
  const { IPPROTO_IP: IP, IPPROTO_IPV6: IPV6 } = k

  it('ttl and tos, with the bits of ECN, over IPv4', async () => {
    using p = await asking([
      [IP, k.IP_RECVTTL],
      [IP, k.IP_RECVTOS],
    ])
    for (const [ttl, tos] of [
      [33, 0xb8],
      [255, 0x03],
      [1, 0x01],
    ] as const) {
      const control: ControlOut[] = [
        { kind: 'ttl', value: ttl },
        { kind: 'tos', value: tos },
      ]
      await p.client.sendmsg({ data: 'x', control })
      const message = await p.server.recvmsg(9, { controlSize: ROOM })
      assert.deepEqual([only(message, 'ttl'), only(message, 'tos')], [ttl, tos])
    }
    await p.client.send('x')
    assert.equal(only(p.server.recvmsgSync(9, { controlSize: ROOM }), 'ttl'), 64)
  })

  it('hop limit and traffic class over IPv6', async () => {
    using p = await asking(
      [
        [IPV6, k.IPV6_RECVHOPLIMIT],
        [IPV6, k.IPV6_RECVTCLASS],
      ],
      true,
    )
    p.client.sendmsgSync({
      data: 'x',
      control: [
        { kind: 'ttl', value: 7 },
        { kind: 'tos', value: 0x2a },
      ],
    })
    const message = p.server.recvmsgSync(9, { controlSize: ROOM })
    assert.deepEqual([only(message, 'ttl'), only(message, 'tos')], [7, 0x2a])
  })

  it('pktinfo: where each datagram went, and the answer comes from there', async () => {
    using several = new Several()
    const server = several.add(socket(AF_INET, SOCK_DGRAM))
    server.setsockopt(IP, k.IP_PKTINFO, 1)
    server.setsockopt(IP, k.IP_RECVORIGDSTADDR, 1)
    server.bind({ host: '', port: 0 })
    const { port } = server.getsockname()
    for (const host of ['127.0.0.2', '127.0.0.3']) {
      const client = several.add(socket(AF_INET, SOCK_DGRAM))
      await client.sendto('question', { host, port })
      const message = await server.recvmsg(99, { controlSize: CMSG_SPACE(12) + CMSG_SPACE(16) })
      const info = only(message, 'pktinfo')
      assert.deepEqual([info.destination, info.local, info.ifindex > 0], [host, host, true])
      assert.deepEqual(only(message, 'origdstaddr'), { family: 'inet', host, port })
      assert.ok(message.address !== null)
      await server.sendmsg({
        data: 'answer',
        address: message.address,
        control: [{ kind: 'pktinfo', value: info }],
      })
      assert.deepEqual(await client.recvfrom(99), [Buffer.from('answer'), { family: 'inet', host, port }])
    }
  })

  it('pktinfo over IPv6, between two addresses of a network of its own', {
    ...needsRoot(),
    ...needsProgram('unshare', 'ip'),
  }, async () => {
    const script = `
      import { AF_INET6, SOCK_DGRAM, socket, IPPROTO_IPV6, IPV6_RECVPKTINFO, IPV6_RECVORIGDSTADDR } from 'berkeley'
      const server = socket(AF_INET6, SOCK_DGRAM)
      server.setsockopt(IPPROTO_IPV6, Number(process.argv[1]), 1)
      server.bind({ host: '', port: 0 })
      const { port } = server.getsockname()
      for (const host of ['2001:db8::1', '2001:db8::2']) {
        const client = socket(AF_INET6, SOCK_DGRAM)
        await client.sendto('question', { host, port })
        const { control, address } = await server.recvmsg(99, { controlSize: 64 })
        const info = control[0].value
        await server.sendmsg({ data: 'answer', address, control: [{ kind: 'pktinfo', value: info }] })
        const [data, from] = await client.recvfrom(99)
        console.log(control[0].kind, info.destination, info.local, info.ifindex > 0, String(data), from.host)
        client.close()
      }
      server.close()`
    const up =
      'ip link set lo up && ip addr add 2001:db8::1/128 dev lo && ip addr add 2001:db8::2/128 dev lo && exec "$@"'
    const { stdout, stderr, code } = await node(script, {
      before: ['unshare', '-n', 'sh', '-c', up, 'sh'],
      args: [String(k.IPV6_RECVPKTINFO)],
    })
    assert.deepEqual([stderr, code], ['', 0])
    const line = (host: string): string => `pktinfo ${host} ${host} true answer ${host}\n`
    assert.equal(stdout, line('2001:db8::1') + line('2001:db8::2'))
  })

  it('how many were dropped', async () => {
    using p = await asking([[SOL_SOCKET, k.SO_RXQ_OVFL]])
    p.server.setsockopt(SO_RCVBUF, 1)
    const data = Buffer.alloc(500)
    for (let i = 0; i < 50; i++) await p.client.send(data)
    p.server.settimeout(0)
    let came = 0
    try {
      for (;;) {
        await p.server.recv(1000)
        came++
      }
    } catch (error) {
      assert.equal((error as SystemError).code, 'EAGAIN')
    }
    p.server.settimeout(null)
    await p.client.send('one more')
    assert.equal(only(await p.server.recvmsg(9, { controlSize: ROOM }), 'rxqOvfl'), 50 - came)
  })

  it('times: SO_TIMESTAMP, SO_TIMESTAMPNS, SO_TIMESTAMPING of what comes and what goes', async () => {
    const near = (time: bigint | null): void => {
      const now = BigInt(Date.now()) * 1_000_000n
      assert.ok(time !== null && time > now - 60_000_000_000n && time < now + 60_000_000_000n, String(time))
    }
    for (const option of [
      k.SO_TIMESTAMP_OLD,
      k.SO_TIMESTAMP_NEW,
      k.SO_TIMESTAMPNS_OLD,
      k.SO_TIMESTAMPNS_NEW,
    ]) {
      using p = await asking([[SOL_SOCKET, option]])
      await p.client.send('x')
      near(only(await p.server.recvmsg(9, { controlSize: ROOM }), 'timestamp'))
    }
    using p = await asking([])
    // RX_SOFTWARE | SOFTWARE, and TX_SOFTWARE | SOFTWARE | OPT_TSONLY.
    p.server.setsockopt(SOL_SOCKET, k.SO_TIMESTAMPING_NEW, (1 << 3) | (1 << 4))
    p.client.setsockopt(SOL_SOCKET, k.SO_TIMESTAMPING_NEW, (1 << 1) | (1 << 4) | (1 << 11))
    const next = async (): Promise<Message<never>> => {
      await p.client.send('x')
      return (await p.server.recvmsg(9, { controlSize: ROOM })) as Message<never>
    }
    // The kernel begins to take times a moment after it was asked to.
    let message = await next()
    for (let i = 0; i < 500 && message.control.length === 0; i++) message = await next()
    const received = only(message, 'timestamping')
    near(received.software)
    assert.equal(received.hardware, null)
    const sent = await p.client.recvmsg(9, { flags: MSG_ERRQUEUE, controlSize: ROOM })
    near(only(sent, 'timestamping').software)
    const { errno, origin } = only(sent, 'recverr')
    assert.deepEqual([errno, origin], [42, 4])
  })

  it('one send in several datagrams, and several received as one', async () => {
    using p = await asking([])
    const control: ControlOut[] = [{ kind: 'udpSegment', value: 100 }]
    assert.equal(await p.client.sendmsg({ data: Buffer.alloc(250, 'ab'), control }), 250)
    for (const size of [100, 100, 50]) assert.equal((await p.server.recv(999)).length, size)
    p.server.setsockopt(k.IPPROTO_UDP, k.UDP_GRO, 1)
    await p.client.sendmsg({ data: Buffer.alloc(250, 'ab'), control })
    const message = await p.server.recvmsg(999, { controlSize: ROOM })
    assert.deepEqual([message.data.length, only(message, 'udpGro')], [250, 100])
  })

  it('an error and who reported it, over IPv4 and IPv6', async () => {
    for (const [family, level, option, host, origin] of [
      [AF_INET, IP, k.IP_RECVERR, '127.0.0.1', 2],
      [AF_INET6, IPV6, k.IPV6_RECVERR, '::1', 3],
    ] as const) {
      using client = socket(family as number, SOCK_DGRAM)
      const gone = socket(family as number, SOCK_DGRAM)
      gone.bind({ host, port: 0 })
      const there = gone.getsockname()
      gone.close()
      client.setsockopt(level, option, 1)
      await client.connect(there)
      await client.send('x')
      await assert.rejects(client.recv(9), { code: 'ECONNREFUSED' })
      const message = await client.recvmsg(9, { flags: MSG_ERRQUEUE, controlSize: ROOM })
      assert.equal(message.flags & MSG_ERRQUEUE, MSG_ERRQUEUE)
      assert.equal(String(message.data), 'x')
      // The name is where it was going.
      assert.deepEqual(message.address, there)
      const error = only(message, 'recverr')
      assert.deepEqual([error.errno, error.origin], [111, origin])
      assert.equal(error.offender?.host, host)
    }
  })

  it('credentials: one’s own, forged ones, and none to a stranger', needsRoot(), async () => {
    for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) {
      const [a, b] = socketpair(AF_UNIX, type)
      b.setsockopt(SO_PASSCRED, true)
      await a.send('x')
      const room = { controlSize: CMSG_SPACE(12) }
      const own = { pid: process.pid, uid: 0, gid: 0 }
      assert.deepEqual((await b.recvmsg(9, room)).control, [{ kind: 'credentials', value: own }])
      const forged = { pid: 1, uid: 12, gid: 34 }
      await a.sendmsg({ data: 'x', control: [{ kind: 'credentials', value: forged }] })
      assert.deepEqual((await b.recvmsg(9, room)).control, [{ kind: 'credentials', value: forged }])
      await assert.rejects(
        a.sendmsg({
          data: 'x',
          control: [{ kind: 'credentials', value: { pid: 2 ** 31 - 1, uid: 0, gid: 0 } }],
        }),
        { code: 'ESRCH', syscall: 'sendmsg' },
      )
      await a.send('x')
      assert.deepEqual([(await b.recvmsg(9)).flags & MSG_CTRUNC], [MSG_CTRUNC])
      a.close()
      b.close()
    }
  })

  it('what no codec knows comes and goes as bytes', async () => {
    using p = await asking([[IP, k.IP_RECVTTL]])
    const data = Buffer.alloc(4)
    data.writeInt32LE(99)
    await p.client.sendmsg({ data: 'x', control: [{ kind: 'unknown', level: IP, type: k.IP_TTL, data }] })
    assert.equal(only(await p.server.recvmsg(9, { controlSize: ROOM }), 'ttl'), 99)
    // TCP_REPAIR_WINDOW's number is no message of UDP's.
    const wrong: ControlOut = { kind: 'unknown', level: IP, type: 12345, data }
    await assert.rejects(p.client.sendmsg({ data: 'x', control: [wrong] }), { code: 'EINVAL' })
    await assert.rejects(
      p.client.sendmsg({ data: 'x', control: [{ kind: 'nonsense', value: 1 } as never] }),
      TypeError,
    )
    await assert.rejects(p.client.sendmsg({ data: 'x', control: [{ kind: 'ttl', value: 300 }] }), RangeError)
    // No room: nothing but a flag.
    await p.client.send('x')
    const { control, flags } = await p.server.recvmsg(9)
    assert.deepEqual([control, flags], [[], MSG_CTRUNC])
    for (const controlSize of [-1, 65537])
      await assert.rejects(p.server.recvmsg(9, { controlSize }), RangeError)
    for (const controlSize of [1.5, Number.NaN])
      await assert.rejects(p.server.recvmsg(9, { controlSize }), TypeError)
  })

  it('messages() with room for them', async () => {
    using p = await asking([[IP, k.IP_RECVTTL]])
    for (let i = 1; i <= 3; i++)
      await p.client.sendmsg({ data: i === 2 ? '' : 'x'.repeat(i), control: [{ kind: 'ttl', value: i }] })
    const seen: unknown[] = []
    for await (const message of p.server.messages({ controlSize: ROOM, size: 2 })) {
      seen.push([String(message.data), only(message, 'ttl'), message.flags])
      assert.deepEqual(message.address, p.client.getsockname())
      if (seen.length === 3) break
    }
    assert.deepEqual(seen, [
      ['x', 1, 0],
      ['', 2, 0],
      ['xx', 3, MSG_TRUNC],
    ])
    assert.throws(() => p.server.messages({ controlSize: -1 }), RangeError)
    const waiting = p.server.messages({ controlSize: ROOM }).next()
    await turns()
    p.server.close()
    assert.deepEqual(await waiting, { done: true, value: undefined })
  })

  it('on TCP how much is left', async () => {
    using p = await tcp()
    p.server.setsockopt(k.IPPROTO_TCP, k.TCP_INQ, 1)
    await p.client.sendall('0123456789')
    const message = await p.server.recvmsg(4, { controlSize: ROOM })
    assert.deepEqual([String(message.data), only(message, 'tcpInq')], ['0123', 6])
  })

  it('fragments have their size', { ...needsRoot(), ...needsProgram('unshare', 'ip') }, async () => {
    const script = `
      import * as b from 'berkeley'
      const server = b.socket(b.AF_INET, b.SOCK_DGRAM)
      server.setsockopt(0, ${k.IP_RECVFRAGSIZE}, 1)
      server.bind({ host: '127.0.0.1', port: 0 })
      const client = b.socket(b.AF_INET, b.SOCK_DGRAM)
      await client.sendto(Buffer.alloc(4000), server.getsockname())
      const { data, control } = await server.recvmsg(9999, { controlSize: 64 })
      console.log(data.length, JSON.stringify(control))
      server.close(); client.close()`
    const up = 'ip link set lo up mtu 1500 && exec "$@"'
    const { stdout, stderr } = await node(script, { before: ['unshare', '-n', 'sh', '-c', up, 'sh'] })
    assert.equal(stderr, '')
    assert.equal(stdout, '4000 [{"kind":"fragsize","value":1500}]\n')
  })
})
