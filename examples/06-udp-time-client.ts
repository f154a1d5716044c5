/** 06, the client: asks for the time. A datagram may be lost, the request or the answer, so it asks again. */
import { inspect } from 'node:util'
import { AF_INET, SOCK_DGRAM, socket, TimeoutError } from 'berkeley'

const [port = '9527', format = '%Y-%m-%d %H:%M:%S'] = process.argv.slice(2)

using client = socket(AF_INET, SOCK_DGRAM)
// With connect, answers from anybody else do not reach us, and a port where nobody listens is told: ECONNREFUSED.
await client.connect({ host: '127.0.0.1', port: Number(port) })
// Milliseconds that a call may wait. Without this, one lost datagram and recv waits for ever.
client.settimeout(1000)

async function ask(tries: number): Promise<string> {
  await client.send(format)
  try {
    return `${await client.recv(512)}`
  } catch (error) {
    if (!(error instanceof TimeoutError) || tries === 1) throw error
    console.log('no answer, asking again')
    return ask(tries - 1)
  }
}

console.log(inspect(await ask(3)))

// Try it, with the server of 06 in another terminal, and without:
//   node build/examples/06-udp-time-client.js
//   node build/examples/06-udp-time-client.js 9527 '%A, day %j of %Y'
