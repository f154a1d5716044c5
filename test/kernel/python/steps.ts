/**
 * The language of the comparison with Python: a scenario is a list of steps, as data. interpreter.py takes them with
 * Python's socket module, interpreter.ts with this library. What comes of each step is its outcome: a value, or
 * `{ error }` with the errno's name, 'timeout', or TypeError and RangeError for misuse.
 *
 * A step's `op` is Python's name of the method, `on` the socket that has it. `as` gives a name to what it makes.
 * Constants go by their names, bytes are text, times are milliseconds.
 */

export type Kind =
  | 'inet stream'
  | 'inet6 stream'
  | 'unix stream'
  | 'unix seqpacket'
  | 'inet dgram'
  | 'inet6 dgram'
  | 'unix dgram'

export const inetStreams: readonly Kind[] = ['inet stream', 'inet6 stream']
export const inetDgrams: readonly Kind[] = ['inet dgram', 'inet6 dgram']
export const streams: readonly Kind[] = [...inetStreams, 'unix stream']
/** Those that listen and accept. */
export const connected: readonly Kind[] = [...streams, 'unix seqpacket']
export const dgrams: readonly Kind[] = [...inetDgrams, 'unix dgram']
/** Those that keep messages apart. */
export const messages: readonly Kind[] = [...dgrams, 'unix seqpacket']
export const unixes: readonly Kind[] = ['unix stream', 'unix dgram', 'unix seqpacket']
export const every: readonly Kind[] = [...connected, ...dgrams]

/** What a wrong argument may be. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/**
 * 'fresh': one to bind to. 'nobody': where nobody is. `of`: that socket's own, with another host if one is given. Paths
 * are in the scenario's own folder, and `length` fills one up. Wrong ones are null or a number.
 */
export type StepAddress =
  | 'fresh'
  | 'nobody'
  | { readonly of: string; readonly host?: string }
  | { readonly host: Json; readonly port: Json; readonly flowinfo?: Json; readonly scopeId?: Json }
  | { readonly path: string; readonly length?: number }
  | { readonly abstract: string }
  | null
  | number

/** Text, or so many bytes of a pattern. */
export type Data = string | { readonly fill: number }

export type Control =
  | { readonly rights: readonly (string | number)[] }
  | { readonly credentials: { readonly pid: 'self' | number; readonly uid: number; readonly gid: number } }
  | { readonly unknown: { readonly level: string; readonly type: number; readonly data: string } }

/** Room for control messages: bytes, or what CMSG_SPACE is asked for. */
export type Room = number | readonly number[]

/** On a socket, by its name. */
type On<Op extends string, More = object> = { readonly op: Op; readonly on: string } & More
type Plain<Op extends string, More = object> = { readonly op: Op } & More
type Flags = { readonly flags?: Json }
type As = { readonly as: string }

type Making =
  | Plain<
      'socket',
      {
        as?: string
        kind?: Kind
        family?: Json
        type?: Json
        protocol?: Json
        /** A descriptor by its name, which is the socket's from then on; or a number. */
        fileno?: Json
      }
    >
  | Plain<'socketpair', { as?: readonly [string, string]; kind?: Kind; family?: Json; type?: Json }>
  /** A listening socket, bound to a fresh address; 'l' when not named. */
  | Plain<'listener', { as?: string; kind?: Kind }>
  /** Two sockets connected to each other by addresses, 'a' and 'b' when not named: the first is who connected. */
  | Plain<'pair', { as?: readonly [string, string]; kind?: Kind }>
  | On<'fromfd', As & { kind?: Kind }>
  | On<'dup', As>
  | Plain<'create_connection', { as?: string; address: StepAddress; timeout?: Json; source?: StepAddress }>
  | Plain<
      'create_server',
      {
        as?: string
        address: StepAddress
        backlog?: number
        reuse_port?: boolean
        dualstack_ipv6?: boolean
      }
    >

