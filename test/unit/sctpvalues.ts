/** Values of the rows of SCTP, each with the same value in C: as values.ts has them. */
import type { Sample, Values } from './values.js'

const noObjects = [undefined, null, 5, 'x', true]
const noU32 = [-1, 1.5, Number.NaN, 2 ** 32, '1', null, {}]
const noU16 = [-1, 1.5, Number.NaN, 65536, '1', null, {}]
const noId = [1.5, Number.NaN, 2 ** 31, -(2 ** 31) - 1, '1', null, {}]

/** `good` with each of the values in one field. */
const spoilt = (fields: Readonly<Record<string, readonly unknown[]>>): unknown[] => [
  ...noObjects,
  ...Object.entries(fields).flatMap(([name, values]) => values.map((value) => ({ [name]: value }))),
]

const id = { assocId: noId }

/** A row that is set, read, and read about something, from one whole value: a question is as long as its answer. */
function whole(
  value: object,
  type: string,
  init: string,
  bad: Readonly<Record<string, readonly unknown[]>>,
  then?: string,
): Values {
  const sample: Sample = then === undefined ? [value, type, init] : [value, type, init, then]
  const only: Sample = [{}, type, '']
  return {
    both: [sample],
    encode: [only],
    ask: [sample, [undefined, type, '']],
    answer: [sample],
    wrong: spoilt(bad),
    wrongQuestions: spoilt(bad).slice(1),
  }
}

const assocValue: Values = whole(
  { assocId: -2147483648, assocValue: 4294967295 },
  'struct sctp_assoc_value',
  '.assoc_id = -2147483647 - 1, .assoc_value = 4294967295u',
  { ...id, assocValue: noU32 },
)

const host4 = { family: 'inet', host: '192.0.2.1', port: 513 }
const host6 = { family: 'inet6', host: 'fe00::9', port: 65535, flowinfo: 0, scopeId: 0 }
const put4 = (field: string): string =>
  `{ struct sockaddr_in a = { .sin_family = 2, .sin_port = 0x0102, .sin_addr = { IPV4(192, 0, 2, 1) } }; __builtin_memcpy(&value.${field}, &a, sizeof a); }`
const put6 = (field: string): string =>
  `{ struct sockaddr_in6 a = { .sin6_family = 10, .sin6_port = 0xffff, .sin6_addr = IPV6(0xfe00, 9) }; __builtin_memcpy(&value.${field}, &a, sizeof a); }`
const noAddress = [
  5,
  'x',
  {},
  { host: 'x', port: 1 },
  { host: '1.2.3.4', port: 65536 },
  { family: 'x', host: '1.2.3.4' },
]

const sndrcv = {
  stream: 1,
  ssn: 65535,
  flags: 3,
  ppid: 0x01020304,
  context: 5,
  timetolive: 6,
  tsn: 7,
  cumtsn: 4294967295,
  assocId: -9,
}
const prstatus = whole(
  { assocId: 1, sid: 65535, policy: 3, abandonedUnsent: 2 ** 40, abandonedSent: 5 },
  'struct sctp_prstatus',
  '.sprstat_assoc_id = 1, .sprstat_sid = 65535, .sprstat_policy = 3, .sprstat_abandoned_unsent = 1ull << 40, .sprstat_abandoned_sent = 5',
  { ...id, sid: noU16, policy: noU16 },
)
const keyId = whole(
  { assocId: 5, keynumber: 65534 },
  'struct sctp_authkeyid',
  '.scact_assoc_id = 5, .scact_keynumber = 65534',
  { ...id, keynumber: noU16 },
)
const onlySet = ({ both = [], encode = [], wrong = [] }: Values): Values => ({
  encode: [...both, ...encode],
  wrong,
})
const onlyRead = ({ both = [], ask = [], answer = [], wrongQuestions = [] }: Values): Values => ({
  decode: both,
  ask,
  answer,
  wrongQuestions,
})

