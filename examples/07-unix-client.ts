/** 07, the client: a path where a TCP client has host and port. All else is the same. */
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import { AF_UNIX, SOCK_STREAM, socket } from 'berkeley'

const [path = join(tmpdir(), 'berkeley-07.sock'), name = 'world'] = process.argv.slice(2)

using client = socket(AF_UNIX, SOCK_STREAM)
// ENOENT: there is no such file. ECONNREFUSED: it is there, but its server has gone. EACCES: it is not for this user.
await client.connect({ path })
await client.sendall(name)

// The reading of example 01, as a loop over the socket.
let answer = ''
const decoder = new TextDecoder()
for await (const chunk of client) {
  answer += decoder.decode(chunk, { stream: true })
  if (answer.length >= 100_000) break
}
console.log(inspect(answer))
// The server sees a client without a name: nobody had to find it, so it was never bound.
console.log(`I am process ${process.pid}, my address is ${inspect(client.getsockname())}`)

// Try it, with the server of 07 in another terminal:
//   node build/examples/07-unix-client.js
//   node build/examples/07-unix-client.js /tmp/berkeley-07.sock Ada
