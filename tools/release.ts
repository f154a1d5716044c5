/**
 * Whether the package may go out: `npm run release:check` makes all that it carries anew where it is not current and runs
 * the tests of the package. With `--packable` it only looks, and refuses: npm runs that before every pack and publish.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { faultOfBinaries } from './binaries.js'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** What the compiler left of a source that is gone would be packed with the rest. */
function faultOfCode(): string | undefined {
  const files = (folder: string, ending: string): string[] =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith(ending) && !name.endsWith('.d.ts'))
      .map((name) => name.slice(0, -ending.length))
      .sort()
  if (!existsSync(join(root, 'dist'))) return 'nothing is compiled'
  const sources = new Set(files('src', '.ts'))
  const left = files('dist', '.js').find((name) => !sources.has(name))
  return left === undefined ? undefined : `dist/${left}.js has no source: npm run clean`
}

function run(command: string, ...args: string[]): void {
  const { status } = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (status !== 0) process.exit(status ?? 1)
}

function refuse(why: string): never {
  process.stderr.write(`berkeley: not to be packed: ${why}\n`)
  process.exit(1)
}

const { values } = parseArgs({ options: { packable: { type: 'boolean', default: false } } })
if (!values.packable) {
  run('npm', 'run', '--silent', 'build')
  run('npm', 'run', '--silent', 'binaries')
}
const fault = faultOfBinaries() ?? faultOfCode()
if (fault !== undefined) refuse(fault)
if (!values.packable) {
  run(process.execPath, join(root, 'build', 'tools', 'test.js'), 'package')
  run('npm', 'pack', '--dry-run')
}
