/*
 * A question to libc that may take long: asked on the thread pool and answered in a callback, or asked at once where
 * JavaScript gives null for the callback, which blocks the thread.
 *
 * The answer is an integer, or bytes: native int32s and fields, a field being its length as an int32 and that many
 * bytes. What errno says travels below SYSTEM_BASE, out of the way of every call's own codes.
 */
#ifndef BERKELEY_QUESTION_H
#define BERKELEY_QUESTION_H

#include "addon.h"

#define SYSTEM_BASE (-10000)

/* Bytes on their way to JavaScript. Out of memory once is out of memory for good. */
typedef struct {
  uint8_t *data;
  size_t length, room;
  bool failed;
} reply;

void reply_int(reply *r, int32_t value);
void reply_field(reply *r, const void *data, size_t length);
/* The text up to its NUL; NULL is the empty one. */
void reply_text(reply *r, const char *text);
/* A Uint8Array with a copy of it, and the end of the original. */
napi_value reply_value(napi_env env, reply *r);

typedef struct question question;
struct question {
  /* Asks, and sets `code` or writes to `reply`. It may run on any thread: no Node-API in it. */
  void (*run)(question *);
  char *text[2];
  int32_t number[4];
  struct sockaddr_storage address;
  socklen_t length;

  int32_t code;
  reply reply;

  napi_ref callback;
  napi_async_work work;
};

/* NULL when one cannot be had; that has been thrown then. */
question *question_new(args *a, void (*run)(question *));
/* Asks, and is the end of the question: `index` is the callback's. 0 or the answer; NULL when an argument was wrong. */
napi_value question_ask(args *a, question *q, size_t index);

/* For the calls that are given room to answer in: asks with more and more of it while `attempt` says ERANGE. What else
 * it says that is not 0 becomes the question's code. */
void question_with_room(question *q, int (*attempt)(question *, char *room, size_t size));

#endif
