/**
 * Threads that come and go: `node rounds.js SEED ROUNDS`. In each round four begin at once, and each is ended at a
 * moment of its own, from outside or by itself. What is left at the end must be what was there before.
 */
import { readdirSync, readlinkSync } from 'node:fs'
import { Worker } from 'node:worker_threads'
import { socketpair } from 'berkeley'
import { Random } from './random.js'

const [seed, rounds] = process.argv.slice(2).map(Number) as [number, number]
const random = new Random(seed)

/** How many descriptors there are of each kind. */
function descriptors(): Record<string, number> {
  const kinds: Record<string, number> = {}
  for (const fd of readdirSync('/proc/self/fd').sort()) {
    try {
      const kind = readlinkSync(`/proc/self/fd/${fd}`).replace(/:?\[?\d*\]?$/, '')
      kinds[kind] = (kinds[kind] ?? 0) + 1
    } catch {
      // The listing's own.
    }
  }
  return kinds
}

/**
 * What is left that was not there before. A thread that is ended between the system call and the line behind it leaves
 * that one socket; of the hundreds that it had, the rest are closed.
 */
function left(before: Readonly<Record<string, number>>): string[] {
  const now = descriptors()
  return Object.keys(now).filter((kind) => {
    const more = (now[kind] ?? 0) - (before[kind] ?? 0)
    return more > (kind === 'socket' ? 2 * rounds : 0)
  })
}

async function turns(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** How often each kind of end came about. */
const ends = { early: 0, terminated: 0, exited: 0 }

/** A thread's whole life. */
function live(): Promise<void> {
  const byItself = random.chance(0.4)
  const exitAfter = byItself ? 1 + random.below(200) : -1
  const patience = random.chance(0.2) ? -1 : random.below(400)
  const worker = new Worker(new URL('./busy.js', import.meta.url), { workerData: { exitAfter } })
  const kind = byItself ? 'exited' : patience < 0 ? 'early' : 'terminated'
  // Node's own: 1 for a thread that is terminated, unless that has not begun.
  const codes = { early: [0, 1], terminated: [1], exited: [5] }[kind]
  return new Promise((resolve, reject) => {
    worker.on('error', reject)
    worker.on('exit', (code) => {
      ends[kind]++
      if (codes.includes(code)) resolve()
      else reject(new Error(`${kind} with code ${code}`))
    })
    if (kind === 'early') void worker.terminate()
    else if (kind === 'terminated')
      worker.once('message', () => void turns(patience).then(() => worker.terminate()))
  })
}

// The main thread's own engine goes on all the while.
const [a, b] = socketpair()
let echoed = 0
void (async () => {
  for await (const chunk of a) await a.sendall(chunk)
})()
void (async () => {
  await b.sendall('x')
  for await (const chunk of b) {
    echoed++
    await b.sendall(chunk)
  }
})()

// The first thread makes what the process keeps: Node's own.
await live()
const before = descriptors()
for (let i = 0; i < rounds; i++) {
  await Promise.all(Array.from({ length: 4 }, live))
  globalThis.gc?.()
}
for (let i = 0; i < 1000 && left(before).length > 0; i++) await turns(1)
if (left(before).length > 0) {
  const both = JSON.stringify({ before, now: descriptors() })
  process.stderr.write(`seed ${seed}: descriptors left of ${left(before)}: ${both}\n`)
  process.exit(1)
}
a.close()
b.close()
process.stdout.write(`${JSON.stringify({ ...ends, echoed })}\n`)
