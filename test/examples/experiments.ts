/** Examples 08 to 16: programs that show something by themselves. Their peer is the kernel, python3 a witness. */
import assert from 'node:assert/strict'
import { createConnection, SHUT_WR } from 'berkeley'
import { Remote } from '../programs/remote.js'
import { needsProgram, needsRoot } from '../support/needs.js'
import { behind, example, interrupt, type Proof, prints, said } from './example.js'

const python = needsProgram('python3')

/** Needs root and these. */
function rootWith(...programs: string[]): { skip: false | string } {
  const root = needsRoot()
  return root.skip === false ? needsProgram(...programs) : root
}

/** A network of its own, in which no port is taken and settings can be changed. */
const NAMESPACE = ['unshare', '-n', 'sh', '-c', 'ip link set lo up; exec "$@"', 'sh']

/** Without a privilege, though the user is root. */
function without(capability: string): string[] {
  return ['setpriv', '--bounding-set', `-${capability}`, '--inh-caps', `-${capability}`]
}

/** What example 08 does, by Python's own calls. */
const ADDRESS_IN_USE = `
def server(port, reuse):
  s = socket.socket()
  try:
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
    s.bind(('127.0.0.1', port)); s.listen()
    return s
  except OSError:
    s.close()
    raise
def attempt(port, reuse):
  try:
    server(port, reuse).close()
    return 'fine'
  except OSError as error: return errno.errorcode[error.errno]
def both(first, second):
  l = server(0, first)
  port = l.getsockname()[1]
  running = attempt(port, second)
  c = socket.create_connection(('127.0.0.1', port))
  k, _ = l.accept()
  k.close(); c.recv(1); c.close(); l.close()
  return running, attempt(port, second)
`

