/** IPPROTO_SCTP: authenticated chunks, RFC 4895 and RFC 6458 §8. They want SCTP_AUTH_SUPPORTED, or net.sctp.auth_enable. */
import { DecodeError } from '../errors.js'
import * as k from '../kernel.js'
import { bytesOf, integer, type Option, object, option, viewOf, type Writable, writable } from './option.js'
import { type Partly, type StructOption, type StructReadable, struct, structOption } from './struct.js'

const SCTP = k.IPPROTO_SCTP
const { layouts } = k

/** A type of chunks to take from peers authenticated only, in associations to come. */
export const SCTP_AUTH_CHUNK: Writable<number> = writable(SCTP, k.SCTP_AUTH_CHUNK, 'SCTP_AUTH_CHUNK', {
  encode: (value) => Uint8Array.of(integer(value, 0, 255)),
})

/** The kernel knows two. */
const MOST_ALGORITHMS = 16

/** The algorithms that peers may use, the best first: SCTP_AUTH_HMAC_ID_SHA256, SCTP_AUTH_HMAC_ID_SHA1. */
export const SCTP_HMAC_IDENT: Option<readonly number[]> = option(SCTP, k.SCTP_HMAC_IDENT, 'SCTP_HMAC_IDENT', {
  size: 4 + 2 * MOST_ALGORITHMS,
  decode: (bytes) => {
    const count = viewOf(bytes, 4, 'sctp_hmacalgo').getUint32(0, true)
    const view = viewOf(bytes, 4 + 2 * count, 'sctp_hmacalgo')
    return Array.from({ length: count }, (_, i) => view.getUint16(4 + 2 * i, true))
  },
  encode: (value) => {
    if (!Array.isArray(value)) throw new TypeError(`expected an array of algorithms, not ${String(value)}`)
    return bytesOf(4 + 2 * integer(value.length, 1, MOST_ALGORITHMS), (view) => {
      view.setUint32(0, value.length, true)
      for (let i = 0; i < value.length; i++)
        view.setUint16(4 + 2 * i, integer(value[i] as number, 0, 0xffff), true)
    })
  },
})

/** A shared key. */
export interface SctpAuthKey {
  readonly assocId?: number | undefined
  readonly keynumber: number
  /** At most 65535 bytes. */
  readonly key: Uint8Array
}

const [NUMBER, LENGTH] = [
  layouts.sctp_authkey.fields.sca_keynumber,
  layouts.sctp_authkey.fields.sca_keylength,
]

/** Adds a shared key. */
export const SCTP_AUTH_KEY: Writable<SctpAuthKey> = writable(SCTP, k.SCTP_AUTH_KEY, 'SCTP_AUTH_KEY', {
  encode: (value) => {
    const { assocId = 0, keynumber, key } = object(value, '{ assocId?, keynumber, key }')
    if (!(key instanceof Uint8Array)) throw new TypeError(`expected bytes for key, not ${String(key)}`)
    const bytes = bytesOf(layouts.sctp_authkey.size + key.length, (view) => {
      view.setInt32(0, integer(assocId, -0x80000000, 0x7fffffff), true)
      view.setUint16(NUMBER[0], integer(keynumber, 0, 0xffff), true)
      view.setUint16(LENGTH[0], integer(key.length, 0, 0xffff), true)
    })
    bytes.set(key, layouts.sctp_authkey.size)
    return bytes
  },
})

/** The number of a key. */
export interface SctpAuthKeyId {
  readonly assocId: number
  readonly keynumber: number
}
const keyId = struct<SctpAuthKeyId>(layouts.sctp_authkeyid, 'sctp_authkeyid', 'scact_')

/** The key that is used for what is sent. */
export const SCTP_AUTH_ACTIVE_KEY: StructOption<SctpAuthKeyId> = structOption(
  SCTP,
  k.SCTP_AUTH_ACTIVE_KEY,
  'SCTP_AUTH_ACTIVE_KEY',
  keyId,
)
/** Takes a key away, which must not be the active one. */
export const SCTP_AUTH_DELETE_KEY: Writable<Partly<SctpAuthKeyId>> = writable(
  SCTP,
  k.SCTP_AUTH_DELETE_KEY,
  'SCTP_AUTH_DELETE_KEY',
  keyId,
)
/** The key is to be used no longer for what is sent; when nothing needs it any more SCTP_AUTH_FREE_KEY tells. Linux 4.17. */
export const SCTP_AUTH_DEACTIVATE_KEY: Writable<Partly<SctpAuthKeyId>> = writable(
  SCTP,
  k.SCTP_AUTH_DEACTIVATE_KEY,
  'SCTP_AUTH_DEACTIVATE_KEY',
  keyId,
)

type Chunks = StructReadable<readonly number[], { readonly assocId?: number | undefined }>

/** A chunk's type is a byte. */
const CHUNKS_ROOM = 8 + 256

/** struct sctp_authchunks. */
function chunks(option: number, name: string): Chunks {
  const decode = (bytes: Uint8Array): number[] => {
    const count = viewOf(bytes, 8, 'sctp_authchunks').getUint32(4, true)
    if (bytes.length < 8 + count) throw new DecodeError('ERR_TRUNCATED', 'sctp_authchunks', bytes.length)
    return [...bytes.subarray(8, 8 + count)]
  }
  const ask = (question?: { readonly assocId?: number | undefined }): Uint8Array =>
    bytesOf(CHUNKS_ROOM, (view) =>
      view.setInt32(0, integer(question?.assocId ?? 0, -0x80000000, 0x7fffffff), true),
    )
  return Object.freeze({ name, level: SCTP, option, size: CHUNKS_ROOM, decode, ask, answer: decode })
}

/** The types of chunks that the peer takes authenticated only. */
export const SCTP_PEER_AUTH_CHUNKS: Chunks = chunks(k.SCTP_PEER_AUTH_CHUNKS, 'SCTP_PEER_AUTH_CHUNKS')
/** The types of chunks that are taken authenticated only here. */
export const SCTP_LOCAL_AUTH_CHUNKS: Chunks = chunks(k.SCTP_LOCAL_AUTH_CHUNKS, 'SCTP_LOCAL_AUTH_CHUNKS')
