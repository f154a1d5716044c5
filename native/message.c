/* Messages with many buffers and ancillary data, many messages at once, and files. */
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

/* As many messages as one call of recvmmsg or sendmmsg takes here. */
#define MAX_MESSAGES 256

/*
 * recvmmsg(fd, memory, stride, room, lengths, flags): one message into each `stride` bytes of the memory: a name buffer, a
 * control buffer with room for `room` bytes, and the rest for the data. `lengths` gets how many bytes each has. It takes
 * what is there: the flags say MSG_DONTWAIT.
 */
static napi_value message_recvmmsg(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "recvmmsg", 6)) return NULL;
  int fd = args_int(&a, 0);
  bytes memory = args_bytes(&a, 1);
  size_t stride = (size_t)args_size(&a, 2), room = (size_t)args_size(&a, 3);
  words lengths = args_words(&a, 4);
  int flags = args_int(&a, 5);
  size_t head = NAME_SIZE + CONTROL_HEAD + room;
  if (!a.failed && (stride < head || room > memory.length)) args_reject(&a, 2, "room for a name and control messages");
  if (a.failed) return NULL;
  size_t count = memory.length / stride;
  if (count > lengths.length) count = lengths.length;
  if (count > MAX_MESSAGES) count = MAX_MESSAGES;
  struct mmsghdr messages[MAX_MESSAGES];
  struct iovec data[MAX_MESSAGES];
  for (size_t i = 0; i < count; i++) {
    uint8_t *at = memory.data + i * stride;
    socklen_t length;
    struct sockaddr *name = name_begin(at, &length);
    data[i] = (struct iovec){ at + head, stride - head };
    messages[i].msg_hdr = (struct msghdr){
      .msg_name = name,
      .msg_namelen = length,
      .msg_iov = &data[i],
      .msg_iovlen = 1,
      .msg_control = at + NAME_SIZE + CONTROL_HEAD,
      .msg_controllen = room,
    };
  }
  int result;
  do result = recvmmsg(fd, messages, (unsigned)count, flags, NULL);
  while (result < 0 && errno == EINTR);
  for (int i = 0; i < result; i++) {
    uint8_t *at = memory.data + (size_t)i * stride;
    const struct msghdr *message = &messages[i].msg_hdr;
    int32_t control[2] = { (int32_t)message->msg_controllen, message->msg_flags };
    name_end(at, message->msg_namelen);
    memcpy(at + NAME_SIZE, control, sizeof control);
    lengths.data[i] = (int32_t)messages[i].msg_len;
  }
  return outcome(env, result);
}

/* A message to send, as parts of one memory: [offset, length] of its data, its sockaddr and its control messages. */
enum row { ROW_DATA, ROW_NAME = 2, ROW_CONTROL = 4, ROW_WORDS = 6 };

/* The bytes that the two words at `part` name, or nothing; false when they are not in the memory. */
static bool part_of(bytes memory, const int32_t *part, bytes *out) {
  if (part[0] < 0 || part[1] < 0 || (size_t)part[0] + (size_t)part[1] > memory.length) return false;
  *out = (bytes){ part[1] == 0 ? NULL : memory.data + part[0], (size_t)part[1] };
  return true;
}

/* sendmmsg(fd, memory, rows, first, count, flags): how many of the messages from `first` on the kernel took. */
static napi_value message_sendmmsg(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "sendmmsg", 6)) return NULL;
  int fd = args_int(&a, 0);
  bytes memory = args_bytes(&a, 1);
  words rows = args_words(&a, 2);
  size_t first = (size_t)args_size(&a, 3), count = (size_t)args_size(&a, 4);
  int flags = args_int(&a, 5);
  if (!a.failed && (first > rows.length / ROW_WORDS || count > rows.length / ROW_WORDS - first))
    args_reject(&a, 4, "a number of rows that there are");
  if (a.failed) return NULL;
  if (count > MAX_MESSAGES) count = MAX_MESSAGES;
  struct mmsghdr messages[MAX_MESSAGES];
  struct iovec list[MAX_MESSAGES];
  for (size_t i = 0; i < count; i++) {
    const int32_t *row = rows.data + (first + i) * ROW_WORDS;
    bytes data, name, control;
    if (!part_of(memory, row + ROW_DATA, &data) || !part_of(memory, row + ROW_NAME, &name) ||
        !part_of(memory, row + ROW_CONTROL, &control)) {
      args_reject(&a, 2, "rows of parts of the memory");
      return NULL;
    }
    list[i] = (struct iovec){ data.data, data.length };
    messages[i].msg_hdr = (struct msghdr){
      .msg_name = name.data,
      .msg_namelen = (socklen_t)name.length,
      .msg_iov = &list[i],
      .msg_iovlen = 1,
      .msg_control = control.data,
      .msg_controllen = control.length,
    };
  }
  int result;
  do result = sendmmsg(fd, messages, (unsigned)count, flags);
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
  { "recvmmsg", message_recvmmsg },
  { "sendmmsg", message_sendmmsg },
  { "sendfile", message_sendfile },
  EXPORT_END,
};
