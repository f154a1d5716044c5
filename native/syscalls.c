/*
 * One function per system call. EINTR is retried here for the calls that may simply be made again;
 * the callers above keep the clock, so a retry never outlives a time-out: every descriptor is
 * non-blocking or the call is made with MSG_DONTWAIT, and poll(2) waits in short slices.
 */
#include "addon.h"

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* linux/sockios.h is not among musl's headers. */
#ifndef SIOCOUTQNSD
#define SIOCOUTQNSD 0x894B
#endif
#ifndef SIOCATMARK
#define SIOCATMARK 0x8905
#endif
/* IOCTL_VM_SOCKETS_GET_LOCAL_CID, of /dev/vsock. */
#define VSOCK_LOCAL_CID 0x7B9

#define BEGIN(NAME, COUNT)                                            \
  args a;                                                             \
  if (!args_begin(&a, env, info, #NAME, COUNT)) return NULL

#define RETRY(RESULT, CALL) \
  do RESULT = (CALL);       \
  while (RESULT < 0 && errno == EINTR)

/* A name buffer to fill: NULL when it is too small to hold any address. */
static uint8_t *name_arg(args *a, size_t index) {
  bytes name = args_bytes(a, index);
  if (!a->failed && name.length < NAME_SIZE) args_reject(a, index, "a name buffer");
  return a->failed ? NULL : name.data;
}

static napi_value sys_socket(napi_env env, napi_callback_info info) {
  BEGIN(socket, 3);
  int family = args_int(&a, 0), type = args_int(&a, 1), protocol = args_int(&a, 2);
  if (a.failed) return NULL;
  return outcome(env, socket(family, type, protocol));
}

/* socketpair(family, type, protocol, out): two descriptors as native int32 into out. */
static napi_value sys_socketpair(napi_env env, napi_callback_info info) {
  BEGIN(socketpair, 4);
  int family = args_int(&a, 0), type = args_int(&a, 1), protocol = args_int(&a, 2);
  bytes out = args_bytes(&a, 3);
  int pair[2];
  if (!a.failed && out.length < sizeof pair) args_reject(&a, 3, "8 bytes");
  if (a.failed) return NULL;
  int result = socketpair(family, type, protocol, pair);
  if (result == 0) memcpy(out.data, pair, sizeof pair);
  return outcome(env, result);
}

static napi_value sys_bind(napi_env env, napi_callback_info info) {
  BEGIN(bind, 2);
  int fd = args_int(&a, 0);
  bytes name = args_bytes(&a, 1);
  if (a.failed) return NULL;
  return outcome(env, bind(fd, (struct sockaddr *)name.data, (socklen_t)name.length));
}

static napi_value sys_listen(napi_env env, napi_callback_info info) {
  BEGIN(listen, 2);
  int fd = args_int(&a, 0), backlog = args_int(&a, 1);
  if (a.failed) return NULL;
  return outcome(env, listen(fd, backlog));
}

int accept_now(int fd, struct sockaddr *address, socklen_t *length) {
  int flags = fcntl(fd, F_GETFL);
  if (flags >= 0 && !(flags & O_NONBLOCK)) fcntl(fd, F_SETFL, flags | O_NONBLOCK);
  int result;
  RETRY(result, accept4(fd, address, length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  return result;
}

/* accept(fd, name): non-blocking, close-on-exec. An empty name asks for none: AF_ALG refuses to give one. */
static napi_value sys_accept(napi_env env, napi_callback_info info) {
  BEGIN(accept, 2);
  int fd = args_int(&a, 0);
  bool asked = args_bytes(&a, 1).length > 0;
  uint8_t *name = asked ? name_arg(&a, 1) : NULL;
  if (a.failed) return NULL;
  socklen_t length;
  struct sockaddr *address = asked ? name_begin(name, &length) : NULL;
  int result = accept_now(fd, address, asked ? &length : NULL);
  if (result >= 0 && asked) name_end(name, length);
  return outcome(env, result);
}

/* Not retried on EINTR: the connection goes on by itself then, as after EINPROGRESS. */
static napi_value sys_connect(napi_env env, napi_callback_info info) {
  BEGIN(connect, 2);
  int fd = args_int(&a, 0);
  bytes name = args_bytes(&a, 1);
  if (a.failed) return NULL;
  return outcome(env, connect(fd, (struct sockaddr *)name.data, (socklen_t)name.length));
}

/* recv(fd, buffer, offset, length, flags) */
static napi_value sys_recv(napi_env env, napi_callback_info info) {
  BEGIN(recv, 5);
  int fd = args_int(&a, 0);
  bytes into = args_range(&a, 1);
  int flags = args_int(&a, 4);
  if (a.failed) return NULL;
  ssize_t result;
  RETRY(result, recv(fd, into.data, into.length, flags));
  return outcome(env, result);
}

/* recvfrom(fd, buffer, offset, length, flags, name) */
static napi_value sys_recvfrom(napi_env env, napi_callback_info info) {
  BEGIN(recvfrom, 6);
  int fd = args_int(&a, 0);
  bytes into = args_range(&a, 1);
  int flags = args_int(&a, 4);
  uint8_t *name = name_arg(&a, 5);
  if (a.failed) return NULL;
  socklen_t length;
  ssize_t result;
  struct sockaddr *address;
  do {
    address = name_begin(name, &length);
    result = recvfrom(fd, into.data, into.length, flags, address, &length);
  } while (result < 0 && errno == EINTR);
  if (result >= 0) name_end(name, length);
  return outcome(env, result);
}

/* send(fd, buffer, flags): the whole of it; send(fd, buffer, flags, offset, length): a part. What is sent most often has the
 * fewest arguments: each costs. */
static napi_value sys_send(napi_env env, napi_callback_info info) {
  BEGIN(send, 5);
  int fd = args_int(&a, 0), flags = args_int(&a, 2);
  bytes from = a.given > 3 ? args_part(&a, 1, 3) : args_bytes(&a, 1);
  if (a.failed) return NULL;
  ssize_t result;
  RETRY(result, send(fd, from.data, from.length, flags));
  return outcome(env, result);
}

/* sendto(fd, buffer, offset, length, flags, sockaddr) */
static napi_value sys_sendto(napi_env env, napi_callback_info info) {
  BEGIN(sendto, 6);
  int fd = args_int(&a, 0);
  bytes from = args_range(&a, 1);
  int flags = args_int(&a, 4);
  bytes name = args_bytes(&a, 5);
  if (a.failed) return NULL;
  ssize_t result;
  RETRY(result, sendto(fd, from.data, from.length, flags, (struct sockaddr *)name.data, (socklen_t)name.length));
  return outcome(env, result);
}

static napi_value sys_shutdown(napi_env env, napi_callback_info info) {
  BEGIN(shutdown, 2);
  int fd = args_int(&a, 0), how = args_int(&a, 1);
  if (a.failed) return NULL;
  return outcome(env, shutdown(fd, how));
}

/* Never retried: Linux has released the number whatever close(2) returns. */
static napi_value sys_close(napi_env env, napi_callback_info info) {
  BEGIN(close, 1);
  int fd = args_int(&a, 0);
  if (a.failed) return NULL;
  return outcome(env, close(fd));
}

typedef int (*name_call)(int, struct sockaddr *, socklen_t *);

static napi_value ask_name(napi_env env, napi_callback_info info, const char *call, name_call ask) {
  args a;
  if (!args_begin(&a, env, info, call, 2)) return NULL;
  int fd = args_int(&a, 0);
  uint8_t *name = name_arg(&a, 1);
  if (a.failed) return NULL;
  socklen_t length;
  struct sockaddr *address = name_begin(name, &length);
  int result = ask(fd, address, &length);
  if (result == 0) name_end(name, length);
  return outcome(env, result);
}

static napi_value sys_getsockname(napi_env env, napi_callback_info info) {
  return ask_name(env, info, "getsockname", getsockname);
}

static napi_value sys_getpeername(napi_env env, napi_callback_info info) {
  return ask_name(env, info, "getpeername", getpeername);
}

/* getsockopt(fd, level, option, value): the length the kernel wrote. SO_GET_FILTER counts instructions where all others
 * count bytes: taken as it stands, the kernel would write eight times what there is room for. */
static napi_value sys_getsockopt(napi_env env, napi_callback_info info) {
  BEGIN(getsockopt, 4);
  int fd = args_int(&a, 0), level = args_int(&a, 1), option = args_int(&a, 2);
  bytes value = args_bytes(&a, 3);
  if (a.failed) return NULL;
  size_t unit = level == SOL_SOCKET && option == SO_GET_FILTER ? FILTER_INSTRUCTION : 1;
  socklen_t length = (socklen_t)(value.length / unit);
  int result = getsockopt(fd, level, option, value.data, &length);
  return outcome(env, result < 0 ? result : (int64_t)length * (int64_t)unit);
}

static napi_value sys_setsockopt(napi_env env, napi_callback_info info) {
  BEGIN(setsockopt, 4);
  int fd = args_int(&a, 0), level = args_int(&a, 1), option = args_int(&a, 2);
  bytes value = args_bytes(&a, 3);
  if (a.failed) return NULL;
  /* Options without a value (TIPC's) insist on no pointer either, and that of no bytes may be any. */
  const void *data = value.length == 0 ? NULL : value.data;
  return outcome(env, setsockopt(fd, level, option, data, (socklen_t)value.length));
}

/* fcntl(fd, command, argument): the commands whose argument is an integer or absent; the others would
 * take it for a pointer. */
static napi_value sys_fcntl(napi_env env, napi_callback_info info) {
  BEGIN(fcntl, 3);
  int fd = args_int(&a, 0), command = args_int(&a, 1), argument = args_int(&a, 2);
  if (a.failed) return NULL;
  switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
    case F_GETFD:
    case F_SETFD:
    case F_GETFL:
    case F_SETFL:
      return outcome(env, fcntl(fd, command, argument));
    default:
      return int_value(env, -EINVAL);
  }
}

/* Bytes that the kernel reads and writes for a request: an int or a struct ifreq. Others may take what they are given for a
 * pointer, or be longer: 0. */
static size_t ioctl_room(int request) {
  switch ((unsigned)request) {
    case FIONREAD: /* SIOCINQ */
    case TIOCOUTQ: /* SIOCOUTQ */
    case SIOCOUTQNSD:
    case SIOCATMARK:
    case VSOCK_LOCAL_CID:
      return sizeof(int);
    case SIOCGIFNAME:
    case SIOCSIFNAME:
    case SIOCGIFINDEX:
    case SIOCGIFFLAGS:
    case SIOCSIFFLAGS:
    case SIOCGIFMTU:
    case SIOCSIFMTU:
    case SIOCGIFTXQLEN:
    case SIOCSIFTXQLEN:
    case SIOCGIFHWADDR:
    case SIOCSIFHWADDR:
    case SIOCGIFADDR:
    case SIOCSIFADDR:
    case SIOCGIFNETMASK:
    case SIOCSIFNETMASK:
    case SIOCGIFBRDADDR:
    case SIOCSIFBRDADDR:
    case SIOCGIFDSTADDR:
    case SIOCSIFDSTADDR:
      return sizeof(struct ifreq);
    default:
      return 0;
  }
}

/* ioctl(fd, request, value): the requests above, whose value is read and written in place. */
static napi_value sys_ioctl(napi_env env, napi_callback_info info) {
  BEGIN(ioctl, 3);
  int fd = args_int(&a, 0), request = args_int(&a, 1);
  bytes value = args_bytes(&a, 2);
  size_t room = ioctl_room(request);
  if (!a.failed && value.length < room) args_reject(&a, 2, "room for the request's value");
  if (a.failed) return NULL;
  if (room == 0) return int_value(env, -EINVAL);
  return outcome(env, ioctl(fd, (unsigned)request, value.data));
}

/* poll(fd, events, timeout): the events that came, 0 for none. The timeout is cut to 50 ms: a longer native wait
 * would hold up worker.terminate() and process.exit(). */
static napi_value sys_poll(napi_env env, napi_callback_info info) {
  BEGIN(poll, 3);
  struct pollfd poll_fd = { .fd = args_int(&a, 0), .events = (short)args_int(&a, 1) };
  int timeout = args_int(&a, 2);
  if (a.failed) return NULL;
  int result = poll(&poll_fd, 1, timeout < 0 || timeout > 50 ? 50 : timeout);
  return outcome(env, result <= 0 ? result : poll_fd.revents);
}

const export_row syscall_exports[] = {
  { "socket", sys_socket },
  { "socketpair", sys_socketpair },
  { "bind", sys_bind },
  { "listen", sys_listen },
  { "accept", sys_accept },
  { "connect", sys_connect },
  { "recv", sys_recv },
  { "recvfrom", sys_recvfrom },
  { "send", sys_send },
  { "sendto", sys_sendto },
  { "shutdown", sys_shutdown },
  { "close", sys_close },
  { "getsockname", sys_getsockname },
  { "getpeername", sys_getpeername },
  { "getsockopt", sys_getsockopt },
  { "setsockopt", sys_setsockopt },
  { "fcntl", sys_fcntl },
  { "ioctl", sys_ioctl },
  { "poll", sys_poll },
  EXPORT_END,
};
