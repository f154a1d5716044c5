/** Endpoints as text: tcp://host:port, udp://host:port, unix:/path, unix-dgram:/path, unix-seqpacket:/path, @name. */
import { unlinkSync } from 'node:fs'
import { createConnection } from '../comfort/connection.js'
import { createServer } from '../comfort/server.js'
import { bindOverStale } from '../comfort/stale.js'
import {
  type Address,
  formatAddress,
  type Given,
  type Inet6Address,
  type InetAddress,
  type UnixAddress,
} from '../data/address/address.js'
import { AF_INET, AF_INET6, AF_UNIX } from '../data/address/family.js'
import { splitScope } from '../data/address/inet6.js'
import { parseIpv4, parseIpv6 } from '../data/address/ip.js'
import { ParseError, SystemError } from '../data/errors.js'
import { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from '../data/kernel.js'
import { IPV6_V6ONLY } from '../data/option/ipv6.js'
import { getaddrinfo } from '../names/addrinfo.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'

/** Where a program listens or connects: transport and address. The host '' is every address. */
export type Endpoint =
  | { readonly transport: 'tcp' | 'udp'; readonly host: string; readonly port: number }
  | { readonly transport: UnixTransport; readonly address: Given<UnixAddress> }

type UnixTransport = 'unix' | 'unix-dgram' | 'unix-seqpacket'

const unixTypes: Readonly<Record<UnixTransport, number>> = {
  unix: SOCK_STREAM,
  'unix-dgram': SOCK_DGRAM,
  'unix-seqpacket': SOCK_SEQPACKET,
}

function isUnix(transport: string): transport is UnixTransport {
  return transport in unixTypes
}

/**
 * The endpoint that the text names. A bare port is on 127.0.0.1; the host may be `*` (or empty) for every address; an
 * IPv6 host stands in brackets.
 *
 * @throws ParseError
 */
export function parseEndpoint(text: string): Endpoint {
  if (text.startsWith('@') && text.length > 1)
    return { transport: 'unix', address: { abstract: text.slice(1) } }
  const [prefix = '', scheme = 'tcp'] = /^(tcp|udp|unix-dgram|unix-seqpacket|unix):(\/\/)?/.exec(text) ?? []
  const rest = text.slice(prefix.length)
  if (/^[a-z][a-z+-]*:\/\//.test(rest))
    throw new ParseError(text, 0, 'tcp://, udp://, unix:, unix-dgram:, unix-seqpacket: or @name')
  if (isUnix(scheme)) {
    if (rest === '' || rest === '@') throw new ParseError(text, text.length, 'a path or @name')
    const address = rest.startsWith('@') ? { abstract: rest.slice(1) } : { path: rest }
    return { transport: scheme, address }
  }
  const parts = /^(?:\[([^\]]*)\]:|([^:]*):)?(\d{1,5})$/.exec(rest)
  if (parts === null) throw new ParseError(text, prefix.length, 'host:port, [host]:port or a port')
  const port = Number(parts[3])
  if (port > 65535)
    throw new ParseError(text, text.length - (parts[3]?.length ?? 0), 'a port of at most 65535')
  const host = parts[1] ?? parts[2] ?? '127.0.0.1'
  return { transport: scheme as 'tcp' | 'udp', host: host === '*' ? '' : host, port }
}

/** An endpoint as text: 'tcp://127.0.0.1:80', 'udp://*:9', 'unix:/run/x.sock', 'unix:@name'. What does not print in a name is escaped. */
export function formatEndpoint(endpoint: Endpoint): string {
  if ('host' in endpoint) {
    const host = endpoint.host.includes(':')
      ? `[${endpoint.host}]`
      : endpoint.host === ''
        ? '*'
        : endpoint.host
    return `${endpoint.transport}://${host}:${endpoint.port}`
  }
  return `${endpoint.transport}:${formatAddress({ family: 'unix', ...endpoint.address } as Address)}`
}

/** The endpoint that a socket is bound to, as text: the port that the kernel chose in place of 0. */
export function boundEndpoint(endpoint: Endpoint, bound: Socket): string {
  return `${endpoint.transport}:${'host' in endpoint ? '//' : ''}${formatAddress(bound.getsockname())}`
}

/** Whom a socket that was connected to the endpoint talks to, as text. */
export function remoteOf(connection: Socket, endpoint: Endpoint): string {
  try {
    return formatAddress(connection.getpeername())
  } catch {
    // Broken already: the first call on it tells how.
    return formatEndpoint(endpoint)
  }
}

export function isDatagram(endpoint: Endpoint): boolean {
  return endpoint.transport === 'udp' || endpoint.transport === 'unix-dgram'
}

/** Whether messages keep their boundaries on the way. */
export function hasMessages(endpoint: Endpoint): boolean {
  return isDatagram(endpoint) || endpoint.transport === 'unix-seqpacket'
}

/** The one family of IP that is wanted. */
export type IpFamily = 'inet' | 'inet6'

/** Where a client's own end is bound: `host` may be empty, `port` 0. */
export type Source = { readonly host: string; readonly port: number } | Given<UnixAddress>

/**
 * The own end of a connection to `endpoint`: host, host:port, [host]:port or :port; of a unix one a path or @name.
 *
 * @throws ParseError
 */
export function parseSource(text: string, endpoint: Endpoint): Source {
  if (!('host' in endpoint)) {
    if (text === '' || text === '@') throw new ParseError(text, text.length, 'a path or @name')
    return text.startsWith('@') ? { abstract: text.slice(1) } : { path: text }
  }
  if (parseIpv6(splitScope(text)[0]) !== null) return { host: text, port: 0 }
  const parts = /^(?:\[([^\]]+)\]|([^:]*))(?::(\d{1,5}))?$/.exec(text)
  const port = Number(parts?.[3] ?? 0)
  if (parts === null || text === '' || port > 65535)
    throw new ParseError(text, 0, 'host, host:port, [host]:port or :port')
  return { host: parts[1] ?? parts[2] ?? '', port }
}

