/** 07, the server: a stream without a network. Its address is a file's name, and the kernel knows who calls. */
import { unlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { createServer, SO_PEERCRED, type Socket, type UnixAddress } from 'berkeley'

const path = process.argv[2] ?? join(tmpdir(), 'berkeley-07.sock')

// bind makes a file there, and nothing removes it when its server ends: the next bind would find EADDRINUSE.
// 'stale' removes such a file, if it is a socket and nobody listens on it any more; any other file stays.
const server = createServer({ path }, { unlink: 'stale' })
console.log(`listening on ${path}, Ctrl-C ends it`)

// Who leaves in good order takes the file along.
process.once('SIGINT', () => {
  unlinkSync(path)
  process.exit()
})

async function greet(connection: Socket<UnixAddress>): Promise<void> {
  using open = connection
  // Not what the client says of itself, but what the kernel knows of it. TCP has nothing like this.
  const { pid, uid } = open.getsockopt(SO_PEERCRED)
  const name = await open.recv(1024)
  console.log(`process ${pid} says ${inspect(`${name}`)}`)
  await open.sendall(`hello ${name}, process ${pid} of user ${uid}`)
}

for await (const [connection] of server.connections())
  greet(connection).catch((error: Error) => console.log(error.message))

// Try it:
//   node build/examples/07-unix-server.js
// and in another terminal
//   node build/examples/07-unix-client.js
//   echo nc | nc -N -U /tmp/berkeley-07.sock
