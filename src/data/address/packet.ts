/** AF_PACKET: struct sockaddr_ll, packet(7). */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_PACKET, layouts } from '../kernel.js'
import type { AddressCodec, PacketAddress } from './address.js'

const { size, fields } = layouts.sockaddr_ll
const PROTOCOL = fields.sll_protocol[0]
const IFINDEX = fields.sll_ifindex[0]
const HATYPE = fields.sll_hatype[0]
const PKTTYPE = fields.sll_pkttype[0]
const HALEN = fields.sll_halen[0]
const ADDR = fields.sll_addr[0]

/** MAX_ADDR_LEN of the kernel: InfiniBand's are longer than the struct, and the sockaddr is longer then. */
const MOST = 32

export const packet: AddressCodec<PacketAddress> = {
  af: AF_PACKET,
  family: 'packet',

  encode({ ifindex, protocol = 0, pkttype = 0, hatype = 0, addr = new Uint8Array(0) }) {
    const index = ifindex === '' ? 0 : ifindex
    if (typeof index === 'string')
      throw new TypeError(`expected the index of interface ${JSON.stringify(index)}, not its name`)
    checkInteger(index, 'ifindex', 0)
    checkInteger(protocol, 'protocol', 0, 65535)
    checkInteger(pkttype, 'pkttype', 0, 255)
    checkInteger(hatype, 'hatype', 0, 65535)
    if (!(addr instanceof Uint8Array)) throw new TypeError(`expected bytes for addr, not ${String(addr)}`)
    if (addr.length > MOST)
      throw new RangeError(`expected an addr of at most ${MOST} bytes, not ${addr.length}`)
    const sockaddr = new Uint8Array(Math.max(size, ADDR + addr.length))
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_PACKET, true)
    view.setUint16(PROTOCOL, protocol)
    view.setInt32(IFINDEX, index, true)
    view.setUint16(HATYPE, hatype, true)
    sockaddr[PKTTYPE] = pkttype
    sockaddr[HALEN] = addr.length
    sockaddr.set(addr, ADDR)
    return sockaddr
  },

  decode(sockaddr) {
    // getsockname(2) ends it where the hardware address does.
    const end = ADDR + (sockaddr[HALEN] ?? 0)
    if (sockaddr.length < Math.max(ADDR, end))
      throw new DecodeError('ERR_TRUNCATED', 'sockaddr_ll', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    return Object.freeze({
      family: 'packet',
      ifindex: view.getInt32(IFINDEX, true),
      protocol: view.getUint16(PROTOCOL),
      pkttype: view.getUint8(PKTTYPE),
      hatype: view.getUint16(HATYPE, true),
      addr: new Uint8Array(sockaddr.subarray(ADDR, end)),
    })
  },
}
