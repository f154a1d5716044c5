/**
 * The comparison with Python: the same steps in Python's socket module, with our awaited verbs and with our blocking
 * ones have the same outcomes. To add a scenario, add it to a list in python/; steps.ts there has the language.
 */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { needsProgram } from '../support/needs.js'
import { Interpreter } from './python/interpreter.js'
import { outcomesInPython, type Peer, peer, type Task } from './python/peer.js'
import { themes } from './python/scenarios.js'
import type { Json, Outcome, Scenario, Step } from './python/steps.js'

/** Ports and names that the kernel chose, told apart by the order in which they come. */
function normal(outcomes: readonly Outcome[]): Json {
  const ports = new Map<number, string>()
  const names = new Map<string, string>()
  const numbered = <T>(known: Map<T, string>, value: T, what: string): string => {
    if (!known.has(value)) known.set(value, `${what} ${known.size}`)
    return known.get(value) as string
  }
  return JSON.parse(JSON.stringify(outcomes), (key, value) => {
    if (key === 'port' && value >= 1024) return numbered(ports, value, 'port')
    if (key === 'abstract' && /^[0-9a-f]{5}$/.test(value)) return numbered(names, value, 'name')
    return value
  })
}

/** Python's ValueError is a TypeError or a RangeError in JavaScript. */
function equal(python: Json | undefined, ours: Json | undefined): boolean {
  if (JSON.stringify(python) === '{"error":"ValueError"}')
    return ['{"error":"TypeError"}', '{"error":"RangeError"}'].includes(JSON.stringify(ours))
  try {
    assert.deepStrictEqual(ours, python)
    return true
  } catch {
    return false
  }
}

/** Where we are not as Python is; where a difference is meant, where we are. */
function differences(task: Task, python: Json, ours: Json, how: string): string[] {
  const [theirs, got] = [python as Json[], ours as Json[]]
  return task.steps.flatMap((step, i) => {
    const { differs, ...plain } = step
    const meant = differs !== undefined && (differs.over ?? [task.kind]).includes(task.kind)
    const about = `${i} ${JSON.stringify(plain)}: ${JSON.stringify(theirs[i])} in Python, ${how} ${JSON.stringify(got[i])}`
    if (/"error":"(broken|Stuck)/.test(about)) return [about]
    if (!meant) return equal(theirs[i], got[i]) ? [] : [about]
    if (equal(theirs[i], got[i])) return [`${about}: no difference any more`]
    return equal(differs.ours, got[i]) ? [] : [`${about}, which is another difference than is meant`]
  })
}

const tasks: Task[] = []
const task = (kind: Task['kind'], steps: readonly Step[]): Task => {
  const made = { kind, steps, number: tasks.length }
  tasks.push(made)
  return made
}

describe('as in Python', needsProgram('python3'), () => {
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-'))
  let python: Outcome[][]
  let other: Peer

  before(() => {
    python = outcomesInPython(tasks, join(folder, 'python'))
    other = peer(folder)
  })
  after(async () => {
    await other?.end()
    rmSync(folder, { recursive: true })
  })

  const compare = ({ name, over, steps }: Scenario): void => {
    for (const kind of over) {
      const its = task(kind, steps)
      it(`${name}: ${kind}`, async () => {
        const theirs = normal(python[its.number] as Outcome[])
        for (const how of ['awaited', 'blocking']) {
          const interpreter = new Interpreter(its, join(folder, how), other, how === 'blocking')
          assert.deepEqual(differences(its, theirs, normal(await interpreter.run()), how), [])
        }
      })
    }
  }

  for (const [theme, scenarios] of Object.entries(themes))
    describe(theme, () => {
      for (const scenario of scenarios) compare(scenario)
    })
})
