/** The chat with programs that are not ours: nc, socat, and what tutorials write in Python. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { needsProgram } from '../support/needs.js'
import { abstractName, berkeley, Program, script, serving, temporary } from './program.js'

const nc = (...args: string[]): Program => new Program('nc', args)
const socat = (...args: string[]): Program => new Program('socat', args)

/** A peer that prints what it hears, and says what we write to it, in lines. */
async function talkBothWays(chat: Program, peer: Program, messages: boolean): Promise<void> {
  const end = messages ? '' : '\n'
  for (const text of ['hi', 'three', 'in a row: üñí🙂']) {
    peer.write(`${text}\n`)
    // nc sends its input as it comes: a datagram has the newline too.
    await chat.event('message', { message: `${text}\n` })
  }
  for (const text of ['hello', 'мир', '🙂🙂']) {
    chat.write(`${text}\n`)
    await peer.says(`${text}${end}`)
  }
}

describe('chat with nc and socat', { concurrency: 3 }, () => {
  for (const [name, listen, call] of [
    ['tcp', 'tcp://127.0.0.1:0', (port: number) => nc('-n', '-N', '127.0.0.1', `${port}`)],
    ['tcp over IPv6', 'tcp://[::1]:0', (port: number) => nc('-n', '-N', '::1', `${port}`)],
  ] as const)
    test(`nc calls over ${name}, and leaves`, needsProgram('nc'), async () => {
      const { server, port } = await serving(['chat', 'listen', listen])
      await using _server = server
      await using peer = call(port)
      await talkBothWays(server, peer, false)
      peer.end('bye\n')
      await server.event('message', { message: 'bye\n' })
      assert.equal((await server.event('ended')).how, 'left')
      await server.exits(0)
      await peer.exits(0)
    })

  test('nc calls and says all it has in one segment, a q behind it', needsProgram('nc'), async () => {
    const { server, port } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    await using peer = nc('-n', '127.0.0.1', `${port}`)
    peer.end('one\ntwo\nq\nthree\n')
    assert.equal((await server.event('ended')).how, 'quit')
    const said = server.rest.filter(({ event }) => event === 'message').map(({ message }) => message)
    assert.equal(said.join(''), 'one\ntwo\n', 'what comes before the q is heard, what comes behind it is not')
    await server.exits(0)
    await peer.exits(0)
  })

  test('nc -l is called over tcp; our q ends it', needsProgram('nc'), async () => {
    await using peer = nc('-n', '-lv', '127.0.0.1', '0')
    const [, port] = await peer.complains(/Listening on 127\.0\.0\.1 (\d+)/)
    await using client = berkeley(['chat', 'connect', `tcp://127.0.0.1:${port}`, '--json'])
    await client.event('joined')
    await talkBothWays(client, peer, false)
    client.write('q\n')
    await peer.says(/q\n$/)
    await client.exits(0)
    await peer.exits(0)
  })

  // nc calls here: one that listens ends as soon as it hears our end.
  test('our end of input leaves the other direction open', needsProgram('nc'), async () => {
    const { server, port } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    await using peer = nc('-n', '127.0.0.1', `${port}`)
    await server.event('joined')
    server.end('that was all\n')
    await peer.says('that was all\n')
    peer.write('and still heard\n')
    await server.event('message', { message: 'and still heard\n' })
    peer.kill('SIGTERM')
    assert.equal((await server.event('ended')).how, 'left')
    await server.exits(0)
  })

  for (const [family, host] of [
    ['IPv4', '127.0.0.1'],
    ['IPv6', '::1'],
  ] as const)
    test(`nc -u calls over ${family}`, needsProgram('nc'), async () => {
      const at = host.includes(':') ? `[${host}]` : host
      const { server, port } = await serving(['chat', 'listen', `udp://${at}:0`])
      await using _server = server
      await using peer = nc('-n', '-u', host, `${port}`)
      await talkBothWays(server, peer, true)
      peer.write('q\n')
      assert.equal((await server.event('ended')).how, 'quit')
      await server.exits(0)
    })

  test('nc -lu is called', needsProgram('nc'), async () => {
    await using peer = nc('-n', '-luv', '127.0.0.1', '0')
    const [, port] = await peer.complains(/Bound on 127\.0\.0\.1 (\d+)/)
    await using client = berkeley(['chat', 'connect', `udp://127.0.0.1:${port}`, '--json'])
    client.write('hello\n')
    await peer.says('hello')
    await talkBothWays(client, peer, true)
    peer.write(' Q \n')
    await client.exits(0)
  })

  test('nc -U calls a unix socket', needsProgram('nc'), async () => {
    using directory = temporary()
    const { server } = await serving(['chat', 'listen', `unix:${directory.file('s')}`])
    await using _server = server
    await using peer = nc('-U', directory.file('s'))
    await talkBothWays(server, peer, false)
    server.write('q\n')
    await server.exits(0)
    await peer.exits(0)
  })

  test('socat listens on a unix socket', needsProgram('socat'), async () => {
    using directory = temporary()
    await using peer = socat('-d', '-d', `UNIX-LISTEN:${directory.file('s')}`, '-')
    await peer.complains(/listening on/)
    await using client = berkeley(['chat', 'connect', `unix:${directory.file('s')}`, '--json'])
    await talkBothWays(client, peer, false)
    peer.end()
    assert.equal((await client.event('ended')).how, 'left')
    await client.exits(0)
  })

  test('socat calls an abstract name', needsProgram('socat'), async () => {
    const name = abstractName()
    const { server } = await serving(['chat', 'listen', name])
    await using _server = server
    await using peer = socat('-t', '5', '-', `ABSTRACT-CONNECT:${name.slice(1)}`)
    await talkBothWays(server, peer, false)
    peer.end('q\n')
    assert.equal((await server.event('ended')).how, 'quit')
    await server.exits(0)
    await peer.exits(0)
  })

  test('socat calls seqpacket', needsProgram('socat'), async () => {
    using directory = temporary()
    const { server } = await serving(['chat', 'listen', `unix-seqpacket:${directory.file('s')}`])
    await using _server = server
    await using peer = socat('-t', '5', '-', `UNIX-CONNECT:${directory.file('s')},socktype=5`)
    await talkBothWays(server, peer, true)
    peer.end()
    assert.equal((await server.event('ended')).how, 'left')
    await server.exits(0)
    await peer.exits(0)
  })

  test('socat calls unix-dgram', needsProgram('socat'), async () => {
    using directory = temporary()
    const { server } = await serving(['chat', 'listen', `unix-dgram:${directory.file('s')}`])
    await using _server = server
    await using peer = socat('-', `UNIX-SENDTO:${directory.file('s')},bind=${directory.file('c')}`)
    await talkBothWays(server, peer, true)
    peer.write('q\n')
    assert.equal((await server.event('ended')).how, 'quit')
    await server.exits(0)
  })

  test('socat waits for a datagram', needsProgram('socat'), async () => {
    await using peer = socat('-d', '-d', 'UDP-LISTEN:0,bind=127.0.0.1', '-')
    const [, port] = await peer.complains(/listening on UDP AF=2 127\.0\.0\.1:(\d+)/)
    await using client = berkeley(['chat', 'connect', `udp://127.0.0.1:${port}`, '--json'])
    client.write('anybody there\n')
    await peer.says('anybody there')
    await talkBothWays(client, peer, true)
    client.write('q\n')
    await client.exits(0)
  })
})

