/** 04, the receiver: shows each datagram that comes. */
import { inspect } from 'node:util'
import { AF_INET, SOCK_DGRAM, socket } from 'berkeley'

const port = Number(process.argv[2] ?? 15001)

// A SOCK_DGRAM socket of AF_INET speaks UDP. There is no listen and no accept: nobody connects, datagrams just come.
using receiver = socket(AF_INET, SOCK_DGRAM)
receiver.bind({ host: '127.0.0.1', port })
console.log(`receiving on 127.0.0.1:${receiver.getsockname().port}, Ctrl-C ends it`)

for (;;) {
  // One datagram, whole, and who sent it: one socket hears everybody. A UDP datagram has at most 65507 bytes; what does
  // not fit into the size given here would be cut off (example 10).
  const [data, sender] = await receiver.recvfrom(65507)
  console.log(`${sender?.host}:${sender?.port} sent ${data.length} bytes: ${inspect(`${data}`)}`)
}

// Try it:
//   node build/examples/04-udp-receiver.js
// and in another terminal
//   node build/examples/04-udp-sender.js
//   echo hello | nc -u -w1 127.0.0.1 15001
