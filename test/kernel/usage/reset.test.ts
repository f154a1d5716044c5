/** How connections end: in order, half, or by a reset; with python3 at the other end. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { SHUT_WR, SO_LINGER } from 'berkeley'
import { joined } from './peer.js'
import { ways } from './ways.js'

for (const host of ['127.0.0.1', '::1'])
  for (const { name, of } of ways)
    describe(`over ${host}, ${name}`, needs, () => {
      it('close is the end of the stream to the peer', async () => {
        const { peer, connection } = await joined(host, 'say(read()); say(read())')
        await using _ = peer
        using made = connection
        await of(made).sendall('last words')
        made.close()
        assert.deepEqual([await peer.line(), await peer.line()], ['last words', ''])
      })

      it('close with SO_LINGER 0 resets the peer', async () => {
        const { peer, connection } = await joined(host, 'say(read())')
        await using _ = peer
        using made = connection
        made.setsockopt(SO_LINGER, 0)
        made.close()
        assert.equal(await peer.line(), 'ECONNRESET')
      })

      it('close with bytes unread resets the peer', async () => {
        const { peer, connection } = await joined(host, `s.send(b'never read'); say('sent'); say(read())`)
        await using _ = peer
        using made = connection
        assert.equal(await peer.line(), 'sent')
        made.close()
        assert.equal(await peer.line(), 'ECONNRESET')
      })

      it('the peer’s reset is ECONNRESET, and EPIPE from then on', async () => {
        const { peer, connection } = await joined(
          host,
          `hear(); s.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack('ii', 1, 0)); s.close(); say('closed')`,
        )
        await using _ = peer
        using made = connection
        const remote = made.getpeername()
        peer.tell('now')
        await assert.rejects(of(made).recv(10), { code: 'ECONNRESET', syscall: 'recv', remote })
        await assert.rejects(of(made).send('x'), { code: 'EPIPE', syscall: 'send', remote })
      })

      it('the peer’s half-close ends reading, and sending goes on', async () => {
        const { peer, connection } = await joined(
          host,
          `s.send(b'question'); s.shutdown(SHUT_WR); say(read()); say(read())`,
        )
        await using _ = peer
        using made = connection
        let question = ''
        for (let chunk = await of(made).recv(100); chunk.length > 0; chunk = await of(made).recv(100))
          question += String(chunk)
        assert.equal(question, 'question')
        await of(made).sendall('answer')
        assert.equal(await peer.line(), 'answer')
        made.close()
        assert.equal(await peer.line(), '')
      })

      it('a half-close here ends the peer’s reading, and its answer comes', async () => {
        const { peer, connection } = await joined(
          host,
          `text = ''
while (chunk := read()): text += chunk
s.send(text.upper().encode()); s.close()`,
        )
        await using _ = peer
        using made = connection
        await of(made).sendall('question')
        made.shutdown(SHUT_WR)
        await assert.rejects(of(made).send('x'), { code: 'EPIPE' })
        assert.equal(`${await of(made).recv(100)}`, 'QUESTION')
        assert.equal((await of(made).recv(100)).length, 0)
      })
    })
