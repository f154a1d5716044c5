/* The epoll set and the drain; engine.h has the picture. */
#include "engine.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* Events taken at one wake-up. The epoll descriptor stays readable while more wait, so timers and other
 * input get their turn in between. */
#define EVENTS_PER_WAKE 256

/* Of one event: a read, a write, and a word to those that stand aside. */
#define MOST_RESULTS 3

#define READ_EDGES (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR | EPOLLPRI)
#define ASIDE_EDGES (EPOLLPRI | EPOLLERR | EPOLLHUP | EPOLLRDHUP)
#define WRITE_EDGES (EPOLLOUT | EPOLLHUP | EPOLLERR)

/* The shared memory, as looked up for this batch. */
typedef struct {
  int32_t *slots;
  size_t slot_count;
  uint8_t *slab;
  size_t slab_size, slab_used;
  int32_t *results;
  size_t result_room, result_count;
} batch;

static void *shared(napi_env env, napi_ref ref, napi_typedarray_type wanted, size_t *length) {
  napi_value value;
  napi_typedarray_type type = (napi_typedarray_type)-1;
  void *data = NULL;
  *length = 0;
  if (napi_get_reference_value(env, ref, &value) != napi_ok || value == NULL) return NULL;
  if (napi_get_typedarray_info(env, value, &type, length, &data, NULL, NULL) != napi_ok || type != wanted || data == NULL) {
    *length = 0;
    return NULL;
  }
  return data;
}

static void batch_begin(struct engine *e, batch *b) {
  size_t words;
  b->slots = shared(e->env, e->slots, napi_int32_array, &words);
  b->slot_count = words / SLOT_WORDS;
  b->results = shared(e->env, e->results, napi_int32_array, &words);
  b->result_room = words / RESULT_WORDS;
  b->slab = shared(e->env, e->slab, napi_uint8_array, &b->slab_size);
  b->slab_used = 0;
  b->result_count = 0;
}

static void batch_add(batch *b, const int32_t *slot, uint32_t index, int side, int64_t value, size_t at) {
  int32_t *result = b->results + b->result_count++ * RESULT_WORDS;
  result[RESULT_SLOT] = (int32_t)index;
  result[RESULT_GENERATION] = slot[SLOT_GENERATION];
  result[RESULT_SIDE] = side;
  result[RESULT_VALUE] = (int32_t)value;
  result[RESULT_AT] = (int32_t)at;
}

static void batch_deliver(struct engine *e, batch *b, dispatch_call call) {
  if (b->result_count > 0) {
    napi_value function, count;
    if (napi_get_reference_value(e->env, e->dispatch, &function) == napi_ok &&
        napi_create_uint32(e->env, (uint32_t)b->result_count, &count) == napi_ok)
      call(e, function, count);
  }
}

/* Slab that the slot's awaited read may fill. */
static size_t slab_need(const int32_t *slot) {
  size_t size = slot[SLOT_READ_SIZE] < 0 ? 0 : (size_t)slot[SLOT_READ_SIZE];
  switch (slot[SLOT_READ]) {
    case OP_RECV:
    case OP_VIEW: return size;
    case OP_RECVFROM: return NAME_SIZE + size;
    case OP_ACCEPT: return NAME_SIZE;
    default: return 0;
  }
}

static int64_t no_longer_than(int64_t value, size_t room) {
  return value > (int64_t)room ? (int64_t)room : value;
}

