/** The fields of layers under tshark's names, and those that tshark itself found: the two are to be the same. */
import type { Header, Layer, NeighborOption, TcpOption } from 'berkeley/wire'

export type Fields = Record<string, (string | number)[]>
type Value = string | number | boolean | readonly (string | number | boolean)[]
type Columns<H> = { readonly [field: string]: (header: H) => Value | undefined }
type Tables = { readonly [K in Header['kind']]?: Columns<Extract<Header, { kind: K }>> }

/** The values of the options of one kind. */
function each<O extends { kind: string }, K extends O['kind'], V>(
  options: readonly O[],
  kind: K,
  value: (option: Extract<O, { kind: K }>) => V,
): V[] {
  return options.filter((option): option is Extract<O, { kind: K }> => option.kind === kind).map(value)
}

/** A field of a message that has it. */
const said =
  <F extends string>(field: F) =>
  ({ message }: { readonly message: object }): Value | undefined =>
    (message as Readonly<Record<string, Value | undefined>>)[field]

const tcpOption =
  <K extends TcpOption['kind']>(kind: K, value: (option: Extract<TcpOption, { kind: K }>) => Value) =>
  ({ options }: { readonly options: readonly TcpOption[] }) =>
    each(options, kind, value).flat() as Value

const ndOption =
  <K extends NeighborOption['kind']>(
    kind: K,
    value: (option: Extract<NeighborOption, { kind: K }>) => Value,
  ) =>
  ({ message }: { readonly message: object }) =>
    each((message as { options?: readonly NeighborOption[] }).options ?? [], kind, value).flat() as Value

interface Groups {
  readonly records?: readonly {
    recordType: number
    multicastAddress: string
    sourceAddresses: readonly string[]
  }[]
}
const records = ({ message }: { readonly message: object }): NonNullable<Groups['records']> =>
  (message as Groups).records ?? []

