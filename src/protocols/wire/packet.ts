/** Packets, header by header: whatever comes is decoded as far as it makes sense, and encodes to the same bytes. */
import { DecodeError } from '../../data/errors.js'
import { concat } from './bytes.js'
import type { Addresses } from './checksum.js'
import { type Codec, empty } from './codec.js'
import { LINKTYPE_ETHERNET, LINKTYPE_IPV4, LINKTYPE_IPV6, LINKTYPE_RAW } from './linktype.js'
import { type GivenHeader, type Header, registry as known, type Registry } from './registry.js'

/** What the innermost header carries. */
export interface Data {
  readonly kind: 'data'
  readonly bytes: Uint8Array
}

/** Bytes behind what a header carries: the padding of short frames, for one. */
export interface Trailer {
  readonly kind: 'trailer'
  /** The index of the layer whose length leaves them out. */
  readonly layer: number
  readonly bytes: Uint8Array
}

/** What could not be read, or is the beginning of something that was cut. */
export interface Malformed {
  readonly kind: 'malformed'
  readonly code: 'ERR_TRUNCATED' | 'ERR_MALFORMED'
  /** The header that is wrong, or that promises more than there is. */
  readonly what: string
  /** Where it went wrong, from the start of that header. */
  readonly offset: number
  /** The same in words. */
  readonly reason: string
  readonly bytes: Uint8Array
}

/** A layer of a packet. */
export type Layer<H = Header> = H | Data | Trailer | Malformed

/** How to decode packets. */
export interface PacketOptions<H extends { readonly kind: string } = Header> {
  /** What a packet begins with: a LINKTYPE_ number, or the kind of a header. LINKTYPE_ETHERNET when left out. */
  readonly start?: number | H['kind']
  /** Which header follows which; those known here when left out. */
  readonly registry?: Registry<H>
}

/** More headers in one packet are none. */
const MOST = 64

/**
 * The layers of a packet, from the outermost on: its headers, and what the last one carries as `data`. The first that makes
 * no sense is `malformed`, with all that is left; so is what a header promises more of than there is. Trailers come
 * last. Never throws for what the bytes are. The layers' bytes are views of those given.
 */
export function decodePacket<H extends { readonly kind: string } = Header>(
  bytes: Uint8Array,
  options: PacketOptions<H> = {},
): Layer<H>[] {
  const registry = options.registry ?? (known as unknown as Registry<H>)
  const layers: Layer<H>[] = []
  const trailers: Trailer[] = []
  let codec = first(registry, options.start ?? LINKTYPE_ETHERNET, bytes)
  let rest = bytes
  let partial = false
  let cut: DecodeError | undefined
  while (codec !== undefined && rest.length > 0) {
    try {
      if (layers.length === MOST) throw new DecodeError('ERR_MALFORMED', 'packet', bytes.length - rest.length)
      const { header, payload, trailer, missing } = codec.decode(rest)
      if (trailer.length > 0) trailers.push({ kind: 'trailer', layer: layers.length, bytes: trailer })
      // What an error quotes is cut, as a first fragment is, and nothing is wrong with that.
      if (missing > 0 && !partial) cut ??= new DecodeError('ERR_TRUNCATED', codec.kind, rest.length)
      partial ||= codec.isPartial?.(header) === true
      layers.push(header)
      rest = payload
      codec = following(registry, codec, header)
    } catch (error) {
      if (!(error instanceof DecodeError)) throw error
      cut ??= error
      break
    }
  }
  if (cut !== undefined) {
    const { code, what, offset, message: reason } = cut
    layers.push({ kind: 'malformed', code, what, offset, reason, bytes: rest })
  } else if (rest.length > 0) layers.push({ kind: 'data', bytes: rest })
  return layers.concat(trailers.reverse())
}

function first<H extends { readonly kind: string }>(
  registry: Registry<H>,
  start: number | string,
  bytes: Uint8Array,
): Codec<H, never> | undefined {
  if (typeof start === 'string') {
    const codec = registry.codec(start)
    if (codec === undefined) throw new TypeError(`no header is called ${start}`)
    return codec
  }
  if (start !== LINKTYPE_RAW) return registry.find('link', start)
  return registry.find('link', (bytes[0] ?? 0) >> 4 === 6 ? LINKTYPE_IPV6 : LINKTYPE_IPV4)
}

function following<H extends { readonly kind: string }>(
  registry: Registry<H>,
  codec: Codec<H, never>,
  header: H,
): Codec<H, never> | undefined {
  for (const { table, number } of codec.next(header)) {
    const found = registry.find(table, number)
    if (found !== undefined) return found
  }
  return undefined
}

