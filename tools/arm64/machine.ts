/** A machine of another architecture for the length of one command: its output, and its status. */
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, closeSync, copyFileSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { archive, type Tree } from './cpio.js'
import type { Parts } from './parts.js'

const qemu = 'qemu-system-aarch64'

/** The version of the emulator. Throws an Error of one line when there is none. */
export function emulator(): string {
  const { stdout } = spawnSync(qemu, ['--version'], { encoding: 'utf8' })
  const version = /version ([\d.]+)/.exec(stdout ?? '')?.[1]
  if (version === undefined) throw new Error(`no ${qemu} on PATH (in Debian's package qemu-system-arm)`)
  return version
}

/**
 * The guest's first process. Its ports are 1 standard output, 2 standard error, 3 status; they appear when the kernel and
 * the emulator have talked, which can be after this starts.
 */
const init = `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root
mkdir -p /proc /sys /dev /tmp /root /run
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ln -s /proc/self/fd /dev/fd
ip link set lo up
until [ -c /dev/vport0p3 ]; do usleep 10000; done
echo started >/dev/vport0p3
sh /command </dev/null >/dev/vport0p1 2>/dev/vport0p2
echo $? >/dev/vport0p3
poweroff -f
`

/** What Debian's libc looks up: names, in the order and number that Debian itself has them. */
const settings: Readonly<Record<string, string>> = {
  hosts: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n',
  'host.conf': 'multi on\n',
  'nsswitch.conf': 'hosts: files dns\n',
  passwd: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  group: 'root:x:0:\nnogroup:x:65534:\n',
}

/** Descriptors of the emulator that are sockets to this process, by what the guest has at the other end. */
const ports = { console: 3, stdout: 4, stderr: 5, status: 6 }
const initrdFd = 7

export interface Outcome {
  /** The command's; undefined when the machine ended or was stopped without one. */
  readonly status: number | undefined
  readonly timedOut: boolean
  /** The last lines of the emulator and of the guest's kernel. */
  readonly tail: string
}

/**
 * Boots with the tree beside the parts' own, runs the shell script `command` in it, and copies its output to ours.
 * Whatever happens, the machine is gone after `limit` seconds, or when this process is.
 */
export async function boot(
  parts: Parts,
  tree: Tree,
  command: string,
  limit: number,
  started: () => void,
): Promise<Outcome> {
  const own: Tree = new Map(tree)
  own.set('init', { data: Buffer.from(init), executable: true })
  own.set('command', { data: Buffer.from(command) })
  for (const [name, text] of Object.entries(settings)) own.set(`etc/${name}`, { data: Buffer.from(text) })
  const initrd = concatenated(parts.root, archive(own))

  const chardev = (name: keyof typeof ports): string[] => ['-chardev', `socket,id=${name},fd=${ports[name]}`]
  const port = (name: keyof typeof ports, number: number): string[] => [
    ...chardev(name),
    ...['-device', `virtserialport,chardev=${name},nr=${number}`],
  ]
  const args = [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-M', 'virt', '-cpu', 'cortex-a57', '-smp', '2', '-m', '1024'],
    ...['-kernel', parts.kernel, '-initrd', `/proc/self/fd/${initrdFd}`],
    // A panic restarts at once, which -no-reboot makes an end.
    ...['-append', 'console=ttyAMA0 quiet panic=-1'],
    ...[...chardev('console'), '-serial', 'chardev:console', '-device', 'virtio-serial-pci'],
    ...[...port('stdout', 1), ...port('stderr', 2), ...port('status', 3)],
  ]
  // setpriv: the kernel then ends the machine even when this process could not.
  const machine = spawn('setpriv', ['--pdeathsig', 'KILL', qemu, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', initrd],
  })
  closeSync(initrd)
  const kill = (): void => void machine.kill('SIGKILL')
  process.on('exit', kill)
  const streams = machine.stdio as unknown as readonly Readable[]
  const stream = (fd: number): Readable => streams[fd] as Readable

  let log = ''
  for (const fd of [1, 2, ports.console])
    stream(fd).on('data', (chunk: Buffer) => {
      log = (log + chunk).slice(-8192)
    })
  stream(ports.stdout).pipe(process.stdout, { end: false })
  stream(ports.stderr).pipe(process.stderr, { end: false })
  let said = ''
  stream(ports.status).on('data', (chunk: Buffer) => {
    if (said === '') started()
    said += chunk
  })
  let timedOut = false
  const timer = setTimeout(() => {
    timedOut = true
    kill()
  }, limit * 1000)
  try {
    await new Promise<void>((resolve, reject) => machine.on('error', reject).on('close', () => resolve()))
  } finally {
    clearTimeout(timer)
    process.off('exit', kill)
  }
  const status = /^started\n(\d+)\n$/.exec(said)?.[1]
  const tail = log.replaceAll('\r', '').trim().split('\n').slice(-25).join('\n')
  return { status: status === undefined ? undefined : Number(status), timedOut, tail }
}

/** A descriptor of the two, in a file without a name: nothing to remove then. */
function concatenated(root: string, more: Buffer): number {
  const work = mkdtempSync(join(tmpdir(), 'berkeley-'))
  try {
    const path = join(work, 'initrd')
    copyFileSync(root, path)
    appendFileSync(path, more)
    return openSync(path, 'r')
  } finally {
    rmSync(work, { recursive: true })
  }
}
