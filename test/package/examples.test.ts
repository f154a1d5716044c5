/** The examples on every runtime: compiled, or as TypeScript where the runtime takes that, as examples/README.md says. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { it } from 'node:test'
import { install, type Runtime, runtimes } from '../../tools/runtimes.js'
import { root } from './project.js'

const tests = join(root, 'build/test/examples/examples.test.js')

/** Node before 24 does not know `using`. */
const takesTypeScript = ({ name }: Runtime): boolean => !/^Node 2[02]\./.test(name)

for (const runtime of runtimes)
  it(`${runtime.name} runs the ${takesTypeScript(runtime) ? 'TypeScript' : 'compiled ones'}`, (t) => {
    let binary: string
    try {
      binary = install(runtime)
    } catch (error) {
      return t.skip(`needs ${runtime.name}: ${(error as Error).message.split('\n', 1)}`)
    }
    // A test runner below a test runner would run nothing.
    const { NODE_TEST_CONTEXT: _, ...env } = process.env
    const [node, more] = takesTypeScript(runtime)
      ? [process.execPath, { BERKELEY_EXAMPLES_WITH: JSON.stringify([binary, ...runtime.args]) }]
      : [binary, {}]
    const { status, stdout } = spawnSync(node, ['--expose-gc', '--test', '--test-reporter=tap', tests], {
      env: { ...env, ...more },
      encoding: 'utf8',
      timeout: 120_000,
    })
    assert.equal(status, 0, stdout)
    assert.match(stdout, /^# pass [1-9]/m)
  })
