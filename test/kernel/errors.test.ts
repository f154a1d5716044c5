/** Each failing verb: code, errno, syscall, and both addresses. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  type Address,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createServer,
  IPPROTO_TCP,
  IPPROTO_UDP,
  SHUT_RDWR,
  SO_BINDTODEVICE,
  SO_RCVBUF,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  type Socket,
  SystemError,
  socket,
  TCP_NODELAY,
} from 'berkeley'
import { needsProgram, needsRoot } from '../support/needs.js'
import { node, pair, Several, streams, temporary } from './matrix.js'

interface Failing {
  readonly what: string
  readonly code: string
  readonly errno: number
  readonly syscall: string
  /** Makes the failing call; what the error should know beside is returned by `expect`. */
  run(several: Several): Promise<{ call: () => unknown; local?: Address; remote?: Address; option?: string }>
}

const inet = (several: Several, type = SOCK_STREAM): Socket =>
  several.add(socket(AF_INET, type) as unknown as Socket)
const unix = (several: Several, type = SOCK_STREAM): Socket =>
  several.add(socket(AF_UNIX, type) as unknown as Socket)
const bound = (several: Several, type = SOCK_STREAM): Socket => {
  const made = inet(several, type)
  made.bind({ host: '127.0.0.1', port: 0 })
  return made
}
/** The address of a port that nobody has. */
const nobody = (type = SOCK_STREAM): Address => {
  using several = new Several()
  return bound(several, type).getsockname()
}
const refused = [111, 'ECONNREFUSED'] as const

