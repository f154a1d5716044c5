/** Ours, by iteration: `for await (const chunk of connection)`. */
import { bound, serveEach, streaming } from './subject.js'
import { count, perform, task, wrongIn } from './task.js'

async function echo(): Promise<void> {
  if (streaming)
    return serveEach(async (connection) => {
      for await (const chunk of connection.chunks({ size: task.read })) await connection.sendall(chunk)
    })
  const socket = bound()
  for await (const { data, address } of socket.messages({ size: task.read }))
    if (address !== null) await socket.sendto(data, address)
}

const sink = (): Promise<void> =>
  serveEach(async (connection) => {
    let position = 0
    let wrong = 0
    for await (const chunk of connection.chunks({ size: task.read })) {
      wrong += wrongIn(chunk, chunk.length, position)
      position += chunk.length
    }
    await connection.sendall(`${position} ${wrong}\n`)
  })

async function accept(): Promise<void> {
  for await (const [connection] of bound().connections()) connection.close()
}

async function receive(): Promise<void> {
  for await (const data of bound().chunks({ size: task.size + 1 })) count(data, 0, data.length)
}

await perform({ echo, sink, accept, receive })
