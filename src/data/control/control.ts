/**
 * Ancillary data, cmsg(3): messages beside the bytes of sendmsg and recvmsg, one behind the other in one buffer.
 *
 *     0          8       12      16             cmsg_len   CMSG_SPACE
 *     +----------+-------+-------+---------------+--------+----------
 *     | cmsg_len | level | type  | data          | zeros  | the next
 *     +----------+-------+-------+---------------+--------+----------
 *
 * What the kernel has no room for it cuts, and sets MSG_CTRUNC: the last message ends where the buffer does, its
 * cmsg_len says how much of it is there, and those behind it are missing. Of descriptors it gives as many as fit,
 * always whole ones.
 */
import { DecodeError } from '../errors.js'
import * as k from '../kernel.js'
import { integer } from '../option/option.js'
import * as alg from './alg.js'
import * as canraw from './canraw.js'
import * as ip from './ip.js'
import * as ipv6 from './ipv6.js'
import * as j1939 from './j1939.js'
import type { ControlRow, Receivable, Sendable } from './message.js'
import * as netlink from './netlink.js'
import * as packet from './packet.js'
import * as rds from './rds.js'
import * as sctp from './sctp.js'
import * as socket from './socket.js'
import * as tcp from './tcp.js'
import * as tipc from './tipc.js'
import * as udp from './udp.js'
import * as vsock from './vsock.js'

export type { Credentials } from '../option/so.js'
export type { Pktinfo, PktinfoOut } from './ip.js'
export type { PathMtu } from './ipv6.js'
export type { NetlinkPktinfo } from './netlink.js'
export type { PacketAuxdata } from './packet.js'
export type { RdsLatency } from './rds.js'
export type { ExtendedError } from './recverr.js'
export type { SctpNxtinfo, SctpPrinfo, SctpRcvinfo } from './sctp.js'
export type { DmabufFragment, Timestamping, TimestampingPktinfo } from './socket.js'
export type { TimestampingStats } from './tcpstats.js'
export type { TipcDestname, TipcErrinfo } from './tipc.js'

// The only place to add a level.
type Of<Level> = Level[keyof Level]
type Row =
  | Of<typeof socket>
  | Of<typeof ip>
  | Of<typeof ipv6>
  | Of<typeof udp>
  | Of<typeof tcp>
  | Of<typeof netlink>
  | Of<typeof packet>
  | Of<typeof canraw>
  | Of<typeof j1939>
  | Of<typeof tipc>
  | Of<typeof alg>
  | Of<typeof sctp>
  | Of<typeof vsock>
  | Of<typeof rds>
const levels = [socket, ip, ipv6, udp, tcp, netlink, packet, canraw, j1939, tipc, alg, sctp, vsock, rds]
const rows: readonly Row[] = levels.flatMap((level) => Object.values(level))

type SentKind<R> = R extends Sendable<infer K, never> ? K : never
type SentValue<R, K extends string> = R extends Sendable<K, infer T> ? T : never
type ReceivedKind<R> = R extends Receivable<infer K, unknown> ? K : never
type ReceivedValue<R, K extends string> = R extends Receivable<K, infer T> ? T : never

/** A message without a codec: its bytes, both ways. Also one that the kernel cut too short for its codec. */
export interface UnknownControl {
  readonly kind: 'unknown'
  readonly level: number
  readonly type: number
  readonly data: Uint8Array
}

/** What is given to sendmsg. Descriptors stay the caller's: the kernel duplicates them. */
export type ControlOut =
  | { [K in SentKind<Row>]: { readonly kind: K; readonly value: SentValue<Row, K> } }[SentKind<Row>]
  | UnknownControl

/** What a control buffer holds. Descriptors are plain numbers here, and belong to whoever decodes. */
export type ControlData =
  | {
      [K in ReceivedKind<Row>]: { readonly kind: K; readonly value: ReceivedValue<Row, K> }
    }[ReceivedKind<Row>]
  | UnknownControl

