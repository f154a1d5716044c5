/** AF_QIPCRTR: struct sockaddr_qrtr, linux/qrtr.h: a node and a port of it. */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_QIPCRTR, layouts } from '../kernel.js'
import type { AddressCodec, QipcrtrAddress } from './address.js'

const { size, fields } = layouts.sockaddr_qrtr
const NODE = fields.sq_node[0]
const PORT = fields.sq_port[0]

export const qipcrtr: AddressCodec<QipcrtrAddress> = {
  af: AF_QIPCRTR,
  family: 'qipcrtr',

  encode({ node, port }) {
    checkInteger(node, 'node', 0, 0xffffffff)
    checkInteger(port, 'port', 0, 0xffffffff)
    const sockaddr = new Uint8Array(size)
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_QIPCRTR, true)
    view.setUint32(NODE, node, true)
    view.setUint32(PORT, port, true)
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < size) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_qrtr', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    return Object.freeze({
      family: 'qipcrtr',
      node: view.getUint32(NODE, true),
      port: view.getUint32(PORT, true),
    })
  },
}
