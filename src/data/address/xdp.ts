/** AF_XDP: struct sockaddr_xdp, the kernel's Documentation/networking/af_xdp.rst: one queue of an interface. */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_XDP, layouts } from '../kernel.js'
import type { AddressCodec, XdpAddress } from './address.js'

const { size, fields } = layouts.sockaddr_xdp
const FLAGS = fields.sxdp_flags[0]
const IFINDEX = fields.sxdp_ifindex[0]
const QUEUE = fields.sxdp_queue_id[0]
const SHARED = fields.sxdp_shared_umem_fd[0]

export const xdp: AddressCodec<XdpAddress> = {
  af: AF_XDP,
  family: 'xdp',

  encode({ ifindex, queueId, flags = 0, sharedUmemFd = 0 }) {
    checkInteger(ifindex, 'ifindex', 0, 0x7fffffff)
    checkInteger(queueId, 'queueId', 0, 0xffffffff)
    checkInteger(flags, 'flags', 0, 65535)
    checkInteger(sharedUmemFd, 'sharedUmemFd', 0, 0x7fffffff)
    const sockaddr = new Uint8Array(size)
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_XDP, true)
    view.setUint16(FLAGS, flags, true)
    view.setUint32(IFINDEX, ifindex, true)
    view.setUint32(QUEUE, queueId, true)
    view.setUint32(SHARED, sharedUmemFd, true)
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < size) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_xdp', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    return Object.freeze({
      family: 'xdp',
      ifindex: view.getUint32(IFINDEX, true),
      queueId: view.getUint32(QUEUE, true),
      flags: view.getUint16(FLAGS, true),
      sharedUmemFd: view.getUint32(SHARED, true),
    })
  },
}
