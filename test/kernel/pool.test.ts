/** The copies that reads give: whole, apart from each other, and no larger memory kept than Node's own Buffers keep. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Pool } from '#engine/pool.js'
import { Views } from '#engine/views.js'

const slab = Buffer.from(new ArrayBuffer(80_000))
for (let i = 0; i < slab.length; i++) slab[i] = (i * 7 + (i >> 8)) & 255

describe('a pool', () => {
  const pool = new Pool(slab)

  it('copies any length from any place, and no copy writes to another', () => {
    const copies: [copy: Buffer, at: number, length: number][] = []
    for (let i = 0; i < 3000; i++) {
      const length = i % 5 === 0 ? (i * 131) % 70_000 : i % 300
      const at = (i * 37) % (slab.length - length)
      copies.push([pool.copy(at, length), at, length])
    }
    for (const [copy, at, length] of copies) {
      assert.ok(Buffer.isBuffer(copy))
      assert.ok(copy.equals(slab.subarray(at, at + length)), `${length} from ${at}`)
    }
  })

  it('shares memory no further than Buffer.allocUnsafe does', () => {
    for (const length of [0, 1, 64, 256]) {
      const { buffer } = pool.copy(0, length)
      assert.ok(buffer.byteLength <= Buffer.poolSize, `${buffer.byteLength}`)
      // Nobody can take it away from the others: it is refused, or, before Node 21, copied.
      try {
        structuredClone(buffer, { transfer: [buffer as ArrayBuffer] })
      } catch (error) {
        assert.equal((error as DOMException).name, 'DataCloneError')
      }
      assert.ok(buffer.byteLength > 0)
    }
    assert.ok(pool.copy(0, 5000).buffer.byteLength <= Buffer.poolSize)
  })
})

describe('views', () => {
  it('are of the place and length asked for, whatever was asked before', () => {
    const views = new Views(slab)
    for (let i = 0; i < 5000; i++) {
      const length = (i * 7) % 500
      const at = (i * 64) % (slab.length - length)
      const view = views.of(at, length)
      assert.equal(view.byteOffset, at)
      assert.equal(view.length, length)
    }
    assert.equal(views.of(128, 64), views.of(128, 64))
  })
})
