/** Packages that only tests use, kept in the cache and not among the dependencies: runtimes, compilers, checkers. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { cached, cachePath } from './cache.js'

const named = (specs: readonly string[]): string => specs.join('+').replace(/[^\w.@+-]/g, '_')

/** The folder in the cache that is for these packages, whether they are there or not. */
export function folderOf(...specs: string[]): string {
  return cachePath('npm', named(specs))
}

/** The node_modules folder with these packages (`name@version`, versions pinned), installed now when it is not there. */
export function installed(...specs: string[]): string {
  const folder = cached(['npm', named(specs)], (folder) => {
    // No package's scripts: what has to run must not wait for them. Forced, because a package may be for another libc.
    const quiet = [
      '--ignore-scripts',
      '--force',
      '--no-package-lock',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]
    const done = spawnSync('npm', ['install', '--prefix', folder, ...quiet, ...specs], { encoding: 'utf8' })
    if (done.status !== 0) throw new Error(`npm install ${specs.join(' ')} failed: ${done.stderr?.trim()}`)
  })
  return join(folder, 'node_modules')
}
