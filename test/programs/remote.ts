/** A python3 at the other end, driven from the test: its sockets are nobody's but the kernel's and Python's. */
import { beside, type Json, Program, pythonPath } from './program.js'

export class Remote extends Program {
  /** `around` is a command that runs Python where it should be, in a network namespace for example. */
  constructor(around: readonly string[] = []) {
    const [command, ...args] = [...around, pythonPath(), '-I', '-S', '-u', beside('peers/remote.py')]
    super(command as string, args)
  }

  /** The value of a Python expression, or of statements nothing. Bytes come as a Buffer; an OSError throws its name. */
  async run<T = unknown>(code: string): Promise<T> {
    this.write(`${JSON.stringify(code)}\n`)
    const [line] = await this.says(/^.*\n/)
    const answer = JSON.parse(line, revive) as { value?: T; error?: string }
    if (answer.error !== undefined) throw new Error(answer.error, { cause: code })
    return answer.value as T
  }

  /** The text that an expression of bytes is. */
  async text(code: string): Promise<string> {
    return (await this.run<Buffer>(code)).toString('utf8')
  }
}

function revive(_key: string, value: unknown): unknown {
  const hex = (value as Json | null)?.$bytes
  return typeof hex === 'string' ? Buffer.from(hex, 'hex') : value
}

/** Bytes as a Python literal. */
export function bytes(text: string | Uint8Array): string {
  return `bytes.fromhex('${Buffer.from(text as string).toString('hex')}')`
}
