/** One conversation: text both ways until somebody says `q`, leaves, or vanishes. */
import { printable, TextStream } from './text.js'

/** How a talk ended: by `q` from either side, by the peer's closing, or by a broken connection. */
export type TalkEnd = 'quit' | 'left' | 'lost'

/** The wire under a talk. */
export interface Wire {
  readonly remote: string
  /** Whether messages keep their boundaries; otherwise lines are what ends them. */
  readonly messages: boolean
  send(text: string): Promise<unknown>
  /** Whether nobody is there any more; for wires that have no end of their own. */
  deserted?(): Promise<boolean>
  /** Nothing more will be said. */
  finish(): void
  close(): void
}

/**
 * What a peer said, made safe for a terminal; `text` is the same with the end of a line where one must follow. Settles
 * when there is room for more.
 */
export type Show = (message: string, text: string) => void | Promise<void>

/** A line without an end is remembered this far. */
const LINE = 65536

/** Whether a message means the end of the talk. */
export function isQuit(message: string): boolean {
  return /^\s*[qQ]\s*$/.test(message)
}

/** One conversation, until `ended`. What the peer says goes to whoever made it. */
export class Talk {
  readonly remote: string
  readonly ended: Promise<TalkEnd>
  readonly #wire: Wire
  readonly #eol: string
  readonly #show: Show
  readonly #text = new TextStream()
  #end: (how: TalkEnd) => void = () => {}
  #over = false
  // The unfinished line of a peer that sends lines; whether it does.
  #line = ''
  #linewise = false

  constructor(wire: Wire, eol: string, show: Show) {
    this.#wire = wire
    this.#eol = wire.messages ? '' : eol
    this.#show = show
    this.remote = wire.remote
    this.ended = new Promise((resolve) => {
      this.#end = resolve
    })
  }

  /** Whether it has ended. */
  get over(): boolean {
    return this.#over
  }

  /** Ends it and closes the wire; a second time does nothing. */
  end(how: TalkEnd): void {
    if (this.#over) return
    this.#over = true
    this.#wire.close()
    this.#end(how)
  }

  /** Sends a typed line. Throws EMSGSIZE when no message can be that long. */
  async say(line: string): Promise<void> {
    if (this.#over) return
    try {
      await this.#wire.send(line + this.#eol)
    } catch (error) {
      // Longer than a datagram can be: not sent, and no reason to end the talk.
      if ((error as { code?: string }).code === 'EMSGSIZE') throw error
      // The peer's last words may still be on their way in: the reading side notices the end behind them.
      if (this.#wire.messages) this.end('lost')
      return
    }
    if (isQuit(line)) this.end('quit')
  }

  /** Ends the talk if the peer has gone without a word. */
  async probe(): Promise<void> {
    if (await this.#wire.deserted?.()) this.end('lost')
  }

  /** The end of what we have to say. Over datagrams only a `q` can tell. */
  async finish(datagrams: boolean): Promise<void> {
    if (datagrams) await this.say('q')
    else if (!this.#over) this.#wire.finish()
  }

  /** What the peer sent. */
  async hear(chunk: Uint8Array): Promise<void> {
    if (this.#over) return
    const text = this.#wire.messages ? new TextDecoder().decode(chunk) : this.#text.push(chunk)
    const quit = this.#wire.messages ? (isQuit(text) ? 0 : -1) : this.#endsTalk(text)
    const bare = this.#wire.messages || !this.#linewise
    const said = printable(quit < 0 ? text : text.slice(0, quit))
    if (said !== '') await this.#show(said, bare && !said.endsWith('\n') ? `${said}\n` : said)
    if (quit >= 0) this.end('quit')
  }

  /**
   * Where in a chunk of a stream its `q` begins, -1 without one. A peer that sends lines means a line, however it was cut
   * on its way; one that never ends a line (many tutorials' programs) means each chunk as it is.
   */
  #endsTalk(chunk: string): number {
    const begun = this.#linewise ? this.#line : ''
    const lines = (begun + chunk).split('\n')
    const rest = lines.pop() as string
    if (lines.length > 0) this.#linewise = true
    this.#line = this.#linewise ? rest.slice(0, LINE) : ''
    const quit = lines.findIndex(isQuit)
    if (quit >= 0)
      return Math.max(0, lines.slice(0, quit).reduce((at, line) => at + line.length + 1, 0) - begun.length)
    // A rest that began with the chunk may be a whole bare message, even from a peer that ends lines now and then.
    return isQuit(rest) && (begun === '' || lines.length > 0) ? chunk.length - rest.length : -1
  }
}
