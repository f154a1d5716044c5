/** SOL_PACKET: packet(7), Documentation/networking/packet_mmap.rst. */
import * as k from '../kernel.js'
import { type FilterInstruction, SO_ATTACH_FILTER } from './filter.js'
import {
  bytesOf,
  flag,
  getUint,
  int,
  integer,
  type Option,
  object,
  option,
  type Queryable,
  type Readable,
  readable,
  type Shape,
  setUint,
  uint,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const SOL = k.SOL_PACKET
const { packet_mreq, tpacket_stats, tpacket_rollover_stats, fanout_args } = k.layouts

// ── what comes ──────────────────────────────────────────────────────────────────────────────────────

/** struct packet_mreq: what an interface is to take in beside its own, PACKET_MR_*, and which address that is about. */
export interface PacketMembership {
  readonly ifindex: number
  /** PACKET_MR_MULTICAST, PACKET_MR_PROMISC (everything), PACKET_MR_ALLMULTI or PACKET_MR_UNICAST. */
  readonly type: number
  /** The hardware address of PACKET_MR_MULTICAST and PACKET_MR_UNICAST: 8 bytes at most. */
  readonly address?: Uint8Array | undefined
}

const membership = {
  encode: (value: PacketMembership): Uint8Array => {
    const { ifindex, type, address = new Uint8Array(0) } = object(value, '{ ifindex, type, address? }')
    if (!(address instanceof Uint8Array)) throw new TypeError(`expected bytes, not ${String(address)}`)
    const { mr_ifindex, mr_type, mr_alen, mr_address } = packet_mreq.fields
    const bytes = bytesOf(packet_mreq.size, (view) => {
      view.setInt32(mr_ifindex[0], integer(ifindex, 0, 0x7fffffff), true)
      setUint(view, mr_type, type)
      setUint(view, mr_alen, integer(address.length, 0, mr_address[1]))
    })
    bytes.set(address, mr_address[0])
    return bytes
  },
}

/** Have an interface take in more than is for it, until the socket is closed. ENODEV, EINVAL for a wrong address. */
export const PACKET_ADD_MEMBERSHIP: Writable<PacketMembership> = writable(
  SOL,
  k.PACKET_ADD_MEMBERSHIP,
  'PACKET_ADD_MEMBERSHIP',
  membership,
)
/** And no more. What was not added is no error. */
export const PACKET_DROP_MEMBERSHIP: Writable<PacketMembership> = writable(
  SOL,
  k.PACKET_DROP_MEMBERSHIP,
  'PACKET_DROP_MEMBERSHIP',
  membership,
)
/** Say nothing of what this machine sends. */
export const PACKET_IGNORE_OUTGOING: Option<boolean> = option(
  SOL,
  k.PACKET_IGNORE_OUTGOING,
  'PACKET_IGNORE_OUTGOING',
  flag,
)
/** Beside each packet its length on the wire and its VLAN tag, which the kernel has taken out: 'auxdata'. */
export const PACKET_AUXDATA: Option<boolean> = option(SOL, k.PACKET_AUXDATA, 'PACKET_AUXDATA', flag)
/** The sender's ifindex is the interface that a packet came in on, not the one (a bond, a bridge) that it belongs to. */
export const PACKET_ORIGDEV: Option<boolean> = option(SOL, k.PACKET_ORIGDEV, 'PACKET_ORIGDEV', flag)
/** Which times a ring's packets bear: SOF_TIMESTAMPING_RAW_HARDWARE, or 0 for the kernel's. */
export const PACKET_TIMESTAMP: Option<number> = option(SOL, k.PACKET_TIMESTAMP, 'PACKET_TIMESTAMP', int)

/** struct tpacket_stats: since they were last asked for. */
export interface PacketStatistics {
  /** What came through the filter, dropped or not. */
  readonly packets: number
  /** What there was no room for. */
  readonly drops: number
}

/** Counts of what came; asking sets them to 0. */
export const PACKET_STATISTICS: Readable<PacketStatistics> = readable(
  SOL,
  k.PACKET_STATISTICS,
  'PACKET_STATISTICS',
  {
    size: tpacket_stats.size,
    decode: (bytes) => {
      const view = viewOf(bytes, tpacket_stats.size, 'tpacket_stats')
      const { tp_packets, tp_drops } = tpacket_stats.fields
      return { packets: getUint(view, tp_packets), drops: getUint(view, tp_drops) }
    },
  },
)

// ── what is sent ────────────────────────────────────────────────────────────────────────────────────

/** What is sent goes to the device at once, past the queueing discipline: tc(8) neither shapes nor sees it. */
export const PACKET_QDISC_BYPASS: Option<boolean> = option(
  SOL,
  k.PACKET_QDISC_BYPASS,
  'PACKET_QDISC_BYPASS',
  flag,
)
/** A struct virtio_net_hdr of 10 bytes stands before each packet, both ways: checksums and segmentation. SOCK_RAW. */
export const PACKET_VNET_HDR: Option<boolean> = option(SOL, k.PACKET_VNET_HDR, 'PACKET_VNET_HDR', flag)
/** The same by the header's length: 10, 12 with the number of buffers, 0 for none. Since Linux 6.6. */
export const PACKET_VNET_HDR_SZ: Option<number> = option(SOL, k.PACKET_VNET_HDR_SZ, 'PACKET_VNET_HDR_SZ', int)

// ── fanout ──────────────────────────────────────────────────────────────────────────────────────────

/** struct fanout_args: the group of a socket, and how packets are spread over its members. */
export interface PacketFanout {
  /** The group's number in this network namespace. 0 with PACKET_FANOUT_FLAG_UNIQUEID makes a new one. */
  readonly id: number
  /** PACKET_FANOUT_HASH, _LB, _CPU, _ROLLOVER, _RND, _QM, _CBPF or _EBPF. */
  readonly type: number
  /** PACKET_FANOUT_FLAG_*. */
  readonly flags?: number | undefined
  /** As many members as the group may have, 256 when left out. Since Linux 5.14, and never told back. */
  readonly maxNumMembers?: number | undefined
}

const fanout: Shape<PacketFanout> = {
  size: 4,
  decode: (bytes) => {
    const value = uint.decode(bytes)
    return { id: value & 0xffff, type: (value >>> 16) & 0xff, flags: (value >>> 16) & 0xff00 }
  },
  encode: (value) => {
    const { id, type, flags = 0, maxNumMembers } = object(value, '{ id, type, flags?, maxNumMembers? }')
    if (integer(flags, 0, 0xff00) & 0xff) throw new RangeError(`expected PACKET_FANOUT_FLAG_*, not ${flags}`)
    // Older kernels take no more than the first two.
    return bytesOf(maxNumMembers === undefined ? 4 : fanout_args.size, (view) => {
      setUint(view, fanout_args.fields.id, id)
      setUint(view, fanout_args.fields.type_flags, integer(type, 0, 0xff) | flags)
      if (maxNumMembers !== undefined) setUint(view, fanout_args.fields.max_num_members, maxNumMembers)
    })
  },
}

/**
 * Joins a group of bound sockets of one protocol, each packet going to one of them; for good. Read without one: all 0.
 * EINVAL where the others were set up differently, EALREADY for a second time, ENOSPC when the group is full.
 */
export const PACKET_FANOUT: Option<PacketFanout> = option(SOL, k.PACKET_FANOUT, 'PACKET_FANOUT', fanout)
/**
 * The program of a group with PACKET_FANOUT_CBPF, which returns the index of the member (modulo their number). That of
 * PACKET_FANOUT_EBPF is set by its descriptor: `setsockopt(SOL_PACKET, PACKET_FANOUT_DATA, fd)`.
 */
export const PACKET_FANOUT_DATA: Writable<readonly FilterInstruction[]> = writable(
  SOL,
  k.PACKET_FANOUT_DATA,
  'PACKET_FANOUT_DATA',
  SO_ATTACH_FILTER,
)

/** struct tpacket_rollover_stats: packets that went to another member of the group since that one had no room. */
export interface RolloverStatistics {
  readonly all: number
  /** Of flows that take up much of the socket's queue. */
  readonly huge: number
  /** Nobody had room. */
  readonly failed: number
}

/** With PACKET_FANOUT_ROLLOVER or its flag; EINVAL otherwise. */
export const PACKET_ROLLOVER_STATS: Readable<RolloverStatistics> = readable(
  SOL,
  k.PACKET_ROLLOVER_STATS,
  'PACKET_ROLLOVER_STATS',
  {
    size: tpacket_rollover_stats.size,
    decode: (bytes) => {
      const view = viewOf(bytes, tpacket_rollover_stats.size, 'tpacket_rollover_stats')
      const { tp_all, tp_huge, tp_failed } = tpacket_rollover_stats.fields
      return { all: getUint(view, tp_all), huge: getUint(view, tp_huge), failed: getUint(view, tp_failed) }
    },
  },
)

// ── what rings will have, before they are made ──────────────────────────────────────────────────────

/** TPACKET_V1, TPACKET_V2 or TPACKET_V3. */
export const PACKET_VERSION: Option<number> = option(SOL, k.PACKET_VERSION, 'PACKET_VERSION', int)
/** The length of a ring's header in a version, TPACKET_V*. */
export const PACKET_HDRLEN: Queryable<number, number> = Object.freeze({
  ...{ name: 'PACKET_HDRLEN', level: SOL, option: k.PACKET_HDRLEN },
  ask: int.encode,
  answer: int.decode,
})
/** Bytes kept free before each packet in a ring. */
export const PACKET_RESERVE: Option<number> = option(SOL, k.PACKET_RESERVE, 'PACKET_RESERVE', uint)
/** Packets longer than this come to the queue too where the ring cuts them. Older kernels do not tell it. */
export const PACKET_COPY_THRESH: Option<number> = option(SOL, k.PACKET_COPY_THRESH, 'PACKET_COPY_THRESH', int)
/** Bad packets in a ring to send are passed over, not waited at. */
export const PACKET_LOSS: Option<boolean> = option(SOL, k.PACKET_LOSS, 'PACKET_LOSS', flag)
/** Packets in a ring to send begin where their header says. */
export const PACKET_TX_HAS_OFF: Option<boolean> = option(SOL, k.PACKET_TX_HAS_OFF, 'PACKET_TX_HAS_OFF', flag)
