/** The codecs of control messages against the kernel: python3 moves the buffers, and says what it knows of them. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it, type TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  type ControlData,
  type ControlOut,
  decodeControl,
  descriptorsIn,
  encodeControl,
} from '#data/control/control.js'
import { AF_INET, AF_INET6, AF_UNIX } from '#data/kernel.js'
import { needsProgram, needsRoot } from '../support/needs.js'

const script = fileURLToPath(new URL('../../../test/kernel/peers/ancillary.py', import.meta.url))
const needs = needsProgram('python3')
const needsMore = needs.skip === false ? needsRoot() : needs
const needsRules = needsMore.skip === false ? needsProgram('ip') : needsMore

/** The scenario's answer, or undefined (and the test skipped) where the kernel has no such option. */
function python<T>(t: TestContext, scenario: string, control?: Uint8Array): T | undefined {
  const hex = control === undefined ? [] : [Buffer.from(control).toString('hex')]
  const run = spawnSync('python3', ['-I', script, scenario, ...hex], { encoding: 'utf8', timeout: 60_000 })
  assert.equal(run.status, 0, run.stderr)
  const answer = JSON.parse(run.stdout) as T & { lacks?: string }
  if (answer?.lacks === undefined) return answer
  t.skip(`needs a newer kernel: ${answer.lacks}`)
  return undefined
}

const unhex = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))
const decode = (hex: string): ControlData[] => decodeControl(unhex(hex))

/** Level, type and hex of each message, as Python's recvmsg tells them. */
type Parsed = [level: number, type: number, data: string][]

/** The messages as Python tells them, in the kernel's framing by C's rules, decoded. */
function decodeParsed(messages: Parsed): ControlData[] {
  const bytes = messages.map(([level, type, data]) => {
    const message = Buffer.alloc(16 + Math.ceil(data.length / 16) * 8)
    message.writeBigUInt64LE(BigInt(16 + data.length / 2))
    message.writeInt32LE(level, 8)
    message.writeInt32LE(type, 12)
    message.set(unhex(data), 16)
    return message
  })
  return decodeControl(Buffer.concat(bytes))
}

const ordered = (control: readonly ControlData[]): ControlData[] =>
  control.toSorted((a, b) => (a.kind < b.kind ? -1 : a.kind > b.kind ? 1 : 0))

function between(time: unknown, { before, after }: { before: string; after: string }, grain = 1n): void {
  assert.equal(typeof time, 'bigint')
  assert.ok(
    (time as bigint) + grain > BigInt(before) && (time as bigint) <= BigInt(after),
    `${before} ${time} ${after}`,
  )
}

