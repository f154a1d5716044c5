/**
 * The socket families of Linux as data: their types and protocols, and what each needs of the kernel. From it come the
 * hints of errors and the list of `berkeley families`.
 */
import * as bt from './bluetooth.js'
import * as k from './kernel.js'

/** One kind of socket: what socket(2) takes beside the family. */
export interface SocketKind {
  /** SOCK_*. */
  readonly type: number
  readonly protocol: number
  /** What the protocol is called; none where a family has only one. */
  readonly name?: string
  /** The kernel module that brings it, where it is not the family's own. */
  readonly module?: string
  /** The kernel's build option behind it, likewise. */
  readonly config?: string
  /** What the caller must have. */
  readonly needs?: string
}

export interface FamilyRow {
  /** AF_*. */
  readonly af: number
  /** What it is for, in a few words. */
  readonly about: string
  /** The kernel module that brings it; none where it can only be built in. */
  readonly module?: string
  /** The kernel's build option behind it; none where there is no such code any more. */
  readonly config?: string
  readonly kinds: readonly SocketKind[]
}

const types = {
  stream: k.SOCK_STREAM,
  dgram: k.SOCK_DGRAM,
  raw: k.SOCK_RAW,
  rdm: k.SOCK_RDM,
  seqpacket: k.SOCK_SEQPACKET,
  dccp: k.SOCK_DCCP,
} as const

type More = Omit<SocketKind, 'type' | 'protocol'>

/** Kinds of several types with one protocol: `kinds('stream dgram', 0)`. */
function kinds(list: string, protocol = 0, more: More = {}): SocketKind[] {
  return list.split(' ').map((type) => ({ type: types[type as keyof typeof types], protocol, ...more }))
}

const CAP_NET_RAW: More = { needs: 'CAP_NET_RAW' }
const PING = 'a group within net.ipv4.ping_group_range'

/** What AF_INET and AF_INET6 have alike; `6` is in the names of some modules. */
function inet(six: '' | '6'): SocketKind[] {
  const ping = six === '' ? k.IPPROTO_ICMP : k.IPPROTO_ICMPV6
  return [
    ...kinds('stream', k.IPPROTO_TCP, { name: 'IPPROTO_TCP' }),
    ...kinds('dgram', k.IPPROTO_UDP, { name: 'IPPROTO_UDP' }),
    ...kinds('dgram', ping, { name: six === '' ? 'IPPROTO_ICMP' : 'IPPROTO_ICMPV6', needs: PING }),
    ...kinds('raw', ping, { name: six === '' ? 'IPPROTO_ICMP' : 'IPPROTO_ICMPV6', ...CAP_NET_RAW }),
    ...kinds('raw', k.IPPROTO_RAW, { name: 'IPPROTO_RAW', ...CAP_NET_RAW }),
    ...kinds('stream', k.IPPROTO_MPTCP, { name: 'IPPROTO_MPTCP', config: 'CONFIG_MPTCP' }),
    ...kinds('dgram', k.IPPROTO_UDPLITE, { name: 'IPPROTO_UDPLITE', config: 'CONFIG_INET' }),
    ...kinds('stream seqpacket', k.IPPROTO_SCTP, {
      name: 'IPPROTO_SCTP',
      module: 'sctp',
      config: 'CONFIG_IP_SCTP',
    }),
    ...kinds('dccp', k.IPPROTO_DCCP, {
      name: 'IPPROTO_DCCP',
      module: `dccp_ipv${six === '' ? '4' : '6'}`,
      config: 'CONFIG_IP_DCCP, before Linux 6.16',
    }),
    ...kinds('dgram', k.IPPROTO_L2TP, {
      name: 'IPPROTO_L2TP',
      module: `l2tp_ip${six}`,
      config: 'CONFIG_L2TP_IP',
    }),
    ...kinds('stream', k.IPPROTO_SMC, {
      name: 'IPPROTO_SMC',
      module: 'smc',
      config: 'CONFIG_SMC, since Linux 6.11',
    }),
  ]
}

function netlink(name: string, protocol: number, more: More = {}): SocketKind[] {
  return kinds('raw dgram', protocol, { name: `NETLINK_${name}`, ...more })
}

// The kernel has these numbers in no header for programs, or in one that no program needs for more.
const PF_KEY_V2 = 2
const PX_PROTO = { OE: 0, OL2TP: 1, PPTP: 2 } as const
const PN_PROTO = { PHONET: 1, PIPE: 2 } as const
const NFC_SOCKPROTO = { RAW: 0, LLCP: 1 } as const
const CAIFPROTO_AT = 0
const SMCPROTO = { SMC: 0, SMC6: 1 } as const
const ISDN_P_BASE = 0

