/** IGMP: RFC 1112, RFC 2236, RFC 3376. */
import { Reader, Writer } from './bytes.js'
import { internetChecksum } from './checksum.js'
import { type Codec, decoded, empty, type Given } from './codec.js'
import {
  type GroupRecord,
  readRecords,
  readSourceQuery,
  type SourceQuery,
  v4,
  writeRecords,
  writeSourceQuery,
} from './group.js'
import { type Form, Forms, form, type Unknown } from './message.js'
import { ip4, readIp4 } from './text.js'

/** An IGMP header, and the fields that its type has. */
export interface Igmp {
  readonly kind: 'igmp'
  /** 0x11 asks, 0x12, 0x16 and 0x22 report (versions 1, 2 and 3), 0x17 leaves. */
  readonly type: number
  /** Tenths of a second, in version 3 from 128 on as a small floating-point number. Only queries have it. */
  readonly maxRespCode: number
  readonly checksum: number
  readonly message: IgmpMessage | Unknown
}

/** What stands behind the checksum, by type. */
export type IgmpMessage = MembershipQuery | MembershipReport | MembershipReport3

interface MembershipQuery {
  readonly kind: 'membershipQuery'
  /** '0.0.0.0' asks for all. */
  readonly groupAddress: string
  /** What version 3 adds. */
  readonly version3?: SourceQuery
}

interface MembershipReport {
  readonly kind: 'membershipReport'
  readonly groupAddress: string
}

interface MembershipReport3 {
  readonly kind: 'membershipReport3'
  readonly reserved?: number
  readonly records: readonly GroupRecord[]
}

const query: Form<MembershipQuery> = {
  kind: 'membershipQuery',
  types: [0x11],
  read(r) {
    const first = { kind: 'membershipQuery' as const, groupAddress: readIp4(r) }
    // Versions 1 and 2 end here (RFC 3376 §7.1).
    return r.left < 4 ? first : { ...first, version3: readSourceQuery(r, v4) }
  },
  write(w, message) {
    w.put(ip4(message.groupAddress, 'groupAddress'))
    if (message.version3 !== undefined) writeSourceQuery(w, message.version3, v4)
  },
}

const report3: Form<MembershipReport3> = {
  kind: 'membershipReport3',
  types: [0x22],
  read: (r) => ({ kind: 'membershipReport3', reserved: r.u16(), records: readRecords(r, r.u16(), v4) }),
  write(w, { reserved = 0, records }) {
    w.u16(reserved, 'reserved').u16(records.length, 'number of records')
    writeRecords(w, records, v4)
  },
}

const forms = new Forms<IgmpMessage>([
  query,
  form<MembershipReport>('membershipReport', [0x12, 0x16, 0x17], { groupAddress: 'ip4' }),
  report3,
])

/** The codec of IGMP headers. */
export const igmp: Codec<Igmp, Given<Igmp, 'type' | 'message'>> = {
  kind: 'igmp',

  decode(bytes) {
    const r = new Reader(bytes, 'igmp')
    const type = r.u8()
    const header: Igmp = {
      kind: 'igmp',
      type,
      maxRespCode: r.u8(),
      checksum: r.u16(),
      message: forms.read(type, r),
    }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty, { fix } = {}) {
    const given = fix === true ? undefined : header.checksum
    const w = new Writer()
      .u8(header.type, 'type')
      .u8(header.maxRespCode ?? 0, 'maxRespCode')
      .u16(given ?? 0, 'checksum')
    forms.write(header.type, w, header.message)
    w.put(payload)
    if (given === undefined) w.set16(2, internetChecksum(w.done()))
    return w.done()
  },

  next: () => [],
}
