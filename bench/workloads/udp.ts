/** UDP: received from a flood, sent, and sent back. */
import type { Workload } from '../workload.js'

const receive = (size: number, gso: boolean, forms: Pick<Workload, 'short' | 'smoke'> = {}): Workload => ({
  name: `udp-receive-${size}${gso ? '-gso' : ''}`,
  title: `UDP, ${size} B received from a flood ${gso ? 'by segmentation (GSO)' : 'by sendmmsg'}`,
  shape: 'flooded',
  task: { role: 'receive', kind: 'udp', size },
  peer: 'flood',
  args: { gso: gso ? 1 : 0 },
  unit: 'packet',
  ...forms,
})

const send = (size: number, forms: Pick<Workload, 'short' | 'smoke'> = {}): Workload => ({
  name: `udp-send-${size}`,
  title: `UDP, ${size} B sent`,
  shape: 'driven',
  task: { role: 'send', kind: 'udp', size },
  peer: 'datagram',
  args: { role: 'receive', by: 'segments', whole: 1 },
  unit: 'packet',
  ...forms,
})

const echo = (window: number, forms: Pick<Workload, 'short' | 'smoke'> = {}): Workload => ({
  name: `udp-echo-${window}`,
  title: `UDP echo, 64 B, ${window} under way`,
  shape: 'served',
  task: { role: 'echo', kind: 'udp', size: 64 },
  peer: 'echoload',
  args: { connections: 1, window },
  unit: 'packet',
  ...forms,
})

export const udp: readonly Workload[] = [
  receive(64, false, { short: true }),
  receive(1200, false),
  receive(64, true, { smoke: true }),
  receive(1200, true),
  send(64, { short: true, smoke: true }),
  send(1200),
  echo(1),
  echo(64, { short: true, smoke: true }),
]
