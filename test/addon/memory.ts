/**
 * The engine's shared memory in the hands of a vandal; run as a child: `node memory.js SEED ROUNDS ENGINE`. The slots
 * hold garbage, move, shrink and are detached between wake-ups and within them, while events keep coming.
 */
import * as k from '#data/kernel.js'
import { NAME_SIZE, native } from '#sys/binding.js'
import { Random } from './random.js'

const [seed, rounds, wake] = process.argv.slice(2).map(Number) as [number, number, number]
const random = new Random(seed)
const WORDS = 8
const RESULT_WORDS = 5

function fail(why: string): never {
  process.stderr.write(`seed ${seed}: ${why}\n`)
  process.exit(1)
}

type Word = Int32Array<ArrayBufferLike>
let slots: Word = new Int32Array(64 * WORDS)
let results: Word = new Int32Array(8 * RESULT_WORDS)
let slab: Uint8Array<ArrayBufferLike> = new Uint8Array(4096)
let dispatched = 0
let thrown = 0
/** While the slots are in good hands. */
let settling = true

function detach(view: { readonly buffer: ArrayBufferLike }): void {
  if (view.buffer instanceof ArrayBuffer && view.buffer.byteLength > 0)
    structuredClone(view.buffer, { transfer: [view.buffer] })
}

function newSlots(): void {
  const length = random.pick([0, 1, 7, 8, 64, 512, 4096])
  slots = random.chance(0.2) ? new Int32Array(new SharedArrayBuffer(length * 4)) : new Int32Array(length)
  if (native.engineSlots(slots) !== 0) fail('engineSlots refused a table')
}

function scribble(): void {
  for (let i = 0; i < slots.length / WORDS; i++) {
    const at = i * WORDS
    slots[at] = random.pick([...readers, -1, 9999])
    slots[at + 1] = random.chance(0.8) ? 0 : random.below(3)
    slots[at + 2] = random.below(31)
    slots[at + 3] = random.chance(0.8) ? random.below(7) : random.pick([-1, 7, 2 ** 31 - 1, -(2 ** 31)])
    slots[at + 4] = random.pick([0, 1, 10, 4096 - NAME_SIZE, 4096, 5000, -1, 2 ** 31 - 1, -(2 ** 31)])
    slots[at + 5] = random.pick([
      0,
      k.MSG_PEEK,
      k.MSG_TRUNC,
      k.MSG_TRUNC | k.MSG_PEEK,
      -1,
      random.below(2 ** 31 - 1),
    ])
    slots[at + 6] = random.pick([0, 0, 1, 5, 7, -1])
    // Taken: to be closed as the environment ends.
    slots[at + 7] = random.pick([0, 1, -1])
  }
}

// Each reader's other end keeps it ready; a listener and a datagram socket are among them.
const readers: number[] = []
const writers: number[] = []

function pair(type: number): void {
  const out = Buffer.alloc(8)
  native.socketpair(k.AF_UNIX, type | k.SOCK_NONBLOCK | k.SOCK_CLOEXEC, 0, out)
  readers.push(out.readInt32LE(0))
  writers.push(out.readInt32LE(4))
}

function poke(): void {
  const bytes = new Uint8Array(random.pick([0, 1, 100, 3000]))
  for (const fd of writers) {
    if (random.chance(0.5)) native.send(fd, bytes, k.MSG_NOSIGNAL)
    if (random.chance(0.1)) native.send(fd, bytes, k.MSG_OOB | k.MSG_NOSIGNAL, 0, Math.min(1, bytes.length))
  }
  // What nobody reads would fill the queues, and end the edges.
  const sink = new Uint8Array(70000)
  for (const fd of readers)
    for (let i = 0; i < 5 && native.recv(fd, sink, 0, sink.length, k.MSG_DONTWAIT) > 0; i++);
  for (const fd of writers) if (random.chance(0.5)) native.send(fd, bytes, k.MSG_NOSIGNAL)
}

function vandalise(): void {
  switch (random.below(7)) {
    case 0:
      return detach(slots)
    case 1:
      return newSlots()
    case 2:
      if (native.engineOpen(wake, () => {}, slots, slab, results) !== -k.EBUSY) fail('a second engine opened')
      return
    case 3:
      // The registration outlives the slot, or is made anew for another one.
      for (const fd of readers)
        native.engineWatch(
          fd,
          random.pick([0, 1, 5, 63, 600, -1, 2 ** 31 - 1]),
          random.below(2),
          random.below(1),
          1,
        )
      return
    case 4:
      return void native.engineForget(random.pick(readers))
    case 5:
      for (const [i, fd] of readers.entries()) native.engineWatch(fd, i, 0, 1, random.below(1))
      return
    default:
      return scribble()
  }
}

