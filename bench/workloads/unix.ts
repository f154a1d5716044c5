/** AF_UNIX echo, each type. */
import type { Kind, Workload } from '../workload.js'

const echo = (kind: Kind, title: string, connections: number): Workload => ({
  name: `${kind === 'unix' ? 'unix-stream' : kind}-echo`,
  title: `${title} echo, 64 B, ${connections} connections`,
  shape: 'served',
  task: { role: 'echo', kind, size: 64 },
  peer: 'echoload',
  args: { connections, window: 1 },
  unit: 'message',
  smoke: true,
})

export const unix: readonly Workload[] = [
  echo('unix', 'Unix stream', 50),
  echo('unix-seqpacket', 'Unix SEQPACKET', 50),
  // The queue of a datagram socket holds ten (net.unix.max_dgram_qlen).
  echo('unix-dgram', 'Unix datagram', 8),
]
