/** Another program at the other end, whose lines are what the test and it say to each other. */
import {
  type ChildProcessByStdio,
  type SpawnOptionsWithStdioTuple,
  type StdioPipe,
  spawn,
} from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { AF_INET, AF_INET6, SOCK_STREAM, type Socket, socket } from 'berkeley'
import type { Ip, IpFamily } from './ways.js'

const root = fileURLToPath(new URL('../../../..', import.meta.url))

export class Peer implements AsyncDisposable {
  readonly #child: ChildProcessByStdio<Writable, Readable, Readable>
  readonly #lines: AsyncIterator<string>
  readonly #end: Promise<unknown>
  #stderr = ''

  /** `fds` are its descriptors from 3 on. */
  constructor(command: readonly string[], fds: readonly number[] = []) {
    const [program, ...rest] = command as readonly [string, ...string[]]
    const options: SpawnOptionsWithStdioTuple<StdioPipe, StdioPipe, StdioPipe> = {
      stdio: ['pipe', 'pipe', 'pipe', ...fds] as unknown as [StdioPipe, StdioPipe, StdioPipe],
      cwd: root,
      timeout: 20_000,
    }
    this.#child = spawn(program, rest, options)
    this.#child.stderr.on('data', (chunk) => {
      this.#stderr += chunk
    })
    this.#child.stdin.on('error', () => {})
    this.#lines = createInterface(this.#child.stdout)[Symbol.asyncIterator]()
    this.#end = once(this.#child, 'close')
  }

  /** The next line that it prints. */
  async line(): Promise<string> {
    const { done, value } = await this.#lines.next()
    if (done !== true) return value
    await this.#end
    throw new Error(`the peer said no more: ${this.#stderr}`)
  }

  async number(): Promise<number> {
    return Number(await this.line())
  }

  async json(): Promise<unknown> {
    return JSON.parse(await this.line())
  }

  /** A line for it to read. */
  tell(line: string | number): void {
    this.#child.stdin.write(`${line}\n`)
  }

  get pid(): number {
    return this.#child.pid as number
  }

  /** It ends at once, whatever it does. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#end
  }
}

/** What every script may use: `say` prints a line at once, `hear` reads one. */
const PRELUDE = `
import errno, json, os, select, struct, sys, time
from socket import *
setdefaulttimeout(10)
# What older ones have no name for.
IP_PKTINFO, IP_RECVERR, IP_RECVTTL, IP_RECVTOS, MSG_ERRQUEUE = 8, 11, 12, 13, 0x2000
def say(what): print(what, flush=True)
def hear(): return sys.stdin.readline().strip()
`

/** A python3 that runs a script, its arguments in sys.argv. */
export function python(
  script: string,
  {
    args = [],
    before = [],
    fds = [],
  }: { args?: readonly (string | number)[]; before?: readonly string[]; fds?: readonly number[] } = {},
): Peer {
  return new Peer([...before, 'python3', '-I', '-c', PRELUDE + script, ...args.map(String)], fds)
}

/** A Node of its own that runs a module's text, of which `berkeley` can be imported. */
export function javascript(script: string, fds: readonly number[] = []): Peer {
  return new Peer([process.execPath, '--input-type=module', '-e', script], fds)
}

/**
 * A python3 whose socket `s` is connected to one here before its script goes on; `read()` is the text that comes, or the
 * name of the error.
 */
export async function joined(host: string, script: string): Promise<{ peer: Peer; connection: Socket<Ip> }> {
  const family: IpFamily = host.includes(':') ? AF_INET6 : AF_INET
  using server = socket(family, SOCK_STREAM)
  server.bind({ host, port: 0 })
  server.listen()
  const peer = python(
    `s = create_connection(('${host}', ${server.getsockname().port})); say('connected')
s.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
def read():
  try: return s.recv(100).decode()
  except OSError as error: return errno.errorcode[error.errno]
${script}`,
  )
  const [connection] = await server.accept()
  await peer.line()
  return { peer, connection }
}
