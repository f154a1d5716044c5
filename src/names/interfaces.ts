/** The network interfaces by name and number: if_nametoindex(3). */
import { SystemError } from '../data/errors.js'
import { native } from '../sys/binding.js'
import { checkSystem, decodeText, Fields } from './question.js'

/** sizeof(ifr_name) with its NUL. */
const IF_NAMESIZE = 16

/** A network interface: its number, from 1 on, and its name, of 15 bytes at most. */
export interface Interface {
  readonly index: number
  readonly name: string
}

/** if_nameindex(3): the interfaces of this network namespace, as they are now. */
export function ifNameindex(): Interface[] {
  const answer = native.if_nameindex()
  checkSystem(answer, 'if_nameindex', 'the list of interfaces')
  const found: Interface[] = []
  if (typeof answer === 'number') return found
  const fields = new Fields(answer)
  while (fields.more) found.push({ index: fields.int(), name: fields.text() })
  return found
}

/**
 * if_nametoindex(3): the number of an interface.
 *
 * @throws SystemError ENODEV when there is none of this name.
 */
export function ifNametoindex(name: string): number {
  const index = native.if_nametoindex(name)
  if (index < 0)
    throw new SystemError(index, { syscall: 'if_nametoindex', hint: `no interface ${JSON.stringify(name)}` })
  return index
}

/**
 * if_indextoname(3): the name of an interface.
 *
 * @throws SystemError ENXIO when there is none of this number.
 */
export function ifIndextoname(index: number): string {
  if (!Number.isInteger(index)) throw new TypeError(`expected an interface's index, not ${String(index)}`)
  if (index < 0 || index > 0xffffffff)
    throw new RangeError(`expected an interface's index from 0 to 4294967295, not ${index}`)
  const name = new Uint8Array(IF_NAMESIZE)
  const result = native.if_indextoname(index, name)
  if (result < 0) throw new SystemError(result, { syscall: 'if_indextoname', hint: `no interface ${index}` })
  return decodeText(name.subarray(0, name.indexOf(0)))
}
