/**
 * Every verb once, on the kernel, in JavaScript that any runtime reads: no test runner, no `using`. It prints a line for
 * each step, ends non-zero at the first failure, and must end by itself: nothing may keep the process alive.
 */
import assert from 'node:assert/strict'
import {
  closeSync,
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as timer } from 'node:timers'
import { inspect } from 'node:util'
import * as berkeley from 'berkeley'
import * as netlink from 'berkeley/netlink'
import * as pcap from 'berkeley/pcap'
import * as wire from 'berkeley/wire'

const {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  CMSG_SPACE,
  createConnection,
  createServer,
  fromfd,
  MSG_PEEK,
  MSG_TRUNC,
  MSG_WAITALL,
  OwnedFd,
  ReceiveBatch,
  SendBatch,
  Socket,
  SHUT_WR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  SOL_SOCKET,
  SystemError,
  socket,
  socketpair,
  TCP_NODELAY,
  TimeoutError,
} = berkeley

// A step that hangs must not hang whoever runs this; nor may the watchdog itself keep the process alive.
const watchdog = timer(() => {
  console.error(`not ended after 60 s; the last step was: ${last}`)
  process.exit(1)
}, 60_000)
watchdog.unref()

const folder = mkdtempSync(join(tmpdir(), 'berkeley-smoke-'))
const loopback = { host: '127.0.0.1', port: 0 }
const loopback6 = { host: '::1', port: 0 }
let paths = 0
const path = () => ({ path: join(folder, String(++paths)) })
const abstract = () => ({ abstract: `berkeley-smoke-${process.pid}-${++paths}` })

let last = 'none'
const steps = []

/** Adds a step: the verbs it is about, and where. `act` is given a function that has a socket closed at the end. */
function step(verbs, where, act) {
  steps.push({ verbs, where, act })
}

async function take({ verbs, where, act }) {
  last = `${verbs} (${where})`
  const open = []
  try {
    await act((made) => {
      open.push(made)
      return made
    })
  } catch (error) {
    console.error(`not ok: ${last}`)
    throw error
  } finally {
    for (const made of open) made.close()
  }
}

/** The code of the error that `act` throws or rejects with, which must be a SystemError. */
async function codeOf(act) {
  try {
    await act()
  } catch (error) {
    assert.ok(error instanceof SystemError, inspect(error))
    return error.code
  }
  return 'no error'
}

function listener(own, family, address, type = SOCK_STREAM) {
  const server = own(socket(family, type))
  server.bind(address)
  server.listen()
  return server
}

/** A connected pair by way of bind, listen, connect and accept. */
async function connected(own, family, address, type = SOCK_STREAM) {
  const server = listener(own, family, address, type)
  const client = own(socket(family, type))
  const [[served, peer]] = await Promise.all([server.accept(), client.connect(server.getsockname())])
  return { server, client, served: own(served), peer }
}

function bound(own, family, address) {
  const one = own(socket(family, SOCK_DGRAM))
  one.bind(address)
  return one
}

function hasIPv6() {
  const probe = socket(AF_INET6, SOCK_DGRAM)
  try {
    probe.bind(loopback6)
    return true
  } catch (error) {
    console.log(`no IPv6 on the loopback interface: ${error.code}`)
    return false
  } finally {
    probe.close()
  }
}

const descriptors = () =>
  readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      return [readlinkSync(`/proc/self/fd/${fd}`)]
    } catch {
      return [] // the descriptor of the listing itself
    }
  })
/** Their numbers are reused: what counts is how many there are of a kind. */
const kinds = (names) => names.map((name) => name.replace(/\[\d+\]$/, '')).sort()

// ── what a socket is ────────────────────────────────────────────────────────────────────────────

step('socket fileno close', 'inet', (own) => {
  const one = own(socket(AF_INET, SOCK_STREAM))
  assert.deepEqual([one.family, one.type, one.protocol], [AF_INET, SOCK_STREAM, 0])
  assert.ok(one.fileno() > 2)
  assert.match(inspect(one), /^Socket <fd \d+, AF_INET, SOCK_STREAM/)
  one.close()
  one.close()
  assert.equal(one.fileno(), -1)
})

const inet6 = hasIPv6() ? [['inet6', AF_INET6, () => loopback6]] : []
const streams = [
  ['inet', AF_INET, () => loopback],
  ...inet6,
  ['unix path', AF_UNIX, path],
  ['unix abstract', AF_UNIX, abstract],
]

// ── streams ─────────────────────────────────────────────────────────────────────────────────────

for (const [where, family, address] of streams) {
  step('bind listen accept connect getsockname getpeername', where, async (own) => {
    const { server, client, served, peer } = await connected(own, family, address())
    assert.ok(served instanceof Socket)
    assert.deepEqual(client.getpeername(), server.getsockname())
    assert.deepEqual(served.getpeername(), client.getsockname())
    assert.deepEqual(peer, client.getsockname())
  })

  step('send sendall recv recvInto recvfrom shutdown', where, async (own) => {
    const { client, served } = await connected(own, family, address())
    assert.equal(await client.send('hello'), 5)
    assert.equal(`${await served.recv(2)}`, 'he')
    assert.equal(`${await served.recv(1024, { flags: MSG_PEEK })}`, 'llo')
    assert.equal(`${await served.recv(1024)}`, 'llo')
    const room = new Uint8Array(8)
    const waiting = served.recvInto(room)
    await client.sendall(Uint8Array.of(1, 2, 3))
    assert.equal(await waiting, 3)
    assert.deepEqual([...room], [1, 2, 3, 0, 0, 0, 0, 0])
    await client.sendall('bye')
    const [bytes] = await served.recvfrom(1024)
    assert.equal(`${bytes}`, 'bye')
    client.shutdown(SHUT_WR)
    assert.equal((await served.recv(1024)).length, 0)
    await served.sendall('after the end')
    assert.equal(`${await client.recv(1024)}`, 'after the end')
  })

  step('sendall chunks', `${where}, more than fits`, async (own) => {
    const { client, served } = await connected(own, family, address())
    const block = new Uint8Array(4 * 1024 * 1024).map((_, i) => i * 7 + (i >> 8))
    const sent = client.sendall(block).then(() => client.shutdown(SHUT_WR))
    let at = 0
    for await (const chunk of served.chunks()) {
      assert.ok(Buffer.compare(chunk, block.subarray(at, at + chunk.length)) === 0, `bytes at ${at}`)
      at += chunk.length
    }
    await sent
    assert.equal(at, block.length)
  })
}

