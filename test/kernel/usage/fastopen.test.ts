/** TCP Fast Open, RFC 7413: data in the SYN, from the second connection to a server on. */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { before, beforeEach, describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  MSG_FASTOPEN,
  SOCK_STREAM,
  type Socket,
  socket,
  TCP_FASTOPEN,
  TCP_FASTOPEN_CONNECT,
  TCP_INFO,
  TCPI_OPT_SYN_DATA,
} from 'berkeley'
import { python } from './peer.js'
import { type Ip, type IpFamily, type Way, ways } from './ways.js'

/** A counter of the namespace: what netstat -s tells. */
function counter(name: string): number {
  const [names, values] = readFileSync('/proc/net/netstat', 'utf8')
    .split('\n')
    .map((line) => line.split(' '))
  return Number(values?.[names?.indexOf(name) ?? -1])
}

const inSyn = (of: Socket<Ip>): boolean => (of.getsockopt(TCP_INFO).options & TCPI_OPT_SYN_DATA) !== 0

const cases: readonly { name: string; python: string; family: IpFamily; host: string }[] = [
  { name: 'IPv4', python: 'AF_INET', family: AF_INET, host: '127.0.0.1' },
  { name: 'IPv6', python: 'AF_INET6', family: AF_INET6, host: '::1' },
]

function listener({ family, host }: (typeof cases)[number]): Socket<Ip> {
  const made = socket(family, SOCK_STREAM)
  made.setsockopt(TCP_FASTOPEN, 5)
  made.bind({ host, port: 0 })
  made.listen()
  return made
}

type Open = (client: Socket<Ip>, address: Ip, data: string) => Promise<void>

/** The ways to open a connection with data. */
const opens: readonly { name: string; open: Open }[] = [
  {
    name: 'sendto with MSG_FASTOPEN',
    open: async (client, address, data) => {
      assert.equal(await client.sendto(data, address, { flags: MSG_FASTOPEN }), data.length)
    },
  },
  {
    name: 'sendmsg with MSG_FASTOPEN',
    open: async (client, address, data) => {
      const pieces = [data.slice(0, 2), data.slice(2)]
      assert.equal(await client.sendmsg({ data: pieces, address }, { flags: MSG_FASTOPEN }), data.length)
    },
  },
  {
    name: 'TCP_FASTOPEN_CONNECT and send',
    open: async (client, address, data) => {
      client.setsockopt(TCP_FASTOPEN_CONNECT, true)
      await client.connect(address)
      assert.equal(await client.send(data), data.length)
    },
  },
  {
    name: 'TCP_FASTOPEN_CONNECT and sendall',
    open: async (client, address, data) => {
      client.setsockopt(TCP_FASTOPEN_CONNECT, true)
      await client.connect(address)
      await client.sendall(data)
    },
  },
]

before(() => {
  if (needs.skip === false) sh('sysctl -qw net.ipv4.tcp_fastopen=3')
})

beforeEach(() => {
  // The cookies that other tests were given.
  if (needs.skip === false) sh('ip tcp_metrics flush')
})

/** A connection with a question in its first data, and an answer. */
async function talk(
  server: Socket<Ip>,
  { of }: Way,
  { family }: { family: IpFamily },
  open: Open,
): Promise<boolean> {
  using client = socket(family, SOCK_STREAM)
  await open(of(client), server.getsockname(), 'question')
  const [accepted] = await of(server).accept()
  using connection = accepted
  assert.equal(`${await of(connection).recv(100)}`, 'question')
  await of(connection).sendall('answer')
  assert.equal(`${await of(client).recv(100)}`, 'answer')
  assert.deepEqual(client.getpeername(), server.getsockname())
  assert.equal(inSyn(client), inSyn(connection))
  return inSyn(client)
}

