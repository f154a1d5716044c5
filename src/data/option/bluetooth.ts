/**
 * AF_BLUETOOTH: include/net/bluetooth of the kernel. HCI_DATA_DIR and HCI_TIME_STAMP are not here: the control messages that
 * they ask for have IP's level, and the numbers of IP's.
 */
import * as k from '../bluetooth.js'
import { SOL_BLUETOOTH } from '../kernel.js'
import {
  bytesOf,
  flag,
  integer,
  type Option,
  object,
  option,
  type Readable,
  readable,
  type Shape,
  uint,
  viewOf,
  type Writable,
} from './option.js'
import { type Partly, struct } from './struct.js'

const BT = SOL_BLUETOOTH

/** One byte, or two. */
const u8: Shape<number> = {
  size: 1,
  decode: (bytes) => viewOf(bytes, 1, 'u8').getUint8(0),
  encode: (value) => bytesOf(1, (view) => view.setUint8(0, integer(value, 0, 255))),
}
const u16: Shape<number> = {
  size: 2,
  decode: (bytes) => viewOf(bytes, 2, 'u16').getUint16(0, true),
  encode: (value) => bytesOf(2, (view) => view.setUint16(0, integer(value, 0, 0xffff), true)),
}

// ── all protocols ───────────────────────────────────────────────────────────────────────────────

/** How safe a connection has to be. */
export interface BtSecurity {
  /** BT_SECURITY_LOW, BT_SECURITY_MEDIUM, … */
  readonly level: number
  /** Bytes of the key, 7 to 16; read only. */
  readonly keySize: number
}
const security = struct<BtSecurity>(
  { size: 2, fields: { level: [0, 1], key_size: [1, 1] } },
  'bt_security',
  '',
)
/** How safe a connection has to be. */
export const BT_SECURITY: Readable<BtSecurity> & Writable<Partly<BtSecurity>> = Object.freeze({
  name: 'BT_SECURITY',
  level: BT,
  option: 4,
  ...security,
})
/** A listener shows connections before they are taken: the first read or write takes one. */
export const BT_DEFER_SETUP: Option<boolean> = option(BT, 7, 'BT_DEFER_SETUP', flag)
/** Packets may be given up when they are late. */
export const BT_FLUSHABLE: Option<boolean> = option(BT, 8, 'BT_FLUSHABLE', flag)
/** Whether sending wakes the link up. */
export const BT_POWER: Option<number> = option(BT, 9, 'BT_POWER', u8)
/** The voice setting of a connection of SCO: BT_VOICE_CVSD_16BIT, BT_VOICE_TRANSPARENT. */
export const BT_VOICE: Option<number> = option(BT, 11, 'BT_VOICE', u16)
/** Bytes of the largest message of a channel of LE, sent: read of a connected one only. */
export const BT_SNDMTU: Readable<number> = readable(BT, 12, 'BT_SNDMTU', u16)
/** The same, received: set before connecting. */
export const BT_RCVMTU: Option<number> = option(BT, 13, 'BT_RCVMTU', u16)
/** The physical layers that are in use, as bits: of a connected socket. */
export const BT_PHY: Readable<number> = readable(BT, 14, 'BT_PHY', uint)
/** The mode of a channel; only where the kernel's parameter enable_ecred is on. */
export const BT_MODE: Option<number> = option(BT, 15, 'BT_MODE', u8)
/** Receive the state of each packet, of a connection of SCO. */
export const BT_PKT_STATUS: Option<boolean> = option(BT, 16, 'BT_PKT_STATUS', flag)

// ── HCI ─────────────────────────────────────────────────────────────────────────────────────────

/** Which packets come to a raw socket of HCI: bits. */
export interface HciFilter {
  /** By the types of packets: bit 4 is events. */
  readonly typeMask: number
  /** By the codes of events, 64 bits. */
  readonly eventMask: bigint
  /** The command whose completion alone is to come; 0 is any. */
  readonly opcode: number
}

const HCI_FILTER_SIZE = 16

