/** The processes of a run, pinned to a core; what they say is read line by line. None outlives the benchmark. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process'

/** Milliseconds until silence is a failure. */
const PATIENCE = 60_000

const living = new Set<Child>()

/** Ends every child that is left. */
export function endAll(): void {
  for (const each of living) each.process.kill('SIGKILL')
}
process.on('exit', endAll)

/** A contender or a load that failed: it crashed, fell silent, or had a wrong byte. */
export class Failed extends Error {}

export interface Command {
  readonly program: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>> | undefined
}

export class Child {
  readonly process: ChildProcessWithoutNullStreams
  readonly #name: string
  readonly #lines: string[] = []
  readonly #exited: Promise<void>
  #rest = ''
  #errors = ''
  #ended: string | undefined
  #ending = false
  #notify: () => void = () => {}

  /** `pin` is the program that ties it to `core`. */
  constructor(pin: string, core: number, { program, args, env }: Command) {
    this.#name = [program.replace(/^.*\//, ''), ...args.map((each) => each.replace(/^\/.*\//, ''))].join(' ')
    this.process = spawn(pin, [String(core), program, ...args], { env: { ...process.env, ...env } })
    living.add(this)
    this.process.stdin.on('error', () => {})
    this.process.stdout.setEncoding('utf8').on('data', (text: string) => {
      const lines = (this.#rest + text).split('\n')
      this.#rest = lines.pop() as string
      this.#lines.push(...lines)
      this.#notify()
    })
    this.process.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#errors = (this.#errors + text).slice(-4000)
    })
    this.process.on('error', (error) => {
      this.#errors += error.message
    })
    this.#exited = new Promise((resolve) => {
      this.process.on('close', (code, signal) => {
        this.#ended = signal ?? `status ${code}`
        living.delete(this)
        this.#notify()
        resolve()
      })
    })
  }

  get pid(): number {
    if (this.process.pid === undefined) throw new Failed(`${this.#name} did not start: ${this.#errors}`)
    return this.process.pid
  }

  /** The next line. */
  async line(): Promise<string> {
    const end = Date.now() + PATIENCE
    for (;;) {
      const line = this.#lines.shift()
      if (line !== undefined) return line
      if (this.#ended !== undefined) throw this.#failure(`ended (${this.#ended})`)
      if (Date.now() >= end) throw this.#failure('fell silent')
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, end - Date.now())
        this.#notify = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }

  /** The next line, which must be this word; what follows the word. */
  async expect(word: string): Promise<string> {
    const line = await this.line()
    if (line !== word && !line.startsWith(`${word} `)) throw this.#failure(`said ${JSON.stringify(line)}`)
    return line.slice(word.length + 1)
  }

  async json<T>(): Promise<T> {
    const line = await this.line()
    try {
      return JSON.parse(line) as T
    } catch {
      throw this.#failure(`said ${JSON.stringify(line)}`)
    }
  }

  go(): void {
    this.process.stdin.write('go\n')
  }

  /** Asks for the counters. */
  tell<T>(): Promise<T> {
    this.process.kill('SIGUSR2')
    return this.json<T>()
  }

  /** Waits for it to end by itself; anything but status 0 is a failure. */
  async finish(): Promise<void> {
    this.#ending = true
    this.process.stdin.end()
    await this.#exited
    if (this.#ended !== 'status 0') throw this.#failure(`ended (${this.#ended})`)
  }

  /** Ends it, unless it was to end by itself and has. A server that has ended before has failed. */
  async end(): Promise<void> {
    const early = this.#ending ? undefined : this.#ended
    this.#ending = true
    this.process.kill('SIGKILL')
    await this.#exited
    if (early !== undefined) throw this.#failure(`ended (${early})`)
  }

  #failure(what: string): Failed {
    const said = this.#errors.trim()
    return new Failed(`${this.#name}: ${what}${said === '' ? '' : `\n${said}`}`)
  }
}
