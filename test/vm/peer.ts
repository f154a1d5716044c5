/** Other programs to talk to. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** Another program. `line` is the next line that it prints, `ended` all the rest once it ends well. */
export class Peer {
  readonly #child: ChildProcess
  readonly #closed: Promise<unknown[]>
  #out = ''
  #err = ''

  /** `input` is all that it has on its standard input; without it `tell` writes there. */
  constructor(command: string, args: readonly string[], input?: string) {
    this.#child = spawn(command, args, { stdio: 'pipe' })
    this.#child.stdout?.setEncoding('utf8').on('data', (text) => {
      this.#out += text
    })
    this.#child.stderr?.setEncoding('utf8').on('data', (text) => {
      this.#err += text
    })
    this.#closed = once(this.#child, 'close')
    if (input !== undefined) this.#child.stdin?.end(input)
  }

  async line(): Promise<string> {
    while (!this.#out.includes('\n')) {
      const ended = await Promise.race([
        this.#closed,
        once(this.#child.stdout as NodeJS.EventEmitter, 'data'),
      ])
      if (ended.length > 1) break
    }
    const [line = ''] = this.#out.split('\n', 1)
    this.#out = this.#out.slice(line.length + 1)
    return line
  }

  tell(text: string): void {
    this.#child.stdin?.write(text)
  }

  async ended(): Promise<string> {
    this.#child.stdin?.end()
    const [code] = await this.#closed
    assert.equal(code, 0, this.#err)
    return this.#out
  }

  kill(): Promise<unknown> {
    this.#child.kill()
    return this.#closed
  }
}

const LOOP = `
from socket import *
import struct
while True:
    try:
        script = input()
    except EOFError:
        break
    exec(eval(script), dict(globals()))
    print('done')
`

/**
 * Python with the names of its module at hand. It runs one script after the other, for starting it takes long where it is
 * emulated: the first script does that.
 */
export class Python {
  #peer: Peer | undefined

  run(script: string): void {
    this.#peer ??= new Peer('python3', ['-u', '-I', '-S', '-c', LOOP])
    this.tell(`${JSON.stringify(script)}\n`)
  }

  tell(text: string): void {
    this.#peer?.tell(text)
  }

  async line(): Promise<string> {
    return (await this.#peer?.line()) ?? ''
  }

  /** Waits for the end of the script. */
  async done(): Promise<void> {
    if ((await this.line()) !== 'done') await this.ended()
  }

  async ended(): Promise<void> {
    await this.#peer?.ended()
  }
}
