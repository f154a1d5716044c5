/** SOL_CAN_RAW: Documentation/networking/can.rst. Every export is a row. */
import * as k from '../kernel.js'
import { type Receivable, receivable } from './message.js'
import { type ExtendedError, errorAlone } from './recverr.js'

/** In the error queue: the time of a sent frame (SO_TIMESTAMPING). */
export const SCM_CAN_RAW_ERRQUEUE: Receivable<'recverr', ExtendedError> = receivable(
  'recverr',
  k.SOL_CAN_RAW,
  k.SCM_CAN_RAW_ERRQUEUE,
  errorAlone,
)
