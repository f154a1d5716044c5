/** SOL_CAN_ISOTP: ISO 15765-2, Documentation/networking/iso15765-2.rst. All are set before bind. */
import * as k from '../kernel.js'
import { type Known, numbers, type Option, option, type Readable, uint, type Writable } from './option.js'

const ISOTP = k.SOL_CAN_ISOTP
const { can_isotp_options, can_isotp_fc_options, can_isotp_ll_options } = k.layouts

/**
 * struct can_isotp_options: CAN_ISOTP_* flags, which say what of the others counts. `frameTxtime` is in nanoseconds, 0 leaves
 * it as it is and CAN_ISOTP_FRAME_TXTIME_ZERO is none.
 */
export interface IsotpOptions {
  readonly flags: number
  readonly frameTxtime?: number | undefined
  readonly extAddress?: number | undefined
  readonly txpadContent?: number | undefined
  readonly rxpadContent?: number | undefined
  readonly rxExtAddress?: number | undefined
}

const opts = can_isotp_options.fields

/** How it is addressed, padded and checked. */
export const CAN_ISOTP_OPTS: Readable<Known<IsotpOptions>> & Writable<IsotpOptions> = Object.freeze({
  ...{ name: 'CAN_ISOTP_OPTS', level: ISOTP, option: k.CAN_ISOTP_OPTS },
  ...numbers<IsotpOptions>(
    can_isotp_options.size,
    {
      flags: opts.flags,
      frameTxtime: opts.frame_txtime,
      extAddress: opts.ext_address,
      txpadContent: opts.txpad_content,
      rxpadContent: opts.rxpad_content,
      rxExtAddress: opts.rx_ext_address,
    },
    ...(['frameTxtime', 'extAddress', 'txpadContent', 'rxpadContent', 'rxExtAddress'] as const),
  ),
})

/**
 * struct can_isotp_fc_options: what flow control tells the sender. `bs` is the block size (0 is no limit), `stmin` the least
 * time between frames (0x00 to 0x7f milliseconds, 0xf1 to 0xf9 hundreds of microseconds), `wftmax` how many waits may come.
 */
export interface FlowControl {
  readonly bs: number
  readonly stmin: number
  readonly wftmax: number
}

/** What this side asks of a sender. */
export const CAN_ISOTP_RECV_FC: Option<FlowControl> = option(
  ISOTP,
  k.CAN_ISOTP_RECV_FC,
  'CAN_ISOTP_RECV_FC',
  numbers<FlowControl>(can_isotp_fc_options.size, can_isotp_fc_options.fields),
)
/** The time between sent frames in nanoseconds whatever the receiver asks for (CAN_ISOTP_FORCE_TXSTMIN). */
export const CAN_ISOTP_TX_STMIN: Option<number> = option(
  ISOTP,
  k.CAN_ISOTP_TX_STMIN,
  'CAN_ISOTP_TX_STMIN',
  uint,
)
/** Frames that come within these nanoseconds are passed over (CAN_ISOTP_FORCE_RXSTMIN). */
export const CAN_ISOTP_RX_STMIN: Option<number> = option(
  ISOTP,
  k.CAN_ISOTP_RX_STMIN,
  'CAN_ISOTP_RX_STMIN',
  uint,
)

/** struct can_isotp_ll_options: CAN_MTU or CANFD_MTU, the bytes in a frame (8, with CAN FD up to 64), CANFD_* flags. */
export interface LinkLayer {
  readonly mtu: number
  readonly txDl: number
  readonly txFlags: number
}

const ll = can_isotp_ll_options.fields

/** The frames that are sent. */
export const CAN_ISOTP_LL_OPTS: Option<LinkLayer> = option(
  ISOTP,
  k.CAN_ISOTP_LL_OPTS,
  'CAN_ISOTP_LL_OPTS',
  numbers<LinkLayer>(can_isotp_ll_options.size, { mtu: ll.mtu, txDl: ll.tx_dl, txFlags: ll.tx_flags }),
)