describe('what the kernel gives', needs, () => {
  interface Datagram {
    control: string
    messages: Parsed
    ttl: number
    tos: number
    port: number
    ifindex: number
  }

  it('over IPv4, whole and with room for less', (t) => {
    type Answer = Datagram & { to: string; cuts: [room: number, hex: string, cut: boolean][] }
    const answer = python<Answer>(t, 'inet')
    if (answer === undefined) return
    const { control, messages, ttl, tos, to, port, ifindex, cuts } = answer
    const expected: ControlData[] = [
      { kind: 'pktinfo', value: { ifindex, local: to, destination: to } },
      { kind: 'ttl', value: ttl },
      { kind: 'tos', value: tos },
      { kind: 'origdstaddr', value: { family: 'inet', host: to, port } },
    ]
    assert.deepEqual(decode(control), expected)
    assert.deepEqual(decodeParsed(messages), expected)

    // Where each message and its data end, by Python's lengths.
    let at = 0
    const ends = messages.map(([, , data]) => {
      const start = at
      at += 16 + Math.ceil(data.length / 16) * 8
      return { start, end: start + 16 + data.length / 2 }
    })
    let seen = 0
    for (const [room, hex, cut] of cuts) {
      const found = decode(hex)
      const whole = ends.filter(({ end }) => end <= room).length
      assert.deepEqual(found.slice(0, whole), expected.slice(0, whole), `room for ${room}`)
      assert.equal(cut, whole < expected.length, `room for ${room}`)
      const next = ends[whole]
      if (next === undefined || room < next.start + 16) {
        assert.equal(found.length, whole, `room for ${room}`)
        continue
      }
      // What there was room for of the next.
      const [level, type, data] = messages[whole] as Parsed[number]
      const there = unhex(data).slice(0, room - next.start - 16)
      assert.deepEqual(found.slice(whole), [{ kind: 'unknown', level, type, data: there }])
      seen++
    }
    assert.ok(seen > 30, `${seen} cut messages`)
  })

  it('over IPv6, and by the options of RFC 2292', (t) => {
    const answer = python<Datagram & { old: string }>(t, 'inet6')
    if (answer === undefined) return
    const { control, messages, old, ttl, tos, port, ifindex } = answer
    const pktinfo: ControlData = { kind: 'pktinfo', value: { ifindex, local: '::1', destination: '::1' } }
    const expected: ControlData[] = [
      pktinfo,
      { kind: 'ttl', value: ttl },
      { kind: 'tos', value: tos },
      { kind: 'origdstaddr', value: { family: 'inet6', host: '::1', port, flowinfo: 0, scopeId: 0 } },
    ]
    assert.deepEqual(decode(control), expected)
    assert.deepEqual(decodeParsed(messages), expected)
    assert.deepEqual(decode(old), expected.slice(0, 2))
  })

  it('of IPv4 to a socket of IPv6', (t) => {
    const answer = python<{ control: string; ifindex: number }>(t, 'mapped')
    if (answer === undefined) return
    const host = '::ffff:127.0.0.9'
    assert.deepEqual(decode(answer.control), [
      { kind: 'pktinfo', value: { ifindex: answer.ifindex, local: host, destination: host } },
      { kind: 'ttl', value: 79 },
    ])
  })

  it('times, in every form', (t) => {
    type Answer = Record<string, { control: string; before: string; after: string }>
    const answer = python<Answer>(t, 'times')
    if (answer === undefined) return
    assert.equal(Object.keys(answer).length, 6)
    for (const [name, span] of Object.entries(answer)) {
      const [message, ...rest] = decode(span.control)
      assert.deepEqual(rest, [], name)
      if (name.startsWith('SO_TIMESTAMPING_')) {
        assert.ok(message?.kind === 'timestamping', name)
        assert.equal(message.value.hardware, null)
        between(message.value.software, span)
      } else {
        assert.ok(message?.kind === 'timestamp', name)
        between(message.value, span, name.startsWith('SO_TIMESTAMPNS') ? 1n : 1000n)
      }
    }
  })

  it('how many datagrams it dropped', (t) => {
    const answer = python<{ control: string; drops: number }>(t, 'overflow')
    if (answer === undefined) return
    assert.ok(answer.drops > 0)
    assert.deepEqual(decode(answer.control), [{ kind: 'rxqOvfl', value: answer.drops }])
  })

  it('the error behind a refused datagram', (t) => {
    const answer = python<Record<string, { control: string; refused: number; host: string }>>(t, 'errors')
    if (answer === undefined) return
    const { inet, inet6 } = answer
    // Port unreachable: RFC 792's 3, 3 and RFC 4443's 1, 4.
    const plain = { info: 0, data: 0 }
    assert.deepEqual(decode(inet?.control as string), [
      {
        kind: 'recverr',
        value: {
          ...plain,
          errno: inet?.refused,
          origin: 2,
          type: 3,
          code: 3,
          offender: { family: 'inet', host: inet?.host, port: 0 },
        },
      },
    ])
    assert.deepEqual(decode(inet6?.control as string), [
      {
        kind: 'recverr',
        value: {
          ...plain,
          errno: inet6?.refused,
          origin: 3,
          type: 1,
          code: 4,
          offender: { family: 'inet6', host: inet6?.host, port: 0, flowinfo: 0, scopeId: 0 },
        },
      },
    ])
  })

  it('credentials, descriptors and a pidfd, with room for all and for less', (t) => {
    type Room = { room: number; control: string; cut: boolean; opened: [fd: number, link: string][] }
    const answer = python<{ pid: number; uid: number; gid: number; rooms: Room[] }>(t, 'unix')
    if (answer === undefined) return
    const { pid, uid, gid, rooms } = answer
    const counts = new Set<number>()
    for (const { room, control, cut, opened } of rooms) {
      const found = decode(control)
      // What Python's process has open since is what is to be closed.
      const descriptors = opened.map(([fd]) => fd)
      assert.deepEqual(
        descriptorsIn(unhex(control)).toSorted((a, b) => a - b),
        descriptors,
        `room for ${room}`,
      )
      const rights = found.flatMap((each) => (each.kind === 'rights' ? each.value : []))
      const pidfds = found.flatMap((each) => (each.kind === 'pidfd' ? [each.value] : []))
      assert.deepEqual(
        [...rights, ...pidfds].toSorted((a, b) => a - b),
        descriptors,
        `room for ${room}`,
      )
      const links = new Map(opened)
      assert.deepEqual(
        rights.map((fd) => links.get(fd)),
        ['/dev/null', '/dev/zero', '/proc'].slice(0, rights.length),
      )
      for (const fd of pidfds) assert.match(links.get(fd) as string, /pidfd/)
      if (room >= 28) assert.deepEqual(found[0], { kind: 'credentials', value: { pid, uid, gid } })
      else assert.ok(found.every(({ kind }) => kind === 'unknown'))
      assert.equal(cut, pidfds.length === 0 || rights.length < 3, `room for ${room}`)
      counts.add(rights.length)
    }
    assert.deepEqual([...counts].toSorted(), [0, 1, 2, 3])
    assert.equal(decode(rooms[0]?.control as string).length, 3)
  })

  it('how much of a stream waits', (t) => {
    const answer = python<{ control: string; left: number }>(t, 'inq')
    if (answer === undefined) return
    assert.deepEqual(decode(answer.control), [{ kind: 'tcpInq', value: answer.left }])
  })

  it('the size of the fragments', needsMore, (t) => {
    const answer = python<Record<'inet' | 'inet6', string>>(t, 'fragments')
    if (answer === undefined) return
    // All of a packet but the last fragment's rest: multiples of eight behind the headers of 20 and 48 bytes.
    assert.deepEqual(decode(answer.inet), [{ kind: 'fragsize', value: 20 + 1480 }])
    assert.deepEqual(decode(answer.inet6), [{ kind: 'fragsize', value: 48 + 1448 }])
  })
})

