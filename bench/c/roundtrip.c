/* Blocking: role=serve sends back what comes on one connection after the other; role=roundtrip is the client's side. */
#include "bench.h"

static size_t size;
static unsigned char room[65536];

static _Noreturn void serve(char **argv) {
  int listener = bound(argv, 0);
  ready(listener, argv);
  for (;;) {
    int fd = accept(listener, NULL, NULL);
    if (fd < 0) die("accept");
    nodelay(fd, text(argv, "kind", "tcp"));
    for (;;) {
      ssize_t n = recv(fd, room, sizeof room, 0);
      if (n <= 0) break;
      if (send(fd, room, n, 0) != n) break;
    }
    close(fd);
  }
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  size = number(argv, "size", 64);
  if (size < 1 || size > sizeof room) fail("bad size");
  if (is(text(argv, "role", "roundtrip"), "serve")) serve(argv);
  int fd = connected(text(argv, "kind", "tcp"), text(argv, "to", "0"), 0);
  uint64_t sequence = 0;
  for (int warm = 1; warm >= 0; warm--) {
    if (!warm) wait_for_go("warm");
    uint64_t trips = 0, wanted = warm ? 1 : number(argv, "count", 1);
    double start = now(), used = busy();
    double least = number(argv, warm ? "warm" : "ms", 200) / 1e3;
    while (!enough(trips, wanted, now() - start, least)) {
      if (send(fd, pattern + sequence % PERIOD, size, 0) != (ssize_t)size) die("send");
      for (size_t have = 0; have < size;) {
        ssize_t n = recv(fd, room + have, size - have, 0);
        if (n <= 0) die("recv");
        have += n;
      }
      if (memcmp(room, pattern + sequence % PERIOD, size) != 0) fail("wrong bytes");
      sequence++;
      trips++;
    }
    if (!warm) done(trips, trips * size, now() - start, busy() - used, 0);
  }
  return 0;
}
