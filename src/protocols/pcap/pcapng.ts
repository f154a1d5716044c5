/** The format of Wireshark: draft-ietf-opsawg-pcapng. Several interfaces, each with its link type and resolution of time. */
import { DecodeError } from '../../data/errors.js'
import { Reader } from '../wire/bytes.js'
import {
  BYTE_ORDER,
  ENHANCED_PACKET,
  INTERFACE,
  PACKET,
  readOptions,
  SECTION_HEADER,
  SIMPLE_PACKET,
  textOf,
} from './block.js'
import type { CapturedPacket, CaptureInterface, ReadOptions } from './capture.js'
import type { Feed } from './feed.js'
import { LONGEST_PACKET } from './pcap.js'

const LONGEST_BLOCK = 1 << 24
/** More interfaces in one section are taken for a mistake. */
const MOST_INTERFACES = 4096
const KNOWN = [SECTION_HEADER, INTERFACE, PACKET, SIMPLE_PACKET, ENHANCED_PACKET]

/** An interface, and how its times are counted. */
interface Source {
  readonly from: CaptureInterface
  nanoseconds(ticks: bigint): bigint
}

/** Whether a file that begins so is one of these. */
export function isPcapng(start: Uint8Array): boolean {
  return new Reader(start, 'pcapng').u32() === SECTION_HEADER
}

/** The packets of a file in this format. Blocks of no interest are skipped. */
export async function* readPcapng(
  feed: Feed,
  options: ReadOptions,
): AsyncGenerator<CapturedPacket, void, void> {
  const longest = options.maxPacketLength ?? LONGEST_PACKET
  const section = new Section(longest)
  while (!(await feed.isEmpty())) {
    const start = feed.offset
    const type = new Reader(await feed.peek(8, 'pcapng block'), 'pcapng block', section.little).u32()
    // A section begins with its byte order, which its own length is written in.
    if (type === SECTION_HEADER) section.begin(await feed.peek(12, 'pcapng section'), start)
    const head = new Reader(await feed.peek(8, 'pcapng block'), 'pcapng block', section.little, start)
    head.u32()
    const length = head.u32()
    if (length < 12 || length % 4 !== 0) throw head.malformed(4)
    if (!KNOWN.includes(type)) {
      await feed.skip(length, 'pcapng block')
      continue
    }
    if (length > (options.maxBlockLength ?? LONGEST_BLOCK)) throw head.malformed(4)
    const block = await feed.take(length, 'pcapng block')
    const r = new Reader(block, 'pcapng block', section.little, start)
    r.take(8)
    const body = r.part(length - 12)
    if (r.u32() !== length) throw r.malformed(length - 4)
    if (type === INTERFACE) section.add(body)
    else if (type !== SECTION_HEADER) yield section.packet(type, body)
  }
}

/** The state of the section that is read. */
class Section {
  readonly #longest: number
  #sources: Source[] = []
  little = true

  constructor(longest: number) {
    this.#longest = longest
  }

  begin(start: Uint8Array, offset: number): void {
    const little = [true, false].find((order) => {
      const r = new Reader(start, 'pcapng section', order)
      r.take(8)
      return r.u32() === BYTE_ORDER
    })
    if (little === undefined) throw new DecodeError('ERR_MALFORMED', 'pcapng section', offset + 8)
    this.little = little
    this.#sources = []
  }

  add(r: Reader): void {
    if (this.#sources.length === MOST_INTERFACES) throw r.malformed(0)
    const linkType = r.u16()
    r.u16()
    const snapLength = r.u32()
    const options = readOptions(r)
    const texts = Object.entries({ name: 2, description: 3, filter: 11, os: 12 }).flatMap(([name, code]) => {
      // A filter begins with a byte that says that it is text.
      const value = options.get(code)
      if (name === 'filter' && (value === undefined || value.left === 0 || value.u8() !== 0)) return []
      const text = textOf(value)
      return text === undefined ? [] : [[name, text]]
    })
    const from = Object.freeze({ linkType, snapLength, ...Object.fromEntries(texts) }) as CaptureInterface
    const resolution = options.get(9)
    const offset = options.get(14)
    const shift = offset?.left === 8 ? offset.i64() * 1_000_000_000n : 0n
    const perSecond = ticksPerSecond(resolution?.left === 1 ? resolution.u8() : 6)
    this.#sources.push({ from, nanoseconds: (ticks) => (ticks * 1_000_000_000n) / perSecond + shift })
  }

  packet(type: number, r: Reader): CapturedPacket {
    if (type === SIMPLE_PACKET) {
      const { from } = this.#source(0, r)
      const originalLength = r.u32()
      const length = Math.min(originalLength, from.snapLength === 0 ? Infinity : from.snapLength)
      return { timestamp: null, bytes: this.#bytes(r, length), originalLength, interface: from }
    }
    const { from, nanoseconds } = this.#source(type === PACKET ? r.u16() : r.u32(), r)
    if (type === PACKET) r.u16()
    const timestamp = nanoseconds((BigInt(r.u32()) << 32n) | BigInt(r.u32()))
    const length = r.u32()
    const originalLength = r.u32()
    const bytes = this.#bytes(r, length)
    r.take(Math.min(r.left, -length & 3))
    const comment = textOf(readOptions(r).get(1))
    return {
      timestamp,
      bytes,
      originalLength,
      interface: from,
      ...(comment === undefined ? {} : { comment }),
    }
  }

  #source(index: number, r: Reader): Source {
    const source = this.#sources[index]
    if (source === undefined) throw r.malformed(0)
    return source
  }

  #bytes(r: Reader, length: number): Uint8Array {
    if (length > this.#longest || length > r.left) throw r.malformed()
    return new Uint8Array(r.take(length))
  }
}

/** By if_tsresol: a power of ten, or with the upper bit of two. */
function ticksPerSecond(resolution: number): bigint {
  return resolution < 128 ? 10n ** BigInt(resolution) : 1n << BigInt(resolution & 127)
}
