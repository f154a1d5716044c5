/** The arm64 addon on an arm64 machine, and that the tool that boots it tells what happened there. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const addon = 'prebuilds/linux-arm64-glibc/berkeley.node'
const work = mkdtempSync(join(tmpdir(), 'berkeley-'))
after(() => rmSync(work, { recursive: true }))

function arm64(args: readonly string[], env: NodeJS.ProcessEnv = {}): SpawnSyncReturns<string> {
  const tool = join(root, 'build/tools/arm64.js')
  return spawnSync(process.execPath, [tool, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, ...env },
    timeout: 300_000,
  })
}

/** Runs the text of a CommonJS script there. */
function run(text: string, ...options: string[]): SpawnSyncReturns<string> {
  const script = join(work, 'script.cjs')
  writeFileSync(script, text)
  return arm64([...options, script])
}

function needsMachine(): { skip: false | string } {
  if (!existsSync(join(root, addon))) return { skip: `needs ${addon} (npm run binaries)` }
  // Without a script it fetches what is missing.
  const { status, stderr } = arm64([])
  return { skip: status === 0 ? false : `needs an arm64 machine: ${stderr.trim().split('\n').at(-1)}` }
}

describe('arm64', needsMachine(), () => {
  for (const engine of ['uv', 'thread'])
    it(`the smoke suite, with the ${engine} engine`, () => {
      const { status, stdout, stderr } = arm64(['--limit', '180', 'test/smoke/smoke.js'], {
        BERKELEY_ENGINE: engine,
      })
      assert.equal(status, 0, stdout + stderr)
    })

  it('output and status come through', () => {
    const { status, stdout, stderr } = run(`
      const { glibcVersionRuntime } = process.report.getReport().header
      console.log(process.arch, glibcVersionRuntime !== undefined, process.argv.length)
      console.error('complaint')
      process.exitCode = 7`)
    assert.deepEqual([status, stdout], [7, 'arm64 true 2\n'], stderr)
    assert.match(stderr, /^complaint$/m)
  })

  it('a panic is 125, with the last words of the kernel', () => {
    const { status, stderr } = run(`require('node:fs').writeFileSync('/proc/sysrq-trigger', 'c')`)
    assert.equal(status, 125, stderr)
    assert.match(stderr, /Kernel panic|Call trace/)
  })

  it('what does not end in time is stopped: 124', () => {
    const { status, stderr } = run('setInterval(() => {}, 1000)', '--limit', '3')
    assert.equal(status, 124, stderr)
  })
})