const HEADER = k.layouts.cmsghdr.size
const LENGTH = k.layouts.cmsghdr.fields.cmsg_len[0]
const LEVEL = k.layouts.cmsghdr.fields.cmsg_level[0]
const TYPE = k.layouts.cmsghdr.fields.cmsg_type[0]
const ALIGNMENT = 8

const align = (length: number): number => Math.ceil(length / ALIGNMENT) * ALIGNMENT

/** cmsg_len of a message with `length` bytes of data: with its header, without what aligns the next. cmsg(3). */
export function CMSG_LEN(length: number): number {
  return HEADER + integer(length, 0, 0x7fffffff - HEADER)
}

/** Bytes that a message with `length` bytes of data takes up in the buffer, what aligns the next included. cmsg(3). */
export function CMSG_SPACE(length: number): number {
  return HEADER + align(integer(length, 0, 0x7fffffff - HEADER - ALIGNMENT))
}

/** The socket family that a level's messages go out by; any where it says none. */
const families: ReadonlyMap<number, number> = new Map([
  [k.IPPROTO_IP, k.AF_INET],
  [k.IPPROTO_IPV6, k.AF_INET6],
])

type AnySendable = Sendable<string, unknown>
type AnyReceivable = Receivable<string, unknown>

const senders: ReadonlyMap<string, readonly AnySendable[]> = grouped(
  rows.filter((row) => 'encode' in row) as unknown as readonly AnySendable[],
  (row) => row.kind,
)
const receivers: ReadonlyMap<number, ReadonlyMap<number, AnyReceivable>> = new Map(
  Array.from(
    grouped(rows.filter((row) => 'decode' in row) as unknown as readonly AnyReceivable[], (row) => row.level),
    ([level, those]) => [level, new Map(those.map((row) => [row.type, row]))],
  ),
)

function grouped<R extends ControlRow<string>, G>(all: readonly R[], by: (row: R) => G): Map<G, R[]> {
  const groups = new Map<G, R[]>()
  for (const row of all) groups.set(by(row), [...(groups.get(by(row)) ?? []), row])
  return groups
}

/**
 * The control buffer of one sendmsg by a socket of family `af`, each message aligned as CMSG_SPACE says. A kind that IPv4
 * and IPv6 share goes out as the family's own; what an IPv6 socket sends to a mapped IPv4 address wants AF_INET here: the
 * kernel passes over IPv6's (but IPV6_PKTINFO with a mapped address). Throws TypeError or RangeError.
 */
export function encodeControl(af: number, messages: readonly ControlOut[]): Uint8Array {
  if (!Array.isArray(messages))
    throw new TypeError(`expected an array of control messages, not ${String(messages)}`)
  const parts = Array.from(messages as readonly ControlOut[], (message) => encodeMessage(af, message))
  const bytes = new Uint8Array(parts.reduce((sum, { data }) => sum + CMSG_SPACE(data.length), 0))
  const view = new DataView(bytes.buffer)
  let at = 0
  for (const { level, type, data } of parts) {
    view.setBigUint64(at + LENGTH, BigInt(CMSG_LEN(data.length)), true)
    view.setInt32(at + LEVEL, level, true)
    view.setInt32(at + TYPE, type, true)
    bytes.set(data, at + HEADER)
    at += CMSG_SPACE(data.length)
  }
  return bytes
}

type Encoded = Pick<UnknownControl, 'level' | 'type' | 'data'>

