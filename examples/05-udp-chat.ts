/** 05: the chat of 03 on UDP. There is no connection, so nothing tells that the other side has come, or gone. */
import { createInterface } from 'node:readline'
import { inspect } from 'node:util'
import { AF_INET, type Given, type InetAddress, SOCK_DGRAM, socket } from 'berkeley'

const [role, port = '9528'] = process.argv.slice(2)
const address = { host: '127.0.0.1', port: Number(port) }

using chat = socket(AF_INET, SOCK_DGRAM)
/** Whom we talk to: the server does not know before somebody has spoken to it. */
let peer: Given<InetAddress> | null = role === 'server' ? null : address
// On UDP connect sends nothing. It sets where send goes to, and from whom recv takes.
if (peer === null) chat.bind(address)
else await chat.connect(peer)
console.log(`chatting on 127.0.0.1:${chat.getsockname().port}; type a line, q ends`)
const lines = createInterface({ input: process.stdin })

async function hear(): Promise<void> {
  for await (const { data, address } of chat.messages()) {
    // From the first datagram on, only its sender is heard.
    if (peer === null && address !== null) await chat.connect(address)
    peer ??= address
    const text = `${data}`
    if (text.trim() === 'q') return
    console.log('>', inspect(text))
  }
}

async function speak(): Promise<void> {
  for await (const line of lines) {
    if (line.trim() === 'q') break
    // A datagram keeps its boundaries, so no end of the line is needed.
    if (peer === null) console.log('nobody there yet')
    else await chat.send(line)
  }
  // Closing would tell nobody: without a last message the other side would wait for ever.
  if (peer !== null) await chat.send('q')
}

try {
  await Promise.race([hear(), speak()])
} catch (error) {
  // ECONNREFUSED: an earlier datagram found nobody at that port.
  console.log(`the other side is lost: ${(error as Error).message}`)
}
lines.close()
console.log('the talk is over')

// Try it, in two terminals:
//   node build/examples/05-udp-chat.js server
//   node build/examples/05-udp-chat.js client
// nc takes either part: nc -u -l 127.0.0.1 9528 and nc -u 127.0.0.1 9528
