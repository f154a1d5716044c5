/** Ours, as the documentation has it: `await recv`, `await sendall`. */
import { bound, connectedToPeer, serveEach, streaming } from './subject.js'
import {
  count,
  datagrams,
  lineReader,
  measured,
  more,
  PERIOD,
  pattern,
  perform,
  task,
  wrongIn,
} from './task.js'

async function echo(): Promise<void> {
  if (streaming)
    return serveEach(async (connection) => {
      for (;;) {
        const data = await connection.recv(task.read)
        if (data.length === 0) return
        await connection.sendall(data)
      }
    })
  const socket = bound()
  for (;;) {
    const [data, peer] = await socket.recvfrom(task.read)
    if (peer !== null) await socket.sendto(data, peer)
  }
}

const sink = (): Promise<void> =>
  serveEach(async (connection) => {
    let position = 0
    let wrong = 0
    for (;;) {
      const data = await connection.recv(task.read)
      if (data.length === 0) break
      wrong += wrongIn(data, data.length, position)
      position += data.length
    }
    await connection.sendall(`${position} ${wrong}\n`)
  })

const source = (): Promise<void> =>
  serveEach(async (connection) => {
    const read = lineReader()
    let wanted: number | undefined
    while (wanted === undefined) wanted = read(await connection.recv(64))
    for (let sent = 0; sent < wanted; ) {
      const first = sent % PERIOD
      const size = Math.min(task.read, wanted - sent)
      await connection.sendall(pattern.subarray(first, first + size))
      sent += size
    }
  })

async function accept(): Promise<void> {
  const listener = bound()
  for (;;) {
    const [connection] = await listener.accept()
    connection.close()
  }
}

async function receive(): Promise<void> {
  const socket = bound()
  for (;;) {
    const data = await socket.recv(task.size + 1)
    count(data, 0, data.length)
  }
}

async function send(): Promise<void> {
  const socket = await connectedToPeer()
  await measured(async (phase) => {
    let n = 0
    // The clock is asked as seldom as by the others.
    while (more(phase, n)) for (let i = 0; i < 64; i++) await socket.send(datagrams[n++ % PERIOD] as Buffer)
    return n
  })
}

await perform({ echo, sink, source, accept, receive, send })
