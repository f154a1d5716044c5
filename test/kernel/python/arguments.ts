/** Wrong types and values: nothing of them reaches the kernel. */
import { every, type Scenario, type Step } from './steps.js'

const wrongAddresses = (op: 'bind' | 'connect' | 'connect_ex'): Step[] => [
  { op, on: 'a', address: null },
  { op, on: 'a', address: 7 },
]

const wrongHosts = (op: 'bind' | 'connect' | 'connect_ex'): Step[] => [
  { op, on: 'a', address: { host: '127.0.0.1', port: 65536 } },
  { op, on: 'a', address: { host: '127.0.0.1', port: -1 } },
  { op, on: 'a', address: { host: '127.0.0.1', port: 'http' } },
  { op, on: 'a', address: { host: '127.0.0.1', port: 1.5 } },
  { op, on: 'a', address: { host: '127.0.0.1', port: null } },
  { op, on: 'a', address: { host: 5, port: 1 } },
  { op, on: 'a', address: { host: null, port: 1 } },
]

const wrongHosts6 = (op: 'bind' | 'connect'): Step[] => [
  { op, on: 'a', address: { host: '::1', port: 65536 } },
  { op, on: 'a', address: { host: '::1', port: 1, flowinfo: -1 } },
  { op, on: 'a', address: { host: '::1', port: 1, flowinfo: 'x' } },
  { op, on: 'a', address: { host: 5, port: 1 } },
]

