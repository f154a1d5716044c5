/** A contender that now and then gets a byte wrong, a datagram twice, or ends: the benchmark must find it out. */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { bound, streaming } from '../../bench/contenders/subject.js'
import { count, perform, ready } from '../../bench/contenders/task.js'

const lie = process.env.BERKELEY_LIE ?? ''
let chunks = 0

/** The hundredth is wrong. */
function changed(data: Buffer): Buffer {
  if (++chunks !== 100) return data
  if (lie === 'crash') process.exit(1)
  const copy = Buffer.from(data)
  if (lie === 'byte') copy[copy.length - 1] = (copy[copy.length - 1] as number) ^ 1
  return lie === 'more' ? Buffer.concat([copy, copy]) : copy
}

async function echo(): Promise<void> {
  if (streaming) {
    const server = createServer({ noDelay: true }, (connection) => {
      connection.on('error', () => {})
      connection.on('data', (chunk: Buffer) => connection.write(changed(chunk)))
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    ready((server.address() as { port: number }).port)
    return
  }
  const socket = bound()
  for await (const { data, address } of socket.messages()) {
    const answer = changed(data)
    // Only the answer's size tells of the second one.
    if (address !== null) await socket.sendto(answer, address)
  }
}

/** Counts what came, and one more. */
async function receive(): Promise<void> {
  const socket = bound()
  for await (const data of socket.chunks()) {
    const seen = changed(data)
    count(seen, 0, seen.length)
  }
}

/** Says that it got more than it did, or that it was as it should be when it was not. */
async function sink(): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, (connection) => {
    let bytes = 0
    connection.on('data', (chunk: Buffer) => {
      bytes += chunk.length
    })
    connection.on('end', () =>
      connection.end(`${lie === 'more' ? bytes + 1 : bytes} ${lie === 'byte' ? 1 : 0}\n`),
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ready((server.address() as { port: number }).port)
}

async function source(): Promise<void> {
  const server = createServer((connection) => {
    connection.on('data', (line: Buffer) => {
      const wanted = Number(line.toString())
      const bytes = Buffer.from(Uint8Array.from({ length: wanted }, (_, i) => i % 251))
      if (lie === 'byte') bytes[wanted - 1] = 255
      connection.end(lie === 'more' ? Buffer.concat([bytes, bytes]) : bytes)
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ready((server.address() as { port: number }).port)
}

await perform({ echo, receive, sink, source, accept: echo })
