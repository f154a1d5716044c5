/*
 * What C makes of the same words, by the system's own headers: one command a line on standard input, one answer a
 * line on standard output (hex of a struct's bytes, '-' for a refusal). Arguments that may hold anything are in hex,
 * '.' is the empty one.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/can.h>
#include <linux/tipc.h>
#include <linux/if_xdp.h>
#include <linux/qrtr.h>
#include <linux/vm_sockets.h>

static char line[1 << 16];

static void show(const void *data, size_t length) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
  printf(length == 0 ? ".\n" : "\n");
}

/* The next argument as it stands. */
static const char *word(void) {
  const char *next = strtok(NULL, " \n");
  if (next == NULL) {
    fprintf(stderr, "golden: an argument is missing\n");
    exit(1);
  }
  return next;
}

static long number(void) { return strtol(word(), NULL, 10); }

/* The next argument out of hex, with a NUL behind it. */
static size_t bytes(char *into, size_t room) {
  const char *hex = word();
  size_t length = hex[0] == '.' ? 0 : strlen(hex) / 2;
  if (length >= room) exit(1);
  for (size_t i = 0; i < length; i++) {
    unsigned value;
    sscanf(hex + 2 * i, "%2x", &value);
    into[i] = (char)value;
  }
  into[length] = 0;
  return length;
}

