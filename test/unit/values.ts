/** Values of the option rows whose value is no plain int, flag, text or bytes: each with the same value in C. */
import { RDS_MSG_RX_DGRAM_DELIVERED, RDS_MSG_RX_HDR_TO_DGRAM_START } from '#data/kernel.js'

/** A value, and in C its type, its initializer and more statements. */
export type Sample = readonly [value: unknown, type: string, init: string, then?: string]

export interface Values {
  /** Encoded to and decoded from the same bytes. */
  readonly both?: readonly Sample[]
  readonly encode?: readonly Sample[]
  readonly decode?: readonly Sample[]
  /** Of a queryable row: the question as the kernel gets it, without the room behind it, and answers. */
  readonly ask?: readonly Sample[]
  readonly answer?: readonly Sample[]
  /** The macro without which the headers do not know the struct as it is here; the row's name is one itself. */
  readonly macro?: string
  /** What encode refuses, and what ask refuses. */
  readonly wrong?: readonly unknown[]
  readonly wrongQuestions?: readonly unknown[]
  /** What is cut short may look as if it held what is none of it. */
  readonly malformed?: boolean
  /** The lengths that decode takes, when it is not `size` and more: older kernels' structs end earlier. */
  readonly lengths?: (length: number) => boolean
}

const noObjects = [undefined, null, 5, 'x', true]
const noU32 = [-1, 1.5, Number.NaN, 2 ** 32, '1', null, {}, true]
const noByte = [-1, 256, 1.5, '1', null, {}]
/** No 32 bits, signed or not. */
const noBits = [-(2 ** 31) - 1, 2 ** 32, 1.5, '1', null, undefined, {}]
const noIndex = [-1, 1.5, Number.NaN, 2 ** 31, {}, true]
const noIpv4 = [undefined, null, 5, '', 'x', '::1', '1.2.3', '224.0.0.1 ', {}]
const noIpv6 = [undefined, null, 5, '', 'x', '127.0.0.1', 'ff02', 'ff02::1%1', {}]
const noHost = [undefined, null, 5, '', 'x', '1.2.3', 'ff02', 'fe80::1%1', {}]

/** `good` with each of the values in one field. */
const spoilt = (good: object, fields: Readonly<Record<string, readonly unknown[]>>): unknown[] =>
  Object.entries(fields).flatMap(([name, values]) => values.map((value) => ({ ...good, [name]: value })))

const membership: Values = {
  encode: [
    [{ group: '224.1.2.3' }, 'struct ip_mreqn', '.imr_multiaddr = { IPV4(224, 1, 2, 3) }'],
    [
      { group: '239.255.255.250', interface: 5 },
      'struct ip_mreqn',
      '.imr_multiaddr = { IPV4(239, 255, 255, 250) }, .imr_ifindex = 5',
    ],
    [
      { group: '224.0.0.251', interface: '127.0.0.1' },
      'struct ip_mreqn',
      '.imr_multiaddr = { IPV4(224, 0, 0, 251) }, .imr_address = { IPV4(127, 0, 0, 1) }',
    ],
  ],
  wrong: [
    ...noObjects,
    ...spoilt({ group: '224.0.0.1' }, { group: noIpv4, interface: ['eth0', '::1', '', ...noIndex] }),
  ],
}

const membership6: Values = {
  encode: [
    [{ group: 'ff02::fb' }, 'struct ipv6_mreq', '.ipv6mr_multiaddr = IPV6(0xff02, 0xfb)'],
    [
      { group: 'ff15::1', interface: 2147483647 },
      'struct ipv6_mreq',
      '.ipv6mr_multiaddr = IPV6(0xff15, 1), .ipv6mr_ifindex = 2147483647',
    ],
  ],
  wrong: [
    ...noObjects,
    ...spoilt({ group: 'ff02::1' }, { group: noIpv6, interface: ['eth0', '5', ...noIndex] }),
  ],
}

const sourceMembership: Values = {
  encode: [
    [
      { group: '232.1.2.3', source: '10.0.0.9' },
      'struct ip_mreq_source',
      '.imr_multiaddr = IPV4(232, 1, 2, 3), .imr_sourceaddr = IPV4(10, 0, 0, 9)',
    ],
    [
      { group: '232.1.2.3', source: '10.0.0.9', interface: '192.0.2.1' },
      'struct ip_mreq_source',
      '.imr_multiaddr = IPV4(232, 1, 2, 3), .imr_interface = IPV4(192, 0, 2, 1), .imr_sourceaddr = IPV4(10, 0, 0, 9)',
    ],
  ],
  wrong: [
    ...noObjects,
    ...spoilt(
      { group: '232.0.0.1', source: '10.0.0.1' },
      { group: noIpv4, source: noIpv4, interface: noIpv4.slice(1) },
    ),
  ],
}

const groupRequest: Values = {
  encode: [
    [{ group: '224.1.2.3' }, 'struct group_req', '', 'PUT4(value.gr_group, 224, 1, 2, 3)'],
    [
      { group: 'ff15::9', interface: 7 },
      'struct group_req',
      '.gr_interface = 7',
      'PUT6(value.gr_group, 0xff15, 9)',
    ],
  ],
  wrong: [...noObjects, ...spoilt({ group: 'ff15::9' }, { group: noHost, interface: noU32 })],
}

const groupSource: Values = {
  encode: [
    [
      { group: '232.1.2.3', source: '10.0.0.9', interface: 1 },
      'struct group_source_req',
      '.gsr_interface = 1',
      'PUT4(value.gsr_group, 232, 1, 2, 3) PUT4(value.gsr_source, 10, 0, 0, 9)',
    ],
    [
      { group: 'ff35::9', source: 'fd00::1' },
      'struct group_source_req',
      '',
      'PUT6(value.gsr_group, 0xff35, 9) PUT6(value.gsr_source, 0xfd00, 1)',
    ],
  ],
  wrong: [
    ...noObjects,
    ...spoilt({ group: 'ff15::9', source: '::1' }, { group: noHost, source: noHost, interface: noU32 }),
  ],
}

const FILTER4 = 'struct ip_msfilter *f = (void *)value.bytes;'
const HEAD4 = `${FILTER4} f->imsf_multiaddr = IPV4(232, 1, 2, 3); f->imsf_interface = IPV4(127, 0, 0, 1);`
const FILTER = 'struct group_filter *f = (void *)value.bytes;'

