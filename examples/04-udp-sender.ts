/** 04, the sender: each word of its command line is a datagram. */
import { AF_INET, SOCK_DGRAM, socket } from 'berkeley'

const [port = '15001', ...words] = process.argv.slice(2)

using sender = socket(AF_INET, SOCK_DGRAM)

for (const word of words.length === 0 ? ['hello'] : words) {
  // Each sendto names its own destination, and is a datagram of its own: they are never merged, nor sent in part.
  const size = await sender.sendto(word, { host: '127.0.0.1', port: Number(port) })
  // Sent is not received. Nobody answers: UDP does not tell whether it arrived, or whether anybody was there at all.
  console.log(`sent ${size} bytes from port ${sender.getsockname().port}`)
}

// Try it, with the receiver of 04 in another terminal, and without:
//   node build/examples/04-udp-sender.js
//   node build/examples/04-udp-sender.js 15001 one two three
