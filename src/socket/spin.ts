/** Busy waiting, for latency. */
import { engine } from '../engine/engine.js'

/**
 * Has this thread go on looking for events for so many microseconds after each, before it sleeps: a short answer that comes
 * within that time does not pay for being woken. 0, as it is at first, for none; at most 2000. It keeps a core busy, and is a
 * loss where the peer wants the same core. Timers and other input still have their turn at least every 2 ms.
 *
 * False where it can have no effect: with the wake-up by thread (Bun, Deno).
 */
export function spin(microseconds: number): boolean {
  if (!Number.isInteger(microseconds) || microseconds < 0 || microseconds > 2000)
    throw new RangeError(`expected 0 to 2000 microseconds, not ${String(microseconds)}`)
  return engine().spin(microseconds)
}
