/** IPv6: scopes, flow labels, mapped addresses. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_INET6,
  createConnection,
  createServer,
  IPV6_V6ONLY,
  SOCK_DGRAM,
  SystemError,
  socket,
} from 'berkeley'
import { needsProgram, needsRoot } from '../support/needs.js'
import { node, Several } from './matrix.js'

describe('inet6', () => {
  it('a dual-stack socket sees IPv4 peers as mapped addresses, and answers them', async () => {
    using six = socket(AF_INET6, SOCK_DGRAM)
    six.setsockopt(IPV6_V6ONLY, false)
    six.bind({ host: '::', port: 0 })
    using four = socket(AF_INET, SOCK_DGRAM)
    four.bind({ host: '127.0.0.1', port: 0 })
    await four.sendto('question', { host: '127.0.0.1', port: six.getsockname().port })
    const [question, from] = await six.recvfrom(100)
    assert.equal(String(question), 'question')
    assert.ok(from !== null)
    assert.deepEqual([from.host, from.port], ['::ffff:127.0.0.1', four.getsockname().port])
    await six.sendto('answer', from)
    const [answer, answerer] = await four.recvfrom(100)
    assert.equal(String(answer), 'answer')
    assert.deepEqual(answerer, { family: 'inet', host: '127.0.0.1', port: six.getsockname().port })
  })

  it('a v6-only socket does not hear IPv4', async () => {
    using six = createServer({ host: '::', port: 0 })
    await assert.rejects(createConnection({ host: '127.0.0.1', port: six.getsockname().port }), {
      code: 'ECONNREFUSED',
    })
  })

  it('the address has flowinfo and scopeId; on loopback both are 0', async () => {
    using several = new Several()
    const server = several.add(createServer({ family: 'inet6', host: '::1', port: 0 }))
    const { port } = server.getsockname()
    assert.deepEqual(server.getsockname(), { family: 'inet6', host: '::1', port, flowinfo: 0, scopeId: 0 })
    const client = several.add(socket(AF_INET6))
    await client.connect({ host: '::1', port, flowinfo: 0, scopeId: 'lo' })
    const [connection, peer] = await server.accept()
    several.add(connection)
    assert.deepEqual(peer, client.getsockname())
  })

  it('a scope that is no interface: ENODEV', async () => {
    using made = socket(AF_INET6, SOCK_DGRAM)
    for (const address of [
      { host: 'fe80::1%nosuchif0', port: 1 },
      { host: 'fe80::1', scopeId: 'nosuchif0', port: 1 },
    ]) {
      assert.throws(
        () => made.bind(address),
        (error) => error instanceof SystemError && error.code === 'ENODEV',
      )
      await assert.rejects(made.sendto('x', address), { code: 'ENODEV' })
    }
  })

  it('a link-local address without a scope: EINVAL', async () => {
    using made = socket(AF_INET6)
    await assert.rejects(made.connect({ host: 'fe80::1', port: 1 }), { code: 'EINVAL', syscall: 'connect' })
  })

  const needs = needsRoot().skip ? needsRoot() : needsProgram('unshare', 'ip')
  it('link-local peers by scope number and by name, in addresses and in hosts', needs, async () => {
    const setup = [
      'ip link set lo up',
      'ip link add va type veth peer name vb',
      // No duplicate address detection: the address is good at once.
      'sysctl -qw net.ipv6.conf.va.accept_dad=0 net.ipv6.conf.vb.accept_dad=0',
      'ip link set va addrgenmode none',
      'ip link set vb addrgenmode none',
      'ip link set va up',
      'ip link set vb up',
      'ip addr add fe80::a/64 dev va nodad',
      'ip addr add fe80::b/64 dev vb nodad',
      'exec "$@"',
    ].join(' && ')
    const { code, stdout, stderr } = await node(
      `import { readFileSync } from 'node:fs'
       import assert from 'node:assert/strict'
       import { AF_INET6, SOCK_DGRAM, createConnection, createServer, formatAddress, socket } from 'berkeley'
       const index = (name) => Number(readFileSync('/sys/class/net/' + name + '/ifindex', 'utf8'))
       const scope = process.argv[1] === 'sysfs' ? index('va') : (() => { const s = socket(AF_INET6, SOCK_DGRAM); s.bind({ host: 'fe80::a%va', port: 0 }); const { scopeId } = s.getsockname(); s.close(); return scopeId })()
       assert.ok(scope > 0)
       const server = createServer({ host: 'fe80::a', port: 0, scopeId: 'va', family: 'inet6' })
       const { port } = server.getsockname()
       assert.deepEqual(server.getsockname(), { family: 'inet6', host: 'fe80::a', port, flowinfo: 0, scopeId: scope })
       assert.equal(formatAddress(server.getsockname()), '[fe80::a%' + scope + ']:' + port)
       for (const to of [{ host: 'fe80::a', port, scopeId: scope }, { host: 'fe80::a', port, scopeId: 'va' }, { host: 'fe80::a%va', port }, { host: 'fe80::a%' + scope, port }]) {
         const client = socket(AF_INET6)
         await client.connect(to)
         const [connection, peer] = await server.accept()
         assert.equal(peer.scopeId, scope)
         assert.deepEqual(client.getpeername(), server.getsockname())
         const other = await createConnection(to)
         const [accepted] = await server.accept()
         for (const each of [client, connection, other, accepted]) each.close()
       }
       server.close()
       console.log('ok')`,
      { before: ['unshare', '-n', 'sh', '-c', setup, 'sh'] },
    )
    assert.deepEqual([stdout, stderr, code], ['ok\n', '', 0])
  })
})
