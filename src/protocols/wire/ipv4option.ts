/** The options of IPv4: RFC 791 §3.1, RFC 2113. */
import {
  IPOPT_END,
  IPOPT_LSRR,
  IPOPT_NOOP,
  IPOPT_RA,
  IPOPT_RR,
  IPOPT_SSRR,
  IPOPT_TS,
} from '../../data/kernel.js'
import { bits, type Reader, Writer } from './bytes.js'
import { ip4, putAll, readIp4, readIp4s } from './text.js'

/** An option of IPv4. */
export type Ipv4Option =
  /** The end of the options, and the bytes behind it that fill up the header. */
  | { readonly kind: 'end'; readonly padding: Uint8Array }
  | { readonly kind: 'noOperation' }
  | {
      readonly kind: 'recordRoute' | 'looseSourceRoute' | 'strictSourceRoute'
      /** Where the next address goes or is, counted from 1 at the option's start: 4 is the first. */
      readonly pointer: number
      readonly addresses: readonly string[]
    }
  | {
      readonly kind: 'timestamp'
      /** Where the next entry goes, counted from 1 at the option's start: 5 is the first. */
      readonly pointer: number
      /** How many found no room: 0 to 15. */
      readonly overflow: number
      /** 0: times only; 1: each with its address; 3: the addresses are given. */
      readonly flag: number
      /** The times are in milliseconds since midnight, UTC; addresses with the flags 1 and 3. */
      readonly entries: readonly { readonly address?: string; readonly timestamp: number }[]
    }
  /** 0: every router is to look at the packet. */
  | { readonly kind: 'routerAlert'; readonly value: number }
  /** Any other: its type, and the bytes behind its length. */
  | { readonly kind: 'unknown'; readonly type: number; readonly data: Uint8Array }

const routes = {
  recordRoute: IPOPT_RR,
  looseSourceRoute: IPOPT_LSRR,
  strictSourceRoute: IPOPT_SSRR,
} as const

/** The options in all the bytes there are. */
export function decodeIpv4Options(r: Reader): Ipv4Option[] {
  const options: Ipv4Option[] = []
  while (r.left > 0) {
    const start = r.at
    const type = r.u8()
    if (type === IPOPT_END) options.push({ kind: 'end', padding: r.rest() })
    else if (type === IPOPT_NOOP) options.push({ kind: 'noOperation' })
    else {
      const length = r.left > 0 ? r.u8() : 0
      // The header is there: an option that goes beyond it is wrong and not cut.
      if (length < 2 || length - 2 > r.left) throw r.malformed(start)
      options.push(decodeOption(type, r.part(length - 2)))
    }
  }
  return options
}

function decodeOption(type: number, r: Reader): Ipv4Option {
  for (const [kind, number] of Object.entries(routes) as [keyof typeof routes, number][])
    if (type === number && r.left % 4 === 1) return { kind, pointer: r.u8(), addresses: readIp4s(r) }
  if (type === IPOPT_RA && r.left === 2) return { kind: 'routerAlert', value: r.u16() }
  if (type === IPOPT_TS && r.left >= 2) {
    const second = r.bytes[1] as number
    const flag = second & 15
    const size = [4, 8, 0, 8][flag] ?? 0
    if (size > 0 && (r.left - 2) % size === 0) {
      const pointer = r.u8()
      r.u8()
      const entries: { address?: string; timestamp: number }[] = []
      while (r.left > 0)
        entries.push(size === 4 ? { timestamp: r.u32() } : { address: readIp4(r), timestamp: r.u32() })
      return { kind: 'timestamp', pointer, overflow: second >> 4, flag, entries }
    }
  }
  return { kind: 'unknown', type, data: r.rest() }
}

/** The options' bytes, filled up with zeros to whole words. RangeError for more than 40. */
export function encodeIpv4Options(options: readonly Ipv4Option[]): Uint8Array {
  if (!Array.isArray(options)) throw new TypeError('expected an array of options')
  const w = new Writer()
  for (const option of options) encodeOption(w, option)
  w.pad(4)
  if (w.length > 40) throw new RangeError(`expected at most 40 bytes of options, not ${w.length}`)
  return w.done()
}

function encodeOption(w: Writer, option: Ipv4Option): void {
  const put = (type: number, data: Uint8Array): void =>
    void w
      .u8(type, 'type')
      .u8(data.length + 2, 'length')
      .put(data)
  switch (option.kind) {
    case 'end':
      w.u8(IPOPT_END, 'type').put(option.padding)
      return
    case 'noOperation':
      w.u8(IPOPT_NOOP, 'type')
      return
    case 'recordRoute':
    case 'looseSourceRoute':
    case 'strictSourceRoute':
      put(
        routes[option.kind],
        putAll(new Writer().u8(option.pointer, 'pointer'), option.addresses, ip4, 'addresses').done(),
      )
      return
    case 'timestamp': {
      const second = bits(option.overflow, 'overflow', 4, 4) | bits(option.flag, 'flag', 4, 0)
      const data = new Writer().u8(option.pointer, 'pointer').u8(second, 'flag')
      for (const { address, timestamp } of option.entries) {
        if ((address !== undefined) !== (option.flag === 1 || option.flag === 3))
          throw new TypeError(
            `expected ${address === undefined ? 'an' : 'no'} address with flag ${option.flag}`,
          )
        if (address !== undefined) data.put(ip4(address, 'address'))
        data.u32(timestamp, 'timestamp')
      }
      put(IPOPT_TS, data.done())
      return
    }
    case 'routerAlert':
      put(IPOPT_RA, new Writer().u16(option.value, 'value').done())
      return
    case 'unknown':
      put(option.type, option.data)
      return
    default:
      throw new TypeError(`no option of IPv4: ${String((option as Ipv4Option).kind)}`)
  }
}