export const arguments_: readonly Scenario[] = [
  {
    name: 'what is no address',
    over: every,
    steps: [
      { op: 'socket' },
      ...wrongAddresses('bind'),
      ...wrongAddresses('connect'),
      ...wrongAddresses('connect_ex'),
      { op: 'sendto', on: 'a', bytes: 'x', address: null },
      { op: 'sendto', on: 'a', bytes: 'x', address: 7 },
    ],
  },
  {
    name: 'what is no host or port',
    over: ['inet stream', 'inet dgram'],
    steps: [{ op: 'socket' }, ...wrongHosts('bind'), ...wrongHosts('connect'), ...wrongHosts('connect_ex')],
  },
  {
    name: 'what is no address of IPv6',
    over: ['inet6 stream', 'inet6 dgram'],
    steps: [{ op: 'socket' }, ...wrongHosts6('bind'), ...wrongHosts6('connect')],
  },
  {
    name: "the traffic class in IPv6's flow information",
    over: ['inet6 stream', 'inet6 dgram'],
    steps: [
      { op: 'socket' },
      {
        op: 'bind',
        on: 'a',
        address: { host: '::1', port: 0, flowinfo: 0x100000 },
        differs: { ours: null, why: 'the kernel takes it there, ipv6(7); Python takes the label alone' },
      },
    ],
  },
  {
    name: 'sizes',
    over: every,
    steps: [
      { op: 'pair' },
      { op: 'recv', on: 'a', size: -1 },
      { op: 'recvfrom', on: 'a', size: -1 },
      { op: 'recvmsg', on: 'a', size: -1 },
      { op: 'recvmsg', on: 'a', size: 1, control: -1 },
      { op: 'recv', on: 'a', size: 'x' },
      { op: 'recv', on: 'a', size: null },
      { op: 'recv', on: 'a', size: 1.5 },
      { op: 'recvfrom', on: 'a', size: 'x' },
      { op: 'recvmsg', on: 'a', size: 'x' },
    ],
  },
  {
    name: 'flags',
    over: every,
    steps: [
      { op: 'pair' },
      { op: 'recv', on: 'a', size: 1, flags: 'x' },
      { op: 'recvfrom', on: 'a', size: 1, flags: 1.5 },
      { op: 'recv_into', on: 'a', size: 1, flags: 'x' },
      { op: 'recvmsg', on: 'a', size: 1, flags: 'x' },
      { op: 'send', on: 'a', bytes: 'x', flags: 'x' },
      { op: 'sendall', on: 'a', bytes: 'x', flags: 1.5 },
      { op: 'sendto', on: 'a', bytes: 'x', flags: 'x', address: 'nobody' },
      { op: 'sendmsg', on: 'a', pieces: ['x'], flags: 'x' },
      { op: 'send', on: 'a', bytes: 'x', flags: 2 ** 31 },
      { op: 'recv', on: 'a', size: 1, flags: 2 ** 32 },
    ],
  },
  {
    name: 'what is no bytes',
    over: every,
    steps: [{ op: 'pair' }, { op: 'send', on: 'a', bytes: 7 }, { op: 'sendall', on: 'a', bytes: 7 }],
  },
  {
    name: 'time-outs',
    over: ['inet stream'],
    steps: [
      { op: 'socket' },
      { op: 'settimeout', on: 'a', ms: -1 },
      { op: 'settimeout', on: 'a', ms: 'x' },
      { op: 'settimeout', on: 'a', ms: 0.5 },
      { op: 'settimeout', on: 'a', ms: 1500 },
      { op: 'gettimeout', on: 'a' },
      { op: 'settimeout', on: 'a', ms: 0 },
      { op: 'getblocking', on: 'a' },
      { op: 'setblocking', on: 'a', blocking: true },
      { op: 'gettimeout', on: 'a' },
      { op: 'setblocking', on: 'a', blocking: false },
      { op: 'gettimeout', on: 'a' },
    ],
  },
  {
    name: 'what is no backlog or way to shut down',
    over: ['inet stream', 'unix stream'],
    steps: [
      { op: 'pair' },
      { op: 'shutdown', on: 'a', how: 7 },
      { op: 'shutdown', on: 'a', how: -1 },
      { op: 'shutdown', on: 'a', how: 'x' },
      { op: 'shutdown', on: 'a', how: null },
      { op: 'listen', on: 'a', backlog: 'x' },
      { op: 'listen', on: 'a', backlog: 1.5 },
      { op: 'listen', on: 'a', backlog: null },
      { op: 'listen', on: 'a', backlog: 2 ** 40 },
    ],
  },
  {
    name: 'kinds of socket',
    over: ['inet stream'],
    steps: [
      { op: 'socket', family: 'inet', type: 1 },
      { op: 'socket', family: 2, type: 'x' },
      { op: 'socket', family: 2, type: 1.5 },
      { op: 'socket', family: 2, type: 1, protocol: 'x' },
      { op: 'socket', family: 2 ** 40, type: 1 },
      { op: 'socketpair', family: 'x', type: 1 },
      { op: 'socketpair', family: 1, type: 'x' },
    ],
  },
  {
    name: 'options',
    over: ['inet stream'],
    steps: [
      { op: 'socket' },
      { op: 'setsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_REUSEADDR', value: null },
      { op: 'setsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_REUSEADDR', value: 1.5 },
      { op: 'setsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_REUSEADDR', value: 2 ** 40 },
      { op: 'setsockopt', on: 'a', level: 'x', option: 'SO_REUSEADDR', value: 1 },
      { op: 'setsockopt', on: 'a', level: 'SOL_SOCKET', option: 'x', value: 1 },
      { op: 'setsockopt', on: 'a', level: 'SOL_SOCKET', option: 12345, value: 1 },
      { op: 'setsockopt', on: 'a', level: 12345, option: 1, value: 1 },
      { op: 'setsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_REUSEADDR', value: 'x' },
      { op: 'getsockopt', on: 'a', level: 'x', option: 1 },
      { op: 'getsockopt', on: 'a', level: 'SOL_SOCKET', option: 12345 },
      { op: 'getsockopt', on: 'a', level: 12345, option: 1 },
      { op: 'getsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_REUSEADDR', size: -1 },
      { op: 'getsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_REUSEADDR', size: 'x' },
    ],
  },
]
