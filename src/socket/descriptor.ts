/** What a socket is besides its verbs: a descriptor with names, options, modes, and an end. */
import { inspect } from 'node:util'
import { type Address, formatAddress, type Given } from '../data/address/address.js'
import { checkInteger } from '../data/integer.js'
import * as k from '../data/kernel.js'
import { familyName, typeName } from '../data/names.js'
import type { OptionRow, Queryable, Readable, Writable } from '../data/option/option.js'
import type { Channel } from '../engine/channel.js'
import { native } from '../sys/binding.js'
import { Core, named } from './core.js'
import { getsockopt, setsockopt } from './options.js'
import { encodeNamedSync, encodeNumeric } from './resolve.js'
import { letGo } from './send.js'
import { checkTimeout } from './timeout.js'
import { waiting } from './waiting.js'

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

/** close(2), once the socket and every file made from it have been closed. */
export function closeWhenUnused(core: Core): void {
  if (!core.closing || core.files > 0 || core.channel.number < 0) return
  forgotten.unregister(core)
  const local = core.channel.close()
  // The descriptor is gone in any case; what a failed close can tell of is nobody's bytes on a socket.
  if (local < 0 && local !== -k.ECONNRESET && local !== -k.EINTR) throw core.failure(local, 'close')
}

/** What the verbs in the files beside share of a socket, and nobody else sees. */
export let coreOf: <A extends Address>(socket: Descriptor<A>) => Core

/** The part of `Socket` that never waits. */
export abstract class Descriptor<A extends Address> implements AsyncDisposable, Disposable {
  /** Never there: a type that goes both ways, so that a Socket<InetAddress> is no Socket<Address>. */
  declare protected readonly addressType: (address: A) => A
  readonly #core: Core

  static {
    coreOf = (socket) => socket.#core
    const describe = function (this: Descriptor<Address>): string {
      return this.#describe()
    }
    Object.defineProperty(Descriptor.prototype, inspect.custom, { value: describe })
  }

  /** Takes over an open descriptor; `socket()` and `accept()` are the ways to get one. `foreign`: it may be a blocking one. */
  constructor(fd: number, family: number, type: number, protocol: number, foreign = false) {
    this.#core = new Core(fd, family, type, protocol, foreign)
    // The core, not this: the waits and iterations hold it, so a socket that somebody waits on is not forgotten.
    forgotten.register(this.#core, this.#core.channel, this.#core)
  }

  /** AF_*: what `socket()` was given, or the kernel answered of an adopted descriptor. */
  get family(): number {
    return this.#core.family
  }

  /** SOCK_*, without SOCK_NONBLOCK and SOCK_CLOEXEC. */
  get type(): number {
    return this.#core.type
  }

  /** IPPROTO_*, as `socket()` was given it: 0 where it was left out, and SO_PROTOCOL tells what the kernel chose. */
  get protocol(): number {
    return this.#core.protocol
  }

  // ── names and roles ──────────────────────────────────────────────────────────────────────────

  /**
   * bind(2). The host '' is every address; a name is looked up, which blocks the thread. Port 0 has the kernel choose one, and
   * a unix path makes a file there, which stays. Ports under 1024 need CAP_NET_BIND_SERVICE.
   *
   * @throws SystemError EADDRINUSE, EADDRNOTAVAIL, EACCES, EINVAL for a socket that is bound already; RangeError for a unix path
   * of more than 108 bytes; GaiError.
   */
  bind(address: Given<A>): void {
    const core = this.#core
    const given = address as Given<Address>
    const sockaddr = encodeNumeric(core.family, given) ?? encodeNamedSync(core.family, core.type, given)
    const result = native.bind(core.channel.fd, sockaddr)
    if (result < 0) throw core.failure(result, 'bind', { local: named(sockaddr) })
  }

  /**
   * listen(2). `backlog` connections may wait to be accepted, net.core.somaxconn at most; 128 when left out, as in Python; less
   * than 0 is 0. EOPNOTSUPP on a socket for datagrams, EADDRINUSE where another one listens.
   */
  listen(backlog = 128): void {
    const core = this.#core
    const result = native.listen(core.channel.fd, Math.max(0, checkInteger(backlog, 'backlog')))
    if (result < 0) throw core.failure(result, 'listen')
    core.listening = !core.oneToMany
  }

  /** getsockname(2): the socket's own address, frozen. Not bound: host '0.0.0.0' or '::' and port 0; of a unix socket the path ''. */
  getsockname(): A {
    return this.#name('getsockname')
  }

  /** getpeername(2): who the socket is connected to, frozen; ENOTCONN when to nobody, or when the connection is broken. */
  getpeername(): A {
    return this.#name('getpeername')
  }

  #name(call: 'getsockname' | 'getpeername'): A {
    const answer = this.#core.ask(call)
    if (typeof answer === 'number') throw this.#core.failure(answer, call)
    return answer as A
  }

