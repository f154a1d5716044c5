/** What each verb that reads waits for: the same for the awaited ones and their blocking twins. */
import type { Address } from '../data/address/address.js'
import { CMSG_LEN, CMSG_SPACE } from '../data/control/control.js'
import { MSG_CTRUNC } from '../data/kernel.js'
import type { Wait } from '../engine/wait.js'
import {
  checkBuffer,
  checkBuffers,
  checkControlSize,
  checkDescriptors,
  checkSize,
  flagsOf,
} from './arguments.js'
import type { CallOptions, Core } from './core.js'
import { Filling, fills, roomToFill } from './fill.js'
import { type Message, type MessageInto, ReceiveMessage, receiveMessage } from './message.js'
import type { OwnedFd } from './owned.js'
import { roomFor, trimmed } from './reading.js'
import { Recv, Recvfrom, RecvfromInto, RecvInto } from './receive.js'

/** Options of a call that receives control messages. */
export interface MessageOptions extends CallOptions {
  /** Room for control messages in bytes: the sum of CMSG_SPACE over those expected. 0 when left out, as in Python. */
  readonly controlSize?: number | undefined
}

/** A message and the descriptors that came with it. */
export interface ReceivedFds<A extends Address> extends Omit<Message<A>, 'control'> {
  /** Owned: take those that are to stay open. */
  readonly fds: readonly OwnedFd[]
}

export function recv(core: Core, size: number, call?: CallOptions): Wait<Buffer> {
  const flags = flagsOf(call)
  if (!fills(core, flags)) return new Recv(core, roomFor(core, checkSize(size)), flags)
  const room = roomToFill(checkSize(size), flags)
  return new Filling(core, room, flags, (length) => trimmed(room, length))
}

export function recvInto(core: Core, buffer: Uint8Array, call?: CallOptions): Wait<number> {
  const flags = flagsOf(call)
  const into = checkBuffer(buffer)
  return fills(core, flags)
    ? new Filling(core, into, flags, (length) => length)
    : new RecvInto(core, into, flags)
}

export function recvfrom<A extends Address>(
  core: Core,
  size: number,
  call?: CallOptions,
): Wait<[Buffer, A | null]> {
  const flags = flagsOf(call)
  if (!fills(core, flags)) return new Recvfrom<A>(core, roomFor(core, checkSize(size)), flags)
  const room = roomToFill(checkSize(size), flags)
  return new Filling(core, room, flags, (length) => [trimmed(room, length), null])
}

export function recvfromInto<A extends Address>(
  core: Core,
  buffer: Uint8Array,
  call?: CallOptions,
): Wait<[number, A | null]> {
  const flags = flagsOf(call)
  const into = checkBuffer(buffer)
  return fills(core, flags)
    ? new Filling(core, into, flags, (length) => [length, null])
    : new RecvfromInto<A>(core, into, flags)
}

export function recvmsg<A extends Address>(
  core: Core,
  size: number,
  call?: MessageOptions,
): Wait<Message<A>> {
  const controlSize = checkControlSize(call?.controlSize)
  return receiveMessage<Message<A>, A>(
    core,
    checkSize(size),
    controlSize,
    flagsOf(call),
    (message) => message,
  )
}

export function recvmsgInto<A extends Address>(
  core: Core,
  buffers: readonly Uint8Array[],
  call?: MessageOptions,
): Wait<MessageInto<A>> {
  const controlSize = checkControlSize(call?.controlSize)
  return new ReceiveMessage<MessageInto<A>, A>(
    core,
    checkBuffers(buffers),
    controlSize,
    flagsOf(call),
    (length, envelope) => ({ length, ...envelope }),
  )
}

/** Control messages that the socket's options may bring along, in front of the descriptors: credentials, a pidfd, a label. */
const OTHERS = 512

export function recvFds<A extends Address>(
  core: Core,
  size: number,
  count: number,
  call?: CallOptions,
): Wait<ReceivedFds<A>> {
  const room = CMSG_SPACE(OTHERS) + CMSG_LEN(4 * checkDescriptors(count))
  return receiveMessage<ReceivedFds<A>, A>(
    core,
    checkSize(size),
    room,
    flagsOf(call),
    ({ data, address, flags, control }) => {
      const fds: OwnedFd[] = []
      let cut = 0
      for (const { kind, value } of control.filter((message) => message.kind !== 'unknown')) {
        if (kind === 'pidfd') value.close()
        if (kind !== 'rights') continue
        for (const fd of value) {
          if (fds.length < count) fds.push(fd)
          else {
            // Room that nothing else took.
            fd.close()
            cut = MSG_CTRUNC
          }
        }
      }
      return { data, fds, address, flags: flags | cut }
    },
  )
}
