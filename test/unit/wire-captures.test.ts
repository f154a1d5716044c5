/** Recorded captures (test/kernel/wire.test.ts makes them): every field is what tshark said of it. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type CapturedPacket, readCapture } from 'berkeley/pcap'
import { decodePacket, encodePacket, type Layer } from 'berkeley/wire'
import { type Fields, fieldsOf } from './tshark.js'

const file = (name: string): string =>
  fileURLToPath(new URL(`../../../test/unit/captures/${name}`, import.meta.url))
const decode = (bytes: Uint8Array, { interface: { linkType } }: CapturedPacket): Layer[] =>
  decodePacket(bytes, { start: linkType })

for (const name of ['ethernet', 'sll', 'sll2'])
  describe(`the packets of ${name}.pcap`, () => {
    const packets: CapturedPacket[] = []
    before(async () => {
      for await (const packet of readCapture([readFileSync(file(`${name}.pcap`))])) packets.push(packet)
    })

    it('read as tshark reads them', () => {
      const judged = readFileSync(file(`${name}.ndjson`), 'utf8')
        .trimEnd()
        .split('\n')
      assert.ok(packets.length > 80 && packets.length === judged.length)
      for (const [i, packet] of packets.entries())
        assert.deepEqual(
          fieldsOf(decode(packet.bytes, packet)),
          JSON.parse(judged[i] as string) as Fields,
          `packet ${i + 1}`,
        )
    })

    it('encode to the same bytes, and to the same lengths', () => {
      for (const packet of packets) {
        const layers = decode(packet.bytes, packet)
        assert.deepEqual(encodePacket(layers), packet.bytes)
        // Only sums that the hardware was to compute become others.
        const fixed = decode(encodePacket(layers, { fix: true }), packet)
        assert.deepEqual(fixed.map(withoutSums), layers.map(withoutSums))
      }
    })

    it('read as far as they are there, wherever they are cut', () => {
      for (const packet of packets) {
        const whole = decode(packet.bytes, packet)
        // A whole that is not right, and what follows no length, cannot be told from one that was cut.
        for (let length = 0; length < packet.bytes.length; length++) {
          const bytes = packet.bytes.subarray(0, length)
          const layers = decode(bytes, packet)
          assert.deepEqual(encodePacket(layers), bytes)
          const good = layers.filter(
            ({ kind }) => kind !== 'malformed' && kind !== 'data' && kind !== 'trailer',
          )
          assert.deepEqual(good.map(withoutTail), whole.slice(0, good.length).map(withoutTail))
          const last = layers.at(-1)
          // What the IP header counts is missed.
          const ip = good.find(({ kind }) => kind === 'ipv4' || kind === 'ipv6')
          const isPadded = whole.some(({ kind }) => kind === 'trailer')
          if (ip !== undefined && !isPadded)
            assert.ok(last?.kind === 'malformed' && last.code === 'ERR_TRUNCATED', `${length}: ${last?.kind}`)
        }
      }
    })
  })

/** Some messages have a list that goes on to the end: cut between two entries, it is a shorter one. */
function withoutTail(layer: Layer): object {
  return layer.kind === 'icmpv6' || layer.kind === 'igmp' ? { ...layer, message: layer.message.kind } : layer
}

function withoutSums(layer: Layer): object {
  return { ...layer, checksum: 0, headerChecksum: 0 }
}