/* The awaited read, once. A result is recorded unless the socket turns out to be empty. */
static void drain_read(batch *b, int32_t *slot, uint32_t index) {
  int fd = slot[SLOT_FD], flags = slot[SLOT_READ_FLAGS] | MSG_DONTWAIT;
  size_t at = b->slab_used, size = slab_need(slot);
  uint8_t *room = b->slab + at;
  socklen_t length;
  int64_t value = 0;
  switch (slot[SLOT_READ]) {
    case OP_RECV:
    case OP_VIEW:
      do value = recv(fd, room, size, flags);
      while (value < 0 && errno == EINTR);
      if (value > 0) b->slab_used += (size_t)no_longer_than(value, size);
      break;
    case OP_RECVFROM:
      size -= NAME_SIZE;
      do {
        struct sockaddr *address = name_begin(room, &length);
        value = recvfrom(fd, room + NAME_SIZE, size, flags, address, &length);
      } while (value < 0 && errno == EINTR);
      if (value >= 0) {
        name_end(room, length);
        b->slab_used += NAME_SIZE + (size_t)no_longer_than(value, size);
      }
      break;
    case OP_ACCEPT: {
      struct sockaddr *address = name_begin(room, &length);
      value = accept_now(fd, address, &length);
      if (value >= 0) {
        name_end(room, length);
        b->slab_used += NAME_SIZE;
      }
      break;
    }
    default:
      break;
  }
  if (value < 0) value = -(int64_t)errno;
  if (value == -EAGAIN) {
    slot[SLOT_STATE] &= ~STATE_READABLE;
    return;
  }
  /* Whole words: JavaScript copies by them. */
  b->slab_used = (b->slab_used + 3) & ~(size_t)3;
  int state = slot[SLOT_STATE];
  int side = slot[SLOT_READ] == OP_VIEW ? SIDE_VIEW : SIDE_READ;
  bool plain = (state & STATE_SHORT_IS_EMPTY) && !(state & (STATE_ENDED | STATE_URGENT)) && !(flags & (MSG_PEEK | MSG_OOB));
  if (plain && (slot[SLOT_READ] == OP_RECV || side == SIDE_VIEW) && value > 0 && value < (int64_t)size) slot[SLOT_STATE] &= ~STATE_READABLE;
  if (side == SIDE_READ) slot[SLOT_READ] = OP_NONE;
  batch_add(b, slot, index, side, value, at);
}

static void drain_write(batch *b, int32_t *slot, uint32_t index) {
  int32_t value = 0;
  if (slot[SLOT_WRITE] == OP_CONNECT) {
    socklen_t length = sizeof value;
    if (getsockopt(slot[SLOT_FD], SOL_SOCKET, SO_ERROR, &value, &length) < 0) value = errno;
  }
  slot[SLOT_WRITE] = OP_NONE;
  batch_add(b, slot, index, SIDE_WRITE, -(int64_t)value, 0);
}

/* The events that are there, drained and delivered: how many they were. */
static int engine_take(struct engine *e, dispatch_call call) {
  struct epoll_event events[EVENTS_PER_WAKE];
  int count = epoll_wait(e->epfd, events, EVENTS_PER_WAKE, 0);
  if (count <= 0) return 0;
  batch b;
  batch_begin(e, &b);
  for (int i = 0; i < count; i++) {
    uint32_t index = (uint32_t)events[i].data.u64, generation = (uint32_t)(events[i].data.u64 >> 32), got = events[i].events;
    if (index >= b.slot_count) continue;
    int32_t *slot = b.slots + (size_t)index * SLOT_WORDS;
    /* The number was closed and its slot reused while this event was on its way. */
    if ((uint32_t)slot[SLOT_GENERATION] != generation) continue;
    if (got & READ_EDGES) slot[SLOT_STATE] |= STATE_READABLE;
    if (got & WRITE_EDGES) slot[SLOT_STATE] |= STATE_WRITABLE;
    if (got & (EPOLLRDHUP | EPOLLHUP | EPOLLERR)) slot[SLOT_STATE] |= STATE_ENDED;
    if (got & EPOLLPRI) slot[SLOT_STATE] |= STATE_URGENT;
    if (b.result_count + MOST_RESULTS > b.result_room || b.slab_used + slab_need(slot) > b.slab_size) {
      batch_deliver(e, &b, call);
      batch_begin(e, &b);
      /* JavaScript ran: the slot may have moved, or belong to another socket now. */
      if (index >= b.slot_count) continue;
      slot = b.slots + (size_t)index * SLOT_WORDS;
      if ((uint32_t)slot[SLOT_GENERATION] != generation) continue;
      if (b.result_room < MOST_RESULTS || slab_need(slot) > b.slab_size) continue;
    }
    if (slot[SLOT_READ] != OP_NONE && (slot[SLOT_STATE] & STATE_READABLE)) drain_read(&b, slot, index);
    if (slot[SLOT_WRITE] != OP_NONE && (slot[SLOT_STATE] & STATE_WRITABLE)) drain_write(&b, slot, index);
    if (slot[SLOT_ASIDE] != 0 && (got & ASIDE_EDGES)) batch_add(&b, slot, index, SIDE_ASIDE, 0, 0);
  }
  if (b.result_count > 0) batch_deliver(e, &b, call);
  return count;
}

