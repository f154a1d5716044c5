/** Numbers back to the names of their constants, for people. */
import * as kernel from './kernel.js'

const tables = new Map<string, Map<number, string>>()

/** 'AF_INET' for ('AF_', 2); the number where there is no name. Among aliases the first by name wins. */
export function constantName(prefix: 'AF_' | 'SOCK_', value: number): string {
  let table = tables.get(prefix)
  if (table === undefined) {
    table = new Map()
    for (const [name, number] of Object.entries(kernel))
      if (name.startsWith(prefix) && typeof number === 'number' && !table.has(number)) table.set(number, name)
    tables.set(prefix, table)
  }
  return table.get(value) ?? `${prefix}? ${value}`
}
