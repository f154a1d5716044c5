/** What a checkout does with a Node that came without headers, and what it refuses to pack. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import {
  appendFileSync,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { prebuild, root, temporary } from './project.js'

let checkout = ''
let node = ''
before(() => {
  prebuild()
  const folder = temporary()
  checkout = join(folder, 'checkout')
  const parts = ['package.json', 'native', 'tools', 'src', 'dist', 'build/tools', 'prebuilds']
  for (const part of parts)
    cpSync(join(root, part), join(checkout, part), {
      recursive: true,
      filter: (source) => source !== join(root, 'native', 'build'),
    })
  symlinkSync(join(root, 'node_modules'), join(checkout, 'node_modules'))
  // No include/ beside it, as where a distribution packs the headers by themselves.
  node = join(folder, 'bin', 'node')
  mkdirSync(join(folder, 'bin'))
  copyFileSync(process.execPath, node)
})

function tool(...args: string[]): SpawnSyncReturns<string> {
  const { PATH } = process.env
  // No settings of npm's, no headers that node-gyp has kept, and a dead end where it would fetch them.
  const env = { PATH, HOME: join(checkout, 'home'), npm_config_disturl: 'http://127.0.0.1:1/' }
  const [script = '', ...rest] = args
  return spawnSync(node, [join(checkout, 'build', 'tools', script), ...rest], { env, encoding: 'utf8' })
}

describe('a checkout', () => {
  it('builds with a Node that has no headers, without a download', () => {
    const { status, stderr } = tool('addon.js')
    assert.equal(status, 0, stderr)
    const addon = join(checkout, 'native/build/Release/berkeley.node')
    assert.ok(existsSync(addon))
    const script = `const { socketpair } = await import('${join(checkout, 'dist/index.js')}')
      for (const each of socketpair()) each.close()`
    assert.equal(spawnSync(node, ['--input-type=module', '-e', script]).status, 0)
  })

  it('may be packed when everything is current', () => {
    const { status, stderr } = tool('release.js', '--packable')
    assert.equal(status, 0, stderr)
  })

  const faults = {
    'a source that is newer than the binaries': () => appendFileSync(join(checkout, 'native/addon.c'), '\n'),
    'a binary that is missing': () =>
      rmSync(join(checkout, 'prebuilds/linux-arm64-musl'), { recursive: true }),
    'a binary that is another': () =>
      writeFileSync(join(checkout, 'prebuilds/linux-x64-glibc/berkeley.node'), ''),
    'code without a source': () => writeFileSync(join(checkout, 'dist/engine/gone.js'), ''),
  }
  for (const [name, make] of Object.entries(faults))
    it(`is not packed with ${name}`, () => {
      make()
      const { status, stderr } = tool('release.js', '--packable')
      assert.equal(status, 1)
      assert.match(stderr, /^berkeley: not to be packed: .+\n$/)
      for (const part of ['native', 'prebuilds', 'dist']) {
        rmSync(join(checkout, part), { recursive: true })
        cpSync(join(root, part), join(checkout, part), { recursive: true })
      }
    })
})
