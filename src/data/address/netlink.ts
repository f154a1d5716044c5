/** AF_NETLINK: struct sockaddr_nl, netlink(7). */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_NETLINK, layouts } from '../kernel.js'
import type { AddressCodec, NetlinkAddress } from './address.js'

const { size, fields } = layouts.sockaddr_nl
const PID = fields.nl_pid[0]
const GROUPS = fields.nl_groups[0]

export const netlink: AddressCodec<NetlinkAddress> = {
  af: AF_NETLINK,
  family: 'netlink',

  encode({ pid, groups }) {
    checkInteger(pid, 'pid', 0, 0xffffffff)
    checkInteger(groups, 'groups', 0, 0xffffffff)
    const sockaddr = new Uint8Array(size)
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_NETLINK, true)
    view.setUint32(PID, pid, true)
    view.setUint32(GROUPS, groups, true)
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < size) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_nl', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    return Object.freeze({
      family: 'netlink',
      pid: view.getUint32(PID, true),
      groups: view.getUint32(GROUPS, true),
    })
  },
}
