/** Ours, by a handler: `recvViews` and `trySend`. */
import type { Socket, ViewHandler } from 'berkeley'
import { berkeley, bound } from './subject.js'
import { perform, task } from './task.js'

const handler: ViewHandler<Socket> = {
  view(connection, bytes) {
    const sent = connection.trySend(bytes)
    return sent < bytes.length ? connection.sendall(Buffer.from(bytes.subarray(sent))) : undefined
  },
  end: (connection) => connection.close(),
  error: (connection) => connection.close(),
}

async function echo(): Promise<void> {
  const listener = bound()
  for (;;) {
    const [connection] = await listener.accept()
    if (task.kind === 'tcp') connection.setsockopt(berkeley.TCP_NODELAY, true)
    connection.recvViews(handler)
  }
}

await perform({ echo })
