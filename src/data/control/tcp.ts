/** IPPROTO_TCP: tcp(7). Every export is a row. */
import * as k from '../kernel.js'
import { int } from '../option/option.js'
import { type Receivable, receivable, whole } from './message.js'

/** How many bytes wait behind those just read (TCP_INQ). */
export const TCP_CM_INQ: Receivable<'tcpInq', number> = receivable(
  'tcpInq',
  k.IPPROTO_TCP,
  k.TCP_CM_INQ,
  whole(int, 'tcpInq'),
)
