/** IPPROTO_TCP: tcp(7). What a connection tells of itself is in tcpinfo.ts, keys in tcpkey.ts, TCP_REPAIR in tcprepair.ts. */
import * as k from '../kernel.js'
import * as newer from '../newer.js'
import {
  flag,
  getUint,
  int,
  type Option,
  option,
  type Readable,
  raw,
  readable,
  text,
  uint,
  viewOf,
} from './option.js'

const TCP = k.IPPROTO_TCP
const { tcp_zerocopy_receive } = k.layouts

// ── sending ─────────────────────────────────────────────────────────────────────────────────────────

/** Send small segments at once (no Nagle). */
export const TCP_NODELAY: Option<boolean> = option(TCP, k.TCP_NODELAY, 'TCP_NODELAY', flag)
/** Hold partial segments back until this is off again, 200 ms at most. */
export const TCP_CORK: Option<boolean> = option(TCP, k.TCP_CORK, 'TCP_CORK', flag)
/** Acknowledge at once; the kernel may switch back by itself. */
export const TCP_QUICKACK: Option<boolean> = option(TCP, k.TCP_QUICKACK, 'TCP_QUICKACK', flag)
/** Largest segment in bytes. Set before the connection; what is read is what holds. */
export const TCP_MAXSEG: Option<number> = option(TCP, k.TCP_MAXSEG, 'TCP_MAXSEG', int)
/** Bytes not sent yet up to which the socket counts as writable; 4294967295 and 0 are the system's rule. */
export const TCP_NOTSENT_LOWAT: Option<number> = option(TCP, k.TCP_NOTSENT_LOWAT, 'TCP_NOTSENT_LOWAT', uint)
/** The largest window that is offered, in bytes; the kernel rounds it up to half of the least buffer. */
export const TCP_WINDOW_CLAMP: Option<number> = option(TCP, k.TCP_WINDOW_CLAMP, 'TCP_WINDOW_CLAMP', int)
/** Microseconds that all that is sent is held back, for experiments. The queueing discipline tc-fq(8) does it. */
export const TCP_TX_DELAY: Option<number> = option(TCP, k.TCP_TX_DELAY, 'TCP_TX_DELAY', int)
/** Congestion control by name: 'cubic', 'reno', … Those not open to everybody need CAP_NET_ADMIN. */
export const TCP_CONGESTION: Option<string> = option(TCP, k.TCP_CONGESTION, 'TCP_CONGESTION', text(16))
/** What the congestion control tells of itself: a struct of linux/inet_diag.h that depends on which it is, or nothing. */
export const TCP_CC_INFO: Readable<Uint8Array> = readable(TCP, k.TCP_CC_INFO, 'TCP_CC_INFO', raw(64))
/** No exponential backoff while few segments are under way. */
export const TCP_THIN_LINEAR_TIMEOUTS: Option<boolean> = option(
  TCP,
  k.TCP_THIN_LINEAR_TIMEOUTS,
  'TCP_THIN_LINEAR_TIMEOUTS',
  flag,
)
/** The layer on top: 'tls', which needs an established connection, and its module. It cannot be taken away. '' when there is none. */
export const TCP_ULP: Option<string> = option(TCP, k.TCP_ULP, 'TCP_ULP', text(16))

// ── time ────────────────────────────────────────────────────────────────────────────────────────────

/** Seconds of silence before the first keepalive probe. */
export const TCP_KEEPIDLE: Option<number> = option(TCP, k.TCP_KEEPIDLE, 'TCP_KEEPIDLE', int)
/** Seconds between keepalive probes. */
export const TCP_KEEPINTVL: Option<number> = option(TCP, k.TCP_KEEPINTVL, 'TCP_KEEPINTVL', int)
/** Keepalive probes that may go unanswered. */
export const TCP_KEEPCNT: Option<number> = option(TCP, k.TCP_KEEPCNT, 'TCP_KEEPCNT', int)
/** SYNs sent before a connect gives up. */
export const TCP_SYNCNT: Option<number> = option(TCP, k.TCP_SYNCNT, 'TCP_SYNCNT', int)
/** Milliseconds that sent data may stay unacknowledged before the connection is given up; 0 is the system's rule. RFC 5482. */
export const TCP_USER_TIMEOUT: Option<number> = option(TCP, k.TCP_USER_TIMEOUT, 'TCP_USER_TIMEOUT', int)
/** Seconds that an orphaned FIN_WAIT2 is kept. */
export const TCP_LINGER2: Option<number> = option(TCP, k.TCP_LINGER2, 'TCP_LINGER2', int)
/** Seconds that a listener waits for the first data before it shows a connection; rounded by the kernel. */
export const TCP_DEFER_ACCEPT: Option<number> = option(TCP, k.TCP_DEFER_ACCEPT, 'TCP_DEFER_ACCEPT', int)