// ── datagrams ───────────────────────────────────────────────────────────────────────────────────

const datagrams = [
  ['udp inet', AF_INET, () => loopback],
  ...inet6.map(([, ...rest]) => ['udp inet6', ...rest]),
  ['unix path', AF_UNIX, path],
  ['unix abstract', AF_UNIX, abstract],
]

for (const [where, family, address] of datagrams)
  step('sendto recvfrom recvfromInto messages', where, async (own) => {
    const a = bound(own, family, address())
    const b = bound(own, family, address())
    const waiting = b.recvfrom(1024)
    assert.equal(await a.sendto('question', b.getsockname()), 8)
    const [question, from] = await waiting
    assert.equal(`${question}`, 'question')
    assert.deepEqual(from, a.getsockname())
    await b.sendto('answer', from)
    const room = new Uint8Array(16)
    const [length, sender] = await a.recvfromInto(room)
    assert.equal(`${Buffer.from(room.subarray(0, length))}`, 'answer')
    assert.deepEqual(sender, b.getsockname())

    // An empty datagram is data; one that is cut says so.
    await a.connect(b.getsockname())
    for (const text of ['', 'longer than eight', 'last']) await a.send(text)
    const got = []
    for await (const { data, address, flags } of b.messages({ size: 8 })) {
      assert.deepEqual(address, a.getsockname())
      got.push([`${data}`, flags])
      if (`${data}` === 'last') break
    }
    assert.deepEqual(got, [
      ['', 0],
      ['longer t', MSG_TRUNC],
      ['last', 0],
    ])
  })

step('connect accept send recv', 'unix seqpacket', async (own) => {
  const { client, served } = await connected(own, AF_UNIX, path(), SOCK_SEQPACKET)
  await client.send('one')
  await client.send('two')
  assert.equal(`${await served.recv(1024)}`, 'one')
  assert.equal(`${await served.recv(1024)}`, 'two')
  client.close()
  assert.equal((await served.recv(1024)).length, 0)
})

for (const [where, family, address] of streams)
  step(
    'connectSync connectExSync acceptSync sendSync sendallSync recvSync recvIntoSync recvfromSync',
    where,
    (own) => {
      const server = listener(own, family, address())
      const client = own(socket(family, SOCK_STREAM))
      client.connectSync(server.getsockname())
      const [served, peer] = server.acceptSync()
      own(served)
      assert.deepEqual(peer, client.getsockname())
      client.sendallSync('blocking')
      assert.equal(`${served.recvSync(5)}`, 'block')
      const room = new Uint8Array(8)
      assert.equal(served.recvIntoSync(room), 3)
      assert.equal(served.sendSync('back'), 4)
      assert.equal(`${client.recvfromSync(8)[0]}`, 'back')
      client.settimeout(20)
      assert.throws(() => client.recvSync(1), TimeoutError)
      client.setblocking(false)
      assert.throws(() => client.recvSync(1), { code: 'EAGAIN' })
      const nobody = own(socket(family, SOCK_STREAM))
      server.close()
      assert.notEqual(nobody.connectExSync(client.getpeername()), 0)
    },
  )

for (const [where, family, address] of datagrams)
  step(
    'sendtoSync recvfromIntoSync sendmsg recvmsg recvmsgInto sendmsgSync recvmsgSync recvmsgIntoSync',
    where,
    async (own) => {
      const a = bound(own, family, address())
      const b = bound(own, family, address())
      a.sendtoSync('question', b.getsockname())
      const [length, from] = b.recvfromIntoSync(new Uint8Array(16))
      assert.equal(length, 8)
      assert.deepEqual(from, a.getsockname())
      await b.sendmsg({ data: ['scat', Uint8Array.of(116), 'ered'], address: from })
      const { data, address: sender, flags, control } = await a.recvmsg(5)
      assert.deepEqual([`${data}`, sender, flags, control], ['scatt', b.getsockname(), MSG_TRUNC, []])
      assert.equal(a.sendmsgSync({ data: 'abcdef', address: b.getsockname() }), 6)
      const room = [new Uint8Array(2), new Uint8Array(3)]
      const into = b.recvmsgIntoSync(room)
      assert.deepEqual([into.length, into.flags, `${Buffer.concat(room)}`], [5, MSG_TRUNC, 'abcde'])
      await a.sendto('x', b.getsockname())
      assert.equal((await b.recvmsgInto(room)).length, 1)
      await a.sendto('y', b.getsockname())
      assert.equal(`${b.recvmsgSync(9, { controlSize: CMSG_SPACE(4) }).data}`, 'y')
    },
  )

step('sendZerocopy', 'inet', async (own) => {
  const { client, served } = await connected(own, AF_INET, loopback)
  const [sent, got] = await Promise.all([client.sendZerocopy(Buffer.alloc(20_000, 'z')), served.recv(1)])
  assert.equal(`${got}`, 'z')
  assert.ok(sent.bytes > 0 && typeof sent.copied === 'boolean')
})

step('cork uncork spin', 'inet', async (own) => {
  const { client, served } = await connected(own, AF_INET, loopback)
  berkeley.spin(20)
  client.cork()
  for (const text of ['a', 'b', 'c']) await client.sendall(text)
  served.settimeout(0)
  assert.equal(await codeOf(() => served.recv(10)), 'EAGAIN')
  served.settimeout(null)
  await client.uncork()
  assert.equal(`${await served.recv(10)}`, 'abc')
  berkeley.spin(0)
})

