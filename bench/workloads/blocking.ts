/** Calls that block, back and forth. */
import type { Workload } from '../workload.js'

export const blocking: Workload = {
  name: 'tcp-blocking',
  title: 'TCP round trip, 64 B, blocking calls to a blocking server in C',
  shape: 'driven',
  task: { role: 'roundtrip', kind: 'tcp', size: 64 },
  peer: 'roundtrip',
  args: { role: 'serve' },
  unit: 'round trip',
  short: true,
  smoke: true,
}
