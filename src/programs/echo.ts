/** The echo services: plain (RFC 862), upper, timestamp. */
import type { Address } from '../data/address/address.js'
import { AF_UNIX, SHUT_WR, SOCK_STREAM } from '../data/kernel.js'
import { TCP_NODELAY } from '../data/option/tcp.js'
import { ctime } from '../protocols/strftime.js'
import type { Message } from '../socket/message.js'
import type { Socket } from '../socket/socket.js'
import { mayAnswer, reply } from './answer.js'
import type { Endpoint } from './endpoint.js'
import type { Report } from './report.js'
import { Service } from './service.js'

/** plain: what came. upper: one message in upper case, then the end. timestamp: ctime() of now in front of each chunk. */
export type EchoMode = 'plain' | 'upper' | 'timestamp'

/** All of the modes. */
export const echoModes: readonly EchoMode[] = ['plain', 'upper', 'timestamp']

/** Where each listens when nothing else is said. RFC 862's port 7 is for root. */
export const echoPorts: Readonly<Record<EchoMode, number>> = { plain: 9007, upper: 9000, timestamp: 9999 }

/** Most bytes of one message. */
const MESSAGE = 65536
/** What a client may go on sending behind its one message before the connection is cut, in bytes and milliseconds. */
const REST_BYTES = 1024 * 1024
const REST_MS = 2000

/**
 * An echo service on each endpoint, until it is closed. `own` are the UDP ports of services that must not answer each
 * other, to which it adds its own. Rejects as `bind` and `listen` do.
 */
export async function serveEcho(
  endpoints: readonly Endpoint[],
  mode: EchoMode,
  report: Report,
  own: Set<number> = new Set(),
): Promise<Service> {
  const service = new Service(
    `echo ${mode}`,
    {
      connection: mode === 'upper' ? upperOnce : mode === 'timestamp' ? stampEach : echo,
      datagram: (message, server) => answer(message, server, mode, own),
    },
    report,
  )
  return service.listenOn(endpoints, own)
}

/** The one that is measured: each chunk goes back before the next is asked for, so a client that does not read is not read either. */
async function echo(connection: Socket): Promise<void> {
  noDelay(connection)
  for await (const chunk of connection) await connection.sendall(chunk)
}

async function stampEach(connection: Socket): Promise<void> {
  noDelay(connection)
  for await (const chunk of connection) await connection.sendall(stamped(chunk))
}

async function upperOnce(connection: Socket): Promise<void> {
  const message = await connection.recv(MESSAGE)
  await connection.sendall(upper(message))
  // Closing with bytes unread would reset the connection, and the answer might be lost with it.
  connection.shutdown(SHUT_WR)
  connection.settimeout(REST_MS)
  for (let rest = 0; rest < REST_BYTES; ) {
    const chunk = await connection.recv(MESSAGE)
    if (chunk.length === 0) break
    rest += chunk.length
  }
}

async function answer(
  message: Message<Address>,
  server: Socket,
  mode: EchoMode,
  own: ReadonlySet<number>,
): Promise<void> {
  const { data, address } = message
  if (!mayAnswer(address, own)) return
  await reply(server, mode === 'plain' ? data : mode === 'upper' ? upper(data) : stamped(data), address)
}

/** Upper case of the text; what is no UTF-8 goes back as it came. */
export function upper(message: Buffer): Uint8Array {
  const text = message.toString('utf8')
  if (!Buffer.from(text).equals(message)) return message
  return Buffer.from(text.toUpperCase())
}

/** ctime() and the chunk with nothing in between. */
function stamped(chunk: Buffer): Uint8Array {
  return Buffer.concat([Buffer.from(ctime(new Date())), chunk])
}

/** An answer that waits for an acknowledgement of the one before is no echo. */
function noDelay(connection: Socket): void {
  if (connection.type === SOCK_STREAM && connection.family !== AF_UNIX)
    connection.setsockopt(TCP_NODELAY, true)
}
