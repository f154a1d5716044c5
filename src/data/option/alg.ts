/** SOL_ALG: the kernel's Documentation/crypto/userspace-if. They are set on the bound socket, before it is accepted from. */
import * as k from '../kernel.js'
import { int, integer, raw, type Writable, writable } from './option.js'

const ALG = k.SOL_ALG

/** The kernel limits a digest, and so what is cut off of it, to far less. */
const MOST_TAG = 255

/**
 * The key of a cipher, an AEAD or a keyed hash; ENOKEY from operations on what needs one and has none. Of a random
 * number generator the seed, which may be empty; EINVAL without one.
 */
export const ALG_SET_KEY: Writable<Uint8Array> = writable(ALG, k.ALG_SET_KEY, 'ALG_SET_KEY', raw(4096))
/** The key by its serial number in the kernel's key rings, keyrings(7): a user, logon or encrypted key. Linux 6.2. */
export const ALG_SET_KEY_BY_KEY_SERIAL: Writable<number> = writable(
  ALG,
  k.ALG_SET_KEY_BY_KEY_SERIAL,
  'ALG_SET_KEY_BY_KEY_SERIAL',
  int,
)
/** Bytes of an AEAD's authentication tag. The kernel takes it by the length of the value, which has no bytes that matter. */
export const ALG_SET_AEAD_AUTHSIZE: Writable<number> = writable(
  ALG,
  k.ALG_SET_AEAD_AUTHSIZE,
  'ALG_SET_AEAD_AUTHSIZE',
  { encode: (value) => new Uint8Array(integer(value, 0, MOST_TAG)) },
)
/** The entropy of a random number generator under test. Needs CAP_SYS_ADMIN, and a kernel built for that (CAVP). Linux 5.10. */
export const ALG_SET_DRBG_ENTROPY: Writable<Uint8Array> = writable(
  ALG,
  k.ALG_SET_DRBG_ENTROPY,
  'ALG_SET_DRBG_ENTROPY',
  raw(4096),
)
