/**
 * SOL_MPTCP: what a connection of multipath TCP (IPPROTO_MPTCP, RFC 8684) tells of itself. Options of TCP and the socket work
 * on it as on any other. EOPNOTSUPP, or ENOPROTOOPT of IPv6, once it has fallen back to plain TCP. Linux 5.16.
 */
import { DecodeError } from '../errors.js'
import * as k from '../kernel.js'
import { bytesOf, getUint, type Readable, readable, viewOf } from './option.js'
import { type SockaddrIn, type StructReadable, sockaddrAt } from './struct.js'
import { TCP_INFO, type TcpInfo } from './tcpinfo.js'

const MPTCP = k.SOL_MPTCP
const { mptcp_info, mptcp_subflow_data, mptcp_subflow_addrs, mptcp_full_info } = k.layouts

/** struct mptcp_info. A field that came after the running kernel is missing. */
export interface MptcpInfo {
  /** Paths beside the first. */
  readonly subflows: number
  /** Addresses told to the peer, and taken from it. */
  readonly addAddrSignal: number
  readonly addAddrAccepted: number
  /** Their limits. */
  readonly subflowsMax: number
  readonly addAddrSignalMax: number
  readonly addAddrAcceptedMax: number
  /** MPTCP_INFO_FLAG_FALLBACK, MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED. */
  readonly flags: number
  /** The connection's name in the protocol. */
  readonly token: number
  /** Numbers of bytes, which begin anywhere. */
  readonly writeSeq: bigint
  readonly sndUna: bigint
  readonly rcvNxt: bigint
  readonly localAddrUsed?: number
  readonly localAddrMax?: number
  /** 1 when checksums are used. */
  readonly csumEnabled?: number
  readonly retransmits?: number
  /** Bytes. */
  readonly bytesRetrans?: number
  readonly bytesSent?: number
  readonly bytesReceived?: number
  readonly bytesAcked?: number
  /** All paths. */
  readonly subflowsTotal?: number
  /** Milliseconds since. */
  readonly lastDataSent?: number
  readonly lastDataRecv?: number
  readonly lastAckRecv?: number
}

const NAMES = new Set(['mptcpi_write_seq', 'mptcpi_snd_una', 'mptcpi_rcv_nxt'])
const OLDEST = mptcp_info.fields.mptcpi_rcv_nxt

const camel = (name: string): string => name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

function info(bytes: Uint8Array): MptcpInfo {
  const view = viewOf(bytes, OLDEST[0] + OLDEST[1], 'mptcp_info')
  const value: Record<string, number | bigint> = {}
  for (const [name, at] of Object.entries(mptcp_info.fields))
    if (name.startsWith('mptcpi_') && at[0] + at[1] <= bytes.length)
      value[camel(name.slice('mptcpi_'.length))] = NAMES.has(name)
        ? view.getBigUint64(at[0], true)
        : getUint(view, at)
  return value as unknown as MptcpInfo
}

/** The connection. */
export const MPTCP_INFO: Readable<MptcpInfo> = readable(MPTCP, k.MPTCP_INFO, 'MPTCP_INFO', {
  size: mptcp_info.size,
  decode: info,
})

/** Room for as many paths; the kernel's limits are below. */
const MOST_SUBFLOWS = 64
const HEAD = mptcp_subflow_data.size

/** A row of one answer for each path, behind a struct mptcp_subflow_data. */
function each<T>(
  option: number,
  name: string,
  size: number,
  decode: (bytes: Uint8Array, at: number) => T,
): StructReadable<readonly T[], undefined> {
  const { size_subflow_data, size_user, size_kernel, num_subflows } = mptcp_subflow_data.fields
  const room = HEAD + MOST_SUBFLOWS * size
  const all = (bytes: Uint8Array): T[] => {
    const view = viewOf(bytes, HEAD, 'mptcp_subflow_data')
    const length = Math.min(size, getUint(view, size_kernel))
    const count = Math.min(MOST_SUBFLOWS, getUint(view, num_subflows))
    if (HEAD + count * size > bytes.length) throw new DecodeError('ERR_TRUNCATED', name, bytes.length)
    return Array.from({ length: count }, (_, i) => {
      const at = HEAD + i * size
      return decode(bytes.subarray(at, at + length), at)
    })
  }
  const ask = (question?: undefined): Uint8Array => {
    if (question !== undefined)
      throw new TypeError(`expected no question about ${name}, not ${String(question)}`)
    return bytesOf(room, (view) => {
      view.setUint32(size_subflow_data[0], HEAD, true)
      view.setUint32(size_user[0], size, true)
    })
  }
  return Object.freeze({ name, level: MPTCP, option, size: room, decode: all, ask, answer: all })
}

/** The TCP_INFO of each path, 64 at most. */
export const MPTCP_TCPINFO: StructReadable<readonly TcpInfo[], undefined> = each(
  k.MPTCP_TCPINFO,
  'MPTCP_TCPINFO',
  TCP_INFO.size,
  TCP_INFO.decode,
)

/** The addresses of a path. */
export interface MptcpSubflowAddrs {
  readonly local: SockaddrIn
  readonly remote: SockaddrIn
}

const LOCAL = mptcp_subflow_addrs.fields.ss_local[0]
const REMOTE = mptcp_subflow_addrs.fields.ss_remote[0]

/** The addresses of each path, 64 at most. */
export const MPTCP_SUBFLOW_ADDRS: StructReadable<readonly MptcpSubflowAddrs[], undefined> = each(
  k.MPTCP_SUBFLOW_ADDRS,
  'MPTCP_SUBFLOW_ADDRS',
  mptcp_subflow_addrs.size,
  (bytes, at) => ({
    local: sockaddrAt(bytes.subarray(LOCAL, REMOTE), at + LOCAL),
    remote: sockaddrAt(bytes.subarray(REMOTE), at + REMOTE),
  }),
)

/** struct mptcp_full_info without the arrays, which MPTCP_TCPINFO and MPTCP_SUBFLOW_ADDRS give. */
export interface MptcpFullInfo {
  /** All paths, the first among them. */
  readonly numSubflows: number
  readonly mptcpInfo: MptcpInfo
}

const FULL = mptcp_full_info.fields.mptcp_info[0]

/** How many paths there are, and the connection. Linux 6.5. */
export const MPTCP_FULL_INFO: Readable<MptcpFullInfo> = readable(
  MPTCP,
  k.MPTCP_FULL_INFO,
  'MPTCP_FULL_INFO',
  {
    size: mptcp_full_info.size,
    decode: (bytes) => ({
      numSubflows: getUint(
        viewOf(bytes, FULL + OLDEST[0] + OLDEST[1], 'mptcp_full_info'),
        mptcp_full_info.fields.num_subflows,
      ),
      mptcpInfo: info(bytes.subarray(FULL)),
    }),
  },
)