step('recvViews trySend', 'inet', async (own) => {
  const { client, served } = await connected(own, AF_INET, loopback)
  const over = new Promise((resolve, reject) => {
    let text = ''
    served.recvViews({
      view: (_, bytes) => (text += bytes),
      end: () => resolve(text),
      error: (_, error) => reject(error),
    })
  })
  assert.equal(client.trySend('shown'), 5)
  client.shutdown(SHUT_WR)
  assert.equal(await over, 'shown')
})

for (const [where, family, address] of datagrams)
  step('sendmmsg recvmmsg sendmmsgSync recvmmsgSync batches', where, async (own) => {
    const a = bound(own, family, address())
    const b = bound(own, family, address())
    const out = new SendBatch(family)
    for (const text of ['one', 'two', 'three']) assert.ok(out.add(text, b.getsockname()))
    assert.equal(await a.sendmmsg(out), 3)
    assert.equal(a.sendmmsgSync(out), 3)
    const batch = new ReceiveBatch({ messages: 3 })
    assert.equal(await b.recvmmsg(batch), 3)
    assert.deepEqual([`${batch.view(1)}`, `${batch.copy(2)}`], ['two', 'three'])
    assert.deepEqual(batch.address(0), a.getsockname())
    assert.equal(b.recvmmsgSync(batch), 3)
    await a.sendmmsg(out)
    for await (const each of b.batches()) {
      assert.equal(`${each.view(0)}`, 'one')
      break
    }
  })

step('sendFds recvFds sendFdsSync recvFdsSync OwnedFd', 'unix', async (own) => {
  const [a, b] = socketpair().map(own)
  const [c, d] = socketpair().map(own)
  await a.sendFds('one', [d.fileno()])
  const got = await b.recvFds(16, 1)
  assert.equal(`${got.data}`, 'one')
  assert.equal(got.fds.length, 1)
  const [owned] = got.fds
  assert.ok(owned instanceof OwnedFd && owned.fd > 2)
  const passed = own(socket(AF_UNIX, SOCK_STREAM, 0, { fileno: owned.take() }))
  assert.equal(owned.fd, -1)
  c.sendSync('through')
  assert.equal(`${passed.recvSync(16)}`, 'through')
  a.sendFdsSync('two', [c.fileno(), d.fileno()], { flags: 0 })
  const two = b.recvFdsSync(16, 2)
  for (const fd of two.fds) fd.close()
  assert.deepEqual(
    two.fds.map(({ fd }) => fd),
    [-1, -1],
  )
})

step('sendmsgAfalg sendmsgAfalgSync', 'a cipher, where the kernel has AF_ALG', async (own) => {
  const { AF_ALG, ALG_OP_DECRYPT, ALG_OP_ENCRYPT, ALG_SET_KEY } = berkeley
  const inet = own(socket(AF_INET, SOCK_DGRAM))
  await assert.rejects(inet.sendmsgAfalg('x', { op: ALG_OP_ENCRYPT }), TypeError)
  assert.throws(() => inet.sendmsgAfalgSync('x', { op: ALG_OP_ENCRYPT }), TypeError)
  let cipher
  try {
    cipher = own(socket(AF_ALG, SOCK_SEQPACKET))
    cipher.bind({ type: 'skcipher', name: 'cbc(aes)' })
  } catch (error) {
    assert.match(error.code, /^(EAFNOSUPPORT|ENOENT)$/)
    return
  }
  cipher.setsockopt(ALG_SET_KEY, new Uint8Array(16))
  const [operation, peer] = await cipher.accept()
  own(operation)
  assert.equal(peer, null)
  const iv = new Uint8Array(16)
  await operation.sendmsgAfalg('sixteen letters!', { op: ALG_OP_ENCRYPT, iv })
  const secret = await operation.recv(16)
  operation.sendmsgAfalgSync(secret, { op: ALG_OP_DECRYPT, iv })
  assert.equal(`${await operation.recv(16)}`, 'sixteen letters!')
})

step('decodeNotification', 'pure', () => {
  // SCTP_SHUTDOWN_EVENT of association 7.
  const bytes = Uint8Array.of(5, 0x80, 0, 0, 12, 0, 0, 0, 7, 0, 0, 0)
  assert.deepEqual(berkeley.decodeNotification(bytes), { kind: 'shutdownEvent', flags: 0, assocId: 7 })
})

step('sctpConnectx sctpConnectxSync sctpPeeloff', 'where the kernel has SCTP', async (own) => {
  const { IPPROTO_SCTP, sctpConnectx, sctpConnectxSync, sctpPeeloff } = berkeley
  const plain = own(socket(AF_INET, SOCK_DGRAM))
  assert.equal(await codeOf(() => sctpPeeloff(plain, 1)), 'EOPNOTSUPP')
  await assert.rejects(sctpConnectx(plain, []), TypeError)
  assert.throws(() => sctpConnectxSync(plain, []), TypeError)
  let hub
  try {
    hub = own(socket(AF_INET, SOCK_SEQPACKET, IPPROTO_SCTP))
  } catch (error) {
    assert.match(error.code, /^(EPROTONOSUPPORT|ESOCKTNOSUPPORT)$/)
    return
  }
  hub.bind(loopback)
  hub.listen()
  const clients = [0, 1].map(() => own(socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)))
  await sctpConnectx(clients[0], [hub.getsockname()])
  sctpConnectxSync(clients[1], [hub.getsockname()])
  const [first] = hub.getsockopt(berkeley.SCTP_GET_ASSOC_ID_LIST)
  own(sctpPeeloff(hub, first))
})

step('sendfile sendfileSync', 'inet, MSG_WAITALL', async (own) => {
  const { client, served } = await connected(own, AF_INET, loopback)
  const file = join(folder, 'file')
  writeFileSync(
    file,
    new Uint8Array(3_000_000).map((_, i) => i * 11),
  )
  const content = readFileSync(file)
  const fd = openSync(file)
  try {
    const received = served.recv(content.length, { flags: MSG_WAITALL })
    assert.equal(await client.sendfile(fd), content.length)
    assert.ok(Buffer.compare(await received, content) === 0)
    assert.equal(client.sendfileSync({ fd }, { offset: 10, count: 20 }), 20)
    assert.ok(Buffer.compare(served.recvSync(20, { flags: MSG_WAITALL }), content.subarray(10, 30)) === 0)
    served.close()
    // A signal that nobody catches (SIGPIPE) would end the process.
    assert.match(await codeOf(() => client.sendfile(fd)), /^(EPIPE|ECONNRESET)$/)
    assert.equal(await codeOf(() => client.sendfile(fd)), 'EPIPE')
  } finally {
    closeSync(fd)
  }
})

