/** 16: one port, several threads: each has a listening socket of its own, and the kernel shares the connections out. */
import { availableParallelism } from 'node:os'
import { isMainThread, parentPort, threadId, Worker } from 'node:worker_threads'
import { AF_INET, type InetAddress, SO_REUSEPORT, SOCK_STREAM, type Socket, socket } from 'berkeley'

/** A socket on the port. All that bind to it have to ask for SO_REUSEPORT, and be of one user. */
function bound(port: number): Socket<InetAddress> {
  const made = socket(AF_INET, SOCK_STREAM)
  made.setsockopt(SO_REUSEPORT, true)
  made.bind({ host: '127.0.0.1', port })
  return made
}

/** An echo that says which thread it comes from. */
async function echo(connection: Socket<InetAddress>): Promise<void> {
  for await (const chunk of connection) await connection.sendall(`thread ${threadId}: ${chunk}`)
  connection.close()
}

if (isMainThread) {
  // Port 0 has the kernel choose one. This socket only holds it until all threads listen: connections go to listeners alone.
  const holder = bound(Number(process.argv[2] ?? 0))
  const { port } = holder.getsockname()
  const threads = Number(process.argv[3] ?? availableParallelism())
  const workers = Array.from(
    { length: threads },
    () => new Worker(new URL(import.meta.url), { argv: [port] }),
  )
  await Promise.all(workers.map((worker) => new Promise((listens) => worker.once('message', listens))))
  holder.close()
  console.log(`${threads} threads on 127.0.0.1:${port}`)
} else {
  const server = bound(Number(process.argv[2]))
  server.listen()
  parentPort?.postMessage('listens')
  for await (const [connection] of server.connections()) void echo(connection)
}

// Try it:
//   node build/examples/16-workers.js 9016 &
//   for i in 1 2 3 4 5 6; do echo hello | nc -N 127.0.0.1 9016; done
