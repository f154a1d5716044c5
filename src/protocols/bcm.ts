/**
 * Messages of the broadcast manager, CAN_BCM: struct bcm_msg_head of linux/can/bcm.h and the frames behind it,
 * Documentation/networking/can.rst.
 */
import { identifier } from '../data/address/can.js'
import { DecodeError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import { CAN_FD_FRAME, CAN_MTU, CANFD_MTU, layouts } from '../data/kernel.js'
import { milliseconds } from '../data/option/option.js'
import { type CanCcFrame, type CanFdFrame, decodeCanFrame, encodeCanFrame } from './can.js'

const { size: HEAD, fields } = layouts.bcm_msg_head

/**
 * A message to or from the broadcast manager. `opcode` is one of TX_SETUP to RX_CHANGED; `flags` are SETTIMER to CAN_FD_FRAME,
 * the last set by itself for frames of CAN FD. `count` frames are sent every `ival1` milliseconds, and more every `ival2`;
 * of RX_SETUP, `ival1` is how long nothing may come and `ival2` the least time between changes. They count in microseconds.
 */
export interface BcmMessage {
  readonly opcode: number
  readonly canId: number
  readonly flags?: number | undefined
  readonly count?: number | undefined
  readonly ival1?: number | undefined
  readonly ival2?: number | undefined
  readonly frames?: readonly (CanCcFrame | CanFdFrame)[] | undefined
}

/** The bytes to send on a CAN_BCM socket, whose frames must be of one kind. TypeError or RangeError for what is no message. */
export function encodeBcmMessage(message: BcmMessage): Uint8Array {
  const { opcode, canId, flags = 0, count = 0, ival1 = 0, ival2 = 0, frames = [] } = message
  if (!Array.isArray(frames)) throw new TypeError(`expected an array of frames, not ${String(frames)}`)
  checkInteger(flags, 'flags', 0, 0xffffffff)
  const fd = frames[0]?.kind === 'fd'
  const each = fd || (flags & CAN_FD_FRAME) !== 0 ? CANFD_MTU : CAN_MTU
  const bytes = new Uint8Array(HEAD + each * frames.length)
  const view = new DataView(bytes.buffer)
  view.setUint32(fields.opcode[0], checkInteger(opcode, 'opcode', 0, 0xffffffff), true)
  view.setUint32(fields.flags[0], fd ? flags | CAN_FD_FRAME : flags, true)
  view.setUint32(fields.count[0], checkInteger(count, 'count', 0, 0xffffffff), true)
  bytes.set(milliseconds.encode(ival1), fields.ival1[0])
  bytes.set(milliseconds.encode(ival2), fields.ival2[0])
  view.setUint32(fields.can_id[0], identifier(canId, 'canId'), true)
  view.setUint32(fields.nframes[0], frames.length, true)
  for (const [i, frame] of frames.entries()) {
    const encoded = encodeCanFrame(frame)
    if (encoded.length !== each)
      throw new TypeError(`expected frames of one kind, not one of '${frame.kind}'`)
    bytes.set(encoded, HEAD + each * i)
  }
  return bytes
}

/** The message in what a CAN_BCM socket received. DecodeError for other bytes. */
export function decodeBcmMessage(bytes: Uint8Array): Required<BcmMessage> {
  if (bytes.length < HEAD) throw new DecodeError('ERR_TRUNCATED', 'bcm_msg_head', bytes.length)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const flags = view.getUint32(fields.flags[0], true)
  const each = flags & CAN_FD_FRAME ? CANFD_MTU : CAN_MTU
  const end = HEAD + each * view.getUint32(fields.nframes[0], true)
  if (bytes.length > end) throw new DecodeError('ERR_MALFORMED', 'bcm_msg_head', fields.nframes[0])
  if (bytes.length < end) throw new DecodeError('ERR_TRUNCATED', 'bcm_msg_head', bytes.length)
  const frames: (CanCcFrame | CanFdFrame)[] = []
  for (let at = HEAD; at < end; at += each) {
    const frame = decodeCanFrame(bytes.subarray(at, at + each))
    if (frame.kind === 'xl') throw new DecodeError('ERR_MALFORMED', 'bcm_msg_head', at)
    frames.push(frame)
  }
  return {
    opcode: view.getUint32(fields.opcode[0], true),
    canId: view.getUint32(fields.can_id[0], true),
    flags,
    count: view.getUint32(fields.count[0], true),
    ival1: milliseconds.decode(bytes.subarray(fields.ival1[0])),
    ival2: milliseconds.decode(bytes.subarray(fields.ival2[0])),
    frames,
  }
}
