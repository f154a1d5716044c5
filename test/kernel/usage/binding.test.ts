/** What a socket may be bound to: interfaces, addresses of others, marks, ports in a range. */
import { inside, link, needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  IP_BIND_ADDRESS_NO_PORT,
  IP_FREEBIND,
  IP_LOCAL_PORT_RANGE,
  IP_TRANSPARENT,
  IPV6_FREEBIND,
  IPV6_TRANSPARENT,
  IPV6_V6ONLY,
  ifNametoindex,
  SO_BINDTODEVICE,
  SO_BINDTOIFINDEX,
  SO_MARK,
  SO_REUSEADDR,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
} from 'berkeley'
import { Several } from '../matrix.js'
import { python } from './peer.js'
import { type Ip, type IpFamily, ways } from './ways.js'

const v4 = {
  name: 'IPv4',
  python: 'AF_INET',
  family: AF_INET as IpFamily,
  host: '127.0.0.1',
  own: '10.1.0.1',
  foreign: '192.0.2.55',
  freebind: IP_FREEBIND,
  transparent: IP_TRANSPARENT,
}
const v6: typeof v4 = {
  name: 'IPv6',
  python: 'AF_INET6',
  family: AF_INET6,
  host: '::1',
  own: 'fd01::1',
  foreign: '2001:db8::55',
  freebind: IPV6_FREEBIND,
  transparent: IPV6_TRANSPARENT,
}

before(() => {
  if (needs.skip !== false) return
  link()
  sh(`
    ip rule add fwmark 7 table 100
    ip route add prohibit default table 100
    ip -6 rule add fwmark 7 table 100
    ip -6 route add prohibit default table 100
  `)
})

for (const each of [v4, v6])
  describe(`over ${each.name}`, needs, () => {
    for (const { name, of } of ways) {
      it(`SO_BINDTODEVICE: each of two sockets on a port hears its own interface (${name})`, async () => {
        using several = new Several()
        const on = (device: string): Socket<Ip> => {
          const made = several.add(socket(each.family, SOCK_DGRAM))
          made.setsockopt(SO_REUSEADDR, true)
          made.setsockopt(SO_BINDTODEVICE, device)
          assert.equal(made.getsockopt(SO_BINDTODEVICE), device)
          assert.equal(made.getsockopt(SO_BINDTOIFINDEX), ifNametoindex(device))
          made.bind({ host: '', port: 5009 })
          return made
        }
        const [near, lo] = [on('near'), on('lo')]
        await using far = python(
          `s = socket(${each.python}, SOCK_DGRAM); s.sendto(b'from afar', ('${each.own}', 5009)); say('sent')`,
          { before: inside('far') },
        )
        await far.line()
        using local = socket(each.family, SOCK_DGRAM)
        await of(local).sendto('from here', { host: each.host, port: 5009 })
        assert.equal(`${await of(near).recv(100)}`, 'from afar')
        assert.equal(`${await of(lo).recv(100)}`, 'from here')
      })

      it(`SO_MARK: the route is that of the mark, of the socket’s and of the message’s (${name})`, async () => {
        using made = socket(each.family, SOCK_DGRAM)
        const sender = of(made)
        const address = { host: each === v4 ? '10.1.0.2' : 'fd01::2', port: 9 }
        await sender.sendto('x', address)
        const control = [{ kind: 'mark', value: 7 }] as const
        await assert.rejects(sender.sendmsg({ data: 'x', address, control }), { code: 'EACCES' })
        sender.setsockopt(SO_MARK, 7)
        assert.equal(sender.getsockopt(SO_MARK), 7)
        await assert.rejects(sender.sendto('x', address), { code: 'EACCES' })
      })

      it(`IP_TRANSPARENT: what is sent from an address of others comes from there (${name})`, async () => {
        using receiver = socket(each.family, SOCK_DGRAM)
        receiver.bind({ host: each.host, port: 0 })
        using made = socket(each.family, SOCK_DGRAM)
        assert.throws(() => made.bind({ host: each.foreign, port: 5010 }), { code: 'EADDRNOTAVAIL' })
        made.setsockopt(each.transparent, true)
        made.bind({ host: each.foreign, port: 5010 })
        await of(made).sendto('spoofed', receiver.getsockname())
        const [data, from] = await of(receiver).recvfrom(100)
        assert.deepEqual([`${data}`, from?.host, from?.port], ['spoofed', each.foreign, 5010])
      })

      it(`IP_BIND_ADDRESS_NO_PORT: the port comes with connect, and one does for many (${name})`, async () => {
        using several = new Several()
        const ports: number[] = []
        for (let i = 0; i < 3; i++) {
          const server = several.add(socket(each.family, SOCK_STREAM))
          server.bind({ host: each.host, port: 0 })
          server.listen()
          const client = several.add(socket(each.family, SOCK_STREAM))
          client.setsockopt(IP_BIND_ADDRESS_NO_PORT, true)
          client.setsockopt(IP_LOCAL_PORT_RANGE, { low: 45000, high: 45000 })
          client.bind({ host: each.own, port: 0 })
          assert.deepEqual([client.getsockname().host, client.getsockname().port], [each.own, 0])
          await of(client).connect(server.getsockname())
          ports.push(client.getsockname().port)
        }
        assert.deepEqual(ports, [45000, 45000, 45000])
      })
    }

    it('IP_FREEBIND: an address that no interface has yet', async () => {
      using made = socket(each.family, SOCK_STREAM)
      assert.throws(() => made.bind({ host: each.foreign, port: 0 }), { code: 'EADDRNOTAVAIL' })
      made.setsockopt(each.freebind, true)
      made.bind({ host: each.foreign, port: 0 })
      made.listen()
      // It is heard as soon as the address is there.
      sh(`ip addr add ${each.foreign} dev lo${each === v6 ? ` nodad; own6 ${each.foreign}` : ''}`)
      using client = socket(each.family, SOCK_STREAM)
      await client.connect(made.getsockname())
      const [connection] = await made.accept()
      connection.close()
      sh(`ip addr del ${each.foreign} dev lo`)
    })

    it('IP_LOCAL_PORT_RANGE: ports from the range, and EADDRINUSE when all are taken', () => {
      using several = new Several()
      const ports: number[] = []
      const bind = (): void => {
        const made = several.add(socket(each.family, SOCK_DGRAM))
        made.setsockopt(IP_LOCAL_PORT_RANGE, { low: 46000, high: 46004 })
        assert.deepEqual(made.getsockopt(IP_LOCAL_PORT_RANGE), { low: 46000, high: 46004 })
        made.bind({ host: each.host, port: 0 })
        ports.push(made.getsockname().port)
      }
      for (let i = 0; i < 5; i++) bind()
      assert.deepEqual(ports.sort(), [46000, 46001, 46002, 46003, 46004])
      assert.throws(bind, { code: 'EADDRINUSE' })
    })
  })

describe('IPV6_V6ONLY', needs, () => {
  for (const type of [SOCK_STREAM, SOCK_DGRAM])
    it(`on, the port is free for IPv4; off, it is not (type ${type})`, () => {
      using only = socket(AF_INET6, type)
      only.setsockopt(IPV6_V6ONLY, true)
      only.bind({ host: '', port: 0 })
      const { port } = only.getsockname()
      using four = socket(AF_INET, type)
      four.bind({ host: '', port })
      four.close()
      only.close()
      using both = socket(AF_INET6, type)
      both.setsockopt(IPV6_V6ONLY, false)
      both.bind({ host: '', port })
      using late = socket(AF_INET, type)
      assert.throws(() => late.bind({ host: '', port }), { code: 'EADDRINUSE' })
    })
})
