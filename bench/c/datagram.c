/*
 * The reference for datagrams (udp, unix-dgram). role=receive|echo|send, by=batch (recvmmsg, sendmmsg), one (recvfrom, sendto)
 * or segments (UDP_GRO, UDP_SEGMENT).
 */
#include "bench.h"

#define BATCH 64
#define SPACE 65536

static int fd, whole, gro;
static size_t size;
static int most;
static unsigned char *memory;
static struct mmsghdr headers[BATCH];
static struct iovec vectors[BATCH];
static struct sockaddr_storage names[BATCH];
static char controls[BATCH][CMSG_SPACE(sizeof(int))];

static void prepare(size_t room) {
  memory = malloc(room * most);
  for (int i = 0; i < most; i++) {
    vectors[i].iov_base = memory + i * room;
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
}

static int receive(size_t room, int named) {
  for (int i = 0; i < most; i++) {
    vectors[i].iov_len = room;
    headers[i].msg_hdr.msg_name = named ? &names[i] : NULL;
    headers[i].msg_hdr.msg_namelen = named ? sizeof names[i] : 0;
    headers[i].msg_hdr.msg_control = gro ? controls[i] : NULL;
    headers[i].msg_hdr.msg_controllen = gro ? sizeof controls[i] : 0;
  }
  if (most == 1) {
    ssize_t n = recvmsg(fd, &headers[0].msg_hdr, 0);
    if (n < 0) die("recvmsg");
    headers[0].msg_len = n;
    return 1;
  }
  int n = recvmmsg(fd, headers, most, MSG_WAITFORONE, NULL);
  if (n < 0) die("recvmmsg");
  return n;
}

/* The size of the datagrams in a message: its own, unless the kernel put several together. */
static size_t segment(int i) {
  for (struct cmsghdr *c = CMSG_FIRSTHDR(&headers[i].msg_hdr); c != NULL; c = CMSG_NXTHDR(&headers[i].msg_hdr, c))
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) return *(int *)CMSG_DATA(c);
  return headers[i].msg_len;
}

/* What every receiver looks at: size and both ends, or all of it where correctness is all that matters. */
static int bad(const unsigned char *bytes, size_t length) {
  if (whole) return wrong_datagram(bytes, length, size) != 0;
  return length != size || bytes[length - 1] != (bytes[0] + length - 1) % PERIOD;
}

static void count(int n) {
  for (int i = 0; i < n; i++) {
    size_t length = headers[i].msg_len, step = gro ? segment(i) : length;
    const unsigned char *bytes = vectors[i].iov_base;
    for (size_t at = 0; at < length; at += step) {
      size_t part = length - at < step ? length - at : step;
      counted_wrong += bad(bytes + at, part);
      counted_messages++;
      counted_bytes += part;
    }
  }
}

static void answer(int n) {
  for (int i = 0; i < n; i++) {
    size_t step = gro ? segment(i) : 0;
    vectors[i].iov_len = headers[i].msg_len;
    headers[i].msg_hdr.msg_controllen = 0;
    if (step > 0 && step < headers[i].msg_len) {
      headers[i].msg_hdr.msg_control = controls[i];
      headers[i].msg_hdr.msg_controllen = CMSG_SPACE(sizeof(uint16_t));
      struct cmsghdr *c = CMSG_FIRSTHDR(&headers[i].msg_hdr);
      c->cmsg_level = IPPROTO_UDP;
      c->cmsg_type = UDP_SEGMENT;
      c->cmsg_len = CMSG_LEN(sizeof(uint16_t));
      *(uint16_t *)CMSG_DATA(c) = step;
    }
  }
  for (int from = 0; from < n;) {
    int sent = n == 1 ? (sendmsg(fd, &headers[0].msg_hdr, 0) < 0 ? -1 : 1) : sendmmsg(fd, headers + from, n - from, 0);
    if (sent < 0 && (errno == ECONNREFUSED || errno == ENOENT)) return;
    if (sent < 0) die("sendmmsg");
    from += sent;
  }
}

static void send_all(char **argv, const char *by) {
  fd = connected(text(argv, "kind", "udp"), text(argv, "to", "0"), 0);
  uint64_t sequence = 0, wanted = number(argv, "count", 1);
  double seconds = number(argv, "ms", 500) / 1e3;
  int segments = is(by, "segments") ? (65507 / size < 64 ? 65507 / size : 64) : 1;
  int length = size;
  if (segments > 1 && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &length, sizeof length) < 0) die("UDP_SEGMENT");
  most = BATCH;
  prepare(size * segments);
  for (int warm = 1; warm >= 0; warm--) {
    if (!warm) wait_for_go("warm");
    double start = now(), used = busy(), least = warm ? number(argv, "warm", 100) / 1e3 : seconds;
    uint64_t sent = 0;
    while (!enough(sent, warm ? 1 : wanted, now() - start, least)) {
      /* Each datagram is written, as a program's own would be. */
      int n = is(by, "batch") ? BATCH : segments;
      for (int i = 0; i < n; i++) memcpy(memory + i * size, pattern + sequence++ % PERIOD, size);
      if (is(by, "batch")) {
        for (int i = 0; i < n; i++) vectors[i].iov_len = size;
        for (int from = 0; from < n;) {
          int done = sendmmsg(fd, headers + from, n - from, 0);
          if (done < 0) die("sendmmsg");
          from += done;
        }
      } else if (send(fd, memory, n * size, 0) < 0) {
        die("send");
      }
      sent += n;
    }
    if (!warm) done(sent, sent * size, now() - start, busy() - used, 0);
  }
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  const char *role = text(argv, "role", "echo"), *by = text(argv, "by", "batch");
  size = number(argv, "size", 64);
  whole = number(argv, "whole", 0);
  if (size < 1 || size > 65507) fail("bad size");
  if (is(role, "send")) {
    send_all(argv, by);
    return 0;
  }
  gro = is(by, "segments");
  most = is(by, "one") ? 1 : gro ? 8 : BATCH;
  size_t room = gro ? SPACE : size + 1;
  prepare(room);
  fd = bound(argv, 0);
  int on = 1;
  if (gro && setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on) < 0) die("UDP_GRO");
  ready(fd, argv);
  for (;;) {
    int echo = is(role, "echo");
    int n = receive(room, echo);
    if (echo) answer(n);
    else count(n);
  }
}