const program: Values = {
  both: [
    [[], 'ROOM(0)', ''],
    [
      [
        { code: 40, jt: 0, jf: 0, k: 0xfffff000 },
        { code: 21, jt: 1, jf: 255, k: 0x800 },
        { code: 6, jt: 0, jf: 0, k: 0xffffffff },
      ],
      'struct { struct sock_filter all[3]; }',
      '.all = { BPF_STMT(BPF_LD | BPF_H | BPF_ABS, SKF_AD_OFF + SKF_AD_PROTOCOL), BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, 0x800, 1, 255), BPF_STMT(BPF_RET | BPF_K, -1) }',
    ],
  ],
  encode: [
    [[{ code: 6 }], 'struct sock_filter', '.code = BPF_RET | BPF_K'],
    [[{ code: 40, k: -4096 }], 'struct sock_filter', '.code = 40, .k = SKF_AD_OFF'],
  ],
  wrong: [
    ...noObjects,
    {},
    [null],
    [5],
    Array.from({ length: 4097 }, () => ({ code: 6 })),
    ...spoilt(
      { code: 6 },
      { code: [...noU32, 65536, undefined], jt: [256, -1], jf: [256, -1], k: [2 ** 32, -(2 ** 31) - 1, 'x'] },
    ).map((each) => [each]),
  ],
  lengths: (length) => length % 8 === 0,
}

const types: readonly unknown[] = [
  ...noObjects,
  {},
  { block: [], pass: [] },
  ...[[-1], [256], [1.5], ['1'], 5, 'x', null, {}].flatMap((list) => [{ block: list }, { pass: list }]),
]
const all = (most: number): number[] => Array.from({ length: most }, (_, i) => i)

const memory = '.all = { 1, 2, 3, 4, 5, 6, 7, 8, 4294967295 }'

/** A 12.345678 s timeval and its neighbours. */
const timeval = (ms: number, sec: string, usec: number): Sample => [
  ms,
  'struct __kernel_old_timeval',
  `.tv_sec = ${sec}, .tv_usec = ${usec}`,
]
const time: Values = {
  both: [
    timeval(0, '0', 0),
    timeval(1500, '1', 500000),
    timeval(12345.678, '12', 345678),
    timeval(2147483647000, '2147483647', 0),
  ],
  encode: [timeval(0.0001, '0', 1), timeval(999.9999, '1', 0)],
  wrong: [-1, Number.NaN, Infinity, 2147483647001, '1', null, undefined, {}, 5n, true],
}

const packetMembership: Values = {
  encode: [
    [{ ifindex: 2, type: 1 }, 'struct packet_mreq', '.mr_ifindex = 2, .mr_type = PACKET_MR_PROMISC'],
    [
      { ifindex: 2147483647, type: 0, address: Uint8Array.of(1, 0, 0x5e, 0, 0, 0xfb) },
      'struct packet_mreq',
      '.mr_ifindex = 2147483647, .mr_type = PACKET_MR_MULTICAST, .mr_alen = 6, .mr_address = { 1, 0, 0x5e, 0, 0, 0xfb }',
    ],
  ],
  wrong: [
    ...noObjects,
    ...spoilt(
      { ifindex: 1, type: 1 },
      {
        ifindex: [...noIndex, undefined],
        type: [-1, 65536, undefined],
        address: [new Uint8Array(9), 'x', null],
      },
    ),
  ],
}

const port = 'struct { unsigned short low; unsigned short high; }'
const md5 = '.tcpm_keylen = 6, .tcpm_key = "secret"'
const secret = new TextEncoder().encode('secret')
const md5Wrong = spoilt(
  { address: '10.0.0.1', key: secret },
  { address: noHost, key: [undefined, null, 'secret', new Uint8Array(81)] },
)
const aoId = { address: '10.0.0.1', sndid: 100, rcvid: 200 }
const aoIdWrong = {
  address: noHost,
  prefix: [256, -1, 'x'],
  sndid: [256, -1, undefined],
  rcvid: [256, -1, undefined],
  keyflags: [256, -1],
  interface: noIndex,
}
const aoKey = { ...aoId, algName: 'hmac(sha1)', key: secret }
const counters = { good: 1, bad: 2, keyNotFound: 3, aoRequired: 4, droppedIcmp: 2 ** 40 }
const countersC =
  '.pkt_good = 1, .pkt_bad = 2, .pkt_key_not_found = 3, .pkt_ao_required = 4, .pkt_dropped_icmp = 1ULL << 40'
const quad: Values = {
  both: [
    [0, 'unsigned long long', '0'],
    [2 ** 40 + 258, 'unsigned long long', '(1ull << 40) + 258'],
    [Number.MAX_SAFE_INTEGER, 'unsigned long long', '9007199254740991ull'],
  ],
  wrong: [-1, 1.5, Number.NaN, Infinity, 2 ** 53, '1', null, {}, true, 1n],
}
const noRepair = spoilt(
  { sndWl1: 1, sndWnd: 2, maxWindow: 3, rcvWnd: 4, rcvWup: 5 },
  { sndWl1: noU32, sndWnd: noU32, maxWindow: noU32, rcvWnd: noU32, rcvWup: noU32 },
)

