/** Every test file imports this: what it opened must be closed again when it ends. */
import assert from 'node:assert/strict'
import { readdirSync, readlinkSync } from 'node:fs'
import { after, before } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'

/** The process's descriptors by what they are; numbers are reused, so only the kinds are counted. */
function descriptors(): Map<string, number> {
  const kinds = new Map<string, number>()
  for (const fd of readdirSync('/proc/self/fd')) {
    let target: string
    try {
      target = readlinkSync(`/proc/self/fd/${fd}`)
    } catch {
      continue // the descriptor of the listing itself
    }
    const kind = target.replace(/:\[\d+\]$/, '')
    kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
  }
  return kinds
}

/** What keeps the event loop busy, by name. */
function handles(): string[] {
  return process
    .getActiveResourcesInfo()
    .filter((name) => name !== 'Immediate')
    .sort()
}

let descriptorsBefore: Map<string, number>
let handlesBefore: string[]

before(async () => {
  // The engine's own descriptors come with the first socket and stay.
  const { socket } = await import('berkeley')
  const warm = socket()
  warm.settimeout(1)
  warm.bind({ host: '127.0.0.1', port: 0 })
  warm.listen()
  await warm.accept().catch(() => {})
  warm.close()
  descriptorsBefore = descriptors()
  handlesBefore = handles()
})

after(async () => {
  // Child processes, pipes and timers of the tests go a turn or two after their last event.
  for (let i = 0; i < 100; i++) {
    if (same(descriptors()) && handles().length <= handlesBefore.length) return
    await sleep(10)
  }
  assert.deepEqual(
    Object.fromEntries(descriptors()),
    Object.fromEntries(descriptorsBefore),
    'descriptors leaked',
  )
  assert.deepEqual(handles(), handlesBefore, 'handles leaked')
})

function same(now: Map<string, number>): boolean {
  return [...new Set([...now.keys(), ...descriptorsBefore.keys()])].every(
    (kind) => now.get(kind) === descriptorsBefore.get(kind),
  )
}
