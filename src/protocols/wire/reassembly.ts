/** Datagrams out of their fragments: RFC 791 §3.2, RFC 8200 §4.5, RFC 5722. Overlaps are treated as Linux treats them. */
import { checkInteger } from '../../data/integer.js'
import { concat } from './bytes.js'
import type { Fragment } from './fragment.js'
import type { Ipv4 } from './ipv4.js'
import type { Ipv6 } from './ipv6.js'
import { decodePacket, encodePacket, inside, type Layer } from './packet.js'
import type { Header, Registry } from './registry.js'

/** Bounds of what is kept while it waits for the rest. What is beyond them is given up, the oldest first. */
export interface ReassemblyOptions {
  /** How many datagrams: 1024 when left out. */
  readonly maxDatagrams?: number
  /** How many bytes of them, each fragment counted with 64 more: 4 MiB when left out, as Linux has it. */
  readonly maxBytes?: number
  /** How many fragments of one datagram: 8192 when left out, as many as there can be of 8 bytes. */
  readonly maxFragments?: number
  /** Milliseconds that a datagram may take; 30000 when left out, as Linux has it for IPv4. RFC 8200 has 60000. */
  readonly timeout?: number
  /** Which header follows which; those known here when left out. */
  readonly registry?: Registry<Header>
}

/** A row of fragments without a hole, in the order they came in: what repeats a part of one is a duplicate. */
interface Run {
  readonly start: number
  end: number
  readonly pieces: Uint8Array[]
}

interface Datagram {
  readonly since: number
  readonly runs: Run[]
  /** How far it goes, as far as is known. */
  end: number
  /** Whether the last fragment has come. */
  isBounded: boolean
  bytes: number
  fragments: number
  /** The layers of the first fragment, up to what it carries, without bytes that others own. */
  head: Layer[] | undefined
}

/** A fragment: where it is in its packet and in the whole. */
interface Part {
  readonly key: string
  /** The index of the header of IPv4, or of the fragment header. */
  readonly index: number
  readonly offset: number
  readonly more: boolean
  readonly bytes: Uint8Array
}

const OVERHEAD = 64

/** Puts fragments together. One for each link that packets are caught on. */
export class Reassembly {
  readonly #datagrams = new Map<string, Datagram>()
  readonly #options: Required<Omit<ReassemblyOptions, 'registry'>>
  readonly #registry: Registry<Header> | undefined
  #bytes = 0

  /** @throws TypeError or RangeError for bounds that are none. */
  constructor(options: ReassemblyOptions = {}) {
    const { maxDatagrams = 1024, maxBytes = 1 << 22, maxFragments = 8192, timeout = 30_000 } = options
    checkInteger(maxDatagrams, 'maxDatagrams', 1)
    checkInteger(maxBytes, 'maxBytes', 1, Number.MAX_SAFE_INTEGER)
    checkInteger(maxFragments, 'maxFragments', 1)
    checkInteger(timeout, 'timeout', 1)
    this.#options = { maxDatagrams, maxBytes, maxFragments, timeout }
    this.#registry = options.registry
  }

  /** How many datagrams wait for more. */
  get size(): number {
    return this.#datagrams.size
  }

  /** How many bytes they hold, with what is counted for each fragment. */
  get bytes(): number {
    return this.#bytes
  }

  /**
   * Takes a packet as `decodePacket` gave it, caught at `time` (milliseconds, on any clock that does not go back). Gives the
   * packet itself if it is no fragment, the whole when it was the last one that missed, and null until then. The whole
   * has the headers of its first fragment, with the lengths and the sum of the new one. Fragments that overlap, other than as
   * mere duplicates, do away with the datagram (RFC 5722).
   */
  add(layers: readonly Layer[], time: number): Layer[] | null {
    if (!Number.isFinite(time)) throw new TypeError(`expected a time in milliseconds, not ${time}`)
    this.#expire(time)
    const index = layers.findIndex(
      (layer) =>
        (layer.kind === 'ipv4' || layer.kind === 'fragment') &&
        (layer.moreFragments || layer.fragmentOffset > 0),
    )
    // What an error quotes is not for here.
    const error = layers.findIndex(({ kind }) => kind === 'icmp' || kind === 'icmpv6')
    if (index < 0 || (error >= 0 && error < index)) return [...layers]
    const part = partOf(layers, index)
    return part === null ? null : this.#take(part, layers, time)
  }

