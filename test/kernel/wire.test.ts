/**
 * Traffic of this kernel and of its tools, caught by tcpdump: each field is what tshark says, and encoding gives the same
 * bytes. RECORD=1 keeps the captures for the unit tests, which need no privileges.
 */
import { link, needs } from './usage/namespace.js'
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { copyFileSync, createReadStream, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type CapturedPacket, readCapture } from 'berkeley/pcap'
import { decodePacket, encodePacket, type Layer, TcpStream, wrongChecksums } from 'berkeley/wire'
import { needsProgram } from '../support/needs.js'
import { type Fields, fieldsOf } from '../unit/tshark.js'
import { capture, followed, tshark, wrongSums } from './wire/capture.js'
import { frames } from './wire/frames.js'

const ways = {
  ethernet: ['-i', 'near'],
  sll: ['-i', 'any', '-y', 'LINUX_SLL'],
  sll2: ['-i', 'any', '-y', 'LINUX_SLL2'],
}
const recorded = fileURLToPath(new URL('../../../test/unit/captures', import.meta.url))
const programs = needsProgram('tcpdump', 'tshark', 'ping', 'arping', 'traceroute')
const skip = needs.skip === false ? programs : needs

describe('what tcpdump writes', skip, () => {
  let folder = ''
  let files: Record<string, string> = {}
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'berkeley-wire-'))
    link()
    files = await capture(folder, ways, frames)
  })
  after(() => rmSync(folder, { recursive: true }))

  for (const name of Object.keys(ways))
    it(`reads as tshark reads it: ${name}`, async () => {
      const file = files[name] as string
      const judged = tshark(file)
      if (process.env.RECORD !== undefined) record(name, file, judged)
      const packets = await packetsOf(file)
      assert.equal(packets.length, judged.length)
      assert.ok(packets.length > 80, `${packets.length} packets`)
      for (const [i, packet] of packets.entries()) check(packet, judged[i] as Fields, i)
      const kinds = new Set(packets.flatMap((packet) => decode(packet).map(({ kind }) => kind)))
      for (const kind of [
        'arp',
        'icmp',
        'icmpv6',
        'igmp',
        'tcp',
        'udp',
        'fragment',
        'hopByHop',
        'data',
      ] as const)
        assert.ok(kinds.has(kind), kind)
    })

  it('has sums that are judged alike', async () => {
    const file = files.ethernet as string
    const wrong = wrongSums(file)
    const packets = await packetsOf(file)
    for (const [i, packet] of packets.entries()) {
      const layers = decode(packet)
      // tshark looks into what errors quote as well.
      if (layers.some(({ kind }, at) => kind.startsWith('icmp') && layers[at + 1]?.kind.startsWith('ip')))
        continue
      const ours = wrongChecksums(layers).map((layer) => layers[layer]?.kind)
      assert.deepEqual(ours, wrong[i], `packet ${i + 1}`)
    }
  })

  it('has streams that are followed alike', async () => {
    const file = files.ethernet as string
    const streams = new Map<string, { stream: TcpStream; bytes: string }>()
    for (const packet of await packetsOf(file)) {
      const layers = decode(packet)
      const [ip, header, data] = layers.slice(layers.findIndex(({ kind }) => kind === 'tcp') - 1)
      if (header?.kind !== 'tcp' || (ip?.kind !== 'ipv4' && ip?.kind !== 'ipv6')) continue
      const key = [ip.sourceAddress, header.sourcePort, header.destinationPort].join()
      const each = streams.get(key) ?? { stream: new TcpStream(), bytes: '' }
      streams.set(key, each)
      for (const { bytes, skipped } of each.stream.add(
        header,
        data?.kind === 'data' ? data.bytes : new Uint8Array(0),
      )) {
        assert.equal(skipped, 0)
        each.bytes += Buffer.from(bytes).toString('hex')
      }
    }
    const ours = [...streams.values()].map(({ bytes }) => bytes).filter((bytes) => bytes !== '')
    assert.ok(ours.length >= 4, `${ours.length} streams`)
    assert.deepEqual(ours.sort(), followed(file).sort())
  })

  it('has the frames made here, with the right sums', async () => {
    const packets = await packetsOf(files.ethernet as string)
    for (const [i, frame] of frames.entries()) {
      // The kernel may say something of its own in between.
      assert.ok(
        packets.some(({ bytes }) => Buffer.compare(bytes, frame) === 0),
        `frame ${i}`,
      )
      assert.deepEqual(wrongChecksums(decodePacket(frame)), [], `frame ${i}`)
    }
  })
})

function decode({ bytes, interface: { linkType } }: CapturedPacket): Layer[] {
  return decodePacket(bytes, { start: linkType })
}

async function packetsOf(file: string): Promise<CapturedPacket[]> {
  const packets: CapturedPacket[] = []
  for await (const packet of readCapture(createReadStream(file))) packets.push(packet)
  return packets
}

function check(packet: CapturedPacket, judged: Fields, i: number): void {
  const layers = decode(packet)
  assert.deepEqual(fieldsOf(layers), judged, `packet ${i + 1}: ${layers.map(({ kind }) => kind)}`)
  assert.deepEqual(encodePacket(layers), packet.bytes)
}

function record(name: string, file: string, judged: readonly Fields[]): void {
  copyFileSync(file, join(recorded, `${name}.pcap`))
  const lines = judged.map((fields) => `${JSON.stringify(fields)}\n`)
  writeFileSync(join(recorded, `${name}.ndjson`), lines.join(''))
}
