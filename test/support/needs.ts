/** What a test cannot do without. A skip prints its reason, and CI lists what must not be skipped. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'

/** The options for `test()`: skips with the reason when a program is not installed. */
export function needsProgram(...names: string[]): { skip: false | string } {
  const missing = names.filter((name) => spawnSync('sh', ['-c', `command -v ${name}`]).status !== 0)
  return { skip: missing.length === 0 ? false : `needs ${missing.join(', ')} on PATH` }
}

/** Skips with the reason unless run by root. */
export function needsRoot(): { skip: false | string } {
  return { skip: process.getuid?.() === 0 ? false : 'needs root' }
}

/** Skips unless it runs in the machine that tools/vm.ts boots. */
export function needsMachine(): { skip: false | string } {
  return { skip: existsSync('/run/berkeley') ? false : 'needs the virtual machine (npm run test:vm)' }
}