const failing: readonly Failing[] = [
  {
    what: 'connect to a closed tcp port',
    code: refused[1],
    errno: refused[0],
    syscall: 'connect',
    run: async (several) => {
      const made = bound(several)
      const remote = nobody()
      return { call: () => made.connect(remote), local: made.getsockname(), remote }
    },
  },
  {
    what: 'connect to a unix path without a listener',
    code: refused[1],
    errno: refused[0],
    syscall: 'connect',
    run: async (several) => {
      const path = temporary()
      unix(several).bind({ path })
      const made = unix(several)
      return {
        call: () => made.connect({ path }),
        local: { family: 'unix', path: '' },
        remote: { family: 'unix', path },
      }
    },
  },
  {
    what: 'connect to a path that is not there',
    code: 'ENOENT',
    errno: 2,
    syscall: 'connect',
    run: async (several) => {
      const path = temporary()
      return { call: () => unix(several).connect({ path }), remote: { family: 'unix', path } }
    },
  },
  {
    what: 'connect to a socket of another type',
    code: 'EPROTOTYPE',
    errno: 91,
    syscall: 'connect',
    run: async (several) => {
      const path = temporary()
      unix(several, SOCK_DGRAM).bind({ path })
      return { call: () => unix(several).connect({ path }), remote: { family: 'unix', path } }
    },
  },
  {
    what: 'connect when connected',
    code: 'EISCONN',
    errno: 106,
    syscall: 'connect',
    run: async (several) => {
      const p = several.add(await pair(streams[0] as never))
      const remote = p.listener.getsockname()
      return { call: () => p.client.connect(remote), local: p.client.getsockname(), remote }
    },
  },
  {
    what: 'send to a closed udp port, the second time',
    code: refused[1],
    errno: refused[0],
    syscall: 'send',
    run: async (several) => {
      const made = bound(several, SOCK_DGRAM)
      const remote = nobody(SOCK_DGRAM)
      await made.connect(remote)
      await made.send('x')
      return { call: () => made.send('x'), local: made.getsockname(), remote }
    },
  },
  {
    what: 'recv on a connected udp socket whose peer is gone',
    code: refused[1],
    errno: refused[0],
    syscall: 'recv',
    run: async (several) => {
      const made = bound(several, SOCK_DGRAM)
      const remote = nobody(SOCK_DGRAM)
      await made.connect(remote)
      await made.send('x')
      return { call: () => made.recv(1), local: made.getsockname(), remote }
    },
  },
  {
    what: 'bind to a port in use',
    code: 'EADDRINUSE',
    errno: 98,
    syscall: 'bind',
    run: async (several) => {
      const local = bound(several).getsockname()
      return { call: () => inet(several).bind(local), local }
    },
  },
  {
    what: 'bind to a path in use',
    code: 'EADDRINUSE',
    errno: 98,
    syscall: 'bind',
    run: async (several) => {
      const path = temporary()
      unix(several).bind({ path })
      return { call: () => unix(several).bind({ path }), local: { family: 'unix', path } }
    },
  },
  {
    what: 'bind to an address of another machine',
    code: 'EADDRNOTAVAIL',
    errno: 99,
    syscall: 'bind',
    run: async (several) => ({
      call: () => inet(several).bind({ host: '192.0.2.99', port: 0 }),
      local: { family: 'inet', host: '192.0.2.99', port: 0 },
    }),
  },
  {
    what: 'bind twice',
    code: 'EINVAL',
    errno: 22,
    syscall: 'bind',
    run: async (several) => ({
      call: () => bound(several).bind({ host: '127.0.0.1', port: 0 }),
      local: { family: 'inet', host: '127.0.0.1', port: 0 },
    }),
  },
  {
    what: 'bind in a folder that is not there',
    code: 'ENOENT',
    errno: 2,
    syscall: 'bind',
    run: async (several) => {
      const path = `${temporary()}/x`
      return { call: () => unix(several).bind({ path }), local: { family: 'unix', path } }
    },
  },
  ...(['send', 'recv', 'recvfrom', 'getpeername', 'shutdown'] as const).map(
    (syscall): Failing => ({
      what: `${syscall} on a stream without a peer`,
      code: syscall === 'send' ? 'EPIPE' : 'ENOTCONN',
      errno: syscall === 'send' ? 32 : 107,
      syscall,
      run: async (several) => {
        const made = bound(several)
        const calls = {
          send: () => made.send('x'),
          recv: () => made.recv(1),
          recvfrom: () => made.recvfrom(1),
          getpeername: () => made.getpeername(),
          shutdown: () => made.shutdown(SHUT_RDWR),
        }
        return { call: calls[syscall], local: made.getsockname() }
      },
    }),
  ),
  {
    what: 'send on a unix stream without a peer',
    code: 'ENOTCONN',
    errno: 107,
    syscall: 'send',
    run: async (several) => ({ call: () => unix(several).sendall('x'), local: { family: 'unix', path: '' } }),
  },
  {
    what: 'send on a datagram socket without a destination',
    code: 'EDESTADDRREQ',
    errno: 89,
    syscall: 'send',
    run: async (several) => {
      const made = bound(several, SOCK_DGRAM)
      return { call: () => made.send('x'), local: made.getsockname() }
    },
  },
  {
    what: 'a datagram that is too long',
    code: 'EMSGSIZE',
    errno: 90,
    syscall: 'sendto',
    run: async (several) => {
      const made = bound(several, SOCK_DGRAM)
      const remote = nobody(SOCK_DGRAM)
      return { call: () => made.sendto(Buffer.alloc(65_508), remote), local: made.getsockname(), remote }
    },
  },
  {
    what: 'sendto a path that is not there',
    code: 'ENOENT',
    errno: 2,
    syscall: 'sendto',
    run: async (several) => {
      const path = temporary()
      return { call: () => unix(several, SOCK_DGRAM).sendto('x', { path }), remote: { family: 'unix', path } }
    },
  },
  {
    what: 'accept on a socket that does not listen',
    code: 'EINVAL',
    errno: 22,
    syscall: 'accept',
    run: async (several) => {
      const made = bound(several)
      return { call: () => made.accept(), local: made.getsockname() }
    },
  },
  {
    what: 'accept on a datagram socket',
    code: 'EOPNOTSUPP',
    errno: 95,
    syscall: 'accept',
    run: async (several) => ({ call: () => inet(several, SOCK_DGRAM).accept() }),
  },
  {
    what: 'listen on a datagram socket',
    code: 'EOPNOTSUPP',
    errno: 95,
    syscall: 'listen',
    run: async (several) => ({ call: () => inet(several, SOCK_DGRAM).listen() }),
  },
  {
    what: 'shutdown by an impossible number',
    code: 'EINVAL',
    errno: 22,
    syscall: 'shutdown',
    run: async (several) => {
      const p = several.add(await pair(streams[0] as never))
      return { call: () => p.client.shutdown(9), remote: p.client.getpeername() }
    },
  },
  {
    what: 'an option of another protocol, typed',
    code: 'EOPNOTSUPP',
    errno: 95,
    syscall: 'setsockopt',
    run: async (several) => ({
      call: () => unix(several).setsockopt(TCP_NODELAY, true),
      option: 'TCP_NODELAY',
      local: { family: 'unix', path: '' },
    }),
  },
  {
    what: 'an option that is none',
    code: 'ENOPROTOOPT',
    errno: 92,
    syscall: 'getsockopt',
    run: async (several) => ({ call: () => inet(several).getsockopt(SOL_SOCKET, 9999), option: '9999' }),
  },
  {
    what: 'an option that is none of the protocol',
    code: 'ENOPROTOOPT',
    errno: 92,
    syscall: 'setsockopt',
    run: async (several) => ({ call: () => inet(several).setsockopt(IPPROTO_TCP, 9999, 1), option: '9999' }),
  },
  {
    what: 'an option given too few bytes',
    code: 'EINVAL',
    errno: 22,
    syscall: 'setsockopt',
    run: async (several) => ({
      call: () => inet(several).setsockopt(SOL_SOCKET, SO_RCVBUF, Buffer.alloc(1)),
      option: 'SO_RCVBUF',
    }),
  },
  {
    what: 'an interface that is none',
    code: 'ENODEV',
    errno: 19,
    syscall: 'setsockopt',
    run: async (several) => ({
      call: () => inet(several).setsockopt(SO_BINDTODEVICE, 'nosuchif0'),
      option: 'SO_BINDTODEVICE',
    }),
  },
]

