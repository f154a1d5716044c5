/**
 * One engine a thread: the slots, the slab that received bytes land in, and the dispatch that the addon calls once
 * for each batch of results. What keeps the process alive and what keeps it fair is decided here.
 */
import { errnoName } from '../data/errors.js'
import { CONTROL_HEAD, NAME_SIZE, native } from '../sys/binding.js'
import type { Channel } from './channel.js'
import { Pool } from './pool.js'
import { GENERATION, Slots } from './slots.js'
import { Views } from './views.js'

// int32[5] for each result: slot, generation, side, value, offset in the slab (native/engine.h).
const RESULT_WORDS = 5
const SIDE_READ = 0
const SIDE_WRITE = 1
const SIDE_VIEW = 3

/** Room for the bytes of a wake-up. The front of it is what stays in the cache: few wake-ups use more. */
const BATCH_SIZE = 256 * 1024
/** A read larger than this goes to a buffer of its own. */
export const SLAB_READ: number = 64 * 1024
/**
 * Where calls made from JavaScript put an address and bytes: behind the batch's, which they must not touch, since its other
 * results may not have been looked at yet.
 */
export const TRY_AT: number = BATCH_SIZE
/** Behind the address. */
export const BYTES_AT: number = TRY_AT + NAME_SIZE
/** The same for bytes that are shown to a handler, who makes calls of its own meanwhile. */
export const VIEW_AT: number = BYTES_AT + SLAB_READ

// Calls that succeed at once never leave the microtask queue, so a loop over them would keep timers and other sockets
// waiting for ever. After this many, the clock is asked; after that long, the next one goes through the event loop.
const TURN_CALLS = 64
const TURN_MS = 4

type Wakeup = 'uv' | 'thread'

/** `uv_poll` on Node; elsewhere libuv must not be touched. `BERKELEY_ENGINE=uv|thread` decides otherwise. */
function chooseWakeup(): Wakeup {
  const forced = process.env.BERKELEY_ENGINE
  if (forced === 'uv' || forced === 'thread') return forced
  if (forced !== undefined && forced !== '')
    throw new TypeError(`BERKELEY_ENGINE: expected uv or thread, not ${forced}`)
  const { versions } = process
  return versions.node !== undefined && versions.bun === undefined && versions.deno === undefined
    ? 'uv'
    : 'thread'
}

class Engine {
  readonly slots: Slots = new Slots()
  readonly slab: Buffer = Buffer.from(new ArrayBuffer(VIEW_AT + SLAB_READ))
  /** Copies of what is in the slab, for others to keep. */
  readonly pool: Pool = new Pool(this.slab)
  /** Views of the slab: good for the call that they are shown to. */
  readonly views: Views = new Views(this.slab)
  /** Where calls made from JavaScript have the kernel put an address. */
  readonly tryName: Buffer = this.slab.subarray(TRY_AT, TRY_AT + NAME_SIZE)
  /** The same for bytes: `pool` copies them from BYTES_AT. */
  readonly tryBytes: Buffer = this.slab.subarray(BYTES_AT, BYTES_AT + SLAB_READ)
  readonly wakeup: Wakeup = chooseWakeup()

  readonly #results = new Int32Array(512 * RESULT_WORDS)
  readonly #channels: (Channel | undefined)[] = []
  /** Where in the results those are that go to handlers. */
  readonly #shown: number[] = []
  readonly #taken = new Set<number>()
  #tryControl: Buffer = Buffer.alloc(0)
  #alive = 0
  #turnCalls = 0
  #turnStart = 0
  #later: (() => void)[] = []

  constructor() {
    const opened = native.engineOpen(
      this.wakeup === 'uv' ? 0 : 1,
      (count) => this.#dispatch(count),
      this.slots.words,
      this.slab.subarray(0, BATCH_SIZE),
      this.#results,
    )
    if (opened < 0) throw new Error(`berkeley: the ${this.wakeup} engine did not start: ${errnoName(opened)}`)
  }

