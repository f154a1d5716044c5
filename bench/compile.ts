/** The C programs, compiled into build/bench/c when their source is newer. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sources = fileURLToPath(new URL('../../bench/c', import.meta.url))
const output = fileURLToPath(new URL('c', import.meta.url))

export const FLAGS: readonly string[] = ['-O2', '-Wall', '-Wextra', '-Werror']

/** The path of a C program. */
export function program(name: string): string {
  return join(output, name)
}

const changed = (path: string): number => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** Compiles what is not there or older than its source. Throws with what the compiler says. */
export function compile(): void {
  mkdirSync(output, { recursive: true })
  const names = readdirSync(sources)
  const headers = Math.max(
    ...names.filter((name) => name.endsWith('.h')).map((name) => changed(join(sources, name))),
  )
  for (const name of names) {
    if (!name.endsWith('.c')) continue
    const source = join(sources, name)
    const binary = program(name.slice(0, -2))
    if (changed(binary) > Math.max(changed(source), headers)) continue
    // Renamed at the end: another run may be using it.
    const made = `${binary}.${process.pid}`
    const { status, stderr, error } = spawnSync('cc', [...FLAGS, '-o', made, source], { encoding: 'utf8' })
    if (status !== 0) throw new Error(`cc ${name}: ${error?.message ?? stderr}`)
    renameSync(made, binary)
  }
}
