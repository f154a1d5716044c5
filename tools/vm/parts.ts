/**
 * What a machine with Debian's kernel is made of, when its root is the host's: the kernel, the modules that sockets can
 * need, and a busybox. Fetched once and kept; nothing is installed.
 */
import {
  closeSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, join } from 'node:path'
import { cached } from '../cache.js'
import { run, withApt } from '../debian.js'
import { series } from '../headers.js'

export interface Parts {
  /** Under it bin/busybox and, as `uname -r` says, lib/modules/VERSION. */
  readonly folder: string
  readonly kernel: string
  readonly version: string
}

/** The kernel is of the series that the constants are of. The "cloud" kernels lack half of the families. */
const meta = `linux-image-${series}-amd64`

/** Folders of modules that sockets, and a root shared with the host, can need. */
const kept = [
  ...['arch/x86/crypto', 'crypto', 'lib', 'net', 'fs/9p', 'fs/netfs', 'fs/overlayfs'],
  ...['drivers/bluetooth', 'drivers/infiniband', 'drivers/net'],
]

/** The parts, fetched when they are not there yet. Throws an Error of one line. */
export function findParts(fetching: () => void): Parts {
  const folder = cached(['vm', `linux-${series}`], (made) => {
    fetching()
    withApt('amd64', (apt, packages) => {
      const image = /Depends: (linux-image-\S+)/.exec(apt('apt-cache', 'depends', meta))?.[1]
      if (image === undefined) throw new Error(`Debian has no ${meta}`)
      apt('apt-get', 'download', image, 'busybox-static')
      for (const deb of readdirSync(packages)) {
        const what = deb.startsWith('linux-image')
          ? [
              './boot/vmlinuz-*',
              './lib/modules/*/modules.*',
              ...kept.map((path) => `./lib/modules/*/kernel/${path}`),
            ]
          : ['./bin/busybox']
        const unpack = 'deb=$1; shift; dpkg-deb --fsys-tarfile "$deb" | tar -x --wildcards "$@"'
        run('bash', ['-o', 'pipefail', '-c', unpack, 'unpack', join(packages, deb), ...what], made)
      }
    })
    const version = readdirSync(join(made, 'lib/modules'))[0] ?? ''
    const modules = join(made, 'lib/modules', version)
    for (const name of ['ethernet', 'wireless'])
      rmSync(join(modules, 'kernel/drivers/net', name), { recursive: true, force: true })
    const busybox = join(made, 'bin/busybox')
    run('find', [modules, '-name', '*.ko.xz', '-exec', busybox, 'unxz', '{}', '+'], made)
    for (const name of readdirSync(modules, { recursive: true, encoding: 'utf8' }))
      if (name.endsWith('.ko')) unsign(join(modules, name))
    run(busybox, ['depmod', '-b', made, version], made)
    renameSync(join(made, 'boot', `vmlinuz-${version}`), join(made, 'kernel'))
  })
  const version = readdirSync(join(folder, 'lib/modules'))[0] ?? ''
  return { folder, kernel: join(folder, 'kernel'), version }
}

const magic = '~Module signature appended~\n'

/** Takes the signature off a module: to check it takes an emulated processor 25 ms. */
function unsign(path: string): void {
  const fd = openSync(path, 'r+')
  try {
    const { size } = fstatSync(fd)
    // struct module_signature, whose last field is the signature's length, and the magic.
    const tail = Buffer.alloc(12 + magic.length)
    readSync(fd, tail, 0, tail.length, size - tail.length)
    if (tail.toString('latin1', 12) === magic) ftruncateSync(fd, size - tail.length - tail.readUInt32BE(8))
  } finally {
    closeSync(fd)
  }
}

/** The files of `modules` and of those that they need, from lib/modules/VERSION on, in the order to load them. */
export function moduleFiles({ folder, version }: Parts, modules: readonly string[]): string[] {
  const needs = new Map<string, string[]>()
  for (const line of readFileSync(join(folder, 'lib/modules', version, 'modules.dep'), 'utf8').split('\n')) {
    const [path = '', rest = ''] = line.split(':')
    needs.set(path, rest.split(' ').filter(Boolean))
  }
  const ordered = new Set<string>()
  const visit = (path: string): void => {
    for (const other of needs.get(path) ?? []) visit(other)
    ordered.add(path)
  }
  for (const name of modules) {
    const path = [...needs.keys()].find((file) => basename(file) === `${name}.ko`)
    if (path === undefined) throw new Error(`no module ${name} in ${meta}`)
    visit(path)
  }
  return [...ordered]
}