describe('the error knows', () => {
  for (const { what, code, errno, syscall, run } of failing)
    it(`${what}: ${code}`, async () => {
      using several = new Several()
      const { call, local, remote, option } = await run(several)
      await assert.rejects(
        async () => call(),
        (error: unknown) => {
          assert.ok(error instanceof SystemError, String(error))
          assert.deepEqual([error.code, error.errno, error.syscall], [code, -errno, syscall])
          if (local !== undefined) assert.deepEqual(error.local, local)
          assert.deepEqual(error.remote, remote)
          assert.equal(error.option, option)
          const about = remote ?? error.local
          if (about !== undefined && 'host' in about)
            assert.deepEqual([error.address, error.port], [about.host, about.port])
          return true
        },
      )
    })
})

describe('EBADF after close', () => {
  const calls: Record<string, (s: Socket) => unknown> = {
    bind: (s) => s.bind({ host: '127.0.0.1', port: 0 }),
    listen: (s) => s.listen(),
    accept: (s) => s.accept(),
    connect: (s) => s.connect({ host: '127.0.0.1', port: 1 }),
    send: (s) => s.send('x'),
    sendto: (s) => s.sendto('x', { host: '127.0.0.1', port: 1 }),
    recv: (s) => s.recv(1),
    recvfrom: (s) => s.recvfrom(1),
    shutdown: (s) => s.shutdown(SHUT_RDWR),
    getsockname: (s) => s.getsockname(),
    getpeername: (s) => s.getpeername(),
    getsockopt: (s) => s.getsockopt(SO_RCVBUF),
    setsockopt: (s) => s.setsockopt(SO_RCVBUF, 1000),
  }
  for (const [syscall, call] of Object.entries(calls))
    it(syscall, async () => {
      for (const timeout of [null, 0, 100]) {
        const made = socket(AF_INET) as unknown as Socket
        made.settimeout(timeout)
        made.close()
        await assert.rejects(async () => call(made), { code: 'EBADF', errno: -9, syscall })
      }
    })

  it('sendall, recvInto and iterations', async () => {
    const made = socket(AF_INET)
    made.close()
    await assert.rejects(made.sendall('x'), { code: 'EBADF', bytesSent: 0 })
    await assert.rejects(made.recvInto(Buffer.alloc(1)), { code: 'EBADF' })
    for await (const chunk of made) assert.fail(String(chunk))
    for await (const each of made.connections()) assert.fail(String(each))
  })
})

