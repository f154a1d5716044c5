/** IPPROTO_SCTP: RFC 6458 §5.3. Every export is a row. */
import { parseIpv4, parseIpv6 } from '../address/ip.js'
import * as k from '../kernel.js'
import { integer } from '../option/option.js'
import {
  initmsg,
  type SctpInit,
  type SctpSndinfo,
  type SctpSndrcv,
  sndinfo,
  sndrcvinfo,
} from '../option/sctp.js'
import { type Partly, struct } from '../option/struct.js'
import { exactly, type Receivable, receivable, type Sendable, sendable } from './message.js'

const SCTP = k.IPPROTO_SCTP
const { layouts } = k

/** How the association that this message begins is to begin: of a one-to-many socket. */
export const SCTP_INIT: Sendable<'sctpInit', Partly<SctpInit>> = sendable(
  'sctpInit',
  SCTP,
  k.SCTP_INIT,
  initmsg,
)

/** How this message goes, or how it came (SCTP_EVENTS with `dataIoEvent`): deprecated for the three below. */
export const SCTP_SNDRCV: Receivable<'sctpSndrcv', SctpSndrcv> & Sendable<'sctpSndrcv', Partly<SctpSndrcv>> =
  Object.freeze({
    kind: 'sctpSndrcv',
    level: SCTP,
    type: k.SCTP_SNDRCV,
    encode: sndrcvinfo.encode,
    decode: (data: Uint8Array) => {
      exactly(data, layouts.sctp_sndrcvinfo.size, 'sctp_sndrcvinfo')
      return sndrcvinfo.decode(data)
    },
  })

/** How this message goes. */
export const SCTP_SNDINFO: Sendable<'sctpSndinfo', Partly<SctpSndinfo>> = sendable(
  'sctpSndinfo',
  SCTP,
  k.SCTP_SNDINFO,
  sndinfo,
)

/** How a message came, RFC 6458 §5.3.5. */
export interface SctpRcvinfo {
  /** The stream. */
  readonly sid: number
  /** Its number within the stream. */
  readonly ssn: number
  /** SCTP_UNORDERED. */
  readonly flags: number
  /** The payload protocol identifier as the registry has it. */
  readonly ppid: number
  readonly tsn: number
  readonly cumtsn: number
  /** SCTP_CONTEXT. */
  readonly context: number
  readonly assocId: number
}

const rcvinfo = struct<SctpRcvinfo>(layouts.sctp_rcvinfo, 'sctp_rcvinfo', 'rcv_', { ppid: 'net' })

/** How this message came (SCTP_RECVRCVINFO). */
export const SCTP_RCVINFO: Receivable<'sctpRcvinfo', SctpRcvinfo> = receivable(
  'sctpRcvinfo',
  SCTP,
  k.SCTP_RCVINFO,
  {
    decode: (data) => {
      exactly(data, layouts.sctp_rcvinfo.size, 'sctp_rcvinfo')
      return rcvinfo.decode(data)
    },
  },
)

/** The message behind, RFC 6458 §5.3.6. */
export interface SctpNxtinfo {
  readonly sid: number
  /** SCTP_UNORDERED, SCTP_NOTIFICATION, … */
  readonly flags: number
  readonly ppid: number
  /** Bytes of it that are there. */
  readonly length: number
  readonly assocId: number
}

const nxtinfo = struct<SctpNxtinfo>(layouts.sctp_nxtinfo, 'sctp_nxtinfo', 'nxt_', { ppid: 'net' })

/** The message behind this one (SCTP_RECVNXTINFO). */
export const SCTP_NXTINFO: Receivable<'sctpNxtinfo', SctpNxtinfo> = receivable(
  'sctpNxtinfo',
  SCTP,
  k.SCTP_NXTINFO,
  {
    decode: (data) => {
      exactly(data, layouts.sctp_nxtinfo.size, 'sctp_nxtinfo')
      return nxtinfo.decode(data)
    },
  },
)

/** How reliably a message goes, RFC 6458 §5.3.7. */
export interface SctpPrinfo {
  /** SCTP_PR_SCTP_TTL, SCTP_PR_SCTP_RTX, SCTP_PR_SCTP_PRIO. */
  readonly policy: number
  /** By the policy: milliseconds, retransmissions, or a priority. */
  readonly value: number
}

/** How reliably this message goes. */
export const SCTP_PRINFO: Sendable<'sctpPrinfo', SctpPrinfo> = sendable(
  'sctpPrinfo',
  SCTP,
  k.SCTP_PRINFO,
  struct<SctpPrinfo>(layouts.sctp_prinfo, 'sctp_prinfo', 'pr_'),
)

const authinfo = struct<{ readonly keynumber: number }>(layouts.sctp_authinfo, 'sctp_authinfo', 'auth_')

/** The number of the key that signs this message. */
export const SCTP_AUTHINFO: Sendable<'sctpAuthinfo', number> = sendable(
  'sctpAuthinfo',
  SCTP,
  k.SCTP_AUTHINFO,
  { encode: (keynumber) => authinfo.encode({ keynumber: integer(keynumber, 0, 0xffff) }) },
)

/** Another address of the peer's that begins with this message: its host, for the port of the message's address. */
export const SCTP_DSTADDRV4: Sendable<'sctpDstaddrv4', string> = sendable(
  'sctpDstaddrv4',
  SCTP,
  k.SCTP_DSTADDRV4,
  { encode: (host) => expected(parseIpv4(host), host) },
)
/** The same of IPv6. */
export const SCTP_DSTADDRV6: Sendable<'sctpDstaddrv6', string> = sendable(
  'sctpDstaddrv6',
  SCTP,
  k.SCTP_DSTADDRV6,
  { encode: (host) => expected(parseIpv6(host), host) },
)

function expected(bytes: Uint8Array | null, host: unknown): Uint8Array {
  if (bytes === null) throw new TypeError(`expected a numeric address, not ${String(host)}`)
  return bytes
}
