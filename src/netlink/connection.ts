/** What asks the kernel by netlink: requests and their answers, one after the other. */
import {
  EINTR,
  NETLINK_CAP_ACK,
  NETLINK_EXT_ACK,
  NETLINK_GET_STRICT_CHK,
  NLM_F_ACK,
  NLM_F_DUMP,
  NLM_F_DUMP_INTR,
  NLM_F_REQUEST,
  NLMSG_DONE,
  NLMSG_NOOP,
} from '../data/constants.js'
import { SystemError } from '../data/errors.js'
import { encodeNetlink, type NetlinkMessage, outcomeOf } from '../protocols/netlink/message.js'
import { NetlinkError } from './error.js'
import { type NetlinkOptions, Port } from './port.js'

/** How often a dump is tried anew that a change came in between of. */
const TRIES = 64

/** What is asked: `type` is the message's, `body` what is behind its header. */
export interface NetlinkRequest {
  readonly type: number
  /** NLM_F_* beside NLM_F_REQUEST and NLM_F_ACK. */
  readonly flags?: number | undefined
  readonly body?: Uint8Array | undefined
  /** What errors call it: 'RTM_NEWLINK'. */
  readonly name?: string | undefined
}

/** Options of a request. */
export interface RequestOptions {
  readonly signal?: AbortSignal | undefined
}

/**
 * A connection to a part of the kernel by netlink(7): `protocol` is NETLINK_ROUTE, NETLINK_GENERIC, NETLINK_SOCK_DIAG or another.
 * Requests are answered one after the other, in the order they were made. They are checked strictly where the kernel can, and
 * refusals explained (`NetlinkError`). It belongs to the network namespace that the thread was in when it was made.
 *
 * @throws SystemError EPROTONOSUPPORT where the kernel has no such protocol.
 */
export class NetlinkConnection implements Disposable {
  readonly protocol: number
  readonly #port: Port
  #sequence = 0
  /** The request that was given up before its end: its answers come first. */
  #unfinished: number | null = null
  #turn: Promise<unknown> = Promise.resolve()

  constructor(protocol: number, options: NetlinkOptions = {}) {
    this.protocol = protocol
    this.#port = new Port(protocol, [], options)
    try {
      this.#port.socket.setsockopt(NETLINK_EXT_ACK, true)
      this.#port.socket.setsockopt(NETLINK_CAP_ACK, true)
      this.#port.socket.setsockopt(NETLINK_GET_STRICT_CHK, true)
    } catch (error) {
      this.#port.socket.close()
      throw error
    }
  }

  /**
   * Asks, and waits until the kernel says that it is done: what it has answered beside that. An abort does not undo what was
   * asked.
   *
   * @throws NetlinkError when the kernel refuses.
   */
  request(asked: NetlinkRequest, options?: RequestOptions): Promise<NetlinkMessage[]> {
    const flags = NLM_F_REQUEST | NLM_F_ACK | (asked.flags ?? 0)
    return this.#inTurn(async () => (await this.#exchange(asked, flags, options?.signal)).messages)
  }

  /**
   * Asks for everything (NLM_F_DUMP). What changes while the kernel answers may have been missed or told twice: it says
   * so, and is asked again.
   *
   * @throws NetlinkError when the kernel refuses; EINTR when it was changed each of 64 times.
   */
  dump(asked: NetlinkRequest, options?: RequestOptions): Promise<NetlinkMessage[]> {
    const flags = NLM_F_REQUEST | NLM_F_DUMP | (asked.flags ?? 0)
    return this.#inTurn(async () => {
      for (let i = 0; i < TRIES; i++) {
        const { messages, isInterrupted } = await this.#exchange(asked, flags, options?.signal)
        if (!isInterrupted) return messages
      }
      throw new NetlinkError(EINTR, nameOf(asked), this.#sequence, { message: 'changed again and again' })
    })
  }

  /** Closes the socket; what waits fails with ECANCELED. */
  close(): void {
    this.#port.socket.close()
  }

  /** `close`. */
  [Symbol.dispose](): void {
    this.close()
  }

  #inTurn<T>(act: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(act)
    this.#turn = turn.catch(() => {})
    return turn
  }

  async #exchange(
    asked: NetlinkRequest,
    flags: number,
    signal: AbortSignal | undefined,
  ): Promise<{ messages: NetlinkMessage[]; isInterrupted: boolean }> {
    signal?.throwIfAborted()
    if (this.#unfinished !== null) await this.#answers(this.#unfinished, signal)
    this.#sequence = (this.#sequence + 1) >>> 0 || 1
    const sequence = this.#sequence
    const bytes = encodeNetlink({ type: asked.type, flags, sequence, body: asked.body ?? new Uint8Array(0) })
    await this.#port.socket.sendto(bytes, { pid: 0, groups: 0 }, { signal })
    this.#unfinished = sequence
    const { messages, end, isInterrupted } = await this.#answers(sequence, signal)
    const { error, extack } = outcomeOf(end) ?? { error: 0, extack: {} }
    if (error < 0) throw new NetlinkError(error, nameOf(asked), sequence, extack)
    return { messages, isInterrupted }
  }

  /** All answers to a request, to the one that is the last. */
  async #answers(
    sequence: number,
    signal: AbortSignal | undefined,
  ): Promise<{ messages: NetlinkMessage[]; end: NetlinkMessage; isInterrupted: boolean }> {
    const messages: NetlinkMessage[] = []
    let isInterrupted = false
    for (;;) {
      for (const message of await this.#received(signal)) {
        if (message.sequence !== sequence || message.type === NLMSG_NOOP) continue
        if (message.flags & NLM_F_DUMP_INTR) isInterrupted = true
        if (message.type === NLMSG_DONE || outcomeOf(message) !== null) {
          this.#unfinished = null
          return { messages, end: message, isInterrupted }
        }
        messages.push(message)
      }
    }
  }

  async #received(signal: AbortSignal | undefined): Promise<NetlinkMessage[]> {
    try {
      return await this.#port.receive(signal)
    } catch (error) {
      // An answer has been lost: its end may never come.
      if (error instanceof SystemError && error.code === 'ENOBUFS') this.#unfinished = null
      throw error
    }
  }
}

function nameOf({ name, type }: NetlinkRequest): string {
  return name ?? `netlink message ${type}`
}
