/** AF_VSOCK as a level: vsock(7), linux/vm_sockets.h. What else that header names was VMCI's: Linux takes it never. */
import * as k from '../kernel.js'
import { bytesOf, getUint, milliseconds, type Option, option, type Shape, setUint, viewOf } from './option.js'

const LEVEL = k.AF_VSOCK

/** 64 bits, unsigned. */
const size: Shape<number> = {
  size: 8,
  decode: (bytes) => getUint(viewOf(bytes, 8, 'unsigned long long'), [0, 8]),
  encode: (value) => bytesOf(8, (view) => setUint(view, [0, 8], value)),
}

/** Bytes that the peer may have on the way, within the two limits below. A new connection has the listener's. */
export const SO_VM_SOCKETS_BUFFER_SIZE: Option<number> = option(
  LEVEL,
  k.SO_VM_SOCKETS_BUFFER_SIZE,
  'SO_VM_SOCKETS_BUFFER_SIZE',
  size,
)
/** The least that SO_VM_SOCKETS_BUFFER_SIZE can be set to; a smaller one grows to it. */
export const SO_VM_SOCKETS_BUFFER_MIN_SIZE: Option<number> = option(
  LEVEL,
  k.SO_VM_SOCKETS_BUFFER_MIN_SIZE,
  'SO_VM_SOCKETS_BUFFER_MIN_SIZE',
  size,
)
/** The most that SO_VM_SOCKETS_BUFFER_SIZE can be set to; a larger one shrinks to it. */
export const SO_VM_SOCKETS_BUFFER_MAX_SIZE: Option<number> = option(
  LEVEL,
  k.SO_VM_SOCKETS_BUFFER_MAX_SIZE,
  'SO_VM_SOCKETS_BUFFER_MAX_SIZE',
  size,
)
/** Milliseconds after which the kernel gives a connect up; 0 sets its first value. In steps of a clock tick. `settimeout` bounds the wait here. */
export const SO_VM_SOCKETS_CONNECT_TIMEOUT: Option<number> = option(
  LEVEL,
  k.SO_VM_SOCKETS_CONNECT_TIMEOUT,
  'SO_VM_SOCKETS_CONNECT_TIMEOUT',
  milliseconds,
)
