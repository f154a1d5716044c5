/** What the verbs of one socket share: its channel, its time-out, its peer, and how its failures read. */
import type { Address } from '../data/address/address.js'
import { decodeAddress } from '../data/address/family.js'
import { type Failure, SystemError } from '../data/errors.js'
import {
  AF_APPLETALK,
  AF_ATMPVC,
  AF_ATMSVC,
  AF_AX25,
  AF_INET,
  AF_INET6,
  AF_NETROM,
  AF_QIPCRTR,
  AF_RDS,
  AF_ROSE,
  AF_X25,
  EBADF,
  ECANCELED,
  EEXIST,
  F_GETFL,
  F_SETFD,
  F_SETFL,
  FD_CLOEXEC,
  IPPROTO_SCTP,
  IPPROTO_TCP,
  MSG_DONTWAIT,
  MSG_NOSIGNAL,
  O_NONBLOCK,
  SO_ACCEPTCONN,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
} from '../data/kernel.js'
import type { Channel as ChannelType } from '../engine/channel.js'
import { Channel } from '../engine/channel.js'
import { type Engine, engine } from '../engine/engine.js'
import type { WaitLimits } from '../engine/limit.js'
import { NAME_HEAD, NAME_SIZE, native } from '../sys/binding.js'
import type { Cork } from './cork.js'
import { decodeSockaddr, Seen } from './seen.js'
import { standardLimits } from './timeout.js'
import type { Zerocopy } from './zerocopy.js'

/** Families whose send(2) refuses MSG_NOSIGNAL. Of them only AX.25's know SIGPIPE, which every runtime ignores. */
const NO_NOSIGNAL: ReadonlySet<number> = new Set([
  AF_AX25,
  AF_NETROM,
  AF_ROSE,
  AF_X25,
  AF_APPLETALK,
  AF_ATMPVC,
  AF_ATMSVC,
  AF_QIPCRTR,
  AF_RDS,
])

const NO_WAIT: WaitLimits = Object.freeze({ timeout: 0 })

function nameLength(memory: Buffer, at: number): number {
  return Math.min(memory.readInt32LE(at), NAME_SIZE - NAME_HEAD)
}

/** Options of every call that may wait. */
export interface CallOptions {
  /** Gives the wait up; the promise rejects with the signal's reason. Bytes that had not been taken stay in the kernel. */
  readonly signal?: AbortSignal | undefined
  /** MSG_* of recv(2) or send(2). With MSG_DONTWAIT a call that would wait fails with EAGAIN. */
  readonly flags?: number | undefined
}

/** The address in a sockaddr for an error to name; undefined for bytes that are none, which the kernel is about to refuse. */
export function named(sockaddr: Uint8Array): Address | undefined {
  try {
    return decodeAddress(sockaddr) ?? undefined
  } catch {
    return undefined
  }
}

export class Core {
  readonly engine: Engine = engine()
  readonly channel: ChannelType
  readonly family: number
  readonly type: number
  readonly protocol: number
  /** MSG_* of every send: SIGPIPE never kills the process, and no descriptor, not even an adopted one, ever blocks the loop. */
  readonly sendFlags: number
  /** The socket's time-out as the waits take it, without a signal. */
  limits: WaitLimits = standardLimits()
  /** Who the socket was connected to or accepted from; the kernel forgets it when the connection breaks. */
  peer: Address | undefined
  listening = false
  /** The last read of a stream brought very much. */
  bulky = false
  /** The zero-copy sends under way. */
  zerocopy: Zerocopy | undefined
  /** Holds small writes back between cork() and uncork(). */
  cork: Cork | null = null
  /** The largest datagram that several of may go out as one (UDP_SEGMENT): less once the kernel has refused. */
  segmentMost = 65507
  /** Files made from it that are open: the descriptor is, for as long as one is. */
  files = 0
  /** `close()` was called; with the last of the files the descriptor goes. */
  closing = false
  /** A connect that was in progress has succeeded or failed, and connect(2) itself has not told yet. */
  connectDecided = false

  #seen: Seen | null = null

