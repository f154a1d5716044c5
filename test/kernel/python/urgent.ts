/** MSG_OOB: the urgent byte of TCP, and that of unix streams. */
import { inetStreams, messages, type Scenario, streams } from './steps.js'

export const urgent: readonly Scenario[] = [
  {
    name: 'beside the stream',
    over: streams,
    steps: [
      { op: 'pair' },
      { op: 'send', on: 'a', bytes: 'plain' },
      { op: 'send', on: 'a', bytes: '!', flags: 'MSG_OOB' },
      { op: 'send', on: 'a', bytes: 'after' },
      { op: 'poll', on: 'b', events: 'POLLPRI' },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB|MSG_PEEK' },
      { op: 'recv', on: 'b', size: 100 },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB' },
      { op: 'recv', on: 'b', size: 100 },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB' },
    ],
  },
  {
    name: 'beside the stream, taken first',
    over: streams,
    steps: [
      { op: 'pair' },
      { op: 'send', on: 'a', bytes: 'ab!', flags: 'MSG_OOB' },
      { op: 'poll', on: 'b', events: 'POLLPRI' },
      { op: 'recvmsg', on: 'b', size: 10, flags: 'MSG_OOB' },
      { op: 'recv', on: 'b', size: 100 },
    ],
  },
  {
    name: 'in the stream',
    over: streams,
    steps: [
      { op: 'pair' },
      { op: 'setsockopt', on: 'b', level: 'SOL_SOCKET', option: 'SO_OOBINLINE', value: 1 },
      { op: 'send', on: 'a', bytes: 'plain' },
      { op: 'send', on: 'a', bytes: '!', flags: 'MSG_OOB' },
      { op: 'send', on: 'a', bytes: 'after' },
      { op: 'poll', on: 'b', events: 'POLLPRI' },
      { op: 'recv', on: 'b', size: 100 },
      { op: 'recv', on: 'b', size: 100 },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB' },
    ],
  },
  {
    name: 'none was sent',
    over: streams,
    steps: [
      { op: 'pair' },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB' },
      { op: 'recv_into', on: 'b', size: 1, flags: 'MSG_OOB' },
      { op: 'recvfrom', on: 'b', size: 1, flags: 'MSG_OOB' },
      { op: 'recvmsg', on: 'b', size: 1, flags: 'MSG_OOB' },
      { op: 'settimeout', on: 'b', ms: 0 },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB' },
    ],
  },
  {
    name: 'two in a row',
    over: inetStreams,
    steps: [
      { op: 'pair' },
      { op: 'send', on: 'a', bytes: '1', flags: 'MSG_OOB' },
      { op: 'send', on: 'a', bytes: '2', flags: 'MSG_OOB' },
      { op: 'poll', on: 'b', events: 'POLLPRI' },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB' },
      { op: 'settimeout', on: 'b', ms: 0 },
      { op: 'recv', on: 'b', size: 10 },
    ],
  },
  {
    name: 'with somebody else, both ways',
    over: streams,
    steps: [
      { op: 'listener' },
      {
        op: 'meanwhile',
        steps: [
          { op: 'socket', as: 'p' },
          { op: 'connect', on: 'p', address: { of: 'l' } },
          { op: 'sendall', on: 'p', bytes: 'to you', flags: 'MSG_OOB' },
          { op: 'poll', on: 'p', events: 'POLLPRI' },
          { op: 'recv', on: 'p', size: 1, flags: 'MSG_OOB' },
          { op: 'recv', on: 'p', size: 10 },
        ],
      },
      { op: 'accept', on: 'l', as: 'a' },
      { op: 'poll', on: 'a', events: 'POLLPRI' },
      { op: 'recv', on: 'a', size: 1, flags: 'MSG_OOB' },
      { op: 'recv', on: 'a', size: 10 },
      { op: 'sendall', on: 'a', bytes: 'and back', flags: 'MSG_OOB' },
      { op: 'join' },
    ],
  },
  {
    name: 'messages have none',
    over: messages,
    steps: [
      { op: 'pair' },
      { op: 'send', on: 'a', bytes: '!', flags: 'MSG_OOB' },
      { op: 'sendmsg', on: 'a', pieces: ['!'], flags: 'MSG_OOB' },
      { op: 'settimeout', on: 'b', ms: 0 },
      { op: 'recv', on: 'b', size: 1, flags: 'MSG_OOB' },
      { op: 'recvmsg', on: 'b', size: 1, flags: 'MSG_OOB' },
    ],
  },
]
