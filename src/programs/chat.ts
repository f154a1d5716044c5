/** One-to-one chat over every kind of socket: the side that listens, the side that connects. */
import { type Address, formatAddress, sameAddress } from '../data/address/address.js'
import { AF_INET, AF_INET6, AF_UNIX } from '../data/address/family.js'
import { SystemError } from '../data/errors.js'
import { SHUT_WR, SOCK_DGRAM } from '../data/kernel.js'
import { SO_REUSEADDR } from '../data/option/so.js'
import { socket } from '../socket/open.js'
import type { Socket } from '../socket/socket.js'
import { mayAnswer, RateLimit, reply } from './answer.js'
import {
  boundEndpoint,
  type Endpoint,
  hasMessages,
  isDatagram,
  openClient,
  openServer,
  remoteOf,
  removeSocketFile,
} from './endpoint.js'
import type { Event, Report } from './report.js'
import { Talk, type TalkEnd, type Wire } from './talk.js'

/** Options of both sides of a chat. */
export interface ChatOptions {
  /** What ends a typed line on a stream: '\n', or '' for peers that read bare messages. */
  readonly eol?: string | undefined
  readonly report: Report
  readonly signal?: AbortSignal | undefined
  /** The UDP ports of services that must not answer each other; a server adds its own. */
  readonly own?: Set<number> | undefined
}

/** Datagrams that a caller may send while it is being answered; more are lost, as datagrams may be. */
const BACKLOG = 1000

const BUSY = 'busy: somebody else is talking here, try again later\n'

/** Calls a chat. The talk goes on until `talk.ended`. Rejects as `connect` does, and with the signal's reason before there is a talk. */
export async function connectChat(endpoint: Endpoint, options: ChatOptions): Promise<Talk> {
  const connection = await openClient(endpoint, { signal: options.signal })
  const talk = new Talk(
    wireOf(connection, endpoint, remoteOf(connection, endpoint)),
    options.eol ?? '\n',
    (message, text) => options.report(said(talk.remote, message, text)),
  )
  announce(talk, options.report)
  void listenTo(connection, talk)
  return talk
}

function wireOf(connection: Socket, endpoint: Endpoint, remote: string): Wire {
  const messages = hasMessages(endpoint)
  return {
    remote,
    messages,
    send: (text) => (messages ? connection.send(text) : connection.sendall(text)),
    finish: () => connection.shutdown(SHUT_WR),
    close: () => connection.close(),
  }
}

/**
 * Whether nobody is at the source of a datagram any more, found out without sending there: to nc and many others an
 * empty datagram is the end. A unix socket's name can be connected to as long as it has an owner; a loopback port that
 * can be bound has none. Of other hosts it is not known before a line of ours is refused.
 */
async function isDeserted(peer: Address): Promise<boolean> {
  if (peer.family !== 'unix' && !('host' in peer && /^(127|::1$|::ffff:127)/.test(peer.host))) return false
  using probe = socket(
    peer.family === 'unix' ? AF_UNIX : peer.family === 'inet' ? AF_INET : AF_INET6,
    SOCK_DGRAM,
  )
  try {
    if (peer.family === 'unix') await probe.connect(peer)
    else probe.bind(peer)
    return peer.family !== 'unix'
  } catch (error) {
    return error instanceof SystemError && (error.code === 'ECONNREFUSED' || error.code === 'ENOENT')
  }
}

/** Hands what comes on a connected socket to the talk. */
async function listenTo(connection: Socket, talk: Talk, peer?: Address): Promise<void> {
  try {
    if (peer === undefined) for await (const chunk of connection) await talk.hear(chunk)
    // Others' datagrams may have come between its bind and its connect.
    else
      for await (const { data, address } of connection.messages())
        if (address !== null && sameAddress(peer, address)) await talk.hear(data)
    talk.end('left')
  } catch {
    talk.end('lost')
  }
}

function said(from: string, message: string, text: string): Event {
  return { event: 'message', from, message, text, whole: true }
}

/** Tells of the talk's beginning and end. */
function announce(talk: Talk, report: Report): void {
  const { remote } = talk
  report({ event: 'joined', peer: remote, text: `talking with ${remote}; q ends the talk` })
  void talk.ended.then((how) => report({ event: 'ended', peer: remote, how, text: endings[how](remote) }))
}

const endings: Readonly<Record<TalkEnd, (remote: string) => string>> = {
  quit: () => 'the talk is over',
  left: (remote) => `${remote} has left`,
  lost: (remote) => `${remote} is gone: the connection is lost`,
}

/** The side that listens: one talk at a time, further callers hear that it is busy. */
export class ChatServer {
  readonly #options: ChatOptions
  readonly #servers: { readonly endpoint: Endpoint; readonly server: Socket }[] = []
  // Being told that it is busy is an answer like any other: not to be had without limit.
  readonly #busyLimit = new RateLimit(1, 5)
  readonly #own: Set<number>
  #closed = false
  #talk: Talk | undefined
  #peer: Address | undefined
  #joined: (talk: Talk) => void = () => {}
  /** The first talk, once somebody calls. */
  readonly first: Promise<Talk>

  constructor(options: ChatOptions) {
    this.#options = options
    this.#own = options.own ?? new Set()
    this.first = new Promise((resolve) => {
      this.#joined = resolve
    })
  }

  /** The talk that is under way. */
  get talk(): Talk | undefined {
    return this.#talk?.over ? undefined : this.#talk
  }