static int64_t now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (int64_t)t.tv_sec * 1000000000 + t.tv_nsec;
}

/* Timers and other input have their turn after so many nanoseconds, however busy the sockets are. */
#define TURN_MOST 2000000

/* What came while a batch was being looked at is taken at once: a turn of the host's loop costs more than a look. Spinning,
 * it goes on looking for a while when there is nothing. */
void engine_wake(struct engine *e, dispatch_call call) {
  int64_t start = 0, last = 0;
  while (engine_take(e, call) > 0 && e->wake->runs_microtasks) {
    last = now();
    if (start == 0) start = last;
    if (last - start > TURN_MOST) return;
  }
  if (e->spin == 0 || start == 0) return;
  for (int64_t at = now(); at - last < e->spin && at - start < TURN_MOST; at = now())
    if (engine_take(e, call) > 0) last = now();
}

/* ── what JavaScript calls ─────────────────────────────────────────────────────────────────────── */

static void engine_free(struct engine *e) {
  if (e->waker != NULL) e->wake->close(e);
  if (e->epfd >= 0) close(e->epfd);
  napi_ref refs[] = { e->dispatch, e->slots, e->slab, e->results };
  for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
    if (refs[i] != NULL) napi_delete_reference(e->env, refs[i]);
  free(e->owned);
  free(e);
}

/* The sockets of an environment end with it, as those of Node's own modules do: a port must not outlive its worker.
 * They are known here, in C: not every host has handles for JavaScript's memory at that time. */
static void close_sockets(struct engine *e) {
  for (size_t fd = 0; fd < e->owned_room; fd++)
    if (e->owned[fd]) close((int)fd);
}

static void engine_teardown(void *data) {
  instance *self = data;
  if (self->engine == NULL) return;
  close_sockets(self->engine);
  engine_free(self->engine);
  self->engine = NULL;
}

static struct engine *engine_of(napi_env env) {
  instance *self = instance_of(env);
  return self == NULL ? NULL : self->engine;
}

static bool typed(napi_env env, napi_value value, napi_typedarray_type wanted) {
  napi_typedarray_type type = (napi_typedarray_type)-1;
  return napi_get_typedarray_info(env, value, &type, NULL, NULL, NULL, NULL) == napi_ok && type == wanted;
}

/* engineOpen(wake, dispatch, slots, slab, results): wake 0 is uv_poll, 1 the thread. -EBUSY when it is open. */
static napi_value engine_open(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "engineOpen", 5)) return NULL;
  int kind = args_int(&a, 0);
  napi_valuetype type;
  if (!a.failed && (napi_typeof(env, a.value[1], &type) != napi_ok || type != napi_function)) args_reject(&a, 1, "a function");
  if (!a.failed && !typed(env, a.value[2], napi_int32_array)) args_reject(&a, 2, "an Int32Array");
  if (!a.failed && !typed(env, a.value[3], napi_uint8_array)) args_reject(&a, 3, "a Uint8Array");
  if (!a.failed && !typed(env, a.value[4], napi_int32_array)) args_reject(&a, 4, "an Int32Array");
  if (a.failed) return NULL;
  instance *self = instance_of(env);
  if (self == NULL || self->engine != NULL) return int_value(env, -EBUSY);
  struct engine *e = calloc(1, sizeof *e);
  if (e == NULL) return int_value(env, -ENOMEM);
  e->env = env;
  e->wake = kind == 0 ? &wake_uv : &wake_thread;
  e->epfd = epoll_create1(EPOLL_CLOEXEC);
  int result = e->epfd < 0 ? -errno : 0;
  if (result == 0) {
    napi_ref *const refs[] = { &e->dispatch, &e->slots, &e->slab, &e->results };
    for (size_t i = 0; i < sizeof refs / sizeof *refs; i++)
      if (napi_create_reference(env, a.value[1 + i], 1, refs[i]) != napi_ok) result = -ENOMEM;
    if (result == 0) result = e->wake->open(e);
    if (result == 0) result = napi_add_env_cleanup_hook(env, engine_teardown, self) == napi_ok ? 0 : -ENOMEM;
  }
  if (result == 0) self->engine = e;
  else engine_free(e);
  return int_value(env, result);
}