/** TCP_INFO's fields in C's order, and a value for each. */
const info: readonly (readonly [ours: string, field: string, value: number])[] = [
  ['state', 'tcpi_state', 1],
  ['caState', 'tcpi_ca_state', 2],
  ['retransmits', 'tcpi_retransmits', 3],
  ['probes', 'tcpi_probes', 4],
  ['backoff', 'tcpi_backoff', 5],
  ['options', 'tcpi_options', 6],
  ['sndWscale', 'tcpi_snd_wscale', 7],
  ['rcvWscale', 'tcpi_rcv_wscale', 15],
  ['deliveryRateAppLimited', 'tcpi_delivery_rate_app_limited', 1],
  ['fastopenClientFail', 'tcpi_fastopen_client_fail', 3],
  ['rto', 'tcpi_rto', 11],
  ['ato', 'tcpi_ato', 12],
  ['sndMss', 'tcpi_snd_mss', 13],
  ['rcvMss', 'tcpi_rcv_mss', 14],
  ['unacked', 'tcpi_unacked', 15],
  ['sacked', 'tcpi_sacked', 16],
  ['lost', 'tcpi_lost', 17],
  ['retrans', 'tcpi_retrans', 18],
  ['fackets', 'tcpi_fackets', 19],
  ['lastDataSent', 'tcpi_last_data_sent', 20],
  ['lastAckSent', 'tcpi_last_ack_sent', 21],
  ['lastDataRecv', 'tcpi_last_data_recv', 22],
  ['lastAckRecv', 'tcpi_last_ack_recv', 23],
  ['pmtu', 'tcpi_pmtu', 24],
  ['rcvSsthresh', 'tcpi_rcv_ssthresh', 25],
  ['rtt', 'tcpi_rtt', 26],
  ['rttvar', 'tcpi_rttvar', 27],
  ['sndSsthresh', 'tcpi_snd_ssthresh', 28],
  ['sndCwnd', 'tcpi_snd_cwnd', 29],
  ['advmss', 'tcpi_advmss', 30],
  ['reordering', 'tcpi_reordering', 31],
  ['rcvRtt', 'tcpi_rcv_rtt', 32],
  ['rcvSpace', 'tcpi_rcv_space', 33],
  ['totalRetrans', 'tcpi_total_retrans', 34],
  ['pacingRate', 'tcpi_pacing_rate', 35],
  ['maxPacingRate', 'tcpi_max_pacing_rate', 36],
  ['bytesAcked', 'tcpi_bytes_acked', 1099511627776],
  ['bytesReceived', 'tcpi_bytes_received', 38],
  ['segsOut', 'tcpi_segs_out', 39],
  ['segsIn', 'tcpi_segs_in', 40],
  ['notsentBytes', 'tcpi_notsent_bytes', 41],
  ['minRtt', 'tcpi_min_rtt', 42],
  ['dataSegsIn', 'tcpi_data_segs_in', 43],
  ['dataSegsOut', 'tcpi_data_segs_out', 44],
  ['deliveryRate', 'tcpi_delivery_rate', 45],
  ['busyTime', 'tcpi_busy_time', 46],
  ['rwndLimited', 'tcpi_rwnd_limited', 47],
  ['sndbufLimited', 'tcpi_sndbuf_limited', 48],
  ['delivered', 'tcpi_delivered', 49],
  ['deliveredCe', 'tcpi_delivered_ce', 50],
  ['bytesSent', 'tcpi_bytes_sent', 9007199254740991],
  ['bytesRetrans', 'tcpi_bytes_retrans', 52],
  ['dsackDups', 'tcpi_dsack_dups', 53],
  ['reordSeen', 'tcpi_reord_seen', 54],
  ['rcvOoopack', 'tcpi_rcv_ooopack', 55],
  ['sndWnd', 'tcpi_snd_wnd', 56],
  ['rcvWnd', 'tcpi_rcv_wnd', 57],
  ['rehash', 'tcpi_rehash', 58],
  ['totalRto', 'tcpi_total_rto', 59],
  ['totalRtoRecoveries', 'tcpi_total_rto_recoveries', 60],
  ['totalRtoTime', 'tcpi_total_rto_time', 61],
]

