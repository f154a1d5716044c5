/** The statistics of the benchmark, judged by sums made by hand and by Python's own module. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import {
  median,
  pairedRatios,
  quantile,
  random,
  shuffled,
  signInterval,
  spread,
  verdict,
} from '../../bench/statistics.js'
import { needsProgram } from '../support/needs.js'

const close = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-9, `${a} is not ${b}`)

describe('the statistics of the benchmark', () => {
  it("have Python's medians and quartiles", needsProgram('python3'), () => {
    const next = random(7)
    for (let n = 2; n < 20; n++) {
      const values = Array.from({ length: n }, () => Math.round(next() * 1000) / 8)
      const script =
        'import json,statistics as s,sys;v=json.load(sys.stdin);print(json.dumps([s.median(v),*s.quantiles(v,n=4,method="inclusive")]))'
      const python = spawnSync('python3', ['-c', script], { input: JSON.stringify(values), encoding: 'utf8' })
      const [middle, first, second, third] = JSON.parse(python.stdout) as number[]
      close(median(values), middle as number)
      close(quantile(values, 0.25), first as number)
      close(quantile(values, 0.5), second as number)
      close(quantile(values, 0.75), third as number)
      close(spread(values), ((third as number) - (first as number)) / (middle as number))
    }
  })

  it('take the order of the values from nobody', () => {
    const values = [3, 1, 2]
    assert.equal(median(values), 2)
    assert.deepEqual(values, [3, 1, 2])
    assert.ok(Number.isNaN(median([])))
    assert.equal(median([5]), 5)
  })

  it('give the interval of the sign test', () => {
    // 1 - 2 / 2^5, and none of them can be left out.
    assert.deepEqual(signInterval([5, 1, 3, 2, 4]), { median: 3, low: 1, high: 5, confidence: 0.9375 })
    assert.equal(signInterval([1, 2, 3, 4, 5, 6]).confidence, 0.96875)
    // Eight values without their ends would have 1 - 2 * 9 / 256, which is less than 95 %.
    assert.deepEqual(signInterval([1, 2, 3, 4, 5, 6, 7, 8]), {
      median: 4.5,
      low: 1,
      high: 8,
      confidence: 1 - 2 / 256,
    })
    // Nine have 1 - 2 * 10 / 512.
    assert.deepEqual(signInterval([1, 2, 3, 4, 5, 6, 7, 8, 9]), {
      median: 5,
      low: 2,
      high: 8,
      confidence: 1 - 20 / 512,
    })
    assert.deepEqual(signInterval([7]), { median: 7, low: 7, high: 7, confidence: 0 })
    assert.equal(signInterval([]).confidence, 0)
  })

  it('hold the true median as often as they say', () => {
    const next = random(11)
    for (const n of [5, 9, 15]) {
      let held = 0
      let stated = 0
      const times = 4000
      for (let i = 0; i < times; i++) {
        // Far from normal: the median of the squares of 0 to 1 is a quarter.
        const { low, high, confidence } = signInterval(Array.from({ length: n }, () => next() ** 2))
        if (low <= 0.25 && 0.25 <= high) held++
        stated = confidence
      }
      assert.ok(Math.abs(held / times - stated) < 0.02, `${n}: ${held / times}, stated ${stated}`)
    }
  })

  it('pair by round', () => {
    const mine = new Map([
      [0, 2],
      [1, 9],
      [3, 8],
    ])
    const theirs = new Map([
      [0, 1],
      [2, 5],
      [3, 2],
    ])
    assert.deepEqual(pairedRatios(mine, theirs), [2, 4])
    assert.deepEqual(pairedRatios(mine, new Map([[0, 0]])), [])
  })

  it('say no more than the interval allows', () => {
    const of = (low: number, high: number) => ({ median: (low + high) / 2, low, high, confidence: 0.95 })
    assert.equal(verdict(of(1.1, 1.3), 'higher'), 'better')
    assert.equal(verdict(of(1.1, 1.3), 'lower'), 'worse')
    assert.equal(verdict(of(0.5, 0.9), 'higher'), 'worse')
    assert.equal(verdict(of(0.5, 0.9), 'lower'), 'better')
    assert.equal(verdict(of(0.97, 1.04), 'higher'), 'parity')
    assert.equal(verdict(of(0.97, 1.04), 'lower'), 'parity')
    assert.equal(verdict(of(0.97, 1.2), 'higher'), 'parity or better')
    assert.equal(verdict(of(0.97, 1.2), 'lower'), 'parity or worse')
    assert.equal(verdict(of(0.8, 1.01), 'higher'), 'parity or worse')
    assert.equal(verdict(of(0.8, 1.2), 'higher'), 'not told apart')
    assert.equal(verdict({ ...of(1.1, 1.3), confidence: 0.75 }, 'higher'), 'too few rounds')
  })

  it('shuffle every order as likely, the same for a seed', () => {
    const seen = new Map<string, number>()
    const next = random(3)
    for (let i = 0; i < 6000; i++) {
      const order = shuffled(['a', 'b', 'c'], next).join('')
      seen.set(order, (seen.get(order) ?? 0) + 1)
    }
    assert.equal(seen.size, 6)
    for (const [order, times] of seen) assert.ok(Math.abs(times - 1000) < 150, `${order}: ${times}`)
    const again = (): string[] => shuffled([...'abcdefgh'], random(42))
    assert.deepEqual(again(), again())
  })
})
