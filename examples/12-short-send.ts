/** 12: send may take only a part of the bytes. sendall goes on until all are taken. */
import { createConnection, createServer, SO_RCVBUF, SO_SNDBUF, SystemError } from 'berkeley'

const data = Buffer.alloc(1_000_000, 'x')

using server = createServer({ host: '127.0.0.1', port: 0 })
// What is sent waits in two buffers of the kernel, ours and the receiver's. Small ones are full soon. An accepted
// connection has its listener's.
server.setsockopt(SO_RCVBUF, 20_000)
using client = await createConnection(server.getsockname())
client.setsockopt(SO_SNDBUF, 20_000)
const [connection] = await server.accept()

// Nobody reads yet. A call that may not wait takes what there is room for: fewer bytes than it was given.
client.setblocking(false)
let sent = await client.send(data)
console.log(`send took ${sent} of ${data.length} bytes`)

// The caller has to send the rest itself, and so on. Then there is no room at all, and nothing to do but wait.
try {
  for (;;) sent += await client.send(data.subarray(sent))
} catch (error) {
  if (!(error instanceof SystemError)) throw error
  console.log(`after ${sent} bytes: ${error.code}`)
}

// sendall that may not wait fails in the same way. Its error tells how far it came: the rest begins there.
try {
  await client.sendall(data.subarray(sent))
} catch (error) {
  if (!(error instanceof SystemError)) throw error
  console.log(`sendall: ${error.code} after ${error.bytesSent} bytes`)
  sent += error.bytesSent ?? 0
}

/** Counts until the end of the stream. */
async function count(): Promise<number> {
  let received = 0
  for await (const chunk of connection) received += chunk.length
  return received
}

// Where it may wait it sends all the rest, piece by piece, as fast as somebody reads.
client.setblocking(true)
const counting = count()
await client.sendall(data.subarray(sent))
console.log(`sendall sent the other ${data.length - sent}`)
client.close()
console.log(`received: ${await counting}`)
connection.close()

// Try it:
//   node build/examples/12-short-send.js