/** Milliseconds between retransmissions at most, 1000 to 120000. Linux 6.15. */
export const TCP_RTO_MAX_MS: Option<number> = option(TCP, newer.TCP_RTO_MAX_MS, 'TCP_RTO_MAX_MS', int)
/** Microseconds before the first retransmission at least, up to 200000; what is read is what holds. Linux 6.15. */
export const TCP_RTO_MIN_US: Option<number> = option(TCP, newer.TCP_RTO_MIN_US, 'TCP_RTO_MIN_US', int)
/** Microseconds that an acknowledgement waits for company at most, up to 200000. Linux 6.15. */
export const TCP_DELACK_MAX_US: Option<number> = option(
  TCP,
  newer.TCP_DELACK_MAX_US,
  'TCP_DELACK_MAX_US',
  int,
)

// ── opening ─────────────────────────────────────────────────────────────────────────────────────────

/** Queue of a listener for TCP Fast Open, RFC 7413. Needs the bit 2 in net.ipv4.tcp_fastopen. */
export const TCP_FASTOPEN: Option<number> = option(TCP, k.TCP_FASTOPEN, 'TCP_FASTOPEN', int)
/** connect waits for the first data, and sends it in the SYN when there is a cookie of that server. */
export const TCP_FASTOPEN_CONNECT: Option<boolean> = option(
  TCP,
  k.TCP_FASTOPEN_CONNECT,
  'TCP_FASTOPEN_CONNECT',
  flag,
)
/** The key that cookies are made of, 16 bytes, and behind it the one before, still good. */
export const TCP_FASTOPEN_KEY: Option<Uint8Array> = option(
  TCP,
  k.TCP_FASTOPEN_KEY,
  'TCP_FASTOPEN_KEY',
  raw(32),
)
/** Data in the SYN without a cookie, both ways. */
export const TCP_FASTOPEN_NO_COOKIE: Option<boolean> = option(
  TCP,
  k.TCP_FASTOPEN_NO_COOKIE,
  'TCP_FASTOPEN_NO_COOKIE',
  flag,
)
/** A listener keeps the SYN of each connection: 1 from the network header on, 2 with the link's. */
export const TCP_SAVE_SYN: Option<number> = option(TCP, k.TCP_SAVE_SYN, 'TCP_SAVE_SYN', int)
/** The SYN of an accepted connection, once: empty when read before, or not kept. */
export const TCP_SAVED_SYN: Readable<Uint8Array> = readable(TCP, k.TCP_SAVED_SYN, 'TCP_SAVED_SYN', raw(2048))
/** Whether the connection is multipath TCP: false after it fell back. Linux 6.9. */
export const TCP_IS_MPTCP: Readable<boolean> = readable(TCP, k.TCP_IS_MPTCP, 'TCP_IS_MPTCP', flag)

// ── receiving ───────────────────────────────────────────────────────────────────────────────────────

/** Receive the number of bytes that are left behind with each message (TCP_CM_INQ). */
export const TCP_INQ: Option<boolean> = option(TCP, k.TCP_INQ, 'TCP_INQ', flag)

/** struct tcp_zerocopy_receive, what of it makes sense without a mapping. */
export interface ZerocopyReceive {
  /** Bytes that recv has to take before pages could be mapped. */
  readonly recvSkipHint: number
  /** Bytes that are there, and 1 for the end of the stream. */
  readonly inq: number
  /** The pending error as a positive errno, not cleared. */
  readonly err: number
}

/**
 * What is queued. Mapping it needs memory from mmap(2) of the socket, which there is none of here: EINVAL once a page
 * or more is there.
 */
export const TCP_ZEROCOPY_RECEIVE: Readable<ZerocopyReceive> = readable(
  TCP,
  k.TCP_ZEROCOPY_RECEIVE,
  'TCP_ZEROCOPY_RECEIVE',
  {
    size: tcp_zerocopy_receive.size,
    decode: (bytes) => {
      const { recv_skip_hint, inq, err } = tcp_zerocopy_receive.fields
      // Before Linux 5.11 it ended here.
      const view = viewOf(bytes, err[0] + err[1], 'tcp_zerocopy_receive')
      return {
        recvSkipHint: getUint(view, recv_skip_hint),
        inq: getUint(view, inq),
        err: Math.abs(view.getInt32(err[0], true)),
      }
    },
  },
)
