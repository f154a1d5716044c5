/** Socket<A>: the verbs, one system call each. Names and meanings are POSIX's and Python's; waits are awaited. */
import type { Address, Given } from '../data/address/address.js'
import { SystemError } from '../data/errors.js'
import * as k from '../data/kernel.js'
import type { Wait } from '../engine/wait.js'
import { checkBuffer, checkSize, flagsOf } from './arguments.js'
import { connect } from './connect.js'
import type { CallOptions } from './core.js'
import { coreOf, Descriptor } from './descriptor.js'
import { connections, Iteration } from './iterate.js'
import {
  Accept,
  Chunk,
  type Message,
  NextMessage,
  Recv,
  Recvfrom,
  RecvfromInto,
  RecvInto,
} from './receive.js'
import { send, sendall, sendto } from './send.js'

/** Options of an iteration. */
export interface IterateOptions {
  readonly signal?: AbortSignal | undefined
  /** Most bytes a step may bring; 65536 when left out. */
  readonly size?: number | undefined
}

/**
 * A socket. Calls that act at once throw; calls that may wait return promises, and honour `settimeout`, an
 * `AbortSignal` and a `close()` from elsewhere. Failures are `SystemError`s with the errno's name as `code`.
 *
 * A pending wait keeps the process alive (see `unref`), an idle socket does not.
 */
export class Socket<A extends Address = Address> extends Descriptor<A> implements AsyncIterable<Buffer> {
  // ── connections ──────────────────────────────────────────────────────────────────────────────

  /**
   * accept(2): the next connection and its peer. Out of descriptors (EMFILE) rejects and leaves the connection in the
   * kernel's queue; `connections()` goes on by itself then.
   */
  accept(call?: CallOptions): Promise<[Socket<A>, A]> {
    const core = coreOf(this)
    const { family, type, protocol } = core
    core.unblock()
    return this.#read(
      call,
      () =>
        new Accept<Socket<A>, A>(core, (fd, peer) => {
          const connection = new Socket<A>(fd, family, type, protocol)
          coreOf(connection).peer = peer
          return connection
        }),
    )
  }

  /**
   * connect(2). Names are looked up. An aborted or timed-out connect leaves the socket good for `close()` only (ECANCELED
   * otherwise); after a refusal another connect may be tried. A datagram socket gets its default destination by it.
   */
  async connect(address: Given<A>, call?: CallOptions): Promise<void> {
    await connect(coreOf(this), address as Given<Address>, call?.signal)
  }

  /** As `connect`, but a failure of the system call is returned as a positive errno; 0 is success. Names that cannot be looked up throw. */
  async connectEx(address: Given<A>, call?: CallOptions): Promise<number> {
    try {
      await connect(coreOf(this), address as Given<Address>, call?.signal)
      return 0
    } catch (error) {
      if (error instanceof SystemError && error.syscall === 'connect') return -error.errno
      throw error
    }
  }

  // ── receiving ────────────────────────────────────────────────────────────────────────────────

  /**
   * recv(2): up to `size` bytes. Empty at the end of a stream. A datagram longer than `size` is cut, without a word:
   * `messages()` tells.
   */
  recv(size: number, call?: CallOptions): Promise<Buffer> {
    return this.#read(call, () => new Recv(coreOf(this), checkSize(size), flagsOf(call)))
  }

  /** recv(2) into `buffer`: the number of bytes, 0 at the end of a stream. */
  recvInto(buffer: Uint8Array, call?: CallOptions): Promise<number> {
    return this.#read(call, () => new RecvInto(coreOf(this), checkBuffer(buffer), flagsOf(call)))
  }

  /** recvfrom(2): the bytes and the sender, null where the kernel names none (a stream). */
  recvfrom(size: number, call?: CallOptions): Promise<[Buffer, A | null]> {
    return this.#read(call, () => new Recvfrom<A>(coreOf(this), checkSize(size), flagsOf(call)))
  }

  /** recvfrom(2) into `buffer`. */
  recvfromInto(buffer: Uint8Array, call?: CallOptions): Promise<[number, A | null]> {
    return this.#read(call, () => new RecvfromInto<A>(coreOf(this), checkBuffer(buffer), flagsOf(call)))
  }

  #read<T>(call: CallOptions | undefined, make: () => Wait<T>): Promise<T> {
    const signal = call?.signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    try {
      const wait = make()
      coreOf(this).channel.read(wait, coreOf(this).limitsWith(signal))
      return wait.promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  // ── sending ──────────────────────────────────────────────────────────────────────────────────

  /** send(2): how many of the bytes the kernel took. Do not change them before it resolves. */
  send(data: Uint8Array | string, call?: CallOptions): Promise<number> {
    return send(coreOf(this), data, call)
  }

  /** sendto(2): one datagram to `address`; names are looked up. */
  sendto(data: Uint8Array | string, address: Given<A>, call?: CallOptions): Promise<number> {
    return sendto(coreOf(this), data, address as Given<Address>, call)
  }

  /**
   * send(2) until all is sent. Do not change the bytes before it resolves. A failure carries `bytesSent`; an abort
   * leaves an unknown part sent.
   */
  sendall(data: Uint8Array | string, call?: CallOptions): Promise<void> {
    return sendall(coreOf(this), data, call)
  }

  // ── iteration ────────────────────────────────────────────────────────────────────────────────

  /**
   * A stream's bytes as they come, until its end; of a datagram socket each datagram's. `break` does not close the
   * socket; closing it ends the iteration.
   */
  chunks(options: IterateOptions = {}): AsyncIterableIterator<Buffer> {
    this.#refuseListening('chunks')
    const size = checkSize(options.size ?? 65536)
    if (size === 0)
      throw new RangeError('expected a size of at least 1 byte: an empty chunk would be the end')
    return new Iteration(coreOf(this), options.signal, () => new Chunk(coreOf(this), size, 0))
  }

  /** The datagrams of a socket, each with its sender, for ever. An empty one is a message like any other. */
  messages(options: IterateOptions = {}): AsyncIterableIterator<Message<A>> {
    this.#refuseListening('messages')
    if (this.type === k.SOCK_STREAM) throw new TypeError('messages() is for datagrams: a stream has chunks()')
    const size = checkSize(options.size ?? 65536)
    return new Iteration(coreOf(this), options.signal, () => new NextMessage<A>(coreOf(this), size))
  }

  /**
   * The connections of a listening socket, for ever. Out of descriptors it waits for some to be closed; connections that
   * died in the queue are passed over.
   */
  connections(options: Pick<IterateOptions, 'signal'> = {}): AsyncIterableIterator<[Socket<A>, A]> {
    return connections(coreOf(this), options.signal, () => this.accept(options))
  }

  /** As `chunks()`. A listening socket has `connections()`, a datagram socket `messages()` with the senders too. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer> {
    return this.chunks()
  }

  #refuseListening(what: string): void {
    if (coreOf(this).listening) throw new TypeError(`a listening socket has no ${what}(): use connections()`)
  }
}
