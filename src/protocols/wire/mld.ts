/** Multicast listener discovery: RFC 2710, RFC 3810. */
import {
  type GroupRecord,
  readRecords,
  readSourceQuery,
  type SourceQuery,
  v6,
  writeRecords,
  writeSourceQuery,
} from './group.js'
import { type Form, form } from './message.js'
import { ip6, readIp6 } from './text.js'

/** A message between multicast listeners and routers. */
export type ListenerMessage = ListenerQuery | ListenerReport | ListenerReport2

interface ListenerQuery {
  readonly kind: 'listenerQuery'
  /** Milliseconds; in version 2, from 32768 on as a small floating-point number. */
  readonly maximumResponseCode: number
  readonly reserved?: number
  /** '::' asks for all. */
  readonly multicastAddress: string
  /** What version 2 adds. */
  readonly version2?: SourceQuery
}

interface ListenerReport {
  /** A report (type 131) or its end (132), version 1. */
  readonly kind: 'listenerReport'
  /** Queries have a meaning for it, reports have 0. */
  readonly maximumResponseDelay: number
  readonly reserved?: number
  readonly multicastAddress: string
}

interface ListenerReport2 {
  readonly kind: 'listenerReport2'
  readonly reserved?: number
  readonly records: readonly GroupRecord[]
}

const query: Form<ListenerQuery> = {
  kind: 'listenerQuery',
  types: [130],
  read(r) {
    const first = {
      kind: 'listenerQuery' as const,
      maximumResponseCode: r.u16(),
      reserved: r.u16(),
      multicastAddress: readIp6(r),
    }
    // Version 1 ends here (RFC 3810 §8.1).
    return r.left < 4 ? first : { ...first, version2: readSourceQuery(r, v6) }
  },
  write(w, message) {
    w.u16(message.maximumResponseCode, 'maximumResponseCode')
      .u16(message.reserved ?? 0, 'reserved')
      .put(ip6(message.multicastAddress, 'multicastAddress'))
    if (message.version2 !== undefined) writeSourceQuery(w, message.version2, v6)
  },
}

const report2: Form<ListenerReport2> = {
  kind: 'listenerReport2',
  types: [143],
  read: (r) => ({ kind: 'listenerReport2', reserved: r.u16(), records: readRecords(r, r.u16(), v6) }),
  write(w, { reserved = 0, records }) {
    w.u16(reserved, 'reserved').u16(records.length, 'number of records')
    writeRecords(w, records, v6)
  },
}

/** The forms of the messages, for the table of ICMPv6. */
export const listenerForms: readonly Form<ListenerMessage>[] = [
  query,
  form<ListenerReport>('listenerReport', [131, 132], {
    maximumResponseDelay: 2,
    reserved: 2,
    multicastAddress: 'ip6',
  }),
  report2,
]
