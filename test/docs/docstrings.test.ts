/** Everything public tells what it is: the exports, the constants aside, and the methods of the classes among them. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { root } from './blocks.js'

/** The lines of a module, without the comment that is the file's own. */
function linesOf(path: string): string[] {
  return readFileSync(path, 'utf8')
    .replace(/^\/\*\*.*?\*\/\n/s, '')
    .split('\n')
}

/** Whether a docstring ends above the line; what is told once for several overloads stands above the first. */
function isTold(lines: readonly string[], at: number): boolean {
  return (lines[at - 1] ?? '').trimEnd().endsWith('*/')
}

interface Export {
  readonly name: string
  readonly path: string
}

/** What a module exports by name. The star stands for the constants. */
function exportsOf(index: string): Export[] {
  const path = join(root, index)
  return [...readFileSync(path, 'utf8').matchAll(/^export (?:type )?\{(.*?)\} from '(.*?)\.js'$/gms)].flatMap(
    ([, names = '', from = '']) =>
      names
        .split(',')
        .map((name) => name.replace(/\btype\b/, '').trim())
        .filter((name) => name !== '')
        .map((name) => ({ name, path: `${join(dirname(path), from)}.ts` })),
  )
}

/** The names without a docstring. */
function untold({ name, path }: Export, read: typeof linesOf = linesOf): string[] {
  const lines = read(path)
  const declared = new RegExp(
    `^(?:export )?(?:abstract )?(?:async )?(?:function\\*?|class|interface|type|const|let) ${name}\\b`,
  )
  const at = lines.findIndex((line) => declared.test(line))
  if (at < 0) {
    // Handed on from another module.
    const from = lines.join('\n').match(new RegExp(`\\{[^}]*\\b${name}\\b[^}]*\\} from '(.*?)\\.js'`))?.[1]
    assert.ok(from !== undefined, `${path} declares no ${name}`)
    return untold({ name, path: `${join(dirname(path), from)}.ts` }, read)
  }
  const found = isTold(lines, at) ? [] : [name]
  return / class /.test(lines[at] ?? '') ? [...found, ...untoldMembers({ name, path }, read, at)] : found
}

/** The methods and accessors of a class without a docstring, and of the class below it. What overrides inherits its own. */
function untoldMembers({ name, path }: Export, read: typeof linesOf, at: number): string[] {
  const lines = read(path)
  const found: string[] = []
  let last = ''
  for (let i = at + 1; lines[i] !== '}'; i++) {
    assert.ok(i < lines.length, `${path}: no end of ${name}`)
    const [, member] =
      /^ {2}(?:static )?(?:async )?\*?(?:get )?([a-z]\w*|\[Symbol\.\w+\])[(<]/.exec(lines[i] ?? '') ?? []
    if (member === undefined || member === 'constructor') continue
    if (member !== last && !isTold(lines, i)) found.push(`${name}.${member}`)
    last = member
  }
  const base = /class \w+(?:<[^{]*?>)? extends (\w+)/.exec(lines[at] ?? '')?.[1]
  const from = lines.join('\n').match(new RegExp(`\\{[^}]*\\b${base}\\b[^}]*\\} from '(\\..*?)\\.js'`))?.[1]
  return from === undefined
    ? found
    : [...found, ...untold({ name: base ?? '', path: `${join(dirname(path), from)}.ts` }, read)]
}

for (const [index, least] of [
  ['src/index.ts', 70],
  ['src/programs/index.ts', 30],
  ['src/netlink/index.ts', 20],
  ['src/protocols/pcap/index.ts', 10],
  ['src/protocols/wire/index.ts', 60],
] as const)
  test(`everything in ${index} has a docstring`, () => {
    const all = exportsOf(index)
    assert.ok(all.length >= least, `${all.length} exports`)
    assert.deepEqual([...new Set(all.flatMap((each) => untold(each)))], [])
  })

test('what is told nowhere is missed, in every part of Socket', () => {
  const bare = (path: string): string[] => linesOf(path).filter((line) => !/^ *(?:\/\*\*|\*)/.test(line))
  const socket = exportsOf('src/index.ts').find(({ name }) => name === 'Socket')
  assert.ok(socket !== undefined)
  const missed = untold(socket, bare)
  for (const name of [
    'Socket',
    'Socket.recv',
    'Socket.makefile',
    'BlockingSocket.recvSync',
    'Descriptor.bind',
    'Descriptor.type',
  ])
    assert.ok(missed.includes(name), `${name} would not be missed`)
})
