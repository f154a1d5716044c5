/** What the kernel counts of a socket's queues: tcp(7), udp(7), unix(7). */
import * as k from '../data/kernel.js'
import { native } from '../sys/binding.js'
import type { Core } from './core.js'

type Request = 'SIOCATMARK' | 'SIOCINQ' | 'SIOCOUTQ' | 'SIOCOUTQNSD'

const numbers: Readonly<Record<Request, number>> = {
  SIOCATMARK: k.SIOCATMARK,
  SIOCINQ: k.SIOCINQ,
  SIOCOUTQ: k.SIOCOUTQ,
  SIOCOUTQNSD: k.SIOCOUTQNSD,
}

/** The int that a request answers with. */
export function waiting(core: Core, request: Request): number {
  const value = new Uint8Array(4)
  const result = native.ioctl(core.channel.number, numbers[request], value)
  if (result < 0) throw core.failure(result, 'ioctl', { option: request })
  return new DataView(value.buffer).getInt32(0, true)
}
