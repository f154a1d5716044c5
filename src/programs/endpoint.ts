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
import { ParseError, SystemError } from '../data/errors.js'
import { SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM } from '../data/kernel.js'
import { IPV6_V6ONLY } from '../data/option/ip.js'
import { getaddrinfo } from '../names/addrinfo.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'

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

export function isDatagram(endpoint: Endpoint): boolean {
  return endpoint.transport === 'udp' || endpoint.transport === 'unix-dgram'
}

/** Whether messages keep their boundaries on the way. */
export function hasMessages(endpoint: Endpoint): boolean {
  return isDatagram(endpoint) || endpoint.transport === 'unix-seqpacket'
}

/** A bound socket on the endpoint, listening unless it is for datagrams. A stale unix socket file is replaced. */
export async function openServer(endpoint: Endpoint): Promise<Socket> {
  if ('host' in endpoint) {
    const { transport, host, port } = endpoint
    return transport === 'udp' ? bound(host, port) : (createServer({ host, port }) as unknown as Socket)
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

async function bound(host: string, port: number): Promise<Socket> {
  const server = host === '' ? wildcard() : socket(await familyOf(host), SOCK_DGRAM)
  try {
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

async function familyOf(host: string): Promise<typeof AF_INET | typeof AF_INET6> {
  const [first] = await getaddrinfo(host, null, { type: SOCK_DGRAM })
  return first?.family === AF_INET6 ? AF_INET6 : AF_INET
}

export interface ClientOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds that the connection may take; for ever without. */
  readonly timeout?: number | undefined
}

/** A connected socket to the endpoint. A unix datagram socket gets a name of its own, so that it can be answered. */
export async function openClient(endpoint: Endpoint, options: ClientOptions = {}): Promise<Socket> {
  if (!('host' in endpoint)) {
    const client = socket(AF_UNIX, unixTypes[endpoint.transport])
    if (endpoint.transport === 'unix-dgram') client.bind({ path: '' })
    return connected(client, endpoint.address, options)
  }
  const { transport, host, port } = endpoint
  if (transport === 'udp') return connected(socket(await familyOf(host), SOCK_DGRAM), { host, port }, options)
  return (await createConnection({ host, port }, options)) as unknown as Socket
}

async function connected<A extends Address>(
  client: Socket<A>,
  address: Given<A>,
  { signal, timeout }: ClientOptions,
): Promise<Socket> {
  try {
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
  if ('host' in endpoint || endpoint.address.path === undefined) return
  try {
    unlinkSync(Buffer.from(endpoint.address.path as string))
  } catch {
    // Gone already, or not ours to remove any more.
  }
}
