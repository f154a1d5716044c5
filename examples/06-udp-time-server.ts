/** 06, the server: a request is a strftime format, the answer the time in it. One datagram each. */
import { inspect } from 'node:util'
import { AF_INET, SOCK_DGRAM, sameAddress, socket } from 'berkeley'
import { timeAnswer } from 'berkeley/programs'

const port = Number(process.argv[2] ?? 9527)

using server = socket(AF_INET, SOCK_DGRAM)
server.bind({ host: '127.0.0.1', port })
console.log(`answering on 127.0.0.1:${server.getsockname().port}, Ctrl-C ends it`)

// recvfrom in a loop. No client is remembered: each datagram brings all that is needed to answer it.
for await (const { data, address } of server.messages()) {
  // Anybody can write any sender into a datagram. If it were ourselves, we would answer our own answers for ever.
  if (address === null || sameAddress(address, server.getsockname())) continue
  // %H:%M:%S and the others of strftime(3); nothing at all means %y-%m-%d %x. At most 512 bytes come back.
  const answer = timeAnswer(data)
  console.log(`${address.host}:${address.port} asks for ${inspect(`${data}`)}`)
  // A sender that cannot be sent to must not end the server either.
  await server.sendto(answer, address).catch((error: Error) => console.log(error.message))
}

// Try it:
//   node build/examples/06-udp-time-server.js
// and in another terminal
//   node build/examples/06-udp-time-client.js
//   echo %A | nc -u -w1 127.0.0.1 9527
