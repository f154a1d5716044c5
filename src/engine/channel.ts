/**
 * One descriptor and the calls that wait on it: a queue to read and a queue to write, each served in order. The
 * head of a queue is armed in the slot; the others wait for it. Reads of the error queue and of urgent data stand
 * aside: they wait for what the ordinary reads do not take.
 */
import { EAGAIN, EBUSY, ECANCELED, MSG_ERRQUEUE, MSG_OOB, MSG_PEEK } from '../data/kernel.js'
import { native } from '../sys/binding.js'
import { type Engine, engine, TRY_AT, VIEW_AT } from './engine.js'
import type { WaitLimits } from './limit.js'
import { Queue } from './queue.js'
import {
  ASIDE,
  ENDED,
  OP_NONE,
  OP_POLL,
  READ,
  READ_FLAGS,
  READ_SIZE,
  READABLE,
  SHORT_IS_EMPTY,
  URGENT,
  WRITABLE,
  WRITE,
} from './slots.js'
import { LATER, type Wait } from './wait.js'

/** Reads with one of these are not of the ordinary bytes. */
export const ASIDE_FLAGS: number = MSG_ERRQUEUE | MSG_OOB

/** Of those for whom nobody waits. */
const EMPTY: Queue = new Queue()

export class Channel {
  /** The descriptor for calls: -1 once it is closed, detached, or spoilt. */
  fd: number
  keepsAlive = true
  /** Closed or detached. */
  gone = false

  readonly #engine: Engine
  readonly #slot: number
  readonly #reads: Queue = new Queue()
  // Most channels never have anybody in these two.
  #writes: Queue = EMPTY
  #aside: Queue = EMPTY
  // Not the `fd` above: a spoilt channel is still to be closed.
  #number: number
  #watched: 'no' | 'reads' | 'both' = 'no'
  // -errno that the next ordinary read is to fail with; 0 for none.
  #deferred = 0

  /** Throws nothing: `slotless` tells a number that another channel of this thread owns. */
  constructor(fd: number, shortIsEmpty: boolean) {
    this.#engine = engine()
    this.fd = fd
    this.#number = fd
    this.#slot = this.#engine.add(this, fd)
    if (shortIsEmpty && !this.slotless) this.#engine.slots.set(this.#slot, SHORT_IS_EMPTY)
  }

  get slotless(): boolean {
    return this.#slot < 0
  }

  get number(): number {
    return this.#number
  }

  get readsWaiting(): boolean {
    return this.#reads.head !== null
  }

  /** Whether what is read goes to a handler. */
  get shows(): boolean {
    return this.#reads.head?.stays === true
  }

  /** Nothing was left behind the last read, and nothing has been heard of since. */
  get emptied(): boolean {
    return this.fd >= 0 && this.#deferred === 0 && (this.#engine.slots.state(this.#slot) & READABLE) === 0
  }

  get writesWaiting(): boolean {
    return this.#writes.head !== null
  }

  /** A short read no longer proves the socket empty (a TLS record, a protocol layered on top). */
  trustNoShortRead(): void {
    this.#engine.slots.clear(this.#slot, SHORT_IS_EMPTY)
  }

  // ── reading ──────────────────────────────────────────────────────────────────────────────────

