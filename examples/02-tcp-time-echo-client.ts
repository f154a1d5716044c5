/** 02, the client: sends each line that is typed, and shows what comes back. */
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { createConnection } from 'berkeley'

const port = Number(process.argv[2] ?? 9999)

// socket and connect in one call. It takes names too, and tries all their addresses, IPv6 and IPv4.
using client = await createConnection({ host: '127.0.0.1', port })
console.log('type a line; an empty one ends')

const lines = createInterface({ input: process.stdin })
for await (const line of lines) {
  // Sending an empty line would send nothing, and then recv would wait for an answer to nothing.
  if (line === '') break
  await client.sendall(line)
  // The time has 24 bytes, then comes our line. Less than all of it may come at first: count.
  const length = 24 + Buffer.byteLength(line)
  let answer = Buffer.alloc(0)
  while (answer.length < length) {
    const bytes = await client.recv(length - answer.length)
    if (bytes.length === 0) throw new Error('the server has gone')
    answer = Buffer.concat([answer, bytes])
  }
  console.log(inspect(`${answer}`))
}
// Else the program would go on waiting for lines.
lines.close()

// Try it, with the server of 02 in another terminal:
//   node build/examples/02-tcp-time-echo-client.js