function encodeMessage(af: number, message: ControlOut): Encoded {
  if (typeof message !== 'object' || message === null)
    throw new TypeError(`expected a control message { kind, value }, not ${String(message)}`)
  if (message.kind === 'unknown') {
    const { level, type, data } = message
    if (!(data instanceof Uint8Array)) throw new TypeError(`expected bytes for data, not ${String(data)}`)
    return {
      level: integer(level, -0x80000000, 0x7fffffff),
      type: integer(type, -0x80000000, 0x7fffffff),
      data,
    }
  }
  const { kind, value } = message
  const known = senders.get(kind)
  if (known === undefined)
    throw new TypeError(
      `expected a kind that can be sent (${[...senders.keys()].join(', ')}), not ${String(kind)}`,
    )
  const row = known.find(({ level }) => (families.get(level) ?? af) === af)
  if (row === undefined)
    throw new TypeError(`expected a kind for a socket of family ${String(af)}, which '${kind}' is not`)
  return { level: row.level, type: row.type, data: row.encode(value) }
}

/**
 * The messages in a control buffer that the kernel filled: `bytes` is what msg_controllen says. Bytes are copied.
 *
 * A last message that was cut (MSG_CTRUNC) loses none of those before it. It comes as 'unknown', with the bytes that
 * are there, where its codec needs more; as itself where any length will do (options, labels: MSG_CTRUNC alone tells
 * that there was more); descriptors always come as 'rights', as many as are there. What is too short for a header is
 * passed over. Otherwise, data that is not what its level and type promise is a DecodeError, with the offset in
 * `bytes`; `descriptorsIn` then has the descriptors to close.
 */
export function decodeControl(bytes: Uint8Array): ControlData[] {
  return entries(bytes).map(({ level, type, at, data, last }) => {
    if (data === null) throw new DecodeError('ERR_MALFORMED', 'cmsghdr', at)
    const row = receivers.get(level)?.get(type)
    if (row !== undefined)
      try {
        return { kind: row.kind, value: row.decode(data, last) } as ControlData
      } catch (error) {
        if (!(error instanceof DecodeError)) throw error
        if (!last || error.code !== 'ERR_TRUNCATED')
          throw new DecodeError(error.code, `'${row.kind}' (${error.what})`, at + HEADER + error.offset)
      }
    return { kind: 'unknown', level, type, data: new Uint8Array(data) }
  })
}

/**
 * The descriptors in a control buffer (SCM_RIGHTS, SCM_PIDFD), for whoever must close them when decoding failed. Never
 * throws; where a header makes no sense it ends.
 */
export function descriptorsIn(bytes: Uint8Array): number[] {
  const found: number[] = []
  for (const { level, type, data } of entries(bytes)) {
    if (level !== k.SOL_SOCKET || data === null) continue
    const count = type === k.SCM_RIGHTS ? Math.floor(data.length / 4) : type === k.SCM_PIDFD ? 1 : 0
    const view = new DataView(data.buffer, data.byteOffset, data.length)
    for (let i = 0; i < count && 4 * i + 4 <= data.length; i++) found.push(view.getInt32(4 * i, true))
  }
  // A pidfd that the kernel could not make is -errno.
  return found.filter((descriptor) => descriptor >= 0)
}

interface Entry {
  readonly level: number
  readonly type: number
  /** Where its header begins. */
  readonly at: number
  /** What is there of its data; null where cmsg_len is less than a header, which ends the walk. */
  readonly data: Uint8Array | null
  /** It reaches to the end of the buffer or says so, and may have been cut there. */
  readonly last: boolean
}

function entries(buffer: Uint8Array): Entry[] {
  // A plain view of it, so that a Buffer's own ways do not matter further down.
  const bytes = new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const found: Entry[] = []
  let at = 0
  while (bytes.length - at >= HEADER) {
    const length = view.getUint32(at + LENGTH, true) + view.getUint32(at + LENGTH + 4, true) * 2 ** 32
    const end = Math.min(at + length, bytes.length)
    found.push({
      level: view.getInt32(at + LEVEL, true),
      type: view.getInt32(at + TYPE, true),
      at,
      data: length < HEADER ? null : bytes.subarray(at + HEADER, end),
      last: end === bytes.length,
    })
    if (length < HEADER) break
    at = align(end)
  }
  return found
}