  /**
   * shutdown(2): SHUT_WR tells the peer that this was all, once what was sent has gone; SHUT_RD has reads end; SHUT_RDWR is
   * both. It holds for every duplicate. ENOTCONN when there is no connection, EINVAL for another `how`.
   */
  shutdown(how: number): void {
    letGo(this.#core)
    const result = native.shutdown(this.#core.channel.fd, how)
    if (result < 0) throw this.#core.failure(result, 'shutdown')
  }

  // ── options and modes ────────────────────────────────────────────────────────────────────────

  /**
   * getsockopt(2): a typed option's value, which some give for a question; by numbers, an int, or `size` bytes at most. Each
   * option tells its own units. ENOPROTOOPT and EOPNOTSUPP for what this kind of socket, or this kernel, does not have.
   */
  getsockopt<T>(option: Readable<T>): T
  getsockopt<Q, T>(option: Queryable<Q, T>, question: NoInfer<Q>): T
  getsockopt(level: number, option: number | OptionRow): number
  getsockopt(level: number, option: number | OptionRow, size: number): Buffer
  getsockopt(first: OptionRow | number, second?: unknown, size?: number): unknown {
    return getsockopt(this.#core, first, second, size)
  }

  /**
   * setsockopt(2): a typed option, or by numbers an int of 32 bits or bytes. Each option tells its own units and privileges.
   * ENOPROTOOPT and EOPNOTSUPP as `getsockopt`; EINVAL for a value that the kernel refuses, EPERM for want of a privilege.
   */
  setsockopt<T>(option: Writable<T>, value: NoInfer<T>): void
  setsockopt(level: number, option: number | OptionRow, value: number | Uint8Array): void
  setsockopt(first: OptionRow | number, second: unknown, value?: number | Uint8Array): void {
    setsockopt(this.#core, first, second, value)
  }

  /**
   * Milliseconds that a call may wait (TimeoutError behind them); null for ever, which `setdefaulttimeout` left alone has
   * sockets begin with; 0 not at all: a call that would wait fails with EAGAIN, a connect with EINPROGRESS. Looking names
   * up is not counted. Calls that wait already keep theirs.
   */
  settimeout(ms: number | null): void {
    this.#core.limits = { timeout: checkTimeout(ms) }
  }

  /** Milliseconds; null waits for ever. */
  gettimeout(): number | null {
    return this.#core.limits.timeout
  }

  /** `setblocking(false)` is `settimeout(0)`, `setblocking(true)` is `settimeout(null)`. The descriptor itself never blocks. */
  setblocking(blocking: boolean): void {
    this.settimeout(blocking ? null : 0)
  }

  /** False after `settimeout(0)` and `setblocking(false)`. */
  getblocking(): boolean {
    return this.#core.limits.timeout !== 0
  }

  /** Pending waits keep the process alive, as they do at first. */
  ref(): this {
    this.#core.channel.ref(true)
    return this
  }

  /** Pending waits do not keep the process alive: those there are, and those to come. */
  unref(): this {
    this.#core.channel.ref(false)
    return this
  }

  // ── what waits in the kernel ─────────────────────────────────────────────────────────────────

  /**
   * SIOCINQ (FIONREAD): bytes that can be read at once; of a datagram socket those of the next one, 0 without one. EINVAL on a
   * listener, ENOTTY or EOPNOTSUPP where the family does not count them.
   */
  inq(): number {
    return waiting(this.#core, 'SIOCINQ')
  }

  /**
   * SIOCOUTQ: bytes that wait to be sent, or on TCP to be acknowledged; of other kinds of sockets the memory that they take
   * up. What `cork` holds is not among them.
   */
  outq(): number {
    return waiting(this.#core, 'SIOCOUTQ')
  }

  /** SIOCOUTQNSD: of what `outq` counts, that which has not been sent yet. TCP alone, else as `inq`. */
  outqnsd(): number {
    return waiting(this.#core, 'SIOCOUTQNSD')
  }

  /** sockatmark(3): whether urgent data is the next that would be read. TCP alone, else as `inq`. */
  sockatmark(): boolean {
    return waiting(this.#core, 'SIOCATMARK') !== 0
  }

  // ── the descriptor and its end ───────────────────────────────────────────────────────────────

  /** The descriptor's number; -1 once it is closed or detached. */
  fileno(): number {
    return this.#core.channel.number
  }

  /** Whether a program that this process executes inherits the descriptor; it does not at first (close-on-exec). */
  getInheritable(): boolean {
    const flags = native.fcntl(this.#core.channel.number, k.F_GETFD, 0)
    if (flags < 0) throw this.#core.failure(flags, 'fcntl')
    return (flags & k.FD_CLOEXEC) === 0
  }

  /**
   * Lets executed programs inherit the descriptor, under its own number, or not; what `child_process` starts too. Those
   * named in its `stdio` are inherited in any case. The socket is non-blocking for them as well.
   */
  setInheritable(inheritable: boolean): void {
    const result = native.fcntl(this.#core.channel.number, k.F_SETFD, inheritable ? 0 : k.FD_CLOEXEC)
    if (result < 0) throw this.#core.failure(result, 'fcntl')
  }

  /**
   * Gives the descriptor up without closing it, to the caller: -1 when there is none. Pending waits fail with ECANCELED; what is
   * corked is sent first, as far as there is room for it at once. It is non-blocking, as other Nodes and `socket(…, { fileno })` want it; `blocking` makes it what other programs expect.
   */
  detach(options: { readonly blocking?: boolean | undefined } = {}): number {
    if (this.#core.channel.number >= 0) letGo(this.#core)
    forgotten.unregister(this.#core)
    const fd = this.#core.channel.detach()
    if (options.blocking === true && fd >= 0) {
      const flags = native.fcntl(fd, k.F_GETFL, 0)
      if (flags >= 0) native.fcntl(fd, k.F_SETFL, flags & ~k.O_NONBLOCK)
    }
    return fd
  }

  /**
   * close(2). Pending waits fail with ECANCELED; closing twice does nothing. What is corked is sent first, as far as there is room
   * for it at once. Bytes that were sent but not yet
   * acknowledged go on to the peer, unless bytes were left unread (TCP resets then) or SO_LINGER says otherwise.
   *
   * While a file that `makefile` made is open, nothing of this happens before the last of them is closed; until then the
   * socket works on, as in Python.
   */
  close(): void {
    if (this.#core.channel.number >= 0) letGo(this.#core)
    this.#core.closing = true
    closeWhenUnused(this.#core)
  }

  /** `close`, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** `close`, at the end of an `await using` block. */
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
    if (this.#core.closing && channel.number >= 0) parts.push('closed but for its files')
    if (limits.timeout !== null) parts.push(`timeout ${limits.timeout} ms`)
    return `Socket <${parts.join(', ')}>`
  }
}
