/** A listening socket that several processes have: inherited, passed on, or handed over for good. */
import { needs } from './namespace.js'
import '../../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync } from 'node:fs'
import { describe, it } from 'node:test'
import {
  AF_INET,
  AF_UNIX,
  type InetAddress,
  SOCK_STREAM,
  type Socket,
  socket,
  socketpair,
  type UnixAddress,
} from 'berkeley'
import { needsProgram } from '../../support/needs.js'
import { Several, temporary } from '../matrix.js'
import { javascript, Peer, python } from './peer.js'
import { ways } from './ways.js'

/** Takes one connection at a time, says by whom it is served, and keeps it until its client goes. */
const SERVER = {
  awaited: `
    import { socket } from 'berkeley'
    const server = socket(undefined, undefined, undefined, { fileno: 3 })
    console.log('ready')
    for await (const [connection] of server.connections()) {
      await connection.sendall(String(process.pid))
      await connection.recv(1)
      connection.close()
    }`,
  blocking: `
    import { socket } from 'berkeley'
    const server = socket(undefined, undefined, undefined, { fileno: 3 })
    console.log('ready')
    for (;;) {
      const [connection] = server.acceptSync()
      connection.sendallSync(String(process.pid))
      connection.recvSync(1)
      connection.close()
    }`,
}

function listener(): Socket<InetAddress> {
  const made = socket(AF_INET, SOCK_STREAM)
  made.bind({ host: '127.0.0.1', port: 0 })
  made.listen()
  return made
}

/** Who serves as many connections at once. */
async function servers(address: InetAddress, count: number): Promise<string[]> {
  using several = new Several()
  const clients = Array.from({ length: count }, () => several.add(socket(AF_INET, SOCK_STREAM)))
  for (const client of clients) await client.connect(address)
  const names: string[] = []
  for (const client of clients) names.push(`${await client.recv(100)}`)
  return names.sort()
}

describe('a listening socket shared by two children', needs, () => {
  for (const [one, other] of [
    ['awaited', 'awaited'],
    ['blocking', 'blocking'],
    ['awaited', 'blocking'],
  ] as const)
    it(`gives each of them connections (${one}, ${other})`, async () => {
      using server = listener()
      await using first = javascript(SERVER[one], [server.fileno()])
      await using second = javascript(SERVER[other], [server.fileno()])
      const address = server.getsockname()
      server.close()
      for (const child of [first, second]) assert.equal(await child.line(), 'ready')
      const both = [first, second].map(({ pid }) => `${pid}`).sort()
      for (let round = 0; round < 5; round++) assert.deepEqual(await servers(address, 2), both)
      // Who is left serves alone.
      await first[Symbol.asyncDispose]()
      assert.deepEqual(await servers(address, 1), [`${second.pid}`])
    })
})

describe('a listening socket passed to python3', needs, () => {
  for (const { name, of } of ways)
    it(`by SCM_RIGHTS serves there, and here still (${name})`, async () => {
      const path = temporary()
      using meeting: Socket<UnixAddress> = socket(AF_UNIX, SOCK_STREAM)
      meeting.bind({ path })
      meeting.listen()
      using server = listener()
      await using peer = python(
        `u = socket(AF_UNIX, SOCK_STREAM); u.connect('${path}')
_, [fd], _, _ = recv_fds(u, 100, 1)
s = socket(fileno=fd); say('ready')
c, _ = s.accept(); c.sendall(b'python'); c.close(); say('served')
hear()
back = create_server(('127.0.0.1', 0)); send_fds(u, [b'yours'], [back.fileno()]); back.close(); say('sent')
hear()`,
      )
      const [accepted] = await of(meeting).accept()
      using unix = accepted
      await of(unix).sendFds('a listener', [server.fileno()])
      assert.equal(await peer.line(), 'ready')
      assert.deepEqual(await servers(server.getsockname(), 1), ['python'])
      assert.equal(await peer.line(), 'served')
      using late = socket(AF_INET, SOCK_STREAM)
      await of(late).connect(server.getsockname())
      const [own] = await of(server).accept()
      own.close()

      // And one from there, which lives on here alone.
      peer.tell('now')
      const { data, fds } = await of(unix).recvFds(100, 1)
      assert.equal(`${data}`, 'yours')
      assert.equal(await peer.line(), 'sent')
      const [fd] = fds
      assert.ok(fd !== undefined)
      using adopted = socket(AF_INET, SOCK_STREAM, 0, { fileno: fd.take() })
      using client = socket(AF_INET, SOCK_STREAM)
      await of(client).connect(adopted.getsockname())
      const [connection] = await of(adopted).accept()
      assert.deepEqual(connection.getpeername(), client.getsockname())
      connection.close()
    })
})

const needsCompiler = needs.skip === false ? needsProgram('cc') : needs

describe('a C program', needsCompiler, () => {
  const SOURCE = `
    #include <stdio.h>
    #include <sys/socket.h>
    #include <unistd.h>
    int main(void) {
      for (;;) {
        int connection = accept(3, NULL, NULL);
        if (connection < 0) { perror("accept"); return 1; }
        if (write(connection, "C", 1) != 1) return 1;
        puts("served");
        fflush(stdout);
        close(connection);
      }
    }`

  it('is handed a listener that blocks, as it expects, by detach({ blocking: true })', async () => {
    const program = temporary('accept')
    const { status, stderr } = spawnSync('cc', ['-x', 'c', '-o', program, '-'], { input: SOURCE })
    assert.equal(status, 0, String(stderr))
    using server = listener()
    const address = server.getsockname()
    const fd = server.detach({ blocking: true })
    await using peer = new Peer([program], [fd])
    closeSync(fd)
    for (let i = 0; i < 3; i++) {
      assert.deepEqual(await servers(address, 1), ['C'])
      assert.equal(await peer.line(), 'served')
    }
  })
})

describe('one end of a pair', needs, () => {
  for (const { name, of } of ways)
    it(`that a python3 inherits talks (${name})`, async () => {
      const [ours, theirs] = socketpair()
      using mine = ours
      await using _ = python(
        `s = socket(fileno=3)
while data := s.recv(100): s.sendall(data.upper())`,
        { fds: [theirs.fileno()] },
      )
      theirs.close()
      await of(mine).sendall('hello')
      assert.equal(`${await of(mine).recv(100)}`, 'HELLO')
    })
})
