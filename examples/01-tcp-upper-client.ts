/** 01, the client: sends one message and shows the answer. */
import { inspect } from 'node:util'
import { AF_INET, SOCK_STREAM, socket } from 'berkeley'

const [port = '9000', message = 'hello'] = process.argv.slice(2)

// `using` closes the socket at the end, whatever happens on the way.
using client = socket(AF_INET, SOCK_STREAM)

// A client needs no bind: the kernel gives it a free port of its own. ECONNREFUSED means that nobody listens there.
await client.connect({ host: '127.0.0.1', port: Number(port) })
console.log(`connected from port ${client.getsockname().port}`)

// A string goes out as UTF-8. sendall, because send may take only a part: example 12.
await client.sendall(message)

// A stream has no messages, only bytes: an answer may come in pieces. The server closes behind its answer, so it is
// complete when the stream ends, which recv tells by giving no bytes. A bad server might never end: we do.
let answer = ''
const decoder = new TextDecoder()
while (answer.length < 100_000) {
  const bytes = await client.recv(1024)
  if (bytes.length === 0) break
  // A character may be cut in two between two pieces: the decoder keeps its first half for the next one.
  answer += decoder.decode(bytes, { stream: true })
}
console.log(`the answer is ${inspect(answer)}`)

// Try it, with the server of 01 in another terminal:
//   node build/examples/01-tcp-upper-client.js
//   node build/examples/01-tcp-upper-client.js 9000 'good morning'
