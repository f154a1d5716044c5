/** Bulk over TCP, one connection: to the server by the size of its reads, and from it by the size of its writes. */
import type { Workload } from '../workload.js'

const bulk = (way: 'to' | 'from', read: number, forms: Pick<Workload, 'short' | 'smoke'> = {}): Workload => ({
  name: `tcp-bulk-${way}-${read / 1024}k`,
  title: `TCP, bulk ${way} the server, ${way === 'to' ? 'reads' : 'writes'} of ${read / 1024} KB`,
  shape: 'served',
  task: { role: way === 'to' ? 'sink' : 'source', kind: 'tcp', read },
  peer: 'bulkload',
  args: { way, size: 65536 },
  unit: 'MB',
  ...forms,
})

export const bulks: readonly Workload[] = [
  bulk('to', 16384),
  bulk('to', 65536, { short: true, smoke: true }),
  bulk('to', 262144),
  bulk('from', 16384),
  bulk('from', 65536, { short: true, smoke: true }),
  bulk('from', 262144),
]
