/** createServer: a bound, listening stream socket. */
import type { Address, Given, Inet6Address, InetAddress, UnixAddress } from '../data/address/address.js'
import { AF_INET, AF_INET6, AF_UNIX } from '../data/address/family.js'
import { parseIpv4 } from '../data/address/ip.js'
import { SystemError } from '../data/errors.js'
import { AF_INET as INET, SOCK_STREAM } from '../data/kernel.js'
import { IPV6_V6ONLY } from '../data/option/ipv6.js'
import { SO_REUSEADDR, SO_REUSEPORT } from '../data/option/so.js'
import { getaddrinfoSync } from '../names/addrinfo.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'
import { bindOverStale } from './stale.js'

/** Options of `createServer`. */
export interface ServerOptions {
  /** Connections that may wait to be accepted; 128. */
  readonly backlog?: number | undefined
  /** Bind although connections of an earlier server linger in TIME_WAIT (SO_REUSEADDR); true. */
  readonly reuse?: boolean | undefined
  /** Share the port with other sockets that set this too (SO_REUSEPORT); false. */
  readonly reusePort?: boolean | undefined
  /** Of an IPv6 address: take IPv4 clients too. True for the host '', which then means every address of both; false otherwise. */
  readonly dualStack?: boolean | undefined
  /** Of a unix path: 'stale' removes a socket file there that nobody listens on; 'never', the default, does not. */
  readonly unlink?: 'never' | 'stale' | undefined
}

/**
 * A listening stream socket: `for await (const [connection, peer] of createServer({ host: '', port: 9000 }).connections())`.
 * A name is looked up, which blocks the thread; port 0 has the kernel choose (`getsockname().port`).
 *
 * @throws SystemError EADDRINUSE, EADDRNOTAVAIL, EACCES (ports under 1024 need CAP_NET_BIND_SERVICE); GaiError.
 */
export function createServer(
  address: Given<InetAddress> | Given<Inet6Address>,
  options?: ServerOptions,
): Socket<InetAddress | Inet6Address>
export function createServer(address: Given<UnixAddress>, options?: ServerOptions): Socket<UnixAddress>
export function createServer(
  address: Given<InetAddress> | Given<Inet6Address> | Given<UnixAddress>,
  options: ServerOptions = {},
): unknown {
  if ('host' in address) return createInetServer(address, options)
  const server = socket(AF_UNIX, SOCK_STREAM)
  return listening(server, options, () => {
    if (options.unlink === 'stale') bindOverStale(server, address)
    else server.bind(address)
  })
}

function createInetServer(
  address: Given<InetAddress> | Given<Inet6Address>,
  options: ServerOptions,
): Socket<InetAddress> | Socket<Inet6Address> {
  const { host } = address
  const wildcard = host === '' && address.family !== 'inet'
  const dualStack = options.dualStack ?? wildcard
  if (wildcard && dualStack) {
    try {
      return createInet6Server(address, options, true)
    } catch (error) {
      // A machine without IPv6 has every address of one family only.
      if (
        !(error instanceof SystemError) ||
        (error.code !== 'EAFNOSUPPORT' && error.code !== 'EADDRNOTAVAIL')
      )
        throw error
    }
  }
  const inet = address.family === 'inet' || (address.family === undefined && familyOfHost(host) === INET)
  if (!inet) return createInet6Server(address, options, dualStack)
  const server = socket(AF_INET, SOCK_STREAM)
  return listening(server, options, () => server.bind(address as Given<InetAddress>))
}

function createInet6Server(
  address: Given<InetAddress> | Given<Inet6Address>,
  options: ServerOptions,
  dualStack: boolean,
): Socket<Inet6Address> {
  const server = socket(AF_INET6, SOCK_STREAM)
  return listening(server, options, () => {
    server.setsockopt(IPV6_V6ONLY, !dualStack)
    server.bind(address as Given<Inet6Address>)
  })
}

/** The family of a host's first address. */
function familyOfHost(host: string): number {
  if (host === '' || parseIpv4(host) !== null) return INET
  return getaddrinfoSync(host, null, { type: SOCK_STREAM })[0]?.family ?? INET
}

function listening<A extends Address>(
  server: Socket<A>,
  options: ServerOptions,
  bind: () => void,
): Socket<A> {
  try {
    if (options.reuse ?? true) server.setsockopt(SO_REUSEADDR, true)
    if (options.reusePort) server.setsockopt(SO_REUSEPORT, true)
    bind()
    server.listen(options.backlog)
    return server
  } catch (error) {
    server.close()
    throw error
  }
}
