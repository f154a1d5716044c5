/** A virtual CAN bus. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { CANFD_MTU } from 'berkeley'

export const bus = 'vcan0'

/** Makes the bus, which takes frames of CAN FD; with the MTU of CAN XL, those too. */
export function makeBus(name: string = bus, mtu: number = CANFD_MTU): void {
  ip('link', 'add', name, 'type', 'vcan')
  ip('link', 'set', name, 'mtu', String(mtu))
  ip('link', 'set', name, 'up')
}

export function removeBus(name: string = bus): void {
  ip('link', 'del', name)
}

function ip(...args: string[]): void {
  const { status, stderr } = spawnSync('ip', args, { encoding: 'utf8' })
  assert.equal(status, 0, stderr)
}

/** Waits until some socket listens on the bus, as the kernel's table of them tells: there is no event for it. */
export async function listened(table: 'all' | 'sff' | 'fil' | 'eff', line: RegExp): Promise<void> {
  for (let i = 0; i < 1000; i++) {
    if (line.test(readFileSync(`/proc/net/can/rcvlist_${table}`, 'utf8'))) return
    await sleep(10)
  }
  assert.fail(readFileSync(`/proc/net/can/rcvlist_${table}`, 'utf8'))
}
