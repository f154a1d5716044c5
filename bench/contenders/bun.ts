/** Bun's own sockets: `Bun.listen` and `Bun.udpSocket`. */
import {
  count,
  datagrams,
  lineReader,
  measured,
  more,
  PERIOD,
  pattern,
  perform,
  ready,
  task,
  wrongIn,
} from './task.js'

interface Connection<T> {
  data: T
  write(data: Uint8Array | string): number
  end(data?: string): void
  terminate(): void
  setNoDelay(on: boolean): void
}
interface Handlers<T> {
  open?(connection: Connection<T>): void
  data?(connection: Connection<T>, chunk: Buffer): void
  drain?(connection: Connection<T>): void
  end?(connection: Connection<T>): void
  error?(connection: Connection<T>, error: Error): void
}
interface UdpSocket {
  readonly port: number
  send(data: Uint8Array, port: number, host: string): boolean
  sendMany(datagrams: readonly Uint8Array[]): number
}
interface UdpOptions {
  hostname?: string
  connect?: { hostname: string; port: number }
  socket?: {
    data?(socket: UdpSocket, data: Buffer, port: number, host: string): void
    drain?(socket: UdpSocket): void
  }
}
declare const Bun: {
  listen<T>(options: {
    hostname?: string
    port?: number
    unix?: string
    allowHalfOpen?: boolean
    socket: Handlers<T>
  }): { port: number }
  udpSocket(options: UdpOptions): Promise<UdpSocket>
}

function listen<T>(handlers: Handlers<T>, allowHalfOpen = false): void {
  const where = task.kind === 'unix' ? { unix: task.path } : { hostname: '127.0.0.1', port: 0 }
  const made = Bun.listen<T>({ ...where, allowHalfOpen, socket: { data() {}, error() {}, ...handlers } })
  ready(task.kind === 'unix' ? 0 : made.port)
}

/** What the kernel did not take is kept, and goes first when there is room. */
function echo(): void {
  if (task.kind === 'udp') {
    void Bun.udpSocket({
      hostname: '127.0.0.1',
      socket: { data: (socket, data, port, host) => void socket.send(data, port, host) },
    }).then((socket) => ready(socket.port))
    return
  }
  const put = (connection: Connection<Buffer | undefined>, data: Buffer): void => {
    const sent = connection.write(data)
    connection.data = sent < data.length ? Buffer.from(data.subarray(sent)) : undefined
  }
  listen<Buffer | undefined>({
    open: (connection) => {
      connection.data = undefined
      if (task.kind === 'tcp') connection.setNoDelay(true)
    },
    data: (connection, chunk) =>
      put(connection, connection.data === undefined ? chunk : Buffer.concat([connection.data, chunk])),
    drain: (connection) => {
      if (connection.data !== undefined) put(connection, connection.data)
    },
  })
}

function sink(): void {
  listen<{ position: number; wrong: number }>(
    {
      open: (connection) => {
        connection.data = { position: 0, wrong: 0 }
      },
      data: ({ data }, chunk) => {
        data.wrong += wrongIn(chunk, chunk.length, data.position)
        data.position += chunk.length
      },
      end: (connection) => connection.end(`${connection.data.position} ${connection.data.wrong}\n`),
    },
    true,
  )
}

function source(): void {
  interface Pouring {
    read: (chunk: Uint8Array) => number | undefined
    wanted: number
    sent: number
  }
  const pour = (connection: Connection<Pouring>): void => {
    const { data } = connection
    while (data.sent < data.wanted) {
      const first = data.sent % PERIOD
      const size = Math.min(task.read, data.wanted - data.sent)
      const sent = connection.write(pattern.subarray(first, first + size))
      data.sent += sent
      if (sent < size) return
    }
    if (data.wanted > 0) connection.end()
  }
  listen<Pouring>({
    open: (connection) => {
      connection.data = { read: lineReader(), wanted: 0, sent: 0 }
    },
    data: (connection, chunk) => {
      connection.data.wanted = connection.data.read(chunk) ?? 0
      pour(connection)
    },
    drain: pour,
  })
}

function accept(): void {
  listen({ open: (connection) => connection.end() })
}

async function receive(): Promise<void> {
  const socket = await Bun.udpSocket({
    hostname: '127.0.0.1',
    socket: { data: (_, data) => count(data, 0, data.length) },
  })
  ready(socket.port)
}

async function send(): Promise<void> {
  let drained = (): void => {}
  const socket = await Bun.udpSocket({
    connect: { hostname: '127.0.0.1', port: task.port },
    socket: { drain: () => drained() },
  })
  await measured(async (phase) => {
    let n = 0
    while (more(phase, n)) {
      const sent = socket.sendMany(
        Array.from({ length: 64 }, (_, i) => datagrams[(n + i) % PERIOD] as Buffer),
      )
      n += sent
      if (sent === 0)
        await new Promise<void>((resolve) => {
          drained = resolve
        })
    }
    return n
  })
}

await perform({ echo, sink, source, accept, receive, send })
