/** The same test with the verbs that are awaited and with their twins that block. */
import {
  type Address,
  type AddressFamily,
  type Inet6Address,
  type InetAddress,
  type Socket,
  setdefaulttimeout,
} from 'berkeley'

// What never comes fails the test that waits for it.
setdefaulttimeout(10_000)

/** What is tested over both families is of either. */
export type Ip = InetAddress | Inet6Address
export type IpFamily = AddressFamily<Ip>

export interface Way {
  readonly name: string
  /** The socket as this way has it. */
  of<A extends Address>(socket: Socket<A>): Socket<A>
}

/** The socket with each verb's blocking twin in place of the verb, which settles what it returns at once. */
function blocking<A extends Address>(socket: Socket<A>): Socket<A> {
  return new Proxy(socket, {
    get(target, name) {
      const twin: unknown = Reflect.get(target, `${String(name)}Sync`)
      if (typeof twin === 'function') return async (...args: unknown[]) => twin.apply(target, args)
      const member: unknown = Reflect.get(target, name)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}

export const ways: readonly Way[] = [
  { name: 'awaited', of: (socket) => socket },
  { name: 'blocking', of: blocking },
]
