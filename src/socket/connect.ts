/** connect(2), awaited and blocking. */
import type { Address, Given } from '../data/address/address.js'
import { SystemError } from '../data/errors.js'
import { AF_UNSPEC, EAGAIN, EBUSY, ECONNABORTED, EINPROGRESS, EINTR } from '../data/kernel.js'
import { block } from '../engine/block.js'
import { native } from '../sys/binding.js'
import { type Core, named } from './core.js'
import { encodeNamed, encodeNamedSync, encodeNumeric } from './resolve.js'
import { Connect } from './transmit.js'

export async function connect(
  core: Core,
  address: Given<Address>,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (signal?.aborted) throw signal.reason
  const sockaddr =
    encodeNumeric(core.family, address) ?? (await encodeNamed(core.family, core.type, address, signal))
  // An abort in the turn of the look-up's answer.
  if (signal?.aborted) throw signal.reason
  return connectBy(core, sockaddr, connecting(core, sockaddr), signal)
}

/** Begins a connection by `call`, and waits for it. */
export async function connectBy(
  core: Core,
  sockaddr: Uint8Array,
  call: () => number,
  signal: AbortSignal | undefined,
): Promise<void> {
  const wait = begin(core, sockaddr, call)
  if (wait === null) return
  const connected = wait.promised()
  core.channel.write(wait, { timeout: core.limits.timeout, signal })
  return connected
}

const connecting = (core: Core, sockaddr: Uint8Array) => (): number =>
  native.connect(core.channel.fd, sockaddr)

export function connectSync(core: Core, address: Given<Address>): void {
  if (core.channel.writesWaiting) throw core.failure(-EBUSY, 'connect')
  const sockaddr = encodeNumeric(core.family, address) ?? encodeNamedSync(core.family, core.type, address)
  connectBySync(core, sockaddr, connecting(core, sockaddr))
}

/** The same as connectBy, blocking the thread. */
export function connectBySync(core: Core, sockaddr: Uint8Array, call: () => number): void {
  if (core.channel.writesWaiting) throw core.failure(-EBUSY, 'connect')
  const wait = begin(core, sockaddr, call)
  if (wait !== null) block(core.channel, wait, 'write', core.limits.timeout)
}

/** Makes the call: what is to be waited for, or null when it is done. */
function begin(core: Core, sockaddr: Uint8Array, call: () => number): Connect | null {
  core.unblock()
  const remote = named(sockaddr)
  let result = call()
  // The outcome of a connect that was in progress is told to the next call once more; this is about another one.
  if (core.connectDecided && (result === 0 || result === -ECONNABORTED)) result = call()
  core.connectDecided = false
  const full = result === -EAGAIN
  // An interrupted connect goes on by itself, as one in progress does.
  if ((full || result === -EINPROGRESS || result === -EINTR) && core.limits.timeout !== 0)
    return new Connect(core, sockaddr, full)
  if (result < 0) throw core.failure(result, 'connect', remote === undefined ? undefined : { remote })
  // AF_UNSPEC takes a datagram socket's peer away, connect(2).
  core.peer = remote?.family === 'unknown' && remote.af === AF_UNSPEC ? undefined : remote
  return null
}

/** The errno that a failed connect(2) is, positive; other failures go on. */
export function connectErrno(error: unknown): number {
  if (error instanceof SystemError && error.syscall === 'connect') return -error.errno
  throw error
}
