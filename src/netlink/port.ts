/** A netlink socket as its two users have it: what asks (connection.ts) and what listens (subscription.ts). */
import type { NetlinkAddress } from '../data/address/address.js'
import {
  AF_NETLINK,
  EMSGSIZE,
  MSG_TRUNC,
  NETLINK_ADD_MEMBERSHIP,
  SO_RCVBUF,
  SOCK_RAW,
} from '../data/constants.js'
import { SystemError } from '../data/errors.js'
import { decodeNetlink, type NetlinkMessage } from '../protocols/netlink/message.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'

/** The kernel makes datagrams of 32 KiB at most, but for a single message that is larger. */
const ROOM = 256 * 1024

/** What a netlink socket is opened with. */
export interface NetlinkOptions {
  /** SO_RCVBUF in bytes: how much may wait before messages are lost. */
  readonly rcvbuf?: number | undefined
}

export class Port {
  readonly socket: Socket<NetlinkAddress>
  #room: Buffer | undefined

  constructor(protocol: number, groups: readonly number[], { rcvbuf }: NetlinkOptions = {}) {
    this.socket = socket(AF_NETLINK, SOCK_RAW, protocol)
    try {
      // A request has no time-out of its own: a signal ends it.
      this.socket.settimeout(null)
      if (rcvbuf !== undefined) this.socket.setsockopt(SO_RCVBUF, rcvbuf)
      this.socket.bind({ pid: 0, groups: 0 })
      for (const group of groups) this.socket.setsockopt(NETLINK_ADD_MEMBERSHIP, group)
    } catch (error) {
      this.socket.close()
      throw error
    }
  }

  /** The kernel's next messages; those of others are passed over. Their bodies are theirs for ever. */
  async receive(signal: AbortSignal | undefined): Promise<NetlinkMessage[]> {
    // One for each call: two may wait at once.
    const room = this.#room ?? Buffer.allocUnsafeSlow(ROOM)
    this.#room = undefined
    try {
      for (;;) {
        const [length, from] = await this.socket.recvfromInto(room, { flags: MSG_TRUNC, signal })
        if (from?.pid !== 0) continue
        if (length > room.length) throw new SystemError(EMSGSIZE, { syscall: 'recvfrom' })
        return decodeNetlink(new Uint8Array(room.subarray(0, length)))
      }
    } finally {
      this.#room = room
    }
  }
}