const tables: Tables = {
  ethernet: {
    'eth.dst': (h) => h.destinationAddress,
    'eth.src': (h) => h.sourceAddress,
    'eth.type': (h) => (h.etherType > 1500 ? h.etherType : undefined),
    'eth.len': (h) => (h.etherType > 1500 ? undefined : h.etherType),
  },
  vlan: {
    'vlan.priority': (h) => h.priorityCodePoint,
    'vlan.dei': (h) => h.dropEligible,
    'vlan.id': (h) => h.vlanIdentifier,
    'vlan.etype': (h) => h.etherType,
  },
  sll: {
    'sll.pkttype': (h) => h.packetType,
    'sll.hatype': (h) => h.arphrdType,
    'sll.halen': (h) => h.linkLayerAddressLength,
    'sll.src.eth': (h) => (h.linkLayerAddressLength === 6 ? h.linkLayerAddress : undefined),
    'sll.etype': (h) => (h.protocolType < 1536 ? undefined : h.protocolType),
  },
  sll2: {
    'sll.pkttype': (h) => h.packetType,
    'sll.hatype': (h) => h.arphrdType,
    'sll.halen': (h) => h.linkLayerAddressLength,
    'sll.src.eth': (h) => (h.linkLayerAddressLength === 6 ? h.linkLayerAddress : undefined),
    'sll.ifindex': (h) => h.interfaceIndex,
    'sll.etype': (h) => (h.protocolType < 1536 ? undefined : h.protocolType),
  },
  arp: {
    'arp.hw.type': (h) => h.hardwareType,
    'arp.proto.type': (h) => h.protocolType,
    'arp.opcode': (h) => h.opcode,
    'arp.src.hw_mac': (h) => h.senderHardwareAddress,
    'arp.src.proto_ipv4': (h) => h.senderProtocolAddress,
    'arp.dst.hw_mac': (h) => h.targetHardwareAddress,
    'arp.dst.proto_ipv4': (h) => h.targetProtocolAddress,
  },
  ipv4: {
    'ip.dsfield': (h) => h.typeOfService,
    'ip.len': (h) => h.totalLength,
    'ip.id': (h) => h.identification,
    'ip.flags.rb': (h) => h.reserved,
    'ip.flags.df': (h) => h.dontFragment,
    'ip.flags.mf': (h) => h.moreFragments,
    'ip.frag_offset': (h) => h.fragmentOffset / 8,
    'ip.ttl': (h) => h.timeToLive,
    'ip.proto': (h) => h.protocol,
    'ip.checksum': (h) => h.headerChecksum,
    'ip.src': (h) => h.sourceAddress,
    'ip.opt.ra': (h) => each(h.options, 'routerAlert', ({ value }) => value),
    'ip.opt.ptr': (h) => h.options.flatMap((o) => ('pointer' in o ? [o.pointer] : [])),
  },
  ipv6: {
    'ipv6.tclass': (h) => h.trafficClass,
    'ipv6.flow': (h) => h.flowLabel,
    'ipv6.plen': (h) => h.payloadLength,
    'ipv6.nxt': (h) => h.nextHeader,
    'ipv6.hlim': (h) => h.hopLimit,
    'ipv6.src': (h) => h.sourceAddress,
    'ipv6.dst': (h) => h.destinationAddress,
  },
  hopByHop: {
    'ipv6.hopopts.nxt': (h) => h.nextHeader,
    'ipv6.opt.type': (h) => h.options.map(({ type }) => type),
  },
  destinationOptions: {
    'ipv6.dstopts.nxt': (h) => h.nextHeader,
    'ipv6.opt.type': (h) => h.options.map(({ type }) => type),
  },
  routing: {
    'ipv6.routing.nxt': (h) => h.nextHeader,
    'ipv6.routing.type': (h) => h.routingType,
    'ipv6.routing.segleft': (h) => h.segmentsLeft,
  },
  fragment: {
    'ipv6.fraghdr.nxt': (h) => h.nextHeader,
    'ipv6.fraghdr.reserved_octet': (h) => h.reserved,
    'ipv6.fraghdr.offset': (h) => h.fragmentOffset / 8,
    'ipv6.fraghdr.more': (h) => h.moreFragments,
    'ipv6.fraghdr.ident': (h) => h.identification,
  },
  authentication: {
    'ah.next_header': (h) => h.nextHeader,
    'ah.spi': (h) => h.securityParametersIndex,
    'ah.sequence': (h) => h.sequenceNumber,
  },
  icmp: {
    'icmp.type': (h) => h.type,
    'icmp.code': (h) => h.code,
    'icmp.checksum': (h) => h.checksum,
    'icmp.ident': said('identifier'),
    'icmp.seq': said('sequenceNumber'),
    'icmp.redir_gw': said('gatewayInternetAddress'),
    'icmp.pointer': (h) => (h.message.kind === 'parameterProblem' ? h.message.pointer : undefined),
    'icmp.originate_timestamp': said('originateTimestamp'),
  },
  igmp: {
    'igmp.type': (h) => h.type,
    'igmp.max_resp': (h) => (h.message.kind === 'membershipReport3' ? undefined : h.maxRespCode),
    'igmp.checksum': (h) => h.checksum,
    'igmp.maddr': (h) => said('groupAddress')(h) ?? records(h).map((r) => r.multicastAddress),
    'igmp.record_type': (h) => records(h).map((r) => r.recordType),
    'igmp.saddr': (h) =>
      h.message.kind === 'membershipQuery'
        ? (h.message.version3?.sourceAddresses ?? [])
        : records(h).flatMap((r) => r.sourceAddresses),
    'igmp.qqic': (h) =>
      h.message.kind === 'membershipQuery' ? h.message.version3?.querierInterval : undefined,
    'igmp.qrv': (h) =>
      h.message.kind === 'membershipQuery' ? h.message.version3?.querierRobustness : undefined,
  },
  icmpv6: {
    'icmpv6.type': (h) => h.type,
    'icmpv6.code': (h) => h.code,
    'icmpv6.checksum': (h) => h.checksum,
    'icmpv6.echo.identifier': said('identifier'),
    'icmpv6.echo.sequence_number': said('sequenceNumber'),
    'icmpv6.mtu': said('mtu'),
    'icmpv6.nd.ns.target_address': (h) =>
      h.message.kind === 'neighborSolicitation' ? h.message.targetAddress : undefined,
    'icmpv6.nd.na.target_address': (h) =>
      h.message.kind === 'neighborAdvertisement' ? h.message.targetAddress : undefined,
    'icmpv6.nd.na.flag.r': said('router'),
    'icmpv6.nd.na.flag.s': said('solicited'),
    'icmpv6.nd.na.flag.o': said('override'),
    'icmpv6.nd.ra.cur_hop_limit': said('curHopLimit'),
    'icmpv6.nd.ra.flag.m': said('managed'),
    'icmpv6.nd.ra.flag.o': said('otherConfiguration'),
    'icmpv6.nd.ra.flag.prf': said('preference'),
    'icmpv6.nd.ra.router_lifetime': said('routerLifetime'),
    'icmpv6.nd.ra.reachable_time': said('reachableTime'),
    'icmpv6.nd.ra.retrans_timer': said('retransTimer'),
    'icmpv6.nd.rd.target_address': (h) =>
      h.message.kind === 'redirect' ? h.message.targetAddress : undefined,
    'icmpv6.opt.src_linkaddr': ndOption('sourceLinkLayerAddress', (o) => o.address),
    'icmpv6.opt.target_linkaddr': ndOption('targetLinkLayerAddress', (o) => o.address),
    'icmpv6.opt.mtu': ndOption('mtu', (o) => o.mtu),
    'icmpv6.opt.prefix': ndOption('prefixInformation', (o) => o.prefix),
    'icmpv6.opt.prefix.length': ndOption('prefixInformation', (o) => o.prefixLength),
    'icmpv6.opt.prefix.flag.l': ndOption('prefixInformation', (o) => o.onLink),
    'icmpv6.opt.prefix.flag.a': ndOption('prefixInformation', (o) => o.autonomous),
    'icmpv6.opt.rdnss.lifetime': ndOption('recursiveDnsServer', (o) => o.lifetime),
    'icmpv6.opt.rdnss': ndOption('recursiveDnsServer', (o) => o.addresses),
    'icmpv6.mldr.mar.record_type': (h) => records(h).map((r) => r.recordType),
    'icmpv6.mldr.mar.multicast_address': (h) => records(h).map((r) => r.multicastAddress),
    'icmpv6.mld.multicast_address': said('multicastAddress'),
    'icmpv6.mld.maximum_response_code': (h) =>
      h.message.kind === 'listenerQuery' && h.message.version2 !== undefined
        ? h.message.maximumResponseCode
        : undefined,
    'icmpv6.mld.maximum_response_delay': said('maximumResponseDelay'),
  },
  udp: {
    'udp.srcport': (h) => h.sourcePort,
    'udp.dstport': (h) => h.destinationPort,
    'udp.length': (h) => h.length,
    'udp.checksum': (h) => h.checksum,
  },
  tcp: {
    'tcp.srcport': (h) => h.sourcePort,
    'tcp.dstport': (h) => h.destinationPort,
    'tcp.seq_raw': (h) => h.sequenceNumber,
    'tcp.ack_raw': (h) => h.acknowledgmentNumber,
    'tcp.flags.ae': (h) => (h.reserved & 1) === 1,
    'tcp.flags.cwr': (h) => h.cwr,
    'tcp.flags.ece': (h) => h.ece,
    'tcp.flags.urg': (h) => h.urg,
    'tcp.flags.ack': (h) => h.ack,
    'tcp.flags.push': (h) => h.psh,
    'tcp.flags.reset': (h) => h.rst,
    'tcp.flags.syn': (h) => h.syn,
    'tcp.flags.fin': (h) => h.fin,
    'tcp.window_size_value': (h) => h.window,
    'tcp.checksum': (h) => h.checksum,
    'tcp.urgent_pointer': (h) => h.urgentPointer,
    'tcp.options.mss_val': tcpOption('maximumSegmentSize', (o) => o.size),
    'tcp.options.wscale.shift': tcpOption('windowScale', (o) => o.shiftCount),
    'tcp.options.timestamp.tsval': tcpOption('timestamps', (o) => o.value),
    'tcp.options.timestamp.tsecr': tcpOption('timestamps', (o) => o.echoReply),
    'tcp.options.sack_le': tcpOption('sack', (o) => o.blocks.map(({ left }) => left)),
    'tcp.options.sack_re': tcpOption('sack', (o) => o.blocks.map(({ right }) => right)),
  },
}

