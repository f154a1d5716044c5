/**
 * Runs a command under Debian's kernel, which has families that the machine's own may lack, in an emulated machine:
 * `node build/tools/vm.js [--limit SECONDS] [--module NAME]… [--verbose] [--] COMMAND [ARGUMENT…]`. Its root is this
 * machine's, and so are the folder it runs in and its programs; what it writes is lost. It is root there. Of the
 * environment it has PATH (behind the system's own), HOME, LANG, TZ, CI and what begins with BERKELEY_. Modules named are
 * loaded first; others load as the kernel asks for them. The exit status is the command's; 124 past the limit, 125 when
 * there was no machine.
 */
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { boot, emulator } from './machine.js'
import { machine, qemu, tree } from './vm/machine.js'
import { findParts } from './vm/parts.js'

const start = performance.now()
let verbose = false

function say(what: string): void {
  if (verbose) process.stderr.write(`vm: ${what} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`)
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      limit: { type: 'string', default: '60' },
      module: { type: 'string', multiple: true, default: [] },
      verbose: { type: 'boolean', default: false },
    },
  })
  verbose = values.verbose
  const limit = Number(values.limit)
  if (!(limit > 0)) throw new Error(`--limit takes seconds, not ${values.limit}`)
  if (process.arch !== 'x64') throw new Error('needs an x64 machine')
  const version = emulator(qemu, 'qemu-system-x86')
  const parts = findParts(() => process.stderr.write('vm: fetching a kernel\n'))
  say(`Linux ${parts.version} on qemu ${version} is ready`)
  // Without a command it only fetches what a machine needs.
  if (positionals.length === 0) return 0

  const named = Object.entries(process.env).filter(([name]) => /^(HOME|LANG|TZ|CI|BERKELEY_\w+)$/.test(name))
  // The system's own first: a shim of a version manager is a script that takes an emulated processor long.
  const path = [dirname(process.execPath), '/usr/sbin', '/usr/bin', process.env.PATH].join(':')
  const variables = { ...(Object.fromEntries(named) as Record<string, string>), PATH: path }
  const command = { words: positionals, folder: process.cwd(), variables, modules: values.module }
  const outcome = await boot(machine(parts), tree(parts, command), limit, () => say('the machine is up'))
  if (verbose || outcome.status === undefined) process.stderr.write(`${outcome.tail}\n`)
  if (outcome.status !== undefined) {
    say(`the command ended with ${outcome.status}`)
    return outcome.status
  }
  process.stderr.write(
    `vm: ${outcome.timedOut ? `stopped after ${limit} s` : 'the machine ended before the command'}\n`,
  )
  return outcome.timedOut ? 124 : 125
}

// So that what is to happen on exit happens.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(125))

try {
  process.exitCode = await main()
} catch (error) {
  process.stderr.write(`vm: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 125
}
