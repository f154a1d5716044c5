/** The main job: every service at once on loopback, and how to try each. */
import { formatAddress } from '../data/address/address.js'
import { SystemError } from '../data/errors.js'
import { ChatServer } from './chat.js'
import { echoPorts, serveEcho } from './echo.js'
import { type Endpoint, formatEndpoint } from './endpoint.js'
import { explain, type Report } from './report.js'
import { serveTime } from './time.js'

/** Options of `serve`. */
export interface ServeOptions {
  /** Hosts to listen on; 127.0.0.1 and, where there is one, ::1. */
  readonly hosts?: readonly string[] | undefined
  /** Added to every port. */
  readonly offset?: number | undefined
  readonly eol?: string | undefined
  readonly report: Report
}

interface Closable {
  close(): void
}

/** One service on one port: what it speaks, how to try it, how to start it. */
interface Row {
  readonly name: string
  readonly transport: 'tcp' | 'udp'
  readonly port: number
  readonly attempt: (host: string, port: number) => string
  readonly start: (endpoint: Endpoint) => Promise<Closable>
}

/** The services that `serve` has started. */
export class Serving {
  /** The chats, whose server side the caller speaks. */
  readonly chats: readonly ChatServer[]
  readonly #services: readonly Closable[]
  /** How many endpoints listen. */
  readonly listening: number

  constructor(chats: readonly ChatServer[], services: readonly Closable[], listening: number) {
    this.chats = chats
    this.#services = services
    this.listening = listening
  }

  /** Ends all of them. */
  close(): void {
    for (const each of this.#services) each.close()
  }
}

/** Starts what can be started. A port that is taken is named, and the others start all the same. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { report, offset = 0, eol } = options
  // The rows tell for themselves where they listen, with a line to try.
  const quiet: Report = (event) => (event.event === 'listening' ? undefined : report(event))
  // No service may answer another: an echo of an answer would be a request again, and so on for ever.
  const own = new Set<number>()
  const chats: ChatServer[] = []
  const chat = (): Row['start'] => {
    const server = new ChatServer({ report: quiet, eol, own })
    chats.push(server)
    return async (endpoint) => {
      await server.listen(endpoint)
      return server
    }
  }
  const rows: readonly Row[] = [
    {
      name: 'chat',
      transport: 'tcp',
      port: 9527,
      attempt: (host, port) => `nc ${host} ${port}`,
      start: chat(),
    },
    {
      name: 'chat',
      transport: 'udp',
      port: 9528,
      attempt: (host, port) => `nc -u ${host} ${port}`,
      start: chat(),
    },
    {
      name: 'time',
      transport: 'udp',
      port: 9527,
      attempt: (host, port) => `echo '%H:%M:%S' | nc -u -w1 ${host} ${port}`,
      start: (endpoint) => serveTime([endpoint], quiet, own),
    },
    ...(['plain', 'upper', 'timestamp'] as const).map(
      (mode): Row => ({
        name: `echo ${mode}`,
        transport: 'tcp',
        port: echoPorts[mode],
        attempt: (host, port) => `echo hello | nc -N ${host} ${port}`,
        start: (endpoint) => serveEcho([endpoint], mode, quiet, own),
      }),
    ),
    {
      name: 'echo plain',
      transport: 'udp',
      port: echoPorts.plain,
      attempt: (host, port) => `echo hello | nc -u -w1 ${host} ${port}`,
      start: (endpoint) => serveEcho([endpoint], 'plain', quiet, own),
    },
  ]

  const services: Closable[] = []
  let listening = 0
  for (const row of rows) {
    const places: string[] = []
    for (const host of options.hosts ?? ['127.0.0.1', '::1']) {
      const endpoint: Endpoint = { transport: row.transport, host, port: row.port + offset }
      try {
        services.push(await row.start(endpoint))
        places.push(formatEndpoint(endpoint))
      } catch (error) {
        // A machine without IPv6 has no ::1, and nobody asked for it.
        if (options.hosts === undefined && host === '::1' && lacksIpv6(error)) continue
        report({
          event: 'failed',
          service: row.name,
          endpoint: formatEndpoint(endpoint),
          code: (error as { code?: string }).code,
          text: `${row.name}: ${formatEndpoint(endpoint)} does not start: ${advise(error, row)}`,
        })
      }
    }
    if (places.length === 0) continue
    listening += places.length
    const attempt = row.attempt((options.hosts ?? ['127.0.0.1'])[0] ?? '', row.port + offset)
    report({
      event: 'listening',
      service: row.name,
      endpoints: places,
      try: attempt,
      text: `${row.name.padEnd(15)}${places.join('  ').padEnd(44)} ${attempt}`,
    })
  }
  return new Serving(chats, services, listening)
}

function lacksIpv6(error: unknown): boolean {
  return error instanceof SystemError && (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT')
}

function advise(error: unknown, row: Row): string {
  if (!(error instanceof SystemError) || error.code !== 'EADDRINUSE' || error.local === undefined)
    return explain(error)
  const port = 'port' in error.local ? error.local.port : 0
  const owner = `ss -ln${row.transport === 'tcp' ? 't' : 'u'}p 'sport = :${port}'`
  return `${formatAddress(error.local)} is in use; to see by whom: ${owner}`
}
