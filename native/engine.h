/*
 * The engine: one epoll per environment holds every socket that has ever waited, edge-triggered, and one
 * wake-up of JavaScript brings the results of many.
 *
 * Three pieces of memory are shared with JavaScript (all made there, so that they may grow, and looked up
 * anew at each wake-up, so that detaching them harms nothing):
 *
 *   slots    int32[8] for each socket: what it is, what is known of its readiness, what is awaited
 *   slab     where received bytes and addresses land, good until the dispatch returns
 *   results  int32[5] for each outcome of this batch
 *
 * An edge sets a flag in the slot. Only a slot with an awaited operation is acted on: no waiter, no read. Reads of the
 * error queue and of urgent data stand aside (SLOT_ASIDE): they hear of every edge that may concern them. An operation is
 * over with its result, but for OP_VIEW, a handler's, which stays.
 */
#ifndef BERKELEY_ENGINE_H
#define BERKELEY_ENGINE_H

#include "addon.h"

/* src/engine/slots.ts has the same table for the other side. */
enum slot_field { SLOT_FD, SLOT_GENERATION, SLOT_STATE, SLOT_READ, SLOT_READ_SIZE, SLOT_READ_FLAGS, SLOT_WRITE, SLOT_ASIDE, SLOT_WORDS };

enum slot_state {
  STATE_READABLE = 1,
  STATE_WRITABLE = 2,
  /* The peer closed, hung up or an error is pending: no further edge need come, so a short read proves nothing. */
  STATE_ENDED = 4,
  /* Urgent data has been seen: reads stop at the mark, so a short read proves nothing. */
  STATE_URGENT = 8,
  /* A read shorter than asked for has emptied the socket (TCP; not AF_UNIX, where a read stops at each
   * change of credentials or descriptors). Saves the recv that would only say EAGAIN. */
  STATE_SHORT_IS_EMPTY = 16,
};

enum operation { OP_NONE, OP_POLL, OP_RECV, OP_RECVFROM, OP_ACCEPT, OP_CONNECT, OP_VIEW };

enum result_field { RESULT_SLOT, RESULT_GENERATION, RESULT_SIDE, RESULT_VALUE, RESULT_AT, RESULT_WORDS };
enum result_side { SIDE_READ, SIDE_WRITE, SIDE_ASIDE, SIDE_VIEW };

/* A wake-up notices that the epoll descriptor is readable and has engine_wake run on the JavaScript thread. */
struct engine;
struct wake {
  /* 0 or -errno; sets `waker` once there is something to close, whatever it returns. */
  int (*open)(struct engine *);
  void (*ref)(struct engine *, bool);
  /* Called as the environment goes away. */
  void (*close)(struct engine *);
  /* Whether what JavaScript awaits goes on between two batches of one wake-up: only then is there anything to spin for. */
  bool runs_microtasks;
};

extern const struct wake wake_uv;     /* a uv_poll on the epoll descriptor; Node alone */
extern const struct wake wake_thread; /* a thread of our own; everywhere */

struct engine {
  napi_env env;
  int epfd;
  napi_ref dispatch, slots, slab, results;
  bool *owned; /* by number: the descriptors of sockets */
  size_t owned_room;
  int64_t spin; /* nanoseconds that a wake-up goes on looking for events; 0 for none */
  const struct wake *wake;
  void *waker; /* the wake's own state; NULL while it is not to be closed */
};

/* Drains what is ready and calls dispatch through `call`, once per full batch. Runs on the JavaScript thread. */
typedef void (*dispatch_call)(struct engine *, napi_value function, napi_value count);
void engine_wake(struct engine *, dispatch_call call);

#endif
