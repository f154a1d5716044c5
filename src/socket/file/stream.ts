/**
 * The inside of a file: its buffers, and what the calls on it do. That is written once, as steps: a generator that
 * yields each wait for the kernel and is given its result. One driver awaits the waits, the other blocks on them.
 */
import { SystemError } from '../../data/errors.js'
import { EBADF, EBUSY, ECANCELED, EMSGSIZE } from '../../data/kernel.js'
import { block } from '../../engine/block.js'
import type { Wait } from '../../engine/wait.js'
import type { Core } from '../core.js'
import { closeWhenUnused } from '../descriptor.js'
import { recvInto } from '../reads.js'
import { start } from '../send.js'
import { Send, Sendall, type Writing } from '../transmit.js'
import { Input, type Piece, type Reading } from './input.js'
import type { Nature } from './mode.js'
import { Output } from './output.js'
import { Turns } from './turns.js'

/** A wait that is yielded comes back as its result. */
export type Steps<R> = Generator<Wait<unknown>, R, number>

/** What is asked of the input: the answer, or undefined while more is needed. `ended`: no more can come. */
export type Ask<R> = (ended: boolean) => R | undefined

type Direction = 'read' | 'write'

const DONE: Promise<void> = Promise.resolve()
/** Most bytes that `read()` and `readlines()` gather: what comes of a peer has an end. */
export const MOST: number = 256 * 1024 * 1024
/** As many bytes as one read takes at most. */
const PIECE = 1024 * 1024

export class Stream<T> {
  readonly core: Core
  readonly nature: Nature
  readonly input: Input<T>
  readonly #output: Output
  readonly #turns: Readonly<Record<Direction, Turns>> = { read: new Turns(), write: new Turns() }
  readonly #waiting: Record<Direction, Wait<unknown> | null> = { read: null, write: null }
  // Why no further wait is begun.
  readonly #refused: Record<Direction, Error | null> = { read: null, write: null }
  #ending: Promise<void> | undefined

  constructor(core: Core, nature: Nature) {
    this.core = core
    this.nature = nature
    this.input = new Input<T>(nature.reading as Reading<unknown> as Reading<T>)
    this.#output = new Output(nature.size)
    core.files++
  }

  get closed(): boolean {
    return this.#ending !== undefined
  }

  get readable(): boolean {
    return this.nature.mode.includes('r')
  }

  get writable(): boolean {
    return this.nature.mode.includes('w')
  }

  /** The file is open, for `direction` if one is named. */
  check(direction?: Direction): void {
    if (this.closed) throw this.core.failure(-EBADF, direction ?? 'file', { hint: 'the file is closed' })
    if (direction === 'read' && !this.readable)
      throw new TypeError('expected a file that is open for reading')
    if (direction === 'write' && !this.writable)
      throw new TypeError('expected a file that is open for writing')
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────

  /** `want` tells from the bytes that are here how many more there should be. */
  take<R>(ask: Ask<R>, want: (have: number) => number, signal?: AbortSignal): Promise<R> {
    try {
      if (signal?.aborted) throw signal.reason
      this.check('read')
      if (!this.#turns.read.taken) {
        const answer = ask(false)
        if (answer !== undefined) return Promise.resolve(answer)
      }
      return this.#run('read', () => this.#reading(ask, want), signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  takeSync<R>(ask: Ask<R>, want: (have: number) => number): R {
    this.check('read')
    return this.#runSync('read', this.#reading(ask, want))
  }

  *#reading<R>(ask: Ask<R>, want: (have: number) => number): Steps<R> {
    const { core, input, nature } = this
    for (let ended = false; ; ) {
      const answer = ask(ended)
      if (answer !== undefined) return answer
      const size = Math.max(1, nature.size, Math.min(want(input.length), PIECE))
      const came = yield recvInto(core, input.room(size))
      input.filled(came)
      ended = came === 0
    }
  }

  /** The next line as long as the file's limit allows; undefined while it is not whole. */
  line(from: number, ended: boolean): Piece<T> | undefined {
    const piece = this.input.line(from, Number.POSITIVE_INFINITY, ended)
    const { limit } = this.nature
    if ((piece?.end ?? this.input.length) - from <= limit) return piece
    throw this.#tooLong(`the line has more than ${limit} bytes: readline(limit) takes it in pieces`)
  }

  /** Everything, once it is over. */
  everything(ended: boolean): Piece<T> | undefined {
    this.bound(ended)
    return this.input.all(ended)
  }

  bound(ended: boolean): void {
    if (!ended && this.input.length > MOST)
      throw this.#tooLong(`more than ${MOST} bytes have come: read(size) takes them in pieces`)
  }

  #tooLong(hint: string): SystemError {
    return this.core.failure(-EMSGSIZE, 'recv', { hint })
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────

  /** Whether `bytes` can just be put into the buffer, and have been. */
  put(bytes: Uint8Array): boolean {
    if (this.#turns.write.taken || this.#flushesAfter(bytes) || !this.#fits(bytes)) return false
    this.#output.put(bytes)
    return true
  }

  #fits(bytes: Uint8Array): boolean {
    return this.nature.size > 0 && this.#output.fits(bytes.length)
  }

  #flushesAfter(bytes: Uint8Array): boolean {
    return this.nature.lineBuffered && (bytes.includes(10) || bytes.includes(13))
  }

