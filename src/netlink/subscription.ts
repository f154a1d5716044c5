/** What listens to multicast groups of netlink: every message of theirs, and where some were lost. */
import { SystemError } from '../data/errors.js'
import { NLMSG_MIN_TYPE } from '../data/kernel.js'
import type { NetlinkMessage } from '../protocols/netlink/message.js'
import { type NetlinkOptions, Port } from './port.js'

/** Messages were lost here, nobody knows which: the receive buffer was full (ENOBUFS). What is known has to be asked anew. */
export interface Lost {
  readonly event: 'lost'
}

/** Options of what listens. */
export interface WatchOptions extends NetlinkOptions {
  /** Ends the iteration with its reason. */
  readonly signal?: AbortSignal | undefined
}

const LOST: Lost = Object.freeze({ event: 'lost' })

/**
 * What comes to multicast groups, from the moment this is made. `read` makes of a message what the loop gets, or undefined
 * for what is to be passed over. The socket is closed when the loop ends, or by `close`. For `for await`.
 */
export class Subscription<T> implements AsyncIterableIterator<T | Lost>, Disposable {
  readonly #port: Port
  readonly #read: (message: NetlinkMessage) => T | undefined
  readonly #signal: AbortSignal | undefined
  readonly #waiting: T[] = []
  #turn: Promise<unknown> = Promise.resolve()
  #done = false

  /** `groups` are numbers: RTNLGRP_*. @throws SystemError EINVAL for a group that is none, EPERM without the right to it. */
  constructor(
    protocol: number,
    groups: readonly number[],
    read: (message: NetlinkMessage) => T | undefined,
    options: WatchOptions = {},
  ) {
    this.#port = new Port(protocol, groups, options)
    this.#read = read
    this.#signal = options.signal
  }

  /** The next one. What it throws ends it: DecodeError for a message that is none, the signal's reason. */
  next(): Promise<IteratorResult<T | Lost, undefined>> {
    const turn = this.#turn.then(() => this.#next())
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #next(): Promise<IteratorResult<T | Lost, undefined>> {
    for (;;) {
      if (this.#done) return { done: true, value: undefined }
      const value = this.#waiting.shift()
      if (value !== undefined) return { done: false, value }
      try {
        for (const message of await this.#port.receive(this.#signal)) {
          const read = message.type < NLMSG_MIN_TYPE ? undefined : this.#read(message)
          if (read !== undefined) this.#waiting.push(read)
        }
      } catch (error) {
        if (this.#done) return { done: true, value: undefined }
        if (error instanceof SystemError && error.code === 'ENOBUFS') return { done: false, value: LOST }
        // A loop that ends so calls nothing more.
        this.close()
        throw error
      }
    }
  }

  /** Ends it: `break` does. */
  return(): Promise<IteratorResult<T | Lost, undefined>> {
    this.close()
    return Promise.resolve({ done: true, value: undefined })
  }

  /** Closes the socket; the loop ends. */
  close(): void {
    this.#done = true
    this.#port.socket.close()
  }

  /** `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this
  }
}
