/** AF_INET6: struct sockaddr_in6, ipv6(7). */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_INET6, layouts } from '../kernel.js'
import type { AddressCodec, Inet6Address } from './address.js'
import { checkPort, portAt } from './inet.js'
import { formatIpv6, parseIpv6 } from './ip.js'

const { size, fields } = layouts.sockaddr_in6
const PORT = fields.sin6_port[0]
const FLOWINFO = fields.sin6_flowinfo[0]
const ADDR = fields.sin6_addr[0]
const SCOPE = fields.sin6_scope_id[0]

/** RFC 2133's struct ended before the scope id; Linux still takes it. */
const WITHOUT_SCOPE = SCOPE

export const inet6: AddressCodec<Inet6Address> = {
  af: AF_INET6,
  family: 'inet6',

  encode({ host, port, flowinfo = 0, scopeId }) {
    checkPort(port)
    if (typeof host !== 'string') throw new TypeError(`expected a numeric IPv6 host, not ${String(host)}`)
    const [bare, zone] = splitScope(host)
    const scope = scopeId ?? zone ?? 0
    if (typeof scope === 'string' && !/^\d+$/.test(scope))
      throw new TypeError(`expected the index of interface ${JSON.stringify(scope)}, not its name`)
    checkInteger(flowinfo, 'flowinfo', 0, 0xffffffff)
    checkInteger(Number(scope), 'scopeId', 0, 0xffffffff)
    const bytes = bare === '' ? new Uint8Array(16) : parseIpv6(bare)
    if (bytes === null) throw new TypeError(`expected a numeric IPv6 host, not ${JSON.stringify(host)}`)
    const sockaddr = new Uint8Array(size)
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_INET6, true)
    view.setUint16(PORT, port)
    view.setUint32(FLOWINFO, flowinfo)
    sockaddr.set(bytes, ADDR)
    view.setUint32(SCOPE, Number(scope), true)
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < WITHOUT_SCOPE)
      throw new DecodeError('ERR_TRUNCATED', 'sockaddr_in6', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    return Object.freeze({
      family: 'inet6',
      host: formatIpv6(sockaddr, ADDR),
      port: portAt(sockaddr, PORT),
      flowinfo: view.getUint32(FLOWINFO),
      scopeId: sockaddr.length < size ? 0 : view.getUint32(SCOPE, true),
    })
  },
}

/** 'fe80::1%eth0' is a host and its zone (RFC 4007 §11). */
export function splitScope(host: string): [host: string, zone: string | undefined] {
  const at = host.indexOf('%')
  return at < 0 ? [host, undefined] : [host.slice(0, at), host.slice(at + 1)]
}
