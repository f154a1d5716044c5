/**
 * The binaries that the package carries, one a platform: how each is compiled, and whether those in prebuilds/ were
 * made from the source as it is now.
 */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { debianTree } from './debian.js'
import { headers } from './nodedir.js'

const root = fileURLToPath(new URL('../..', import.meta.url))
const native = join(root, 'native')
const prebuilds = join(root, 'prebuilds')

export interface Target {
  /** The folder in prebuilds/, as src/sys/platform.ts names it. */
  readonly name: string
  /** The machine as compilers know it, and as Debian does. */
  readonly machine: string
  readonly architecture: string
  readonly libc: 'glibc' | 'musl'
}

const x64 = { machine: 'x86_64', architecture: 'amd64' }
const arm64 = { machine: 'aarch64', architecture: 'arm64' }

export const targets: readonly Target[] = [
  { name: 'linux-x64-glibc', ...x64, libc: 'glibc' },
  { name: 'linux-arm64-glibc', ...arm64, libc: 'glibc' },
  { name: 'linux-x64-musl', ...x64, libc: 'musl' },
  { name: 'linux-arm64-musl', ...arm64, libc: 'musl' },
]

export function binaryOf(target: Target): string {
  return join(prebuilds, target.name, 'berkeley.node')
}

const flags: readonly string[] = [
  ...['-std=c11', '-O2', '-Wall', '-Wextra', '-Werror', '-fPIC', '-fvisibility=hidden', '-pthread'],
  ...['-DNAPI_VERSION=8', '-D_GNU_SOURCE'],
  ...['-shared', '-s', '-Wl,-z,relro,-z,now', '-Wl,--build-id=none'],
]

/** Compiles one binary into its place. Throws an Error that says what is missing or failed. */
export function compile(target: Target): void {
  const compiler = `${target.machine}-linux-gnu-gcc`
  if (spawnSync(compiler, ['--version']).error !== undefined)
    throw new Error(`${compiler} is needed: Debian's gcc-${target.machine.replace('_', '-')}-linux-gnu`)
  mkdirSync(dirname(binaryOf(target)), { recursive: true })
  const work = mkdtempSync(join(dirname(binaryOf(target)), 'work-'))
  try {
    const { includes, libraries } =
      target.libc === 'glibc'
        ? { includes: ['-include', 'glibc.h'], libraries: [] }
        : musl(target, compiler, work)
    const made = join(work, 'berkeley.node')
    run(compiler, [...flags, ...includes, `-I${headers}`, ...sources('.c'), ...libraries, '-o', made])
    renameSync(made, binaryOf(target))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The compiler is glibc's: it is given musl's headers and library in the place of its own. */
function musl(target: Target, compiler: string, work: string): { includes: string[]; libraries: string[] } {
  const { machine } = target
  const tree = debianTree(target.architecture, ['musl', 'musl-dev'])
  // Alpine's name for musl. musl itself knows that any libc.* is it; glibc finds no such library, and says so.
  const name = `libc.musl-${machine}.so.1`
  symlinkSync(join(tree, 'lib', `${machine}-linux-musl`, 'libc.so'), join(work, name))
  const own = run(compiler, ['-print-file-name=include']).trim()
  const includes = [join(tree, 'usr', 'include', `${machine}-linux-musl`), own]
  return {
    includes: ['-nostdinc', ...includes.flatMap((folder) => ['-isystem', folder])],
    libraries: ['-nostdlib', `-L${work}`, `-l:${name}`, '-lgcc'],
  }
}

function sources(...endings: string[]): string[] {
  return readdirSync(native)
    .filter((name) => endings.some((ending) => name.endsWith(ending)))
    .sort()
}

function run(command: string, args: readonly string[]): string {
  const done = spawnSync(command, args, { cwd: native, encoding: 'utf8' })
  if (done.status !== 0) throw new Error(`${command} failed:\n${done.error?.message ?? done.stderr}`)
  return done.stdout
}

/** What each binary was made from, and what came of it: by content, because times of files say nothing after a checkout. */
const record = join(prebuilds, 'made.json')

interface Made {
  readonly source: string
  readonly binaries: Readonly<Record<string, string>>
}

function digest(...paths: string[]): string {
  const hash = createHash('sha256')
  for (const path of paths)
    hash
      .update(`${path.slice(root.length)}\0`)
      .update(readFileSync(path))
      .update('\0')
  return hash.digest('hex')
}

const present = (): string =>
  digest(...sources('.c', '.h').map((name) => join(native, name)), join(root, 'tools', 'binaries.ts'))

export function recordBinaries(): void {
  const binaries = Object.fromEntries(targets.map((target) => [target.name, digest(binaryOf(target))]))
  writeFileSync(record, JSON.stringify({ source: present(), binaries } satisfies Made, null, 2))
}

/** Why the binaries must not be published; undefined when they may. */
export function faultOfBinaries(): string | undefined {
  for (const target of targets) if (!existsSync(binaryOf(target))) return `no binary for ${target.name}`
  if (!existsSync(record)) return 'nobody knows what the binaries were made from'
  const made = JSON.parse(readFileSync(record, 'utf8')) as Made
  if (made.source !== present()) return 'the binaries are not the present source’s'
  for (const target of targets)
    if (made.binaries[target.name] !== digest(binaryOf(target)))
      return `the binary for ${target.name} is not as it was made`
  return undefined
}
