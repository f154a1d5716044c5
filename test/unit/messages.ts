/** Control messages as they are written, and C's words for the same: control.c makes their bytes. */
import * as alg from '#data/control/alg.js'

import * as canraw from '#data/control/canraw.js'
import type { ControlData, ControlOut } from '#data/control/control.js'
import * as ip from '#data/control/ip.js'
import * as ipv6 from '#data/control/ipv6.js'
import * as j1939 from '#data/control/j1939.js'
import type { ControlRow } from '#data/control/message.js'
import * as netlink from '#data/control/netlink.js'
import * as packet from '#data/control/packet.js'
import * as rds from '#data/control/rds.js'
import * as sctp from '#data/control/sctp.js'
import * as socket from '#data/control/socket.js'
import * as tcp from '#data/control/tcp.js'
import * as tipc from '#data/control/tipc.js'
import * as udp from '#data/control/udp.js'
import * as vsock from '#data/control/vsock.js'
import { AF_ALG, AF_INET, AF_INET6, AF_RDS, AF_UNIX } from '#data/kernel.js'
import { golden, unhex } from './golden.js'

/** struct cmsghdr. */
export const HEADER = 16

/** Every row there is. */
export const controls: readonly ControlRow<string>[] = [
  socket,
  ip,
  ipv6,
  udp,
  tcp,
  netlink,
  packet,
  canraw,
  j1939,
  tipc,
  alg,
  sctp,
  vsock,
  rds,
].flatMap((level) => Object.values(level))

/** The same bytes with rubbish around them, as a Buffer and not. */
export function* held(bytes: Uint8Array): Generator<Uint8Array> {
  for (const rubbish of [0, 0x01, 0xee]) {
    const room = new Uint8Array(bytes.length + 61).fill(rubbish)
    room.set(bytes, 29)
    yield room.slice().subarray(29, 29 + bytes.length)
    yield Buffer.from(room.buffer, 29, bytes.length)
  }
}

/** The control buffers that control.c makes of these words. */
export function buffers(words: readonly string[]): Uint8Array[] {
  return golden(words, 'control.c').map(unhex)
}

/** What descriptorsIn is to find, by what decodeControl found. */
export function descriptorsOf(messages: readonly ControlData[]): number[] {
  return messages
    .flatMap((message) =>
      message.kind === 'rights' ? message.value : message.kind === 'pidfd' ? [message.value] : [],
    )
    .filter((descriptor) => descriptor >= 0)
}

export interface Sample {
  /** For control.c. */
  readonly words: string
  /** What decodes from C's bytes; null where nothing ever comes so. */
  readonly back: ControlData | null
  /** What encodes to them, and for which family; none where it only comes. */
  readonly sent?: readonly [af: number, message: ControlOut]
}

const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'))

/** One that goes and comes as the same. */
const both = (af: number, words: string, message: ControlOut & ControlData): Sample => ({
  words,
  back: message,
  sent: [af, message],
})
const came = (words: string, back: ControlData): Sample => ({ words, back })
const sent = (af: number, words: string, message: ControlOut): Sample => ({
  words,
  back: null,
  sent: [af, message],
})

const recverr = { errno: 0, origin: 0, type: 0, code: 0, info: 0, data: 0, offender: null }
const maximum = Array.from({ length: 253 }, (_, i) => i * 8_000_000)
const header = '000001040000000006000000000000ff'

