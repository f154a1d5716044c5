/** Examples 01 to 07: two ends, of which the other one is python3, nc or the sister. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { Program, temporary } from '../programs/program.js'
import { bytes, Remote } from '../programs/remote.js'
import { needsProgram } from '../support/needs.js'
import { example, interrupt, type Proof, said, serving } from './example.js'

const python = needsProgram('python3')
const both = needsProgram('python3', 'nc')

/** What would clear a screen; runtimes spell its first character \x1b or \x1B when they show it. */
const ESCAPE = '\x1b[2J'

/** A python with a listening socket `l`, or with a bound datagram socket `u`. */
async function pythonServer(): Promise<{ remote: Remote; port: number }> {
  const remote = new Remote()
  await remote.run(`l = socket.create_server(('127.0.0.1', 0))`)
  return { remote, port: await remote.run<number>('l.getsockname()[1]') }
}
async function pythonReceiver(): Promise<{ remote: Remote; port: number }> {
  const remote = new Remote()
  await remote.run(`u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.bind(('127.0.0.1', 0))`)
  return { remote, port: await remote.run<number>('u.getsockname()[1]') }
}

/** Reads `s` to its end. */
const REST = `b''.join(iter(lambda: s.recv(100), b''))`

/** nc with this as its input, and its output. */
async function nc(args: readonly (string | number)[], input: string): Promise<string> {
  await using client = new Program('nc', args.map(String))
  client.end(input)
  await client.exits(0)
  return client.out
}

