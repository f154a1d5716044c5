/**
 * Every error this library throws, and the one place where a negative result becomes one.
 * Misuse (a wrong type, a value out of range) is a plain TypeError or RangeError that says what was expected.
 */
import { type Address, formatAddress } from './address/address.js'
import { errnoNames } from './kernel.js'
import * as n from './netdb.js'

/** What is known about a failed call. */
export interface Failure {
  /** The system call, as man section 2 spells it. */
  readonly syscall: string
  /** The socket's own address. */
  readonly local?: Address | undefined
  /** The address that the call was about: the peer, or where a datagram was to go. */
  readonly remote?: Address | undefined
  /** The option's name, for getsockopt and setsockopt. */
  readonly option?: string | undefined
  /** What the reader can do about it; ends the message. */
  readonly hint?: string | undefined
}

/** The name of an errno value, either sign: `errnoName(-111)` is `'ECONNREFUSED'`; an unknown one is `'E4095'`. */
export function errnoName(errno: number): string {
  const value = Math.abs(errno)
  return errnoNames[value] ?? `E${value}`
}

/**
 * The kernel refused. Shaped like Node's own system errors: `code` is the errno's name (`'ECONNREFUSED'`), `errno`
 * its negative value, `syscall` the call that failed. Match on `code`; the message is for people.
 */
export class SystemError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall: string
  declare readonly local?: Address
  declare readonly remote?: Address
  declare readonly option?: string
  /** How many bytes a failed `sendall` had handed over before. */
  declare bytesSent?: number
  /** How many messages a failed `sendmmsg` had handed over: the one behind them is what it failed with. */
  declare messagesSent?: number

  constructor(errno: number, failure: Failure, text?: string) {
    const code = errnoName(errno)
    const parts = [text ?? `${failure.syscall} ${code}`]
    if (failure.option !== undefined) parts.push(failure.option)
    if (failure.remote !== undefined) parts.push(formatAddress(failure.remote))
    else if (failure.local !== undefined) parts.push(formatAddress(failure.local))
    super(parts.join(' ') + (failure.hint === undefined ? '' : ` (${failure.hint})`))
    this.code = code
    this.errno = -Math.abs(errno)
    this.syscall = failure.syscall
    if (failure.local !== undefined) this.local = failure.local
    if (failure.remote !== undefined) this.remote = failure.remote
    if (failure.option !== undefined) this.option = failure.option
  }

  override get name(): string {
    return 'SystemError'
  }

  /** The address as Node's errors carry it: the remote one's host or path, else the local one's. */
  get address(): string | undefined {
    const about = this.remote ?? this.local
    if (about === undefined) return undefined
    return 'host' in about ? about.host : formatAddress(about)
  }

  /** The port of the same; undefined where it has none. */
  get port(): number | undefined {
    const about = this.remote ?? this.local
    return about !== undefined && 'port' in about ? about.port : undefined
  }
}

/** A call ran into the socket's time-out (`settimeout`). Its `code` is `'ETIMEDOUT'`. */
export class TimeoutError extends SystemError {
  constructor(errno: number, failure: Failure, ms: number) {
    super(errno, failure, `${failure.syscall} timed out after ${ms} ms`)
  }

  override get name(): string {
    return 'TimeoutError'
  }
}

/**
 * A name or an address could not be looked up: Python's gaierror. `code` is getaddrinfo(3)'s: `'EAI_NONAME'`,
 * `'EAI_AGAIN'`, …; `errno` its value.
 */
export class GaiError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall: 'getaddrinfo' | 'getnameinfo'
  readonly host: string | null
  readonly service: string | null

  constructor(
    errno: number,
    host: string | null,
    service: string | null,
    syscall: 'getaddrinfo' | 'getnameinfo' = 'getaddrinfo',
  ) {
    const [code, text] = gaiCodes[errno] ?? [`EAI_${-errno}`, 'unknown failure']
    super(`${syscall} ${code} ${host ?? ''}${service === null ? '' : `:${service}`} (${text})`)
    this.code = code
    this.errno = errno
    this.syscall = syscall
    this.host = host
    this.service = service
  }

  override get name(): string {
    return 'GaiError'
  }
}

