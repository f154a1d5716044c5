/*
 * The addon: one function per system call, integers and bytes in, one integer out (>= 0 the result,
 * < 0 is -errno). It knows no protocol and no policy; addresses, option values and time-outs are the
 * business of the TypeScript above it.
 *
 * Misuse (a wrong type, a range outside its buffer) throws a TypeError or RangeError. Nothing that
 * JavaScript passes in may abort the process.
 */
#ifndef BERKELEY_ADDON_H
#define BERKELEY_ADDON_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

/* ── arguments ─────────────────────────────────────────────────────────────────────────────────── */

#define MAX_ARGS 9

/* The arguments of one call. The first that does not fit throws and sets `failed`; the getters after it
 * return zero, so a caller checks once, behind the last getter. */
typedef struct {
  napi_env env;
  const char *name;
  napi_value value[MAX_ARGS];
  size_t given;
  bool failed;
} args;

typedef struct {
  uint8_t *data;
  size_t length;
} bytes;

typedef struct {
  int32_t *data;
  size_t length;
} words;

bool args_begin(args *a, napi_env env, napi_callback_info info, const char *name, size_t count);
/* Of 32 bits, signed or not. */
int32_t args_int(args *a, size_t index);
/* Of 53 bits, not negative. */
int64_t args_size(args *a, size_t index);
bytes args_bytes(args *a, size_t index);
/* An Int32Array. */
words args_words(args *a, size_t index);
/* The part [offset, offset + length) of the bytes at `index`; offset and length are the next two arguments. */
bytes args_range(args *a, size_t index);
/* The same, with offset and length at `range` and behind it. */
bytes args_part(args *a, size_t index, size_t range);
/* The memory of an array of Uint8Arrays, as many as one system call takes. Fetching the elements may run JavaScript (an
 * accessor in the array): memory looked up before this call is not to be used behind it. */
#define MAX_BUFFERS 1024
typedef struct {
  struct iovec list[MAX_BUFFERS];
  size_t count;
} buffers;
void args_buffers(args *a, size_t index, buffers *b);
/* A UTF-8 string to free(), or NULL where JavaScript passed null. */
char *args_text(args *a, size_t index);
/* The same where null will not do. */
char *args_word(args *a, size_t index);
void args_reject(args *a, size_t index, const char *expected);

napi_value int_value(napi_env env, int64_t value);
/* A system call's outcome: the result, or -errno. */
napi_value outcome(napi_env env, int64_t result);

/* ── names ─────────────────────────────────────────────────────────────────────────────────────── */

/* A name buffer carries a socket address out of the kernel: its length as a native int32, then the
 * bytes. The length is the kernel's own, which can exceed the room (see accept(2)). */
#define NAME_ROOM sizeof(struct sockaddr_storage)
#define NAME_SIZE (sizeof(int32_t) + NAME_ROOM)

struct sockaddr *name_begin(uint8_t *name, socklen_t *length);
void name_end(uint8_t *name, socklen_t length);

/* accept4(2), which has no MSG_DONTWAIT: the listener is made non-blocking first if it is not. The flag belongs to the open
 * file, and a program that shares it may take it away at any time (libuv does in children that get it as a standard one). */
int accept_now(int fd, struct sockaddr *address, socklen_t *length);

/* A control buffer carries ancillary data out of the kernel: how many bytes of it there are and the MSG_* flags of the
 * message, each a native int32, then the bytes. */
#define CONTROL_HEAD (2 * sizeof(int32_t))

/* ── export lists: each file adds its own ──────────────────────────────────────────────────────── */

typedef struct {
  const char *name;
  napi_callback call;
} export_row;

#define EXPORT_END { NULL, NULL }

extern const export_row syscall_exports[];
extern const export_row message_exports[];
extern const export_row filter_exports[];
extern const export_row resolver_exports[];
extern const export_row netdb_exports[];
extern const export_row interface_exports[];
extern const export_row engine_exports[];

/* What one environment (the main thread, a worker) owns. */
struct engine;
typedef struct {
  struct engine *engine;
} instance;

instance *instance_of(napi_env env);

/* sizeof(struct sock_filter) */
#define FILTER_INSTRUCTION 8

#endif
