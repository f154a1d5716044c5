/**
 * The extension headers of IPv6 that sockets send and receive whole: options (RFC 8200 §4.2) and routes (§4.4), which
 * the options and control messages IPV6_HOPOPTS, IPV6_DSTOPTS, IPV6_RTHDRDSTOPTS and IPV6_RTHDR carry. The first byte,
 * which says what the next header is, is the kernel's to fill in.
 */
import { formatIpv6, parseIpv6 } from './address/ip.js'
import { DecodeError } from './errors.js'
import { IPV6_SRCRT_TYPE_0, IPV6_SRCRT_TYPE_2, IPV6_SRCRT_TYPE_4 } from './kernel.js'
import { integer } from './option/option.js'

const PAD1 = 0
const PADN = 1
/** The length is one byte that counts eights, without the first. */
const LONGEST = 8 * 256

/** An option in a hop-by-hop or destination options header: what it is, and its data. */
export interface Inet6Option {
  /** 2 to 255. The two highest bits say what those do who do not know it: 0 passes over it. */
  readonly type: number
  /** At most 255 bytes. */
  readonly data: Uint8Array
}

/** An option to send. */
export interface Inet6OptionGiven extends Inet6Option {
  /** 1, 2, 4 or 8: how far the data begins into the header is a multiple of it. It is no more than the data is long. */
  readonly align?: 1 | 2 | 4 | 8 | undefined
}

function bytesGiven(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new TypeError(`expected bytes, not ${String(value)}`)
  return value
}

function listGiven<T>(value: readonly T[], what: string): readonly T[] {
  if (!Array.isArray(value)) throw new TypeError(`expected an array of ${what}, not ${String(value)}`)
  return value
}

function recordGiven<T>(value: T, expected: string): T {
  if (typeof value !== 'object' || value === null)
    throw new TypeError(`expected ${expected}, not ${String(value)}`)
  return value
}

/** What fills `length` bytes: one of Pad1, or one PadN. */
const padding = (length: number): number[] =>
  length === 0
    ? []
    : length === 1
      ? [PAD1]
      : [PADN, length - 2, ...Array.from({ length: length - 2 }, () => 0)]

/** Pads to `align` what is to begin `ahead` bytes further on. */
function pad(bytes: number[], align: number, ahead: number): void {
  bytes.push(...padding((align - ((bytes.length + ahead) % align)) % align))
}

/** `bytes` as a header: its length is put in. */
function header(bytes: readonly number[]): Uint8Array {
  if (bytes.length > LONGEST)
    throw new RangeError(`expected a header of at most ${LONGEST} bytes, not ${bytes.length}`)
  const whole = Uint8Array.from(bytes)
  whole[1] = bytes.length / 8 - 1
  return whole
}

/**
 * A hop-by-hop or destination options header out of its options, each where its alignment wants it, padded to a multiple
 * of eight bytes: what inet6_opt_init, inet6_opt_append and inet6_opt_finish make, RFC 3542 §10. Throws TypeError or
 * RangeError.
 */
export function inet6OptBuild(options: readonly Inet6OptionGiven[]): Uint8Array {
  const bytes = [0, 0]
  for (const option of Array.from(listGiven(options, 'options'))) {
    const { type, data, align = 1 } = recordGiven(option, '{ type, data, align? }')
    const { length } = bytesGiven(data)
    if (![1, 2, 4, 8].includes(align)) throw new RangeError(`expected align 1, 2, 4 or 8, not ${align}`)
    if (align > Math.max(1, length))
      throw new RangeError(`expected an alignment of at most the data's ${length} bytes, not ${align}`)
    pad(bytes, align, 2)
    bytes.push(integer(type, PADN + 1, 255), integer(length, 0, 255), ...data)
  }
  pad(bytes, 8, 0)
  return header(bytes)
}

/** The bytes of a header as long as it says it is. */
function wholeHeader(bytes: Uint8Array, what: string): Uint8Array {
  bytesGiven(bytes)
  const length = 8 * ((bytes[1] ?? 0) + 1)
  if (bytes.length < length) throw new DecodeError('ERR_TRUNCATED', what, bytes.length)
  if (bytes.length > length) throw new DecodeError('ERR_MALFORMED', what, length)
  return bytes
}

/**
 * The options in such a header, in order, without those that pad: what inet6_opt_next, inet6_opt_find and
 * inet6_opt_get_val find, RFC 3542 §10. The data is copied. Throws DecodeError where the header is not as long as it says,
 * or an option longer than what is left of it.
 */
export function inet6OptParse(bytes: Uint8Array): Inet6Option[] {
  const whole = wholeHeader(bytes, 'options header')
  const found: Inet6Option[] = []
  for (let at = 2; at < whole.length; ) {
    const type = whole[at] as number
    if (type === PAD1) {
      at++
      continue
    }
    const start = at + 2
    const end = start + (whole[at + 1] ?? 0)
    if (start > whole.length || end > whole.length) throw new DecodeError('ERR_MALFORMED', 'option', at)
    if (type !== PADN) found.push({ type, data: new Uint8Array(whole.subarray(start, end)) })
    at = end
  }
  return found
}

