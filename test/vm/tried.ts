/** The trials of options that only a kernel of the machine has, none of them skipped. */
import { it } from 'node:test'
import { type Own, places, type Trial } from '../kernel/trials/trial.js'

export function tryAll(
  trials: Readonly<Record<string, Trial>>,
  without: Readonly<Record<string, string>> = {},
): void {
  for (const [name, { act, on }] of Object.entries(trials))
    it(name, { skip: without[name] ?? false }, async () => {
      const open: { close(): void }[] = []
      const own: Own = (made) => {
        open.push(made)
        return made
      }
      try {
        await act(await places[on](own), own)
      } finally {
        for (const made of open.reverse()) made.close()
      }
    })
}
