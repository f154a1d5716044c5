/** cork and uncork: small writes that become one, in order with everything else that is sent. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  MSG_WAITALL,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
  spin,
} from 'berkeley'
import { Several, tcp, turns } from './matrix.js'

const pair = (several: Several): [Socket, Socket] =>
  socketpair().map((each) => several.add(each)) as unknown as [Socket, Socket]

describe('a corked socket', () => {
  it('sends what it was given as one, when uncorked', async () => {
    using p = await tcp()
    p.client.cork().cork()
    assert.equal(await p.client.send('one '), 4)
    await p.client.sendall('two ')
    assert.equal(p.client.trySend('three'), 5)
    p.server.settimeout(0)
    await assert.rejects(p.server.recv(1), { code: 'EAGAIN' })
    p.server.settimeout(null)
    await p.client.uncork()
    assert.equal(`${await p.server.recv(100)}`, 'one two three')
    await p.client.uncork()
    await p.client.sendall('plain')
    assert.equal(`${await p.server.recv(100)}`, 'plain')
  })

  it('keeps all bytes in order, whatever their sizes', async () => {
    using p = await tcp()
    const sizes = [1, 65536, 10, 65000, 600, 200_000, 5, 0, 65535, 2]
    const whole = Buffer.concat(sizes.map((size, i) => Buffer.alloc(size, 65 + i)))
    p.client.cork()
    const got = p.server.recv(whole.length, { flags: MSG_WAITALL })
    await Promise.all(sizes.map((size, i) => p.client.sendall(Buffer.alloc(size, 65 + i))))
    await p.client.uncork()
    assert.ok((await got).equals(whole))
  })

  it('lets go before other sends, shutdown and close', async () => {
    using several = new Several()
    const [from, to] = pair(several)
    from.cork()
    await from.sendall('1')
    await from.sendmsg({ data: '2' })
    await from.sendall('3')
    from.sendSync('4')
    await from.sendall('5')
    from.shutdown(SHUT_WR)
    assert.equal(`${await to.recv(100, { flags: MSG_WAITALL })}`, '12345')
    to.cork()
    await to.sendall('bye')
    to.close()
    assert.equal(`${await from.recv(100)}`, 'bye')
    const [giver, other] = pair(several)
    giver.cork()
    await giver.sendall('taken along')
    several.add(socket(AF_UNIX, SOCK_STREAM, 0, { fileno: giver.detach() }))
    assert.equal(`${await other.recv(100)}`, 'taken along')
  })

  it('copies: the bytes may change once the promise has resolved', async () => {
    using several = new Several()
    const [from, to] = pair(several)
    const bytes = Buffer.from('before')
    from.cork()
    await from.sendall(bytes)
    bytes.fill('x')
    await from.uncork()
    assert.equal(`${await to.recv(100)}`, 'before')
  })

  it('tells of a peer that has gone when it is uncorked, and of its own end', async () => {
    using several = new Several()
    const [from, to] = pair(several)
    from.cork()
    await from.sendall('x')
    to.close()
    await assert.rejects(from.uncork(), { code: 'EPIPE' })
    from.cork()
    from.close()
    await assert.rejects(from.sendall('x'), { code: 'EBADF' })
    assert.throws(() => several.add(socket(AF_INET, SOCK_DGRAM)).cork(), TypeError)
  })
})

describe('spin', () => {
  it('changes nothing of what arrives, and lets timers run', async () => {
    using p = await tcp()
    spin(100)
    try {
      let ticks = 0
      const timer = setInterval(() => ticks++, 1)
      const echo = (async () => {
        for await (const chunk of p.server) await p.server.sendall(chunk)
      })()
      for (let i = 0; i < 2000; i++) {
        await p.client.sendall(`${i}`.padStart(8))
        assert.equal(Number(await p.client.recv(8)), i)
      }
      while (ticks === 0) await turns()
      clearInterval(timer)
      p.client.shutdown(SHUT_WR)
      await echo
    } finally {
      spin(0)
    }
    for (const wrong of [-1, 2001, 1.5, '5']) assert.throws(() => spin(wrong as number), RangeError)
  })
})
