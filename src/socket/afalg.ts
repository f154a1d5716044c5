/** The messages of AF_ALG: bytes, and what the kernel's cryptography is to do with them. */
import type { Address } from '../data/address/address.js'
import type { ControlOut } from '../data/control/control.js'
import { AF_ALG } from '../data/kernel.js'
import type { CallOptions } from './core.js'
import type { MessageOut } from './message.js'

/** What sendmsgAfalg sends: as sendmsg's. */
export type AfalgData = Uint8Array | string | readonly (Uint8Array | string)[] | undefined

/** What is to be done with the bytes. */
export interface AfalgOptions extends CallOptions {
  /** ALG_OP_ENCRYPT or ALG_OP_DECRYPT. */
  readonly op: number
  /** The initialization vector, where the algorithm has one. */
  readonly iv?: Uint8Array | undefined
  /** Of an AEAD: how many bytes at the front are associated data. */
  readonly assoclen?: number | undefined
}

export function afalgMessage<A extends Address>(
  family: number,
  data: AfalgData,
  operation: AfalgOptions,
): MessageOut<A> {
  if (family !== AF_ALG) throw new TypeError('expected a socket of AF_ALG')
  if (typeof operation !== 'object' || operation === null)
    throw new TypeError(`expected { op, iv?, assoclen?, flags? }, not ${String(operation)}`)
  const { op, iv, assoclen } = operation
  const control: ControlOut[] = [{ kind: 'algOp', value: op }]
  if (iv !== undefined) control.push({ kind: 'algIv', value: iv })
  if (assoclen !== undefined) control.push({ kind: 'algAssoclen', value: assoclen })
  return { data, control }
}
