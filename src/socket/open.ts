/** How sockets come about: socket, socketpair, fromfd. */
import type { Address, AddressFamily, InetAddress, UnixAddress } from '../data/address/address.js'
import { SystemError } from '../data/errors.js'
import { checkInteger } from '../data/integer.js'
import * as k from '../data/kernel.js'
import { lackOf } from '../data/lack.js'
import { native } from '../sys/binding.js'
import { own } from './owned.js'
import { Socket } from './socket.js'

const FLAGS = k.SOCK_NONBLOCK | k.SOCK_CLOEXEC

/** Where a socket's descriptor comes from when it is not made anew. */
export interface SocketOptions {
  /**
   * An open descriptor to adopt: the socket owns it from now on, and closes it. What is left out of family, type and protocol
   * is asked of it. It becomes close-on-exec, and non-blocking where a call needs that (accept, connect, sendfile).
   */
  readonly fileno?: number | undefined
}

/**
 * socket(2): `socket(AF_INET, SOCK_DGRAM)`; AF_INET and SOCK_STREAM when left out. Close-on-exec and non-blocking below,
 * whatever the type says; SOCK_NONBLOCK in it is `setblocking(false)`.
 *
 * @throws SystemError EAFNOSUPPORT, EPROTONOSUPPORT or ESOCKTNOSUPPORT for what this kernel lacks (the message says which module
 * has it), EPERM or EACCES for what needs a capability such as CAP_NET_RAW, EMFILE; of `fileno` EBADF, ENOTSOCK, and EEXIST when another socket of this thread has it.
 */
export function socket(): Socket<InetAddress>
export function socket<A extends Address>(
  family: AddressFamily<A>,
  type?: number,
  protocol?: number,
  options?: SocketOptions,
): Socket<A>
export function socket(
  family?: number,
  type?: number,
  protocol?: number,
  options?: SocketOptions,
): Socket<Address>
export function socket(family?: number, type?: number, protocol?: number, options?: SocketOptions): unknown {
  checkNumbers({ family, type, protocol })
  if (options?.fileno !== undefined) return adopt(options.fileno, family, type, protocol)
  return make(family ?? k.AF_INET, type ?? k.SOCK_STREAM, protocol ?? 0)
}

function checkNumbers(numbers: Readonly<Record<string, number | undefined>>): void {
  for (const [name, value] of Object.entries(numbers)) if (value !== undefined) checkInteger(value, name)
}

function make(family: number, type: number, protocol: number): Socket<Address> {
  const fd = native.socket(family, type | FLAGS, protocol)
  if (fd < 0)
    throw new SystemError(fd, { syscall: 'socket', hint: lackOf(fd, family, type & ~FLAGS, protocol) })
  return wrap(fd, family, type, protocol)
}

function wrap(fd: number, family: number, type: number, protocol: number): Socket<Address> {
  const made = own(fd, () => new Socket<Address>(fd, family, type & ~FLAGS, protocol))
  if (type & k.SOCK_NONBLOCK) made.setblocking(false)
  return made
}

function adopt(
  fd: number,
  family: number | undefined,
  type: number | undefined,
  protocol: number | undefined,
): Socket<Address> {
  checkInteger(fd, 'descriptor', 0)
  const adopted = new Socket<Address>(
    fd,
    family ?? ask(fd, k.SO_DOMAIN),
    (type ?? ask(fd, k.SO_TYPE)) & ~FLAGS,
    protocol ?? ask(fd, k.SO_PROTOCOL),
    true,
  )
  return adopted
}

function ask(fd: number, option: number): number {
  const value = Buffer.alloc(4)
  const result = native.getsockopt(fd, k.SOL_SOCKET, option, value)
  if (result < 0) throw new SystemError(result, { syscall: 'getsockopt', hint: `descriptor ${fd}` })
  return value.readInt32LE(0)
}

/**
 * A socket on a duplicate of `fd`, as in Python: the caller keeps, and closes, the original. What is left out of family, type
 * and protocol is asked of it. EBADF for what is not open, ENOTSOCK for what is no socket.
 */
export function fromfd<A extends Address>(
  fd: number,
  family: AddressFamily<A>,
  type?: number,
  protocol?: number,
): Socket<A>
export function fromfd(fd: number, family?: number, type?: number, protocol?: number): Socket<Address>
export function fromfd(fd: number, family?: number, type?: number, protocol?: number): unknown {
  checkInteger(fd, 'descriptor', 0)
  const copy = native.fcntl(fd, k.F_DUPFD_CLOEXEC, 0)
  if (copy < 0) throw new SystemError(copy, { syscall: 'fcntl', hint: `descriptor ${fd}` })
  return own(copy, () => adopt(copy, family, type, protocol))
}

/**
 * socketpair(2): two sockets connected to each other; AF_UNIX and SOCK_STREAM when left out. EOPNOTSUPP for families without
 * (AF_INET), EMFILE.
 */
export function socketpair(): [Socket<UnixAddress>, Socket<UnixAddress>]
export function socketpair<A extends Address>(
  family: AddressFamily<A>,
  type?: number,
  protocol?: number,
): [Socket<A>, Socket<A>]
export function socketpair(
  family?: number,
  type?: number,
  protocol?: number,
): [Socket<Address>, Socket<Address>]
export function socketpair(family: number = k.AF_UNIX, type: number = k.SOCK_STREAM, protocol = 0): unknown {
  checkNumbers({ family, type, protocol })
  const pair = Buffer.alloc(8)
  const result = native.socketpair(family, type | FLAGS, protocol, pair)
  if (result < 0)
    throw new SystemError(result, {
      syscall: 'socketpair',
      hint: lackOf(result, family, type & ~FLAGS, protocol),
    })
  return [
    wrap(pair.readInt32LE(0), family, type, protocol),
    wrap(pair.readInt32LE(4), family, type, protocol),
  ]
}
