/** Filters and programs on a socket, SOL_SOCKET: Documentation/networking/filter.rst, bpf(2). */
import * as k from '../kernel.js'
import {
  act,
  bytesOf,
  flag,
  getUint,
  int,
  type Known,
  type Option,
  object,
  option,
  type Readable,
  readable,
  setUint,
  viewOf,
  type Writable,
  writable,
} from './option.js'

const SOL = k.SOL_SOCKET
const { size, fields } = k.layouts.sock_filter

/** struct sock_filter: one instruction of classic BPF; `code` is made of BPF_LD, BPF_W, BPF_ABS, … */
export interface FilterInstruction {
  readonly code: number
  /** Instructions to skip when a comparison is true. */
  readonly jt?: number | undefined
  /** And when it is false. */
  readonly jf?: number | undefined
  readonly k?: number | undefined
}

const INSTRUCTIONS = 4096

const instructions = {
  size: size * INSTRUCTIONS,
  decode: (bytes: Uint8Array): readonly Known<FilterInstruction>[] => {
    const view = viewOf(bytes, Math.ceil(bytes.length / size) * size, 'sock_filter[]')
    return Array.from({ length: bytes.length / size }, (_, i) => {
      const at = ([offset, width]: readonly [number, number]): number =>
        getUint(view, [size * i + offset, width])
      return { code: at(fields.code), jt: at(fields.jt), jf: at(fields.jf), k: at(fields.k) }
    })
  },
  indirect: true,
  encode: (program: readonly FilterInstruction[]): Uint8Array => {
    if (!Array.isArray(program))
      throw new TypeError(`expected an array of instructions, not ${String(program)}`)
    if (program.length > INSTRUCTIONS)
      throw new RangeError(`expected at most ${INSTRUCTIONS} instructions, not ${program.length}`)
    return bytesOf(size * program.length, (view) => {
      program.forEach((instruction: FilterInstruction, i) => {
        const { code, jt = 0, jf = 0, k: operand = 0 } = object(instruction, '{ code, jt?, jf?, k? }')
        const put = ([offset, width]: readonly [number, number], value: number): void =>
          setUint(view, [size * i + offset, width], value)
        put(fields.code, code)
        put(fields.jt, jt)
        put(fields.jf, jf)
        // SKF_AD_OFF and its sisters are negative.
        put(fields.k, operand < 0 && operand >= -0x80000000 ? operand >>> 0 : operand)
      })
    })
  },
}

/** Drops what the program returns 0 for, and cuts the rest to the number of bytes it returns. The kernel copies it. */
export const SO_ATTACH_FILTER: Writable<readonly FilterInstruction[]> = writable(
  SOL,
  k.SO_ATTACH_FILTER,
  'SO_ATTACH_FILTER',
  instructions,
)
/** The program that is attached, [] for none; EACCES where it is eBPF. */
export const SO_GET_FILTER: Readable<readonly Known<FilterInstruction>[]> = readable(
  SOL,
  k.SO_GET_FILTER,
  'SO_GET_FILTER',
  instructions,
)
/** The same with an eBPF program of type BPF_PROG_TYPE_SOCKET_FILTER, by its descriptor. */
export const SO_ATTACH_BPF: Writable<number> = writable(SOL, k.SO_ATTACH_BPF, 'SO_ATTACH_BPF', int)
/** Takes the filter away, whatever attached it. ENOENT when there is none. */
export const SO_DETACH_FILTER: Writable<true> = writable(SOL, k.SO_DETACH_FILTER, 'SO_DETACH_FILTER', act)
export const SO_DETACH_BPF: Writable<true> = SO_DETACH_FILTER
/** Nobody may change the filter any more: a lock cannot be undone. */
export const SO_LOCK_FILTER: Option<boolean> = option(SOL, k.SO_LOCK_FILTER, 'SO_LOCK_FILTER', flag)
/** Chooses the socket of a SO_REUSEPORT group by the index that the program returns. */
export const SO_ATTACH_REUSEPORT_CBPF: Writable<readonly FilterInstruction[]> = writable(
  SOL,
  k.SO_ATTACH_REUSEPORT_CBPF,
  'SO_ATTACH_REUSEPORT_CBPF',
  instructions,
)
/** The same with an eBPF program, by its descriptor. */
export const SO_ATTACH_REUSEPORT_EBPF: Writable<number> = writable(
  SOL,
  k.SO_ATTACH_REUSEPORT_EBPF,
  'SO_ATTACH_REUSEPORT_EBPF',
  int,
)
/** Takes the group's program away. ENOENT when there is none. */
export const SO_DETACH_REUSEPORT_BPF: Writable<true> = writable(
  SOL,
  k.SO_DETACH_REUSEPORT_BPF,
  'SO_DETACH_REUSEPORT_BPF',
  act,
)
/** The largest SKF_AD_* offset that filters may use. */
export const SO_BPF_EXTENSIONS: Readable<number> = readable(
  SOL,
  k.SO_BPF_EXTENSIONS,
  'SO_BPF_EXTENSIONS',
  int,
)
