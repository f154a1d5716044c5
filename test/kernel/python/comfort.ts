/** create_connection, create_server, has_dualstack_ipv6. */
import type { Scenario } from './steps.js'

export const comfort: readonly Scenario[] = [
  {
    name: 'a server and a connection to it',
    over: ['inet stream', 'inet6 stream'],
    steps: [
      { op: 'create_server', address: 'fresh' },
      { op: 'getsockname', on: 'l' },
      { op: 'getsockopt', on: 'l', level: 'SOL_SOCKET', option: 'SO_REUSEADDR' },
      { op: 'getsockopt', on: 'l', level: 'SOL_SOCKET', option: 'SO_ACCEPTCONN' },
      { op: 'create_connection', address: { of: 'l' } },
      { op: 'gettimeout', on: 'a' },
      { op: 'accept', on: 'l', as: 'b' },
      { op: 'send', on: 'a', bytes: 'hello' },
      { op: 'recv', on: 'b', size: 10 },
      { op: 'create_server', as: 'again', address: { of: 'l' } },
      { op: 'close_on_exec', fd: 'a' },
      { op: 'close_on_exec', fd: 'l' },
    ],
  },
  {
    name: 'a connection to nobody',
    over: ['inet stream', 'inet6 stream'],
    steps: [{ op: 'create_connection', address: 'nobody' }, { op: 'descriptors' }],
  },
  {
    name: 'a connection from an address of its own',
    over: ['inet stream'],
    steps: [
      { op: 'create_server', address: 'fresh' },
      { op: 'create_connection', address: { of: 'l' }, source: { host: '127.0.0.2', port: 0 } },
      { op: 'accept', on: 'l', as: 'b' },
      { op: 'getsockname', on: 'a' },
      { op: 'create_connection', address: { of: 'l' }, source: { host: '192.0.2.1', port: 0 } },
      { op: 'descriptors' },
    ],
  },
  {
    name: 'a server of both families',
    over: ['inet6 stream'],
    steps: [
      { op: 'has_dualstack_ipv6' },
      { op: 'create_server', address: { host: '', port: 0 }, dualstack_ipv6: true },
      { op: 'getsockname', on: 'l' },
      { op: 'getsockopt', on: 'l', level: 'IPPROTO_IPV6', option: 'IPV6_V6ONLY' },
    ],
  },
  {
    name: 'a server with SO_REUSEPORT',
    over: ['inet stream', 'inet6 stream'],
    steps: [
      { op: 'create_server', address: 'fresh', reuse_port: true, backlog: 5 },
      { op: 'create_server', as: 'm', address: { of: 'l' }, reuse_port: true },
      { op: 'getsockname', on: 'm' },
      { op: 'create_server', as: 'n', address: { of: 'l' } },
    ],
  },
  {
    name: 'a connection that nobody answers',
    over: ['inet stream'],
    steps: [
      { op: 'listener' },
      { op: 'listen', on: 'l', backlog: 0 },
      { op: 'create_connection', as: 'a', address: { of: 'l' } },
      { op: 'create_connection', as: 'b', address: { of: 'l' }, timeout: 30 },
      { op: 'descriptors' },
    ],
  },
]
