/* UDP datagrams of size=S to at=PORT, as fast as the kernel takes them: by sendmmsg, or with gso=1 as long runs that it cuts. */
#include "bench.h"

#define BATCH 64

static size_t size;
static int fd, gso;
static uint64_t sequence;

static uint64_t by_sendmmsg(void) {
  struct mmsghdr headers[BATCH] = {0};
  struct iovec vectors[BATCH];
  for (int i = 0; i < BATCH; i++) {
    vectors[i].iov_base = pattern + (sequence + i) % PERIOD;
    vectors[i].iov_len = size;
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  int sent = sendmmsg(fd, headers, BATCH, 0);
  if (sent < 0) die("sendmmsg");
  sequence += sent;
  return sent;
}

/* One buffer of segments; each of them begins one place further in the pattern, as datagrams do. */
static uint64_t by_gso(void) {
  static unsigned char runs[PERIOD][65536];
  static unsigned char made[PERIOD];
  int count = 65507 / size < 64 ? 65507 / size : 64;
  unsigned first = sequence % PERIOD;
  if (!made[first]) {
    for (int i = 0; i < count; i++) memcpy(runs[first] + i * size, pattern + (first + i) % PERIOD, size);
    made[first] = 1;
  }
  ssize_t sent = send(fd, runs[first], count * size, 0);
  if (sent < 0) die("send");
  sequence += count;
  return count;
}

static uint64_t phase(double seconds, uint64_t count) {
  double start = now();
  uint64_t sent = 0;
  while (!enough(sent, count, now() - start, seconds)) sent += gso ? by_gso() : by_sendmmsg();
  return sent;
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  size = number(argv, "size", 64);
  gso = number(argv, "gso", 0);
  if (size < 1 || size > 65507) fail("bad size");
  fd = connected("udp", text(argv, "at", "0"), 0);
  int segment = size;
  if (gso && setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &segment, sizeof segment) < 0) die("UDP_SEGMENT");
  phase(number(argv, "warm", 100) / 1e3, 1);
  wait_for_go("warm");
  double used = busy(), start = now();
  uint64_t sent = phase(number(argv, "ms", 500) / 1e3, number(argv, "count", 1));
  double end = now();
  done(sent, sent * size, end - start, busy() - used, 0);
  return 0;
}
