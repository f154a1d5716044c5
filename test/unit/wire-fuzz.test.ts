/** Bytes of all kinds: only DecodeError is thrown, there is always an end, and what was read is written the same. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { readCapture } from 'berkeley/pcap'
import {
  DecodeError,
  decodePacket,
  encodePacket,
  ipv4,
  ipv6,
  rows,
  tcp,
  udp,
  wrongChecksums,
} from 'berkeley/wire'
import fc from 'fast-check'

const joined = (...pieces: Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(pieces))
const same = (one: Uint8Array, other: Uint8Array): boolean => Buffer.compare(one, other) === 0

const packets: Uint8Array[] = []
before(async () => {
  const file = fileURLToPath(new URL('../../../test/unit/captures/ethernet.pcap', import.meta.url))
  for await (const { bytes } of readCapture([readFileSync(file)])) packets.push(bytes)
})

/** Plain objects, as the codecs make them. */
const record: typeof fc.record = (model: object) =>
  fc.record(model as never, { noNullPrototype: true }) as never

/** Lets bytes that look like the header through to its deeper parts. */
const starts: Readonly<Record<string, readonly number[]>> = { ipv4: [0x45], ipv6: [0x60] }

describe('any bytes', () => {
  for (const { codec } of rows)
    it(`read as ${codec.kind} or are refused, and are written the same`, () => {
      let read = 0
      const small = fc.uint8Array({ maxLength: 120, size: 'max' })
      fc.assert(
        fc.property(
          small,
          fc.constantFrom(0, 1, 2, 4, 5, 8, 0x11, 0x22, 130, 134, 136, 143),
          (random, type) => {
            const bytes = random.slice()
            const first = starts[codec.kind]?.[0] ?? (codec.kind.startsWith('i') ? type : bytes[0])
            if (bytes.length > 0) bytes[0] = first ?? 0
            // Long lengths are mostly refused: make some short.
            if (bytes.length > 1 && type % 2 === 0) bytes[1] = (bytes[1] as number) & 3
            if (/^hop|Options$/.test(codec.kind) && type % 2 === 0)
              for (const [i, byte] of bytes.entries()) bytes[i] = byte & 3
            let decoded: ReturnType<typeof codec.decode>
            try {
              decoded = codec.decode(bytes)
            } catch (error) {
              assert.ok(error instanceof DecodeError, String(error))
              return
            }
            read++
            const { header, payload, trailer, missing } = decoded
            assert.ok(same(joined(codec.encode(header as never, payload), trailer), bytes))
            assert.ok(missing === 0 || trailer.length === 0)
            for (const { number } of codec.next(header)) assert.ok(Number.isInteger(number))
            assert.deepEqual(codec.decode(codec.encode(header as never, payload)).header, header)
          },
        ),
        { numRuns: 1500 },
      )
      assert.ok(read > 15, `${read} were read`)
    })

  it('after a few changes to a real packet read, and are written the same', () => {
    const change = record({ at: fc.nat(200), value: fc.nat(255) })
    fc.assert(
      fc.property(fc.nat(1000), fc.array(change, { maxLength: 4 }), fc.nat(300), (which, changes, cut) => {
        let bytes = (packets[which % packets.length] as Uint8Array).slice()
        for (const { at, value } of changes) if (at < bytes.length) bytes[at] = value
        if (cut < bytes.length && cut % 3 === 0) bytes = bytes.subarray(0, cut)
        const layers = decodePacket(bytes)
        assert.ok(same(encodePacket(layers), bytes))
        assert.deepEqual(decodePacket(encodePacket(layers)), layers)
        for (const i of wrongChecksums(layers)) assert.ok(i < layers.length)
      }),
      { numRuns: 5000 },
    )
  })
})