  /** Listens on an endpoint too, and gives it with the port that the kernel chose. Rejects as `bind` and `listen` do. */
  async listen(endpoint: Endpoint): Promise<string> {
    const server = await openServer(endpoint)
    this.#servers.push({ endpoint, server })
    const where = boundEndpoint(endpoint, server)
    if (endpoint.transport === 'udp') this.#own.add(Number(where.slice(where.lastIndexOf(':') + 1)))
    const { report } = this.#options
    report({ event: 'listening', service: 'chat', endpoint: where, text: `chat: ${where}` })
    void (
      isDatagram(endpoint) ? this.#takeDatagrams(server, endpoint) : this.#takeCalls(server, endpoint)
    ).catch((error: Error) => report({ event: 'error', service: 'chat', text: `chat: ${error.message}` }))
    return where
  }

  /** Stops listening, removes the socket files and ends the talk that is under way. */
  close(): void {
    this.#closed = true
    for (const { endpoint, server } of this.#servers) {
      server.close()
      removeSocketFile(endpoint)
    }
    this.#talk?.end('quit')
  }

  #begin(wire: Wire, peer: Address): Talk {
    const { report, eol } = this.#options
    const talk: Talk = new Talk(wire, eol ?? '\n', (message, text) =>
      report(said(talk.remote, message, text)),
    )
    this.#talk = talk
    this.#peer = peer
    announce(talk, report)
    this.#joined(talk)
    return talk
  }

  async #takeCalls(server: Socket, endpoint: Endpoint): Promise<void> {
    for await (const [connection, peer] of server.connections()) {
      if (this.talk !== undefined) {
        this.#turnAway(formatAddress(peer))
        void connection
          .send(BUSY)
          .catch(() => {})
          .finally(() => connection.close())
        continue
      }
      void listenTo(connection, this.#begin(wireOf(connection, endpoint, formatAddress(peer)), peer))
    }
  }

  async #takeDatagrams(server: Socket, endpoint: Endpoint): Promise<void> {
    for await (const { data, address } of server.messages()) await this.#take(server, endpoint, data, address)
  }

  async #take(server: Socket, endpoint: Endpoint, data: Buffer, address: Address | null): Promise<void> {
    if (!mayAnswer(address, this.#own)) return
    const { talk } = this
    // The talk's own datagrams come here too: over unix sockets all, over UDP those from before it had its socket.
    if (talk !== undefined && this.#peer !== undefined && sameAddress(this.#peer, address))
      await talk.hear(data)
    else if (talk === undefined || (await this.#isGone(talk)))
      await this.#answerCall(server, endpoint, address, data)
    else if (this.#busyLimit.take(address)) {
      this.#turnAway(formatAddress(address))
      await reply(server, BUSY, address).catch(() => {})
    }
  }

  async #answerCall(server: Socket, endpoint: Endpoint, peer: Address, first: Buffer): Promise<void> {
    const remote = formatAddress(peer)
    if (server.family === AF_UNIX) {
      const send = (text: string): Promise<number> => server.sendto(text, peer)
      const wire: Wire = { remote, messages: true, send, finish: () => {}, close: () => {} }
      await this.#begin({ ...wire, deserted: () => isDeserted(peer) }, peer).hear(first)
      return
    }
    const connection = await pairedSocket(server, peer)
    if (this.#closed) return connection.close()
    const wire = wireOf(connection, endpoint, remote)
    const talk = this.#begin({ ...wire, deserted: () => isDeserted(peer) }, peer)
    await talk.hear(first)
    const others = await this.#hearBacklog(server, talk, peer)
    void listenTo(connection, talk, peer)
    for (const [data, caller] of others) await this.#take(server, endpoint, data, caller)
  }

  /**
   * What the peer sent before it had a socket of its own waits in the server's queue, and comes before all else. What
   * others sent meanwhile is handed back.
   */
  async #hearBacklog(server: Socket, talk: Talk, peer: Address): Promise<[Buffer, Address][]> {
    const others: [Buffer, Address][] = []
    for (let i = 0; i < BACKLOG && !talk.over; i++) {
      server.settimeout(0)
      const next = server.recvfrom(65536)
      server.settimeout(null)
      // EAGAIN: that was all.
      const [data, address] = await next.catch(() => [])
      if (data === undefined) break
      if (address === undefined || address === null) continue
      if (sameAddress(peer, address)) await talk.hear(data)
      else others.push([data, address])
    }
    return others
  }

  /** A peer over datagrams may have gone without a word: found out when somebody else calls. */
  async #isGone(talk: Talk): Promise<boolean> {
    await talk.probe()
    return talk.over
  }

  #turnAway(peer: string): void {
    this.#options.report({ event: 'busy', peer, text: `${peer} was told that the chat is busy` })
  }
}

/**
 * A UDP socket on the server's own address that is connected to one peer: the kernel hands that peer's datagrams to it,
 * and tells it when nobody is there any more. Both sockets share the port for this moment alone, so that a second server
 * on it is still refused.
 */
async function pairedSocket(server: Socket, peer: Address): Promise<Socket> {
  const paired = socket(server.family, server.type)
  try {
    server.setsockopt(SO_REUSEADDR, true)
    paired.setsockopt(SO_REUSEADDR, true)
    paired.bind(server.getsockname())
    await paired.connect(peer)
    return paired
  } catch (error) {
    paired.close()
    throw error
  } finally {
    server.setsockopt(SO_REUSEADDR, false)
    if (paired.fileno() >= 0) paired.setsockopt(SO_REUSEADDR, false)
  }
}
