/** Runs the built command line and its peers as child processes, waits for what they say, and ends them all. */
import assert from 'node:assert/strict'
import { type ChildProcessWithoutNullStreams, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../../', import.meta.url))
export const main: string = join(root, 'dist/programs/main.js')

/** The path of a file beside the sources of these tests. */
export function beside(name: string): string {
  return join(root, 'test/programs', name)
}

/** No wait is longer; a test that comes here has failed. */
const DEADLINE = 10_000

export type Json = Record<string, unknown>

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>
  /** Leaves standard output unread, so that its pipe fills up. */
  readonly deaf?: boolean
  /** Runs it in a process group of its own and ends all of that: for a shell, whose children would stay. */
  readonly group?: boolean
}

const living = new Set<Program>()
process.on('exit', () => {
  for (const each of living) each.kill('SIGKILL')
})

/** A child process. `await using` kills it, should it still run at the end of the test. */
export class Program implements AsyncDisposable {
  readonly child: ChildProcessWithoutNullStreams
  readonly pid: number
  readonly #what: string
  readonly #group: boolean
  #bytes: Buffer[] = []
  #out = ''
  #err = ''
  #outAt = 0
  #errAt = 0
  readonly #events: Json[] = []
  #eventsFrom = 0
  #closed = false
  #wake: () => void = () => {}
  #changed!: Promise<void>

  constructor(command: string, args: readonly string[], options: RunOptions = {}) {
    this.#what = `${command.replace(/^.*\//, '')} ${args.map((arg) => arg.slice(0, 60)).join(' ')}`
    this.#group = options.group === true
    this.#renew()
    const env = { ...process.env, COLUMNS: '80', ...options.env }
    this.child = spawn(command, args, { env, detached: this.#group })
    this.pid = this.child.pid ?? 0
    living.add(this)
    // A peer may be gone before it has read everything.
    this.child.stdin.on('error', () => {})
    this.child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
      this.#tell()
    })
    if (options.deaf !== true) this.listen()
    this.child.on('close', () => {
      this.#closed = true
      living.delete(this)
      this.#tell()
    })
  }

  /** Reads standard output; for a program that was started deaf. */
  listen(): void {
    const decoder = new TextDecoder()
    this.child.stdout.on('data', (chunk: Buffer) => {
      this.#bytes.push(chunk)
      this.#out += decoder.decode(chunk, { stream: true })
      for (;;) {
        const end = this.#out.indexOf('\n', this.#eventsFrom)
        if (end < 0) break
        const line = this.#out.slice(this.#eventsFrom, end)
        if (line.startsWith('{"event":')) this.#events.push(JSON.parse(line) as Json)
        this.#eventsFrom = end + 1
      }
      this.#tell()
    })
  }

