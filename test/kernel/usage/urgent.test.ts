/** TCP's urgent byte, beside the stream or in it, with python3 at the other end. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { MSG_OOB, SO_OOBINLINE } from 'berkeley'
import { joined } from './peer.js'
import { ways } from './ways.js'

for (const host of ['127.0.0.1', '::1'])
  for (const { name, of } of ways)
    describe(`urgent data over ${host}, ${name}`, needs, () => {
      it('from python3 is read beside the stream, once', async () => {
        const { peer, connection } = await joined(
          host,
          `s.send(b'before'); s.send(b'!', MSG_OOB); s.send(b'after'); say('sent'); hear()`,
        )
        await using _ = peer
        using made = connection
        const here = of(made)
        assert.equal(await peer.line(), 'sent')
        assert.equal(`${await here.recv(1, { flags: MSG_OOB })}`, '!')
        await assert.rejects(here.recv(1, { flags: MSG_OOB }), { code: 'EINVAL' })
        let text = ''
        while (text.length < 11) text += String(await here.recv(100))
        assert.equal(text, 'beforeafter')
      })

      it('from python3 is in line where that is asked for, and a read ends before it', async () => {
        const { peer, connection } = await joined(
          host,
          `hear(); s.send(b'before'); s.send(b'!', MSG_OOB); s.send(b'after'); say('sent'); hear()`,
        )
        await using _ = peer
        using made = connection
        const here = of(made)
        here.setsockopt(SO_OOBINLINE, true)
        peer.tell('now')
        assert.equal(await peer.line(), 'sent')
        assert.equal(`${await here.recv(100)}`, 'before')
        assert.equal(`${await here.recv(100)}`, '!after')
        await assert.rejects(here.recv(1, { flags: MSG_OOB }), { code: 'EINVAL' })
      })

      it('to python3 is an exceptional condition, and read beside the stream', async () => {
        const { peer, connection } = await joined(
          host,
          `_, _, urgent = select.select([], [], [s], 10)
say(len(urgent)); say(s.recv(10, MSG_OOB).decode())
text = b''
while len(text) < 11: text += s.recv(100)
say(text.decode())`,
        )
        await using _ = peer
        using made = connection
        const here = of(made)
        await here.sendall('before')
        assert.equal(await here.send('?!', { flags: MSG_OOB }), 2)
        await here.sendall('then')
        assert.deepEqual([await peer.line(), await peer.line()], ['1', '!'])
        assert.equal(await peer.line(), 'before?then')
      })
    })
