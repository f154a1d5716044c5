/*
 * Control buffers as C makes them, by CMSG_FIRSTHDR, CMSG_NXTHDR and the structs of the system's headers: one buffer a
 * line on standard input, its messages parted by ';', and its hex on standard output. `len N` and `space N` are the
 * macros'. Bytes are in hex, '.' is none.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <time.h>
#include <linux/errqueue.h>
#include <linux/if_alg.h>
#include <linux/net_tstamp.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/can.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <linux/tipc.h>
#include <linux/sctp.h>
#include <linux/rds.h>

/* Newer than some C libraries' headers: from the kernel's. */
#ifndef SCM_CAN_RAW_ERRQUEUE
#define SCM_CAN_RAW_ERRQUEUE 1
#endif
#ifndef SCM_PIDFD
#define SCM_PIDFD 4
#endif
#ifndef SCM_SECURITY
#define SCM_SECURITY 3
#endif
#ifndef SCM_TS_OPT_ID
#define SCM_TS_OPT_ID 81
#endif
#ifndef SCM_DEVMEM_DMABUF
#define SCM_DEVMEM_LINEAR 78
#define SCM_DEVMEM_DMABUF 79
struct dmabuf_cmsg {
  uint64_t frag_offset;
  uint32_t frag_size, frag_token, dmabuf_id, flags;
};
#endif
#ifndef SCM_INQ
#define SCM_INQ 84
#endif
#ifndef IP_PROTOCOL
#define IP_PROTOCOL 52
#endif
#ifndef IPV6_FLOWINFO
#define IPV6_FLOWINFO 11
#endif
#ifndef IP_RECVFRAGSIZE
#define IP_RECVFRAGSIZE 25
#endif
#ifndef SOL_VSOCK
#define SOL_VSOCK 287
#endif
#ifndef VSOCK_RECVERR
#define VSOCK_RECVERR 1
#endif
#ifndef TCP_CM_INQ
#define TCP_CM_INQ 36
#endif

static char line[1 << 16];

/* Messages of one plain value: i an int, u an unsigned one, b a byte, h 16 bits, q 64, n 32 as the network has them. */
static const struct { const char *name; int level, type; char shape; } plain[] = {
  { "pidfd", SOL_SOCKET, SCM_PIDFD, 'i' },
  { "tsflags", SOL_SOCKET, SO_TIMESTAMPING, 'u' },
  { "tsoptid", SOL_SOCKET, SCM_TS_OPT_ID, 'u' },
  { "txtime", SOL_SOCKET, SCM_TXTIME, 'q' },
  { "rxqovfl", SOL_SOCKET, SO_RXQ_OVFL, 'u' },
  { "mark", SOL_SOCKET, SO_MARK, 'u' },
  { "priority", SOL_SOCKET, SO_PRIORITY, 'u' },
  { "wifi", SOL_SOCKET, SCM_WIFI_STATUS, 'i' },
  { "unixinq", SOL_SOCKET, SCM_INQ, 'i' },
  { "ttl", IPPROTO_IP, IP_TTL, 'i' },
  { "tos", IPPROTO_IP, IP_TOS, 'b' },
  { "tosint", IPPROTO_IP, IP_TOS, 'i' },
  { "checksum", IPPROTO_IP, IP_CHECKSUM, 'u' },
  { "fragsize", IPPROTO_IP, IP_RECVFRAGSIZE, 'i' },
  { "protocol", IPPROTO_IP, IP_PROTOCOL, 'i' },
  { "hoplimit", IPPROTO_IPV6, IPV6_HOPLIMIT, 'i' },
  { "hoplimit2292", IPPROTO_IPV6, IPV6_2292HOPLIMIT, 'i' },
  { "tclass", IPPROTO_IPV6, IPV6_TCLASS, 'i' },
  { "flowinfo", IPPROTO_IPV6, IPV6_FLOWINFO, 'n' },
  { "dontfrag", IPPROTO_IPV6, IPV6_DONTFRAG, 'i' },
  { "fragsize6", IPPROTO_IPV6, IPV6_RECVFRAGSIZE, 'i' },
  { "segment", IPPROTO_UDP, UDP_SEGMENT, 'h' },
  { "gro", IPPROTO_UDP, UDP_GRO, 'i' },
  { "netlinkpktinfo", SOL_NETLINK, NETLINK_PKTINFO, 'u' },
  { "nsid", SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, 'i' },
  { "sctpauthinfo", IPPROTO_SCTP, SCTP_AUTHINFO, 'h' },
  { "algop", SOL_ALG, ALG_SET_OP, 'u' },
  { "algassoclen", SOL_ALG, ALG_SET_AEAD_ASSOCLEN, 'u' },
  { "inq", IPPROTO_TCP, TCP_CM_INQ, 'i' },
  { "j1939addr", SOL_CAN_J1939, SCM_J1939_DEST_ADDR, 'b' },
  { "j1939name", SOL_CAN_J1939, SCM_J1939_DEST_NAME, 'q' },
  { "j1939prio", SOL_CAN_J1939, SCM_J1939_PRIO, 'b' },
  { "rdscong", SOL_RDS, RDS_CMSG_CONG_UPDATE, 'q' },
  { "rdscookie", SOL_RDS, RDS_CMSG_ZCOPY_COOKIE, 'u' },
};

