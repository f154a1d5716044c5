/**
 * Compiles the binaries that the package carries into prebuilds/, all of them on one machine: `npm run binaries`. Does
 * nothing when they are the present source's, unless `--force`. Needs Debian's gcc for both machines; musl is fetched.
 */
import { parseArgs } from 'node:util'
import { compile, faultOfBinaries, recordBinaries, targets } from './binaries.js'

const { values } = parseArgs({ options: { force: { type: 'boolean', default: false } } })

if (values.force || faultOfBinaries() !== undefined) {
  try {
    for (const target of targets) compile(target)
    recordBinaries()
  } catch (error) {
    process.stderr.write(`berkeley: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exitCode = 1
  }
}
