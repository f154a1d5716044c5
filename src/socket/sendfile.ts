/** sendfile(2): a file's bytes go to a stream without coming here; files that the kernel refuses are read and sent. */
import { read, readSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { SystemError, type TimeoutError } from '../data/errors.js'
import { ECANCELED, EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE, POLLIN, SOCK_STREAM } from '../data/kernel.js'
import { block, readable } from '../engine/block.js'
import type { Channel } from '../engine/channel.js'
import { LATER } from '../engine/wait.js'
import { native } from '../sys/binding.js'
import type { CallOptions, Core } from './core.js'
import { sendall, sendallSync, start } from './send.js'
import { Writing } from './transmit.js'

/** Options of `sendfile`. */
export interface SendfileOptions extends Pick<CallOptions, 'signal'> {
  /** Where in the file to begin, in bytes; 0 when left out. Of what has no places (a pipe) only 0 makes sense. */
  readonly offset?: number | undefined
  /** Most bytes to send; to the end of the file when left out. */
  readonly count?: number | undefined
}

/** Of one system call: the disk is read within it. */
const PIECE = 256 * 1024
/** Most milliseconds between two looks at a pipe. */
const MOST_PAUSE = 50
/** A file that cannot be mapped, or a socket that has no sendfile. */
const REFUSALS = new Set([EINVAL, ENOSYS, EOPNOTSUPP, ESPIPE].map((errno) => -errno))

interface Part {
  readonly fd: number
  readonly offset: number
  readonly count: number
}

function checked(core: Core, file: number | { readonly fd: number }, options: SendfileOptions = {}): Part {
  const fd = typeof file === 'object' && file !== null ? file.fd : file
  if (!Number.isInteger(fd) || fd < 0)
    throw new TypeError(`expected an open file or its descriptor, not ${String(file)}`)
  if (core.type !== SOCK_STREAM) throw new TypeError('expected a stream to send a file over')
  if (core.limits.timeout === 0)
    throw new TypeError('expected a socket that may wait: sendfile cannot be taken up where it stopped')
  const { offset = 0, count = Number.MAX_SAFE_INTEGER } = options
  for (const [name, value] of Object.entries({ offset, count }))
    if (!Number.isSafeInteger(value) || value < 0)
      throw new RangeError(`expected ${name} to be an integer from 0 on, not ${String(value)}`)
  return { fd, offset, count }
}

class Sendfile extends Writing<number> {
  /** The kernel does not send this file: nothing has been sent. */
  refused = false
  readonly #part: Part

  constructor(core: Core, part: Part) {
    super(core)
    this.#part = part
  }

  protected override get syscall(): string {
    return 'sendfile'
  }

  override attempt(channel: Channel): number {
    const { fd, offset, count } = this.#part
    for (;;) {
      const size = Math.min(count - this.moved, PIECE)
      if (size === 0) return this.moved
      const value = this.tried(native.sendfile(channel.fd, fd, offset + this.moved, size))
      if (this.moved === 0 && REFUSALS.has(value)) {
        this.refused = true
        return 0
      }
      if (value < 0) return value
      if (value === 0) return this.moved
      this.moved += value
      if (this.core.engine.overdue) return LATER
    }
  }

  override result(): number {
    return this.moved
  }

  override failure(value: number): SystemError {
    return counted(super.failure(value), this.moved)
  }

  override timedOut(channel: Channel, ms: number): TimeoutError {
    return counted(super.timedOut(channel, ms), this.moved)
  }
}

function counted<E extends SystemError>(error: E, sent: number): E {
  error.bytesSent = sent
  return error
}

export async function sendfile(
  core: Core,
  file: number | { readonly fd: number },
  options?: SendfileOptions,
): Promise<number> {
  const part = checked(core, file, options)
  const signal = options?.signal
  if (signal?.aborted) throw signal.reason
  core.unblock()
  const wait = new Sendfile(core, part)
  const sent = await start(core, wait, core.limitsWith(signal))
  return wait.refused ? await copy(core, part, wait, signal) : sent
}

export function sendfileSync(
  core: Core,
  file: number | { readonly fd: number },
  options?: SendfileOptions,
): number {
  const part = checked(core, file, options)
  core.unblock()
  const wait = new Sendfile(core, part)
  const sent = block(core.channel, wait, 'write', core.limits.timeout)
  return wait.refused ? copySync(core, part, wait) : sent
}

/** How the pieces are read and sent: at once, or by promises. */
interface Means {
  /** Waits until there is something to read. */
  input(): unknown
  read(buffer: Buffer, size: number, position: number | null): unknown
  send(bytes: Buffer): unknown
}

/** Read and sent in pieces; it yields what is to be waited for. Of what has no places the bytes are taken as they come. */
function* copying(part: Part, wait: Sendfile, means: Means): Generator<unknown, number, number> {
  const buffer = Buffer.allocUnsafeSlow(PIECE)
  let sent = 0
  for (let placed = true; sent < part.count; ) {
    const size = Math.min(part.count - sent, PIECE)
    wait.moved = sent
    if (!placed) yield means.input()
    let length: number
    try {
      length = yield means.read(buffer, size, placed ? part.offset + sent : null)
    } catch (error) {
      if (!placed || !placeless(error, part)) throw error
      placed = false
      continue
    }
    if (length === 0) break
    try {
      yield means.send(buffer.subarray(0, length))
    } catch (error) {
      throw further(error, sent)
    }
    sent += length
  }
  return sent
}

async function copy(
  core: Core,
  part: Part,
  wait: Sendfile,
  signal: AbortSignal | undefined,
): Promise<number> {
  const steps = copying(part, wait, {
    input: () => input(core, part, wait, signal),
    read: (buffer, size, position) => readAt(part.fd, buffer, size, position),
    send: (bytes) => sendall(core, bytes, { signal }),
  })
  for (let step = steps.next(); ; ) {
    if (step.done) return step.value
    let value: unknown
    try {
      value = await step.value
    } catch (error) {
      step = steps.throw(error)
      continue
    }
    step = steps.next(value as number)
  }
}

function copySync(core: Core, part: Part, wait: Sendfile): number {
  const { timeout } = core.limits
  const steps = copying(part, wait, {
    input: () => {
      if (!readable(part.fd, timeout)) throw wait.timedOut(core.channel, timeout as number)
    },
    read: (buffer, size, position) => readSync(part.fd, buffer, 0, size, position),
    send: (bytes) => sendallSync(core, bytes),
  })
  let step = steps.next()
  while (!step.done) step = steps.next(step.value as number)
  return step.value
}

/** Bytes of a pipe, before they are read: a read that waits could not be given up, and would hold a thread of Node's. */
async function input(
  core: Core,
  { fd }: Part,
  wait: Sendfile,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { timeout } = core.limits
  const end = timeout === null ? Number.POSITIVE_INFINITY : performance.now() + timeout
  for (let pause = 1; native.poll(fd, POLLIN, 0) === 0; pause = Math.min(2 * pause, MOST_PAUSE)) {
    const left = end - performance.now()
    if (left <= 0) throw wait.timedOut(core.channel, timeout as number)
    if (core.channel.gone) throw wait.failure(-ECANCELED)
    await sleep(Math.min(pause, left), undefined, { signal }).catch(() => {
      throw signal?.reason
    })
  }
}

function readAt(fd: number, buffer: Buffer, size: number, position: number | null): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, buffer, 0, size, position, (error, length) => (error ? reject(error) : resolve(length)))
  })
}

function placeless(error: unknown, { offset }: Part): boolean {
  return (error as { code?: string }).code === 'ESPIPE' && offset === 0
}

function further(error: unknown, sent: number): unknown {
  if (error instanceof SystemError) error.bytesSent = sent + (error.bytesSent ?? 0)
  return error
}
