/** Numbers back to the names of their constants, for people. */
import * as kernel from './kernel.js'

// Second names of a number, and what is no family: AF_LOCAL is AF_UNIX, AF_ROUTE is AF_NETLINK.
const ALIASES = new Set(['AF_LOCAL', 'AF_ROUTE', 'AF_MAX'])

let families: Map<number, string> | undefined

/** 2 is 'AF_INET'; a number without a name is 'AF_? 99'. */
export function familyName(family: number): string {
  families ??= new Map(
    Object.entries(kernel)
      .filter(([name, value]) => name.startsWith('AF_') && !ALIASES.has(name) && typeof value === 'number')
      .map(([name, value]) => [value as number, name]),
  )
  return families.get(family) ?? `AF_? ${family}`
}

const types: Readonly<Record<number, string>> = {
  [kernel.SOCK_STREAM]: 'SOCK_STREAM',
  [kernel.SOCK_DGRAM]: 'SOCK_DGRAM',
  [kernel.SOCK_RAW]: 'SOCK_RAW',
  [kernel.SOCK_RDM]: 'SOCK_RDM',
  [kernel.SOCK_SEQPACKET]: 'SOCK_SEQPACKET',
  [kernel.SOCK_DCCP]: 'SOCK_DCCP',
  [kernel.SOCK_PACKET]: 'SOCK_PACKET',
}

/** 1 is 'SOCK_STREAM'. */
export function typeName(type: number): string {
  return types[type] ?? `SOCK_? ${type}`
}
