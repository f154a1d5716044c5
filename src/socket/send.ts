/** send, sendto, sendall: the kernel is tried first, and only EAGAIN waits. */
import type { Address, Given } from '../data/address/address.js'
import { EAGAIN } from '../data/kernel.js'
import { native } from '../sys/binding.js'
import { flagsOf, toBytes } from './arguments.js'
import { type CallOptions, type Core, named } from './core.js'
import { encodeNamed, encodeNumeric } from './resolve.js'
import { SEND_FLAGS, Send, Sendall, sendSize } from './transmit.js'

const DONE: Promise<void> = Promise.resolve()

export function send(
  core: Core,
  data: Uint8Array | string,
  call?: CallOptions,
  sockaddr?: Uint8Array,
): Promise<number> {
  const { channel } = core
  try {
    if (call?.signal?.aborted) throw call.signal.reason
    const bytes = toBytes(data)
    const flags = flagsOf(call) | SEND_FLAGS
    let value = -EAGAIN
    if (!channel.writesWaiting) {
      value =
        sockaddr === undefined
          ? native.send(channel.fd, bytes, 0, sendSize(core, bytes.length), flags)
          : native.sendto(channel.fd, bytes, 0, bytes.length, flags, sockaddr)
      if (value >= 0) return core.engine.spend() ? core.engine.nextTurn(value) : Promise.resolve(value)
    }
    const remote = sockaddr === undefined ? undefined : named(sockaddr)
    const about = remote === undefined ? undefined : { remote }
    if (value !== -EAGAIN || core.limits.timeout === 0)
      return Promise.reject(core.failure(value, sockaddr === undefined ? 'send' : 'sendto', about))
    const wait = new Send(core, bytes, flags, sockaddr, remote)
    channel.write(wait, core.limitsWith(call?.signal))
    return wait.promise
  } catch (error) {
    return Promise.reject(error)
  }
}

export function sendto(
  core: Core,
  data: Uint8Array | string,
  address: Given<Address>,
  call?: CallOptions,
): Promise<number> {
  try {
    let sockaddr = core.remembered(address)
    if (sockaddr === undefined) {
      const encoded = encodeNumeric(core.family, address)
      if (encoded === null) return sendNamed(core, data, address, call)
      sockaddr = encoded
      core.remember(address, sockaddr)
    }
    return send(core, data, call, sockaddr)
  } catch (error) {
    return Promise.reject(error)
  }
}

async function sendNamed(
  core: Core,
  data: Uint8Array | string,
  address: Given<Address>,
  call?: CallOptions,
): Promise<number> {
  return send(core, data, call, await encodeNamed(core.family, core.type, address, call?.signal))
}

export function sendall(core: Core, data: Uint8Array | string, call?: CallOptions): Promise<void> {
  const { channel, limits } = core
  try {
    if (call?.signal?.aborted) throw call.signal.reason
    const bytes = toBytes(data)
    const flags = flagsOf(call) | SEND_FLAGS
    let sent = 0
    if (!channel.writesWaiting) {
      const value = native.send(channel.fd, bytes, 0, sendSize(core, bytes.length), flags)
      if (value === bytes.length) return core.engine.spend() ? core.engine.nextTurn(undefined) : DONE
      if (value >= 0) sent = value
      else if (value !== -EAGAIN) return nothingSent(core, value)
    }
    // Bytes of an earlier call still wait: these must not get between them.
    if (limits.timeout === 0 && channel.writesWaiting) return nothingSent(core, -EAGAIN)
    const wait = new Sendall(core, bytes, flags, sent)
    if (limits.timeout === 0) wait.complete(channel, wait.attempt(channel), 0)
    else channel.writeOn(wait, core.limitsWith(call?.signal))
    return wait.promise
  } catch (error) {
    return Promise.reject(error)
  }
}

function nothingSent(core: Core, value: number): Promise<never> {
  const error = core.failure(value, 'send')
  error.bytesSent = 0
  return Promise.reject(error)
}
