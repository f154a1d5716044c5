/** The musl binary, in the one runtime for musl that npm has: Bun on x64. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { type MuslBun, muslBun } from './musl.js'
import { type Project, project } from './project.js'

const skip = process.arch === 'x64' ? false : 'needs an x64 machine'

describe('on musl', { skip }, () => {
  let bun: MuslBun
  let installed: Project
  before(() => {
    bun = muslBun()
    installed = project()
  })

  function run(script: string): SpawnSyncReturns<string> {
    const { folder, env } = installed
    const options = { cwd: folder, env: { ...env, ...bun.env }, encoding: 'utf8', timeout: 90_000 } as const
    return spawnSync(bun.command, [...bun.args, script], options)
  }

  it('every verb works', () => {
    const { status, stdout, stderr } = run('smoke.mjs')
    assert.equal(status, 0, `${stdout}${stderr}`)
    assert.match(stdout, /^all ok: bun .* \d+ verbs$/m)
  })

  it('by the binary for musl', () => {
    const script = `
      await import('berkeley')
      const maps = await import('node:fs').then((fs) => fs.readFileSync('/proc/self/maps', 'latin1'))
      console.log(maps.match(/prebuilds\\/[^/]+/)?.[0], maps.includes('libc.so.6'))`
    writeFileSync(join(installed.folder, 'which.mjs'), script)
    assert.equal(run('which.mjs').stdout, 'prebuilds/linux-x64-musl false\n')
  })
})
