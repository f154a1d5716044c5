/** Address resolution: RFC 826, for any hardware and any protocol. */
import { formatIpv4, parseIpv4 } from '../../data/address/ip.js'
import { ARPHRD_ETHER, ETH_P_IP } from '../../data/kernel.js'
import { Reader, Writer } from './bytes.js'
import { type Codec, decoded, empty, type Given } from './codec.js'
import { formatMac, mac } from './text.js'

/** An ARP packet. */
export interface Arp {
  readonly kind: 'arp'
  /** ARPHRD_; Ethernet's when left out. */
  readonly hardwareType: number
  /** ETH_P_; IPv4's when left out. */
  readonly protocolType: number
  /** 1 asks, 2 answers. */
  readonly opcode: number
  /** 'de:ad:be:ef:00:01'; both hardware addresses have the same length. */
  readonly senderHardwareAddress: string
  /** '192.0.2.1' for IPv4, pairs of digits between colons for others. Both have the same length. */
  readonly senderProtocolAddress: string
  readonly targetHardwareAddress: string
  readonly targetProtocolAddress: string
}

/** The codec of ARP packets. */
export const arp: Codec<
  Arp,
  Given<
    Arp,
    | 'opcode'
    | 'senderHardwareAddress'
    | 'senderProtocolAddress'
    | 'targetHardwareAddress'
    | 'targetProtocolAddress'
  >
> = {
  kind: 'arp',

  decode(bytes) {
    const r = new Reader(bytes, 'arp')
    const hardwareType = r.u16()
    const protocolType = r.u16()
    const hardwareLength = r.u8()
    const protocolLength = r.u8()
    const isIpv4 = protocolType === ETH_P_IP && protocolLength === 4
    const protocolAddress = (): string => {
      const address = r.take(protocolLength)
      return isIpv4 ? formatIpv4(address) : formatMac(address)
    }
    const header: Arp = {
      kind: 'arp',
      hardwareType,
      protocolType,
      opcode: r.u16(),
      senderHardwareAddress: formatMac(r.take(hardwareLength)),
      senderProtocolAddress: protocolAddress(),
      targetHardwareAddress: formatMac(r.take(hardwareLength)),
      targetProtocolAddress: protocolAddress(),
    }
    return { ...decoded(header, empty), trailer: r.rest() }
  },

  encode(header, payload = empty) {
    const { hardwareType = ARPHRD_ETHER, protocolType = ETH_P_IP, opcode } = header
    const senderHardware = mac(header.senderHardwareAddress, 'senderHardwareAddress')
    const sender = protocolBytes(header.senderProtocolAddress, 'senderProtocolAddress')
    return new Writer()
      .u16(hardwareType, 'hardwareType')
      .u16(protocolType, 'protocolType')
      .u8(senderHardware.length, 'hardware length')
      .u8(sender.length, 'protocol length')
      .u16(opcode, 'opcode')
      .put(senderHardware)
      .put(sender)
      .put(mac(header.targetHardwareAddress, 'targetHardwareAddress', senderHardware.length))
      .put(protocolBytes(header.targetProtocolAddress, 'targetProtocolAddress', sender.length))
      .put(payload)
      .done()
  },

  next: () => [],
}

function protocolBytes(text: string, what: string, length?: number): Uint8Array {
  const bytes = parseIpv4(text)
  return bytes !== null && (length ?? 4) === 4 ? bytes : mac(text, what, length)
}
