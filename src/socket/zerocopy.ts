/** MSG_ZEROCOPY: the kernel sends from the caller's own memory, and tells when it needs it no more. */
import { SystemError } from '../data/errors.js'
import {
  ENOBUFS,
  MSG_ERRQUEUE,
  MSG_ZEROCOPY,
  SO_EE_CODE_ZEROCOPY_COPIED,
  SO_EE_ORIGIN_ZEROCOPY,
} from '../data/kernel.js'
import { SO_ZEROCOPY } from '../data/option/so.js'
import { flagsOf, toBytes } from './arguments.js'
import type { CallOptions, Core } from './core.js'
import { setsockopt } from './options.js'
import { recvmsg } from './reads.js'
import { send } from './send.js'

/** How a zero-copy send went. */
export interface ZerocopySent {
  /** How many bytes the kernel took; on a stream it may be less than all. */
  readonly bytes: number
  /** Whether the kernel has copied them all the same, which it always does over loopback: nothing was gained then. */
  readonly copied: boolean
}

interface Settle {
  resolve(copied: boolean): void
  reject(reason: unknown): void
}

/** Room for the extended error and its offender. */
const ROOM = 256

/** The sends of one socket that the kernel still needs the memory of. It numbers them, 32 bits, from 0 on. */
export class Zerocopy {
  readonly #core: Core
  readonly #pending = new Map<number, { readonly held: Uint8Array; readonly settle: Settle }>()
  #next = 0
  // One after the other, so that our numbers are the kernel's.
  #turn: Promise<unknown> = Promise.resolve()
  #listening = false
  // Sends that the kernel has no memory for before another one is free.
  #stuck: (() => void)[] = []

  constructor(core: Core) {
    this.#core = core
    setsockopt(core, SO_ZEROCOPY, true)
  }

  async send(data: Uint8Array | string, call?: CallOptions): Promise<ZerocopySent> {
    const held = toBytes(data)
    const sent = this.#turn.then(() => this.#send(held, call))
    this.#turn = sent.catch(() => {})
    const { bytes, released } = await sent
    return { bytes, copied: await released }
  }

  async #send(held: Uint8Array, call?: CallOptions): Promise<{ bytes: number; released: Promise<boolean> }> {
    for (;;)
      try {
        const bytes = await send(this.#core, held, { ...call, flags: flagsOf(call) | MSG_ZEROCOPY })
        // Only what has bytes is numbered.
        return { bytes, released: bytes === 0 ? Promise.resolve(false) : this.#release(held) }
      } catch (error) {
        // So much memory is held that the kernel takes no more (net.core.optmem_max): some has to be given back first.
        const full = error instanceof SystemError && -error.errno === ENOBUFS && this.#pending.size > 0
        if (!full) throw error
        await new Promise<void>((resolve) => this.#stuck.push(resolve))
      }
  }

  /** Whether the memory of the send that was just made has been copied, when it is free. */
  #release(held: Uint8Array): Promise<boolean> {
    const number = this.#next
    this.#next = (number + 1) >>> 0
    return new Promise((resolve, reject) => {
      this.#pending.set(number, { held, settle: { resolve, reject } })
      if (!this.#listening) void this.#listen()
    })
  }

  /** Reads the error queue for as long as there is something to hear. */
  async #listen(): Promise<void> {
    this.#listening = true
    try {
      while (this.#pending.size > 0) {
        await this.#once()
        this.#unstick()
      }
    } catch (error) {
      for (const { settle } of this.#pending.values()) settle.reject(error)
      this.#pending.clear()
    }
    this.#listening = false
    this.#unstick()
  }

  #unstick(): void {
    for (const goOn of this.#stuck.splice(0)) goOn()
  }

  async #once(): Promise<void> {
    const wait = recvmsg(this.#core, 0, { flags: MSG_ERRQUEUE, controlSize: ROOM })
    const received = wait.promised()
    this.#core.channel.read(wait, { timeout: null })
    const { control } = await received
    for (const message of control) {
      if (message.kind !== 'recverr' || message.value.origin !== SO_EE_ORIGIN_ZEROCOPY) continue
      const { info, data, code } = message.value
      const copied = (code & SO_EE_CODE_ZEROCOPY_COPIED) !== 0
      // From `info` to `data`, and round the end of the numbers.
      for (
        let left = ((data - info) >>> 0) + 1, number = info;
        left > 0;
        left--, number = (number + 1) >>> 0
      ) {
        this.#pending.get(number)?.settle.resolve(copied)
        this.#pending.delete(number)
      }
    }
  }
}
