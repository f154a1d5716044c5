/** What a header's codec is: the one contract that each file of a layer keeps. */
import type { Addresses } from './checksum.js'

/** Where the next header is looked up: a table of the registry, and the number in it. */
export interface Next {
  readonly table: Table
  readonly number: number
}

/**
 * The registry's tables: `link` is by LINKTYPE_ numbers, `ethertype` by ETH_P_ ones, `protocol` by IPPROTO_ ones, `udp` and
 * `tcp` by port.
 */
export type Table = 'link' | 'ethertype' | 'protocol' | 'udp' | 'tcp'

/** A header that was read, and what is around it. The parts are views of the bytes given. */
export interface Decoded<H> {
  readonly header: H
  /** What the header carries, as far as it is there. */
  readonly payload: Uint8Array
  /** Bytes behind the payload: no part of it by the header's own length, such as the padding of short frames. */
  readonly trailer: Uint8Array
  /** How many bytes the header's length promises beyond those that are there: the packet was cut. */
  readonly missing: number
}

/** How to encode. */
export interface EncodeOptions {
  /** Compute lengths and checksums, whatever the header says. What the header leaves out is computed anyway. */
  readonly fix?: boolean
  /** The addresses of the IP header around it, which the checksums of TCP, UDP and ICMPv6 cover. */
  readonly over?: Addresses | undefined
}

/** One header: its fields from bytes, and bytes from them. `G` is what a caller has to give: the rest has defaults. */
export interface Codec<H extends { readonly kind: string }, G = H> {
  readonly kind: H['kind']
  /** Reads the header at the start of `bytes`. Nothing but DecodeError is thrown, whatever the bytes are. */
  decode(bytes: Uint8Array): Decoded<H>
  /**
   * The header's bytes and the payload's behind them.
   *
   * @throws TypeError or RangeError for a field that does not fit.
   */
  encode(header: G, payload?: Uint8Array, options?: EncodeOptions): Uint8Array
  /** Where to look for what the header carries, the best first; none when it is plain data. */
  next(header: H): readonly Next[]
  /** Whether the header carries but the beginning of something: what an error quotes, a first fragment. */
  isPartial?(header: H): boolean
  /** The addresses for the checksums inside, given those around it. IP headers and routing headers have them. */
  addresses?(header: H, around: Addresses | undefined): Addresses | undefined
}

/** A header as a caller gives it: the fields of `K`, and those others that are not to have their defaults. */
export type Given<H, K extends keyof H = never> = Pick<H, K> & {
  readonly [F in Exclude<keyof H, K>]?: H[F] | undefined
}

/** No bytes. */
export const empty: Uint8Array = new Uint8Array(0)

/** A header that carries all that follows it. */
export function decoded<H>(header: H, payload: Uint8Array): Decoded<H> {
  return { header, payload, trailer: empty, missing: 0 }
}

/** A header whose own length says how much of `rest` it carries. */
export function bounded<H>(header: H, rest: Uint8Array, length: number): Decoded<H> {
  return {
    header,
    payload: rest.subarray(0, length),
    trailer: rest.subarray(length),
    missing: Math.max(0, length - rest.length),
  }
}
