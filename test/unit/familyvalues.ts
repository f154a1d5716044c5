/** Values of option rows of other families and protocols than the Internet's first: as values.ts has them. */
import { values as sctp } from './sctpvalues.js'
import type { Sample, Values } from './values.js'

const mptcpInfo = {
  ...{ subflows: 1, addAddrSignal: 2, addAddrAccepted: 3, subflowsMax: 4, addAddrSignalMax: 5 },
  ...{ addAddrAcceptedMax: 6, flags: 7, token: 4294967295, writeSeq: 2n ** 64n - 1n, sndUna: 8n, rcvNxt: 9n },
  ...{ localAddrUsed: 10, localAddrMax: 11, csumEnabled: 1, retransmits: 12, bytesRetrans: 2 ** 40 },
  ...{ bytesSent: 13, bytesReceived: 14, bytesAcked: 15, subflowsTotal: 16, lastDataSent: 17 },
  ...{ lastDataRecv: 18, lastAckRecv: 19 },
}
const mptcpInit =
  '{ 1, 2, 3, 4, 5, 6, 7, 4294967295u, ~0ull, 8, 9, 10, 11, 1, 12, 1ull << 40, 13, 14, 15, 16, { 0 }, 17, 18, 19 }'
const oldestMptcp = 40
const noQuestion = [null, 5, 'x', {}]
const paths: Sample = [
  [
    {
      local: { family: 'inet', host: '192.0.2.1', port: 513 },
      remote: { family: 'inet6', host: 'fe00::9', port: 65535, flowinfo: 0, scopeId: 0 },
    },
    { local: null, remote: null },
  ],
  'struct { struct mptcp_subflow_data head; struct mptcp_subflow_addrs each[2]; }',
  '.head = { 16, 2, 256, 256 }, .each = { [0] = { .sin_local = { .sin_family = 2, .sin_port = 0x0102, .sin_addr = { IPV4(192, 0, 2, 1) } }, .sin6_remote = { .sin6_family = 10, .sin6_port = 0xffff, .sin6_addr = IPV6(0xfe00, 9) } } }',
]
const noPaths: Sample = [[], 'struct mptcp_subflow_data', '16, 0, 248, 248']

export const values: Readonly<Record<string, Values>> = {
  ...sctp,
  MPTCP_INFO: {
    decode: [[mptcpInfo, 'struct mptcp_info', mptcpInit.slice(1, -1)]],
    lengths: (length) => length >= oldestMptcp,
  },
  MPTCP_FULL_INFO: {
    decode: [
      [
        { numSubflows: 3, mptcpInfo },
        'struct mptcp_full_info',
        `.num_subflows = 3, .tcp_info = ~0ull, .mptcp_info = ${mptcpInit}`,
      ],
    ],
    lengths: (length) => length >= 40 + oldestMptcp,
  },
  MPTCP_SUBFLOW_ADDRS: {
    ask: [[undefined, 'struct mptcp_subflow_data', '16, 0, 0, sizeof(struct mptcp_subflow_addrs)']],
    decode: [paths],
    answer: [paths],
    wrongQuestions: noQuestion,
    lengths: () => false,
  },
  MPTCP_TCPINFO: {
    ask: [[undefined, 'struct mptcp_subflow_data', '16, 0, 0, sizeof(struct tcp_info)']],
    decode: [noPaths],
    answer: [noPaths],
    wrongQuestions: noQuestion,
    lengths: () => false,
  },
  ALG_SET_AEAD_AUTHSIZE: {
    encode: [
      [1, 'struct { char bytes[1]; }', '0'],
      [16, 'struct { char bytes[16]; }', '0'],
    ],
    wrong: [-1, 256, 1.5, Number.NaN, '16', null, undefined, {}, new Uint8Array(16)],
  },
}
