/** Neighbour discovery: RFC 4861 §4, with the router preferences of RFC 4191. */
import { bit, bits, type Reader, type Writer } from './bytes.js'
import type { Form } from './message.js'
import { decodeNeighborOptions, encodeNeighborOptions, type NeighborOption } from './neighboroption.js'
import { ip6, readIp6 } from './text.js'

/** A message of neighbour discovery. */
export type NeighborMessage =
  | RouterSolicitation
  | RouterAdvertisement
  | NeighborSolicitation
  | NeighborAdvertisement
  | NeighborRedirect

interface RouterSolicitation {
  readonly kind: 'routerSolicitation'
  readonly reserved?: number
  readonly options: readonly NeighborOption[]
}

interface RouterAdvertisement {
  readonly kind: 'routerAdvertisement'
  /** 0: the router says nothing of it. */
  readonly curHopLimit: number
  /** M: addresses by DHCPv6. */
  readonly managed: boolean
  /** O: other settings by DHCPv6. */
  readonly otherConfiguration: boolean
  /** H */
  readonly homeAgent?: boolean
  /** 0 is medium, 1 high, 3 low. */
  readonly preference?: number
  /** Three bits. */
  readonly reserved?: number
  /** Seconds. */
  readonly routerLifetime: number
  /** Milliseconds. */
  readonly reachableTime: number
  /** Milliseconds. */
  readonly retransTimer: number
  readonly options: readonly NeighborOption[]
}

interface NeighborSolicitation {
  readonly kind: 'neighborSolicitation'
  readonly reserved?: number
  readonly targetAddress: string
  readonly options: readonly NeighborOption[]
}

interface NeighborAdvertisement {
  readonly kind: 'neighborAdvertisement'
  /** R */
  readonly router: boolean
  /** S */
  readonly solicited: boolean
  /** O */
  readonly override: boolean
  /** 29 bits. */
  readonly reserved?: number
  readonly targetAddress: string
  readonly options: readonly NeighborOption[]
}

interface NeighborRedirect {
  readonly kind: 'redirect'
  readonly reserved?: number
  /** The better first hop. */
  readonly targetAddress: string
  readonly destinationAddress: string
  readonly options: readonly NeighborOption[]
}

const routerSolicitation: Form<RouterSolicitation> = {
  kind: 'routerSolicitation',
  types: [133],
  read: (r) => ({ kind: 'routerSolicitation', reserved: r.u32(), options: decodeNeighborOptions(r) }),
  write: (w, { reserved = 0, options }) =>
    void w.u32(reserved, 'reserved').put(encodeNeighborOptions(options)),
}

const routerAdvertisement: Form<RouterAdvertisement> = {
  kind: 'routerAdvertisement',
  types: [134],
  read(r) {
    const curHopLimit = r.u8()
    const flags = r.u8()
    return {
      kind: 'routerAdvertisement',
      curHopLimit,
      managed: (flags & 0x80) !== 0,
      otherConfiguration: (flags & 0x40) !== 0,
      homeAgent: (flags & 0x20) !== 0,
      preference: (flags >> 3) & 3,
      reserved: flags & 7,
      routerLifetime: r.u16(),
      reachableTime: r.u32(),
      retransTimer: r.u32(),
      options: decodeNeighborOptions(r),
    }
  },
  write(w, message) {
    const flags =
      bit(message.managed, 'managed', 7) |
      bit(message.otherConfiguration, 'otherConfiguration', 6) |
      bit(message.homeAgent ?? false, 'homeAgent', 5) |
      bits(message.preference ?? 0, 'preference', 2, 3) |
      bits(message.reserved ?? 0, 'reserved', 3, 0)
    w.u8(message.curHopLimit, 'curHopLimit')
      .u8(flags, 'flags')
      .u16(message.routerLifetime, 'routerLifetime')
      .u32(message.reachableTime, 'reachableTime')
      .u32(message.retransTimer, 'retransTimer')
      .put(encodeNeighborOptions(message.options))
  },
}

const neighborSolicitation: Form<NeighborSolicitation> = {
  kind: 'neighborSolicitation',
  types: [135],
  read: (r) => ({
    kind: 'neighborSolicitation',
    reserved: r.u32(),
    targetAddress: readIp6(r),
    options: decodeNeighborOptions(r),
  }),
  write: (w, { reserved = 0, targetAddress, options }) =>
    void w
      .u32(reserved, 'reserved')
      .put(ip6(targetAddress, 'targetAddress'))
      .put(encodeNeighborOptions(options)),
}

const neighborAdvertisement: Form<NeighborAdvertisement> = {
  kind: 'neighborAdvertisement',
  types: [136],
  read(r) {
    const flags = r.u32()
    return {
      kind: 'neighborAdvertisement',
      router: flags >>> 31 === 1,
      solicited: (flags & 0x40000000) !== 0,
      override: (flags & 0x20000000) !== 0,
      reserved: flags & 0x1fffffff,
      targetAddress: readIp6(r),
      options: decodeNeighborOptions(r),
    }
  },
  write(w, message) {
    const flags =
      bit(message.router, 'router', 31) +
      bit(message.solicited, 'solicited', 30) +
      bit(message.override, 'override', 29) +
      bits(message.reserved ?? 0, 'reserved', 29, 0)
    w.u32(flags, 'flags')
      .put(ip6(message.targetAddress, 'targetAddress'))
      .put(encodeNeighborOptions(message.options))
  },
}

const redirect: Form<NeighborRedirect> = {
  kind: 'redirect',
  types: [137],
  read: (r: Reader) => ({
    kind: 'redirect',
    reserved: r.u32(),
    targetAddress: readIp6(r),
    destinationAddress: readIp6(r),
    options: decodeNeighborOptions(r),
  }),
  write: (w: Writer, { reserved = 0, targetAddress, destinationAddress, options }) =>
    void w
      .u32(reserved, 'reserved')
      .put(ip6(targetAddress, 'targetAddress'))
      .put(ip6(destinationAddress, 'destinationAddress'))
      .put(encodeNeighborOptions(options)),
}

/** The forms of the messages, for the table of ICMPv6. */
export const neighborForms: readonly Form<NeighborMessage>[] = [
  routerSolicitation,
  routerAdvertisement,
  neighborSolicitation,
  neighborAdvertisement,
  redirect,
]