for (const [name, type] of Object.entries({ SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET }))
  step('socketpair', `unix ${name}`, async (own) => {
    const [a, b] = socketpair(AF_UNIX, type).map(own)
    await a.sendall('there')
    assert.equal(`${await b.recv(1024)}`, 'there')
    await b.sendall('and back')
    assert.equal(`${await a.recv(1024)}`, 'and back')
  })

// ── waits ───────────────────────────────────────────────────────────────────────────────────────

step('settimeout gettimeout', 'inet', async (own) => {
  const { server, client } = await connected(own, AF_INET, loopback)
  assert.equal(client.gettimeout(), null)
  for (const each of [server, client]) each.settimeout(20)
  assert.equal(client.gettimeout(), 20)
  await assert.rejects(client.recv(1), TimeoutError)
  await assert.rejects(server.accept(), TimeoutError)
  assert.equal(await codeOf(() => client.recvInto(new Uint8Array(1))), 'ETIMEDOUT')
  assert.throws(() => client.settimeout(-1), RangeError)
})

step('setblocking getblocking', 'inet', async (own) => {
  const { server, client } = await connected(own, AF_INET, loopback)
  for (const each of [server, client]) each.setblocking(false)
  assert.equal(client.getblocking(), false)
  assert.equal(await codeOf(() => client.recv(1)), 'EAGAIN')
  assert.equal(await codeOf(() => server.accept()), 'EAGAIN')
  client.setblocking(true)
  assert.equal(client.getblocking(), true)
})

step('recv accept', 'aborted', async (own) => {
  const { server, client, served } = await connected(own, AF_INET, loopback)
  const reason = new Error('enough')
  for (const wait of [
    (signal) => client.recv(1, { signal }),
    (signal) => client.recvfrom(1, { signal }),
    (signal) => server.accept({ signal }),
    (signal) => client.chunks({ signal }).next(),
  ]) {
    const controller = new AbortController()
    const waiting = wait(controller.signal)
    setImmediate(() => controller.abort(reason))
    await assert.rejects(waiting, (error) => error === reason)
    await assert.rejects(wait(AbortSignal.abort(reason)), (error) => error === reason)
  }
  await served.sendall('not lost')
  assert.equal(`${await client.recv(1024)}`, 'not lost')
})

step('recv recv', 'two at once are served in order', async (own) => {
  const [a, b] = socketpair().map(own)
  const both = Promise.all([b.recv(1), b.recv(1)])
  await a.sendall('12')
  assert.deepEqual((await both).map(String), ['1', '2'])
})

// ── iteration ───────────────────────────────────────────────────────────────────────────────────

step('connections', 'inet', async (own) => {
  const server = listener(own, AF_INET, loopback)
  const clients = [1, 2, 3].map(() => own(socket(AF_INET, SOCK_STREAM)))
  const calling = Promise.all(clients.map((client) => client.connect(server.getsockname())))
  let served = 0
  for await (const [connection] of server.connections()) {
    connection.close()
    if (++served === clients.length) server.close()
  }
  await calling
  assert.equal(served, 3)
})

step('Symbol.asyncIterator', 'unix', async (own) => {
  const [a, b] = socketpair().map(own)
  await a.sendall('all of it')
  a.close()
  let text = ''
  for await (const chunk of b) text += chunk
  assert.equal(text, 'all of it')
})

// ── options ─────────────────────────────────────────────────────────────────────────────────────

step('setsockopt getsockopt', 'inet', (own) => {
  const one = own(socket(AF_INET, SOCK_STREAM))
  for (const option of [SO_REUSEADDR, SO_KEEPALIVE, TCP_NODELAY])
    for (const value of [true, false]) {
      one.setsockopt(option, value)
      assert.equal(one.getsockopt(option), value)
    }
  one.setsockopt(SO_LINGER, 5)
  assert.equal(one.getsockopt(SO_LINGER), 5)
  one.setsockopt(SO_LINGER, null)
  assert.equal(one.getsockopt(SO_LINGER), null)
  assert.equal(one.getsockopt(SO_TYPE), SOCK_STREAM)
  one.setsockopt(SOL_SOCKET, SO_KEEPALIVE.option, 1)
  assert.equal(one.getsockopt(SOL_SOCKET, SO_KEEPALIVE.option), 1)
  one.setsockopt(SOL_SOCKET, SO_KEEPALIVE.option, new Uint8Array(4))
  assert.deepEqual([...one.getsockopt(SOL_SOCKET, SO_KEEPALIVE.option, 4)], [0, 0, 0, 0])
  assert.throws(() => one.getsockopt(SOL_SOCKET, 9999), { code: 'ENOPROTOOPT' })
})

// ── descriptors and their end ───────────────────────────────────────────────────────────────────

step('close', 'with a wait pending', async (own) => {
  const { server, client } = await connected(own, AF_INET, loopback)
  const waits = [codeOf(() => client.recv(1)), codeOf(() => server.accept())]
  client.close()
  server.close()
  assert.deepEqual(await Promise.all(waits), ['ECANCELED', 'ECANCELED'])
  assert.equal(await codeOf(() => client.recv(1)), 'EBADF')
})

step('detach socket fromfd', 'unix', async (own) => {
  const [a, b] = socketpair().map(own)
  const fd = b.detach()
  assert.equal(b.fileno(), -1)
  const adopted = own(socket(AF_UNIX, SOCK_STREAM, 0, { fileno: fd }))
  assert.equal(adopted.fileno(), fd)
  const copy = own(fromfd(fd))
  assert.deepEqual([copy.family, copy.type], [AF_UNIX, SOCK_STREAM])
  await a.sendall('to either')
  adopted.close()
  assert.equal(`${await copy.recv(1024)}`, 'to either')
})

