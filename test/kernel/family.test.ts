/** Raw sockets, and families without a codec. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  AF_NETLINK,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  SOCK_DGRAM,
  SOCK_RAW,
  socket,
  type UnknownAddress,
} from 'berkeley'
import { needsRoot } from '../support/needs.js'

describe('raw sockets', () => {
  it('ICMP echo on loopback', needsRoot(), async () => {
    using icmp = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)
    icmp.settimeout(5000)
    assert.equal(icmp.protocol, IPPROTO_ICMP)
    const id = process.pid & 0xffff
    // Type 8, code 0, checksum, id, sequence, payload: RFC 792.
    const request = Buffer.from([8, 0, 0, 0, id >> 8, id & 255, 0, 1, 0x68, 0x69])
    let sum = 0
    for (let i = 0; i < request.length; i += 2) sum += request.readUInt16BE(i)
    request.writeUInt16BE(~((sum & 0xffff) + (sum >> 16)) & 0xffff, 2)
    await icmp.sendto(request, { host: '127.0.0.1', port: 0 })
    for await (const { data, address } of icmp.messages()) {
      assert.deepEqual(address, { family: 'inet', host: '127.0.0.1', port: 0 })
      const header = ((data[0] ?? 0) & 15) * 4
      const message = data.subarray(header)
      if (message[0] !== 0 || message.readUInt16BE(4) !== id) continue
      assert.equal(message.toString('latin1', 8), 'hi')
      break
    }
  })

  it('ICMPv6 echo on loopback: the kernel does the checksum', needsRoot(), async () => {
    using icmp = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6)
    icmp.settimeout(5000)
    const id = process.pid & 0xffff
    await icmp.sendto(Buffer.from([128, 0, 0, 0, id >> 8, id & 255, 0, 1, 0x68, 0x69]), {
      host: '::1',
      port: 0,
    })
    for await (const { data, address } of icmp.messages()) {
      assert.equal(address?.host, '::1')
      if (data[0] !== 129 || data.readUInt16BE(4) !== id) continue
      assert.equal(data.toString('latin1', 8), 'hi')
      break
    }
  })
})

describe('a family without a codec', () => {
  // struct sockaddr_nl behind its family: 2 bytes of padding, u32 port id, u32 groups.
  const kernel = { bytes: new Uint8Array(10) }

  it('its addresses are bytes, both ways', () => {
    using netlink = socket(AF_NETLINK, SOCK_DGRAM, 0)
    const bytes = new Uint8Array(10)
    new DataView(bytes.buffer).setUint32(2, 0x40000000 + process.pid, true)
    netlink.bind({ bytes, af: AF_NETLINK })
    assert.deepEqual(netlink.getsockname(), { family: 'unknown', af: AF_NETLINK, bytes })
    assert.throws(() => netlink.bind({ host: '127.0.0.1', port: 0 }), TypeError)
  })

  it('it talks: a question to the kernel and its answer', async () => {
    using netlink = socket(AF_NETLINK, SOCK_RAW, 0)
    netlink.settimeout(5000)
    netlink.bind({ ...kernel, af: AF_NETLINK })
    // RTM_GETLINK of interface 1: struct nlmsghdr, struct ifinfomsg.
    const request = Buffer.alloc(32)
    request.writeUInt32LE(32, 0)
    request.writeUInt16LE(18, 4)
    request.writeUInt16LE(1, 6)
    request.writeUInt32LE(77, 8)
    request.writeInt32LE(1, 20)
    const to: UnknownAddress = { family: 'unknown', af: AF_NETLINK, ...kernel }
    assert.equal(await netlink.sendto(request, to), 32)
    const [answer, from] = (await netlink.recvfrom(65536)) as [Buffer, UnknownAddress]
    assert.deepEqual(from, to)
    // The bytes are the caller's: changing them changes nothing that comes later.
    from.bytes.fill(9)
    await netlink.sendto(request, to)
    assert.deepEqual((await netlink.recvfrom(65536))[1], to)
    assert.equal(answer.readUInt32LE(8), 77)
    assert.equal(answer.readUInt16LE(4), 16)
    assert.ok(answer.includes('lo\0'))
  })
})
