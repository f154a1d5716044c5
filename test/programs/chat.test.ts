/** berkeley with berkeley, over every kind of socket. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'node:test'
import '../support/leaks.js'
import { abstractName, berkeley, type Program, serving, temporary } from './program.js'

interface Transport {
  readonly name: string
  /** What ends a message on the wire. */
  readonly framing: '\n' | ''
  readonly where: (directory: string) => string
}

const transports: readonly Transport[] = [
  { name: 'tcp over IPv4', framing: '\n', where: () => 'tcp://127.0.0.1:0' },
  { name: 'tcp over IPv6', framing: '\n', where: () => 'tcp://[::1]:0' },
  { name: 'udp over IPv4', framing: '', where: () => 'udp://127.0.0.1:0' },
  { name: 'udp over IPv6', framing: '', where: () => 'udp://[::1]:0' },
  { name: 'unix', framing: '\n', where: (directory) => `unix:${directory}/s` },
  { name: 'unix-dgram', framing: '', where: (directory) => `unix-dgram:${directory}/s` },
  { name: 'unix-seqpacket', framing: '', where: (directory) => `unix-seqpacket:${directory}/s` },
  { name: 'abstract', framing: '\n', where: abstractName },
  { name: 'abstract unix-dgram', framing: '', where: () => `unix-dgram:${abstractName()}` },
  { name: 'abstract unix-seqpacket', framing: '', where: () => `unix-seqpacket:${abstractName()}` },
]

/** What a side has heard, all its messages as one. */
function heard(program: Program): string {
  return program.rest
    .filter(({ event }) => event === 'message')
    .map(({ message }) => message)
    .join('')
}

async function bothEnd(server: Program, client: Program, how: 'quit' | 'left'): Promise<void> {
  assert.equal((await client.event('ended')).how, how)
  assert.equal((await server.event('ended')).how, how)
  await client.exits(0)
  await server.exits(0)
  assert.equal(client.err + server.err, '')
}

describe('chat', { concurrency: 3 }, () => {
  for (const [row, { name, framing, where }] of transports.entries()) {
    const open = async (directory: string) => {
      const { server, endpoint } = await serving(['chat', 'listen', where(directory)])
      return { server, client: berkeley(['chat', 'connect', endpoint, '--json']) }
    }

    test(`${name}: several messages in a row from either side, then q`, async () => {
      using directory = temporary()
      const { server, client } = await open(directory.path)
      await using _server = server
      await using _client = client
      await client.event('joined')
      for (const text of ['one', 'zwei', '三 🙂', ' four ']) {
        client.write(`${text}\n`)
        await server.event('message', { message: `${text}${framing}` })
      }
      await server.event('joined')
      server.write('un\ndos\nтри\n')
      // On a stream two lines may come as one chunk: what was said, and not how it was cut, is what counts.
      const expected = `un${framing}dos${framing}три${framing}`
      await client.until(() => (heard(client).length >= expected.length ? true : undefined), 'three messages')
      assert.equal(heard(client), expected)
      const [speaker, say] = row % 2 === 0 ? [client, 'q'] : [server, ' Q ']
      speaker.write(`${say}\n`)
      await bothEnd(server, client, 'quit')
      assert.equal(existsSync(directory.file('s')), false, 'the socket file is gone')
    })

    // With an abstract name the same sockets, found by another way only.
    if (name.startsWith('abstract ')) continue

    test(`${name}: the end of the input comes behind all that was said`, async () => {
      using directory = temporary()
      const { server, client } = await open(directory.path)
      await using _server = server
      await using _client = client
      const lines = Array.from({ length: 9 }, (_, i) => `line ${i}`)
      // The last line has no end of its own.
      client.end(lines.join('\n'))
      // Over datagrams there is no end but a word.
      await bothEnd(server, client, /udp|dgram/.test(name) ? 'quit' : 'left')
      assert.equal(heard(server), lines.map((line) => `${line}${framing}`).join(''))
    })
  }

  for (const [row, signal] of (['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGINT', 'SIGTERM'] as const).entries()) {
    const { name, where } = transports[row + 2] as Transport

    test(`${name}: ${signal} ends who waits for a caller`, async () => {
      using directory = temporary()
      const { server } = await serving(['chat', 'listen', where(directory.path)])
      await using _server = server
      server.kill(signal)
      await server.exits(0)
      assert.equal(existsSync(directory.file('s')), false, 'the socket file is gone')
    })
  }

  for (const [signal, side] of [
    ['SIGINT', 'client'],
    ['SIGTERM', 'server'],
  ] as const)
    test(`tcp: ${signal} ends the ${side} in a talk, and the other has heard all of it`, async () => {
      const { server, endpoint } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
      await using _server = server
      await using client = berkeley(['chat', 'connect', endpoint, '--json'])
      await client.event('joined')
      await server.event('joined')
      const [speaker, listener] = side === 'client' ? [client, server] : [server, client]
      speaker.write('last words\n')
      await listener.event('message', { message: 'last words\n' })
      speaker.kill(signal)
      assert.equal((await listener.event('ended')).how, 'left')
      await speaker.exits(0)
      await listener.exits(0)
    })

  test('the two ends of a talk may say q at once', async () => {
    const { server, endpoint } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    await using client = berkeley(['chat', 'connect', endpoint, '--json'])
    await Promise.all([server.event('joined'), client.event('joined')])
    server.write('q\n')
    client.write('q\n')
    await bothEnd(server, client, 'quit')
  })

  test('lines typed before anybody calls wait for the caller', async () => {
    const { server, endpoint } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    server.write('early\nbird\n')
    await using client = berkeley(['chat', 'connect', endpoint, '--json'])
    await client.until(() => (heard(client) === 'early\nbird\n' ? true : undefined), 'both lines')
    client.write('q\n')
    await bothEnd(server, client, 'quit')
  })

  test('without --json people read lines', async () => {
    const { server, endpoint } = await serving(['chat', 'listen', 'tcp://127.0.0.1:0'])
    await using _server = server
    await using client = berkeley(['chat', 'connect', endpoint])
    await server.event('joined')
    server.write('hello\nq\n')
    await client.exits(0)
    const remote = endpoint.replace('tcp://', '')
    assert.equal(client.out, `talking with ${remote}; q ends the talk\nhello\nthe talk is over\n`)
  })
})
