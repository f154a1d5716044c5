/** An emulated machine for the length of one command: its output, and its status. */
import { spawn, spawnSync } from 'node:child_process'
import { appendFileSync, closeSync, copyFileSync, mkdtempSync, openSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { archive, type Tree } from './cpio.js'

/** What is booted. */
export interface Machine {
  /** The emulator, and its arguments that say which processor, how much memory and what devices. */
  readonly qemu: string
  readonly args: readonly string[]
  readonly kernel: string
  /** What the kernel is told: console=, its name for the serial line, and whatever else. */
  readonly settings: string
  /** An archive with what does not change, /bin/busybox perhaps; `boot` is given the rest. */
  readonly archive?: string
}

/** The version of the emulator. Throws an Error of one line when there is none. */
export function emulator(qemu: string, debian: string): string {
  const { stdout } = spawnSync(qemu, ['--version'], { encoding: 'utf8' })
  const version = /version ([\d.]+)/.exec(stdout ?? '')?.[1]
  if (version === undefined) throw new Error(`no ${qemu} on PATH (in Debian's package ${debian})`)
  return version
}

/**
 * The guest's first process: it does what `prepare` says, and then runs `command`. Its ports are 1 standard output,
 * 2 standard error, 3 status; they appear when the kernel and the emulator have talked, which can be after this starts.
 */
export function init(prepare: string, command: string): Buffer {
  return Buffer.from(`#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin HOME=/root
mkdir -p /proc /sys /dev /tmp /root /run
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mount -t tmpfs tmp /tmp
ln -s /proc/self/fd /dev/fd
ip link set lo up
${prepare}
until [ -c /dev/vport0p3 ]; do usleep 10000; done
echo started >/dev/vport0p3
(${command}) </dev/null >/dev/vport0p1 2>/dev/vport0p2
echo $? >/dev/vport0p3
poweroff -f
`)
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
 * Boots with the tree beside the machine's own, which together have /init, and copies the output to ours. Whatever
 * happens, the machine is gone after `limit` seconds, or when this process is.
 */
export async function boot(
  machine: Machine,
  tree: Tree,
  limit: number,
  started: () => void,
): Promise<Outcome> {
  const initrd = opened(machine.archive, archive(tree))
  const chardev = (name: keyof typeof ports): string[] => ['-chardev', `socket,id=${name},fd=${ports[name]}`]
  const port = (name: keyof typeof ports, number: number): string[] => [
    ...chardev(name),
    ...['-device', `virtserialport,chardev=${name},nr=${number}`],
  ]
  const args = [
    ...['-nodefaults', '-no-user-config', '-display', 'none', '-no-reboot'],
    ...['-kernel', machine.kernel, '-initrd', `/proc/self/fd/${initrdFd}`],
    // A panic restarts at once, which -no-reboot makes an end.
    ...['-append', `${machine.settings} quiet panic=-1`],
    ...[...chardev('console'), '-serial', 'chardev:console', '-device', 'virtio-serial-pci'],
    ...[...port('stdout', 1), ...port('stderr', 2), ...port('status', 3)],
    // Behind the ports, whose names have the number of their device.
    ...machine.args,
  ]
  // setpriv: the kernel then ends the machine even when this process could not.
  const child = spawn('setpriv', ['--pdeathsig', 'KILL', machine.qemu, ...args], {
    stdio: ['ignore', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', 'pipe', initrd],
  })
  closeSync(initrd)
  const kill = (): void => void child.kill('SIGKILL')
  process.on('exit', kill)
  const streams = child.stdio as unknown as readonly Readable[]
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
    await new Promise<void>((resolve, reject) => child.on('error', reject).on('close', () => resolve()))
  } finally {
    clearTimeout(timer)
    process.off('exit', kill)
  }
  const status = /^started\n(\d+)\n$/.exec(said)?.[1]
  const tail = log.replaceAll('\r', '').trim().split('\n').slice(-25).join('\n')
  return { status: status === undefined ? undefined : Number(status), timedOut, tail }
}

/** A descriptor of both archives, in a file without a name: nothing to remove then. */
function opened(first: string | undefined, more: Buffer): number {
  const work = mkdtempSync(join(tmpdir(), 'berkeley-'))
  try {
    const path = join(work, 'initrd')
    if (first !== undefined) copyFileSync(first, path)
    appendFileSync(path, more)
    return openSync(path, 'r')
  } finally {
    rmSync(work, { recursive: true })
  }
}
