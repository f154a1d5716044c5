/** Every option that the kernel's headers name is a row, or is left out for a reason that stands here. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import * as kernel from '#data/kernel.js'
import * as newer from '#data/newer.js'
import { headersAtHand, namesIn } from '../../tools/headers.js'
import { rows } from './rows.js'

/** The headers that name options of the levels that have rows, and how the names begin. */
const headers: Readonly<Record<string, RegExp>> = {
  'asm-generic/socket.h': /^SO_/,
  'linux/in.h': /^(?:IP|MCAST)_/,
  'linux/in6.h': /^IPV6_/,
  'linux/ipv6.h': /^IPV6_/,
  'linux/tcp.h': /^TCP_/,
  'linux/udp.h': /^UDP_/,
  'linux/icmp.h': /^ICMP_/,
  'linux/icmpv6.h': /^ICMPV6_/,
  'linux/netlink.h': /^NETLINK_/,
  'linux/if_packet.h': /^PACKET_/,
  'linux/can/raw.h': /^CAN_RAW_/,
  'linux/can/isotp.h': /^CAN_ISOTP_/,
  'linux/can/j1939.h': /^SO_J1939_/,
  'linux/tipc.h': /^TIPC_/,
  'linux/if_alg.h': /^ALG_/,
  'linux/sctp.h': /^SCTP_/,
  'linux/mptcp.h': /^MPTCP_(?!PM_)/,
  'linux/vm_sockets.h': /^SO_VM_/,
  'linux/rds.h': /^(?:SO_)?RDS_/,
  'linux/if_xdp.h': /^XDP_/,
}