type AtOnce =
  | On<'attributes'>
  | On<'bind', { address: StepAddress }>
  | On<'listen', { backlog?: Json }>
  | On<'close'>
  | On<'detach', { as?: string }>
  | On<'fileno'>
  | On<'getsockname'>
  | On<'getpeername'>
  | On<'getsockopt', { level: Json; option: Json; size?: Json }>
  | On<'setsockopt', { level: Json; option: Json; value: Json }>
  | On<'shutdown', { how: Json }>
  | On<'settimeout', { ms: Json }>
  | On<'gettimeout'>
  | On<'setblocking', { blocking: boolean }>
  | On<'getblocking'>
  | On<'get_inheritable'>
  | On<'set_inheritable', { inheritable: boolean }>
  | Plain<'setdefaulttimeout', { ms: Json }>
  | Plain<'getdefaulttimeout'>
  | Plain<'has_dualstack_ipv6'>

type Waiting =
  | On<'accept', { as?: string }>
  | On<'connect', { address: StepAddress }>
  | On<'connect_ex', { address: StepAddress }>
  | On<'recv', Flags & { size: Json }>
  | On<'recvfrom', Flags & { size: Json }>
  | On<'recv_into', Flags & { size: number }>
  | On<'recvfrom_into', Flags & { size: number }>
  | On<'recvmsg', Flags & { size: Json; control?: Room; as?: string }>
  | On<'recvmsg_into', Flags & { sizes: readonly number[]; control?: Room; as?: string }>
  | On<'recv_fds', Flags & { size: Json; count: number; as?: string }>
  /** recv until `size` bytes have come, or the end. */
  | On<'recv_exactly', { size: number }>
  /** recv until the end. */
  | On<'drain'>
  | On<'send', Flags & { bytes: Data | number }>
  | On<'sendall', Flags & { bytes: Data | number }>
  | On<'sendto', Flags & { bytes: Data; address: StepAddress }>
  | On<'sendmsg', Flags & { pieces?: readonly Data[]; control?: readonly Control[]; address?: StepAddress }>
  | On<'send_fds', { bytes: Data; fds: readonly (string | number)[] }>
  | On<'sendfile', { file: string; offset?: number; count?: number }>
  /** send until there is no room. */
  | On<'fill', { size?: number }>

/** What makefile makes: a file is named as sockets are. */
type Files =
  | On<'makefile', As & { mode: string }>
  | On<'read', { size?: number }>
  | On<'readline', { size?: number }>
  | On<'readlines'>
  | On<'write', { text: string }>
  | On<'flush'>
  | On<'readable'>
  | On<'writable'>
  | On<'closed'>

type Around =
  /** An open file with these bytes. */
  | Plain<'file', As & { bytes: Data }>
  | Plain<'pipe', { as: readonly [string, string] }>
  | Plain<'os_read', { fd: string; size: number }>
  | Plain<'os_write', { fd: string; bytes: Data }>
  | Plain<'position', { fd: string }>
  /** What is open: SOCK, FIFO, REG or CHR. */
  | Plain<'describe', { fd: string }>
  | Plain<'close_on_exec', { fd: string }>
  | Plain<'nonblocking', { fd: string }>
  | Plain<'close_fd', { fd: string }>
  /** How many the process has more than when the scenario began. */
  | Plain<'descriptors'>
  | Plain<'exists', { path: string }>
  /** A python3 that has the descriptor as 'stdin' takes the steps: their outcomes. */
  | Plain<'child', { fd: string; kind: Kind; steps: readonly Step[] }>
  /** Whether a program that is executed has the descriptor. */
  | Plain<'inherited', { fd: string }>
  /** Has another process, a python3 in any case, take steps from now on. `of` in them is a socket here or there. */
  | Plain<'meanwhile', { steps: readonly Step[] }>
  /** The outcomes of those. */
  | Plain<'join'>
  /** Waits for an event, POLLIN when not named: whether it came. */
  | On<'poll', { events?: string; ms?: number }>
  /** To be late: it waits for nothing, and no outcome hangs on how long it is. */
  | Plain<'sleep', { ms: number }>

export type Outcome = Json | { readonly error: string }

/** A difference that is meant. When there is none any more, the test fails. */
export interface Difference {
  readonly ours: Outcome
  readonly why: string
  /** The kinds that it is for; all when left out. */
  readonly over?: readonly Kind[]
}

export type Step = (Making | AtOnce | Waiting | Files | Around) & { readonly differs?: Difference }

export interface Scenario {
  readonly name: string
  /** It is run with each; what a step says nothing else of is of this kind. */
  readonly over: readonly Kind[]
  readonly steps: readonly Step[]
}
