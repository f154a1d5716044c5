/** The time to start. */
import type { Workload } from '../workload.js'

export const startup: Workload = {
  name: 'startup',
  title: 'A process that imports the module and ends',
  shape: 'spawned',
  task: { role: 'startup', kind: 'tcp' },
  peer: 'spawnload',
  unit: 'start',
  smoke: true,
}