/** What is no row, and why. */
const excluded: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^SO_\w+_(OLD|NEW)$/, 'the same with time_t of 32 or 64 bits, of which the plain name is the one here'],
  [/^SO_SECURITY_/, 'never taken by Linux'],
  [/^SO_PEERNAME$/, 'getpeername(2), which is a verb; this takes no more room than the address has'],
  [/^SO_BSDCOMPAT$/, 'without effect since Linux 2.4'],
  [/^SO_DEVMEM_(LINEAR|DMABUF)$/, 'control messages: SCM_DEVMEM_*'],
  [/^IP_PMTUDISC_/, 'values of IP_MTU_DISCOVER'],
  [/^IP_DEFAULT_MULTICAST_/, 'the first values of IP_MULTICAST_TTL and IP_MULTICAST_LOOP'],
  [/^IP_(RECVRETOPTS|ORIGDSTADDR)$/, 'other names of IP_RETOPTS and IP_RECVORIGDSTADDR'],
  [/^MCAST_(INCLUDE|EXCLUDE)$/, 'modes of IP_MSFILTER and MCAST_MSFILTER'],
  [/^IPV6_FL_/, 'values of IPV6_FLOWLABEL_MGR'],
  [/^IPV6_(FLOWINFO|PRIORITY)_(?!SEND$)/, 'parts of the flow information field'],
  [/^IPV6_TLV_/, 'types within the headers of options'],
  [/^IPV6_PMTUDISC_/, 'values of IPV6_MTU_DISCOVER'],
  [/^IPV6_PREFER_SRC_/, 'values of IPV6_ADDR_PREFERENCES'],
  [/^IPV6_ORIGDSTADDR$/, 'another name of IPV6_RECVORIGDSTADDR'],
  [/^IPV6_HOPLIMIT$/, 'a control message, which IPV6_RECVHOPLIMIT asks for'],
  [/^IPV6_(NEXTHOP|AUTHHDR)$/, 'RFC 2292 and RFC 3542 have it, Linux takes it never'],
  [/^IPV6_(MIN_MTU|SRCRT_\w+|OPT_ROUTERALERT_MLD)$/, 'limits and types of headers'],
  [/^TCP_(FLAG_\w+|RESERVED_BITS|DATA_OFFSET)$/, 'bits of the header'],
  [/^TCP_MSS_/, 'segment sizes'],
  [/^TCP_THIN_DUPACK$/, 'without effect since Linux 4.12'],
  [/^TCP_CM_INQ$/, 'the control message that TCP_INQ asks for'],
  [/^TCP_REPAIR_(ON|OFF|OFF_NO_WP)$/, 'values of TCP_REPAIR'],
  [/^TCP_(NO_QUEUE|RECV_QUEUE|SEND_QUEUE|QUEUES_NR)$/, 'values of TCP_REPAIR_QUEUE'],
  [/^TCP_CA_/, 'states of congestion control in TCP_INFO'],
  [/^TCP_NLA_/, 'attributes of SCM_TIMESTAMPING_OPT_STATS'],
  [/^TCP_(MD5SIG|AO)_(MAXKEYLEN|FLAG_\w+|KEYF_\w+)$/, 'limits and flags of the keys'],
  [/^TCP_RECEIVE_ZEROCOPY_/, 'flags of TCP_ZEROCOPY_RECEIVE'],
  [/^UDP_ENCAP_/, 'values of UDP_ENCAP'],
  [
    /^NETLINK_(ROUTE|UNUSED|USERSOCK|FIREWALL|SOCK_DIAG|NFLOG|XFRM|SELINUX|ISCSI|AUDIT|FIB_LOOKUP|CONNECTOR|NETFILTER|IP6_FW|DNRTMSG|KOBJECT_UEVENT|GENERIC|SCSITRANSPORT|ECRYPTFS|RDMA|CRYPTO|SMC|INET_DIAG)$/,
    'protocols',
  ],
  [/^NETLINK_(UNCONNECTED|CONNECTED)$/, 'states within the kernel'],
  [
    /^PACKET_(HOST|BROADCAST|MULTICAST|OTHERHOST|OUTGOING|LOOPBACK|USER|KERNEL|FASTROUTE)$/,
    'types of packets',
  ],
  [/^PACKET_MR_/, 'types of memberships'],
  [/^PACKET_FANOUT_(?!DATA$)/, 'types and flags of PACKET_FANOUT'],
  [/^PACKET_[RT]X_RING$/, 'memory shared with the kernel, which needs mmap(2)'],
  [/^PACKET_RECV_OUTPUT$/, 'never taken by Linux'],
  [/^PACKET_TX_TIMESTAMP$/, 'a control message'],
  [/^NETLINK_[RT]X_RING$/, 'not taken since Linux 4.6'],
  [/^CAN_RAW_(FILTER_MAX|XL_VCID_(?!OPTS$)\w+)$/, 'a limit and flags of the values'],
  [
    /^CAN_ISOTP_(?!OPTS$|RECV_FC$|[RT]X_STMIN$|LL_OPTS$)/,
    'flags and first values of CAN_ISOTP_OPTS, CAN_ISOTP_RECV_FC and CAN_ISOTP_LL_OPTS',
  ],
  [/^TIPC_(TOP_SRV|CFG_SRV|NODE_STATE|LINK_STATE|RESERVED_TYPES)$/, 'types of services'],
  [/^TIPC_(\w+_SCOPE|ADDR_\w+|SERVICE_\w+|SOCKET_ADDR)$/, 'scopes and kinds of addresses'],
  [/^TIPC_(\w+_(BITS|OFFSET|SIZE|MASK))$/, 'parts of a node’s number'],
  [/^TIPC_(OK|ERR_\w+|CONN_SHUTDOWN|\w+_IMPORTANCE)$/, 'values of TIPC_ERRINFO and TIPC_IMPORTANCE'],
  [/^TIPC_(SUB_\w+|SUBSCR_TIMEOUT|WAIT_FOREVER|PUBLISHED|WITHDRAWN)$/, 'subscriptions and events'],
  [/^TIPC_(ERRINFO|RETDATA|DESTNAME)$/, 'control messages'],
  [/^TIPC_GROUP_(LOOPBACK|MEMBER_EVTS)$/, 'flags of TIPC_GROUP_JOIN'],
  [/^TIPC_(MAX_\w+|NODEID_LEN|AEAD_\w+|REKEYING_NOW)$/, 'limits, names and keys of nodes and links'],
  [/^SO_VM_SOCKETS_(PEER_HOST_VM_ID|TRUSTED|NONBLOCK_TXRX)$/, 'the hypervisor VMCI had them, never Linux'],
  [/^RDS_(GET_MR|GET_MR_FOR_DEST|FREE_MR|RDMA_\w+)$/, 'memory for RDMA and its operations, and their flags'],
  [/^RDS_INFO_/, 'lists for rds-info(1), and their flags'],
  [/^RDS_CMSG_/, 'control messages'],
  [/^RDS_TRANS_/, 'values of SO_RDS_TRANSPORT'],
  [/^RDS_MSG_RX_/, 'values of SO_RDS_MSG_RXPATH_LATENCY'],
  [/^RDS_(CONG_MONITOR_SIZE|MAX_ZCOOKIES|IB_\w+)$/, 'limits, and InfiniBand'],
  [/^XDP_(RX_RING|TX_RING|MMAP_OFFSETS|UMEM_\w+|PGOFF_\w+|RING_NEED_WAKEUP)$/, 'rings and their memory'],
  [/^XDP_(SHARED_UMEM|COPY|ZEROCOPY|USE_\w+)$/, 'flags of an address'],
  [/^XDP_(OPTIONS_ZEROCOPY|TXMD_\w+|TX_METADATA|PKT_CONTD)$/, 'flags of XDP_OPTIONS and of descriptors'],
  [/^ICMP_(?!FILTER$)/, 'types and codes of messages'],
  [/^ICMPV6_(?!FILTER$)/, 'types and codes of messages'],
  [/^SCTP_(FUTURE|CURRENT|ALL)_ASSOC$/, 'association ids'],
  [/^SCTP_(DELAYED_ACK|DELAYED_SACK|EXPOSE_PF_STATE)$/, 'other names of options'],
  [/^SCTP_SOCKOPT_PEELOFF(_FLAGS)?$/, 'sctpPeeloff, which owns the descriptor'],
  [/^SCTP_SOCKOPT_CONNECTX(_OLD|3)$/, 'older forms of SCTP_SOCKOPT_CONNECTX, or one with a pointer'],
  [/^SCTP_SENDMSG_CONNECT$/, 'for the kernel’s own use'],
  [/^SCTP_PR_SCTP_/, 'policies of partial reliability'],
  [
    /^SCTP_ENABLE_(RESET_STREAM_REQ|RESET_ASSOC_REQ|CHANGE_ASSOC_REQ|STRRESET_MASK)$/,
    'values of SCTP_ENABLE_STREAM_RESET',
  ],
  [
    /^SCTP_(STREAM_RESET|ASSOC_RESET|ASSOC_CHANGE|STREAM_CHANGE)_(INCOMING|OUTGOING|DENIED|FAILED)\w*$/,
    'flags of streams made anew',
  ],
  [/^SCTP_(UNORDERED|ADDR_OVER|ABORT|SACK_IMMEDIATELY|SENDALL|NOTIFICATION|EOF)$/, 'flags of a message'],
  [/^SCTP_(INIT|SNDRCV|SNDINFO|RCVINFO|NXTINFO|PRINFO|AUTHINFO|DSTADDRV4|DSTADDRV6)$/, 'control messages'],
  [
    /^SCTP_(COMM_UP|COMM_LOST|RESTART|SHUTDOWN_COMP|CANT_STR_ASSOC|ADDR_\w+|DATA_UNSENT|DATA_SENT)$/,
    'what notifications tell',
  ],
  [/^SCTP_(PARTIAL_DELIVERY_ABORTED|AUTH_(NEW_?KEY|FREE_KEY|NO_AUTH))$/, 'what notifications tell'],
  [
    /^SCTP_(SN_TYPE_\w+|DATA_IO_EVENT|\w+_EVENT|ASSOC_CHANGE|PEER_ADDR_CHANGE|SEND_FAILED|REMOTE_ERROR|\w+_INDICATION)$/,
    'notifications',
  ],
  [
    /^SCTP_(FAILED_THRESHOLD|RECEIVED_SACK|HEARTBEAT_SUCCESS|RESPONSE_TO_USER_REQ|INTERNAL_ERROR|SHUTDOWN_GUARD_EXPIRES|PEER_FAULTY)$/,
    'errors of notifications',
  ],
  [/^SCTP_AUTH_HMAC_ID_/, 'values of SCTP_HMAC_IDENT'],
  [/^SCTP_(INACTIVE|PF|POTENTIALLY_FAILED|ACTIVE|UNCONFIRMED|UNKNOWN)$/, 'states of an address'],
  [
    /^SCTP_(EMPTY|CLOSED|COOKIE_\w+|ESTABLISHED|SHUTDOWN_(PENDING|SENT|RECEIVED|ACK_SENT))$/,
    'states of an association',
  ],
  [/^SCTP_BINDX_/, 'flags of sctp_bindx(3)'],
  [/^SCTP_SS_/, 'values of SCTP_STREAM_SCHEDULER'],
  [/^MPTCP_(SUBFLOW_FLAG|INFO_FLAG|RST)_/, 'flags and reasons'],
  [/^ALG_(SET_(IV|OP|AEAD_ASSOCLEN)|OP_\w+)$/, 'control messages of an operation, and a value of one'],
]

