/** The user's side: lines typed or piped in, and output that does not run over what is being typed. */
import { once } from 'node:events'
import { clearLine, createInterface, cursorTo, type Interface } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import type { Event, Report } from './report.js'
import { printable } from './text.js'

export class Console {
  readonly #input: NodeJS.ReadStream
  readonly #output: NodeJS.WriteStream
  readonly #json: boolean
  readonly #prompts: boolean
  #lines: Interface | undefined

  constructor(json: boolean, input: ReadStream = process.stdin, output: WriteStream = process.stdout) {
    this.#input = input
    this.#output = output
    this.#json = json
    this.#prompts = !json && input.isTTY === true && output.isTTY === true
  }

  /** Shows an event; the promise settles when the output has room for more. */
  readonly report: Report = (event) => this.#write(this.#json ? json(event) : lineOf(event))

  /** Calls `line` with each line of the input, one at a time, then `end`. */
  read(line: (text: string) => Promise<void>, end: () => Promise<void>): void {
    const lines = createInterface({
      input: this.#input,
      output: this.#output,
      terminal: this.#prompts,
      prompt: '> ',
    })
    this.#lines = lines
    // In raw mode Ctrl-C is a key and not a signal.
    lines.on('SIGINT', () => process.kill(process.pid, 'SIGINT'))
    if (this.#prompts) lines.prompt()
    void (async () => {
      for await (const text of lines) {
        await line(text)
        if (this.#prompts && this.#lines !== undefined) lines.prompt()
      }
      if (this.#lines !== undefined) await end()
    })()
  }

  /** Stops reading and gives the terminal back. */
  close(): void {
    const lines = this.#lines
    this.#lines = undefined
    lines?.close()
    this.#input.pause()
    if (this.#prompts) {
      clearLine(this.#output, 0)
      cursorTo(this.#output, 0)
    }
  }

  async #write(text: string): Promise<void> {
    if (text === '') return
    const typing = this.#prompts && this.#lines !== undefined
    if (typing) {
      clearLine(this.#output, 0)
      cursorTo(this.#output, 0)
    }
    const room = this.#output.write(typing && !text.endsWith('\n') ? `${text}\n` : text)
    if (typing) this.#lines?.prompt(true)
    if (!room) await once(this.#output, 'drain')
  }
}

function json({ text: _text, whole: _whole, ...fields }: Event): string {
  return `${JSON.stringify(fields)}\n`
}

function lineOf({ text, whole }: Event): string {
  return text === '' ? '' : whole ? text : `${printable(text)}\n`
}
