/** Who is at the other end of a unix socket: a python3 that is another user. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { closeSync, readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  AF_UNIX,
  type Message,
  SO_PASSCRED,
  SO_PASSPIDFD,
  SO_PEERCRED,
  SO_PEERGROUPS,
  SO_PEERPIDFD,
  SO_PEERSEC,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  socket,
  socketpair,
  type UnixAddress,
} from 'berkeley'
import { abstractName } from '../matrix.js'
import { type Peer, python } from './peer.js'
import { ways } from './ways.js'

const UID = 12345
const GID = 12346

/** A python3 that gives up being root, says its process's number, and does as it is told with a socket. */
const other = (type: string, name: string, script: string): Peer =>
  python(
    `os.setgroups([10, 20]); os.setgid(${GID}); os.setuid(${UID}); say(os.getpid())
hear()
s = socket(AF_UNIX, ${type}); s.connect('\\0${name}')
${script}
hear()`,
  )

/** The process that a pidfd is of. */
const processOf = (fd: number): number =>
  Number(/^Pid:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1])

/** The credentials in a message, and the process of its pidfd, which is closed. */
function sender({ control }: Message<UnixAddress>): { credentials?: object; pid?: number } {
  const found: { credentials?: object; pid?: number } = {}
  for (const message of control) {
    if (message.kind === 'credentials') found.credentials = message.value
    if (message.kind !== 'pidfd') continue
    using owned = message.value
    found.pid = processOf(owned.fd)
  }
  return found
}

for (const { name: way, of } of ways)
  describe(`the peer, ${way}`, needs, () => {
    for (const [type, name] of [
      [SOCK_STREAM, 'SOCK_STREAM'],
      [SOCK_SEQPACKET, 'SOCK_SEQPACKET'],
    ] as const)
      it(`of a connection has SO_PEERCRED, SO_PEERGROUPS and SO_PEERPIDFD (${name})`, async () => {
        using server = socket(AF_UNIX, type)
        const abstract = abstractName()
        server.bind({ abstract })
        server.listen()
        await using peer = other(name, abstract, `s.send(b'hello')`)
        const pid = await peer.number()
        peer.tell('connect')
        const [accepted] = await of(server).accept()
        using connection = accepted
        assert.deepEqual(connection.getsockopt(SO_PEERCRED), { pid, uid: UID, gid: GID })
        assert.deepEqual([...connection.getsockopt(SO_PEERGROUPS)].sort(), [10, 20])
        const pidfd = connection.getsockopt(SO_PEERPIDFD)
        assert.equal(processOf(pidfd), pid)
        closeSync(pidfd)
      })

    for (const [type, name] of [
      [SOCK_STREAM, 'SOCK_STREAM'],
      [SOCK_SEQPACKET, 'SOCK_SEQPACKET'],
    ] as const)
      it(`of each message has its credentials and a pidfd, where they are asked for (${name})`, async () => {
        using server = socket(AF_UNIX, type)
        const abstract = abstractName()
        server.bind({ abstract })
        server.listen()
        await using peer = other(name, abstract, `hear(); s.send(b'hello')`)
        const pid = await peer.number()
        peer.tell('connect')
        const [accepted] = await of(server).accept()
        using connection = accepted
        connection.setsockopt(SO_PASSCRED, true)
        connection.setsockopt(SO_PASSPIDFD, true)
        peer.tell('send')
        const message = await of(connection).recvmsg(100, { controlSize: 128 })
        assert.equal(`${message.data}`, 'hello')
        assert.deepEqual(sender(message), { credentials: { pid, uid: UID, gid: GID }, pid })
      })

    it('of a datagram has credentials and a pidfd', async () => {
      using here = socket(AF_UNIX, SOCK_DGRAM)
      const abstract = abstractName()
      here.bind({ abstract })
      here.setsockopt(SO_PASSCRED, true)
      here.setsockopt(SO_PASSPIDFD, true)
      await using peer = other('SOCK_DGRAM', abstract, `s.send(b'hello')`)
      const pid = await peer.number()
      peer.tell('send')
      const message = await of(here).recvmsg(100, { controlSize: 128 })
      assert.deepEqual(sender(message), { credentials: { pid, uid: UID, gid: GID }, pid })
    })

    it('cannot say that it is somebody else: EPERM; root can', async () => {
      using here = socket(AF_UNIX, SOCK_DGRAM)
      const abstract = abstractName()
      here.bind({ abstract })
      here.setsockopt(SO_PASSCRED, true)
      await using peer = other(
        'SOCK_DGRAM',
        abstract,
        `try: s.sendmsg([b'root'], [(SOL_SOCKET, SCM_CREDENTIALS, struct.pack('iII', os.getpid(), 0, 0))])
except OSError as error: say(errno.errorcode[error.errno])`,
      )
      await peer.line()
      peer.tell('send')
      assert.equal(await peer.line(), 'EPERM')
      using forger = socket(AF_UNIX, SOCK_DGRAM)
      const value = { pid: 1, uid: UID, gid: GID }
      await of(forger).sendmsg({
        data: 'x',
        address: { abstract },
        control: [{ kind: 'credentials', value }],
      })
      assert.deepEqual(sender(await of(here).recvmsg(10, { controlSize: 64 })), { credentials: value })
    })
  })

describe('a pair', needs, () => {
  it('has this process at both ends', () => {
    const [left, right] = socketpair()
    using _ = left
    using __ = right
    const own = { pid: process.pid, uid: 0, gid: 0 }
    assert.deepEqual(
      [left, right].map((each) => each.getsockopt(SO_PEERCRED)),
      [own, own],
    )
  })

  it('has a security label, or none where no security module labels sockets', () => {
    const [left, right] = socketpair()
    using _ = left
    using __ = right
    try {
      assert.notEqual(left.getsockopt(SO_PEERSEC), '')
    } catch (error) {
      assert.equal((error as { code: string }).code, 'ENOPROTOOPT')
    }
  })
})
