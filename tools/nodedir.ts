/**
 * What node-gyp takes for Node's sources: Node-API's own headers and two files that it wants beside them. So a build
 * needs no headers of Node's, which many an installed Node comes without, and never downloads them.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Node-API's own headers. */
export const headers: string = join(
  dirname(createRequire(import.meta.url).resolve('node-api-headers/package.json')),
  'include',
)

/** The folder for `node-gyp --nodedir`. */
export function nodedir(): string {
  const folder = fileURLToPath(new URL('../nodedir', import.meta.url))
  const include = join(folder, 'include', 'node')
  mkdirSync(include, { recursive: true })
  cpSync(headers, include, { recursive: true })
  // Without a configuration of that name gyp drops every setting of it, the include folders too.
  writeFileSync(
    join(include, 'common.gypi'),
    `{ 'target_defaults': { 'configurations': { 'Release': {} } } }\n`,
  )
  writeFileSync(join(include, 'config.gypi'), '{}\n')
  return folder
}
