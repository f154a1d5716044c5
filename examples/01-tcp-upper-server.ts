/** 01, the server: one message in, its upper case out, on TCP. */
import { inspect } from 'node:util'
import { AF_INET, SO_REUSEADDR, SOCK_STREAM, socket } from 'berkeley'

const port = Number(process.argv[2] ?? 9000)

// AF_INET is IPv4, and a SOCK_STREAM socket of it speaks TCP. So far it has no address and no peer.
using server = socket(AF_INET, SOCK_STREAM)

// Without this a server that is started again may find its port taken by its own past: example 08.
server.setsockopt(SO_REUSEADDR, true)

// The address where clients will look for it. 127.0.0.1 is reached from this machine only, '' from everywhere.
server.bind({ host: '127.0.0.1', port })

// From now on the kernel takes connections, and queues them until we accept them. Before, it refuses them.
server.listen()
console.log(`listening on 127.0.0.1:${server.getsockname().port}, Ctrl-C ends it`)

for (;;) {
  // Each connection is a socket of its own. The one that listens goes on listening; but we serve one client at a time,
  // so one who says nothing keeps the others waiting. Example 02 does better.
  const [connection, peer] = await server.accept()
  try {
    // Waits until something has come, and takes up to 65536 bytes of it. No bytes mean that the client has ended.
    const message = await connection.recv(65536)
    // What a stranger sends may hold anything. inspect() shows control characters instead of obeying them.
    console.log(`${peer.host}:${peer.port} says ${inspect(`${message}`)}`)
    await connection.sendall(`${message}`.toUpperCase())
  } catch (error) {
    // A client can vanish at any time (ECONNRESET, EPIPE). That ends its connection, and not the server.
    console.log(`${peer.host}:${peer.port}: ${(error as Error).message}`)
  } finally {
    // Tells the client that no more will come. Forgotten, the descriptor would stay open.
    connection.close()
  }
}

// Try it:
//   node build/examples/01-tcp-upper-server.js
// and in another terminal
//   node build/examples/01-tcp-upper-client.js
//   echo hello | nc -N 127.0.0.1 9000
