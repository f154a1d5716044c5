/** berkeley/wire: the headers on the wire, as plain objects and as bytes. Pure: it runs in a browser as well. */

export { DecodeError } from '../../data/errors.js'
export { type Arp, arp } from './arp.js'
export { type Authentication, authentication } from './authentication.js'
export { type Addresses, internetChecksum, transportChecksum } from './checksum.js'
export type { Codec, Decoded, EncodeOptions, Given, Next, Table } from './codec.js'
export { type Ethernet, ethernet } from './ethernet.js'
export { type Fragment, fragment } from './fragment.js'
export type { GroupRecord, SourceQuery } from './group.js'
export { type Echo, type Icmp, type IcmpMessage, icmp } from './icmp.js'
export { type Icmpv6, type Icmpv6Message, icmpv6 } from './icmpv6.js'
export { type Igmp, type IgmpMessage, igmp } from './igmp.js'
export { type Ipv4, ipv4 } from './ipv4.js'
export type { Ipv4Option } from './ipv4option.js'
export { type Ipv6, ipv6 } from './ipv6.js'
export {
  type DestinationOptions,
  destinationOptions,
  type HopByHop,
  hopByHop,
  type Ipv6Option,
} from './ipv6option.js'
export {
  LINKTYPE_ETHERNET,
  LINKTYPE_IPV4,
  LINKTYPE_IPV6,
  LINKTYPE_LINUX_SLL,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_RAW,
} from './linktype.js'
export type { ListenerMessage } from './mld.js'
export type { NeighborMessage } from './neighbor.js'
export type { NeighborOption, PrefixInformation } from './neighboroption.js'
export {
  type Data,
  decodePacket,
  type EncodePacketOptions,
  encodePacket,
  type GivenLayer,
  type Layer,
  type Malformed,
  type PacketOptions,
  type Trailer,
  wrongChecksums,
} from './packet.js'
export { Reassembly, type ReassemblyOptions } from './reassembly.js'
export { type GivenHeader, type Header, Registry, type Row, registry, rows } from './registry.js'
export { type Routing, routing } from './routing.js'
export { type Sll, type Sll2, sll, sll2 } from './sll.js'
export { type Piece, type StreamOptions, TcpStream } from './stream.js'
export { type Tcp, tcp } from './tcp.js'
export type { SackBlock, TcpOption } from './tcpoption.js'
export { formatMac, parseMac } from './text.js'
export { type Udp, udp } from './udp.js'
export { type Vlan, vlan } from './vlan.js'
