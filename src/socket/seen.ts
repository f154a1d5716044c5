/** Addresses met of late: the same few senders come again and again, and an address is found faster than it is made. */
import type { Address, Given } from '../data/address/address.js'
import { decodeAddress } from '../data/address/family.js'

interface Met {
  readonly name: Uint8Array
  readonly address: Address
}

/** Whether the address is the same whenever it comes again: frozen, without bytes, and without an interface's name. */
function unchanging(address: Given<Address>): boolean {
  if (!Object.isFrozen(address)) return false
  if ('ifindex' in address && typeof address.ifindex === 'string') return false
  return 'host' in address || !Object.values(address).some((each) => each instanceof Uint8Array)
}

/** Places in the table: those of one hash may be in any of four, and take each other's by turns. */
const PLACES = 256
const WAYS = 4

export class Seen {
  #last: Met | null = null
  // By hash, from the second one on.
  #table: (Met | null)[] | null = null
  #turn = 0
  #names: WeakMap<object, Uint8Array> | null = null

  /** The address in a sockaddr; the same object for the same bytes, as far as is remembered. */
  address(memory: Uint8Array, begin: number, length: number): Address | null {
    const last = this.#last
    if (last !== null && same(last.name, memory, begin, length)) return last.address
    const place = hash(memory, begin, length) & (PLACES - WAYS)
    for (let way = 0; this.#table !== null && way < WAYS; way++) {
      const met = this.#table[place + way] as Met | null
      if (met === null || !same(met.name, memory, begin, length)) continue
      this.#last = met
      return met.address
    }
    const address = decodeSockaddr(memory, begin, length)
    if (address !== null && unchanging(address))
      this.#keep({ name: copyOf(memory, begin, length), address }, place)
    return address
  }

  #keep(met: Met, place: number): void {
    if (this.#last !== null) this.#table ??= new Array<Met | null>(PLACES).fill(null)
    if (this.#table !== null) this.#table[place + this.#way(this.#table, place)] = met
    this.#last = met
    this.remember(met.address, met.name)
  }

  /** A free place of those four, or one of them by turns. */
  #way(table: readonly (Met | null)[], place: number): number {
    for (let way = 0; way < WAYS; way++) if (table[place + way] === null) return way
    return this.#turn++ & (WAYS - 1)
  }

  /** The bytes of an address met or given before, if it is one that cannot have changed. */
  sockaddr(address: Given<Address>): Uint8Array | undefined {
    if (address === this.#last?.address) return this.#last.name
    return address === null ? undefined : this.#names?.get(address)
  }

  remember(address: Given<Address>, sockaddr: Uint8Array): void {
    if (!unchanging(address)) return
    this.#names ??= new WeakMap()
    this.#names.set(address, sockaddr)
  }
}

function same(name: Uint8Array, memory: Uint8Array, begin: number, length: number): boolean {
  if (name.length !== length) return false
  for (let i = 0; i < length; i++) if (memory[begin + i] !== name[i]) return false
  return true
}

/** FNV-1a. */
function hash(memory: Uint8Array, begin: number, length: number): number {
  let value = 0x811c9dc5
  for (let i = 0; i < length; i++) value = Math.imul(value ^ (memory[begin + i] as number), 0x01000193)
  // The lower bits of a product know nothing of the upper ones.
  return value ^ (value >>> 16)
}

function copyOf(memory: Uint8Array, begin: number, length: number): Uint8Array {
  // No Buffer: the codecs' slice() is to be a copy.
  const copy = new Uint8Array(length)
  for (let i = 0; i < length; i++) copy[i] = memory[begin + i] as number
  return copy
}

/** The address in a part of some memory. */
export function decodeSockaddr(memory: Uint8Array, begin: number, length: number): Address | null {
  return decodeAddress(copyOf(memory, begin, length))
}