describe('what this kernel does not have', () => {
  for (const [family, type, protocol, code] of [
    [99, SOCK_STREAM, 0, 'EAFNOSUPPORT'],
    [AF_INET, SOCK_STREAM, IPPROTO_UDP, 'EPROTONOSUPPORT'],
    [AF_INET, SOCK_SEQPACKET, 0, 'ESOCKTNOSUPPORT'],
    [AF_INET6, 77, 0, 'EINVAL'],
  ] as const)
    it(`socket(${family}, ${type}, ${protocol}): ${code}`, () => {
      assert.throws(
        () => socket(family as number, type, protocol),
        (error: unknown) => {
          assert.ok(error instanceof SystemError)
          assert.deepEqual([error.code, error.syscall], [code, 'socket'])
          // A hint says what is missing: the message is longer than the call and the code.
          if (code !== 'EINVAL') assert.ok(error.message.length > `socket ${code} ()`.length, error.message)
          return true
        },
      )
    })

  it('arguments that are no integers are TypeErrors', () => {
    assert.throws(() => socket('inet' as never), TypeError)
    assert.throws(() => socket(AF_INET, 1.5), TypeError)
    using made = socket(AF_INET)
    assert.throws(() => made.bind('127.0.0.1:80' as never), TypeError)
    assert.throws(() => made.bind({ family: 'unix', path: '/x' } as never), TypeError)
    assert.throws(() => made.bind({ host: '127.0.0.1', port: 65536 }), RangeError)
    assert.throws(() => made.listen(1.5), TypeError)
  })

  it('a byte that is none is a TypeError for send', async () => {
    using made = socket(AF_INET, SOCK_DGRAM)
    for (const wrong of [7, null, undefined, {}, [1], new Uint16Array(2)])
      await assert.rejects(made.send(wrong as never), TypeError)
  })
})

it(
  'EACCES: a privileged port, and a folder one may not write to, as nobody',
  needsRoot().skip ? needsRoot() : needsProgram('setpriv'),
  async () => {
    const { code, stdout, stderr } = await node(
      `import { AF_UNIX, socket } from 'berkeley'
     for (const [made, address] of [[socket(), { host: '127.0.0.1', port: 1 }], [socket(AF_UNIX), { path: '/proc/1/x' }]])
       try { made.bind(address); console.log('bound') } catch (error) { console.log(error.code, error.errno, error.syscall) } finally { made.close() }
     try { socket(2, 3, 1); console.log('raw') } catch (error) { console.log(error.code, error.syscall) }`,
      {
        before: [
          'setpriv',
          '--reuid=65534',
          '--regid=65534',
          '--clear-groups',
          '--bounding-set=-all',
          '--inh-caps=-all',
        ],
      },
    )
    assert.deepEqual([code, stderr], [0, ''])
    assert.match(stdout, /^EACCES -13 bind\n(EACCES -13|ENOENT -2) bind\nEPERM socket\n$/)
  },
)

it('a server that cannot be made leaves no descriptor', () => {
  assert.throws(() => createServer({ host: '192.0.2.99', port: 0 }), { code: 'EADDRNOTAVAIL' })
  assert.throws(() => createServer({ path: `${temporary()}/x` }), { code: 'ENOENT' })
})
