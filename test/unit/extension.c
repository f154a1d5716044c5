/*
 * Extension headers of IPv6 as the C library makes and reads them (inet6_opt, inet6_rth of RFC 3542), and the segments'
 * by their struct: one a line on standard input, its answer on standard output. '-' is a refusal.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <linux/seg6.h>
#include <netinet/in.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char line[1 << 16];

static void show(const void *data, size_t length) {
  const unsigned char *bytes = data;
  for (size_t i = 0; i < length; i++) printf("%02x", bytes[i]);
  printf("\n");
}

static size_t bytes(const char *hex, unsigned char *into) {
  size_t length = hex[0] == '.' ? 0 : strlen(hex) / 2;
  for (size_t i = 0; i < length; i++) {
    unsigned value;
    sscanf(hex + 2 * i, "%2x", &value);
    into[i] = (unsigned char)value;
  }
  return length;
}

static char *word(void) { return strtok(NULL, " "); }

static void address(struct in6_addr *into) {
  if (inet_pton(AF_INET6, word(), into) != 1) exit(1);
}

/* opt TYPE ALIGN HEX … : a header of options, or '-'. */
static void opt(void) {
  static unsigned char room[4096], data[1024];
  memset(room, 0, sizeof room);
  int end = inet6_opt_init(room, 2048);
  for (char *type; end >= 0 && (type = word()) != NULL;) {
    unsigned align = (unsigned)atoi(word());
    size_t length = bytes(word(), data);
    void *at;
    end = inet6_opt_append(room, 2048, end, (uint8_t)atoi(type), (socklen_t)length, (uint8_t)align, &at);
    if (end >= 0) inet6_opt_set_val(at, 0, data, (socklen_t)length);
  }
  if (end >= 0) end = inet6_opt_finish(room, 2048, end);
  if (end < 0) { puts("-"); return; }
  /* Its length is what inet6_opt_init put there for all of the room. */
  room[1] = (unsigned char)(end / 8 - 1);
  show(room, (size_t)end);
}

/* optread HEX: TYPE:HEX of each. */
static void optread(void) {
  static unsigned char room[4096];
  socklen_t length = (socklen_t)bytes(word(), room);
  uint8_t type;
  socklen_t size;
  void *data;
  for (int at = 0; (at = inet6_opt_next(room, length, at, &type, &size, &data)) >= 0;) {
    printf("%u:", type);
    for (socklen_t i = 0; i < size; i++) printf("%02x", ((unsigned char *)data)[i]);
    printf(" ");
  }
  printf(".\n");
}

/* rth ADDRESS … : type 0. */
static void rth(int count, int reverse) {
  static unsigned char room[4096], back[4096];
  socklen_t length = inet6_rth_space(IPV6_RTHDR_TYPE_0, count);
  if (inet6_rth_init(room, length, IPV6_RTHDR_TYPE_0, count) == NULL) { puts("-"); return; }
  for (int i = 0; i < count; i++) {
    struct in6_addr each;
    address(&each);
    if (inet6_rth_add(room, &each) != 0) exit(1);
  }
  if (inet6_rth_segments(room) != count) exit(1);
  if (reverse && inet6_rth_reverse(room, back) != 0) exit(1);
  show(reverse ? back : room, length);
}

/* srh FLAGS TAG LEFT HEX COUNT ADDRESS … : type 4, the addresses as they are on the wire. */
static void srh(void) {
  static union { struct ipv6_sr_hdr header; unsigned char bytes[4096]; } room;
  memset(&room, 0, sizeof room);
  room.header.type = 4;
  room.header.flags = (uint8_t)atoi(word());
  room.header.tag = htons((uint16_t)atoi(word()));
  room.header.segments_left = (uint8_t)atoi(word());
  char *rest = word();
  int count = atoi(word());
  room.header.first_segment = (uint8_t)(count - 1);
  for (int i = 0; i < count; i++) address(&room.header.segments[i]);
  size_t length = sizeof room.header + 16 * (size_t)count;
  length += bytes(rest, room.bytes + length);
  room.header.hdrlen = (uint8_t)(length / 8 - 1);
  show(&room, length);
}

int main(void) {
  while (fgets(line, sizeof line, stdin) != NULL) {
    line[strcspn(line, "\n")] = 0;
    char *command = strtok(line, " ");
    if (strcmp(command, "opt") == 0) opt();
    else if (strcmp(command, "optread") == 0) optread();
    else if (strcmp(command, "rth") == 0) rth(atoi(word()), 0);
    else if (strcmp(command, "rthback") == 0) rth(atoi(word()), 1);
    else if (strcmp(command, "srh") == 0) srh();
    else return 1;
  }
  return 0;
}
