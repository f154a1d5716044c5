/** SOL_SOCKET: unix(7), socket(7), Documentation/networking/timestamping. Every export is a row. */
import { DecodeError } from '../errors.js'
import * as k from '../kernel.js'
import * as newer from '../newer.js'
import { bytesOf, flag, getUint, int, integer, uint } from '../option/option.js'
import { type Credentials, SO_PEERCRED } from '../option/so.js'
import {
  bytes,
  type Control,
  control,
  exactly,
  type Receivable,
  receivable,
  record,
  type Sendable,
  sendable,
  uint64,
  whole,
} from './message.js'
import { decodeStats, type TimestampingStats } from './tcpstats.js'

const SOL = k.SOL_SOCKET
const { ucred, scm_timestamping, scm_ts_pktinfo, dmabuf_cmsg } = k.layouts
const { __kernel_timespec, __kernel_old_timeval } = k.layouts

/** The kernel's own bound on one message, include/net/scm.h. It holds for all messages of one sendmsg together too. */
const SCM_MAX_FD = 253

/** Open descriptors to a unix socket's other side, unix(7): at most 253 of them. */
export const SCM_RIGHTS: Control<'rights', readonly number[]> = control('rights', SOL, k.SCM_RIGHTS, {
  decode: (data, last) => {
    const odd = data.length % 4
    // At the end of the buffer the whole ones count, come what may: each is open here.
    if (odd !== 0 && !last) throw new DecodeError('ERR_MALFORMED', 'descriptors', data.length - odd)
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    return Array.from({ length: (data.length - odd) / 4 }, (_, i) => view.getInt32(4 * i, true))
  },
  encode: (value) => {
    if (!Array.isArray(value)) throw new TypeError(`expected an array of descriptors, not ${String(value)}`)
    if (value.length > SCM_MAX_FD)
      throw new RangeError(`expected at most ${SCM_MAX_FD} descriptors, not ${value.length}`)
    const descriptors = Array.from(value, (each: number) => integer(each, 0, 0x7fffffff))
    return bytesOf(4 * descriptors.length, (view) => {
      for (const [i, each] of descriptors.entries()) view.setInt32(4 * i, each, true)
    })
  },
})

/** Who sent it, unix(7). To send others than one's own needs CAP_SYS_ADMIN (pid), CAP_SETUID and CAP_SETGID. */
export const SCM_CREDENTIALS: Control<'credentials', Credentials> = control(
  'credentials',
  SOL,
  k.SCM_CREDENTIALS,
  {
    decode: (data) => {
      exactly(data, ucred.size, 'ucred')
      return SO_PEERCRED.decode(data)
    },
    encode: (value) => {
      const credentials = record(value, '{ pid, uid, gid }')
      const { pid, uid, gid } = ucred.fields
      return bytesOf(ucred.size, (view) => {
        view.setInt32(pid[0], integer(credentials.pid, 0, 0x7fffffff), true)
        view.setUint32(uid[0], integer(credentials.uid, 0, 0xffffffff), true)
        view.setUint32(gid[0], integer(credentials.gid, 0, 0xffffffff), true)
      })
    },
  },
)

/** A descriptor of the sender's process (SO_PASSPIDFD); -errno where the kernel could not make one. */
export const SCM_PIDFD: Receivable<'pidfd', number> = receivable('pidfd', SOL, k.SCM_PIDFD, {
  decode: (data) => exactly(data, 4, 'pidfd').getInt32(0, true),
})

/** The sender's security label, as its bytes (SO_PASSSEC). */
export const SCM_SECURITY: Receivable<'security', Uint8Array> = receivable(
  'security',
  SOL,
  k.SCM_SECURITY,
  bytes,
)

/** Nanoseconds since the epoch out of struct timeval. */
const timeval = {
  decode: (data: Uint8Array): bigint => {
    const { tv_sec, tv_usec } = __kernel_old_timeval.fields
    const view = exactly(data, __kernel_old_timeval.size, 'timeval')
    return view.getBigInt64(tv_sec[0], true) * 1_000_000_000n + view.getBigInt64(tv_usec[0], true) * 1000n
  },
}