/**
 * The database of hosts has no answer: Python's herror. `code` is that of gethostbyname(3): `'HOST_NOT_FOUND'`,
 * `'TRY_AGAIN'`, `'NO_RECOVERY'` or `'NO_DATA'`; `errno` its value, which is `h_errno`'s.
 */
export class HostError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall: 'gethostbyname' | 'gethostbyaddr'
  readonly host: string

  constructor(errno: number, host: string, syscall: 'gethostbyname' | 'gethostbyaddr') {
    const [code, text] = hostCodes[errno] ?? [`H_${errno}`, 'unknown failure']
    super(`${syscall} ${code} ${host} (${text})`)
    this.code = code
    this.errno = errno
    this.syscall = syscall
    this.host = host
  }

  override get name(): string {
    return 'HostError'
  }
}

/** Bytes that are not what they should be: `what` was expected, `offset` is where it went wrong. */
export class DecodeError extends Error {
  readonly code: 'ERR_TRUNCATED' | 'ERR_MALFORMED'
  readonly what: string
  readonly offset: number

  constructor(code: 'ERR_TRUNCATED' | 'ERR_MALFORMED', what: string, offset: number) {
    super(`${what}: ${code === 'ERR_TRUNCATED' ? 'cut short' : 'malformed'} at byte ${offset}`)
    this.code = code
    this.what = what
    this.offset = offset
  }

  override get name(): string {
    return 'DecodeError'
  }
}

/** Text that does not parse: the `input`, and the index `at` which it failed. */
export class ParseError extends SyntaxError {
  readonly code = 'ERR_PARSE'
  readonly input: string
  readonly at: number

  constructor(input: string, at: number, expected: string) {
    super(`expected ${expected} at ${at} in ${JSON.stringify(input)}`)
    this.input = input
    this.at = at
  }

  override get name(): string {
    return 'ParseError'
  }
}

const gaiCodes: Readonly<Record<number, readonly [code: string, text: string]>> = {
  [n.EAI_BADFLAGS]: ['EAI_BADFLAGS', 'bad flags'],
  [n.EAI_NONAME]: ['EAI_NONAME', 'name or service not known'],
  [n.EAI_AGAIN]: ['EAI_AGAIN', 'temporary failure in name resolution'],
  [n.EAI_FAIL]: ['EAI_FAIL', 'name resolution failed'],
  [n.EAI_NODATA]: ['EAI_NODATA', 'no address for this name'],
  [n.EAI_FAMILY]: ['EAI_FAMILY', 'address family not supported'],
  [n.EAI_SOCKTYPE]: ['EAI_SOCKTYPE', 'socket type not supported'],
  [n.EAI_SERVICE]: ['EAI_SERVICE', 'service not known for this socket type'],
  [n.EAI_ADDRFAMILY]: ['EAI_ADDRFAMILY', 'the name has no address of this family'],
  [n.EAI_MEMORY]: ['EAI_MEMORY', 'out of memory'],
  [n.EAI_SYSTEM]: ['EAI_SYSTEM', 'system error'],
  [n.EAI_OVERFLOW]: ['EAI_OVERFLOW', 'argument too long'],
  [n.EAI_IDN_ENCODE]: ['EAI_IDN_ENCODE', 'no internationalized name'],
}

const hostCodes: Readonly<Record<number, readonly [code: string, text: string]>> = {
  [n.HOST_NOT_FOUND]: ['HOST_NOT_FOUND', 'unknown host'],
  [n.TRY_AGAIN]: ['TRY_AGAIN', 'temporary failure in name resolution'],
  [n.NO_RECOVERY]: ['NO_RECOVERY', 'name resolution failed'],
  [n.NO_DATA]: ['NO_DATA', 'nothing is known of this kind for the name'],
}
