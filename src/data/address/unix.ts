/** AF_UNIX: struct sockaddr_un, unix(7): a path, an abstract name (first byte 0), or nothing (unnamed). */
import { DecodeError } from '../errors.js'
import { AF_UNIX, layouts } from '../kernel.js'
import type { AddressCodec, UnixAddress } from './address.js'

const [PATH, ROOM] = layouts.sockaddr_un.fields.sun_path

export const unix: AddressCodec<UnixAddress> = {
  af: AF_UNIX,
  family: 'unix',

  encode(address) {
    const abstract = address.abstract !== undefined
    const given = abstract ? address.abstract : address.path
    if (typeof given !== 'string' && !(given instanceof Uint8Array))
      throw new TypeError('expected a unix address: { path } or { abstract }, a string or bytes')
    const name = typeof given === 'string' ? new TextEncoder().encode(given) : given
    if (!abstract && name.length === 0) return header(PATH)
    if (!abstract && name.includes(0))
      throw new TypeError('expected a unix path without NUL; { abstract } is for the abstract namespace')
    // An abstract name begins behind its NUL. A path may fill the room to its last byte without one.
    const length = abstract ? 1 + name.length : Math.min(name.length + 1, ROOM)
    if (name.length > (abstract ? ROOM - 1 : ROOM))
      throw new RangeError(
        `expected a unix ${abstract ? 'abstract name' : 'path'} of at most ${abstract ? ROOM - 1 : ROOM} bytes, not ${name.length}`,
      )
    const sockaddr = header(PATH + length)
    sockaddr.set(name, abstract ? PATH + 1 : PATH)
    return sockaddr
  },

  decode(sockaddr) {
    if (sockaddr.length < PATH) throw new DecodeError('ERR_TRUNCATED', 'sockaddr_un', sockaddr.length)
    const name = sockaddr.subarray(PATH)
    if (name.length === 0) return Object.freeze({ family: 'unix', path: '' })
    if (name[0] === 0) return Object.freeze({ family: 'unix', abstract: text(name.subarray(1)) })
    const end = name.indexOf(0)
    return Object.freeze({ family: 'unix', path: text(end < 0 ? name : name.subarray(0, end)) })
  },
}

function header(length: number): Uint8Array {
  const sockaddr = new Uint8Array(length)
  new DataView(sockaddr.buffer).setUint16(0, AF_UNIX, true)
  return sockaddr
}

/** A string where that loses nothing, else a copy of the bytes. */
function text(name: Uint8Array): string | Uint8Array {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name)
  } catch {
    return name.slice()
  }
}
