/** The memory of connections that do nothing. */
import type { Workload } from '../workload.js'

export const memory: Workload = {
  name: 'tcp-memory',
  title: 'Resident memory of an idle TCP connection that has been used once',
  shape: 'held',
  task: { role: 'echo', kind: 'tcp', size: 64 },
  peer: 'connectload',
  unit: 'connection',
  smoke: true,
}