  /** A slot for the channel's descriptor, or -1 when a channel of this thread has that number already. */
  add(channel: Channel, fd: number): number {
    if (this.#taken.has(fd)) return -1
    this.#taken.add(fd)
    this.own(fd, true)
    const at = this.slots.take(fd)
    this.#channels[this.slots.index(at)] = channel
    return at
  }

  remove(at: number, fd: number): void {
    this.#channels[this.slots.index(at)] = undefined
    this.#taken.delete(fd)
    this.own(fd, false)
    this.slots.give(at)
  }

  /** Where calls made from JavaScript have the kernel put control messages: room for `size` bytes of them. */
  tryControl(size: number): Buffer {
    const length = CONTROL_HEAD + size
    if (this.#tryControl.length !== length) this.#tryControl = Buffer.alloc(length)
    return this.#tryControl
  }

  /** Whether the addon is to close the descriptor if the thread ends before it is given back. */
  own(fd: number, on: boolean): void {
    native.engineOwn(fd, on ? 1 : 0)
  }

  /** A pending wait keeps the process alive. */
  hold(): void {
    if (this.#alive++ === 0) native.engineRef(1)
  }

  release(): void {
    if (--this.#alive === 0) native.engineRef(0)
  }

  /** Microseconds that a wake-up goes on looking for events; whether that has an effect. */
  spin(microseconds: number): boolean {
    return native.engineSpin(microseconds) === 1
  }

  /** Counts a call that succeeded at once: true when this turn has had its share, and the next is for `later`. */
  spend(): boolean {
    if (++this.#turnCalls < TURN_CALLS) return false
    this.#turnCalls = 0
    return this.overdue
  }

  /** Whether this turn has had its share of time: for what takes long in one call. */
  get overdue(): boolean {
    const now = performance.now()
    // The clock is asked only where a turn takes long enough to be asked: most are over before.
    if (this.#turnStart === 0) this.#turnStart = now
    return now - this.#turnStart > TURN_MS
  }

  /** Runs `job` in a coming turn of the event loop, behind timers and other input. */
  later(job: () => void): void {
    if (this.#later.push(job) > 1) return
    setImmediate(() => {
      this.#beginTurn()
      const jobs = this.#later
      this.#later = []
      for (const each of jobs) each()
    })
  }

  /** A value in a coming turn of the event loop. */
  nextTurn<T>(value: T): Promise<T> {
    return new Promise((resolve) => this.later(() => resolve(value)))
  }

  #beginTurn(): void {
    this.#turnCalls = 0
    this.#turnStart = 0
  }

  /**
   * Settles what the batch brought. Promises are resolved and their reactions come later, so no result can find its wait
   * gone. Handlers are the caller's code: they are called when all that is settled.
   */
  #dispatch(count: number): void {
    this.#beginTurn()
    const results = this.#results
    let shown = 0
    for (let i = 0; i < count; i++) {
      const r = i * RESULT_WORDS
      const side = results[r + 2]
      if (side === SIDE_VIEW) {
        this.#shown[shown++] = r
        continue
      }
      const channel = this.#channelOf(r)
      if (channel === undefined) continue
      if (side === SIDE_READ) channel.readResult(results[r + 3] as number, results[r + 4] as number)
      else if (side === SIDE_WRITE) channel.writeResult(results[r + 3] as number)
      else channel.serveAside()
    }
    for (let i = 0; i < shown; i++) {
      const r = this.#shown[i] as number
      this.#channelOf(r)?.showResult(results[r + 3] as number, results[r + 4] as number)
    }
  }

  /** Whose a result is; nobody's once the socket has been closed. */
  #channelOf(r: number): Channel | undefined {
    const results = this.#results
    const index = results[r] as number
    return this.slots.words[this.slots.at(index) + GENERATION] === results[r + 1]
      ? this.#channels[index]
      : undefined
  }
}

export type { Engine }

// Made at the first socket: importing the library starts nothing.
let instance: Engine | undefined

export function engine(): Engine {
  instance ??= new Engine()
  return instance
}
