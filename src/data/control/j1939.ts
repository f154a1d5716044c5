/** SOL_CAN_J1939: Documentation/networking/j1939.rst. Every export is a row. */
import * as k from '../kernel.js'
import { exactly, type Receivable, receivable } from './message.js'
import { type ExtendedError, errorAlone } from './recverr.js'

const octet = (what: string): { decode(data: Uint8Array): number } => ({
  decode: (data) => exactly(data, 1, what).getUint8(0),
})

/** The address that the message went to: the receiver's, or J1939_NO_ADDR of a broadcast. */
export const SCM_J1939_DEST_ADDR: Receivable<'j1939DestAddr', number> = receivable(
  'j1939DestAddr',
  k.SOL_CAN_J1939,
  k.SCM_J1939_DEST_ADDR,
  octet('j1939DestAddr'),
)
/** The NAME that it went to. */
export const SCM_J1939_DEST_NAME: Receivable<'j1939DestName', bigint> = receivable(
  'j1939DestName',
  k.SOL_CAN_J1939,
  k.SCM_J1939_DEST_NAME,
  { decode: (data) => exactly(data, 8, 'j1939DestName').getBigUint64(0, true) },
)
/** Its priority, 0 (highest) to 7. */
export const SCM_J1939_PRIO: Receivable<'j1939Prio', number> = receivable(
  'j1939Prio',
  k.SOL_CAN_J1939,
  k.SCM_J1939_PRIO,
  octet('j1939Prio'),
)
/** In the error queue: how a transfer goes (SO_J1939_ERRQUEUE); `info` is one of J1939_EE_INFO_*. */
export const SCM_J1939_ERRQUEUE: Receivable<'recverr', ExtendedError> = receivable(
  'recverr',
  k.SOL_CAN_J1939,
  k.SCM_J1939_ERRQUEUE,
  errorAlone,
)
