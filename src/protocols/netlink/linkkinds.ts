/** What links of each kind have of their own (IFLA_INFO_DATA), and what their masters know of the ports (IFLA_INFO_SLAVE_DATA). */
import type { Table, TableValue, UnknownAttribute } from './shape.js'

const macvlan = {
  mode: [1, 'u32'],
  flags: [2, 'u16'],
  macaddrMode: [3, 'u32'],
  macaddr: [4, 'hardware'],
  macaddrCount: [6, 'u32'],
  bcQueueLen: [7, 'u32'],
  bcQueueLenUsed: [8, 'u32'],
  bcCutoff: [9, 's32'],
} as const

/** gre, gretap, ip6gre: IFLA_GRE_* of linux/if_tunnel.h. */
const gre = {
  link: [1, 'u32'],
  iflags: [2, 'be16'],
  oflags: [3, 'be16'],
  ikey: [4, 'be32'],
  okey: [5, 'be32'],
  local: [6, 'ip'],
  remote: [7, 'ip'],
  ttl: [8, 'u8'],
  tos: [9, 'u8'],
  pmtudisc: [10, 'u8'],
  encapLimit: [11, 'u8'],
  flowinfo: [12, 'be32'],
  flags: [13, 'u32'],
  encapType: [14, 'u16'],
  encapFlags: [15, 'u16'],
  encapSport: [16, 'be16'],
  encapDport: [17, 'be16'],
  collectMetadata: [18, 'flag'],
  ignoreDf: [19, 'u8'],
  fwmark: [20, 'u32'],
} as const

/** ipip and sit: IFLA_IPTUN_*. */
const iptun = {
  link: [1, 'u32'],
  local: [2, 'ip'],
  remote: [3, 'ip'],
  ttl: [4, 'u8'],
  tos: [5, 'u8'],
  encapLimit: [6, 'u8'],
  flowinfo: [7, 'be32'],
  flags: [8, 'be16'],
  proto: [9, 'u8'],
  pmtudisc: [10, 'u8'],
  encapType: [15, 'u16'],
  encapFlags: [16, 'u16'],
  encapSport: [17, 'be16'],
  encapDport: [18, 'be16'],
  collectMetadata: [19, 'flag'],
  fwmark: [20, 'u32'],
} as const

export const veth = { peer: [1, 'link'] } as const

export const vlan = {
  id: [1, 'u16'],
  flags: [2, { flags: 'u32', mask: 'u32' }],
  egressQos: [3, [{ from: 'u32', to: 'u32' }, 1]],
  ingressQos: [4, [{ from: 'u32', to: 'u32' }, 1]],
  protocol: [5, 'be16'],
} as const

export const vxlan = {
  id: [1, 'u32'],
  group: [2, 'ip'],
  link: [3, 'u32'],
  local: [4, 'ip'],
  ttl: [5, 'u8'],
  tos: [6, 'u8'],
  learning: [7, 'u8'],
  ageing: [8, 'u32'],
  limit: [9, 'u32'],
  portRange: [10, { low: 'be16', high: 'be16' }],
  proxy: [11, 'u8'],
  rsc: [12, 'u8'],
  l2miss: [13, 'u8'],
  l3miss: [14, 'u8'],
  port: [15, 'be16'],
  group6: [16, 'ip'],
  local6: [17, 'ip'],
  udpCsum: [18, 'u8'],
  udpZeroCsum6Tx: [19, 'u8'],
  udpZeroCsum6Rx: [20, 'u8'],
  remcsumTx: [21, 'u8'],
  remcsumRx: [22, 'u8'],
  gbp: [23, 'flag'],
  remcsumNopartial: [24, 'flag'],
  collectMetadata: [25, 'u8'],
  label: [26, 'be32'],
  gpe: [27, 'flag'],
  ttlInherit: [28, 'flag'],
  df: [29, 'u8'],
  vnifilter: [30, 'u8'],
  localbypass: [31, 'u8'],
  labelPolicy: [32, 'u32'],
} as const

export const geneve = {
  id: [1, 'u32'],
  remote: [2, 'ip'],
  ttl: [3, 'u8'],
  tos: [4, 'u8'],
  port: [5, 'be16'],
  collectMetadata: [6, 'flag'],
  remote6: [7, 'ip'],
  udpCsum: [8, 'u8'],
  udpZeroCsum6Tx: [9, 'u8'],
  udpZeroCsum6Rx: [10, 'u8'],
  label: [11, 'be32'],
  ttlInherit: [12, 'u8'],
  df: [13, 'u8'],
  innerProtoInherit: [14, 'flag'],
} as const

