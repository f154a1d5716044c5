/** What stands here for each of Python's names, where it is not the same name: ours, and a word on it. */

/** The names here, parted by spaces, '' for none; and what differs, or why there is none. */
export type Answer = readonly [here: string, note: string]

/** Names that wait: their blocking twin ends in Sync. */
export const twins: string = `
    create_connection getaddrinfo getfqdn gethostbyaddr gethostbyname gethostbyname_ex getnameinfo
    getprotobyname getservbyname getservbyport`

export const functions: Readonly<Record<string, Answer>> = {
  close: ['', '`closeSync` of `node:fs` closes any number'],
  dup: ['Socket.dup fromfd', 'of a socket, or of its number'],
  recv_fds: ['Socket.recvFds Socket.recvFdsSync', 'a method'],
  send_fds: ['Socket.sendFds Socket.sendFdsSync', 'a method'],
}

export const classes: Readonly<Record<string, Answer>> = {
  AddressFamily: ['', 'constants are numbers; the type `AddressFamily` is one that knows its addresses'],
  AddressInfo: ['', 'constants are numbers'],
  MsgFlag: ['', 'constants are numbers'],
  SocketIO: ['SocketFile', 'with the buffers and the text layer of `io` in one'],
  SocketKind: ['', 'constants are numbers'],
  SocketType: ['Socket', ''],
  socket: ['socket Socket', 'a function makes it, the class is its type'],
}

export const exceptions: Readonly<Record<string, Answer>> = {
  error: ['SystemError', 'match `code`'],
  gaierror: ['GaiError', 'match `code`'],
  herror: ['HostError', 'match `code`'],
  timeout: ['TimeoutError', 'its `code` is `ETIMEDOUT`'],
}

export const methods: Readonly<Record<string, Answer>> = {
  proto: ['protocol', ''],
  timeout: ['gettimeout', 'milliseconds'],
}

export const methodTwins: string = `
    accept connect connect_ex recv recv_into recvfrom recvfrom_into recvmsg recvmsg_into send sendall sendfile
    sendmsg sendmsg_afalg sendto`

export const fileMethods: Readonly<Record<string, Answer>> = {
  name: ['fileno', 'it is the descriptor'],
  readinto: ['readInto readIntoSync', ''],
}

export const fileTwins: string = `
    close write`

const UNMERGED: Answer = ['', 'public-key operations never came into the kernel']
const BCM = "the kernel's spelling"

export const constants: Readonly<Record<string, Answer>> = {
  ALG_OP_SIGN: UNMERGED,
  ALG_OP_VERIFY: UNMERGED,
  ALG_SET_PUBKEY: [
    '',
    'public-key operations never came into the kernel, which has `ALG_SET_DRBG_ENTROPY` as 6',
  ],
  CAPI: ['', "for Python's own modules in C"],
  ETHERTYPE_ARP: ['ETH_P_ARP', "the kernel's name"],
  ETHERTYPE_IP: ['ETH_P_IP', "the kernel's name"],
  ETHERTYPE_IPV6: ['ETH_P_IPV6', "the kernel's name"],
  ETHERTYPE_VLAN: ['ETH_P_8021Q', "the kernel's name"],
  has_ipv6: ['', 'it says what Python was compiled with; `socket(AF_INET6)` tells what the kernel has'],
  IP_MAX_MEMBERSHIPS: ['', "libc's, of old; `net.ipv4.igmp_max_memberships` decides"],
  IPPORT_RESERVED: ['', "libc's, of old; `net.ipv4.ip_unprivileged_port_start` decides"],
  IPPORT_USERRESERVED: ['', "libc's, of old; `net.ipv4.ip_local_port_range` decides"],
  IPV6_RTHDR_TYPE_0: ['IPV6_SRCRT_TYPE_0', "the kernel's name; deprecated by RFC 5095"],
  IPX_TYPE: ['', 'IPX left Linux in 4.18'],
  ...bcm('TX_SETUP TX_DELETE TX_READ TX_SEND RX_SETUP RX_DELETE RX_READ TX_STATUS TX_EXPIRED RX_STATUS'),
  ...bcm('RX_TIMEOUT RX_CHANGED SETTIMER STARTTIMER TX_COUNTEVT TX_ANNOUNCE TX_CP_CAN_ID RX_FILTER_ID'),
  ...bcm('RX_CHECK_DLC RX_NO_AUTOTIMER RX_ANNOUNCE_RESUME TX_RESET_MULTI_IDX RX_RTR_FRAME CAN_FD_FRAME'),
}

/** Python puts CAN_BCM_ before the words of linux/can/bcm.h. */
function bcm(names: string): Record<string, Answer> {
  return Object.fromEntries(names.split(' ').map((name) => [`CAN_BCM_${name}`, [name, BCM]]))
}

/** What does on Linux what these do elsewhere; the rest has nothing to stand for it. */
export const elsewhere: Readonly<Record<string, Answer>> = {
  AF_HYPERV: ['AF_VSOCK', 'in a guest of Hyper-V'],
  AF_LINK: ['AF_PACKET', ''],
  AF_SYSTEM: ['AF_NETLINK', ''],
  errorTab: ['', '`util.getSystemErrorMap` of `node:util` has the texts'],
  fromshare: ['Socket.recvFds Socket.recvFdsSync', 'descriptors go through AF_UNIX'],
  IP_RECVDSTADDR: ['IP_PKTINFO', ''],
  IPPROTO_IPCOMP: ['IPPROTO_COMP', ''],
  IPPROTO_IPV4: ['IPPROTO_IPIP', ''],
  IPPROTO_L2TP: ['IPPROTO_L2TP', ''],
  IPPROTO_MAX: ['IPPROTO_MAX', 'another number here'],
  IPV6_USE_MIN_MTU: ['IPV6_MTU', '1280 is the least'],
  LOCAL_CREDS: ['SO_PASSCRED', ''],
  LOCAL_CREDS_PERSISTENT: ['SO_PASSCRED', ''],
  LOCAL_PEERCRED: ['SO_PEERCRED', ''],
  MSG_EOF: ['Socket.shutdown', 'after the last send'],
  MSG_NOTIFICATION: ['MSG_NOTIFICATION', 'of SCTP'],
  PF_SYSTEM: ['AF_NETLINK', ''],
  RFCOMM_LM_AUTH: ['RFCOMM_LM_AUTH', ''],
  RFCOMM_LM_ENCRYPT: ['RFCOMM_LM_ENCRYPT', ''],
  RFCOMM_LM_SECURE: ['RFCOMM_LM_SECURE', ''],
  SCM_CREDS: ['SCM_CREDENTIALS', ''],
  SCM_CREDS2: ['SCM_CREDENTIALS', ''],
  SIO_KEEPALIVE_VALS: ['TCP_KEEPIDLE TCP_KEEPINTVL TCP_KEEPCNT', ''],
  SIO_RCVALL: ['AF_PACKET', ''],
  SO_EXCLUSIVEADDRUSE: ['SO_REUSEADDR', 'a port is exclusive here unless this is set'],
  SO_REUSEPORT_LB: ['SO_REUSEPORT', 'it spreads the load here'],
  SO_SETFIB: ['SO_MARK', 'and a routing rule for the mark'],
  SO_USER_COOKIE: ['SO_MARK', ''],
  'socket.ioctl': ['', 'there is a function or an option for what Linux has'],
  'socket.share': ['Socket.sendFds Socket.sendFdsSync', 'descriptors go through AF_UNIX'],
  TCP_CONNECTION_INFO: ['TCP_INFO', ''],
  TCP_KEEPALIVE: ['TCP_KEEPIDLE', ''],
}
