/** The house's rules (design §1): dependencies point down only, codecs are pure, the folders stay flat. */
import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'

const src = fileURLToPath(new URL('../../../src', import.meta.url))

/** The higher may use the lower; the same number, nobody but themselves. */
const floors: Readonly<Record<string, number>> = {
  programs: 7,
  netlink: 6,
  protocols: 5,
  comfort: 4,
  socket: 3,
  names: 2,
  engine: 2,
  data: 1,
  sys: 1,
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .sort()

/** What a file imports: `import … from`, `export … from`, bare and dynamic imports, require. */
function importsOf(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const found = text.matchAll(
    /(?:^|[\s;}])(?:import|export)\b[^'"`;()]*?from\s*['"](?<from>[^'"]+)['"]|(?:^|[\s;])import\s*['"](?<bare>[^'"]+)['"]|\b(?:import|require)\s*\(\s*['"`](?<called>[^'"`]+)/g,
  )
  return [...found].map(({ groups }) => (groups?.from ?? groups?.bare ?? groups?.called) as string)
}

/** The file in src that an import means, or undefined for what is elsewhere. */
function target(file: string, specifier: string): string | undefined {
  if (specifier.startsWith('#')) return specifier.slice(1).replace(/\.js$/, '.ts')
  if (specifier === 'berkeley') return 'index.ts'
  if (specifier.startsWith('.')) return join(dirname(file), specifier).replace(/\.js$/, '.ts')
  return undefined
}

const graph = new Map(files.map((file) => [file, importsOf(file)]))
const folderOf = (file: string): string => (file.includes('/') ? (file.split('/')[0] as string) : '')

describe('the layers', () => {
  it('are read as they are written', () => {
    assert.ok(files.length >= 20, `${files.length} files`)
    assert.ok([...graph.values()].flat().length > 100)
    for (const [file, imports] of graph)
      for (const specifier of imports) {
        const to = target(file, specifier)
        if (to !== undefined) assert.ok(files.includes(to), `${file} imports ${specifier}, which is no file`)
      }
    for (const file of files)
      if (file.includes('/')) assert.ok(folderOf(file) in floors, `no floor for ${folderOf(file)}/`)
    // Whatever begins like an import is among them.
    for (const file of files) {
      const lines = readFileSync(join(src, file), 'utf8').match(/^import\b/gm) ?? []
      assert.ok((graph.get(file)?.length ?? 0) >= lines.length, file)
    }
  })

  it('depend on lower ones only', () => {
    for (const [file, imports] of graph)
      for (const specifier of imports) {
        const to = target(file, specifier)
        // What is at the top (index.ts) gathers, and may use all.
        if (to === undefined || folderOf(file) === '') continue
        const from = folderOf(file)
        const into = folderOf(to)
        // The programs are users of the library.
        if (into === '' && from === 'programs') continue
        assert.ok(
          from === into || (floors[into] ?? Infinity) < (floors[from] as number),
          `${file} imports ${specifier}: ${from} may not use ${into || 'index.ts'}`,
        )
      }
  })

  it('reach the addon through sys alone', () => {
    let importers = 0
    for (const file of files) {
      const text = readFileSync(join(src, file), 'utf8')
      const native = /createRequire|\.node\b['"`]|process\.dlopen|\brequire\s*\(/.test(
        text.replace(/node:/g, ''),
      )
      if (native) importers++
      if (native) assert.equal(folderOf(file), 'sys', `${file} loads a native module`)
    }
    assert.equal(importers, 1)
  })

  it('keep the codecs pure: no node:*, no sys, no package', () => {
    const above = new Set(['comfort', 'socket', 'names', 'engine'])
    const pure = files.filter((file) => {
      if (folderOf(file) === 'data') return true
      // A client in protocols stands on the sockets; what does not is a codec.
      const uses = (graph.get(file) ?? []).map((specifier) => target(file, specifier) ?? '')
      return folderOf(file) === 'protocols' && !uses.some((to) => above.has(folderOf(to)))
    })
    assert.ok(pure.includes('protocols/strftime.ts'))
    // Node's globals are as impure as its modules.
    for (const file of pure) {
      if (folderOf(file) !== 'data') continue
      const text = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      assert.ok(!/\b(?:process|Buffer|globalThis)\./.test(text), file)
    }
  })

  it('let wire and pcap run in a browser: nothing impure in all that they stand on', () => {
    const reached = new Set<string>()
    const visit = (file: string): void => {
      if (reached.has(file)) return
      reached.add(file)
      for (const specifier of graph.get(file) ?? []) {
        const to = target(file, specifier)
        assert.ok(to !== undefined, `${file} imports ${specifier}`)
        visit(to)
      }
    }
    for (const file of files) if (/^protocols\/(?:wire|pcap)\//.test(file)) visit(file)
    assert.ok(reached.has('protocols/wire/tcp.ts') && reached.has('data/errors.ts'))
    for (const file of reached) {
      assert.match(file, /^(?:protocols\/(?:wire|pcap)|data)\//)
      const text = readFileSync(join(src, file), 'utf8').replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
      assert.doesNotMatch(text, /\b(?:process|Buffer|globalThis|require)\b/, file)
    }
  })

  it('have no cycles', () => {
    const done = new Set<string>()
    const path: string[] = []
    const visit = (file: string): void => {
      assert.ok(!path.includes(file), `${[...path.slice(path.indexOf(file)), file].join(' > ')}`)
      if (done.has(file)) return
      path.push(file)
      // Types vanish at run time, and do not make a cycle.
      for (const to of runtimeImports(file)) visit(to)
      path.pop()
      done.add(file)
    }
    for (const file of files) visit(file)
    assert.equal(done.size, files.length)
  })

  it('have short paths and honest names', () => {
    for (const file of files) {
      const folders = relative('.', dirname(file)).split('/')
      assert.ok(folders.length <= 3, file)
      for (const name of [...folders, file.replace(/^.*\/|\.ts$/g, '')])
        assert.doesNotMatch(name, /^(utils?|helpers?|common|misc|shared|lib)$/i, file)
    }
  })
})

/** The files that must be there for `file` to run: `import type` and `export type` aside. */
function runtimeImports(file: string): string[] {
  const text = readFileSync(join(src, file), 'utf8')
    .replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
    .replace(/^(?:import|export) type\b[^'"]*from\s*['"][^'"]+['"]/gm, '')
  const found = [...text.matchAll(/(?:from|import)\s*\(?\s*['"]([^'"]+)['"]/g)]
  return found.map(([, specifier]) => target(file, specifier as string)).filter((to) => to !== undefined)
}