  #renew(): void {
    this.#changed = new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  #tell(): void {
    this.#wake()
    this.#renew()
  }

  /** What standard output has said so far. */
  get out(): string {
    return this.#out
  }

  get bytes(): Buffer {
    this.#bytes = [Buffer.concat(this.#bytes)]
    return this.#bytes[0] as Buffer
  }

  get err(): string {
    return this.#err
  }

  /** Waits until `look` finds something; fails at once when the program is over and there is nothing. */
  async until<T>(look: () => T | undefined, expected: string): Promise<T> {
    const limit = AbortSignal.timeout(DEADLINE)
    const late = once(limit, 'abort')
    for (;;) {
      const found = look()
      if (found !== undefined) return found
      const why = limit.aborted ? `within ${DEADLINE} ms` : this.#closed ? 'before its end' : undefined
      if (why !== undefined)
        assert.fail(
          `${this.#what}: expected ${expected} ${why}\nstdout: ${this.#out.slice(-2000)}\nstderr: ${this.#err}`,
        )
      await Promise.race([this.#changed, late])
    }
  }

  /** The next match on standard output behind the last one found. */
  says(pattern: RegExp | string): Promise<RegExpExecArray> {
    const regexp = typeof pattern === 'string' ? new RegExp(literally(pattern)) : pattern
    return this.until(() => {
      const found = regexp.exec(this.#out.slice(this.#outAt))
      if (found === null) return undefined
      this.#outAt += found.index + found[0].length
      return found
    }, `${regexp} on stdout`)
  }

  /** The next match on standard error. */
  complains(pattern: RegExp): Promise<RegExpExecArray> {
    return this.until(() => {
      const found = pattern.exec(this.#err.slice(this.#errAt))
      if (found === null) return undefined
      this.#errAt += found.index + found[0].length
      return found
    }, `${pattern} on stderr`)
  }

  /** The first event of this name, not yet taken, whose fields are these. */
  event(name: string, fields: Json = {}): Promise<Json> {
    return this.until(
      () => {
        const at = this.#events.findIndex(
          (event) =>
            event.event === name && Object.entries(fields).every(([key, value]) => event[key] === value),
        )
        return at < 0 ? undefined : this.#events.splice(at, 1)[0]
      },
      `event ${name} ${JSON.stringify(fields)}`,
    )
  }

  /** The events that nobody has taken. */
  get rest(): readonly Json[] {
    return this.#events
  }

  write(data: string | Uint8Array): void {
    this.child.stdin.write(data)
  }

  /** The end of standard input. */
  end(data = ''): void {
    this.child.stdin.end(data)
  }

  kill(signal: NodeJS.Signals): void {
    if (this.#closed) return
    if (this.#group) process.kill(-this.pid, signal)
    else this.child.kill(signal)
  }

  /** Waits for the end, and fails unless it is an exit with this code. */
  async exits(code: number): Promise<void> {
    await this.until(() => (this.#closed ? true : undefined), `the end, with exit code ${code}`)
    const { exitCode, signalCode } = this.child
    assert.equal(
      signalCode ?? exitCode,
      code,
      `${this.#what}: exit code\nstdout: ${this.#out.slice(-2000)}\nstderr: ${this.#err}`,
    )
  }

  /** Megabytes of memory that the process had at most so far. */
  peakMegabytes(): number {
    const status = readFileSync(`/proc/${this.pid}/status`, 'utf8')
    return Number(/^VmHWM:\s*(\d+) kB$/m.exec(status)?.[1]) / 1024
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#closed) return
    this.kill('SIGKILL')
    this.child.stdout.resume()
    await once(this.child, 'close', { signal: AbortSignal.timeout(DEADLINE) })
  }
}

function literally(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}

/** `berkeley ARGS`, of the build. */
export function berkeley(args: readonly string[], options?: RunOptions): Program {
  return new Program(process.execPath, [main, ...args], options)
}

/** `berkeley ARGS --json` that serves something, and where it listens. */
export async function serving(
  args: readonly string[],
  options?: RunOptions,
): Promise<{ server: Program; endpoint: string; port: number }> {
  const server = berkeley([...args, '--json'], options)
  try {
    const { endpoint } = (await server.event('listening')) as { endpoint: string }
    return { server, endpoint, port: Number(/:(\d+)$/.exec(endpoint)?.[1] ?? 0) }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

/** Waits until something is so that tells nobody of itself: it is looked at again and again, within the deadline. */
export async function becomes(what: string, look: () => boolean): Promise<void> {
  for (const end = Date.now() + DEADLINE; !look(); await sleep(5))
    assert.ok(Date.now() < end, `${what} within ${DEADLINE} ms`)
}

let interpreter: string | undefined

/** The interpreter itself: the name on PATH may be a slow shell script that looks for it. */
export function pythonPath(): string {
  interpreter ??=
    spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).stdout?.trim() ||
    'python3'
  return interpreter
}

/** A python3 script from `peers/`. */
export function script(name: string, ...args: readonly string[]): Program {
  return new Program(pythonPath(), ['-I', '-S', '-u', beside(`peers/${name}`), ...args])
}

/** A fresh directory, removed at the end of the test. */
export function temporary(): Disposable & { readonly path: string; file(name: string): string } {
  const path = mkdtempSync(join(tmpdir(), 'berkeley-'))
  return {
    path,
    file: (name) => join(path, name),
    [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }),
  }
}

let names = 0
/** An abstract name that nobody else has. */
export function abstractName(): string {
  return `@berkeley-${process.pid}-${++names}`
}