/** All names above: what is not among them is none of our layers' fields. */
export const names: ReadonlySet<string> = new Set(
  Object.values(tables).flatMap((table) => Object.keys(table)),
)

/** The fields of a decoded packet. */
export function fieldsOf(layers: readonly Layer[]): Fields {
  const fields: Fields = {}
  for (const layer of layers) {
    const table = tables[layer.kind as Header['kind']] as Columns<Layer> | undefined
    for (const [name, value] of Object.entries(table ?? {})) {
      const values = [value(layer) ?? []].flat()
      if (values.length > 0) append(fields, name, values.map(plain))
    }
  }
  return fields
}

/** The same out of what `tshark -T json --no-duplicate-keys` has for a packet. */
export function fieldsIn(json: unknown): Fields {
  const fields: Fields = {}
  const walk = (value: unknown, name: string): void => {
    if (Array.isArray(value)) for (const one of value) walk(one, name)
    else if (typeof value === 'object' && value !== null)
      for (const [key, inside] of Object.entries(value)) walk(inside, key)
    else if (names.has(name)) append(fields, name, [plain(value as string)])
  }
  walk(json, '')
  return fields
}

function append(fields: Fields, name: string, values: (string | number)[]): void {
  fields[name] = [...(fields[name] ?? []), ...values]
}

function plain(value: string | number | boolean): string | number {
  if (typeof value === 'boolean') return value ? 1 : 0
  return typeof value === 'string' && /^(?:\d+|0x[0-9a-f]+)$/.test(value) ? Number(value) : value
}
