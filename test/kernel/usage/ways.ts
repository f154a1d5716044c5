/** The same test with the verbs that are awaited and with their twins that block. */
import {
  type Address,
  type AddressFamily,
  AF_INET,
  AF_INET6,
  type Inet6Address,
  type InetAddress,
  SOCK_STREAM,
  type Socket,
  setdefaulttimeout,
  socket,
} from 'berkeley'
import { Several } from '../matrix.js'

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

/** A connection on loopback, both ends as they are, of IPv4 unless the host says IPv6. */
export async function connection(
  host = '127.0.0.1',
  prepare: (listener: Socket<Ip>, client: Socket<Ip>) => void = () => {},
): Promise<{ client: Socket<Ip>; server: Socket<Ip> } & Disposable> {
  const family: IpFamily = host.includes(':') ? AF_INET6 : AF_INET
  const several = new Several()
  const listener = several.add(socket(family, SOCK_STREAM))
  const client = several.add(socket(family, SOCK_STREAM))
  prepare(listener, client)
  listener.bind({ host, port: 0 })
  listener.listen()
  await client.connect(listener.getsockname())
  const [server] = await listener.accept()
  several.add(server)
  return { client, server, [Symbol.dispose]: () => several[Symbol.dispose]() }
}
