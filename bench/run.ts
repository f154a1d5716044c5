/** One contender's run of one workload, each process on its core. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Child, type Command, Failed } from './child.js'
import { program } from './compile.js'
import type { Contender } from './contenders.js'
import { resident, udpSocket, Watch } from './measure.js'
import type { Form, Sample, Shape, Workload } from './workload.js'

/** The core of the contender, and of the load. */
export type Cores = readonly [contender: number, load: number]

export type Figures = Omit<Sample, 'workload' | 'contender' | 'round' | 'place'>

/** What a load, or a contender that does the work, tells at its end. */
interface Result {
  readonly messages: number
  readonly bytes: number
  readonly seconds: number
  readonly idle: number
  readonly lost: number
}

interface Counters {
  readonly messages: number
  readonly bytes: number
  readonly wrong: number
}

/** Milliseconds between two looks at what has no event to wait for. */
const LOOK = 5
/** Connections that come before those whose memory counts. */
const BEFORE = 200

/** The folder of the unix sockets' names. */
let folder: string | undefined
let names = 0

function freshPath(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), 'berkeley-bench-'))
    process.on('exit', () => rmSync(made, { recursive: true, force: true }))
    folder = made
  }
  return join(folder, String(names++))
}

type Values = Readonly<Record<string, string | number | undefined>>

const listed = (values: Values): string[] =>
  Object.entries(values).flatMap(([name, value]) => (value === undefined ? [] : [`${name}=${value}`]))

/** Runs a contender once. Throws `Failed` when it, or the load, crashes, falls silent, or has a wrong byte. */
export async function measure(
  workload: Workload,
  contender: Contender,
  form: Form,
  cores: Cores,
): Promise<Figures> {
  const run = new Run(workload, contender, form, cores)
  let figures: Figures
  try {
    figures = await run[workload.shape]()
  } catch (error) {
    // A server that crashed fails its load: both are worth knowing.
    const others = await run.end()
    throw error instanceof Failed ? new Failed([...new Set([error.message, ...others])].join('\n')) : error
  }
  const failures = await run.end()
  if (failures.length > 0) throw new Failed(failures.join('\n'))
  return figures
}

class Run implements Record<Shape, () => Promise<Figures>> {
  readonly #workload: Workload
  readonly #command: Command
  readonly #form: Form
  readonly #cores: Cores
  readonly #children: Child[] = []

  constructor(workload: Workload, contender: Contender, form: Form, cores: Cores) {
    this.#workload = workload
    this.#command = contender.command(workload.task)
    this.#form = form
    this.#cores = cores
  }