step('dup getInheritable setInheritable', 'unix', async (own) => {
  const [a, b] = socketpair().map(own)
  const copy = own(b.dup())
  assert.notEqual(copy.fileno(), b.fileno())
  b.close()
  await a.sendall('still there')
  assert.equal(`${await copy.recv(1024)}`, 'still there')
  assert.equal(copy.getInheritable(), false)
  copy.setInheritable(true)
  assert.equal(copy.getInheritable(), true)
})

step('Symbol.dispose Symbol.asyncDispose', 'inet', async () => {
  const [a, b] = [socket(), socket()]
  a[Symbol.dispose]()
  await b[Symbol.asyncDispose]()
  assert.deepEqual([a.fileno(), b.fileno()], [-1, -1])
})

// ── files ───────────────────────────────────────────────────────────────────────────────────────

step('makefile', 'inet, text and bytes', async (own) => {
  const { client, served } = await connected(own, AF_INET, loopback)
  const text = client.makefile('rw', { newline: '\r\n' })
  const bytes = served.makefile('rwb')
  assert.equal(await text.write('grüß\n'), 5)
  await text.writelines(['two\n', 'three\n'])
  await text.flush()
  assert.equal(`${await bytes.readline()}`, 'grüß\r\n')
  assert.equal(`${await bytes.peek()}`.slice(0, 3), 'two')
  assert.equal(`${await bytes.read1(3)}`, 'two')
  const into = new Uint8Array(2)
  assert.equal(await bytes.readInto(into), 2)
  assert.deepEqual([...into], [13, 10])
  assert.equal(`${bytes.readlineSync()}`, 'three\r\n')

  bytes.writelinesSync([Buffer.from('a\r'), Buffer.from('\nb\r\nc')])
  bytes.flushSync()
  assert.equal(await text.read(1), 'a')
  assert.equal(text.readSync(2), '\r\n')
  assert.equal(bytes.writeSync(Buffer.from('\r\nx\r\ny')), 6)
  bytes.closeSync()
  served.close()
  assert.deepEqual(text.readlinesSync(2), ['b\r\n'])
  for await (const line of text) {
    assert.equal(line, 'c\r\n')
    break
  }
  for (const line of text) {
    assert.equal(line, 'x\r\n')
    break
  }
  assert.deepEqual(await text.readlines(), ['y'])
  assert.equal(await text.read(), '')
  await text.close()
})

step('makefile close', 'unix, a socket closed before its files', async (own) => {
  const [a, b] = socketpair().map(own)
  const reader = a.makefile('rb')
  const writer = a.makefile('w')
  a.close()
  assert.ok(a.fileno() >= 0 && a.fileno() === reader.fileno())
  const held = [reader.mode, reader.readable(), reader.writable(), reader.seekable(), reader.closed]
  assert.deepEqual(held, ['rb', true, false, false, false])
  b.sendallSync('12345')
  assert.equal(`${reader.readSync(2)}${reader.read1Sync()}`, '12345')
  b.sendallSync('678')
  assert.equal(`${reader.peekSync()}`, '678')
  assert.equal(reader.readIntoSync(new Uint8Array(3)), 3)
  const waiting = codeOf(() => reader.readline())
  await reader.close()
  assert.equal(await waiting, 'ECANCELED')
  assert.equal(await codeOf(() => reader.readline()), 'EBADF')
  writer.writeSync('bye')
  writer[Symbol.dispose]()
  assert.equal(a.fileno(), -1)
  assert.equal(`${b.recvSync(10)}`, 'bye')
  assert.equal(b.recvSync(10).length, 0)
  await writer[Symbol.asyncDispose]()
})

// ── errors ──────────────────────────────────────────────────────────────────────────────────────

step('connect connectEx errnoName', 'refused', async (own) => {
  const taken = own(socket(AF_INET, SOCK_STREAM))
  taken.bind(loopback) // and never listens
  const nobody = taken.getsockname()
  const client = own(socket(AF_INET, SOCK_STREAM))
  assert.equal(berkeley.errnoName(await client.connectEx(nobody)), 'ECONNREFUSED')
  await assert.rejects(client.connect(nobody), (error) => {
    assert.ok(error instanceof SystemError)
    const { code, syscall, address, port } = error
    assert.deepEqual(
      { code, syscall, address, port },
      { code: 'ECONNREFUSED', syscall: 'connect', address: nobody.host, port: nobody.port },
    )
    return error.errno < 0
  })
  assert.equal(await codeOf(() => own(socket(AF_UNIX, SOCK_STREAM)).connect(path())), 'ENOENT')
  assert.throws(() => own(socket(AF_INET, SOCK_STREAM)).bind(nobody), { code: 'EADDRINUSE' })
  assert.equal(await codeOf(() => own(socket()).recv(1)), 'ENOTCONN')
})

step('socket bind recv connect', 'misused', async (own) => {
  const one = own(socket(AF_INET, SOCK_STREAM))
  assert.throws(() => socket('inet'), TypeError)
  assert.throws(() => one.bind({ host: 127, port: 1 }), TypeError)
  assert.throws(() => one.bind({ host: '127.0.0.1', port: 65536 }), RangeError)
  await assert.rejects(one.recv(-1), RangeError)
  await assert.rejects(one.send(7), TypeError)
  await assert.rejects(one.connect({ host: 'no such name', port: 1 }), berkeley.GaiError)
})

// ── comforts ────────────────────────────────────────────────────────────────────────────────────

for (const [where, address] of [
  ['inet', () => loopback],
  ['unix', path],
])
  step(
    'createServer createConnection createConnectionSync formatAddress parseAddress sameAddress',
    where,
    async (own) => {
      const server = own(createServer(address()))
      const client = own(await createConnection(server.getsockname(), { timeout: 20_000 }))
      const [served] = await server.accept()
      own(served)
      await client.sendall('hello')
      assert.equal(`${await served.recv(1024)}`, 'hello')
      const blocking = own(berkeley.createConnectionSync(server.getsockname(), { timeout: 20_000 }))
      own(server.acceptSync()[0])
      assert.ok(berkeley.sameAddress(blocking.getpeername(), server.getsockname()))
      assert.ok(berkeley.sameAddress(client.getpeername(), server.getsockname()))
      const { host, port, path } = server.getsockname()
      assert.equal(berkeley.formatAddress(server.getsockname()), path ?? `${host}:${port}`)
      assert.deepEqual(berkeley.parseAddress(path ?? `${host}:${port}`), server.getsockname())
    },
  )

