/** The extensions of IPv6 that carry options: hop by hop and for the destination (RFC 8200 §4.2, §4.3, §4.6). */
import { Reader, Writer } from './bytes.js'
import { type Codec, decoded, empty, type Given } from './codec.js'

/** An option of IPv6, which RFC 8200 leaves to others to give meaning: type 0 (Pad1) is one byte and has no data. */
export interface Ipv6Option {
  readonly type: number
  readonly data: Uint8Array
}

interface Options {
  /** IPPROTO_ of what follows. */
  readonly nextHeader: number
  /** The whole is filled up to a multiple of 8 bytes with padding (PadN) when it is encoded. */
  readonly options: readonly Ipv6Option[]
}

/** The options for every hop, router alert (type 5) and jumbo payload (194) among them. */
export interface HopByHop extends Options {
  readonly kind: 'hopByHop'
}

/** The options for the destination. */
export interface DestinationOptions extends Options {
  readonly kind: 'destinationOptions'
}

function codec<K extends 'hopByHop' | 'destinationOptions'>(
  kind: K,
): Codec<Options & { readonly kind: K }, Given<Options, 'nextHeader'>> {
  return {
    kind,

    decode(bytes) {
      const r = new Reader(bytes, kind)
      const nextHeader = r.u8()
      const length = 8 * (r.u8() + 1)
      return decoded({ kind, nextHeader, options: decodeOptions(r.part(length - 2)) }, r.rest())
    },

    encode({ nextHeader, options = [] }, payload = empty) {
      const bytes = encodeOptions(options)
      return new Writer()
        .u8(nextHeader, 'nextHeader')
        .u8((bytes.length + 2) / 8 - 1, 'extension length')
        .put(bytes)
        .put(payload)
        .done()
    },

    next: ({ nextHeader }) => [{ table: 'protocol', number: nextHeader }],
  }
}

/** The codec of the options for every hop. */
export const hopByHop: Codec<HopByHop, Given<HopByHop, 'nextHeader'>> = codec('hopByHop')
/** The codec of the options for the destination. */
export const destinationOptions: Codec<DestinationOptions, Given<DestinationOptions, 'nextHeader'>> = codec(
  'destinationOptions',
)

function decodeOptions(r: Reader): Ipv6Option[] {
  const options: Ipv6Option[] = []
  while (r.left > 0) {
    const start = r.at
    const type = r.u8()
    if (type === 0) options.push({ type, data: empty })
    else {
      const length = r.left > 0 ? r.u8() : r.left + 1
      if (length > r.left) throw r.malformed(start)
      options.push({ type, data: r.take(length) })
    }
  }
  return options
}

function encodeOptions(options: readonly Ipv6Option[]): Uint8Array {
  if (!Array.isArray(options)) throw new TypeError('expected an array of options')
  const w = new Writer()
  for (const { type, data } of options) {
    w.u8(type, 'type')
    if (type !== 0) w.u8(data.length, 'length').put(data)
    else if (data.length > 0) throw new RangeError('an option of type 0 has no data')
  }
  // Two bytes stand in front.
  const gap = (8 - ((w.length + 2) % 8)) % 8
  if (gap === 1) w.u8(0, 'type')
  else if (gap > 1)
    w.u8(1, 'type')
      .u8(gap - 2, 'length')
      .put(new Uint8Array(gap - 2))
  return w.done()
}
