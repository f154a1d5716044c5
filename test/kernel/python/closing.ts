/** Closed and detached sockets, in every verb. */
import { connected, every, type Scenario, type Step } from './steps.js'

const asked = 'the kernel is asked for 0 bytes as for any number; Python answers itself'
const local = 'a time-out is no matter of the descriptor'

const everyVerb: readonly Step[] = [
  { op: 'fileno', on: 'a' },
  { op: 'attributes', on: 'a' },
  { op: 'gettimeout', on: 'a' },
  { op: 'getblocking', on: 'a' },
  { op: 'bind', on: 'a', address: 'fresh' },
  { op: 'listen', on: 'a' },
  { op: 'accept', on: 'a' },
  { op: 'connect', on: 'a', address: 'nobody' },
  { op: 'connect_ex', on: 'a', address: 'nobody' },
  { op: 'getsockname', on: 'a' },
  { op: 'getpeername', on: 'a' },
  { op: 'getsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_TYPE' },
  { op: 'setsockopt', on: 'a', level: 'SOL_SOCKET', option: 'SO_REUSEADDR', value: 1 },
  { op: 'shutdown', on: 'a', how: 'SHUT_WR' },
  { op: 'recv', on: 'a', size: 1 },
  { op: 'recv', on: 'a', size: 0, differs: { ours: { error: 'EBADF' }, why: asked } },
  { op: 'recvfrom', on: 'a', size: 1 },
  { op: 'recv_into', on: 'a', size: 1 },
  { op: 'recv_into', on: 'a', size: 0, differs: { ours: { error: 'EBADF' }, why: asked } },
  { op: 'recvfrom_into', on: 'a', size: 1 },
  { op: 'recvmsg', on: 'a', size: 1 },
  { op: 'recvmsg_into', on: 'a', sizes: [1] },
  { op: 'send', on: 'a', bytes: 'x' },
  { op: 'send', on: 'a', bytes: '' },
  { op: 'sendall', on: 'a', bytes: 'x' },
  { op: 'sendto', on: 'a', bytes: 'x', address: 'nobody' },
  { op: 'sendmsg', on: 'a', pieces: ['x'] },
  { op: 'get_inheritable', on: 'a' },
  { op: 'set_inheritable', on: 'a', inheritable: true },
  { op: 'dup', on: 'a', as: 'c' },
  { op: 'detach', on: 'a' },
  { op: 'close', on: 'a' },
]

export const closing: readonly Scenario[] = [
  {
    name: 'closed',
    over: every,
    steps: [{ op: 'socket' }, { op: 'close', on: 'a' }, ...everyVerb, { op: 'descriptors' }],
  },
  {
    name: 'closed, under a time-out',
    over: every,
    steps: [{ op: 'socket' }, { op: 'settimeout', on: 'a', ms: 20 }, { op: 'close', on: 'a' }, ...everyVerb],
  },
  {
    name: 'closed, without waiting',
    over: every,
    steps: [
      { op: 'socket' },
      { op: 'setblocking', on: 'a', blocking: false },
      { op: 'close', on: 'a' },
      ...everyVerb,
    ],
  },
  {
    name: 'detached',
    over: every,
    steps: [{ op: 'pair' }, { op: 'detach', on: 'a', as: 'fd' }, ...everyVerb, { op: 'describe', fd: 'fd' }],
  },
  {
    name: 'closed, and asked for a file',
    over: ['inet stream'],
    steps: [
      { op: 'socket' },
      { op: 'file', as: 'f', bytes: 'bytes' },
      { op: 'close', on: 'a' },
      {
        op: 'sendfile',
        on: 'a',
        file: 'f',
        differs: {
          ours: { error: 'EBADF' },
          why: 'as in every other verb; Python has a ValueError of its selectors here',
        },
      },
    ],
  },
  {
    name: 'closing one of two leaves the other',
    over: connected,
    steps: [
      { op: 'pair' },
      { op: 'dup', on: 'a', as: 'c' },
      { op: 'close', on: 'a' },
      { op: 'settimeout', on: 'b', ms: 20 },
      { op: 'recv', on: 'b', size: 1 },
      { op: 'close', on: 'c' },
      { op: 'recv', on: 'b', size: 1 },
    ],
  },
  {
    name: 'wrong arguments of a closed socket',
    over: ['inet stream'],
    steps: [
      { op: 'socket' },
      { op: 'close', on: 'a' },
      { op: 'recv', on: 'a', size: -1 },
      { op: 'recv', on: 'a', size: 'x' },
      { op: 'send', on: 'a', bytes: 7 },
      { op: 'settimeout', on: 'a', ms: -1 },
      { op: 'settimeout', on: 'a', ms: 100, differs: { ours: null, why: local } },
      { op: 'gettimeout', on: 'a' },
      { op: 'setblocking', on: 'a', blocking: false, differs: { ours: null, why: local } },
      { op: 'connect', on: 'a', address: { host: '127.0.0.1', port: 65536 } },
      { op: 'bind', on: 'a', address: null },
    ],
  },
]