describe('any fields', () => {
  const u8 = fc.nat(0xff)
  const u16 = fc.nat(0xffff)
  const u32 = fc.nat(0xffffffff)
  const bytes = (size: number): fc.Arbitrary<Uint8Array> => fc.uint8Array({ maxLength: size, size: 'max' })
  const address4 = fc.ipV4()
  const over = { sourceAddress: '::1', destinationAddress: 'fe80::2' }
  const kind = <K extends string>(name: K) => fc.constant(name)
  const flag = fc.boolean()

  it('of UDP come back', () => {
    const fields = record({ kind: kind('udp'), sourcePort: u16, destinationPort: u16 })
    fc.assert(
      fc.property(fields, bytes(99), (header, payload) => {
        const back = udp.decode(udp.encode(header, payload, { over }))
        assert.deepEqual({ ...back.header, ...header, length: 8 + payload.length }, back.header)
        assert.ok(same(back.payload, payload))
      }),
    )
  })

  it('of TCP come back', () => {
    const option = fc.oneof(
      record({ kind: kind('noOperation') }),
      record({ kind: kind('maximumSegmentSize'), size: u16 }),
      record({ kind: kind('windowScale'), shiftCount: u8 }),
      record({ kind: kind('sackPermitted') }),
      record({ kind: kind('timestamps'), value: u32, echoReply: u32 }),
      record({
        kind: kind('sack'),
        blocks: fc.array(record({ left: u32, right: u32 }), { maxLength: 2 }),
      }),
      record({ kind: kind('unknown'), type: fc.integer({ min: 9, max: 255 }), data: bytes(4) }),
    )
    const fields = record({
      kind: kind('tcp'),
      sourcePort: u16,
      destinationPort: u16,
      sequenceNumber: u32,
      acknowledgmentNumber: u32,
      reserved: fc.nat(15),
      cwr: flag,
      ece: flag,
      urg: flag,
      ack: flag,
      psh: flag,
      rst: flag,
      syn: flag,
      fin: flag,
      window: u16,
      checksum: u16,
      urgentPointer: u16,
      options: fc.array(option, { maxLength: 2 }),
    })
    fc.assert(
      fc.property(fields, bytes(9), (header, payload) => {
        const back = tcp.decode(tcp.encode(header, payload))
        const options = back.header.options.filter((each) => each.kind !== 'end')
        assert.deepEqual({ ...back.header, options }, header)
        assert.ok(same(back.payload, payload))
      }),
    )
  })

  it('of IPv4 and IPv6 come back', () => {
    const route = record({
      kind: fc.constantFrom(
        'recordRoute' as const,
        'looseSourceRoute' as const,
        'strictSourceRoute' as const,
      ),
      pointer: u8,
      addresses: fc.array(address4, { maxLength: 3 }),
    })
    const fields = record({
      kind: kind('ipv4'),
      typeOfService: u8,
      identification: u16,
      reserved: flag,
      dontFragment: flag,
      moreFragments: flag,
      fragmentOffset: fc.nat(0x1fff).map((units) => 8 * units),
      timeToLive: u8,
      protocol: u8,
      headerChecksum: u16,
      sourceAddress: address4,
      destinationAddress: address4,
      options: fc.array(route, { maxLength: 2 }),
    })
    fc.assert(
      fc.property(fields, bytes(99), (header, payload) => {
        const back = ipv4.decode(ipv4.encode(header, payload))
        const options = back.header.options.filter((each) => each.kind !== 'end')
        const { totalLength } = back.header
        assert.deepEqual({ ...back.header, options }, { ...header, totalLength })
        assert.ok(same(back.payload, payload))
      }),
    )
    const address6 = fc.uint8Array({ minLength: 16, maxLength: 16 })
    const fields6 = record({ trafficClass: u8, flowLabel: fc.nat(0xfffff), nextHeader: u8, hopLimit: u8 })
    fc.assert(
      fc.property(fields6, address6, address6, bytes(99), (rest, source, destination, payload) => {
        const [sourceAddress, destinationAddress] = [source, destination].map(
          (each) =>
            new URL(`http://[${Buffer.from(each).toString('hex').match(/..../g)?.join(':')}]`).hostname,
        ) as [string, string]
        const header = {
          ...rest,
          sourceAddress: sourceAddress.slice(1, -1),
          destinationAddress: destinationAddress.slice(1, -1),
        }
        const wire = ipv6.encode(header, payload)
        assert.ok(same(wire.subarray(8, 40), joined(source, destination)))
        const { header: back } = ipv6.decode(wire)
        assert.ok(same(ipv6.encode(back, payload), wire))
        assert.deepEqual({ ...back, ...rest }, back)
      }),
    )
  })
})
