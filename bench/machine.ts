/** What the figures were taken on. */
import { spawnSync } from 'node:child_process'
import { cpus, loadavg, release } from 'node:os'
import { fileURLToPath } from 'node:url'

export interface Machine {
  readonly cpu: string
  readonly cores: number
  readonly kernel: string
  readonly node: string
  readonly compiler: string
  /** The commit of the checkout, with `+` when files differ from it. */
  readonly commit: string
  /** Processes that ran or wanted to, on average of the minute before. */
  readonly load: number
}

const root: string = fileURLToPath(new URL('../..', import.meta.url))

const said = (program: string, ...args: string[]): string =>
  spawnSync(program, args, { cwd: root, encoding: 'utf8' }).stdout?.trim() ?? ''

export function machine(): Machine {
  const revision = said('git', 'rev-parse', '--short', 'HEAD') || 'unknown'
  const changed = said('git', 'status', '--porcelain', '--untracked-files=no') !== ''
  return {
    cpu: cpus()[0]?.model.trim() || process.arch,
    cores: cpus().length,
    kernel: release(),
    node: process.version,
    compiler: said('cc', '--version').split('\n')[0] ?? '',
    commit: `${revision}${changed ? '+' : ''}`,
    load: loadavg()[0] as number,
  }
}
