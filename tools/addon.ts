/** Builds the addon with node-gyp when it is missing or older than its source: `node build/tools/addon.js [--sanitize address]`. */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { nodedir } from './nodedir.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const native = join(root, 'native')
const output = join(native, 'build', 'Release', 'berkeley.node')

const { values } = parseArgs({ options: { sanitize: { type: 'string' }, force: { type: 'boolean' } } })

const changed = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)
const newest = Math.max(
  ...readdirSync(native)
    .filter((name) => /\.(c|h|gyp)$/.test(name))
    .map((name) => changed(join(native, name))),
)

if (values.sanitize !== undefined || values.force === true || changed(output) < newest) {
  const gyp = createRequire(import.meta.url).resolve('node-gyp/bin/node-gyp.js')
  const args = [gyp, 'rebuild', '-C', native, '--loglevel=warn', `--nodedir=${nodedir()}`]
  if (values.sanitize !== undefined) args.push('--', `-Dsanitize=${values.sanitize}`)
  const built = spawnSync(process.execPath, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  if (built.status !== 0) {
    process.stderr.write(`${built.stdout}${built.stderr}\nberkeley: the addon did not build (see above)\n`)
    process.exit(1)
  }
  if (/warning:/.test(built.stderr + built.stdout)) process.stderr.write(built.stderr)
}
