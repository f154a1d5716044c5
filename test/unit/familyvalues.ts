/** Values of option rows of other families and protocols than the Internet's first: as values.ts has them. */
import { values as sctp } from './sctpvalues.js'
import type { Values } from './values.js'

export const values: Readonly<Record<string, Values>> = {
  ...sctp,
  ALG_SET_AEAD_AUTHSIZE: {
    encode: [
      [1, 'struct { char bytes[1]; }', '0'],
      [16, 'struct { char bytes[16]; }', '0'],
    ],
    wrong: [-1, 256, 1.5, Number.NaN, '16', null, undefined, {}, new Uint8Array(16)],
  },
}