  /** Ends all processes, the servers last; what had ended before it should. */
  async end(): Promise<string[]> {
    const failures: string[] = []
    for (const child of this.#children.reverse())
      await child.end().catch((error: Error) => failures.push(error.message))
    return failures
  }

  async served(): Promise<Figures> {
    const [server, at] = await this.#server()
    const load = this.#load({ at, ...this.#times })
    await load.expect('warm')
    const watch = this.#watch(server, load)
    load.go()
    const result = await load.json<Result>()
    const used = watch.end()
    await load.finish()
    return { ...told(result), ...used, loadIdle: result.idle }
  }

  async flooded(): Promise<Figures> {
    const [server, at] = await this.#server()
    const port = Number(at)
    const load = this.#load({ at, ...this.#times })
    await load.expect('warm')
    const countersBefore = await settled(server, port)
    const droppedBefore = udpSocket(port).dropped
    const watch = this.#watch(server, load)
    load.go()
    const result = await load.json<Result>()
    const counters = await settled(server, port)
    const used = watch.end()
    await load.finish()
    if (counters.wrong > 0) throw new Failed(`${counters.wrong} wrong datagrams were received`)
    const messages = counters.messages - countersBefore.messages
    const dropped = udpSocket(port).dropped - droppedBefore
    return {
      messages,
      bytes: counters.bytes - countersBefore.bytes,
      seconds: result.seconds,
      ...used,
      loadIdle: result.idle,
      lost: result.messages - messages,
      // Those that the kernel has put together it drops together, and counts as one.
      ...(this.#command.args.includes('by=segments') ? {} : { dropped }),
    }
  }

  async driven(): Promise<Figures> {
    const peer = this.#load({ whole: 1 })
    const at = await peer.expect('ready')
    const contender = this.#start(this.#cores[0], this.#task({ to: at, ...this.#times }))
    await contender.expect('warm')
    const datagrams = this.#workload.task.kind === 'udp'
    const countersBefore = datagrams ? await settled(peer, Number(at)) : undefined
    const watch = this.#watch(contender, peer)
    contender.go()
    const result = await contender.json<Result>()
    const used = watch.end()
    const figures = {
      ...told(result),
      ...used,
      loadIdle: Math.max(0, 1 - used.loadCpu / result.seconds),
    }
    if (countersBefore === undefined) return figures
    const counters = await settled(peer, Number(at))
    if (counters.wrong > 0) throw new Failed(`${counters.wrong} wrong datagrams were sent`)
    const arrived = counters.messages - countersBefore.messages
    if (arrived === 0 || arrived > result.messages)
      throw new Failed(`${result.messages} datagrams were sent, ${arrived} arrived`)
    return { ...figures, lost: result.messages - arrived }
  }

  async held(): Promise<Figures> {
    const [server, at] = await this.#server()
    const { held, rest } = this.#form
    const load = this.#load({ at, hold: held, before: Math.min(BEFORE, held) })
    await load.expect('warm')
    await sleep(rest)
    const memory = resident(server.pid)
    const watch = this.#watch(server, load)
    const start = performance.now()
    load.go()
    await load.expect('held')
    const seconds = (performance.now() - start) / 1e3
    const used = watch.end()
    await sleep(rest)
    const grown = resident(server.pid) - memory
    load.go()
    await load.finish()
    return {
      messages: held,
      bytes: 0,
      seconds,
      ...used,
      loadIdle: Math.max(0, 1 - used.loadCpu / seconds),
      memory: grown,
    }
  }

  async spawned(): Promise<Figures> {
    const { program: started, args, env } = this.#command
    const load = this.#start(this.#cores[0], {
      program: program(this.#workload.peer),
      args: [`count=${this.#form.starts}`, '--', started, ...args],
      env,
    })
    const { messages, seconds, user, system } = await load.json<Result & { user: number; system: number }>()
    await load.finish()
    return {
      messages,
      bytes: 0,
      seconds,
      user,
      system,
      cpu: user + system,
      loadCpu: 0,
      disturbed: 0,
      stolen: 0,
      loadIdle: 1,
    }
  }

  get #times(): Values {
    const { warm, ms, count } = this.#form
    return { warm, ms, count }
  }

  #start(core: number, command: Command): Child {
    const child = new Child(program('pin'), core, command)
    this.#children.push(child)
    return child
  }

  #task(more: Values): Command {
    const { args } = this.#command
    return {
      ...this.#command,
      args: [...args, ...listed({ ...this.#workload.task, whole: this.#form.whole ? 1 : 0, ...more })],
    }
  }

  #watch(contender: Child, load: Child): Watch {
    return new Watch([contender.pid, load.pid], this.#cores)
  }

  async #server(): Promise<[Child, at: string]> {
    const { kind } = this.#workload.task
    const at = kind === 'tcp' || kind === 'udp' ? '0' : freshPath()
    const server = this.#start(this.#cores[0], this.#task({ at }))
    return [server, await server.expect('ready')]
  }

  #load(more: Values): Child {
    const { task, args, peer } = this.#workload
    return this.#start(this.#cores[1], {
      program: program(peer),
      args: listed({ kind: task.kind, size: task.size, ...args, ...more }),
    })
  }
}

const told = ({ messages, bytes, seconds, lost }: Result) => ({
  messages,
  bytes,
  seconds,
  ...(lost > 0 ? { lost } : {}),
})

/** The counters, once nothing waits in the socket and they have come to rest. */
async function settled(receiver: Child, port: number): Promise<Counters> {
  let last = await receiver.tell<Counters>()
  for (;;) {
    await sleep(LOOK)
    const counters = await receiver.tell<Counters>()
    if (udpSocket(port).queued === 0 && counters.messages === last.messages) return counters
    last = counters
  }
}
