/** A thread full of sockets that wait and talk, until somebody ends it; or, after `exitAfter` messages, it itself. */
import { parentPort, workerData } from 'node:worker_threads'
import {
  AF_INET,
  createConnection,
  createServer,
  SOCK_DGRAM,
  type Socket,
  socket,
  socketpair,
} from 'berkeley'

const { exitAfter } = workerData as { readonly exitAfter: number }
let messages = 0

/** Bytes there and back, for ever. */
async function talk(one: Socket<never>, other: Socket<never>): Promise<void> {
  void (async () => {
    for await (const chunk of one) await one.sendall(chunk)
  })()
  await other.sendall('x')
  for await (const chunk of other) {
    // In the middle of a dispatch, as like as not.
    if (++messages === exitAfter) process.exit(5)
    await other.sendall(chunk)
  }
}

const server = createServer({ host: '127.0.0.1', port: 0 })
const idle = createServer({ host: '127.0.0.1', port: 0 })
void idle.accept()
const silent = socket(AF_INET, SOCK_DGRAM)
silent.bind({ host: '127.0.0.1', port: 0 })
void silent.recvfrom(10)
const [full, stuck] = socketpair()
void full.sendall(Buffer.alloc(1 << 22))
// What is forgotten is closed, and the other end would hear of it.
Object.assign(globalThis, { kept: stuck })
for (let i = 0; i < 4; i++) {
  const pair = socketpair()
  void talk(pair[0] as unknown as Socket<never>, pair[1] as unknown as Socket<never>)
  // Names are looked up on another thread, which may answer when this one has gone.
  const connection = createConnection({ host: 'localhost', port: server.getsockname().port, family: 2 })
  void Promise.all([server.accept(), connection]).then(([[accepted], connected]) =>
    talk(accepted as unknown as Socket<never>, connected as unknown as Socket<never>),
  )
}
parentPort?.postMessage('busy')
