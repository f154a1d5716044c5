/** Captures in the format of Wireshark, written: draft-ietf-opsawg-pcapng. */
import { checkInteger } from '../../data/integer.js'
import { Writer } from '../wire/bytes.js'
import { LINKTYPE_ETHERNET } from '../wire/linktype.js'
import {
  BYTE_ORDER,
  ENHANCED_PACKET,
  INTERFACE,
  SECTION_HEADER,
  SIMPLE_PACKET,
  writeBlock,
  writeOptions,
} from './block.js'
import type { CaptureInterface, GivenPacket } from './capture.js'

/** How to write a pcapng file. */
export interface PcapngOptions {
  /** The byte order of old Macs and of networks; the order of this machine when left out. */
  readonly bigEndian?: boolean
  /** What goes into the section's header: text for whoever opens the file. */
  readonly application?: string
  readonly os?: string
  readonly hardware?: string
  readonly comment?: string
}

/** Packets that name no interface are of this one. */
const plain: CaptureInterface = Object.freeze({ linkType: LINKTYPE_ETHERNET, snapLength: 0 })

/**
 * A capture in the format of Wireshark, piece by piece: the section's header, and each packet, with its interface in front when
 * it is the first of it. Interfaces are told apart as objects. Times are kept to the nanosecond.
 *
 * @throws RangeError for a time outside of 64 bits, and for a packet without a time that is not the first interface's.
 */
export async function* writePcapng(
  packets: AsyncIterable<GivenPacket> | Iterable<GivenPacket>,
  options: PcapngOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const little = options.bigEndian !== true
  yield sectionHeader(options, little)
  const ids = new Map<CaptureInterface, number>()
  for await (const packet of packets) {
    const from = packet.interface ?? plain
    let id = ids.get(from)
    if (id === undefined) {
      id = ids.size
      ids.set(from, id)
      yield interfaceBlock(from, little)
    }
    yield packet.timestamp === null
      ? simplePacket(packet, from, id, little)
      : enhancedPacket(packet, packet.timestamp, id, little)
  }
}

function sectionHeader(options: PcapngOptions, little: boolean): Uint8Array {
  const w = new Writer(little)
    .u32(BYTE_ORDER, 'byte order')
    .u16(1, 'version')
    .u16(0, 'version')
    // How long the section gets is not known yet.
    .u64(0xffff_ffff_ffff_ffffn, 'section length')
  writeOptions(w, [
    [1, options.comment],
    [2, options.hardware],
    [3, options.os],
    [4, options.application],
  ])
  return writeBlock(SECTION_HEADER, w, little)
}

function interfaceBlock(from: CaptureInterface, little: boolean): Uint8Array {
  const w = new Writer(little)
    .u16(from.linkType, 'linkType')
    .u16(0, 'reserved')
    .u32(checkInteger(from.snapLength, 'snapLength', 0, 0xffffffff), 'snapLength')
  writeOptions(w, [
    [2, from.name],
    [3, from.description],
    // Ticks of 10^-9 s.
    [9, Uint8Array.of(9)],
    [11, from.filter === undefined ? undefined : `\0${from.filter}`],
    [12, from.os],
  ])
  return writeBlock(INTERFACE, w, little)
}

function enhancedPacket(packet: GivenPacket, timestamp: bigint, id: number, little: boolean): Uint8Array {
  if (timestamp < 0n || timestamp >= 1n << 64n)
    throw new RangeError(`expected 64 bits of nanoseconds since 1970, not ${timestamp}`)
  const w = new Writer(little)
    .u32(id, 'interface')
    .u32(Number(timestamp >> 32n), 'timestamp')
    .u32(Number(timestamp & 0xffffffffn), 'timestamp')
    .u32(packet.bytes.length, 'length')
    .u32(packet.originalLength ?? packet.bytes.length, 'originalLength')
    .put(packet.bytes)
    .pad(4)
  writeOptions(w, [[1, packet.comment]])
  return writeBlock(ENHANCED_PACKET, w, little)
}

/** Its length is told by the first interface alone. */
function simplePacket(packet: GivenPacket, from: CaptureInterface, id: number, little: boolean): Uint8Array {
  const { bytes, originalLength = bytes.length } = packet
  if (id !== 0) throw new RangeError('expected a time: only packets of the first interface can do without')
  if (bytes.length !== Math.min(originalLength, from.snapLength === 0 ? Infinity : from.snapLength))
    throw new RangeError('expected a time: a packet without one is cut by snapLength alone')
  return writeBlock(
    SIMPLE_PACKET,
    new Writer(little).u32(originalLength, 'originalLength').put(bytes).pad(4),
    little,
  )
}
