/** The only importer of the native addon, and what it exports. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'
import { platformOf, supported } from './platform.js'

/** A negative errno, or the call's result. */
export type Outcome = number

/** libc's answer: bytes, or an integer; one below `SYSTEM` is `SYSTEM - errno` (native/question.h). */
export type Answer = Uint8Array | number

/** Who is told the answer, later; the call itself gives 0 then. With null it blocks the thread and gives the answer. */
export type Hear = ((answer: Answer) => void) | null

/**
 * One function a system call, as man section 2 has them. A name buffer (`NAME_SIZE` bytes) brings an address out: its
 * length as a native int32, then the sockaddr.
 */
export interface Native {
  socket(family: number, type: number, protocol: number): Outcome
  socketpair(family: number, type: number, protocol: number, out: Uint8Array): Outcome
  bind(fd: number, sockaddr: Uint8Array): Outcome
  listen(fd: number, backlog: number): Outcome
  /** An empty `name` asks for none. */
  accept(fd: number, name: Uint8Array): Outcome
  connect(fd: number, sockaddr: Uint8Array): Outcome
  recv(fd: number, buffer: Uint8Array, offset: number, length: number, flags: number): Outcome
  recvfrom(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    flags: number,
    name: Uint8Array,
  ): Outcome
  /** The whole of the buffer, or `length` bytes from `offset` on. */
  send(fd: number, buffer: Uint8Array, flags: number, offset?: number, length?: number): Outcome
  sendto(
    fd: number,
    buffer: Uint8Array,
    offset: number,
    length: number,
    flags: number,
    sockaddr: Uint8Array,
  ): Outcome
  /** `name` is a name buffer; `control` brings ancillary data out: its length and the MSG_* flags as native int32, then it. */
  recvmsg(
    fd: number,
    buffers: readonly Uint8Array[],
    flags: number,
    name: Uint8Array,
    control: Uint8Array,
  ): Outcome
  /** An empty `sockaddr` or `control` is none. */
  sendmsg(
    fd: number,
    buffers: readonly Uint8Array[],
    flags: number,
    sockaddr: Uint8Array,
    control: Uint8Array,
  ): Outcome
  /**
   * Messages into `stride` bytes of `memory` each: a name buffer, a control buffer of `room`, the data; their sizes into
   * `lengths`. At most 256.
   */
  recvmmsg(
    fd: number,
    memory: Uint8Array,
    stride: number,
    room: number,
    lengths: Int32Array,
    flags: number,
  ): Outcome
  /** `rows`: six int32 a message, offset and length in `memory` of its data, sockaddr and control messages. */
  sendmmsg(
    fd: number,
    memory: Uint8Array,
    rows: Int32Array,
    first: number,
    count: number,
    flags: number,
  ): Outcome
  sendfile(out: number, from: number, offset: number, count: number): Outcome
  shutdown(fd: number, how: number): Outcome
  close(fd: number): Outcome
  getsockname(fd: number, name: Uint8Array): Outcome
  getpeername(fd: number, name: Uint8Array): Outcome
  getsockopt(fd: number, level: number, option: number, value: Uint8Array): Outcome
  setsockopt(fd: number, level: number, option: number, value: Uint8Array): Outcome
  /** For the options whose value points to a program: its instructions, each a struct sock_filter. */
  setsockoptFilter(fd: number, level: number, option: number, instructions: Uint8Array): Outcome
  fcntl(fd: number, command: number, argument: number): Outcome
  /** The requests whose value is an int or a struct ifreq, read and written in place; EINVAL for others. */
  ioctl(fd: number, request: number, value: Uint8Array): Outcome
  poll(fd: number, events: number, timeout: number): Outcome
  getaddrinfo(
    host: string | null,
    service: string | null,
    family: number,
    type: number,
    protocol: number,
    flags: number,
    hear: Hear,
  ): Answer
  getnameinfo(sockaddr: Uint8Array, flags: number, hear: Hear): Answer
  gethostbyname(name: string, hear: Hear): Answer
  gethostbyaddr(address: Uint8Array, hear: Hear): Answer
  getservbyname(name: string, protocol: string | null, hear: Hear): Answer
  getservbyport(port: number, protocol: string | null, hear: Hear): Answer
  getprotobyname(name: string, hear: Hear): Answer

  gethostname(out: Uint8Array): Outcome
  sethostname(name: Uint8Array): Outcome
  if_nametoindex(name: string): Outcome
  if_indextoname(index: number, out: Uint8Array): Outcome
  if_nameindex(): Answer
  getifaddrs(): Answer

  engineOpen(
    wake: number,
    dispatch: (count: number) => void,
    slots: Int32Array,
    slab: Uint8Array,
    results: Int32Array,
  ): Outcome
  engineSlots(slots: Int32Array): Outcome
  engineOwn(fd: number, on: number): Outcome
  engineWatch(fd: number, slot: number, generation: number, write: number, again: number): Outcome
  engineForget(fd: number): Outcome
  engineRef(on: number): Outcome
  /** 1 where it has an effect. */
  engineSpin(microseconds: number): Outcome
}

/** Below it, in an Answer, is what errno says. */
export const SYSTEM: number = -10000

/** sizeof(struct sockaddr_storage) behind the length. */
export const NAME_HEAD = 4
export const NAME_SIZE: number = NAME_HEAD + 128

/** Two int32 before a control buffer's ancillary data. */
export const CONTROL_HEAD = 8
/** UIO_MAXIOV: as many buffers as recvmsg and sendmsg take. */
export const MAX_BUFFERS = 1024
/** As many messages as one recvmmsg or sendmmsg takes (native/message.c). */
export const MAX_MESSAGES = 256

function load(): Native {
  const path = find()
  try {
    return createRequire(import.meta.url)(path) as Native
  } catch (cause) {
    throw new Error(`berkeley could not load ${path}: ${(cause as Error).message}`, { cause })
  }
}

/** Where the addon is: a checkout's own build, else the package's binary for this platform. */
function find(): string {
  // An absolute path to another build of it: one with sanitizers, say.
  const { BERKELEY_ADDON } = process.env
  if (BERKELEY_ADDON) return BERKELEY_ADDON
  const root = new URL('../../', import.meta.url)
  const built = fileURLToPath(new URL('native/build/Release/berkeley.node', root))
  if (existsSync(built)) return built
  const platform = platformOf({ platform: process.platform, arch: process.arch, maps: ownMaps() })
  const packed = fileURLToPath(new URL(`prebuilds/${platform}/berkeley.node`, root))
  if (existsSync(packed)) return packed
  throw new Error(
    supported.includes(platform)
      ? `berkeley has no binary at ${packed}: a checkout makes its own with 'npm run build'`
      : `berkeley does not run on ${platform}, only on ${supported.join(', ')}`,
  )
}

function ownMaps(): string {
  try {
    return readFileSync('/proc/self/maps', 'latin1')
  } catch {
    return '' // no /proc, or a runtime that does not let everybody read it
  }
}

// A copy: an object that the addon has made is a hash table to the engine, which each call would search.
export const native: Native = { ...load() }
