/**
 * Runs the tests of the tiers named, or of single files: `node build/tools/test.js unit kernel programs/echo`. Those in
 * vm/ run under Debian's kernel, in one machine (vm.ts), with the modules that test/vm/modules.ts names for them. In CI
 * (the variable CI set) a skip fails the run unless its reason is among those allowed there.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { modules } from '../test/vm/modules.js'

const tests = fileURLToPath(new URL('../test', import.meta.url))
const files: string[] = []
for (const name of process.argv.slice(2)) {
  const path = join(tests, name)
  if (existsSync(`${path}.test.js`)) files.push(`${path}.test.js`)
  else if (!existsSync(path)) fail(`no tests in ${name}`)
  else
    for (const inside of readdirSync(path, { recursive: true, encoding: 'utf8' }))
      if (inside.endsWith('.test.js')) files.push(join(path, inside))
}
if (files.length === 0) fail('usage: test.js TIER…')
files.sort()

const there = files.filter((file) => relative(tests, file).startsWith('vm/'))
const here = files.filter((file) => !there.includes(file))

/** Many tests wait most of the time: more than one file at once, also where there are two cores only. */
const parallel = Math.max(2, availableParallelism() - 1)

if (here.length > 0) await run(node(parallel, here))
if (there.length > 0) {
  const wanted = new Set(there.flatMap((file) => modules[basename(file, '.test.js')] ?? []))
  const vm = [process.execPath, fileURLToPath(new URL('vm.js', import.meta.url)), '--limit', '1500']
  // The machine has one processor.
  await run([...vm, ...[...wanted].flatMap((name) => ['--module', name]), '--', ...node(1, there)])
}

function node(concurrency: number, of: readonly string[]): string[] {
  const options = ['--expose-gc', '--test', `--test-concurrency=${concurrency}`, '--test-reporter=spec']
  return [process.execPath, ...options, ...of]
}

async function run([command = '', ...args]: readonly string[]): Promise<void> {
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk
    process.stdout.write(chunk)
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  const skips = output.split('\n').filter((line) => / # (SKIP|.*needs )/.test(line))
  if (code === 0 && process.env.CI !== undefined && skips.length > 0)
    fail(`skipped in CI:\n${skips.join('\n')}`)
  if (code !== 0) process.exitCode = code ?? 1
}

function fail(why: string): never {
  process.stderr.write(`test: ${why}\n`)
  process.exit(1)
}
