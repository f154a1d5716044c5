/** SOL_TIPC: linux/tipc.h. Every export is a row. */
import * as k from '../kernel.js'
import { bytes, exactly, type Receivable, receivable } from './message.js'

const { type, lower, upper } = k.layouts.tipc_service_range.fields

/** Why a message came back: TIPC_ERR_* or TIPC_CONN_SHUTDOWN, and how many bytes it had. */
export interface TipcErrinfo {
  readonly error: number
  readonly length: number
}

/** The message was sent from here and comes back. */
export const TIPC_ERRINFO: Receivable<'tipcErrinfo', TipcErrinfo> = receivable(
  'tipcErrinfo',
  k.SOL_TIPC,
  k.TIPC_ERRINFO,
  {
    decode: (data) => {
      const view = exactly(data, 8, 'tipcErrinfo')
      return { error: view.getUint32(0, true), length: view.getUint32(4, true) }
    },
  },
)
/** The bytes that come back, as many as the kernel kept. */
export const TIPC_RETDATA: Receivable<'tipcRetdata', Uint8Array> = receivable(
  'tipcRetdata',
  k.SOL_TIPC,
  k.TIPC_RETDATA,
  bytes,
)

/** The service that was asked for: an instance of it, or a range. */
export interface TipcDestname {
  readonly type: number
  readonly lower: number
  readonly upper: number
}

/** What the sender wrote as the address; of a connection, what its first message had there. */
export const TIPC_DESTNAME: Receivable<'tipcDestname', TipcDestname> = receivable(
  'tipcDestname',
  k.SOL_TIPC,
  k.TIPC_DESTNAME,
  {
    decode: (data) => {
      const view = exactly(data, k.layouts.tipc_service_range.size, 'tipcDestname')
      return {
        type: view.getUint32(type[0], true),
        lower: view.getUint32(lower[0], true),
        upper: view.getUint32(upper[0], true),
      }
    },
  },
)
