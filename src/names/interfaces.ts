/** The network interfaces by name and number: if_nametoindex(3), getifaddrs(3). */
import { type Address, sameAddress } from '../data/address/address.js'
import { decodeAddress } from '../data/address/family.js'
import { SystemError } from '../data/errors.js'
import { IFF_BROADCAST, IFF_POINTOPOINT } from '../data/kernel.js'
import { native } from '../sys/binding.js'
import { checkSystem, decodeText, Fields } from './question.js'

/** sizeof(ifr_name) with its NUL. */
const IF_NAMESIZE = 16

/** A network interface: its number, from 1 on, and its name, of 15 bytes at most. */
export interface Interface {
  readonly index: number
  readonly name: string
}

/** if_nameindex(3): the interfaces of this network namespace, as they are now. */
export function ifNameindex(): Interface[] {
  const answer = native.if_nameindex()
  checkSystem(answer, 'if_nameindex', 'the list of interfaces')
  const found: Interface[] = []
  if (typeof answer === 'number') return found
  const fields = new Fields(answer)
  while (fields.more) found.push({ index: fields.int(), name: fields.text() })
  return found
}

/**
 * if_nametoindex(3): the number of an interface.
 *
 * @throws SystemError ENODEV when there is none of this name.
 */
export function ifNametoindex(name: string): number {
  const index = native.if_nametoindex(name)
  if (index < 0)
    throw new SystemError(index, { syscall: 'if_nametoindex', hint: `no interface ${JSON.stringify(name)}` })
  return index
}

/**
 * if_indextoname(3): the name of an interface.
 *
 * @throws SystemError ENXIO when there is none of this number.
 */
export function ifIndextoname(index: number): string {
  if (!Number.isInteger(index)) throw new TypeError(`expected an interface's index, not ${String(index)}`)
  if (index < 0 || index > 0xffffffff)
    throw new RangeError(`expected an interface's index from 0 to 4294967295, not ${index}`)
  const name = new Uint8Array(IF_NAMESIZE)
  const result = native.if_indextoname(index, name)
  if (result < 0) throw new SystemError(result, { syscall: 'if_indextoname', hint: `no interface ${index}` })
  return decodeText(name.subarray(0, name.indexOf(0)))
}

/** One address of an interface. */
export interface InterfaceAddress {
  readonly name: string
  /** IFF_*, netdevice(7). */
  readonly flags: number
  /** Of IPv4 or IPv6, or the hardware's ('packet'), of which each interface has one, or null (a tunnel). */
  readonly address: Address | null
  readonly netmask: Address | null
  /** Where the interface has one, IFF_BROADCAST. */
  readonly broadcast: Address | null
  /** The other end, IFF_POINTOPOINT. */
  readonly destination: Address | null
}

/**
 * getifaddrs(3): every address of every interface of this network namespace, as they are now. Those of IPv6 that hold on their
 * link alone have its index as `scopeId`; the 'packet' ones have `ifindex`, `hatype` and `addr`.
 */
export function getifaddrs(): InterfaceAddress[] {
  const answer = native.getifaddrs()
  checkSystem(answer, 'getifaddrs', 'the list of addresses')
  const found: InterfaceAddress[] = []
  if (typeof answer === 'number') return found
  const fields = new Fields(answer)
  while (fields.more) {
    const flags = fields.int()
    const name = fields.text()
    const [address, netmask, other] = [fields.field(), fields.field(), fields.field()].map(decodeAddress) as [
      Address | null,
      Address | null,
      Address | null,
    ]
    // libc gives the address itself in place of one that is not there.
    const elsewhere = address !== null && other !== null && sameAddress(address, other) ? null : other
    const broadcast = flags & IFF_BROADCAST ? elsewhere : null
    const destination = flags & IFF_POINTOPOINT ? elsewhere : null
    found.push({ name, flags, address, netmask, broadcast, destination })
  }
  return found
}
