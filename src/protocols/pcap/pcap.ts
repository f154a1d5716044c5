/** The format of libpcap: pcap-savefile(5). Micro- and nanoseconds, both byte orders. */
import { DecodeError } from '../../data/errors.js'
import { checkInteger } from '../../data/integer.js'
import { Reader, Writer } from '../wire/bytes.js'
import { LINKTYPE_ETHERNET } from '../wire/linktype.js'
import type { CapturedPacket, CaptureInterface, GivenPacket, ReadOptions } from './capture.js'
import type { Feed } from './feed.js'

const MICROSECONDS = 0xa1b2c3d4
const NANOSECONDS = 0xa1b23c4d
const FILE_HEADER = 24
const RECORD_HEADER = 16
/** What tcpdump and Wireshark take at most. */
export const LONGEST_PACKET = 262144

/** Whether a file that begins so is one of these; its byte order and how many nanoseconds a tick has. */
export function isPcap(start: Uint8Array): { little: boolean; tick: bigint } | null {
  for (const little of [true, false]) {
    const magic = new Reader(start, 'pcap', little).u32()
    if (magic === MICROSECONDS) return { little, tick: 1000n }
    if (magic === NANOSECONDS) return { little, tick: 1n }
  }
  return null
}

/** The packets of a file in this format. */
export async function* readPcap(
  feed: Feed,
  options: ReadOptions,
): AsyncGenerator<CapturedPacket, void, void> {
  const header = await feed.take(FILE_HEADER, 'pcap')
  const form = isPcap(header)
  if (form === null) throw new DecodeError('ERR_MALFORMED', 'pcap', 0)
  const { little, tick } = form
  const r = new Reader(header, 'pcap', little)
  r.take(16)
  const snapLength = r.u32()
  // Above the link type: whether frames end in a check sequence.
  const from: CaptureInterface = Object.freeze({ snapLength, linkType: r.u32() & 0xffff })
  const longest = options.maxPacketLength ?? LONGEST_PACKET
  while (!(await feed.isEmpty())) {
    const start = feed.offset
    const record = new Reader(await feed.take(RECORD_HEADER, 'pcap record'), 'pcap record', little, start)
    const seconds = record.u32()
    const fraction = record.u32()
    const length = record.u32()
    const originalLength = record.u32()
    if (length > longest) throw record.malformed(8)
    // A copy; a Buffer's own slice is none.
    const bytes = new Uint8Array(await feed.take(length, 'pcap record'))
    const timestamp = BigInt(seconds) * 1_000_000_000n + BigInt(fraction) * tick
    yield { timestamp, bytes, originalLength, interface: from }
  }
}

/** How to write a pcap file. */
export interface PcapOptions {
  /** What packets begin with: a LINKTYPE_ number. The first packet's interface tells when left out. */
  readonly linkType?: number
  /** How many bytes of a packet are kept at most, 262144 when left out: longer ones are cut. */
  readonly snapLength?: number
  /** Nanoseconds in place of microseconds. Other microseconds are cut off. */
  readonly nanoseconds?: boolean
  /** The byte order of old Macs and of networks; the order of this machine when left out. */
  readonly bigEndian?: boolean
}

/**
 * A capture in the format of libpcap, piece by piece: its header, then each packet. All packets have one link type.
 *
 * @throws RangeError for a packet of another link type, without a time, or of a time that the format has no room for.
 */
export async function* writePcap(
  packets: AsyncIterable<GivenPacket> | Iterable<GivenPacket>,
  options: PcapOptions = {},
): AsyncGenerator<Uint8Array, void, void> {
  const { snapLength = LONGEST_PACKET, nanoseconds = false, bigEndian = false } = options
  checkInteger(snapLength, 'snapLength', 1, 0x7fffffff)
  const tick = nanoseconds ? 1n : 1000n
  let linkType = options.linkType
  const header = (): Uint8Array =>
    new Writer(!bigEndian)
      .u32(nanoseconds ? NANOSECONDS : MICROSECONDS, 'magic')
      .u16(2, 'version')
      .u16(4, 'version')
      .u32(0, 'zone')
      .u32(0, 'accuracy')
      .u32(snapLength, 'snapLength')
      .u32(checkInteger(linkType ?? LINKTYPE_ETHERNET, 'linkType', 0, 0xffff), 'linkType')
      .done()
  let isBegun = false
  for await (const packet of packets) {
    linkType ??= packet.interface?.linkType ?? LINKTYPE_ETHERNET
    if ((packet.interface?.linkType ?? linkType) !== linkType)
      throw new RangeError(`expected packets of link type ${linkType}, not ${packet.interface?.linkType}`)
    if (packet.timestamp === null) throw new RangeError('expected a packet with a time')
    if (!isBegun) yield header()
    isBegun = true
    const bytes = packet.bytes.subarray(0, snapLength)
    const second = 1_000_000_000n
    if (packet.timestamp < 0n || packet.timestamp >= second << 32n)
      throw new RangeError(`expected nanoseconds since 1970, not after 2106: ${packet.timestamp}`)
    yield new Writer(!bigEndian)
      .u32(Number(packet.timestamp / second), 'seconds')
      .u32(Number((packet.timestamp % second) / tick), 'fraction')
      .u32(bytes.length, 'length')
      .u32(packet.originalLength ?? packet.bytes.length, 'originalLength')
      .put(bytes)
      .done()
  }
  if (!isBegun) yield header()
}
