/** `node:net` and `node:dgram`, as their documentation has them. */
import { once } from 'node:events'
import type { Server, Socket } from 'node:net'
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
  unlessReset,
  wrongIn,
} from './task.js'

async function server(serve: (connection: Socket) => void, allowHalfOpen = false): Promise<Server> {
  const { createServer } = await import('node:net')
  const made = createServer({ noDelay: true, allowHalfOpen }, (connection) => {
    connection.on('error', unlessReset)
    serve(connection)
  })
  if (task.kind === 'unix') made.listen({ path: task.path, backlog: 4096 })
  else made.listen({ host: '127.0.0.1', port: 0, backlog: 4096 })
  await once(made, 'listening')
  const address = made.address()
  ready(typeof address === 'object' && address !== null ? address.port : 0)
  return made
}

const echo = (): Promise<unknown> =>
  task.kind === 'udp'
    ? datagramSocket((socket) => {
        socket.on('message', (data, peer) => socket.send(data, peer.port, peer.address))
      })
    : server((connection) => {
        connection.on('data', (chunk) => {
          if (connection.write(chunk)) return
          connection.pause()
          connection.once('drain', () => connection.resume())
        })
      })

const sink = (): Promise<unknown> =>
  server((connection) => {
    let position = 0
    let wrong = 0
    connection.on('data', (chunk: Buffer) => {
      wrong += wrongIn(chunk, chunk.length, position)
      position += chunk.length
    })
    connection.on('end', () => connection.end(`${position} ${wrong}\n`))
  }, true)

const source = (): Promise<unknown> =>
  server((connection) => {
    const read = lineReader()
    connection.on('data', (chunk: Buffer) => {
      const wanted = read(chunk)
      if (wanted === undefined) return
      let sent = 0
      const pour = (): void => {
        while (sent < wanted) {
          const first = sent % PERIOD
          const size = Math.min(task.read, wanted - sent)
          sent += size
          if (!connection.write(pattern.subarray(first, first + size)) && sent < wanted) {
            connection.once('drain', pour)
            return
          }
        }
        connection.end()
      }
      pour()
    })
  })

const accept = (): Promise<unknown> => server((connection) => connection.destroy())

async function datagramSocket(prepare: (socket: import('node:dgram').Socket) => void): Promise<void> {
  const { createSocket } = await import('node:dgram')
  const socket = createSocket('udp4')
  prepare(socket)
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  ready(socket.address().port)
}

const receive = (): Promise<void> =>
  datagramSocket((socket) => {
    socket.on('message', (data) => count(data, 0, data.length))
  })

/** Sends without waiting are queued without end: as many as keep libuv busy, then the last one is awaited. */
async function send(): Promise<void> {
  const { createSocket } = await import('node:dgram')
  const socket = createSocket('udp4')
  socket.connect(task.port, '127.0.0.1')
  await once(socket, 'connect')
  await measured(async (phase) => {
    let n = 0
    while (more(phase, n))
      await new Promise<void>((resolve, reject) => {
        let left = 64
        const sent = (error: Error | null): void => {
          if (error !== null) reject(error)
          else if (--left === 0) resolve()
        }
        for (let i = 0; i < 64; i++) socket.send(datagrams[n++ % PERIOD] as Buffer, sent)
      })
    return n
  })
}

await perform({ echo, sink, source, accept, receive, send })
