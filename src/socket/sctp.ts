/** What RFC 6458 §9 has for SCTP beside the verbs; its other functions are options: SCTP_SOCKOPT_BINDX_ADD, SCTP_GET_PEER_ADDRS, … */
import type { Address } from '../data/address/address.js'
import { checkInteger } from '../data/integer.js'
import {
  IPPROTO_SCTP,
  SCTP_SOCKOPT_CONNECTX,
  SCTP_SOCKOPT_PEELOFF_FLAGS,
  SOCK_CLOEXEC,
  SOCK_NONBLOCK,
  SOCK_SEQPACKET,
} from '../data/kernel.js'
import { type SockaddrGiven, sockaddrOf, sockaddrs } from '../data/option/struct.js'
import { native } from '../sys/binding.js'
import { connectBy, connectBySync } from './connect.js'
import type { CallOptions, Core } from './core.js'
import { coreOf } from './descriptor.js'
import { own } from './owned.js'
import { Socket } from './socket.js'

/** The first of the addresses, for errors, and the call that connects to all of them. */
function peer(
  core: Core,
  addresses: readonly NonNullable<SockaddrGiven>[],
): [sockaddr: Uint8Array, call: () => number] {
  const all = sockaddrs(addresses)
  const call = (): number => native.setsockopt(core.channel.fd, IPPROTO_SCTP, SCTP_SOCKOPT_CONNECTX, all)
  return [sockaddrOf(addresses[0] as NonNullable<SockaddrGiven>), call]
}

/**
 * sctp_connectx(3): `connect` to one peer by several of its addresses, numeric and of one port; the first that answers
 * counts. Waits and fails as `connect`. A one-to-many socket does not wait: SCTP_COMM_UP tells.
 */
export async function sctpConnectx<A extends Address>(
  socket: Socket<A>,
  addresses: readonly NonNullable<SockaddrGiven>[],
  call?: CallOptions,
): Promise<void> {
  const core = coreOf(socket)
  if (call?.signal?.aborted) throw call.signal.reason
  return connectBy(core, ...peer(core, addresses), call?.signal)
}

/** `sctpConnectx`, blocking the thread. */
export function sctpConnectxSync<A extends Address>(
  socket: Socket<A>,
  addresses: readonly NonNullable<SockaddrGiven>[],
): void {
  const core = coreOf(socket)
  connectBySync(core, ...peer(core, addresses))
}

/**
 * sctp_peeloff(3): an association of a one-to-many socket as a socket of its own, which the caller is to close; it has the
 * default time-out. EINVAL when there is no such association.
 */
export function sctpPeeloff<A extends Address>(socket: Socket<A>, assocId: number): Socket<A> {
  const core = coreOf(socket)
  checkInteger(assocId, 'assocId')
  // sctp_peeloff_flags_arg_t: the association, room for the descriptor, flags.
  const argument = new Uint8Array(12)
  const view = new DataView(argument.buffer)
  view.setInt32(0, assocId, true)
  view.setUint32(8, SOCK_NONBLOCK | SOCK_CLOEXEC, true)
  const fd = native.getsockopt(core.channel.number, IPPROTO_SCTP, SCTP_SOCKOPT_PEELOFF_FLAGS, argument)
  if (fd < 0) throw core.failure(fd, 'getsockopt', { option: 'SCTP_SOCKOPT_PEELOFF_FLAGS' })
  const made = view.getInt32(4, true)
  return own(made, () => new Socket<A>(made, core.family, SOCK_SEQPACKET, core.protocol))
}
