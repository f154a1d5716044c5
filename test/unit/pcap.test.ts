/** Captures, both formats: by hand as the specifications have them, in every chunking, cut anywhere, and broken. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import {
  type CapturedPacket,
  type CaptureInterface,
  type Chunks,
  DecodeError,
  type GivenPacket,
  type ReadOptions,
  readCapture,
  writePcap,
  writePcapng,
} from 'berkeley/pcap'
import fc from 'fast-check'

const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))

async function read(chunks: Chunks, options?: ReadOptions): Promise<CapturedPacket[]> {
  const packets: CapturedPacket[] = []
  for await (const packet of readCapture(chunks, options)) packets.push(packet)
  return packets
}

async function written(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return new Uint8Array(Buffer.concat(all))
}

const one: CaptureInterface = {
  linkType: 1,
  snapLength: 65535,
  name: 'eth0',
  description: 'é',
  filter: 'tcp',
  os: 'Linux',
}
const two: CaptureInterface = { linkType: 101, snapLength: 0 }
const packets: GivenPacket[] = [
  { timestamp: 1_700_000_000_123_456_000n, bytes: bytes('0102030405'), interface: one },
  { timestamp: 1_700_000_001_000_000_000n, bytes: bytes(''), originalLength: 1500, interface: one },
  { timestamp: 0n, bytes: bytes('ff00ff'), interface: one, comment: 'noted' },
]

describe('pcap', () => {
  const big = bytes(`
    a1b2c3d4 0002 0004 00000000 00000000 0000ffff 00000071
    00000001 0000000f 00000002 00000040 abcd`)
  const little = bytes(`
    4d3cb2a1 0200 0400 00000000 00000000 ffff0000 71000000
    01000000 0f000000 02000000 40000000 abcd`)

  it('has the byte order and the ticks that its first bytes say', async () => {
    for (const [file, timestamp] of [
      [big, 1_000_015_000n],
      [little, 1_000_000_015n],
    ] as const) {
      const [packet, ...rest] = await read([file])
      assert.equal(rest.length, 0)
      assert.deepEqual(packet, {
        timestamp,
        bytes: bytes('abcd'),
        originalLength: 64,
        interface: { linkType: 113, snapLength: 65535 },
      })
    }
  })

  it('is written as it is specified', async () => {
    const [fromBig] = await read([big])
    const [fromLittle] = await read([little])
    const options = { snapLength: 65535 }
    assert.deepEqual(
      await written(writePcap([fromBig as CapturedPacket], { ...options, bigEndian: true })),
      big,
    )
    assert.deepEqual(
      await written(writePcap([fromLittle as CapturedPacket], { ...options, nanoseconds: true })),
      little,
    )
    assert.deepEqual(await read(writePcap([])), [])
    assert.equal((await written(writePcap([], { linkType: 276 }))).length, 24)
  })

  it('takes no packet that it has no room for', async () => {
    const write = (packet: Partial<GivenPacket>, linkType = 1): Promise<unknown> =>
      written(writePcap([{ timestamp: 0n, bytes: new Uint8Array(1), ...packet }], { linkType }))
    await assert.rejects(write({ timestamp: null }), RangeError)
    await assert.rejects(write({ timestamp: -1n }), RangeError)
    await assert.rejects(write({ timestamp: 1n << 63n }), RangeError)
    await assert.rejects(write({ interface: two }), RangeError)
    const [cut] = await read(writePcap([{ timestamp: 0n, bytes: bytes('010203') }], { snapLength: 2 }))
    assert.deepEqual([cut?.bytes.length, cut?.originalLength], [2, 3])
  })
})

describe('pcapng', () => {
  // Two sections, of both orders; an unknown block; seconds as ticks, and an offset of 10 s.
  const file = bytes(`
    0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c
    00000001 0000002c 0001 0000 00000000 0009 0001 00000000 000e 0008 000000000000000a 0000 0000 0000002c
    0000000b 00000010 deadbeef 00000010
    00000006 00000028 00000000 00000000 00000005 00000003 00000009 01020300 0000 0000 00000028
    00000003 00000014 00000003 0a0b0c00 00000014
    00000002 00000024 0000 0000 00000000 00000006 00000002 00000002 0d0e0000 00000024
    0a0d0d0a 1c000000 4d3c2b1a 0100 0000 ffffffffffffffff 1c000000
    01000000 1c000000 6500 0000 02000000 0900 0100 8a000000 1c000000
    06000000 20000000 00000000 00000000 00060000 00000000 00000000 20000000
    03000000 14000000 09000000 7f7e0000 14000000`)

  it('is read as it is specified', async () => {
    const read1 = await read([file])
    assert.deepEqual(
      read1.map(({ timestamp, bytes, originalLength, interface: { linkType } }) => [
        timestamp,
        Buffer.from(bytes).toString('hex'),
        originalLength,
        linkType,
      ]),
      [
        [15_000_000_000n, '010203', 9, 1],
        [null, '0a0b0c', 3, 1],
        [16_000_000_000n, '0d0e', 2, 1],
        // 2^-10 s
        [1_500_000_000n, '', 0, 101],
        [null, '7f7e', 9, 101],
      ],
    )
    assert.equal(read1[0]?.interface, read1[2]?.interface)
  })

  it('keeps interfaces, times to the nanosecond and notes', async () => {
    const all: GivenPacket[] = [
      ...packets,
      { timestamp: (1n << 64n) - 1n, bytes: bytes('aa'), interface: two },
      { timestamp: null, bytes: bytes('01020304050607'), interface: one },
    ]
    for (const bigEndian of [false, true]) {
      const back = await read(
        writePcapng(all, { bigEndian, application: 'berkeley', comment: 'x'.repeat(5) }),
      )
      assert.deepEqual(
        back,
        all.map((packet) => ({ originalLength: packet.bytes.length, ...packet })),
      )
      assert.equal(new Set(back.map((packet) => packet.interface)).size, 2)
    }
    const late: GivenPacket[] = [
      packets[0] as GivenPacket,
      { timestamp: null, bytes: bytes(''), interface: two },
    ]
    await assert.rejects(written(writePcapng(late)), RangeError)
    await assert.rejects(written(writePcapng([{ timestamp: 1n << 64n, bytes: bytes('') }])), RangeError)
  })

  it('is bounded', async () => {
    const huge = bytes('0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c 00000001 7ffffff0')
    await assert.rejects(read([huge]), { code: 'ERR_MALFORMED' })
    // A block of no interest is passed by, however long it is, and not kept.
    const skipped = bytes('0a0d0d0a 0000001c 1a2b3c4d 0001 0000 ffffffffffffffff 0000001c 0000000b 08000000')
    const chunk = new Uint8Array(1 << 20)
    const rest = (function* () {
      yield skipped
      for (let i = 0; i < 127; i++) yield chunk
      yield chunk.subarray(8)
    })()
    assert.deepEqual(await read(rest), [])
    const section = file.slice(0, 28)
    const described = bytes('00000001 00000014 0001 0000 00000000 00000014')
    const many = [section, ...Array.from({ length: 5000 }, () => described)]
    await assert.rejects(read(many), { code: 'ERR_MALFORMED' })
    for (const write of [writePcap, writePcapng]) {
      const long = [{ timestamp: 0n, bytes: new Uint8Array(300_000) }]
      await assert.rejects(read(write(long, { snapLength: 1 << 20 })), { code: 'ERR_MALFORMED' })
      assert.equal((await read(write(long, { snapLength: 1 << 20 }), { maxPacketLength: 300_000 })).length, 1)
    }
  })

  it('that is a recorded capture written anew reads the same', async () => {
    const recorded = readFileSync(
      fileURLToPath(new URL('../../../test/unit/captures/ethernet.pcap', import.meta.url)),
    )
    const original = await read([recorded])
    assert.ok(original.length > 80)
    assert.deepEqual(await read(writePcapng(original)), original)
    const options = { snapLength: original[0]?.interface.snapLength ?? 0 }
    assert.deepEqual(await written(writePcap(original, options)), new Uint8Array(recorded))
  })
})

describe('a capture', () => {
  it('is the same in any chunks', async () => {
    for (const write of [writePcap, writePcapng]) {
      const file = await written(write(packets))
      const whole = await read([file])
      assert.equal(whole.length, packets.length)
      for (const size of [1, 2, 3, 7, 16, 25]) {
        const chunks = (async function* () {
          for (let at = 0; at < file.length; at += size) {
            yield file.subarray(at, at + size)
            yield new Uint8Array(0)
          }
        })()
        assert.deepEqual(await read(chunks), whole, `chunks of ${size}`)
      }
    }
  })

  it('gives bytes that are the caller’s', async () => {
    for (const write of [writePcap, writePcapng]) {
      const file = Buffer.from(await written(write(packets)))
      const back = await read([file])
      const before = structuredClone(back)
      file.fill(0)
      assert.deepEqual(back, before)
    }
  })

  it('that is cut gives what was whole, and says that it is cut', async () => {
    for (const write of [writePcap, writePcapng]) {
      const file = await written(write(packets))
      const whole = await read([file])
      const starts = new Set<number>()
      let at = 0
      for await (const chunk of write(packets)) {
        at += chunk.length
        starts.add(at)
      }
      for (let length = 0; length < file.length; length++) {
        const got: CapturedPacket[] = []
        let error: unknown
        try {
          for await (const packet of readCapture([file.subarray(0, length)])) got.push(packet)
        } catch (thrown) {
          error = thrown
        }
        assert.deepEqual(got, whole.slice(0, got.length))
        if (starts.has(length)) assert.equal(error, undefined, `${length}`)
        else assert.ok(error instanceof DecodeError && error.code === 'ERR_TRUNCATED', `${length}: ${error}`)
      }
    }
  })

  it('that is broken is refused by DecodeError alone', async () => {
    for (const write of [writePcap, writePcapng]) {
      const file = await written(write(packets))
      const change = fc.record({ at: fc.nat(file.length - 1), value: fc.nat(255) })
      await fc.assert(
        fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
          const broken = file.slice()
          for (const { at, value } of changes) broken[at] = value
          try {
            await read([broken])
          } catch (error) {
            assert.ok(error instanceof DecodeError, String(error))
          }
        }),
        { numRuns: 1000 },
      )
    }
    await assert.rejects(read([bytes('00000000')]), { code: 'ERR_MALFORMED' })
    await assert.rejects(read([]), { code: 'ERR_TRUNCATED' })
    await assert.rejects(read(['text' as never]), TypeError)
    await assert.rejects(read([], { maxPacketLength: 0 }), RangeError)
  })

  it('lets go of its source when the reader stops', async () => {
    let isClosed = false
    const file = await written(writePcap(packets))
    const source = (async function* () {
      try {
        for (;;) yield file
      } finally {
        isClosed = true
      }
    })()
    for await (const packet of readCapture(source)) {
      assert.equal(packet.bytes.length, 5)
      break
    }
    assert.equal(isClosed, true)
  })
})
