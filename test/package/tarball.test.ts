/** What is in the tarball, how large it is, and what the checkers of packages say of it. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { statSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { supported } from '#sys/platform.js'
import { installed } from '../../tools/registry.js'
import { pack, root, temporary } from './project.js'

/** Bytes; what makes it grow past these should be looked at, and may then raise them. */
const bounds = { packed: 590_000, unpacked: 2_120_000 }

/** Everything in the tarball is one of these. */
const expected = [
  /^package\.json$/,
  /^(?:README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^dist\/[\w/]+\.(?:js|d\.ts)$/,
  /^prebuilds\/linux-(?:x64|arm64)-(?:glibc|musl)\/berkeley\.node$/,
]

let tarball = ''
let files = new Map<string, number>()
before(() => {
  ;[tarball = ''] = pack(temporary())
  const list = spawnSync('tar', ['--list', '--verbose', '--file', tarball], { encoding: 'utf8' })
  files = new Map(
    [...list.stdout.matchAll(/^\S+ +\S+ +(\d+) .* package\/(.*)$/gm)].map(([, size, name = '']) => [
      name,
      Number(size),
    ]),
  )
})

describe('the tarball', () => {
  it('has the library, a binary for each platform, and nothing else', () => {
    for (const name of [
      'dist/index.js',
      'dist/index.d.ts',
      'dist/programs/main.js',
      ...supported.map((each) => `prebuilds/${each}/berkeley.node`),
    ])
      assert.ok(files.has(name), name)
    for (const name of files.keys())
      assert.ok(
        expected.some((each) => each.test(name)),
        name,
      )
  })

  it('runs no script where it is installed', () => {
    const text = spawnSync('tar', ['--extract', '--to-stdout', '--file', tarball, 'package/package.json'], {
      encoding: 'utf8',
    }).stdout
    const { scripts, gypfile } = JSON.parse(text) as { scripts: Record<string, string>; gypfile?: boolean }
    for (const name of ['preinstall', 'install', 'postinstall', 'prepare'])
      assert.ok(!(name in scripts), name)
    // npm would run node-gyp by itself where it finds a binding.gyp.
    assert.equal(gypfile, false)
  })

  it('is not larger than it should be', (t) => {
    const sizes = {
      packed: statSync(tarball).size,
      unpacked: [...files.values()].reduce((sum, size) => sum + size, 0),
    }
    t.diagnostic(JSON.stringify(sizes))
    for (const [name, bound] of Object.entries(bounds)) {
      const size = sizes[name as keyof typeof sizes]
      assert.ok(size > 0 && size <= bound, `${size} bytes ${name}, and not at most ${bound}`)
    }
  })
})

describe('the checkers', () => {
  it('publint finds nothing', () => {
    const publint = join(installed('publint@0.3.25'), '.bin', 'publint')
    const { status, stdout } = spawnSync(publint, ['--strict', tarball], { cwd: root, encoding: 'utf8' })
    assert.equal(status, 0, stdout)
  })

  it('attw finds nothing but that it is made of modules, which require() takes', () => {
    const attw = join(installed('@arethetypeswrong/cli@0.18.5'), '.bin', 'attw')
    // The profile leaves out the resolution of before `exports`, which knows no subpaths.
    const args = [
      '--no-definitely-typed',
      '--profile',
      'node16',
      '--ignore-rules',
      'cjs-resolves-to-esm',
      '--',
      tarball,
    ]
    const { status, stdout } = spawnSync(attw, args, { cwd: root, encoding: 'utf8' })
    assert.equal(status, 0, stdout)
  })
})
