/** The families and types that every verb is tried over, and what the kernel tests share. */
import { spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import {
  type Address,
  AF_INET,
  AF_INET6,
  AF_UNIX,
  createConnection,
  createServer,
  type Given,
  type InetAddress,
  SOCK_DGRAM,
  SOCK_SEQPACKET,
  SOCK_STREAM,
  type Socket,
  socket,
} from 'berkeley'

export interface Case {
  readonly name: string
  readonly family: number
  readonly type: number
  /** A fresh address to bind to. */
  address(): Given<Address>
}

let folder: string | undefined
let names = 0

/** A fresh path in a folder that goes when the tests are over. */
export function temporary(name = 's'): string {
  folder ??= mkdtempSync(join(tmpdir(), 'berkeley-'))
  return join(folder, `${name}${names++}`)
}

after(() => {
  if (folder !== undefined) rmSync(folder, { recursive: true })
})

export const abstractName = (): string => `berkeley-test-${process.pid}-${names++}`

const makers: readonly [family: number, what: string, address: () => Given<Address>][] = [
  [AF_INET, 'inet', () => ({ host: '127.0.0.1', port: 0 })],
  [AF_INET6, 'inet6', () => ({ host: '::1', port: 0 })],
  [AF_UNIX, 'unix path', () => ({ path: temporary() })],
  [AF_UNIX, 'unix abstract', () => ({ abstract: abstractName() })],
  [AF_UNIX, 'unix autobind', () => ({ path: '' })],
]

const of = (type: number, what: string, families: readonly number[]): Case[] =>
  makers
    .filter(([family]) => families.includes(family))
    .map(([family, maker, address]) => ({ name: `${maker} ${what}`, family, type, address }))

export const streams: readonly Case[] = of(SOCK_STREAM, 'stream', [AF_INET, AF_INET6, AF_UNIX])
export const seqpackets: readonly Case[] = of(SOCK_SEQPACKET, 'seqpacket', [AF_UNIX])
export const datagrams: readonly Case[] = of(SOCK_DGRAM, 'dgram', [AF_INET, AF_INET6, AF_UNIX])
/** Those that listen and accept. */
export const connected: readonly Case[] = [...streams, ...seqpackets]
export const every: readonly Case[] = [...connected, ...datagrams]

/** Sockets of one test, closed together. */
export class Several implements Disposable {
  readonly #all: Disposable[] = []

  add<S extends Disposable>(each: S): S {
    this.#all.push(each)
    return each
  }

  [Symbol.dispose](): void {
    for (const each of this.#all.reverse()) each[Symbol.dispose]()
  }
}

export interface Pair extends Disposable {
  readonly listener: Socket
  readonly client: Socket
  readonly server: Socket
}

/** A listener, a client and the accepted end; of a datagram case two sockets connected to each other. */
export async function pair({ family, type, address }: Case): Promise<Pair> {
  const several = new Several()
  const listener = several.add(socket(family, type))
  const client = several.add(socket(family, type))
  listener.bind(address())
  const close = (): void => several[Symbol.dispose]()
  if (type === SOCK_DGRAM) {
    client.bind(address())
    await client.connect(listener.getsockname())
    await listener.connect(client.getsockname())
    return { listener, client, server: listener, [Symbol.dispose]: close }
  }
  listener.listen()
  const [[server]] = await Promise.all([listener.accept(), client.connect(listener.getsockname())])
  several.add(server)
  return { listener, client, server, [Symbol.dispose]: close }
}

export const tcp = (): Promise<Pair> => pair(streams[0] as Case)
export const udp = (): Promise<Pair> => pair(datagrams[0] as Case)

/** A TCP listener whose queue is full: a connect to it gets no answer for a second at least. */
export async function deaf(): Promise<{ address: InetAddress } & Disposable> {
  const several = new Several()
  const listener = several.add(createServer({ host: '127.0.0.1', port: 0 }, { backlog: 0 }))
  const address = listener.getsockname() as InetAddress
  several.add(await createConnection({ host: address.host, port: address.port }))
  return { address, [Symbol.dispose]: () => several[Symbol.dispose]() }
}

/** One turn of the event loop. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

/** Enough turns for a wait to be armed, and for what is ready to be noticed. */
export async function turns(count = 5): Promise<void> {
  for (let i = 0; i < count; i++) await turn()
}

/** A bounded poll for what has no event of its own. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 500; i++) {
    if (condition()) return
    await sleep(10)
  }
  throw new Error(`${what}: not within 5 s`)
}

/** Takes all that is there without waiting; the socket's time-out must be 0. */
export async function drain(from: Socket, size = 1 << 20): Promise<number> {
  let total = 0
  for (;;) {
    const chunk = await from.recv(size).catch((error: unknown) => {
      if ((error as { code?: string }).code === 'EAGAIN') return null
      throw error
    })
    if (chunk === null) return total
    total += chunk.length
  }
}

/** Sends until the kernel has no room: how often it went well. The socket's time-out must be 0. */
export async function fill(send: () => Promise<unknown>): Promise<number> {
  for (let count = 0; count < 100_000; count++)
    try {
      await send()
    } catch (error) {
      if ((error as { code?: string }).code === 'EAGAIN') return count
      throw error
    }
  throw new Error('the kernel took 100000 messages')
}

export interface Outcome {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: string
  readonly stderr: string
}

const root = fileURLToPath(new URL('../../..', import.meta.url))

/**
 * Runs a module's text in a Node of its own: `before` is a command line that it runs behind (`unshare -n`). 20 s at
 * most.
 */
export function node(
  script: string,
  {
    args = [],
    before = [],
    limit = 20_000,
  }: { args?: readonly string[]; before?: readonly string[]; limit?: number } = {},
): Promise<Outcome> {
  const [command, ...rest] = [
    ...before,
    process.execPath,
    '--expose-gc',
    // Sockets that a program leaves open shall not be collected, and warned of, unless it asks for it.
    '--initial-old-space-size=64',
    '--input-type=module',
    '-e',
    script,
    ...args,
  ] as [string, ...string[]]
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], timeout: limit })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk) => {
      stdout += chunk
    })
    child.stderr.on('data', (chunk) => {
      stderr += chunk
    })
    child.on('error', reject)
    child.on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
  })
}