/** Which packets come. */
export const HCI_FILTER: Option<HciFilter> = option(k.SOL_HCI, 2, 'HCI_FILTER', {
  size: HCI_FILTER_SIZE,
  decode: (bytes) => {
    // The kernel's own struct has no more than 14 bytes that count.
    const view = viewOf(bytes, 14, 'hci_filter')
    return {
      typeMask: view.getUint32(0, true),
      eventMask: view.getBigUint64(4, true),
      opcode: view.getUint16(12, true),
    }
  },
  encode: (value) => {
    const { typeMask, eventMask, opcode } = object(value, '{ typeMask, eventMask, opcode }')
    if (typeof eventMask !== 'bigint')
      throw new TypeError(`expected a bigint eventMask, not ${String(eventMask)}`)
    if (eventMask < 0n || eventMask > 0xffff_ffff_ffff_ffffn)
      throw new RangeError(`expected an eventMask of 64 bits, not ${eventMask}`)
    return bytesOf(HCI_FILTER_SIZE, (view) => {
      view.setUint32(0, integer(typeMask, 0, 0xffffffff), true)
      view.setBigUint64(4, eventMask, true)
      view.setUint16(12, integer(opcode, 0, 0xffff), true)
    })
  },
})

// ── connections ─────────────────────────────────────────────────────────────────────────────────

/** The link of a connected socket. */
export interface BtConninfo {
  readonly hciHandle: number
  /** The three bytes of the peer's class of device, as one number. */
  readonly devClass: number
}

const conninfo: Pick<Shape<BtConninfo>, 'size' | 'decode'> = {
  size: 6,
  decode: (bytes) => {
    const view = viewOf(bytes, 5, 'conninfo')
    return {
      hciHandle: view.getUint16(0, true),
      devClass: view.getUint16(2, true) | (view.getUint8(4) << 16),
    }
  },
}

/** How a channel of L2CAP is. */
export interface L2capOptions {
  /** Bytes of the largest message sent, and received. */
  readonly omtu: number
  readonly imtu: number
  readonly flushTo: number
  /** Basic is 0, retransmission 3, streaming 4. */
  readonly mode: number
  /** Whether messages have a check sequence. */
  readonly fcs: number
  readonly maxTx: number
  readonly txwinSize: number
}
const l2cap = struct<L2capOptions>(
  {
    size: 12,
    fields: {
      ...{ omtu: [0, 2], imtu: [2, 2], flush_to: [4, 2], mode: [6, 1], fcs: [7, 1], max_tx: [8, 1] },
      txwin_size: [10, 2],
    },
  },
  'l2cap_options',
  '',
)
/** How a channel is: set before it is connected; read it first, for all of it is set. */
export const L2CAP_OPTIONS: Readable<L2capOptions> & Writable<Partly<L2capOptions>> = Object.freeze({
  name: 'L2CAP_OPTIONS',
  level: k.SOL_L2CAP,
  option: 1,
  ...l2cap,
})
/** The link. ENOTCONN without one. */
export const L2CAP_CONNINFO: Readable<BtConninfo> = readable(k.SOL_L2CAP, 2, 'L2CAP_CONNINFO', conninfo)
/** L2CAP_LM_AUTH, L2CAP_LM_ENCRYPT, …: BT_SECURITY has taken its place. */
export const L2CAP_LM: Option<number> = option(k.SOL_L2CAP, 3, 'L2CAP_LM', uint)
/** The link. ENOTCONN without one. */
export const RFCOMM_CONNINFO: Readable<BtConninfo> = readable(k.SOL_RFCOMM, 2, 'RFCOMM_CONNINFO', conninfo)
/** RFCOMM_LM_AUTH, RFCOMM_LM_ENCRYPT, …: BT_SECURITY has taken its place. */
export const RFCOMM_LM: Option<number> = option(k.SOL_RFCOMM, 3, 'RFCOMM_LM', uint)
/** Bytes of the largest packet. ENOTCONN without a link. */
export const SCO_OPTIONS: Readable<number> = readable(k.SOL_SCO, 1, 'SCO_OPTIONS', u16)
/** The link. ENOTCONN without one. */
export const SCO_CONNINFO: Readable<BtConninfo> = readable(k.SOL_SCO, 2, 'SCO_CONNINFO', conninfo)
