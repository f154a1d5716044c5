/*
 * Connections. hold=N: makes N (and before=B first), each with one message there and back, and keeps them until told to end. Otherwise: connects,
 * waits for the server to close, closes, window=W at a time.
 */
#include "bench.h"

static const char *at;
static int set;
static uint64_t ended;

static int dial(void) {
  struct place it = place("tcp", at);
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  reset_on_close(fd);
  if (connect(fd, (void *)&it.address, it.length) < 0 && errno != EINPROGRESS) die("connect");
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};
  if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
  return fd;
}

/* The number of connections under way at the start; none is under way at the end. */
static double phase(double seconds, uint64_t count, long window) {
  double start = now();
  ended = 0;
  for (long i = 0; i < window; i++) dial();
  for (long open = window; open > 0;) {
    struct epoll_event events[256];
    int n = epoll_wait(set, events, 256, 10000);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("epoll_wait");
    if (n == 0) fail("nothing for 10 s");
    for (int i = 0; i < n; i++) {
      char byte;
      ssize_t got = recv(events[i].data.fd, &byte, 1, 0);
      if (got < 0) die("recv");
      if (got > 0) {
        fprintf(stderr, "wrong bytes: expected none\n");
        exit(3);
      }
      close(events[i].data.fd);
      ended++;
      if (!enough(ended, count, now() - start, seconds)) dial();
      else open--;
    }
  }
  return now() - start;
}

/* Some come before, and stay: they make the server allocate what it needs once. */
static void hold(long count, size_t size, long before) {
  unsigned char room[4096];
  if (size > sizeof room) fail("bad size");
  int *fds = calloc(count + before, sizeof *fds);
  for (long i = 0; i < count + before; i++) {
    if (i == before) wait_for_go("warm");
    fds[i] = connected("tcp", at, 0);
    reset_on_close(fds[i]);
    if (send(fds[i], pattern + i % PERIOD, size, 0) != (ssize_t)size) die("send");
    if (recv(fds[i], room, size, MSG_WAITALL) != (ssize_t)size) die("recv");
    if (wrong(room, size, i) != 0) {
      fprintf(stderr, "wrong bytes on connection %ld\n", i);
      exit(3);
    }
  }
  wait_for_go("held");
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  at = text(argv, "at", "0");
  long held = number(argv, "hold", 0);
  if (held > 0) {
    hold(held, number(argv, "size", 64), number(argv, "before", 0));
    return 0;
  }
  set = epoll_create1(EPOLL_CLOEXEC);
  long window = number(argv, "window", 16);
  phase(number(argv, "warm", 100) / 1e3, 1, window);
  wait_for_go("warm");
  double used = busy();
  double seconds = phase(number(argv, "ms", 500) / 1e3, number(argv, "count", 1), window);
  done(ended, 0, seconds, busy() - used, 0);
  return 0;
}
