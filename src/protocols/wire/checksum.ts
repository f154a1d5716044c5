/** The Internet checksum: RFC 1071, and the pseudo-headers that TCP, UDP and ICMPv6 put in front (RFC 9293, RFC 8200 §8.1). */
import { parseIpv4, parseIpv6 } from '../../data/address/ip.js'
import { concat, Writer } from './bytes.js'

/**
 * The Internet checksum of `bytes`: the complement of the ones' complement sum of their 16-bit words. 0 over bytes that
 * have the right checksum in them.
 */
export function internetChecksum(bytes: Uint8Array): number {
  let sum = 0
  const even = bytes.length & ~1
  // 2^53 is far: a sum of 16-bit words needs no folding before 2^37 of them.
  for (let i = 0; i < even; i += 2) sum += ((bytes[i] as number) << 8) | (bytes[i + 1] as number)
  if (even < bytes.length) sum += (bytes[even] as number) << 8
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/** The addresses that a transport's checksum is about, as text: both IPv4, or both IPv6. */
export interface Addresses {
  readonly sourceAddress: string
  /** Where the packet ends up: with a routing header, that is the last stop. */
  readonly destinationAddress: string
}

/**
 * The checksum of a transport's header and payload between two addresses. The header's checksum field must be zero.
 * TypeError for addresses that are none, or not of one family.
 */
export function transportChecksum(
  addresses: Addresses | undefined,
  protocol: number,
  bytes: Uint8Array,
): number {
  if (addresses === undefined)
    throw new TypeError('expected the addresses that the checksum covers, as `over` or in an IP header')
  const { sourceAddress, destinationAddress } = addresses
  const pseudo = new Writer()
  const source = parseIpv4(sourceAddress) ?? parseIpv6(sourceAddress)
  const destination = parseIpv4(destinationAddress) ?? parseIpv6(destinationAddress)
  if (source === null || destination?.length !== source.length)
    throw new TypeError(
      `expected two addresses of one family, not ${sourceAddress} and ${destinationAddress}`,
    )
  pseudo.put(source).put(destination)
  if (source.length === 4) pseudo.u16(protocol, 'protocol').u16(bytes.length % 0x10000, 'length')
  else pseudo.u32(bytes.length, 'length').u32(protocol, 'protocol')
  return internetChecksum(concat([pseudo.done(), bytes]))
}
