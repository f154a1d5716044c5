/** berkeley: the Berkeley sockets API for TypeScript. Everything public is exported here. */

export {
  type ConnectionOptions,
  createConnection,
  createConnectionSync,
  type Host,
} from './comfort/connection.js'
export { hasDualstackIpv6 } from './comfort/dualstack.js'
export { createServer, type ServerOptions } from './comfort/server.js'
export type {
  Address,
  AddressFamily,
  Given,
  Inet6Address,
  InetAddress,
  UnixAddress,
  UnknownAddress,
} from './data/address/address.js'
export { formatAddress, sameAddress } from './data/address/address.js'
export { AF_INET, AF_INET6, AF_UNIX } from './data/address/family.js'
export { inetAton, inetNtoa, inetNtop, inetPton } from './data/address/presentation.js'
export { CMSG_LEN, CMSG_SPACE, type ControlOut } from './data/control/control.js'
export {
  DecodeError,
  errnoName,
  type Failure,
  GaiError,
  HostError,
  ParseError,
  SystemError,
  TimeoutError,
} from './data/errors.js'
// The kernel's constants by their own names; those with a typed form come in that form from the files beside.
export * from './data/kernel.js'
// libc's constants of looking names up.
export * from './data/netdb.js'
export {
  IP_ADD_MEMBERSHIP,
  IP_DROP_MEMBERSHIP,
  IP_FREEBIND,
  IP_MULTICAST_LOOP,
  IP_MULTICAST_TTL,
  IP_TOS,
  IP_TTL,
  IPV6_ADD_MEMBERSHIP,
  IPV6_DROP_MEMBERSHIP,
  IPV6_JOIN_GROUP,
  IPV6_LEAVE_GROUP,
  IPV6_MULTICAST_HOPS,
  IPV6_MULTICAST_IF,
  IPV6_MULTICAST_LOOP,
  IPV6_TCLASS,
  IPV6_UNICAST_HOPS,
  IPV6_V6ONLY,
  type Membership,
  type Membership6,
} from './data/option/ip.js'
export type { Option, OptionRow, Readable, Writable } from './data/option/option.js'
export {
  type Credentials,
  SO_ACCEPTCONN,
  SO_BINDTODEVICE,
  SO_BROADCAST,
  SO_DOMAIN,
  SO_DONTROUTE,
  SO_ERROR,
  SO_KEEPALIVE,
  SO_LINGER,
  SO_MARK,
  SO_OOBINLINE,
  SO_PASSCRED,
  SO_PEERCRED,
  SO_PRIORITY,
  SO_PROTOCOL,
  SO_RCVBUF,
  SO_RCVLOWAT,
  SO_REUSEADDR,
  SO_REUSEPORT,
  SO_SNDBUF,
  SO_TYPE,
} from './data/option/so.js'
export {
  TCP_CONGESTION,
  TCP_CORK,
  TCP_DEFER_ACCEPT,
  TCP_FASTOPEN,
  TCP_KEEPCNT,
  TCP_KEEPIDLE,
  TCP_KEEPINTVL,
  TCP_LINGER2,
  TCP_MAXSEG,
  TCP_NODELAY,
  TCP_QUICKACK,
  TCP_SYNCNT,
  TCP_USER_TIMEOUT,
} from './data/option/tcp.js'
export { htonl, htons, ntohl, ntohs } from './data/order.js'
export { type Addrinfo, type AddrinfoHints, getaddrinfo, getaddrinfoSync } from './names/addrinfo.js'
export { gethostname, sethostname } from './names/hostname.js'
export {
  getfqdn,
  getfqdnSync,
  gethostbyaddr,
  gethostbyaddrSync,
  gethostbyname,
  gethostbynameEx,
  gethostbynameExSync,
  gethostbynameSync,
  type Hostent,
  type HostOptions,
} from './names/hosts.js'
export { type Interface, ifIndextoname, ifNameindex, ifNametoindex } from './names/interfaces.js'
export { getnameinfo, getnameinfoSync, type Nameinfo, type NumericAddress } from './names/nameinfo.js'
export {
  getprotobyname,
  getprotobynameSync,
  getservbyname,
  getservbynameSync,
  getservbyport,
  getservbyportSync,
} from './names/services.js'
export type { Sync, SyncOptions } from './socket/blocking.js'
export type { CallOptions } from './socket/core.js'
export type { Message, MessageInto, MessageOut } from './socket/message.js'
export { fromfd, type SocketOptions, socket, socketpair } from './socket/open.js'
export { type ControlIn, OwnedFd } from './socket/owned.js'
export type { MessageOptions, ReceivedFds } from './socket/reads.js'
export type { SendfileOptions } from './socket/sendfile.js'
export { type IterateOptions, type MessageIterateOptions, Socket } from './socket/socket.js'
export { getdefaulttimeout, setdefaulttimeout } from './socket/timeout.js'
