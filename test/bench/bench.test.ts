/** `npm run bench` as a program: the smoke form, its arguments, the file it writes, the end by Ctrl-C. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Published } from '../../bench/summary.js'
import { workloads } from '../../bench/workloads.js'
import { needsProgram } from '../support/needs.js'

const main = fileURLToPath(new URL('../../bench/main.js', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'berkeley-bench-test-'))
after(() => rmSync(folder, { recursive: true, force: true }))

const bench = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { encoding: 'utf8' })

describe('the benchmark', needsProgram('cc', 'python3'), () => {
  it('runs everything once, without a crash or a wrong byte', () => {
    const file = join(folder, 'smoke.json')
    const { status, stdout, stderr } = bench('--smoke', '--json', file)
    assert.equal(status, 0, stdout + stderr)
    const published = JSON.parse(readFileSync(file, 'utf8')) as Published
    assert.deepEqual(published.failures, [])
    // Whoever takes part in a workload has run, each as often as there are rounds.
    for (const { name, rows } of published.workloads)
      for (const row of rows) assert.equal(row.rounds, 1, `${name} ${row.contender}`)
    assert.equal(published.workloads.length, workloads.filter(({ smoke }) => smoke).length)
    const shapes = new Set(
      published.workloads.map(({ name }) => workloads.find((each) => each.name === name)?.shape),
    )
    assert.deepEqual([...shapes].sort(), ['driven', 'flooded', 'held', 'served', 'spawned'])
    assert.ok(published.samples.every(({ cpu, seconds, messages }) => cpu > 0 && seconds > 0 && messages > 0))

    const drawn = bench('--draw', file)
    assert.equal(drawn.status, 0, drawn.stderr)
    const pictures = readdirSync(join(folder, 'smoke'))
    assert.equal(pictures.length, published.workloads.length)
  })

  it('tells its names, and refuses others', () => {
    assert.match(bench('--help').stdout, /^usage: npm run bench/)
    const { stdout } = bench('--list')
    for (const { name } of workloads) assert.ok(stdout.includes(name), name)
    for (const args of [
      ['--only', 'nothing'],
      ['--contenders', 'nobody'],
      ['--rounds', '0'],
      ['--what'],
      ['--cores', '1'],
    ])
      assert.equal(bench(...args).status, 2, args.join(' '))
  })

  it('is ended by SIGINT, with its own children and no other', async () => {
    const child = spawn(
      process.execPath,
      [main, '--only', 'tcp-echo-1', '--contenders', 'c', '--rounds', '1000'],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    )
    const closed = once(child, 'close')
    await once(child.stdout, 'data')
    let children: number[] = []
    while (children.length < 2) {
      await sleep(5)
      children = childrenOf(child.pid as number)
    }
    child.kill('SIGINT')
    const [code] = await closed
    assert.equal(code, 130)
    for (let i = 0; i < 200 && children.some(alive); i++) await sleep(10)
    assert.deepEqual(children.filter(alive), [])
  })
})

function childrenOf(pid: number): number[] {
  const path = `/proc/${pid}/task/${pid}/children`
  return existsSync(path) ? readFileSync(path, 'utf8').trim().split(' ').filter(Boolean).map(Number) : []
}

const alive = (pid: number): boolean => existsSync(`/proc/${pid}`)
