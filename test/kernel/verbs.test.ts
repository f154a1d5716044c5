/** Every verb over every family and type. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { inspect } from 'node:util'
import {
  formatAddress,
  SHUT_WR,
  SO_ACCEPTCONN,
  SO_DOMAIN,
  SO_ERROR,
  SO_RCVBUF,
  SO_TYPE,
  SOCK_DGRAM,
  SOL_SOCKET,
  sameAddress,
  socket,
} from 'berkeley'
import { connected, datagrams, every, pair, Several, turns } from './matrix.js'

for (const each of every)
  describe(each.name, () => {
    it('socket: family, type and descriptor are what was asked for', () => {
      using made = socket(each.family, each.type)
      assert.equal(made.family, each.family)
      assert.equal(made.type, each.type)
      assert.ok(made.fileno() > 2)
      assert.equal(made.getsockopt(SO_DOMAIN), each.family)
      assert.equal(made.getsockopt(SO_TYPE), each.type)
    })

    it('bind and getsockname: the address that was bound', () => {
      using made = socket(each.family, each.type)
      const given = each.address()
      made.bind(given)
      const own = made.getsockname()
      if ('host' in given) {
        assert.ok('host' in own && own.host === given.host && own.port > 0)
      } else if ('path' in given && given.path === '') {
        assert.ok('abstract' in own && String(own.abstract).length === 5, formatAddress(own))
      } else assert.deepEqual(own, { family: 'unix', ...given })
    })

    it('getsockopt and setsockopt: typed, by number, and as bytes', () => {
      using made = socket(each.family, each.type)
      made.setsockopt(SO_RCVBUF, 20_000)
      assert.equal(made.getsockopt(SO_RCVBUF), 40_000)
      made.setsockopt(SOL_SOCKET, SO_RCVBUF.option, 30_000)
      assert.equal(made.getsockopt(SOL_SOCKET, SO_RCVBUF.option), 60_000)
      made.setsockopt(SOL_SOCKET, SO_RCVBUF, Buffer.from([0x50, 0xc3, 0, 0]))
      assert.deepEqual(made.getsockopt(SOL_SOCKET, SO_RCVBUF, 4), Buffer.from([0xa0, 0x86, 1, 0]))
      assert.equal(made.getsockopt(SO_ERROR), 0)
    })

    it('setblocking, getblocking, settimeout, gettimeout', () => {
      using made = socket(each.family, each.type)
      assert.deepEqual([made.getblocking(), made.gettimeout()], [true, null])
      made.setblocking(false)
      assert.deepEqual([made.getblocking(), made.gettimeout()], [false, 0])
      made.settimeout(1500)
      assert.deepEqual([made.getblocking(), made.gettimeout()], [true, 1500])
      made.setblocking(true)
      assert.deepEqual([made.getblocking(), made.gettimeout()], [true, null])
      for (const wrong of [-1, Number.NaN, 2 ** 31]) assert.throws(() => made.settimeout(wrong), RangeError)
    })

    it('close: twice is once, and the number is gone', () => {
      const made = socket(each.family, each.type)
      made.close()
      made.close()
      assert.equal(made.fileno(), -1)
      assert.throws(() => made.getsockname(), { code: 'EBADF', errno: -9, syscall: 'getsockname' })
    })

    it('connect, getpeername: both ends know each other', async () => {
      using p = await pair(each)
      assert.ok(sameAddress(p.client.getpeername(), p.listener.getsockname()))
      if (each.type === SOCK_DGRAM || 'port' in p.client.getsockname())
        assert.ok(sameAddress(p.server.getpeername(), p.client.getsockname()))
      else assert.deepEqual(p.server.getpeername(), { family: 'unix', path: '' })
    })

    it('send, recv, recvInto, recvfrom, recvfromInto, sendall', async () => {
      using p = await pair(each)
      assert.equal(await p.client.send('one'), 3)
      assert.equal((await p.server.recv(100)).toString(), 'one')
      const room = Buffer.alloc(8)
      await p.client.sendall(Buffer.from('two'))
      assert.equal(await p.server.recvInto(room), 3)
      assert.equal(room.toString('latin1', 0, 4), 'two\0')
      await p.client.sendall('three')
      const [data, from] = await p.server.recvfrom(100)
      assert.equal(data.toString(), 'three')
      if (each.type === SOCK_DGRAM) assert.ok(from !== null && sameAddress(from, p.client.getsockname()))
      else assert.equal(from, null)
      await p.client.send('four')
      assert.deepEqual(await p.server.recvfromInto(room), [4, from])
      assert.equal(room.toString('latin1', 0, 4), 'four')
    })

    it('the same when the receiver waits first', async () => {
      using p = await pair(each)
      const room = Buffer.alloc(8)
      const waits = [
        p.server.recv(100),
        p.server.recvInto(room),
        p.server.recvfrom(100),
        p.server.recvfromInto(Buffer.alloc(8)),
      ] as const
      await turns()
      for (const text of ['1', '22', '333', '4444']) {
        await p.client.sendall(text)
        await waits[text.length - 1]
      }
      assert.equal((await waits[0]).toString(), '1')
      assert.deepEqual([await waits[1], room.toString('latin1', 0, 2)], [2, '22'])
      const [data, from] = await waits[2]
      assert.equal(data.toString(), '333')
      assert.deepEqual(await waits[3], [4, from])
      if (each.type === SOCK_DGRAM) assert.ok(from !== null && sameAddress(from, p.client.getsockname()))
    })

    it('inspect: the descriptor, family, type and addresses', async () => {
      using p = await pair(each)
      const text = inspect(p.client)
      assert.match(text, /^Socket <fd \d+, AF_(INET|INET6|UNIX), SOCK_(STREAM|DGRAM|SEQPACKET), local /)
      assert.ok(text.includes(`remote ${formatAddress(p.listener.getsockname())}`), text)
      p.client.close()
      assert.match(inspect(p.client), /^Socket <closed, /)
    })
  })

for (const each of connected)
  describe(each.name, () => {
    it('listen and accept: the connection and its peer', async () => {
      using several = new Several()
      const listener = several.add(socket(each.family, each.type))
      listener.bind(each.address())
      assert.equal(listener.getsockopt(SO_ACCEPTCONN), false)
      listener.listen()
      assert.equal(listener.getsockopt(SO_ACCEPTCONN), true)
      assert.match(inspect(listener), /, listening/)
      const client = several.add(socket(each.family, each.type))
      const accepted = listener.accept()
      await turns()
      await client.connect(listener.getsockname())
      const [connection, peer] = await accepted
      several.add(connection)
      assert.equal(connection.type, each.type)
      assert.equal(connection.family, each.family)
      assert.deepEqual(connection.getpeername(), peer)
    })

    it('connectEx: 0 when it succeeds', async () => {
      using several = new Several()
      const listener = several.add(socket(each.family, each.type))
      listener.bind(each.address())
      listener.listen()
      const client = several.add(socket(each.family, each.type))
      assert.equal(await client.connectEx(listener.getsockname()), 0)
    })

    it('shutdown(SHUT_WR): the peer reads the end as an empty buffer, again and again', async () => {
      using p = await pair(each)
      await p.client.sendall('last')
      p.client.shutdown(SHUT_WR)
      assert.equal((await p.server.recv(10)).toString(), 'last')
      for (let i = 0; i < 3; i++) assert.equal((await p.server.recv(10)).length, 0)
      assert.equal(await p.server.recvInto(Buffer.alloc(4)), 0)
      await p.server.sendall('still open this way')
      assert.equal((await p.client.recv(100)).toString(), 'still open this way')
    })
  })

for (const each of datagrams)
  describe(each.name, () => {
    it('sendto and recvfrom: the answer goes to where the question came from', async () => {
      using several = new Several()
      const server = several.add(socket(each.family, each.type))
      const client = several.add(socket(each.family, each.type))
      server.bind(each.address())
      client.bind(each.address())
      for (let i = 0; i < 3; i++) {
        assert.equal(await client.sendto(`question ${i}`, server.getsockname()), 10)
        const [question, from] = await server.recvfrom(100)
        assert.equal(question.toString(), `question ${i}`)
        assert.ok(from !== null)
        await server.sendto('answer', from)
        assert.deepEqual(await client.recvfrom(100), [Buffer.from('answer'), server.getsockname()])
      }
    })

    it('sendto with nobody for an address is a TypeError', async () => {
      using made = socket(each.family, each.type)
      for (const nobody of [null, undefined])
        await assert.rejects(made.sendto('x', nobody as never), TypeError)
    })
  })
