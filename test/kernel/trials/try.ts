/** Runs a trial: a test of its own on a new socket. */
import { it } from 'node:test'
import { SystemError } from 'berkeley'
import { needsRoot } from '../../support/needs.js'
import { lacking, type Own, places, rootPlaces, type Trial } from './trial.js'

const root = needsRoot()

/** `whole`: the kernel is one that has all of it, and nothing may be skipped. */
export function tryOption(name: string, { on, act, missing, ...trial }: Trial, whole = false): void {
  const skip = trial.root === true || rootPlaces.has(on) ? root : {}
  it(name, skip, async (t) => {
    const open: { close(): void }[] = []
    const own: Own = (made) => {
      open.push(made)
      return made
    }
    const absent = (error: unknown, codes: readonly string[], what: string): void => {
      if (whole || !(error instanceof SystemError) || !codes.includes(error.code)) throw error
      t.skip(`this kernel is without ${what} (${error.code})`)
    }
    try {
      const family = lacking[on]
      const made = await Promise.resolve()
        .then(() => places[on](own))
        .catch((error) =>
          absent(error, family === undefined ? [] : ['EAFNOSUPPORT', 'EPROTONOSUPPORT'], family ?? ''),
        )
      if (made === undefined) return
      await act(made, own)
    } catch (error) {
      absent(error, missing?.[0] ?? [], missing?.[1] ?? '')
    } finally {
      for (const made of open.reverse()) made.close()
    }
  })
}
