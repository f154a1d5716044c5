/*
 * Wake-up by libuv: a uv_poll on the epoll descriptor, which can itself be polled. For Node alone. libuv's
 * functions are looked up by name at run time and never linked: Bun exports every uv_* as a stub that aborts,
 * and other hosts have none.
 */
#include "engine.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

/* What we use of <uv.h>, declared here so that no host header is needed. Handles are opaque: their size comes
 * from uv_handle_size. The two numbers are part of libuv's stable ABI. */
typedef struct uv_loop_s uv_loop_t;
typedef void uv_handle_t;
enum { UV_POLL_TYPE = 8, UV_READABLE_EVENT = 1 };
typedef void (*poll_cb)(uv_handle_t *, int status, int events);
typedef void (*close_cb)(uv_handle_t *);

static struct {
  size_t (*handle_size)(int);
  void *(*handle_get_data)(const uv_handle_t *);
  void (*handle_set_data)(uv_handle_t *, void *);
  int (*poll_init)(uv_loop_t *, uv_handle_t *, int);
  int (*poll_start)(uv_handle_t *, int, poll_cb);
  void (*close)(uv_handle_t *, close_cb);
  void (*ref)(uv_handle_t *);
  void (*unref)(uv_handle_t *);
  napi_status (*get_loop)(napi_env, uv_loop_t **);
} uv;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static bool found;

typedef struct {
  uv_handle_t *handle;
  napi_async_context context;
  napi_async_cleanup_hook_handle cleanup;
} waker;

static void look_up(void) {
  const struct {
    const char *name;
    void *into;
  } rows[] = {
    { "uv_handle_size", &uv.handle_size },
    { "uv_handle_get_data", &uv.handle_get_data },
    { "uv_handle_set_data", &uv.handle_set_data },
    { "uv_poll_init", &uv.poll_init },
    { "uv_poll_start", &uv.poll_start },
    { "uv_close", &uv.close },
    { "uv_ref", &uv.ref },
    { "uv_unref", &uv.unref },
    { "napi_get_uv_event_loop", &uv.get_loop },
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    void *symbol = dlsym(RTLD_DEFAULT, rows[i].name);
    if (symbol == NULL) return;
    *(void **)rows[i].into = symbol;
  }
  found = true;
}

static void dispatch(struct engine *e, napi_value function, napi_value count) {
  waker *w = e->waker;
  napi_value receiver, error;
  if (napi_get_global(e->env, &receiver) != napi_ok) return;
  if (napi_make_callback(e->env, w->context, receiver, function, 1, &count, NULL) == napi_ok) return;
  /* An exception of the dispatch itself, or of a process.nextTick callback that ran behind it: the process
   * sees it as uncaught, as it would behind any of Node's own callbacks. */
  bool pending = false;
  if (napi_is_exception_pending(e->env, &pending) == napi_ok && pending &&
      napi_get_and_clear_last_exception(e->env, &error) == napi_ok)
    napi_fatal_exception(e->env, error);
}

static void on_poll(uv_handle_t *handle, int status, int events) {
  (void)status;
  (void)events;
  struct engine *e = uv.handle_get_data(handle);
  napi_handle_scope scope;
  if (napi_open_handle_scope(e->env, &scope) != napi_ok) return;
  engine_wake(e, dispatch);
  napi_close_handle_scope(e->env, scope);
}

static void waker_free(waker *w) {
  if (w->cleanup != NULL) napi_remove_async_cleanup_hook(w->cleanup);
  free(w->handle);
  free(w);
}

/* Makes the environment wait until the handle is closed; engine_teardown is what closes it. */
static void on_cleanup(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  (void)data;
}

static int wake_uv_open(struct engine *e) {
  uv_loop_t *loop;
  pthread_once(&once, look_up);
  if (!found || uv.get_loop(e->env, &loop) != napi_ok) return -ENOSYS;
  waker *w = calloc(1, sizeof *w);
  if (w == NULL) return -ENOMEM;
  w->handle = calloc(1, uv.handle_size(UV_POLL_TYPE));
  int result = w->handle == NULL ? -ENOMEM : uv.poll_init(loop, w->handle, e->epfd);
  if (result < 0) {
    waker_free(w);
    return result;
  }
  /* From here on the loop knows the handle: only its close callback may free it. */
  napi_value label;
  e->waker = w;
  uv.handle_set_data(w->handle, e);
  if (napi_create_string_utf8(e->env, "berkeley", NAPI_AUTO_LENGTH, &label) != napi_ok ||
      napi_async_init(e->env, NULL, label, &w->context) != napi_ok ||
      napi_add_async_cleanup_hook(e->env, on_cleanup, NULL, &w->cleanup) != napi_ok)
    return -ENOMEM;
  uv.unref(w->handle);
  return uv.poll_start(w->handle, UV_READABLE_EVENT, on_poll);
}

static void wake_uv_ref(struct engine *e, bool on) {
  waker *w = e->waker;
  (on ? uv.ref : uv.unref)(w->handle);
}

static void on_closed(uv_handle_t *handle) {
  waker_free(uv.handle_get_data(handle));
}

static void wake_uv_close(struct engine *e) {
  waker *w = e->waker;
  if (w->context != NULL) napi_async_destroy(e->env, w->context);
  uv.handle_set_data(w->handle, w);
  uv.close(w->handle, on_closed);
}

const struct wake wake_uv = { wake_uv_open, wake_uv_ref, wake_uv_close, true };