/* engineSlots(slots): the table has grown. */
static napi_value engine_slots(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "engineSlots", 1)) return NULL;
  if (!typed(env, a.value[0], napi_int32_array)) args_reject(&a, 0, "an Int32Array");
  if (a.failed) return NULL;
  struct engine *e = engine_of(env);
  napi_ref ref;
  if (e == NULL || napi_create_reference(env, a.value[0], 1, &ref) != napi_ok) return int_value(env, -EINVAL);
  napi_delete_reference(env, e->slots);
  e->slots = ref;
  return int_value(env, 0);
}

/* engineOwn(fd, on): whether a socket has the descriptor, so that it is to be closed if the environment ends before it. */
static napi_value engine_own(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "engineOwn", 2)) return NULL;
  int fd = args_int(&a, 0), on = args_int(&a, 1);
  if (a.failed) return NULL;
  struct engine *e = engine_of(env);
  if (e == NULL) return int_value(env, -EINVAL);
  if (fd < 0) return int_value(env, -EBADF);
  if ((size_t)fd >= e->owned_room) {
    if (on == 0) return int_value(env, 0);
    /* No more room than open descriptors can need. */
    if (fcntl(fd, F_GETFD) < 0) return int_value(env, -errno);
    size_t room = ((size_t)fd + 1) * 2;
    bool *owned = realloc(e->owned, room * sizeof *owned);
    if (owned == NULL) return int_value(env, -ENOMEM);
    memset(owned + e->owned_room, 0, (room - e->owned_room) * sizeof *owned);
    e->owned = owned;
    e->owned_room = room;
  }
  e->owned[fd] = on != 0;
  return int_value(env, 0);
}

/* engineWatch(fd, slot, generation, write, again): edges of fd are the slot's from now on; `write` asks for
 * EPOLLOUT too, `again` changes a registration that is there. */
static napi_value engine_watch(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "engineWatch", 5)) return NULL;
  int fd = args_int(&a, 0);
  uint32_t slot = (uint32_t)args_int(&a, 1), generation = (uint32_t)args_int(&a, 2);
  int write = args_int(&a, 3), again = args_int(&a, 4);
  if (a.failed) return NULL;
  struct engine *e = engine_of(env);
  if (e == NULL) return int_value(env, -EINVAL);
  struct epoll_event event = {
    .events = EPOLLIN | EPOLLRDHUP | EPOLLPRI | EPOLLET | (write ? EPOLLOUT : 0),
    .data.u64 = (uint64_t)generation << 32 | slot,
  };
  return outcome(env, epoll_ctl(e->epfd, again ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &event));
}

/* engineForget(fd): before every close, since a registration belongs to the open file and a dup would keep it. */
static napi_value engine_forget(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "engineForget", 1)) return NULL;
  int fd = args_int(&a, 0);
  if (a.failed) return NULL;
  struct engine *e = engine_of(env);
  if (e == NULL) return int_value(env, -EINVAL);
  return outcome(env, epoll_ctl(e->epfd, EPOLL_CTL_DEL, fd, NULL));
}

/* engineRef(on): whether the engine keeps the process alive. */
static napi_value engine_ref(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "engineRef", 1)) return NULL;
  int on = args_int(&a, 0);
  if (a.failed) return NULL;
  struct engine *e = engine_of(env);
  if (e == NULL) return int_value(env, -EINVAL);
  e->wake->ref(e, on != 0);
  return int_value(env, 0);
}

/* engineSpin(microseconds): how long a wake-up goes on looking for events behind the last one; 1 if that can be. */
static napi_value engine_spin(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "engineSpin", 1)) return NULL;
  int64_t microseconds = args_size(&a, 0);
  if (a.failed) return NULL;
  struct engine *e = engine_of(env);
  if (e == NULL) return int_value(env, -EINVAL);
  e->spin = (microseconds > TURN_MOST / 1000 ? TURN_MOST / 1000 : microseconds) * 1000;
  return int_value(env, e->wake->runs_microtasks);
}

const export_row engine_exports[] = {
  { "engineOpen", engine_open },
  { "engineSlots", engine_slots },
  { "engineOwn", engine_own },
  { "engineWatch", engine_watch },
  { "engineForget", engine_forget },
  { "engineRef", engine_ref },
  { "engineSpin", engine_spin },
  EXPORT_END,
};
