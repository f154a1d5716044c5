/** Broadcast over IPv4: to a subnet, and to whatever is on the link. */
import { inside, link, needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  AF_INET,
  IP_PKTINFO,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_REUSEADDR,
  SOCK_DGRAM,
  socket,
} from 'berkeley'
import { python } from './peer.js'
import { ways } from './ways.js'

before(() => {
  if (needs.skip === false) link()
})

const PORT = 5008
const LISTENER = `
s = socket(AF_INET, SOCK_DGRAM); s.bind(('', ${PORT})); say('listening')
while True:
  data, address = s.recvfrom(100); say(json.dumps([data.decode(), address[0]]))`

for (const { name, of } of ways)
  describe(`broadcast, ${name}`, needs, () => {
    it('is EACCES without SO_BROADCAST, for send, connect and sendmsg', async () => {
      using made = socket(AF_INET, SOCK_DGRAM)
      const sender = of(made)
      for (const host of ['10.1.0.255', '127.255.255.255']) {
        const address = { host, port: PORT }
        await assert.rejects(sender.sendto('x', address), { code: 'EACCES', syscall: 'sendto' })
        await assert.rejects(sender.sendmsg({ data: 'x', address }), { code: 'EACCES', syscall: 'sendmsg' })
        await assert.rejects(sender.connect(address), { code: 'EACCES', syscall: 'connect' })
      }
    })

    it('to the subnet reaches who listens there, here too', async () => {
      await using far = python(LISTENER, { before: inside('far') })
      using here = socket(AF_INET, SOCK_DGRAM)
      here.setsockopt(IP_PKTINFO, true)
      here.bind({ host: '', port: PORT })
      using made = socket(AF_INET, SOCK_DGRAM)
      const sender = of(made)
      sender.setsockopt(SO_BROADCAST, true)
      assert.equal(await far.line(), 'listening')
      await sender.sendto('all of you', { host: '10.1.0.255', port: PORT })
      assert.deepEqual(await far.json(), ['all of you', '10.1.0.1'])
      const { data, control } = await here.recvmsg(100, { controlSize: 100 })
      assert.equal(`${data}`, 'all of you')
      // Not an address to answer from: that one is in `local`.
      assert.ok(control[0]?.kind === 'pktinfo')
      const { destination, local } = control[0].value
      assert.deepEqual({ destination, local }, { destination: '10.1.0.255', local: '10.1.0.1' })
    })

    it('to <broadcast> leaves by the interface that the socket is bound to', async () => {
      await using far = python(LISTENER, { before: inside('far') })
      using made = socket(AF_INET, SOCK_DGRAM)
      const sender = of(made)
      sender.setsockopt(SO_BROADCAST, true)
      assert.equal(await far.line(), 'listening')
      await assert.rejects(sender.sendto('where to?', { host: '<broadcast>', port: PORT }), {
        code: 'ENETUNREACH',
      })
      sender.setsockopt(SO_BINDTODEVICE, 'near')
      await sender.sendto('limited', { host: '<broadcast>', port: PORT })
      assert.deepEqual(await far.json(), ['limited', '10.1.0.1'])
      await sender.sendto('the same', { host: '255.255.255.255', port: PORT })
      assert.deepEqual(await far.json(), ['the same', '10.1.0.1'])
    })

    it('from elsewhere is heard by a wildcard socket, not by one with an address', async () => {
      using wildcard = socket(AF_INET, SOCK_DGRAM)
      using bound = socket(AF_INET, SOCK_DGRAM)
      for (const each of [wildcard, bound]) each.setsockopt(SO_REUSEADDR, true)
      wildcard.bind({ host: '', port: PORT })
      bound.bind({ host: '10.1.0.1', port: PORT })
      await using far = python(
        `s = socket(AF_INET, SOCK_DGRAM); s.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
s.sendto(b'broadcast', ('10.1.0.255', ${PORT})); s.sendto(b'to one', ('10.1.0.1', ${PORT})); say('sent')`,
        { before: inside('far') },
      )
      await far.line()
      assert.equal(`${await of(wildcard).recv(100)}`, 'broadcast')
      assert.equal(`${await of(bound).recv(100)}`, 'to one')
    })
  })
