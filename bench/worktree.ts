/** Another commit, built in a worktree of its own for as long as the run lasts. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Build {
  /** The commit's short name. */
  readonly label: string
  /** The module to import. */
  readonly entry: string
  remove(): void
}

function run(cwd: string, program: string, ...args: string[]): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd, encoding: 'utf8' })
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? `${stdout}${stderr}`.trim()}`)
  return stdout.trim()
}

/** Builds `revision` with the packages of this checkout. */
export function build(revision: string): Build {
  const label = run(
    root,
    'git',
    'rev-parse',
    '--short',
    '--verify',
    '--end-of-options',
    `${revision}^{commit}`,
  )
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-bench-'))
  const tree = join(folder, 'tree')
  const remove = (): void => {
    process.off('exit', remove)
    rmSync(folder, { recursive: true, force: true })
    spawnSync('git', ['worktree', 'prune'], { cwd: root })
  }
  process.on('exit', remove)
  try {
    run(root, 'git', 'worktree', 'add', '--quiet', '--detach', tree, label)
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'))
    run(tree, 'npm', 'run', '--silent', 'build')
  } catch (error) {
    remove()
    throw error
  }
  return { label, entry: join(tree, 'dist/index.js'), remove }
}
