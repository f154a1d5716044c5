/** docs/python.md: every public name of Python's socket modules has a row, and what a row says is there is there. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as berkeley from 'berkeley'
import { newest } from '../../tools/python/names.js'
import { camelCase, page, type Row, sections } from '../../tools/python.js'
import { root } from './blocks.js'

const exported = berkeley as Readonly<Record<string, unknown>>

const rows = sections().flatMap((section) => section.rows.map((row) => ({ ...row, title: section.title })))
const byPython: ReadonlyMap<string, Row> = new Map(rows.map((row) => [row.python, row]))

const classes: Readonly<Record<string, object>> = {
  Socket: berkeley.Socket.prototype,
  SocketFile: berkeley.SocketFile.prototype,
}

/** What a name in the column `here` stands for; undefined where there is nothing. */
function lookUp(name: string): { readonly value: unknown } | undefined {
  const [first = '', member] = name.split('.')
  const of = classes[first]
  if (member === undefined) return first in exported ? { value: exported[first] } : undefined
  if (of === undefined || !(member in of)) return undefined
  // Attributes are accessors, which want a socket: that they are there is all that is asked.
  const method = descriptorOf(of, member)?.value as unknown
  return { value: method }
}

function descriptorOf(of: object, member: string): PropertyDescriptor | undefined {
  for (let at: object | null = of; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const found = Object.getOwnPropertyDescriptor(at, member)
    if (found !== undefined) return found
  }
  return undefined
}

/** A constant's number: its own, or that of the option it is. */
function numberOf(value: unknown): unknown {
  return typeof value === 'object' && value !== null && 'option' in value ? value.option : value
}

/** What is wrong with a value of which a row of this section says that it is there. */
function wrongKind(title: string, name: string, value: unknown): boolean {
  switch (title) {
    case 'Functions':
    case 'Classes':
      return typeof value !== 'function'
    case 'Exceptions':
      return typeof value !== 'function' || !(value.prototype instanceof Error)
    case 'Methods and attributes of a socket':
    case 'Methods and attributes of a file':
    case 'What Python has on other systems':
      return name.includes('.') ? !['function', 'undefined'].includes(typeof value) : !isConstant(value)
    default:
      return !isConstant(value)
  }
}

const isConstant = (value: unknown): boolean => ['number', 'string'].includes(typeof numberOf(value))

describe('docs/python.md', () => {
  it('is what its lists say (node build/tools/python.js writes it)', () => {
    assert.ok(readFileSync(join(root, 'docs/python.md'), 'utf8') === page(), 'docs/python.md is an older one')
  })

  it('has one row for each name', () => {
    assert.ok(rows.length > 700, `${rows.length} rows`)
    assert.equal(byPython.size, rows.length)
  })

  it('claims only what is there', () => {
    const missing = rows.flatMap(({ here }) => here.filter((name) => lookUp(name) === undefined))
    assert.deepEqual([...new Set(missing)], [])
  })

  it('claims it of the right kind', () => {
    for (const { title, here } of rows)
      for (const name of here) {
        const found = lookUp(name)
        if (found !== undefined) assert.ok(!wrongKind(title, name, found.value), `${name}, of ${title}`)
      }
  })

  it('denies nothing that is there, and says why of each', () => {
    for (const { python, here, note } of rows) {
      if (here.length > 0) continue
      assert.notEqual(note, '', python)
      assert.equal(lookUp(camelCase(python.replace(/^socket\./, 'Socket.'))), undefined, python)
    }
  })

  it('names both of two twins', () => {
    for (const { python, here } of rows)
      for (const name of here) {
        const twin = `${name}Sync`
        if (lookUp(twin) !== undefined) assert.ok(here.includes(twin), `${twin} for ${python}`)
      }
  })
})

/** Of each name: a constant's value, or what it is. What the modules import for themselves is left out. */
const LIST = `
import _socket, json, socket, sys
found = {}
for module in _socket, socket:
    for name, value in vars(module).items():
        other = getattr(value, '__module__', None)
        if name.startswith('_') or isinstance(value, type(sys)) or other in ('enum', 'array'):
            continue
        found[name] = value
for name in dir(socket.socket):
    if not name.startswith('_'):
        found['socket.' + name] = None
for name in vars(socket.SocketIO):
    if not name.startswith('_'):
        found['SocketIO.' + name] = None
def plain(value):
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        return None
    return int(value) if isinstance(value, int) else value
print(json.dumps({'version': '%d.%d' % sys.version_info[:2], 'names': {n: plain(v) for n, v in found.items()}}))
`

interface Real {
  readonly version: string
  readonly names: Readonly<Record<string, number | string | null>>
}

const run = spawnSync('python3', ['-c', LIST], { encoding: 'utf8' })
const minor = (version: string): number => Number(version.split('.')[1])
const real = run.error === undefined && run.status === 0 ? (JSON.parse(run.stdout) as Real) : undefined
const skip =
  real === undefined
    ? 'needs python3 on PATH'
    : minor(real.version) < 11 || minor(real.version) > minor(newest)
      ? `needs Python 3.11 to ${newest}, not ${real.version}`
      : false

describe('Python’s own module', { skip }, () => {
  const { version, names } = real ?? { version: '', names: {} }

  it('has no name without a row, and none before its time', () => {
    assert.ok(Object.keys(names).length > 300, run.stdout)
    assert.deepEqual(
      Object.keys(names).filter((name) => !byPython.has(name)),
      [],
    )
    for (const name of Object.keys(names))
      assert.ok(minor(byPython.get(name)?.since ?? '') <= minor(version), `${name} is there since before`)
  })

  it('has the same values', () => {
    let compared = 0
    for (const [name, value] of Object.entries(names)) {
      const here = byPython.get(name)?.here ?? []
      const found = here[0] === undefined || value === null ? undefined : lookUp(here[0])
      if (found === undefined) continue
      compared++
      assert.equal(numberOf(found.value), value, `${name} is ${here[0]}`)
    }
    assert.ok(compared > 300, `${compared} constants`)
  })
})
