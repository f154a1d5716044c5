/** A server of many clients: what it listens on, who is connected, and how it ends. */
import { type Address, formatAddress } from '../data/address/address.js'
import type { Message } from '../socket/message.js'
import type { Socket } from '../socket/socket.js'
import { boundEndpoint, type Endpoint, isDatagram, openServer, removeSocketFile } from './endpoint.js'
import { explain, type Report } from './report.js'

/** How a service treats its clients. */
export interface Handlers {
  /** One connection. It is closed when this settles; what it throws is reported and ends nobody else. */
  readonly connection?: (connection: Socket, peer: string) => Promise<void>
  /** One datagram. */
  readonly datagram?: (message: Message<Address>, server: Socket) => Promise<void>
}

/** A service of many clients, on one endpoint or several. One client's failure is reported and ends nobody else. */
export class Service {
  readonly name: string
  readonly #report: Report
  readonly #handlers: Handlers
  readonly #servers: { readonly endpoint: Endpoint; readonly server: Socket }[] = []
  readonly #connections = new Set<Socket>()
  readonly #running: Promise<void>[] = []

  constructor(name: string, handlers: Handlers, report: Report) {
    this.name = name
    this.#handlers = handlers
    this.#report = report
  }

  /** Starts to serve an endpoint too; the endpoint with the port that the kernel chose. Throws what bind and listen do. */
  async listen(endpoint: Endpoint): Promise<string> {
    const server = await openServer(endpoint)
    this.#servers.push({ endpoint, server })
    const running = isDatagram(endpoint) ? this.#serveDatagrams(server) : this.#serveConnections(server)
    // What ends the serving of one endpoint is told, and ends nothing else.
    this.#running.push(running.catch((error: unknown) => this.#failed(error, '')))
    const where = boundEndpoint(endpoint, server)
    this.#report({ event: 'listening', service: this.name, endpoint: where, text: `${this.name}: ${where}` })
    return where
  }

  /** Starts to serve all of them, or none: the ports of those for UDP go into `own`. */
  async listenOn(endpoints: readonly Endpoint[], own: Set<number>): Promise<this> {
    try {
      for (const endpoint of endpoints) {
        const where = await this.listen(endpoint)
        if (endpoint.transport === 'udp') own.add(Number(where.slice(where.lastIndexOf(':') + 1)))
      }
      return this
    } catch (error) {
      this.close()
      throw error
    }
  }

  /** Settles when the service was closed. */
  async finished(): Promise<void> {
    await Promise.all(this.#running)
  }

  /** Stops listening and cuts the connections that are left. */
  close(): void {
    for (const { endpoint, server } of this.#servers) {
      server.close()
      removeSocketFile(endpoint)
    }
    for (const connection of this.#connections) connection.close()
  }

  async #serveConnections(server: Socket): Promise<void> {
    for await (const [connection, peer] of server.connections())
      void this.#serve(connection, formatAddress(peer))
  }

  async #serve(connection: Socket, peer: string): Promise<void> {
    this.#connections.add(connection)
    try {
      await this.#handlers.connection?.(connection, peer)
    } catch (error) {
      this.#failed(error, peer)
    } finally {
      this.#connections.delete(connection)
      connection.close()
    }
  }

  async #serveDatagrams(server: Socket): Promise<void> {
    for await (const message of server.messages())
      try {
        await this.#handlers.datagram?.(message, server)
      } catch (error) {
        this.#failed(error, message.address === null ? '' : formatAddress(message.address))
      }
  }

  /** A client that vanished in the middle is every day's business; anything else is told. */
  #failed(error: unknown, peer: string): void {
    const { code } = error as { code?: string }
    if (code !== undefined && everyday.has(code)) return
    this.#report({
      event: 'error',
      service: this.name,
      peer,
      code,
      text: `${this.name}: ${peer === '' ? '' : `${peer}: `}${explain(error)}`,
    })
  }
}

const everyday = new Set([
  'ECONNRESET',
  'EPIPE',
  'ECANCELED',
  'ECONNREFUSED',
  'ETIMEDOUT',
  'ENOENT',
  'EBADF',
  'ENOTCONN',
  'EAGAIN',
])