  #take(part: Part, layers: readonly Layer[], time: number): Layer[] | null {
    let datagram = this.#datagrams.get(part.key)
    if (datagram === undefined) {
      datagram = {
        since: time,
        runs: [],
        end: 0,
        isBounded: false,
        bytes: 0,
        fragments: 0,
        head: undefined,
      }
      this.#datagrams.set(part.key, datagram)
    }
    const fit = place(datagram, part)
    if (fit === 'duplicate') return null
    if (fit === 'wrong' || datagram.fragments === this.#options.maxFragments) {
      this.#forget(part.key)
      return null
    }
    datagram.fragments++
    datagram.bytes += part.bytes.length + OVERHEAD
    this.#bytes += part.bytes.length + OVERHEAD
    if (part.offset === 0) datagram.head = structuredClone(layers.slice(0, part.index + 1))
    if (datagram.isBounded && isWhole(datagram)) {
      this.#forget(part.key)
      return this.#whole(datagram, part.index)
    }
    this.#bound()
    return null
  }

  /** Decodes the whole anew: what the fragments carry begins to make sense. */
  #whole(datagram: Datagram, index: number): Layer[] | null {
    const { head } = datagram
    const header = head?.[index]
    if (head === undefined || header === undefined) return null
    const data: Layer = { kind: 'data', bytes: concat(datagram.runs.flatMap(({ pieces }) => pieces)) }
    const above = header.kind === 'fragment' ? withoutFragment(head, header) : head.slice(0, -1)
    const around = above.filter(({ kind }) => kind === 'ethernet' || kind === 'vlan' || /^sll/.test(kind))
    const own = header.kind === 'fragment' ? [] : [{ ...header, moreFragments: false } as Ipv4]
    const inner = [...above.slice(around.length), ...own]
    const [first] = inner
    // Longer than a packet can be: only fragments say so.
    const length = encodePacket(inner).length + data.bytes.length - (first?.kind === 'ipv6' ? 40 : 0)
    if (first === undefined || length > 0xffff) return null
    const options = {
      start: first.kind as Header['kind'],
      ...(this.#registry && { registry: this.#registry }),
    }
    return [...around, ...decodePacket(encodePacket([...inner, data], { fix: true }), options)].map(
      (layer) => (layer.kind === 'trailer' ? { ...layer, layer: layer.layer + around.length } : layer),
    )
  }

  #expire(time: number): void {
    // They are in the order in which they began.
    for (const [key, { since }] of this.#datagrams) {
      if (time - since < this.#options.timeout) break
      this.#forget(key)
    }
  }

  #bound(): void {
    for (const key of this.#datagrams.keys()) {
      if (this.#bytes <= this.#options.maxBytes && this.size <= this.#options.maxDatagrams) break
      this.#forget(key)
    }
  }

  #forget(key: string): void {
    this.#bytes -= this.#datagrams.get(key)?.bytes ?? 0
    this.#datagrams.delete(key)
  }
}

function partOf(layers: readonly Layer[], index: number): Part | null {
  const header = layers[index] as Ipv4 | Fragment
  // A fragment that was cut is none.
  if (isCut(layers, index)) return null
  const all = encodePacket(inside(layers, index))
  // RFC 8200 sends fragments of another length back, Linux cuts those of IPv4.
  const bytes = header.moreFragments && header.kind === 'ipv4' ? all.slice(0, all.length & ~7) : all
  if (header.moreFragments && bytes.length % 8 !== 0) return null
  const tags = layers
    .slice(0, index)
    .flatMap((layer) => (layer.kind === 'vlan' ? [layer.vlanIdentifier] : []))
  const around =
    header.kind === 'ipv4' ? header : layers.slice(0, index).findLast(({ kind }) => kind === 'ipv6')
  if (around === undefined) return null
  const { sourceAddress, destinationAddress } = around as Ipv4 | Ipv6
  const protocol = header.kind === 'ipv4' ? header.protocol : 'v6'
  const key = [tags, sourceAddress, destinationAddress, protocol, header.identification].join()
  return { key, index, offset: header.fragmentOffset, more: header.moreFragments, bytes }
}

/** Whether the lengths of the headers around promise more than there is. */
function isCut(layers: readonly Layer[], index: number): boolean {
  const last = layers.findLast(({ kind }) => kind !== 'trailer')
  const names = layers.slice(0, index + 1).map(({ kind }) => kind as string)
  return last?.kind === 'malformed' && last.code === 'ERR_TRUNCATED' && names.includes(last.what)
}

/** Puts a fragment where it belongs, as inet_frag_queue_insert of Linux does. */
function place(datagram: Datagram, { offset, more, bytes }: Part): 'placed' | 'duplicate' | 'wrong' {
  const end = offset + bytes.length
  if (more) {
    if (end > datagram.end) {
      if (datagram.isBounded) return 'wrong'
      datagram.end = end
    }
  } else {
    if (end < datagram.end || (datagram.isBounded && end !== datagram.end)) return 'wrong'
    datagram.isBounded = true
    datagram.end = end
  }
  if (end === offset) return 'wrong'
  const { runs } = datagram
  const last = runs.at(-1)
  if (last !== undefined && last.end < end) {
    // The usual case: it goes to the end.
    if (offset < last.end) return 'wrong'
    if (offset === last.end) {
      last.pieces.push(bytes.slice())
      last.end = end
      return 'placed'
    }
  }
  const next = runs.findIndex((run) => offset < run.end)
  const run = runs[next]
  if (run !== undefined && end > run.start)
    return offset >= run.start && end <= run.end ? 'duplicate' : 'wrong'
  runs.splice(next < 0 ? runs.length : next, 0, { start: offset, end, pieces: [bytes.slice()] })
  return 'placed'
}

function isWhole({ runs, end }: Datagram): boolean {
  let at = 0
  for (const run of runs) {
    if (run.start !== at) return false
    at = run.end
  }
  return at === end
}

/** The headers of a first fragment without the fragment header: the one before it takes over what follows. */
function withoutFragment(head: readonly Layer[], { nextHeader }: Fragment): Layer[] {
  return head
    .slice(0, -1)
    .map((layer, i) => (i === head.length - 2 ? ({ ...layer, nextHeader } as Layer) : layer))
}