/** The names in src/data/kernel.ts, by the header they are from. */
function generated(): ReadonlyMap<string, readonly string[]> {
  const text = readFileSync(fileURLToPath(new URL('../../../src/data/kernel.ts', import.meta.url)), 'utf8')
  const found = new Map<string, string[]>()
  let names: string[] = []
  for (const line of text.split('\n')) {
    const header = /^\/\/ include\/(?:uapi\/)?(\S+)$/.exec(line)?.[1]
    if (header !== undefined) {
      names = []
      found.set(header, names)
    }
    const name = /^export const (\w+) = -?\d+$/.exec(line)?.[1]
    if (name !== undefined) names.push(name)
  }
  return found
}

const known = generated()
const options = Object.entries(headers).flatMap(([header, pattern]) =>
  (known.get(header) ?? []).filter((name) => pattern.test(name)),
)

describe('the names of options', () => {
  it('are rows, or left out for a reason', () => {
    assert.ok(options.length > 450, `${options.length} names`)
    const missing = options.filter(
      (name) => !rows.has(name) && !excluded.some(([pattern]) => pattern.test(name)),
    )
    assert.deepEqual(missing, [])
  })

  it('are not left out though they are rows', () => {
    for (const [pattern, reason] of excluded) {
      assert.ok(
        options.some((name) => pattern.test(name)),
        `nothing is left out by ${pattern}: ${reason}`,
      )
      assert.deepEqual(
        [...rows.keys()].filter((name) => pattern.test(name)),
        [],
        reason,
      )
    }
  })

  it('of the rows are the headers’', () => {
    // The kernel has no header of these for programs.
    const bluetooth = /^(BT|HCI|L2CAP|RFCOMM|SCO)_/
    // RFC 3493's names of two that Linux calls otherwise, two that only the kernel's own header has, and netfilter's,
    // whose headers are not among these.
    const aliases = [
      ...['IPV6_JOIN_GROUP', 'IPV6_LEAVE_GROUP', 'UDPLITE_SEND_CSCOV', 'UDPLITE_RECV_CSCOV'],
      ...['SO_ORIGINAL_DST', 'IP6T_SO_ORIGINAL_DST'],
    ]
    const explained = (name: string): boolean =>
      options.includes(name) || aliases.includes(name) || bluetooth.test(name) || name in newer
    assert.deepEqual(
      [...rows.keys()].filter((name) => !explained(name)),
      [],
    )
  })

  it('that are newer are not in the headers yet, and rows', () => {
    assert.deepEqual(
      Object.keys(newer).filter((name) => name in kernel),
      [],
    )
    assert.deepEqual(
      Object.keys(newer).filter((name) => /^(SO|TCP)_/.test(name) && !rows.has(name)),
      [],
    )
  })

  const top = headersAtHand()
  it('are all in kernel.ts', { skip: top === undefined && 'the kernel’s headers are not at hand' }, () => {
    for (const [header, pattern] of Object.entries(headers)) {
      const text = readFileSync(join(top as string, 'include/uapi', header), 'utf8')
      const names = namesIn(
        text
          .replace(/\/\*[\s\S]*?\*\//g, '')
          .replace(/^#if 0[\s\S]*?^#endif/gm, '')
          .replace(/^#[ \t]*define\s+/gm, '#define ')
          .replace(/\t/g, ' '),
      )
      const some = names.filter((name) => pattern.test(name))
      assert.ok(some.length > 3, `${some.length} names in ${header}`)
      assert.deepEqual(
        some.filter(
          (name) => !known.get(header)?.includes(name) && ![...known.values()].flat().includes(name),
        ),
        [],
        header,
      )
    }
  })
})
