/** The benchmark's summary and its pictures, of samples made here; Python's XML parser judges what is drawn. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { chart } from '../../bench/chart.js'
import type { Contender } from '../../bench/contenders.js'
import { table } from '../../bench/report.js'
import { type Published, summary } from '../../bench/summary.js'
import { form, type Sample, type Workload } from '../../bench/workload.js'
import { needsProgram } from '../support/needs.js'

const workload: Workload = {
  name: 'made-up',
  title: 'Larger <than> life & "more"',
  shape: 'served',
  task: { role: 'echo', kind: 'tcp', size: 64 },
  peer: 'none',
  unit: 'message',
}

const contender = (name: string, side: Contender['side']): Contender => ({
  name,
  title: name,
  side,
  roles: {},
  command: () => ({ program: 'none', args: [] }),
})
const raced = [contender('c', 'reference'), contender('await', 'ours'), contender('await@abc', 'reference')]

/** A million messages in so many seconds, of which half are user time. */
const sample = (name: string, round: number, seconds: number, loadIdle: number): Sample => ({
  workload: workload.name,
  contender: name,
  round,
  place: 0,
  messages: 1_000_000,
  bytes: 64_000_000,
  seconds,
  user: seconds / 2,
  system: seconds / 2,
  cpu: seconds,
  loadCpu: 0,
  disturbed: 0,
  stolen: 0,
  loadIdle,
})
const samples = [0, 1, 2, 3, 4].flatMap((round) => [
  sample('c', round, 4 + round, 0.01),
  sample('await', round, (4 + round) * 2, 0.4),
  sample('await@abc', round, (4 + round) * 2.02, 0.4),
])
const told = summary(workload, raced, samples)

const published: Published = {
  format: 'berkeley-bench-1',
  date: '2001-02-03T04:05:06Z',
  machine: { cpu: 'A & B', cores: 2, kernel: '6', node: 'v20', compiler: 'cc', commit: 'abc', load: 0 },
  cores: [0, 1],
  form: form('short'),
  seed: 1,
  workloads: [told],
  samples,
  failures: [],
  skipped: [],
}

describe('what the benchmark tells', () => {
  it('is the ratios of each round', () => {
    const [c, ours] = told.rows
    assert.equal(c?.ceiling, true)
    assert.equal(ours?.ceiling, false)
    // Whatever a round did to both of them is in neither ratio.
    const ratio = (metric: string, over: string) =>
      ours?.ratios.find((each) => each.metric === metric && each.over === over)
    assert.deepEqual(ratio('rate', 'c'), {
      metric: 'rate',
      over: 'c',
      median: 0.5,
      low: 0.5,
      high: 0.5,
      confidence: 0.9375,
      verdict: 'worse',
    })
    assert.equal(ratio('user', 'c')?.median, 2)
    assert.equal(ratio('rate', 'await@abc')?.verdict, 'parity')
    // Another build is compared with itself here alone.
    assert.deepEqual(told.rows[2]?.ratios, [])
    const user = ours?.figures.find(({ metric }) => metric === 'user')
    // 60 s of which half are the user's, for five million messages.
    assert.equal(user?.pooled, 6)
    assert.equal(user?.tick, 0.002)
    assert.equal(ours?.figures[0]?.median, 1_000_000 / 12)
  })

  it('says no ratio of user times that are a few ticks', () => {
    const few = samples.map((each) => ({ ...each, user: 0.02 }))
    const metrics = summary(workload, raced, few).rows.flatMap(({ ratios }) =>
      ratios.map(({ metric }) => metric),
    )
    assert.ok(metrics.includes('cpu'))
    assert.ok(!metrics.includes('user'))
  })

  it('is a table with every contender and every pair', () => {
    const text = table(told)
    assert.match(text, /^ {2}await \/ c +0\.50 \[0\.50, 0\.50\] worse/m)
    assert.match(text, /^ {2}await \/ await@abc +1\.01 \[1\.01, 1\.01\] parity/m)
    assert.match(text, /^ {2}c .*the load was the ceiling$/m)
    assert.doesNotMatch(text, /NaN|undefined/)
  })

  it('is a picture that is XML', needsProgram('python3'), () => {
    const svg = chart(told, published)
    const script = `
import json, sys, xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.read())
s = '{http://www.w3.org/2000/svg}'
bars = [(r.get('class'), float(r.get('width'))) for r in root.iter(s + 'rect')]
print(json.dumps([root.tag, bars, [t.text for t in root.iter(s + 'text')], root.find(s + 'style').text]))`
    const python = spawnSync('python3', ['-c', script], { input: svg, encoding: 'utf8' })
    assert.equal(python.status, 0, python.stderr)
    const [tag, bars, texts, style] = JSON.parse(python.stdout) as [
      string,
      [string, number][],
      string[],
      string,
    ]
    assert.equal(tag, '{http://www.w3.org/2000/svg}svg')
    assert.ok(texts.includes(workload.title))
    assert.ok(texts.some((text) => text.includes('A & B')))
    // Two panels of three bars: the rate's, C's twice as long as ours; the time's, the other way round.
    assert.deepEqual(
      bars.map(([side]) => side),
      ['reference', 'ours', 'reference', 'reference', 'ours', 'reference'],
    )
    const [c = 0, ours = 0, , cTime = 0, oursTime = 0] = bars.map(([, width]) => width)
    assert.ok(Math.abs(c / ours - 2) < 0.01)
    assert.ok(Math.abs(oursTime / cTime - 2) < 0.01)
    assert.match(style, /prefers-color-scheme: dark/)
  })
})
