/*
 * Load for echo servers: connections=N, each with window=W messages of size=S bytes under way, for at least ms=M
 * milliseconds and count=C messages. Each byte that comes back is looked at.
 */
#include "bench.h"

#define ROOM (1 << 18)
#define BATCH 64
/* Milliseconds of silence after which datagrams under way are given up. Much, or a busy machine would lose some. */
#define SILENCE 2000

struct peer {
  int fd;
  uint64_t sent, received; /* bytes; of records, how many */
  uint64_t given_up;       /* datagrams that may yet come */
};

static const char *kind, *at;
static size_t size;
static long window, connections;
static int records; /* message boundaries are kept */
static int datagrams; /* and messages may be lost */
static struct peer *peers;
static int set;
static unsigned char room[ROOM];
static uint64_t messages, lost;
static long under_way;
static int stopping;

static void wrong_byte(struct peer *peer) {
  fprintf(stderr, "wrong bytes on connection %ld after %llu\n", (long)(peer - peers),
          (unsigned long long)peer->received);
  exit(3);
}

/* Sends until the window is full; all that fits in one call. */
static void fill(struct peer *peer) {
  uint64_t first = peer - peers;
  if (!records) {
    uint64_t want = peer->received / size * size + window * size;
    while (peer->sent < want) {
      size_t length = want - peer->sent < MOST ? want - peer->sent : MOST;
      ssize_t sent = send(peer->fd, pattern + (first + peer->sent) % PERIOD, length, MSG_DONTWAIT);
      if (sent < 0 && errno == EAGAIN) {
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = peer};
        epoll_ctl(set, EPOLL_CTL_MOD, peer->fd, &event);
        return;
      }
      if (sent < 0) die("send");
      peer->sent += sent;
    }
    return;
  }
  while (peer->sent < peer->received + window) {
    struct mmsghdr headers[BATCH];
    struct iovec vectors[BATCH];
    long count = peer->received + window - peer->sent;
    if (count > BATCH) count = BATCH;
    memset(headers, 0, sizeof *headers * count);
    for (long i = 0; i < count; i++) {
      vectors[i].iov_base = pattern + (first + peer->sent + i) % PERIOD;
      vectors[i].iov_len = size;
      headers[i].msg_hdr.msg_iov = &vectors[i];
      headers[i].msg_hdr.msg_iovlen = 1;
    }
    int sent = count == 1 ? (send(peer->fd, vectors[0].iov_base, size, MSG_DONTWAIT) < 0 ? -1 : 1)
                          : sendmmsg(peer->fd, headers, count, MSG_DONTWAIT);
    if (sent < 0 && errno == EAGAIN) {
      struct epoll_event event = {.events = EPOLLIN | EPOLLOUT, .data.ptr = peer};
      epoll_ctl(set, EPOLL_CTL_MOD, peer->fd, &event);
      return;
    }
    if (sent < 0) die("send");
    peer->sent += sent;
    under_way += sent;
  }
}

static void take_bytes(struct peer *peer) {
  ssize_t length = recv(peer->fd, room, sizeof room, MSG_DONTWAIT);
  if (length < 0 && errno == EAGAIN) return;
  if (length < 0) die("recv");
  if (length == 0) fail("the server closed the connection");
  if (peer->received + length > peer->sent) fail("the server sent more than it got");
  if (wrong(room, length, peer - peers + peer->received) != 0) wrong_byte(peer);
  messages += (peer->received + length) / size - peer->received / size;
  peer->received += length;
}