export const samples: readonly Sample[] = [
  both(AF_UNIX, 'rights', { kind: 'rights', value: [] }),
  both(AF_UNIX, 'rights 0', { kind: 'rights', value: [0] }),
  both(AF_UNIX, 'rights 3 4 2147483647', { kind: 'rights', value: [3, 4, 2147483647] }),
  both(AF_UNIX, `rights ${maximum.join(' ')}`, { kind: 'rights', value: maximum }),
  both(AF_UNIX, 'credentials 1 0 4294967295', {
    kind: 'credentials',
    value: { pid: 1, uid: 0, gid: 4294967295 },
  }),
  both(AF_UNIX, 'credentials 2147483647 1000 65534', {
    kind: 'credentials',
    value: { pid: 2147483647, uid: 1000, gid: 65534 },
  }),
  came('pidfd 5', { kind: 'pidfd', value: 5 }),
  came('pidfd -3', { kind: 'pidfd', value: -3 }),
  came('security 756e636f6e66696e656400', { kind: 'security', value: bytes('756e636f6e66696e656400') }),
  came('security .', { kind: 'security', value: bytes('') }),
  came('ipsecurity 61', { kind: 'security', value: bytes('61') }),
  ...['old', 'new'].flatMap((age) => [
    came(`timeval ${age} 1700000000 999999`, { kind: 'timestamp', value: 1_700_000_000_999_999_000n }),
    came(`timeval ${age} -1 1`, { kind: 'timestamp', value: -999_999_000n }),
    came(`timespec ${age} 1700000000 123456789`, { kind: 'timestamp', value: 1_700_000_000_123_456_789n }),
    came(`timespec ${age} 9223372036 854775807`, { kind: 'timestamp', value: 2n ** 63n - 1n }),
    came(`timestamping ${age} 1700000000 1 7 7 0 0`, {
      kind: 'timestamping',
      value: { software: 1_700_000_000_000_000_001n, hardware: null },
    }),
    came(`timestamping ${age} 0 0 7 7 0 999999999`, {
      kind: 'timestamping',
      value: { software: null, hardware: 999_999_999n },
    }),
  ]),
  came('tspktinfo 7 4294967295', { kind: 'timestampingPktinfo', value: { ifindex: 7, length: 4294967295 } }),
  sent(AF_INET, 'tsflags 4294967295', { kind: 'timestampingFlags', value: 4294967295 }),
  sent(AF_INET6, 'tsflags 2', { kind: 'timestampingFlags', value: 2 }),
  sent(AF_INET, 'tsoptid 4294967294', { kind: 'timestampingOptId', value: 4294967294 }),
  sent(AF_INET6, 'txtime 18446744073709551615', { kind: 'txtime', value: 2n ** 64n - 1n }),
  sent(AF_INET, 'txtime 1', { kind: 'txtime', value: 1n }),
  came('rxqovfl 4294967295', { kind: 'rxqOvfl', value: 4294967295 }),
  both(AF_INET, 'mark 4294967295', { kind: 'mark', value: 4294967295 }),
  both(AF_UNIX, 'priority 6', { kind: 'priority', value: 6 }),
  came('wifi 1', { kind: 'wifiStatus', value: true }),
  came('wifi 0', { kind: 'wifiStatus', value: false }),

  came('pktinfo 2147483647 127.0.0.2 255.255.255.255', {
    kind: 'pktinfo',
    value: { ifindex: 2147483647, local: '127.0.0.2', destination: '255.255.255.255' },
  }),
  sent(AF_INET, 'pktinfo 3 192.0.2.9 0.0.0.0', {
    kind: 'pktinfo',
    value: { ifindex: 3, local: '192.0.2.9' },
  }),
  sent(AF_INET, 'pktinfo 0 192.0.2.9 0.0.0.0', { kind: 'pktinfo', value: { local: '192.0.2.9' } }),
  sent(AF_INET, 'pktinfo 3 0.0.0.0 0.0.0.0', { kind: 'pktinfo', value: { ifindex: 3 } }),
  sent(AF_INET, 'pktinfo 0 0.0.0.0 0.0.0.0', { kind: 'pktinfo', value: { ifindex: undefined } }),
  both(AF_INET6, 'pktinfo6 258 fe80::1:2', {
    kind: 'pktinfo',
    value: { ifindex: 258, local: 'fe80::1:2', destination: 'fe80::1:2' },
  }),
  sent(AF_INET6, 'pktinfo6 0 ::1', { kind: 'pktinfo', value: { local: '::1' } }),
  sent(AF_INET6, 'pktinfo6 1 ::', { kind: 'pktinfo', value: { ifindex: 1 } }),
  came('pktinfo2292 1 ::1', {
    kind: 'pktinfo',
    value: { ifindex: 1, local: '::1', destination: '::1' },
  }),
  both(AF_INET, 'ttl 1', { kind: 'ttl', value: 1 }),
  both(AF_INET, 'ttl 255', { kind: 'ttl', value: 255 }),
  both(AF_INET6, 'hoplimit 0', { kind: 'ttl', value: 0 }),
  both(AF_INET6, 'hoplimit -1', { kind: 'ttl', value: -1 }),
  both(AF_INET6, 'hoplimit 255', { kind: 'ttl', value: 255 }),
  came('hoplimit2292 64', { kind: 'ttl', value: 64 }),
  came('tos 255', { kind: 'tos', value: 255 }),
  both(AF_INET, 'tosint 184', { kind: 'tos', value: 184 }),
  both(AF_INET6, 'tclass 255', { kind: 'tos', value: 255 }),
  both(AF_INET6, 'tclass -1', { kind: 'tos', value: -1 }),
  came('recvopts 01010100', { kind: 'ipOptions', value: bytes('01010100') }),
  both(AF_INET, 'retopts 01010100', { kind: 'ipOptions', value: bytes('01010100') }),
  both(AF_INET, `retopts ${'01'.repeat(40)}`, { kind: 'ipOptions', value: bytes('01'.repeat(40)) }),
  came('origdst 192.0.2.1 513', {
    kind: 'origdstaddr',
    value: { family: 'inet', host: '192.0.2.1', port: 513 },
  }),
  came('origdst6 fe80::1 65535 7', {
    kind: 'origdstaddr',
    value: { family: 'inet6', host: 'fe80::1', port: 65535, flowinfo: 0, scopeId: 7 },
  }),
  came('recverr 111 2 3 4 5 6 192.0.2.7', {
    kind: 'recverr',
    value: {
      errno: 111,
      origin: 2,
      type: 3,
      code: 4,
      info: 5,
      data: 6,
      offender: { family: 'inet', host: '192.0.2.7', port: 0 },
    },
  }),
  came('recverr 0 5 0 1 4294967294 4294967295', {
    kind: 'recverr',
    value: { ...recverr, origin: 5, code: 1, info: 4294967294, data: 4294967295 },
  }),
  came('recverr6 90 3 255 254 1280 0 2001:db8::9', {
    kind: 'recverr',
    value: {
      errno: 90,
      origin: 3,
      type: 255,
      code: 254,
      info: 1280,
      data: 0,
      offender: { family: 'inet6', host: '2001:db8::9', port: 0, flowinfo: 0, scopeId: 0 },
    },
  }),
  came('recverr6 42 4 0 0 1 7', {
    kind: 'recverr',
    value: { ...recverr, errno: 42, origin: 4, info: 1, data: 7 },
  }),
  came('checksum 4294967295', { kind: 'checksum', value: 4294967295 }),
  came('fragsize 1500', { kind: 'fragsize', value: 1500 }),
  came('fragsize6 1280', { kind: 'fragsize', value: 1280 }),
  sent(AF_INET, 'protocol 253', { kind: 'protocol', value: 253 }),
  both(AF_INET6, `flowinfo ${0xfff12345}`, { kind: 'flowinfo', value: 0xfff12345 }),
  both(AF_INET6, `hopopts ${header}`, { kind: 'hopopts', value: bytes(header) }),
  came(`hopopts2292 ${header}`, { kind: 'hopopts', value: bytes(header) }),
  both(AF_INET6, `dstopts ${header}`, { kind: 'dstopts', value: bytes(header) }),
  came(`dstopts2292 ${header}`, { kind: 'dstopts', value: bytes(header) }),
  sent(AF_INET6, `rthdrdstopts ${header}`, { kind: 'rthdrdstopts', value: bytes(header) }),
  both(AF_INET6, `rthdr ${header}`, { kind: 'rthdr', value: bytes(header) }),
  came(`rthdr2292 ${header}`, { kind: 'rthdr', value: bytes(header) }),
  sent(AF_INET6, 'dontfrag 1', { kind: 'dontfrag', value: true }),
  sent(AF_INET6, 'dontfrag 0', { kind: 'dontfrag', value: false }),
  came('pathmtu 2001:db8::1 3 1280', {
    kind: 'pathmtu',
    value: {
      destination: { family: 'inet6', host: '2001:db8::1', port: 0, flowinfo: 0, scopeId: 3 },
      mtu: 1280,
    },
  }),
  sent(AF_INET, 'segment 65535', { kind: 'udpSegment', value: 65535 }),
  sent(AF_INET6, 'segment 0', { kind: 'udpSegment', value: 0 }),
  came('gro 1452', { kind: 'udpGro', value: 1452 }),
  came('netlinkpktinfo 4294967295', { kind: 'netlinkPktinfo', value: { group: 4294967295 } }),
  came('nsid -1', { kind: 'nsid', value: -1 }),
  came('auxdata 4294967295 1514 64 14 18 65535 33024', {
    kind: 'auxdata',
    value: {
      status: 4294967295,
      len: 1514,
      snaplen: 64,
      mac: 14,
      net: 18,
      vlanTci: 65535,
      vlanTpid: 33024,
    },
  }),
  came('txtimestamp 42 4 1 7', {
    kind: 'recverr',
    value: { ...recverr, errno: 42, origin: 4, info: 1, data: 7 },
  }),
  came('canrecverr 42 4 0 0 1 7', {
    kind: 'recverr',
    value: { ...recverr, errno: 42, origin: 4, info: 1, data: 7 },
  }),
  came('j1939recverr 110 1 2 3 4294967295 4294967294', {
    kind: 'recverr',
    value: { ...recverr, errno: 110, origin: 1, type: 2, code: 3, info: 4294967295, data: 4294967294 },
  }),
  came('j1939addr 255', { kind: 'j1939DestAddr', value: 255 }),
  came('j1939name 18446744073709551614', { kind: 'j1939DestName', value: 2n ** 64n - 2n }),
  came('j1939prio 7', { kind: 'j1939Prio', value: 7 }),
  came('tipcerrinfo 2 4294967295', { kind: 'tipcErrinfo', value: { error: 2, length: 4294967295 } }),
  came('tipcretdata 68656c6c6f', { kind: 'tipcRetdata', value: bytes('68656c6c6f') }),
  came('tipcdestname 18888 0 4294967295', {
    kind: 'tipcDestname',
    value: { type: 18888, lower: 0, upper: 4294967295 },
  }),
  sent(AF_ALG, 'algop 0', { kind: 'algOp', value: 0 }),
  sent(AF_ALG, 'algop 4294967295', { kind: 'algOp', value: 4294967295 }),
  sent(AF_ALG, 'algiv .', { kind: 'algIv', value: bytes('') }),
  sent(AF_ALG, 'algiv 0102030405060708090a0b0c', { kind: 'algIv', value: bytes('0102030405060708090a0b0c') }),
  sent(AF_ALG, 'algassoclen 258', { kind: 'algAssoclen', value: 258 }),
  sent(AF_INET, 'sctpinit 1 65535 3 4', {
    kind: 'sctpInit',
    value: { numOstreams: 1, maxInstreams: 65535, maxAttempts: 3, maxInitTimeo: 4 },
  }),
  sent(AF_INET, 'sctpinit 0 0 0 0', { kind: 'sctpInit', value: {} }),
  both(AF_INET6, 'sctpsndrcv 1 2 3 16909060 5 6 7 4294967295 -9', {
    kind: 'sctpSndrcv',
    value: {
      ...{ stream: 1, ssn: 2, flags: 3, ppid: 16909060, context: 5, timetolive: 6, tsn: 7 },
      ...{ cumtsn: 4294967295, assocId: -9 },
    },
  }),
  sent(AF_INET, 'sctpsndinfo 65535 3 51 4 5', {
    kind: 'sctpSndinfo',
    value: { sid: 65535, flags: 3, ppid: 51, context: 4, assocId: 5 },
  }),
  came('sctprcvinfo 1 2 3 16909060 5 6 7 -8', {
    kind: 'sctpRcvinfo',
    value: { sid: 1, ssn: 2, flags: 3, ppid: 16909060, tsn: 5, cumtsn: 6, context: 7, assocId: -8 },
  }),
  came('sctpnxtinfo 1 2 16909060 4294967295 5', {
    kind: 'sctpNxtinfo',
    value: { sid: 1, flags: 2, ppid: 16909060, length: 4294967295, assocId: 5 },
  }),
  sent(AF_INET6, 'sctpprinfo 32 4294967295', {
    kind: 'sctpPrinfo',
    value: { policy: 32, value: 4294967295 },
  }),
  sent(AF_INET, 'sctpauthinfo 65535', { kind: 'sctpAuthinfo', value: 65535 }),
  sent(AF_INET, 'sctpdstaddrv4 192.0.2.9', { kind: 'sctpDstaddrv4', value: '192.0.2.9' }),
  sent(AF_INET6, 'sctpdstaddrv6 2001:db8::9', { kind: 'sctpDstaddrv6', value: '2001:db8::9' }),
  came('optstats', { kind: 'timestampingStats', value: {} }),
  came('optstats 1:8:9007199254740991 2:8:2 3:8:3 4:8:4 5:8:5 6:8:18446744073709551615 7:8:7', {
    kind: 'timestampingStats',
    value: {
      ...{ busy: 9007199254740991, rwndLimited: 2, sndbufLimited: 3, dataSegsOut: 4, totalRetrans: 5 },
      ...{ pacingRate: Infinity, deliveryRate: 7 },
    },
  }),
  came('optstats 8:4:10 0:0:0 11:1:255 12:1:1 14:1:4 23:2:65535 26:1:64 200:3:1 16:4:4294967295', {
    kind: 'timestampingStats',
    value: {
      ...{ sndCwnd: 10, recurRetrans: 255, deliveryRateAppLmt: 1, caState: 4, timeoutRehash: 65535 },
      ...{ ttl: 64, delivered: 4294967295 },
    },
  }),
  came('optstats 25:8:18446744073709551615 9:4:3 10:4:1 13:4:2 15:4:4 17:4:5 18:8:6 19:8:7 20:4:8 21:4:9', {
    kind: 'timestampingStats',
    value: {
      ...{ edt: 2n ** 64n - 1n, reordering: 3, minRtt: 1, sndqSize: 2, sndSsthresh: 4, deliveredCe: 5 },
      ...{ bytesSent: 6, bytesRetrans: 7, dsackDups: 8, reordSeen: 9 },
    },
  }),
  came('optstats 22:4:1 24:4:2 27:4:3', {
    kind: 'timestampingStats',
    value: { srtt: 1, bytesNotsent: 2, rehash: 3 },
  }),
  came('dmabuf 8589934592 4096 7 3 0', {
    kind: 'devmemDmabuf',
    value: { fragOffset: 8589934592, fragSize: 4096, fragToken: 7, dmabufId: 3, flags: 0 },
  }),
  came('linear 0 4294967295 0 0 1', {
    kind: 'devmemLinear',
    value: { fragOffset: 0, fragSize: 4294967295, fragToken: 0, dmabufId: 0, flags: 1 },
  }),
  came('unixinq 2147483647', { kind: 'inq', value: 2147483647 }),
  came('vsockrecverr 0 5 0 1 4294967294 4294967295', {
    kind: 'recverr',
    value: { ...recverr, origin: 5, code: 1, info: 4294967294, data: 4294967295 },
  }),
  came('rdscong 9223372036854775809', { kind: 'rdsCongUpdate', value: 2n ** 63n + 1n }),
  came('rdslatency', { kind: 'rdsLatency', value: [] }),
  came('rdslatency 2 18446744073709551615 0 5 1 6', {
    kind: 'rdsLatency',
    value: [
      { trace: 2, nanoseconds: 2n ** 64n - 1n },
      { trace: 0, nanoseconds: 5n },
      { trace: 1, nanoseconds: 6n },
    ],
  }),
  sent(AF_RDS, 'rdscookie 4294967295', { kind: 'rdsZcopyCookie', value: 4294967295 }),
  came('rdscompletion', { kind: 'rdsZcopyCompletion', value: [] }),
  came('rdscompletion 4294967295 1', { kind: 'rdsZcopyCompletion', value: [4294967295, 1] }),
  came('rdscompletion 1 2 3 4 5 6 7 8', { kind: 'rdsZcopyCompletion', value: [1, 2, 3, 4, 5, 6, 7, 8] }),
  came('inq 2147483647', { kind: 'tcpInq', value: 2147483647 }),

  both(AF_UNIX, 'unknown -2147483648 2147483647 010203', {
    kind: 'unknown',
    level: -2147483648,
    type: 2147483647,
    data: bytes('010203'),
  }),
  both(AF_INET, 'unknown 1 9999 .', { kind: 'unknown', level: 1, type: 9999, data: bytes('') }),
  // Known numbers may be written by hand, too.
  {
    words: 'unknown 0 2 40000000',
    back: { kind: 'ttl', value: 64 },
    sent: [AF_INET, { kind: 'unknown', level: 0, type: 2, data: bytes('40000000') }],
  },
]
