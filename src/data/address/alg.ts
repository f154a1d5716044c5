/** AF_ALG: struct sockaddr_alg, the kernel's Documentation/crypto/userspace-if: an algorithm by its type and name. */
import { DecodeError } from '../errors.js'
import { checkInteger } from '../integer.js'
import { AF_ALG, layouts } from '../kernel.js'
import type { AddressCodec, AlgAddress } from './address.js'

const { size, fields } = layouts.sockaddr_alg
const [TYPE, TYPE_ROOM] = fields.salg_type
const FEAT = fields.salg_feat[0]
const MASK = fields.salg_mask[0]
const NAME = fields.salg_name[0]

/** bind(2) takes no more than a sockaddr_storage. Before Linux 4.12 a name had 64 bytes with its NUL. */
const MOST = layouts.sockaddr_storage.size

export const alg: AddressCodec<AlgAddress> = {
  af: AF_ALG,
  family: 'alg',

  encode({ type, name, feat = 0, mask = 0 }) {
    const typeBytes = text(type, 'type', TYPE_ROOM - 1)
    const nameBytes = text(name, 'name', MOST - NAME - 1)
    checkInteger(feat, 'feat', 0, 0xffffffff)
    checkInteger(mask, 'mask', 0, 0xffffffff)
    const sockaddr = new Uint8Array(Math.max(size, NAME + nameBytes.length + 1))
    const view = new DataView(sockaddr.buffer)
    view.setUint16(0, AF_ALG, true)
    sockaddr.set(typeBytes, TYPE)
    view.setUint32(FEAT, feat, true)
    view.setUint32(MASK, mask, true)
    sockaddr.set(nameBytes, NAME)
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < NAME) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_alg', sockaddr.length)
    const view = new DataView(sockaddr.buffer, sockaddr.byteOffset, sockaddr.byteLength)
    return Object.freeze({
      family: 'alg',
      type: untilNul(sockaddr.subarray(TYPE, TYPE + TYPE_ROOM)),
      name: untilNul(sockaddr.subarray(NAME)),
      feat: view.getUint32(FEAT, true),
      mask: view.getUint32(MASK, true),
    })
  },
}

function text(value: string, what: string, most: number): Uint8Array {
  if (typeof value !== 'string') throw new TypeError(`expected a string ${what}, not ${String(value)}`)
  const bytes = new TextEncoder().encode(value)
  if (bytes.includes(0)) throw new TypeError(`expected a ${what} without NUL`)
  if (bytes.length > most)
    throw new RangeError(`expected a ${what} of at most ${most} bytes, not ${bytes.length}`)
  return bytes
}

function untilNul(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end))
}
