/*
 * Wake-up by a thread of our own, for every host with Node-API. The thread does nothing but poll(2) the epoll
 * descriptor, signal a thread-safe function, and wait to be answered: every drain runs on the JavaScript
 * thread, so nothing here needs a lock.
 */
#include "engine.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

typedef struct {
  struct engine *engine; /* NULL once the engine is gone: a signal may still be queued then */
  napi_threadsafe_function signal;
  pthread_t thread;
  int epfd, answer;
  atomic_bool quit;
} waker;

static void *watch(void *data) {
  waker *w = data;
  while (!atomic_load(&w->quit)) {
    struct pollfd fds[2] = { { w->epfd, POLLIN, 0 }, { w->answer, POLLIN, 0 } };
    if (poll(fds, 2, -1) < 0 || !(fds[0].revents & POLLIN)) continue;
    if (napi_call_threadsafe_function(w->signal, NULL, napi_tsfn_nonblocking) != napi_ok) break;
    uint64_t count;
    while (read(w->answer, &count, sizeof count) < 0 && errno == EINTR) continue;
  }
  return NULL;
}

static void answer(waker *w) {
  const uint64_t one = 1;
  while (write(w->answer, &one, sizeof one) < 0 && errno == EINTR) continue;
}

/* The thread-safe function has opened a callback scope: microtasks run as it returns. */
static void dispatch(struct engine *e, napi_value function, napi_value count) {
  napi_value receiver, error;
  if (napi_get_global(e->env, &receiver) != napi_ok) return;
  if (napi_call_function(e->env, receiver, function, 1, &count, NULL) != napi_pending_exception) return;
  if (napi_get_and_clear_last_exception(e->env, &error) == napi_ok) napi_fatal_exception(e->env, error);
}

static void on_signal(napi_env env, napi_value function, void *context, void *data) {
  (void)function;
  (void)data;
  waker *w = context;
  if (env == NULL || w->engine == NULL) return;
  engine_wake(w->engine, dispatch);
  answer(w);
}

/* The last user of the waker is the thread-safe function's queue. */
static void on_finalize(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  waker *w = data;
  close(w->answer);
  free(w);
}

static int wake_thread_open(struct engine *e) {
  waker *w = calloc(1, sizeof *w);
  if (w == NULL) return -ENOMEM;
  w->engine = e;
  w->epfd = e->epfd;
  w->answer = eventfd(0, EFD_CLOEXEC);
  if (w->answer < 0) {
    int result = -errno;
    free(w);
    return result;
  }
  napi_value label;
  if (napi_create_string_utf8(e->env, "berkeley", NAPI_AUTO_LENGTH, &label) != napi_ok ||
      napi_create_threadsafe_function(e->env, NULL, NULL, label, 0, 1, w, on_finalize, w, on_signal, &w->signal) != napi_ok) {
    close(w->answer);
    free(w);
    return -ENOMEM;
  }
  napi_unref_threadsafe_function(e->env, w->signal);
  /* Signals belong to the host's threads. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int result = -pthread_create(&w->thread, NULL, watch, w);
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  if (result < 0) napi_release_threadsafe_function(w->signal, napi_tsfn_abort);
  else e->waker = w;
  return result;
}

static void wake_thread_ref(struct engine *e, bool on) {
  waker *w = e->waker;
  (on ? napi_ref_threadsafe_function : napi_unref_threadsafe_function)(e->env, w->signal);
}

static void wake_thread_close(struct engine *e) {
  waker *w = e->waker;
  w->engine = NULL;
  atomic_store(&w->quit, true);
  answer(w);
  pthread_join(w->thread, NULL);
  napi_release_threadsafe_function(w->signal, napi_tsfn_abort);
}

const struct wake wake_thread = { wake_thread_open, wake_thread_ref, wake_thread_close, false };
