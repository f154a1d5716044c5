/** AF_INET: struct sockaddr_in, ip(7). */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_INET, layouts } from '../kernel.js'
import type { AddressCodec, InetAddress } from './address.js'
import { formatIpv4, parseIpv4 } from './ip.js'

const { size, fields } = layouts.sockaddr_in
const PORT = fields.sin_port[0]
const ADDR = fields.sin_addr[0]

export const inet: AddressCodec<InetAddress> = {
  af: AF_INET,
  family: 'inet',

  encode({ host, port }) {
    checkPort(port)
    const sockaddr = new Uint8Array(size)
    sockaddr[0] = AF_INET & 255
    sockaddr[1] = AF_INET >> 8
    sockaddr[PORT] = port >> 8
    sockaddr[PORT + 1] = port & 255
    if (host === '') return sockaddr
    // Python's name for 255.255.255.255.
    if (host === '<broadcast>') return sockaddr.fill(255, ADDR, ADDR + 4)
    const bytes = parseIpv4(host)
    if (bytes === null) throw new TypeError(`expected a numeric IPv4 host, not ${JSON.stringify(host)}`)
    sockaddr.set(bytes, ADDR)
    return sockaddr
  },

  decode(sockaddr) {
    // The kernel's own answer can lack the padding; the address itself must be there.
    if (sockaddr.length < ADDR + 4) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_in', sockaddr.length)
    return Object.freeze({ family: 'inet', host: formatIpv4(sockaddr, ADDR), port: portAt(sockaddr, PORT) })
  },
}

export function checkPort(port: number): void {
  checkInteger(port, 'port', 0, 65535)
}

export function portAt(sockaddr: Uint8Array, at: number): number {
  return ((sockaddr[at] ?? 0) << 8) | (sockaddr[at + 1] ?? 0)
}
