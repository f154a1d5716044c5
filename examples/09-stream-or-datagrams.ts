/** 09: what a receiver sees of two sends, and what a sender sees of nobody. */
import {
  AF_INET,
  createConnection,
  createServer,
  MSG_PEEK,
  SOCK_DGRAM,
  type SystemError,
  socket,
} from 'berkeley'

const here = { host: '127.0.0.1', port: 0 }
const why = (error: SystemError): string => error.code

// A stream is bytes in their order, without boundaries: how they were sent, the receiver cannot know.
using server = createServer(here)
using client = await createConnection(server.getsockname())
const [connection] = await server.accept()
await client.sendall('one')
await client.sendall('two')
// MSG_PEEK looks without taking. Only to be sure that both have arrived, however busy this machine is.
while ((await connection.recv(100, { flags: MSG_PEEK })).length < 6);
console.log(`stream: two sends, one recv: '${await connection.recv(100)}'`)
connection.close()

// A datagram comes as it was sent, or not at all. One recv, one datagram, however large the buffer is.
using receiver = socket(AF_INET, SOCK_DGRAM)
receiver.bind(here)
using sender = socket(AF_INET, SOCK_DGRAM)
await sender.sendto('one', receiver.getsockname())
await sender.sendto('two', receiver.getsockname())
console.log(`datagrams: two sends, two recvs: '${await receiver.recv(100)}', '${await receiver.recv(100)}'`)

// Now nobody: a port that was somebody's until a moment ago, of TCP as of UDP.
const nobody = receiver.getsockname()
const nothing = server.getsockname()
receiver.close()
server.close()

// A connection needs two. The refusal comes from the kernel at the other end, at once.
console.log(`stream to nobody: connect ${await createConnection(nothing).catch(why)}`)

// A datagram can be sent to nobody. The other kernel sends an ICMP message back, but to a socket that sends to many it
// is not shown: it could not say which datagram it is about.
console.log(`datagram to nobody, by sendto: ${await sender.sendto('hello?', nobody)} bytes sent`)
sender.settimeout(200)
console.log(`  recv: ${await sender.recv(100).catch(why)} (nothing, for as long as we wait)`)

// A connected socket has one peer only, so it is told, by the next call.
await sender.connect(nobody)
console.log(`datagram to nobody, connected: ${await sender.send('hello?')} bytes sent`)
console.log(`  recv: ${await sender.recv(100).catch(why)}`)

// Try it:
//   node build/examples/09-stream-or-datagrams.js
