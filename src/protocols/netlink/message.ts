/** Messages: struct nlmsghdr and what is behind it, and the kernel's answers that say how it went. netlink(7). */
import { DecodeError } from '../../data/errors.js'
import { checkInteger } from '../../data/integer.js'
import { NLM_F_ACK_TLVS, NLM_F_CAPPED, NLMSG_DONE, NLMSG_ERROR } from '../../data/kernel.js'
import { decodeAttributes } from './decoder.js'

/** struct nlmsghdr. */
const HEADER = 16

/** A message: its header and the bytes behind it. */
export interface NetlinkMessage {
  /** NLMSG_*, or the protocol's own from 16 on (RTM_NEWLINK, …). */
  readonly type: number
  /** NLM_F_*. */
  readonly flags: number
  /** Which request it belongs to. */
  readonly sequence: number
  /** The port of the socket that asked; 0 is the kernel. */
  readonly pid: number
  readonly body: Uint8Array
}

/** What is sent: numbers that are left out are 0. */
export type NetlinkMessageGiven = Pick<NetlinkMessage, 'type'> & Partial<NetlinkMessage>

/** The bytes of a message, padded to the next four. @throws TypeError and RangeError for what is no header. */
export function encodeNetlink({
  type,
  flags = 0,
  sequence = 0,
  pid = 0,
  body,
}: NetlinkMessageGiven): Uint8Array {
  const length = HEADER + (body?.length ?? 0)
  const bytes = new Uint8Array((length + 3) & ~3)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, length, true)
  view.setUint16(4, checkInteger(type, 'type', 0, 0xffff), true)
  view.setUint16(6, checkInteger(flags, 'flags', 0, 0xffff), true)
  view.setUint32(8, checkInteger(sequence, 'sequence', 0, 0xffffffff), true)
  view.setUint32(12, checkInteger(pid, 'pid', 0, 0xffffffff), true)
  if (body !== undefined) bytes.set(body, HEADER)
  return bytes
}

/**
 * The messages of a datagram, in their order; their bodies are views of it.
 *
 * @throws DecodeError where a message is longer than what is left, or shorter than its header.
 */
export function decodeNetlink(datagram: Uint8Array): NetlinkMessage[] {
  const messages: NetlinkMessage[] = []
  const view = new DataView(datagram.buffer, datagram.byteOffset, datagram.byteLength)
  let at = 0
  while (at < datagram.length) {
    if (datagram.length - at < HEADER) throw new DecodeError('ERR_TRUNCATED', 'nlmsghdr', datagram.length)
    const length = view.getUint32(at, true)
    if (length < HEADER) throw new DecodeError('ERR_MALFORMED', 'nlmsghdr', at)
    if (length > datagram.length - at)
      throw new DecodeError('ERR_TRUNCATED', 'netlink message', datagram.length)
    messages.push({
      type: view.getUint16(at + 4, true),
      flags: view.getUint16(at + 6, true),
      sequence: view.getUint32(at + 8, true),
      pid: view.getUint32(at + 12, true),
      body: datagram.subarray(at + HEADER, at + length),
    })
    // Padding behind the last one may be missing. Lengths beyond 2^31 do not come this far.
    at += (length + 3) & ~3
  }
  return messages
}

/** What the kernel says of a refusal beside its number: the extended acknowledgement (NLMSGERR_ATTR_*). */
export interface ExtendedAck {
  /** In words. */
  readonly message?: string | undefined
  /** Where in the request the attribute is that it is about: bytes from the beginning of its header. */
  readonly offset?: number | undefined
  /** The number of an attribute that is missing, */
  readonly missingType?: number | undefined
  /** and where the attribute is that it is missing in; left out where that is the message. */
  readonly missingNest?: number | undefined
  /** What else tells: bytes of the protocol's own. */
  readonly cookie?: Uint8Array | undefined
}

/** How a request went. */
export interface Outcome {
  /** 0, or a negative errno. */
  readonly error: number
  readonly extack: ExtendedAck
}

const extack = {
  msg: [1, 'string'],
  offs: [2, 'u32'],
  cookie: [3, 'bytes'],
  missType: [5, 'u32'],
  missNest: [6, 'u32'],
} as const

/**
 * How a request went, of NLMSG_ERROR and NLMSG_DONE; null for any other message. The end of a dump without a number is a good
 * one.
 *
 * @throws DecodeError
 */
export function outcomeOf({ type, flags, body }: NetlinkMessage): Outcome | null {
  if (type !== NLMSG_ERROR && type !== NLMSG_DONE) return null
  if (type === NLMSG_DONE && body.length < 4) return { error: 0, extack: {} }
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  if (body.length < 4) throw new DecodeError('ERR_TRUNCATED', 'nlmsgerr', body.length)
  const error = view.getInt32(0, true)
  // A refusal is followed by the request, or by its header alone; the end of a dump by nothing.
  let skip = 4
  if (type === NLMSG_ERROR) {
    if (body.length < 4 + HEADER) throw new DecodeError('ERR_TRUNCATED', 'nlmsgerr', body.length)
    const length = (flags & NLM_F_CAPPED) === 0 ? view.getUint32(4, true) : HEADER
    skip += Math.max(HEADER, (length + 3) & ~3)
  }
  if ((flags & NLM_F_ACK_TLVS) === 0) return { error, extack: {} }
  if (skip > body.length) throw new DecodeError('ERR_TRUNCATED', 'nlmsgerr', body.length)
  const { msg, offs, cookie, missType, missNest } = decodeAttributes(body.subarray(skip), extack, 'nlmsgerr')
  const told = { message: msg, offset: offs, missingType: missType, missingNest: missNest, cookie }
  return {
    error,
    extack: Object.fromEntries(Object.entries(told).filter(([, value]) => value !== undefined)),
  }
}
