/** send, sendto, sendall, sendmsg: the kernel is tried first, and only EAGAIN waits. Each has a blocking twin. */
import type { Address, Given } from '../data/address/address.js'
import { isV4Mapped, parseIpv6 } from '../data/address/ip.js'
import { encodeControl } from '../data/control/control.js'
import type { SystemError } from '../data/errors.js'
import { AF_INET, AF_INET6, EAGAIN, EBADF, EINPROGRESS, MSG_FASTOPEN } from '../data/kernel.js'
import { block } from '../engine/block.js'
import type { WaitLimits } from '../engine/limit.js'
import { LATER } from '../engine/wait.js'
import { native } from '../sys/binding.js'
import { flagsOf, toBuffers, toBytes } from './arguments.js'
import { type CallOptions, type Core, named } from './core.js'
import type { Cork } from './cork.js'
import { type MessageOut, NONE, SendMessage } from './message.js'
import { encodeNamed, encodeNamedSync, encodeNumeric } from './resolve.js'
import { type SendBatch, SendMessages } from './sendbatch.js'
import { Send, Sendall, sendOnce, type Writing } from './transmit.js'

const DONE: Promise<void> = Promise.resolve()

/** The sockaddr to send to, or null when a name is to be looked up first. */
function target(core: Core, address: Given<Address>): Uint8Array | null {
  const known = core.seen.sockaddr(address)
  if (known !== undefined) return known
  const sockaddr = encodeNumeric(core.family, address)
  if (sockaddr !== null) core.seen.remember(address, sockaddr)
  return sockaddr
}

function targetSync(core: Core, address: Given<Address>): Uint8Array {
  return target(core, address) ?? encodeNamedSync(core.family, core.type, address)
}

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
    if (core.cork !== null) return hold(core, core.cork, bytes, call).then(() => bytes.length)
    const flags = flagsOf(call) | core.sendFlags
    const limits = core.limitsOf(call)
    if (flags & MSG_FASTOPEN) return start(core, new Send(core, bytes, flags, sockaddr), limits)
    let value = -EAGAIN
    if (!channel.writesWaiting) {
      value =
        sockaddr === undefined
          ? sendOnce(core, bytes, flags)
          : native.sendto(channel.fd, bytes, 0, bytes.length, flags, sockaddr)
      if (value >= 0) return core.engine.spend() ? core.engine.nextTurn(value) : Promise.resolve(value)
    }
    const wait = new Send(core, bytes, flags, sockaddr)
    // TCP_FASTOPEN_CONNECT: the connection has begun without the bytes.
    if (value === -EINPROGRESS && limits.timeout !== 0) value = -EAGAIN
    if (value !== -EAGAIN || limits.timeout === 0) return Promise.reject(wait.failure(value))
    const sent = wait.promised()
    channel.write(wait, limits)
    return sent
  } catch (error) {
    return Promise.reject(error)
  }
}

export function trySend(core: Core, data: Uint8Array | string): number {
  const { channel } = core
  if (channel.writesWaiting) return 0
  const bytes = toBytes(data)
  if (core.cork !== null) return core.cork.hold(bytes) ? bytes.length : 0
  const value = sendOnce(core, bytes, core.sendFlags)
  if (value >= 0) return value
  if (value === -EAGAIN || value === -EINPROGRESS) return 0
  throw core.failure(value, 'send')
}

