/** docs/not-supported.md beside the table of families: what has no codec stands there, and nothing else. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { familyOf } from '#data/address/family.js'
import { absent, families } from '#data/families.js'
import { familyName } from '#data/names.js'
import { root } from './blocks.js'

const page = readFileSync(join(root, 'docs/not-supported.md'), 'utf8')
const rows = [...page.matchAll(/^\| `(AF_\w+)` +\| [^|]+\| ([^|]*)\|/gm)].map(
  ([, name = '', modules = '']) => ({
    name,
    modules: [...modules.matchAll(/`(\w+)`/g)].map(([, module]) => module),
  }),
)

describe('docs/not-supported.md', () => {
  it('has each family without a codec', () => {
    const without = families.filter(({ af }) => familyOf(af) === 'unknown').map(({ af }) => familyName(af))
    assert.deepEqual(rows.map(({ name }) => name).sort(), without.sort())
  })

  it('names their modules', () => {
    for (const { name, modules } of rows) {
      const row = families.find(({ af }) => familyName(af) === name)
      const known = [row?.module, ...(row?.kinds ?? []).map(({ module }) => module)]
      for (const module of modules) assert.ok(known.includes(module), `${module} of ${name}`)
      assert.equal(modules.length > 0, row?.module !== undefined, name)
    }
  })

  it('has the numbers that stand for no sockets', () => {
    for (const af of Object.keys(absent).map(Number))
      if (af !== 0) assert.ok(page.includes(`\`${familyName(af)}\``), familyName(af))
  })
})