static void take_records(struct peer *peer) {
  struct mmsghdr headers[BATCH];
  struct iovec vectors[BATCH];
  size_t stride = size + 1;
  int most = window < BATCH ? window : BATCH;
  if (most > (int)(ROOM / stride)) most = ROOM / stride;
  memset(headers, 0, sizeof *headers * most);
  for (int i = 0; i < most; i++) {
    vectors[i].iov_base = room + i * stride;
    vectors[i].iov_len = stride;
    headers[i].msg_hdr.msg_iov = &vectors[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  int count = recvmmsg(peer->fd, headers, most, MSG_DONTWAIT, NULL);
  if (count < 0 && errno == EAGAIN) return;
  if (count < 0) die("recvmmsg");
  for (int i = 0; i < count; i++) {
    unsigned char *bytes = vectors[i].iov_base;
    if (headers[i].msg_len == 0 && !datagrams) fail("the server closed the connection");
    if (wrong_datagram(bytes, headers[i].msg_len, size) != 0) wrong_byte(peer);
    /* The first byte tells which message this is: those that it overtook are lost. */
    unsigned expected = (peer - peers + peer->received) % PERIOD;
    unsigned missing = (bytes[0] + PERIOD - expected) % PERIOD;
    if (peer->received + missing >= peer->sent && PERIOD - missing <= peer->given_up) {
      /* It comes late. */
      peer->given_up--;
      continue;
    }
    if (missing > 0 && !datagrams) wrong_byte(peer);
    if (peer->received + missing >= peer->sent) fail("the server sent more than it got");
    lost += missing;
    peer->received += missing + 1;
    under_way -= missing + 1;
    messages++;
  }
}

static long open_messages(void) {
  if (records) return under_way;
  long open = 0;
  for (long i = 0; i < connections; i++) open += peers[i].sent != peers[i].received;
  return open;
}

static double phase(double seconds, uint64_t count) {
  double start = now(), last = start;
  messages = lost = 0;
  stopping = 0;
  for (long i = 0; i < connections; i++) fill(&peers[i]);
  for (unsigned turn = 0;; turn++) {
    struct epoll_event events[256];
    int n = epoll_wait(set, events, 256, datagrams ? SILENCE : 10000);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) die("epoll_wait");
    if (n == 0) {
      if (!datagrams) fail("no answer for 10 s");
      /* Everything under way is lost. */
      for (long i = 0; i < connections; i++) {
        lost += peers[i].sent - peers[i].received;
        peers[i].given_up = peers[i].sent - peers[i].received;
        peers[i].received = peers[i].sent;
      }
      under_way = 0;
      if (messages == 0) fail("no answer");
      if (stopping) return last - start;
      for (long i = 0; i < connections; i++) fill(&peers[i]);
      continue;
    }
    for (int i = 0; i < n; i++) {
      struct peer *peer = events[i].data.ptr;
      if (events[i].events & EPOLLOUT) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = peer};
        epoll_ctl(set, EPOLL_CTL_MOD, peer->fd, &event);
      }
      if (events[i].events & ~EPOLLOUT) {
        if (records) take_records(peer);
        else take_bytes(peer);
      }
      /* What is begun has to be sent to its end, or it could never come back. */
      if (!stopping || (!records && peer->sent % size != 0)) fill(peer);
    }
    if (!stopping && (turn & 15) == 0 && enough(messages, count, now() - start, seconds)) stopping = 1;
    if (stopping && open_messages() == 0) return now() - start;
    if (stopping) last = now();
  }
}

int main(int argc, char **argv) {
  (void)argc;
  begin();
  kind = text(argv, "kind", "tcp");
  at = text(argv, "at", "0");
  size = number(argv, "size", 64);
  window = number(argv, "window", 1);
  connections = number(argv, "connections", 1);
  datagrams = is(kind, "udp") || is(kind, "unix-dgram");
  records = datagrams || is(kind, "unix-seqpacket");
  if (window < 1 || connections < 1 || size < 1 || size * window > MOST || (records && window >= PERIOD / 2))
    fail("bad size, window or connections");
  peers = calloc(connections, sizeof *peers);
  set = epoll_create1(EPOLL_CLOEXEC);
  for (long i = 0; i < connections; i++) {
    peers[i].fd = connected(kind, at, O_NONBLOCK);
    if (is(kind, "tcp")) reset_on_close(peers[i].fd);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = &peers[i]};
    if (epoll_ctl(set, EPOLL_CTL_ADD, peers[i].fd, &event) < 0) die("epoll_ctl");
  }
  phase(number(argv, "warm", 100) / 1e3, 1);
  wait_for_go("warm");
  double used = busy();
  double seconds = phase(number(argv, "ms", 500) / 1e3, number(argv, "count", 1));
  done(messages, messages * size, seconds, busy() - used, lost);
  return 0;
}
