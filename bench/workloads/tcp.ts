/** TCP echo: small and larger messages, few and many connections. */
import type { Workload } from '../workload.js'

const echo = (
  name: string,
  title: string,
  args: { connections: number; window?: number; size?: number },
  forms: Pick<Workload, 'short' | 'smoke'> = {},
): Workload => ({
  name,
  title,
  shape: 'served',
  task: { role: 'echo', kind: 'tcp', size: args.size ?? 64 },
  peer: 'echoload',
  args: { connections: args.connections, window: args.window ?? 1 },
  unit: 'message',
  ...forms,
})

export const tcp: readonly Workload[] = [
  echo('tcp-echo-1', 'TCP echo, 64 B, 1 connection', { connections: 1 }, { short: true }),
  echo('tcp-echo-50', 'TCP echo, 64 B, 50 connections', { connections: 50 }, { short: true }),
  echo('tcp-echo-1000', 'TCP echo, 64 B, 1000 connections', { connections: 1000 }),
  echo(
    'tcp-echo-pipelined',
    'TCP echo, 16 × 64 B under way on each of 50 connections',
    { connections: 50, window: 16 },
    { short: true, smoke: true },
  ),
  echo('tcp-echo-4k', 'TCP echo, 4 KB, 50 connections', { connections: 50, size: 4096 }),
]
