/** The machine for arm64: everything it needs is in its memory. */
import type { Tree } from '../cpio.js'
import { init, type Machine } from '../machine.js'
import type { Parts } from './parts.js'

export const qemu = 'qemu-system-aarch64'

/** What Debian's libc looks up: names, in the order and number that Debian itself has them. */
const settings: Readonly<Record<string, string>> = {
  hosts: '127.0.0.1 localhost\n::1 localhost ip6-localhost\n',
  'host.conf': 'multi on\n',
  'nsswitch.conf': 'hosts: files dns\n',
  passwd: 'root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/sh\n',
  group: 'root:x:0:\nnogroup:x:65534:\n',
}

export function machine(parts: Parts): Machine {
  const args = ['-M', 'virt', '-cpu', 'cortex-a57', '-smp', '2', '-m', '1024']
  return { qemu, args, kernel: parts.kernel, settings: 'console=ttyAMA0', archive: parts.root }
}

/** Adds to a tree what runs the shell script `command` in it. */
export function withCommand(tree: Tree, command: string): Tree {
  const all: Tree = new Map(tree)
  all.set('init', { data: init('', 'exec sh /command'), executable: true })
  all.set('command', { data: Buffer.from(command) })
  for (const [name, text] of Object.entries(settings)) all.set(`etc/${name}`, { data: Buffer.from(text) })
  return all
}
