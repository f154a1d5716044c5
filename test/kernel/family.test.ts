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

describe('an address as bytes', () => {
  it('stands in for that of any family', () => {
    // struct sockaddr_nl behind its family: 2 bytes of padding, u32 port id, u32 groups.
    const pid = 0x40000000 + process.pid
    const bytes = new Uint8Array(10)
    new DataView(bytes.buffer).setUint32(2, pid, true)
    using netlink = socket(AF_NETLINK as number, SOCK_DGRAM, 0)
    netlink.bind({ bytes, af: AF_NETLINK })
    assert.deepEqual(netlink.getsockname(), { family: 'netlink', pid, groups: 0 })
    assert.throws(() => netlink.bind({ host: '127.0.0.1', port: 0 }), TypeError)
  })
})
