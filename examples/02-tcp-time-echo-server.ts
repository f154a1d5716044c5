/** 02, the server: everything back with the time in front, for any number of clients at once. */
import { createServer, type Inet6Address, type InetAddress, type Socket } from 'berkeley'

const port = Number(process.argv[2] ?? 9999)

/** The time as C's and Python's ctime() write it: 'Sat Nov 21 06:25:11 2026'. */
function ctime(now = new Date()): string {
  const [weekday, month] = now.toDateString().split(' ')
  const day = String(now.getDate()).padStart(2)
  return `${weekday} ${month} ${day} ${now.toTimeString().slice(0, 8)} ${now.getFullYear()}`
}

async function echo(connection: Socket<InetAddress | Inet6Address>): Promise<void> {
  using open = connection
  // A loop over a socket gives its bytes as they come, and ends when the client has said all.
  // The next bytes are asked for only when these are sent: who does not listen is not read either.
  for await (const chunk of open) await open.sendall(Buffer.concat([Buffer.from(ctime()), chunk]))
}

// socket, setsockopt, bind and listen of example 01 in one call.
using server = createServer({ host: '127.0.0.1', port })
console.log(`listening on 127.0.0.1:${server.getsockname().port}, Ctrl-C ends it`)

for await (const [connection, peer] of server.connections()) {
  const name = `${peer.host}:${peer.port}`
  console.log(`${name} has come`)
  // Not awaited: the loop accepts the next client while this one is served. So nothing else catches what goes wrong.
  echo(connection).then(
    () => console.log(`${name} has gone`),
    (error: Error) => console.log(`${name}: ${error.message}`),
  )
}

// Try it:
//   node build/examples/02-tcp-time-echo-server.js
// and in other terminals, several at a time
//   node build/examples/02-tcp-time-echo-client.js
//   nc 127.0.0.1 9999
