/** python3 beside the tests: all scenarios at once, and the process that acts while another waits. */
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Kind, Outcome, Step } from './steps.js'

const interpreter = fileURLToPath(new URL('../../../../test/kernel/python/interpreter.py', import.meta.url))

/** A scenario of one kind, as the interpreters take it. */
export interface Task {
  readonly kind: Kind
  readonly steps: readonly Step[]
  readonly number: number
}

/** The outcomes in Python, scenario by scenario. */
export function outcomesInPython(tasks: readonly Task[], folder: string): Outcome[][] {
  const run = spawnSync('python3', [interpreter, 'all', folder], {
    input: JSON.stringify(tasks),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    stdio: ['pipe', 'pipe', 'inherit'],
    timeout: 120_000,
  })
  assert.equal(run.status, 0)
  return JSON.parse(run.stdout)
}

/** What a program with `fd` as its standard input makes of the steps. */
export function outcomesInChild(
  fd: number,
  task: { kind: Kind; steps: readonly Step[]; folder: string },
): Outcome {
  const run = spawnSync('python3', [interpreter, 'child', task.folder, JSON.stringify(task)], {
    encoding: 'utf8',
    stdio: [fd, 'pipe', 'inherit'],
    timeout: 20_000,
  })
  assert.equal(run.status, 0)
  return JSON.parse(run.stdout)
}

export interface Peer {
  start(task: { kind: Kind; steps: readonly Step[]; folder: string }): void
  join(): Outcome
  end(): Promise<void>
}

/** The process, spoken to by pipes with names, so that a blocked thread can do it too. */
export function peer(folder: string): Peer {
  const paths = [join(folder, 'to'), join(folder, 'from')] as const
  assert.equal(spawnSync('mkfifo', paths).status, 0)
  // Open both ways: this end does not wait for the other.
  const [to, from] = [openSync(paths[0], 'r+'), openSync(paths[1], 'r+')]
  const child = spawn('python3', [interpreter, 'peer', folder, ...paths], { stdio: 'inherit' })
  const ended = once(child, 'exit')
  return {
    start: (task) => void writeSync(to, `${JSON.stringify(task)}\n`),
    join: () => {
      const buffer = Buffer.alloc(65536)
      let line = ''
      while (!line.endsWith('\n')) line += buffer.toString('utf8', 0, readSync(from, buffer))
      return JSON.parse(line)
    },
    end: async () => {
      closeSync(to)
      await ended
      closeSync(from)
    },
  }
}
