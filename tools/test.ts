/**
 * Runs the tests of the tiers named: `node build/tools/test.js unit kernel programs`. In CI (the variable CI set) a
 * skip fails the run unless its reason is among those allowed there.
 */
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const tests = fileURLToPath(new URL('../test', import.meta.url))
const tiers = process.argv.slice(2)
const files: string[] = []
for (const tier of tiers) {
  const folder = join(tests, tier)
  if (!existsSync(folder)) fail(`no tests in ${tier}`)
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (name.endsWith('.test.js')) files.push(join(folder, name))
}
if (files.length === 0) fail('usage: test.js TIER…')

/** Many tests wait most of the time: more than one file at once, also where there are two cores only. */
const PARALLEL = [`--test-concurrency=${Math.max(2, availableParallelism() - 1)}`]

const run = spawn(
  process.execPath,
  ['--expose-gc', '--test', ...PARALLEL, '--test-reporter=spec', ...files.sort()],
  {
    stdio: ['ignore', 'pipe', 'inherit'],
  },
)
let output = ''
run.stdout.on('data', (chunk: Buffer) => {
  output += chunk
  process.stdout.write(chunk)
})
run.on('close', (code) => {
  const skips = output.split('\n').filter((line) => / # (SKIP|.*needs )/.test(line))
  if (code === 0 && process.env.CI !== undefined && skips.length > 0)
    fail(`skipped in CI:\n${skips.join('\n')}`)
  process.exitCode = code ?? 1
})

function fail(why: string): never {
  process.stderr.write(`test: ${why}\n`)
  process.exit(1)
}