/** Garbage makes accept4 and the like succeed on what is no reader of ours, never; but a listener gives descriptors. */
function dispatch(count: number): void {
  dispatched++
  batches.push(count)
  if (within !== null) return within()
  if (settling) return
  if (!Number.isInteger(count) || count < 1) fail(`dispatch(${count})`)
  if (results.length > 0 && count > results.length / RESULT_WORDS) fail(`${count} results in room for fewer`)
  for (let i = 0; i < count && results.length > 0; i++) {
    const value = results[i * RESULT_WORDS + 3] as number
    const at = results[i * RESULT_WORDS + 4] as number
    if (at < 0 || at > 4096) fail(`a result at ${at} of the slab`)
    if (value < -4095) fail(`a result of ${value}`)
  }
  if (random.chance(0.3)) vandalise()
  if (random.chance(0.05)) {
    thrown++
    throw new Error('thrown by the dispatch')
  }
}

/** The wake-up in which `within` ran at the first dispatch: how many results each dispatch had. */
let batches: number[] = []
let within: (() => void) | null = null

/** Room for results is short, so the rest of a wake-up's events come to slots that the first dispatch has changed. */
async function staleGenerations(): Promise<void> {
  const room = results.length / RESULT_WORDS
  const total = room + 4
  const ends: number[] = []
  for (let i = 0; i < total; i++) {
    const out = Buffer.alloc(8)
    native.socketpair(k.AF_UNIX, k.SOCK_DGRAM | k.SOCK_NONBLOCK | k.SOCK_CLOEXEC, 0, out)
    ends.push(out.readInt32LE(0), out.readInt32LE(4))
  }
  for (const bump of [0, 1]) {
    slots.fill(0)
    for (let i = 0; i < total; i++) slots.set([ends[2 * i] as number, 5 + bump, 0, 1], i * WORDS)
    for (let i = 0; i < total; i++) native.engineWatch(ends[2 * i] as number, i, 5 + bump, 0, bump)
    batches = []
    within = () => {
      for (let i = 0; i < total; i++) if (slots[i * WORDS + 3] !== 0) (slots[i * WORDS + 1] as number) += bump
      within = null
    }
    for (let i = 0; i < total; i++) native.send(ends[2 * i + 1] as number, Uint8Array.of(1), 0, 0, 1)
    await turns(100_000)
    await new Promise((resolve) => setImmediate(resolve))
    const [first = 0, ...rest] = batches
    const after = rest.reduce((sum, count) => sum + count, 0)
    // Three results may come of each event: the next one wants room for all of them.
    if (first !== room - 2) fail(`${first} results in the first batch, not ${room - 2}`)
    if (after !== (bump === 0 ? total - first : 0))
      fail(`${after} results for ${bump ? 'strangers' : 'the rest'}`)
  }
  for (const fd of ends) native.close(fd)
}

let caught = 0
process.on('uncaughtException', (error) => {
  if (error.message !== 'thrown by the dispatch') fail(String(error.stack))
  caught++
})

for (const type of [1, 1, 2, 2, 5]) pair(type)
for (const bad of [
  [2, dispatch, slots, slab],
  [wake, null, slots, slab, results],
  [wake, dispatch, slab, slab, results],
])
  try {
    ;(native.engineOpen as (...args: unknown[]) => void)(...bad)
    fail('engineOpen took garbage')
  } catch (error) {
    if (!(error instanceof TypeError)) throw error
  }
if (native.engineOpen(wake, dispatch, slots, slab, results) !== 0) fail('the engine did not open')
native.engineRef(1)
await staleGenerations()
settling = false
for (const [i, fd] of readers.entries()) native.engineWatch(fd, i, 0, 1, 0)

/** Turns of the event loop, until the thread has had its say too. */
async function turns(most = 20): Promise<void> {
  const before = dispatched
  for (let i = 0; i < most && dispatched === before; i++)
    await new Promise((resolve) => setImmediate(resolve))
}

for (let i = 0; i < rounds; i++) {
  scribble()
  poke()
  if (random.chance(0.5)) vandalise()
  await turns()
  if (i % 50 === 0) globalThis.gc?.()
  if (slots.length < 64 * WORDS || slots.buffer.byteLength === 0) newSlots()
}
// At last without any memory: events come, and nothing is written anywhere.
const before = dispatched
detach(slots)
detach(slab)
detach(results)
for (let i = 0; i < 20; i++) {
  poke()
  await turns()
}
if (dispatched !== before) fail('results without memory for them')
slots = new Int32Array(0)
results = new Int32Array(0)
slab = new Uint8Array(0)
native.engineRef(0)
for (const fd of [...readers, ...writers]) native.close(fd)
process.on('exit', () => {
  if (caught !== thrown) fail(`${thrown} thrown, ${caught} caught`)
  if (dispatched < rounds / 10) fail(`only ${dispatched} dispatches`)
  process.stdout.write(`${JSON.stringify({ dispatched, thrown })}\n`)
})
