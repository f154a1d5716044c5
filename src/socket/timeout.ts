/** Time-outs of sockets: what is one, and what a new socket begins with. */
import type { WaitLimits } from '../engine/limit.js'

// One object for all sockets that begin with it.
let standard: WaitLimits = { timeout: null }

/** The time-out that was given, null or milliseconds. */
export function checkTimeout(ms: number | null): number | null {
  if (ms !== null && typeof ms !== 'number')
    throw new TypeError(`expected null or milliseconds, not ${String(ms)}`)
  if (ms !== null && !(ms >= 0 && ms <= 0x7fffffff))
    throw new RangeError(`expected null or milliseconds from 0 to 2147483647, not ${String(ms)}`)
  return ms
}

/** The time-out of new sockets, in milliseconds; null, at first, waits for ever. */
export function getdefaulttimeout(): number | null {
  return standard.timeout
}

/** The same as the waits take it. */
export function standardLimits(): WaitLimits {
  return standard
}

/**
 * Sets the time-out that sockets begin with, as `settimeout` has it: those made from now on, accepted ones, pairs and
 * duplicates too. Each thread has its own.
 */
export function setdefaulttimeout(ms: number | null): void {
  standard = { timeout: checkTimeout(ms) }
}
