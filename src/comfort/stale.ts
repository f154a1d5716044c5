/** Unix socket files: bind leaves one behind, and a later bind finds it in its way. */
import { lstatSync, unlinkSync } from 'node:fs'
import type { Given, UnixAddress } from '../data/address/address.js'
import { AF_UNIX, encodeAddress } from '../data/address/family.js'
import { SystemError } from '../data/errors.js'
import { ECONNREFUSED, SOCK_DGRAM, SOCK_STREAM } from '../data/kernel.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'
import { native } from '../sys/binding.js'

/** bind(2), which first removes a socket file that has no owner any more. Any other file stays, and EADDRINUSE is thrown. */
export function bindOverStale(server: Socket<UnixAddress>, address: Given<UnixAddress>): void {
  try {
    server.bind(address)
  } catch (error) {
    const inUse = error instanceof SystemError && error.code === 'EADDRINUSE'
    if (!inUse || address.path === undefined) throw error
    const path = Buffer.from(address.path as string)
    // A connect to a file that is no socket is refused as well.
    if (!lstatSync(path).isSocket() || !isStale(address, server.type)) throw error
    unlinkSync(path)
    server.bind(address)
  }
}

function isStale(address: Given<UnixAddress>, type: number): boolean {
  // With a socket of another type: an owner is told by EPROTOTYPE, and hears nothing of it. One of its own type would call.
  using probe = socket(AF_UNIX, type === SOCK_DGRAM ? SOCK_STREAM : SOCK_DGRAM)
  return native.connect(probe.fileno(), encodeAddress(AF_UNIX, address)) === -ECONNREFUSED
}
