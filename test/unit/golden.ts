/** Bytes made by C from the headers: golden.c and others beside it, compiled anew for each call. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { compilerFlags, headersAtHand } from '../../tools/headers.js'
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

/** A C program's answers, one for each command. `constants` are the macros that it can tell of. */
export function golden(
  commands: readonly string[],
  name = 'golden.c',
  constants: readonly string[] = [],
): string[] {
  const source = fileURLToPath(new URL(name, sources))
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-golden-'))
  try {
    const program = join(folder, 'golden')
    writeFileSync(join(folder, 'rows.h'), constants.map((each) => `ROW(${each})\n`).join(''))
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

/** A value in C: its type, its initializer, and statements that put into it what that cannot. */
export interface CValue {
  /** The macro without which the headers are too old for it. */
  readonly macro: string
  readonly type: string
  readonly init: string
  readonly then?: string
}

const values = fileURLToPath(new URL('../../../test/unit/values.c', import.meta.url))

/**
 * The bytes of values in C, and the number and level of options (`macro level`); undefined where the headers do not know
 * the macro. The kernel's own headers when they are at hand, else the system's.
 */
export function goldenValues(list: readonly (CValue | string)[]): (string | undefined)[] {
  const folder = mkdtempSync(join(tmpdir(), 'berkeley-golden-'))
  try {
    const lines = list.map((each) => {
      const [macro, act] =
        typeof each === 'string'
          ? [each.split(' ')[0], `ROW(${each.replace(' ', ', ')})`]
          : [each.macro, `VALUE(${each.type}, INIT(${each.init}), ${each.then ?? ''})`]
      return `#ifdef ${macro}\n${act}\n#else\nABSENT\n#endif\n`
    })
    writeFileSync(join(folder, 'values.h'), lines.join(''))
    const top = headersAtHand()
    const machine = process.arch === 'arm64' ? 'aarch64' : 'x86_64'
    const flags = top === undefined ? ['-Werror'] : compilerFlags(top, machine, folder)
    const program = join(folder, 'values')
    const compiled = spawnSync('cc', ['-Wall', ...flags, `-I${folder}`, '-o', program, values], {
      encoding: 'utf8',
    })
    assert.equal(compiled.status, 0, compiled.stderr)
    const run = spawnSync(program, { encoding: 'utf8', maxBuffer: 1 << 28 })
    assert.equal(run.status, 0, run.stderr)
    const answers = run.stdout.split('\n').slice(0, -1)
    assert.equal(answers.length, list.length, 'one answer for each value')
    return answers.map((answer) => (answer === '-' ? undefined : answer))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
