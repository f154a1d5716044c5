/**
 * Calls every function of the addon with garbage; run as a child, so that an abort is a signal to the parent.
 * `node abuser.js SEED CALLS`: exits with 0, or with 1 and the call that did what it must not.
 */
import { inspect } from 'node:util'
import * as k from '#data/kernel.js'
import * as netdb from '#data/netdb.js'
import { NAME_SIZE, type Native, native } from '#sys/binding.js'
import { anyBytes, anyNumber, anyOther, anyText } from './garbage.js'
import { Random } from './random.js'

const [seed, calls] = process.argv.slice(2).map(Number) as [number, number]
const random = new Random(seed)
const { AI_NUMERICHOST, NI_NUMERICHOST } = netdb

// ── the sockets that may be abused ───────────────────────────────────────────────────────────────

const fds: number[] = []

function fresh(): number {
  const kinds = [
    [k.AF_INET, k.SOCK_STREAM],
    [k.AF_INET, k.SOCK_DGRAM],
    [k.AF_INET6, k.SOCK_STREAM],
    [k.AF_UNIX, k.SOCK_STREAM],
    [k.AF_UNIX, k.SOCK_DGRAM],
    [k.AF_UNIX, k.SOCK_SEQPACKET],
  ] as const
  const [family, type] = random.pick(kinds)
  return native.socket(family, type | k.SOCK_NONBLOCK | k.SOCK_CLOEXEC, 0)
}

function pair(): number[] {
  const out = Buffer.alloc(8)
  native.socketpair(k.AF_UNIX, random.pick([1, 2, 5]) | k.SOCK_NONBLOCK | k.SOCK_CLOEXEC, 0, out)
  return [out.readInt32LE(0), out.readInt32LE(4)]
}

function drop(fd: number): void {
  // A linger that garbage has set would hold up the close.
  native.setsockopt(fd, k.SOL_SOCKET, k.SO_LINGER, new Uint8Array(8))
  native.close(fd)
}

/** Sockets that the call made or unmade are closed or replaced. */
function tidy(name: keyof Native, args: readonly unknown[], result: unknown): void {
  const fd = args[0] as number
  if (typeof result !== 'number' || result < 0) return
  if (name === 'socket' || name === 'accept') drop(result)
  if (name === 'socketpair') {
    const out = args[3] as Uint8Array
    const view = new DataView(out.buffer, out.byteOffset)
    drop(view.getInt32(0, true))
    drop(view.getInt32(4, true))
  }
  if (name === 'close') fds[fds.indexOf(fd)] = fresh()
  if (name === 'fcntl') {
    if (args[1] === k.F_DUPFD || args[1] === k.F_DUPFD_CLOEXEC) drop(result)
    // A blocking call on one of these would wait for ever.
    if (args[1] === k.F_SETFL) native.fcntl(fd, k.F_SETFL, k.O_NONBLOCK)
  }
}

// ── arguments ────────────────────────────────────────────────────────────────────────────────────

type Kind =
  | 'fd'
  | 'int'
  | 'bytes'
  | 'buffers'
  | 'words'
  | 'range'
  | 'name'
  | 'address'
  | 'text'
  | 'function'
  | 'hear'
  | 'hints'
  | 'request'
  | Asked

/** What looks names up: no name server is to be asked, nor the machine renamed. */
type Asked = 'host' | 'ip' | 'numeric' | 'hostname'