  constructor(fd: number, family: number, type: number, protocol: number, foreign: boolean) {
    this.family = family
    this.type = type
    this.protocol = protocol
    this.sendFlags = NO_NOSIGNAL.has(family) ? MSG_DONTWAIT : MSG_DONTWAIT | MSG_NOSIGNAL
    const tcp =
      type === SOCK_STREAM &&
      (family === AF_INET || family === AF_INET6) &&
      (protocol === 0 || protocol === IPPROTO_TCP)
    this.channel = new Channel(fd, tcp)
    if (this.channel.slotless)
      throw new SystemError(EEXIST, {
        syscall: 'socket',
        hint: `descriptor ${fd} belongs to another socket of this thread`,
      })
    if (foreign) this.#adopt()
  }

  /** A one-to-many socket of SCTP receives though it listens: its associations are no sockets. */
  get oneToMany(): boolean {
    return this.protocol === IPPROTO_SCTP && this.type === SOCK_SEQPACKET
  }

  /** What the maker of a descriptor knew of it; and no child process inherits it from now on. */
  #adopt(): void {
    const { number } = this.channel
    native.fcntl(number, F_SETFD, FD_CLOEXEC)
    this.peer = this.known('getpeername')
    const listens = Buffer.alloc(4)
    this.listening =
      !this.oneToMany &&
      native.getsockopt(number, SOL_SOCKET, SO_ACCEPTCONN, listens) >= 0 &&
      listens.readInt32LE(0) !== 0
  }

  /** The time-out and the signal of one call, which does not wait at all with MSG_DONTWAIT. */
  limitsOf(call: CallOptions | undefined): WaitLimits {
    return (call?.flags ?? 0) & MSG_DONTWAIT ? NO_WAIT : this.limitsWith(call?.signal)
  }

  /** The time-out, and the signal of one call. */
  limitsWith(signal: AbortSignal | undefined): WaitLimits {
    return signal === undefined ? this.limits : { timeout: this.limits.timeout, signal }
  }

  /** The address in the name buffer at `at` of the slab, or of other memory; the same object when it comes again. */
  addressAt(at: number, memory: Buffer = this.engine.slab): Address | null {
    return this.seen.address(memory, at + NAME_HEAD, nameLength(memory, at))
  }

  /** The same of a peer that is new each time. */
  strangerAt(at: number): Address | null {
    const { slab } = this.engine
    return decodeSockaddr(slab, at + NAME_HEAD, nameLength(slab, at))
  }

  /** The addresses that come and go here. */
  get seen(): Seen {
    this.#seen ??= new Seen()
    return this.#seen
  }

  /** getsockname or getpeername: the address, or -errno. */
  ask(call: 'getsockname' | 'getpeername'): Address | number {
    const name = Buffer.allocUnsafeSlow(NAME_SIZE)
    const result = native[call](this.channel.number, name)
    if (result < 0) return result
    return (
      decodeSockaddr(name, NAME_HEAD, nameLength(name, 0)) ?? {
        family: 'unknown',
        af: this.family,
        bytes: new Uint8Array(0),
      }
    )
  }

  /** The same where an answer is welcome but not needed. */
  known(call: 'getsockname' | 'getpeername'): Address | undefined {
    const answer = this.channel.number < 0 ? -EBADF : this.ask(call)
    return typeof answer === 'number' ? undefined : answer
  }

  /** Before calls that have no MSG_DONTWAIT: whoever shares the open file may have made it a blocking one. */
  unblock(): void {
    const flags = native.fcntl(this.channel.number, F_GETFL, 0)
    if (flags >= 0 && (flags & O_NONBLOCK) === 0)
      native.fcntl(this.channel.number, F_SETFL, flags | O_NONBLOCK)
  }

  /** What is known of this socket for an error about it. */
  about(syscall: string, more?: Partial<Failure>): Failure {
    return { syscall, local: this.known('getsockname'), remote: this.peer, ...more }
  }

  /** The one place where a negative result of a verb becomes an exception. */
  failure(result: number, syscall: string, more?: Partial<Failure>): SystemError {
    if (result === -EBADF && !this.channel.gone && this.channel.fd < 0)
      return new SystemError(
        ECANCELED,
        this.about(syscall, { hint: 'an earlier connect was given up: close this socket', ...more }),
      )
    if (result === -EBADF && this.channel.gone)
      return new SystemError(EBADF, this.about(syscall, { hint: 'the socket is closed', ...more }))
    return new SystemError(result, this.about(syscall, more))
  }
}
