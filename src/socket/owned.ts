/** Descriptors that came over a socket: owned, so that none is left open that nobody wanted. */
import { inspect } from 'node:util'
import type { ControlData } from '../data/control/control.js'
import { engine } from '../engine/engine.js'
import { native } from '../sys/binding.js'

// The number alone: the object itself must be free to go.
const forgotten = new FinalizationRegistry((held: Held) => held.close())

class Held {
  fd: number

  constructor(fd: number) {
    this.fd = fd
    if (fd >= 0) engine().own(fd, true)
  }

  release(): number {
    const { fd } = this
    if (fd >= 0) engine().own(fd, false)
    this.fd = -1
    return fd
  }

  close(): void {
    const fd = this.release()
    if (fd >= 0) native.close(fd)
  }
}

/**
 * A received descriptor: closed by `close`, at the end of a `using` block, when it is forgotten, and when its thread ends;
 * unless it is taken.
 */
export class OwnedFd implements Disposable {
  readonly #held: Held

  constructor(fd: number) {
    this.#held = new Held(fd)
    forgotten.register(this, this.#held, this)
  }

  static {
    const describe = function (this: OwnedFd): string {
      return `OwnedFd <${this.fd < 0 ? 'taken or closed' : `fd ${this.fd}`}>`
    }
    Object.defineProperty(OwnedFd.prototype, inspect.custom, { value: describe })
  }

  /** The number, to use while this is open; -1 once it is taken or closed. */
  get fd(): number {
    return this.#held.fd
  }

  /** Gives the descriptor to the caller, who is to close it: `socket(…, { fileno: owned.take() })`. TypeError when it is gone. */
  take(): number {
    if (this.#held.fd < 0) throw new TypeError('expected a descriptor that is neither taken nor closed')
    forgotten.unregister(this)
    return this.#held.release()
  }

  /** close(2); a second time does nothing. */
  close(): void {
    forgotten.unregister(this)
    this.#held.close()
  }

  /** `close`, at the end of a `using` block. */
  [Symbol.dispose](): void {
    this.close()
  }
}

/** A control message as it is received: what carries descriptors carries them owned. */
export type ControlIn =
  | Exclude<ControlData, { readonly kind: 'rights' | 'pidfd' }>
  | { readonly kind: 'rights'; readonly value: readonly OwnedFd[] }
  | { readonly kind: 'pidfd'; readonly value: OwnedFd }

export function owning(message: ControlData): ControlIn {
  switch (message.kind) {
    case 'rights':
      return { kind: 'rights', value: message.value.map((fd) => new OwnedFd(fd)) }
    case 'pidfd':
      // -errno where the kernel could not make one: a descriptor that is closed already.
      return { kind: 'pidfd', value: new OwnedFd(Math.max(-1, message.value)) }
    default:
      return message
  }
}

/** A descriptor that `make` fails to give an owner is closed. */
export function own<T>(fd: number, make: () => T): T {
  try {
    return make()
  } catch (error) {
    native.close(fd)
    throw error
  }
}
