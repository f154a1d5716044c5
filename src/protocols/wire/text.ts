/** Addresses in headers, as text and back. */
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from '../../data/address/ip.js'
import type { Reader, Writer } from './bytes.js'

/** 'de:ad:be:ef:00:01': the bytes of a hardware address, however many. */
export function formatMac(bytes: Uint8Array): string {
  let text = ''
  for (const [i, byte] of bytes.entries()) text += (i === 0 ? '' : ':') + byte.toString(16).padStart(2, '0')
  return text
}

/** The bytes of a hardware address: pairs of hexadecimal digits between colons. Null for other text. */
export function parseMac(text: string): Uint8Array | null {
  if (typeof text !== 'string') return null
  if (text === '') return new Uint8Array(0)
  const pairs = text.split(':')
  if (!pairs.every((pair) => /^[0-9a-fA-F]{2}$/.test(pair))) return null
  return Uint8Array.from(pairs, (pair) => Number.parseInt(pair, 16))
}

/** The bytes of `text`, of which there must be `length` unless that is left out. TypeError for other text. */
export function mac(text: string, what: string, length?: number): Uint8Array {
  const bytes = parseMac(text)
  if (bytes === null || (length !== undefined && bytes.length !== length))
    throw new TypeError(`expected a hardware address as ${what}, not ${JSON.stringify(text)}`)
  return bytes
}

/** The four bytes of an IPv4 address. TypeError for other text. */
export function ip4(text: string, what: string): Uint8Array {
  const bytes = parseIpv4(text)
  if (bytes === null) throw new TypeError(`expected an IPv4 address as ${what}, not ${JSON.stringify(text)}`)
  return bytes
}

/** The sixteen bytes of an IPv6 address. TypeError for other text. */
export function ip6(text: string, what: string): Uint8Array {
  const bytes = parseIpv6(text)
  if (bytes === null) throw new TypeError(`expected an IPv6 address as ${what}, not ${JSON.stringify(text)}`)
  return bytes
}

/** The IPv4 address that comes next. */
export const readIp4 = (reader: Reader): string => formatIpv4(reader.take(4))
/** The IPv6 address that comes next. */
export const readIp6 = (reader: Reader): string => formatIpv6(reader.take(16))

/** As many IPv4 addresses as there are bytes left for. */
export function readIp4s(reader: Reader): string[] {
  const addresses: string[] = []
  while (reader.left > 0) addresses.push(readIp4(reader))
  return addresses
}

/** Writes addresses of the one kind or the other. */
export function putAll(
  writer: Writer,
  addresses: readonly string[],
  bytesOf: (text: string, what: string) => Uint8Array,
  what: string,
): Writer {
  if (!Array.isArray(addresses)) throw new TypeError(`expected an array of ${what}`)
  for (const address of addresses) writer.put(bytesOf(address, what))
  return writer
}
