/** The process's own standard streams as the netcat uses them: bytes, events, or a hex dump. */
import { once } from 'node:events'
import { closeSync, openSync } from 'node:fs'
import { hexdump } from '../protocols/hexdump.js'
import { Console } from './console.js'
import type { Output } from './netcat.js'
import type { Event, Report } from './report.js'
import type { Piece } from './session.js'
import { PrintableStream, printable } from './text.js'

export interface StreamFlags {
  readonly json?: boolean | undefined
  readonly hex?: boolean | undefined
  readonly verbose?: boolean | undefined
  readonly exec?: string | undefined
  /** Whether what comes is messages. */
  readonly messages: boolean
}

/** Events that are told without being asked for. */
const loud = new Set(['error', 'cut', 'unanswered'])

export class StandardStreams {
  /** Standard input, opened when it is first asked for. */
  readonly input: AsyncIterable<Uint8Array>
  readonly output: Output | undefined
  readonly trace: ((piece: Piece) => Promise<void>) | undefined
  readonly report: Report
  #reading = false

  constructor(flags: StreamFlags) {
    this.input = {
      [Symbol.asyncIterator]: () => {
        this.#reading = true
        return process.stdin[Symbol.asyncIterator]()
      },
    }
    this.report = flags.json ? new Console(true).report : (event) => this.#tell(event, flags.verbose === true)
    this.trace = flags.hex ? dump : undefined
    if (flags.json) this.output = { write: (data, from) => this.report(received(data, from)) }
    else if (!flags.hex) this.output = process.stdout.isTTY ? terminal(flags.messages) : plain
  }

  /** Lets go of standard input, of which a read may be pending. */
  close(): void {
    if (this.#reading) process.stdin.destroy()
  }

  #tell(event: Event, verbose: boolean): void {
    // Somebody at a keyboard does not see why nothing ends.
    const waiting = event.event === 'end' && event.open === true && this.#reading && process.stdin.isTTY
    if (event.text === '' || !(verbose || waiting || loud.has(event.event))) return
    const hint = waiting ? '; Ctrl-D says that we have, too' : ''
    process.stderr.write(`berkeley: ${printable(event.text + hint)}\n`)
  }
}

async function put(data: Uint8Array | string): Promise<void> {
  if (data.length > 0 && !process.stdout.write(data)) await once(process.stdout, 'drain')
}

function dump({ direction, data, offset }: Piece): Promise<void> {
  return put(hexdump(data, offset, direction === 'sent' ? '> ' : '< '))
}

/** Text where it is UTF-8, as most is; base64 where not. */
function received(data: Buffer, from: string): Event {
  const text = data.toString('utf8')
  const content = Buffer.from(text).equals(data) ? { data: text } : { base64: data.toString('base64') }
  return { event: 'received', from, bytes: data.length, ...content, text: '' }
}

const plain: Output = {
  write: put,
  end: () => {
    process.stdout.end(hangUp)
  },
}

/**
 * Who reads our output through a pipe is to see its end, though we go on sending; nothing in Node closes standard
 * output. Its number must not become another file's, so /dev/null takes it.
 */
function hangUp(): void {
  closeSync(1)
  const opened: number[] = []
  do opened.push(openSync('/dev/null', 'w'))
  while ((opened.at(-1) as number) < 1)
  for (const fd of opened) if (fd !== 1) closeSync(fd)
}

/** For a terminal, on which what comes must not act. A message ends its line. */
function terminal(messages: boolean): Output {
  if (messages)
    return {
      write: (data) => {
        const text = printable(data.toString('utf8'))
        return put(text.endsWith('\n') ? text : `${text}\n`)
      },
    }
  const stream = new PrintableStream()
  return {
    write: (data) => put(stream.push(data)),
    end: () => void put(stream.end()),
  }
}
