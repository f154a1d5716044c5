/** connect(2), awaited. */
import type { Address, Given } from '../data/address/address.js'
import { AF_UNSPEC, EAGAIN, ECONNABORTED, EINPROGRESS, EINTR } from '../data/kernel.js'
import { native } from '../sys/binding.js'
import { type Core, named } from './core.js'
import { encodeNamed, encodeNumeric } from './resolve.js'
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
  const remote = named(sockaddr)
  const about = remote === undefined ? undefined : { remote }
  core.unblock()
  const { timeout } = core.limits
  let result = native.connect(core.channel.fd, sockaddr)
  // The outcome of a connect that was in progress is told to the next call once more; this is about another one.
  if (core.connectDecided && (result === 0 || result === -ECONNABORTED))
    result = native.connect(core.channel.fd, sockaddr)
  core.connectDecided = false
  const full = result === -EAGAIN
  // An interrupted connect goes on by itself, as one in progress does.
  if ((full || result === -EINPROGRESS || result === -EINTR) && timeout !== 0) {
    const wait = new Connect(core, remote, full ? sockaddr : undefined)
    core.channel.write(wait, { timeout, signal })
    return wait.promise
  }
  if (result < 0) throw core.failure(result, 'connect', about)
  // AF_UNSPEC takes a datagram socket's peer away, connect(2).
  core.peer = remote?.family === 'unknown' && remote.af === AF_UNSPEC ? undefined : remote
}
