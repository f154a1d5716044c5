/** Captures that tcpdump, tshark and editcap write are read here, and ours are read by them: every packet and time alike. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { createReadStream, mkdtempSync, rmSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type CapturedPacket, readCapture, writePcap, writePcapng } from 'berkeley/pcap'
import { needsProgram } from '../support/needs.js'
import { run } from './wire/capture.js'

const recorded = (name: string): string =>
  fileURLToPath(new URL(`../../../test/unit/captures/${name}.pcap`, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'berkeley-pcap-'))
after(() => rmSync(folder, { recursive: true }))

async function read(file: string): Promise<CapturedPacket[]> {
  const packets: CapturedPacket[] = []
  // Small chunks, so that nothing ends where a chunk does.
  for await (const packet of readCapture(createReadStream(file, { highWaterMark: 1000 })))
    packets.push(packet)
  return packets
}

async function write(name: string, chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const path = join(folder, name)
  await using file = await open(path, 'w')
  for await (const chunk of chunks) await file.write(chunk)
  return path
}

const columns = ['frame.time_epoch', 'frame.len', 'frame.cap_len', 'frame.interface_id', 'frame.comment']

/** What tshark says of each packet; a complaint is an error. */
function listed(file: string): string[][] {
  const args = ['-n', '-r', file, '-T', 'fields', ...columns.flatMap((name) => ['-e', name])]
  return run('tshark', args)
    .slice(0, -1)
    .split('\n')
    .map((line) => line.split('\t'))
}

const bare = (packets: readonly CapturedPacket[]): object[] =>
  packets.map(({ timestamp, bytes, originalLength, interface: { linkType } }) => ({
    timestamp,
    bytes,
    originalLength,
    linkType,
  }))

describe('what others write', needsProgram('tshark', 'editcap', 'tcpdump'), () => {
  for (const format of ['pcap', 'nsecpcap', 'pcapng'])
    it(`is read: ${format}`, async () => {
      for (const name of ['ethernet', 'sll2']) {
        const file = join(folder, `${name}.${format}`)
        run('editcap', ['-F', format, recorded(name), file])
        const packets = await read(file)
        assert.ok(packets.length > 80)
        assert.deepEqual(bare(packets), bare(await read(recorded(name))))
      }
    })

  it('is read: two interfaces in one file, cut packets, notes', async () => {
    const file = join(folder, 'merged.pcapng')
    const cut = join(folder, 'cut.pcapng')
    run('editcap', ['-s', '50', '-a', '1:noted', recorded('ethernet'), cut])
    run('mergecap', ['-a', '-w', file, cut, recorded('sll')])
    const packets = await read(file)
    const parts = [await read(recorded('ethernet')), await read(recorded('sll'))]
    assert.equal(packets.length, parts.flat().length)
    assert.deepEqual([...new Set(packets.map((packet) => packet.interface.linkType))], [1, 113])
    assert.equal(packets[0]?.comment, 'noted')
    for (const [i, packet] of packets.entries()) {
      const original = parts.flat()[i] as CapturedPacket
      assert.equal(packet.originalLength, original.originalLength)
      assert.deepEqual(
        packet.bytes,
        packet.interface.linkType === 1 ? original.bytes.subarray(0, 50) : original.bytes,
      )
    }
  })
})

describe('what is written here', needsProgram('tshark', 'capinfos', 'tcpdump'), () => {
  for (const bigEndian of [false, true]) {
    const order = bigEndian ? 'big' : 'little'
    for (const nanoseconds of [false, true])
      it(`is read by tshark and tcpdump: pcap, ${order}, ${nanoseconds ? 'nano' : 'micro'}seconds`, async () => {
        const packets = await read(recorded('ethernet'))
        const file = await write(
          `${order}${nanoseconds}.pcap`,
          writePcap(packets, { bigEndian, nanoseconds }),
        )
        assert.deepEqual(listed(file), listed(recorded('ethernet')))
        const shown = (each: string): string => run('tcpdump', ['-n', '-tt', '-xx', '-r', each])
        assert.equal(shown(file), shown(recorded('ethernet')))
      })

    it(`is read by tshark: pcapng, ${order}`, async () => {
      const packets = [...(await read(recorded('ethernet'))), ...(await read(recorded('sll2')))]
      const [first] = packets
      assert.ok(first !== undefined)
      const noted = packets.map((packet, i) => ({
        ...packet,
        timestamp: (packet.timestamp ?? 0n) + BigInt(i),
        ...(i === 3 && { comment: 'a note, ünd more' }),
      }))
      const file = await write(`${order}.pcapng`, writePcapng(noted, { bigEndian, application: 'berkeley' }))
      const rows = listed(file)
      assert.equal(rows.length, noted.length)
      for (const [i, packet] of noted.entries()) {
        const time = `${packet.timestamp / 1_000_000_000n}.${`${packet.timestamp % 1_000_000_000n}`.padStart(9, '0')}`
        const { bytes, originalLength, comment = '' } = packet as CapturedPacket
        const id: string = packet.interface === first.interface ? '0' : '1'
        assert.deepEqual(
          rows[i],
          [time, `${originalLength}`, `${bytes.length}`, id, comment],
          `packet ${i + 1}`,
        )
      }
      assert.match(run('capinfos', [file]), /berkeley/)
    })
  }
})