export interface ServerOptions {
  /** Only this family: the host `*` means every address of it. */
  readonly family?: IpFamily | undefined
}

/** A bound socket on the endpoint, listening unless it is for datagrams. A stale unix socket file is replaced. */
export async function openServer(endpoint: Endpoint, { family }: ServerOptions = {}): Promise<Socket> {
  if ('host' in endpoint) {
    const { transport, host, port } = endpoint
    if (transport === 'udp') return bound(host, port, family)
    const only = family === 'inet6' ? { dualStack: false } : {}
    const address = { host, port, family } as Given<InetAddress> | Given<Inet6Address>
    return createServer(address, only) as unknown as Socket
  }
  const type = unixTypes[endpoint.transport]
  const server = socket(AF_UNIX, type)
  try {
    bindOverStale(server, endpoint.address)
    if (type !== SOCK_DGRAM) server.listen()
    return server as unknown as Socket
  } catch (error) {
    server.close()
    throw error
  }
}

async function bound(host: string, port: number, family: IpFamily | undefined): Promise<Socket> {
  const server =
    host === '' && family === undefined ? wildcard() : socket(await familyOf(host, family), SOCK_DGRAM)
  try {
    if (family === 'inet6') server.setsockopt(IPV6_V6ONLY, true)
    server.bind({ host, port })
    return server as unknown as Socket
  } catch (error) {
    server.close()
    throw error
  }
}

/** For every address of both families, where the machine has both: an IPv6 socket takes IPv4 datagrams too. */
function wildcard(): Socket<InetAddress> | Socket<Inet6Address> {
  try {
    const server = socket(AF_INET6, SOCK_DGRAM)
    server.setsockopt(IPV6_V6ONLY, false)
    return server
  } catch (error) {
    if (!(error instanceof SystemError) || error.code !== 'EAFNOSUPPORT') throw error
    return socket(AF_INET, SOCK_DGRAM)
  }
}

/** The family of a host's first address, among those of one family when one is wanted. The empty host is any of IPv4. */
async function familyOf(
  host: string,
  family: IpFamily | undefined,
): Promise<typeof AF_INET | typeof AF_INET6> {
  if (host === '') return family === 'inet6' ? AF_INET6 : AF_INET
  const wanted = family === undefined ? 0 : family === 'inet' ? AF_INET : AF_INET6
  const [first] = await getaddrinfo(host, null, { type: SOCK_DGRAM, family: wanted })
  return first?.family === AF_INET6 ? AF_INET6 : AF_INET
}

export interface ClientOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that the connection may take; for ever without. */
  readonly timeout?: number | undefined
  readonly family?: IpFamily | undefined
  /** The own end's address. A socket file that it makes is the caller's to remove. */
  readonly source?: Source | undefined
}

/** A connected socket to the endpoint. A unix datagram socket gets a name of its own, so that it can be answered. */
export async function openClient(endpoint: Endpoint, options: ClientOptions = {}): Promise<Socket> {
  const { signal, timeout, source } = options
  if (!('host' in endpoint)) {
    const client = socket(AF_UNIX, unixTypes[endpoint.transport])
    const own = source ?? (endpoint.transport === 'unix-dgram' ? { path: '' } : undefined)
    return connected(client, endpoint.address, options, own as Given<UnixAddress> | undefined)
  }
  const { transport, host, port } = endpoint
  const from = source as Given<InetAddress> | undefined
  const family = options.family ?? familyOfSource(from?.host)
  if (transport === 'udp')
    return connected(socket(await familyOf(host, family), SOCK_DGRAM), { host, port }, options, from)
  const client = await createConnection({ host, port, family }, { signal, timeout, source: from })
  return client as unknown as Socket
}

/** The only family that a numeric source can go with. */
function familyOfSource(host: string | undefined): IpFamily | undefined {
  if (host === undefined || host === '') return undefined
  if (parseIpv4(host) !== null) return 'inet'
  return parseIpv6(splitScope(host)[0]) === null ? undefined : 'inet6'
}

async function connected<A extends Address>(
  client: Socket<A>,
  address: Given<A>,
  { signal, timeout }: ClientOptions,
  source?: Given<A>,
): Promise<Socket> {
  try {
    if (source !== undefined) client.bind(source)
    client.settimeout(timeout ?? null)
    await client.connect(address, { signal })
    client.settimeout(null)
    return client as unknown as Socket
  } catch (error) {
    client.close()
    throw error
  }
}

/** Removes the socket file that `openServer` made. */
export function removeSocketFile(endpoint: Endpoint): void {
  if (!('host' in endpoint)) removeFile(endpoint.address)
}

/** Removes the socket file that binding to an address made. */
export function removeFile(address: Source): void {
  if ('host' in address || address.path === undefined || address.path.length === 0) return
  try {
    unlinkSync(Buffer.from(address.path as string))
  } catch {
    // Gone already, or not ours to remove any more.
  }
}
