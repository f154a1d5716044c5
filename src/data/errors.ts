/**
 * Every error this library throws, and the one place where a negative result becomes one.
 * Misuse (a wrong type, a value out of range) is a plain TypeError or RangeError that says what was expected.
 */
import { type Address, formatAddress } from './address/address.js'
import { errnoNames } from './kernel.js'

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
 * its negative value. Match on `code`; the message is for people.
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

/** A name could not be looked up. `code` is getaddrinfo(3)'s: `'EAI_NONAME'`, `'EAI_AGAIN'`, …; `errno` its value. */
export class GaiError extends Error {
  readonly code: string
  readonly errno: number
  readonly syscall = 'getaddrinfo'
  readonly host: string | null
  readonly service: string | null

  constructor(errno: number, host: string | null, service: string | null) {
    const [code, text] = gaiCodes[errno] ?? [`EAI_${-errno}`, 'unknown failure']
    super(`getaddrinfo ${code} ${host ?? ''}${service === null ? '' : `:${service}`} (${text})`)
    this.code = code
    this.errno = errno
    this.host = host
    this.service = service
  }

  override get name(): string {
    return 'GaiError'
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

// glibc's and musl's numbers; musl has no others.
const gaiCodes: Readonly<Record<number, readonly [code: string, text: string]>> = {
  [-1]: ['EAI_BADFLAGS', 'bad flags'],
  [-2]: ['EAI_NONAME', 'name or service not known'],
  [-3]: ['EAI_AGAIN', 'temporary failure in name resolution'],
  [-4]: ['EAI_FAIL', 'name resolution failed'],
  [-5]: ['EAI_NODATA', 'no address for this name'],
  [-6]: ['EAI_FAMILY', 'address family not supported'],
  [-7]: ['EAI_SOCKTYPE', 'socket type not supported'],
  [-8]: ['EAI_SERVICE', 'service not known for this socket type'],
  [-9]: ['EAI_ADDRFAMILY', 'the name has no address of this family'],
  [-10]: ['EAI_MEMORY', 'out of memory'],
  [-12]: ['EAI_OVERFLOW', 'argument too long'],
}
