/** Takes the steps of a scenario with this library: with the awaited verbs, or with their blocking twins. */
import { spawnSync } from 'node:child_process'
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import * as berkeley from 'berkeley'
import {
  type Address,
  CMSG_SPACE,
  type ControlIn,
  type ControlOut,
  type OwnedFd,
  type Socket,
  type SocketFile,
} from 'berkeley'
import * as kernel from '#data/kernel.js'
import { native } from '#sys/binding.js'
import { outcomesInChild, type Peer, type Task } from './peer.js'
import type { Control, Json, Kind, Outcome, Room, Step, StepAddress } from './steps.js'
import {
  camel,
  data,
  descriptors,
  FAMILIES,
  failure,
  flagNames,
  kindOf,
  number,
  O_CLOEXEC,
  part,
  shown,
  statusFlags,
  TYPES,
} from './values.js'

/** One step, its arguments as they come: the types of the scenarios have seen to them. */
// biome-ignore lint/suspicious/noExplicitAny: wrong arguments are among them
type Given = any

/** An awaited call that never ends is to be told of. A blocking one that does is not tried: the awaited comes first. */
async function timely(outcome: Promise<Given>): Promise<Given> {
  const clock = new AbortController()
  try {
    const stuck = sleep(10_000, null, { signal: clock.signal }).then(() => {
      throw Object.assign(new Error(), { code: 'Stuck' })
    })
    return await Promise.race([outcome, stuck])
  } finally {
    clock.abort()
  }
}

export class Interpreter {
  readonly #task: Task
  readonly #blocking: boolean
  readonly #folder: string
  readonly #peer: Peer
  readonly #sockets = new Map<string, Socket>()
  readonly #descriptors = new Map<string, number>()
  readonly #files = new Map<string, SocketFile<string> | SocketFile<Buffer>>()
  readonly #owned = new Map<string, OwnedFd>()
  readonly #before: number = descriptors()

  constructor(task: Task, folder: string, peer: Peer, blocking: boolean) {
    this.#task = task
    this.#blocking = blocking
    this.#folder = join(folder, String(task.number))
    this.#peer = peer
    mkdirSync(this.#folder, { recursive: true })
  }

  async run(): Promise<Outcome[]> {
    const outcomes: Outcome[] = []
    try {
      for (const step of this.#task.steps) outcomes.push(await this.#outcome(step))
      return outcomes
    } finally {
      berkeley.setdefaulttimeout(null)
      for (const each of this.#files.values()) await each.close().catch(() => {})
      for (const each of this.#sockets.values()) each.close()
      for (const each of this.#owned.values()) each.close()
      for (const fd of this.#descriptors.values()) closeSync(fd)
    }
  }

  async #outcome(step: Step): Promise<Outcome> {
    try {
      const act = this.#acts[step.op] as (step: Given) => Given
      return (await timely(act(step))) ?? null
    } catch (error) {
      return { error: failure(error) }
    }
  }

  // ── what steps are about ─────────────────────────────────────────────────────────────────────

  #socket(name: string): Socket {
    const found = this.#sockets.get(name)
    if (found === undefined) throw new Error(`no socket is named ${name}`)
    return found
  }

  #name(name: string, socket: Socket): void {
    this.#sockets.get(name)?.close()
    this.#sockets.set(name, socket)
  }

  #fd(name: string | number): number {
    if (typeof name === 'number') return name
    const fd = this.#descriptors.get(name) ?? this.#owned.get(name)?.fd
    return fd ?? this.#socket(name).fileno()
  }

  /** Gives the descriptor away. */
  #take(name: string): number {
    const fd = this.#descriptors.get(name) ?? this.#owned.get(name)?.take()
    this.#descriptors.delete(name)
    this.#owned.delete(name)
    return fd ?? -1
  }

  #kind(kind: Kind = this.#task.kind): [family: keyof typeof FAMILIES, family: number, type: number] {
    const [family, type] = kind.split(' ') as [keyof typeof FAMILIES, keyof typeof TYPES]
    return [family, FAMILIES[family], TYPES[type]]
  }

