/*
 * Bulk to a server (way=to: it counts, and answers with "bytes wrong" at the end) and from one (way=from: it sends as
 * many bytes as it is asked for). Blocking calls on one connection.
 */
#include "bench.h"

static const char *kind, *at;
static size_t size;
static unsigned char room[MOST];

static uint64_t send_for(double seconds, uint64_t least) {
  int fd = connected(kind, at, 0);
  uint64_t sent = 0;
  double end = now() + seconds;
  while (sent < least || now() < end) {
    ssize_t n = send(fd, pattern + sent % PERIOD, size, 0);
    if (n < 0) die("send");
    sent += n;
  }
  if (shutdown(fd, SHUT_WR) < 0) die("shutdown");
  char answer[64] = "";
  size_t have = 0;
  for (;;) {
    ssize_t n = recv(fd, answer + have, sizeof answer - 1 - have, 0);
    if (n < 0) die("recv");
    if (n == 0) break;
    have += n;
  }
  unsigned long long bytes = 0, bad = 1;
  if (sscanf(answer, "%llu %llu", &bytes, &bad) != 2) fail("the server did not say what it got");
  if (bytes != sent || bad != 0) {
    fprintf(stderr, "sent %llu bytes, the server got %llu, wrong %llu\n", (unsigned long long)sent, bytes, bad);
    exit(3);
  }
  close(fd);
  return sent;
}

static void receive(uint64_t wanted) {
  int fd = connected(kind, at, 0);
  char line[32];
  int length = snprintf(line, sizeof line, "%llu\n", (unsigned long long)wanted);
  if (send(fd, line, length, 0) != length) die("send");
  uint64_t got = 0;
  for (;;) {
    ssize_t n = recv(fd, room, sizeof room < size ? sizeof room : size, 0);
    if (n < 0) die("recv");
    if (n == 0) break;
    if (wrong(room, n, got) != 0) {
      fprintf(stderr, "wrong bytes after %llu\n", (unsigned long long)got);
      exit(3);
    }
    got += n;
  }
  if (got != wanted) fail("the server sent another number of bytes");
  close(fd);
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  kind = text(argv, "kind", "tcp");
  at = text(argv, "at", "0");
  size = number(argv, "size", 65536);
  if (size < 1 || size > MOST) fail("bad size");
  double warm = number(argv, "warm", 100) / 1e3, seconds = number(argv, "ms", 500) / 1e3;
  uint64_t bytes = 1 << 20;
  if (is(text(argv, "way", "to"), "to")) {
    send_for(warm, 1);
    wait_for_go("warm");
    double used = busy(), start = now();
    bytes = send_for(seconds, number(argv, "count", 1));
    double end = now();
    done(bytes, bytes, end - start, busy() - used, 0);
    return 0;
  }
  /* As many bytes as take that long, by what the last took: each byte the server sends is one that is counted. */
  double took = 0, end = now() + warm;
  do {
    double start = now();
    receive(bytes);
    took = now() - start;
    if (took < warm / 4) bytes *= 2;
  } while (now() < end);
  bytes = bytes / took * seconds;
  if (bytes < (uint64_t)number(argv, "count", 1)) bytes = number(argv, "count", 1);
  wait_for_go("warm");
  double used = busy(), start = now();
  receive(bytes);
  double stop = now();
  done(bytes, bytes, stop - start, busy() - used, 0);
  return 0;
}
