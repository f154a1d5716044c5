/** sock_diag beside ss(8): the sockets of this namespace, made here, told by both. */
import { needs, sh } from '../usage/namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import * as k from 'berkeley'
import { type Address, createServer, type InetAddress, type Socket, socket, socketpair } from 'berkeley'
import { type InetSocket, SocketDiag } from 'berkeley/netlink'

const tcpStates: Readonly<Record<number, string>> = {
  [k.TCP_ESTABLISHED]: 'ESTAB',
  [k.TCP_LISTEN]: 'LISTEN',
  [k.TCP_TIME_WAIT]: 'TIME-WAIT',
  [k.TCP_FIN_WAIT2]: 'FIN-WAIT-2',
  [k.TCP_CLOSE_WAIT]: 'CLOSE-WAIT',
  [k.TCP_CLOSE]: 'UNCONN',
}

/** A socket as `ss -H -n -e` begins its line. */
function asSs({ state, rqueue, wqueue, local, remote, family, inode, cookie }: InetSocket): string {
  const text = ({ host, port }: { host: string; port: number }): string =>
    `${family === 'inet' ? host : `[${host}]`}:${port === 0 ? '*' : port}`
  return [
    ...[tcpStates[state], rqueue, wqueue, text(local), text(remote)],
    ...[`ino:${inode}`, `sk:${cookie.toString(16)}`],
  ].join(' ')
}

/** The same of what ss says. */
function listed(command: string): string[] {
  return sh(command)
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const words = line.split(/\s+/)
      const ino = words.find((word) => word.startsWith('ino:'))
      const sk = words.find((word) => word.startsWith('sk:'))
      return [...words.slice(0, 5), ino, sk].filter((each) => each !== undefined).join(' ')
    })
    .sort()
}

function listener(): Socket<InetAddress> {
  const server = socket(k.AF_INET, k.SOCK_STREAM)
  server.bind({ host: '127.0.0.1', port: 0 })
  server.listen()
  return server
}

