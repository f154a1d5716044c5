/** Every example, run against real peers, and the list of them. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type Proof, root } from './example.js'
import { experiments } from './experiments.js'
import { talks } from './talks.js'

const proofs: Readonly<Record<string, Proof>> = { ...talks, ...experiments }
const folder = join(root, 'examples')
const names = readdirSync(folder)
  .filter((name) => name !== 'README.md')
  .map((name) => name.replace(/\.ts$/, ''))
  .sort()

describe('the examples', { concurrency: 3 }, () => {
  for (const name of names) it(name, proofs[name]?.needs ?? {}, () => proofs[name]?.run())
})

describe('their list', () => {
  it('is complete: each has a proof and a row in README', () => {
    assert.deepEqual(Object.keys(proofs).sort(), names)
    const rows = [
      ...readFileSync(join(folder, 'README.md'), 'utf8').matchAll(/^\| \[([\w-]+)\.ts\]\(\1\.ts\)/gm),
    ]
    assert.deepEqual(rows.map(([, name]) => name).sort(), names)
  })

  it('names programs that exist, and each example says how to try it', () => {
    for (const name of [...names.map((each) => `${each}.ts`), 'README.md']) {
      const text = readFileSync(join(folder, name), 'utf8')
      const named = [...text.matchAll(/(\d\d-[\w-]+)\.js\b/g)].map(([, each]) => each as string)
      for (const each of named) assert.ok(names.includes(each), `${name} names ${each}`)
      if (name.endsWith('.ts'))
        assert.ok(named.includes(name.slice(0, -3)), `${name} does not say how to run it`)
    }
  })

  it('is of short programs', () => {
    for (const name of names) {
      const lines = readFileSync(join(folder, `${name}.ts`), 'utf8').split('\n').length - 1
      assert.ok(lines <= 60, `${name} has ${lines} lines`)
    }
  })
})
