/** AF_UNIX with a python3 at the other end: names of every form, records, what is left, descriptors that are not wanted. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_UNIX,
  MSG_TRUNC,
  SO_INQ,
  SO_PASSCRED,
  SO_PASSRIGHTS,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type SystemError,
  socket,
  socketpair,
} from 'berkeley'
import { abstractName } from '../matrix.js'
import { python } from './peer.js'
import { ways } from './ways.js'

/** Skips where the kernel is older than an option. */
function older(error: unknown): void {
  if ((error as SystemError).code !== 'ENOPROTOOPT') throw error
}

for (const { name, of } of ways)
  describe(`unix sockets, ${name}`, needs, () => {
    it('of records keep each whole, both ways, and tell of one that was cut (SOCK_SEQPACKET)', async () => {
      using server = socket(AF_UNIX, SOCK_SEQPACKET)
      const abstract = abstractName()
      server.bind({ abstract })
      server.listen()
      await using peer = python(
        `s = socket(AF_UNIX, SOCK_SEQPACKET); s.connect('\\0${abstract}')
for each in [b'one', b'the second', b'x' * 1000]: s.send(each)
say([s.recvmsg(4)[::2] for _ in range(3)])
s.close(); hear()`,
      )
      const [accepted] = await of(server).accept()
      using connection = accepted
      assert.equal(String(await of(connection).recv(100)), 'one')
      const cut = await of(connection).recvmsg(3)
      assert.deepEqual([String(cut.data), cut.flags & MSG_TRUNC], ['the', MSG_TRUNC])
      const whole = await of(connection).recvmsg(2000)
      assert.deepEqual([whole.data.length, whole.flags & MSG_TRUNC], [1000, 0])
      for (const each of ['abc', 'defghi', 'j']) await of(connection).send(each)
      // A record's own length does not show where there was no room for it.
      assert.equal(await peer.line(), `[(b'abc', 0), (b'defg', ${MSG_TRUNC}), (b'j', 0)]`)
      assert.equal((await of(connection).recv(100)).length, 0)
    })

    it('have abstract names of any bytes', async () => {
      for (const text of [`${abstractName()}\0\0x`, `${abstractName()} é`]) {
        using server = socket(AF_UNIX, SOCK_DGRAM)
        server.bind({ abstract: text })
        await using peer = python(
          `s = socket(AF_UNIX, SOCK_DGRAM); s.bind(b'\\0\\xff\\0' + b'%d' % os.getpid())
s.connect(b'\\0' + bytes.fromhex(sys.argv[1])); s.send(b'hello'); say(repr(s.recv(100)))`,
          { args: [Buffer.from(text).toString('hex')] },
        )
        const [data, from] = await of(server).recvfrom(100)
        assert.equal(String(data), 'hello')
        // No text: the bytes themselves.
        assert.deepEqual(from?.abstract, Uint8Array.from([0xff, 0, ...Buffer.from(`${peer.pid}`)]))
        await of(server).sendto('back', from as NonNullable<typeof from>)
        assert.equal(await peer.line(), "b'back'")
      }
    })

    it('get a name from the kernel: by bind without one, and by SO_PASSCRED at connect', async () => {
      using server = socket(AF_UNIX, SOCK_DGRAM)
      server.bind({ path: '' })
      const own = server.getsockname().abstract
      assert.match(String(own), /^[0-9a-f]{5}$/)
      await using peer = python(
        `s = socket(AF_UNIX, SOCK_DGRAM); s.setsockopt(SOL_SOCKET, SO_PASSCRED, 1)
s.connect(b'\\0' + sys.argv[1].encode()); s.send(b'hello'); say(s.recv(100).decode())`,
        { args: [String(own)] },
      )
      const [, from] = await of(server).recvfrom(100)
      assert.match(String(from?.abstract), /^[0-9a-f]{5}$/)
      assert.notEqual(from?.abstract, own)
      await of(server).sendto('back', from as NonNullable<typeof from>)
      assert.equal(await peer.line(), 'back')
      // The same here.
      using client = socket(AF_UNIX, SOCK_DGRAM)
      client.setsockopt(SO_PASSCRED, true)
      await of(client).connect(server.getsockname())
      assert.match(String(client.getsockname().abstract), /^[0-9a-f]{5}$/)
    })

    it('take no descriptors where SO_PASSRIGHTS is off: EPERM for who sends them', async (t) => {
      for (const type of [SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET]) {
        const [here, there] = socketpair(AF_UNIX, type)
        using _ = here
        using __ = there
        try {
          here.setsockopt(SO_PASSRIGHTS, false)
        } catch (error) {
          older(error)
          return t.skip('this kernel is older than Linux 6.16')
        }
        await using peer = python(
          `import socket as module
s = module.socket(fileno=3)
while hear():
  try: module.send_fds(s, [b'x'], [0]); say('sent')
  except OSError as error: say(errno.errorcode[error.errno])`,
          { fds: [there.fileno()] },
        )
        peer.tell('send')
        assert.equal(await peer.line(), 'EPERM')
        await assert.rejects(of(there).sendFds('x', [0]), { code: 'EPERM' })
        await of(there).send('bytes alone')
        assert.equal(String(await of(here).recv(100)), 'bytes alone')
        here.setsockopt(SO_PASSRIGHTS, true)
        peer.tell('send')
        assert.equal(await peer.line(), 'sent')
        const { data, fds } = await of(here).recvFds(10, 2)
        assert.deepEqual([String(data), fds.length], ['x', 1])
        for (const each of fds) each.close()
      }
    })

    it('tell what is left of a stream with each read (SO_INQ)', async (t) => {
      const [here, there] = socketpair(AF_UNIX, SOCK_STREAM)
      using _ = here
      using __ = there
      try {
        here.setsockopt(SO_INQ, true)
      } catch (error) {
        older(error)
        return t.skip('this kernel is older than Linux 6.17')
      }
      await using peer = python(
        `import socket as module
s = module.socket(fileno=3); s.send(b'x' * 600); s.send(b'y' * 400); say('sent'); hear()`,
        { fds: [there.fileno()] },
      )
      await peer.line()
      for (const left of [990, 980, 970]) {
        const { control } = await of(here).recvmsg(10, { controlSize: 64 })
        assert.deepEqual(control, [{ kind: 'inq', value: left }])
      }
      assert.equal((await of(here).recv(2000)).length, 970)
    })
  })
