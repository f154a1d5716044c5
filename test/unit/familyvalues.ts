/** Values of option rows of other families and protocols than the Internet's first: as values.ts has them. */
import { TCP_INFO } from '#data/option/tcpinfo.js'
import { values as sctp } from './sctpvalues.js'
import type { Sample, Values } from './values.js'

const numbers = (type: string, most: number): Values => ({
  both: [
    [0, type, '0'],
    [most, type, String(most)],
  ],
  wrong: [-1, most + 1, 1.5, '1', null, undefined, {}],
})
const conninfo = (protocol: string): Values => ({
  decode: [[{ hciHandle: 65534, devClass: 0x030201 }, `struct ${protocol}_conninfo`, '65534, { 1, 2, 3 }']],
  lengths: (length) => length >= 5,
})
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
    ask: [[undefined, 'struct mptcp_subflow_data', `16, 0, 0, ${TCP_INFO.size}`]],
    decode: [noPaths],
    answer: [noPaths],
    wrongQuestions: noQuestion,
    lengths: () => false,
  },
  BT_SECURITY: {
    both: [[{ level: 3, keySize: 16 }, 'struct bt_security', '3, 16']],
    encode: [[{ level: 2 }, 'struct bt_security', '2']],
    wrong: [null, undefined, 5, { level: -1 }, { level: 256 }, { keySize: 'x' }],
  },
  BT_POWER: numbers('unsigned char', 255),
  BT_MODE: numbers('unsigned char', 255),
  BT_VOICE: numbers('unsigned short', 65535),
  BT_SNDMTU: numbers('unsigned short', 65535),
  BT_RCVMTU: numbers('unsigned short', 65535),
  SCO_OPTIONS: numbers('unsigned short', 65535),
  HCI_FILTER: {
    both: [
      [
        { typeMask: 4294967295, eventMask: 0x0102030405060708n, opcode: 65534 },
        'struct hci_filter',
        '4294967295u, { 0x05060708, 0x01020304 }, 65534',
      ],
    ],
    wrong: [
      ...[null, undefined, 5, {}, { typeMask: 1, eventMask: 1, opcode: 1 }],
      ...[
        { typeMask: 1, eventMask: 2n ** 64n, opcode: 1 },
        { typeMask: -1, eventMask: 1n, opcode: 1 },
      ],
      { typeMask: 1, eventMask: 1n, opcode: 65536 },
    ],
    lengths: (length) => length >= 14,
  },
  L2CAP_OPTIONS: {
    both: [
      [
        { omtu: 1, imtu: 65535, flushTo: 3, mode: 4, fcs: 5, maxTx: 6, txwinSize: 7 },
        'struct l2cap_options',
        '1, 65535, 3, 4, 5, 6, 7',
      ],
    ],
    wrong: [null, undefined, 5, { omtu: -1 }, { imtu: 65536 }, { mode: 256 }, { txwinSize: 'x' }],
  },
  L2CAP_CONNINFO: conninfo('l2cap'),
  RFCOMM_CONNINFO: conninfo('rfcomm'),
  SCO_CONNINFO: conninfo('sco'),
  ALG_SET_AEAD_AUTHSIZE: {
    encode: [
      [1, 'struct { char bytes[1]; }', '0'],
      [16, 'struct { char bytes[16]; }', '0'],
    ],
    wrong: [-1, 256, 1.5, Number.NaN, '16', null, undefined, {}, new Uint8Array(16)],
  },
}