export const values: Readonly<Record<string, Values>> = {
  SO_LINGER: {
    both: [
      [null, 'struct linger', '0, 0'],
      [0, 'struct linger', '1, 0'],
      [2147483647, 'struct linger', '.l_onoff = 1, .l_linger = 2147483647'],
    ],
    wrong: [-1, 1.5, Number.NaN, 2147483648, '1', undefined, true, {}, 5n],
  },
  SO_RCVTIMEO: time,
  SO_SNDTIMEO: time,
  SO_PEERCRED: {
    decode: [
      [{ pid: 7, uid: 0, gid: 4294967295 }, 'struct ucred', '.pid = 7, .uid = 0, .gid = 4294967295u'],
      [{ pid: 2147483647, uid: 4294967294, gid: 1 }, 'struct ucred', '2147483647, 4294967294u, 1'],
    ],
  },
  SO_PEERGROUPS: {
    decode: [
      [[], 'ROOM(0)', ''],
      [[0, 4294967295, 27], 'struct { unsigned all[3]; }', '.all = { 0, 4294967295u, 27 }'],
    ],
    lengths: (length) => length % 4 === 0,
  },
  SO_MEMINFO: {
    decode: [
      [
        {
          rmemAlloc: 1,
          rcvbuf: 2,
          wmemAlloc: 3,
          sndbuf: 4,
          fwdAlloc: 5,
          wmemQueued: 6,
          optmem: 7,
          backlog: 8,
          drops: 4294967295,
        },
        'struct { unsigned all[SK_MEMINFO_VARS]; }',
        memory.replace('{ 1, 2', '{ [SK_MEMINFO_RMEM_ALLOC] = 1, [SK_MEMINFO_RCVBUF] = 2'),
      ],
    ],
  },
  SO_TIMESTAMPING: {
    both: [
      [
        { flags: 0x18, bindPhc: 0 },
        'struct so_timestamping',
        '.flags = SOF_TIMESTAMPING_RX_SOFTWARE | SOF_TIMESTAMPING_SOFTWARE',
      ],
      [{ flags: 32768, bindPhc: 3 }, 'struct so_timestamping', '.flags = 32768, .bind_phc = 3'],
    ],
    decode: [[{ flags: 2, bindPhc: 0 }, 'int', '2']],
    encode: [[{ flags: 2 }, 'struct so_timestamping', '2']],
    wrong: [...noObjects, ...spoilt({ flags: 1 }, { flags: noIndex, bindPhc: [2 ** 31, -2, 'x'] })],
    lengths: (length) => length === 4 || length >= 8,
  },
  SO_TXTIME: {
    both: [
      [{ clockid: 11, flags: 1 }, 'struct sock_txtime', '.clockid = 11, .flags = SOF_TXTIME_DEADLINE_MODE'],
      [{ clockid: -1, flags: 4294967295 }, 'struct sock_txtime', '.clockid = -1, .flags = 4294967295u'],
    ],
    wrong: [
      ...noObjects,
      ...spoilt({ clockid: 1, flags: 1 }, { clockid: [2 ** 31, 1.5, undefined], flags: noU32 }),
    ],
  },
  SO_DEVMEM_DONTNEED: {
    encode: [
      [[], 'ROOM(0)', ''],
      [
        [
          { tokenStart: 1, tokenCount: 2 },
          { tokenStart: 4294967295, tokenCount: 4 },
        ],
        'struct { struct dmabuf_token all[2]; }',
        '.all = { { .token_start = 1, .token_count = 2 }, { 4294967295u, 4 } }',
      ],
    ],
    wrong: [
      ...noObjects,
      {},
      [null],
      ...spoilt({ tokenStart: 1, tokenCount: 1 }, { tokenStart: noU32, tokenCount: noU32 }).map((each) => [
        each,
      ]),
    ],
  },
  SO_ATTACH_FILTER: {
    encode: [...(program.both ?? []), ...(program.encode ?? [])],
    wrong: program.wrong ?? [],
  },
  SO_ATTACH_REUSEPORT_CBPF: {
    encode: [...(program.both ?? []), ...(program.encode ?? [])],
    wrong: program.wrong ?? [],
  },
  SO_GET_FILTER: { decode: program.both ?? [], lengths: (length) => length % 8 === 0 },

  PACKET_ADD_MEMBERSHIP: packetMembership,
  PACKET_DROP_MEMBERSHIP: packetMembership,
  PACKET_STATISTICS: {
    decode: [
      [{ packets: 1, drops: 4294967295 }, 'struct tpacket_stats', '.tp_packets = 1, .tp_drops = 4294967295u'],
    ],
  },
  PACKET_ROLLOVER_STATS: {
    decode: [
      [
        { all: 1, huge: 2 ** 40, failed: 3 },
        'struct tpacket_rollover_stats',
        '.tp_all = 1, .tp_huge = 1ull << 40, .tp_failed = 3',
      ],
    ],
  },
  PACKET_FANOUT: {
    both: [
      [{ id: 0, type: 0, flags: 0 }, 'int', '0'],
      [
        { id: 65535, type: 7, flags: 0xf000 },
        'unsigned',
        '0xffffu | (unsigned)(PACKET_FANOUT_EBPF | PACKET_FANOUT_FLAG_ROLLOVER | PACKET_FANOUT_FLAG_UNIQUEID | PACKET_FANOUT_FLAG_IGNORE_OUTGOING | PACKET_FANOUT_FLAG_DEFRAG) << 16',
      ],
    ],
    encode: [
      [{ id: 3, type: 1 }, 'struct { unsigned short id; unsigned short type; }', '3, PACKET_FANOUT_LB'],
      [
        { id: 3, type: 3, flags: 0x1000, maxNumMembers: 65536 },
        'struct fanout_args',
        '.id = 3, .type_flags = PACKET_FANOUT_ROLLOVER | PACKET_FANOUT_FLAG_ROLLOVER, .max_num_members = 65536',
      ],
    ],
    wrong: [
      ...noObjects,
      ...spoilt(
        { id: 1, type: 1 },
        {
          id: [-1, 65536, undefined],
          type: [-1, 256, undefined],
          flags: [1, -1, 0x10000, 'x'],
          maxNumMembers: noU32.filter((each) => each !== undefined),
        },
      ),
    ],
  },
  PACKET_FANOUT_DATA: {
    encode: [...(program.both ?? []), ...(program.encode ?? [])],
    wrong: program.wrong ?? [],
  },
  PACKET_HDRLEN: {
    ask: [[2, 'int', 'TPACKET_V3']],
    answer: [[48, 'unsigned', 'sizeof(struct tpacket3_hdr)']],
    wrongQuestions: [1.5, '1', null, {}, 2 ** 31],
  },
  NETLINK_LIST_MEMBERSHIPS: {
    decode: [
      [[], 'ROOM(0)', ''],
      [[1, 32], 'unsigned', '1u << (RTNLGRP_LINK - 1) | 1u << (RTNLGRP_NEXTHOP - 1)'],
      [[2, 33, 64], 'struct { unsigned all[2]; }', '.all = { 2, 1u | 1u << 31 }'],
    ],
    lengths: (length) => length % 4 === 0,
  },

  IP_MULTICAST_IF: {
    encode: [
      ['127.0.0.1', 'struct ip_mreqn', '.imr_address = { IPV4(127, 0, 0, 1) }'],
      [3, 'struct ip_mreqn', '.imr_ifindex = 3'],
    ],
    decode: [['127.0.0.1', 'struct in_addr', 'IPV4(127, 0, 0, 1)']],
    wrong: ['lo', '::1', '', ...noIndex, undefined, null],
  },
  IP_LOCAL_PORT_RANGE: {
    both: [
      [{ low: 40000, high: 40010 }, port, '.low = 40000, .high = 40010'],
      [{ low: 0, high: 65535 }, 'unsigned', '65535u << 16'],
    ],
    wrong: [
      ...noObjects,
      ...spoilt({ low: 1, high: 2 }, { low: [-1, 65536, undefined], high: [-1, 65536, undefined] }),
    ],
  },
  IP_ADD_MEMBERSHIP: membership,
  IP_DROP_MEMBERSHIP: membership,
  IP_ADD_SOURCE_MEMBERSHIP: sourceMembership,
  IP_DROP_SOURCE_MEMBERSHIP: sourceMembership,
  IP_BLOCK_SOURCE: sourceMembership,
  IP_UNBLOCK_SOURCE: sourceMembership,
  IP_MSFILTER: {
    encode: [
      [
        { group: '232.1.2.3', interface: '127.0.0.1', mode: 'include', sources: ['10.0.0.1', '10.0.0.2'] },
        'ROOM(IP_MSFILTER_SIZE(2))',
        '',
        `${HEAD4} f->imsf_fmode = MCAST_INCLUDE; f->imsf_numsrc = 2; f->imsf_slist[0] = IPV4(10, 0, 0, 1); (&f->imsf_slist[0])[1] = IPV4(10, 0, 0, 2)`,
      ],
      [
        { group: '232.1.2.3', mode: 'exclude', sources: [] },
        'ROOM(IP_MSFILTER_SIZE(0))',
        '',
        `${FILTER4} f->imsf_multiaddr = IPV4(232, 1, 2, 3); f->imsf_fmode = MCAST_EXCLUDE`,
      ],
    ],
    ask: [
      [
        { group: '232.1.2.3', interface: '127.0.0.1' },
        'ROOM(IP_MSFILTER_SIZE(0))',
        '',
        `${HEAD4} f->imsf_numsrc = 1024`,
      ],
    ],
    answer: [
      [
        { mode: 'include', sources: ['10.0.0.1'] },
        'ROOM(IP_MSFILTER_SIZE(1))',
        '',
        `${HEAD4} f->imsf_fmode = MCAST_INCLUDE; f->imsf_numsrc = 1; f->imsf_slist[0] = IPV4(10, 0, 0, 1)`,
      ],
      [{ mode: 'exclude', sources: [] }, 'ROOM(IP_MSFILTER_SIZE(0))', '', HEAD4],
    ],
    wrong: [
      ...noObjects,
      ...spoilt(
        { group: '232.0.0.1', mode: 'include', sources: [] },
        {
          group: noIpv4,
          interface: noIpv4.slice(1),
          mode: [undefined, 0, 'both'],
          sources: [undefined, 'x', ['::1'], [5], Array.from({ length: 1025 }, () => '1.1.1.1')],
        },
      ),
    ],
    wrongQuestions: [...noObjects, ...spoilt({}, { group: noIpv4 })],
  },
  MCAST_JOIN_GROUP: groupRequest,
  MCAST_LEAVE_GROUP: groupRequest,
  MCAST_JOIN_SOURCE_GROUP: groupSource,
  MCAST_LEAVE_SOURCE_GROUP: groupSource,
  MCAST_BLOCK_SOURCE: groupSource,
  MCAST_UNBLOCK_SOURCE: groupSource,
  MCAST_MSFILTER: {
    encode: [
      [
        { group: 'ff35::9', interface: 4, mode: 'include', sources: ['fd00::1', 'fd00::2'] },
        'ROOM(GROUP_FILTER_SIZE(2))',
        '',
        `${FILTER} f->gf_interface = 4; PUT6(f->gf_group, 0xff35, 9) f->gf_fmode = MCAST_INCLUDE; f->gf_numsrc = 2; PUT6(f->gf_slist[0], 0xfd00, 1) PUT6((&f->gf_slist[0])[1], 0xfd00, 2)`,
      ],
      [
        { group: '232.1.2.3', mode: 'exclude', sources: ['10.0.0.1'] },
        'ROOM(GROUP_FILTER_SIZE(1))',
        '',
        `${FILTER} PUT4(f->gf_group, 232, 1, 2, 3) f->gf_fmode = MCAST_EXCLUDE; f->gf_numsrc = 1; PUT4(f->gf_slist[0], 10, 0, 0, 1)`,
      ],
    ],
    ask: [
      [
        { group: 'ff35::9', interface: 4 },
        'ROOM(GROUP_FILTER_SIZE(0))',
        '',
        `${FILTER} f->gf_interface = 4; PUT6(f->gf_group, 0xff35, 9) f->gf_numsrc = 1024`,
      ],
    ],
    answer: [
      [
        { mode: 'include', sources: ['10.0.0.1', 'fd00::2'] },
        'ROOM(GROUP_FILTER_SIZE(2))',
        '',
        `${FILTER} f->gf_fmode = MCAST_INCLUDE; f->gf_numsrc = 2; PUT4(f->gf_slist[0], 10, 0, 0, 1) PUT6((&f->gf_slist[0])[1], 0xfd00, 2)`,
      ],
    ],
    wrong: [
      ...noObjects,
      ...spoilt(
        { group: 'ff15::9', mode: 'include', sources: [] },
        { group: noHost, interface: noU32, mode: [undefined, 1], sources: [undefined, {}, [''], [null]] },
      ),
    ],
    wrongQuestions: [...noObjects, ...spoilt({ group: 'ff15::9' }, { group: noHost, interface: noU32 })],
  },

  IPV6_ADD_MEMBERSHIP: membership6,
  IPV6_DROP_MEMBERSHIP: membership6,
  IPV6_JOIN_ANYCAST: membership6,
  IPV6_LEAVE_ANYCAST: membership6,
  IPV6_PKTINFO: {
    encode: [
      [{}, 'struct in6_pktinfo', ''],
      [
        { address: 'fd00::7', interface: 2 },
        'struct in6_pktinfo',
        '.ipi6_addr = IPV6(0xfd00, 7), .ipi6_ifindex = 2',
      ],
    ],
    wrong: [...noObjects, ...spoilt({}, { address: noIpv6.slice(1), interface: noIndex })],
  },
  IPV6_PATHMTU: {
    decode: [
      [
        { host: 'fd00::7', scopeId: 3, mtu: 1280 },
        'struct ip6_mtuinfo',
        '.ip6m_addr = { .sin6_family = 10, .sin6_addr = IPV6(0xfd00, 7), .sin6_scope_id = 3 }, .ip6m_mtu = 1280',
      ],
    ],
  },
  IPV6_FLOWLABEL_MGR: {
    encode: [
      [
        { action: 0, label: 0x54321 },
        'struct in6_flowlabel_req',
        '.flr_label = BE32(0x54321), .flr_action = IPV6_FL_A_GET',
      ],
      [
        { action: 2, label: 1, dst: 'fd00::7', share: 255, flags: 1, expires: 65535, linger: 6 },
        'struct in6_flowlabel_req',
        '.flr_dst = IPV6(0xfd00, 7), .flr_label = BE32(1), .flr_action = IPV6_FL_A_RENEW, .flr_share = IPV6_FL_S_ANY, .flr_flags = IPV6_FL_F_CREATE, .flr_expires = 65535, .flr_linger = 6',
      ],
    ],
    ask: [
      [{}, 'struct in6_flowlabel_req', ''],
      [{ flags: 8 }, 'struct in6_flowlabel_req', '.flr_flags = IPV6_FL_F_REMOTE'],
    ],
    answer: [
      [
        { label: 0xfffff, dst: 'fd00::7', share: 1, expires: 7, linger: 6 },
        'struct in6_flowlabel_req',
        '.flr_dst = IPV6(0xfd00, 7), .flr_label = BE32(0xfffff), .flr_share = IPV6_FL_S_EXCL, .flr_expires = 7, .flr_linger = 6',
      ],
    ],
    wrong: [
      ...noObjects,
      ...spoilt(
        { action: 0, label: 1 },
        {
          action: [-1, 256, undefined],
          label: [-1, 2 ** 20, undefined],
          dst: noIpv6.slice(1),
          share: [256, -1],
          flags: [65536],
          expires: [65536, -1],
          linger: [65536],
        },
      ),
    ],
    wrongQuestions: [...noObjects, { flags: -1 }, { flags: 65536 }],
  },

  SO_ORIGINAL_DST: {
    macro: 'IP_TTL',
    decode: [
      [
        { family: 'inet', host: '192.0.2.1', port: 258 },
        'struct sockaddr_in',
        '.sin_family = 2, .sin_port = 0x0201, .sin_addr = { IPV4(192, 0, 2, 1) }',
      ],
    ],
  },
  IP6T_SO_ORIGINAL_DST: {
    macro: 'IPV6_TCLASS',
    decode: [
      [
        { family: 'inet6', host: 'fd00::9', port: 258, flowinfo: 0, scopeId: 7 },
        'struct sockaddr_in6',
        '.sin6_family = 10, .sin6_port = 0x0201, .sin6_addr = IPV6(0xfd00, 9), .sin6_scope_id = 7',
      ],
    ],
  },
  TCP_INFO: {
    // Its last fields came with Linux 6.7, and TCP-AO did.
    macro: 'TCP_AO_INFO',
    decode: [
      [
        Object.fromEntries(info.map(([ours, , value]) => [ours, value])),
        'struct tcp_info',
        info.map(([, field, value]) => `.${field} = ${value}ULL`).join(', '),
      ],
      // As the headers of Linux 6.18 have it, the first of the rest right behind what older ones know.
      [
        {
          ...Object.fromEntries(info.map(([ours, , value]) => [ours, value])),
          ...{ receivedCe: 91, deliveredE1Bytes: 92, deliveredE0Bytes: 93, deliveredCeBytes: 94 },
          ...{ receivedE1Bytes: 95, receivedE0Bytes: 96, receivedCeBytes: 4294967295 },
        },
        'struct __attribute__((packed)) { struct tcp_info old; unsigned rest[7]; }',
        `.old = { ${info.map(([, field, value]) => `.${field} = ${value}ULL`).join(', ')} }, .rest = { 91, 92, 93, 94, 95, 96, ~0u }`,
      ],
    ],
    lengths: (length) => length >= 104,
  },
  TCP_ZEROCOPY_RECEIVE: {
    decode: [
      [
        { recvSkipHint: 3, inq: 4, err: 104 },
        'struct tcp_zerocopy_receive',
        '.address = 1, .length = 2, .recv_skip_hint = 3, .inq = 4, .err = -104, .copybuf_address = 6',
      ],
    ],
    lengths: (length) => length >= 24,
  },
  TCP_MD5SIG: {
    encode: [
      [{ address: '10.0.0.1', key: secret }, 'struct tcp_md5sig', md5, 'PUT4(value.tcpm_addr, 10, 0, 0, 1)'],
      [
        { address: 'fd00::1', key: new Uint8Array(0) },
        'struct tcp_md5sig',
        '',
        'PUT6(value.tcpm_addr, 0xfd00, 1)',
      ],
      [
        { address: '10.0.0.1', key: new Uint8Array(80).fill(7) },
        'struct tcp_md5sig',
        '.tcpm_keylen = TCP_MD5SIG_MAXKEYLEN, .tcpm_key = { [0 ... 79] = 7 }',
        'PUT4(value.tcpm_addr, 10, 0, 0, 1)',
      ],
    ],
    wrong: [...noObjects, ...md5Wrong],
  },
  TCP_MD5SIG_EXT: {
    encode: [
      [
        { address: '10.0.0.0', key: secret, prefix: 8 },
        'struct tcp_md5sig',
        `.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX, .tcpm_prefixlen = 8, ${md5}`,
        'PUT4(value.tcpm_addr, 10, 0, 0, 0)',
      ],
      [
        { address: 'fd00::', key: secret, prefix: 64, interface: 5 },
        'struct tcp_md5sig',
        `.tcpm_flags = TCP_MD5SIG_FLAG_PREFIX | TCP_MD5SIG_FLAG_IFINDEX, .tcpm_prefixlen = 64, .tcpm_ifindex = 5, ${md5}`,
        'PUT6(value.tcpm_addr, 0xfd00, 0)',
      ],
    ],
    wrong: [
      ...noObjects,
      ...md5Wrong,
      ...spoilt(
        { address: '10.0.0.1', key: secret },
        { prefix: [-1, 256], interface: noU32.filter((each) => each !== null) },
      ),
    ],
  },
  TCP_AO_ADD_KEY: {
    encode: [
      [
        aoKey,
        'struct tcp_ao_add',
        '.alg_name = "hmac(sha1)", .prefix = 32, .sndid = 100, .rcvid = 200, .keylen = 6, .key = "secret"',
        'PUT4(value.addr, 10, 0, 0, 1)',
      ],
      [
        {
          ...aoKey,
          address: 'fd00::',
          prefix: 8,
          maclen: 16,
          keyflags: 3,
          interface: 9,
          setCurrent: true,
          setRnext: true,
        },
        'struct tcp_ao_add',
        '.alg_name = "hmac(sha1)", .ifindex = 9, .set_current = 1, .set_rnext = 1, .prefix = 8, .sndid = 100, .rcvid = 200, .maclen = 16, .keyflags = TCP_AO_KEYF_IFINDEX | TCP_AO_KEYF_EXCLUDE_OPT, .keylen = 6, .key = "secret"',
        'PUT6(value.addr, 0xfd00, 0)',
      ],
    ],
    wrong: [
      ...noObjects,
      ...spoilt(aoKey, {
        ...aoIdWrong,
        algName: [undefined, 5, 'x'.repeat(64), 'a\0'],
        key: [undefined, 'x', new Uint8Array(81)],
        maclen: [256, -1],
        setCurrent: [1, 'x'],
      }),
    ],
  },
  TCP_AO_DEL_KEY: {
    encode: [
      [
        aoId,
        'struct tcp_ao_del',
        '.prefix = 32, .sndid = 100, .rcvid = 200',
        'PUT4(value.addr, 10, 0, 0, 1)',
      ],
      [
        { ...aoId, currentKey: 0, rnext: 255, delAsync: true, keyflags: 1, interface: 2 },
        'struct tcp_ao_del',
        '.ifindex = 2, .set_current = 1, .set_rnext = 1, .del_async = 1, .prefix = 32, .sndid = 100, .rcvid = 200, .rnext = 255, .keyflags = 1',
        'PUT4(value.addr, 10, 0, 0, 1)',
      ],
    ],
    wrong: [...noObjects, ...spoilt(aoId, { ...aoIdWrong, currentKey: [256], rnext: [-1], delAsync: [1] })],
  },
  TCP_AO_INFO: {
    both: [
      [
        { currentKey: 100, rnext: 0, aoRequired: true, acceptIcmps: false, counters },
        'struct tcp_ao_info_opt',
        `.set_current = 1, .set_rnext = 1, .ao_required = 1, .set_counters = 1, .current_key = 100, ${countersC}`,
      ],
    ],
    decode: [
      [
        { currentKey: undefined, rnext: undefined, aoRequired: false, acceptIcmps: true, counters },
        'struct tcp_ao_info_opt',
        `.accept_icmps = 1, ${countersC}`,
      ],
    ],
    encode: [
      [{}, 'struct tcp_ao_info_opt', ''],
      [
        { acceptIcmps: true, rnext: 7 },
        'struct tcp_ao_info_opt',
        '.accept_icmps = 1, .set_rnext = 1, .rnext = 7',
      ],
    ],
    wrong: [
      ...noObjects,
      ...spoilt(
        {},
        {
          currentKey: [256, -1],
          rnext: [256],
          aoRequired: [1],
          acceptIcmps: ['x'],
          counters: [null, 5, {}, { ...counters, bad: -1 }],
        },
      ),
    ],
  },
  TCP_AO_GET_KEYS: {
    ask: [
      [
        aoId,
        'struct tcp_ao_getsockopt',
        '.nkeys = 1, .prefix = 32, .sndid = 100, .rcvid = 200',
        'PUT4(value.addr, 10, 0, 0, 1)',
      ],
      [
        { address: 'fd00::1', sndid: 1, rcvid: 2, prefix: 64, keyflags: 1, interface: 3 },
        'struct tcp_ao_getsockopt',
        '.nkeys = 1, .prefix = 64, .sndid = 1, .rcvid = 2, .keyflags = 1, .ifindex = 3',
        'PUT6(value.addr, 0xfd00, 1)',
      ],
      [{ isCurrent: true }, 'struct tcp_ao_getsockopt', '.nkeys = 1, .is_current = 1'],
      [{ isRnext: true }, 'struct tcp_ao_getsockopt', '.nkeys = 1, .is_rnext = 1'],
    ],
    answer: [
      [
        {
          ...{ address: '10.0.0.1', prefix: 32, sndid: 100, rcvid: 200, keyflags: 2, interface: 0, nkeys: 1 },
          ...{
            algName: 'hmac(sha1)',
            key: secret,
            maclen: 12,
            isCurrent: true,
            isRnext: false,
            pktGood: 5,
            pktBad: 6,
          },
        },
        'struct tcp_ao_getsockopt',
        '.alg_name = "hmac(sha1)", .key = "secret", .nkeys = 1, .is_current = 1, .sndid = 100, .rcvid = 200, .prefix = 32, .maclen = 12, .keyflags = 2, .keylen = 6, .pkt_good = 5, .pkt_bad = 6',
        'PUT4(value.addr, 10, 0, 0, 1)',
      ],
    ],
    wrongQuestions: [...noObjects, {}, ...spoilt(aoId, aoIdWrong)],
  },
  TCP_REPAIR_OPTIONS: {
    encode: [
      [
        [{ code: 4 }, { code: 2, val: 1460 }],
        'struct { struct tcp_repair_opt all[2]; }',
        '.all = { { .opt_code = 4 }, { .opt_code = 2, .opt_val = 1460 } }',
      ],
    ],
    wrong: [
      ...noObjects,
      {},
      [5],
      ...spoilt({ code: 1 }, { code: [...noU32, undefined], val: noU32 }).map((each) => [each]),
    ],
  },
  TCP_REPAIR_WINDOW: {
    both: [
      [
        { sndWl1: 1, sndWnd: 2, maxWindow: 3, rcvWnd: 4, rcvWup: 4294967295 },
        'struct tcp_repair_window',
        '.snd_wl1 = 1, .snd_wnd = 2, .max_window = 3, .rcv_wnd = 4, .rcv_wup = 4294967295u',
      ],
    ],
    wrong: [...noObjects, {}, ...noRepair],
  },
  TCP_AO_REPAIR: {
    both: [
      [
        { sntIsn: 1, rcvIsn: 4294967295, sndSne: 3, rcvSne: 4 },
        'struct tcp_ao_repair',
        '.snt_isn = BE32(1), .rcv_isn = BE32(4294967295u), .snd_sne = 3, .rcv_sne = 4',
      ],
    ],
    wrong: [
      ...noObjects,
      ...spoilt(
        { sntIsn: 1, rcvIsn: 1, sndSne: 1, rcvSne: 1 },
        { sntIsn: noU32, rcvIsn: noU32, sndSne: noU32, rcvSne: noU32 },
      ),
    ],
  },

  CAN_RAW_FILTER: {
    both: [
      [[], 'ROOM(0)', ''],
      [
        [
          { canId: 0x123, canMask: 0x7ff },
          { canId: 0xb8da10f1, canMask: 0xffffffff },
        ],
        'struct { struct can_filter all[2]; }',
        '.all = { { 0x123, CAN_SFF_MASK }, { 0x18da10f1 | CAN_EFF_FLAG | CAN_INV_FILTER, ~0u } }',
      ],
    ],
    encode: [
      [
        [{ canId: -1, canMask: -(2 ** 31) }],
        'struct { struct can_filter all[1]; }',
        '.all = { { ~0u, CAN_EFF_FLAG } }',
      ],
      [
        Array.from({ length: 512 }, () => ({ canId: 1, canMask: 2 })),
        'struct { struct can_filter all[512]; }',
        '.all = { [0 ... 511] = { 1, 2 } }',
      ],
    ],
    wrong: [
      ...noObjects,
      {},
      [5],
      [null],
      [{}],
      Array(513).fill({ canId: 1, canMask: 2 }),
      ...spoilt({ canId: 1, canMask: 2 }, { canId: noBits, canMask: noBits }).map((each) => [each]),
    ],
    lengths: (length) => length % 8 === 0,
  },
  CAN_RAW_XL_VCID_OPTS: {
    both: [
      [
        { flags: 7, txVcid: 255, rxVcid: 1, rxVcidMask: 254 },
        'struct can_raw_vcid_options',
        '.flags = 7, .tx_vcid = 255, .rx_vcid = 1, .rx_vcid_mask = 254',
      ],
    ],
    encode: [[{ flags: 2 }, 'struct can_raw_vcid_options', '.flags = CAN_RAW_XL_VCID_TX_PASS']],
    wrong: [
      ...noObjects,
      {},
      ...spoilt({ flags: 1 }, { flags: noByte, txVcid: noByte, rxVcid: noByte, rxVcidMask: noByte }),
    ],
  },
  CAN_ISOTP_OPTS: {
    both: [
      [
        {
          flags: 0x206,
          frameTxtime: 4294967295,
          extAddress: 1,
          txpadContent: 204,
          rxpadContent: 255,
          rxExtAddress: 2,
        },
        'struct can_isotp_options',
        '.flags = CAN_ISOTP_EXTEND_ADDR | CAN_ISOTP_TX_PADDING | CAN_ISOTP_RX_EXT_ADDR, .frame_txtime = CAN_ISOTP_FRAME_TXTIME_ZERO, .ext_address = 1, .txpad_content = 0xcc, .rxpad_content = 255, .rx_ext_address = 2',
      ],
    ],
    encode: [[{ flags: 1 }, 'struct can_isotp_options', '.flags = CAN_ISOTP_LISTEN_MODE']],
    wrong: [
      ...noObjects,
      {},
      ...spoilt(
        { flags: 0 },
        { flags: noU32, frameTxtime: noU32, extAddress: noByte, txpadContent: noByte, rxExtAddress: noByte },
      ),
    ],
  },
  CAN_ISOTP_RECV_FC: {
    both: [
      [
        { bs: 8, stmin: 0xf1, wftmax: 255 },
        'struct can_isotp_fc_options',
        '.bs = 8, .stmin = 0xf1, .wftmax = 255',
      ],
    ],
    wrong: [
      ...noObjects,
      {},
      ...spoilt(
        { bs: 0, stmin: 0, wftmax: 0 },
        { bs: noByte, stmin: noByte, wftmax: [undefined, ...noByte] },
      ),
    ],
  },
  CAN_ISOTP_LL_OPTS: {
    both: [
      [
        { mtu: 72, txDl: 64, txFlags: 1 },
        'struct can_isotp_ll_options',
        '.mtu = CANFD_MTU, .tx_dl = CANFD_MAX_DLEN, .tx_flags = CANFD_BRS',
      ],
    ],
    wrong: [
      ...noObjects,
      {},
      ...spoilt({ mtu: 16, txDl: 8, txFlags: 0 }, { mtu: noByte, txDl: noByte, txFlags: noByte }),
    ],
  },
  SO_J1939_FILTER: {
    encode: [
      [[], 'ROOM(0)', ''],
      [
        [
          {
            name: 2n ** 64n - 1n,
            nameMask: 2n ** 63n,
            pgn: 0x12300,
            pgnMask: 0x3ffff,
            addr: 128,
            addrMask: 255,
          },
          {},
        ],
        'struct { struct j1939_filter all[2]; }',
        '.all = { { .name = ~0ull, .name_mask = 1ull << 63, .pgn = 0x12300, .pgn_mask = J1939_PGN_MAX, .addr = 128, .addr_mask = 255 } }',
      ],
    ],
    wrong: [
      ...noObjects,
      {},
      [5],
      Array(513).fill({}),
      ...spoilt(
        {},
        {
          name: [1, -1n, 2n ** 64n, '1'],
          nameMask: [1, -1n, 2n ** 64n, '1'],
          pgn: noU32,
          pgnMask: noU32,
          addr: noByte,
          addrMask: noByte,
        },
      ).map((each) => [each]),
    ],
  },
  TIPC_GROUP_JOIN: {
    encode: [
      [
        { type: 18888, instance: 4294967295, scope: 2, flags: 3 },
        'struct tipc_group_req',
        '.type = 18888, .instance = ~0u, .scope = TIPC_CLUSTER_SCOPE, .flags = TIPC_GROUP_LOOPBACK | TIPC_GROUP_MEMBER_EVTS',
      ],
      [{ type: 1, instance: 0, scope: 3 }, 'struct tipc_group_req', '.type = 1, .scope = TIPC_NODE_SCOPE'],
    ],
    decode: [[18888, 'unsigned', '18888']],
    wrong: [
      ...noObjects,
      {},
      ...spoilt(
        { type: 1, instance: 2, scope: 3 },
        { type: noU32, instance: noU32, scope: [undefined, ...noU32], flags: noU32 },
      ),
    ],
  },

  ICMP_FILTER: {
    encode: [
      [{ block: [0, 8, 31] }, 'struct icmp_filter', '1u | 1u << ICMP_ECHO | 1u << 31'],
      [{ pass: [0] }, 'struct icmp_filter', '~(1u << ICMP_ECHOREPLY)'],
      [{ pass: [] }, 'struct icmp_filter', '~0u'],
      [{ block: [] }, 'struct icmp_filter', '0'],
      [{ block: [3, 3] }, 'struct icmp_filter', '8'],
    ],
    decode: [
      [{ block: [8], pass: all(32).filter((type) => type !== 8) }, 'struct icmp_filter', '1u << ICMP_ECHO'],
    ],
    wrong: [...types, { block: [32] }],
  },
  ICMPV6_FILTER: {
    encode: [
      [
        { pass: [129, 255] },
        'struct icmp6_filter',
        '.data = { [0 ... 7] = ~0u, [ICMPV6_ECHO_REPLY >> 5] = ~(1u << (ICMPV6_ECHO_REPLY & 31)), [7] = ~(1u << 31) }',
      ],
      [{ block: [1] }, 'struct icmp6_filter', '.data = { 2 }'],
    ],
    decode: [
      [
        { block: [1, 128], pass: all(256).filter((type) => type !== 1 && type !== 128) },
        'struct icmp6_filter',
        '.data = { [0] = 2, [4] = 1 }',
      ],
    ],
    wrong: types,
  },
  ...Object.fromEntries(
    ['BUFFER_SIZE', 'BUFFER_MIN_SIZE', 'BUFFER_MAX_SIZE'].map((name) => [`SO_VM_SOCKETS_${name}`, quad]),
  ),
  SO_RDS_MSG_RXPATH_LATENCY: {
    encode: [
      [[], 'struct rds_rx_trace_so', '0'],
      [[RDS_MSG_RX_DGRAM_DELIVERED, RDS_MSG_RX_HDR_TO_DGRAM_START], 'struct rds_rx_trace_so', '2, { 2, 0 }'],
      [[0, 1, 2], 'struct rds_rx_trace_so', '3, { 0, 1, 2 }'],
    ],
    wrong: [...noObjects, [0, 1, 2, 0], [3], [-1], [0.5], ['0'], {}],
  },
  RDS_CANCEL_SENT_TO: {
    encode: [
      [
        { host: '10.1.2.3', port: 258 },
        'struct sockaddr_in',
        '.sin_family = 2, .sin_port = 0x0201, .sin_addr = { IPV4(10, 1, 2, 3) }',
      ],
      [
        { host: 'fe80::1%7', port: 1 },
        'struct sockaddr_in6',
        '.sin6_family = 10, .sin6_port = 0x0100, .sin6_addr = IPV6(0xfe80, 1), .sin6_scope_id = 7',
      ],
    ],
    wrong: [
      ...noObjects,
      {},
      ...spoilt({ host: '1.2.3.4', port: 1 }, { host: noHost.slice(0, 3), port: [-1, 65536, '1'] }),
    ],
  },
  XDP_STATISTICS: {
    decode: [
      [
        {
          ...{ rxDropped: 1, rxInvalidDescs: 2, txInvalidDescs: 3, rxRingFull: 4 },
          ...{ rxFillRingEmptyDescs: 5, txRingEmptyDescs: 2 ** 40 },
        },
        'struct xdp_statistics',
        '.rx_dropped = 1, .rx_invalid_descs = 2, .tx_invalid_descs = 3, .rx_ring_full = 4, .rx_fill_ring_empty_descs = 5, .tx_ring_empty_descs = 1ull << 40',
      ],
    ],
  },
}
