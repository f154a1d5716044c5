/** A hex dump as xxd writes it: offset, sixteen bytes in pairs, and what of them is printable ASCII. */

const ROW = 16
/** Eight pairs and the spaces between them. */
const WIDTH = 39

/**
 * The rows of `bytes`, numbered from `offset`, each with `mark` in front and a newline behind. Without its marks
 * `xxd -r` reads it.
 */
export function hexdump(bytes: Uint8Array, offset = 0, mark = ''): string {
  let dump = ''
  for (let at = 0; at < bytes.length; at += ROW) {
    const row = bytes.subarray(at, at + ROW)
    let hex = ''
    let text = ''
    for (let i = 0; i < row.length; i++) {
      const byte = row[i] as number
      if (i > 0 && i % 2 === 0) hex += ' '
      hex += byte.toString(16).padStart(2, '0')
      text += byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.'
    }
    dump += `${mark}${(offset + at).toString(16).padStart(8, '0')}: ${hex.padEnd(WIDTH)}  ${text}\n`
  }
  return dump
}
