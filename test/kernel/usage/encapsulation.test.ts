/** What UDP carries for others: IPsec beside its key exchange (RFC 3948), tunnels without checksums (RFC 6935). */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  IPPROTO_UDP,
  SOCK_DGRAM,
  SOCK_RAW,
  socket,
  UDP_ENCAP,
  UDP_ENCAP_ESPINUDP,
  UDP_NO_CHECK6_RX,
  UDP_NO_CHECK6_TX,
} from 'berkeley'
import { python } from './peer.js'
import { ways } from './ways.js'

for (const { name, of } of ways) {
  describe(`IPsec over UDP, ${name}`, needs, () => {
    it('leaves the key exchange to the socket, and takes the rest', async (t) => {
      using made = socket(AF_INET, SOCK_DGRAM)
      made.bind({ host: '127.0.0.1', port: 0 })
      try {
        made.setsockopt(UDP_ENCAP, UDP_ENCAP_ESPINUDP)
      } catch (error) {
        assert.equal((error as { code: string }).code, 'ENOPROTOOPT')
        return t.skip('this kernel is without IPsec over UDP')
      }
      assert.equal(made.getsockopt(UDP_ENCAP), UDP_ENCAP_ESPINUDP)
      // A packet of ESP, whose first four bytes are no zeros; one that keeps a NAT's mapping; and what IKE sends.
      await using _ = python(
        `s = socket(AF_INET, SOCK_DGRAM)
for data in [struct.pack('>II', 0x12345678, 1) + bytes(40), b'\\xff', bytes(4) + b'key exchange']:
  s.sendto(data, ('127.0.0.1', int(sys.argv[1])))
hear()`,
        { args: [made.getsockname().port] },
      )
      assert.equal(String(await of(made).recv(100)), '\0\0\0\0key exchange')
      made.settimeout(0)
      await assert.rejects(of(made).recv(100), { code: 'EAGAIN' })
    })
  })

  describe(`UDP over IPv6 without checksums, ${name}`, needs, () => {
    it('is sent by UDP_NO_CHECK6_TX, and taken by UDP_NO_CHECK6_RX', async () => {
      using wire = socket(AF_INET6, SOCK_RAW, IPPROTO_UDP)
      wire.bind({ host: '::1', port: 0 })
      await using peer = python(
        `s = socket(AF_INET6, SOCK_DGRAM); s.bind(('::1', 0)); say(s.getsockname()[1])
while True:
  kind = hear()
  if kind == 'take': s.setsockopt(IPPROTO_UDP, 102, 1); say('done')
  else: say(s.recv(100).decode())`,
      )
      const port = await peer.number()
      using sender = socket(AF_INET6, SOCK_DGRAM)
      await sender.connect({ host: '::1', port })
      /** The checksum in the header of the next datagram on its way there. */
      const checksum = async (): Promise<number> => {
        for (;;) {
          const packet = await of(wire).recv(100)
          if (packet.readUInt16BE(2) === port) return packet.readUInt16BE(6)
        }
      }
      await of(sender).send('with')
      assert.notEqual(await checksum(), 0)
      peer.tell('read')
      assert.equal(await peer.line(), 'with')
      sender.setsockopt(UDP_NO_CHECK6_TX, true)
      await of(sender).send('not taken')
      assert.equal(await checksum(), 0)
      peer.tell('take')
      await peer.line()
      await of(sender).send('without')
      assert.equal(await checksum(), 0)
      peer.tell('read')
      assert.equal(await peer.line(), 'without')

      // And the other way round.
      using here = socket(AF_INET6, SOCK_DGRAM)
      here.bind({ host: '::1', port: 0 })
      here.settimeout(0)
      await sender.connect(here.getsockname())
      await of(sender).send('dropped')
      await assert.rejects(of(here).recv(100), { code: 'EAGAIN' })
      here.setsockopt(UDP_NO_CHECK6_RX, true)
      await of(sender).send('taken')
      assert.equal(String(await of(here).recv(100)), 'taken')
    })
  })
}
