/** How TCP cuts and paces a stream: what the peer's kernel counts, and what ss says of it. */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  AF_INET,
  MSG_MORE,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
  TCP_CLOSE_WAIT,
  TCP_CONGESTION,
  TCP_CORK,
  TCP_ESTABLISHED,
  TCP_FIN_WAIT2,
  TCP_INFO,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_NOTSENT_LOWAT,
  TCP_QUICKACK,
  UDP_CORK,
} from 'berkeley'
import { fill, until } from '../matrix.js'
import { connection, type Ip, ways } from './ways.js'

const hosts = ['127.0.0.1', '::1']
const segments = (of: Socket<Ip>): number => of.getsockopt(TCP_INFO).dataSegsIn as number
const ss = (of: Socket<Ip>): string => sh(`ss -Htin sport = :${of.getsockname().port}`)

describe('congestion control', needs, () => {
  it('is chosen by name, among those that there are', async () => {
    const names = readFileSync('/proc/sys/net/ipv4/tcp_available_congestion_control', 'utf8')
      .trim()
      .split(' ')
    using p = await connection()
    assert.ok(names.includes('reno') && names.includes('cubic'), String(names))
    for (const name of names) {
      p.client.setsockopt(TCP_CONGESTION, name)
      assert.equal(p.client.getsockopt(TCP_CONGESTION), name)
      // Newer versions of ss pass over reno, the one that every kernel has.
      if (name !== 'reno') assert.match(ss(p.client), new RegExp(`\\b${name}\\b`))
    }
  })

  it('of an unknown name is ENOENT', () => {
    using made = socket(AF_INET, SOCK_STREAM)
    assert.throws(() => made.setsockopt(TCP_CONGESTION, 'sluggish'), {
      code: 'ENOENT',
      syscall: 'setsockopt',
    })
  })

  for (const host of hosts)
    it(`of a listener is that of its connections, on ${host}`, async () => {
      using p = await connection(host, (listener) => listener.setsockopt(TCP_CONGESTION, 'reno'))
      assert.equal(p.server.getsockopt(TCP_CONGESTION), 'reno')
    })
})

for (const host of hosts)
  for (const { name, of } of ways)
    describe(`small sends on ${host}, ${name}`, needs, () => {
      it('are a segment each with TCP_NODELAY', async () => {
        using p = await connection(host)
        p.client.setsockopt(TCP_NODELAY, true)
        for (const text of ['a', 'b', 'c']) await of(p.client).send(text)
        assert.equal(segments(p.server), 3)
      })

      it('are held back by TCP_CORK, and one segment when it is off', async () => {
        using p = await connection(host)
        p.client.setsockopt(TCP_CORK, true)
        for (const text of ['a', 'b', 'c']) await of(p.client).send(text)
        assert.equal(segments(p.server), 0)
        p.client.setsockopt(TCP_CORK, false)
        assert.equal(`${await of(p.server).recv(10)}`, 'abc')
        assert.equal(segments(p.server), 1)
      })

      it('are held back by MSG_MORE until one comes without', async () => {
        using p = await connection(host)
        await of(p.client).sendall('head ', { flags: MSG_MORE })
        await of(p.client).sendmsg({ data: ['and ', 'more '] }, { flags: MSG_MORE })
        assert.equal(segments(p.server), 0)
        await of(p.client).send('tail')
        assert.equal(`${await of(p.server).recv(100)}`, 'head and more tail')
        assert.equal(segments(p.server), 1)
      })
    })

describe('a datagram put together', needs, () => {
  for (const { name, of } of ways)
    it(`by MSG_MORE, and by UDP_CORK (${name})`, async () => {
      using receiver = socket(AF_INET, SOCK_DGRAM)
      receiver.bind({ host: '127.0.0.1', port: 0 })
      using made = socket(AF_INET, SOCK_DGRAM)
      const sender = of(made)
      await sender.connect(receiver.getsockname())
      await sender.send('one ', { flags: MSG_MORE })
      await sender.send('datagram')
      assert.equal(`${await of(receiver).recv(100)}`, 'one datagram')
      sender.setsockopt(UDP_CORK, true)
      await sender.send('and ')
      await sender.send('another')
      sender.setsockopt(UDP_CORK, false)
      assert.equal(`${await of(receiver).recv(100)}`, 'and another')
    })
})

