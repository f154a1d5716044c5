/** connect(2), awaited. */
import type { Address, Given } from '../data/address/address.js'
import { decodeAddress } from '../data/address/family.js'
import { TimeoutError } from '../data/errors.js'
import { EAGAIN, EINPROGRESS, EINTR, ETIMEDOUT } from '../data/kernel.js'
import { native } from '../sys/binding.js'
import type { Core } from './core.js'
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
  const remote = decodeAddress(sockaddr) ?? undefined
  const about = remote === undefined ? undefined : { remote }
  core.unblock()
  const { timeout } = core.limits
  const deadline = timeout === null ? null : performance.now() + timeout
  let result = native.connect(core.channel.fd, sockaddr)
  // A unix listener's full queue: the kernel has no event for room in it, so the call is made again in a while.
  for (let pause = 1; result === -EAGAIN && timeout !== 0; pause = Math.min(pause * 2, 50)) {
    const left = deadline === null ? pause : deadline - performance.now()
    if (left <= 0) {
      core.channel.spoil()
      throw new TimeoutError(ETIMEDOUT, core.about('connect', about), timeout ?? 0)
    }
    await sleep(Math.min(pause, left), core.channel.keepsAlive, signal)
    result = native.connect(core.channel.fd, sockaddr)
  }
  // An interrupted connect goes on by itself, as one in progress does.
  if ((result === -EINPROGRESS || result === -EINTR) && timeout !== 0) {
    const wait = new Connect(core, remote)
    core.channel.write(wait, { timeout, signal })
    return wait.promise
  }
  if (result < 0) throw core.failure(result, 'connect', about)
  core.peer = remote
}

function sleep(ms: number, keepsAlive: boolean, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(signal?.reason)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, ms)
    if (!keepsAlive) timer.unref()
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}
