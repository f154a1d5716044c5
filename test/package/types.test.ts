/** The types that the package carries, read by the oldest TypeScript it names and by newer ones. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { installed } from '../../tools/registry.js'
import { type Project, project, root } from './project.js'

/** The compiler, and Node's types beside it. The first is what README promises. */
const compilers = [
  { typescript: '5.4.5', node: '20.19.43' },
  { typescript: '5.9.3', node: '24.10.0' },
  { typescript: '7.0.2', node: '26.0.0' },
]

const modules = [
  ['--module', 'nodenext', '--moduleResolution', 'nodenext'],
  ['--module', 'esnext', '--moduleResolution', 'bundler'],
]

const usual = [
  '--noEmit',
  '--strict',
  '--target',
  'es2022',
  '--lib',
  'es2023,esnext.disposable',
  '--types',
  'node',
]

let consumer: Project
before(() => {
  consumer = project()
  cpSync(join(root, 'test', 'package', 'consumer.ts'), join(consumer.folder, 'consumer.mts'))
  mkdirSync(join(consumer.folder, 'node_modules', '@types'))
})

for (const { typescript, node } of compilers)
  describe(`TypeScript ${typescript} with the types of Node ${node}`, () => {
    let tsc = ''
    before(() => {
      const tree = installed(`typescript@${typescript}`, `@types/node@${node}`)
      tsc = join(tree, '.bin', 'tsc')
      const types = join(consumer.folder, 'node_modules', '@types', 'node')
      rmSync(types, { force: true })
      symlinkSync(join(tree, '@types', 'node'), types)
    })

    for (const module of modules)
      for (const skip of ['true', 'false'])
        it(`reads them as ${module[3]}, skipLibCheck ${skip}`, () => {
          const args = [...usual, ...module, '--skipLibCheck', skip, 'consumer.mts']
          const { status, stdout } = spawnSync(tsc, args, { cwd: consumer.folder, encoding: 'utf8' })
          assert.equal(status, 0, stdout)
        })
  })

it('is the oldest that README names', () => {
  const [oldest] = compilers
  const named = /TypeScript (\d+\.\d+) or newer/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1]
  assert.equal(named, oldest?.typescript.replace(/\.\d+$/, ''))
})