describe('TCP_MAXSEG', needs, () => {
  for (const host of hosts)
    it(`is what the peer cuts by, on ${host}`, async () => {
      using p = await connection(host, (_, client) => client.setsockopt(TCP_MAXSEG, 600))
      // Timestamps take twelve bytes of each segment.
      assert.equal(p.server.getsockopt(TCP_INFO).sndMss, 588)
      assert.equal(p.client.getsockopt(TCP_MAXSEG), 588)
      await p.server.sendall(Buffer.alloc(588 * 10))
      let length = 0
      while (length < 588 * 10) length += (await p.client.recv(65536)).length
      assert.equal(segments(p.client), 10)
    })
})

describe('TCP_NOTSENT_LOWAT', needs, () => {
  it('keeps what is not sent yet short', async () => {
    const unsent = async (lowat: number): Promise<number> => {
      using p = await connection()
      p.client.setsockopt(TCP_NOTSENT_LOWAT, lowat)
      assert.equal(p.client.getsockopt(TCP_NOTSENT_LOWAT), lowat)
      p.client.settimeout(0)
      await fill(() => p.client.send(Buffer.alloc(1000)))
      return p.client.getsockopt(TCP_INFO).notsentBytes as number
    }
    const short = await unsent(8192)
    const long = await unsent(0xffffffff)
    assert.ok(short < 65536 && short < long / 2, `${short} ${long}`)
  })
})

describe('TCP_QUICKACK', needs, () => {
  it('is on or off, as it was set last', async () => {
    using p = await connection()
    for (const on of [false, true, false]) {
      p.client.setsockopt(TCP_QUICKACK, on)
      assert.equal(p.client.getsockopt(TCP_QUICKACK), on)
    }
  })
})

describe('TCP_INFO', needs, () => {
  for (const host of hosts)
    it(`tells of a live connection what ss tells, on ${host}`, async () => {
      using p = await connection(host)
      await p.client.sendall(Buffer.alloc(1000))
      await p.server.recv(1000)
      await p.server.sendall(Buffer.alloc(300))
      await p.client.recv(300)
      const info = p.client.getsockopt(TCP_INFO)
      assert.equal(info.state, TCP_ESTABLISHED)
      assert.deepEqual([info.bytesSent, info.bytesAcked, info.bytesReceived], [1000, 1001, 300])
      assert.deepEqual([info.unacked, info.lost, info.retrans, info.totalRetrans], [0, 0, 0, 0])
      assert.ok(info.rtt > 0 && info.rto >= 200_000 && info.sndCwnd > 0 && info.pmtu >= 65535)
      const told = (field: string): number =>
        Number(new RegExp(`\\b${field}:([\\d.]+)`).exec(ss(p.client))?.[1])
      assert.equal(told('mss'), info.sndMss)
      assert.equal(told('cwnd'), info.sndCwnd)
      assert.equal(told('bytes_received'), info.bytesReceived)
      assert.equal(told('bytes_sent'), info.bytesSent)
      assert.equal(told('bytes_acked'), info.bytesAcked)
      assert.equal(told('rto'), info.rto / 1000)
    })

  it('tells how far the end has come', async () => {
    using p = await connection()
    p.client.shutdown(SHUT_WR)
    assert.equal((await p.server.recv(1)).length, 0)
    assert.equal(p.server.getsockopt(TCP_INFO).state, TCP_CLOSE_WAIT)
    await until(() => p.client.getsockopt(TCP_INFO).state === TCP_FIN_WAIT2, 'an acknowledged end')
  })
})
