/* Messages with many buffers and ancillary data, and files: recvmsg, sendmsg, sendfile. */
#include "addon.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/sendfile.h>
#include <time.h>

/*
 * recvmsg(fd, buffers, flags, name, control): the sender goes to the name buffer, ancillary data and the message's flags
 * to the control buffer. Descriptors among them are the caller's, close-on-exec if the flags say so.
 */
static napi_value message_recvmsg(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "recvmsg", 5)) return NULL;
  int fd = args_int(&a, 0), flags = args_int(&a, 2);
  buffers data;
  args_buffers(&a, 1, &data);
  bytes name = args_bytes(&a, 3), control = args_bytes(&a, 4);
  if (!a.failed && name.length < NAME_SIZE) args_reject(&a, 3, "a name buffer");
  if (!a.failed && control.length < CONTROL_HEAD) args_reject(&a, 4, "a control buffer");
  if (a.failed) return NULL;
  struct msghdr message;
  ssize_t result;
  do {
    socklen_t length;
    message = (struct msghdr){ .msg_iov = data.list, .msg_iovlen = data.count };
    message.msg_name = name_begin(name.data, &length);
    message.msg_namelen = length;
    message.msg_control = control.data + CONTROL_HEAD;
    message.msg_controllen = control.length - CONTROL_HEAD;
    result = recvmsg(fd, &message, flags);
  } while (result < 0 && errno == EINTR);
  if (result >= 0) {
    name_end(name.data, message.msg_namelen);
    int32_t head[2] = { (int32_t)message.msg_controllen, message.msg_flags };
    memcpy(control.data, head, sizeof head);
  }
  return outcome(env, result);
}

/* sendmsg(fd, buffers, flags, sockaddr, control): no bytes for either is none. */
static napi_value message_sendmsg(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "sendmsg", 5)) return NULL;
  int fd = args_int(&a, 0), flags = args_int(&a, 2);
  buffers data;
  args_buffers(&a, 1, &data);
  bytes name = args_bytes(&a, 3), control = args_bytes(&a, 4);
  if (a.failed) return NULL;
  struct msghdr message = {
    .msg_name = name.length == 0 ? NULL : name.data,
    .msg_namelen = (socklen_t)name.length,
    .msg_iov = data.list,
    .msg_iovlen = data.count,
    .msg_control = control.length == 0 ? NULL : control.data,
    .msg_controllen = control.length,
  };
  ssize_t result;
  do result = sendmsg(fd, &message, flags);
  while (result < 0 && errno == EINTR);
  return outcome(env, result);
}

/* sendfile(2) knows no MSG_NOSIGNAL: its SIGPIPE, which comes to this thread, is held back and taken. One that was there
 * before is left alone. */
static ssize_t sendfile_quietly(int out, int in, off_t offset, size_t count) {
  sigset_t broken, before, waiting;
  sigemptyset(&broken);
  sigaddset(&broken, SIGPIPE);
  sigpending(&waiting);
  pthread_sigmask(SIG_BLOCK, &broken, &before);
  ssize_t result;
  do result = sendfile(out, in, &offset, count);
  while (result < 0 && errno == EINTR);
  int error = errno;
  if (result < 0 && error == EPIPE && !sigismember(&waiting, SIGPIPE)) {
    const struct timespec now = { 0, 0 };
    while (sigtimedwait(&broken, NULL, &now) < 0 && errno == EINTR) {}
  }
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  errno = error;
  return result;
}

/* sendfile(out, in, offset, count) */
static napi_value message_sendfile(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "sendfile", 4)) return NULL;
  int out = args_int(&a, 0), in = args_int(&a, 1);
  off_t offset = (off_t)args_size(&a, 2);
  size_t count = (size_t)args_size(&a, 3);
  if (a.failed) return NULL;
  return outcome(env, sendfile_quietly(out, in, offset, count));
}

const export_row message_exports[] = {
  { "recvmsg", message_recvmsg },
  { "sendmsg", message_sendmsg },
  { "sendfile", message_sendfile },
  EXPORT_END,
};
