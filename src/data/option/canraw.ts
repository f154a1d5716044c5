/** SOL_CAN_RAW: Documentation/networking/can.rst. */
import { identifier } from '../address/can.js'
import * as k from '../kernel.js'
import {
  bytesOf,
  flag,
  type Known,
  list,
  numbers,
  type Option,
  object,
  option,
  type Readable,
  uint,
  viewOf,
  type Writable,
} from './option.js'

const RAW = k.SOL_CAN_RAW
const { can_filter, can_raw_vcid_options } = k.layouts

/**
 * struct can_filter: frames pass whose identifier is `canId` in the bits of `canMask`, CAN_EFF_FLAG and CAN_RTR_FLAG among
 * them; with CAN_INV_FILTER in `canId`, the others.
 */
export interface CanFilter {
  readonly canId: number
  readonly canMask: number
}

/** What is received: what passes one of these. All frames at first, none with no filter. At most 512. */
export const CAN_RAW_FILTER: Option<readonly CanFilter[]> = option(
  RAW,
  k.CAN_RAW_FILTER,
  'CAN_RAW_FILTER',
  list(k.CAN_RAW_FILTER_MAX, {
    size: can_filter.size,
    decode: (bytes): CanFilter => {
      const view = viewOf(bytes, can_filter.size, 'can_filter')
      const { can_id, can_mask } = can_filter.fields
      return { canId: view.getUint32(can_id[0], true), canMask: view.getUint32(can_mask[0], true) }
    },
    encode: (value: CanFilter) => {
      const { canId, canMask } = object(value, '{ canId, canMask }')
      const { can_id, can_mask } = can_filter.fields
      return bytesOf(can_filter.size, (view) => {
        view.setUint32(can_id[0], identifier(canId, 'canId'), true)
        view.setUint32(can_mask[0], identifier(canMask, 'canMask'), true)
      })
    },
  }),
)
/** Which error frames come: CAN_ERR_* classes, CAN_ERR_MASK for all. None at first. */
export const CAN_RAW_ERR_FILTER: Option<number> = option(
  RAW,
  k.CAN_RAW_ERR_FILTER,
  'CAN_RAW_ERR_FILTER',
  uint,
)
/** What is sent comes to the other sockets of this machine. On at first. */
export const CAN_RAW_LOOPBACK: Option<boolean> = option(RAW, k.CAN_RAW_LOOPBACK, 'CAN_RAW_LOOPBACK', flag)
/** It comes back to this socket too, with MSG_CONFIRM in the flags. */
export const CAN_RAW_RECV_OWN_MSGS: Option<boolean> = option(
  RAW,
  k.CAN_RAW_RECV_OWN_MSGS,
  'CAN_RAW_RECV_OWN_MSGS',
  flag,
)
/** Frames of CAN FD come, and may be sent. */
export const CAN_RAW_FD_FRAMES: Option<boolean> = option(RAW, k.CAN_RAW_FD_FRAMES, 'CAN_RAW_FD_FRAMES', flag)
/** A frame must pass all filters, not just one. */
export const CAN_RAW_JOIN_FILTERS: Option<boolean> = option(
  RAW,
  k.CAN_RAW_JOIN_FILTERS,
  'CAN_RAW_JOIN_FILTERS',
  flag,
)
/** Frames of CAN XL come, and may be sent; those of CAN FD too. Since Linux 6.2. */
export const CAN_RAW_XL_FRAMES: Option<boolean> = option(RAW, k.CAN_RAW_XL_FRAMES, 'CAN_RAW_XL_FRAMES', flag)

/** struct can_raw_vcid_options: CAN_RAW_XL_VCID_* flags, and the virtual CAN network that is sent to and received from. */
export interface VcidOptions {
  readonly flags: number
  readonly txVcid?: number | undefined
  readonly rxVcid?: number | undefined
  readonly rxVcidMask?: number | undefined
}

const vcid = can_raw_vcid_options.fields

/** The virtual networks of CAN XL. Since Linux 6.9. */
export const CAN_RAW_XL_VCID_OPTS: Readable<Known<VcidOptions>> & Writable<VcidOptions> = Object.freeze({
  ...{ name: 'CAN_RAW_XL_VCID_OPTS', level: RAW, option: k.CAN_RAW_XL_VCID_OPTS },
  ...numbers<VcidOptions>(
    can_raw_vcid_options.size,
    { flags: vcid.flags, txVcid: vcid.tx_vcid, rxVcid: vcid.rx_vcid, rxVcidMask: vcid.rx_vcid_mask },
    ...(['txVcid', 'rxVcid', 'rxVcidMask'] as const),
  ),
})
