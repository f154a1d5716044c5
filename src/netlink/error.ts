/** What the kernel says of a request that it refuses. */
import { SystemError } from '../data/errors.js'
import type { ExtendedAck } from '../protocols/netlink/message.js'

/**
 * The kernel refused a request: `code` is the errno's name as in every SystemError ('EEXIST'), `syscall` what was asked
 * ('RTM_NEWLINK'), `extack` what it says beside it, in words and by the place in the request, as far as it does.
 */
export class NetlinkError extends SystemError {
  /** The request's number. */
  readonly sequence: number
  readonly extack: ExtendedAck

  constructor(errno: number, asked: string, sequence: number, extack: ExtendedAck = {}) {
    super(errno, { syscall: asked, hint: extack.message })
    this.sequence = sequence
    this.extack = extack
  }

  override get name(): string {
    return 'NetlinkError'
  }
}