const events = [
  ...['data_io', 'association', 'address', 'send_failure', 'peer_error', 'shutdown', 'partial_delivery'],
  ...['adaptation_layer', 'authentication', 'sender_dry', 'stream_reset', 'assoc_reset', 'stream_change'],
  'send_failure_event',
].map((name) => `${name}_event`)
const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())
const eventsOf = (on: (i: number) => boolean): object =>
  Object.fromEntries(events.map((name, i) => [camel(name), on(i)]))

const list = { name: 'struct { struct sockaddr_in a; struct sockaddr_in6 b; }' }
const addresses: Values = {
  encode: [
    [
      [host4, host6],
      list.name,
      '.a = { .sin_family = 2, .sin_port = 0x0102, .sin_addr = { IPV4(192, 0, 2, 1) } }, .b = { .sin6_family = 10, .sin6_port = 0xffff, .sin6_addr = IPV6(0xfe00, 9) }',
    ],
  ],
  wrong: [...noObjects, [], {}, [5], [null], [{}], [{ host: 'name', port: 1 }]],
}
const addressList: Values = {
  decode: [
    [
      [host6, host4],
      'struct { int id; unsigned count; struct sockaddr_in6 b; struct sockaddr_in a; }',
      '1, 2, .a = { .sin_family = 2, .sin_port = 0x0102, .sin_addr = { IPV4(192, 0, 2, 1) } }, .b = { .sin6_family = 10, .sin6_port = 0xffff, .sin6_addr = IPV6(0xfe00, 9) }',
    ],
  ],
  ask: [
    [{ assocId: 7 }, 'struct { int id; unsigned count; }', '7'],
    [undefined, 'struct { int id; unsigned count; }', ''],
  ],
  answer: [[[], 'struct { int id; unsigned count; }', '7, 0']],
  wrongQuestions: noId.slice(0, 5).map((assocId) => ({ assocId })),
  malformed: true,
  lengths: () => false,
}
const chunks: Values = {
  decode: [
    [[0, 255, 7], 'struct { int id; unsigned count; unsigned char types[3]; }', '1, 3, { 0, 255, 7 }'],
  ],
  ask: [[{ assocId: 7 }, 'struct { int id; unsigned count; }', '7']],
  answer: [[[], 'struct { int id; unsigned count; }', '7, 0']],
  wrongQuestions: noId.slice(0, 5).map((assocId) => ({ assocId })),
  lengths: () => false,
}

const paddrinfo = {
  assocId: 3,
  address: host4,
  state: 2,
  cwnd: 4380,
  srtt: 1,
  rto: 3000,
  mtu: 1500,
}
const paddrinfoInit =
  '.spinfo_assoc_id = 3, .spinfo_state = 2, .spinfo_cwnd = 4380, .spinfo_srtt = 1, .spinfo_rto = 3000, .spinfo_mtu = 1500'
const statusSample: Sample = [
  {
    ...{ assocId: 3, state: 4, rwnd: 4294967295, unackdata: 1, penddata: 2, instrms: 10, outstrms: 65535 },
    ...{ fragmentationPoint: 1452, primary: paddrinfo },
  },
  'struct sctp_status',
  `.sstat_assoc_id = 3, .sstat_state = 4, .sstat_rwnd = 4294967295u, .sstat_unackdata = 1, .sstat_penddata = 2, .sstat_instrms = 10, .sstat_outstrms = 65535, .sstat_fragmentation_point = 1452, .sstat_primary = { ${paddrinfoInit} }`,
  put4('sstat_primary.spinfo_address'),
]
const thresholds = { assocId: 1, address: host6, pathmaxrxt: 2, pathpfthld: 65535 }
const thresholdsInit = '.spt_assoc_id = 1, .spt_pathmaxrxt = 2, .spt_pathpfthld = 65535'
const statistics = [
  ...['maxrto', 'isacks', 'osacks', 'opackets', 'ipackets', 'rtxchunks', 'outofseqtsns', 'idupchunks'],
  ...['gapcnt', 'ouodchunks', 'iuodchunks', 'oodchunks', 'iodchunks', 'octrlchunks', 'ictrlchunks'],
]

