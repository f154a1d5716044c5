/** The TypeScript in README and docs/ is compiled strictly and run; the JavaScript is run as it is. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))
// Below the package, so that 'berkeley' means this checkout.
const work = join(root, 'build', 'docs')

const pages = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter((path) =>
  /^(docs\/)?[\w-]+\.md$/.test(path),
)
const blocks = pages.flatMap((page) =>
  [...readFileSync(join(root, page), 'utf8').matchAll(/^```([tj]s)\n(.*?)^```$/gms)].map(
    ([, language = '', code = ''], i) => ({
      name: `${page.replace(/\W+/g, '-')}-${i + 1}`,
      language,
      code,
    }),
  ),
)

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
for (const { name, language, code } of blocks) writeFileSync(join(work, `${name}.${language}`), code)
writeFileSync(
  join(work, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig.base.json',
    compilerOptions: { composite: false, isolatedDeclarations: false, declaration: false },
    include: ['*.ts'],
  }),
)
after(() => rmSync(work, { recursive: true, force: true }))

test('there is something to compile', () => assert.ok(blocks.length >= 2))

test('every block compiles', () => {
  const { status, stdout } = spawnSync('node_modules/.bin/tsc', ['-p', work], { cwd: root, encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

for (const { name } of blocks)
  test(`${name} runs`, () => {
    const run = spawnSync(process.execPath, [join(work, `${name}.js`)], { encoding: 'utf8', timeout: 20_000 })
    assert.equal(run.status, 0, run.stderr)
    assert.equal(run.stderr, '')
  })
