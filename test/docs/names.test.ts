/** The table at the end of docs/from-python.md: every name that Python has, and only names that berkeley has. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import * as berkeley from 'berkeley'
import { root } from './blocks.js'

const page = readFileSync(join(root, 'docs/from-python.md'), 'utf8')
const table = page.slice(page.indexOf('\n## Every name\n'))
const rows = [...table.matchAll(/^\| `((?:socket|s)\.\w+)` +\| (.*?) *\|/gm)].map(
  ([, python = '', here = '']) => ({ python, here }),
)

/** Constants have values of int or its subclasses; has_ipv6 is a bool. */
const LIST = `
import socket, sys
print(*sys.version_info[:2], sep='.')
for name in socket.__all__:
    value = getattr(socket, name)
    if not isinstance(value, int) or isinstance(value, bool):
        print('socket.' + name)
for name in dir(socket.socket):
    if not name.startswith('_'):
        print('s.' + name)
`

const { error, stdout = '' } = spawnSync('python3', ['-c', LIST], { encoding: 'utf8' })
const [version, ...names] = (stdout ?? '').trim().split('\n')
const skip =
  error !== undefined
    ? 'needs python3 on PATH'
    : version === '3.11'
      ? false
      : `needs Python 3.11, not ${version}`

test('every name of Python’s has a row, and every row a name', { skip }, () => {
  assert.ok(names.length > 70, stdout)
  assert.deepEqual(rows.map(({ python }) => python).sort(), names.sort())
})

test('what a row names is there', () => {
  assert.ok(rows.length > 70)
  const methods = berkeley.Socket.prototype
  for (const { python, here } of rows) {
    if (here.startsWith('not here: ')) {
      const [, name = ''] = python.split('.')
      const camel = name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
      assert.ok(!(camel in (python.startsWith('s.') ? methods : berkeley)), `${python} is there`)
      continue
    }
    const ours = [...here.matchAll(/`(s\.)?(\w+)`/g)]
    assert.ok(ours.length > 0, python)
    for (const [text, method, name = ''] of ours)
      assert.ok(name in (method === undefined ? berkeley : methods), `${text} for ${python}`)
  }
})

test('a row that names one of two twins names the other', () => {
  for (const { python, here } of rows)
    for (const [text, method, name = ''] of here.matchAll(/`(s\.)?(\w+)`/g)) {
      const twin = `${name}Sync`
      if (
        twin in (method === undefined ? berkeley : berkeley.Socket.prototype) &&
        !here.startsWith('not here')
      )
        assert.match(here, new RegExp(`\\b${twin}\\b`), `${text} for ${python}`)
    }
})
