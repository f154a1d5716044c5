/** Frames that this kernel cannot be brought to send: tags, routing headers, advertisements. tshark judges them. */
import { encodePacket, type GivenHeader, type GivenLayer } from 'berkeley/wire'

const destinationAddress = '02:00:00:00:00:01'
const sourceAddress = '02:00:00:00:00:02'
const ethernet = (etherType: number): GivenHeader => ({
  kind: 'ethernet',
  destinationAddress,
  sourceAddress,
  etherType,
})
const ip4 = { sourceAddress: '10.1.0.2', destinationAddress: '10.9.9.9' }
const ip6 = { sourceAddress: 'fe80::2', destinationAddress: 'ff02::1', hopLimit: 255 }
const ports = { kind: 'udp', sourcePort: 4000, destinationPort: 4001 } as const
const data = { kind: 'data', bytes: Uint8Array.from({ length: 21 }, (_, i) => i) } as const
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'))

const v4 = (protocol: number, ...inside: GivenLayer[]): GivenLayer[] => [
  ethernet(0x800),
  { kind: 'ipv4', protocol, ...ip4 },
  ...inside,
]
const v6 = (nextHeader: number, ...inside: GivenLayer[]): GivenLayer[] => [
  ethernet(0x86dd),
  { kind: 'ipv6', nextHeader, ...ip6 },
  ...inside,
]

