/** Fragments and segments put together: real ones, every disorder, and the bounds. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type CapturedPacket, readCapture } from 'berkeley/pcap'
import {
  decodePacket,
  encodePacket,
  type Layer,
  Reassembly,
  type Tcp,
  TcpStream,
  wrongChecksums,
} from 'berkeley/wire'
import fc from 'fast-check'
import { ends4, numbers, scatter } from './fragments.js'

const packets: CapturedPacket[] = []
before(async () => {
  const file = fileURLToPath(new URL('../../../test/unit/captures/ethernet.pcap', import.meta.url))
  for await (const packet of readCapture([readFileSync(file)])) packets.push(packet)
})

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const kinds = (layers: readonly Layer[]): string => layers.map(({ kind }) => kind).join(' ')

describe('fragments', () => {
  const fragment = (id: number, offset: number, more: boolean, size = 8): Layer[] =>
    decodePacket(
      encodePacket([
        {
          kind: 'ipv4',
          protocol: 253,
          ...ends4,
          identification: id,
          moreFragments: more,
          fragmentOffset: offset,
        },
        { kind: 'data', bytes: new Uint8Array(size).fill(id) },
      ]),
      { start: 'ipv4' },
    )

  it('of a capture become what was sent', () => {
    const reassembly = new Reassembly()
    const wholes: Layer[][] = []
    let fragments = 0
    for (const { bytes } of packets) {
      const layers = decodePacket(bytes)
      const whole = reassembly.add(layers, 0)
      const isFragment =
        layers.some((layer) => layer.kind === 'ipv4' && (layer.moreFragments || layer.fragmentOffset > 0)) ||
        layers.some((layer) => layer.kind === 'fragment' && (layer.moreFragments || layer.fragmentOffset > 0))
      if (!isFragment) assert.deepEqual(whole, layers)
      else {
        fragments++
        if (whole !== null) wholes.push(whole)
      }
    }
    assert.ok(fragments > 15, `${fragments} fragments`)
    assert.equal(reassembly.size, 0)
    assert.equal(reassembly.bytes, 0)
    assert.deepEqual(wholes.map(kinds).sort(), [
      'ethernet ipv4 icmp data',
      'ethernet ipv4 icmp data',
      'ethernet ipv4 udp data',
      'ethernet ipv6 hopByHop destinationOptions udp data',
      'ethernet ipv6 icmpv6 data',
      'ethernet ipv6 icmpv6 data',
    ])
    const repeated = hex(Uint8Array.from({ length: 3072 }, (_, i) => i & 255))
    for (const whole of wholes) {
      // The sum of what the kernel cut covers all of it.
      assert.deepEqual(wrongChecksums(whole), [], kinds(whole))
      const last = whole.at(-1)
      assert.ok(last?.kind === 'data')
      if (whole.at(-2)?.kind === 'udp') assert.equal(hex(last.bytes), repeated)
      else assert.equal(last.bytes.length, 3000)
    }
  })

  it('in any order become what was sent', () => {
    const random = numbers(7)
    let wholes = 0
    for (let id = 1; id < 300; id++) {
      const reassembly = new Reassembly()
      for (const each of scatter(id, 6, 9, random).fragments) {
        const whole = reassembly.add(decodePacket(each, { start: 'ipv6' }), 0)
        if (whole === null) continue
        wholes++
        // A fragment that is the whole is none, and stays as it is.
        assert.match(kinds(whole), /^ipv6 (?:fragment )?udp data$/)
        assert.deepEqual(wrongChecksums(whole), [])
      }
    }
    assert.ok(wholes > 100, `${wholes} wholes`)
  })

  it('that overlap do away with the datagram, duplicates do not', () => {
    const reassembly = new Reassembly()
    assert.equal(reassembly.add(fragment(1, 0, true, 16), 0), null)
    assert.equal(reassembly.add(fragment(1, 0, true, 16), 0), null)
    assert.equal(reassembly.add(fragment(1, 8, true, 8), 0), null)
    assert.equal(reassembly.size, 1)
    assert.equal(reassembly.add(fragment(1, 8, false, 16), 0), null)
    assert.equal(reassembly.size, 0)
    reassembly.add(fragment(2, 0, true, 16), 0)
    assert.notEqual(reassembly.add(fragment(2, 16, false, 3), 0), null)
  })

  it('are given up after their time', () => {
    const reassembly = new Reassembly({ timeout: 1000 })
    reassembly.add(fragment(1, 0, true), 5)
    reassembly.add(fragment(2, 0, true), 1004)
    assert.equal(reassembly.size, 2)
    assert.equal(reassembly.add(fragment(1, 8, false), 1005), null)
    assert.equal(reassembly.size, 2)
    assert.notEqual(reassembly.add(fragment(2, 8, false), 1006), null)
  })

  it('are bounded: datagrams, bytes, and fragments of one', () => {
    const few = new Reassembly({ maxDatagrams: 10 })
    for (let id = 0; id < 1000; id++) few.add(fragment(id, 0, true), 0)
    assert.equal(few.size, 10)
    assert.notEqual(few.add(fragment(999, 8, false), 0), null)
    assert.equal(few.add(fragment(1, 8, false), 0), null)
    const small = new Reassembly({ maxBytes: 10_000 })
    for (let id = 0; id < 1000; id++) small.add(fragment(id, 0, true, 800), 0)
    assert.ok(small.bytes <= 10_000 && small.size > 5)
    const one = new Reassembly({ maxFragments: 3 })
    for (let i = 0; i < 4; i++) one.add(fragment(1, 16 * i, true), 0)
    assert.equal(one.size, 0)
    assert.equal(one.bytes, 0)
    // What would be longer than a packet can be.
    const long = new Reassembly()
    for (let i = 0; i < 65_520; i += 728) long.add(fragment(3, i, true, 728), 0)
    assert.equal(long.add(fragment(3, 65_520, false, 800), 0), null)
    assert.equal(long.bytes, 0)
    assert.throws(() => new Reassembly({ maxBytes: 0 }), RangeError)
    assert.throws(() => long.add(fragment(1, 0, true), Number.NaN), TypeError)
  })

  it('that are cut are none', () => {
    const reassembly = new Reassembly()
    const bytes = encodePacket(fragment(1, 0, true, 16))
    assert.equal(reassembly.add(decodePacket(bytes.subarray(0, 30), { start: 'ipv4' }), 0), null)
    assert.equal(reassembly.size, 0)
  })
})

const plain: Tcp = {
  kind: 'tcp',
  sourcePort: 1,
  destinationPort: 2,
  sequenceNumber: 0,
  acknowledgmentNumber: 0,
  reserved: 0,
  cwr: false,
  ece: false,
  urg: false,
  ack: true,
  psh: false,
  rst: false,
  syn: false,
  fin: false,
  window: 0,
  checksum: 0,
  urgentPointer: 0,
  options: [],
}
const text = (pieces: readonly { bytes: Uint8Array }[]): string =>
  pieces.map(({ bytes }) => Buffer.from(bytes).toString('latin1')).join('')
const bytesOf = (value: string): Uint8Array => new Uint8Array(Buffer.from(value, 'latin1'))

describe('a stream', () => {
  it('of a capture is what was sent', () => {
    const streams = new Map<string, { stream: TcpStream; text: string }>()
    for (const { bytes } of packets) {
      const layers = decodePacket(bytes)
      const ip = layers[1]
      const header = layers[2]
      if (header?.kind !== 'tcp' || (ip?.kind !== 'ipv4' && ip?.kind !== 'ipv6')) continue
      const key = [ip.sourceAddress, header.sourcePort, header.destinationPort].join()
      const each = streams.get(key) ?? { stream: new TcpStream(), text: '' }
      streams.set(key, each)
      const data = layers[3]
      each.text += text(each.stream.add(header, data?.kind === 'data' ? data.bytes : new Uint8Array(0)))
    }
    const ended = [...streams.values()].filter(({ stream, text }) => stream.ended && text !== '')
    assert.deepEqual(ended.map((each) => each.text).sort(), [
      'bye 4005',
      'bye 4005',
      `hello!${'\0'.repeat(4000)}`,
      `hello!${'\0'.repeat(4000)}`,
    ])
    // Nobody listened there.
    assert.equal([...streams.values()].filter(({ stream }) => stream.reset).length, 2)
  })

  it('is the same in any order, with repetitions, over the end of the numbers', () => {
    const segment = fc.record({ at: fc.nat(300), size: fc.nat(40) })
    fc.assert(
      fc.property(
        fc.array(segment, { maxLength: 60, size: 'max' }),
        fc.integer({ min: 0xffffff00, max: 0xffffffff }),
        fc.nat(),
        (segments, initial, seed) => {
          const random = numbers(seed)
          const all = Array.from({ length: 300 }, (_, i) => String.fromCharCode(32 + (i % 90))).join('')
          // All of it is somewhere among them.
          for (let at = 0; at < 300; at += 30) segments.push({ at, size: 30 })
          segments.sort(() => random(3) - 1)
          const stream = new TcpStream()
          stream.add({ ...plain, syn: true, sequenceNumber: initial }, new Uint8Array(0))
          let got = ''
          for (const { at, size } of segments) {
            const sequenceNumber = (initial + 1 + at) >>> 0
            const pieces = stream.add({ ...plain, sequenceNumber }, bytesOf(all.slice(at, at + size)))
            for (const piece of pieces) {
              assert.equal(piece.sequenceNumber, (initial + 1 + got.length) >>> 0)
              assert.equal(piece.skipped, 0)
              got += text([piece])
            }
          }
          assert.equal(got, all)
          assert.equal(stream.waiting, 0)
          const fin = { ...plain, fin: true, sequenceNumber: (initial + 301) >>> 0 }
          assert.deepEqual(
            [stream.ended, stream.add(fin, new Uint8Array(0)), stream.ended],
            [false, [], true],
          )
        },
      ),
      { numRuns: 500 },
    )
  })

  it('keeps what it gave, and of what waits the bytes of the earlier', () => {
    const stream = new TcpStream()
    const add = (sequenceNumber: number, bytes: string): string =>
      text(stream.add({ ...plain, sequenceNumber }, bytesOf(bytes)))
    assert.equal(add(100, 'abc'), 'abc')
    assert.equal(add(101, 'XXd'), 'd')
    assert.equal(add(106, 'ghi'), '')
    assert.equal(add(105, 'FGH'), '')
    assert.equal(add(106, 'zz'), '')
    assert.equal(add(104, 'e'), 'eFGHi')
    assert.equal(add(90, 'old'), '')
  })

  it('is bounded, and says what it skipped', () => {
    const stream = new TcpStream({ maxBytes: 100, maxSegments: 3 })
    const add = (sequenceNumber: number, size: number): number[][] =>
      stream
        .add({ ...plain, sequenceNumber }, new Uint8Array(size))
        .map((piece) => [piece.sequenceNumber, piece.skipped, piece.bytes.length])
    assert.deepEqual(add(0, 10), [[0, 0, 10]])
    // Too far ahead.
    assert.deepEqual(add(111, 10), [])
    assert.equal(stream.waiting, 0)
    for (const at of [20, 30, 50]) assert.deepEqual(add(at, 5), [])
    assert.deepEqual(add(70, 5), [[20, 10, 5]])
    assert.deepEqual(add(80, 90), [[30, 5, 5]])
    assert.deepEqual(
      stream.flush().map(({ skipped, bytes }) => [skipped, bytes.length]),
      [
        [15, 5],
        [15, 5],
        [5, 90],
      ],
    )
    for (let i = 0; i < 10_000; i++) {
      add(1000 + 7 * i, 3)
      assert.ok(stream.waiting <= 100)
    }
    assert.throws(() => new TcpStream({ maxBytes: 0 }), RangeError)
  })

  it('ends with its FIN, and with no other reset than the one that is due', () => {
    const stream = new TcpStream()
    assert.deepEqual(stream.add({ ...plain, fin: true, sequenceNumber: 5 }, bytesOf('cd')).length, 1)
    assert.equal(stream.ended, true)
    const early = new TcpStream()
    early.add({ ...plain, sequenceNumber: 1 }, bytesOf('ab'))
    early.add({ ...plain, sequenceNumber: 5, fin: true }, bytesOf('ef'))
    early.add({ ...plain, sequenceNumber: 7 }, bytesOf('beyond'))
    early.add({ ...plain, sequenceNumber: 9, rst: true }, bytesOf(''))
    assert.equal(early.ended, false)
    assert.equal(text(early.add({ ...plain, sequenceNumber: 3 }, bytesOf('cd'))), 'cdef')
    assert.equal(early.ended, true)
    const reset = new TcpStream()
    reset.add({ ...plain, sequenceNumber: 1 }, bytesOf('ab'))
    reset.add({ ...plain, sequenceNumber: 3, rst: true }, bytesOf(''))
    assert.deepEqual([reset.ended, reset.reset], [true, true])
  })
})
