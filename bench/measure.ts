/** What /proc tells of a process, a socket and the machine. */
import { readdirSync, readFileSync } from 'node:fs'

/** Ticks of /proc/PID/stat in a second (USER_HZ, the same on every machine Linux runs on today). */
const TICKS = 100

export interface Reading {
  /** Seconds, in ticks of 10 ms. */
  readonly user: number
  readonly system: number
  /** Seconds on a core, all threads, to the nanosecond. */
  readonly cpu: number
  /** Seconds that the main thread was ready to run, and something else had the core. */
  readonly waited: number
}

const NOTHING: Reading = { user: 0, system: 0, cpu: 0, waited: 0 }

export function read(pid: number): Reading {
  // The name of the program is in parentheses, and may hold any of these.
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  let cpu = 0
  for (const task of readdirSync(`/proc/${pid}/task`)) cpu += schedule(`/proc/${pid}/task/${task}`)[0]
  return {
    user: Number(fields[11]) / TICKS,
    system: Number(fields[12]) / TICKS,
    cpu,
    waited: schedule(`/proc/${pid}`)[1],
  }
}

export function difference(after: Reading, before: Reading = NOTHING): Reading {
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
  const found = /^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))
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

/** Seconds that the hypervisor gave the cores to others. */
export function stolen(cores: readonly number[]): number {
  let ticks = 0
  for (const line of readFileSync('/proc/stat', 'utf8').split('\n')) {
    const [name, ...fields] = line.split(/\s+/)
    if (cores.some((core) => name === `cpu${core}`)) ticks += Number(fields[7])
  }
  return ticks / TICKS
}
