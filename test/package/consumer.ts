/** What a program that uses the package looks like to a compiler: types.test.ts has old and new ones read it. */
import {
  AF_INET,
  AF_UNIX,
  createConnection,
  createServer,
  type Inet6Address,
  type InetAddress,
  type Option,
  SO_LINGER,
  SO_REUSEADDR,
  SO_TYPE,
  SOCK_DGRAM,
  type Socket,
  SystemError,
  socket,
  socketpair,
} from 'berkeley'

export async function consume(): Promise<void> {
  const server: Socket<InetAddress | Inet6Address> = createServer({ host: '127.0.0.1', port: 0 })
  using client = await createConnection(server.getsockname(), { timeout: 1000 })
  client.setsockopt(SO_LINGER, 5)
  const linger: number | null = client.getsockopt(SO_LINGER)
  const row: Option<boolean> = SO_REUSEADDR
  // @ts-expect-error the kernel alone sets it
  client.setsockopt(SO_TYPE, 1)

  await using udp = socket(AF_INET, SOCK_DGRAM)
  udp.bind({ host: '', port: 0 })
  const [bytes, from] = await udp.recvfrom(1024, { signal: AbortSignal.timeout(10) })
  const port: number | undefined = from?.port
  for await (const { data, address } of udp.messages()) if (data.length > 0) console.log(address?.host)
  // @ts-expect-error a unix socket has no host
  socket(AF_UNIX, SOCK_DGRAM).bind({ host: '', port: 1 })

  const [a, b] = socketpair()
  try {
    await a.sendall('text')
    for await (const chunk of b) console.log(chunk.toString('hex'))
  } catch (error) {
    if (error instanceof SystemError) console.log(error.code, error.errno, error.syscall)
  }
  console.log(linger, row.name, bytes.length, port)
}