/* Messages of bytes. */
static const struct { const char *name; int level, type; } opaque[] = {
  { "security", SOL_SOCKET, SCM_SECURITY },
  { "ipsecurity", IPPROTO_IP, SCM_SECURITY },
  { "recvopts", IPPROTO_IP, IP_RECVOPTS },
  { "retopts", IPPROTO_IP, IP_RETOPTS },
  { "hopopts", IPPROTO_IPV6, IPV6_HOPOPTS },
  { "hopopts2292", IPPROTO_IPV6, IPV6_2292HOPOPTS },
  { "dstopts", IPPROTO_IPV6, IPV6_DSTOPTS },
  { "dstopts2292", IPPROTO_IPV6, IPV6_2292DSTOPTS },
  { "rthdrdstopts", IPPROTO_IPV6, IPV6_RTHDRDSTOPTS },
  { "rthdr", IPPROTO_IPV6, IPV6_RTHDR },
  { "rthdr2292", IPPROTO_IPV6, IPV6_2292RTHDR },
  { "tipcretdata", SOL_TIPC, TIPC_RETDATA },
};

/* The next word of this message, or NULL. */
static const char *more(void) { return strtok(NULL, " "); }

static const char *word(void) {
  const char *next = more();
  if (next == NULL) {
    fprintf(stderr, "control: an argument is missing\n");
    exit(1);
  }
  return next;
}

static long long number(void) { return strtoll(word(), NULL, 10); }

static size_t bytes(unsigned char *into) {
  const char *hex = word();
  size_t length = hex[0] == '.' ? 0 : strlen(hex) / 2;
  for (size_t i = 0; i < length; i++) {
    unsigned value;
    sscanf(hex + 2 * i, "%2x", &value);
    into[i] = (unsigned char)value;
  }
  return length;
}

static void address(int family, void *into) {
  if (inet_pton(family, word(), into) != 1) exit(1);
}

