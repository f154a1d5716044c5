/** berkeley/netlink: the kernel's own tables, asked, changed and watched by netlink(7). */

export type { InterfaceAddress } from '../protocols/netlink/address.js'
export { Decoder, decodeAttributes, decodeMessage } from '../protocols/netlink/decoder.js'
export type {
  InetSocket,
  NetlinkSocket,
  PacketSocket,
  SocketMemory,
  UnixSocket,
} from '../protocols/netlink/diag.js'
export { Encoder, encodeAttributes, encodeMessage } from '../protocols/netlink/encoder.js'
export type { Link } from '../protocols/netlink/link.js'
export type { LinkData, LinkPortData } from '../protocols/netlink/linkkinds.js'
export {
  decodeNetlink,
  type ExtendedAck,
  encodeNetlink,
  type NetlinkMessage,
  type NetlinkMessageGiven,
  type Outcome,
  outcomeOf,
} from '../protocols/netlink/message.js'
export type { Neighbour } from '../protocols/netlink/neighbour.js'
export type { NextHop, Route } from '../protocols/netlink/route.js'
export type { Rule } from '../protocols/netlink/rule.js'
export type {
  MessageShape,
  MessageValue,
  Shape,
  ShapeValue,
  Struct,
  StructValue,
  Table,
  TableValue,
  UnknownAttribute,
} from '../protocols/netlink/shape.js'
export type { Fixed, Values } from '../protocols/netlink/values.js'
export { NetlinkConnection, type NetlinkRequest, type RequestOptions } from './connection.js'
export { type InetQuery, SocketDiag, type UnixQuery } from './diag.js'
export { NetlinkError } from './error.js'
export { type GenericCommand, type GenericFamily, type GenericMessage, GenericNetlink } from './generic.js'
export {
  type InterfaceChange,
  InterfaceWatch,
  type WatchInterfacesOptions,
  watchInterfaces,
} from './interfaces.js'
export type { NetlinkOptions } from './port.js'
export { Rtnetlink } from './rtnetlink.js'
export { type Lost, Subscription, type WatchOptions } from './subscription.js'
export { type Change, type ChangeOptions, SettableThings, Things } from './things.js'