/** Nanoseconds since the epoch out of the struct timespec at `at`. */
function timespecAt(view: DataView, at: number): bigint {
  const { tv_sec, tv_nsec } = __kernel_timespec.fields
  return view.getBigInt64(at + tv_sec[0], true) * 1_000_000_000n + view.getBigInt64(at + tv_nsec[0], true)
}

const timespec = {
  decode: (data: Uint8Array): bigint => timespecAt(exactly(data, __kernel_timespec.size, 'timespec'), 0),
}

/** When it was received, in nanoseconds since the epoch; SO_TIMESTAMP counts in microseconds. */
export const SO_TIMESTAMP_OLD: Receivable<'timestamp', bigint> = receivable(
  'timestamp',
  SOL,
  k.SO_TIMESTAMP_OLD,
  timeval,
)
// The new structs have 64 bits on 32-bit machines too; on 64-bit ones they are the old ones.
export const SO_TIMESTAMP_NEW: Receivable<'timestamp', bigint> = receivable(
  'timestamp',
  SOL,
  k.SO_TIMESTAMP_NEW,
  timeval,
)
export const SO_TIMESTAMPNS_OLD: Receivable<'timestamp', bigint> = receivable(
  'timestamp',
  SOL,
  k.SO_TIMESTAMPNS_OLD,
  timespec,
)
export const SO_TIMESTAMPNS_NEW: Receivable<'timestamp', bigint> = receivable(
  'timestamp',
  SOL,
  k.SO_TIMESTAMPNS_NEW,
  timespec,
)

/** SO_TIMESTAMPING's times in nanoseconds: the kernel's, since the epoch, and the device's, by its own clock. */
export interface Timestamping {
  readonly software: bigint | null
  readonly hardware: bigint | null
}

const timestamping = {
  decode: (data: Uint8Array): Timestamping => {
    const view = exactly(data, scm_timestamping.size, 'scm_timestamping')
    // Three times; the second is no longer used, and a zero stands for none.
    const at = (index: number): bigint | null => timespecAt(view, index * __kernel_timespec.size) || null
    return { software: at(0), hardware: at(2) }
  },
}

export const SCM_TIMESTAMPING_OLD: Receivable<'timestamping', Timestamping> = receivable(
  'timestamping',
  SOL,
  k.SO_TIMESTAMPING_OLD,
  timestamping,
)
export const SCM_TIMESTAMPING_NEW: Receivable<'timestamping', Timestamping> = receivable(
  'timestamping',
  SOL,
  k.SO_TIMESTAMPING_NEW,
  timestamping,
)

/** Where a packet with a hardware time came in, and its length on the wire. */
export interface TimestampingPktinfo {
  readonly ifindex: number
  readonly length: number
}

/** SOF_TIMESTAMPING_OPT_PKTINFO. */
export const SCM_TIMESTAMPING_PKTINFO: Receivable<'timestampingPktinfo', TimestampingPktinfo> = receivable(
  'timestampingPktinfo',
  SOL,
  k.SCM_TIMESTAMPING_PKTINFO,
  {
    decode: (data) => {
      const { if_index, pkt_length } = scm_ts_pktinfo.fields
      const view = exactly(data, scm_ts_pktinfo.size, 'scm_ts_pktinfo')
      return { ifindex: view.getUint32(if_index[0], true), length: view.getUint32(pkt_length[0], true) }
    },
  },
)

/** How a TCP connection was at the time of a send (SOF_TIMESTAMPING_OPT_STATS), beside that time in the error queue. */
export const SCM_TIMESTAMPING_OPT_STATS: Receivable<'timestampingStats', TimestampingStats> = receivable(
  'timestampingStats',
  SOL,
  k.SCM_TIMESTAMPING_OPT_STATS,
  { decode: decodeStats },
)