/* One message's level, type and data out of its words. */
static size_t message(const char *name, int *level, int *type, unsigned char *data) {
#define DONE(LEVEL, TYPE, VALUE) \
  do { *level = LEVEL; *type = TYPE; memcpy(data, &VALUE, sizeof VALUE); return sizeof VALUE; } while (0)
  for (size_t i = 0; i < sizeof plain / sizeof *plain; i++) {
    if (strcmp(name, plain[i].name) != 0) continue;
    const char *text = word();
    int int_ = (int)strtoll(text, NULL, 10);
    unsigned uint_ = (unsigned)strtoll(text, NULL, 10);
    uint8_t byte = (uint8_t)uint_;
    uint16_t half = (uint16_t)uint_;
    uint64_t quad = strtoull(text, NULL, 10);
    uint32_t net = htonl(uint_);
    switch (plain[i].shape) {
    case 'i': DONE(plain[i].level, plain[i].type, int_);
    case 'u': DONE(plain[i].level, plain[i].type, uint_);
    case 'b': DONE(plain[i].level, plain[i].type, byte);
    case 'h': DONE(plain[i].level, plain[i].type, half);
    case 'q': DONE(plain[i].level, plain[i].type, quad);
    case 'n': DONE(plain[i].level, plain[i].type, net);
    }
  }
  for (size_t i = 0; i < sizeof opaque / sizeof *opaque; i++) {
    if (strcmp(name, opaque[i].name) != 0) continue;
    *level = opaque[i].level;
    *type = opaque[i].type;
    return bytes(data);
  }
  if (strcmp(name, "unknown") == 0) {
    *level = (int)number();
    *type = (int)number();
    return bytes(data);
  }
  if (strcmp(name, "rights") == 0) {
    size_t count = 0;
    for (const char *each; (each = more()) != NULL; count++) {
      int descriptor = atoi(each);
      memcpy(data + count * sizeof(int), &descriptor, sizeof(int));
    }
    *level = SOL_SOCKET;
    *type = SCM_RIGHTS;
    return count * sizeof(int);
  }
  if (strcmp(name, "credentials") == 0) {
    struct ucred value = { .pid = (pid_t)number() };
    value.uid = (uid_t)number();
    value.gid = (gid_t)number();
    DONE(SOL_SOCKET, SCM_CREDENTIALS, value);
  }
  if (strcmp(name, "timeval") == 0) {
    int new = strcmp(word(), "new") == 0;
    struct timeval value = { .tv_sec = number() };
    value.tv_usec = number();
    DONE(SOL_SOCKET, new ? SO_TIMESTAMP_NEW : SO_TIMESTAMP_OLD, value);
  }
  if (strcmp(name, "timespec") == 0) {
    int new = strcmp(word(), "new") == 0;
    struct timespec value = { .tv_sec = number() };
    value.tv_nsec = number();
    DONE(SOL_SOCKET, new ? SO_TIMESTAMPNS_NEW : SO_TIMESTAMPNS_OLD, value);
  }
  if (strcmp(name, "timestamping") == 0) {
    int new = strcmp(word(), "new") == 0;
    struct scm_timestamping value = { 0 };
    for (int i = 0; i < 3; i++) {
      value.ts[i].tv_sec = number();
      value.ts[i].tv_nsec = number();
    }
    DONE(SOL_SOCKET, new ? SO_TIMESTAMPING_NEW : SO_TIMESTAMPING_OLD, value);
  }
  if (strcmp(name, "tspktinfo") == 0) {
    struct scm_ts_pktinfo value = { .if_index = (unsigned)number() };
    value.pkt_length = (unsigned)number();
    DONE(SOL_SOCKET, SCM_TIMESTAMPING_PKTINFO, value);
  }
  if (strcmp(name, "optstats") == 0) {
    /* Attributes as TYPE:BYTES:VALUE. */
    size_t length = 0;
    for (const char *each; (each = more()) != NULL;) {
      unsigned kind, size;
      unsigned long long number;
      if (sscanf(each, "%u:%u:%llu", &kind, &size, &number) != 3) exit(1);
      struct nlattr attribute = { .nla_len = NLA_HDRLEN + size, .nla_type = kind };
      memcpy(data + length, &attribute, sizeof attribute);
      memset(data + length + NLA_HDRLEN, 0, NLA_ALIGN(size));
      memcpy(data + length + NLA_HDRLEN, &number, size);
      length += NLA_ALIGN(NLA_HDRLEN + size);
    }
    *level = SOL_SOCKET;
    *type = SCM_TIMESTAMPING_OPT_STATS;
    return length;
  }
  if (strcmp(name, "dmabuf") == 0 || strcmp(name, "linear") == 0) {
    struct dmabuf_cmsg value = { .frag_offset = (uint64_t)number() };
    value.frag_size = (uint32_t)number();
    value.frag_token = (uint32_t)number();
    value.dmabuf_id = (uint32_t)number();
    value.flags = (uint32_t)number();
    DONE(SOL_SOCKET, name[0] == 'd' ? SCM_DEVMEM_DMABUF : SCM_DEVMEM_LINEAR, value);
  }
  if (strcmp(name, "pktinfo") == 0) {
    struct in_pktinfo value = { .ipi_ifindex = (int)number() };
    address(AF_INET, &value.ipi_spec_dst);
    address(AF_INET, &value.ipi_addr);
    DONE(IPPROTO_IP, IP_PKTINFO, value);
  }
  if (strcmp(name, "pktinfo6") == 0 || strcmp(name, "pktinfo2292") == 0) {
    struct in6_pktinfo value = { .ipi6_ifindex = (unsigned)number() };
    address(AF_INET6, &value.ipi6_addr);
    DONE(IPPROTO_IPV6, name[7] == '6' ? IPV6_PKTINFO : IPV6_2292PKTINFO, value);
  }
  if (strcmp(name, "sctpinit") == 0) {
    struct sctp_initmsg value = { .sinit_num_ostreams = (uint16_t)number() };
    value.sinit_max_instreams = (uint16_t)number();
    value.sinit_max_attempts = (uint16_t)number();
    value.sinit_max_init_timeo = (uint16_t)number();
    DONE(IPPROTO_SCTP, SCTP_INIT, value);
  }
  if (strcmp(name, "sctpsndrcv") == 0) {
    struct sctp_sndrcvinfo value = { .sinfo_stream = (uint16_t)number() };
    value.sinfo_ssn = (uint16_t)number();
    value.sinfo_flags = (uint16_t)number();
    value.sinfo_ppid = htonl((uint32_t)number());
    value.sinfo_context = (uint32_t)number();
    value.sinfo_timetolive = (uint32_t)number();
    value.sinfo_tsn = (uint32_t)number();
    value.sinfo_cumtsn = (uint32_t)number();
    value.sinfo_assoc_id = (int)number();
    DONE(IPPROTO_SCTP, SCTP_SNDRCV, value);
  }
  if (strcmp(name, "sctpsndinfo") == 0) {
    struct sctp_sndinfo value = { .snd_sid = (uint16_t)number() };
    value.snd_flags = (uint16_t)number();
    value.snd_ppid = htonl((uint32_t)number());
    value.snd_context = (uint32_t)number();
    value.snd_assoc_id = (int)number();
    DONE(IPPROTO_SCTP, SCTP_SNDINFO, value);
  }
  if (strcmp(name, "sctprcvinfo") == 0) {
    struct sctp_rcvinfo value = { .rcv_sid = (uint16_t)number() };
    value.rcv_ssn = (uint16_t)number();
    value.rcv_flags = (uint16_t)number();
    value.rcv_ppid = htonl((uint32_t)number());
    value.rcv_tsn = (uint32_t)number();
    value.rcv_cumtsn = (uint32_t)number();
    value.rcv_context = (uint32_t)number();
    value.rcv_assoc_id = (int)number();
    DONE(IPPROTO_SCTP, SCTP_RCVINFO, value);
  }
  if (strcmp(name, "sctpnxtinfo") == 0) {
    struct sctp_nxtinfo value = { .nxt_sid = (uint16_t)number() };
    value.nxt_flags = (uint16_t)number();
    value.nxt_ppid = htonl((uint32_t)number());
    value.nxt_length = (uint32_t)number();
    value.nxt_assoc_id = (int)number();
    DONE(IPPROTO_SCTP, SCTP_NXTINFO, value);
  }
  if (strcmp(name, "sctpprinfo") == 0) {
    struct sctp_prinfo value = { .pr_policy = (uint16_t)number() };
    value.pr_value = (uint32_t)number();
    DONE(IPPROTO_SCTP, SCTP_PRINFO, value);
  }
  if (strcmp(name, "sctpdstaddrv4") == 0) {
    struct in_addr value;
    address(AF_INET, &value);
    DONE(IPPROTO_SCTP, SCTP_DSTADDRV4, value);
  }
  if (strcmp(name, "sctpdstaddrv6") == 0) {
    struct in6_addr value;
    address(AF_INET6, &value);
    DONE(IPPROTO_SCTP, SCTP_DSTADDRV6, value);
  }
  if (strcmp(name, "algiv") == 0) {
    *level = SOL_ALG;
    *type = ALG_SET_IV;
    struct af_alg_iv *iv = (struct af_alg_iv *)data;
    iv->ivlen = (uint32_t)bytes(iv->iv);
    return sizeof *iv + iv->ivlen;
  }
  if (strcmp(name, "origdst") == 0) {
    struct sockaddr_in value = { .sin_family = AF_INET };
    address(AF_INET, &value.sin_addr);
    value.sin_port = htons((uint16_t)number());
    DONE(IPPROTO_IP, IP_ORIGDSTADDR, value);
  }
  if (strcmp(name, "origdst6") == 0) {
    struct sockaddr_in6 value = { .sin6_family = AF_INET6 };
    address(AF_INET6, &value.sin6_addr);
    value.sin6_port = htons((uint16_t)number());
    value.sin6_scope_id = (unsigned)number();
    DONE(IPPROTO_IPV6, IPV6_ORIGDSTADDR, value);
  }
  if (strcmp(name, "pathmtu") == 0) {
    struct ip6_mtuinfo value = { .ip6m_addr = { .sin6_family = AF_INET6 } };
    address(AF_INET6, &value.ip6m_addr.sin6_addr);
    value.ip6m_addr.sin6_scope_id = (unsigned)number();
    value.ip6m_mtu = (uint32_t)number();
    DONE(IPPROTO_IPV6, IPV6_PATHMTU, value);
  }
  if (strcmp(name, "auxdata") == 0) {
    struct tpacket_auxdata value = { .tp_status = (uint32_t)number() };
    value.tp_len = (uint32_t)number();
    value.tp_snaplen = (uint32_t)number();
    value.tp_mac = (uint16_t)number();
    value.tp_net = (uint16_t)number();
    value.tp_vlan_tci = (uint16_t)number();
    value.tp_vlan_tpid = (uint16_t)number();
    DONE(SOL_PACKET, PACKET_AUXDATA, value);
  }
  if (strcmp(name, "txtimestamp") == 0) {
    struct sock_extended_err value = { .ee_errno = (uint32_t)number() };
    value.ee_origin = (uint8_t)number();
    value.ee_info = (uint32_t)number();
    value.ee_data = (uint32_t)number();
    DONE(SOL_PACKET, PACKET_TX_TIMESTAMP, value);
  }
  if (strcmp(name, "tipcerrinfo") == 0) {
    uint32_t value[2] = { (uint32_t)number() };
    value[1] = (uint32_t)number();
    DONE(SOL_TIPC, TIPC_ERRINFO, value);
  }
  if (strcmp(name, "tipcdestname") == 0) {
    struct tipc_service_range value = { .type = (uint32_t)number() };
    value.lower = (uint32_t)number();
    value.upper = (uint32_t)number();
    DONE(SOL_TIPC, TIPC_DESTNAME, value);
  }
  if (strstr(name, "recverr") != NULL) {
    struct sock_extended_err error = { .ee_errno = (uint32_t)number() };
    error.ee_origin = (uint8_t)number();
    error.ee_type = (uint8_t)number();
    error.ee_code = (uint8_t)number();
    error.ee_info = (uint32_t)number();
    error.ee_data = (uint32_t)number();
    if (name[0] == 'c') DONE(SOL_CAN_RAW, SCM_CAN_RAW_ERRQUEUE, error);
    if (name[0] == 'v') DONE(SOL_VSOCK, VSOCK_RECVERR, error);
    if (name[0] == 'j') DONE(SOL_CAN_J1939, SCM_J1939_ERRQUEUE, error);
    const char *offender = more();
    if (name[7] == '6') {
      struct { struct sock_extended_err error; struct sockaddr_in6 offender; } value = { .error = error };
      if (offender != NULL) {
        value.offender.sin6_family = AF_INET6;
        if (inet_pton(AF_INET6, offender, &value.offender.sin6_addr) != 1) exit(1);
      }
      DONE(IPPROTO_IPV6, IPV6_RECVERR, value);
    }
    struct { struct sock_extended_err error; struct sockaddr_in offender; } value = { .error = error };
    if (offender != NULL) {
      value.offender.sin_family = AF_INET;
      if (inet_pton(AF_INET, offender, &value.offender.sin_addr) != 1) exit(1);
      /* Where the kernel's headers say it is. */
      if (SO_EE_OFFENDER(&value.error) != (struct sockaddr *)&value.offender) exit(1);
    }
    DONE(IPPROTO_IP, IP_RECVERR, value);
  }
  if (strcmp(name, "rdslatency") == 0) {
    struct rds_cmsg_rx_trace value = { .rx_traces = 0 };
    for (const char *each; (each = more()) != NULL; value.rx_traces++) {
      value.rx_trace_pos[value.rx_traces] = (uint8_t)atoi(each);
      value.rx_trace[value.rx_traces] = strtoull(word(), NULL, 10);
    }
    DONE(SOL_RDS, RDS_CMSG_RXPATH_LATENCY, value);
  }
  if (strcmp(name, "rdscompletion") == 0) {
    struct rds_zcopy_cookies value = { .num = 0 };
    for (const char *each; (each = more()) != NULL; value.num++)
      value.cookies[value.num] = (uint32_t)strtoul(each, NULL, 10);
    DONE(SOL_RDS, RDS_CMSG_ZCOPY_COMPLETION, value);
  }
  fprintf(stderr, "control: no message %s\n", name);
  exit(1);
}

