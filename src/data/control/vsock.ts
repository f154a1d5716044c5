/** SOL_VSOCK: vsock(7). Every export is a row. */
import * as k from '../kernel.js'
import { type Receivable, receivable } from './message.js'
import { type ExtendedError, errorAlone } from './recverr.js'

/** The end of zero-copy sends, by MSG_ERRQUEUE. Linux 6.7. */
export const VSOCK_RECVERR: Receivable<'recverr', ExtendedError> = receivable(
  'recverr',
  k.SOL_VSOCK,
  k.VSOCK_RECVERR,
  errorAlone,
)
