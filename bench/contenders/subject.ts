/** The berkeley that is measured, this one or another commit's, and its sockets as the tasks want them. */
import type { Address, AddressFamily, Socket } from 'berkeley'
import { ready, task, unlessReset } from './task.js'

export const berkeley: typeof import('berkeley') = await import(process.env.BERKELEY_BENCH ?? 'berkeley')

/** A socket where the task wants one, listening if it is of a kind that does, and told of. */
export function bound(prepare: (socket: Socket) => void = () => {}): Socket {
  const { AF_INET, AF_UNIX, SOCK_DGRAM, SOCK_SEQPACKET, SOCK_STREAM, socket } = berkeley
  const type = { udp: SOCK_DGRAM, 'unix-dgram': SOCK_DGRAM, 'unix-seqpacket': SOCK_SEQPACKET }[task.kind]
  const inet = task.kind === 'tcp' || task.kind === 'udp'
  const family = (inet ? AF_INET : AF_UNIX) as AddressFamily<Address>
  const made: Socket = socket(family, type ?? SOCK_STREAM)
  made.bind(inet ? { host: '127.0.0.1', port: 0 } : { path: task.path })
  if (type !== SOCK_DGRAM) made.listen(4096)
  prepare(made)
  const { port } = made.getsockname() as { port?: number }
  ready(port ?? 0)
  return made
}

export const streaming: boolean =
  task.kind === 'tcp' || task.kind === 'unix' || task.kind === 'unix-seqpacket'

/** Gives each connection to `serve`, and closes it at the end. */
export async function serveEach(serve: (connection: Socket) => Promise<void>): Promise<void> {
  const listener = bound()
  for (;;) {
    const [connection] = await listener.accept()
    if (task.kind === 'tcp') connection.setsockopt(berkeley.TCP_NODELAY, true)
    serve(connection)
      .catch(unlessReset)
      .finally(() => connection.close())
  }
}

/** A datagram socket connected to the task's receiver. */
export async function connectedToPeer(): Promise<Socket> {
  const made: Socket = berkeley.socket(berkeley.AF_INET, berkeley.SOCK_DGRAM) as unknown as Socket
  await made.connect({ host: '127.0.0.1', port: task.port })
  return made
}
