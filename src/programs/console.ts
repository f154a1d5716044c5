/** The user's side: lines typed or piped in, and output that does not run over what is being typed. */
import { once } from 'node:events'
import { clearScreenDown, createInterface, cursorTo, type Interface, moveCursor } from 'node:readline'
import type { ReadStream, WriteStream } from 'node:tty'
import { type Event, explain, type Report } from './report.js'
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
    // A dumb terminal cannot take a half-typed line away: the typist's own kernel shows it there.
    this.#prompts = !json && input.isTTY === true && output.isTTY === true && process.env.TERM !== 'dumb'
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
        try {
          await line(text)
        } catch (error) {
          const { code } = error as { code?: string }
          await this.report({ event: 'error', code, text: explain(error) })
        }
        if (this.#prompts && this.#lines !== undefined) lines.prompt()
      }
      if (this.#lines === undefined) return
      this.#leave()
      await end()
    })()
  }

  /** Stops reading and gives the terminal back. */
  close(): void {
    this.#leave()
    this.#input.pause()
  }

  #leave(): void {
    const lines = this.#lines
    if (this.#prompts && lines !== undefined) this.#erase(lines)
    this.#lines = undefined
    lines?.close()
  }

  /** Takes the prompt and what is typed behind it off the screen, all the rows of it. */
  #erase(lines: Interface): void {
    moveCursor(this.#output, 0, -lines.getCursorPos().rows)
    cursorTo(this.#output, 0)
    clearScreenDown(this.#output)
    // Not in its documentation: how far above the cursor prompt() believes that the line begins.
    ;(lines as Interface & { prevRows: number }).prevRows = 0
  }

  async #write(text: string): Promise<void> {
    if (text === '') return
    const lines = this.#prompts ? this.#lines : undefined
    if (lines !== undefined) this.#erase(lines)
    const room = this.#output.write(lines !== undefined && !text.endsWith('\n') ? `${text}\n` : text)
    lines?.prompt(true)
    if (!room) await once(this.#output, 'drain')
  }
}

function json({ text: _text, whole: _whole, ...fields }: Event): string {
  return `${JSON.stringify(fields)}\n`
}

function lineOf({ text, whole }: Event): string {
  return text === '' ? '' : whole ? text : `${printable(text)}\n`
}