const packets: readonly (readonly GivenLayer[])[] = [
  [
    ethernet(0x8100),
    { kind: 'vlan', priorityCodePoint: 5, dropEligible: true, vlanIdentifier: 4094, etherType: 0x806 },
    {
      kind: 'arp',
      opcode: 1,
      senderHardwareAddress: sourceAddress,
      senderProtocolAddress: '10.1.0.2',
      targetHardwareAddress: '00:00:00:00:00:00',
      targetProtocolAddress: '10.1.0.9',
    },
    { kind: 'trailer', layer: 2, bytes: new Uint8Array(14) },
  ],
  [
    ethernet(0x8100),
    { kind: 'vlan', vlanIdentifier: 7, etherType: 0x8100 },
    { kind: 'vlan', priorityCodePoint: 1, vlanIdentifier: 8, etherType: 0x86dd },
    { kind: 'ipv6', nextHeader: 17, trafficClass: 0xb8, flowLabel: 0xabcde, ...ip6 },
    ports,
    data,
  ],
  v4(17, ports, data, { kind: 'trailer', layer: 1, bytes: new Uint8Array(9) }),
  v4(
    4,
    { kind: 'ipv4', protocol: 6, ...ip4, dontFragment: true, timeToLive: 1 },
    {
      kind: 'tcp',
      sourcePort: 5000,
      destinationPort: 5001,
      sequenceNumber: 0xfffffff0,
      acknowledgmentNumber: 7,
      ack: true,
      ece: true,
      cwr: true,
      urg: true,
      urgentPointer: 3,
      window: 512,
      options: [
        { kind: 'noOperation' },
        { kind: 'noOperation' },
        {
          kind: 'sack',
          blocks: [
            { left: 10, right: 20 },
            { left: 0xfffffff0, right: 5 },
          ],
        },
        { kind: 'unknown', type: 34, data: bytes('0102030405060708') },
      ],
    },
    data,
  ),
  v4(1, {
    kind: 'icmp',
    type: 13,
    message: {
      kind: 'timestamp',
      identifier: 1,
      sequenceNumber: 2,
      originateTimestamp: 3_600_000,
      receiveTimestamp: 0,
      transmitTimestamp: 0,
    },
  }),
  v4(
    1,
    { kind: 'icmp', type: 5, code: 1, message: { kind: 'redirect', gatewayInternetAddress: '10.1.0.1' } },
    {
      kind: 'ipv4',
      protocol: 17,
      ...ip4,
    },
    ports,
    data,
  ),
  v4(
    1,
    { kind: 'icmp', type: 12, message: { kind: 'parameterProblem', pointer: 20, length: 0 } },
    {
      kind: 'ipv4',
      protocol: 17,
      ...ip4,
    },
    ports,
  ),
  v4(2, {
    kind: 'igmp',
    type: 0x11,
    maxRespCode: 100,
    message: {
      kind: 'membershipQuery',
      groupAddress: '232.1.2.3',
      version3: {
        suppressRouterProcessing: true,
        querierRobustness: 2,
        querierInterval: 125,
        sourceAddresses: ['10.1.0.7', '10.1.0.8'],
      },
    },
  }),
  v4(2, {
    kind: 'igmp',
    type: 0x22,
    message: {
      kind: 'membershipReport3',
      records: [
        {
          recordType: 1,
          multicastAddress: '232.1.2.3',
          sourceAddresses: ['10.1.0.7'],
          auxiliaryData: new Uint8Array(0),
        },
        {
          recordType: 4,
          multicastAddress: '232.1.2.4',
          sourceAddresses: [],
          auxiliaryData: new Uint8Array(0),
        },
      ],
    },
  }),
  v6(58, {
    kind: 'icmpv6',
    type: 134,
    message: {
      kind: 'routerAdvertisement',
      curHopLimit: 64,
      managed: true,
      otherConfiguration: true,
      preference: 3,
      routerLifetime: 0,
      reachableTime: 30_000,
      retransTimer: 1000,
      options: [
        { kind: 'sourceLinkLayerAddress', address: sourceAddress },
        { kind: 'mtu', mtu: 1400 },
        {
          kind: 'prefixInformation',
          prefixLength: 64,
          onLink: true,
          autonomous: false,
          validLifetime: 0,
          preferredLifetime: 0,
          prefix: 'fd99::',
        },
        { kind: 'recursiveDnsServer', lifetime: 600, addresses: ['fd99::53', 'fd99::54'] },
        { kind: 'unknown', type: 200, data: new Uint8Array(6) },
      ],
    },
  }),
  v6(58, {
    kind: 'icmpv6',
    type: 137,
    message: {
      kind: 'redirect',
      targetAddress: 'fe80::3',
      destinationAddress: 'fd99::9',
      options: [{ kind: 'targetLinkLayerAddress', address: sourceAddress }],
    },
  }),
  v6(58, {
    kind: 'icmpv6',
    type: 130,
    message: {
      kind: 'listenerQuery',
      maximumResponseCode: 1000,
      multicastAddress: 'ff05::3',
      version2: {
        suppressRouterProcessing: false,
        querierRobustness: 2,
        querierInterval: 125,
        sourceAddresses: ['fd99::1'],
      },
    },
  }),
  v6(
    58,
    { kind: 'icmpv6', type: 2, message: { kind: 'packetTooBig', mtu: 1280 } },
    {
      kind: 'ipv6',
      nextHeader: 17,
      ...ip6,
    },
    ports,
    data,
  ),
  v6(
    43,
    {
      kind: 'routing',
      nextHeader: 51,
      routingType: 4,
      segmentsLeft: 1,
      data: bytes('01000000 fd990000000000000000000000000009 fd990000000000000000000000000008'),
    },
    {
      kind: 'authentication',
      nextHeader: 60,
      securityParametersIndex: 0xdeadbeef,
      sequenceNumber: 9,
      integrityCheckValue: bytes('0102030405060708090a0b0c'),
    },
    { kind: 'destinationOptions', nextHeader: 17, options: [{ type: 0x1e, data: bytes('0102030405') }] },
    ports,
    data,
  ),
  v6(44, { kind: 'fragment', nextHeader: 17, identification: 0xfedcba98 }, ports, data),
  v6(50, data),
  [
    ethernet(4),
    { kind: 'data', bytes: bytes('42420300') },
    { kind: 'trailer', layer: 0, bytes: bytes('0000') },
  ],
]

/** The frames, with lengths and sums computed. */
export const frames: readonly Uint8Array[] = packets.map((layers) => encodePacket(layers))