/** Which times to take of what is sent: the SOF_TIMESTAMPING_TX_ flags that record. */
export const SO_TIMESTAMPING: Sendable<'timestampingFlags', number> = sendable(
  'timestampingFlags',
  SOL,
  k.SO_TIMESTAMPING,
  uint,
)

/** The number that what is sent has in its times (SOF_TIMESTAMPING_OPT_ID). Not on TCP; since Linux 6.13. */
export const SCM_TS_OPT_ID: Sendable<'timestampingOptId', number> = sendable(
  'timestampingOptId',
  SOL,
  newer.SCM_TS_OPT_ID,
  uint,
)

/** When to send, in nanoseconds by the clock of SO_TXTIME, which must be on. */
export const SCM_TXTIME: Sendable<'txtime', bigint> = sendable('txtime', SOL, k.SCM_TXTIME, uint64)

/** How many datagrams the full queue has dropped so far; 0 is not told. */
export const SO_RXQ_OVFL: Receivable<'rxqOvfl', number> = receivable(
  'rxqOvfl',
  SOL,
  k.SO_RXQ_OVFL,
  whole(uint, 'rxqOvfl'),
)

/** How many bytes wait behind those just read (SO_INQ). */
export const SCM_INQ: Receivable<'inq', number> = receivable('inq', SOL, newer.SCM_INQ, whole(int, 'inq'))

/** The firewall mark: of what came (SO_RCVMARK), or for what is sent; that needs CAP_NET_RAW or CAP_NET_ADMIN. */
export const SO_MARK: Control<'mark', number> = control('mark', SOL, k.SO_MARK, whole(uint, 'mark'))

/** The queueing priority: of what came (SO_RCVPRIORITY), or for what is sent; above 6 needs CAP_NET_RAW or _ADMIN. */
export const SO_PRIORITY: Control<'priority', number> = control(
  'priority',
  SOL,
  k.SO_PRIORITY,
  whole(uint, 'priority'),
)

/** Whether the other station acknowledged the frame (SO_WIFI_STATUS), in the error queue. */
export const SCM_WIFI_STATUS: Receivable<'wifiStatus', boolean> = receivable(
  'wifiStatus',
  SOL,
  k.SCM_WIFI_STATUS,
  whole(flag, 'wifiStatus'),
)

/** A piece of what came that is in a device's memory (MSG_SOCK_DEVMEM), or one that was copied: struct dmabuf_cmsg. */
export interface DmabufFragment {
  /** Where in the device's memory it begins. */
  readonly fragOffset: number
  /** In bytes. */
  readonly fragSize: number
  /** For SO_DEVMEM_DONTNEED. */
  readonly fragToken: number
  readonly dmabufId: number
  readonly flags: number
}

const fragment = {
  decode: (data: Uint8Array): DmabufFragment => {
    const view = exactly(data, dmabuf_cmsg.size, 'dmabuf_cmsg')
    const { frag_offset, frag_size, frag_token, dmabuf_id, flags } = dmabuf_cmsg.fields
    return {
      fragOffset: getUint(view, frag_offset),
      fragSize: getUint(view, frag_size),
      fragToken: getUint(view, frag_token),
      dmabufId: getUint(view, dmabuf_id),
      flags: getUint(view, flags),
    }
  },
}

/** A piece in a device's memory. Linux 6.12. */
export const SCM_DEVMEM_DMABUF: Receivable<'devmemDmabuf', DmabufFragment> = receivable(
  'devmemDmabuf',
  SOL,
  k.SCM_DEVMEM_DMABUF,
  fragment,
)
/** A piece that came by the main memory and was copied to the buffer: `fragSize` bytes of it. */
export const SCM_DEVMEM_LINEAR: Receivable<'devmemLinear', DmabufFragment> = receivable(
  'devmemLinear',
  SOL,
  k.SCM_DEVMEM_LINEAR,
  fragment,
)
