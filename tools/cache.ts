/** Where the tools keep what they had to fetch: `${XDG_CACHE_HOME:-~/.cache}/berkeley`. */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

export function cachePath(...names: string[]): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'berkeley', ...names)
}

/** The cached folder of that name, filled first when it is not there. What fails half-way leaves nothing behind. */
export function cached(names: readonly string[], fill: (folder: string) => void): string {
  const folder = cachePath(...names)
  if (existsSync(folder)) return folder
  mkdirSync(dirname(folder), { recursive: true })
  const work = mkdtempSync(`${folder}-`)
  try {
    fill(work)
    // Another run may have been faster; its folder is as good.
    if (!existsSync(folder)) renameSync(work, folder)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
  return folder
}