// ── names ───────────────────────────────────────────────────────────────────────────────────────

const functions = { ...berkeley }

/** What a question has in both its forms: the awaited one and its blocking twin. */
async function both(name, ...args) {
  const answer = await functions[name](...args)
  assert.deepEqual(functions[`${name}Sync`](...args), answer)
  return answer
}

step('getaddrinfo getaddrinfoSync getnameinfo getnameinfoSync', 'numeric', async () => {
  const { AI_NUMERICHOST, NI_NUMERICHOST, NI_NUMERICSERV } = berkeley
  const found = await both('getaddrinfo', '127.0.0.1', 80, { type: SOCK_STREAM, flags: AI_NUMERICHOST })
  const address = { family: 'inet', host: '127.0.0.1', port: 80 }
  assert.deepEqual(found, [{ family: AF_INET, type: SOCK_STREAM, protocol: 6, canonname: '', address }])
  const flags = NI_NUMERICHOST | NI_NUMERICSERV
  assert.deepEqual(await both('getnameinfo', address, { flags }), { host: '127.0.0.1', service: '80' })
  const wrong = ['localhost', 80, { flags: AI_NUMERICHOST }]
  await assert.rejects(berkeley.getaddrinfo(...wrong), { name: 'GaiError', code: 'EAI_NONAME' })
  assert.throws(() => berkeley.getaddrinfoSync(...wrong), { name: 'GaiError', code: 'EAI_NONAME' })
  const reason = new Error('enough')
  const signal = AbortSignal.abort(reason)
  await assert.rejects(berkeley.getaddrinfo('127.0.0.1', 80, { signal }), (error) => error === reason)
})

step('gethostbyname gethostbynameSync gethostbynameEx gethostbynameExSync', 'numeric', async () => {
  assert.equal(await both('gethostbyname', '127.0.0.1'), '127.0.0.1')
  assert.deepEqual((await both('gethostbynameEx', '127.0.0.1')).addresses, ['127.0.0.1'])
})

step('gethostbyaddr gethostbyaddrSync getfqdn getfqdnSync', 'loopback', async () => {
  // A machine without a hosts file knows no name for it.
  const host = await both('gethostbyaddr', '127.0.0.1').catch((error) => {
    assert.ok(error instanceof berkeley.HostError, inspect(error))
    return { addresses: ['127.0.0.1'] }
  })
  assert.deepEqual(host.addresses, ['127.0.0.1'])
  assert.ok((await both('getfqdn', '127.0.0.1')).length > 0)
})

step('gethostname sethostname', 'this machine', async () => {
  const name = berkeley.gethostname()
  assert.ok(name.length > 0)
  assert.match(await codeOf(() => berkeley.sethostname(name)), /^(no error|EPERM)$/)
  assert.match(await codeOf(() => berkeley.sethostname('x'.repeat(65))), /^(EINVAL|EPERM)$/)
})

step(
  'getservbyname getservbynameSync getservbyport getservbyportSync getprotobyname getprotobynameSync',
  'files',
  async () => {
    // Not every machine has the files.
    for (const [question, expected] of [
      [['getservbyname', 'http', 'tcp'], '80'],
      [['getservbyport', 80, 'tcp'], 'http'],
      [['getprotobyname', 'tcp'], '6'],
    ]) {
      const answer = await both(...question).catch((error) => error.code)
      assert.ok([expected, 'ENOENT'].includes(String(answer)), `${question}: ${answer}`)
    }
    assert.equal(await codeOf(() => berkeley.getservbyname('no such service')), 'ENOENT')
    assert.equal(await codeOf(() => berkeley.getprotobynameSync('no such protocol')), 'ENOENT')
  },
)

step('ifNameindex ifNametoindex ifIndextoname', 'loopback', async () => {
  const all = berkeley.ifNameindex()
  assert.ok(all.length > 0)
  for (const { index, name } of all) {
    assert.equal(berkeley.ifNametoindex(name), index)
    assert.equal(berkeley.ifIndextoname(index), name)
  }
  assert.equal(await codeOf(() => berkeley.ifNametoindex('no such')), 'ENODEV')
  assert.equal(await codeOf(() => berkeley.ifIndextoname(0x7fffffff)), 'ENXIO')
})

step('vsockLocalCid', 'this machine', async () => {
  // Without /dev/vsock there is none to tell.
  if (existsSync('/dev/vsock')) assert.ok(berkeley.vsockLocalCid() > 0)
  else assert.equal(await codeOf(() => berkeley.vsockLocalCid()), 'ENOENT')
})

step('getifaddrs ifconfig', 'loopback', async () => {
  const all = berkeley.getifaddrs()
  assert.ok(all.some(({ name, address }) => name === 'lo' && address?.family === 'packet'))
  const own = all.find(({ address }) => address?.host === '127.0.0.1')
  if (own !== undefined) {
    assert.deepEqual([own.name, own.netmask.host], ['lo', '255.0.0.0'])
    assert.equal(berkeley.ifconfig('lo').address, '127.0.0.1')
  }
  const { index, addr, flags } = berkeley.ifconfig('lo')
  assert.deepEqual([index, addr.length], [berkeley.ifNametoindex('lo'), 6])
  assert.equal(flags & berkeley.IFF_LOOPBACK, berkeley.IFF_LOOPBACK)
  assert.equal(await codeOf(() => berkeley.ifconfig('no such')), 'ENODEV')
})

