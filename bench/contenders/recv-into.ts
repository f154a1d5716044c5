/** Ours, into memory that is used again: `recvInto`. */
import { bound, serveEach, streaming } from './subject.js'
import { count, perform, task, wrongIn } from './task.js'

async function echo(): Promise<void> {
  if (streaming)
    return serveEach(async (connection) => {
      const room = Buffer.allocUnsafe(Math.min(task.read, 4096 + task.size))
      for (;;) {
        const length = await connection.recvInto(room)
        if (length === 0) return
        await connection.sendall(length === room.length ? room : room.subarray(0, length))
      }
    })
  const socket = bound()
  const room = Buffer.allocUnsafe(task.read)
  for (;;) {
    const [length, peer] = await socket.recvfromInto(room)
    if (peer !== null) await socket.sendto(room.subarray(0, length), peer)
  }
}

const sink = (): Promise<void> =>
  serveEach(async (connection) => {
    const room = Buffer.allocUnsafe(task.read)
    let position = 0
    let wrong = 0
    for (;;) {
      const length = await connection.recvInto(room)
      if (length === 0) break
      wrong += wrongIn(room, length, position)
      position += length
    }
    await connection.sendall(`${position} ${wrong}\n`)
  })

async function receive(): Promise<void> {
  const socket = bound()
  const room = Buffer.allocUnsafe(task.size + 1)
  for (;;) count(room, 0, await socket.recvInto(room))
}

await perform({ echo, sink, receive })
