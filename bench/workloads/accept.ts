/** Connections that come, are accepted and closed, 16 at a time. */
import type { Workload } from '../workload.js'

export const accept: Workload = {
  name: 'tcp-accept',
  title: 'TCP, connections accepted and closed',
  shape: 'served',
  task: { role: 'accept', kind: 'tcp' },
  peer: 'connectload',
  args: { window: 16 },
  unit: 'connection',
  short: true,
  smoke: true,
}
