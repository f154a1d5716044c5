/*
 * libc's resolver. A lookup answers with bytes: for each result
 *
 *   int32 family, type, protocol, flags, address length, name length; the sockaddr; the canonical name
 *
 * or with an integer: an EAI_* code, or -errno + EAI_SYSTEM_BASE where libc says EAI_SYSTEM.
 */
#include "addon.h"

#include <errno.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>

/* EAI_SYSTEM hands over errno: it travels below this, out of the way of the EAI_* codes. */
#define EAI_SYSTEM_BASE (-10000)

typedef struct {
  char *host;
  char *service;
  struct addrinfo hints;
  int code;
  struct addrinfo *found;
  napi_ref callback;
  napi_async_work work;
} lookup;

static void lookup_run(lookup *l) {
  int code = getaddrinfo(l->host, l->service, &l->hints, &l->found);
  l->code = code == EAI_SYSTEM ? EAI_SYSTEM_BASE - errno : code;
}

static void lookup_free(napi_env env, lookup *l) {
  if (l == NULL) return;
  if (l->found != NULL) freeaddrinfo(l->found);
  if (l->callback != NULL) napi_delete_reference(env, l->callback);
  if (l->work != NULL) napi_delete_async_work(env, l->work);
  free(l->host);
  free(l->service);
  free(l);
}

/* The arguments (host, service, family, type, protocol, flags); NULL when one is wrong. */
static lookup *lookup_from(args *a) {
  lookup *l = calloc(1, sizeof *l);
  if (l == NULL) {
    napi_throw_error(a->env, "ENOMEM", "getaddrinfo: out of memory");
    return NULL;
  }
  l->host = args_text(a, 0);
  l->service = args_text(a, 1);
  l->hints.ai_family = args_int(a, 2);
  l->hints.ai_socktype = args_int(a, 3);
  l->hints.ai_protocol = args_int(a, 4);
  l->hints.ai_flags = args_int(a, 5);
  if (!a->failed) return l;
  lookup_free(a->env, l);
  return NULL;
}

/* The answer as JavaScript sees it: an integer or the bytes. */
static napi_value lookup_answer(napi_env env, const lookup *l) {
  if (l->code != 0) return int_value(env, l->code);
  size_t size = 0;
  for (const struct addrinfo *r = l->found; r != NULL; r = r->ai_next)
    size += 6 * sizeof(int32_t) + r->ai_addrlen + (r->ai_canonname == NULL ? 0 : strlen(r->ai_canonname));
  void *data = NULL;
  napi_value buffer, result = NULL;
  if (napi_create_arraybuffer(env, size, &data, &buffer) != napi_ok) return int_value(env, EAI_MEMORY);
  uint8_t *at = data;
  for (const struct addrinfo *r = l->found; r != NULL; r = r->ai_next) {
    size_t name = r->ai_canonname == NULL ? 0 : strlen(r->ai_canonname);
    int32_t head[6] = { r->ai_family, r->ai_socktype, r->ai_protocol, r->ai_flags, (int32_t)r->ai_addrlen, (int32_t)name };
    memcpy(at, head, sizeof head);
    at += sizeof head;
    memcpy(at, r->ai_addr, r->ai_addrlen);
    at += r->ai_addrlen;
    if (name > 0) memcpy(at, r->ai_canonname, name);
    at += name;
  }
  if (napi_create_typedarray(env, napi_uint8_array, size, buffer, 0, &result) != napi_ok) return int_value(env, EAI_MEMORY);
  return result;
}

static void lookup_execute(napi_env env, void *data) {
  (void)env;
  lookup_run(data);
}

static void lookup_complete(napi_env env, napi_status status, void *data) {
  lookup *l = data;
  napi_handle_scope scope;
  if (napi_open_handle_scope(env, &scope) != napi_ok) return;
  if (status == napi_ok) {
    napi_value callback, receiver, answer = lookup_answer(env, l);
    napi_get_reference_value(env, l->callback, &callback);
    napi_get_undefined(env, &receiver);
    napi_call_function(env, receiver, callback, 1, &answer, NULL);
  }
  lookup_free(env, l);
  napi_close_handle_scope(env, scope);
}

/* getaddrinfo(host, service, family, type, protocol, flags, callback): on libuv's thread pool (the host's,
 * outside Node). A lookup under way cannot be interrupted: getaddrinfo(3) has no such thing. */
static napi_value resolver_getaddrinfo(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "getaddrinfo", 7)) return NULL;
  napi_valuetype type;
  if (napi_typeof(env, a.value[6], &type) != napi_ok || type != napi_function) args_reject(&a, 6, "a function");
  if (a.failed) return NULL;
  lookup *l = lookup_from(&a);
  if (l == NULL) return NULL;
  napi_value label;
  if (napi_create_string_utf8(env, "berkeley:getaddrinfo", NAPI_AUTO_LENGTH, &label) != napi_ok ||
      napi_create_reference(env, a.value[6], 1, &l->callback) != napi_ok ||
      napi_create_async_work(env, NULL, label, lookup_execute, lookup_complete, l, &l->work) != napi_ok ||
      napi_queue_async_work(env, l->work) != napi_ok) {
    lookup_free(env, l);
    return int_value(env, EAI_MEMORY);
  }
  return int_value(env, 0);
}

/* getaddrinfoSync(host, service, family, type, protocol, flags): blocks the thread. */
static napi_value resolver_getaddrinfo_sync(napi_env env, napi_callback_info info) {
  args a;
  if (!args_begin(&a, env, info, "getaddrinfo", 6)) return NULL;
  lookup *l = lookup_from(&a);
  if (l == NULL) return NULL;
  lookup_run(l);
  napi_value answer = lookup_answer(env, l);
  lookup_free(env, l);
  return answer;
}

const export_row resolver_exports[] = {
  { "getaddrinfo", resolver_getaddrinfo },
  { "getaddrinfoSync", resolver_getaddrinfo_sync },
  EXPORT_END,
};
