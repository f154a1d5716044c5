/** Headers by hand: bytes out of the RFCs' layouts, defaults, and what is refused. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  DecodeError,
  decodePacket,
  encodePacket,
  type Header,
  ipv4,
  ipv6,
  LINKTYPE_RAW,
  Registry,
  registry,
  rows,
  tcp,
  udp,
  wrongChecksums,
} from 'berkeley/wire'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
const over = { sourceAddress: '192.0.2.1', destinationAddress: '192.0.2.2' }

describe('a header', () => {
  it('has its fields where the RFC has them', () => {
    const header = bytes('45b8 0073 1234 4000 4011 b861 c0a80001 c0a800c7')
    const { header: fields, payload, missing } = ipv4.decode(header)
    assert.deepEqual(fields, {
      kind: 'ipv4',
      typeOfService: 0xb8,
      totalLength: 115,
      identification: 0x1234,
      reserved: false,
      dontFragment: true,
      moreFragments: false,
      fragmentOffset: 0,
      timeToLive: 64,
      protocol: 17,
      headerChecksum: 0xb861,
      sourceAddress: '192.168.0.1',
      destinationAddress: '192.168.0.199',
      options: [],
    })
    assert.equal(payload.length, 0)
    assert.equal(missing, 95)
    assert.equal(hex(ipv4.encode(fields)), hex(header))
  })

  it('has defaults for what is left out, and sums that are right', () => {
    const packet = encodePacket([
      { kind: 'ipv4', protocol: 6, ...over },
      { kind: 'tcp', sourcePort: 1, destinationPort: 2, sequenceNumber: 3, syn: true },
    ])
    const layers = decodePacket(packet, { start: LINKTYPE_RAW })
    assert.deepEqual(
      layers.map(({ kind }) => kind),
      ['ipv4', 'tcp'],
    )
    assert.deepEqual(wrongChecksums(layers), [])
    // Each bit counts.
    for (let i = 0; i < packet.length; i++) {
      const changed = packet.slice()
      changed[i] = (changed[i] as number) ^ 0x40
      const read = decodePacket(changed, { start: 'ipv4' })
      if (read.some(({ kind }) => kind === 'malformed')) continue
      assert.notDeepEqual([...wrongChecksums(read), read[1]?.kind ?? 'none'], ['tcp'], `byte ${i}`)
    }
  })

  it('is refused when it is cut or wrong', () => {
    assert.throws(() => ipv4.decode(new Uint8Array(0)), { code: 'ERR_TRUNCATED', what: 'ipv4' })
    assert.throws(() => ipv4.decode(bytes('4500')), { code: 'ERR_TRUNCATED', offset: 2 })
    assert.throws(() => ipv4.decode(bytes('65').fill(0x65)), { code: 'ERR_MALFORMED', offset: 0 })
    assert.throws(() => ipv6.decode(bytes('45000000')), DecodeError)
    assert.throws(() => udp.decode(bytes('0001 0002 0007 0000')), { code: 'ERR_MALFORMED', offset: 4 })
    assert.throws(() => tcp.decode(bytes('0001 0002 00000003 00000000 4000 0000 0000 0000')), {
      code: 'ERR_MALFORMED',
      offset: 12,
    })
    // An option of length 1, and one longer than the header.
    for (const option of ['02010000', '02050000'])
      assert.throws(() => tcp.decode(bytes(`0001 0002 00000003 00000000 6000 0000 0000 0000 ${option}`)), {
        code: 'ERR_MALFORMED',
        offset: 20,
      })
  })

  it('takes no field that does not fit', () => {
    const ports = { sourcePort: 1, destinationPort: 2 }
    assert.throws(() => udp.encode({ ...ports, sourcePort: 65536 }, undefined, { over }), RangeError)
    assert.throws(() => udp.encode({ ...ports, sourcePort: 1.5 }, undefined, { over }), TypeError)
    assert.throws(() => udp.encode(ports), TypeError)
    assert.throws(() => udp.encode(ports, undefined, { over: { ...over, sourceAddress: '::1' } }), TypeError)
    assert.throws(() => ipv4.encode({ protocol: 1, ...over, fragmentOffset: 4 }), RangeError)
    assert.throws(() => ipv4.encode({ protocol: 1, ...over, sourceAddress: 'localhost' }), TypeError)
    assert.throws(
      () => ipv4.encode({ protocol: 1, ...over, options: Array(41).fill({ kind: 'noOperation' }) }),
      RangeError,
    )
    // @ts-expect-error no such layer
    assert.throws(() => encodePacket([{ kind: 'ipv5' }]), TypeError)
    assert.throws(() => decodePacket(new Uint8Array(1), { start: 'ipv5' as 'ipv4' }), TypeError)
    assert.throws(() => encodePacket([{ kind: 'trailer', layer: 0, bytes: new Uint8Array(1) }]), RangeError)
  })
})

describe('the sum', () => {
  const head = { kind: 'ipv4', protocol: 17, ...over } as const
  const ports = { kind: 'udp', sourcePort: 1, destinationPort: 2 } as const

  it('of UDP is never 0, which says that there is none', () => {
    let zeros = 0
    for (let i = 0; i < 65536; i++) {
      const data = Uint8Array.of(i >> 8, i & 255)
      const { checksum } = udp.decode(udp.encode(ports, data, { over })).header
      assert.notEqual(checksum, 0)
      if (checksum === 0xffff) zeros++
    }
    assert.equal(zeros, 1)
    const none = encodePacket([head, { ...ports, checksum: 0 }])
    assert.deepEqual(wrongChecksums(decodePacket(none, { start: 'ipv4' })), [])
  })

  it('and the lengths are left alone unless they are to be fixed', () => {
    const wrong = [
      { ...head, totalLength: 99, headerChecksum: 7 },
      { ...ports, length: 77, checksum: 5 },
    ] as const
    const left = decodePacket(encodePacket(wrong), { start: 'ipv4' })
    assert.ok(left[0]?.kind === 'ipv4' && left[0].totalLength === 99 && left[0].headerChecksum === 7)
    const right = decodePacket(encodePacket(wrong, { fix: true }), { start: 'ipv4' })
    assert.ok(right[0]?.kind === 'ipv4' && right[0].totalLength === 28)
    assert.ok(right[1]?.kind === 'udp' && right[1].length === 8)
    assert.deepEqual(wrongChecksums(right), [])
  })

  it('is about the last stop of a route', () => {
    const stops = bytes('00000000 fd010000000000000000000000000002 fd010000000000000000000000000003')
    const routed = (segmentsLeft: number, destinationAddress: string): Uint8Array =>
      encodePacket([
        { kind: 'ipv6', nextHeader: 43, sourceAddress: 'fd01::1', destinationAddress },
        { kind: 'routing', nextHeader: 17, routingType: 0, segmentsLeft, data: stops },
        ports,
      ])
    // On the way, and arrived: the same datagram inside.
    assert.equal(hex(routed(1, 'fd01::2').subarray(80)), hex(routed(0, 'fd01::3').subarray(80)))
  })

  it('is not fixed in what an error quotes', () => {
    const quoted = encodePacket([head, ports, { kind: 'data', bytes: new Uint8Array(8) }]).subarray(0, 28)
    const error = encodePacket([
      { kind: 'ipv4', protocol: 1, ...over },
      {
        kind: 'icmp',
        type: 3,
        code: 3,
        message: { kind: 'destinationUnreachable', length: 0, nextHopMtu: 0 },
      },
      { kind: 'data', bytes: quoted },
    ])
    const layers = decodePacket(error, { start: 'ipv4' })
    assert.deepEqual(
      layers.map(({ kind }) => kind),
      ['ipv4', 'icmp', 'ipv4', 'udp'],
    )
    assert.deepEqual(wrongChecksums(layers), [])
    assert.equal(hex(encodePacket(layers, { fix: true })), hex(error))
  })
})

describe('the registry', () => {
  it('has a row for each kind, and no number twice', () => {
    const seen = new Set<string>()
    for (const row of rows) {
      assert.equal(registry.codec(row.codec.kind), row.codec)
      for (const table of ['link', 'ethertype', 'protocol', 'udp', 'tcp'] as const)
        for (const number of row[table] ?? []) {
          assert.ok(!seen.has(`${table} ${number}`), `${table} ${number}`)
          seen.add(`${table} ${number}`)
          assert.equal(registry.find(table, number), row.codec)
        }
    }
  })

  it('takes one more layer as one more row', () => {
    interface Greeting {
      readonly kind: 'greeting'
      readonly text: string
    }
    const mine = new Registry<Header | Greeting>([
      ...rows,
      {
        udp: [7],
        codec: {
          kind: 'greeting' as const,
          decode: (all: Uint8Array) => ({
            header: { kind: 'greeting', text: Buffer.from(all).toString() } as Greeting,
            payload: new Uint8Array(0),
            trailer: new Uint8Array(0),
            missing: 0,
          }),
          encode: ({ text }: Greeting) => new Uint8Array(Buffer.from(text)),
          next: () => [],
        },
      },
    ])
    const layers = [
      { kind: 'ipv4', protocol: 17, ...over },
      { kind: 'udp', sourcePort: 7, destinationPort: 9 },
      { kind: 'greeting', text: 'hello' },
    ] as const
    const packet = encodePacket(layers, { registry: mine })
    const read = decodePacket(packet, { registry: mine, start: 'ipv4' })
    assert.deepEqual(read[2], { kind: 'greeting', text: 'hello' })
    assert.equal(decodePacket(packet, { start: 'ipv4' })[2]?.kind, 'data')
  })
})

describe('a packet', () => {
  it('of nothing but tags has an end', () => {
    const layers = decodePacket(new Uint8Array(65536).fill(0x81), { start: 'vlan' })
    assert.ok(layers.length <= 2)
    const tags = new Uint8Array(65536)
    for (let i = 2; i < tags.length; i += 4) tags[i] = 0x81
    const many = decodePacket(tags, { start: 'vlan' })
    assert.equal(many.length, 65)
    assert.equal(many.at(-1)?.kind, 'malformed')
    assert.equal(hex(encodePacket(many)), hex(tags))
  })
})
