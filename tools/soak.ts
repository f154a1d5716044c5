/**
 * Churn for minutes: `npm run soak -- MINUTES` (1 when left out). Connections come and go, datagrams fly in batches, waits are
 * aborted, peers reset, descriptors are passed; and the heap and the number of descriptors must be as flat at the end as
 * behind the first tenth of it.
 */
import { readdirSync } from 'node:fs'
import {
  AF_INET,
  createConnection,
  createServer,
  type InetAddress,
  ReceiveBatch,
  SendBatch,
  SO_LINGER,
  SOCK_DGRAM,
  SystemError,
  socket,
  socketpair,
} from 'berkeley'

const minutes = Number(process.argv[2] ?? 1)
if (!(minutes > 0 && minutes <= 1440)) {
  process.stderr.write('soak: expected a number of minutes from 0 to 1440\n')
  process.exit(2)
}
const start = performance.now()
const end = start + minutes * 60_000
const running = (): boolean => performance.now() < end

const count = { connections: 0, resets: 0, aborts: 0, datagrams: 0, descriptors: 0 }
/** What ends a connection that is cut on purpose. */
const everyday = new Set(['ECONNRESET', 'EPIPE', 'ECANCELED', 'EBADF', 'ENOTCONN'])

const server = createServer({ host: '127.0.0.1', port: 0 }, { backlog: 512 })
const address = { host: '127.0.0.1', port: server.getsockname().port }

async function serve(): Promise<void> {
  for await (const [connection] of server.connections())
    void (async () => {
      try {
        for await (const chunk of connection) await connection.sendall(chunk)
      } catch (error) {
        if (!(error instanceof SystemError && everyday.has(error.code))) throw error
      } finally {
        connection.close()
      }
    })()
}

/** Connections that end in every way there is. */
async function connections(): Promise<void> {
  for (let i = 0; running(); i++) {
    const client = await createConnection(address)
    try {
      const text = `${i}`.repeat(1 + (i % 2000))
      await client.sendall(text)
      if (i % 3 === 0) {
        const controller = new AbortController()
        const waiting = client.recv(1 << 16, { signal: controller.signal })
        if (i % 2 === 0) controller.abort(new Error('soak'))
        await waiting.catch(() => count.aborts++)
      } else {
        let left = text.length
        while (left > 0) {
          const chunk = await client.recv(left)
          if (chunk.length === 0) throw new Error('the echo ended early')
          left -= chunk.length
        }
      }
      if (i % 5 === 0) {
        client.setsockopt(SO_LINGER, 0)
        count.resets++
      }
    } finally {
      client.close()
    }
    count.connections++
  }
}

async function datagrams(): Promise<void> {
  using to = socket(AF_INET, SOCK_DGRAM)
  using from = socket(AF_INET, SOCK_DGRAM)
  to.bind({ host: '127.0.0.1', port: 0 })
  const out = new SendBatch(AF_INET, { messages: 32 })
  for (let i = 0; i < 32; i++) out.add(`datagram ${i}`, to.getsockname())
  const batch = new ReceiveBatch<InetAddress>()
  while (running()) {
    await from.sendmmsg(out)
    for (let got = 0; got < 32; got += batch.length) await to.recvmmsg(batch)
    count.datagrams += 32
    await new Promise((resolve) => setImmediate(resolve))
  }
}

async function descriptors(): Promise<void> {
  const [a, b] = socketpair()
  while (running()) {
    const [one, other] = socketpair()
    await a.sendFds('x', [one.fileno(), other.fileno()])
    const { fds } = await b.recvFds(1, 2)
    for (const fd of fds) fd.close()
    one.close()
    other.close()
    count.descriptors += 2
    await new Promise((resolve) => setImmediate(resolve))
  }
  a.close()
  b.close()
}

interface Sample {
  readonly heap: number
  readonly descriptors: number
}

function sample(): Sample {
  globalThis.gc?.()
  globalThis.gc?.()
  const { heapUsed, arrayBuffers } = process.memoryUsage()
  return { heap: heapUsed + arrayBuffers, descriptors: readdirSync('/proc/self/fd').length }
}

let first: Sample | undefined
const watch = setInterval(
  () => {
    const now = sample()
    if (performance.now() - start > (end - start) / 10) first ??= now
    const mb = (now.heap / 1048576).toFixed(1)
    process.stdout.write(
      `${Math.round((performance.now() - start) / 1000)} s: ${mb} MB, ${now.descriptors} descriptors\n`,
    )
  },
  Math.max(1000, (minutes * 60_000) / 20),
)

const serving = serve()
await Promise.all([connections(), connections(), connections(), datagrams(), descriptors()])
clearInterval(watch)
server.close()
await serving
// Connections that were being served when their client left have heard of it by now.
await new Promise((resolve) => setTimeout(resolve, 200))
const last = sample()
process.stdout.write(`${JSON.stringify(count)}\n`)
if (globalThis.gc === undefined) throw new Error('run it with --expose-gc')
if (first === undefined) throw new Error('no sample was taken')
const grown = last.heap - first.heap
if (grown > 4 * 1048576) throw new Error(`the heap has grown by ${(grown / 1048576).toFixed(1)} MB`)
if (last.descriptors > first.descriptors)
  throw new Error(`${last.descriptors - first.descriptors} descriptors leaked`)
process.stdout.write('flat\n')
