/** Runs the compiled examples as child processes, as their readers do. */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Program, type RunOptions } from '../programs/program.js'

export const root: string = fileURLToPath(new URL('../../..', import.meta.url))

/** How an example is proved, and what that needs. */
export interface Proof {
  readonly needs?: { skip: false | string }
  readonly run: () => Promise<void>
}

// Another runtime, which runs the TypeScript itself: its command line, in JSON.
const { BERKELEY_EXAMPLES_WITH } = process.env
const runtime = BERKELEY_EXAMPLES_WITH && (JSON.parse(BERKELEY_EXAMPLES_WITH) as string[])

/** The command line of an example. */
export function command(name: string, ...args: readonly (string | number)[]): [string, string[]] {
  const [program = process.execPath, ...options] = runtime || []
  const file = !runtime ? `build/examples/${name}.js` : `examples/${name}.ts`
  return [program, [...options, join(root, file), ...args.map(String)]]
}

export function example(name: string, ...args: readonly (string | number)[]): Program {
  return new Program(...command(name, ...args))
}

/** An example behind another command, which changes what it may do: `setpriv`, `unshare`. */
export function behind(
  before: readonly string[],
  name: string,
  args: readonly (string | number)[] = [],
  options?: RunOptions,
): Program {
  const [node, rest] = command(name, ...args)
  const [first = '', ...others] = [...before, node, ...rest]
  return new Program(first, others, options)
}

/** An example on a port that the kernel chooses, and that port. */
export async function serving(name: string, ...args: string[]): Promise<{ server: Program; port: number }> {
  const server = example(name, ...args, 0)
  try {
    const [, port] = await server.says(/ 127\.0\.0\.1:(\d+)/)
    return { server, port: Number(port) }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

/** Ctrl-C: it ends at once, and has complained of nothing. */
export async function interrupt(program: Program): Promise<void> {
  program.kill('SIGINT')
  await program.until(() => program.child.signalCode ?? undefined, 'its end by SIGINT')
  assert.equal(program.child.signalCode, 'SIGINT')
  assert.equal(program.err, '')
}

/** It has ended well, and this is all it has said. */
export async function said(program: Program, expected: string | RegExp): Promise<void> {
  await program.exits(0)
  if (typeof expected === 'string') assert.equal(program.out, expected)
  else assert.match(program.out, expected)
  assert.equal(program.err, '')
}

/** The example, run to its end, says just this. */
export async function prints(name: string, expected: string): Promise<void> {
  await using program = example(name)
  await said(program, expected)
}
