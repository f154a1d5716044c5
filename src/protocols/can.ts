/**
 * Frames of a controller area network as CAN_RAW takes and gives them: struct can_frame, canfd_frame and canxl_frame of
 * linux/can.h, Documentation/networking/can.rst.
 */
import { identifier } from '../data/address/can.js'
import { DecodeError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import {
  CAN_MAX_DLEN,
  CAN_MTU,
  CANFD_MAX_DLEN,
  CANFD_MTU,
  CANXL_HDR_SIZE,
  CANXL_MAX_DLEN,
  CANXL_MIN_DLEN,
  CANXL_PRIO_MASK,
  CANXL_VCID_OFFSET,
  CANXL_VCID_VAL_MASK,
  CANXL_XLF,
  layouts,
} from '../data/kernel.js'

/**
 * Classical CAN: 16 bytes. `canId` is the identifier with CAN_EFF_FLAG, CAN_RTR_FLAG and CAN_ERR_FLAG; `data` has at most 8
 * bytes. `len8Dlc` is a length code of 9 to 15 that stands for 8 bytes, else 0.
 */
export interface CanCcFrame {
  readonly kind: 'cc'
  readonly canId: number
  readonly data: Uint8Array
  readonly len8Dlc?: number | undefined
}

/** CAN FD: 72 bytes. `flags` are CANFD_*; `data` has at most 64 bytes, of which a bus knows 0 to 8, 12, 16, 20, 24, 32, 48, 64. */
export interface CanFdFrame {
  readonly kind: 'fd'
  readonly canId: number
  readonly data: Uint8Array
  readonly flags?: number | undefined
}

/**
 * CAN XL: 12 bytes and the data, 1 to 2048 of them. `prio` has 11 bits, `vcid` is the virtual network, `flags` are CANXL_*
 * (CANXL_XLF is set by itself), `sdt` the type of the data, `af` the acceptance field.
 */
export interface CanXlFrame {
  readonly kind: 'xl'
  readonly prio: number
  readonly data: Uint8Array
  readonly vcid?: number | undefined
  readonly flags?: number | undefined
  readonly sdt?: number | undefined
  readonly af?: number | undefined
}

/** A frame of any of the three. */
export type CanFrame = CanCcFrame | CanFdFrame | CanXlFrame

const cc = layouts.can_frame.fields
const fd = layouts.canfd_frame.fields
const xl = layouts.canxl_frame.fields

/** The bytes of a frame, as a CAN_RAW socket sends it. TypeError or RangeError for what is none. */
export function encodeCanFrame(frame: CanFrame): Uint8Array {
  switch (frame?.kind) {
    case 'cc': {
      const { canId, len8Dlc = 0 } = frame
      const { bytes, view, length } = room(frame, CAN_MTU, cc.data[0], 0, CAN_MAX_DLEN)
      view.setUint32(cc.can_id[0], identifier(canId, 'canId'), true)
      view.setUint8(cc.len[0], length)
      view.setUint8(cc.len8_dlc[0], checkInteger(len8Dlc, 'len8Dlc', 0, 15))
      return bytes
    }
    case 'fd': {
      const { canId, flags = 0 } = frame
      const { bytes, view, length } = room(frame, CANFD_MTU, fd.data[0], 0, CANFD_MAX_DLEN)
      view.setUint32(fd.can_id[0], identifier(canId, 'canId'), true)
      view.setUint8(fd.len[0], length)
      view.setUint8(fd.flags[0], checkInteger(flags, 'flags', 0, 255))
      return bytes
    }
    case 'xl': {
      const { prio, vcid = 0, flags = 0, sdt = 0, af = 0 } = frame
      const { bytes, view, length } = room(frame, 0, xl.data[0], CANXL_MIN_DLEN, CANXL_MAX_DLEN)
      const network = checkInteger(vcid, 'vcid', 0, CANXL_VCID_VAL_MASK) << CANXL_VCID_OFFSET
      view.setUint32(xl.prio[0], checkInteger(prio, 'prio', 0, CANXL_PRIO_MASK) | network, true)
      view.setUint8(xl.flags[0], checkInteger(flags, 'flags', 0, 255) | CANXL_XLF)
      view.setUint8(xl.sdt[0], checkInteger(sdt, 'sdt', 0, 255))
      view.setUint16(xl.len[0], length, true)
      view.setUint32(xl.af[0], checkInteger(af, 'af', 0, 0xffffffff), true)
      return bytes
    }
    default:
      throw new TypeError(
        `expected a frame of kind 'cc', 'fd' or 'xl', not ${String((frame as { kind?: unknown } | null | undefined)?.kind)}`,
      )
  }
}

/**
 * The frame in what a CAN_RAW socket received; its data is a copy. DecodeError for other bytes.
 */
export function decodeCanFrame(bytes: Uint8Array): CanFrame {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const data = (at: number, length: number): Uint8Array => new Uint8Array(bytes.subarray(at, at + length))
  if (bytes.length <= CANXL_HDR_SIZE) throw new DecodeError('ERR_TRUNCATED', 'can_frame', bytes.length)
  // Where the others have their length, which is 64 at most.
  if (view.getUint8(xl.flags[0]) & CANXL_XLF) {
    const length = view.getUint16(xl.len[0], true)
    if (length < CANXL_MIN_DLEN || length > CANXL_MAX_DLEN || bytes.length > xl.data[0] + length)
      throw new DecodeError('ERR_MALFORMED', 'canxl_frame', xl.len[0])
    if (bytes.length < xl.data[0] + length)
      throw new DecodeError('ERR_TRUNCATED', 'canxl_frame', bytes.length)
    const prio = view.getUint32(xl.prio[0], true)
    return {
      kind: 'xl',
      prio: prio & CANXL_PRIO_MASK,
      vcid: (prio >> CANXL_VCID_OFFSET) & CANXL_VCID_VAL_MASK,
      flags: view.getUint8(xl.flags[0]) & ~CANXL_XLF,
      sdt: view.getUint8(xl.sdt[0]),
      af: view.getUint32(xl.af[0], true),
      data: data(xl.data[0], length),
    }
  }
  if (bytes.length < CAN_MTU) throw new DecodeError('ERR_TRUNCATED', 'can_frame', bytes.length)
  const canId = view.getUint32(cc.can_id[0], true)
  const length = view.getUint8(cc.len[0])
  if (bytes.length === CAN_MTU) {
    if (length > CAN_MAX_DLEN) throw new DecodeError('ERR_MALFORMED', 'can_frame', cc.len[0])
    return { kind: 'cc', canId, data: data(cc.data[0], length), len8Dlc: view.getUint8(cc.len8_dlc[0]) }
  }
  if (bytes.length < CANFD_MTU) throw new DecodeError('ERR_TRUNCATED', 'canfd_frame', bytes.length)
  if (bytes.length > CANFD_MTU) throw new DecodeError('ERR_MALFORMED', 'canfd_frame', CANFD_MTU)
  if (length > CANFD_MAX_DLEN) throw new DecodeError('ERR_MALFORMED', 'canfd_frame', fd.len[0])
  return { kind: 'fd', canId, data: data(fd.data[0], length), flags: view.getUint8(fd.flags[0]) }
}

/** `size` bytes, or as many as the data needs, with the data at `at`. */
function room(
  { data }: CanFrame,
  size: number,
  at: number,
  least: number,
  most: number,
): { bytes: Uint8Array; view: DataView; length: number } {
  if (!(data instanceof Uint8Array)) throw new TypeError(`expected bytes as data, not ${String(data)}`)
  checkInteger(data.length, 'data.length', least, most)
  const bytes = new Uint8Array(size === 0 ? at + data.length : size)
  bytes.set(data, at)
  return { bytes, view: new DataView(bytes.buffer), length: data.length }
}
