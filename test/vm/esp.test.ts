/** ESP in UDP (UDP_ENCAP, RFC 3948): what comes to a socket of the key exchange is taken out and goes where it is to go. */
import { link, needs, sh } from '../kernel/usage/namespace.js'
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { AF_INET, IPPROTO_UDP, SOCK_DGRAM, SOCK_RAW, socket, UDP_ENCAP, UDP_ENCAP_ESPINUDP } from 'berkeley'
import { ways } from '../kernel/usage/ways.js'

const PORT = 4500
const SPI = 0x1234
const [near, far] = ['10.1.0.1', '10.1.0.2']

describe('ESP in UDP', needs, () => {
  before(() => {
    link()
    const state = `src ${far} dst ${near} proto esp spi ${SPI} mode transport reqid 1 \
      aead 'rfc4106(gcm(aes))' 0x${'0123456789abcdef'.repeat(2)}01234567 128 \
      encap espinudp ${PORT} ${PORT} 0.0.0.0`
    sh(`
      ip xfrm state add ${state}
      ip -n far xfrm state add ${state}
      ip -n far xfrm policy add dir out src ${far} dst ${near} proto udp tmpl src ${far} dst ${near} \
        proto esp reqid 1 mode transport
    `)
  })

  for (const { name, of } of ways)
    it(`is taken out on its way to another socket (${name})`, async () => {
      using exchange = socket(AF_INET, SOCK_DGRAM)
      exchange.bind({ host: near, port: PORT })
      using inner = socket(AF_INET, SOCK_DGRAM)
      inner.bind({ host: near, port: 0 })
      using wire = socket(AF_INET, SOCK_RAW, IPPROTO_UDP)
      const { port } = inner.getsockname()
      const send = (text: string): unknown =>
        sh(`ip netns exec far bash -c "printf '${text}' > /dev/udp/${near}/${port}"`)
      /** The port and the first four bytes of what the next datagram carries. */
      const seen = async (): Promise<readonly number[]> => {
        const packet = await of(wire).recv(2000)
        const udp = packet.subarray(4 * ((packet[0] as number) & 15))
        return [udp.readUInt16BE(2), udp.readUInt32BE(8)]
      }

      // Without the option it is only a datagram.
      send('secret')
      const packet = await of(exchange).recv(2000)
      assert.equal(packet.readUInt32BE(0), SPI)
      assert.ok(!packet.includes('secret'))
      assert.deepEqual(await seen(), [PORT, SPI])

      exchange.setsockopt(UDP_ENCAP, UDP_ENCAP_ESPINUDP)
      send('taken out')
      const [data, from] = await of(inner).recvfrom(100)
      assert.deepEqual([String(data), from?.host], ['taken out', far])
      assert.deepEqual(await seen(), [PORT, SPI])
      exchange.settimeout(0)
      await assert.rejects(of(exchange).recv(100), { code: 'EAGAIN' })
    })
})
