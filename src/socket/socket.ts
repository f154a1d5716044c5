/** Socket<A>: the verbs, one system call each. Names and meanings are POSIX's and Python's; waits are awaited. */
import type { Address, Given, Peer, UnknownAddress } from '../data/address/address.js'
import * as k from '../data/kernel.js'
import { block } from '../engine/block.js'
import type { Wait } from '../engine/wait.js'
import { native } from '../sys/binding.js'
import { type AfalgData, type AfalgOptions, afalgMessage } from './afalg.js'
import { checkControlSize, checkSize, flagsOf } from './arguments.js'
import { FillBatch, NextBatch, ReceiveBatch, type ReceiveBatchOptions } from './batch.js'
import { BlockingSocket } from './blocking.js'
import { connect, connectErrno } from './connect.js'
import type { CallOptions } from './core.js'
import { Cork } from './cork.js'
import { coreOf } from './descriptor.js'
import { SocketFile } from './file/file.js'
import {
  type BinaryFileOptions,
  type BinaryMode,
  type FileMode,
  type FileOptions,
  natureOf,
  type TextMode,
} from './file/mode.js'
import { Stream } from './file/stream.js'
import { connections, Iteration } from './iterate.js'
import { type Message, type MessageInto, type MessageOut, type SendFdsOptions, withFds } from './message.js'
import { own } from './owned.js'
import { roomFor } from './reading.js'
import type { MessageOptions, ReceivedFds } from './reads.js'
import * as reads from './reads.js'
import { Accept, Chunk, NextMessage, NextWholeMessage } from './receive.js'
import { send, sendall, sendBatch, sendmsg, sendto, trySend, uncork } from './send.js'
import type { SendBatch } from './sendbatch.js'
import { type SendfileOptions, sendfile } from './sendfile.js'
import { View, type ViewHandler } from './views.js'
import { Zerocopy, type ZerocopySent } from './zerocopy.js'

/** Options of an iteration. */
export interface IterateOptions {
  readonly signal?: AbortSignal | undefined
  /** Most bytes a step may bring; 65536 when left out. */
  readonly size?: number | undefined
}

/** Options of an iteration over messages. */
export interface MessageIterateOptions extends IterateOptions {
  /** Room for control messages in bytes, as `recvmsg` has it; 0 when left out: none are received. */
  readonly controlSize?: number | undefined
}

/**
 * A socket. Calls that act at once throw; calls that may wait return promises, and honour `settimeout` (milliseconds), an
 * `AbortSignal` and a `close()` from elsewhere; each has a twin that blocks the thread, ending in `Sync`. Calls of one
 * direction are served in their order. A pending one keeps the process alive (see `unref`), an idle socket does not.
 *
 * @throws SystemError with the errno's name as `code`. From any call: EBADF on a closed socket. From those that wait also
 * TimeoutError (ETIMEDOUT), EAGAIN of a socket that may not wait, ECANCELED when it is closed meanwhile, EBUSY of a
 * blocking call while an awaited one waits, the signal's reason. Where a host is a name: GaiError. Misuse is a TypeError or
 * a RangeError.
 */
export class Socket<A extends Address = Address> extends BlockingSocket<A> implements AsyncIterable<Buffer> {
  /**
   * dup(2): another socket on the same open one, with a descriptor and a time-out of its own (this one's at first). Address,
   * options and buffers are shared; the connection ends when both are closed, or by `shutdown`. EMFILE when the process has
   * no descriptor left.
   */
  dup(): Socket<A> {
    const core = coreOf(this)
    const { family, type, protocol } = core
    const copy = native.fcntl(core.channel.number, k.F_DUPFD_CLOEXEC, 0)
    if (copy < 0) throw core.failure(copy, 'fcntl')
    const made = own(copy, () => new Socket<A>(copy, family, type, protocol, true))
    made.settimeout(this.gettimeout())
    return made
  }

  // ── connections ──────────────────────────────────────────────────────────────────────────────

  /**
   * accept(2): the next connection and its peer; the connection has the default time-out. An abort and a time-out lose no
   * connection. Out of descriptors (EMFILE, ENFILE) it rejects and leaves the connection in the kernel's queue, which
   * `connections()` waits out; ECONNABORTED is a connection that died there. EINVAL when the socket does not listen.
   */
  accept(call?: CallOptions): Promise<[Socket<A>, Peer<A>]> {
    return this.#read(call, () => this.#accepted())
  }

