/** Bytes made by C from the system's own headers: golden.c or another, compiled anew for each call. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { needsProgram } from '../support/needs.js'

const sources = new URL('../../../test/unit/', import.meta.url)

/** The options for a test that calls `golden`. */
export const needsC: { skip: false | string } = needsProgram('cc')

/** An argument that may hold anything, as golden.c takes it. */
export function hexArgument(data: string | Uint8Array): string {
  const bytes = Buffer.from(data as string)
  return bytes.length === 0 ? '.' : bytes.toString('hex')
}

export const hex = (bytes: Uint8Array): string =>
  bytes.length === 0 ? '.' : Buffer.from(bytes).toString('hex')
export const unhex = (text: string): Uint8Array =>
  new Uint8Array(Buffer.from(text === '.' ? '' : text, 'hex'))

/** A C program's answers, one for each command. `rows` are the options it can tell of: name and its level's macro. */
export function golden(
  commands: readonly string[],
  rows: readonly (readonly [string, string])[] = [],
  name = 'golden.c',
): string[] {
  const source = fileURLToPath(new URL(name, sources))
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-golden-'))
  try {
    writeFileSync(join(folder, 'rows.h'), rows.map(([name, level]) => `ROW(${name}, ${level})\n`).join(''))
    const program = join(folder, 'golden')
    const compiled = spawnSync('cc', ['-Wall', '-Werror', '-O1', `-I${folder}`, '-o', program, source], {
      encoding: 'utf8',
    })
    assert.equal(compiled.status, 0, compiled.stderr)
    const run = spawnSync(program, {
      input: `${commands.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: 1 << 28,
    })
    assert.equal(run.status, 0, run.stderr)
    const answers = run.stdout.split('\n').slice(0, -1)
    assert.equal(answers.length, commands.length, 'one answer for each command')
    return answers
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