describe('what the kernel takes', needs, () => {
  interface Came {
    messages: Parsed
    source: string
    ifindex: number
  }
  /** What came of these messages, and that the kernel did not refuse them. */
  function sent<T = Came>(
    t: TestContext,
    scenario: string,
    af: number,
    messages: ControlOut[],
  ): T | undefined {
    return python<T>(t, `send_${scenario}`, encodeControl(af, messages))
  }

  it('ttl, tos and source address over IPv4', (t) => {
    const answer = sent(t, 'inet', AF_INET, [
      { kind: 'pktinfo', value: { ifindex: 1, local: '127.0.0.77' } },
      { kind: 'tos', value: 0xb8 },
      { kind: 'ttl', value: 33 },
    ])
    if (answer === undefined) return
    assert.equal(answer.source, '127.0.0.77')
    // Python's own parsing: IP_TTL is an int, IP_TOS one byte.
    assert.deepEqual(answer.messages, [
      [0, 2, '21000000'],
      [0, 1, 'b8'],
    ])
  })

  it('hop limit, traffic class, flow label and interface over IPv6', (t) => {
    const answer = sent(t, 'inet6', AF_INET6, [
      { kind: 'ttl', value: 34 },
      { kind: 'tos', value: 0x28 },
      { kind: 'flowinfo', value: 0x12345 },
      { kind: 'pktinfo', value: { ifindex: 1, local: '::1' } },
    ])
    if (answer === undefined) return
    assert.deepEqual(ordered(decodeParsed(answer.messages)), [
      // The label, and the class above it.
      { kind: 'flowinfo', value: 0x2812345 },
      { kind: 'pktinfo', value: { ifindex: answer.ifindex, local: '::1', destination: '::1' } },
      { kind: 'tos', value: 0x28 },
      { kind: 'ttl', value: 34 },
    ])
    assert.deepEqual(
      answer.messages.filter(([, type]) => type === 52 || type === 67 || type === 11),
      [
        [41, 52, '22000000'],
        [41, 67, '28000000'],
        [41, 11, '02812345'],
      ],
    )
  })

  it('a source address over IPv6', needsMore, (t) => {
    const answer = sent(t, 'source6', AF_INET6, [{ kind: 'pktinfo', value: { local: '2001:db8::5' } }])
    assert.equal(answer?.source, '2001:db8::5')
  })

  it('from a socket of IPv6 to IPv4: what is encoded for AF_INET, and a mapped source', (t) => {
    const ttl: ControlOut = { kind: 'ttl', value: 35 }
    const own = sent(t, 'mapped', AF_INET, [ttl, { kind: 'pktinfo', value: { local: '127.0.0.77' } }])
    assert.deepEqual([own?.source, own?.messages], ['127.0.0.77', [[0, 2, '23000000']]])
    const six = sent(t, 'mapped', AF_INET6, [ttl, { kind: 'pktinfo', value: { local: '::ffff:127.0.0.78' } }])
    assert.equal(six?.source, '127.0.0.78')
    assert.notDeepEqual(six?.messages, own?.messages)
  })

  it('options of IPv4’s header', (t) => {
    const value = Uint8Array.of(1, 1, 1, 0)
    const answer = sent(t, 'options', AF_INET, [{ kind: 'ipOptions', value }])
    if (answer === undefined) return
    assert.deepEqual(answer.messages, [[0, 6, '01010100']])
    assert.deepEqual(decodeParsed(answer.messages), [{ kind: 'ipOptions', value }])
  })

  it('extension headers of IPv6', needsMore, (t) => {
    // PadN over six bytes, and PadN of four with two of Pad1: next header, length, options.
    const hop = Uint8Array.of(0, 0, 1, 4, 0, 0, 0, 0)
    const destination = Uint8Array.of(0, 0, 1, 2, 0, 0, 0, 0)
    const answer = sent(t, 'headers', AF_INET6, [
      { kind: 'hopopts', value: hop },
      { kind: 'dstopts', value: destination },
    ])
    if (answer === undefined) return
    // The kernel filled in which header is next.
    const found = decodeParsed(answer.messages)
    assert.deepEqual(
      found.map((each) => ('value' in each ? [each.kind, ...(each.value as Uint8Array).slice(1)] : each)),
      [
        ['hopopts', ...hop.slice(1)],
        ['dstopts', ...destination.slice(1)],
      ],
    )
  })

  it('a mark and a priority', needsMore, (t) => {
    const marked = sent(t, 'mark', AF_INET, [{ kind: 'mark', value: 0xfffffff1 }])
    assert.deepEqual(marked?.messages, [[1, 36, 'f1ffffff']])
    const first = sent(t, 'priority', AF_INET, [{ kind: 'priority', value: 5 }])
    if (first !== undefined) assert.deepEqual(first.messages, [[1, 12, '05000000']])
  })

  it('descriptors, in one message and in two', (t) => {
    const links = ['/dev/null', '/dev/zero', '/dev/null']
    const value = [200, 201, 200]
    assert.deepEqual(sent(t, 'rights', AF_UNIX, [{ kind: 'rights', value }]), links)
    const two: ControlOut[] = [
      { kind: 'rights', value: [200] },
      { kind: 'rights', value: [201, 200] },
    ]
    assert.deepEqual(sent(t, 'rights', AF_UNIX, two), links)
  })

  it('credentials of others', needsMore, (t) => {
    const value = { pid: 1, uid: 12, gid: 4000000000 }
    assert.deepEqual(sent(t, 'credentials', AF_UNIX, [{ kind: 'credentials', value }]), [1, 12, 4000000000])
  })

  it('the size of the datagrams to make of one send, which may come as one', (t) => {
    type Answer = { sizes: number[]; together: number; gro: string }
    const answer = sent<Answer>(t, 'segments', AF_INET, [{ kind: 'udpSegment', value: 1000 }])
    if (answer === undefined) return
    assert.deepEqual(answer.sizes, [1000, 1000, 500])
    assert.equal(answer.together, 2500)
    assert.deepEqual(decode(answer.gro), [{ kind: 'udpGro', value: 1000 }])
  })

  it('which times to take, and a number for them', (t) => {
    type Answer = { control: string; before: string; after: string; nomsg: number }
    const answer = sent<Answer>(t, 'timestamp', AF_INET, [
      { kind: 'timestampingFlags', value: 2 },
      { kind: 'timestampingOptId', value: 0xfedcba98 },
    ])
    if (answer === undefined) return
    const [time, error, ...rest] = decode(answer.control)
    assert.deepEqual(rest, [])
    assert.ok(time?.kind === 'timestamping')
    assert.equal(time.value.hardware, null)
    between(time.value.software, answer)
    const value = {
      errno: answer.nomsg,
      origin: 4,
      type: 0,
      code: 0,
      info: 0,
      data: 0xfedcba98,
      offender: null,
    }
    assert.deepEqual(error, { kind: 'recverr', value })
  })

  it('when to send, where that is on', needsMore, (t) => {
    const answer = sent<object>(t, 'txtime', AF_INET, [{ kind: 'txtime', value: 1n }])
    assert.deepEqual(answer, { without: 'EINVAL', sent: 3, came: 3 })
  })

  it('the protocol that a raw packet is routed by', needsRules, (t) => {
    const prohibited = sent<object>(t, 'protocol', AF_INET, [{ kind: 'protocol', value: 253 }])
    assert.deepEqual(prohibited, { without: 20, sent: -1, error: 'EACCES' })
    const other = sent<object>(t, 'protocol', AF_INET, [{ kind: 'protocol', value: 252 }])
    assert.deepEqual(other, { without: 20, sent: 20, error: null })
  })

  it('that IPv6 must not fragment, and tells the path’s MTU', needsMore, (t) => {
    type Answer = { before: number; refused: string; control: string }
    const answer = sent<Answer>(t, 'dontfrag', AF_INET6, [{ kind: 'dontfrag', value: true }])
    if (answer === undefined) return
    assert.equal(answer.before, 4000)
    assert.equal(answer.refused, 'EMSGSIZE')
    const [told, ...rest] = decode(answer.control)
    assert.deepEqual(rest, [])
    assert.ok(told?.kind === 'pathmtu')
    assert.equal(told.value.mtu, 1500)
    assert.equal(told.value.destination.host, '::1')
  })
})
