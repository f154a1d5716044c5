/** SOL_CAN_J1939: SAE J1939, Documentation/networking/j1939.rst. */
import { nameOf } from '../address/can.js'
import * as k from '../kernel.js'
import {
  bytesOf,
  flag,
  int,
  list,
  type Option,
  object,
  option,
  setUint,
  type Writable,
  writable,
} from './option.js'

const J1939 = k.SOL_CAN_J1939
const { size, fields } = k.layouts.j1939_filter

/** struct j1939_filter: what comes must have these values in the bits of their masks. What is left out is not looked at. */
export interface J1939Filter {
  readonly name?: bigint | undefined
  readonly nameMask?: bigint | undefined
  readonly pgn?: number | undefined
  readonly pgnMask?: number | undefined
  readonly addr?: number | undefined
  readonly addrMask?: number | undefined
}

const filters = list(k.J1939_FILTER_MAX, {
  size,
  decode: () => undefined,
  encode: (filter: J1939Filter) => {
    const expected = '{ name?, nameMask?, pgn?, pgnMask?, addr?, addrMask? }'
    const {
      name = 0n,
      nameMask = 0n,
      pgn = 0,
      pgnMask = 0,
      addr = 0,
      addrMask = 0,
    } = object(filter, expected)
    return bytesOf(size, (view) => {
      view.setBigUint64(fields.name[0], nameOf(name), true)
      view.setBigUint64(fields.name_mask[0], nameOf(nameMask), true)
      setUint(view, fields.pgn, pgn)
      setUint(view, fields.pgn_mask, pgnMask)
      setUint(view, fields.addr, addr)
      setUint(view, fields.addr_mask, addrMask)
    })
  },
})

/** What is received of the senders: what passes one of these. No filter is all. At most 512. */
export const SO_J1939_FILTER: Writable<readonly J1939Filter[]> = writable(
  J1939,
  k.SO_J1939_FILTER,
  'SO_J1939_FILTER',
  { encode: filters.encode },
)
/** What is for others comes too. */
export const SO_J1939_PROMISC: Option<boolean> = option(J1939, k.SO_J1939_PROMISC, 'SO_J1939_PROMISC', flag)
/** The priority of what is sent, 0 (highest) to 7; 6 at first. 0 and 1 need CAP_NET_ADMIN. */
export const SO_J1939_SEND_PRIO: Option<number> = option(
  J1939,
  k.SO_J1939_SEND_PRIO,
  'SO_J1939_SEND_PRIO',
  int,
)
/** The error queue tells how transfers went (MSG_ERRQUEUE), with what SO_TIMESTAMPING asks for. */
export const SO_J1939_ERRQUEUE: Option<boolean> = option(
  J1939,
  k.SO_J1939_ERRQUEUE,
  'SO_J1939_ERRQUEUE',
  flag,
)
