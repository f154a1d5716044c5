/**
 * The runtimes that the package is proved on, as npm carries them: `node build/tools/runtimes.js` installs all into the
 * cache. Their own packages would have an install script put the binary in place; these are the packages it is in.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { folderOf, installed } from './registry.js'

export interface Runtime {
  readonly name: string
  /** The package with the binary, and the binary in it. */
  readonly spec: string
  readonly binary: string
  /** What goes in front of the script. */
  readonly args: readonly string[]
}

const arch = process.arch === 'arm64' ? 'arm64' : 'x64'

const node = (version: string): Runtime => ({
  name: `Node ${version}`,
  spec: `node-linux-${arch}@${version}`,
  binary: 'bin/node',
  args: [],
})

/** The oldest Node that `engines` names, the first of 22 with require() of modules, and the others' latest. */
export const runtimes: readonly Runtime[] = [
  ...['20.19.0', '22.12.0', '24.21.0', '26.10.0'].map(node),
  {
    name: 'Bun 1.4.5',
    spec: `@oven/bun-linux-${arch === 'arm64' ? 'aarch64' : arch}@1.4.5`,
    binary: 'bin/bun',
    args: [],
  },
  {
    name: 'Deno 2.9.6',
    spec: `@deno/linux-${arch}-glibc@2.9.6`,
    binary: 'deno',
    args: ['run', '--allow-all', '--cached-only'],
  },
]

const binaryIn = (modules: string, { spec, binary }: Runtime): string =>
  join(modules, spec.slice(0, spec.lastIndexOf('@')), binary)

/** The path of a runtime's binary. Throws when it is neither in the cache nor to be had. */
export function install(runtime: Runtime): string {
  return binaryIn(installed(runtime.spec), runtime)
}

/** The same, if it is in the cache. Nothing is fetched. */
export function installedAt(runtime: Runtime): string | undefined {
  const path = binaryIn(join(folderOf(runtime.spec), 'node_modules'), runtime)
  return existsSync(path) ? path : undefined
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  for (const runtime of runtimes) process.stdout.write(`${runtime.name}  ${install(runtime)}\n`)