export const values: Readonly<Record<string, Values>> = {
  SCTP_GET_ASSOC_ID_LIST: {
    decode: [
      [[1, -1, 7], 'struct { unsigned n; int ids[3]; }', '3, { 1, -1, 7 }'],
      [[], 'struct { unsigned n; int ids[3]; }', '0'],
    ],
    lengths: () => false,
  },
  SCTP_EVENTS: {
    both: events.map((name, i) => [
      eventsOf((n) => n === i),
      'struct sctp_event_subscribe',
      `.sctp_${name} = 1`,
    ]),
    encode: [
      [{}, 'struct sctp_event_subscribe', ''],
      [{ shutdownEvent: true }, 'struct sctp_event_subscribe', '.sctp_shutdown_event = 1'],
    ],
    wrong: spoilt({ shutdownEvent: [0, 1, 'x', null], dataIoEvent: [1] }),
  },
  SCTP_EVENT: whole(
    { assocId: 3, type: 0x8009, on: true },
    'struct sctp_event',
    '.se_assoc_id = 3, .se_type = 0x8009, .se_on = 1',
    { ...id, type: noU16, on: [0, 1, 'x', null] },
  ),
  SCTP_INITMSG: {
    both: [
      [
        { numOstreams: 1, maxInstreams: 65535, maxAttempts: 3, maxInitTimeo: 4 },
        'struct sctp_initmsg',
        '.sinit_num_ostreams = 1, .sinit_max_instreams = 65535, .sinit_max_attempts = 3, .sinit_max_init_timeo = 4',
      ],
    ],
    encode: [[{}, 'struct sctp_initmsg', '']],
    wrong: spoilt({ numOstreams: noU16, maxInstreams: noU16, maxAttempts: noU16, maxInitTimeo: noU16 }),
  },
  SCTP_DEFAULT_SEND_PARAM: whole(
    sndrcv,
    'struct sctp_sndrcvinfo',
    '.sinfo_stream = 1, .sinfo_ssn = 65535, .sinfo_flags = 3, .sinfo_ppid = BE32(0x01020304), .sinfo_context = 5, .sinfo_timetolive = 6, .sinfo_tsn = 7, .sinfo_cumtsn = 4294967295u, .sinfo_assoc_id = -9',
    { ...id, stream: noU16, flags: noU16, ppid: noU32, context: noU32, timetolive: noU32 },
  ),
  SCTP_DEFAULT_SNDINFO: whole(
    { sid: 1, flags: 3, ppid: 51, context: 5, assocId: -9 },
    'struct sctp_sndinfo',
    '.snd_sid = 1, .snd_flags = 3, .snd_ppid = BE32(51), .snd_context = 5, .snd_assoc_id = -9',
    { ...id, sid: noU16, flags: noU16, ppid: noU32, context: noU32 },
  ),
  SCTP_DEFAULT_PRINFO: whole(
    { assocId: 1, value: 4294967295, policy: 0x20 },
    'struct sctp_default_prinfo',
    '.pr_assoc_id = 1, .pr_value = 4294967295u, .pr_policy = 0x20',
    { ...id, value: noU32, policy: noU16 },
  ),
  SCTP_RTOINFO: whole(
    { assocId: 1, initial: 2, max: 3, min: 4294967295 },
    'struct sctp_rtoinfo',
    '.srto_assoc_id = 1, .srto_initial = 2, .srto_max = 3, .srto_min = 4294967295u',
    { ...id, initial: noU32, max: noU32, min: noU32 },
  ),
  SCTP_ASSOCINFO: whole(
    { assocId: 1, asocmaxrxt: 2, numberPeerDestinations: 3, peerRwnd: 4, localRwnd: 5, cookieLife: 6 },
    'struct sctp_assocparams',
    '.sasoc_assoc_id = 1, .sasoc_asocmaxrxt = 2, .sasoc_number_peer_destinations = 3, .sasoc_peer_rwnd = 4, .sasoc_local_rwnd = 5, .sasoc_cookie_life = 6',
    { ...id, asocmaxrxt: noU16, cookieLife: noU32 },
  ),
  SCTP_DELAYED_ACK_TIME: whole(
    { assocId: 1, delay: 500, freq: 2 },
    'struct sctp_sack_info',
    '.sack_assoc_id = 1, .sack_delay = 500, .sack_freq = 2',
    { ...id, delay: noU32, freq: noU32 },
  ),
  ...Object.fromEntries(
    [
      ...['MAXSEG', 'CONTEXT', 'MAX_BURST', 'PR_SUPPORTED', 'RECONFIG_SUPPORTED', 'ENABLE_STREAM_RESET'],
      ...['STREAM_SCHEDULER', 'INTERLEAVING_SUPPORTED', 'ASCONF_SUPPORTED', 'AUTH_SUPPORTED'],
      ...['ECN_SUPPORTED', 'EXPOSE_POTENTIALLY_FAILED_STATE'],
    ].map((name) => [`SCTP_${name}`, assocValue]),
  ),
  SCTP_STREAM_SCHEDULER_VALUE: whole(
    { assocId: 1, streamId: 2, streamValue: 65535 },
    'struct sctp_stream_value',
    '.assoc_id = 1, .stream_id = 2, .stream_value = 65535',
    { ...id, streamId: noU16, streamValue: noU16 },
  ),
  SCTP_RESET_STREAMS: {
    encode: [
      [
        { assocId: 1, flags: 2, streams: [0, 65535] },
        'struct { struct sctp_reset_streams head; unsigned short list[2]; }',
        '.head = { .srs_assoc_id = 1, .srs_flags = 2, .srs_number_streams = 2 }, .list = { 0, 65535 }',
      ],
      [{ flags: 1 }, 'struct sctp_reset_streams', '.srs_flags = 1'],
    ],
    wrong: [
      ...[...noObjects, {}, { flags: 65536 }, { flags: 1, streams: 5 }, { flags: 1, streams: [65536] }],
      { flags: 1, streams: ['x'] },
      { flags: 1, assocId: 2 ** 31 },
    ],
  },
  SCTP_ADD_STREAMS: onlySet(
    whole(
      { assocId: 1, instrms: 2, outstrms: 65535 },
      'struct sctp_add_streams',
      '.sas_assoc_id = 1, .sas_instrms = 2, .sas_outstrms = 65535',
      { ...id, instrms: noU16, outstrms: noU16 },
    ),
  ),
  SCTP_STATUS: {
    decode: [statusSample],
    answer: [statusSample],
    ask: [
      [{ assocId: 3 }, 'struct sctp_status', '.sstat_assoc_id = 3'],
      [undefined, 'struct sctp_status', ''],
    ],
    wrongQuestions: spoilt(id).slice(1),
  },
  SCTP_GET_ASSOC_STATS: onlyRead(
    whole(
      {
        assocId: 1,
        obsRtoIpaddr: host6,
        ...Object.fromEntries(statistics.map((name, i) => [name, i * 2 ** 33])),
      },
      'struct sctp_assoc_stats',
      `.sas_assoc_id = 1, ${statistics.map((name, i) => `.sas_${name} = ${i}ull << 33`).join(', ')}`,
      { ...id, obsRtoIpaddr: noAddress },
      put6('sas_obs_rto_ipaddr'),
    ),
  ),
  SCTP_PR_ASSOC_STATUS: onlyRead(prstatus),
  SCTP_PR_STREAM_STATUS: onlyRead(prstatus),
  SCTP_SOCKOPT_BINDX_ADD: addresses,
  SCTP_SOCKOPT_BINDX_REM: addresses,
  SCTP_SOCKOPT_CONNECTX: addresses,
  SCTP_GET_PEER_ADDRS: addressList,
  SCTP_GET_LOCAL_ADDRS: addressList,
  SCTP_PRIMARY_ADDR: whole(
    { assocId: 1, addr: host6 },
    'struct sctp_prim',
    '.ssp_assoc_id = 1',
    { ...id, addr: noAddress },
    put6('ssp_addr'),
  ),
  SCTP_SET_PEER_PRIMARY_ADDR: onlySet(
    whole(
      { assocId: 1, addr: host4 },
      'struct sctp_setpeerprim',
      '.sspp_assoc_id = 1',
      { ...id, addr: noAddress },
      put4('sspp_addr'),
    ),
  ),
  SCTP_GET_PEER_ADDR_INFO: onlyRead(
    whole(
      paddrinfo,
      'struct sctp_paddrinfo',
      paddrinfoInit,
      { ...id, address: noAddress },
      put4('spinfo_address'),
    ),
  ),
  SCTP_PEER_ADDR_PARAMS: whole(
    {
      ...{ assocId: 1, address: host4, hbinterval: 30000, pathmaxrxt: 5, pathmtu: 1400, sackdelay: 200 },
      ...{ flags: 513, ipv6Flowlabel: 0xfffff, dscp: 252 },
    },
    'struct sctp_paddrparams',
    '.spp_assoc_id = 1, .spp_hbinterval = 30000, .spp_pathmaxrxt = 5, .spp_pathmtu = 1400, .spp_sackdelay = 200, .spp_flags = 513, .spp_ipv6_flowlabel = 0xfffff, .spp_dscp = 252',
    { ...id, address: noAddress, hbinterval: noU32, pathmaxrxt: noU16, dscp: [-1, 256] },
    put4('spp_address'),
  ),
  SCTP_PEER_ADDR_THLDS: whole(
    thresholds,
    'struct sctp_paddrthlds',
    thresholdsInit,
    { ...id, address: noAddress, pathmaxrxt: noU16 },
    put6('spt_address'),
  ),
  SCTP_PEER_ADDR_THLDS_V2: whole(
    { ...thresholds, pathcpthld: 7 },
    'struct sctp_paddrthlds_v2',
    `${thresholdsInit}, .spt_pathcpthld = 7`,
    { ...id, address: noAddress, pathcpthld: noU16 },
    put6('spt_address'),
  ),
  SCTP_REMOTE_UDP_ENCAPS_PORT: whole(
    { assocId: 1, address: host4, port: 9899 },
    'struct sctp_udpencaps',
    '.sue_assoc_id = 1, .sue_port = __builtin_bswap16(9899)',
    { ...id, address: noAddress, port: noU16 },
    put4('sue_address'),
  ),
  SCTP_PLPMTUD_PROBE_INTERVAL: whole(
    { assocId: 1, address: null, interval: 5000 },
    'struct sctp_probeinterval',
    '.spi_assoc_id = 1, .spi_interval = 5000',
    { ...id, address: noAddress, interval: noU32 },
  ),
  SCTP_AUTH_CHUNK: {
    encode: [[255, 'struct sctp_authchunk', '.sauth_chunk = 255']],
    wrong: [-1, 256, 1.5, '1', null, undefined, {}],
  },
  SCTP_HMAC_IDENT: {
    both: [
      [
        [3, 1],
        'struct { struct sctp_hmacalgo head; unsigned short idents[2]; }',
        '.head = { 2 }, .idents = { 3, 1 }',
      ],
    ],
    wrong: [...noObjects, [], [65536], ['x'], new Array(17).fill(1)],
    lengths: () => false,
  },
  SCTP_AUTH_KEY: {
    encode: [
      [
        { assocId: 1, keynumber: 2, key: Uint8Array.of(5, 6, 7, 8) },
        'struct { struct sctp_authkey head; unsigned char key[4]; }',
        '.head = { .sca_assoc_id = 1, .sca_keynumber = 2, .sca_keylength = 4 }, .key = { 5, 6, 7, 8 }',
      ],
      [{ keynumber: 1, key: new Uint8Array(0) }, 'struct sctp_authkey', '.sca_keynumber = 1'],
    ],
    wrong: [
      ...[...noObjects, {}, { keynumber: 1 }, { keynumber: 1, key: 'text' }, { keynumber: 1, key: [1] }],
      ...[{ key: new Uint8Array(1) }, { keynumber: 65536, key: new Uint8Array(1) }],
      { keynumber: 1, key: new Uint8Array(65536) },
    ],
  },
  SCTP_AUTH_ACTIVE_KEY: keyId,
  SCTP_AUTH_DELETE_KEY: onlySet(keyId),
  SCTP_AUTH_DEACTIVATE_KEY: onlySet(keyId),
  SCTP_PEER_AUTH_CHUNKS: chunks,
  SCTP_LOCAL_AUTH_CHUNKS: chunks,
}
