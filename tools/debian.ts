/** Files out of Debian's packages, of any architecture, without installing them. */
import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cached } from './cache.js'

/**
 * The tree that `packages` of one architecture unpack to, from the cache or fetched by apt with lists of its own: the
 * machine's lists know its own architecture only, and may be old.
 */
export function debianTree(architecture: string, packages: readonly string[]): string {
  return cached(['debian', `${packages.join('+')}-${architecture}`], (tree) => {
    const work = mkdtempSync(join(tmpdir(), 'berkeley-apt-'))
    try {
      for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages'])
        mkdirSync(join(work, folder), { recursive: true })
      const settings = [
        `Dir::State=${work}/state`,
        'Dir::State::status=/dev/null',
        `Dir::Cache=${work}/cache`,
        `APT::Architecture=${architecture}`,
        `APT::Architectures::=${architecture}`,
        'Acquire::Languages=none',
        // _apt, which root hands downloads to, cannot write here.
        'APT::Sandbox::User=',
      ].flatMap((setting) => ['-o', setting])
      run('apt-get', ['-q', ...settings, 'update'], work)
      run('apt-get', ['-q', ...settings, 'download', ...packages], join(work, 'packages'))
      for (const deb of readdirSync(join(work, 'packages')))
        run('dpkg-deb', ['-x', join(work, 'packages', deb), tree], work)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
}

function run(command: string, args: readonly string[], cwd: string): void {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (done.error !== undefined) throw new Error(`${command}: ${done.error.message}`)
  if (done.status !== 0) throw new Error(`${command} failed: ${done.stderr.trim()}`)
}