export const experiments: Readonly<Record<string, Proof>> = {
  '08-address-in-use': {
    needs: python,
    run: async () => {
      await using remote = new Remote()
      await remote.run(ADDRESS_IN_USE)
      let expected = ''
      const seen: string[] = []
      for (const first of [0, 1])
        for (const second of [0, 1]) {
          const [running, after] = await remote.run<[string, string]>(`both(${first}, ${second})`)
          const show = (reuse: number): string => (reuse ? 'with' : 'without')
          expected += `first server ${show(first)}, second ${show(second)} SO_REUSEADDR:\n`
          expected += `  the first one runs: ${running}\n  it has ended, and left a TIME_WAIT: ${after}\n`
          seen.push(running, after)
        }
      assert.deepEqual([...seen].sort(), [...Array(7).fill('EADDRINUSE'), 'fine'])
      await prints('08-address-in-use', expected)
    },
  },

  '09-stream-or-datagrams': {
    run: () =>
      prints(
        '09-stream-or-datagrams',
        `stream: two sends, one recv: 'onetwo'
datagrams: two sends, two recvs: 'one', 'two'
stream to nobody: connect ECONNREFUSED
datagram to nobody, by sendto: 6 bytes sent
  recv: ETIMEDOUT (nothing, for as long as we wait)
datagram to nobody, connected: 6 bytes sent
  recv: ECONNREFUSED
`,
      ),
  },

  '10-datagram-cut': {
    run: () =>
      prints(
        '10-datagram-cut',
        `recv(6) gives 'a long' and says nothing
recv(6) then gives 'next'
recvmsg(6) gives 'a long', cut: true
recvInto with MSG_TRUNC gives 'a long', and that there were 14 bytes
the next one has 14 bytes: 'a long message'
`,
      ),
  },

  '11-raw-ping': {
    needs: rootWith('setpriv', 'python3'),
    run: async () => {
      // Python hears what goes over loopback: the request's sum is right when it adds up to 0xffff, RFC 1071.
      await using remote = new Remote()
      await remote.run(`r = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)`)
      await using ping = example('11-raw-ping')
      await said(
        ping,
        /^127\.0\.0\.1 answers 'are you there\?' in \d+\.\d{3} ms\n::1 answers 'are you there\?' in \d+\.\d{3} ms\n$/,
      )
      await remote.run(`
while True:
  m = r.recv(100)[20:]
  if m[0] == 8 and m[8:] == b'are you there?' and m[4:6] == struct.pack('!H', ${ping.pid} & 0xffff): break
sum = sum(struct.unpack('!11H', m))`)
      assert.equal(await remote.run('(sum & 0xffff) + (sum >> 16)'), 0xffff)
      await using refused = behind(without('net_raw'), '11-raw-ping')
      await refused.exits(1)
      assert.equal(refused.out, '')
      assert.equal(refused.err, 'raw sockets need root, or the capability CAP_NET_RAW\n')
    },
  },

  '12-short-send': {
    run: async () => {
      await using program = example('12-short-send')
      await program.exits(0)
      const lines =
        /^send took (\d+) of 1000000 bytes\nafter (\d+) bytes: EAGAIN\nsendall: EAGAIN after (\d+) bytes\nsendall sent the other (\d+)\nreceived: 1000000\n$/
      const [first = 0, full = 0, more = 0, other = 0] = lines.exec(program.out)?.slice(1).map(Number) ?? []
      assert.ok(first > 0 && first <= full && full < 1_000_000, program.out)
      assert.equal(full + more + other, 1_000_000)
      assert.equal(program.err, '')
    },
  },

  '13-sent-too-early': {
    run: () =>
      prints(
        '13-sent-too-early',
        `udp, no receiver: 9 bytes sent
udp, the receiver comes: recv ETIMEDOUT
udp, sent once more: recv 'in time'
unix, no such file: sendto ENOENT
unix, a file whose socket has gone: sendto ECONNREFUSED
unix, the receiver is there: recv 'in time'
`,
      ),
  },

  '14-ports': {
    needs: rootWith('unshare', 'ip', 'setpriv'),
    run: async () => {
      const ordinary = without('net_bind_service')
      const low = (limit: string): string[] => [
        ...NAMESPACE.slice(0, 4),
        `ip link set lo up; echo ${limit} > /proc/sys/net/ipv4/ip_unprivileged_port_start; exec "$@"`,
        'sh',
      ]
      const refused = 'SystemError: bind EACCES 127.0.0.1:80'
      const bound = 'bound to port 80'
      for (const [before, port80, start] of [
        [NAMESPACE, bound, 1024],
        [[...NAMESPACE, ...ordinary], refused, 1024],
        [[...low('80'), ...ordinary], bound, 80],
        [[...low('81'), ...ordinary], refused, 81],
      ] as const) {
        await using program = behind(before, '14-ports')
        await program.exits(0)
        const [any = '', range = '', ...rest] = program.out.split('\n')
        const port = Number(/^0: bound to port (\d+)$/.exec(any)?.[1])
        const [least, most] = /(\d+) to (\d+)/.exec(range)?.slice(1).map(Number) ?? []
        assert.ok(least !== undefined && most !== undefined && port >= least && port <= most, program.out)
        assert.deepEqual(rest, [
          `80: ${port80}`,
          `   ports from ${start} on are for everybody, as this machine has it`,
          '65535: bound to port 65535',
          '65536: RangeError: expected port from 0 to 65535, not 65536',
          '-1: RangeError: expected port from 0 to 65535, not -1',
          '',
        ])
        assert.equal(program.err, '')
      }
    },
  },

  '15-blocking-or-not': {
    run: async () => {
      await using program = example('15-blocking-or-not')
      await program.exits(0)
      assert.equal(
        program.out.replace(/after \d+\.\d ms, other work went on: /g, 'others: '),
        `awaited: 'hello' others: yes
blocking: 'hello' others: no
non-blocking: EAGAIN others: no
non-blocking, bytes there: 'hello' others: no
timed: ETIMEDOUT others: yes
timed and blocking: ETIMEDOUT others: no
timed, bytes there: 'hello' others: no
`,
      )
      assert.equal(program.err, '')
    },
  },

  '16-workers': {
    run: async () => {
      await using program = example('16-workers', 0, 3)
      const [, port] = await program.says(/^3 threads on 127\.0\.0\.1:(\d+)$/m)
      // The kernel chooses by a hash of the addresses: fifty connections do not all go to one thread of three.
      const answers = await Promise.all(
        Array.from({ length: 50 }, async () => {
          const client = await createConnection({ host: '127.0.0.1', port: Number(port) })
          try {
            await client.sendall('hello')
            client.shutdown(SHUT_WR)
            let answer = ''
            for await (const chunk of client) answer += chunk
            return answer
          } finally {
            client.close()
          }
        }),
      )
      for (const answer of answers) assert.match(answer, /^thread [1-3]: hello$/)
      assert.ok(new Set(answers).size > 1, answers[0])
      await interrupt(program)
    },
  },
}