static void answer(char *text) {
  /* As much zeroed room as CMSG_NXTHDR wants to see behind the last. */
  static union { struct cmsghdr align; unsigned char bytes[1 << 15]; } room;
  memset(&room, 0, sizeof room);
  struct msghdr header = { .msg_control = room.bytes, .msg_controllen = sizeof room };
  struct cmsghdr *at = NULL;
  size_t used = 0;
  char *rest = text;
  for (char *part; (part = strsep(&rest, ";")) != NULL;) {
    const char *name = strtok(part, " ");
    if (name == NULL) continue;
    static unsigned char data[1 << 12];
    int level, type;
    size_t length = message(name, &level, &type, data);
    at = at == NULL ? CMSG_FIRSTHDR(&header) : CMSG_NXTHDR(&header, at);
    if (at == NULL) exit(1);
    at->cmsg_level = level;
    at->cmsg_type = type;
    at->cmsg_len = CMSG_LEN(length);
    memcpy(CMSG_DATA(at), data, length);
    used += CMSG_SPACE(length);
  }
  for (size_t i = 0; i < used; i++) printf("%02x", room.bytes[i]);
  printf(used == 0 ? ".\n" : "\n");
}

int main(void) {
  while (fgets(line, sizeof line, stdin) != NULL) {
    size_t length;
    line[strcspn(line, "\n")] = 0;
    if (sscanf(line, "len %zu", &length) == 1) printf("%zu\n", (size_t)CMSG_LEN(length));
    else if (sscanf(line, "space %zu", &length) == 1) printf("%zu\n", (size_t)CMSG_SPACE(length));
    else answer(line);
  }
  return 0;
}
