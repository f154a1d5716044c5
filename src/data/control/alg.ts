/** SOL_ALG: what an operation is to do, the kernel's Documentation/crypto/userspace-if. Every export is a row. */
import * as k from '../kernel.js'
import { bytesOf, uint } from '../option/option.js'
import { bytes, type Sendable, sendable } from './message.js'

/** ALG_OP_ENCRYPT or ALG_OP_DECRYPT. */
export const ALG_SET_OP: Sendable<'algOp', number> = sendable('algOp', k.SOL_ALG, k.ALG_SET_OP, uint)

/** The initialization vector: as many bytes as the algorithm's. */
export const ALG_SET_IV: Sendable<'algIv', Uint8Array> = sendable('algIv', k.SOL_ALG, k.ALG_SET_IV, {
  encode: (value) => {
    // struct af_alg_iv: the length, and the bytes.
    const iv = bytes.encode(value)
    const framed = bytesOf(4 + iv.length, (view) => view.setUint32(0, iv.length, true))
    framed.set(iv, 4)
    return framed
  },
})

/** How many bytes at the front of what is sent are associated data, authenticated and not encrypted. */
export const ALG_SET_AEAD_ASSOCLEN: Sendable<'algAssoclen', number> = sendable(
  'algAssoclen',
  k.SOL_ALG,
  k.ALG_SET_AEAD_ASSOCLEN,
  uint,
)
