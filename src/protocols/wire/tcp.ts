/** TCP: RFC 9293 §3.1. */
import { IPPROTO_TCP } from '../../data/kernel.js'
import { bit, bits, Reader, Writer } from './bytes.js'
import { transportChecksum } from './checksum.js'
import { type Codec, decoded, empty, type Given } from './codec.js'
import { decodeTcpOptions, encodeTcpOptions, type TcpOption } from './tcpoption.js'

/** A TCP header. Its length (data offset) follows from the options. */
export interface Tcp {
  readonly kind: 'tcp'
  readonly sourcePort: number
  readonly destinationPort: number
  readonly sequenceNumber: number
  readonly acknowledgmentNumber: number
  /** Four bits, the last of which is AE, once NS. */
  readonly reserved: number
  readonly cwr: boolean
  readonly ece: boolean
  readonly urg: boolean
  readonly ack: boolean
  readonly psh: boolean
  readonly rst: boolean
  readonly syn: boolean
  readonly fin: boolean
  /** As it is sent: not scaled. */
  readonly window: number
  readonly checksum: number
  readonly urgentPointer: number
  readonly options: readonly TcpOption[]
}

const flags = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const
type Flag = (typeof flags)[number]

/** The codec of TCP headers. */
export const tcp: Codec<Tcp, Given<Tcp, 'sourcePort' | 'destinationPort' | 'sequenceNumber'>> = {
  kind: 'tcp',

  decode(bytes) {
    const r = new Reader(bytes, 'tcp')
    const sourcePort = r.u16()
    const destinationPort = r.u16()
    const sequenceNumber = r.u32()
    const acknowledgmentNumber = r.u32()
    const offset = r.u16()
    const headerLength = 4 * (offset >> 12)
    if (headerLength < 20) throw r.malformed(12)
    const set = (flag: Flag): boolean => (offset & (1 << flags.indexOf(flag))) !== 0
    const header: Tcp = {
      kind: 'tcp',
      sourcePort,
      destinationPort,
      sequenceNumber,
      acknowledgmentNumber,
      reserved: (offset >> 8) & 15,
      cwr: set('cwr'),
      ece: set('ece'),
      urg: set('urg'),
      ack: set('ack'),
      psh: set('psh'),
      rst: set('rst'),
      syn: set('syn'),
      fin: set('fin'),
      window: r.u16(),
      checksum: r.u16(),
      urgentPointer: r.u16(),
      options: decodeTcpOptions(r.part(headerLength - 20)),
    }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty, { fix, over } = {}) {
    const options = encodeTcpOptions(header.options ?? [])
    const headerLength = 20 + options.length
    let offset = bits(headerLength / 4, 'header length', 4, 12) | bits(header.reserved ?? 0, 'reserved', 4, 8)
    for (const [shift, flag] of flags.entries()) offset |= bit(header[flag] ?? false, flag, shift)
    const given = fix === true ? undefined : header.checksum
    const w = new Writer()
      .u16(header.sourcePort, 'sourcePort')
      .u16(header.destinationPort, 'destinationPort')
      .u32(header.sequenceNumber, 'sequenceNumber')
      .u32(header.acknowledgmentNumber ?? 0, 'acknowledgmentNumber')
      .u16(offset, 'flags')
      .u16(header.window ?? 0, 'window')
      .u16(given ?? 0, 'checksum')
      .u16(header.urgentPointer ?? 0, 'urgentPointer')
      .put(options)
      .put(payload)
    if (given === undefined) w.set16(16, transportChecksum(over, IPPROTO_TCP, w.done()))
    return w.done()
  },

  next: ({ sourcePort, destinationPort }) => [
    { table: 'tcp', number: destinationPort },
    { table: 'tcp', number: sourcePort },
  ],
}
