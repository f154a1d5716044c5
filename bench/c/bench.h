/* What the programs of the benchmark share: arguments (name=value), clocks, the pattern, sockets, counters. */
#ifndef BENCH_H
#define BENCH_H
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <netinet/udp.h>
#include <poll.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef UDP_GRO
#define UDP_GRO 104
#endif

#define UNUSED __attribute__((unused))
/* A prime: no size of a message that is a power of two falls into step with it. */
#define PERIOD 251
#define MOST (1 << 20)

/* Byte i of everything that is sent is (first + i) % PERIOD. */
static unsigned char pattern[MOST + PERIOD];
/* What SIGUSR2 tells of. */
static volatile uint64_t counted_messages, counted_bytes, counted_wrong;

UNUSED static void die(const char *what) {
  fprintf(stderr, "%s: %s\n", what, strerror(errno));
  exit(1);
}

UNUSED static void fail(const char *what) {
  fprintf(stderr, "%s\n", what);
  exit(1);
}

UNUSED static const char *text(char **argv, const char *name, const char *otherwise) {
  size_t length = strlen(name);
  for (char **each = argv + 1; *each != NULL; each++)
    if (strncmp(*each, name, length) == 0 && (*each)[length] == '=') return *each + length + 1;
  return otherwise;
}

UNUSED static long number(char **argv, const char *name, long otherwise) {
  const char *value = text(argv, name, NULL);
  return value == NULL ? otherwise : atol(value);
}

UNUSED static int is(const char *value, const char *expected) { return strcmp(value, expected) == 0; }

UNUSED static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

/* Seconds of processor time that this process has had. */
UNUSED static double busy(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return time.tv_sec + time.tv_nsec / 1e9;
}

/* How many of these bytes are not what belongs at `position`. */
UNUSED static uint64_t wrong(const unsigned char *bytes, size_t length, uint64_t position) {
  uint64_t count = 0;
  while (length > 0) {
    size_t part = length < MOST ? length : MOST;
    const unsigned char *expected = pattern + position % PERIOD;
    if (memcmp(bytes, expected, part) != 0)
      for (size_t i = 0; i < part; i++) count += bytes[i] != expected[i];
    bytes += part;
    length -= part;
    position += part;
  }
  return count;
}

/* A datagram begins anywhere in the pattern: its first byte says where. */
UNUSED static uint64_t wrong_datagram(const unsigned char *bytes, size_t length, size_t size) {
  if (length != size || size == 0 || bytes[0] >= PERIOD) return 1;
  return wrong(bytes, length, bytes[0]);
}

static void tell(int signal) {
  (void)signal;
  char line[160];
  int length = snprintf(line, sizeof line, "{\"messages\":%llu,\"bytes\":%llu,\"wrong\":%llu}\n",
                        (unsigned long long)counted_messages, (unsigned long long)counted_bytes,
                        (unsigned long long)counted_wrong);
  if (write(1, line, length) != length) _exit(1);
}

/* First in every main(). */
UNUSED static void begin(void) {
  for (size_t i = 0; i < sizeof pattern; i++) pattern[i] = i % PERIOD;
  signal(SIGPIPE, SIG_IGN);
  struct sigaction action = {.sa_handler = tell, .sa_flags = SA_RESTART};
  sigaction(SIGUSR2, &action, NULL);
  setvbuf(stdout, NULL, _IOLBF, 0);
}

/* A count that is far away is not waited for longer than this many times the time that was asked for. */
#define LONGEST 15

UNUSED static int enough(uint64_t messages, uint64_t count, double elapsed, double seconds) {
  return elapsed >= seconds && (messages >= count || elapsed >= LONGEST * seconds);
}

/* The load is warm: the measuring side takes its readings and says go. */
UNUSED static void wait_for_go(const char *said) {
  char line[64];
  printf("%s\n", said);
  if (fgets(line, sizeof line, stdin) == NULL) exit(1);
}

struct place {
  struct sockaddr_storage address;
  socklen_t length;
  int family, type;
};

/* kind: tcp, udp, unix, unix-seqpacket, unix-dgram. at: a port of 127.0.0.1, or a path. */
UNUSED static struct place place(const char *kind, const char *at) {
  struct place it = {0};
  it.type = is(kind, "tcp") || is(kind, "unix") ? SOCK_STREAM : is(kind, "unix-seqpacket") ? SOCK_SEQPACKET : SOCK_DGRAM;
  if (is(kind, "tcp") || is(kind, "udp")) {
    struct sockaddr_in *in = (void *)&it.address;
    in->sin_family = it.family = AF_INET;
    in->sin_port = htons(atoi(at));
    in->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    it.length = sizeof *in;
  } else {
    struct sockaddr_un *un = (void *)&it.address;
    un->sun_family = it.family = AF_UNIX;
    size_t length = strlen(at);
    if (length >= sizeof un->sun_path) fail("too long a path");
    memcpy(un->sun_path, at, length);
    it.length = offsetof(struct sockaddr_un, sun_path) + length + 1;
  }
  return it;
}

UNUSED static void nodelay(int fd, const char *kind) {
  int on = 1;
  if (is(kind, "tcp")) setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Closing resets the connection, so that thousands of them do not stay in TIME_WAIT. */
UNUSED static void reset_on_close(int fd) {
  struct linger linger = {.l_onoff = 1, .l_linger = 0};
  setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
}

/* A bound socket, listening if it is of a kind that does; prints where it is. */
UNUSED static int bound(char **argv, int flags) {
  const char *kind = text(argv, "kind", "tcp");
  struct place it = place(kind, text(argv, "at", "0"));
  int fd = socket(it.family, it.type | flags | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (bind(fd, (void *)&it.address, it.length) < 0) die("bind");
  if (it.type != SOCK_DGRAM && listen(fd, 4096) < 0) die("listen");
  return fd;
}

UNUSED static void ready(int fd, char **argv) {
  struct sockaddr_in in;
  socklen_t length = sizeof in;
  if (getsockname(fd, (void *)&in, &length) < 0) die("getsockname");
  if (in.sin_family == AF_INET) printf("ready %d\n", ntohs(in.sin_port));
  else printf("ready %s\n", text(argv, "at", ""));
}

UNUSED static int connected(const char *kind, const char *at, int flags) {
  struct place it = place(kind, at);
  int fd = socket(it.family, it.type | SOCK_CLOEXEC, 0);
  if (fd < 0) die("socket");
  if (it.family == AF_UNIX && it.type == SOCK_DGRAM) {
    /* A name of its own for the answers; the kernel chooses it. */
    struct sockaddr_un un = {.sun_family = AF_UNIX};
    if (bind(fd, (void *)&un, sizeof un.sun_family) < 0) die("bind");
  }
  if (connect(fd, (void *)&it.address, it.length) < 0) die("connect");
  nodelay(fd, kind);
  if (flags != 0 && fcntl(fd, F_SETFL, flags) < 0) die("fcntl");
  return fd;
}

/* The line that ends a load: what it did, and how long it sat idle meanwhile. It stays until that has been looked at. */
UNUSED static void done(uint64_t messages, uint64_t bytes, double seconds, double used, uint64_t lost) {
  double idle = seconds > 0 ? 1 - used / seconds : 0;
  printf("{\"messages\":%llu,\"bytes\":%llu,\"seconds\":%.6f,\"idle\":%.4f,\"lost\":%llu}\n",
         (unsigned long long)messages, (unsigned long long)bytes, seconds, idle < 0 ? 0 : idle,
         (unsigned long long)lost);
  while (getchar() != EOF) continue;
}
#endif
