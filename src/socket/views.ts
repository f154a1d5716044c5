/** Handlers: the bytes of many streams without a promise, or a copy, for each. */
import { MSG_DONTWAIT } from '../data/kernel.js'
import type { Channel } from '../engine/channel.js'
import { SLAB_READ, VIEW_AT } from '../engine/engine.js'
import { OP_VIEW } from '../engine/slots.js'
import { native } from '../sys/binding.js'
import type { Core } from './core.js'
import { Reading } from './reading.js'

/** What is called for the streams that are given to it: one object serves any number of them. */
export interface ViewHandler<S> {
  /**
   * Bytes that have come, in memory of the library's that is good only until this returns: copy what is to be kept. A promise
   * asks for patience: nothing more is read from this socket until it settles.
   */
  view(socket: S, bytes: Buffer): unknown
  /** The stream has ended. The socket is still to be closed. */
  end?(socket: S): void
  /** Reading has failed, or `view` or `end` has thrown or rejected; nothing more is read. Without this the socket is closed. */
  error?(socket: S, error: unknown): void
}

/** A read that goes on for ever: each result is shown to the handler. */
export class View<S extends { close(): void }> extends Reading<void> {
  readonly #socket: S
  readonly #handler: ViewHandler<S>
  #patient = false

  constructor(core: Core, socket: S, handler: ViewHandler<S>) {
    super(core, SLAB_READ, MSG_DONTWAIT)
    this.#socket = socket
    this.#handler = handler
  }

  override get op(): number {
    return OP_VIEW
  }

  protected override get syscall(): string {
    return 'recv'
  }

  override get stays(): boolean {
    return true
  }

  override get patient(): boolean {
    return this.#patient
  }

  override attempt(channel: Channel): number {
    return native.recv(channel.fd, this.core.engine.slab, VIEW_AT, this.size, this.flags)
  }

  override result(): void {}

  override complete(channel: Channel, value: number, at: number): void {
    if (value > 0) return this.#show(channel, value, at)
    // Closed here: its owner knows.
    if (channel.gone) return
    this.#goOn(channel, true)
    if (value < 0) return this.#fail(channel, this.failure(value))
    try {
      this.#handler.end?.(this.#socket)
    } catch (error) {
      this.#fail(channel, error)
    }
  }

  #show(channel: Channel, value: number, at: number): void {
    try {
      const outcome = this.#handler.view(this.#socket, this.core.engine.views.of(at, value))
      if (typeof (outcome as PromiseLike<unknown> | undefined)?.then !== 'function') return
      this.#patient = true
      void (outcome as PromiseLike<unknown>).then(
        () => this.#goOn(channel, false),
        (error: unknown) => this.#fail(channel, error),
      )
    } catch (error) {
      this.#fail(channel, error)
    }
  }

  /** The handler hears of it; what it throws then is nobody's but the process's. */
  #fail(channel: Channel, error: unknown): void {
    this.#goOn(channel, true)
    const { error: tell } = this.#handler
    queueMicrotask(() => {
      if (tell === undefined) this.#socket.close()
      else tell.call(this.#handler, this.#socket, error)
    })
  }

  #goOn(channel: Channel, over: boolean): void {
    this.#patient = false
    channel.goOn(this, over)
  }
}
