/** AF_VSOCK: struct sockaddr_vm, vsock(7): a machine, virtual or its host, and a port of it, 32 bits each. */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_VSOCK, layouts } from '../kernel.js'
import type { AddressCodec, VsockAddress } from './address.js'

const { size, fields } = layouts.sockaddr_vm
const PORT = fields.svm_port[0]
const CID = fields.svm_cid[0]
const FLAGS = fields.svm_flags[0]

export const vsock: AddressCodec<VsockAddress> = {
  af: AF_VSOCK,
  family: 'vsock',

  encode({ cid, port, flags = 0 }) {
    checkInteger(cid, 'cid', 0, 0xffffffff)
    checkInteger(port, 'port', 0, 0xffffffff)
    checkInteger(flags, 'flags', 0, 255)
    const sockaddr = new Uint8Array(size)
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_VSOCK, true)
    view.setUint32(PORT, port, true)
    view.setUint32(CID, cid, true)
    view.setUint8(FLAGS, flags)
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < size) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_vm', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    return Object.freeze({
      family: 'vsock',
      cid: view.getUint32(CID, true),
      port: view.getUint32(PORT, true),
      flags: view.getUint8(FLAGS),
    })
  },
}
