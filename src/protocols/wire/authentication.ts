/** The authentication header of IPsec: RFC 4302. What is encrypted (RFC 4303) cannot be read, and is data. */
import { Reader, Writer } from './bytes.js'
import { type Codec, decoded, empty, type Given } from './codec.js'

/** An authentication header. */
export interface Authentication {
  readonly kind: 'authentication'
  /** IPPROTO_ of what follows. */
  readonly nextHeader: number
  readonly reserved: number
  /** SPI */
  readonly securityParametersIndex: number
  readonly sequenceNumber: number
  /** ICV, with its padding: a multiple of 4 bytes. */
  readonly integrityCheckValue: Uint8Array
}

type Required = 'nextHeader' | 'securityParametersIndex' | 'sequenceNumber' | 'integrityCheckValue'

/** The codec of authentication headers. */
export const authentication: Codec<Authentication, Given<Authentication, Required>> = {
  kind: 'authentication',

  decode(bytes) {
    const r = new Reader(bytes, 'authentication')
    const nextHeader = r.u8()
    const length = 4 * (r.u8() + 2)
    if (length < 12) throw r.malformed(1)
    const header: Authentication = {
      kind: 'authentication',
      nextHeader,
      reserved: r.u16(),
      securityParametersIndex: r.u32(),
      sequenceNumber: r.u32(),
      integrityCheckValue: r.take(length - 12),
    }
    return decoded(header, r.rest())
  },

  encode(header, payload = empty) {
    const { integrityCheckValue } = header
    if (integrityCheckValue.length % 4 !== 0)
      throw new RangeError(`expected a multiple of 4 bytes, not ${integrityCheckValue.length}`)
    return new Writer()
      .u8(header.nextHeader, 'nextHeader')
      .u8(integrityCheckValue.length / 4 + 1, 'length')
      .u16(header.reserved ?? 0, 'reserved')
      .u32(header.securityParametersIndex, 'securityParametersIndex')
      .u32(header.sequenceNumber, 'sequenceNumber')
      .put(integrityCheckValue)
      .put(payload)
      .done()
  },

  next: ({ nextHeader }) => [{ table: 'protocol', number: nextHeader }],
}
