/** Socket<A>: the verbs, one system call each. Names and meanings are POSIX's and Python's; waits are awaited. */
import { inspect } from 'node:util'
import { type Address, formatAddress, type Given } from '../data/address/address.js'
import { SystemError } from '../data/errors.js'
import * as k from '../data/kernel.js'
import { familyName, typeName } from '../data/names.js'
import type { OptionRow, Readable, Writable } from '../data/option/option.js'
import type { Channel } from '../engine/channel.js'
import type { Wait } from '../engine/wait.js'
import { native } from '../sys/binding.js'
import { connect } from './connect.js'
import { type CallOptions, Core, flagsOf, named } from './core.js'
import { connections, Iteration } from './iterate.js'
import { getsockopt, setsockopt } from './options.js'
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
import { encodeNamedSync, encodeNumeric } from './resolve.js'
import { send, sendall, sendto } from './send.js'
import { toBytes } from './transmit.js'

/** Options of an iteration. */
export interface IterateOptions {
  readonly signal?: AbortSignal | undefined
  /** Most bytes a step may bring; 65536 when left out. */
  readonly size?: number | undefined
}

const DONE: Promise<void> = Promise.resolve()

// What holds a channel open when its socket is forgotten: the warning is Python's ResourceWarning.
const forgotten = new FinalizationRegistry((channel: Channel) => {
  const fd = channel.number
  if (fd < 0) return
  process.emitWarning(
    `a socket was garbage-collected open: descriptor ${fd} is closed now`,
    'ResourceWarning',
  )
  channel.close()
})

/**
 * A socket. Calls that act at once throw; calls that may wait return promises, and honour `settimeout`, an
 * `AbortSignal` and a `close()` from elsewhere. Failures are `SystemError`s with the errno's name as `code`.
 *
 * A pending wait keeps the process alive (see `unref`), an idle socket does not.
 */
