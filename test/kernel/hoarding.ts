/**
 * A program that takes all descriptors there are and prints what accept, or an iteration over connections, does then: `waiting`
 * since before, `later`, or `iterating`. It says the code of the first two failures and whether the connection came in the end.
 */
export const hoarding: string = `
  import { openSync, closeSync } from 'node:fs'
  import { createServer, socket } from 'berkeley'
  const server = createServer({ host: '127.0.0.1', port: 0 })
  const address = server.getsockname()
  server.settimeout(1); await server.accept().catch(() => {}); server.settimeout(null)
  const clients = [socket(), socket()]
  const waiting = process.argv[1] === 'waiting' ? server.accept() : undefined
  const iterating = process.argv[1] === 'iterating' ? server.connections().next() : undefined
  await new Promise(setImmediate)
  const hoard = []
  for (;;) try { hoard.push(openSync('/dev/null')) } catch { break }
  const before = process.cpuUsage()
  await clients[0].connect(address)
  if (iterating) {
    let accepted = false
    iterating.then(() => { accepted = true })
    await new Promise((done) => setTimeout(done, 300))
    const { user, system } = process.cpuUsage(before)
    console.log(JSON.stringify({ accepted, cpu: user + system }))
    hoard.forEach(closeSync)
    const { value: [connection, peer] } = await iterating
    console.log(peer.port === clients[0].getsockname().port)
    connection.close()
  } else {
    const code = await (waiting ?? server.accept()).catch((error) => error.code + ' ' + error.syscall)
    const again = await server.accept().catch((error) => error.code)
    hoard.forEach(closeSync)
    const [connection, peer] = await server.accept()
    console.log(code, again, peer.port === clients[0].getsockname().port)
    connection.close()
  }
  for (const each of [server, ...clients]) each.close()`
