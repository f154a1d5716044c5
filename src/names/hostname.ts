/** This machine's own name: gethostname(2). */
import { SystemError } from '../data/errors.js'
import { native } from '../sys/binding.js'
import { decodeText } from './question.js'

/** The longest that Linux takes, and a NUL. */
const ROOM = 65

/** gethostname(2): the name of this machine, or of its UTS namespace. Not always a name that can be looked up: see `getfqdn`. */
export function gethostname(): string {
  const name = new Uint8Array(ROOM)
  const result = native.gethostname(name)
  if (result < 0) throw new SystemError(result, { syscall: 'gethostname' })
  const end = name.indexOf(0)
  return decodeText(end < 0 ? name : name.subarray(0, end))
}

/**
 * sethostname(2): names this machine, until it is started again. Needs CAP_SYS_ADMIN.
 *
 * @throws SystemError EPERM without it, EINVAL for more than 64 bytes.
 */
export function sethostname(name: string): void {
  if (typeof name !== 'string') throw new TypeError(`expected a host name, not ${String(name)}`)
  const result = native.sethostname(new TextEncoder().encode(name))
  if (result < 0) throw new SystemError(result, { syscall: 'sethostname', hint: JSON.stringify(name) })
}
