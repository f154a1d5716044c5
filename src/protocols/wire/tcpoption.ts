/** The options of TCP: RFC 9293 §3.2, RFC 7323, RFC 2018. */
import { type Reader, Writer } from './bytes.js'

/** An option of TCP. */
export type TcpOption =
  /** The end of the options, and the bytes behind it that fill up the header. */
  | { readonly kind: 'end'; readonly padding: Uint8Array }
  | { readonly kind: 'noOperation' }
  /** The largest segment that its sender takes, in bytes. */
  | { readonly kind: 'maximumSegmentSize'; readonly size: number }
  /** By how many bits the sender's windows are to be shifted. */
  | { readonly kind: 'windowScale'; readonly shiftCount: number }
  | { readonly kind: 'sackPermitted' }
  /** What has come beyond the acknowledged: from `left` up to before `right`. */
  | { readonly kind: 'sack'; readonly blocks: readonly SackBlock[] }
  /** TSval and TSecr: the sender's clock, and the other's that it echoes. */
  | { readonly kind: 'timestamps'; readonly value: number; readonly echoReply: number }
  /** Any other: its number, and the bytes behind its length. */
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }

/** Sequence numbers that have been received. */
export interface SackBlock {
  readonly left: number
  readonly right: number
}

const END = 0
const NO_OPERATION = 1
const MAXIMUM_SEGMENT_SIZE = 2
const WINDOW_SCALE = 3
const SACK_PERMITTED = 4
const SACK = 5
const TIMESTAMPS = 8

/** The options in all the bytes there are. */
export function decodeTcpOptions(r: Reader): TcpOption[] {
  const options: TcpOption[] = []
  while (r.left > 0) {
    const start = r.at
    const type = r.u8()
    if (type === END) options.push({ kind: 'end', padding: r.rest() })
    else if (type === NO_OPERATION) options.push({ kind: 'noOperation' })
    else {
      const length = r.left > 0 ? r.u8() : 0
      // The header is there: an option that goes beyond it is wrong and not cut.
      if (length < 2 || length - 2 > r.left) throw r.malformed(start)
      options.push(decodeOption(type, r.part(length - 2)))
    }
  }
  return options
}

function decodeOption(type: number, r: Reader): TcpOption {
  const size = r.left
  if (type === MAXIMUM_SEGMENT_SIZE && size === 2) return { kind: 'maximumSegmentSize', size: r.u16() }
  if (type === WINDOW_SCALE && size === 1) return { kind: 'windowScale', shiftCount: r.u8() }
  if (type === SACK_PERMITTED && size === 0) return { kind: 'sackPermitted' }
  if (type === SACK && size % 8 === 0) {
    const blocks: SackBlock[] = []
    while (r.left > 0) blocks.push({ left: r.u32(), right: r.u32() })
    return { kind: 'sack', blocks }
  }
  if (type === TIMESTAMPS && size === 8) return { kind: 'timestamps', value: r.u32(), echoReply: r.u32() }
  return { kind: 'unknown', type, data: r.rest() }
}

/** The options' bytes, filled up with zeros to whole words. RangeError for more than 40. */
export function encodeTcpOptions(options: readonly TcpOption[]): Uint8Array {
  if (!Array.isArray(options)) throw new TypeError('expected an array of options')
  const w = new Writer()
  for (const option of options) encodeOption(w, option)
  w.pad(4)
  if (w.length > 40) throw new RangeError(`expected at most 40 bytes of options, not ${w.length}`)
  return w.done()
}

function encodeOption(w: Writer, option: TcpOption): void {
  const put = (type: number, data: Writer): void =>
    void w
      .u8(type, 'type')
      .u8(data.length + 2, 'length')
      .put(data.done())
  const data = new Writer()
  switch (option.kind) {
    case 'end':
      w.u8(END, 'type').put(option.padding)
      return
    case 'noOperation':
      w.u8(NO_OPERATION, 'type')
      return
    case 'maximumSegmentSize':
      put(MAXIMUM_SEGMENT_SIZE, data.u16(option.size, 'size'))
      return
    case 'windowScale':
      put(WINDOW_SCALE, data.u8(option.shiftCount, 'shiftCount'))
      return
    case 'sackPermitted':
      put(SACK_PERMITTED, data)
      return
    case 'sack':
      for (const { left, right } of option.blocks) data.u32(left, 'left').u32(right, 'right')
      put(SACK, data)
      return
    case 'timestamps':
      put(TIMESTAMPS, data.u32(option.value, 'value').u32(option.echoReply, 'echoReply'))
      return
    case 'unknown':
      put(option.type, data.put(option.data))
      return
    default:
      throw new TypeError(`no option of TCP: ${String((option as TcpOption).kind)}`)
  }
}
