/** SOL_ALG. */
import assert from 'node:assert/strict'
import * as b from 'berkeley'
import { type AnySocket, type Own, refuses, type Trial, tried } from './trial.js'

const missing = { missing: [['EAFNOSUPPORT', 'ENOENT'], 'AF_ALG'] } as const
/** What only a kernel built for it has, or a newer one. */
const missingOption = { missing: [['EAFNOSUPPORT', 'ENOPROTOOPT'], 'this option of AF_ALG'] } as const

type Alg = b.Socket<b.AlgAddress>

const digest = async (made: Alg, own: Own): Promise<string> => {
  const [operation] = await made.accept()
  own(operation)
  await operation.send('data')
  return (await operation.recv(64)).toString('hex')
}

export const trials: Readonly<Record<string, Trial>> = {
  ALG_SET_KEY: tried(
    'alg',
    async (made, own) => {
      const hmac = made as unknown as Alg
      hmac.bind({ type: 'hash', name: 'hmac(sha256)' })
      const [early] = hmac.acceptSync()
      own(early)
      await assert.rejects(early.send('data'), { code: 'ENOKEY' })
      early.close()
      hmac.setsockopt(b.ALG_SET_KEY, Buffer.from('key'))
      // HMAC-SHA-256 of 'data' under 'key', as RFC 2104 has it.
      const answer = '5031fe3d989c6d1537a013fa6e739da23463fdaec3b70137d828e36ace221bd0'
      assert.equal(await digest(hmac, own), answer)
      refuses(() => made.getsockopt(b.ALG_SET_KEY.level, b.ALG_SET_KEY), 'EOPNOTSUPP')
    },
    missing,
  ),
  ALG_SET_AEAD_AUTHSIZE: tried(
    'alg',
    (made: AnySocket) => {
      const aead = made as unknown as Alg
      aead.bind({ type: 'aead', name: 'gcm(aes)' })
      aead.setsockopt(b.ALG_SET_AEAD_AUTHSIZE, 12)
      refuses(() => aead.setsockopt(b.ALG_SET_AEAD_AUTHSIZE, 17), 'EINVAL')
    },
    missing,
  ),
  ALG_SET_KEY_BY_KEY_SERIAL: tried(
    'alg',
    (made: AnySocket) => {
      const cipher = made as unknown as Alg
      cipher.bind({ type: 'skcipher', name: 'cbc(aes)' })
      // No key has this number.
      refuses(() => cipher.setsockopt(b.ALG_SET_KEY_BY_KEY_SERIAL, 0x7ffffff1), 'ENOKEY')
    },
    missingOption,
  ),
  ALG_SET_DRBG_ENTROPY: tried(
    'alg',
    (made: AnySocket) => {
      const rng = made as unknown as Alg
      rng.bind({ type: 'rng', name: 'drbg_nopr_sha256' })
      rng.setsockopt(b.ALG_SET_DRBG_ENTROPY, new Uint8Array(48).fill(7))
    },
    { ...missingOption, root: true },
  ),
}
