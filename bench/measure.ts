/** What /proc tells of a process, a socket and the machine. */
import { readdirSync, readFileSync } from 'node:fs'
import { Failed } from './child.js'

/** Ticks of /proc/PID/stat in a second (USER_HZ, the same on every machine Linux runs on today). */
const TICKS = 100

interface Reading {
  /** Seconds, in ticks of 10 ms. */
  readonly user: number
  readonly system: number
  /** Seconds on a core, all threads, to the nanosecond. */
  readonly cpu: number
  /** Seconds that the main thread was ready to run, and something else had the core. */
  readonly waited: number
}

const NOTHING: Reading = { user: 0, system: 0, cpu: 0, waited: 0 }

/** A file of a process, which may have ended: what is measured lives for as long as it is. */
function processFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch (cause) {
    throw new Failed(`process ${pid} has ended while it was measured`, { cause })
  }
}

function read(pid: number): Reading {
  // The name of the program is in parentheses, and may hold any of these.
  const stat = processFile(pid, 'stat')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  let cpu = 0
  for (const task of tasks(pid)) cpu += schedule(`/proc/${pid}/task/${task}`)[0]
  return {
    user: Number(fields[11]) / TICKS,
    system: Number(fields[12]) / TICKS,
    cpu,
    waited: schedule(`/proc/${pid}`)[1],
  }
}

function tasks(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`)
  } catch {
    return []
  }
}

function difference(after: Reading, before: Reading = NOTHING): Reading {
  return {
    user: after.user - before.user,
    system: after.system - before.system,
    cpu: after.cpu - before.cpu,
    waited: after.waited - before.waited,
  }
}

/** Seconds on a core and in its queue. A thread may have ended meanwhile. */
function schedule(folder: string): [run: number, wait: number] {
  try {
    const [run, wait] = readFileSync(`${folder}/schedstat`, 'utf8').split(' ')
    return [Number(run) / 1e9, Number(wait) / 1e9]
  } catch {
    return [0, 0]
  }
}

/** Bytes of resident memory. */
export function resident(pid: number): number {
  const found = /^VmRSS:\s*(\d+) kB$/m.exec(processFile(pid, 'status'))
  if (found === null) throw new Error(`no memory of process ${pid}`)
  return Number(found[1]) * 1024
}

/** Of the UDP socket on that port: bytes that wait in it, datagrams that it had no room for. */
export function udpSocket(port: number): { queued: number; dropped: number } {
  const name = port.toString(16).toUpperCase().padStart(4, '0')
  for (const line of readFileSync('/proc/net/udp', 'utf8').split('\n').slice(1)) {
    const fields = line.trim().split(/\s+/)
    // The socket connected to that port is another.
    if (!fields[1]?.endsWith(`:${name}`)) continue
    return { queued: Number.parseInt(fields[4]?.split(':')[1] ?? '', 16), dropped: Number(fields.at(-1)) }
  }
  throw new Error(`no UDP socket on port ${port}`)
}

/** Seconds that a core was busy, and that the hypervisor gave it to others; in ticks. */
function core(number: number): { busy: number; stolen: number } {
  for (const line of readFileSync('/proc/stat', 'utf8').split('\n')) {
    const [name, ...fields] = line.split(/\s+/)
    if (name !== `cpu${number}`) continue
    const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, stolen = 0] = fields.map(Number)
    return { busy: (user + nice + system + irq + softirq) / TICKS, stolen: stolen / TICKS }
  }
  throw new Error(`no core ${number}`)
}

export interface Watched {
  readonly user: number
  readonly system: number
  readonly cpu: number
  /** The processor time of the load. */
  readonly loadCpu: number
  /** Shares of the time. */
  readonly disturbed: number
  readonly stolen: number
}

/**
 * Watches a contender and its load, each on its core, from the making of this to `end()`. A process that lacked its core had
 * to wait for it while others had it: the waiting alone would also be the time that a sleeping core takes to wake up, the
 * others alone may have had it while it was not wanted.
 */
export class Watch {
  readonly #pids: readonly [contender: number, load: number]
  readonly #cores: readonly [contender: number, load: number]
  readonly #start = performance.now()
  readonly #before: readonly Reading[]
  readonly #coresBefore: readonly ReturnType<typeof core>[]

  constructor(pids: readonly [number, number], cores: readonly [number, number]) {
    this.#pids = pids
    this.#cores = cores
    this.#coresBefore = cores.map(core)
    this.#before = pids.map(read)
  }

  end(): Watched {
    const used = this.#pids.map((pid, i) => difference(read(pid), this.#before[i])) as [Reading, Reading]
    const seconds = (performance.now() - this.#start) / 1e3
    const shared = this.#cores[0] === this.#cores[1]
    let disturbed = 0
    let stolen = 0
    for (const [i, number] of this.#cores.entries()) {
      const now = core(number)
      const before = this.#coresBefore[i] ?? now
      const { cpu, waited } = used[i] as Reading
      const own = shared ? used[0].cpu + used[1].cpu : cpu
      const others = Math.max(0, now.busy - before.busy - own)
      disturbed = Math.max(disturbed, Math.min(waited, others) / seconds)
      stolen = Math.max(stolen, (now.stolen - before.stolen) / seconds)
    }
    const [{ user, system, cpu }, load] = used
    return { user, system, cpu, loadCpu: load.cpu, disturbed, stolen }
  }
}
