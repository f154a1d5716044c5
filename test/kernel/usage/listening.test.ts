/** What listeners and ports do: deferred accept, TIME_WAIT, shared ports, full queues. */
import { needs, sh } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SOCK_DGRAM,
  SOCK_STREAM,
  type Socket,
  socket,
  TCP_DEFER_ACCEPT,
  TCP_INFO,
  TimeoutError,
} from 'berkeley'
import { Several } from '../matrix.js'
import { python } from './peer.js'
import { type Ip, type IpFamily, ways } from './ways.js'

const cases: readonly { name: string; family: IpFamily; host: string }[] = [
  { name: 'IPv4', family: AF_INET, host: '127.0.0.1' },
  { name: 'IPv6', family: AF_INET6, host: '::1' },
]

function listener({ family, host }: (typeof cases)[number], backlog?: number): Socket<Ip> {
  const made = socket(family, SOCK_STREAM)
  made.bind({ host, port: 0 })
  made.listen(backlog)
  return made
}

for (const each of cases)
  for (const { name, of } of ways)
    describe(`over ${each.name}, ${name}`, needs, () => {
      it('TCP_DEFER_ACCEPT: a connection is there when its first data is', async () => {
        using server = listener(each)
        server.setsockopt(TCP_DEFER_ACCEPT, 5)
        assert.ok(server.getsockopt(TCP_DEFER_ACCEPT) >= 5)
        using client = socket(each.family, SOCK_STREAM)
        await of(client).connect(server.getsockname())
        server.setblocking(false)
        await assert.rejects(of(server).accept(), { code: 'EAGAIN' })
        await of(client).sendall('here I am')
        const [accepted] = await of(server).accept()
        using connection = accepted
        connection.setblocking(false)
        assert.equal(`${await of(connection).recv(100)}`, 'here I am')
      })

      it('a port with a connection in TIME_WAIT wants SO_REUSEADDR', async () => {
        // The first one has to have it, too.
        using server = socket(each.family, SOCK_STREAM)
        server.setsockopt(SO_REUSEADDR, true)
        server.bind({ host: each.host, port: 0 })
        server.listen()
        const address = server.getsockname()
        using client = socket(each.family, SOCK_STREAM)
        await of(client).connect(address)
        const [connection] = await of(server).accept()
        connection.close()
        assert.equal((await of(client).recv(1)).length, 0)
        client.close()
        server.close()
        assert.match(sh(`ss -Htan state time-wait sport = :${address.port}`), /\S/)
        using next = socket(each.family, SOCK_STREAM)
        assert.throws(() => next.bind(address), { code: 'EADDRINUSE', syscall: 'bind' })
        next.setsockopt(SO_REUSEADDR, true)
        next.bind(address)
        next.listen()
      })

      it('SO_REUSEADDR does not share a port that somebody listens on', () => {
        using server = listener(each)
        using next = socket(each.family, SOCK_STREAM)
        next.setsockopt(SO_REUSEADDR, true)
        assert.throws(() => next.bind(server.getsockname()), { code: 'EADDRINUSE' })
      })

      it('SO_REUSEPORT: two UDP sockets share a port’s peers, and each peer keeps its one', async () => {
        using several = new Several()
        const share = (port: number): Socket<Ip> => {
          const made = several.add(socket(each.family, SOCK_DGRAM))
          made.setsockopt(SO_REUSEPORT, true)
          made.bind({ host: each.host, port })
          return made
        }
        const first = share(0)
        const address = first.getsockname()
        const second = share(address.port)
        const PEERS = 64
        for (let i = 0; i < PEERS; i++) {
          const peer = several.add(socket(each.family, SOCK_DGRAM))
          for (let j = 0; j < 3; j++) await of(peer).sendto(`${i}`, address)
        }
        const counts = [first, second].map((shared) => {
          shared.setblocking(false)
          const from = new Map<string, number>()
          for (let i = 0; i < 3 * PEERS; i++) {
            try {
              const text = `${shared.recvSync(10)}`
              from.set(text, (from.get(text) ?? 0) + 1)
            } catch (error) {
              assert.equal((error as { code: string }).code, 'EAGAIN')
              break
            }
          }
          return from
        })
        assert.ok(counts.every((from) => from.size > 0 && [...from.values()].every((count) => count === 3)))
        assert.equal(
          counts.reduce((sum, { size }) => sum + size, 0),
          PEERS,
        )
      })

      it('a full queue lets a connection wait, until somebody accepts', async () => {
        using several = new Several()
        const server = several.add(listener(each, 1))
        const connect = async (ms: number): Promise<void> => {
          const client = several.add(socket(each.family, SOCK_STREAM))
          client.settimeout(ms)
          await of(client).connect(server.getsockname())
        }
        // One more than the backlog says.
        await connect(5000)
        await connect(5000)
        const { unacked, sacked } = server.getsockopt(TCP_INFO)
        assert.deepEqual([unacked, sacked], [2, 1])
        await assert.rejects(connect(100), TimeoutError)
        several.add((await of(server).accept())[0])
        await connect(5000)
      })
    })

describe('a shared port', needs, () => {
  it('is not shared with another user', async () => {
    using shared = socket(AF_INET, SOCK_DGRAM)
    shared.setsockopt(SO_REUSEPORT, true)
    shared.bind({ host: '127.0.0.1', port: 0 })
    await using peer = python(
      `os.setuid(12345)
s = socket(AF_INET, SOCK_DGRAM); s.setsockopt(SOL_SOCKET, SO_REUSEPORT, 1)
try: s.bind(('127.0.0.1', ${shared.getsockname().port})); say('bound')
except OSError as error: say(errno.errorcode[error.errno])`,
    )
    assert.equal(await peer.line(), 'EADDRINUSE')
  })
})
