/** Compiled, never run: what the calls give, and which socket is no other. */
import {
  type Address,
  AF_ALG,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type AlgAddress,
  createConnection,
  createServer,
  type FileMode,
  fromfd,
  type Inet6Address,
  type InetAddress,
  type Message,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  Socket,
  type SocketFile,
  SystemError,
  socket,
  socketpair,
  TimeoutError,
  type UnixAddress,
} from 'berkeley'
import type { Same } from './addresses.js'

declare const signal: AbortSignal
declare const number: number

export async function calls(): Promise<void> {
  await using server = socket(AF_INET)
  const [connection, peer] = await server.accept()
  true satisfies Same<typeof connection, Socket<InetAddress>>
  true satisfies Same<typeof peer, InetAddress>
  for await (const chunk of connection) true satisfies Same<typeof chunk, Buffer>
  for await (const each of server.connections())
    true satisfies Same<typeof each, [Socket<InetAddress>, InetAddress]>

  using algorithm = socket(AF_ALG, SOCK_SEQPACKET)
  algorithm.bind({ type: 'hash', name: 'sha256' })
  // An operation has no address.
  true satisfies Same<Awaited<ReturnType<typeof algorithm.accept>>, [Socket<AlgAddress>, null]>

  using local = socket(AF_UNIX, SOCK_DGRAM)
  for await (const message of local.messages()) {
    true satisfies Same<typeof message, Message<UnixAddress>>
    true satisfies Same<typeof message.address, UnixAddress | null>
    message.data satisfies Buffer
    message.flags satisfies number
    // @ts-expect-error a sender may have no name
    message.address.path
  }
  const [data, from] = await local.recvfrom(10, { signal, flags: 2 })
  true satisfies Same<typeof data, Buffer>
  true satisfies Same<typeof from, UnixAddress | null>
  true satisfies Same<Awaited<ReturnType<typeof local.recvfromInto>>, [number, UnixAddress | null]>
  true satisfies Same<Awaited<ReturnType<typeof local.recv>>, Buffer>
  true satisfies Same<Awaited<ReturnType<typeof local.recvInto>>, number>
  true satisfies Same<Awaited<ReturnType<typeof local.send>>, number>
  true satisfies Same<Awaited<ReturnType<typeof local.sendall>>, void>
  await local.connect({ family: 'unknown', af: 0, bytes: new Uint8Array(0) })
  local.connectSync({ family: 'unknown', af: 0, bytes: new Uint8Array(0) })
  // @ts-expect-error an address of another family
  await local.connect({ host: '127.0.0.1', port: 1 })
  await local.send('text')
  await local.send(new Uint8Array(1), { signal })
  await local.recv(1, { signal: undefined })
  // @ts-expect-error flags go by name
  await local.recv(1, 2)
  // @ts-expect-error numbers are no bytes
  await local.send(5)
  // @ts-expect-error a buffer of words is no buffer of bytes
  await local.recvInto(new Uint16Array(2))
  // @ts-expect-error how many bytes?
  await local.recv()
  // @ts-expect-error a time-out is settimeout's business
  await local.recv(1, { timeout: 5 })
  local.settimeout(5)
  local.settimeout(null)
  // @ts-expect-error null is for ever
  local.settimeout(undefined)
  true satisfies Same<ReturnType<typeof local.gettimeout>, number | null>
  // @ts-expect-error a socket's family does not change
  local.family = 2
}

export async function files(mode: FileMode): Promise<void> {
  using own = socket(AF_INET)
  using text = own.makefile('rw', { encoding: 'latin1', newline: '\r\n' })
  using bytes = own.makefile('rwb', { buffering: 0 })
  true satisfies Same<ReturnType<typeof own.makefile>, SocketFile<string> | SocketFile<Buffer>>
  true satisfies Same<typeof text, SocketFile<string>>
  true satisfies Same<typeof bytes, SocketFile<Buffer>>
  for await (const line of text) true satisfies Same<typeof line, string>
  for (const line of bytes) true satisfies Same<typeof line, Buffer>
  true satisfies Same<ReturnType<typeof bytes.readlinesSync>, Buffer[]>
  await text.readline(undefined, { signal })
  await text.write('text')
  await bytes.write(new Uint8Array(1))
  own.makefile(mode) satisfies SocketFile<string> | SocketFile<Buffer>
  // @ts-expect-error bytes are not text
  await text.write(new Uint8Array(1))
  // @ts-expect-error text is not bytes
  await bytes.write('text')
  // @ts-expect-error there are bytes in binary files only
  await text.read1()
  // @ts-expect-error bytes have no encoding
  own.makefile('rb', { encoding: 'ascii' })
  // @ts-expect-error no such mode
  own.makefile('a')
}

