/** What a terminal of 80 columns would show: as much of one as readline needs, anything else is an error. */
const COLUMNS = 80

export class Screen {
  readonly #rows: string[][] = [[]]
  #row = 0
  #column = 0
  #rest = ''

  /** The rows from the top, without blanks at their ends, down to the last one that is not empty. */
  get lines(): string[] {
    const lines = this.#rows.map((row) =>
      Array.from(row, (cell) => cell ?? ' ')
        .join('')
        .trimEnd(),
    )
    while (lines.length > 0 && lines.at(-1) === '') lines.pop()
    return lines
  }

  get cursor(): { row: number; column: number } {
    return { row: this.#row, column: this.#column }
  }

  feed(text: string): void {
    this.#rest += text
    const token = /^(?:\x1b\[([0-9;?]*)([A-Za-z])|[^\x1b])/su
    for (let match = token.exec(this.#rest); match !== null; match = token.exec(this.#rest)) {
      this.#rest = this.#rest.slice(match[0].length)
      if (match[2] !== undefined) this.#control(match[2], match[1] ?? '')
      else this.#put(match[0])
    }
    if (this.#rest !== '' && !/^\x1b(\[[0-9;?]*)?$/.test(this.#rest))
      throw new Error(`not understood: ${JSON.stringify(this.#rest.slice(0, 20))}`)
  }

  #put(character: string): void {
    if (character === '\r') this.#column = 0
    else if (character === '\n') this.#down(1)
    else if (character === '\b') this.#column = Math.max(0, this.#column - 1)
    else if (character < ' ' || character === '\x7f') throw new Error(`not understood: ${quoted(character)}`)
    else {
      // The last column holds the cursor until something more is written.
      if (this.#column === COLUMNS) {
        this.#column = 0
        this.#down(1)
      }
      this.#line()[this.#column++] = character
    }
  }

  #control(command: string, parameter: string): void {
    const n = Number(parameter || 1)
    this.#column = Math.min(this.#column, COLUMNS - 1)
    if (command === 'A') this.#row = Math.max(0, this.#row - n)
    else if (command === 'B') this.#down(n)
    else if (command === 'C') this.#column = Math.min(COLUMNS - 1, this.#column + n)
    else if (command === 'D') this.#column = Math.max(0, this.#column - n)
    else if (command === 'G') this.#column = n - 1
    else if (command === 'K' && parameter === '0') this.#line().length = this.#column
    else if (command === 'K' && parameter === '2') this.#line().length = 0
    else if (command === 'J' && (parameter === '0' || parameter === '')) {
      this.#line().length = Math.min(this.#line().length, this.#column)
      this.#rows.length = this.#row + 1
    } else throw new Error(`not understood: ESC [ ${parameter} ${command}`)
  }

  #down(n: number): void {
    this.#row += n
    while (this.#rows.length <= this.#row) this.#rows.push([])
  }

  #line(): string[] {
    const line = this.#rows[this.#row] as string[]
    while (line.length < this.#column) line.push(' ')
    return line
  }
}

function quoted(character: string): string {
  return JSON.stringify(character)
}
