/** 03: a chat of two on TCP. One side waits, the other calls; then both may type at any time. A line `q` ends it. */
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { createConnection, createServer } from 'berkeley'

const [role, port = '9527'] = process.argv.slice(2)
const address = { host: '127.0.0.1', port: Number(port) }

async function waitForCall() {
  // Closed when this function ends: nobody else can call, and the connection that was accepted stays.
  using server = createServer(address)
  console.log(`listening on 127.0.0.1:${server.getsockname().port}`)
  const [connection] = await server.accept()
  return connection
}

using connection = await (role === 'server' ? waitForCall() : createConnection(address))
console.log('connected; type a line, q ends')
const lines = createInterface({ input: process.stdin })

async function hear(): Promise<void> {
  const decoder = new TextDecoder()
  for await (const chunk of connection) {
    // TCP keeps no boundaries (example 09): two lines that were typed quickly may come as one chunk,
    // and a very long one as two.
    for (const line of decoder.decode(chunk, { stream: true }).split('\n')) {
      if (line.trim() === 'q') return
      if (line !== '') console.log('>', inspect(line))
    }
  }
}

async function speak(): Promise<void> {
  for await (const line of lines) {
    if (line.trim() === 'q') break
    // The end of the line goes along, so that the other side can tell one message from the next.
    await connection.sendall(`${line}\n`)
  }
  await connection.sendall('q\n')
}

try {
  // Both at once: each waits without keeping the other from working. The first to end ends the talk.
  await Promise.race([hear(), speak()])
} catch (error) {
  console.log(`the other side is lost: ${(error as Error).message}`)
}
// Ends what still waits for typing; `using` closes the connection.
lines.close()
console.log('the talk is over')

// Try it, in two terminals:
//   node build/examples/03-tcp-chat.js server
//   node build/examples/03-tcp-chat.js client
// nc takes either part: nc -l 127.0.0.1 9527 and nc 127.0.0.1 9527