for (const each of cases)
  for (const way of ways)
    describe(`Fast Open over ${each.name}, ${way.name}`, needs, () => {
      for (const { name, open } of opens)
        it(`by ${name}: a cookie first, then data in the SYN`, async () => {
          using server = listener(each)
          const [active, passive] = [counter('TCPFastOpenActive'), counter('TCPFastOpenPassive')]
          assert.equal(await talk(server, way, each, open), false)
          assert.equal(await talk(server, way, each, open), true)
          assert.equal(await talk(server, way, each, open), true)
          assert.equal(counter('TCPFastOpenActive') - active, 2)
          assert.equal(counter('TCPFastOpenPassive') - passive, 2)
        })

      it('falls back where the server has it off', async () => {
        using server = socket(each.family, SOCK_STREAM)
        server.bind({ host: each.host, port: 0 })
        server.listen()
        for (const { open } of opens) assert.equal(await talk(server, way, each, open), false)
      })

      it('a cookie that is gone between connect and send: the data goes behind the handshake', async () => {
        using server = listener(each)
        const open: Open = async (client, address, data) => {
          client.setsockopt(TCP_FASTOPEN_CONNECT, true)
          await client.connect(address)
          sh('ip tcp_metrics flush')
          await client.sendall(data)
        }
        await talk(server, way, each, open)
        assert.equal(await talk(server, way, each, open), false)
      })

      it('nobody there: ECONNREFUSED with the address', async () => {
        using gone = listener(each)
        const address = gone.getsockname()
        gone.close()
        using client = socket(each.family, SOCK_STREAM)
        await assert.rejects(way.of(client).sendto('x', address, { flags: MSG_FASTOPEN }), {
          code: 'ECONNREFUSED',
          remote: address,
        })
      })

      it('what may not wait says EINPROGRESS without a cookie, and goes on', async () => {
        using server = listener(each)
        using client = socket(each.family, SOCK_STREAM)
        client.setblocking(false)
        await assert.rejects(way.of(client).sendto('lost', server.getsockname(), { flags: MSG_FASTOPEN }), {
          code: 'EINPROGRESS',
        })
        client.settimeout(5000)
        await way.of(client).sendall('later')
        const [accepted] = await way.of(server).accept()
        using connection = accepted
        assert.equal(`${await way.of(connection).recv(100)}`, 'later')
      })

      it('is taken from python3, and by it', async () => {
        using server = listener(each)
        await using client = python(
          `for text in [b'one', b'two']:
  s = socket(${each.python}, SOCK_STREAM)
  s.setblocking(True)
  s.sendto(text, MSG_FASTOPEN, ('${each.host}', ${server.getsockname().port}))
  s.recv(10)
  say('answered')`,
        )
        for (const [text, early] of [
          ['one', false],
          ['two', true],
        ] as const) {
          const [accepted] = await way.of(server).accept()
          using connection = accepted
          assert.equal(`${await way.of(connection).recv(100)}`, text)
          assert.equal(inSyn(connection), early)
          await way.of(connection).sendall('answer')
          await client.line()
        }

        await using peer = python(
          `s = socket(${each.python}, SOCK_STREAM); s.bind(('${each.host}', 0))
s.setsockopt(IPPROTO_TCP, TCP_FASTOPEN, 5); s.listen(); say(s.getsockname()[1])
while True:
  c, _ = s.accept(); data = c.recv(100)
  say(json.dumps([data.decode(), bool(c.getsockopt(IPPROTO_TCP, TCP_INFO, 8)[5] & ${TCPI_OPT_SYN_DATA})]))
  c.close()`,
        )
        const address = { host: each.host, port: await peer.number() }
        sh('ip tcp_metrics flush')
        for (const early of [false, true]) {
          using made = socket(each.family, SOCK_STREAM)
          await way.of(made).sendto('hello', address, { flags: MSG_FASTOPEN })
          assert.deepEqual(await peer.json(), ['hello', early])
        }
      })
    })

describe('Fast Open that is off', needs, () => {
  it('is EOPNOTSUPP for MSG_FASTOPEN', async () => {
    sh('sysctl -qw net.ipv4.tcp_fastopen=0')
    using client = socket(AF_INET, SOCK_STREAM)
    await assert.rejects(client.sendto('x', { host: '127.0.0.1', port: 9 }, { flags: MSG_FASTOPEN }), {
      code: 'EOPNOTSUPP',
    })
    sh('sysctl -qw net.ipv4.tcp_fastopen=3')
  })
})