/** Every family that has sockets, by what people look for first. */
export const families: readonly FamilyRow[] = [
  {
    af: k.AF_UNIX,
    about: 'within this machine',
    config: 'CONFIG_UNIX',
    kinds: kinds('stream dgram seqpacket'),
  },
  { af: k.AF_INET, about: 'IPv4', config: 'CONFIG_INET', kinds: inet('') },
  { af: k.AF_INET6, about: 'IPv6', module: 'ipv6', config: 'CONFIG_IPV6', kinds: inet('6') },
  {
    af: k.AF_NETLINK,
    about: 'talk with the kernel',
    config: 'CONFIG_NET',
    kinds: [
      ...netlink('ROUTE', k.NETLINK_ROUTE),
      ...netlink('SOCK_DIAG', k.NETLINK_SOCK_DIAG, { config: 'CONFIG_NET' }),
      ...netlink('XFRM', k.NETLINK_XFRM, { module: 'xfrm_user', config: 'CONFIG_XFRM_USER' }),
      ...netlink('AUDIT', k.NETLINK_AUDIT, { config: 'CONFIG_AUDIT' }),
      ...netlink('CONNECTOR', k.NETLINK_CONNECTOR, { module: 'cn', config: 'CONFIG_CONNECTOR' }),
      ...netlink('NETFILTER', k.NETLINK_NETFILTER, {
        module: 'nfnetlink',
        config: 'CONFIG_NETFILTER_NETLINK',
      }),
      ...netlink('KOBJECT_UEVENT', k.NETLINK_KOBJECT_UEVENT),
      ...netlink('GENERIC', k.NETLINK_GENERIC),
      ...netlink('RDMA', k.NETLINK_RDMA, { module: 'ib_core', config: 'CONFIG_INFINIBAND' }),
      ...netlink('CRYPTO', k.NETLINK_CRYPTO, { module: 'crypto_user', config: 'CONFIG_CRYPTO_USER' }),
    ],
  },
  {
    af: k.AF_PACKET,
    about: 'frames of interfaces',
    module: 'af_packet',
    config: 'CONFIG_PACKET',
    kinds: kinds('raw dgram', 0, CAP_NET_RAW),
  },
  {
    af: k.AF_VSOCK,
    about: 'virtual machines and their hosts',
    module: 'vsock',
    config: 'CONFIG_VSOCKETS',
    kinds: [
      ...kinds('stream seqpacket'),
      ...kinds('dgram', 0, { module: 'vmw_vsock_vmci_transport', config: 'CONFIG_VMWARE_VMCI_VSOCKETS' }),
    ],
  },
  {
    af: k.AF_CAN,
    about: 'controller area networks',
    module: 'can',
    config: 'CONFIG_CAN',
    kinds: [
      ...kinds('raw', k.CAN_RAW, { name: 'CAN_RAW', module: 'can-raw', config: 'CONFIG_CAN_RAW' }),
      ...kinds('dgram', k.CAN_BCM, { name: 'CAN_BCM', module: 'can-bcm', config: 'CONFIG_CAN_BCM' }),
      ...kinds('dgram', k.CAN_ISOTP, { name: 'CAN_ISOTP', module: 'can-isotp', config: 'CONFIG_CAN_ISOTP' }),
      ...kinds('dgram', k.CAN_J1939, { name: 'CAN_J1939', module: 'can-j1939', config: 'CONFIG_CAN_J1939' }),
    ],
  },
  {
    af: k.AF_TIPC,
    about: 'services of a cluster',
    module: 'tipc',
    config: 'CONFIG_TIPC',
    kinds: kinds('rdm dgram seqpacket stream'),
  },
  {
    af: k.AF_ALG,
    about: "the kernel's cryptography",
    module: 'af_alg',
    config: 'CONFIG_CRYPTO_USER_API',
    kinds: kinds('seqpacket'),
  },
  {
    af: k.AF_BLUETOOTH,
    about: 'Bluetooth',
    module: 'bluetooth',
    config: 'CONFIG_BT',
    kinds: [
      ...kinds('raw', bt.BTPROTO_HCI, { name: 'BTPROTO_HCI' }),
      ...kinds('seqpacket stream dgram', bt.BTPROTO_L2CAP, { name: 'BTPROTO_L2CAP' }),
      ...kinds('raw', bt.BTPROTO_L2CAP, { name: 'BTPROTO_L2CAP', ...CAP_NET_RAW }),
      ...kinds('stream', bt.BTPROTO_RFCOMM, {
        name: 'BTPROTO_RFCOMM',
        module: 'rfcomm',
        config: 'CONFIG_BT_RFCOMM',
      }),
      ...kinds('seqpacket', bt.BTPROTO_SCO, { name: 'BTPROTO_SCO', config: 'CONFIG_BT_BREDR' }),
      ...kinds('raw', bt.BTPROTO_BNEP, { name: 'BTPROTO_BNEP', module: 'bnep', config: 'CONFIG_BT_BNEP' }),
      ...kinds('raw', bt.BTPROTO_CMTP, {
        name: 'BTPROTO_CMTP',
        module: 'cmtp',
        config: 'CONFIG_BT_CMTP',
      }),
      ...kinds('raw', bt.BTPROTO_HIDP, { name: 'BTPROTO_HIDP', module: 'hidp', config: 'CONFIG_BT_HIDP' }),
      ...kinds('seqpacket', bt.BTPROTO_ISO, {
        name: 'BTPROTO_ISO',
        config: 'CONFIG_BT_LE, and the experimental feature of it switched on',
      }),
    ],
  },
  {
    af: k.AF_RDS,
    about: 'reliable datagrams',
    module: 'rds',
    config: 'CONFIG_RDS',
    kinds: kinds('seqpacket'),
  },
  {
    af: k.AF_XDP,
    about: 'rings shared with interfaces',
    config: 'CONFIG_XDP_SOCKETS',
    kinds: kinds('raw', 0, CAP_NET_RAW),
  },
  {
    af: k.AF_QIPCRTR,
    about: "Qualcomm's processors",
    module: 'qrtr',
    config: 'CONFIG_QRTR',
    kinds: kinds('dgram'),
  },
  {
    af: k.AF_SMC,
    about: 'TCP over shared memory',
    module: 'smc',
    config: 'CONFIG_SMC',
    kinds: [
      ...kinds('stream', SMCPROTO.SMC, { name: 'SMCPROTO_SMC' }),
      ...kinds('stream', SMCPROTO.SMC6, { name: 'SMCPROTO_SMC6' }),
    ],
  },
  {
    af: k.AF_KCM,
    about: 'messages over TCP',
    module: 'kcm',
    config: 'CONFIG_AF_KCM',
    kinds: kinds('dgram seqpacket', k.KCMPROTO_CONNECTED, { name: 'KCMPROTO_CONNECTED' }),
  },
  {
    af: k.AF_RXRPC,
    about: 'remote procedure calls of AFS',
    module: 'rxrpc',
    config: 'CONFIG_AF_RXRPC',
    kinds: [
      ...kinds('dgram', k.PF_INET, { name: 'PF_INET' }),
      ...kinds('dgram', k.PF_INET6, { name: 'PF_INET6' }),
    ],
  },
  {
    af: k.AF_KEY,
    about: 'keys of IPsec, before NETLINK_XFRM',
    module: 'af_key',
    config: 'CONFIG_NET_KEY',
    kinds: kinds('raw', PF_KEY_V2, { name: 'PF_KEY_V2', needs: 'CAP_NET_ADMIN' }),
  },
  {
    af: k.AF_PPPOX,
    about: 'tunnels of PPP',
    module: 'pppox',
    config: 'CONFIG_PPPOE',
    kinds: [
      ...kinds('stream', PX_PROTO.OE, { name: 'PX_PROTO_OE', module: 'pppoe', config: 'CONFIG_PPPOE' }),
      ...kinds('dgram', PX_PROTO.OL2TP, {
        name: 'PX_PROTO_OL2TP',
        module: 'l2tp_ppp',
        config: 'CONFIG_PPPOL2TP',
      }),
      ...kinds('stream', PX_PROTO.PPTP, { name: 'PX_PROTO_PPTP', module: 'pptp', config: 'CONFIG_PPTP' }),
    ],
  },
  {
    af: k.AF_LLC,
    about: 'IEEE 802.2',
    module: 'llc2',
    config: 'CONFIG_LLC2',
    kinds: kinds('stream dgram', 0, CAP_NET_RAW),
  },
  {
    af: k.AF_IEEE802154,
    about: 'low-rate wireless networks',
    module: 'ieee802154_socket',
    config: 'CONFIG_IEEE802154_SOCKET',
    kinds: [...kinds('dgram'), ...kinds('raw', 0, CAP_NET_RAW)],
  },
  {
    af: k.AF_NFC,
    about: 'near-field communication',
    module: 'nfc',
    config: 'CONFIG_NFC',
    kinds: [
      ...kinds('seqpacket', NFC_SOCKPROTO.RAW, { name: 'NFC_SOCKPROTO_RAW' }),
      ...kinds('raw', NFC_SOCKPROTO.RAW, { name: 'NFC_SOCKPROTO_RAW', ...CAP_NET_RAW }),
      ...kinds('stream dgram', NFC_SOCKPROTO.LLCP, { name: 'NFC_SOCKPROTO_LLCP' }),
      ...kinds('raw', NFC_SOCKPROTO.LLCP, { name: 'NFC_SOCKPROTO_LLCP', ...CAP_NET_RAW }),
    ],
  },
  {
    af: k.AF_PHONET,
    about: "Nokia's modems",
    module: 'phonet',
    config: 'CONFIG_PHONET',
    kinds: [
      ...kinds('dgram', PN_PROTO.PHONET, { name: 'PN_PROTO_PHONET', needs: 'CAP_SYS_ADMIN' }),
      ...kinds('seqpacket', PN_PROTO.PIPE, {
        name: 'PN_PROTO_PIPE',
        module: 'pn_pep',
        config: 'CONFIG_PHONET',
        needs: 'CAP_SYS_ADMIN',
      }),
    ],
  },
  {
    af: k.AF_CAIF,
    about: "ST-Ericsson's modems",
    module: 'caif_socket',
    config: 'CONFIG_CAIF',
    kinds: kinds('seqpacket stream', CAIFPROTO_AT, { name: 'CAIFPROTO_AT', needs: 'CAP_SYS_ADMIN' }),
  },
  { af: k.AF_MCTP, about: 'management of components', config: 'CONFIG_MCTP', kinds: kinds('dgram') },
  {
    af: k.AF_ISDN,
    about: 'ISDN',
    module: 'mISDN_core',
    config: 'CONFIG_MISDN',
    kinds: kinds('raw', ISDN_P_BASE, { name: 'ISDN_P_BASE', ...CAP_NET_RAW }),
  },
  {
    af: k.AF_AX25,
    about: 'amateur radio',
    module: 'ax25',
    config: 'CONFIG_AX25',
    kinds: [...kinds('seqpacket dgram'), ...kinds('raw', 0, CAP_NET_RAW)],
  },
  {
    af: k.AF_NETROM,
    about: 'amateur radio, NET/ROM',
    module: 'netrom',
    config: 'CONFIG_NETROM',
    kinds: kinds('seqpacket'),
  },
  {
    af: k.AF_ROSE,
    about: 'amateur radio, ROSE',
    module: 'rose',
    config: 'CONFIG_ROSE',
    kinds: kinds('seqpacket'),
  },
  { af: k.AF_X25, about: 'X.25', module: 'x25', config: 'CONFIG_X25', kinds: kinds('seqpacket') },
  {
    af: k.AF_APPLETALK,
    about: 'AppleTalk',
    module: 'appletalk',
    config: 'CONFIG_ATALK',
    kinds: [...kinds('dgram'), ...kinds('raw', 0, CAP_NET_RAW)],
  },
  {
    af: k.AF_ATMPVC,
    about: 'permanent circuits of ATM',
    module: 'atm',
    config: 'CONFIG_ATM',
    kinds: kinds('dgram'),
  },
  {
    af: k.AF_ATMSVC,
    about: 'switched circuits of ATM',
    module: 'atm',
    config: 'CONFIG_ATM',
    kinds: kinds('dgram'),
  },
  {
    af: k.AF_IUCV,
    about: 'guests of z/VM',
    module: 'af_iucv',
    config: 'CONFIG_AFIUCV, on s390',
    kinds: kinds('stream seqpacket'),
  },
]

/** Numbers without sockets, and why. */
export const absent: Readonly<Record<number, string>> = {
  [k.AF_UNSPEC]: 'it stands for no family',
  [k.AF_IPX]: 'it left Linux in 4.18',
  [k.AF_IRDA]: 'it left Linux in 4.17',
  [k.AF_DECnet]: 'it left Linux in 6.1',
  [k.AF_ECONET]: 'it left Linux in 3.5',
  [k.AF_WANPIPE]: 'it left Linux long ago',
  [k.AF_BRIDGE]: 'bridges are told of by AF_NETLINK',
  [k.AF_MPLS]: 'MPLS is told of by AF_NETLINK',
  [k.AF_IB]: 'its addresses are for the connections of InfiniBand',
  [k.AF_NETBEUI]: 'Linux never had it',
  [k.AF_SECURITY]: 'Linux never had it',
  [k.AF_ASH]: 'Linux never had it',
  [k.AF_SNA]: 'Linux never had it',
}