class Several implements Disposable {
  readonly #all: Socket<never>[] = []
  add<A extends Address>(one: Socket<A>): Socket<A> {
    this.#all.push(one as unknown as Socket<never>)
    return one
  }
  [Symbol.dispose](): void {
    for (const one of this.#all) one.close()
  }
}

describe('sockets of IP', needs, () => {
  it('are those of ss: their state, addresses, queues, inodes and cookies', async () => {
    using several = new Several()
    for (const host of ['127.0.0.1', '::1']) {
      const server = several.add(createServer({ host, port: 0 }))
      const family = host === '::1' ? k.AF_INET6 : k.AF_INET
      for (let i = 0; i < 3; i++) {
        const client = several.add(socket(family as typeof k.AF_INET, k.SOCK_STREAM))
        await client.connect(server.getsockname() as never)
        const [served] = await server.accept()
        several.add(served)
        if (i === 0) await client.sendall('unread bytes')
        if (i === 1) served.close()
        if (i === 2) served.shutdown(k.SHUT_WR)
      }
      const datagrams = several.add(socket(family as typeof k.AF_INET, k.SOCK_DGRAM))
      datagrams.bind({ host, port: 0 })
    }
    using diag = new SocketDiag()
    const tcp = await diag.inet()
    assert.ok(tcp.length >= 14, `${tcp.length}`)
    assert.deepEqual(tcp.map(asSs).sort(), listed('ss -H -t -a -n -e'))
    const udp = await diag.inet({ protocol: k.IPPROTO_UDP })
    assert.deepEqual(udp.map(asSs).sort(), listed('ss -H -u -a -n -e'))
    const listening = await diag.inet({ states: [k.TCP_LISTEN] })
    assert.deepEqual(listening.map(asSs).sort(), listed('ss -H -t -l -n -e'))
    assert.equal(listening.length, 2)
    assert.deepEqual([...new Set(listening.map(({ family }) => family))].sort(), ['inet', 'inet6'])
    assert.deepEqual((await diag.inet({ family: 'inet6' })).map(asSs).sort(), listed('ss -H -6 -t -a -n -e'))
    await assert.rejects(diag.inet({ states: [99] }), RangeError)
  })

  it('tell TCP_INFO, memory, congestion control and options as the sockets do', async () => {
    using server = listener()
    using client = socket(k.AF_INET, k.SOCK_STREAM)
    client.setsockopt(k.IP_TOS, 0x10)
    client.setsockopt(k.SO_MARK, 77)
    client.setsockopt(k.SO_KEEPALIVE, true)
    await client.connect(server.getsockname())
    const [served] = await server.accept()
    using _ = served
    await client.sendall(new Uint8Array(5000))
    using diag = new SocketDiag()
    const own = client.getsockname()
    const found = (await diag.inet()).find(({ local }) => local.port === own.port) as InetSocket
    assert.deepEqual(found.local, { host: own.host, port: own.port })
    const info = client.getsockopt(k.TCP_INFO)
    for (const name of [
      'state',
      'rto',
      'sndMss',
      'rcvMss',
      'sndCwnd',
      'pmtu',
      'bytesAcked',
      'bytesSent',
      'segsOut',
      'rtt',
    ] as const)
      assert.equal(found.info?.[name], info[name], name)
    assert.equal(found.cong, client.getsockopt(k.TCP_CONGESTION))
    assert.equal(found.tos, 0x10)
    assert.equal(found.mark, 77)
    assert.equal(found.skmeminfo?.rcvbuf, client.getsockopt(k.SO_RCVBUF))
    assert.equal(found.skmeminfo?.sndbuf, client.getsockopt(k.SO_SNDBUF))
    assert.equal(found.cookie, client.getsockopt(k.SO_COOKIE))
    assert.equal(found.inode, statSync(`/proc/self/fd/${client.fileno()}`).ino)
    // Keepalive, in two hours.
    assert.equal(found.timer, 2)
    assert.ok(found.expires > 7_000_000 && found.expires <= 7_200_000, `${found.expires}`)
    assert.equal(found.unknown, undefined)
    assert.equal(typeof found.cgroupId, 'bigint')
    const cgroup = /cgroup:(\S+)/.exec(sh(`ss -H -t -n --cgroup sport = :${own.port}`))?.[1]
    assert.ok(cgroup !== undefined)
    const there = (await diag.inet()).find(({ remote }) => remote.port === own.port)
    assert.equal(there?.rqueue, 5000)
  })

  it('can be ended', async () => {
    using server = listener()
    using client = socket(k.AF_INET, k.SOCK_STREAM)
    await client.connect(server.getsockname())
    const [served] = await server.accept()
    using _ = served
    using diag = new SocketDiag()
    const { port } = client.getsockname()
    const found = (await diag.inet()).find(({ local }) => local.port === port) as InetSocket
    const ends = [client.recv(10), served.recv(10)]
    await diag.destroy(found)
    const [here, there] = await Promise.allSettled(ends)
    assert.equal(here?.status === 'rejected' && here.reason.code, 'ECONNABORTED')
    assert.equal(there?.status === 'rejected' && there.reason.code, 'ECONNRESET')
    await assert.rejects(diag.destroy(found), { code: 'ENOENT' })
  })
})

describe('other sockets', needs, () => {
  it('unix: are those of ss, with names, peers and queues', async () => {
    using several = new Several()
    const folder = mkdtempSync(join(tmpdir(), 'berkeley-'))
    try {
      const path = join(folder, 'listens')
      const server = several.add(createServer({ path }))
      const abstract = several.add(socket(k.AF_UNIX, k.SOCK_DGRAM))
      abstract.bind({ abstract: 'diag\0odd' })
      const [one, two] = socketpair(k.AF_UNIX, k.SOCK_SEQPACKET)
      several.add(one)
      several.add(two)
      await one.send('four')
      using diag = new SocketDiag()
      const found = await diag.unix()
      const inode = (of: Socket<never>): number => statSync(`/proc/self/fd/${of.fileno()}`).ino
      const of = (made: unknown): (typeof found)[number] | undefined =>
        found.find((each) => each.inode === inode(made as Socket<never>))
      assert.equal(of(server)?.path, path)
      assert.equal(of(server)?.state, k.TCP_LISTEN)
      assert.equal(of(server)?.vfs?.ino, statSync(path).ino)
      assert.equal(of(abstract)?.abstract, 'diag\0odd')
      assert.equal(of(two)?.rqlen?.rqueue, 4)
      assert.equal(of(two)?.peer, of(one)?.inode)
      assert.deepEqual([of(two)?.type, of(two)?.uid], [k.SOCK_SEQPACKET, process.getuid?.()])
      const types: Readonly<Record<number, string>> = { 1: 'u_str', 2: 'u_dgr', 5: 'u_seq' }
      const lines = sh('ss -H -x -a -n -e')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => line.trim().split(/\s+/))
      assert.deepEqual(
        found.map((each) => `${types[each.type]} ${each.inode} ${each.peer ?? 0}`).sort(),
        lines
          .map((words) => {
            const at = words.findIndex((word, i) => i > 3 && /^\d+$/.test(word))
            return `${words[0]} ${words[at]} ${words[at + 2]}`
          })
          // The pipes to the shell that runs ss are sockets, too, and were not there before.
          .filter((line) => found.some(({ inode }) => line.split(' ')[1] === String(inode)))
          .sort(),
      )
      assert.deepEqual(
        (await diag.unix({ states: [k.TCP_LISTEN] })).map(({ path }) => path),
        [path],
      )
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('netlink and packet: are those of ss', async () => {
    using several = new Several()
    const listens = several.add(socket(k.AF_NETLINK, k.SOCK_RAW, k.NETLINK_ROUTE))
    listens.bind({ pid: 0, groups: 0x11 })
    const packets = several.add(
      socket(k.AF_PACKET, k.SOCK_RAW, k.htons(k.ETH_P_ALL)) as unknown as Socket<never>,
    )
    using diag = new SocketDiag()
    const netlink = await diag.netlink()
    const { pid } = listens.getsockname()
    const mine = netlink.find(({ portid, protocol }) => portid === pid && protocol === k.NETLINK_ROUTE)
    assert.deepEqual(mine?.groups, [1, 5])
    assert.ok((mine?.meminfo?.rcvbuf ?? 0) > 0)
    const kernels = netlink.filter(({ portid }) => portid === 0)
    assert.ok(kernels.length > 0)
    const count = (command: string): number =>
      sh(command)
        .split('\n')
        .filter((line) => line !== '').length
    // ss has a netlink socket of its own while it looks.
    assert.equal(netlink.length, count(`ss -H -a -A netlink | grep -v ss/`))
    const packet = await diag.packet()
    assert.equal(packet.length, 1)
    assert.equal(packet[0]?.inode, statSync(`/proc/self/fd/${packets.fileno()}`).ino)
    assert.deepEqual([packet[0]?.type, packet[0]?.num, packet[0]?.info?.index], [k.SOCK_RAW, k.ETH_P_ALL, 0])
    assert.equal(count('ss -H -a -0 -n'), 1)
  })
})