export class Socket<A extends Address = Address>
  implements AsyncDisposable, Disposable, AsyncIterable<Buffer>
{
  /** Never there: a type that goes both ways, so that a Socket<InetAddress> is no Socket<Address>. */
  declare protected readonly addressType: (address: A) => A
  readonly #core: Core

  static {
    const describe = function (this: Socket): string {
      return this.#describe()
    }
    Object.defineProperty(Socket.prototype, inspect.custom, { value: describe })
  }

  /** Takes over an open descriptor; `socket()` and `accept()` are the ways to get one. `foreign`: it may be a blocking one. */
  constructor(fd: number, family: number, type: number, protocol: number, foreign = false) {
    this.#core = new Core(fd, family, type, protocol, foreign)
    // The core, not this: the waits and iterations hold it, so a socket that somebody waits on is not forgotten.
    forgotten.register(this.#core, this.#core.channel, this.#core)
  }

  /** AF_* */
  get family(): number {
    return this.#core.family
  }

  /** SOCK_*, without SOCK_NONBLOCK and SOCK_CLOEXEC. */
  get type(): number {
    return this.#core.type
  }

  /** IPPROTO_*; 0 when the family has just one. */
  get protocol(): number {
    return this.#core.protocol
  }

  // ── names and roles ──────────────────────────────────────────────────────────────────────────

  /** bind(2). The host '' is every address; a name is looked up, which blocks the thread. */
  bind(address: Given<A>): void {
    const core = this.#core
    const given = address as Given<Address>
    const sockaddr = encodeNumeric(core.family, given) ?? encodeNamedSync(core.family, core.type, given)
    const result = native.bind(core.channel.fd, sockaddr)
    if (result < 0) throw core.failure(result, 'bind', { local: named(sockaddr) })
  }

  /** listen(2). `backlog` connections may wait to be accepted; 128 when left out, as in Python. */
  listen(backlog = 128): void {
    if (!Number.isInteger(backlog)) throw new TypeError(`expected an integer backlog, not ${String(backlog)}`)
    const core = this.#core
    const result = native.listen(core.channel.fd, Math.max(0, backlog))
    if (result < 0) throw core.failure(result, 'listen')
    core.listening = true
  }

  /** getsockname(2): the socket's own address. */
  getsockname(): A {
    return this.#name('getsockname')
  }

  /** getpeername(2): who the socket is connected to; ENOTCONN when to nobody. */
  getpeername(): A {
    return this.#name('getpeername')
  }

  #name(call: 'getsockname' | 'getpeername'): A {
    const answer = this.#core.ask(call)
    if (typeof answer === 'number') throw this.#core.failure(answer, call)
    return answer as A
  }

  // ── connections ──────────────────────────────────────────────────────────────────────────────

  /**
   * accept(2): the next connection and its peer. Out of descriptors (EMFILE) rejects and leaves the connection in the
   * kernel's queue; `connections()` goes on by itself then.
   */
  accept(call?: CallOptions): Promise<[Socket<A>, A]> {
    const core = this.#core
    const { family, type, protocol } = core
    core.unblock()
    return this.#read(
      call,
      () =>
        new Accept<Socket<A>, A>(core, (fd, peer) => {
          const connection = new Socket<A>(fd, family, type, protocol)
          connection.#core.peer = peer
          return connection
        }),
    )
  }

  /**
   * connect(2). Names are looked up. An aborted or timed-out connect leaves the socket good for `close()` only (ECANCELED
   * otherwise); after a refusal another connect may be tried. A datagram socket gets its default destination by it.
   */
  async connect(address: Given<A>, call?: CallOptions): Promise<void> {
    await connect(this.#core, address as Given<Address>, call?.signal)
  }

  /** As `connect`, but a failure of the system call is returned as a positive errno; 0 is success. Names that cannot be looked up throw. */
  async connectEx(address: Given<A>, call?: CallOptions): Promise<number> {
    try {
      await connect(this.#core, address as Given<Address>, call?.signal)
      return 0
    } catch (error) {
      if (error instanceof SystemError && error.syscall === 'connect') return -error.errno
      throw error
    }
  }

  /** shutdown(2): SHUT_RD, SHUT_WR or SHUT_RDWR. */
  shutdown(how: number): void {
    const result = native.shutdown(this.#core.channel.fd, how)
    if (result < 0) throw this.#core.failure(result, 'shutdown')
  }

  // ── receiving ────────────────────────────────────────────────────────────────────────────────

  /**
   * recv(2): up to `size` bytes. Empty at the end of a stream. A datagram longer than `size` is cut, without a word:
   * `messages()` tells.
   */
  recv(size: number, call?: CallOptions): Promise<Buffer> {
    return this.#read(call, () => new Recv(this.#core, checkSize(size), flagsOf(call)))
  }

  /** recv(2) into `buffer`: the number of bytes, 0 at the end of a stream. */
  recvInto(buffer: Uint8Array, call?: CallOptions): Promise<number> {
    return this.#read(call, () => new RecvInto(this.#core, checkBuffer(buffer), flagsOf(call)))
  }

  /** recvfrom(2): the bytes and the sender, null where the kernel names none (a stream). */
  recvfrom(size: number, call?: CallOptions): Promise<[Buffer, A | null]> {
    return this.#read(call, () => new Recvfrom<A>(this.#core, checkSize(size), flagsOf(call)))
  }

  /** recvfrom(2) into `buffer`. */
  recvfromInto(buffer: Uint8Array, call?: CallOptions): Promise<[number, A | null]> {
    return this.#read(call, () => new RecvfromInto<A>(this.#core, checkBuffer(buffer), flagsOf(call)))
  }

  #read<T>(call: CallOptions | undefined, make: () => Wait<T>): Promise<T> {
    const signal = call?.signal
    if (signal?.aborted) return Promise.reject(signal.reason)
    try {
      const wait = make()
      this.#core.channel.read(wait, this.#core.limitsWith(signal))
      return wait.promise
    } catch (error) {
      return Promise.reject(error)
    }
  }

  // ── sending ──────────────────────────────────────────────────────────────────────────────────

  /** send(2): how many of the bytes the kernel took. Do not change them before it resolves. */
  send(data: Uint8Array | string, call?: CallOptions): Promise<number> {
    return send(this.#core, data, call)
  }

  /** sendto(2): one datagram to `address`; names are looked up. */
  sendto(data: Uint8Array | string, address: Given<A>, call?: CallOptions): Promise<number> {
    return sendto(this.#core, data, address as Given<Address>, call)
  }

  /**
   * send(2) until all is sent. Do not change the bytes before it resolves. A failure carries `bytesSent`; an abort
   * leaves an unknown part sent.
   */
  sendall(data: Uint8Array | string, call?: CallOptions): Promise<void> {
    return sendall(this.#core, data, call)
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
    return new Iteration(this.#core, options.signal, () => new Chunk(this.#core, size, 0))
  }

  /** The datagrams of a socket, each with its sender, for ever. An empty one is a message like any other. */
  messages(options: IterateOptions = {}): AsyncIterableIterator<Message<A>> {
    this.#refuseListening('messages')
    if (this.type === k.SOCK_STREAM) throw new TypeError('messages() is for datagrams: a stream has chunks()')
    const size = checkSize(options.size ?? 65536)
    return new Iteration(this.#core, options.signal, () => new NextMessage<A>(this.#core, size))
  }

  /**
   * The connections of a listening socket, for ever. Out of descriptors it waits for some to be closed; connections that
   * died in the queue are passed over.
   */
  connections(options: Pick<IterateOptions, 'signal'> = {}): AsyncIterableIterator<[Socket<A>, A]> {
    return connections(this.#core, options.signal, () => this.accept(options))
  }

  /** As `chunks()`. A listening socket has `connections()`, a datagram socket `messages()` with the senders too. */
  [Symbol.asyncIterator](): AsyncIterableIterator<Buffer> {
    return this.chunks()
  }

  #refuseListening(what: string): void {
    if (this.#core.listening) throw new TypeError(`a listening socket has no ${what}(): use connections()`)
  }

  // ── options and modes ────────────────────────────────────────────────────────────────────────

  /** getsockopt(2): a typed option's value; by numbers, an int, or `size` bytes at most. */
  getsockopt<T>(option: Readable<T>): T
  getsockopt(level: number, option: number | OptionRow): number
  getsockopt(level: number, option: number | OptionRow, size: number): Buffer
  getsockopt(first: Readable<unknown> | number, second?: number | OptionRow, size?: number): unknown {
    return getsockopt(this.#core, first, second, size)
  }

  /** setsockopt(2): a typed option, or by numbers an int or bytes. */
  setsockopt<T>(option: Writable<T>, value: NoInfer<T>): void
  setsockopt(level: number, option: number | OptionRow, value: number | Uint8Array): void
  setsockopt(first: Writable<never> | number, second: unknown, value?: number | Uint8Array): void {
    setsockopt(this.#core, first as Writable<unknown> | number, second, value)
  }

  /**
   * Milliseconds that a call may wait (TimeoutError behind them); null, the default, for ever; 0 not at all: a call that
   * would wait fails with EAGAIN, a connect with EINPROGRESS. Looking names up is not counted.
   */
  settimeout(ms: number | null): void {
    if (ms !== null && !(typeof ms === 'number' && ms >= 0 && ms <= 0x7fffffff))
      throw new RangeError(`expected null or milliseconds from 0 to 2147483647, not ${String(ms)}`)
    this.#core.limits = { timeout: ms }
  }

  gettimeout(): number | null {
    return this.#core.limits.timeout
  }

  /** `setblocking(false)` is `settimeout(0)`, `setblocking(true)` is `settimeout(null)`. The descriptor itself never blocks. */
  setblocking(blocking: boolean): void {
    this.settimeout(blocking ? null : 0)
  }

  getblocking(): boolean {
    return this.#core.limits.timeout !== 0
  }

  /** Pending waits keep the process alive again. */
  ref(): this {
    this.#core.channel.ref(true)
    return this
  }

  /** Pending waits do not keep the process alive. */
  unref(): this {
    this.#core.channel.ref(false)
    return this
  }

  // ── the descriptor and its end ───────────────────────────────────────────────────────────────

  /** The descriptor's number; -1 once it is closed or detached. */
  fileno(): number {
    return this.#core.channel.number
  }

  /** Gives the descriptor up without closing it, to the caller. Pending waits fail with ECANCELED. */
  detach(): number {
    forgotten.unregister(this.#core)
    return this.#core.channel.detach()
  }

  /**
   * close(2). Pending waits fail with ECANCELED; closing twice does nothing. Bytes that were sent but not yet
   * acknowledged go on to the peer, unless bytes were left unread (TCP resets then) or SO_LINGER says otherwise.
   */
  close(): void {
    const core = this.#core
    if (core.channel.number < 0) return
    forgotten.unregister(core)
    const local = core.channel.close()
    // The descriptor is gone in any case; what a failed close can tell of is nobody's bytes on a socket.
    if (local < 0 && local !== -k.ECONNRESET && local !== -k.EINTR) throw core.failure(local, 'close')
  }

  [Symbol.dispose](): void {
    this.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.close()
    return DONE
  }

  /** What console.log and util.inspect show. */
  #describe(): string {
    const { channel, family, type, protocol, peer, limits } = this.#core
    const parts = [channel.number < 0 ? 'closed' : `fd ${channel.number}`, familyName(family), typeName(type)]
    if (protocol !== 0) parts.push(`protocol ${protocol}`)
    const local = channel.number < 0 ? undefined : this.#core.known('getsockname')
    if (local !== undefined) parts.push(`local ${formatAddress(local)}`)
    const remote = channel.number < 0 ? peer : (this.#core.known('getpeername') ?? peer)
    if (remote !== undefined) parts.push(`remote ${formatAddress(remote)}`)
    if (this.#core.listening) parts.push('listening')
    if (limits.timeout !== null) parts.push(`timeout ${limits.timeout} ms`)
    return `Socket <${parts.join(', ')}>`
  }
}

/** Where bytes are to go: the caller's own memory. */
function checkBuffer(buffer: Uint8Array): Uint8Array {
  if (!(buffer instanceof Uint8Array)) throw new TypeError(`expected a Uint8Array, not ${String(buffer)}`)
  return toBytes(buffer)
}

function checkSize(size: number): number {
  if (!Number.isInteger(size) || size < 0 || size > 0x7fffffff)
    throw new RangeError(`expected a size from 0 to 2147483647 bytes, not ${String(size)}`)
  return size
}
