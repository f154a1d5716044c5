/* Questions to libc: on the thread pool (libuv's; the host's outside Node), or at once. */
#include "question.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ── replies ───────────────────────────────────────────────────────────────────────────────────── */

static void reply_bytes(reply *r, const void *data, size_t length) {
  if (r->failed) return;
  if (r->room - r->length < length) {
    size_t room = r->room == 0 ? 256 : r->room;
    while (room - r->length < length) room *= 2;
    uint8_t *grown = realloc(r->data, room);
    if (grown == NULL) {
      r->failed = true;
      return;
    }
    r->data = grown;
    r->room = room;
  }
  if (length > 0) memcpy(r->data + r->length, data, length);
  r->length += length;
}

void reply_int(reply *r, int32_t value) {
  reply_bytes(r, &value, sizeof value);
}

void reply_field(reply *r, const void *data, size_t length) {
  reply_int(r, (int32_t)length);
  reply_bytes(r, data, length);
}

void reply_text(reply *r, const char *text) {
  reply_field(r, text, text == NULL ? 0 : strlen(text));
}

static void reply_free(reply *r) {
  free(r->data);
  memset(r, 0, sizeof *r);
}

napi_value reply_value(napi_env env, reply *r) {
  void *data = NULL;
  napi_value buffer, result = NULL;
  if (r->failed || napi_create_arraybuffer(env, r->length, &data, &buffer) != napi_ok ||
      napi_create_typedarray(env, napi_uint8_array, r->length, buffer, 0, &result) != napi_ok)
    result = int_value(env, SYSTEM_BASE - ENOMEM);
  else if (r->length > 0) memcpy(data, r->data, r->length);
  reply_free(r);
  return result;
}

/* ── questions ─────────────────────────────────────────────────────────────────────────────────── */

question *question_new(args *a, void (*run)(question *)) {
  question *q = calloc(1, sizeof *q);
  if (q == NULL) napi_throw_error(a->env, "ENOMEM", "berkeley: out of memory");
  else q->run = run;
  return q;
}

static void question_free(napi_env env, question *q) {
  if (q->callback != NULL) napi_delete_reference(env, q->callback);
  if (q->work != NULL) napi_delete_async_work(env, q->work);
  reply_free(&q->reply);
  free(q->text[0]);
  free(q->text[1]);
  free(q);
}

static napi_value question_answer(napi_env env, question *q) {
  if (q->reply.failed || q->reply.length > 0) return reply_value(env, &q->reply);
  return int_value(env, q->code);
}

static void question_execute(napi_env env, void *data) {
  (void)env;
  question *q = data;
  q->run(q);
}

/* Also when the environment goes away under the question: the calls into JavaScript fail then, and harm nothing. */
static void question_complete(napi_env env, napi_status status, void *data) {
  question *q = data;
  napi_handle_scope scope;
  bool scoped = napi_open_handle_scope(env, &scope) == napi_ok;
  if (scoped && status == napi_ok) {
    napi_value callback, receiver, answer = question_answer(env, q);
    if (answer != NULL && napi_get_reference_value(env, q->callback, &callback) == napi_ok &&
        napi_get_undefined(env, &receiver) == napi_ok)
      napi_call_function(env, receiver, callback, 1, &answer, NULL);
  }
  question_free(env, q);
  if (scoped) napi_close_handle_scope(env, scope);
}

static bool question_queue(args *a, question *q, napi_value callback) {
  napi_env env = a->env;
  napi_value label;
  return napi_create_string_utf8(env, a->name, NAPI_AUTO_LENGTH, &label) == napi_ok &&
         napi_create_reference(env, callback, 1, &q->callback) == napi_ok &&
         napi_create_async_work(env, NULL, label, question_execute, question_complete, q, &q->work) == napi_ok &&
         napi_queue_async_work(env, q->work) == napi_ok;
}

napi_value question_ask(args *a, question *q, size_t index) {
  napi_env env = a->env;
  napi_valuetype type = napi_undefined;
  if (!a->failed && (napi_typeof(env, a->value[index], &type) != napi_ok || (type != napi_function && type != napi_null)))
    args_reject(a, index, "a function or null");
  if (!a->failed && type == napi_function && question_queue(a, q, a->value[index])) return int_value(env, 0);
  napi_value answer = NULL;
  if (!a->failed && type == napi_null) {
    q->run(q);
    answer = question_answer(env, q);
  } else if (!a->failed) {
    answer = int_value(env, SYSTEM_BASE - ENOMEM);
  }
  question_free(env, q);
  return answer;
}

void question_with_room(question *q, int (*attempt)(question *, char *room, size_t size)) {
  /* An end, against a database that never has enough: no entry of a sane one is as large. */
  const size_t most = (size_t)1 << 24;
  int error = ERANGE;
  for (size_t size = 1024; error == ERANGE && size <= most; size *= 2) {
    char *room = malloc(size);
    error = room == NULL ? ENOMEM : attempt(q, room, size);
    free(room);
  }
  if (error != 0) q->code = SYSTEM_BASE - error;
}
