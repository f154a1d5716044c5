/** Linux cooked captures: what `tcpdump -i any` has in place of a link header. LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2. */
import { ARPHRD_IPGRE, ARPHRD_NETLINK } from '../../data/kernel.js'
import { Reader, Writer } from './bytes.js'
import { type Codec, decoded, empty, type Given, type Next } from './codec.js'
import { formatMac, mac } from './text.js'

interface Cooked {
  /** PACKET_HOST (0), PACKET_BROADCAST (1), PACKET_MULTICAST (2), PACKET_OTHERHOST (3) or PACKET_OUTGOING (4). */
  readonly packetType: number
  /** Of the interface: ARPHRD_. */
  readonly arphrdType: number
  /** As the capture has it; it may be longer than the 8 bytes that there is room for. */
  readonly linkLayerAddressLength: number
  /** 'de:ad:be:ef:00:01', the sender's; 8 bytes at most. */
  readonly linkLayerAddress: string
  /** What the address leaves of its 8 bytes: zeros, mostly. */
  readonly unused: Uint8Array
  /** ETH_P_. */
  readonly protocolType: number
}

/** The header of a cooked capture, version 1. */
export interface Sll extends Cooked {
  readonly kind: 'sll'
}

/** The header of a cooked capture, version 2. */
export interface Sll2 extends Cooked {
  readonly kind: 'sll2'
  readonly reserved: number
  readonly interfaceIndex: number
}

type Required = 'packetType' | 'arphrdType' | 'linkLayerAddress' | 'protocolType'

/** The codec of the headers of cooked captures. */
export const sll: Codec<Sll, Given<Sll, Required>> = {
  kind: 'sll',

  decode(bytes) {
    const r = new Reader(bytes, 'sll')
    const packetType = r.u16()
    const arphrdType = r.u16()
    const address = readAddress(r, r.u16())
    const header: Sll = { kind: 'sll', packetType, arphrdType, ...address, protocolType: r.u16() }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty) {
    const [length, address] = addressOf(header)
    return new Writer()
      .u16(header.packetType, 'packetType')
      .u16(header.arphrdType, 'arphrdType')
      .u16(length, 'linkLayerAddressLength')
      .put(address)
      .u16(header.protocolType, 'protocolType')
      .put(payload)
      .done()
  },

  next,
}

/** The codec of the headers of cooked captures, version 2. */
export const sll2: Codec<Sll2, Given<Sll2, Required | 'interfaceIndex'>> = {
  kind: 'sll2',

  decode(bytes) {
    const r = new Reader(bytes, 'sll2')
    const protocolType = r.u16()
    const reserved = r.u16()
    const interfaceIndex = r.u32()
    const arphrdType = r.u16()
    const packetType = r.u8()
    const address = readAddress(r, r.u8())
    const header: Sll2 = {
      kind: 'sll2',
      packetType,
      arphrdType,
      ...address,
      protocolType,
      reserved,
      interfaceIndex,
    }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty) {
    const [length, address] = addressOf(header)
    return new Writer()
      .u16(header.protocolType, 'protocolType')
      .u16(header.reserved ?? 0, 'reserved')
      .u32(header.interfaceIndex, 'interfaceIndex')
      .u16(header.arphrdType, 'arphrdType')
      .u8(header.packetType, 'packetType')
      .u8(length, 'linkLayerAddressLength')
      .put(address)
      .put(payload)
      .done()
  },

  next,
}

function readAddress(
  r: Reader,
  linkLayerAddressLength: number,
): Pick<Cooked, 'linkLayerAddressLength' | 'linkLayerAddress' | 'unused'> {
  const field = r.take(8)
  return {
    linkLayerAddressLength,
    linkLayerAddress: formatMac(field.subarray(0, linkLayerAddressLength)),
    unused: field.subarray(linkLayerAddressLength),
  }
}

function addressOf(header: Given<Cooked, 'linkLayerAddress'>): [length: number, field: Uint8Array] {
  const address = mac(header.linkLayerAddress, 'linkLayerAddress')
  const unused = header.unused ?? new Uint8Array(Math.max(0, 8 - address.length))
  if (address.length + unused.length !== 8)
    throw new RangeError(`expected 8 bytes of address and unused, not ${address.length + unused.length}`)
  return [header.linkLayerAddressLength ?? address.length, new Writer().put(address).put(unused).done()]
}

/** On some hardware the protocol is none of Ethernet's; below 1536 it is a number of Linux's own. */
function next({ arphrdType, protocolType }: Cooked): Next[] {
  if (arphrdType === ARPHRD_NETLINK || arphrdType === ARPHRD_IPGRE || protocolType < 1536) return []
  return [{ table: 'ethertype', number: protocolType }]
}
