/** Captures of traffic that is made for it: tcpdump writes them, tshark says what is in them. */
import { spawn, spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type Fields, fieldsIn } from '../../unit/tshark.js'

const script = fileURLToPath(new URL('../../../../test/kernel/wire/traffic.py', import.meta.url))

const commands = [
  'ping -n -c 1 -W 5 10.1.0.2',
  'ping -n -c 1 -W 5 fd01::2',
  'ping -n -c 1 -W 5 -R 10.1.0.2',
  'ping -n -c 1 -W 5 -T tsandaddr 10.1.0.2',
  'ping -n -c 1 -W 5 -s 3000 10.1.0.2',
  'ping -n -c 1 -W 5 -s 3000 fd01::2',
  'arping -c 1 -w 5 -I near 10.1.0.2',
  'traceroute -n -q 1 -N 1 -m 2 10.1.0.2',
  'traceroute -6 -n -q 1 -N 1 -m 2 fd01::2',
]

/** Makes traffic while tcpdump listens in each of these ways, until it has seen the last frame. */
export async function capture(
  folder: string,
  ways: Readonly<Record<string, readonly string[]>>,
  frames: readonly Uint8Array[],
): Promise<Record<string, string>> {
  const files: Record<string, string> = {}
  const running = await Promise.all(
    Object.entries(ways).map(async ([name, args]) => {
      const file = join(folder, `${name}.pcap`)
      files[name] = file
      const dump = spawn('tcpdump', ['-n', '-U', '--immediate-mode', '-w', file, ...args], {
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      let said = ''
      await new Promise<void>((resolve, reject) => {
        dump.stderr.on('data', (chunk) => {
          said += chunk
          if (/listening on/.test(said)) resolve()
        })
        dump.on('close', () => reject(new Error(said)))
      })
      return dump
    }),
  )
  try {
    for (const command of commands) run('sh', ['-c', command])
    send([], frames)
    // All is there when a frame sent later is. Now and then one is lost, and goes again.
    const last = Buffer.from(frames[0] as Uint8Array).fill(0x5a, 46)
    const mark = last.subarray(46)
    const limit = Date.now() + 10_000
    const waiting = (): string[] => Object.values(files).filter((file) => !readFileSync(file).includes(mark))
    while (waiting().length > 0) {
      send(['again'], [last])
      if (Date.now() > limit) throw new Error(`the last frame was not caught in ${waiting()}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  } finally {
    for (const dump of running) {
      const closed = new Promise((resolve) => dump.on('close', resolve))
      dump.kill('SIGTERM')
      await closed
    }
  }
  return files
}

export function send(args: readonly string[], frames: readonly Uint8Array[]): void {
  const lines = frames.map((frame) => `${Buffer.from(frame).toString('hex')}\n`)
  run('python3', [script, ...args], lines.join(''))
}

/** Runs a command that has to go well. */
export function run(command: string, args: readonly string[], input = ''): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    input,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  })
  if (error !== undefined) throw error
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stdout}${stderr}`)
  return stdout
}

const plainly = ['ip.defragment', 'ipv6.defragment', 'tcp.analyze_sequence_numbers'].flatMap((name) => [
  '-o',
  `${name}:FALSE`,
])

/** What tshark finds in each packet of a file, fragments as they are. */
export function tshark(file: string): Fields[] {
  const json = run('tshark', ['-n', '-r', file, ...plainly, '-T', 'json', '--no-duplicate-keys'])
  return (JSON.parse(json) as { _source: { layers: unknown } }[]).map(({ _source }) =>
    fieldsIn(_source.layers),
  )
}

const sums = { ip: 'ipv4', tcp: 'tcp', udp: 'udp', icmp: 'icmp', icmpv6: 'icmpv6', igmp: 'igmp' }

/** The layers of each packet whose sum tshark finds wrong, as we call them. */
export function wrongSums(file: string): string[][] {
  const checked = ['ip', 'tcp', 'udp'].flatMap((name) => ['-o', `${name}.check_checksum:TRUE`])
  const fields = Object.keys(sums).flatMap((name) => ['-e', `${name}.checksum.status`])
  const lines = run('tshark', ['-n', '-r', file, ...plainly, ...checked, '-T', 'fields', ...fields])
  return lines
    .slice(0, -1)
    .split('\n')
    .map((line) =>
      line.split('\t').flatMap((status, i) => (/^0/.test(status) ? [Object.values(sums)[i] as string] : [])),
    )
}

/** The bytes of each direction of each TCP stream, in hexadecimal, as tshark follows it. */
export function followed(file: string): string[] {
  const indices = new Set(run('tshark', ['-n', '-r', file, '-T', 'fields', '-e', 'tcp.stream']).split('\n'))
  indices.delete('')
  return [...indices].flatMap((index) => {
    const lines = run('tshark', ['-n', '-r', file, '-q', '-z', `follow,tcp,raw,${index}`]).split('\n')
    const bytes = lines.filter((line) => /^\t?[0-9a-f]+$/.test(line))
    // What comes from the other end is indented.
    const ends = [
      bytes.filter((line) => !line.startsWith('\t')),
      bytes.filter((line) => line.startsWith('\t')),
    ]
    return ends.map((lines) => lines.join('').replaceAll('\t', '')).filter((hex) => hex !== '')
  })
}