const signatures: Readonly<Record<keyof Native, readonly Kind[]>> = {
  socket: ['int', 'int', 'int'],
  socketpair: ['int', 'int', 'int', 'bytes'],
  bind: ['fd', 'address'],
  listen: ['fd', 'int'],
  accept: ['fd', 'name'],
  connect: ['fd', 'address'],
  recv: ['fd', 'bytes', 'range', 'range', 'int'],
  recvfrom: ['fd', 'bytes', 'range', 'range', 'int', 'name'],
  send: ['fd', 'bytes', 'int', 'range', 'range'],
  sendto: ['fd', 'bytes', 'range', 'range', 'int', 'address'],
  recvmsg: ['fd', 'buffers', 'int', 'name', 'bytes'],
  sendmsg: ['fd', 'buffers', 'int', 'address', 'bytes'],
  recvmmsg: ['fd', 'bytes', 'range', 'range', 'words', 'int'],
  sendmmsg: ['fd', 'bytes', 'words', 'range', 'range', 'int'],
  sendfile: ['fd', 'fd', 'range', 'range'],
  shutdown: ['fd', 'int'],
  close: ['fd'],
  getsockname: ['fd', 'name'],
  getpeername: ['fd', 'name'],
  getsockopt: ['fd', 'int', 'int', 'bytes'],
  setsockopt: ['fd', 'int', 'int', 'bytes'],
  setsockoptFilter: ['fd', 'int', 'int', 'bytes'],
  fcntl: ['fd', 'int', 'int'],
  ioctl: ['fd', 'request', 'bytes'],
  poll: ['fd', 'int', 'int'],
  getaddrinfo: ['text', 'text', 'int', 'int', 'int', 'hints', 'hear'],
  getnameinfo: ['address', 'numeric', 'hear'],
  gethostbyname: ['host', 'hear'],
  gethostbyaddr: ['ip', 'hear'],
  getservbyname: ['text', 'text', 'hear'],
  getservbyport: ['int', 'text', 'hear'],
  getprotobyname: ['text', 'hear'],
  gethostname: ['bytes'],
  sethostname: ['hostname'],
  if_nametoindex: ['text'],
  if_indextoname: ['int', 'bytes'],
  if_nameindex: [],
  getifaddrs: [],
  engineOpen: ['int', 'function', 'bytes', 'bytes', 'bytes'],
  engineSlots: ['bytes'],
  engineOwn: ['fd', 'int'],
  engineWatch: ['fd', 'int', 'int', 'int', 'int'],
  engineForget: ['fd'],
  engineRef: ['int'],
  engineSpin: ['range'],
}

let callbacks = 0

function loopback(): Uint8Array {
  if (random.chance(0.5)) return Uint8Array.of(1, 0, 0, ...Buffer.from(`berkeley-abuse-${process.pid}`))
  return Uint8Array.of(2, 0, 0, random.below(1), 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0)
}

/** Lists of memory, some of which is gone or goes while it is looked at. */
function buffers(): unknown[] {
  const list = Array.from({ length: random.pick([0, 1, 2, 9, 1024]) }, () => new Uint8Array(random.below(70)))
  if (random.chance(0.1)) list.push(new Uint8Array(0))
  if (random.chance(0.1))
    Object.defineProperty(list, 0, {
      get() {
        for (const each of list.slice(1)) structuredClone(each, { transfer: [each.buffer as ArrayBuffer] })
        if (random.chance(0.3)) throw new RangeError('an accessor')
        return new Uint8Array(8)
      },
    })
  return list
}

/** An argument as it should be. */
function good(kind: Kind): unknown {
  switch (kind) {
    case 'fd':
      return random.chance(0.9) ? random.pick(fds) : random.pick([-1, 9999])
    case 'int':
      return random.chance(0.7)
        ? random.below(12)
        : random.pick([-1, 64, 100, 1 << 16, 2 ** 31 - 1, -(2 ** 31)])
    case 'bytes':
      return new Uint8Array(random.pick([0, 4, 8, 64, 2000]))
    case 'buffers':
      return buffers()
    case 'words':
      return Int32Array.from({ length: random.pick([0, 6, 12, 3000]) }, () =>
        random.chance(0.9) ? random.below(9) : random.pick([-1, 2 ** 31 - 1, 5000]),
      )
    case 'range':
      return random.below(70)
    case 'name':
      return new Uint8Array(NAME_SIZE + random.below(3))
    case 'address':
      return loopback()
    case 'text':
      return random.pick([null, '127.0.0.1', '::1', '80', 'lo'])
    case 'function':
      return () => callbacks++
    case 'hear':
      return random.pick([null, () => callbacks++])
    case 'hints':
      return AI_NUMERICHOST | random.below(3)
    case 'request':
      // What sets something names no interface: the bytes are zeros.
      return random.pick([
        k.IOCTL_VM_SOCKETS_GET_LOCAL_CID,
        k.SIOCINQ,
        k.SIOCOUTQ,
        k.SIOCATMARK,
        k.SIOCGIFFLAGS,
        k.SIOCSIFMTU,
        k.SIOCGIFCONF,
      ])
    case 'numeric':
      return NI_NUMERICHOST | random.below(64)
    case 'host':
      return random.pick(['127.0.0.1', '10.1', '7'])
    case 'ip':
      return Uint8Array.of(127, 0, 0, 1)
    case 'hostname':
      return new Uint8Array(65 + random.below(1000))
  }
}

