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
  AlgAddress,
  BluetoothAddress,
  CanAddress,
  Given,
  GivenPacket,
  Inet6Address,
  InetAddress,
  NetlinkAddress,
  PacketAddress,
  Peer,
  QipcrtrAddress,
  TipcAddress,
  UnixAddress,
  UnknownAddress,
  VsockAddress,
  XdpAddress,
} from './data/address/address.js'
export { formatAddress, sameAddress } from './data/address/address.js'
export { parseAddress } from './data/address/parse.js'
export { inetAton, inetNtoa, inetNtop, inetPton } from './data/address/presentation.js'
// The kernel's constants, the typed families and options among them, and the types of the options' values.
export * from './data/constants.js'
export {
  CMSG_LEN,
  CMSG_SPACE,
  type ControlOut,
  type SctpNxtinfo,
  type SctpPrinfo,
  type SctpRcvinfo,
} from './data/control/control.js'
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
export {
  type Inet6Option,
  type Inet6OptionGiven,
  type Inet6Route,
  type Inet6RouteGiven,
  inet6OptBuild,
  inet6OptParse,
  inet6RthBuild,
  inet6RthParse,
} from './data/extension.js'
export {
  decodeNotification,
  type SctpAdaptation,
  type SctpAssocChange,
  type SctpAssocReset,
  type SctpAuthentication,
  type SctpNotification,
  type SctpPartialDelivery,
  type SctpPeerAddrChange,
  type SctpRemoteError,
  type SctpSenderDry,
  type SctpSendFailed,
  type SctpSendFailedEvent,
  type SctpShutdown,
  type SctpStreamChange,
  type SctpStreamReset,
  type SctpUnknownNotification,
} from './data/notification.js'
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
export { type InterfaceChanges, type InterfaceConfig, ifconfig } from './names/ifconfig.js'
export {
  getifaddrs,
  type Interface,
  type InterfaceAddress,
  ifIndextoname,
  ifNameindex,
  ifNametoindex,
} from './names/interfaces.js'
export { getnameinfo, getnameinfoSync, type Nameinfo, type NumericAddress } from './names/nameinfo.js'
export {
  getprotobyname,
  getprotobynameSync,
  getservbyname,
  getservbynameSync,
  getservbyport,
  getservbyportSync,
} from './names/services.js'
export { vsockLocalCid } from './names/vsock.js'
export { type BcmMessage, decodeBcmMessage, encodeBcmMessage } from './protocols/bcm.js'
export {
  type CanCcFrame,
  type CanFdFrame,
  type CanFrame,
  type CanXlFrame,
  decodeCanFrame,
  encodeCanFrame,
} from './protocols/can.js'
export { decodeTipcEvent, encodeTipcSubscr, type TipcEvent, type TipcSubscr } from './protocols/topology.js'
export type { AfalgData, AfalgOptions } from './socket/afalg.js'
export { ReceiveBatch, type ReceiveBatchOptions } from './socket/batch.js'
export type { Sync, SyncOptions } from './socket/blocking.js'
export type { CallOptions } from './socket/core.js'
export { type FileCallOptions, SocketFile, type Written } from './socket/file/file.js'
export type { BinaryFileOptions, BinaryMode, FileMode, FileOptions, TextMode } from './socket/file/mode.js'
export type {
  Message,
  MessageInto,
  MessageOut,
  SendFdsOptions,
} from './socket/message.js'
export { fromfd, type SocketOptions, socket, socketpair } from './socket/open.js'
export { type ControlIn, OwnedFd } from './socket/owned.js'
export type { MessageOptions, ReceivedFds } from './socket/reads.js'
export { sctpConnectx, sctpConnectxSync, sctpPeeloff } from './socket/sctp.js'
export { SendBatch, type SendBatchOptions } from './socket/sendbatch.js'
export type { SendfileOptions } from './socket/sendfile.js'
export { type IterateOptions, type MessageIterateOptions, Socket } from './socket/socket.js'
export { spin } from './socket/spin.js'
export { getdefaulttimeout, setdefaulttimeout } from './socket/timeout.js'
export type { ViewHandler } from './socket/views.js'
export type { ZerocopySent } from './socket/zerocopy.js'
