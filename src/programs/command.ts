/** A command whose standard input and output are a connection. */
import { type ChildProcess, spawn } from 'node:child_process'
import type { Readable, Writable } from 'node:stream'
import { Input, type Shape } from './input.js'
import type { Side } from './session.js'

/** Most that run at once. */
export const MOST = 100

/**
 * Runs a command, a text by the shell, a list as it is. It gets pipes and not the socket: ours never block, which
 * ordinary programs are not made for. Its errors go where ours go.
 */
export class Command implements Side {
  /** It is over, and has said all it had to say. */
  readonly closed: Promise<void>
  readonly #child: ChildProcess
  readonly #input: Input
  readonly #stdin: Writable
  #over = false
  #killed = false
  #error: Error | undefined

  constructor(command: string | readonly string[], shape: Shape = {}) {
    const [file = '', ...args] = typeof command === 'string' ? ['/bin/sh', '-c', command] : command
    // A process group of its own, so that what a shell started ends with it.
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
    this.#child = child
    this.closed = new Promise((resolve) => {
      const close = (): void => {
        this.#over = true
        resolve()
      }
      child.on('close', close)
      child.on('error', (error) => {
        this.#error ??= error
        if (child.pid === undefined) close()
      })
    })
    // Without a process there are no streams either.
    const { stdin, stdout } = child as { stdin?: Writable | null; stdout?: Readable | null }
    if (!stdin || !stdout) throw new Error(`${file} could not be started`)
    this.#stdin = stdin
    // A command need not read to the end: the rest is dropped.
    stdin.on('error', () => {})
    this.#input = new Input(untilDestroyed(stdout), shape)
  }

  next(): Promise<Uint8Array | undefined> {
    return this.#input.next()
  }

  cancel(): void {
    this.#input.cancel()
  }

  write(data: Uint8Array): void | Promise<void> {
    const stdin = this.#stdin
    if (!stdin.writable || stdin.write(data)) return
    return new Promise((resolve) => {
      const done = (): void => {
        stdin.off('drain', done)
        stdin.off('close', done)
        resolve()
      }
      stdin.on('drain', done)
      stdin.on('close', done)
    })
  }

  finish(): void {
    this.#stdin.end()
  }

  /** Ends it, should it still run. */
  close(): void {
    if (this.#over) return
    this.#killed = true
    this.#stdin.destroy()
    this.#child.stdout?.destroy()
    this.#child.unref()
    try {
      if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGTERM')
    } catch {
      // Over already.
    }
  }

  /** Why it failed, once it is over: it could not start, or ended with another code than 0. */
  get failure(): Error | undefined {
    if (this.#killed) return undefined
    const { exitCode, signalCode } = this.#child
    if (this.#error !== undefined) return this.#error
    // Nobody wanted to hear the rest of it.
    if (signalCode === 'SIGPIPE') return undefined
    if (signalCode !== null) return new Error(`the command was ended by ${signalCode}`)
    return exitCode === 0 || exitCode === null
      ? undefined
      : new Error(`the command ended with exit code ${exitCode}`)
  }
}

/** A stream's chunks; its being destroyed is an end like any other. */
async function* untilDestroyed(stream: Readable): AsyncGenerator<Uint8Array> {
  try {
    for await (const chunk of stream) yield chunk as Buffer
  } catch (error) {
    if (!stream.destroyed) throw error
  }
}
