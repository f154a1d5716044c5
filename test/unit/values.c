/*
 * What C makes of the values and names in values.h, which golden.ts writes: a line for each. By the kernel's headers
 * alone, whose standard C is not there, or by the system's.
 */
#define _GNU_SOURCE
#include <sys/socket.h>
#include <asm/socket.h>
#include <linux/in.h>
#include <linux/in6.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/if_alg.h>
#include <linux/filter.h>
#include <linux/can.h>
#include <linux/can/bcm.h>
#include <linux/can/isotp.h>
#include <linux/can/j1939.h>
#include <linux/can/raw.h>
#include <linux/tipc.h>
#include <linux/if_xdp.h>
#include <linux/rds.h>
#include <linux/vm_sockets.h>
#include <linux/net_tstamp.h>
#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sctp.h>
#include <linux/sock_diag.h>
#include <linux/time_types.h>
/* The system's own takes the libc's netinet/in.h along, which is at odds with the above. */
#ifdef __EXPORTED_HEADERS__
#include <linux/mptcp.h>
#endif
#include "bluetooth.h"
/* The system's libc has a struct iovec of its own. */
#define iovec kernel_iovec
#include <linux/uio.h>
#undef iovec

/* Names that these headers have, but not as macros. */
#define CAN_RAW_FILTER CAN_RAW_FILTER
#define CAN_RAW_ERR_FILTER CAN_RAW_ERR_FILTER
#define CAN_RAW_LOOPBACK CAN_RAW_LOOPBACK
#define CAN_RAW_RECV_OWN_MSGS CAN_RAW_RECV_OWN_MSGS
#define CAN_RAW_FD_FRAMES CAN_RAW_FD_FRAMES
#define CAN_RAW_JOIN_FILTERS CAN_RAW_JOIN_FILTERS
#ifdef CANXL_MTU
#define CAN_RAW_XL_FRAMES CAN_RAW_XL_FRAMES
#endif
#ifdef CAN_RAW_XL_VCID_TX_SET
#define CAN_RAW_XL_VCID_OPTS CAN_RAW_XL_VCID_OPTS
#endif
#define SO_J1939_FILTER SO_J1939_FILTER
#define SO_J1939_PROMISC SO_J1939_PROMISC
#define SO_J1939_SEND_PRIO SO_J1939_SEND_PRIO
#define SO_J1939_ERRQUEUE SO_J1939_ERRQUEUE

int printf(const char *, ...);

__attribute__((unused)) static void show(const void *data, unsigned long length) {
  const unsigned char *bytes = data;
  for (unsigned long i = 0; i < length; i++) printf("%02x", bytes[i]);
  printf(length == 0 ? ".\n" : "\n");
}

#define ROW(NAME, LEVEL) printf("%d %d\n", LEVEL, NAME);
/* A value, its initializer, and what else is to be put into it. */
#define VALUE(TYPE, INIT, ...) { typedef TYPE type; static type value = INIT; __VA_ARGS__; show(&value, sizeof value); }
#define ABSENT printf("-\n");
#define INIT(...) { __VA_ARGS__ }
#define BE32(VALUE) __builtin_bswap32(VALUE)
#define IPV4(A, B, C, D) BE32(((unsigned)(A) << 24) + ((B) << 16) + ((C) << 8) + (D))
/* The IPv6 address that begins with these sixteen bits and ends with this byte. */
#define IPV6(FIRST, LAST) { { { [0] = (FIRST) >> 8, [1] = (FIRST) & 255, [15] = LAST } } }
/* Socket addresses as the front of a sockaddr_storage. */
#define PUT4(AT, ...) { struct sockaddr_in a = { .sin_family = 2, .sin_addr = { IPV4(__VA_ARGS__) } }; \
  __builtin_memcpy(&(AT), &a, sizeof a); }
#define PUT6(AT, ...) { struct sockaddr_in6 a = { .sin6_family = 10, .sin6_addr = IPV6(__VA_ARGS__) }; \
  __builtin_memcpy(&(AT), &a, sizeof a); }
/* Room for a struct with an array at its end, as `f` for what is put into it. */
#define ROOM(SIZE) struct { unsigned char bytes[SIZE] __attribute__((aligned(8))); }

int main(void) {
#include "values.h"
  return 0;
}
