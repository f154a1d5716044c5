/** The table of contenders: what can do which tasks, and how it is started. */
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { installedAt, runtimes } from '../tools/runtimes.js'
import type { Command } from './child.js'
import { program } from './compile.js'
import type { Kind, Role, Task } from './workload.js'

export interface Contender {
  readonly name: string
  readonly title: string
  /** ours: what is judged. reference: what it is judged by. other: for comparison. */
  readonly side: 'ours' | 'reference' | 'other'
  /** Part of the long form alone, or when named. */
  readonly long?: boolean
  readonly roles: Partial<Readonly<Record<Role, readonly Kind[]>>>
  /** Why it cannot run here, if so. */
  missing?(): string | undefined
  /** What does the task; `args` are to be added. */
  command(task: Task): Command
}

const beside = (name: string): string => fileURLToPath(new URL(`contenders/${name}.js`, import.meta.url))
const source = (name: string): string =>
  fileURLToPath(new URL(`../../bench/contenders/${name}`, import.meta.url))

/** A script for Node. */
const script = (name: string, ...args: string[]): Command => ({
  program: process.execPath,
  args: [beside(name), ...args],
})

const streams: readonly Kind[] = ['tcp', 'unix', 'unix-seqpacket']
const datagrams: readonly Kind[] = ['udp', 'unix-dgram']

function bun(): string | undefined {
  const found = spawnSync('sh', ['-c', 'command -v bun'], { encoding: 'utf8' }).stdout?.trim()
  if (found) return found
  const cached = runtimes.find(({ name }) => name.startsWith('Bun'))
  return cached === undefined ? undefined : installedAt(cached)
}

/** The interpreter itself: a shim in front of it would be measured, too. */
let interpreter: string | undefined
function python(): string {
  interpreter ??= spawnSync('python3', ['-c', 'import sys; print(sys.executable)'], {
    encoding: 'utf8',
  }).stdout?.trim()
  return interpreter || 'python3'
}
const noPython = (): string | undefined => (existsSync(python()) ? undefined : 'needs python3 on PATH')

const datagramC = (by: string) => (): Command => ({ program: program('datagram'), args: [`by=${by}`] })