  read(wait: Wait<unknown>, limits: WaitLimits): void {
    if (wait.flags & ASIDE_FLAGS) return this.#readAside(wait, limits)
    if (this.#reads.head === null) {
      const state = this.#engine.slots.state(this.#slot)
      // A call that may not wait asks the kernel itself: the flag knows only what the loop has seen.
      if ((state & READABLE) !== 0 || limits.timeout === 0 || this.fd < 0) {
        if (limits.timeout !== 0 && this.fd >= 0 && this.#engine.spend())
          return this.#queueForLater(wait, limits)
        if (limits.timeout === 0 && this.#engine.spend()) return this.#engine.later(() => this.#readNow(wait))
        const value = this.attempt(wait)
        if (value === LATER && limits.timeout === 0) return this.#readNow(wait)
        if (value === LATER) return this.#queueForLater(wait, limits)
        if (value !== -EAGAIN) return wait.complete(this, value, TRY_AT)
        if (limits.timeout !== 0) this.#engine.slots.clear(this.#slot, READABLE)
      }
    }
    // A handler takes all there is: nothing would ever be left for this one.
    if (this.shows) return wait.complete(this, -EBUSY, TRY_AT)
    if (limits.timeout === 0) return wait.complete(this, -EAGAIN, TRY_AT)
    this.#enqueue(this.#reads, wait, limits)
    if (this.#reads.head === wait) this.#armRead()
  }

  /** A fair share has been had at once: this one goes behind the other work of the loop. */
  #queueForLater(wait: Wait<unknown>, limits: WaitLimits): void {
    this.#enqueue(this.#reads, wait, limits)
    this.#engine.later(() => this.#serveReads())
  }

  /** A call that may not wait, after the other work of the loop: even a loop of EAGAINs must not starve it. */
  #readNow(wait: Wait<unknown>): void {
    try {
      let value: number
      // To its end, however long that takes: there is no other time for it.
      do value = this.#reads.head === null ? this.attempt(wait) : -EAGAIN
      while (value === LATER)
      wait.complete(this, value, TRY_AT)
    } catch (error) {
      wait.reject(error)
    }
  }

  /** The addon's result for the head of the reads. */
  readResult(value: number, at: number): void {
    const wait = this.#reads.head
    if (wait === null) return
    if (wait.op === OP_POLL) return this.#serveReads()
    this.#settle(this.#reads, wait, value, at)
    if (this.#reads.head !== null) this.#serveReads()
  }

  /** The same for a handler, which is still armed. */
  showResult(value: number, at: number): void {
    const wait = this.#reads.head
    if (wait === null) return
    wait.complete(this, value, at)
    if (wait.patient || (this.#engine.slots.state(this.#slot) & READABLE) !== 0) this.#serveReads()
  }

  /** Puts a handler at the end of the reads. What is there already comes in a coming turn: nobody is called back at once. */
  show(wait: Wait<unknown>): void {
    this.#enqueue(this.#reads, wait, { timeout: null })
    this.#engine.later(() => this.#serveReads())
  }

  /** The handler's patience is over, or the handler: it gets no more. */
  goOn(wait: Wait<unknown>, over: boolean): void {
    if (over && this.#reads.head === wait) {
      this.#dequeue(this.#reads, wait)
      this.#disarmRead()
    }
    if (!this.gone) this.#serveReads()
  }

  /** Serves waiting reads for as long as the socket has something for them. */
  #serveReads(): void {
    const { slots } = this.#engine
    for (let wait = this.#reads.head; wait !== null; wait = this.#reads.head) {
      if (wait.patient) return this.#disarmRead()
      if ((slots.state(this.#slot) & READABLE) === 0) return this.#armRead()
      if (this.#engine.spend()) return this.#engine.later(() => this.#serveReads())
      const value = this.#serve(this.#reads, wait)
      if (value === LATER) return this.#engine.later(() => this.#serveReads())
      if (value !== -EAGAIN) continue
      slots.clear(this.#slot, READABLE)
      return this.#armRead()
    }
  }

  #armRead(): void {
    const wait = this.#reads.head
    if (wait === null) return
    const { words } = this.#engine.slots
    words[this.#slot + READ] = wait.op
    words[this.#slot + READ_SIZE] = wait.size
    words[this.#slot + READ_FLAGS] = wait.flags
    if (this.#watched === 'no') this.#watch('reads')
  }

  #disarmRead(): void {
    this.#engine.slots.words[this.#slot + READ] = OP_NONE
  }

  /** An error that a read met behind bytes which it had taken already: the next one is to hear of it. */
  defer(error: number): void {
    if (error === -EAGAIN || this.gone) return
    this.#deferred = error
    // No edge need come any more.
    this.#engine.slots.set(this.#slot, READABLE)
  }

  /** One try of an ordinary read. */
  attempt(wait: Wait<unknown>): number {
    if (this.#deferred !== 0) {
      const value = this.#deferred
      this.#deferred = 0
      return value
    }
    const value = wait.attempt(this)
    if (value > 0 && value < wait.size && (wait.flags & (MSG_PEEK | MSG_OOB)) === 0) this.#fellShort()
    return value
  }

  /** Where a short read tells that the socket is empty, none is made that would only be told EAGAIN: as the addon has it. */
  #fellShort(): void {
    const { slots } = this.#engine
    if ((slots.state(this.#slot) & (SHORT_IS_EMPTY | ENDED | URGENT)) === SHORT_IS_EMPTY)
      slots.clear(this.#slot, READABLE)
  }

  /** A read of the error queue or of urgent data: it waits for no other, and none for it. */
  #readAside(wait: Wait<unknown>, limits: WaitLimits): void {
    const value = wait.attempt(this)
    if (value !== -EAGAIN || limits.timeout === 0) return wait.complete(this, value, TRY_AT)
    if (this.#aside === EMPTY) this.#aside = new Queue()
    this.#enqueue(this.#aside, wait, limits)
    this.#engine.slots.words[this.#slot + ASIDE] = 1
    if (this.#watched === 'no') this.#watch('reads')
  }

  /** Something may have come for those that stand aside: what one of them leaves is the next one's. */
  serveAside(): void {
    for (const wait of this.#aside) this.#serve(this.#aside, wait)
    if (this.#aside.head === null) this.#engine.slots.words[this.#slot + ASIDE] = 0
  }

  // ── writing ──────────────────────────────────────────────────────────────────────────────────

  /** Queues a write that met EAGAIN, or that comes behind one that did. */
  write(wait: Wait<unknown>, limits: WaitLimits): void {
    this.#enqueueWrite(wait, limits)
    if (this.#writes.head === wait) this.#armWrite()
  }

  /** Queues a write that has not met EAGAIN yet: the rest of one that was cut short. */
  writeOn(wait: Wait<unknown>, limits: WaitLimits): void {
    this.#enqueueWrite(wait, limits)
    if (this.#writes.head === wait) this.#serveWrites()
  }

  #enqueueWrite(wait: Wait<unknown>, limits: WaitLimits): void {
    if (this.#writes === EMPTY) this.#writes = new Queue()
    this.#enqueue(this.#writes, wait, limits)
  }

  writeResult(value: number): void {
    const wait = this.#writes.head
    if (wait === null) return
    if (wait.op === OP_POLL) return this.#serveWrites()
    this.#settle(this.#writes, wait, value, 0)
    this.#serveWrites()
  }

  #serveWrites(): void {
    for (let wait = this.#writes.head; wait !== null; wait = this.#writes.head) {
      if (this.#engine.spend()) return this.#engine.later(() => this.#serveWrites())
      const value = this.#serve(this.#writes, wait)
      if (value === -EAGAIN) return this.#armWrite()
      if (value === LATER) return this.#engine.later(() => this.#serveWrites())
    }
    // Other families than TCP report each freed buffer as an edge: nobody wants to hear them now.
    if (this.#watched === 'both' && (this.#engine.slots.state(this.#slot) & SHORT_IS_EMPTY) === 0)
      this.#watch('reads')
  }

  #armWrite(): void {
    const wait = this.#writes.head
    if (wait === null) return
    if (wait.retry > 0) return this.#retryWrite(wait)
    this.#engine.slots.clear(this.#slot, WRITABLE)
    this.#engine.slots.words[this.#slot + WRITE] = wait.op
    if (this.#watched !== 'both') this.#watch('both')
  }

  /** The kernel has no event for what this one waits for. The timer alone does not keep the process alive: the wait does. */
  #retryWrite(wait: Wait<unknown>): void {
    setTimeout(() => {
      if (this.#writes.head === wait) this.#serveWrites()
    }, wait.retry).unref()
    wait.retry = Math.min(wait.retry * 2, 50)
  }

  // ── the queues ───────────────────────────────────────────────────────────────────────────────

  #enqueue(queue: Queue, wait: Wait<unknown>, limits: WaitLimits): void {
    queue.push(wait)
    if (this.keepsAlive) {
      wait.held = true
      this.#engine.hold()
    }
    if (limits.timeout !== null || limits.signal !== undefined)
      wait.limit(
        this,
        limits,
        (ms) => this.#expire(queue, wait, ms),
        (reason) => this.#cancel(queue, wait, reason),
      )
  }

  #dequeue(queue: Queue, wait: Wait<unknown>): void {
    queue.remove(wait)
    if (wait.held) this.#engine.release()
    wait.held = false
    wait.unlimit()
  }

  /** Tries the head of a queue, and settles it unless it has to go on waiting (-EAGAIN, LATER). */
  #serve(queue: Queue, wait: Wait<unknown>): number {
    let value: number
    try {
      value = queue === this.#reads ? this.attempt(wait) : wait.attempt(this)
    } catch (error) {
      this.#dequeue(queue, wait)
      wait.reject(error)
      return 0
    }
    if (value === -EAGAIN || value === LATER) return value
    if (wait.stays) wait.complete(this, value, VIEW_AT)
    else this.#settle(queue, wait, value, TRY_AT)
    return value
  }

  /** Misuse and undecodable bytes fail the one call they concern, not the loop. */
  #settle(queue: Queue, wait: Wait<unknown>, value: number, at: number): void {
    this.#dequeue(queue, wait)
    try {
      wait.complete(this, value, at)
    } catch (error) {
      wait.reject(error)
    }
  }

  /** A loop that was held up sees its timers first and its sockets behind them: what has come meanwhile came in time. */
  #expire(queue: Queue, wait: Wait<unknown>, ms: number): void {
    const late = queue === this.#aside || (queue === this.#reads && queue.head === wait)
    const value = late ? this.#serve(queue, wait) : -EAGAIN
    if (value === -EAGAIN || value === LATER) return this.#cancel(queue, wait, wait.timedOut(this, ms))
    if (queue === this.#aside) return
    this.#disarmRead()
    this.#serveReads()
  }

  /** Gives one wait up, which fails with `reason`; nothing where it has been settled. */
  cancel(wait: Wait<unknown>, reason: unknown): void {
    for (const queue of [this.#reads, this.#writes])
      if (queue.has(wait)) return this.#cancel(queue, wait, reason)
  }

  #cancel(queue: Queue, wait: Wait<unknown>, reason: unknown): void {
    const first = queue.head === wait && queue !== this.#aside
    this.#dequeue(queue, wait)
    wait.cancelled(this)
    if (first) {
      this.#engine.slots.words[this.#slot + (queue === this.#reads ? READ : WRITE)] = OP_NONE
      // What was looked at is still there, and has had its edge.
      if (wait.flags & MSG_PEEK) this.#engine.slots.set(this.#slot, READABLE)
      if (queue === this.#reads) this.#serveReads()
      else this.#serveWrites()
    }
    wait.cut(reason)
  }

  #watch(edges: 'reads' | 'both'): void {
    const { slots } = this.#engine
    const result = native.engineWatch(
      this.#number,
      slots.index(this.#slot),
      slots.generation(this.#slot),
      edges === 'both' ? 1 : 0,
      this.#watched === 'no' ? 0 : 1,
    )
    if (result >= 0) {
      this.#watched = edges
      return
    }
    // ENOMEM, ENOSPC (fs.epoll.max_user_watches), EBADF after a close behind our back: nobody would ever be woken.
    this.#failAll(result)
  }

  #failAll(result: number): void {
    const { words } = this.#engine.slots
    words[this.#slot + READ] = OP_NONE
    words[this.#slot + WRITE] = OP_NONE
    words[this.#slot + ASIDE] = 0
    for (const queue of [this.#reads, this.#writes, this.#aside])
      for (let wait = queue.head; wait !== null; wait = queue.head) this.#settle(queue, wait, result, 0)
  }

  ref(on: boolean): void {
    if (this.keepsAlive === on) return
    this.keepsAlive = on
    for (const queue of [this.#reads, this.#writes, this.#aside])
      for (const wait of queue) {
        wait.keepAlive(on)
        if (wait.held === on) continue
        wait.held = on
        if (on) this.#engine.hold()
        else this.#engine.release()
      }
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────

  /** Later calls and the waiting ones fail, but the descriptor is still to be closed: after a connect that was given up. */
  spoil(): void {
    this.fd = -1
    this.#failAll(-ECANCELED)
  }

  /** Takes the descriptor out of the engine and fails the waits (ECANCELED). The number, or -1 when it is gone already. */
  detach(): number {
    const number = this.#number
    if (number < 0) return -1
    // Before the close: the registration belongs to the open file, and a dup elsewhere would keep it.
    if (this.#watched !== 'no') native.engineForget(number)
    this.#watched = 'no'
    this.fd = -1
    this.gone = true
    this.#failAll(-ECANCELED)
    this.#number = -1
    this.#engine.remove(this.#slot, number)
    return number
  }

  close(): number {
    const number = this.detach()
    return number < 0 ? 0 : native.close(number)
  }
}
