/** IP addresses as text and bytes: RFC 4291 and RFC 5952. No scope ids here: they are not part of the 16 bytes. */

/** Four bytes of a strict dotted quad (no leading zeros, no short forms), or null. */
export function parseIpv4(text: string): Uint8Array | null {
  if (typeof text !== 'string') return null
  const bytes = new Uint8Array(4)
  return fillIpv4(text, 0, bytes, 0) ? bytes : null
}

/** Reads the dotted quad that text[start…] must be, into four bytes at `at`. By hand: it runs for every sendto. */
function fillIpv4(text: string, start: number, bytes: Uint8Array, at: number): boolean {
  let part = 0
  let digits = 0
  let value = 0
  for (let i = start; i <= text.length; i++) {
    const c = i === text.length ? 46 : text.charCodeAt(i)
    if (c === 46) {
      if (digits === 0 || part === 4) return false
      bytes[at + part++] = value
      digits = 0
      value = 0
    } else {
      if (c < 48 || c > 57 || (digits > 0 && value === 0)) return false
      value = value * 10 + c - 48
      if (value > 255) return false
      digits++
    }
  }
  return part === 4
}

/** '127.0.0.1' from the four bytes at `at`. */
export function formatIpv4(bytes: Uint8Array, at = 0): string {
  return `${bytes[at]}.${bytes[at + 1]}.${bytes[at + 2]}.${bytes[at + 3]}`
}

/** Sixteen bytes, or null. Takes an embedded dotted quad at the end ('::ffff:192.0.2.1'); takes no '%scope'. */
export function parseIpv6(text: string): Uint8Array | null {
  if (typeof text !== 'string') return null
  const bytes = new Uint8Array(16)
  let at = 0
  let gap = -1
  let i = 0
  if (text.startsWith('::')) {
    gap = 0
    i = 2
  }
  while (i < text.length) {
    if (at === 16) return null
    const end = text.indexOf(':', i)
    const group = text.slice(i, end < 0 ? text.length : end)
    if (end < 0 && group.includes('.')) {
      if (at > 12 || !fillIpv4(text, i, bytes, at)) return null
      at += 4
      i = text.length
      break
    }
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null
    const value = Number.parseInt(group, 16)
    bytes[at++] = value >> 8
    bytes[at++] = value & 255
    if (end < 0) {
      i = text.length
    } else if (text.charCodeAt(end + 1) === 58) {
      if (gap >= 0) return null
      gap = at
      i = end + 2
    } else {
      i = end + 1
      if (i === text.length) return null
    }
  }
  if (gap < 0) return at === 16 ? bytes : null
  if (at === 16) return null
  // The groups behind '::' go to the end.
  bytes.copyWithin(16 - (at - gap), gap, at)
  bytes.fill(0, gap, 16 - (at - gap))
  return bytes
}

/** RFC 5952 text of the sixteen bytes at `at`: lower case, the longest run of zeros as '::', v4-mapped as '::ffff:a.b.c.d'. */
export function formatIpv6(bytes: Uint8Array, at = 0): string {
  if (isV4Mapped(bytes, at)) return `::ffff:${formatIpv4(bytes, at + 12)}`
  const groups: number[] = []
  for (let i = 0; i < 16; i += 2) groups.push(((bytes[at + i] ?? 0) << 8) | (bytes[at + i + 1] ?? 0))
  let start = -1
  let length = 1
  for (let i = 0; i < 8; i++) {
    let run = 0
    while (i + run < 8 && groups[i + run] === 0) run++
    if (run > length) {
      start = i
      length = run
    }
  }
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':')
  return start < 0 ? hex(groups) : `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}`
}

/** Whether the sixteen bytes at `at` are an IPv4 address in IPv6 (RFC 4291 §2.5.5.2). */
export function isV4Mapped(bytes: Uint8Array, at = 0): boolean {
  for (let i = 0; i < 10; i++) if (bytes[at + i] !== 0) return false
  return bytes[at + 10] === 255 && bytes[at + 11] === 255
}
