/** What IPv6 has and IPv4 has not: flow labels, checksums of raw sockets (RFC 3542), preferred sources (RFC 5014). */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import {
  AF_INET6,
  IPV6_ADDR_PREFERENCES,
  IPV6_CHECKSUM,
  IPV6_FL_A_GET,
  IPV6_FL_A_PUT,
  IPV6_FL_F_CREATE,
  IPV6_FL_S_EXCL,
  IPV6_FLOWINFO,
  IPV6_FLOWINFO_SEND,
  IPV6_FLOWLABEL_MGR,
  IPV6_PREFER_SRC_PUBLIC,
  IPV6_PREFER_SRC_TMP,
  SOCK_DGRAM,
  SOCK_RAW,
  socket,
} from 'berkeley'
import { python } from './peer.js'
import { ways } from './ways.js'

/** Of the experiments, RFC 3692. */
const PROTOCOL = 253

for (const { name, of } of ways)
  describe(`IPv6, ${name}`, needs, () => {
    it('a leased flow label goes with what is sent to an address that has it', async () => {
      using made = socket(AF_INET6, SOCK_DGRAM)
      // An exclusive one is kept a while when it is given back.
      const label = name === 'awaited' ? 0x54321 : 0x65432
      const wanted = { label, dst: '::1', share: IPV6_FL_S_EXCL }
      made.setsockopt(IPV6_FLOWLABEL_MGR, { action: IPV6_FL_A_GET, ...wanted, flags: IPV6_FL_F_CREATE })
      made.setsockopt(IPV6_FLOWINFO_SEND, true)
      await using peer = python(
        `s = socket(AF_INET6, SOCK_DGRAM); s.bind(('::1', 0)); s.setsockopt(IPPROTO_IPV6, 11, 1)
say(s.getsockname()[1])
while True:
  _, control, _, address = s.recvmsg(100, 100)
  say(json.dumps([[d.hex() for _, t, d in control if t == 11], address[2]]))`,
      )
      const port = await peer.number()
      await of(made).sendto('x', { host: '::1', port, flowinfo: label })
      const [[hex]] = (await peer.json()) as [[string], number]
      assert.equal(Number.parseInt(hex, 16), label)
      // A label of nobody's.
      await assert.rejects(of(made).sendto('x', { host: '::1', port, flowinfo: label + 1 }), {
        code: 'EINVAL',
      })
      // And one that came.
      using here = socket(AF_INET6, SOCK_DGRAM)
      here.setsockopt(IPV6_FLOWINFO, true)
      here.bind({ host: '::1', port: 0 })
      await of(made).sendto('x', { ...here.getsockname(), flowinfo: label })
      const { control } = await of(here).recvmsg(10, { controlSize: 64 })
      assert.deepEqual(control, [{ kind: 'flowinfo', value: label }])
      made.setsockopt(IPV6_FLOWLABEL_MGR, { action: IPV6_FL_A_PUT, label })
      await assert.rejects(of(made).sendto('x', { host: '::1', port, flowinfo: label }), { code: 'EINVAL' })
    })

    it('IPV6_CHECKSUM: the kernel puts it in, and drops what has a wrong one', async () => {
      using made = socket(AF_INET6, SOCK_RAW, PROTOCOL)
      made.bind({ host: '::1', port: 0 })
      made.setsockopt(IPV6_CHECKSUM, 2)
      assert.throws(() => made.setsockopt(IPV6_CHECKSUM, 3), { code: 'EINVAL' })
      // What it receives is not checked: it says whether the sum over it is right.
      await using peer = python(
        `s = socket(AF_INET6, SOCK_RAW, ${PROTOCOL}); s.bind(('::1', 0)); say('bound')
def total(data):
  data = inet_pton(AF_INET6, '::1') * 2 + struct.pack('>II', len(data), ${PROTOCOL}) + data
  n = sum(struct.unpack('>%dH' % (len(data) // 2), data))
  while n >> 16: n = (n & 0xffff) + (n >> 16)
  return n
data = s.recv(100); say(json.dumps([data[:2].hex(), data[4:].hex(), total(data)]))
right = bytes.fromhex('0102') + b'\\0\\0' + b'right!'
for wrong in [1, 0]:
  n = (~total(right) & 0xffff) ^ wrong
  s.sendto(right[:2] + struct.pack('>H', n) + right[4:], ('::1', 0))
hear()`,
      )
      await peer.line()
      await of(made).sendto(Uint8Array.of(1, 2, 0, 0, 3, 4, 5, 6), { host: '::1', port: 0 })
      assert.deepEqual(await peer.json(), ['0102', '03040506', 0xffff])
      // Its own, and the right one of the two.
      assert.equal((await of(made).recv(100)).length, 8)
      assert.equal(String((await of(made).recv(100)).subarray(4)), 'right!')
    })
  })

describe('IPV6_ADDR_PREFERENCES', needs, () => {
  const [own, peer] = ['fd05::1', 'fd05::2']
  before(() => {
    sh(`
      ip link add temporary type veth peer name other
      ip link set other up
      ip link set temporary up
      sysctl -qw net.ipv6.conf.temporary.use_tempaddr=1 net.ipv6.conf.temporary.accept_dad=0
      ip addr add ${own}/64 dev temporary mngtmpaddr nodad
      own6 ${own}
      i=0
      until ip -6 addr show dev temporary temporary | grep -q inet6; do
        i=$((i + 1)); test $i -lt 500; sleep 0.01
      done
    `)
  })

  it('chooses between the public address and the temporary one', async () => {
    const temporary = /inet6 (\S+)\//.exec(sh('ip -6 addr show dev temporary temporary'))?.[1]
    for (const [preference, host] of [
      [IPV6_PREFER_SRC_PUBLIC, own],
      [IPV6_PREFER_SRC_TMP, temporary],
    ] as const) {
      using made = socket(AF_INET6, SOCK_DGRAM)
      made.setsockopt(IPV6_ADDR_PREFERENCES, preference)
      await made.connect({ host: peer, port: 9 })
      assert.equal(made.getsockname().host, host)
    }
  })
})