step('inq outq outqnsd sockatmark', 'a connection', async (own) => {
  const server = own(createServer(loopback))
  const client = own(await createConnection(server.getsockname()))
  const [connection] = await server.accept()
  own(connection)
  await client.sendall('12345')
  await connection.recv(1, { flags: MSG_PEEK })
  assert.equal(connection.inq(), 5)
  assert.equal(connection.outq(), 0)
  assert.equal(connection.outqnsd(), 0)
  assert.equal(connection.sockatmark(), false)
})

step('inet6OptBuild inet6OptParse inet6RthBuild inet6RthParse', 'pure', () => {
  const options = [{ type: 30, data: Uint8Array.of(1, 2, 3, 4) }]
  const header = berkeley.inet6OptBuild(options)
  assert.deepEqual([...header], [0, 0, 30, 4, 1, 2, 3, 4])
  assert.deepEqual(berkeley.inet6OptParse(header), options)
  const route = berkeley.inet6RthBuild({ type: berkeley.IPV6_SRCRT_TYPE_4, segments: ['2001:db8::1', '::1'] })
  assert.deepEqual(berkeley.inet6RthParse(route).segments, ['2001:db8::1', '::1'])
})

step('inetPton inetNtop inetAton inetNtoa htons ntohs htonl ntohl', 'pure', () => {
  assert.deepEqual([...berkeley.inetPton(AF_INET, '192.0.2.1')], [192, 0, 2, 1])
  assert.equal(berkeley.inetNtop(AF_INET6, berkeley.inetPton(AF_INET6, '2001:DB8::0:1')), '2001:db8::1')
  assert.equal(berkeley.inetNtoa(berkeley.inetAton('127.1')), '127.0.0.1')
  assert.deepEqual([berkeley.htons(80), berkeley.ntohs(20480)], [20480, 80])
  assert.deepEqual([berkeley.htonl(1), berkeley.ntohl(0x01000000)], [0x01000000, 1])
})

step('encodeCanFrame decodeCanFrame encodeBcmMessage decodeBcmMessage', 'pure', () => {
  const frame = { kind: 'cc', canId: 0x123, data: Uint8Array.of(1, 2, 3), len8Dlc: 0 }
  const bytes = berkeley.encodeCanFrame(frame)
  assert.equal(bytes.length, 16)
  assert.deepEqual(berkeley.decodeCanFrame(bytes), frame)
  const { TX_SETUP: opcode, SETTIMER: flags } = berkeley
  const message = { opcode, flags, count: 2, ival1: 10, ival2: 1000.5, canId: 0x123, frames: [frame] }
  assert.deepEqual(berkeley.decodeBcmMessage(berkeley.encodeBcmMessage(message)), message)
})

step('encodeTipcSubscr decodeTipcEvent', 'pure', () => {
  const subscr = { type: 18888, lower: 0, upper: 99, filter: berkeley.TIPC_SUB_PORTS }
  const bytes = new Uint8Array(48)
  bytes.set(berkeley.encodeTipcSubscr(subscr), 20)
  const usrHandle = new Uint8Array(8)
  assert.deepEqual(berkeley.decodeTipcEvent(bytes).subscr, { ...subscr, timeout: Infinity, usrHandle })
})

step('getdefaulttimeout setdefaulttimeout hasDualstackIpv6', 'new sockets', (own) => {
  assert.equal(berkeley.getdefaulttimeout(), null)
  berkeley.setdefaulttimeout(1500)
  try {
    assert.equal(own(socket()).gettimeout(), 1500)
  } finally {
    berkeley.setdefaulttimeout(null)
  }
  assert.equal(own(socket()).gettimeout(), null)
  if (hasIPv6()) assert.equal(berkeley.hasDualstackIpv6(), true)
})

// ── netlink ─────────────────────────────────────────────────────────────────────────────────────

step('Rtnetlink NetlinkConnection Things SettableThings Subscription', 'links, routes', async (own) => {
  const rt = own(new netlink.Rtnetlink())
  const links = await rt.links.list()
  const lo = links.find(({ ifname }) => ifname === 'lo')
  assert.ok(lo.ifindex > 0 && lo.mtu > 0)
  assert.equal((await rt.links.get({ ifname: 'lo' })).ifindex, lo.ifindex)
  assert.equal((await rt.routes.get({ dst: '127.0.0.1' })).type, berkeley.RTN_LOCAL)
  const watch = own(rt.links.watch())
  const waiting = watch.next()
  watch.close()
  assert.equal((await waiting).done, true)
})

step('NetlinkError', 'an interface that is not there', async (own) => {
  const rt = own(new netlink.Rtnetlink())
  const error = await rt.links.get({ ifname: 'nobody' }).catch((each) => each)
  assert.ok(error instanceof netlink.NetlinkError && error instanceof SystemError)
  assert.equal(error.code, 'ENODEV')
})

step('watchInterfaces InterfaceWatch', 'what is there', async () => {
  for await (const { kind, event, value } of netlink.watchInterfaces({ initial: true })) {
    assert.deepEqual([kind, event], ['link', 'added'])
    if (value.ifname === 'lo') break
  }
})

step('SocketDiag', 'inet', async (own) => {
  const server = listener(own, AF_INET, loopback)
  const diag = own(new netlink.SocketDiag())
  const { port } = server.getsockname()
  try {
    const found = await diag.inet({ family: 'inet', states: [berkeley.TCP_LISTEN] })
    assert.equal(found.find(({ local }) => local.port === port).local.host, '127.0.0.1')
  } catch (error) {
    // A module, which a small machine may not have.
    if (error.code !== 'ENOENT') throw error
    console.log('no tcp_diag in this kernel')
  }
})

step('GenericNetlink', 'the controller', async (own) => {
  const generic = own(new netlink.GenericNetlink())
  assert.equal((await generic.family('nlctrl')).id, berkeley.GENL_ID_CTRL)
})