static void answer(const char *command) {
  char text[4096];
  if (strcmp(command, "in") == 0) {
    struct sockaddr_in a = { .sin_family = AF_INET };
    bytes(text, sizeof text);
    a.sin_port = htons((uint16_t)number());
    if (inet_pton(AF_INET, text, &a.sin_addr) != 1) puts("-");
    else show(&a, sizeof a);
  } else if (strcmp(command, "in6") == 0) {
    struct sockaddr_in6 a = { .sin6_family = AF_INET6 };
    bytes(text, sizeof text);
    a.sin6_port = htons((uint16_t)number());
    a.sin6_flowinfo = htonl((uint32_t)number());
    a.sin6_scope_id = (uint32_t)number();
    if (inet_pton(AF_INET6, text, &a.sin6_addr) != 1) puts("-");
    else show(&a, sizeof a);
  } else if (strcmp(command, "un") == 0) {
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    size_t length = bytes(text, sizeof text);
    if (length > sizeof a.sun_path) {
      puts("-");
      return;
    }
    memcpy(a.sun_path, text, length);
    /* unix(7): with its NUL, where there is room for one; without a path at all the address is its family. */
    size_t size = offsetof(struct sockaddr_un, sun_path) + (length == 0 ? 0 : length + 1);
    show(&a, size > sizeof a ? sizeof a : size);
  } else if (strcmp(command, "abstract") == 0) {
    struct sockaddr_un a = { .sun_family = AF_UNIX };
    size_t length = bytes(text, sizeof text);
    if (length + 1 > sizeof a.sun_path) {
      puts("-");
      return;
    }
    memcpy(a.sun_path + 1, text, length);
    show(&a, offsetof(struct sockaddr_un, sun_path) + 1 + length);
  } else if (strcmp(command, "nl") == 0) {
    struct sockaddr_nl a = { .nl_family = AF_NETLINK };
    a.nl_pid = (uint32_t)number();
    a.nl_groups = (uint32_t)number();
    show(&a, sizeof a);
  } else if (strcmp(command, "ll") == 0) {
    union { struct sockaddr_ll a; unsigned char room[64]; } u;
    memset(&u, 0, sizeof u);
    u.a.sll_family = AF_PACKET;
    u.a.sll_ifindex = (int)number();
    u.a.sll_protocol = htons((uint16_t)number());
    u.a.sll_pkttype = (uint8_t)number();
    u.a.sll_hatype = (uint16_t)number();
    size_t length = bytes(text, sizeof text);
    u.a.sll_halen = (uint8_t)length;
    size_t end = offsetof(struct sockaddr_ll, sll_addr) + length;
    memcpy(u.room + offsetof(struct sockaddr_ll, sll_addr), text, length);
    show(&u, end > sizeof u.a ? end : sizeof u.a);
  } else if (strcmp(command, "can") == 0 || strcmp(command, "isotp") == 0 || strcmp(command, "j1939") == 0) {
    /* As much of the struct as the kernel asks of the protocol: CAN_REQUIRED_SIZE in its include/linux/can/core.h. */
    struct sockaddr_can a = { .can_family = AF_CAN };
    a.can_ifindex = (int)number();
    size_t size = offsetof(struct sockaddr_can, can_addr);
    if (command[0] == 'i') {
      a.can_addr.tp.rx_id = (canid_t)number();
      a.can_addr.tp.tx_id = (canid_t)number();
      size += sizeof a.can_addr.tp;
    } else if (command[0] == 'j') {
      a.can_addr.j1939.name = strtoull(word(), NULL, 10);
      a.can_addr.j1939.pgn = (uint32_t)number();
      a.can_addr.j1939.addr = (uint8_t)number();
      size += sizeof a.can_addr.j1939;
    }
    show(&a, size);
  } else if (strcmp(command, "tipc") == 0) {
    /* The scope, what kind of address, and its fields. A sender in a group has two addresses, one behind the other. */
    struct sockaddr_tipc a[2] = { { .family = AF_TIPC }, { .family = AF_TIPC, .addrtype = TIPC_SERVICE_ADDR } };
    a[0].scope = (signed char)number();
    const char *kind = word();
    if (strcmp(kind, "service") == 0) {
      a[0].addrtype = TIPC_SERVICE_ADDR;
      a[0].addr.name.name.type = (uint32_t)number();
      a[0].addr.name.name.instance = (uint32_t)number();
      a[0].addr.name.domain = (uint32_t)number();
    } else if (strcmp(kind, "range") == 0) {
      a[0].addrtype = TIPC_SERVICE_RANGE;
      a[0].addr.nameseq.type = (uint32_t)number();
      a[0].addr.nameseq.lower = (uint32_t)number();
      a[0].addr.nameseq.upper = (uint32_t)number();
    } else {
      a[0].addrtype = TIPC_SOCKET_ADDR;
      a[0].addr.id.ref = (uint32_t)number();
      a[0].addr.id.node = (uint32_t)number();
    }
    if (strcmp(kind, "member") == 0) {
      a[1].addr.name.name.type = (uint32_t)number();
      a[1].addr.name.name.instance = (uint32_t)number();
    }
    show(a, strcmp(kind, "member") == 0 ? sizeof a : sizeof *a);
  } else if (strcmp(command, "vm") == 0) {
    struct sockaddr_vm a = { .svm_family = AF_VSOCK };
    a.svm_cid = (unsigned)number();
    a.svm_port = (unsigned)number();
    /* svm_flags, which older headers have as the first of svm_zero. */
    a.svm_zero[0] = 0;
    ((unsigned char *)&a)[offsetof(struct sockaddr_vm, svm_cid) + sizeof a.svm_cid] = (unsigned char)number();
    show(&a, sizeof a);
  } else if (strcmp(command, "qrtr") == 0) {
    struct sockaddr_qrtr a = { .sq_family = AF_QIPCRTR };
    a.sq_node = (uint32_t)number();
    a.sq_port = (uint32_t)number();
    show(&a, sizeof a);
  } else if (strcmp(command, "xdp") == 0) {
    struct sockaddr_xdp a = { .sxdp_family = AF_XDP };
    a.sxdp_ifindex = (uint32_t)number();
    a.sxdp_queue_id = (uint32_t)number();
    a.sxdp_flags = (uint16_t)number();
    a.sxdp_shared_umem_fd = (uint32_t)number();
    show(&a, sizeof a);
  } else if (strcmp(command, "pton4") == 0 || strcmp(command, "pton6") == 0) {
    unsigned char address[16];
    bytes(text, sizeof text);
    int family = command[4] == '4' ? AF_INET : AF_INET6;
    if (inet_pton(family, text, address) != 1) puts("-");
    else show(address, family == AF_INET ? 4 : 16);
  } else if (strcmp(command, "ntop") == 0) {
    char address[32], out[INET6_ADDRSTRLEN];
    size_t length = bytes(address, sizeof address);
    puts(inet_ntop(length == 4 ? AF_INET : AF_INET6, address, out, sizeof out));
  } else if (strcmp(command, "aton") == 0) {
    struct in_addr address;
    bytes(text, sizeof text);
    if (inet_aton(text, &address) == 0) puts("-");
    else show(&address, sizeof address);
  } else if (strcmp(command, "htons") == 0) {
    printf("%u\n", (unsigned)htons((uint16_t)number()));
  } else if (strcmp(command, "htonl") == 0) {
    printf("%u\n", (unsigned)htonl((uint32_t)number()));
  } else if (strcmp(command, "constant") == 0) {
    const char *wanted = word();
    (void)wanted;
#define ROW(NAME) \
  if (strcmp(wanted, #NAME) == 0) { printf("%d\n", NAME); return; }
#include "rows.h"
    puts("-");
  } else if (strcmp(command, "errno") == 0) {
    const char *name = strerrorname_np((int)number());
    puts(name == NULL ? "-" : name);
  } else {
    fprintf(stderr, "golden: no command %s\n", command);
    exit(1);
  }
}

int main(void) {
  while (fgets(line, sizeof line, stdin) != NULL) {
    char *command = strtok(line, " \n");
    if (command != NULL) answer(command);
  }
  return 0;
}
