/** Network order and this machine's: byteorder(3). Every machine that this runs on has the low byte first. */

/** The network's form of 16 bits, as a number of this machine: its two bytes swapped. RangeError beyond 0 to 65535. */
export function htons(value: number): number {
  return swap16(value)
}

/** `htons` the other way: 16 bits of the network's form as a number. The same two bytes swapped, the same RangeError. */
export function ntohs(value: number): number {
  return swap16(value)
}

/** The network's form of 32 bits, as a number of this machine: its four bytes reversed. RangeError beyond 0 to 4294967295. */
export function htonl(value: number): number {
  return swap32(value)
}

/** `htonl` the other way: 32 bits of the network's form as a number. The same four bytes reversed, the same RangeError. */
export function ntohl(value: number): number {
  return swap32(value)
}

function swap16(value: number): number {
  check(value, 0xffff)
  return ((value & 0xff) << 8) | (value >>> 8)
}

function swap32(value: number): number {
  check(value, 0xffffffff)
  return ((value << 24) | ((value & 0xff00) << 8) | ((value >>> 8) & 0xff00) | (value >>> 24)) >>> 0
}

function check(value: number, most: number): void {
  if (typeof value !== 'number' || (Number.isFinite(value) && !Number.isInteger(value)))
    throw new TypeError(`expected an integer, not ${String(value)}`)
  if (!(value >= 0 && value <= most))
    throw new RangeError(`expected an integer from 0 to ${most}, not ${value}`)
}
