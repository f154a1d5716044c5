/** Every option row there is, by the name it is exported under: read from the folder, so that a new file is in. */
import { readdirSync } from 'node:fs'
import type { OptionRow, Queryable, Readable, Writable } from '#data/option/option.js'

const folder = new URL('../../../dist/data/option/', import.meta.url)

export type AnyRow = OptionRow &
  Partial<Readable<unknown>> &
  Partial<Writable<unknown>> &
  Partial<Queryable<unknown, unknown>>

/** A row and its export's name, which is another than its own where it is an alias. */
export const rows: ReadonlyMap<string, AnyRow> = new Map(await collect())

async function collect(): Promise<[string, AnyRow][]> {
  const found: [string, AnyRow][] = []
  for (const file of readdirSync(folder).sort()) {
    if (!file.endsWith('.js') || file === 'option.js') continue
    const module: Record<string, unknown> = await import(new URL(file, folder).href)
    for (const [name, value] of Object.entries(module)) if (isRow(value)) found.push([name, value])
  }
  return found
}

function isRow(value: unknown): value is AnyRow {
  return (
    typeof value === 'object' && value !== null && 'option' in value && 'level' in value && 'name' in value
  )
}