/** A routing header. */
export interface Inet6Route {
  /**
   * IPV6_SRCRT_TYPE_2 (Mobile IPv6, RFC 6275) has one address, IPV6_SRCRT_TYPE_4 (segments, RFC 8754) the whole way;
   * IPV6_SRCRT_TYPE_0 is what RFC 3542 knows, and RFC 5095 has taken from the Internet. Any other, which only comes.
   */
  readonly type: number
  /** The addresses, the first to be visited first. The last of type 4's is the destination: Linux puts that in. */
  readonly segments: readonly string[]
  /** How many are yet to be visited. */
  readonly segmentsLeft: number
  /** Type 4's alone. */
  readonly flags?: number
  readonly tag?: number
  /** What is behind type 4's addresses, TLVs; behind the first four bytes of a type that is not known here. */
  readonly data?: Uint8Array
}

/** A routing header to send: what is left out is 0, or none. */
export interface Inet6RouteGiven {
  readonly type: number
  readonly segments: readonly string[]
  /** All of them, where it is left out. */
  readonly segmentsLeft?: number | undefined
  readonly flags?: number | undefined
  readonly tag?: number | undefined
  readonly data?: Uint8Array | undefined
}

const ADDRESS = 16
const FIXED = 8

/**
 * A routing header out of its addresses: what inet6_rth_init and inet6_rth_add make, RFC 3542 §7, and of the types that
 * came after it. The way back (inet6_rth_reverse) has the parsed segments in reverse. Throws TypeError or RangeError.
 */
export function inet6RthBuild(route: Inet6RouteGiven): Uint8Array {
  const { type, segments, segmentsLeft, flags = 0, tag = 0, data } = recordGiven(route, '{ type, segments }')
  const addresses = Array.from(listGiven(segments, 'addresses'), (host) => {
    const address = parseIpv6(host)
    if (address === null) throw new TypeError(`expected a numeric IPv6 address, not ${String(host)}`)
    return address
  })
  const count = addresses.length
  const segmented = type === IPV6_SRCRT_TYPE_4
  if (![IPV6_SRCRT_TYPE_0, IPV6_SRCRT_TYPE_2, IPV6_SRCRT_TYPE_4].includes(type))
    throw new RangeError(`expected IPV6_SRCRT_TYPE_0, _2 or _4, not ${String(type)}`)
  if (type === IPV6_SRCRT_TYPE_2 ? count !== 1 : count > 127 || (segmented && count === 0))
    throw new RangeError(`expected other than ${count} addresses for type ${type}`)
  if (!segmented && (data !== undefined || flags !== 0 || tag !== 0))
    throw new TypeError(`expected no flags, tag or data with type ${type}`)
  const rest = data === undefined ? [] : [...bytesGiven(data)]
  if (rest.length % 8 !== 0) throw new RangeError(`expected data in eights of bytes, not ${rest.length}`)
  const most = segmented ? count - 1 : count
  const bytes = [0, 0, type, integer(segmentsLeft ?? most, 0, most)]
  // Segments count from the last.
  if (segmented) bytes.push(count - 1, integer(flags, 0, 255), integer(tag, 0, 0xffff) >> 8, tag & 255)
  else bytes.push(0, 0, 0, 0)
  for (const address of segmented ? addresses.reverse() : addresses) bytes.push(...address)
  return header([...bytes, ...rest])
}

/**
 * What a routing header says: what inet6_rth_segments and inet6_rth_getaddr tell, RFC 3542 §7. Throws DecodeError where
 * it is not as long as it says, or its counts do not fit.
 */
export function inet6RthParse(bytes: Uint8Array): Inet6Route {
  const whole = wholeHeader(bytes, 'routing header')
  const view = new DataView(whole.buffer, whole.byteOffset, whole.length)
  const type = view.getUint8(2)
  const segmentsLeft = view.getUint8(3)
  const segmented = type === IPV6_SRCRT_TYPE_4
  if (!segmented && type !== IPV6_SRCRT_TYPE_0 && type !== IPV6_SRCRT_TYPE_2)
    return { type, segments: [], segmentsLeft, data: new Uint8Array(whole.subarray(4)) }
  const room = whole.length - FIXED
  const count = segmented ? view.getUint8(4) + 1 : room / ADDRESS
  if (!Number.isInteger(count)) throw new DecodeError('ERR_MALFORMED', 'routing header', 1)
  if (segmented && count * ADDRESS > room) throw new DecodeError('ERR_MALFORMED', 'last segment', 4)
  if (segmentsLeft > (segmented ? count - 1 : count))
    throw new DecodeError('ERR_MALFORMED', 'segments left', 3)
  const addresses = Array.from({ length: count }, (_, i) => formatIpv6(whole, FIXED + ADDRESS * i))
  if (!segmented) return { type, segments: addresses, segmentsLeft }
  return {
    type,
    segments: addresses.reverse(),
    segmentsLeft,
    flags: view.getUint8(5),
    tag: view.getUint16(6),
    data: new Uint8Array(whole.subarray(FIXED + ADDRESS * count)),
  }
}
