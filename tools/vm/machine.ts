/** A machine whose root is the host's, to read: what is written stays in its memory. Its kernel and modules are Debian's. */
import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Tree } from '../cpio.js'
import { init, type Machine } from '../machine.js'
import { moduleFiles, type Parts } from './parts.js'

export const qemu = 'qemu-system-x86_64'

/** What it takes to have a root; what else is wanted is loaded from there. */
const early = ['9p', '9pnet_virtio', 'overlay']

export function machine(parts: Parts): Machine {
  // Against no attacker, and what an emulated processor need not do.
  const settings =
    'console=ttyS0 mitigations=off nokaslr cryptomgr.notests random.trust_cpu=on rcupdate.rcu_expedited=1'
  const args = [
    ...['-M', 'pc,accel=tcg', '-cpu', 'max', '-smp', '1', '-m', '1024'],
    ...['-fsdev', 'local,id=root,path=/,security_model=none,multidevs=remap,readonly=on'],
    ...['-device', 'virtio-9p-pci,fsdev=root,mount_tag=root'],
  ]
  return { qemu, args, kernel: parts.kernel, settings }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

export interface Command {
  readonly words: readonly string[]
  readonly folder: string
  readonly variables: Readonly<Record<string, string>>
  /** Loaded first. What they are the modules of, sockets of a family say, loads others by itself. */
  readonly modules: readonly string[]
}

/** What the machine boots with, to run `command`. Its own status is 125 when a module cannot be loaded. */
export function tree(parts: Parts, { words, folder, variables, modules }: Command): Tree {
  const lines = Object.entries(variables).map(([name, value]) => `export ${name}=${quoted(value)}`)
  lines.push(`cd ${quoted(folder)} || exit 125`, `exec ${words.map(quoted).join(' ')}`)
  const files = moduleFiles(parts, early)
  const prepare = `
hostname berkeley
mkdir /shared /memory /new /lib
for file in ${files.map((file) => `/early/${basename(file)}`).join(' ')}; do insmod $file; done
mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=512000,cache=loose root /shared
mount -t tmpfs memory /memory
mkdir /memory/upper /memory/work
mount -t overlay -o lowerdir=/shared,upperdir=/memory/upper,workdir=/memory/work root /new
for folder in proc sys dev; do mount -o bind /$folder /new/$folder; done
mkdir /dev/pts /dev/shm
mount -t devpts pts /new/dev/pts
mount -t tmpfs shm /new/dev/shm
ln -s /proc/self/fd/0 /dev/stdin
ln -s /proc/self/fd/1 /dev/stdout
ln -s /proc/self/fd/2 /dev/stderr
mount -t tmpfs run /new/run
mkdir /new/run/berkeley
cp /command /new/run/berkeley/command
ln -s ${quoted(join('/shared', parts.folder, 'lib/modules'))} /lib/modules
echo /bin/modprobe >/proc/sys/kernel/modprobe`
  const loaded = modules.map((name) => `modprobe ${quoted(name)} && `).join('')
  const command = `${loaded}exec chroot /new /bin/sh /run/berkeley/command || exit 125`
  const all: Tree = new Map([
    ['init', { data: init(prepare, command), executable: true }],
    ['command', { data: Buffer.from(`${lines.join('\n')}\n`) }],
    ['bin/busybox', { data: readFileSync(join(parts.folder, 'bin/busybox')), executable: true }],
  ])
  for (const file of files)
    all.set(`early/${basename(file)}`, {
      data: readFileSync(join(parts.folder, 'lib/modules', parts.version, file)),
    })
  return all
}