/** How to encode packets. */
export interface EncodePacketOptions<H extends { readonly kind: string } = Header> {
  /** Compute all lengths and checksums, but for those in what an ICMP error quotes and in a first fragment. */
  readonly fix?: boolean
  /** The headers that there are; those known here when left out. */
  readonly registry?: Registry<H>
}

/** A layer as a caller gives it: fields that have defaults, lengths and checksums may be left out. */
export type GivenLayer<H = Header> = GivenHeader | Layer<H>

/**
 * The bytes of a packet. Lengths and checksums are as the layers have them, and computed where they are left out or with
 * `fix`; without it, what `decodePacket` gave becomes the very same bytes.
 *
 * @throws TypeError or RangeError for a field that does not fit, or for a checksum whose addresses no layer has.
 */
export function encodePacket<H extends { readonly kind: string } = Header>(
  layers: readonly GivenLayer<NoInfer<H>>[],
  options: EncodePacketOptions<H> = {},
): Uint8Array {
  const registry = options.registry ?? (known as unknown as Registry<H>)
  const codecs = layers.map(({ kind }) => registry.codec(kind))
  const over = around(layers, codecs)
  const part = layers.findIndex((layer, i) => codecs[i]?.isPartial?.(layer as H) === true)
  let bytes: Uint8Array = empty
  for (let i = layers.length - 1; i >= 0; i--) {
    const layer = layers[i] as { readonly kind: string }
    const codec = codecs[i]
    if (codec !== undefined) {
      const fix = options.fix === true && (part < 0 || i <= part)
      bytes = concat([codec.encode(layer as never, bytes, { fix, over: over[i] }), ...trailersOf(layers, i)])
    } else if (layer.kind === 'data' || layer.kind === 'malformed')
      bytes = concat([(layer as Data).bytes, bytes])
    else if (layer.kind !== 'trailer') throw new TypeError(`no layer is called ${String(layer.kind)}`)
    else if (codecs[(layer as Trailer).layer] === undefined || (layer as Trailer).layer > i)
      throw new RangeError(
        `a trailer belongs to a header before it, not to layer ${(layer as Trailer).layer}`,
      )
  }
  return bytes
}

function trailersOf(layers: readonly { readonly kind: string }[], index: number): Uint8Array[] {
  return layers.flatMap((layer) =>
    layer.kind === 'trailer' && (layer as Trailer).layer === index ? [(layer as Trailer).bytes] : [],
  )
}

/** For each layer the addresses around it, as the checksums see them. */
function around<H extends { readonly kind: string }>(
  layers: readonly { readonly kind: string }[],
  codecs: readonly (Codec<H, never> | undefined)[],
): (Addresses | undefined)[] {
  let addresses: Addresses | undefined
  return layers.map((layer, i) => {
    const outside = addresses
    addresses = codecs[i]?.addresses?.(layer as H, outside) ?? outside
    return outside
  })
}

/**
 * The indices of the layers whose checksum is wrong. What is missing, quoted or in a fragment cannot be told and counts as
 * right, as does a UDP checksum of 0 over IPv4. Packets caught on the machine that sends them often have none yet: the hardware
 * computes it.
 */
export function wrongChecksums(layers: readonly Layer[]): number[] {
  const wrong: number[] = []
  const isCut = layers.some((layer) => layer.kind === 'malformed')
  const codecs = layers.map(({ kind }) => known.codec(kind))
  const over = around(layers, codecs)
  for (const [i, layer] of layers.entries()) {
    const codec = codecs[i] as Codec<Header> | undefined
    if (codec === undefined) continue
    if ('headerChecksum' in layer) {
      const right = codec.decode(codec.encode({ ...layer, headerChecksum: undefined } as never)).header
      if ((right as typeof layer).headerChecksum !== layer.headerChecksum) wrong.push(i)
    } else if ('checksum' in layer && !isCut) {
      if (layer.kind === 'udp' && layer.checksum === 0 && !over[i]?.sourceAddress.includes(':')) continue
      const payload = encodePacket(inside(layers, i))
      const right = codec.decode(
        codec.encode({ ...layer, checksum: undefined } as never, payload, { over: over[i] }),
      )
      if ((right.header as typeof layer).checksum !== layer.checksum) wrong.push(i)
    }
    if (codec.isPartial?.(layer as Header) === true) break
  }
  return wrong
}

/** What the layer at `index` carries, as a packet of its own. */
export function inside(layers: readonly Layer[], index: number): Layer[] {
  return layers.slice(index + 1).flatMap((layer): Layer[] => {
    if (layer.kind !== 'trailer') return [layer]
    return layer.layer <= index ? [] : [{ ...layer, layer: layer.layer - index - 1 }]
  })
}
