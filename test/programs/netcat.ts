/** The netcat in the tests: what it says of itself goes to standard error, so that standard output is the peer's bytes. */

import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { berkeley, Program, type RunOptions } from './program.js'

export const nc = (...args: string[]): Program => new Program('nc', args)
export const ncat = (...args: string[]): Program => new Program('ncat', args)
export const socat = (...args: string[]): Program => new Program('socat', args)

/** `berkeley listen -v`, once it listens. */
export async function listening(
  args: readonly string[],
  options?: RunOptions,
): Promise<{ server: Program; endpoint: string; port: string }> {
  const server = berkeley(['listen', '-v', ...args], options)
  try {
    const [, endpoint = ''] = await server.complains(/listening on (\S+)\n/)
    return { server, endpoint, port: /:(\d+)$/.exec(endpoint)?.[1] ?? '' }
  } catch (error) {
    await server[Symbol.asyncDispose]()
    throw error
  }
}

/** Random bytes both ways at once, every one of them to arrive. They end a line, which a message would wait for. */
export async function swap(one: Program, other: Program, size: number): Promise<void> {
  const [a, b] = [randomBytes(size), randomBytes(size)]
  a[size - 1] = b[size - 1] = 10
  const arrived = [arrival(one, b), arrival(other, a)]
  one.write(a)
  other.write(b)
  await Promise.all(arrived)
}

async function arrival(program: Program, expected: Buffer): Promise<void> {
  let size = 0
  program.child.stdout.on('data', (chunk: Buffer) => {
    size += chunk.length
  })
  await program.until(() => (size >= expected.length ? true : undefined), `${expected.length} bytes`)
  assert.ok(program.bytes.equals(expected), 'the bytes are those that were sent')
}
