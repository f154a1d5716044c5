/** TCP with a layer on top (TCP_ULP), where the kernel has that of TLS. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TCP_ULP } from 'berkeley'
import { connection } from '../kernel/usage/ways.js'

describe('TCP_ULP', () => {
  it('puts TLS on top, once', async () => {
    using p = await connection()
    assert.equal(p.client.getsockopt(TCP_ULP), '')
    p.client.setsockopt(TCP_ULP, 'tls')
    assert.equal(p.client.getsockopt(TCP_ULP), 'tls')
    assert.throws(() => p.client.setsockopt(TCP_ULP, 'tls'), { code: 'EEXIST' })
    // Without keys the bytes are plain.
    await p.client.send('plain')
    assert.equal(String(await p.server.recv(10)), 'plain')
  })
})