  /** `accept`, blocking the thread. */
  acceptSync(): [Socket<A>, Peer<A>] {
    const { channel, limits } = coreOf(this)
    return block(channel, this.#accepted(), 'read', limits.timeout)
  }

  #accepted(): Wait<[Socket<A>, Peer<A>]> {
    const core = coreOf(this)
    const { family, type, protocol } = core
    return new Accept<Socket<A>, A>(core, (fd, peer) => {
      const connection = new Socket<A>(fd, family, type, protocol)
      coreOf(connection).peer = peer
      return connection
    })
  }

  /**
   * connect(2). Names are looked up, outside of the time-out. An aborted or timed-out connect leaves the socket good for
   * `close()` only (ECANCELED otherwise); after a refusal another connect may be tried. A datagram socket gets its default
   * destination by it, and hears of nobody else; `{ family: 'unknown', af: AF_UNSPEC, bytes: new Uint8Array(0) }` takes that
   * away, and a port that the kernel chose with it.
   *
   * @throws SystemError ECONNREFUSED, ETIMEDOUT (the kernel's own, after minutes), EHOSTUNREACH, ENETUNREACH, EISCONN; on
   * unix sockets ENOENT, EACCES, EPROTOTYPE; EINPROGRESS of a socket that may not wait, whose connect goes on.
   */
  async connect(address: Given<A> | UnknownAddress, call?: CallOptions): Promise<void> {
    await connect(coreOf(this), address as Given<Address>, call?.signal)
  }

  /**
   * As `connect`, but a failure of the system call is returned as a positive errno, a time-out too (ETIMEDOUT); 0 is success.
   * Names that cannot be looked up, misuse and an abort reject.
   */
  async connectEx(address: Given<A> | UnknownAddress, call?: CallOptions): Promise<number> {
    try {
      await connect(coreOf(this), address as Given<Address>, call?.signal)
      return 0
    } catch (error) {
      return connectErrno(error)
    }
  }

  // ── receiving ────────────────────────────────────────────────────────────────────────────────

  /**
   * recv(2): up to `size` bytes, the caller's for ever; 0 asks the kernel all the same. Empty at the end of a stream. A
   * datagram longer than `size` is cut, without a word: `recvmsg` and `messages()` tell. With MSG_WAITALL a stream gives less
   * than `size` only where it ends, or where a time-out, an abort or an error comes first; with MSG_DONTWAIT the call fails
   * with EAGAIN instead of waiting. An abort and a time-out lose no byte. ECONNRESET when the peer has cut the connection,
   * ECONNREFUSED where a datagram found nobody.
   */
  recv(size: number, call?: CallOptions): Promise<Buffer> {
    return this.#read(call, () => reads.recv(coreOf(this), size, call))
  }

  /**
   * recv(2) into `buffer`: the number of bytes, 0 at the end of a stream; with MSG_TRUNC a datagram's own length, which may
   * be more than there was room for. A buffer that is detached meanwhile is a TypeError, and the bytes stay in the kernel.
   */
  recvInto(buffer: Uint8Array, call?: CallOptions): Promise<number> {
    return this.#read(call, () => reads.recvInto(coreOf(this), buffer, call))
  }

  /**
   * recvfrom(2): the bytes as `recv` has them, and the sender; null where the kernel names none (a stream, a unix socket
   * without a name).
   */
  recvfrom(size: number, call?: CallOptions): Promise<[Buffer, A | null]> {
    return this.#read(call, () => reads.recvfrom<A>(coreOf(this), size, call))
  }

  /** recvfrom(2) into `buffer`: the number of bytes as `recvInto` has it, and the sender or null. */
  recvfromInto(buffer: Uint8Array, call?: CallOptions): Promise<[number, A | null]> {
    return this.#read(call, () => reads.recvfromInto<A>(coreOf(this), buffer, call))
  }

  /**
   * recvmsg(2): the bytes, the sender, the flags (MSG_TRUNC: cut) and the control messages, for which there has to be
   * room: `controlSize` bytes, cmsg(3). Those without room are lost, and MSG_CTRUNC is in the flags. Descriptors among them
   * arrive owned, and are closed unless taken. MSG_ERRQUEUE reads the socket's error queue (IP_RECVERR, timestamps), beside
   * the ordinary reads.
   */
  recvmsg(size: number, call?: MessageOptions): Promise<Message<A>> {
    return this.#read(call, () => reads.recvmsg<A>(coreOf(this), size, call))
  }