export const talks: Readonly<Record<string, Proof>> = {
  '01-tcp-upper-server': {
    needs: both,
    run: async () => {
      const { server, port } = await serving('01-tcp-upper-server')
      await using _server = server
      assert.equal(await nc(['-N', '127.0.0.1', port], 'hello\n'), 'HELLO\n')
      await server.says(`says 'hello\\n'`)
      await using client = new Remote()
      const connect = `s = socket.create_connection(('127.0.0.1', ${port}))`
      await client.run(`${connect}; s.sendall('grüße'.encode())`)
      assert.equal(await client.text(REST), 'GRÜSSE')
      // Who says nothing, who breaks the connection off, and who would steer the terminal.
      await client.run(`${connect}; s.close()`)
      await client.run(
        `${connect}; s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()`,
      )
      await server.says('ECONNRESET')
      await client.run(`${connect}; s.sendall(${bytes(ESCAPE)})`)
      assert.equal(await client.text(REST), ESCAPE)
      await server.says(/says '\\x1[bB]\[2J'\n/)
      assert.ok(!server.out.includes('\x1b'))
      await using sister = example('01-tcp-upper-client', port, 'good morning')
      await said(sister, /^connected from port \d+\nthe answer is 'GOOD MORNING'\n$/)
      await interrupt(server)
    },
  },

  '01-tcp-upper-client': {
    needs: python,
    run: async () => {
      const { remote, port } = await pythonServer()
      await using _remote = remote
      await using client = example('01-tcp-upper-client', port, 'straße')
      await remote.run('s, peer = l.accept()')
      assert.equal(await remote.text('s.recv(100)'), 'straße')
      // In pieces, one of which ends within a character.
      for (const piece of [[0xe2], [0x82, 0xac, 0x0a], [0x07]])
        await remote.run(`s.sendall(${bytes(Uint8Array.from(piece))}); time.sleep(0.01)`)
      await remote.run('s.close()')
      const from = await remote.run<number>('peer[1]')
      await said(client, `connected from port ${from}\nthe answer is '€\\n\\x07'\n`)
      // A server without end.
      await using patient = example('01-tcp-upper-client', port)
      await remote.run(`
s, _ = l.accept()
try:
  while True: s.sendall(bytes(50000))
except ConnectionError: pass
l.close()`)
      await patient.exits(0)
      await using refused = example('01-tcp-upper-client', port)
      await refused.complains(/ECONNREFUSED/)
      await refused.exits(1)
    },
  },

  '02-tcp-time-echo-server': {
    needs: both,
    run: async () => {
      const { server, port } = await serving('02-tcp-time-echo-server')
      await using _server = server
      await using client = new Remote()
      // Two at once; each line is answered by itself, with a time that Python's own ctime() stands around.
      await client.run(`s, t = (socket.create_connection(('127.0.0.1', ${port})) for _ in '12')`)
      for (const name of ['s', 't', 's']) {
        await client.run(`before = time.time(); ${name}.sendall(b'hello')`)
        const answer = await client.text(`${name}.recv(29, socket.MSG_WAITALL)`)
        assert.equal(answer.slice(24), 'hello')
        const time = `time.mktime(time.strptime('${answer.slice(0, 24)}'))`
        assert.equal(await client.run(`time.ctime(${time})`), answer.slice(0, 24))
        assert.equal(await client.run(`int(before) <= ${time} <= time.time()`), true)
      }
      assert.match(
        await nc(['-N', '127.0.0.1', port], 'nc\n'),
        /^\w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}nc\n$/,
      )
      // One that breaks off, and the other is still served.
      await client.run(
        `t.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); t.close()`,
      )
      await server.says('ECONNRESET')
      await client.run(`s.sendall(b'x'); s.shutdown(socket.SHUT_WR)`)
      assert.match(await client.text(REST), /x$/)
      await server.says('has gone')
      await interrupt(server)
    },
  },

  '02-tcp-time-echo-client': {
    needs: python,
    run: async () => {
      const { remote, port } = await pythonServer()
      await using _remote = remote
      await using client = example('02-tcp-time-echo-client', port)
      await remote.run('s, _ = l.accept()')
      for (const line of ['hello', 'größer']) {
        client.write(`${line}\n`)
        assert.equal(await remote.text(`s.recv(100)`), line)
        await remote.run(`s.sendall(time.ctime(0).encode()); time.sleep(0.01)`)
        await remote.run(`s.sendall(${bytes(line)})`)
        await client.says(new RegExp(`^'\\w{3} \\w{3} .{2} .{8} 19(?:70|69)${line}'$`, 'm'))
      }
      client.write('\n')
      await client.exits(0)
      assert.equal(await remote.text(REST), '')
      assert.equal(client.err, '')

      const { server, port: sisters } = await serving('02-tcp-time-echo-server')
      await using _server = server
      await using sister = example('02-tcp-time-echo-client', sisters)
      sister.end('one\ntwo\n')
      await said(sister, /^.*\n'.{24}one'\n'.{24}two'\n$/)
    },
  },

  '03-tcp-chat': {
    needs: both,
    run: async () => {
      // The sister: both sides at any time, q from either.
      for (const quits of ['server', 'client']) {
        const { server, port } = await serving('03-tcp-chat', 'server')
        await using _server = server
        await using client = example('03-tcp-chat', 'client', port)
        await client.says('connected')
        client.write('one\ntwo\n')
        await server.says(`> 'one'\n> 'two'\n`)
        server.write('drei\n')
        await client.says(`> 'drei'\n`)
        ;(quits === 'server' ? server : client).write('q\n')
        for (const each of [server, client]) await said(each, /the talk is over\n$/)
      }
      // Python, as tutorials write it: bare messages.
      const { remote, port } = await pythonServer()
      await using _remote = remote
      await using client = example('03-tcp-chat', 'client', port)
      await remote.run('s, _ = l.accept()')
      client.write('hello\n')
      assert.equal(await remote.text('s.recv(100)'), 'hello\n')
      await remote.run(`s.sendall(${bytes(`bare ${ESCAPE}`)})`)
      await client.says(/> 'bare \\x1[bB]\[2J'\n/)
      await remote.run(`s.sendall(b'q')`)
      await said(client, /the talk is over\n$/)
      // nc, whose lines come in one chunk; and one that breaks off.
      const first = await serving('03-tcp-chat', 'server')
      await using _first = first.server
      assert.match(await nc(['-N', '127.0.0.1', first.port], 'a\nb\nq\n'), /^$/)
      await said(first.server, /> 'a'\n> 'b'\nthe talk is over\n$/)
      const second = await serving('03-tcp-chat', 'server')
      await using _second = second.server
      await remote.run(`s = socket.create_connection(('127.0.0.1', ${second.port}))`)
      await second.server.says('connected')
      await remote.run(
        `s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0)); s.close()`,
      )
      await said(second.server, /the other side is lost: .*ECONNRESET.*\nthe talk is over\n$/)
    },
  },

  '04-udp-receiver': {
    needs: both,
    run: async () => {
      const { server: receiver, port } = await serving('04-udp-receiver')
      await using _receiver = receiver
      await nc(['-u', '-w1', '127.0.0.1', port], 'hello\n')
      await receiver.says(/127\.0\.0\.1:\d+ sent 6 bytes: 'hello\\n'\n/)
      await using remote = new Remote()
      await remote.run(`u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)`)
      for (const text of ['', 'größer', ESCAPE])
        await remote.run(`u.sendto(${bytes(text)}, ('127.0.0.1', ${port}))`)
      const from = `127.0.0.1:${await remote.run('u.getsockname()[1]')}`
      await receiver.says(`${from} sent 0 bytes: ''\n${from} sent 8 bytes: 'größer'\n`)
      await receiver.says(/sent 4 bytes: '\\x1[bB]\[2J'\n/)
      await remote.run(`u.sendto(bytes(65507), ('127.0.0.1', ${port}))`)
      await receiver.says('sent 65507 bytes')
      await using sister = example('04-udp-sender', port)
      await receiver.says(`sent 5 bytes: 'hello'`)
      await sister.exits(0)
      await interrupt(receiver)
    },
  },

  '04-udp-sender': {
    needs: python,
    run: async () => {
      const { remote, port } = await pythonReceiver()
      await using _remote = remote
      await using sender = example('04-udp-sender', port, 'one', 'größer', '')
      const heard: unknown[] = []
      for (let i = 0; i < 3; i++) heard.push(await remote.run('(p := u.recvfrom(100))[0]'))
      assert.deepEqual(heard.map(String), ['one', 'größer', ''])
      const from = await remote.run('p[1][1]')
      await said(sender, [3, 8, 0].map((size) => `sent ${size} bytes from port ${from}\n`).join(''))
    },
  },

  '05-udp-chat': {
    needs: both,
    run: async () => {
      for (const quits of ['server', 'client']) {
        const { server, port } = await serving('05-udp-chat', 'server')
        await using _server = server
        await using client = example('05-udp-chat', 'client', port)
        server.write('too early\n')
        await server.says('nobody there yet')
        client.write('one\ntwo\n')
        await server.says(`> 'one'\n> 'two'\n`)
        server.write('drei\n')
        await client.says(`> 'drei'\n`)
        ;(quits === 'server' ? server : client).write('q\n')
        for (const each of [server, client]) await said(each, /the talk is over\n$/)
      }
      // Python at the other end; a third party is not heard, and one who vanishes is missed.
      const { remote, port } = await pythonReceiver()
      await using _remote = remote
      await using client = example('05-udp-chat', 'client', port)
      client.write('hello\n')
      await remote.run('data, peer = u.recvfrom(100)')
      assert.equal(await remote.text('data'), 'hello')
      await remote.run(`t = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); t.sendto(b'third', peer)`)
      await remote.run(`u.sendto(${bytes(ESCAPE)}, peer); u.sendto(b'', peer)`)
      await client.says(/^> '\\x1[bB]\[2J'\n> ''\n/m)
      assert.ok(!client.out.includes('third'))
      await remote.run('u.close()')
      client.write('anybody?\n')
      await said(client, /the other side is lost: .*ECONNREFUSED.*\nthe talk is over\n$/)
      const { server, port: other } = await serving('05-udp-chat', 'server')
      await using _server = server
      await using netcat = new Program('nc', ['-u', '127.0.0.1', String(other)])
      netcat.write('hello\n')
      await server.says(`> 'hello\\n'`)
      server.write('hi\nq\n')
      await netcat.says('hiq')
      await said(server, /the talk is over\n$/)
    },
  },

  '06-udp-time-server': {
    needs: both,
    run: async () => {
      const { server, port } = await serving('06-udp-time-server')
      await using _server = server
      const answer = await nc(['-u', '-w1', '127.0.0.1', port], '%A')
      await using remote = new Remote()
      await remote.run(
        `u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect(('127.0.0.1', ${port}))`,
      )
      assert.match(answer, /^\w+day$/)
      for (const format of ['%Y-%m-%d week %V', 'größer %%', '']) {
        await remote.run(`f = ${bytes(format)}.decode() or '%y-%m-%d %x'; before = time.strftime(f)`)
        await remote.run(`u.send(${bytes(format)}); a = u.recv(512).decode()`)
        assert.equal(await remote.run('a in (before, time.strftime(f))'), true, format)
      }
      // What is no format, and no sender: the answer would be to port 0, which a raw socket can claim to be.
      await remote.run(`u.send(${bytes(`\xff${ESCAPE}`)}); u.recv(512)`)
      assert.ok(!server.out.includes('\x1b'))
      if (process.getuid?.() === 0) {
        await remote.run(`r = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_UDP)`)
        await remote.run(`r.sendto(struct.pack('!HHHH', 0, ${port}, 8, 0), ('127.0.0.1', 0))`)
        await server.says(/sendto EINVAL/)
        // Nor does it answer itself.
        await remote.run(
          `r.sendto(struct.pack('!HHHH', ${port}, ${port}, 8, 0), ('127.0.0.1', 0)); r.close()`,
        )
      }
      await remote.run(`u.send(b'%%')`)
      assert.equal(await remote.text('u.recv(512)'), '%')
      assert.doesNotMatch(server.out, new RegExp(`:${port} asks`))
      await interrupt(server)
    },
  },

  '06-udp-time-client': {
    needs: python,
    run: async () => {
      const { remote, port } = await pythonReceiver()
      await using _remote = remote
      await using client = example('06-udp-time-client', port, '%A %j')
      // The first request is lost, as far as the client can tell.
      await remote.run('u.recvfrom(100); data, peer = u.recvfrom(100)')
      assert.equal(await remote.text('data'), '%A %j')
      await remote.run(`u.sendto(b'Friday 001\\x07', peer)`)
      await said(client, /^(?:no answer, asking again\n)+'Friday 001\\x07'\n$/)
      await remote.run('u.close()')
      await using alone = example('06-udp-time-client', port)
      await alone.complains(/ECONNREFUSED/)
      await alone.exits(1)
      const { server, port: sisters } = await serving('06-udp-time-server')
      await using _server = server
      await using sister = example('06-udp-time-client', sisters)
      await said(sister, /^'\d{4}-\d\d-\d\d \d\d:\d\d:\d\d'\n$/)
    },
  },

  '07-unix-server': {
    needs: both,
    run: async () => {
      using directory = temporary()
      const path = directory.file('s')
      await using remote = new Remote()
      // Somebody else's socket that nobody listens on any more is removed, and no other file.
      await remote.run(`l = socket.socket(socket.AF_UNIX); l.bind('${path}'); l.close()`)
      await using server = example('07-unix-server', path)
      await server.says('listening')
      await remote.run(`s = socket.socket(socket.AF_UNIX); s.connect('${path}'); s.sendall(b'snake')`)
      const [pid, uid] = await remote.run<[number, number]>('(os.getpid(), os.getuid())')
      assert.equal(await remote.text(REST), `hello snake, process ${pid} of user ${uid}`)
      await server.says(`process ${pid} says 'snake'`)
      assert.match(await nc(['-N', '-U', path], 'nc'), /^hello nc, process \d+ of user \d+$/)
      await using second = example('07-unix-server', path)
      await second.complains(/EADDRINUSE/)
      await second.exits(1)
      server.kill('SIGINT')
      await server.exits(0)
      assert.equal(server.err, '')
      assert.equal(existsSync(path), false)
    },
  },

  '07-unix-client': {
    needs: python,
    run: async () => {
      using directory = temporary()
      const path = directory.file('s')
      await using missing = example('07-unix-client', path)
      await missing.complains(/ENOENT/)
      await missing.exits(1)
      await using remote = new Remote()
      await remote.run(`l = socket.socket(socket.AF_UNIX); l.bind('${path}'); l.listen()`)
      await using client = example('07-unix-client', path, 'Ada')
      await remote.run('s, peer = l.accept()')
      assert.equal(await remote.text('s.recv(100)'), 'Ada')
      const credentials = 's.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)'
      const [pid] = await remote.run<[number]>(`struct.unpack('iII', ${credentials})`)
      assert.equal(pid, client.pid)
      await remote.run(`s.sendall(b'hello '); s.sendall(b'Ada\\x07'); s.close(); l.close()`)
      await said(
        client,
        `'hello Ada\\x07'\nI am process ${pid}, my address is { family: 'unix', path: '' }\n`,
      )
      await using refused = example('07-unix-client', path)
      await refused.complains(/ECONNREFUSED/)
      await refused.exits(1)
      const other = directory.file('t')
      await using server = example('07-unix-server', other)
      await server.says('listening')
      await using sister = example('07-unix-client', other)
      await said(sister, new RegExp(`^'hello world, process ${sister.pid} of user \\d+'\n`))
    },
  },
}
