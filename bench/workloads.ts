/** The table of workloads. */
import type { Workload } from './workload.js'
import { accept } from './workloads/accept.js'
import { blocking } from './workloads/blocking.js'
import { bulks } from './workloads/bulk.js'
import { memory } from './workloads/memory.js'
import { startup } from './workloads/startup.js'
import { tcp } from './workloads/tcp.js'
import { udp } from './workloads/udp.js'
import { unix } from './workloads/unix.js'

export const workloads: readonly Workload[] = [
  ...tcp,
  ...bulks,
  accept,
  ...udp,
  ...unix,
  memory,
  startup,
  blocking,
]
