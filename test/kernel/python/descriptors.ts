/** What only flags and other processes see: close-on-exec, O_NONBLOCK, inheritance. */
import { every, type Scenario } from './steps.js'

const always = 'our sockets are O_NONBLOCK always: what may wait is decided here'

export const descriptors: readonly Scenario[] = [
  {
    name: 'inheritable or not',
    over: every,
    steps: [
      { op: 'socket' },
      { op: 'get_inheritable', on: 'a' },
      { op: 'inherited', fd: 'a' },
      { op: 'set_inheritable', on: 'a', inheritable: true },
      { op: 'get_inheritable', on: 'a' },
      { op: 'close_on_exec', fd: 'a' },
      { op: 'dup', on: 'a', as: 'b' },
      { op: 'get_inheritable', on: 'b' },
      { op: 'fromfd', on: 'a', as: 'c' },
      { op: 'get_inheritable', on: 'c' },
      { op: 'set_inheritable', on: 'a', inheritable: false },
      { op: 'get_inheritable', on: 'a' },
      { op: 'close_on_exec', fd: 'a' },
    ],
  },
  {
    name: 'an inheritable one in a program that is executed',
    over: ['inet stream'],
    steps: [
      { op: 'socket' },
      { op: 'set_inheritable', on: 'a', inheritable: true },
      { op: 'inherited', fd: 'a' },
    ],
  },
  {
    name: 'a detached one stays as it was',
    over: every,
    steps: [
      { op: 'socket' },
      { op: 'detach', on: 'a', as: 'fd' },
      { op: 'close_on_exec', fd: 'fd' },
      { op: 'nonblocking', fd: 'fd', differs: { ours: true, why: always } },
    ],
  },
  {
    name: 'O_NONBLOCK',
    over: every,
    steps: [
      { op: 'socket' },
      { op: 'nonblocking', fd: 'a', differs: { ours: true, why: always } },
      { op: 'settimeout', on: 'a', ms: 100 },
      { op: 'nonblocking', fd: 'a' },
      { op: 'setblocking', on: 'a', blocking: false },
      { op: 'nonblocking', fd: 'a' },
    ],
  },
  {
    name: 'a child has the socket as its standard input',
    over: every,
    steps: [
      { op: 'pair' },
      { op: 'send', on: 'b', bytes: 'to the child' },
      {
        op: 'child',
        fd: 'a',
        kind: 'inet stream',
        steps: [
          { op: 'describe', fd: 'stdin' },
          { op: 'socket', as: 'c', fileno: 'stdin' },
          { op: 'recv', on: 'c', size: 20 },
          { op: 'send', on: 'c', bytes: 'from the child' },
          { op: 'getsockname', on: 'c' },
          { op: 'getpeername', on: 'c' },
        ],
      },
      { op: 'recv', on: 'b', size: 20 },
      { op: 'send', on: 'a', bytes: 'and still here' },
      { op: 'recv', on: 'b', size: 20 },
    ],
  },
]
