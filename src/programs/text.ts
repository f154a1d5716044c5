/** Text from elsewhere on its way to a terminal. */

/**
 * Everything that could move the cursor, change colours, ring, or turn the reading direction around, made visible: C0
 * and C1 controls, DEL, bidirectional and other format characters, lone surrogates. Newline and tab stay; a carriage
 * return before a newline goes.
 */
export function printable(text: string): string {
  return text.replace(/\r(?=\n)/g, '').replace(/[^\P{C}\n\t]|\p{Zl}|\p{Zp}/gu, (c) => {
    const code = c.codePointAt(0) as number
    return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u{${code.toString(16)}}`
  })
}

/** Bytes of a peer as text, a character that two chunks share kept for the second; what is no UTF-8 becomes U+FFFD. */
export class TextStream {
  readonly #decoder = new TextDecoder('utf-8', { ignoreBOM: true })

  push(chunk: Uint8Array): string {
    return this.#decoder.decode(chunk, { stream: true })
  }

  end(): string {
    return this.#decoder.decode()
  }
}

/** A stream on its way to a terminal: `printable`, what belongs together kept together where chunks cut it. */
export class PrintableStream {
  readonly #text = new TextStream()
  #held = ''

  push(chunk: Uint8Array): string {
    const text = this.#held + this.#text.push(chunk)
    this.#held = text.endsWith('\r') ? '\r' : ''
    return printable(this.#held === '' ? text : text.slice(0, -1))
  }

  end(): string {
    return printable(this.#held + this.#text.end())
  }
}
