/*
 * libc's resolver. getaddrinfo and getnameinfo answer an EAI_* code, gethostbyname and gethostbyaddr -h_errno
 * (netdb.h has both), or bytes:
 *
 *   getaddrinfo    for each result int32 family, type, protocol; fields sockaddr, canonical name
 *   getnameinfo    fields host, service
 *   gethostby…     int32 family; field name; int32 how many aliases; fields aliases…, addresses…
 */
#include "question.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <string.h>

/* glibc's: errno says why. musl has no such thing. */
#ifndef NETDB_INTERNAL
#define NETDB_INTERNAL (-1)
#endif

#define BEGIN(NAME, COUNT)                                          \
  args a;                                                           \
  if (!args_begin(&a, env, info, #NAME, COUNT)) return NULL;        \
  question *q = question_new(&a, run_##NAME);                       \
  if (q == NULL) return NULL

/* The code of getaddrinfo and getnameinfo; EAI_SYSTEM hands over errno. */
static int32_t eai(int code) {
  return code == EAI_SYSTEM ? SYSTEM_BASE - errno : code;
}

static void run_getaddrinfo(question *q) {
  struct addrinfo *found = NULL;
  struct addrinfo hints = {
    .ai_family = q->number[0],
    .ai_socktype = q->number[1],
    .ai_protocol = q->number[2],
    .ai_flags = q->number[3],
  };
  q->code = eai(getaddrinfo(q->text[0], q->text[1], &hints, &found));
  if (q->code != 0) return;
  for (const struct addrinfo *r = found; r != NULL; r = r->ai_next) {
    reply_int(&q->reply, r->ai_family);
    reply_int(&q->reply, r->ai_socktype);
    reply_int(&q->reply, r->ai_protocol);
    reply_field(&q->reply, r->ai_addr, r->ai_addrlen);
    reply_text(&q->reply, r->ai_canonname);
  }
  freeaddrinfo(found);
}

/* getaddrinfo(host, service, family, type, protocol, flags, callback). Once asked it cannot be interrupted: libc has
 * no such thing. */
static napi_value resolver_getaddrinfo(napi_env env, napi_callback_info info) {
  BEGIN(getaddrinfo, 7);
  q->text[0] = args_text(&a, 0);
  q->text[1] = args_text(&a, 1);
  for (size_t i = 0; i < 4; i++) q->number[i] = args_int(&a, 2 + i);
  return question_ask(&a, q, 6);
}

static void run_getnameinfo(question *q) {
  char host[NI_MAXHOST], service[NI_MAXSERV];
  const struct sockaddr *address = (const struct sockaddr *)&q->address;
  q->code = eai(getnameinfo(address, q->length, host, sizeof host, service, sizeof service, q->number[0]));
  if (q->code != 0) return;
  reply_text(&q->reply, host);
  reply_text(&q->reply, service);
}

/* getnameinfo(sockaddr, flags, callback) */
static napi_value resolver_getnameinfo(napi_env env, napi_callback_info info) {
  BEGIN(getnameinfo, 3);
  bytes address = args_bytes(&a, 0);
  if (!a.failed && address.length > sizeof q->address) args_reject(&a, 0, "a sockaddr");
  if (!a.failed && address.length > 0) memcpy(&q->address, address.data, address.length);
  q->length = (socklen_t)address.length;
  q->number[0] = args_int(&a, 1);
  return question_ask(&a, q, 2);
}

/* What the gethostby… calls found; ERANGE when the room was too small for it. */
static int host_found(question *q, int error, const struct hostent *found, int h) {
  if (found == NULL) {
    if (h == NETDB_INTERNAL) return error != 0 ? error : EIO;
    if (error == ERANGE) return ERANGE;
    q->code = -(h != 0 ? h : HOST_NOT_FOUND);
    return 0;
  }
  int32_t aliases = 0;
  while (found->h_aliases != NULL && found->h_aliases[aliases] != NULL) aliases++;
  reply_int(&q->reply, found->h_addrtype);
  reply_text(&q->reply, found->h_name);
  reply_int(&q->reply, aliases);
  for (int32_t i = 0; i < aliases; i++) reply_text(&q->reply, found->h_aliases[i]);
  for (char **each = found->h_addr_list; each != NULL && *each != NULL; each++)
    reply_field(&q->reply, *each, (size_t)found->h_length);
  return 0;
}

static int attempt_gethostbyname(question *q, char *room, size_t size) {
  struct hostent entry, *found = NULL;
  int h = 0;
  int error = gethostbyname_r(q->text[0], &entry, room, size, &found, &h);
  return host_found(q, error, found, h);
}

static void run_gethostbyname(question *q) {
  question_with_room(q, attempt_gethostbyname);
}

/* gethostbyname(name, callback): IPv4 */
static napi_value resolver_gethostbyname(napi_env env, napi_callback_info info) {
  BEGIN(gethostbyname, 2);
  q->text[0] = args_word(&a, 0);
  return question_ask(&a, q, 1);
}

static int attempt_gethostbyaddr(question *q, char *room, size_t size) {
  struct hostent entry, *found = NULL;
  int h = 0;
  int family = q->length == sizeof(struct in6_addr) ? AF_INET6 : AF_INET;
  int error = gethostbyaddr_r(&q->address, q->length, family, &entry, room, size, &found, &h);
  return host_found(q, error, found, h);
}

static void run_gethostbyaddr(question *q) {
  question_with_room(q, attempt_gethostbyaddr);
}

/* gethostbyaddr(address, callback): the 4 bytes of an IPv4 address or the 16 of an IPv6 one. */
static napi_value resolver_gethostbyaddr(napi_env env, napi_callback_info info) {
  BEGIN(gethostbyaddr, 2);
  bytes address = args_bytes(&a, 0);
  if (!a.failed && address.length != sizeof(struct in_addr) && address.length != sizeof(struct in6_addr))
    args_reject(&a, 0, "an address of 4 or 16 bytes");
  if (!a.failed) memcpy(&q->address, address.data, address.length);
  q->length = (socklen_t)address.length;
  return question_ask(&a, q, 1);
}

const export_row resolver_exports[] = {
  { "getaddrinfo", resolver_getaddrinfo },
  { "getnameinfo", resolver_getnameinfo },
  { "gethostbyname", resolver_gethostbyname },
  { "gethostbyaddr", resolver_gethostbyaddr },
  EXPORT_END,
};
