/** What IGMPv3 and MLDv2 have in common: queries that name sources, and records of groups. RFC 3376 §4, RFC 3810 §5. */
import { bit, bits, type Reader, type Writer } from './bytes.js'
import { ip4, ip6, putAll, readIp4, readIp6 } from './text.js'

/** What a listener says of one group. */
export interface GroupRecord {
  /** 1 and 2 tell of a filter that includes or excludes, 3 and 4 of a change to one, 5 and 6 of sources allowed or blocked. */
  readonly recordType: number
  readonly multicastAddress: string
  readonly sourceAddresses: readonly string[]
  /** A multiple of 4 bytes. */
  readonly auxiliaryData: Uint8Array
}

/** The fields of a query that names sources. */
export interface SourceQuery {
  /** Four bits. */
  readonly reserved2?: number
  /** S: routers are not to start their timers anew. */
  readonly suppressRouterProcessing: boolean
  /** QRV */
  readonly querierRobustness: number
  /** QQIC: seconds, from 128 on as a small floating-point number. */
  readonly querierInterval: number
  readonly sourceAddresses: readonly string[]
}

/** The addresses of one version of IP. */
export interface AddressKind {
  read(r: Reader): string
  bytes(text: string, what: string): Uint8Array
}

export const v4: AddressKind = { read: readIp4, bytes: ip4 }
export const v6: AddressKind = { read: readIp6, bytes: ip6 }

function readSources(r: Reader, count: number, kind: AddressKind): string[] {
  const sources: string[] = []
  for (let i = 0; i < count; i++) sources.push(kind.read(r))
  return sources
}

export function readRecords(r: Reader, count: number, kind: AddressKind): GroupRecord[] {
  const records: GroupRecord[] = []
  for (let i = 0; i < count; i++) {
    const recordType = r.u8()
    const words = r.u8()
    const sources = r.u16()
    const multicastAddress = kind.read(r)
    const sourceAddresses = readSources(r, sources, kind)
    records.push({ recordType, multicastAddress, sourceAddresses, auxiliaryData: r.take(4 * words) })
  }
  return records
}

export function writeRecords(w: Writer, records: readonly GroupRecord[], kind: AddressKind): void {
  for (const { recordType, multicastAddress, sourceAddresses, auxiliaryData } of records) {
    if (auxiliaryData.length % 4 !== 0)
      throw new RangeError('expected a multiple of 4 bytes of auxiliaryData')
    w.u8(recordType, 'recordType')
      .u8(auxiliaryData.length / 4, 'length of auxiliaryData')
      .u16(sourceAddresses.length, 'number of sources')
      .put(kind.bytes(multicastAddress, 'multicastAddress'))
    putAll(w, sourceAddresses, kind.bytes, 'sourceAddresses').put(auxiliaryData)
  }
}

export function readSourceQuery(r: Reader, kind: AddressKind): Required<SourceQuery> {
  const flags = r.u8()
  return {
    reserved2: flags >> 4,
    suppressRouterProcessing: (flags & 8) !== 0,
    querierRobustness: flags & 7,
    querierInterval: r.u8(),
    sourceAddresses: readSources(r, r.u16(), kind),
  }
}

export function writeSourceQuery(w: Writer, query: SourceQuery, kind: AddressKind): void {
  const flags =
    bits(query.reserved2 ?? 0, 'reserved2', 4, 4) |
    bit(query.suppressRouterProcessing, 'suppressRouterProcessing', 3) |
    bits(query.querierRobustness, 'querierRobustness', 3, 0)
  w.u8(flags, 'flags')
    .u8(query.querierInterval, 'querierInterval')
    .u16(query.sourceAddresses.length, 'number of sources')
  putAll(w, query.sourceAddresses, kind.bytes, 'sourceAddresses')
}
