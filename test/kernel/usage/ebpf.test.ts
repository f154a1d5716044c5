/** eBPF programs on sockets: python3 loads them, their descriptors come by SCM_RIGHTS. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  type OwnedFd,
  SO_ATTACH_BPF,
  SO_ATTACH_REUSEPORT_EBPF,
  SO_DETACH_BPF,
  SO_DETACH_REUSEPORT_BPF,
  SO_GET_FILTER,
  SO_REUSEPORT,
  SOCK_DGRAM,
  socket,
  socketpair,
} from 'berkeley'
import { python } from './peer.js'

/** Loads a socket filter for each argument, which returns that number, and sends its descriptor. */
const LOAD = `
import ctypes, platform, socket as module
libc = ctypes.CDLL(None, use_errno=True)
BPF_PROG_LOAD, SOCKET_FILTER = 5, 1
CALL = {'x86_64': 321, 'aarch64': 280}[platform.machine()]
channel = module.socket(fileno=3)
for value in map(int, sys.argv[1:]):
  # r0 = value; exit
  program = struct.pack('=BBhiBBhi', 0xb7, 0, 0, value, 0x95, 0, 0, 0)
  text, license = ctypes.create_string_buffer(program, 16), ctypes.create_string_buffer(b'GPL')
  what = struct.pack('=IIQQ', SOCKET_FILTER, 2, ctypes.addressof(text), ctypes.addressof(license)).ljust(128, b'\\0')
  fd = libc.syscall(CALL, BPF_PROG_LOAD, ctypes.create_string_buffer(what, 128), 128)
  if fd < 0: say(errno.errorcode[ctypes.get_errno()]); sys.exit()
  module.send_fds(channel, [b'x'], [fd])
say('sent')
hear()`

async function programs(...values: number[]): Promise<OwnedFd[]> {
  const [here, there] = socketpair(AF_UNIX, SOCK_DGRAM)
  using _ = here
  using __ = there
  await using peer = python(LOAD, { args: values, fds: [there.fileno()] })
  const said = await peer.line()
  if (said !== 'sent') throw new Error(said)
  const owned: OwnedFd[] = []
  for (const _ of values) owned.push(...(await here.recvFds(1, 1)).fds)
  return owned
}

describe('eBPF', needs, () => {
  let loaded: readonly OwnedFd[] = []
  before(async () => {
    loaded = await programs(10, 0, 1)
  })
  after(() => {
    for (const each of loaded) each.close()
  })
  const fdOf = (index: number): number => (loaded[index] as OwnedFd).fd

  it('on a socket cuts or drops what comes, until it is taken away', async () => {
    using made = socket(AF_INET, SOCK_DGRAM)
    made.bind({ host: '127.0.0.1', port: 0 })
    using sender = socket(AF_INET, SOCK_DGRAM)
    await sender.connect(made.getsockname())
    made.settimeout(0)
    made.setsockopt(SO_ATTACH_BPF, fdOf(0))
    await sender.send('12345')
    // The header counts: 8 bytes of it, and two.
    assert.equal(String(await made.recv(10)), '12')
    assert.throws(() => made.getsockopt(SO_GET_FILTER), { code: 'EACCES' })
    made.setsockopt(SO_ATTACH_BPF, fdOf(1))
    await sender.send('dropped')
    await assert.rejects(made.recv(10), { code: 'EAGAIN' })
    made.setsockopt(SO_DETACH_BPF, true)
    await sender.send('12345')
    assert.equal(String(await made.recv(10)), '12345')
  })

  it('chooses the socket of a group', async () => {
    using one = socket(AF_INET, SOCK_DGRAM)
    using two = socket(AF_INET, SOCK_DGRAM)
    for (const each of [one, two]) {
      each.setsockopt(SO_REUSEPORT, true)
      each.bind(each === one ? { host: '127.0.0.1', port: 0 } : one.getsockname())
      each.settimeout(0)
    }
    for (const [program, chosen, other] of [
      [1, one, two],
      [2, two, one],
    ] as const) {
      one.setsockopt(SO_ATTACH_REUSEPORT_EBPF, fdOf(program))
      for (let i = 0; i < 8; i++) {
        using sender = socket(AF_INET, SOCK_DGRAM)
        await sender.sendto(`${i}`, one.getsockname())
        assert.equal(String(await chosen.recv(10)), `${i}`)
        await assert.rejects(other.recv(10), { code: 'EAGAIN' })
      }
    }
    one.setsockopt(SO_DETACH_REUSEPORT_BPF, true)
  })
})
