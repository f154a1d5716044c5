/** A peer that is no longer there is found: by probes, or by what it does not acknowledge. */
import { needs, sh, silence } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  SO_KEEPALIVE,
  SOCK_STREAM,
  SystemError,
  socket,
  TCP_INFO,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_USER_TIMEOUT,
  TimeoutError,
} from 'berkeley'
import { connection, ways } from './ways.js'

/** The kernel's own, and not that of settimeout. */
function given(up: unknown): boolean {
  assert.ok(up instanceof SystemError && !(up instanceof TimeoutError), String(up))
  assert.equal(up.code, 'ETIMEDOUT')
  return true
}

describe('keep-alive', needs, () => {
  it('its times are the connection’s, and ss shows the timer', async () => {
    using p = await connection()
    p.client.setsockopt(SO_KEEPALIVE, true)
    p.client.setsockopt(TCP_KEEPIDLE, 100)
    p.client.setsockopt(TCP_KEEPINTVL, 20)
    p.client.setsockopt(TCP_KEEPCNT, 3)
    const times = [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT].map((each) => p.client.getsockopt(each))
    assert.deepEqual(times, [100, 20, 3])
    const { port } = p.client.getsockname()
    assert.match(sh(`ss -Htno sport = :${port}`), /timer:\(keepalive,1min[34]\dsec/)
  })

  it('its probes are answered by a peer that is there, and nobody is told', async () => {
    using p = await connection()
    p.client.setsockopt(SO_KEEPALIVE, true)
    p.client.setsockopt(TCP_KEEPIDLE, 1)
    const before = p.client.getsockopt(TCP_INFO).segsIn as number
    p.client.settimeout(1500)
    await assert.rejects(p.client.recv(1), TimeoutError)
    const { segsIn, probes } = p.client.getsockopt(TCP_INFO)
    assert.ok((segsIn as number) > before, 'no answer to a probe came')
    assert.equal(probes, 0)
  })

  for (const host of ['127.0.0.1', '::1'])
    for (const { name, of } of ways)
      it(`finds that the peer is gone: ETIMEDOUT, to ${host} (${name})`, async () => {
        using p = await connection(host)
        p.client.setsockopt(SO_KEEPALIVE, true)
        p.client.setsockopt(TCP_KEEPIDLE, 1)
        p.client.setsockopt(TCP_KEEPINTVL, 1)
        p.client.setsockopt(TCP_KEEPCNT, 1)
        using _ = silence()
        await assert.rejects(of(p.client).recv(1), given)
        // Told once; what follows is the end.
        assert.equal((await of(p.client).recv(1)).length, 0)
      })
})

describe('TCP_USER_TIMEOUT', needs, () => {
  for (const host of ['127.0.0.1', '::1'])
    for (const { name, of } of ways) {
      it(`ends a connection whose data nobody acknowledges, to ${host} (${name})`, async () => {
        using p = await connection(host)
        p.client.setsockopt(TCP_USER_TIMEOUT, 300)
        assert.equal(p.client.getsockopt(TCP_USER_TIMEOUT), 300)
        using _ = silence()
        await of(p.client).sendall('into the void')
        await assert.rejects(of(p.client).recv(1), given)
        await assert.rejects(of(p.client).send('x'), { code: 'EPIPE' })
      })

      it(`ends a sendall that waits for room, to ${host} (${name})`, async () => {
        using p = await connection(host)
        p.client.setsockopt(TCP_USER_TIMEOUT, 300)
        using _ = silence()
        await assert.rejects(of(p.client).sendall(Buffer.alloc(16 << 20)), (error: SystemError) => {
          assert.ok((error.bytesSent as number) < 16 << 20)
          return given(error)
        })
      })
    }

  for (const { name, of } of ways)
    it(`ends a connect that nobody answers (${name})`, async () => {
      using made = socket(AF_INET, SOCK_STREAM)
      made.setsockopt(TCP_USER_TIMEOUT, 300)
      using _ = silence()
      await assert.rejects(of(made).connect({ host: '127.0.0.1', port: 9 }), given)
    })
})
