/*
 * The databases of services and protocols, /etc/services and /etc/protocols where nothing else is configured. What is
 * not in them is answered with ENOENT, as a system error.
 */
#include "question.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <pthread.h>

#define BEGIN(NAME, COUNT)                                          \
  args a;                                                           \
  if (!args_begin(&a, env, info, #NAME, COUNT)) return NULL;        \
  question *q = question_new(&a, run_##NAME);                       \
  if (q == NULL) return NULL

/* Why nothing was found: libcs differ in how they say that there is no such entry (musl also says EINVAL). */
static int missing(int error) {
  return error == 0 || error == EINVAL ? ENOENT : error;
}

static int attempt_getservbyname(question *q, char *room, size_t size) {
  struct servent entry, *found = NULL;
  int error = getservbyname_r(q->text[0], q->text[1], &entry, room, size, &found);
  if (found == NULL) return missing(error);
  q->code = ntohs((uint16_t)found->s_port);
  return 0;
}

static void run_getservbyname(question *q) {
  question_with_room(q, attempt_getservbyname);
}

/* getservbyname(name, protocol, callback): the port. The protocol null is any. */
static napi_value netdb_getservbyname(napi_env env, napi_callback_info info) {
  BEGIN(getservbyname, 3);
  q->text[0] = args_word(&a, 0);
  q->text[1] = args_text(&a, 1);
  return question_ask(&a, q, 2);
}

static int attempt_getservbyport(question *q, char *room, size_t size) {
  struct servent entry, *found = NULL;
  int error = getservbyport_r(htons((uint16_t)q->number[0]), q->text[1], &entry, room, size, &found);
  if (found == NULL) return missing(error);
  reply_text(&q->reply, found->s_name);
  return 0;
}

static void run_getservbyport(question *q) {
  question_with_room(q, attempt_getservbyport);
}

/* getservbyport(port, protocol, callback): a field with the name. */
static napi_value netdb_getservbyport(napi_env env, napi_callback_info info) {
  BEGIN(getservbyport, 3);
  q->number[0] = args_int(&a, 0);
  q->text[1] = args_text(&a, 1);
  return question_ask(&a, q, 2);
}

#ifdef __GLIBC__
static int attempt_getprotobyname(question *q, char *room, size_t size) {
  struct protoent entry, *found = NULL;
  int error = getprotobyname_r(q->text[0], &entry, room, size, &found);
  if (found == NULL) return missing(error);
  q->code = found->p_proto;
  return 0;
}

static void run_getprotobyname(question *q) {
  question_with_room(q, attempt_getprotobyname);
}
#else
/* musl has only the form that answers in memory of its own. */
static void run_getprotobyname(question *q) {
  static pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&one_at_a_time);
  const struct protoent *found = getprotobyname(q->text[0]);
  q->code = found == NULL ? SYSTEM_BASE - ENOENT : found->p_proto;
  pthread_mutex_unlock(&one_at_a_time);
}
#endif

/* getprotobyname(name, callback): the number. */
static napi_value netdb_getprotobyname(napi_env env, napi_callback_info info) {
  BEGIN(getprotobyname, 2);
  q->text[0] = args_word(&a, 0);
  return question_ask(&a, q, 1);
}

const export_row netdb_exports[] = {
  { "getservbyname", netdb_getservbyname },
  { "getservbyport", netdb_getservbyport },
  { "getprotobyname", netdb_getprotobyname },
  EXPORT_END,
};