  give<R>(steps: () => Steps<R>, signal?: AbortSignal): Promise<R> {
    try {
      if (signal?.aborted) throw signal.reason
      return this.#run('write', steps, signal)
    } catch (error) {
      return Promise.reject(error)
    }
  }

  giveSync<R>(steps: Steps<R>): R {
    return this.#runSync('write', steps)
  }

  /** How many of the bytes were taken: all, but for a file without a buffer. A failure's `bytesSent` tells how many have gone. */
  *writing(bytes: Uint8Array, whole: boolean): Steps<number> {
    const { core } = this
    const output = this.#output
    if (output.size === 0 && !whole) return yield new Send(core, bytes, core.sendFlags)
    try {
      if (!output.fits(bytes.length)) yield* this.flushing()
    } catch (error) {
      throw withCount(error, 0)
    }
    if (bytes.length > output.size) {
      yield new Sendall(core, bytes, core.sendFlags, 0)
      return bytes.length
    }
    output.put(bytes)
    try {
      if (this.#flushesAfter(bytes)) yield* this.flushing()
    } catch (error) {
      throw withCount(error, bytes.length - output.takeBack(bytes.length))
    }
    return bytes.length
  }

  *writingAll(all: Iterable<Uint8Array>): Steps<void> {
    let count = 0
    for (const bytes of all)
      try {
        count += yield* this.writing(bytes, true)
      } catch (error) {
        throw error instanceof SystemError ? withCount(error, count + (error.bytesSent ?? 0)) : error
      }
  }

  /** Sends what is in the buffer. What could not be sent stays there. */
  *flushing(): Steps<void> {
    const output = this.#output
    if (output.length === 0) return
    const wait = new Sendall(this.core, output.bytes, this.core.sendFlags, 0)
    try {
      yield wait
    } finally {
      output.drop(wait.moved)
    }
  }

  // ── the drivers ──────────────────────────────────────────────────────────────────────────────

  async #run<R>(direction: Direction, make: () => Steps<R>, signal: AbortSignal | undefined): Promise<R> {
    const turns = this.#turns[direction]
    await turns.enter(signal)
    try {
      const steps = make()
      let step = steps.next()
      while (!step.done) {
        let value: unknown
        try {
          value = await this.#wait(direction, step.value, signal)
        } catch (error) {
          step = steps.throw(error)
          continue
        }
        step = steps.next(value as number)
      }
      return step.value
    } finally {
      this.#waiting[direction] = null
      turns.leave()
    }
  }

  #wait(direction: Direction, wait: Wait<unknown>, signal: AbortSignal | undefined): Promise<unknown> {
    const { core } = this
    const refused = this.#refused[direction]
    if (refused !== null) return Promise.reject(refused)
    if (signal?.aborted) return Promise.reject(signal.reason)
    this.#waiting[direction] = wait
    if (direction === 'write') return start(core, wait as Writing<unknown>, core.limitsWith(signal))
    const outcome = wait.promised()
    core.channel.read(wait, core.limitsWith(signal))
    return outcome
  }

  #runSync<R>(direction: Direction, steps: Steps<R>): R {
    const { channel, limits } = this.core
    if (this.#turns[direction].taken) throw this.core.failure(-EBUSY, direction === 'read' ? 'recv' : 'send')
    let step = steps.next()
    while (!step.done) {
      let value: unknown
      try {
        value = block(channel, step.value, direction, limits.timeout)
      } catch (error) {
        step = steps.throw(error)
        continue
      }
      step = steps.next(value as number)
    }
    return step.value
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────

  /** Sends what is in the buffer and gives the socket back, whether that failed or not. */
  close(signal?: AbortSignal): Promise<void> {
    if (this.#ending !== undefined) return this.#ending
    const done = (): void => {
      this.#ending = DONE
    }
    const ending = this.#close(signal)
    this.#ending = ending
    ending.then(done, done)
    return ending
  }

  #close(signal: AbortSignal | undefined): Promise<void> {
    this.#cancel('read')
    if (!this.#turns.write.taken && this.#output.length === 0) {
      try {
        this.#giveBack()
        return DONE
      } catch (error) {
        return Promise.reject(error)
      }
    }
    return this.give(() => this.flushing(), signal).finally(() => this.#giveBack())
  }

  closeSync(): void {
    if (this.closed) return
    this.#ending = DONE
    this.#cancel('read')
    try {
      if (this.#turns.write.taken || this.#output.length > 0) this.giveSync(this.flushing())
    } finally {
      this.#cancel('write')
      this.#giveBack()
    }
  }

  #giveBack(): void {
    this.core.files--
    closeWhenUnused(this.core)
  }

  /** Those that wait fail, the socket's own calls wait on. */
  #cancel(direction: Direction): void {
    const wait = this.#waiting[direction]
    if (!this.#turns[direction].taken) return
    const error = this.core.failure(-ECANCELED, direction === 'read' ? 'recv' : 'send', {
      hint: 'the file is closed',
    })
    this.#refused[direction] = error
    this.#turns[direction].fail(error)
    if (wait !== null) this.core.channel.cancel(wait, error)
  }
}

function withCount(error: unknown, count: number): unknown {
  if (error instanceof SystemError) error.bytesSent = count
  return error
}
