/** AF_TIPC: struct sockaddr_tipc, Documentation/networking/tipc.rst. */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import {
  AF_TIPC,
  layouts,
  TIPC_CLUSTER_SCOPE,
  TIPC_SERVICE_ADDR,
  TIPC_SERVICE_RANGE,
  TIPC_SOCKET_ADDR,
} from '../kernel.js'
import type { AddressCodec, TipcAddress } from './address.js'

const { size, fields } = layouts.sockaddr_tipc
const ADDRTYPE = fields.addrtype[0]
const SCOPE = fields.scope[0]
const ADDR = fields.addr[0]
const DOMAIN = fields['addr.name.domain'][0]

// The fields of the three kinds of addr.
const REF = ADDR + layouts.tipc_socket_addr.fields.ref[0]
const NODE = ADDR + layouts.tipc_socket_addr.fields.node[0]
const TYPE = ADDR + layouts.tipc_service_addr.fields.type[0]
const INSTANCE = ADDR + layouts.tipc_service_addr.fields.instance[0]
const LOWER = ADDR + layouts.tipc_service_range.fields.lower[0]
const UPPER = ADDR + layouts.tipc_service_range.fields.upper[0]

export const tipc: AddressCodec<TipcAddress> = {
  af: AF_TIPC,
  family: 'tipc',

  encode({ scope, type, instance, domain, lower, upper, ref, node }) {
    const socket = ref !== undefined || node !== undefined
    const range = lower !== undefined || upper !== undefined
    const service = instance !== undefined
    if (Number(socket) + Number(range) + Number(service) !== 1 || (type !== undefined && socket))
      throw new TypeError('expected { type, instance }, { type, lower, upper } or { ref, node }')
    const sockaddr = new Uint8Array(size)
    const view = new DataView(sockaddr.buffer)
    const put = (at: number, value: number | undefined, what: string): void =>
      view.setUint32(at, checkInteger(value as number, what, 0, 0xffffffff), true)
    view.setUint16(0, AF_TIPC, true)
    view.setUint8(ADDRTYPE, socket ? TIPC_SOCKET_ADDR : range ? TIPC_SERVICE_RANGE : TIPC_SERVICE_ADDR)
    view.setInt8(SCOPE, checkInteger(scope ?? TIPC_CLUSTER_SCOPE, 'scope', -128, 127))
    if (socket) {
      put(REF, ref, 'ref')
      put(NODE, node, 'node')
      return sockaddr
    }
    put(TYPE, type, 'type')
    if (range) {
      put(LOWER, lower, 'lower')
      put(UPPER, upper, 'upper')
    } else {
      put(INSTANCE, instance, 'instance')
      put(DOMAIN, domain ?? 0, 'domain')
    }
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < size) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_tipc', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    const get = (at: number): number => view.getUint32(at, true)
    const on = { family: 'tipc', scope: view.getInt8(SCOPE) } as const
    switch (view.getUint8(ADDRTYPE)) {
      case TIPC_SERVICE_ADDR:
        return Object.freeze({ ...on, type: get(TYPE), instance: get(INSTANCE), domain: get(DOMAIN) })
      case TIPC_SERVICE_RANGE:
        return Object.freeze({ ...on, type: get(TYPE), lower: get(LOWER), upper: get(UPPER) })
      case TIPC_SOCKET_ADDR: {
        const socket = { ...on, ref: get(REF), node: get(NODE) }
        // Of what comes within a group the kernel gives two addresses: the sender's, and who that is in the group.
        if (sockaddr.length < 2 * size) return Object.freeze(socket)
        const member = Object.freeze({ type: get(size + TYPE), instance: get(size + INSTANCE) })
        return Object.freeze({ ...socket, member })
      }
      default:
        throw new DecodeError('ERR_MALFORMED', 'sockaddr_tipc', ADDRTYPE)
    }
  },
}
