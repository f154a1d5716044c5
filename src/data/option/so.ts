/** SOL_SOCKET: socket(7). */
import * as k from '../kernel.js'
import {
  bytesOf,
  flag,
  int,
  integer,
  type Option,
  option,
  type Readable,
  readable,
  text,
  uint,
  viewOf,
} from './option.js'

const SOL = k.SOL_SOCKET
const { linger, ucred } = k.layouts

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
/** Receive the sender's credentials with each message, unix(7). */
export const SO_PASSCRED: Option<boolean> = option(SOL, k.SO_PASSCRED, 'SO_PASSCRED', flag)

/** Send buffer in bytes. The kernel doubles what is set, for its own bookkeeping, and answers the doubled value. */
export const SO_SNDBUF: Option<number> = option(SOL, k.SO_SNDBUF, 'SO_SNDBUF', int)
/** Receive buffer in bytes, doubled like SO_SNDBUF. */
export const SO_RCVBUF: Option<number> = option(SOL, k.SO_RCVBUF, 'SO_RCVBUF', int)
/** Least number of bytes that makes a stream readable. */
export const SO_RCVLOWAT: Option<number> = option(SOL, k.SO_RCVLOWAT, 'SO_RCVLOWAT', int)
/** Protocol-defined priority of what is sent; above 6 needs CAP_NET_ADMIN. */
export const SO_PRIORITY: Option<number> = option(SOL, k.SO_PRIORITY, 'SO_PRIORITY', int)
/** Firewall mark of what is sent. Needs CAP_NET_RAW or CAP_NET_ADMIN. */
export const SO_MARK: Option<number> = option(SOL, k.SO_MARK, 'SO_MARK', uint)
/** The interface that the socket is bound to, by name; '' is any. */
export const SO_BINDTODEVICE: Option<string> = option(SOL, k.SO_BINDTODEVICE, 'SO_BINDTODEVICE', text(16))

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
    return {
      pid: view.getInt32(pid[0], true),
      uid: view.getUint32(uid[0], true),
      gid: view.getUint32(gid[0], true),
    }
  },
})
