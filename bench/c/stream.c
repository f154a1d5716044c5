/* The reference for connections (tcp, unix, unix-seqpacket): one epoll, level-triggered. role=echo|sink|source|accept */
#include "bench.h"

enum role { ECHO, SINK, SOURCE, ACCEPT };

struct connection {
  int fd;
  uint64_t bytes, bad; /* sink: what came; source: what is still to be sent, and what has been */
  char line[32];
  size_t lined;
};

static int set, whole;
static size_t size;
static unsigned char room[MOST];

static void put(int fd, const unsigned char *bytes, size_t length) {
  while (length > 0) {
    ssize_t n = send(fd, bytes, length, 0);
    if (n < 0 && errno == EAGAIN) {
      struct pollfd wait = {.fd = fd, .events = POLLOUT};
      poll(&wait, 1, -1);
      continue;
    }
    if (n < 0 && (errno == EPIPE || errno == ECONNRESET)) return;
    if (n < 0) die("send");
    bytes += n;
    length -= n;
  }
}

/* What each server of bulk looks at: the ends of each chunk, or all of it where correctness is all that matters. */
static uint64_t bad_in(const unsigned char *bytes, size_t length, uint64_t position) {
  if (whole) return wrong(bytes, length, position);
  return (bytes[0] != position % PERIOD) + (bytes[length - 1] != (position + length - 1) % PERIOD);
}

static void end(struct connection *it) {
  close(it->fd);
  free(it);
}

/* Sends what is asked for while there is room; epoll says when there is more. */
static void pour(struct connection *it) {
  while (it->bytes > 0) {
    size_t length = it->bytes < size ? it->bytes : size;
    ssize_t n = send(it->fd, pattern + it->bad % PERIOD, length, 0);
    if (n < 0 && errno == EAGAIN) {
      struct epoll_event event = {.events = EPOLLOUT, .data.ptr = it};
      epoll_ctl(set, EPOLL_CTL_MOD, it->fd, &event);
      return;
    }
    if (n < 0) die("send");
    it->bad += n;
    it->bytes -= n;
  }
  end(it);
}

static void serve(struct connection *it, enum role role) {
  if (role == SOURCE && it->bytes > 0) {
    pour(it);
    return;
  }
  ssize_t n = recv(it->fd, room, role == SOURCE ? sizeof it->line - 1 : size, 0);
  if (n < 0 && errno == EAGAIN) return;
  if (n < 0 && errno != ECONNRESET) die("recv");
  if (n <= 0) {
    if (role == SINK && n == 0) {
      char answer[64];
      int length = snprintf(answer, sizeof answer, "%llu %llu\n", (unsigned long long)it->bytes,
                            (unsigned long long)it->bad);
      put(it->fd, (unsigned char *)answer, length);
    }
    end(it);
    return;
  }
  if (role == ECHO) {
    put(it->fd, room, n);
  } else if (role == SINK) {
    it->bad += bad_in(room, n, it->bytes);
    it->bytes += n;
  } else {
    if (it->lined + n >= sizeof it->line) fail("too long a line");
    memcpy(it->line + it->lined, room, n);
    it->lined += n;
    if (it->line[it->lined - 1] != '\n') return;
    it->bytes = strtoull(it->line, NULL, 10);
    pour(it);
  }
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  const char *name = text(argv, "role", "echo"), *kind = text(argv, "kind", "tcp");
  enum role role = is(name, "echo") ? ECHO : is(name, "sink") ? SINK : is(name, "source") ? SOURCE : ACCEPT;
  size = number(argv, "read", 65536);
  whole = number(argv, "whole", 0);
  if (size < 1 || size > MOST) fail("bad read");
  set = epoll_create1(EPOLL_CLOEXEC);
  int listener = bound(argv, SOCK_NONBLOCK);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
  epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
  ready(listener, argv);
  for (;;) {
    struct epoll_event events[256];
    int n = epoll_wait(set, events, 256, -1);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("epoll_wait");
    for (int i = 0; i < n; i++) {
      if (events[i].data.ptr != NULL) {
        serve(events[i].data.ptr, role);
        continue;
      }
      int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
      if (fd < 0 && errno == EAGAIN) continue;
      if (fd < 0) die("accept4");
      if (role == ACCEPT) {
        close(fd);
        continue;
      }
      nodelay(fd, kind);
      struct connection *it = calloc(1, sizeof *it);
      it->fd = fd;
      event.data.ptr = it;
      if (epoll_ctl(set, EPOLL_CTL_ADD, fd, &event) < 0) die("epoll_ctl");
    }
  }
}