  /** recvmsg(2) into `buffers`, filled one after the other, 1024 at most: `length` is how many bytes came. Else as `recvmsg`. */
  recvmsgInto(buffers: readonly Uint8Array[], call?: MessageOptions): Promise<MessageInto<A>> {
    return this.#read(call, () => reads.recvmsgInto<A>(coreOf(this), buffers, call))
  }

  /**
   * Bytes and up to `count` descriptors (253 at most) from a unix socket, SCM_RIGHTS in unix(7). They are close-on-exec
   * and owned: closed unless taken. More than `count` are closed, and MSG_CTRUNC is in `flags`.
   */
  recvFds(size: number, count: number, call?: CallOptions): Promise<ReceivedFds<A>> {
    return this.#read(call, () => reads.recvFds<A>(coreOf(this), size, count, call))
  }

  #read<T>(call: CallOptions | undefined, make: () => Wait<T>): Promise<T> {
    const signal = call?.signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    try {
      const wait = make()
      const outcome = wait.promised()
      coreOf(this).channel.read(wait, coreOf(this).limitsOf(call))
      return outcome
    } catch (error) {
      return Promise.reject(error)
    }
  }

  /**
   * Gives all that comes on this stream to `handler`, until it ends, fails or is closed: the form for servers with very many
   * connections. There is no promise and no copy for each piece: what `handler.view` gets is good only during the call.
   * One handler serves any number of sockets. Other reads of this socket fail with EBUSY meanwhile. The time-out does not
   * count; as with a pending `recv`, the process is kept alive (see `unref`).
   */
  recvViews(handler: ViewHandler<this>): void {
    const core = coreOf(this)
    if (core.listening) throw new TypeError('a listening socket has no views: use connections()')
    if (core.type !== k.SOCK_STREAM)
      throw new TypeError('recvViews() is for streams: datagrams have batches()')
    if (typeof handler?.view !== 'function') throw new TypeError('expected a handler with a view() method')
    if (core.channel.number < 0) throw core.failure(-k.EBADF, 'recv')
    core.channel.show(new View(core, this, handler))
  }

  /**
   * recvmmsg(2): the datagrams that are there, at least one, into a batch that is used again and again: how many it has
   * then. Nothing is allocated, and the batch's views are good until it is filled the next time.
   */
  recvmmsg(batch: ReceiveBatch<A> | ReceiveBatch, call?: CallOptions): Promise<number> {
    return this.#read(call, () => new FillBatch<A>(coreOf(this), batch, flagsOf(call)))
  }

  // ── sending ──────────────────────────────────────────────────────────────────────────────────

  /**
   * send(2): how many of the bytes the kernel took; of a message all. Do not change them before it resolves. An abort and a
   * time-out have sent nothing. A string goes as UTF-8.
   *
   * @throws SystemError EPIPE (never a SIGPIPE) and ECONNRESET when the peer is gone, EMSGSIZE for what no message can hold,
   * EDESTADDRREQ and ENOTCONN without a destination, ECONNREFUSED where an earlier datagram found nobody, ENOBUFS.
   */
  send(data: Uint8Array | string, call?: CallOptions): Promise<number> {
    return send(coreOf(this), data, call)
  }

  /**
   * sendto(2): one datagram to `address`; names are looked up, outside of the time-out. Fails as `send`; EACCES for a broadcast
   * without SO_BROADCAST, ENETUNREACH, and on unix sockets ENOENT, ECONNREFUSED, EPROTOTYPE. With MSG_FASTOPEN a TCP socket
   * connects by it: the bytes go in the SYN where the kernel has a cookie of the server's, else behind the handshake, RFC 7413.
   */
  sendto(data: Uint8Array | string, address: Given<A>, call?: CallOptions): Promise<number> {
    return sendto(coreOf(this), data, address as Given<Address>, call)
  }

  /**
   * send(2) until all is sent, under one time-out. Do not change the bytes before it resolves. A failure carries `bytesSent`,
   * the time-out's too; an abort leaves an unknown part sent. Fails as `send`.
   */
  sendall(data: Uint8Array | string, call?: CallOptions): Promise<void> {
    return sendall(coreOf(this), data, call)
  }

  /**
   * send(2), at once or not at all: how many bytes the kernel took, 0 where it has no room or an earlier send still waits. No
   * promise is made: for handlers. An empty `data` gives 0, too.
   */
  trySend(data: Uint8Array | string): number {
    return trySend(coreOf(this), data)
  }

  /**
   * send(2) with MSG_ZEROCOPY: the kernel sends from this very memory, and the promise resolves when it needs it no more; do
   * not change the bytes before. `copied` says that the kernel has copied them all the same, as it always does over loopback.
   * It pays from some 10 kB on. What the kernel tells of it comes by the error queue, which is not to be read by others
   * meanwhile. Of a socket that is closed before, nobody can tell when the memory is free. EOPNOTSUPP or EINVAL where the
   * kernel has no such thing for this socket.
   */
  async sendZerocopy(data: Uint8Array | string, call?: CallOptions): Promise<ZerocopySent> {
    const core = coreOf(this)
    core.zerocopy ??= new Zerocopy(core)
    return core.zerocopy.send(data, call)
  }

  /**
   * Holds back what `send`, `sendall` and `trySend` are given from now on, 64 KiB at most, so that many small writes become
   * one: they resolve at once, and an error is that of `uncork` or of a later write. Other sends, `shutdown` and `close` let go
   * what is held first; what a full buffer does not take at `close` is lost. For streams.
   */
  cork(): this {
    const core = coreOf(this)
    if (core.type !== k.SOCK_STREAM) throw new TypeError('expected a stream: datagrams are not put together')
    core.cork ??= new Cork()
    return this
  }

  /** Ends the holding back, and sends what was held: resolves when it is sent. Failures are those of `sendall`. */
  uncork(): Promise<void> {
    return uncork(coreOf(this))
  }

  /**
   * sendmsg(2): the pieces of `data` as one message, with control messages and an address if it has them. How many bytes
   * the kernel took: on a stream it may be less than all, and the control messages have gone with the first of them. Fails
   * as `sendto`; EINVAL and EPERM for control messages that the socket does not take, or the caller may not send.
   */
  sendmsg(message: MessageOut<A>, call?: CallOptions): Promise<number> {
    return sendmsg(coreOf(this), message as MessageOut<Address>, call)
  }

  /**
   * sendmmsg(2) until all messages of the batch are sent: how many they were. Runs of UDP datagrams of one size to one receiver
   * go out as one message each, which the kernel takes apart (UDP_SEGMENT). `from` is the first message to send. An error
   * carries `messagesSent`: the one behind them failed. Do not change the batch before it resolves.
   */
  sendmmsg(
    batch: SendBatch<A>,
    call?: CallOptions & { readonly from?: number | undefined },
  ): Promise<number> {
    return sendBatch(coreOf(this), batch as unknown as SendBatch<never>, call)
  }

  /**
   * Bytes and descriptors (253 at most, of anything that is open) over a unix socket, SCM_RIGHTS in unix(7). The receiver gets
   * duplicates; these stay the caller's. A stream needs at least one byte to carry them. How many bytes the kernel took.
   * EBADF for what is no descriptor, ETOOMANYREFS when too many are on their way.
   */
  sendFds(data: Uint8Array | string, fds: readonly number[], call?: SendFdsOptions<A>): Promise<number> {
    return this.sendmsg(withFds(data, fds, call), call)
  }

  /**
   * sendfile(2): the bytes of an open file, over a stream; how many they were. Files that the kernel cannot send so (a
   * pipe, a terminal) are read and sent. The file's own position stays. The disk is read within the call, which holds up
   * the loop for as long. A failure carries `bytesSent`, an abort leaves an unknown part sent. A socket that may not wait is a
   * TypeError: the call could not be taken up where it stopped.
   */
  sendfile(file: number | { readonly fd: number }, options?: SendfileOptions): Promise<number> {
    return sendfile(coreOf(this), file, options)
  }

  /**
   * One sendmsg(2) to an operation of AF_ALG (an accepted socket), as Python's: the bytes of `data`, empty when left out, with
   * what is to be done. MSG_MORE in `flags` says that more of it follows. How many bytes the kernel took. TypeError on
   * a socket of another family; EINVAL for an IV of a wrong length, or associated data where there is none.
   */
  async sendmsgAfalg(data: AfalgData, operation: AfalgOptions): Promise<number> {
    return this.sendmsg(afalgMessage<A>(this.family, data, operation), operation)
  }

  // ── iteration ────────────────────────────────────────────────────────────────────────────────

  /**
   * A stream's bytes as they come, until its end; of a datagram socket each datagram's. Nothing is read ahead. `break` does
   * not close the socket; closing it ends the iteration. A time-out, which each step has for itself, and an abort throw, and
   * lose no byte.
   */
  chunks(options: IterateOptions = {}): AsyncIterableIterator<Buffer> {
    this.#refuseListening('chunks')
    const size = checkSize(options.size ?? 65536)
    if (size === 0)
      throw new RangeError('expected a size of at least 1 byte: an empty chunk would be the end')
    const core = coreOf(this)
    return new Iteration(core, options.signal, () => new Chunk(core, roomFor(core, size), 0))
  }

  /**
   * The datagrams of a socket, each with its sender, for ever; with `controlSize` also with its control messages. An empty
   * one is a message like any other. MSG_TRUNC in `flags` says that `size` was too little; SCTP gives the rest as the next message
   * instead, the last with MSG_EOR. A SEQPACKET connection's messages end with it. Otherwise as `chunks`.
   */
  messages(options: MessageIterateOptions = {}): AsyncIterableIterator<Message<A>> {
    this.#refuseListening('messages')
    if (this.type === k.SOCK_STREAM) throw new TypeError('messages() is for datagrams: a stream has chunks()')
    const size = checkSize(options.size ?? 65536)
    const controlSize = checkControlSize(options.controlSize)
    const core = coreOf(this)
    return new Iteration(core, options.signal, () =>
      controlSize === 0 && this.protocol !== k.IPPROTO_SCTP
        ? new NextMessage<A>(core, roomFor(core, size), k.MSG_TRUNC)
        : new NextWholeMessage<A>(core, size, controlSize),
    )
  }

  /**
   * Batches of datagrams, for ever: the same one each time, filled anew, which is what makes it fast. What is to outlive the
   * step must be copied (`batch.copy(i)`).
   */
  batches(
    options: ReceiveBatchOptions & Pick<IterateOptions, 'signal'> = {},
  ): AsyncIterableIterator<ReceiveBatch<A>> {
    this.#refuseListening('batches')
    if (this.type === k.SOCK_STREAM) throw new TypeError('batches() is for datagrams: a stream has chunks()')
    const batch = new ReceiveBatch<A>(options)
    return new Iteration(coreOf(this), options.signal, () => new NextBatch<A>(coreOf(this), batch))
  }

  /**
   * The connections of a listening socket, for ever: until it is closed. Out of descriptors it waits for some to be closed;
   * connections that died in the queue are passed over. A time-out and an abort throw. `break` does not close the socket.
   */
  connections(options: Pick<IterateOptions, 'signal'> = {}): AsyncIterableIterator<[Socket<A>, Peer<A>]> {
    return connections(coreOf(this), options.signal, () => this.accept(options))
  }

  /** As `chunks()`. A listening socket has `connections()`, a datagram socket `messages()` with the senders too. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer> {
    return this.chunks()
  }

  /**
   * A stream as a file, with Python's modes and options: strings line by line from 'r', 'w' and 'rw', Buffers from 'rb',
   * 'wb' and 'rwb'. The descriptor stays open until this socket and each of its files are closed. Unlike Python's, a file
   * is as good after a time-out as before, and one of a socket that may not wait fails with EAGAIN where it would.
   */
  makefile(mode?: TextMode, options?: FileOptions): SocketFile<string>
  makefile(mode: BinaryMode, options?: BinaryFileOptions): SocketFile<Buffer>
  makefile(mode?: FileMode, options?: BinaryFileOptions): SocketFile<string> | SocketFile<Buffer>
  makefile(mode: FileMode = 'r', options: FileOptions = {}): SocketFile<string> | SocketFile<Buffer> {
    const core = coreOf(this)
    if (this.type !== k.SOCK_STREAM) throw new TypeError('makefile() is for streams')
    this.#refuseListening('makefile')
    const nature = natureOf(mode, options)
    if (core.channel.gone) throw core.failure(-k.EBADF, 'makefile')
    return nature.mode.includes('b')
      ? new SocketFile(new Stream<Buffer>(core, nature))
      : new SocketFile(new Stream<string>(core, nature))
  }

  #refuseListening(what: string): void {
    if (coreOf(this).listening) throw new TypeError(`a listening socket has no ${what}(): use connections()`)
  }
}
