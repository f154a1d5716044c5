/** 14: which ports bind takes: 0, 80, 65536. */
import { readFileSync } from 'node:fs'
import { AF_INET, SOCK_STREAM, socket } from 'berkeley'

/** Binds a socket to the port, and tells how it went. */
function attempt(port: number): string {
  using server = socket(AF_INET, SOCK_STREAM)
  try {
    server.bind({ host: '127.0.0.1', port })
    return `bound to port ${server.getsockname().port}`
  } catch (error) {
    return String(error)
  }
}

const setting = (name: string): string =>
  readFileSync(`/proc/sys/net/ipv4/${name}`, 'utf8').trim().replace(/\s+/, ' to ')

// Not a port, but a wish: any free one. Clients get theirs in the same way, by connect or their first send. So would a
// server, but then it has to tell its clients, or print it, as the examples do.
console.log(`0: ${attempt(0)}`)
console.log(`   one of ${setting('ip_local_port_range')}, as this machine has it`)

// The low ports are for services of the machine, so that not every user can play web server: EACCES without root or the
// capability CAP_NET_BIND_SERVICE. EADDRINUSE means that there is one already.
console.log(`80: ${attempt(80)}`)
console.log(
  `   ports from ${setting('ip_unprivileged_port_start')} on are for everybody, as this machine has it`,
)

// A port is 16 bits wide: 65535 is the last one. Nothing is asked of the kernel, which would see 0 here: our own error.
for (const port of [65535, 65536, -1]) console.log(`${port}: ${attempt(port)}`)

// Try it, as root and not:
//   node build/examples/14-ports.js
