/** Files out of Debian's packages, of any architecture, without installing them. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cached } from './cache.js'

/** Debian's own sources alone: others need not have the architecture, and are none of ours. */
const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']

/** Calls a command of apt; downloads land in `folder`. Gives what it prints. */
export type Apt = (command: 'apt-get' | 'apt-cache', ...args: string[]) => string

/**
 * Has `use` call apt with lists of its own, of one architecture: the machine's lists know its own architecture only,
 * and may be old.
 */
export function withApt(architecture: string, use: (apt: Apt, folder: string) => void): void {
  const source = sources.find((path) => existsSync(path))
  if (source === undefined) throw new Error(`Debian's packages are needed: no ${sources.join(' and no ')}`)
  const work = mkdtempSync(join(tmpdir(), 'berkeley-apt-'))
  try {
    for (const folder of ['state/lists/partial', 'cache/archives/partial', 'packages'])
      mkdirSync(join(work, folder), { recursive: true })
    const settings = {
      'Dir::Etc::sourcelist': source,
      'Dir::Etc::sourceparts': '/dev/null',
      'Dir::State': `${work}/state`,
      'Dir::State::status': '/dev/null',
      'Dir::Cache': `${work}/cache`,
      'APT::Architecture': architecture,
      'APT::Architectures::': architecture,
      'Acquire::Languages': 'none',
      // _apt, which root hands downloads to, cannot write here.
      'APT::Sandbox::User': '',
    }
    // What the machine does after an update is meant for its own lists.
    const lines = ['#clear APT::Update;', '#clear APT::Architectures;']
    for (const [name, value] of Object.entries(settings)) lines.push(`${name} "${value}";`)
    const configuration = join(work, 'apt.conf')
    writeFileSync(configuration, `${lines.join('\n')}\n`)
    const packages = join(work, 'packages')
    const apt: Apt = (command, ...args) => run(command, ['-q', '-c', configuration, ...args], packages)
    apt('apt-get', 'update')
    use(apt, packages)
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The tree that `packages` of one architecture unpack to, from the cache or fetched. */
export function debianTree(architecture: string, packages: readonly string[]): string {
  return cached(['debian', `${packages.join('+')}-${architecture}`], (tree) =>
    withApt(architecture, (apt, folder) => {
      apt('apt-get', 'download', ...packages)
      for (const deb of readdirSync(folder)) run('dpkg-deb', ['-x', join(folder, deb), tree], folder)
    }),
  )
}

/** What a command prints. Its first complaints are the error's. */
export function run(command: string, args: readonly string[], cwd: string): string {
  const done = spawnSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (done.error !== undefined) throw new Error(`${command}: ${done.error.message}`)
  if (done.status === 0) return done.stdout
  const lines = done.stderr.split('\n').filter((line) => line !== '' && !/^(W:|npm warn)/.test(line))
  throw new Error(`${command} failed: ${lines.slice(0, 2).join(', ') || `status ${done.status}`}`)
}
