/** 11: ping by hand. A raw socket gives and takes what comes behind the IP header, here ICMP (RFC 792, RFC 4443). */
import { AF_INET, AF_INET6, IPPROTO_ICMP, IPPROTO_ICMPV6, SOCK_RAW, SystemError, socket } from 'berkeley'

/** The internet checksum, RFC 1071: the sum of all 16-bit words, carries added back in, inverted. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let i = 0; i < bytes.length; i += 2) sum += ((bytes[i] ?? 0) << 8) | (bytes[i + 1] ?? 0)
  while (sum > 0xffff) sum = (sum >>> 16) + (sum & 0xffff)
  return ~sum & 0xffff
}

async function ping(host: string): Promise<void> {
  const v6 = host.includes(':')
  using raw = v6 ? socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6) : socket(AF_INET, SOCK_RAW, IPPROTO_ICMP)

  // type, code, checksum, identifier, sequence; then any bytes, which come back as they are.
  const [request, reply] = v6 ? [128, 129] : [8, 0]
  const identifier = process.pid & 0xffff
  const echo = Buffer.concat([Buffer.from([request, 0, 0, 0, 0, 0, 0, 1]), Buffer.from('are you there?')])
  echo.writeUInt16BE(identifier, 4)
  // A wrong checksum gets no answer. For IPv6 it includes the addresses, and the kernel writes it (RFC 3542 §3.1).
  if (!v6) echo.writeUInt16BE(checksum(echo), 2)

  const begin = performance.now()
  await raw.sendto(echo, { host, port: 0 }) // ICMP has no ports
  const signal = AbortSignal.timeout(2000)
  for (;;) {
    const packet = await raw.recv(65535, { signal })
    // IPv4 leaves its header in front: the low half of its first byte is its length in words of four bytes.
    const icmp = v6 ? packet : packet.subarray(((packet[0] ?? 0) & 15) * 4)
    // A raw socket sees everybody's ICMP, on loopback even our own request. Only our own answer counts.
    if (icmp[0] !== reply || !icmp.subarray(4).equals(echo.subarray(4))) continue
    console.log(`${host} answers '${icmp.subarray(8)}' in ${(performance.now() - begin).toFixed(3)} ms`)
    return
  }
}

const hosts = process.argv.slice(2)
try {
  for (const host of hosts.length > 0 ? hosts : ['127.0.0.1', '::1']) await ping(host)
} catch (error) {
  // Whoever could write packets as they like could pretend to be others, so it is not for everybody.
  if (!(error instanceof SystemError) || error.code !== 'EPERM') throw error
  console.error('raw sockets need root, or the capability CAP_NET_RAW')
  process.exitCode = 1
}

// Try it, as root:
//   node build/examples/11-raw-ping.js
//   node build/examples/11-raw-ping.js 127.0.0.1
