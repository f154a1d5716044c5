/**
 * The TypeScript in README and docs/ is compiled strictly and run; the JavaScript is run as it is. A Python block right
 * above one is run by python3, and has to print the same lines.
 */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { after, test } from 'node:test'
import { needsProgram } from '../support/needs.js'
import { blocksOf, pages, root } from './blocks.js'

// Below the package, so that 'berkeley' means this checkout.
const work = join(root, 'build', 'docs')
const extensions: Readonly<Record<string, string>> = { ts: 'ts', js: 'js', python: 'py' }

const blocks = pages.flatMap(blocksOf)
const scripts = blocks.filter(({ language }) => language !== 'python')
const pythons = blocks.filter(({ language }) => language === 'python')

rmSync(work, { recursive: true, force: true })
mkdirSync(work, { recursive: true })
for (const { name, language, code } of blocks)
  writeFileSync(join(work, `${name}.${extensions[language]}`), code)
writeFileSync(
  join(work, 'tsconfig.json'),
  JSON.stringify({
    extends: '../../tsconfig.base.json',
    compilerOptions: { composite: false, isolatedDeclarations: false, declaration: false },
    include: ['*.ts'],
  }),
)
after(() => rmSync(work, { recursive: true, force: true }))

/** What a program prints. It must succeed, and complain of nothing. */
function output(program: string, file: string): string {
  const { status, stdout, stderr, error } = spawnSync(program, [join(work, file)], {
    cwd: root,
    encoding: 'utf8',
    timeout: 20_000,
  })
  assert.equal(status, 0, `${error ?? ''}${stdout}${stderr}`)
  assert.equal(stderr, '')
  return stdout
}

test('there is something to compile', () => assert.ok(scripts.length >= 2))

test('every block compiles', () => {
  const { status, stdout } = spawnSync('node_modules/.bin/tsc', ['-p', work], { cwd: root, encoding: 'utf8' })
  assert.equal(status, 0, stdout)
})

const printed = new Map<string, string>()

for (const { name, twin } of scripts) {
  test(`${name} runs`, () => void printed.set(name, output(process.execPath, `${name}.js`)))
  if (twin !== undefined)
    test(`${name} prints what the Python above it does`, needsProgram('python3'), () => {
      const expected = output('python3', `${twin.name}.py`)
      assert.notEqual(expected, '', 'what prints nothing compares nothing')
      assert.equal(printed.get(name), expected)
    })
}

test('every Python block has its counterpart', () => {
  const twins = new Set(scripts.map(({ twin }) => twin?.name))
  assert.deepEqual(
    pythons.map(({ name }) => name).filter((name) => !twins.has(name)),
    [],
  )
})

/** What GitHub makes of a heading for links to it. */
function slug(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
}

test('every link within the documentation leads somewhere', () => {
  const anchors = (page: string): string[] =>
    [...readFileSync(join(root, page), 'utf8').matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
      slug(heading),
    )
  for (const page of pages)
    for (const [link, path = '', anchor] of readFileSync(join(root, page), 'utf8').matchAll(
      /\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)/g,
    )) {
      const target = path === '' ? page : join(dirname(page), path)
      assert.ok(existsSync(join(root, target)), `${page}: ${link}`)
      if (anchor !== undefined) assert.ok(anchors(target).includes(anchor), `${page}: ${link}`)
    }
})