describe('chat with lock-step Python', { ...needsProgram('python3'), concurrency: 3 }, () => {
  for (const transport of ['tcp', 'udp'])
    for (const quitter of ['we', 'they']) {
      test(`${transport}: its client calls; ${quitter} say q`, async () => {
        const { server, port } = await serving([
          'chat',
          'listen',
          `${transport}://127.0.0.1:0`,
          '--eol',
          'none',
        ])
        await using _server = server
        await using peer = script('lockstep.py', 'client', transport, `${port}`)
        for (const turn of ['one', 'zwei ü', '三 🙂']) {
          peer.write(`${turn}\n`)
          await server.event('message', { message: turn })
          server.write(`to ${turn}\n`)
          await peer.says(`heard 'to ${turn}'\n`)
        }
        if (quitter === 'we') {
          peer.write('last\n')
          await server.event('message', { message: 'last' })
          server.write('q\n')
          await peer.says("heard 'q'\n")
        } else peer.write('q\n')
        assert.equal((await server.event('ended')).how, 'quit')
        await server.exits(0)
        await peer.exits(0)
      })

      test(`${transport}: its server is called; ${quitter} say q`, async () => {
        await using peer = script('lockstep.py', 'server', transport, '0')
        const [, port] = await peer.says(/port (\d+)\n/)
        const where = `${transport}://127.0.0.1:${port}`
        await using client = berkeley(['chat', 'connect', where, '--eol', 'none', '--json'])
        for (const turn of ['one', 'zwei ü', '三 🙂']) {
          client.write(`${turn}\n`)
          await peer.says(`heard '${turn}'\n`)
          peer.write(`to ${turn}\n`)
          await client.event('message', { message: `to ${turn}` })
        }
        client.write(quitter === 'we' ? 'q\n' : 'last\n')
        await peer.says(quitter === 'we' ? "heard 'q'\n" : "heard 'last'\n")
        if (quitter === 'they') peer.write('Q\n')
        assert.equal((await client.event('ended')).how, 'quit')
        await client.exits(0)
        await peer.exits(0)
      })
    }
})
