/** The blocks of pcapng and the options in them: draft-ietf-opsawg-pcapng. */
import { type Reader, Writer } from '../wire/bytes.js'

export const SECTION_HEADER = 0x0a0d0d0a
export const INTERFACE = 1
/** The packet block of old. */
export const PACKET = 2
export const SIMPLE_PACKET = 3
export const ENHANCED_PACKET = 6
export const BYTE_ORDER = 0x1a2b3c4d

/** Options: by their code, the first of each. */
export function readOptions(r: Reader): Map<number, Reader> {
  const options = new Map<number, Reader>()
  // The end of the options may be left out where the block ends.
  while (r.left >= 4) {
    const code = r.u16()
    const length = r.u16()
    if (code === 0) break
    if (length > r.left) throw r.malformed(r.at - 2)
    const value = r.part(length)
    if (!options.has(code)) options.set(code, value)
    r.take(Math.min(r.left, -length & 3))
  }
  return options
}

/** The text of an option, if it is there. What is no UTF-8 is replaced. */
export function textOf(value: Reader | undefined): string | undefined {
  return value === undefined ? undefined : new TextDecoder().decode(value.rest())
}

/** Writes options, those that are undefined left out, and their end. */
export function writeOptions(
  w: Writer,
  options: readonly (readonly [code: number, value: string | Uint8Array | undefined])[],
): void {
  const given = options.filter(([, value]) => value !== undefined)
  for (const [code, value] of given) {
    const bytes = typeof value === 'string' ? new TextEncoder().encode(value) : (value as Uint8Array)
    w.u16(code, 'option').u16(bytes.length, 'length of an option').put(bytes).pad(4)
  }
  if (given.length > 0) w.u32(0, 'end of options')
}

/** A block of this type around a body, which is a multiple of 4 bytes long. */
export function writeBlock(type: number, body: Writer, little: boolean): Uint8Array {
  const length = body.length + 12
  return new Writer(little)
    .u32(type, 'block type')
    .u32(length, 'block length')
    .put(body.done())
    .u32(length, 'block length')
    .done()
}
