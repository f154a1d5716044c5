/** What the error queue tells (MSG_ERRQUEUE): struct sock_extended_err and the address behind it, ip(7). */
import type { AddressCodec, Inet6Address, InetAddress } from '../address/address.js'
import { DecodeError } from '../errors.js'
import { AF_UNSPEC, layouts } from '../kernel.js'
import { exactly } from './message.js'

const { size, fields } = layouts.sock_extended_err

export interface ExtendedError {
  /** Positive, as in <errno.h>; `errnoName` knows its name. */
  readonly errno: number
  /** SO_EE_ORIGIN_*: an ICMP message, this machine, a time-stamp, a zero-copy send. */
  readonly origin: number
  /** ICMP's type and code. */
  readonly type: number
  readonly code: number
  /** The path's MTU with EMSGSIZE; the kind of time, SCM_TSTAMP_*; the first of the zero-copy sends; the low 32 bits of a time to send at that was missed (SO_EE_ORIGIN_TXTIME). */
  readonly info: number
  /** The number of the time-stamped send; the last of the zero-copy sends; RFC 4884's lengths, if asked for; the high 32 bits of that time. */
  readonly data: number
  /** Who reported it, port 0; null where nobody else did. */
  readonly offender: InetAddress | Inet6Address | null
}

/** The codec of IP_RECVERR or IPV6_RECVERR: the offender is a sockaddr of that family, of `room` bytes. */
export function extendedError<A extends InetAddress | Inet6Address>(
  codec: AddressCodec<A>,
  room: number,
): { decode(data: Uint8Array): ExtendedError } {
  return {
    decode: (data) => {
      const view = exactly(data, size + room, 'sock_extended_err')
      const none = view.getUint16(size, true) === AF_UNSPEC
      return { ...structIn(view), offender: none ? null : addressIn(codec, data.subarray(size), size) }
    },
  }
}

/** The codec of the families that name no offender. */
export const errorAlone: { decode(data: Uint8Array): ExtendedError } = {
  decode: (data) => ({ ...structIn(exactly(data, size, 'sock_extended_err')), offender: null }),
}

function structIn(view: DataView): Omit<ExtendedError, 'offender'> {
  return {
    errno: view.getUint32(fields.ee_errno[0], true),
    origin: view.getUint8(fields.ee_origin[0]),
    type: view.getUint8(fields.ee_type[0]),
    code: view.getUint8(fields.ee_code[0]),
    info: view.getUint32(fields.ee_info[0], true),
    data: view.getUint32(fields.ee_data[0], true),
  }
}

/** The address of the codec's family in these bytes, which begin at `offset` in the message's. */
export function addressIn<A extends InetAddress | Inet6Address>(
  codec: AddressCodec<A>,
  sockaddr: Uint8Array,
  offset = 0,
): A {
  if (((sockaddr[0] ?? 0) | ((sockaddr[1] ?? 0) << 8)) !== codec.af)
    throw new DecodeError('ERR_MALFORMED', `sockaddr of family ${codec.af}`, offset)
  return codec.decode(sockaddr)
}
