/**
 * What every contender in JavaScript does alike: its task (name=value arguments), the pattern, the counters, and how it
 * talks with the benchmark. No more than `node:*`, which Bun has as well.
 */
import { readSync, writeSync } from 'node:fs'

const given = new Map(
  process.argv.slice(2).map((each) => {
    const at = each.indexOf('=')
    return [each.slice(0, at), each.slice(at + 1)] as const
  }),
)

function number(name: string, otherwise: number): number {
  return Number(given.get(name) ?? otherwise)
}

/** What is to be done; workload.ts says what the names mean. */
export const task = {
  role: given.get('role') ?? '',
  kind: given.get('kind') ?? 'tcp',
  by: given.get('by') ?? '',
  /** Where to listen, if it is of a kind that has paths. */
  path: given.get('at') ?? '',
  /** The port to send to. */
  port: number('to', 0),
  size: number('size', 64),
  read: number('read', 65536),
  whole: number('whole', 0) === 1,
  warm: number('warm', 100),
  ms: number('ms', 500),
  count: number('count', 1),
}

/** Byte i of everything that is sent is (first + i) % PERIOD. */
export const PERIOD = 251
const MOST = 1 << 20
export const pattern: Buffer = Buffer.from(Uint8Array.from({ length: MOST + PERIOD }, (_, i) => i % PERIOD))

/** How many of the bytes of a chunk of bulk are wrong: its ends are looked at, or all where correctness alone matters. */
export function wrongIn(bytes: Uint8Array, length: number, position: number): number {
  if (task.whole) {
    const first = position % PERIOD
    return pattern.compare(bytes, 0, length, first, first + length) === 0 ? 0 : 1
  }
  const first = bytes[0] === position % PERIOD ? 0 : 1
  return bytes[length - 1] === (position + length - 1) % PERIOD ? first : first + 1
}

/** The counters that a datagram's receiver tells of. */
export const counters = { messages: 0, bytes: 0, wrong: 0 }

/** Counts the datagram in `length` bytes at `offset`. */
export function count(bytes: Uint8Array, offset: number, length: number): void {
  counters.messages++
  counters.bytes += length
  const first = bytes[offset] as number
  if (task.whole) {
    if (length !== task.size || pattern.compare(bytes, offset, offset + length, first, first + length) !== 0)
      counters.wrong++
  } else if (length !== task.size || bytes[offset + length - 1] !== (first + length - 1) % PERIOD)
    counters.wrong++
}

function say(line: string): void {
  writeSync(1, `${line}\n`)
}

/** A server says where it is; from then on it tells its counters at each SIGUSR2. */
export function ready(port: number): void {
  process.on('SIGUSR2', () => say(JSON.stringify(counters)))
  say(`ready ${port === 0 ? task.path : port}`)
}

/** Warm: waits for the measuring side to take its readings. Blocks. */
function go(): void {
  say('warm')
  if (readSync(0, Buffer.alloc(16), 0, 16, null) === 0) process.exit(1)
}

interface Phase {
  readonly until: number
  readonly longest: number
  readonly least: number
}

/** A count that is far away is not waited for longer than this many times the time that was asked for. */
const LONGEST = 15

/** Whether to go on after `n` messages. */
export function more(phase: Phase, n: number): boolean {
  const now = performance.now()
  return now < phase.until || (n < phase.least && now < phase.longest)
}

function begin(ms: number, least: number): Phase {
  const start = performance.now()
  return { until: start + ms, longest: start + LONGEST * ms, least }
}

function tell(messages: number, seconds: number): void {
  say(JSON.stringify({ messages, bytes: messages * task.size, seconds, idle: 0, lost: 0 }))
  // The readings are taken while the process lives; the benchmark ends it.
  setInterval(() => {}, 1 << 30)
}

/** Does the work until it is warm, waits, does it again and tells of it. `work` gives how many messages it had. */
export async function measured(work: (phase: Phase) => Promise<number>): Promise<void> {
  await work(begin(task.warm, 1))
  go()
  const start = performance.now()
  tell(await work(begin(task.ms, task.count)), (performance.now() - start) / 1e3)
}

/** The same, blocking. */
export function measuredSync(work: (phase: Phase) => number): void {
  work(begin(task.warm, 1))
  go()
  const start = performance.now()
  tell(work(begin(task.ms, task.count)), (performance.now() - start) / 1e3)
}

/** The 251 datagrams there are, by their first byte. */
export const datagrams: readonly Buffer[] = Array.from({ length: PERIOD }, (_, first) =>
  pattern.subarray(first, first + task.size),
)

/** The reader of the line that asks a source for bytes: gives the number once it is there. */
export function lineReader(): (chunk: Uint8Array) => number | undefined {
  let line = ''
  return (chunk) => {
    line += Buffer.from(chunk).toString('latin1')
    return line.endsWith('\n') ? Number(line) : undefined
  }
}

/** The peers end their connections by a reset, so as to leave no TIME_WAIT. Anything else is a failure. */
export function unlessReset(error: unknown): void {
  const code = (error as { code?: string }).code
  if (code !== 'ECONNRESET' && code !== 'EPIPE') throw error
}

/** The role's part of a contender; what it has none for ends it. */
export async function perform(roles: Readonly<Record<string, () => unknown>>): Promise<void> {
  const part = roles[task.role]
  if (part === undefined) throw new Error(`no ${task.role} here`)
  await part()
}