export function variance(any: Socket<Address>, inet: Socket<InetAddress>, unix: Socket<UnixAddress>): void {
  // @ts-expect-error it could be bound to a path then
  const wide: Socket<Address> = inet
  // @ts-expect-error it could give a path
  const narrow: Socket<InetAddress> = any
  // @ts-expect-error neither is the other
  const other: Socket<InetAddress> = unix
  // @ts-expect-error both would have to be taken
  const either: Socket<InetAddress | UnixAddress> = inet
  const back: Socket<InetAddress> | Socket<UnixAddress> = inet
  wide satisfies Socket
  narrow satisfies unknown
  other satisfies unknown
  either satisfies unknown
  back satisfies unknown
  // What needs no address takes any socket that can be named so.
  const close = <A extends Address>(socket: Socket<A>): void => socket.close()
  close(inet)
  close(unix)
  close(any)
}

export function making(): void {
  true satisfies Same<ReturnType<typeof defaults>, Socket<InetAddress>>
  const plain = socket(number, number)
  true satisfies Same<typeof plain, Socket<Address>>
  const adopted = socket(AF_INET6, undefined, undefined, { fileno: 5 })
  true satisfies Same<typeof adopted, Socket<Inet6Address>>
  const asked = socket(undefined, undefined, undefined, { fileno: 5 })
  true satisfies Same<typeof asked, Socket<Address>>
  // @ts-expect-error a type is a number
  socket(AF_INET, 'stream')

  const copy = fromfd(5, AF_UNIX)
  true satisfies Same<typeof copy, Socket<UnixAddress>>
  const unknown = fromfd(5)
  true satisfies Same<typeof unknown, Socket<Address>>
  // @ts-expect-error of which descriptor?
  fromfd()

  const pair = socketpair()
  true satisfies Same<typeof pair, [Socket<UnixAddress>, Socket<UnixAddress>]>
  const datagrams = socketpair(AF_UNIX, SOCK_DGRAM)
  true satisfies Same<typeof datagrams, [Socket<UnixAddress>, Socket<UnixAddress>]>
  const others = socketpair(number)
  true satisfies Same<typeof others, [Socket<Address>, Socket<Address>]>
  new Socket<InetAddress>(5, AF_INET, 1, 0) satisfies Socket<InetAddress>
}

const defaults = (): Socket<InetAddress> => socket()

export async function comfort(): Promise<void> {
  const tcp = await createConnection({ host: 'localhost', port: 80 }, { signal, timeout: 5 })
  true satisfies Same<typeof tcp, Socket<InetAddress | Inet6Address>>
  const unix = await createConnection({ path: '/run/x' })
  true satisfies Same<typeof unix, Socket<UnixAddress>>
  const abstract = await createConnection({ abstract: 'x' })
  true satisfies Same<typeof abstract, Socket<UnixAddress>>
  await createConnection({ host: '::1', port: 80 }, { source: { host: '::1', port: 0 } })
  // @ts-expect-error a port is wanting
  await createConnection({ host: 'localhost' })
  // @ts-expect-error a host and a path
  await createConnection({ host: 'localhost', path: '/x' })
  // @ts-expect-error no such option
  await createConnection({ host: 'localhost', port: 80 }, { retries: 5 })

  const server = createServer({ host: '', port: 0 }, { reusePort: true, backlog: 5, dualStack: false })
  true satisfies Same<typeof server, Socket<InetAddress | Inet6Address>>
  const [, peer] = await server.accept()
  peer.port satisfies number
  peer.family satisfies 'inet' | 'inet6'
  const local = createServer({ path: '/run/x' }, { unlink: 'stale' })
  true satisfies Same<typeof local, Socket<UnixAddress>>
  // @ts-expect-error a listener's port is a number
  createServer({ host: '', port: 'http' })
  // @ts-expect-error what is there is left or removed when stale
  createServer({ path: '/run/x' }, { unlink: 'always' })
}

export function failures(error: unknown): void {
  if (error instanceof TimeoutError) error satisfies SystemError
  if (!(error instanceof SystemError)) return
  error.code satisfies string
  error.errno satisfies number
  true satisfies Same<typeof error.port, number | undefined>
  error.remote satisfies Address | undefined
  // @ts-expect-error for reading
  error.code = 'EPERM'
}