step(
  'encodeMessage decodeMessage encodeAttributes decodeAttributes encodeNetlink decodeNetlink outcomeOf Encoder Decoder',
  'bytes',
  () => {
    const table = { number: [1, 'u32'], nested: [2, { name: [1, 'string'] }] }
    const shape = { name: 'mine', header: { family: 'u8' }, attributes: {} }
    const value = { number: 7, nested: { name: 'x' } }
    const body = netlink.encodeAttributes(value, table)
    assert.deepEqual(netlink.decodeAttributes(body, table), value)
    assert.deepEqual(netlink.decodeMessage(netlink.encodeMessage({ family: 3 }, shape), shape), { family: 3 })
    const [message] = netlink.decodeNetlink(netlink.encodeNetlink({ type: 20, body }))
    assert.deepEqual([message.type, message.body.length], [20, body.length])
    assert.equal(netlink.outcomeOf(message), null)
    const encoder = new netlink.Encoder()
    encoder.attribute(1, () => encoder.fixed('u8', 5, 'a byte'))
    const decoder = new netlink.Decoder('bytes', encoder.bytes)
    decoder.attributes(encoder.bytes, (type, payload) => assert.deepEqual([type, [...payload]], [1, [5]]))
    decoder.end()
  },
)

// ── bytes ───────────────────────────────────────────────────────────────────────────────────────

step('decodePacket encodePacket wrongChecksums', 'wire', () => {
  const packet = wire.encodePacket([
    { kind: 'ipv6', nextHeader: 17, sourceAddress: '::1', destinationAddress: '::1' },
    { kind: 'udp', sourcePort: 1, destinationPort: 2 },
    { kind: 'data', bytes: new Uint8Array(3) },
  ])
  assert.equal(packet.length, 51)
  const layers = wire.decodePacket(packet, { start: wire.LINKTYPE_RAW })
  assert.deepEqual(
    layers.map(({ kind }) => kind),
    ['ipv6', 'udp', 'data'],
  )
  assert.deepEqual(wire.wrongChecksums(layers), [])
  assert.deepEqual(wire.encodePacket(layers), packet)
  assert.equal(wire.decodePacket(packet.subarray(0, 50), { start: 'ipv6' }).at(-1)?.kind, 'malformed')
})

step('Reassembly TcpStream', 'wire', () => {
  const ends = { sourceAddress: '192.0.2.1', destinationAddress: '192.0.2.2' }
  const reassembly = new wire.Reassembly()
  const parts = [8, 0].map((fragmentOffset) =>
    wire.encodePacket([
      { kind: 'ipv4', protocol: 253, ...ends, fragmentOffset, moreFragments: fragmentOffset === 0 },
      { kind: 'data', bytes: new Uint8Array(8).fill(fragmentOffset) },
    ]),
  )
  const [first, whole] = parts.map((part) => reassembly.add(wire.decodePacket(part, { start: 'ipv4' }), 0))
  assert.equal(first, null)
  assert.equal(whole?.at(-1)?.bytes.length, 16)
  const stream = new wire.TcpStream()
  const segment = (sequenceNumber) =>
    wire.tcp.decode(wire.tcp.encode({ sourcePort: 1, destinationPort: 2, sequenceNumber, checksum: 0 }))
      .header
  assert.equal(stream.add(segment(0xffffffff), Uint8Array.of(1)).length, 1)
  assert.equal(stream.add(segment(1), Uint8Array.of(3)).length, 0)
  assert.deepEqual(
    stream.add(segment(0), Uint8Array.of(2)).map(({ bytes }) => bytes[0]),
    [2, 3],
  )
})

step('readCapture writePcap writePcapng', 'pcap', async () => {
  const packet = { timestamp: 1_700_000_000_123_456_000n, bytes: Uint8Array.of(1, 2, 3), originalLength: 60 }
  for (const write of [pcap.writePcap, pcap.writePcapng])
    for (const bigEndian of [false, true]) {
      const read = []
      for await (const each of pcap.readCapture(write([packet], { bigEndian }))) read.push(each)
      assert.equal(read.length, 1)
      assert.deepEqual({ ...packet, interface: read[0].interface }, read[0])
      assert.equal(read[0].interface.linkType, wire.LINKTYPE_ETHERNET)
    }
})

// ── nothing is forgotten, nothing is left ───────────────────────────────────────────────────────

step('ref unref', 'inet', (own) => {
  const one = own(socket(AF_INET, SOCK_DGRAM))
  assert.equal(one.unref(), one)
  assert.equal(one.ref(), one)
})

// A new verb needs a step.
const covered = new Set(steps.flatMap(({ verbs }) => verbs.split(' ')))
const symbols = Object.getOwnPropertyNames(Symbol).filter((name) => typeof Symbol[name] === 'symbol')
const isVerb = (owner, name) => typeof Object.getOwnPropertyDescriptor(owner, name).value === 'function'
const verbsOf = (owner) =>
  owner === Object.prototype
    ? []
    : [
        ...Object.getOwnPropertyNames(owner).filter((name) => isVerb(owner, name)),
        ...verbsOf(Object.getPrototypeOf(owner)),
      ]
for (const name of [
  ...Object.keys(berkeley).filter((name) => /^[a-z]/.test(name) && isVerb(berkeley, name)),
  ...verbsOf(Socket.prototype),
  ...symbols.filter((name) => Socket.prototype[Symbol[name]] !== undefined).map((name) => `Symbol.${name}`),
  ...Object.keys(netlink),
])
  assert.ok(covered.has(name) || name === 'constructor', `no step for ${name}`)

for (const each of steps) {
  await take(each)
  console.log(`ok: ${last}`)
}
// Again, to see what is left behind. A runtime may open something of its own meanwhile, but not each time.
let left = 'everything'
for (let round = 0; left !== '' && round < 5; round++) {
  const before = kinds(descriptors())
  for (const each of steps) await take(each)
  const after = kinds(descriptors())
  left = after.join() === before.join() ? '' : `${before} became ${after}`
}
assert.equal(left, '', 'descriptors leaked')
rmSync(folder, { recursive: true })

// A wait without a hold on the process: it must end all the same.
const idle = socket(AF_INET, SOCK_DGRAM).unref()
idle.bind(loopback)
idle.settimeout(120_000)
idle.recv(1).catch(() => {})

const { bun, deno, node } = process.versions
console.log(
  `all ok: ${bun ? `bun ${bun}` : deno ? `deno ${deno}` : `node ${node}`} on ${process.arch}, ${covered.size} verbs`,
)
