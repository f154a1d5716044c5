/** A call that blocks the thread: the same wait as an awaited one, but in the kernel, by poll(2). */
import {
  EAGAIN,
  EBUSY,
  EINTR,
  MSG_ERRQUEUE,
  MSG_OOB,
  POLLIN,
  POLLOUT,
  POLLPRI,
  POLLRDHUP,
} from '../data/kernel.js'
import { native } from '../sys/binding.js'
import { ASIDE_FLAGS, type Channel } from './channel.js'
import { TRY_AT } from './engine.js'
import { LATER, type Wait } from './wait.js'

/**
 * Milliseconds of one poll. Between two of them JavaScript is entered again, which is where a worker is terminated and
 * the process exits.
 */
const SLICE = 50

/** The outcome of `wait`: its result is returned, its failure thrown. Milliseconds at most; null waits for ever. */
export function block<T>(
  channel: Channel,
  wait: Wait<T>,
  direction: 'read' | 'write',
  timeout: number | null,
): T {
  const ordinary = direction === 'read' && (wait.flags & ASIDE_FLAGS) === 0
  // Bytes that an awaited call is to have, or to put before ours.
  if (ordinary ? channel.readsWaiting : direction === 'write' && channel.writesWaiting)
    throw wait.failure(-EBUSY)
  const events = direction === 'write' ? POLLOUT : readEvents(wait.flags)
  const end = timeout === null ? Number.POSITIVE_INFINITY : performance.now() + timeout
  let moved = 0
  // A try that would only be told EAGAIN is spared.
  if (ordinary && channel.emptied && timeout !== 0 && !ready(channel.fd, events, end)) {
    wait.cancelled(channel)
    throw wait.timedOut(channel, timeout as number)
  }
  for (let fruitless = 0; ; fruitless++) {
    const value = ordinary ? channel.attempt(wait) : wait.attempt(channel)
    if (value >= 0) return wait.result(value, TRY_AT)
    if (value !== -EAGAIN && value !== LATER) return broken(channel, wait, value)
    if (wait.moved > moved) fruitless = 0
    moved = wait.moved
    if (value === LATER && (timeout === 0 || performance.now() < end)) continue
    if (timeout === 0) return broken(channel, wait, -EAGAIN)
    const pause = wait.retry > 0 || fruitless > 2 ? Math.min(2 ** fruitless, SLICE) : 0
    if (pause > 0 ? sleep(pause, end) : ready(channel.fd, events, end)) continue
    wait.cancelled(channel)
    const part = wait.part()
    if (part !== undefined) return part
    throw wait.timedOut(channel, timeout as number)
  }
}

/** What a failed call comes to: bytes that had come before the failure are had first. */
function broken<T>(channel: Channel, wait: Wait<T>, value: number): T {
  const part = wait.part()
  if (part === undefined) throw wait.failure(value)
  channel.defer(value)
  return part
}

function readEvents(flags: number): number {
  // The error queue is told of by POLLERR, which needs no asking.
  if (flags & MSG_ERRQUEUE) return 0
  return flags & MSG_OOB ? POLLPRI : POLLIN | POLLRDHUP
}

/** Waits until a file can be read: false when the time is up. Milliseconds at most; null waits for ever. */
export function readable(fd: number, timeout: number | null): boolean {
  return ready(fd, POLLIN, timeout === null ? Number.POSITIVE_INFINITY : performance.now() + timeout)
}

/** Waits for an event: false when the time is up. A signal's interruption does not count. */
function ready(fd: number, events: number, end: number): boolean {
  for (;;) {
    const left = end === Number.POSITIVE_INFINITY ? end : end - performance.now()
    if (left <= 0) return false
    const came = native.poll(fd, events, left < SLICE ? Math.ceil(left) : SLICE)
    if (came !== 0 && came !== -EINTR) return true
  }
}

/**
 * Some things have no event (room in the queue of a unix socket that is not connected), and some events stay though there
 * is nothing to be had (errors in a queue that is not asked for): waiting for them by the clock is what is left.
 */
function sleep(ms: number, end: number): boolean {
  const left = end - performance.now()
  if (left > 0) native.poll(-1, 0, Math.ceil(Math.min(ms, left)))
  return left > 0
}