export function sendto(
  core: Core,
  data: Uint8Array | string,
  address: Given<Address>,
  call?: CallOptions,
): Promise<number> {
  try {
    const sockaddr = target(core, address)
    return sockaddr === null ? sendNamed(core, data, address, call) : send(core, data, call, sockaddr)
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

export function sendSync(
  core: Core,
  data: Uint8Array | string,
  call?: CallOptions,
  address?: Given<Address>,
): number {
  const sockaddr = address === undefined ? undefined : targetSync(core, address)
  return blockWrite(core, new Send(core, toBytes(data), flagsOf(call) | core.sendFlags, sockaddr), call)
}

export function sendall(core: Core, data: Uint8Array | string, call?: CallOptions): Promise<void> {
  const { channel } = core
  try {
    if (call?.signal?.aborted) throw call.signal.reason
    const bytes = toBytes(data)
    if (core.cork !== null) return hold(core, core.cork, bytes, call)
    const flags = flagsOf(call) | core.sendFlags
    const limits = core.limitsOf(call)
    let sent = 0
    if (!channel.writesWaiting) {
      const value = sendOnce(core, bytes, flags)
      if (value === bytes.length) return core.engine.spend() ? core.engine.nextTurn(undefined) : DONE
      if (value >= 0) sent = value
      else if (value !== -EAGAIN && (value !== -EINPROGRESS || limits.timeout === 0))
        return Promise.reject(nothingSent(core, value))
    }
    // Bytes of an earlier call still wait: these must not get between them.
    if (limits.timeout === 0 && channel.writesWaiting) return Promise.reject(nothingSent(core, -EAGAIN))
    const wait = new Sendall(core, bytes, flags, sent)
    const done = wait.promised()
    if (limits.timeout !== 0) channel.writeOn(wait, limits)
    else {
      let value: number
      do value = wait.attempt(channel)
      while (value === LATER)
      wait.complete(channel, value, 0)
    }
    return done
  } catch (error) {
    return Promise.reject(error)
  }
}

/** Holds bytes back for uncork(), or sends all there are where they do not fit. Writes are served in order. */
async function hold(core: Core, cork: Cork, bytes: Uint8Array, call?: CallOptions): Promise<void> {
  if (core.channel.number < 0) throw core.failure(-EBADF, 'send')
  if (cork.hold(bytes)) return
  const held = cork.take()
  core.cork = null
  const sent = [sendall(core, held, call)]
  // What is larger than a cork goes by itself.
  if (!cork.hold(bytes)) sent.push(sendall(core, bytes, call))
  core.cork = cork
  await Promise.all(sent)
}

/** Ends the holding back, and sends what was held. */
export function uncork(core: Core): Promise<void> {
  const { cork } = core
  core.cork = null
  return cork === null || cork.empty ? DONE : sendall(core, cork.take())
}

/** Before a call that does not gather: what was held back goes first. */
export function letGo(core: Core): void {
  const { cork } = core
  if (cork === null || cork.empty) return
  // Its failure is that of the call behind it, too.
  uncork(core).catch(() => {})
  core.cork = cork
}

function nothingSent(core: Core, value: number): SystemError {
  const error = core.failure(value, 'send')
  error.bytesSent = 0
  return error
}

export function sendallSync(core: Core, data: Uint8Array | string, call?: CallOptions): void {
  const bytes = toBytes(data)
  const flags = flagsOf(call) | core.sendFlags
  // Most often there is room for all of it.
  const value = core.cork === null && !core.channel.writesWaiting ? sendOnce(core, bytes, flags) : -EAGAIN
  if (value === bytes.length) return
  if (value < 0 && value !== -EAGAIN && value !== -EINPROGRESS) throw nothingSent(core, value)
  blockWrite(core, new Sendall(core, bytes, flags, Math.max(0, value)), call)
}

export async function sendmsg(core: Core, message: MessageOut<Address>, call?: CallOptions): Promise<number> {
  if (call?.signal?.aborted) throw call.signal.reason
  const { address } = checkMessage(message)
  const known = address === undefined ? undefined : target(core, address)
  // Now: what the caller changes while a name is looked up must not count.
  const make = outgoing(core, message, known, call)
  const sockaddr =
    known === null
      ? await encodeNamed(core.family, core.type, address as Given<Address>, call?.signal)
      : known
  return start(core, make(sockaddr), core.limitsOf(call))
}

export function sendmsgSync(core: Core, message: MessageOut<Address>, call?: CallOptions): number {
  const { address } = checkMessage(message)
  const sockaddr = address === undefined ? undefined : targetSync(core, address)
  return blockWrite(core, outgoing(core, message, sockaddr, call)(sockaddr), call)
}

function checkMessage(message: MessageOut<Address>): MessageOut<Address> {
  if (typeof message !== 'object' || message === null || message instanceof Uint8Array)
    throw new TypeError('expected a message: { data, address?, control? }')
  return message
}

/** `to`: the sockaddr, undefined for the peer, null for a name that is yet to be looked up. */
function outgoing(
  core: Core,
  { data, control = [] }: MessageOut<Address>,
  to: Uint8Array | null | undefined,
  call?: CallOptions,
): (sockaddr: Uint8Array | undefined) => SendMessage {
  const buffers = toBuffers(data)
  const encoded = control.length === 0 ? NONE : encodeControl(controlFamily(core, to), control)
  const flags = flagsOf(call) | core.sendFlags
  return (sockaddr) => new SendMessage(core, buffers, flags, sockaddr, encoded)
}

/** Whose control messages the kernel heeds: IPv4's for a mapped address, though the socket is one of IPv6. */
function controlFamily(core: Core, to: Uint8Array | null | undefined): number {
  if (core.family !== AF_INET6 || to === null) return core.family
  const address = to === undefined ? core.peer : named(to)
  if (address?.family !== 'inet6') return core.family
  const host = parseIpv6(address.host)
  return host !== null && isV4Mapped(host) ? AF_INET : AF_INET6
}

type BatchOptions = CallOptions & { readonly from?: number | undefined }

const batchWait = (core: Core, batch: SendBatch<never>, call: BatchOptions | undefined): SendMessages =>
  new SendMessages(
    core,
    batch,
    call?.from ?? 0,
    flagsOf(call) | core.sendFlags,
    core.limitsOf(call).timeout !== 0,
  )

export async function sendBatch(core: Core, batch: SendBatch<never>, call?: BatchOptions): Promise<number> {
  if (call?.signal?.aborted) throw call.signal.reason
  return start(core, batchWait(core, batch, call), core.limitsOf(call))
}

export function sendBatchSync(core: Core, batch: SendBatch<never>, call?: BatchOptions): number {
  return blockWrite(core, batchWait(core, batch, call), call)
}

/** Tries at once, unless others wait before it. */
export function start<T>(core: Core, wait: Writing<T>, limits: WaitLimits): Promise<T> {
  letGo(core)
  const { channel, engine } = core
  const outcome = wait.promised()
  const value = channel.writesWaiting ? -EAGAIN : wait.attempt(channel)
  if (value === LATER) channel.writeOn(wait, limits)
  else if (value === -EAGAIN && limits.timeout !== 0) channel.write(wait, limits)
  else wait.complete(channel, value, 0)
  return value >= 0 && engine.spend() ? outcome.then((sent) => engine.nextTurn(sent)) : outcome
}

function blockWrite<T>(core: Core, wait: Writing<T>, call?: CallOptions): T {
  const { cork, limits } = core
  if (cork !== null && !cork.empty)
    block(core.channel, new Sendall(core, cork.take(), core.sendFlags, 0), 'write', limits.timeout)
  return block(core.channel, wait, 'write', core.limitsOf(call).timeout)
}
