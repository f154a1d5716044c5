/**
 * Runs a script that imports 'berkeley' on an arm64 machine, an emulated one with Debian's kernel:
 * `node build/tools/arm64.js [--limit SECONDS] [--node VERSION] [--with PATH]… [script.js [argument…]]`. Without a script
 * it only fetches what such a machine needs. The package is the checkout's: dist/ and the prebuilt addon, and what of
 * the checkout --with names. Variables named BERKELEY_… are handed on. The exit status is the script's; 124 past the
 * limit, 125 when there was no machine. A `--` ends the options, so that those behind it are the script's.
 */
import { existsSync, readFileSync } from 'node:fs'
import { basename, join, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machine, qemu, withCommand } from './arm64/machine.js'
import { findParts } from './arm64/parts.js'
import { add, type Tree } from './cpio.js'
import { boot, emulator } from './machine.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const addon = 'prebuilds/linux-arm64-glibc/berkeley.node'

const start = performance.now()
let last = start

function say(what: string): void {
  const now = performance.now()
  process.stderr.write(`arm64: ${what} (${((now - last) / 1000).toFixed(1)} s)\n`)
  last = now
}

/** The package as npm installs it, and beside its dist/ the script, whose 'berkeley' is then this package. */
function project(script: string, more: readonly string[]): { tree: Tree; path: string } {
  const tree: Tree = new Map()
  const { dependencies } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    dependencies: Record<string, string>
  }
  const modules = Object.keys(dependencies).map((name) => `node_modules/${name}`)
  for (const path of ['package.json', 'dist', addon, ...modules, ...more]) {
    if (!existsSync(join(root, path)))
      throw new Error(`no ${path}: npm run build and npm run binaries make it`)
    add(tree, join(root, path), `berkeley/${path}`)
  }
  const inside = relative(root, script)
  const path = `berkeley/${inside.startsWith('..') ? basename(script) : inside}`
  add(tree, script, path)
  return { tree, path }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      limit: { type: 'string', default: '60' },
      node: { type: 'string', default: '20.20.2' },
      with: { type: 'string', multiple: true, default: [] },
    },
  })
  const limit = Number(values.limit)
  if (!(limit > 0)) throw new Error(`--limit takes seconds, not ${values.limit}`)
  const version = emulator(qemu, 'qemu-system-arm')
  const parts = findParts(values.node, () => process.stderr.write('arm64: fetching a kernel and Node\n'))
  say(`Node ${values.node} on qemu ${version} is ready`)
  const [script, ...rest] = positionals
  if (script === undefined) return 0

  const { tree, path } = project(resolve(script), values.with)
  const variables = Object.entries(process.env).filter(([name]) => /^BERKELEY_\w+$/.test(name))
  const command = [
    ...variables.map(([name, value = '']) => `export ${name}=${quoted(value)}`),
    'cd /berkeley',
    `exec node ${[`/${path}`, ...rest].map(quoted).join(' ')}`,
  ]
  const all = withCommand(tree, `${command.join('\n')}\n`)
  const outcome = await boot(machine(parts), all, limit, () => say('the machine is up'))
  if (outcome.status !== undefined) {
    say(`${script} ended with ${outcome.status}`)
    return outcome.status
  }
  say(outcome.timedOut ? `stopped after ${limit} s` : 'the machine ended before the script')
  process.stderr.write(`${outcome.tail}\n`)
  return outcome.timedOut ? 124 : 125
}

// So that what is to happen on exit happens.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(125))

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`arm64: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 125
}
