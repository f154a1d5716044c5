/** The options of IPv4: RFC 791 §3.1, RFC 2113. */
import { IPOPT_END, IPOPT_LSRR, IPOPT_NOOP, IPOPT_RA, IPOPT_RR, IPOPT_SSRR } from '../../data/kernel.js'
import { type Reader, Writer } from './bytes.js'
import { ip4, putAll, readIp4s } from './text.js'

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
