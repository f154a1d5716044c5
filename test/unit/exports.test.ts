/** What 'berkeley' exports: a name that two `export *` bring would silently be exported by neither. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as berkeley from 'berkeley'
import * as family from '#data/address/family.js'
import * as kernel from '#data/kernel.js'
import * as newer from '#data/newer.js'
import { rows } from './rows.js'

const exported = berkeley as Readonly<Record<string, unknown>>

describe('the exports of berkeley', () => {
  it('have every option row, as the same object', () => {
    assert.ok(rows.size >= 45, `${rows.size} rows`)
    for (const [name, row] of rows) assert.equal(exported[name], row, name)
  })

  it('have every address family', () => {
    const families = Object.entries(family).filter(([name]) => name.startsWith('AF_'))
    assert.ok(families.length >= 3)
    for (const [name, value] of families) assert.equal(exported[name], value, name)
  })

  it('have every other constant of the kernel, as it is', () => {
    const constants = Object.entries({ ...kernel, ...newer })
    assert.ok(constants.length > 1000, `${constants.length} constants`)
    for (const [name, value] of constants) {
      if (rows.has(name)) continue
      if (typeof value === 'number') assert.ok(Number.isInteger(value), name)
      assert.equal(exported[name], value, name)
    }
  })

  it('have a row only where its number is the constant’s', () => {
    for (const [name, row] of rows) {
      const constant = ({ ...kernel, ...newer } as Readonly<Record<string, unknown>>)[name]
      if (constant !== undefined) assert.equal(constant, row.option, name)
    }
  })

  it('are what they are called', () => {
    for (const name of [
      'socket',
      'socketpair',
      'fromfd',
      'createConnection',
      'createServer',
      'formatAddress',
    ])
      assert.equal(typeof exported[name], 'function', name)
    for (const name of ['SystemError', 'TimeoutError', 'GaiError', 'DecodeError', 'ParseError', 'Socket'])
      assert.equal((exported[name] as { name?: unknown }).name, name)
  })
})
