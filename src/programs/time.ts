/** The machine-room time service: a strftime format in, the server's local time so formatted out. */
import type { Address } from '../data/address/address.js'
import { TimeoutError } from '../data/errors.js'
import { SHUT_WR } from '../data/kernel.js'
import { strftime } from '../protocols/strftime.js'
import type { Message } from '../socket/message.js'
import type { Socket } from '../socket/socket.js'
import { mayAnswer, RateLimit, reply } from './answer.js'
import { type Endpoint, isDatagram, openClient } from './endpoint.js'
import type { Report } from './report.js'
import { Service } from './service.js'

/** Most bytes of an answer, and of a request. */
const MOST = 512
/** Most bytes of an answer that a client takes from a stream, which need not come from a service like this. */
const ANSWER = 65536
const DEFAULT_FORMAT = '%y-%m-%d %x'
/** Answers to one source: at once, and a second. */
const BURST = 100
const RATE = 50

/** The answer to a request, at most 512 bytes: a bad request is told so. */
export function timeAnswer(request: Uint8Array, now: Date = new Date()): string {
  if (request.length > MOST) return `error: the format is longer than ${MOST} bytes`
  try {
    const format = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(request)
    return strftime(format === '' ? DEFAULT_FORMAT : format, now, { limit: MOST })
  } catch (error) {
    if (error instanceof RangeError) return `error: the answer would be longer than ${MOST} bytes`
    return 'error: the format is no UTF-8'
  }
}

/**
 * The time service on each endpoint, until it is closed. On a stream a request ends with the line or the sending. `own`
 * are the UDP ports of services that must not answer each other, to which it adds its own. Rejects as `bind` and `listen` do.
 */
export async function serveTime(
  endpoints: readonly Endpoint[],
  report: Report,
  own: Set<number> = new Set(),
): Promise<Service> {
  const limit = new RateLimit(RATE, BURST)
  const datagram = async ({ data, address }: Message<Address>, server: Socket): Promise<void> => {
    if (!mayAnswer(address, own) || !limit.take(address)) return
    await reply(server, timeAnswer(data), address)
  }
  const service = new Service('time', { connection: answerOnce, datagram }, report)
  return service.listenOn(endpoints, own)
}

/** How long a client of a stream may take to say what it wants. */
const REQUEST_MS = 10_000

async function answerOnce(connection: Socket): Promise<void> {
  connection.settimeout(REQUEST_MS)
  let request: Buffer = Buffer.alloc(0)
  let end = -1
  while (end < 0 && request.length <= MOST) {
    const chunk = await connection.recv(MOST + 1)
    if (chunk.length === 0) break
    request = Buffer.concat([request, chunk])
    end = request.indexOf(10)
  }
  const line = end < 0 ? request : request.subarray(0, end)
  await connection.sendall(`${timeAnswer(line)}\n`)
  connection.shutdown(SHUT_WR)
}

/** What `queryTime` asks, and for how long. */
export interface TimeQuery {
  /** Directives of strftime(3); the server's own choice when left out. */
  readonly format?: string | undefined
  /** Milliseconds for each try; 1000. */
  readonly timeout?: number | undefined
  /** How often a datagram is sent before giving up; 3. */
  readonly tries?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** What a time service answered. */
export interface TimeAnswer {
  readonly answer: string
  /** Milliseconds between the request and its answer. */
  readonly rttMs: number
}

/** Asks a time service, over datagrams several times. Throws what connecting does, and TimeoutError when no answer comes. */
export async function queryTime(endpoint: Endpoint, query: TimeQuery = {}): Promise<TimeAnswer> {
  const { format = '', timeout = 1000, signal } = query
  using client = await openClient(endpoint, { signal, timeout })
  client.settimeout(timeout)
  if (!isDatagram(endpoint)) {
    const begin = performance.now()
    await client.sendall(`${format}\n`, { signal })
    client.shutdown(SHUT_WR)
    const parts: Buffer[] = []
    let size = 0
    for await (const chunk of client.chunks({ signal })) {
      parts.push(chunk)
      size += chunk.length
      if (size > ANSWER) throw new RangeError(`the answer is longer than ${ANSWER} bytes`)
    }
    return {
      answer: Buffer.concat(parts).toString('utf8').replace(/\n$/, ''),
      rttMs: performance.now() - begin,
    }
  }
  for (let tries = query.tries ?? 3; ; tries--) {
    const begin = performance.now()
    await client.send(format, { signal })
    try {
      const answer = await client.recv(65536, { signal })
      return { answer: answer.toString('utf8'), rttMs: performance.now() - begin }
    } catch (error) {
      // Datagrams may be lost, the request as well as the answer.
      if (!(error instanceof TimeoutError) || tries <= 1) throw error
    }
  }
}
