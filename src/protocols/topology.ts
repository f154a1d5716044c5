/**
 * What TIPC's topology server speaks, the service TIPC_TOP_SRV on each node (instance of the same number), on
 * SOCK_SEQPACKET: struct tipc_subscr goes to it and struct tipc_event comes back, Documentation/networking/tipc.rst.
 */
import { DecodeError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import { layouts } from '../data/kernel.js'

const { size: SUBSCR, fields: subscr } = layouts.tipc_subscr
const { size: EVENT, fields: event } = layouts.tipc_event
const range = layouts.tipc_service_range.fields
const { ref, node } = layouts.tipc_socket_addr.fields
const [HANDLE, HANDLE_SIZE] = subscr.usr_handle

/** TIPC_WAIT_FOREVER as the struct has it. */
const FOREVER = 0xffffffff

/**
 * What is to be told: of services of a type from `lower` to `upper`, for `timeout` milliseconds (Infinity for ever). `filter` is
 * TIPC_SUB_PORTS (each socket) or TIPC_SUB_SERVICE (the first and the last), with TIPC_SUB_CANCEL to end the same one. `usrHandle`
 * is 8 bytes of the caller's that come back in each event.
 */
export interface TipcSubscr {
  readonly type: number
  readonly lower: number
  readonly upper: number
  readonly filter: number
  readonly timeout?: number | undefined
  readonly usrHandle?: Uint8Array | undefined
}

/** What has happened: TIPC_PUBLISHED, TIPC_WITHDRAWN or TIPC_SUBSCR_TIMEOUT, to which instances, on which socket. */
export interface TipcEvent {
  readonly event: number
  readonly foundLower: number
  readonly foundUpper: number
  readonly port: { readonly ref: number; readonly node: number }
  readonly subscr: Required<TipcSubscr>
}

/** The bytes of a subscription, as they are sent to the topology server. TypeError or RangeError for what is none. */
export function encodeTipcSubscr({
  type,
  lower,
  upper,
  filter,
  timeout = Infinity,
  usrHandle = new Uint8Array(HANDLE_SIZE),
}: TipcSubscr): Uint8Array {
  if (!(usrHandle instanceof Uint8Array))
    throw new TypeError(`expected a handle of bytes, not ${String(usrHandle)}`)
  checkInteger(usrHandle.length, 'usrHandle.length', 0, HANDLE_SIZE)
  const bytes = new Uint8Array(SUBSCR)
  const view = new DataView(bytes.buffer)
  const put = (at: number, value: number, what: string): void =>
    view.setUint32(at, checkInteger(value, what, 0, 0xffffffff), true)
  put(subscr.seq[0] + range.type[0], type, 'type')
  put(subscr.seq[0] + range.lower[0], lower, 'lower')
  put(subscr.seq[0] + range.upper[0], upper, 'upper')
  put(subscr.timeout[0], timeout === Infinity ? FOREVER : timeout, 'timeout')
  put(subscr.filter[0], filter, 'filter')
  bytes.set(usrHandle, HANDLE)
  return bytes
}

/** The event in what the topology server sent: one at a time on SOCK_SEQPACKET. DecodeError for other bytes. */
export function decodeTipcEvent(bytes: Uint8Array): TipcEvent {
  if (bytes.length < EVENT) throw new DecodeError('ERR_TRUNCATED', 'tipc_event', bytes.length)
  if (bytes.length > EVENT) throw new DecodeError('ERR_MALFORMED', 'tipc_event', EVENT)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const get = (at: number): number => view.getUint32(at, true)
  const of = event.s[0]
  const timeout = get(of + subscr.timeout[0])
  return {
    event: get(event.event[0]),
    foundLower: get(event.found_lower[0]),
    foundUpper: get(event.found_upper[0]),
    port: { ref: get(event.port[0] + ref[0]), node: get(event.port[0] + node[0]) },
    subscr: {
      type: get(of + subscr.seq[0] + range.type[0]),
      lower: get(of + subscr.seq[0] + range.lower[0]),
      upper: get(of + subscr.seq[0] + range.upper[0]),
      filter: get(of + subscr.filter[0]),
      timeout: timeout === FOREVER ? Infinity : timeout,
      usrHandle: new Uint8Array(bytes.subarray(of + HANDLE, of + HANDLE + HANDLE_SIZE)),
    },
  }
}
