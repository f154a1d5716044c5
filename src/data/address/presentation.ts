/** IP addresses between bytes and text as libc does it: inet_pton(3), inet_aton(3). */
import { ParseError, SystemError } from '../errors.js'
import { AF_INET, AF_INET6, EAFNOSUPPORT } from '../kernel.js'
import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './ip.js'

/**
 * inet_pton(3): the 4 bytes of an IPv4 address (AF_INET) or the 16 of an IPv6 one (AF_INET6), in network order. IPv4 is
 * four decimal numbers, without leading zeros; IPv6 comes without a scope.
 *
 * @throws ParseError for text that is none; SystemError EAFNOSUPPORT for other families.
 */
export function inetPton(family: number, text: string): Uint8Array {
  checkFamily(family, 'inet_pton')
  if (typeof text !== 'string') throw new TypeError(`expected an address's text, not ${String(text)}`)
  const bytes = family === AF_INET ? parseIpv4(text) : parseIpv6(text)
  if (bytes === null)
    throw new ParseError(text, 0, family === AF_INET ? 'an IPv4 address' : 'an IPv6 address')
  return bytes
}

/**
 * inet_ntop(3): the text of the 4 bytes of an IPv4 address (AF_INET) or the 16 of an IPv6 one (AF_INET6). As glibc writes
 * it: RFC 5952, and '::192.0.2.1' for the IPv4-compatible addresses of old.
 *
 * @throws RangeError for another number of bytes; SystemError EAFNOSUPPORT for other families.
 */
export function inetNtop(family: number, bytes: Uint8Array): string {
  checkFamily(family, 'inet_ntop')
  checkBytes(bytes, family === AF_INET ? 4 : 16)
  if (family === AF_INET) return formatIpv4(bytes)
  const compatible = bytes.subarray(0, 12).every((byte) => byte === 0) && (bytes[12] !== 0 || bytes[13] !== 0)
  return compatible ? `::${formatIpv4(bytes, 12)}` : formatIpv6(bytes)
}

/** inet_ntoa(3): the text of the 4 bytes of an IPv4 address. RangeError for another number of bytes. */
export function inetNtoa(bytes: Uint8Array): string {
  checkBytes(bytes, 4)
  return formatIpv4(bytes)
}

/**
 * inet_aton(3): the 4 bytes of an IPv4 address as BSD wrote them: one to four numbers, decimal, octal ('017') or
 * hexadecimal ('0x1f'), the last of which fills the bytes that are left ('127.1', '0x7f000001'). As libc has it, white
 * space ends the text, and what follows it is not looked at.
 *
 * @throws ParseError for text that is none.
 */
export function inetAton(text: string): Uint8Array {
  if (typeof text !== 'string') throw new TypeError(`expected an address's text, not ${String(text)}`)
  const parts = text.split(/[ \t\n\v\f\r]/, 1)[0]?.split('.') ?? []
  const last = parts.length - 1
  if (last > 3) throw new ParseError(text, 0, 'at most four numbers')
  const bytes = new Uint8Array(4)
  let at = 0
  for (const [i, part] of parts.entries()) {
    const value = parsePart(part)
    const room = i < last ? 1 : 4 - last
    if (value === null || value >= 256 ** room) throw new ParseError(text, at, 'a number of an IPv4 address')
    for (let byte = 0; byte < room; byte++)
      bytes[i + byte] = Math.floor(value / 256 ** (room - 1 - byte)) & 255
    at += part.length + 1
  }
  return bytes
}

/** A number as C writes it. */
function parsePart(part: string): number | null {
  if (/^0[xX][0-9a-fA-F]+$/.test(part)) return Number.parseInt(part, 16)
  if (/^0[0-7]*$/.test(part)) return Number.parseInt(part, 8)
  return /^[1-9][0-9]*$/.test(part) ? Number.parseInt(part, 10) : null
}

function checkFamily(family: number, syscall: string): void {
  if (!Number.isInteger(family)) throw new TypeError(`expected AF_INET or AF_INET6, not ${String(family)}`)
  if (family !== AF_INET && family !== AF_INET6)
    throw new SystemError(EAFNOSUPPORT, { syscall, hint: 'AF_INET and AF_INET6 have such text' })
}

function checkBytes(bytes: Uint8Array, length: number): void {
  if (!(bytes instanceof Uint8Array)) throw new TypeError(`expected a Uint8Array, not ${String(bytes)}`)
  if (bytes.length !== length) throw new RangeError(`expected ${length} bytes, not ${bytes.length}`)
}
