/** sendZerocopy: memory is given back, and what arrives is what was sent. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AF_INET, MSG_WAITALL, SOCK_DGRAM, type Socket, socket, socketpair } from 'berkeley'
import { pair, Several, streams, tcp } from './matrix.js'

for (const each of streams.filter(({ name }) => /^inet/.test(name)))
  describe(`sendZerocopy, ${each.name}`, () => {
    it('resolves when the memory is free; loopback copies', async () => {
      using p = await pair(each)
      const bytes = Buffer.alloc(100_000, 'z')
      const got = p.server.recv(bytes.length, { flags: MSG_WAITALL })
      let sent = 0
      while (sent < bytes.length) {
        const part = await p.client.sendZerocopy(bytes.subarray(sent))
        assert.equal(part.copied, true)
        sent += part.bytes
      }
      assert.ok((await got).equals(bytes))
    })
  })

describe('sendZerocopy', () => {
  it('many at once are told apart, and in order', async () => {
    using p = await tcp()
    const pieces = Array.from({ length: 60 }, (_, i) => Buffer.alloc(20_000, i))
    const whole = Buffer.concat(pieces)
    const got = p.server.recv(whole.length, { flags: MSG_WAITALL })
    const sent = await Promise.all(pieces.map((piece) => p.client.sendZerocopy(piece)))
    assert.deepEqual(
      sent.map(({ bytes }) => bytes),
      pieces.map(({ length }) => length),
    )
    assert.ok((await got).equals(whole))
  })

  it('goes with datagrams, and beside ordinary reads', async () => {
    using several = new Several()
    const [a, b] = [0, 1].map(() => {
      const made = several.add(socket(AF_INET, SOCK_DGRAM))
      made.bind({ host: '127.0.0.1', port: 0 })
      return made
    }) as [Socket, Socket]
    await a.connect(b.getsockname())
    const waiting = a.recvfrom(10)
    assert.deepEqual(await a.sendZerocopy('x'.repeat(9000)), { bytes: 9000, copied: true })
    const [data, from] = await b.recvfrom(65535)
    assert.equal(data.length, 9000)
    await b.sendto('back', from as never)
    assert.equal(`${(await waiting)[0]}`, 'back')
  })

  it('that is closed before it is told, or cannot be, fails', async () => {
    using several = new Several()
    const [local] = socketpair().map((each) => several.add(each)) as [Socket, Socket]
    await assert.rejects(local.sendZerocopy('x'), { code: 'EOPNOTSUPP' })
    using p = await tcp()
    await p.client.sendZerocopy('x')
    p.client.close()
    await assert.rejects(p.client.sendZerocopy('x'), { code: 'EBADF' })
  })
})
