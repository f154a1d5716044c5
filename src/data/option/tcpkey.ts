/** Keys that sign the segments of TCP: RFC 2385 (MD5) and RFC 5925 (TCP-AO), for BGP and its like. */
import * as k from '../kernel.js'
import { hostAt, sockaddr } from './host.js'
import {
  bytesOf,
  getBits,
  getUint,
  integer,
  type Known,
  type Option,
  object,
  option,
  type Queryable,
  raw,
  setBit,
  setUint,
  text,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const TCP = k.IPPROTO_TCP
const { tcp_md5sig, tcp_ao_add, tcp_ao_del, tcp_ao_info_opt, tcp_ao_getsockopt } = k.layouts

const key = raw(k.TCP_MD5SIG_MAXKEYLEN)
const algorithm = text(64)

/** A peer's key, at most 80 bytes; an empty one takes the key away. */
export interface Md5Key {
  readonly address: string
  readonly key: Uint8Array
}

/** The same for all peers whose address begins with `prefix` bits, or by one interface (index of a VRF) only. */
export interface Md5KeyRange extends Md5Key {
  readonly prefix?: number | undefined
  readonly interface?: number | undefined
}

/** struct tcp_md5sig. */
function md5(value: Md5KeyRange): Uint8Array {
  const { address, key: secret, prefix, interface: via } = object(value, '{ address, key, … }')
  const { tcpm_addr, tcpm_flags, tcpm_prefixlen, tcpm_keylen, tcpm_ifindex, tcpm_key } = tcp_md5sig.fields
  const host = sockaddr(address)
  const secretBytes = key.encode(secret)
  const flags =
    (prefix === undefined ? 0 : k.TCP_MD5SIG_FLAG_PREFIX) |
    (via === undefined ? 0 : k.TCP_MD5SIG_FLAG_IFINDEX)
  const bytes = bytesOf(tcp_md5sig.size, (view) => {
    setUint(view, tcpm_flags, flags)
    setUint(view, tcpm_prefixlen, prefix ?? 0)
    setUint(view, tcpm_keylen, secretBytes.length)
    setUint(view, tcpm_ifindex, via ?? 0)
  })
  bytes.set(host, tcpm_addr[0])
  bytes.set(secretBytes, tcpm_key[0])
  return bytes
}

/** Sign the segments to a peer, and take none from it without. Before the connection, on both ends; tcp(7). */
export const TCP_MD5SIG: Writable<Md5Key> = writable(TCP, k.TCP_MD5SIG, 'TCP_MD5SIG', {
  encode: (value) => {
    const { address, key: secret } = object(value, '{ address, key }')
    return md5({ address, key: secret })
  },
})
/** The same for many peers at once. Linux 4.13. */
export const TCP_MD5SIG_EXT: Writable<Md5KeyRange> = writable(TCP, k.TCP_MD5SIG_EXT, 'TCP_MD5SIG_EXT', {
  encode: md5,
})

/** Which keys: those of peers whose address begins with so many bits of this one, with these ids. */
export interface AoKeyId {
  readonly address: string
  /** All bits when it is left out. */
  readonly prefix?: number | undefined
  readonly sndid: number
  readonly rcvid: number
  /** TCP_AO_KEYF_*. */
  readonly keyflags?: number | undefined
  /** The index of a VRF; counts with TCP_AO_KEYF_IFINDEX. */
  readonly interface?: number | undefined
}

/** struct tcp_ao_add. */
export interface AoKey extends AoKeyId {
  /** As the kernel's crypto has it: 'hmac(sha1)', 'cmac(aes128)'. */
  readonly algName: string
  /** At most 80 bytes. */
  readonly key: Uint8Array
  /** Bytes of the authentication code; 0 is 12. */
  readonly maclen?: number | undefined
  /** Sign with it at once. */
  readonly setCurrent?: boolean | undefined
  /** Ask the peer to sign with it. */
  readonly setRnext?: boolean | undefined
}

function bits(address: Uint8Array): number {
  return address.length === k.layouts.sockaddr_in.size ? 32 : 128
}

/** Adds a key, RFC 5925; before the connection, or to one that has keys already. ENOPROTOOPT where the kernel has no TCP-AO. Linux 6.7. */
export const TCP_AO_ADD_KEY: Writable<AoKey> = writable(TCP, k.TCP_AO_ADD_KEY, 'TCP_AO_ADD_KEY', {
  encode: (value) => {
    const {
      address,
      algName,
      key: secret,
      sndid,
      rcvid,
      ...more
    } = object(value, '{ address, sndid, rcvid, algName, key, … }')
    const { fields: at, bits: bit, size } = tcp_ao_add
    const host = sockaddr(address)
    const secretBytes = key.encode(secret)
    const bytes = bytesOf(size, (view) => {
      view.setInt32(at.ifindex[0], integer(more.interface ?? 0, 0, 0x7fffffff), true)
      setBit(view, bit.set_current, more.setCurrent)
      setBit(view, bit.set_rnext, more.setRnext)
      setUint(view, at.prefix, more.prefix ?? bits(host))
      setUint(view, at.sndid, sndid)
      setUint(view, at.rcvid, rcvid)
      setUint(view, at.maclen, more.maclen ?? 0)
      setUint(view, at.keyflags, more.keyflags ?? 0)
      setUint(view, at.keylen, secretBytes.length)
    })
    bytes.set(host, at.addr[0])
    bytes.set(algorithm.encode(algName), at.alg_name[0])
    bytes.set(secretBytes, at.key[0])
    return bytes
  },
})

/** struct tcp_ao_del: which key, and the ids of those to use from then on when it was in use. */
export interface AoKeyRemoval extends AoKeyId {
  readonly currentKey?: number | undefined
  readonly rnext?: number | undefined
  /** A listener need not wait until nobody uses it. */
  readonly delAsync?: boolean | undefined
}

/** Takes a key away. */
export const TCP_AO_DEL_KEY: Writable<AoKeyRemoval> = writable(TCP, k.TCP_AO_DEL_KEY, 'TCP_AO_DEL_KEY', {
  encode: (value) => {
    const { address, sndid, rcvid, currentKey, rnext, ...more } = object(
      value,
      '{ address, sndid, rcvid, … }',
    )
    const { fields: at, bits: bit, size } = tcp_ao_del
    const host = sockaddr(address)
    const bytes = bytesOf(size, (view) => {
      view.setInt32(at.ifindex[0], integer(more.interface ?? 0, 0, 0x7fffffff), true)
      setBit(view, bit.set_current, currentKey !== undefined)
      setBit(view, bit.set_rnext, rnext !== undefined)
      setBit(view, bit.del_async, more.delAsync)
      setUint(view, at.prefix, more.prefix ?? bits(host))
      setUint(view, at.sndid, sndid)
      setUint(view, at.rcvid, rcvid)
      setUint(view, at.current_key, currentKey ?? 0)
      setUint(view, at.rnext, rnext ?? 0)
      setUint(view, at.keyflags, more.keyflags ?? 0)
    })
    bytes.set(host, at.addr[0])
    return bytes
  },
})

/** Segments. */
export interface AoCounters {
  readonly good: number
  readonly bad: number
  readonly keyNotFound: number
  readonly aoRequired: number
  readonly droppedIcmp: number
}

/** struct tcp_ao_info_opt. What is left out when setting stays as it is, but for the two flags, which are off then. */
export interface AoInfo {
  readonly currentKey?: number | undefined
  readonly rnext?: number | undefined
  /** Take no connections without TCP-AO. */
  readonly aoRequired?: boolean | undefined
  readonly acceptIcmps?: boolean | undefined
  readonly counters?: AoCounters | undefined
}

/** The state of TCP-AO: which keys are in use, and counters. */
export const TCP_AO_INFO: Option<AoInfo> = option(TCP, k.TCP_AO_INFO, 'TCP_AO_INFO', {
  size: tcp_ao_info_opt.size,
  decode: (bytes) => {
    const { fields: at, bits: bit, size } = tcp_ao_info_opt
    const view = viewOf(bytes, size, 'tcp_ao_info_opt')
    return {
      currentKey: getBits(view, bit.set_current) === 0 ? undefined : getUint(view, at.current_key),
      rnext: getBits(view, bit.set_rnext) === 0 ? undefined : getUint(view, at.rnext),
      aoRequired: getBits(view, bit.ao_required) !== 0,
      acceptIcmps: getBits(view, bit.accept_icmps) !== 0,
      counters: {
        good: getUint(view, at.pkt_good),
        bad: getUint(view, at.pkt_bad),
        keyNotFound: getUint(view, at.pkt_key_not_found),
        aoRequired: getUint(view, at.pkt_ao_required),
        droppedIcmp: getUint(view, at.pkt_dropped_icmp),
      },
    }
  },
  encode: (value) => {
    const { currentKey, rnext, aoRequired, acceptIcmps, counters } = object(
      value,
      '{ currentKey?, rnext?, … }',
    )
    const { fields: at, bits: bit, size } = tcp_ao_info_opt
    return bytesOf(size, (view) => {
      setBit(view, bit.set_current, currentKey !== undefined)
      setBit(view, bit.set_rnext, rnext !== undefined)
      setBit(view, bit.ao_required, aoRequired)
      setBit(view, bit.accept_icmps, acceptIcmps)
      setBit(view, bit.set_counters, counters !== undefined)
      setUint(view, at.current_key, currentKey ?? 0)
      setUint(view, at.rnext, rnext ?? 0)
      if (counters === undefined) return
      setUint(view, at.pkt_good, object(counters, '{ good, bad, … }').good)
      setUint(view, at.pkt_bad, counters.bad)
      setUint(view, at.pkt_key_not_found, counters.keyNotFound)
      setUint(view, at.pkt_ao_required, counters.aoRequired)
      setUint(view, at.pkt_dropped_icmp, counters.droppedIcmp)
    })
  },
})

/** struct tcp_ao_getsockopt: one key as it is, with its counters of segments. `nkeys` is how many there are that fit the question. */
export interface AoKeyState extends Known<AoKeyId> {
  readonly nkeys: number
  readonly algName: string
  readonly key: Uint8Array
  readonly maclen: number
  readonly isCurrent: boolean
  readonly isRnext: boolean
  readonly pktGood: number
  readonly pktBad: number
}

/** Which key: one of these. */
export type AoKeyQuestion = AoKeyId | { readonly isCurrent: true } | { readonly isRnext: true }

/** One key, by its ids or its role. */
export const TCP_AO_GET_KEYS: Queryable<AoKeyQuestion, AoKeyState> = Object.freeze({
  name: 'TCP_AO_GET_KEYS',
  level: TCP,
  option: k.TCP_AO_GET_KEYS,
  ask: (question: AoKeyQuestion): Uint8Array => {
    const { fields: at, bits: bit, size } = tcp_ao_getsockopt
    const asked: Partial<AoKeyId> & { readonly isCurrent?: boolean; readonly isRnext?: boolean } = object(
      question,
      '{ address, sndid, rcvid }, { isCurrent } or { isRnext }',
    )
    const { address, isCurrent, isRnext } = asked
    const host = isCurrent === true || isRnext === true ? undefined : sockaddr(address as string)
    const bytes = bytesOf(size, (view) => {
      // Room for one. The kernel takes the length of all for that of each.
      setUint(view, at.nkeys, 1)
      setBit(view, bit.is_current, isCurrent)
      setBit(view, bit.is_rnext, isRnext)
      if (host === undefined) return
      setUint(view, at.sndid, asked.sndid as number)
      setUint(view, at.rcvid, asked.rcvid as number)
      setUint(view, at.prefix, asked.prefix ?? bits(host))
      setUint(view, at.keyflags, asked.keyflags ?? 0)
      view.setInt32(at.ifindex[0], integer(asked.interface ?? 0, 0, 0x7fffffff), true)
    })
    if (host !== undefined) bytes.set(host, at.addr[0])
    return bytes
  },
  answer: (bytes: Uint8Array): AoKeyState => {
    const { fields: at, bits: bit, size } = tcp_ao_getsockopt
    const view = viewOf(bytes, size, 'tcp_ao_getsockopt')
    return {
      address: hostAt(bytes, at.addr[0]),
      prefix: getUint(view, at.prefix),
      sndid: getUint(view, at.sndid),
      rcvid: getUint(view, at.rcvid),
      keyflags: getUint(view, at.keyflags),
      interface: view.getInt32(at.ifindex[0], true),
      nkeys: getUint(view, at.nkeys),
      algName: algorithm.decode(bytes.subarray(at.alg_name[0], at.alg_name[0] + at.alg_name[1])),
      key: key.decode(bytes.subarray(at.key[0], at.key[0] + Math.min(getUint(view, at.keylen), at.key[1]))),
      maclen: getUint(view, at.maclen),
      isCurrent: getBits(view, bit.is_current) !== 0,
      isRnext: getBits(view, bit.is_rnext) !== 0,
      pktGood: getUint(view, at.pkt_good),
      pktBad: getUint(view, at.pkt_bad),
    }
  },
})
