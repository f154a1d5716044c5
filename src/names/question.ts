/** Questions to libc's databases: asked on another thread or on this one, answered with bytes or a code (native/question.h). */
import { SystemError } from '../data/errors.js'
import { type Answer, type Hear, SYSTEM } from '../sys/binding.js'

export interface Question<T> {
  /** The call, all but its callback. */
  readonly call: (hear: Hear) => Answer
  /** What the answer is to the caller; throws what its code means. */
  readonly read: (answer: Answer) => T
}

/** On another thread. An abort rejects at once; libc knows no way to stop, and its own search runs on unheard. */
export function ask<T>({ call, read }: Question<T>, signal?: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason)
    const onAbort = (): void => reject(signal?.reason)
    const hear = (answer: Answer): void => {
      signal?.removeEventListener('abort', onAbort)
      try {
        resolve(read(answer))
      } catch (error) {
        reject(error)
      }
    }
    const queued = call(hear)
    if (queued !== 0) return hear(queued)
    signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/** On this thread, which waits for it. */
export function askSync<T>({ call, read }: Question<T>): T {
  return read(call(null))
}

/** Throws what errno says in an answer: the call's own codes, other integers and bytes pass. */
export function checkSystem(answer: Answer, syscall: string, hint: string): void {
  if (typeof answer === 'number' && answer <= SYSTEM)
    throw new SystemError(SYSTEM - answer, { syscall, hint })
}

/** Bytes from the system's databases: text that may be anything, so that nothing is refused. */
export function decodeText(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
}

/** Reads an answer of bytes from its beginning: int32s, and fields behind their length. */
export class Fields {
  readonly #bytes: Uint8Array
  readonly #view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  get more(): boolean {
    return this.#at < this.#bytes.length
  }

  int(): number {
    const value = this.#view.getInt32(this.#at, true)
    this.#at += 4
    return value
  }

  field(): Uint8Array {
    const length = this.int()
    this.#at += length
    return this.#bytes.slice(this.#at - length, this.#at)
  }

  text(): string {
    return decodeText(this.field())
  }
}
