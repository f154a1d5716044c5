/** The verbs that block the thread, as Python's do: each is the twin of an awaited one. */
import type { Address, Given, UnknownAddress } from '../data/address/address.js'
import { block } from '../engine/block.js'
import type { Wait } from '../engine/wait.js'
import { type AfalgData, type AfalgOptions, afalgMessage } from './afalg.js'
import { flagsOf } from './arguments.js'
import { FillBatch, type ReceiveBatch } from './batch.js'
import { connectErrno, connectSync } from './connect.js'
import type { CallOptions } from './core.js'
import { coreOf, Descriptor } from './descriptor.js'
import { type Message, type MessageInto, type MessageOut, type SendFdsOptions, withFds } from './message.js'
import * as reads from './reads.js'
import { sendallSync, sendBatchSync, sendmsgSync, sendSync } from './send.js'
import type { SendBatch } from './sendbatch.js'
import { type SendfileOptions, sendfileSync } from './sendfile.js'

/** Options of a blocking call: those of its twin without the signal, which could not strike meanwhile. */
export type Sync<Options extends CallOptions> = Omit<Options, 'signal'>
/** Options of every call that blocks the thread. */
export type SyncOptions = Sync<CallOptions>

/**
 * The part of `Socket` that blocks the thread: for scripts, workers, and hosts that cannot await. The waiting is done in
 * the kernel, under the same time-out (`settimeout`); interruptions by signals are passed over and do not lengthen it.
 * Meanwhile nothing else runs in the thread: no timer, no listener of a signal, no other socket. A worker can be
 * terminated and the process exits within 50 ms.
 *
 * While an awaited call of the same direction is pending the blocking one fails with EBUSY.
 */
export abstract class BlockingSocket<A extends Address> extends Descriptor<A> {
  /** `connect`, blocking the thread. Looking a name up blocks too, and is not counted in the time-out. */
  connectSync(address: Given<A> | UnknownAddress): void {
    connectSync(coreOf(this), address as Given<Address>)
  }

  /** `connectEx`, blocking the thread: 0 or a positive errno. */
  connectExSync(address: Given<A> | UnknownAddress): number {
    try {
      this.connectSync(address)
      return 0
    } catch (error) {
      return connectErrno(error)
    }
  }

  /** `recv`, blocking the thread. */
  recvSync(size: number, call?: SyncOptions): Buffer {
    return this.#read(reads.recv(coreOf(this), size, call), call)
  }

  /** `recvInto`, blocking the thread. */
  recvIntoSync(buffer: Uint8Array, call?: SyncOptions): number {
    return this.#read(reads.recvInto(coreOf(this), buffer, call), call)
  }

  /** `recvfrom`, blocking the thread. */
  recvfromSync(size: number, call?: SyncOptions): [Buffer, A | null] {
    return this.#read(reads.recvfrom<A>(coreOf(this), size, call), call)
  }

  /** `recvfromInto`, blocking the thread. */
  recvfromIntoSync(buffer: Uint8Array, call?: SyncOptions): [number, A | null] {
    return this.#read(reads.recvfromInto<A>(coreOf(this), buffer, call), call)
  }

  /** `recvmsg`, blocking the thread. */
  recvmsgSync(size: number, call?: Sync<reads.MessageOptions>): Message<A> {
    return this.#read(reads.recvmsg<A>(coreOf(this), size, call), call)
  }

  /** `recvmsgInto`, blocking the thread. */
  recvmsgIntoSync(buffers: readonly Uint8Array[], call?: Sync<reads.MessageOptions>): MessageInto<A> {
    return this.#read(reads.recvmsgInto<A>(coreOf(this), buffers, call), call)
  }

  /** `recvFds`, blocking the thread. */
  recvFdsSync(size: number, count: number, call?: SyncOptions): reads.ReceivedFds<A> {
    return this.#read(reads.recvFds<A>(coreOf(this), size, count, call), call)
  }

  /** `recvmmsg`, blocking the thread. */
  recvmmsgSync(batch: ReceiveBatch<A> | ReceiveBatch, call?: SyncOptions): number {
    return this.#read(new FillBatch<A>(coreOf(this), batch, flagsOf(call)), call)
  }

  /** `send`, blocking the thread. */
  sendSync(data: Uint8Array | string, call?: SyncOptions): number {
    return sendSync(coreOf(this), data, call)
  }

  /** `sendto`, blocking the thread. */
  sendtoSync(data: Uint8Array | string, address: Given<A>, call?: SyncOptions): number {
    return sendSync(coreOf(this), data, call, address as Given<Address>)
  }

  /** `sendall`, blocking the thread. */
  sendallSync(data: Uint8Array | string, call?: SyncOptions): void {
    sendallSync(coreOf(this), data, call)
  }

  /** `sendmsg`, blocking the thread. */
  sendmsgSync(message: MessageOut<A>, call?: SyncOptions): number {
    return sendmsgSync(coreOf(this), message as MessageOut<Address>, call)
  }

  /** `sendmsgAfalg`, blocking the thread. */
  sendmsgAfalgSync(data: AfalgData, operation: Sync<AfalgOptions>): number {
    return this.sendmsgSync(afalgMessage<A>(this.family, data, operation), operation)
  }

  /** `sendmmsg`, blocking the thread. */
  sendmmsgSync(batch: SendBatch<A>, call?: SyncOptions & { readonly from?: number | undefined }): number {
    return sendBatchSync(coreOf(this), batch as unknown as SendBatch<never>, call)
  }

  /** `sendFds`, blocking the thread. */
  sendFdsSync(data: Uint8Array | string, fds: readonly number[], call?: Sync<SendFdsOptions<A>>): number {
    return this.sendmsgSync(withFds(data, fds, call), call)
  }

  /** `sendfile`, blocking the thread. */
  sendfileSync(file: number | { readonly fd: number }, options?: Sync<SendfileOptions>): number {
    return sendfileSync(coreOf(this), file, options)
  }

  #read<T>(wait: Wait<T>, call: SyncOptions | undefined): T {
    const core = coreOf(this)
    return block(core.channel, wait, 'read', core.limitsOf(call).timeout)
  }
}
