/** The hex dump, judged by xxd. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { hexdump } from '#protocols/hexdump.js'
import { needsProgram } from '../support/needs.js'
import '../support/leaks.js'

const every = Uint8Array.from({ length: 1000 }, (_, i) => (i * 7) & 0xff)

describe('hexdump', () => {
  for (const length of [0, 1, 2, 15, 16, 17, 31, 255, 1000])
    it(`is xxd's for ${length} bytes`, needsProgram('xxd'), () => {
      const bytes = every.subarray(0, length)
      const xxd = spawnSync('xxd', { input: bytes, encoding: 'utf8' })
      assert.equal(hexdump(bytes), xxd.stdout)
    })

  it('goes on at an offset, and xxd -r reads it back', needsProgram('xxd'), () => {
    const dump = hexdump(every.subarray(0, 21), 0) + hexdump(every.subarray(21, 500), 21)
    const back = spawnSync('xxd', ['-r'], { input: dump })
    assert.deepEqual(new Uint8Array(back.stdout), every.slice(0, 500))
  })

  it('has its mark in front of every row', () => {
    const rows = hexdump(every.subarray(0, 40), 0x100, '> ').trimEnd().split('\n')
    assert.deepEqual(
      rows.map((row) => row.slice(0, 11)),
      ['> 00000100:', '> 00000110:', '> 00000120:'],
    )
  })
})
