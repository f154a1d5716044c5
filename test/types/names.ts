/** Compiled, never run: what the name functions take and give. */
import {
  type Address,
  type Addrinfo,
  getaddrinfo,
  getaddrinfoSync,
  type getdefaulttimeout,
  getfqdn,
  type gethostbyaddr,
  type gethostbynameEx,
  gethostbynameSync,
  type getifaddrs,
  getnameinfo,
  getservbyname,
  getservbyport,
  type HostError,
  type Hostent,
  type Interface,
  type InterfaceAddress,
  type InterfaceConfig,
  ifconfig,
  type ifNameindex,
  type Nameinfo,
  socket,
} from 'berkeley'
import type { Same } from './addresses.js'

declare const signal: AbortSignal
declare const maybe: AbortSignal | undefined
declare const missing: HostError

export async function names(): Promise<void> {
  true satisfies Same<Awaited<ReturnType<typeof getaddrinfo>>, Addrinfo[]>
  true satisfies Same<ReturnType<typeof getaddrinfoSync>, Addrinfo[]>
  for (const { address, canonname } of await getaddrinfo('localhost', 'http', { family: 2, signal })) {
    true satisfies Same<typeof address, Address>
    canonname satisfies string
    // What comes out goes back in.
    if (address.family === 'inet') {
      await socket().connect(address)
      true satisfies Same<Awaited<ReturnType<typeof getnameinfo>>, Nameinfo>
      await getnameinfo(address, { flags: 3, signal: maybe })
    }
  }
  await getaddrinfo(null, 80)
  // @ts-expect-error null stands for no service
  await getaddrinfo('localhost')
  // @ts-expect-error nothing stops a blocking call
  getaddrinfoSync('localhost', 80, { signal })
  // @ts-expect-error a unix address has no host
  await getnameinfo({ path: '/x' })
  true satisfies Same<Awaited<ReturnType<typeof gethostbynameEx>>, Hostent>
  true satisfies Same<Awaited<ReturnType<typeof gethostbyaddr>>, Hostent>
  gethostbynameSync('localhost') satisfies string
  ;(await getfqdn()) satisfies string
  ;(await getservbyname('http', 'tcp')) satisfies number
  ;(await getservbyport(80)) satisfies string
  true satisfies Same<ReturnType<typeof ifNameindex>, Interface[]>
  true satisfies Same<ReturnType<typeof getifaddrs>, InterfaceAddress[]>
  true satisfies Same<ReturnType<typeof ifconfig>, InterfaceConfig>
  ifconfig('lo', { mtu: 1500, address: null, netmask: undefined })
  // @ts-expect-error an index does not change
  ifconfig('lo', { index: 2 })
  true satisfies Same<ReturnType<typeof getdefaulttimeout>, number | null>
  missing satisfies Error & { readonly code: string; readonly errno: number }
}
