/**
 * Exceptions behind a result: `node behind.js berkeley|node HANDLED [WHAT]`. The same things are thrown where a byte
 * has come by a socket of ours and by one of Node's; both must be heard of in the same way.
 */
import {
  createConnection as connectNode,
  type Socket as NodeSocket,
  createServer as serveNode,
} from 'node:net'
import { socketpair } from 'berkeley'

const [source, handled, only] = process.argv.slice(2)
const log: string[] = []

if (handled === 'handled') {
  process.on('uncaughtException', (error, origin) => log.push(`${origin} ${error.message}`))
  process.on('unhandledRejection', (reason) => log.push(`unhandledRejection ${(reason as Error).message}`))
}

/** Calls `on` in a promise's reaction for each byte that comes, as often as asked. */
async function ours(count: number, on: (i: number) => void): Promise<void> {
  const [a, b] = socketpair()
  for (let i = 0; i < count; i++) {
    const came = b.recv(1)
    await later()
    await a.send('x')
    void came.then(() => on(i))
    await came
    await later()
  }
  a.close()
  b.close()
}

async function theirs(count: number, on: (i: number) => void): Promise<void> {
  const server = serveNode()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as { port: number }
  const accepted = new Promise<NodeSocket>((resolve) => server.once('connection', resolve))
  const a = connectNode(port, '127.0.0.1')
  const b = await accepted
  for (let i = 0; i < count; i++) {
    const came = new Promise<void>((resolve) => b.once('data', () => resolve()))
    await later()
    a.write('x')
    void came.then(() => on(i))
    await came
    await later()
  }
  a.destroy()
  b.destroy()
  server.close()
}

/** A few turns of the event loop: all that was set off has happened then. */
async function later(): Promise<void> {
  for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve))
}

function fail(what: string): never {
  throw new Error(what)
}

const throwing: readonly (readonly [name: string, act: () => void])[] = [
  ['reaction', () => fail('in the reaction')],
  ['tick', () => process.nextTick(fail, 'in a tick')],
  ['microtask', () => queueMicrotask(() => fail('in a microtask'))],
  ['rejection', () => void Promise.reject(new Error('rejected'))],
  ['immediate', () => void setImmediate(fail, 'in an immediate')],
  [
    'ticks',
    () => {
      process.nextTick(() => log.push('first tick'))
      process.nextTick(fail, 'in the second tick')
      process.nextTick(() => log.push('third tick'))
      process.nextTick(fail, 'in the fourth tick')
      queueMicrotask(() => log.push('microtask'))
      queueMicrotask(() => fail('in the second microtask'))
      queueMicrotask(() => log.push('third microtask'))
      setImmediate(() => log.push('immediate'))
    },
  ],
  ['nothing', () => log.push('nothing wrong')],
]

const acts = only === undefined ? throwing : throwing.filter(([name]) => name === only)
await (source === 'node' ? theirs : ours)(acts.length, (i) => {
  const [name, act] = acts[i] as (typeof acts)[number]
  log.push(`— ${name}`)
  act()
})
process.stdout.write(`${JSON.stringify(log)}\n`)
