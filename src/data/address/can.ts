/**
 * AF_CAN: struct sockaddr_can. Its length tells whose it is: the kernel gives as much of it as the protocol needs, and
 * takes no less.
 */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_CAN, J1939_NO_ADDR, J1939_NO_PGN, layouts } from '../kernel.js'
import type { AddressCodec, CanAddress } from './address.js'

const { fields } = layouts.sockaddr_can
const IFINDEX = fields.can_ifindex[0]
const RX = fields['can_addr.tp.rx_id'][0]
const TX = fields['can_addr.tp.tx_id'][0]
const NAME = fields['can_addr.j1939.name'][0]
const PGN = fields['can_addr.j1939.pgn'][0]
const ADDR = fields['can_addr.j1939.addr'][0]

/** CAN_RAW and CAN_BCM, CAN_ISOTP, CAN_J1939: how much of the struct each has. */
const PLAIN = fields.can_addr[0]
const ISOTP = PLAIN + fields['can_addr.tp'][1]
const J1939 = PLAIN + fields['can_addr.j1939'][1]

export const can: AddressCodec<CanAddress> = {
  af: AF_CAN,
  family: 'can',

  encode({ ifindex, rxId, txId, name, pgn, addr }) {
    const index = ifindex === '' ? 0 : ifindex
    if (typeof index === 'string')
      throw new TypeError(`expected the index of interface ${JSON.stringify(index)}, not its name`)
    const tp = rxId !== undefined || txId !== undefined
    const j1939 = name !== undefined || pgn !== undefined || addr !== undefined
    if (tp && j1939) throw new TypeError('expected { rxId, txId } or { name, pgn, addr }, not both')
    const sockaddr = new Uint8Array(tp ? ISOTP : j1939 ? J1939 : PLAIN)
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_CAN, true)
    view.setInt32(IFINDEX, checkInteger(index, 'ifindex', 0), true)
    if (tp) {
      view.setUint32(RX, identifier(rxId as number, 'rxId'), true)
      view.setUint32(TX, identifier(txId as number, 'txId'), true)
    }
    if (j1939) {
      view.setBigUint64(NAME, nameOf(name ?? 0n), true)
      view.setUint32(PGN, checkInteger(pgn ?? J1939_NO_PGN, 'pgn', 0, J1939_NO_PGN), true)
      view.setUint8(ADDR, checkInteger(addr ?? J1939_NO_ADDR, 'addr', 0, 255))
    }
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < PLAIN) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_can', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    const on = { family: 'can', ifindex: view.getInt32(IFINDEX, true) } as const
    if (sockaddr.length >= J1939) {
      const name = view.getBigUint64(NAME, true)
      return Object.freeze({ ...on, name, pgn: view.getUint32(PGN, true), addr: view.getUint8(ADDR) })
    }
    if (sockaddr.length >= ISOTP)
      return Object.freeze({ ...on, rxId: view.getUint32(RX, true), txId: view.getUint32(TX, true) })
    return Object.freeze(on)
  },
}

/**
 * canid_t: an identifier with its flags in the highest bits. `x | CAN_EFF_FLAG` is negative in JavaScript: the same bits.
 */
export function identifier(value: number, what: string): number {
  return checkInteger(value, what, -0x80000000, 0xffffffff) >>> 0
}

/** name_t of J1939: 64 bits. */
export function nameOf(value: bigint): bigint {
  if (typeof value !== 'bigint') throw new TypeError(`expected a bigint name, not ${String(value)}`)
  if (value < 0n || value > 0xffff_ffff_ffff_ffffn)
    throw new RangeError(`expected a name from 0 to 2^64 - 1, not ${value}`)
  return value
}
