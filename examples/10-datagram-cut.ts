/** 10: a datagram larger than the receiver's buffer is cut, and the rest is gone. How to notice. */
import { AF_INET, MSG_PEEK, MSG_TRUNC, SOCK_DGRAM, socket } from 'berkeley'

using receiver = socket(AF_INET, SOCK_DGRAM)
receiver.bind({ host: '127.0.0.1', port: 0 })
using sender = socket(AF_INET, SOCK_DGRAM)
await sender.connect(receiver.getsockname())

// Of a stream the rest would come with the next recv. Here the next recv brings the next datagram.
await sender.send('a long message')
await sender.send('next')
console.log(`recv(6) gives '${await receiver.recv(6)}' and says nothing`)
console.log(`recv(6) then gives '${await receiver.recv(6)}'`)

// recvmsg tells more of a datagram than its bytes: by the kernel's flag MSG_TRUNC that it was cut. So does messages().
await sender.send('a long message')
const { data, flags } = await receiver.recvmsg(6)
console.log(`recvmsg(6) gives '${data}', cut: ${(flags & MSG_TRUNC) !== 0}`)

// MSG_TRUNC as a flag of the call has the kernel return the datagram's own size instead of how much of it there was
// room for.
await sender.send('a long message')
const room = Buffer.alloc(6)
const size = await receiver.recvInto(room, { flags: MSG_TRUNC })
console.log(`recvInto with MSG_TRUNC gives '${room}', and that there were ${size} bytes`)

// With MSG_PEEK, which leaves the datagram where it is, it can be asked for its size first.
await sender.send('a long message')
const next = await receiver.recvInto(Buffer.alloc(0), { flags: MSG_PEEK | MSG_TRUNC })
console.log(`the next one has ${next} bytes: '${await receiver.recv(next)}'`)

// Simplest is a buffer that fits all: 65507 bytes for UDP over IPv4.

// Try it:
//   node build/examples/10-datagram-cut.js
