/** IPPROTO_TCP: tcp(7). */
import * as k from '../kernel.js'
import { flag, int, type Option, option, text } from './option.js'

const TCP = k.IPPROTO_TCP

/** Send small segments at once (no Nagle). */
export const TCP_NODELAY: Option<boolean> = option(TCP, k.TCP_NODELAY, 'TCP_NODELAY', flag)
/** Hold partial segments back until this is off again, 200 ms at most. */
export const TCP_CORK: Option<boolean> = option(TCP, k.TCP_CORK, 'TCP_CORK', flag)
/** Acknowledge at once; the kernel may switch back by itself. */
export const TCP_QUICKACK: Option<boolean> = option(TCP, k.TCP_QUICKACK, 'TCP_QUICKACK', flag)
/** Largest segment in bytes. */
export const TCP_MAXSEG: Option<number> = option(TCP, k.TCP_MAXSEG, 'TCP_MAXSEG', int)
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
/** Seconds that a listener waits for the first data before it shows a connection; rounded by the kernel. */
export const TCP_DEFER_ACCEPT: Option<number> = option(TCP, k.TCP_DEFER_ACCEPT, 'TCP_DEFER_ACCEPT', int)
/** Queue of a listener for TCP Fast Open, RFC 7413. */
export const TCP_FASTOPEN: Option<number> = option(TCP, k.TCP_FASTOPEN, 'TCP_FASTOPEN', int)
/** Seconds that an orphaned FIN_WAIT2 is kept. */
export const TCP_LINGER2: Option<number> = option(TCP, k.TCP_LINGER2, 'TCP_LINGER2', int)
/** Congestion control by name: 'cubic', 'reno', … */
export const TCP_CONGESTION: Option<string> = option(TCP, k.TCP_CONGESTION, 'TCP_CONGESTION', text(16))
