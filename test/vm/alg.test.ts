/** AF_ALG, the kernel's cryptography, beside node:crypto and Python's. */
import '../support/leaks.js'
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { createCipheriv, createDecipheriv, createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import {
  AF_ALG,
  ALG_OP_DECRYPT,
  ALG_OP_ENCRYPT,
  ALG_SET_AEAD_AUTHSIZE,
  ALG_SET_KEY,
  type AlgAddress,
  MSG_MORE,
  SOCK_SEQPACKET,
  type Socket,
  socket,
} from 'berkeley'
import { trials } from '../kernel/trials/alg.js'
import { tryOption } from '../kernel/trials/try.js'

type Alg = Socket<AlgAddress>

function bound(type: string, name: string, more: Partial<AlgAddress> = {}): Alg {
  const made = socket(AF_ALG, SOCK_SEQPACKET)
  try {
    made.bind({ type, name, ...more })
    return made
  } catch (error) {
    made.close()
    throw error
  }
}

/** What Python's own socket module makes of the same. */
function python(script: string, ...args: string[]): string {
  // Without its site packages it starts in half the time here.
  const run = spawnSync('python3', ['-I', '-S', '-c', `import socket, sys\n${script}`, ...args], {
    encoding: 'utf8',
  })
  assert.equal(run.status, 0, run.stderr)
  return run.stdout.trim()
}

const key = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
const iv = Buffer.from('f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff', 'hex')
const nonce = iv.subarray(0, 12)
const data = Buffer.from('what is to be kept from others, in three blocks.')

describe('accept', () => {
  it('gives an operation, which has no address', async () => {
    using algorithm = bound('hash', 'sha256')
    const [first, peer] = await algorithm.accept()
    using _ = first
    assert.equal(peer, null)
    const [second, other] = algorithm.acceptSync()
    using __ = second
    assert.equal(other, null)
    assert.equal(second.family, AF_ALG)
    assert.throws(() => algorithm.getsockname(), { code: 'EOPNOTSUPP' })
  })

  it('no such algorithm, and no such type', () => {
    assert.throws(() => bound('hash', 'nothing of the kind'), { code: 'ENOENT' })
    assert.throws(() => bound('nothing', 'sha256'), { code: 'ENOENT' })
    const most = 'n'.repeat(103)
    assert.throws(() => bound('hash', most), { code: 'ENOENT' })
  })
})

describe('a hash', () => {
  const answer = createHash('sha256').update(data).digest('hex')

  it('is node:crypto’s, awaited and blocking, whole and in pieces', async () => {
    using algorithm = bound('hash', 'sha256')
    const [operation] = await algorithm.accept()
    using _ = operation
    await operation.sendall(data)
    assert.equal((await operation.recv(64)).toString('hex'), answer)
    operation.sendSync(data.subarray(0, 7), { flags: MSG_MORE })
    await operation.send(data.subarray(7))
    assert.equal(operation.recvSync(64).toString('hex'), answer)
    // Nothing is something, too.
    await operation.send('')
    assert.equal((await operation.recv(64)).toString('hex'), createHash('sha256').digest('hex'))
    const large = Buffer.alloc(300_000, 'large')
    await operation.sendall(large)
    assert.deepEqual(await operation.recv(64), createHash('sha256').update(large).digest())
  })

  it('is Python’s', () => {
    const script = `
with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as a:
    a.bind(('hash', 'sha256'))
    o, _ = a.accept()
    with o:
        o.sendall(bytes.fromhex(sys.argv[1]))
        print(o.recv(64).hex())`
    assert.equal(python(script, data.toString('hex')), answer)
  })
})

describe('a cipher', () => {
  const cipher = createCipheriv('aes-128-cbc', key, iv).setAutoPadding(false)
  const secret = Buffer.concat([cipher.update(data), cipher.final()])

  it('encrypts and decrypts as node:crypto', async () => {
    using algorithm = bound('skcipher', 'cbc(aes)')
    algorithm.setsockopt(ALG_SET_KEY, key)
    const [operation] = await algorithm.accept()
    using _ = operation
    assert.equal(await operation.sendmsgAfalg(data, { op: ALG_OP_ENCRYPT, iv }), data.length)
    assert.deepEqual(await operation.recv(data.length), secret)
    assert.equal(operation.sendmsgAfalgSync([secret], { op: ALG_OP_DECRYPT, iv }), secret.length)
    assert.deepEqual(operation.recvSync(secret.length), data)
    // In pieces: what is to be done first, and then the bytes.
    await operation.sendmsgAfalg(undefined, { op: ALG_OP_ENCRYPT, iv, flags: MSG_MORE })
    await operation.send(data.subarray(0, 16), { flags: MSG_MORE })
    await operation.send(data.subarray(16))
    assert.deepEqual(await operation.recv(data.length), secret)
  })

  it('waits for its data without holding up the loop', async () => {
    using algorithm = bound('skcipher', 'cbc(aes)')
    algorithm.setsockopt(ALG_SET_KEY, key)
    const [operation] = await algorithm.accept()
    using _ = operation
    const result = operation.recv(data.length)
    await new Promise((resolve) => setImmediate(resolve))
    await operation.sendmsgAfalg(data, { op: ALG_OP_ENCRYPT, iv })
    assert.deepEqual(await result, secret)
  })

  it('by Python, decrypted here', async () => {
    const script = `
k, v, d = map(bytes.fromhex, sys.argv[1:])
with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as a:
    a.bind(('skcipher', 'cbc(aes)'))
    a.setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, k)
    o, _ = a.accept()
    with o:
        o.sendmsg_afalg([d], op=socket.ALG_OP_ENCRYPT, iv=v)
        print(o.recv(len(d)).hex())`
    const theirs = python(script, ...[key, iv, data].map((each) => each.toString('hex')))
    using algorithm = bound('skcipher', 'cbc(aes)')
    algorithm.setsockopt(ALG_SET_KEY, key)
    const [operation] = algorithm.acceptSync()
    using _ = operation
    await operation.sendmsgAfalg(Buffer.from(theirs, 'hex'), { op: ALG_OP_DECRYPT, iv })
    assert.deepEqual(await operation.recv(data.length), data)
  })

  it('refuses an IV of another length, and other sockets', async () => {
    using algorithm = bound('skcipher', 'cbc(aes)')
    algorithm.setsockopt(ALG_SET_KEY, key)
    const [operation] = await algorithm.accept()
    using _ = operation
    await assert.rejects(operation.sendmsgAfalg(data, { op: ALG_OP_ENCRYPT, iv: nonce }), { code: 'EINVAL' })
    await assert.rejects(operation.sendmsgAfalg(data, { op: 7, iv }), { code: 'EINVAL' })
  })
})

describe('an AEAD', () => {
  const associated = Buffer.from('seen by all, changed by none')
  const cipher = createCipheriv('aes-128-gcm', key, nonce)
  cipher.setAAD(associated)
  const encrypted = Buffer.concat([cipher.update(data), cipher.final(), cipher.getAuthTag()])

  function operating(): Alg {
    using algorithm = bound('aead', 'gcm(aes)')
    algorithm.setsockopt(ALG_SET_KEY, key)
    algorithm.setsockopt(ALG_SET_AEAD_AUTHSIZE, 16)
    return algorithm.acceptSync()[0]
  }

  it('seals as node:crypto, and opens what that has sealed', async () => {
    using operation = operating()
    const assoclen = associated.length
    await operation.sendmsgAfalg([associated, data], { op: ALG_OP_ENCRYPT, iv: nonce, assoclen })
    // What comes has the associated data before it.
    const sealed = await operation.recv(assoclen + data.length + 16)
    assert.deepEqual(sealed.subarray(assoclen), encrypted)
    const decipher = createDecipheriv('aes-128-gcm', key, nonce)
    decipher.setAAD(associated).setAuthTag(sealed.subarray(-16))
    const opened = Buffer.concat([decipher.update(sealed.subarray(assoclen, -16)), decipher.final()])
    assert.deepEqual(opened, data)
    await operation.sendmsgAfalg([associated, encrypted], { op: ALG_OP_DECRYPT, iv: nonce, assoclen })
    assert.deepEqual((await operation.recv(assoclen + data.length)).subarray(assoclen), data)
  })

  it('does not open what was changed', async () => {
    using operation = operating()
    const changed = Buffer.from(encrypted)
    changed[0] = (changed[0] ?? 0) ^ 1
    const assoclen = associated.length
    await operation.sendmsgAfalg([associated, changed], { op: ALG_OP_DECRYPT, iv: nonce, assoclen })
    await assert.rejects(operation.recv(assoclen + data.length), { code: 'EBADMSG' })
  })

  it('by Python, opened here', async () => {
    const script = `
k, v, a, d = map(bytes.fromhex, sys.argv[1:])
with socket.socket(socket.AF_ALG, socket.SOCK_SEQPACKET) as s:
    s.bind(('aead', 'gcm(aes)'))
    s.setsockopt(socket.SOL_ALG, socket.ALG_SET_KEY, k)
    s.setsockopt(socket.SOL_ALG, socket.ALG_SET_AEAD_AUTHSIZE, None, 16)
    o, _ = s.accept()
    with o:
        o.sendmsg_afalg([a, d], op=socket.ALG_OP_ENCRYPT, iv=v, assoclen=len(a))
        print(o.recv(len(a) + len(d) + 16).hex())`
    const theirs = python(script, ...[key, nonce, associated, data].map((each) => each.toString('hex')))
    const sealed = Buffer.from(theirs, 'hex')
    assert.deepEqual(sealed.subarray(associated.length), encrypted)
    using operation = operating()
    const { length: assoclen } = associated
    await operation.sendmsgAfalg([associated, sealed.subarray(assoclen)], {
      op: ALG_OP_DECRYPT,
      iv: nonce,
      assoclen,
    })
    assert.deepEqual((await operation.recv(assoclen + data.length)).subarray(assoclen), data)
  })
})

describe('a random number generator', () => {
  it('gives bytes, other ones each time', async () => {
    using algorithm = bound('rng', 'stdrng')
    // The seed, which the kernel mixes with its own.
    algorithm.setsockopt(ALG_SET_KEY, new Uint8Array(0))
    const [operation] = await algorithm.accept()
    using _ = operation
    const first = await operation.recv(64)
    const second = await operation.recv(64)
    assert.deepEqual([first.length, second.length], [64, 64])
    assert.notDeepEqual(first, second)
    assert.ok(new Set(first).size > 8)
  })
})

describe('options', () => {
  // That is for kernels that are to be certified, which Debian's is not.
  const { ALG_SET_DRBG_ENTROPY: _, ...had } = trials
  for (const [name, trial] of Object.entries(had)) tryOption(name, trial, true)
})