export const contenders: readonly Contender[] = [
  {
    name: 'c',
    title: 'C: epoll, recvmmsg and sendmmsg, blocking calls',
    side: 'reference',
    roles: {
      echo: [...streams, ...datagrams],
      sink: ['tcp'],
      source: ['tcp'],
      accept: ['tcp'],
      receive: ['udp'],
      send: ['udp'],
      roundtrip: ['tcp'],
      startup: ['tcp'],
    },
    command({ role, kind }) {
      if (role === 'roundtrip') return { program: program('roundtrip'), args: [] }
      if (role === 'startup') return { program: program('nothing'), args: [] }
      if (datagrams.includes(kind)) return datagramC('batch')()
      return { program: program('stream'), args: [] }
    },
  },
  {
    name: 'node',
    title: 'node:net and node:dgram',
    side: 'reference',
    roles: {
      echo: ['tcp', 'unix', 'udp'],
      sink: ['tcp'],
      source: ['tcp'],
      accept: ['tcp'],
      receive: ['udp'],
      send: ['udp'],
      startup: ['tcp'],
    },
    command: ({ role }) => (role === 'startup' ? script('startup', 'module=node:net') : script('node')),
  },
  {
    name: 'await',
    title: 'berkeley: await recv, await sendall',
    side: 'ours',
    roles: {
      echo: [...streams, ...datagrams],
      sink: ['tcp'],
      source: ['tcp'],
      accept: ['tcp'],
      receive: ['udp'],
      send: ['udp'],
    },
    command: () => script('await'),
  },
  {
    name: 'for-await',
    title: 'berkeley: for await of chunks, messages, connections',
    side: 'ours',
    roles: { echo: [...streams, ...datagrams], sink: ['tcp'], accept: ['tcp'], receive: ['udp'] },
    command: () => script('for-await'),
  },
  {
    name: 'recv-into',
    title: 'berkeley: await recvInto, await sendall',
    side: 'ours',
    roles: { echo: [...streams, ...datagrams], sink: ['tcp'], receive: ['udp'] },
    command: () => script('recv-into'),
  },
  {
    name: 'views',
    title: 'berkeley: recvViews and trySend, a handler',
    side: 'ours',
    roles: { echo: ['tcp', 'unix'] },
    command: () => script('views'),
  },
  {
    name: 'batch',
    title: 'berkeley: recvmmsg, sendmmsg (which segments by itself)',
    side: 'ours',
    roles: { echo: ['udp'], receive: ['udp'], send: ['udp'] },
    command: () => script('batch'),
  },
  {
    name: 'batch-gro',
    title: 'berkeley: recvmmsg with UDP_GRO, sendmmsg',
    side: 'ours',
    long: true,
    roles: { echo: ['udp'], receive: ['udp'] },
    command: () => script('batch', 'by=segments'),
  },
  {
    name: 'sync',
    title: 'berkeley: sendallSync, recvSync',
    side: 'ours',
    roles: { roundtrip: ['tcp'] },
    command: () => script('sync'),
  },
  {
    name: 'import',
    title: "berkeley: import 'berkeley'",
    side: 'ours',
    roles: { startup: ['tcp'] },
    command: () => script('startup', 'module=berkeley'),
  },
  {
    name: 'c-one',
    title: 'C: a system call for each datagram',
    side: 'other',
    long: true,
    roles: { echo: datagrams, receive: ['udp'], send: ['udp'] },
    command: datagramC('one'),
  },
  {
    name: 'c-segments',
    title: 'C: UDP_GRO and UDP_SEGMENT',
    side: 'other',
    long: true,
    roles: { echo: ['udp'], receive: ['udp'], send: ['udp'] },
    command: datagramC('segments'),
  },
  {
    name: 'bun',
    title: 'Bun.listen and Bun.udpSocket',
    side: 'other',
    long: true,
    roles: {
      echo: ['tcp', 'unix', 'udp'],
      sink: ['tcp'],
      source: ['tcp'],
      accept: ['tcp'],
      receive: ['udp'],
      send: ['udp'],
    },
    missing: () =>
      bun() === undefined ? 'needs bun on PATH, or fetched: node build/tools/runtimes.js' : undefined,
    command: () => ({ program: bun() ?? 'bun', args: [beside('bun')] }),
  },
  {
    name: 'asyncio',
    title: "Python's asyncio, by protocols",
    side: 'other',
    long: true,
    roles: {
      echo: ['tcp', 'unix', 'udp'],
      sink: ['tcp'],
      source: ['tcp'],
      accept: ['tcp'],
      receive: ['udp'],
    },
    missing: noPython,
    command: () => ({ program: python(), args: [source('protocols.py')] }),
  },
  {
    name: 'python',
    title: "Python's blocking socket",
    side: 'reference',
    roles: { roundtrip: ['tcp'], startup: ['tcp'] },
    missing: noPython,
    command: ({ role }) => ({
      program: python(),
      args: role === 'startup' ? ['-c', 'import socket'] : [source('blocking.py')],
    }),
  },
]

export const can = (contender: Contender, { role, kind }: Task): boolean =>
  contender.roles[role]?.includes(kind) ?? false

/** The same contender, on another build of berkeley: `entry` is its module. */
export function onBuild(contender: Contender, label: string, entry: string): Contender {
  return {
    ...contender,
    name: `${contender.name}@${label}`,
    title: `${contender.title} at ${label}`,
    side: 'reference',
    command: (task) => {
      const command = contender.command(task)
      return { ...command, env: { ...command.env, BERKELEY_BENCH: entry } }
    },
  }
}