function bad(kind: Kind): unknown {
  // The empty host is a question to the name server.
  if (kind !== 'host' && random.chance(0.4)) return anyOther(random)
  switch (kind) {
    // Numbers that garbage could turn into a descriptor of Node's are for the others.
    case 'fd':
      return random.pick([-1, 9999, Number.NaN, 1.5, 2 ** 32 + 9999, 2 ** 31, -(2 ** 31), anyBytes(random)])
    case 'buffers':
      return random.chance(0.5) ? [anyBytes(random), anyOther(random)] : anyOther(random)
    case 'int':
    case 'range':
    case 'request':
      return random.chance(0.8) ? anyNumber(random) : anyText(random)
    case 'text':
      return random.chance(0.8) ? anyText(random) : anyNumber(random)
    case 'hints':
      return random.pick([Number.NaN, 1.5, 2 ** 32, 'x', -1 & ~3, 0x7ffffffc])
    case 'numeric':
      return random.pick([Number.NaN, 1.5, 2 ** 32, 'x', -1, 0x7fffffff])
    case 'host':
      return random.pick([null, undefined, 7, {}, 'no\0name', '0\0', '\0'])
    case 'ip':
      return random.pick([
        null,
        '127.0.0.1',
        ...[0, 3, 5, 15, 17, 200].map((length) => new Uint8Array(length)),
      ])
    case 'hostname':
      return random.pick([null, 'name', 7, new Uint16Array(9), new Uint8Array(5000)])
    default:
      return random.chance(0.8) ? anyBytes(random) : anyNumber(random)
  }
}

function argumentsFor(name: keyof Native): unknown[] {
  const kinds = signatures[name]
  const wrongOne = random.below(kinds.length * 2)
  const wild = random.chance(0.1)
  const args = kinds.map((kind, i) => (wild || i === wrongOne ? bad(kind) : good(kind)))
  // The host's name must be a number even so: no name server is to be asked.
  if (random.chance(0.1)) args.length = random.below(args.length)
  if (random.chance(0.1)) for (let i = random.below(8); i >= 0; i--) args.push(anyOther(random))
  return args
}

// ── the abuse ────────────────────────────────────────────────────────────────────────────────────

const names = Object.keys(signatures) as (keyof Native)[]
const missing = Object.keys(native).filter((name) => !(name in signatures))
if (missing.length > 0) fail(`say what ${missing.join(', ')} take`)

function fail(why: string): never {
  process.stderr.write(`seed ${seed}: ${why}\n`)
  process.exit(1)
}

const shown = (args: readonly unknown[]): string =>
  args
    .map((arg) => {
      try {
        return inspect(arg, { maxStringLength: 20, maxArrayLength: 8, depth: 0, breakLength: Infinity })
      } catch {
        return '(cannot be shown)'
      }
    })
    .join(', ')

/** Those that may answer with bytes. */
const answered = new Set(
  names.filter(
    (name) => signatures[name].includes('hear') || name === 'if_nameindex' || name === 'getifaddrs',
  ),
)

const count = { results: 0, refusals: 0, errors: 0 }

function abuse(): void {
  const name = random.pick(names)
  const args = argumentsFor(name)
  let result: unknown
  try {
    result = (native[name] as (...args: unknown[]) => unknown)(...args)
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof RangeError))
      fail(`${name}(${shown(args)}) threw ${inspect(error)}`)
    count.refusals++
    return
  }
  const bytes = answered.has(name) && result instanceof Uint8Array
  if (!bytes && !Number.isInteger(result)) fail(`${name}(${shown(args)}) gave ${inspect(result)}`)
  if (typeof result === 'number' && result < 0) count.errors++
  else count.results++
  tidy(name, args, result)
}

fds.push(...pair(), ...pair(), ...pair())
for (let i = 0; i < 10; i++) fds.push(fresh())

for (let i = 0; i < calls; i++) {
  abuse()
  // Events, callbacks and collections in between.
  if (i % 50 === 0) await new Promise((resolve) => setImmediate(resolve))
  if (i % 500 === 0) globalThis.gc?.()
  if (i % 100 === 0) {
    drop(fds[0] as number)
    drop(fds[1] as number)
    fds.splice(0, 2, ...pair())
  }
}
native.engineRef(0)
for (const fd of fds) drop(fd)
if (count.results === 0 || count.refusals === 0 || count.errors === 0) fail(`one-sided: ${inspect(count)}`)
process.stdout.write(`${JSON.stringify({ ...count, callbacks })}\n`)
