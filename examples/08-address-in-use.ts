/** 08: EADDRINUSE, when a server runs already and when it does not run any more, with and without SO_REUSEADDR. */
import { createConnection, createServer, SystemError } from 'berkeley'

const host = '127.0.0.1'

/** Whether a server gets this port. `reuse` is createServer's word for setsockopt(SO_REUSEADDR, true) before bind. */
function attempt(port: number, reuse: boolean): string {
  try {
    createServer({ host, port }, { reuse }).close()
    return 'fine'
  } catch (error) {
    // The code of an error is for programs, its message for people.
    if (error instanceof SystemError) return error.code
    throw error
  }
}

const show = (reuse: boolean): string => (reuse ? 'with' : 'without')

for (const first of [false, true])
  for (const second of [false, true]) {
    console.log(`first server ${show(first)}, second ${show(second)} SO_REUSEADDR:`)

    // Port 0: the kernel chooses one that is free, so that each round begins anew.
    const server = createServer({ host, port: 0 }, { reuse: first })
    const { port } = server.getsockname()
    console.log(`  the first one runs: ${attempt(port, second)}`)

    // One connection, which the server closes first. Whoever closes first must remember the connection for a minute
    // (TIME_WAIT), so that a late packet of it is not taken for one of its successor's. Here that is the server's side,
    // with the server's port.
    const client = await createConnection({ host, port })
    const [connection] = await server.accept()
    connection.close()
    await client.recv(1) // nothing: the server has ended
    client.close()
    server.close()
    console.log(`  it has ended, and left a TIME_WAIT: ${attempt(port, second)}`)
  }

// On Linux two servers never listen on one port by SO_REUSEADDR. But a server can come back at once by it, if the one
// before had set it as well. So every server that listens should set it, each time: createServer does.

// Try it, and look at the connections that are remembered:
//   node build/examples/08-address-in-use.js
//   ss -tan state time-wait