  #address(given: StepAddress, kind?: Kind): never {
    return this.#given(given, kind) as never
  }

  #given(given: StepAddress, kind?: Kind): unknown {
    const [family, af, type] = this.#kind(kind)
    if (given === 'fresh')
      return family === 'unix'
        ? { path: join(this.#folder, `s${readdirSync(this.#folder).length}`) }
        : { host: family === 'inet' ? '127.0.0.1' : '::1', port: 0 }
    if (given === 'nobody') {
      if (family === 'unix') return { path: join(this.#folder, 'nobody') }
      using passing = berkeley.socket(af, type)
      passing.bind(this.#address('fresh', kind))
      return passing.getsockname()
    }
    if (typeof given !== 'object' || given === null) return given
    if ('of' in given) {
      const { of, ...more } = given
      return { ...this.#socket(of).getsockname(), ...more }
    }
    if ('path' in given) {
      if (given.path === '') return given
      return { path: join(this.#folder, given.path).padEnd(given.length ?? 0, 'x') }
    }
    if ('abstract' in given) return { abstract: `${this.#folder}#${given.abstract}` }
    return given
  }

  #told(address: Address | null): Json {
    if (address === null) return null
    const { family, ...told } = address as { family: string; path?: string; abstract?: string }
    if (told.path !== undefined) return { path: told.path.replace(`${this.#folder}/`, '') }
    if (told.abstract !== undefined) return { abstract: told.abstract.replace(`${this.#folder}#`, '') }
    return told
  }

  #room(control: Room = 0): number {
    if (typeof control === 'number') return control
    return control.map(CMSG_SPACE).reduce((sum, each) => sum + each, 0)
  }

  #control(control: readonly Control[] = []): ControlOut[] {
    return control.map((each): ControlOut => {
      if ('rights' in each) return { kind: 'rights', value: each.rights.map((fd) => this.#fd(fd)) }
      if ('unknown' in each) {
        const { level, type, data } = each.unknown
        return { kind: 'unknown', level: number(level), type, data: Buffer.from(data) }
      }
      const { pid, uid, gid } = each.credentials
      return { kind: 'credentials', value: { pid: pid === 'self' ? process.pid : pid, uid, gid } }
    })
  }

  #controlTold(control: readonly ControlIn[], name: string): Json {
    return control.map((each): Json => {
      switch (each.kind) {
        case 'rights':
          return { rights: this.#received(each.value, name) }
        case 'credentials': {
          const { pid, uid, gid } = each.value
          return { credentials: { pid: pid === process.pid ? 'self' : 'other', uid, gid } }
        }
        case 'unknown':
          return { level: each.level, type: each.type, data: shown(each.data) }
        default:
          return { kind: each.kind }
      }
    })
  }

  #received(fds: readonly OwnedFd[], name: string): Json {
    for (const [i, fd] of fds.entries()) this.#owned.set(`${name}${i}`, fd)
    return fds.map(({ fd }) => kindOf(fd))
  }

  // ── the verbs ────────────────────────────────────────────────────────────────────────────────

  #file(name: string): SocketFile<string> | SocketFile<Buffer> {
    const found = this.#files.get(name)
    if (found === undefined) throw new Error(`no file is named ${name}`)
    return found
  }

  /** A verb that waits, or its blocking twin. */
  async #call(on: string, verb: string, ...given: unknown[]): Promise<Given> {
    const of = (this.#files.get(on) ?? this.#socket(on)) as unknown as Record<
      string,
      (...given: unknown[]) => unknown
    >
    const name = camel(verb)
    return this.#blocking ? of[`${name}Sync`]?.(...given) : await of[name]?.(...given)
  }

  readonly #acts: { readonly [Op in Step['op']]: (step: Extract<Step, { op: Op }>) => unknown } = {
    // ── making sockets ─────────────────────────────────────────────────────────────────────────
    socket: ({ as = 'a', kind, family, type, protocol, fileno }) => {
      const numbers = [number(family), number(type), number(protocol)] as const
      if (fileno !== undefined) {
        const fd = typeof fileno === 'string' ? this.#fd(fileno) : (fileno as number)
        this.#name(as, berkeley.socket(...numbers, { fileno: fd }))
        if (typeof fileno === 'string') this.#take(fileno)
        return
      }
      const [, af, its] = this.#kind(kind)
      const asked = family === undefined && type === undefined ? ([af, its, numbers[2]] as const) : numbers
      this.#name(as, berkeley.socket(...asked))
    },
    socketpair: ({ as = ['a', 'b'], kind, family, type }) => {
      const [, af, its] = this.#kind(kind)
      const asked =
        family === undefined && type === undefined
          ? ([af, its] as const)
          : ([number(family), number(type)] as const)
      const pair = berkeley.socketpair(...asked)
      for (const [i, name] of as.entries()) this.#name(name, pair[i] as Socket)
    },
    listener: ({ as = 'l', kind }) => {
      const [, family, type] = this.#kind(kind)
      const listener = berkeley.socket(family, type)
      this.#name(as, listener)
      listener.bind(this.#address('fresh', kind))
      listener.listen()
    },
    pair: async ({ as = ['a', 'b'], kind }) => {
      const [, family, type] = this.#kind(kind)
      this.#name(as[0], berkeley.socket(family, type))
      this.#name(as[1], berkeley.socket(family, type))
      const [client, server] = as.map((name) => this.#socket(name)) as [Socket, Socket]
      server.bind(this.#address('fresh', kind))
      if (type === TYPES.dgram) {
        client.bind(this.#address('fresh', kind))
        await this.#call(as[0], 'connect', server.getsockname())
        await this.#call(as[1], 'connect', client.getsockname())
        return
      }
      server.listen()
      await this.#call(as[0], 'connect', server.getsockname())
      const [accepted] = await this.#call(as[1], 'accept')
      this.#name(as[1], accepted)
    },
    fromfd: ({ on, as, kind }) => {
      const [, family, type] = this.#kind(kind)
      this.#name(as, berkeley.fromfd(this.#fd(on), family, type))
    },
    dup: ({ on, as }) => this.#name(as, this.#socket(on).dup()),
    create_connection: async ({ address, as = 'a', timeout, source }) => {
      const options = {
        timeout: timeout as number | undefined,
        source: source === undefined ? undefined : this.#address(source),
      }
      const create = this.#blocking ? berkeley.createConnectionSync : berkeley.createConnection
      this.#name(as, (await create(this.#address(address), options as never)) as unknown as Socket)
    },
    create_server: ({ address, as = 'l', backlog, reuse_port, dualstack_ipv6 }) => {
      const options = { backlog, reusePort: reuse_port, dualStack: dualstack_ipv6 }
      this.#name(as, berkeley.createServer(this.#address(address), options) as unknown as Socket)
    },

    // ── the verbs that act at once ─────────────────────────────────────────────────────────────
    attributes: ({ on }) => {
      const { family, type, protocol } = this.#socket(on)
      return [family, type, protocol]
    },
    bind: ({ on, address }) => this.#socket(on).bind(this.#address(address)),
    listen: ({ on, backlog }) => this.#socket(on).listen(backlog as number),
    close: ({ on }) => (this.#files.has(on) ? this.#call(on, 'close') : this.#socket(on).close()),
    detach: ({ on, as }) => {
      const fd = this.#socket(on).detach()
      if (fd >= 0) this.#descriptors.set(as ?? `${on}-detached`, fd)
      return Math.min(fd, 0)
    },
    fileno: ({ on }) => Math.min(this.#socket(on).fileno(), 0),
    getsockname: ({ on }) => this.#told(this.#socket(on).getsockname()),
    getpeername: ({ on }) => this.#told(this.#socket(on).getpeername()),
    getsockopt: ({ on, level, option, size }) => {
      const socket = this.#socket(on)
      if (size === undefined) return socket.getsockopt(number(level), number(option))
      return shown(socket.getsockopt(number(level), number(option), size as number))
    },
    setsockopt: ({ on, level, option, value }) =>
      this.#socket(on).setsockopt(
        number(level),
        number(option),
        typeof value === 'string' ? Buffer.from(value) : (value as number),
      ),
    shutdown: ({ on, how }) => this.#socket(on).shutdown(number(how)),
    settimeout: ({ on, ms }) => this.#socket(on).settimeout(ms as number),
    gettimeout: ({ on }) => this.#socket(on).gettimeout(),
    setblocking: ({ on, blocking }) => this.#socket(on).setblocking(blocking),
    getblocking: ({ on }) => this.#socket(on).getblocking(),
    get_inheritable: ({ on }) => this.#socket(on).getInheritable(),
    set_inheritable: ({ on, inheritable }) => this.#socket(on).setInheritable(inheritable),
    setdefaulttimeout: ({ ms }) => berkeley.setdefaulttimeout(ms as number),
    getdefaulttimeout: () => berkeley.getdefaulttimeout(),
    has_dualstack_ipv6: () => berkeley.hasDualstackIpv6(),

    // ── the verbs that wait ────────────────────────────────────────────────────────────────────
    accept: async ({ on, as = 'accepted' }) => {
      const [connection, address] = await this.#call(on, 'accept')
      this.#name(as, connection)
      return this.#told(address)
    },
    connect: ({ on, address }) => this.#call(on, 'connect', this.#address(address)),
    connect_ex: async ({ on, address }) => {
      const result = await this.#call(on, 'connect_ex', this.#address(address))
      return result === 0 ? 0 : berkeley.errnoName(result)
    },
    recv: async ({ on, size, flags = 0 }) =>
      shown(await this.#call(on, 'recv', size, { flags: number(flags) })),
    recvfrom: async ({ on, size, flags = 0 }) => {
      const [bytes, address] = await this.#call(on, 'recvfrom', size, { flags: number(flags) })
      return [shown(bytes), this.#told(address)]
    },
    recv_into: async ({ on, size, flags = 0 }) => {
      const buffer = new Uint8Array(size)
      return [await this.#call(on, 'recv_into', buffer, { flags: number(flags) }), shown(buffer)]
    },
    recvfrom_into: async ({ on, size, flags = 0 }) => {
      const buffer = new Uint8Array(size)
      const [count, address] = await this.#call(on, 'recvfrom_into', buffer, { flags: number(flags) })
      return [count, shown(buffer), this.#told(address)]
    },
    recvmsg: async ({ on, size, control, flags = 0, as = 'r' }) => {
      const call = { flags: number(flags), controlSize: this.#room(control) }
      const message = await this.#call(on, 'recvmsg', size, call)
      const told = this.#controlTold(message.control, as)
      return [shown(message.data), told, flagNames(message.flags), this.#told(message.address)]
    },
    recvmsg_into: async ({ on, sizes, control, flags = 0, as = 'r' }) => {
      const buffers = sizes.map((size) => new Uint8Array(size))
      const call = { flags: number(flags), controlSize: this.#room(control) }
      const message = await this.#call(on, 'recvmsg_into', buffers, call)
      const told = this.#controlTold(message.control, as)
      return [
        [message.length, ...buffers.map(shown)],
        told,
        flagNames(message.flags),
        this.#told(message.address),
      ]
    },
    recv_fds: async ({ on, size, count, flags = 0, as = 'r' }) => {
      const received = await this.#call(on, 'recv_fds', size, count, { flags: number(flags) })
      const kinds = this.#received(received.fds, as)
      return [shown(received.data), kinds, flagNames(received.flags), this.#told(received.address)]
    },
    recv_exactly: async ({ on, size }) => {
      const parts: Uint8Array[] = []
      for (let had = 0; had < size; ) {
        const part = await this.#call(on, 'recv', size - had)
        if (part.length === 0) break
        had += part.length
        parts.push(part)
      }
      return shown(Buffer.concat(parts))
    },
    drain: async ({ on }) => {
      while ((await this.#call(on, 'recv', 65536)).length > 0);
    },
    send: ({ on, bytes, flags = 0 }) => this.#call(on, 'send', data(bytes), { flags: number(flags) }),
    sendall: ({ on, bytes, flags = 0 }) => this.#call(on, 'sendall', data(bytes), { flags: number(flags) }),
    sendto: ({ on, bytes, address, flags = 0 }) =>
      this.#call(on, 'sendto', data(bytes), this.#address(address), { flags: number(flags) }),
    sendmsg: ({ on, pieces = [], control, flags = 0, address }) => {
      const to = address === undefined ? {} : { address: this.#address(address) }
      const message = { data: pieces.map(data), control: this.#control(control), ...to }
      return this.#call(on, 'sendmsg', message, { flags: number(flags) })
    },
    send_fds: ({ on, bytes, fds }) =>
      this.#call(
        on,
        'send_fds',
        data(bytes),
        fds.map((fd) => this.#fd(fd)),
      ),
    sendfile: ({ on, file, offset, count }) => this.#call(on, 'sendfile', this.#fd(file), { offset, count }),
    fill: ({ on, size = 1000 }) => {
      const bytes = new Uint8Array(size)
      const flags = berkeley.MSG_DONTWAIT | berkeley.MSG_NOSIGNAL
      const fd = this.#fd(on)
      // Buffers grow while they are filled, and empty into the other's.
      for (let before = -1, sent = 0; sent > before; native.poll(-1, 0, 50)) {
        before = sent
        while (native.send(fd, bytes, flags, 0, size) >= 0) sent++
      }
    },

    // ── files of sockets ───────────────────────────────────────────────────────────────────────
    makefile: ({ on, as, mode }) => {
      this.#files.set(as, this.#socket(on).makefile(mode as 'r'))
    },
    read: async ({ on, size }) => part(await this.#call(on, 'read', size)),
    readline: async ({ on, size }) => part(await this.#call(on, 'readline', size)),
    readlines: async ({ on }) => (await this.#call(on, 'readlines')).map(part),
    write: ({ on, text }) =>
      this.#call(on, 'write', this.#file(on).mode.includes('b') ? Buffer.from(text) : text),
    flush: ({ on }) => this.#call(on, 'flush'),
    readable: ({ on }) => this.#file(on).readable(),
    writable: ({ on }) => this.#file(on).writable(),
    closed: ({ on }) => this.#file(on).closed,

    // ── around them ────────────────────────────────────────────────────────────────────────────
    file: ({ as, bytes }) => {
      const path = join(this.#folder, as)
      writeFileSync(path, data(bytes))
      this.#descriptors.set(as, openSync(path, 'r+'))
    },
    pipe: ({ as }) => {
      // Node has no pipe(2): a pair of sockets' ends would be no pipe, but a named one's ends are.
      const path = join(this.#folder, `${as[0]}-${as[1]}`)
      spawnSync('mkfifo', [path])
      const both = openSync(path, 'r+')
      for (const [name, mode] of [
        [as[0], 'r'],
        [as[1], 'w'],
      ] as const)
        this.#descriptors.set(name, openSync(path, mode))
      closeSync(both)
    },
    os_read: ({ fd, size }) => {
      const buffer = Buffer.alloc(size)
      return shown(buffer.subarray(0, readSync(this.#fd(fd), buffer)))
    },
    os_write: ({ fd, bytes }) => writeSync(this.#fd(fd), data(bytes)),
    position: ({ fd }) => {
      const [, pos] = /^pos:\s*(\d+)/m.exec(readFileSync(`/proc/self/fdinfo/${this.#fd(fd)}`, 'latin1')) ?? []
      return Number(pos)
    },
    describe: ({ fd }) => kindOf(this.#fd(fd)),
    close_on_exec: ({ fd }) => (statusFlags(this.#fd(fd)) & O_CLOEXEC) !== 0,
    nonblocking: ({ fd }) => (statusFlags(this.#fd(fd)) & kernel.O_NONBLOCK) !== 0,
    close_fd: ({ fd }) => closeSync(this.#take(fd)),
    descriptors: () => descriptors() - this.#before,
    exists: ({ path }) => existsSync(join(this.#folder, path)),
    child: ({ fd, kind, steps }) => outcomesInChild(this.#fd(fd), { kind, steps, folder: this.#folder }),
    inherited: ({ fd }) => {
      const script = `import os, sys; sys.exit(os.path.exists('/proc/self/fd/${this.#fd(fd)}'))`
      return spawnSync('python3', ['-c', script]).status === 1
    },
    meanwhile: ({ steps }) => {
      const { kind } = this.#task
      this.#peer.start({ kind, steps: steps.map((step) => this.#resolved(step)), folder: this.#folder })
    },
    join: () => this.#peer.join(),
    poll: ({ on, events = 'POLLIN', ms = 5000 }) => native.poll(this.#fd(on), number(events), ms) > 0,
    sleep: ({ ms }) => sleep(ms),
  }

  /** With the address of a socket here in place of its name. */
  #resolved(step: Step): Step {
    const of = (step as { address?: { of?: string } }).address?.of
    if (of === undefined || !this.#sockets.has(of)) return step
    return { ...step, address: this.#told(this.#socket(of).getsockname()) } as Step
  }
}