/** Times are in hundredths of a second. */
export const bridge = {
  forwardDelay: [1, 'u32'],
  helloTime: [2, 'u32'],
  maxAge: [3, 'u32'],
  ageingTime: [4, 'u32'],
  stpState: [5, 'u32'],
  priority: [6, 'u16'],
  vlanFiltering: [7, 'u8'],
  vlanProtocol: [8, 'be16'],
  groupFwdMask: [9, 'u16'],
  rootId: [10, 'bridgeId'],
  bridgeId: [11, 'bridgeId'],
  rootPort: [12, 'u16'],
  rootPathCost: [13, 'u32'],
  topologyChange: [14, 'u8'],
  topologyChangeDetected: [15, 'u8'],
  helloTimer: [16, 'u64'],
  tcnTimer: [17, 'u64'],
  topologyChangeTimer: [18, 'u64'],
  gcTimer: [19, 'u64'],
  groupAddr: [20, 'hardware'],
  fdbFlush: [21, 'flag'],
  mcastRouter: [22, 'u8'],
  mcastSnooping: [23, 'u8'],
  mcastQueryUseIfaddr: [24, 'u8'],
  mcastQuerier: [25, 'u8'],
  mcastHashElasticity: [26, 'u32'],
  mcastHashMax: [27, 'u32'],
  mcastLastMemberCnt: [28, 'u32'],
  mcastStartupQueryCnt: [29, 'u32'],
  mcastLastMemberIntvl: [30, 'u64'],
  mcastMembershipIntvl: [31, 'u64'],
  mcastQuerierIntvl: [32, 'u64'],
  mcastQueryIntvl: [33, 'u64'],
  mcastQueryResponseIntvl: [34, 'u64'],
  mcastStartupQueryIntvl: [35, 'u64'],
  nfCallIptables: [36, 'u8'],
  nfCallIp6tables: [37, 'u8'],
  nfCallArptables: [38, 'u8'],
  vlanDefaultPvid: [39, 'u16'],
  vlanStatsEnabled: [41, 'u8'],
  mcastStatsEnabled: [42, 'u8'],
  mcastIgmpVersion: [43, 'u8'],
  mcastMldVersion: [44, 'u8'],
  vlanStatsPerPort: [45, 'u8'],
  multiBoolopt: [46, { optval: 'u32', optmask: 'u32' }],
  fdbNLearned: [48, 'u32'],
  fdbMaxLearned: [49, 'u32'],
} as const

export const brport = {
  state: [1, 'u8'],
  priority: [2, 'u16'],
  cost: [3, 'u32'],
  mode: [4, 'u8'],
  guard: [5, 'u8'],
  protect: [6, 'u8'],
  fastLeave: [7, 'u8'],
  learning: [8, 'u8'],
  unicastFlood: [9, 'u8'],
  proxyarp: [10, 'u8'],
  learningSync: [11, 'u8'],
  proxyarpWifi: [12, 'u8'],
  rootId: [13, 'bridgeId'],
  bridgeId: [14, 'bridgeId'],
  designatedPort: [15, 'u16'],
  designatedCost: [16, 'u16'],
  id: [17, 'u16'],
  no: [18, 'u16'],
  topologyChangeAck: [19, 'u8'],
  configPending: [20, 'u8'],
  messageAgeTimer: [21, 'u64'],
  forwardDelayTimer: [22, 'u64'],
  holdTimer: [23, 'u64'],
  flush: [24, 'flag'],
  multicastRouter: [25, 'u8'],
  mcastFlood: [27, 'u8'],
  mcastToUcast: [28, 'u8'],
  vlanTunnel: [29, 'u8'],
  bcastFlood: [30, 'u8'],
  groupFwdMask: [31, 'u16'],
  neighSuppress: [32, 'u8'],
  isolated: [33, 'u8'],
  backupPort: [34, 'u32'],
  mrpRingOpen: [35, 'u8'],
  mrpInOpen: [36, 'u8'],
  mcastEhtHostsLimit: [37, 'u32'],
  mcastEhtHostsCnt: [38, 'u32'],
  locked: [39, 'u8'],
  mab: [40, 'u8'],
  mcastNGroups: [41, 'u32'],
  mcastMaxGroups: [42, 'u32'],
  neighVlanSuppress: [43, 'u8'],
  backupNhid: [44, 'u32'],
} as const

