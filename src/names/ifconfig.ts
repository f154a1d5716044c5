/** One network interface, read and set by ioctl(2): netdevice(7). */
import { formatIpv4, parseIpv4 } from '../data/address/ip.js'
import { SystemError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import * as k from '../data/kernel.js'
import { native } from '../sys/binding.js'
import { getifaddrs, ifNametoindex } from './interfaces.js'

const requests = {
  SIOCGIFADDR: k.SIOCGIFADDR,
  SIOCGIFBRDADDR: k.SIOCGIFBRDADDR,
  SIOCGIFDSTADDR: k.SIOCGIFDSTADDR,
  SIOCGIFFLAGS: k.SIOCGIFFLAGS,
  SIOCGIFHWADDR: k.SIOCGIFHWADDR,
  SIOCGIFMTU: k.SIOCGIFMTU,
  SIOCGIFNETMASK: k.SIOCGIFNETMASK,
  SIOCGIFTXQLEN: k.SIOCGIFTXQLEN,
  SIOCSIFADDR: k.SIOCSIFADDR,
  SIOCSIFBRDADDR: k.SIOCSIFBRDADDR,
  SIOCSIFDSTADDR: k.SIOCSIFDSTADDR,
  SIOCSIFFLAGS: k.SIOCSIFFLAGS,
  SIOCSIFHWADDR: k.SIOCSIFHWADDR,
  SIOCSIFMTU: k.SIOCSIFMTU,
  SIOCSIFNAME: k.SIOCSIFNAME,
  SIOCSIFNETMASK: k.SIOCSIFNETMASK,
  SIOCSIFTXQLEN: k.SIOCSIFTXQLEN,
} as const

type Request = keyof typeof requests

/** struct ifreq: a name, and a union for the value. */
const NAME_ROOM = k.IFNAMSIZ
const SIZE = 40
const VALUE = NAME_ROOM
/** sin_addr and sa_data within the value. */
const IPV4 = VALUE + k.layouts.sockaddr_in.fields.sin_addr[0]
const HARDWARE = VALUE + 2
const HARDWARE_ROOM = 14

/** What an interface is set to. */
export interface InterfaceConfig {
  readonly name: string
  readonly index: number
  /** IFF_UP, IFF_RUNNING, …: those of 16 bits. */
  readonly flags: number
  /** Bytes of the longest packet. */
  readonly mtu: number
  /** Packets that may wait to be sent. */
  readonly txqlen: number
  /** What kind of link it is, ARPHRD_*, and its hardware address; empty where it has none. */
  readonly hatype: number
  readonly addr: Uint8Array
  /** The first IPv4 address, and what belongs to it; null without one. `getifaddrs` knows all. */
  readonly address: string | null
  readonly netmask: string | null
  readonly broadcast: string | null
  /** The other end of a point-to-point link. */
  readonly destination: string | null
}

/** What to set of it. */
export interface InterfaceChanges {
  /** All of them, as they are to be: `flags | IFF_UP`. */
  readonly flags?: number | undefined
  readonly mtu?: number | undefined
  readonly txqlen?: number | undefined
  /** 14 bytes at most. Many devices want to be down for it. */
  readonly addr?: Uint8Array | undefined
  /** In place of the first IPv4 address; null takes it away. Netmask and broadcast follow from its class. */
  readonly address?: string | null | undefined
  readonly netmask?: string | undefined
  readonly broadcast?: string | undefined
  readonly destination?: string | undefined
  /** A new name. Some kernels want the interface to be down for it. */
  readonly name?: string | undefined
}

/**
 * ifconfig(8): what an interface of this network namespace is set to, after the changes if there are any. They need
 * CAP_NET_ADMIN, and are made one by one: down first and up last; a failure leaves what was changed before it.
 *
 * @throws SystemError ENODEV when there is none of this name, EPERM, EBUSY, EINVAL, EADDRNOTAVAIL for what belongs to an address
 * where there is none, EEXIST for a name that another has.
 */
export function ifconfig(name: string, changes: InterfaceChanges = {}): InterfaceConfig {
  checkName(name)
  const fd = native.socket(k.AF_INET, k.SOCK_DGRAM | k.SOCK_CLOEXEC, 0)
  if (fd < 0) throw new SystemError(fd, { syscall: 'socket' })
  try {
    return read(fd, change(fd, name, changes))
  } finally {
    native.close(fd)
  }
}

function read(fd: number, name: string): InterfaceConfig {
  const index = ifNametoindex(name)
  const get = (request: Request): DataView => call(fd, request, name)
  const ipv4 = (request: Request): string | null => {
    try {
      return formatIpv4(new Uint8Array(get(request).buffer), IPV4)
    } catch (error) {
      if (error instanceof SystemError && error.code === 'EADDRNOTAVAIL') return null
      throw error
    }
  }
  const flags = get('SIOCGIFFLAGS').getUint16(VALUE, true)
  return {
    name,
    index,
    flags,
    mtu: get('SIOCGIFMTU').getInt32(VALUE, true),
    txqlen: get('SIOCGIFTXQLEN').getInt32(VALUE, true),
    hatype: get('SIOCGIFHWADDR').getUint16(VALUE, true),
    addr: hardwareOf(index),
    address: ipv4('SIOCGIFADDR'),
    netmask: ipv4('SIOCGIFNETMASK'),
    broadcast: flags & k.IFF_BROADCAST ? ipv4('SIOCGIFBRDADDR') : null,
    destination: flags & k.IFF_POINTOPOINT ? ipv4('SIOCGIFDSTADDR') : null,
  }
}

/** The hardware address. SIOCGIFHWADDR has room for 14 bytes, and does not say how many count; the list of addresses does. */
function hardwareOf(index: number): Uint8Array {
  for (const { address } of getifaddrs())
    if (address?.family === 'packet' && address.ifindex === index) return address.addr
  return new Uint8Array(0)
}

/** Makes the changes; the name that the interface has then. */
function change(fd: number, name: string, changes: InterfaceChanges): string {
  if (typeof changes !== 'object' || changes === null)
    throw new TypeError(`expected changes { mtu, … }, not ${String(changes)}`)
  // Each is given the name that the interface has, and gives the one that it has then.
  const steps: ((name: string) => string)[] = []
  const step = (request: Request, fill: (view: DataView) => void, then?: string): void => {
    steps.push((at) => {
      call(fd, request, at, fill)
      return then ?? at
    })
  }
  const { flags, mtu, txqlen, addr, address, netmask, broadcast, destination, name: renamed } = changes
  if (flags !== undefined) checkInteger(flags, 'flags', 0, 0xffff)
  const setFlags = (view: DataView): void => view.setUint16(VALUE, flags as number, true)
  if (flags !== undefined && !(flags & k.IFF_UP)) step('SIOCSIFFLAGS', setFlags)
  if (renamed !== undefined) {
    const bytes = checkName(renamed)
    step('SIOCSIFNAME', (view) => new Uint8Array(view.buffer).set(bytes, VALUE), renamed)
  }
  for (const [request, value, what] of [
    ['SIOCSIFMTU', mtu, 'mtu'],
    ['SIOCSIFTXQLEN', txqlen, 'txqlen'],
  ] as const) {
    if (value === undefined) continue
    checkInteger(value, what, 0)
    step(request, (view) => view.setInt32(VALUE, value, true))
  }
  if (addr !== undefined) {
    if (!(addr instanceof Uint8Array)) throw new TypeError(`expected bytes for addr, not ${String(addr)}`)
    if (addr.length > HARDWARE_ROOM)
      throw new RangeError(`expected an addr of at most ${HARDWARE_ROOM} bytes, not ${addr.length}`)
    steps.push((at) => {
      // It has to name the kind that the device is of.
      const hatype = call(fd, 'SIOCGIFHWADDR', at).getUint16(VALUE, true)
      call(fd, 'SIOCSIFHWADDR', at, (view) => {
        view.setUint16(VALUE, hatype, true)
        new Uint8Array(view.buffer).set(addr, HARDWARE)
      })
      return at
    })
  }
  for (const [request, host] of [
    ['SIOCSIFADDR', address === null ? '0.0.0.0' : address],
    ['SIOCSIFNETMASK', netmask],
    ['SIOCSIFBRDADDR', broadcast],
    ['SIOCSIFDSTADDR', destination],
  ] as const) {
    if (host === undefined) continue
    const bytes = typeof host === 'string' ? parseIpv4(host) : null
    if (bytes === null) throw new TypeError(`expected a numeric IPv4 address, not ${String(host)}`)
    step(request, (view) => {
      view.setUint16(VALUE, k.AF_INET, true)
      new Uint8Array(view.buffer).set(bytes, IPV4)
    })
  }
  if (flags !== undefined && flags & k.IFF_UP) step('SIOCSIFFLAGS', setFlags)
  return steps.reduce((now, act) => act(now), name)
}

/** One request about an interface: its struct ifreq, as the kernel leaves it. */
function call(
  fd: number,
  request: Request,
  name: string,
  fill: (view: DataView) => void = () => {},
): DataView {
  const value = new Uint8Array(SIZE)
  value.set(checkName(name))
  const view = new DataView(value.buffer)
  fill(view)
  const result = native.ioctl(fd, requests[request], value)
  if (result < 0)
    throw new SystemError(result, {
      syscall: 'ioctl',
      hint: `${request} of interface ${JSON.stringify(name)}`,
    })
  return view
}

/** The bytes of a name that an interface may have. */
function checkName(name: string): Uint8Array {
  if (typeof name !== 'string') throw new TypeError(`expected the name of an interface, not ${String(name)}`)
  const bytes = new TextEncoder().encode(name)
  if (bytes.length === 0 || bytes.length >= NAME_ROOM || bytes.includes(0))
    throw new RangeError(`expected a name of 1 to ${NAME_ROOM - 1} bytes, not ${JSON.stringify(name)}`)
  return bytes
}
