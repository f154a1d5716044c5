/** SOL_SOCKET: socket(7), unix(7). Filters are in filter.ts. */
import * as k from '../kernel.js'
import * as newer from '../newer.js'
import {
  bytesOf,
  cookie,
  flag,
  getUint,
  int,
  integer,
  milliseconds,
  type Option,
  object,
  option,
  type Readable,
  rate,
  readable,
  setUint,
  text,
  uint,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const SOL = k.SOL_SOCKET
const { linger, ucred, so_timestamping, sock_txtime, dmabuf_token } = k.layouts

// ── what goes in and out ────────────────────────────────────────────────────────────────────────────

/** Bind where connections in TIME_WAIT remain (TCP), or share the port (UDP). */
export const SO_REUSEADDR: Option<boolean> = option(SOL, k.SO_REUSEADDR, 'SO_REUSEADDR', flag)
/** Several sockets of one user on one port; the kernel spreads connections and datagrams over them. Before bind. */
export const SO_REUSEPORT: Option<boolean> = option(SOL, k.SO_REUSEPORT, 'SO_REUSEPORT', flag)
/** Probe an idle peer; see TCP_KEEPIDLE and its sisters. */
export const SO_KEEPALIVE: Option<boolean> = option(SOL, k.SO_KEEPALIVE, 'SO_KEEPALIVE', flag)
/** Allow sending to broadcast addresses. */
export const SO_BROADCAST: Option<boolean> = option(SOL, k.SO_BROADCAST, 'SO_BROADCAST', flag)
/** Reach directly connected hosts only. */
export const SO_DONTROUTE: Option<boolean> = option(SOL, k.SO_DONTROUTE, 'SO_DONTROUTE', flag)
/** Urgent data stays in the stream. */
export const SO_OOBINLINE: Option<boolean> = option(SOL, k.SO_OOBINLINE, 'SO_OOBINLINE', flag)
/** Trace in the kernel, where it was built for that. Turning it on needs CAP_NET_ADMIN. */
export const SO_DEBUG: Option<boolean> = option(SOL, k.SO_DEBUG, 'SO_DEBUG', flag)
/** UDP over IPv4 without checksums of what is sent. */
export const SO_NO_CHECK: Option<boolean> = option(SOL, k.SO_NO_CHECK, 'SO_NO_CHECK', flag)
/** Protocol-defined priority of what is sent; above 6 needs CAP_NET_RAW or CAP_NET_ADMIN. */
export const SO_PRIORITY: Option<number> = option(SOL, k.SO_PRIORITY, 'SO_PRIORITY', int)
/** Firewall mark of what is sent. Needs CAP_NET_RAW or CAP_NET_ADMIN. */
export const SO_MARK: Option<number> = option(SOL, k.SO_MARK, 'SO_MARK', uint)
/** The interface that the socket is bound to, by name; '' is any. Changing it needs CAP_NET_RAW. */
export const SO_BINDTODEVICE: Option<string> = option(SOL, k.SO_BINDTODEVICE, 'SO_BINDTODEVICE', text(16))
/** The same by index; 0 is any. */
export const SO_BINDTOIFINDEX: Option<number> = option(SOL, k.SO_BINDTOIFINDEX, 'SO_BINDTOIFINDEX', int)
/** Bytes a second that are sent at most; Infinity, the first value, is no limit. tc-fq(8), or TCP by itself. */
export const SO_MAX_PACING_RATE: Option<number> = option(
  SOL,
  k.SO_MAX_PACING_RATE,
  'SO_MAX_PACING_RATE',
  rate,
)
/** 1 tells that the route to the peer seems bad: the kernel looks for another. */
export const SO_CNX_ADVICE: Writable<number> = writable(SOL, k.SO_CNX_ADVICE, 'SO_CNX_ADVICE', int)
/** Whether a new path is tried when the old one loses: 1 or 0, and -1 (write only) is the system's rule. TCP. */
export const SO_TXREHASH: Option<number> = option(SOL, k.SO_TXREHASH, 'SO_TXREHASH', int)
/** Allow MSG_ZEROCOPY; completions come by the error queue. */
export const SO_ZEROCOPY: Option<boolean> = option(SOL, k.SO_ZEROCOPY, 'SO_ZEROCOPY', flag)
/** Packets carry their own frame check sequence. AF_PACKET. */
export const SO_NOFCS: Option<boolean> = option(SOL, k.SO_NOFCS, 'SO_NOFCS', flag)

// ── buffers ─────────────────────────────────────────────────────────────────────────────────────────

/** Send buffer in bytes. The kernel doubles what is set, for its own bookkeeping, and answers the doubled value. */
export const SO_SNDBUF: Option<number> = option(SOL, k.SO_SNDBUF, 'SO_SNDBUF', int)
/** Receive buffer in bytes, doubled like SO_SNDBUF. */
export const SO_RCVBUF: Option<number> = option(SOL, k.SO_RCVBUF, 'SO_RCVBUF', int)
/** SO_SNDBUF beyond net.core.wmem_max. Needs CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE: Writable<number> = writable(SOL, k.SO_SNDBUFFORCE, 'SO_SNDBUFFORCE', int)
/** SO_RCVBUF beyond net.core.rmem_max. Needs CAP_NET_ADMIN. */
export const SO_RCVBUFFORCE: Writable<number> = writable(SOL, k.SO_RCVBUFFORCE, 'SO_RCVBUFFORCE', int)
/** Which buffers the kernel must not resize: SOCK_SNDBUF_LOCK and SOCK_RCVBUF_LOCK; setting a size locks it. */
export const SO_BUF_LOCK: Option<number> = option(SOL, k.SO_BUF_LOCK, 'SO_BUF_LOCK', int)
/** Bytes kept for this socket from its control group's memory. EOPNOTSUPP outside of one. */
export const SO_RESERVE_MEM: Option<number> = option(SOL, k.SO_RESERVE_MEM, 'SO_RESERVE_MEM', int)
/** Least number of bytes that makes a stream readable. */
export const SO_RCVLOWAT: Option<number> = option(SOL, k.SO_RCVLOWAT, 'SO_RCVLOWAT', int)
/** Always 1 on Linux. */
export const SO_SNDLOWAT: Readable<number> = readable(SOL, k.SO_SNDLOWAT, 'SO_SNDLOWAT', int)
/** Milliseconds that a blocking receive waits in the kernel; 0 is for ever. In steps of a clock tick. The descriptors of this library do not block, so it is for those who get them afterwards: here settimeout() counts. */
export const SO_RCVTIMEO: Option<number> = option(SOL, k.SO_RCVTIMEO, 'SO_RCVTIMEO', milliseconds)
/** The same for a blocking send or connect. */
export const SO_SNDTIMEO: Option<number> = option(SOL, k.SO_SNDTIMEO, 'SO_SNDTIMEO', milliseconds)
/** Where MSG_PEEK begins to read, moved on by each; -1 is off. */
export const SO_PEEK_OFF: Option<number> = option(SOL, k.SO_PEEK_OFF, 'SO_PEEK_OFF', int)

// ── what comes with messages ────────────────────────────────────────────────────────────────────────

/** Receive the sender's credentials with each message, unix(7). */
export const SO_PASSCRED: Option<boolean> = option(SOL, k.SO_PASSCRED, 'SO_PASSCRED', flag)
/** Receive the sender's security label with each message, unix(7). */
export const SO_PASSSEC: Option<boolean> = option(SOL, k.SO_PASSSEC, 'SO_PASSSEC', flag)
/** Receive a descriptor of the sending process with each message (SCM_PIDFD). Linux 6.5. */
export const SO_PASSPIDFD: Option<boolean> = option(SOL, k.SO_PASSPIDFD, 'SO_PASSPIDFD', flag)
/** Take descriptors with messages (SCM_RIGHTS), as at first: turned off, a send of some fails with EPERM. AF_UNIX, Linux 6.16. */
export const SO_PASSRIGHTS: Option<boolean> = option(SOL, newer.SO_PASSRIGHTS, 'SO_PASSRIGHTS', flag)
/** Receive the number of bytes that are left behind with each read of a unix stream (SCM_INQ). Linux 6.17. */
export const SO_INQ: Writable<boolean> = writable(SOL, newer.SO_INQ, 'SO_INQ', flag)
/** Receive the number of packets dropped so far with each. */
export const SO_RXQ_OVFL: Option<boolean> = option(SOL, k.SO_RXQ_OVFL, 'SO_RXQ_OVFL', flag)
/** Receive whether a wireless peer has acknowledged. */
export const SO_WIFI_STATUS: Option<boolean> = option(SOL, k.SO_WIFI_STATUS, 'SO_WIFI_STATUS', flag)
/** A filled error queue also is an exceptional condition of select(2). */
export const SO_SELECT_ERR_QUEUE: Option<boolean> = option(
  SOL,
  k.SO_SELECT_ERR_QUEUE,
  'SO_SELECT_ERR_QUEUE',
  flag,
)
/** Receive the firewall mark with each packet. Needs CAP_NET_RAW or CAP_NET_ADMIN. Linux 5.19. */
export const SO_RCVMARK: Option<boolean> = option(SOL, k.SO_RCVMARK, 'SO_RCVMARK', flag)
/** Receive the queueing priority with each packet, where something has set one on its way here. Linux 6.14. */
export const SO_RCVPRIORITY: Option<boolean> = option(SOL, newer.SO_RCVPRIORITY, 'SO_RCVPRIORITY', flag)
/** Receive the time with each packet, in microseconds; ends SO_TIMESTAMPNS. */
export const SO_TIMESTAMP: Option<boolean> = option(SOL, k.SO_TIMESTAMP, 'SO_TIMESTAMP', flag)
/** The same in nanoseconds; ends SO_TIMESTAMP. */
export const SO_TIMESTAMPNS: Option<boolean> = option(SOL, k.SO_TIMESTAMPNS, 'SO_TIMESTAMPNS', flag)

// ── busy polling, Documentation/networking/napi.rst ─────────────────────────────────────────────────

/** Microseconds of busy polling when nothing is there. Raising it needs CAP_NET_ADMIN. */
export const SO_BUSY_POLL: Option<number> = option(SOL, k.SO_BUSY_POLL, 'SO_BUSY_POLL', int)
/** Let busy polling keep the device's interrupts off. Needs CAP_NET_ADMIN. */
export const SO_PREFER_BUSY_POLL: Option<boolean> = option(
  SOL,
  k.SO_PREFER_BUSY_POLL,
  'SO_PREFER_BUSY_POLL',
  flag,
)
/** Packets taken by one busy poll. Above 8 needs CAP_NET_ADMIN. */
export const SO_BUSY_POLL_BUDGET: Writable<number> = writable(
  SOL,
  k.SO_BUSY_POLL_BUDGET,
  'SO_BUSY_POLL_BUDGET',
  int,
)
/** The CPU that handled the last packet; set, the one whose packets this listener of a SO_REUSEPORT group wants. */
export const SO_INCOMING_CPU: Option<number> = option(SOL, k.SO_INCOMING_CPU, 'SO_INCOMING_CPU', int)
/** The receive queue of the last packet; 0 is none. */
export const SO_INCOMING_NAPI_ID: Readable<number> = readable(
  SOL,
  k.SO_INCOMING_NAPI_ID,
  'SO_INCOMING_NAPI_ID',
  int,
)

// ── who it is ───────────────────────────────────────────────────────────────────────────────────────

/** The pending error as a positive errno, 0 for none; reading clears it. */
export const SO_ERROR: Readable<number> = readable(SOL, k.SO_ERROR, 'SO_ERROR', int)
/** SOCK_STREAM and so on. */
export const SO_TYPE: Readable<number> = readable(SOL, k.SO_TYPE, 'SO_TYPE', int)
/** AF_INET and so on. */
export const SO_DOMAIN: Readable<number> = readable(SOL, k.SO_DOMAIN, 'SO_DOMAIN', int)
/** IPPROTO_TCP and so on. */
export const SO_PROTOCOL: Readable<number> = readable(SOL, k.SO_PROTOCOL, 'SO_PROTOCOL', int)
/** Whether the socket listens. */
export const SO_ACCEPTCONN: Readable<boolean> = readable(SOL, k.SO_ACCEPTCONN, 'SO_ACCEPTCONN', flag)
/** A number that no other socket of this system has, until it is started anew. */
export const SO_COOKIE: Readable<bigint> = readable(SOL, k.SO_COOKIE, 'SO_COOKIE', cookie)
/** The same of the socket's network namespace. */
export const SO_NETNS_COOKIE: Readable<bigint> = readable(SOL, k.SO_NETNS_COOKIE, 'SO_NETNS_COOKIE', cookie)
/** The peer's security label, unix(7). ENOPROTOOPT where no security module labels sockets. */
export const SO_PEERSEC: Readable<string> = readable(SOL, k.SO_PEERSEC, 'SO_PEERSEC', text(4096))
/** A new descriptor of the peer's process (pidfd_open(2)), close-on-exec; the caller closes it. Linux 6.5. */
export const SO_PEERPIDFD: Readable<number> = readable(SOL, k.SO_PEERPIDFD, 'SO_PEERPIDFD', int)

// ── structs ─────────────────────────────────────────────────────────────────────────────────────

/**
 * What `close` does with unsent bytes: null leaves them to the kernel, 0 resets the connection, n has the kernel
 * wait up to n seconds, in which close(2) blocks the thread, non-blocking or not. struct linger.
 */
export const SO_LINGER: Option<number | null> = option(SOL, k.SO_LINGER, 'SO_LINGER', {
  size: linger.size,
  decode: (bytes) => {
    const view = viewOf(bytes, linger.size, 'linger')
    return view.getInt32(linger.fields.l_onoff[0], true) === 0
      ? null
      : view.getInt32(linger.fields.l_linger[0], true)
  },
  encode: (seconds) => {
    const wait = seconds === null ? 0 : integer(seconds, 0, 0x7fffffff)
    return bytesOf(linger.size, (view) => {
      view.setInt32(linger.fields.l_onoff[0], seconds === null ? 0 : 1, true)
      view.setInt32(linger.fields.l_linger[0], wait, true)
    })
  },
})

/** Who was at the other end when the unix stream was connected. struct ucred. */
export interface Credentials {
  readonly pid: number
  readonly uid: number
  readonly gid: number
}

/** The peer of a unix stream or pair as it was at connect, unix(7). */
export const SO_PEERCRED: Readable<Credentials> = readable(SOL, k.SO_PEERCRED, 'SO_PEERCRED', {
  size: ucred.size,
  decode: (bytes) => {
    const view = viewOf(bytes, ucred.size, 'ucred')
    const { pid, uid, gid } = ucred.fields
    return { pid: view.getInt32(pid[0], true), uid: getUint(view, uid), gid: getUint(view, gid) }
  },
})

/** NGROUPS_MAX, credentials(7): more a process cannot have. */
const MOST_GROUPS = 65536

/** The supplementary groups of the same peer. */
export const SO_PEERGROUPS: Readable<readonly number[]> = readable(SOL, k.SO_PEERGROUPS, 'SO_PEERGROUPS', {
  size: 4 * MOST_GROUPS,
  decode: (bytes) => {
    const view = viewOf(bytes, Math.ceil(bytes.length / 4) * 4, 'gid_t[]')
    return Array.from({ length: bytes.length / 4 }, (_, i) => view.getUint32(4 * i, true))
  },
})

/** Bytes of memory that a socket holds, and packets it dropped: SK_MEMINFO_* of linux/sock_diag.h. */
export interface MemoryInfo {
  /** Received and not read yet, with bookkeeping. */
  readonly rmemAlloc: number
  readonly rcvbuf: number
  /** Handed to the network and not released yet. */
  readonly wmemAlloc: number
  readonly sndbuf: number
  /** Set aside for what comes next. */
  readonly fwdAlloc: number
  /** Waiting to be sent. */
  readonly wmemQueued: number
  /** Options, filters and ancillary data. */
  readonly optmem: number
  /** Came while the socket was in use. */
  readonly backlog: number
  /** A number of packets. */
  readonly drops: number
}

/** What the socket holds now. Linux 4.12. */
export const SO_MEMINFO: Readable<MemoryInfo> = readable(SOL, k.SO_MEMINFO, 'SO_MEMINFO', {
  size: 4 * k.SK_MEMINFO_VARS,
  decode: (bytes) => {
    const view = viewOf(bytes, 4 * k.SK_MEMINFO_VARS, 'SK_MEMINFO')
    const at = (index: number): number => view.getUint32(4 * index, true)
    return {
      rmemAlloc: at(k.SK_MEMINFO_RMEM_ALLOC),
      rcvbuf: at(k.SK_MEMINFO_RCVBUF),
      wmemAlloc: at(k.SK_MEMINFO_WMEM_ALLOC),
      sndbuf: at(k.SK_MEMINFO_SNDBUF),
      fwdAlloc: at(k.SK_MEMINFO_FWD_ALLOC),
      wmemQueued: at(k.SK_MEMINFO_WMEM_QUEUED),
      optmem: at(k.SK_MEMINFO_OPTMEM),
      backlog: at(k.SK_MEMINFO_BACKLOG),
      drops: at(k.SK_MEMINFO_DROPS),
    }
  },
})

/** struct so_timestamping: SOF_TIMESTAMPING_* flags, and the hardware clock (its number in /dev/ptpN) they are taken from. */
export interface Timestamping {
  readonly flags: number
  readonly bindPhc?: number | undefined
}

/** Timestamps of what is sent and received, by software or hardware: Documentation/networking/timestamping.rst. */
export const SO_TIMESTAMPING: Option<Timestamping> = option(SOL, k.SO_TIMESTAMPING, 'SO_TIMESTAMPING', {
  size: so_timestamping.size,
  decode: (bytes) => {
    const { flags, bind_phc } = so_timestamping.fields
    // Before Linux 5.14 there were only the flags.
    const known = bytes.length === 4 ? 4 : so_timestamping.size
    const view = viewOf(bytes, known, 'so_timestamping')
    return {
      flags: view.getInt32(flags[0], true),
      bindPhc: known === 4 ? 0 : view.getInt32(bind_phc[0], true),
    }
  },
  encode: (value) => {
    const { flags, bindPhc = 0 } = object(value, '{ flags, bindPhc? }')
    return bytesOf(so_timestamping.size, (view) => {
      view.setInt32(so_timestamping.fields.flags[0], integer(flags, 0, 0x7fffffff), true)
      view.setInt32(so_timestamping.fields.bind_phc[0], integer(bindPhc, -1, 0x7fffffff), true)
    })
  },
})

/** struct sock_txtime: the clock (CLOCK_MONOTONIC is 1, CLOCK_TAI 11), and SOF_TXTIME_* flags. */
export interface Txtime {
  readonly clockid: number
  readonly flags: number
}

/** Messages carry the time to send them at (SCM_TXTIME), for tc-etf(8) and tc-fq(8). Other clocks than the monotonic one need CAP_NET_ADMIN. */
export const SO_TXTIME: Option<Txtime> = option(SOL, k.SO_TXTIME, 'SO_TXTIME', {
  size: sock_txtime.size,
  decode: (bytes) => {
    const view = viewOf(bytes, sock_txtime.size, 'sock_txtime')
    const { clockid, flags } = sock_txtime.fields
    return { clockid: view.getInt32(clockid[0], true), flags: getUint(view, flags) }
  },
  encode: (value) => {
    const { clockid, flags } = object(value, '{ clockid, flags }')
    return bytesOf(sock_txtime.size, (view) => {
      view.setInt32(sock_txtime.fields.clockid[0], integer(clockid, -0x80000000, 0x7fffffff), true)
      setUint(view, sock_txtime.fields.flags, flags)
    })
  },
})

/** struct dmabuf_token: so many fragments from this one on. */
export interface DmabufToken {
  readonly tokenStart: number
  readonly tokenCount: number
}

/** Gives fragments back to the device whose memory they are in, 128 ranges at most. Linux 6.12. */
export const SO_DEVMEM_DONTNEED: Writable<readonly DmabufToken[]> = writable(
  SOL,
  k.SO_DEVMEM_DONTNEED,
  'SO_DEVMEM_DONTNEED',
  {
    encode: (tokens) => {
      if (!Array.isArray(tokens)) throw new TypeError(`expected an array of tokens, not ${String(tokens)}`)
      return bytesOf(dmabuf_token.size * tokens.length, (view) => {
        tokens.forEach((token: DmabufToken, i) => {
          const { tokenStart, tokenCount } = object(token, '{ tokenStart, tokenCount }')
          view.setUint32(dmabuf_token.size * i, integer(tokenStart, 0, 0xffffffff), true)
          view.setUint32(dmabuf_token.size * i + 4, integer(tokenCount, 0, 0xffffffff), true)
        })
      })
    },
  },
)