export const tun = {
  owner: [1, 'u32'],
  group: [2, 'u32'],
  type: [3, 'u8'],
  pi: [4, 'u8'],
  vnetHdr: [5, 'u8'],
  persist: [6, 'u8'],
  multiQueue: [7, 'u8'],
  numQueues: [8, 'u32'],
  numDisabledQueues: [9, 'u32'],
} as const

export const bond = {
  mode: [1, 'u8'],
  activeSlave: [2, 'u32'],
  miimon: [3, 'u32'],
  updelay: [4, 'u32'],
  downdelay: [5, 'u32'],
  useCarrier: [6, 'u8'],
  arpInterval: [7, 'u32'],
  arpIpTarget: [8, ['ip']],
  arpValidate: [9, 'u32'],
  arpAllTargets: [10, 'u32'],
  primary: [11, 'u32'],
  primaryReselect: [12, 'u8'],
  failOverMac: [13, 'u8'],
  xmitHashPolicy: [14, 'u8'],
  resendIgmp: [15, 'u32'],
  numPeerNotif: [16, 'u8'],
  allSlavesActive: [17, 'u8'],
  minLinks: [18, 'u32'],
  lpInterval: [19, 'u32'],
  packetsPerSlave: [20, 'u32'],
  adLacpRate: [21, 'u8'],
  adSelect: [22, 'u8'],
} as const

export const bondSlave = {
  state: [1, 'u8'],
  miiStatus: [2, 'u8'],
  linkFailureCount: [3, 'u32'],
  permHwaddr: [4, 'hardware'],
  queueId: [5, 'u16'],
  adAggregatorId: [6, 'u16'],
} as const

export const vrf = { table: [1, 'u32'] } as const
export const vrfPort = { table: [1, 'u32'] } as const
export const ipvlan = { mode: [1, 'u16'], flags: [2, 'u16'] } as const
export const xfrm = { link: [1, 'u32'], ifId: [2, 'u32'], collectMetadata: [3, 'flag'] } as const
export const netkit = {
  peerInfo: [1, 'link'],
  primary: [2, 'u8'],
  policy: [3, 'u32'],
  peerPolicy: [4, 'u32'],
  mode: [5, 'u32'],
  scrub: [6, 'u32'],
  peerScrub: [7, 'u32'],
} as const

interface Kinds {
  veth: typeof veth
  vlan: typeof vlan
  vxlan: typeof vxlan
  geneve: typeof geneve
  bridge: typeof bridge
  tun: typeof tun
  bond: typeof bond
  vrf: typeof vrf
  macvlan: typeof macvlan
  macvtap: typeof macvlan
  ipvlan: typeof ipvlan
  ipvtap: typeof ipvlan
  xfrm: typeof xfrm
  netkit: typeof netkit
  gre: typeof gre
  gretap: typeof gre
  ip6gre: typeof gre
  ip6gretap: typeof gre
  ipip: typeof iptun
  sit: typeof iptun
  ip6tnl: typeof iptun
}

export const linkKinds: Kinds & Readonly<Record<string, Table>> = {
  ...{ veth, vlan, vxlan, geneve, bridge, tun, bond, vrf, ipvlan, xfrm, netkit, macvlan, gre },
  ...{ macvtap: macvlan, ipvtap: ipvlan, gretap: gre, ip6gre: gre, ip6gretap: gre },
  ...{ ipip: iptun, sit: iptun, ip6tnl: iptun },
}

interface Ports {
  bridge: typeof brport
  bond: typeof bondSlave
  vrf: typeof vrfPort
}

export const linkPorts: Ports & Readonly<Record<string, Table>> = {
  bridge: brport,
  bond: bondSlave,
  vrf: vrfPort,
}

/** Every field that some of the kinds have; what it may be is what it is in any of them. */
type Merged<T> = {
  readonly [K in T extends unknown ? Exclude<keyof T, 'unknown'> : never]?: T extends {
    readonly [P in K]?: infer V
  }
    ? V | undefined
    : never
} & { readonly unknown?: readonly UnknownAttribute[] | undefined }

type AnyOf<K> = { [P in keyof K]: K[P] extends Table ? TableValue<K[P]> : never }[keyof K]

/** What a link of its kind has of its own: the fields of all kinds, of which only the kind's are there. */
export interface LinkData extends Merged<AnyOf<Kinds>> {}

/** What a link's master knows of it as its port: the fields of all kinds of masters. */
export interface LinkPortData extends Merged<AnyOf<Ports>> {}
